// Values and handles.

import CHardtack

/// A value of WebAssembly.
public enum Val {
    case i32(Int32)
    case i64(Int64)
    case f32(Float)
    case f64(Double)
    case funcRef(Func?)
    case externRef(ExternRef?)

    init(_ value: hardtack_val_t) {
        switch ValType(rawValue: value.kind) {
        case .i64: self = .i64(value.of.i64)
        case .f32: self = .f32(value.of.f32)
        case .f64: self = .f64(value.of.f64)
        case .funcRef: self = .funcRef(value.of.funcref.store == 0 ? nil : Func(raw: value.of.funcref))
        case .externRef: self = .externRef(value.of.externref.store == 0 ? nil : ExternRef(raw: value.of.externref))
        case .i32, nil: self = .i32(value.of.i32)
        }
    }

    var c: hardtack_val_t {
        switch self {
        case .i32(let value): return hardtack_val_i32(value)
        case .i64(let value): return hardtack_val_i64(value)
        case .f32(let value): return hardtack_val_f32(value)
        case .f64(let value): return hardtack_val_f64(value)
        case .funcRef(let value):
            return value.map { hardtack_val_func($0.raw) } ?? hardtack_val_zero(ValType.funcRef.rawValue)
        case .externRef(let value):
            return value.map { hardtack_val_externref($0.raw) } ?? hardtack_val_zero(ValType.externRef.rawValue)
        }
    }

    /// Its type.
    public var type: ValType {
        switch self {
        case .i32: return .i32
        case .i64: return .i64
        case .f32: return .f32
        case .f64: return .f64
        case .funcRef: return .funcRef
        case .externRef: return .externRef
        }
    }
}

/// A type of Swift's that stands for a type of WebAssembly.
public protocol WasmTy {
    static var type: ValType { get }
    init?(_ value: Val)
    var val: Val { get }
}

extension Int32: WasmTy {
    public static var type: ValType { .i32 }
    public init?(_ value: Val) {
        guard case .i32(let value) = value else { return nil }
        self = value
    }
    public var val: Val { .i32(self) }
}

extension UInt32: WasmTy {
    public static var type: ValType { .i32 }
    public init?(_ value: Val) {
        guard case .i32(let value) = value else { return nil }
        self = UInt32(bitPattern: value)
    }
    public var val: Val { .i32(Int32(bitPattern: self)) }
}

extension Int64: WasmTy {
    public static var type: ValType { .i64 }
    public init?(_ value: Val) {
        guard case .i64(let value) = value else { return nil }
        self = value
    }
    public var val: Val { .i64(self) }
}

extension UInt64: WasmTy {
    public static var type: ValType { .i64 }
    public init?(_ value: Val) {
        guard case .i64(let value) = value else { return nil }
        self = UInt64(bitPattern: value)
    }
    public var val: Val { .i64(Int64(bitPattern: self)) }
}

extension Float: WasmTy {
    public static var type: ValType { .f32 }
    public init?(_ value: Val) {
        guard case .f32(let value) = value else { return nil }
        self = value
    }
    public var val: Val { .f32(self) }
}

extension Double: WasmTy {
    public static var type: ValType { .f64 }
    public init?(_ value: Val) {
        guard case .f64(let value) = value else { return nil }
        self = value
    }
    public var val: Val { .f64(self) }
}

/// A value of the host's that guests can hold and pass, but not look into. It lives in its store until it is released.
public struct ExternRef {
    let raw: hardtack_externref_t

    init(raw: hardtack_externref_t) {
        self.raw = raw
    }

    /// Puts a value into a store.
    public init<V>(_ store: some AsContext, _ value: V) throws {
        var raw = hardtack_externref_t()
        try check(hardtack_externref_new(store.context, box(Boxed<Any>(value)), releaseBox, &raw))
        self.raw = raw
    }

    /// The value, unless it was released or is of another type.
    public func data<V>(_ store: some AsContext, as type: V.Type = V.self) -> V? {
        var pointer: UnsafeMutableRawPointer?
        guard hardtack_externref_data(store.context, raw, &pointer) else { return nil }
        return unboxed(pointer, as: Boxed<Any>.self)?.value as? V
    }

    /// Takes the value out of the store. References that guests still hold then refer to nothing.
    @discardableResult
    public func release(_ store: some AsContext) -> Bool {
        hardtack_externref_release(store.context, raw)
    }
}
