// Instances, linkers, and what they export and define.

import CHardtack

/// Something that is imported or exported.
public enum Extern {
    case function(Func)
    case table(Table)
    case memory(Memory)
    case global(Global)

    init(_ item: hardtack_extern_t) {
        switch Int32(item.kind) {
        case HARDTACK_FUNC: self = .function(Func(raw: item.of.func))
        case HARDTACK_TABLE: self = .table(Table(raw: item.of.table))
        case HARDTACK_MEMORY: self = .memory(Memory(raw: item.of.memory))
        default: self = .global(Global(raw: item.of.global))
        }
    }

    var c: hardtack_extern_t {
        switch self {
        case .function(let item): return hardtack_extern_func(item.raw)
        case .table(let item): return hardtack_extern_table(item.raw)
        case .memory(let item): return hardtack_extern_memory(item.raw)
        case .global(let item): return hardtack_extern_global(item.raw)
        }
    }

    /// The memory, if it is one.
    public var memory: Memory? {
        if case .memory(let memory) = self { return memory }
        return nil
    }

    /// The function, if it is one.
    public var function: Func? {
        if case .function(let function) = self { return function }
        return nil
    }
}

/// A module brought to life in a store.
public struct Instance {
    let raw: hardtack_instance_t

    /// The export of a name.
    public func export(_ store: some AsContext, _ name: String) -> Extern? {
        var item = hardtack_extern_t()
        return withStr(name) { hardtack_instance_export(store.context, raw, $0, &item) } ? Extern(item) : nil
    }

    /// The exported function of a name.
    public func function(_ store: some AsContext, _ name: String) throws -> Func {
        var item = hardtack_func_t()
        try check(withStr(name) { hardtack_instance_func(store.context, raw, $0, &item) })
        return Func(raw: item)
    }

    /// The exported function of a name, with types of Swift's.
    ///
    ///     let add = try instance.typedFunc(store, "add", Int32.self, Int32.self, returns: Int32.self)
    ///     let three = try add.call(store, Int32(1), Int32(2))
    public func typedFunc<each P: WasmTy, R: WasmTy>(
        _ store: some AsContext, _ name: String, _ params: repeat (each P).Type, returns: R.Type
    ) throws -> TypedFunc<R> {
        try function(store, name).typed(store, repeat each params, returns: returns)
    }

    /// The exported memory of a name.
    public func memory(_ store: some AsContext, _ name: String) throws -> Memory {
        var item = hardtack_memory_t()
        try check(withStr(name) { hardtack_instance_memory(store.context, raw, $0, &item) })
        return Memory(raw: item)
    }

    /// The exported table of a name.
    public func table(_ store: some AsContext, _ name: String) throws -> Table {
        var item = hardtack_table_t()
        try check(withStr(name) { hardtack_instance_table(store.context, raw, $0, &item) })
        return Table(raw: item)
    }

    /// The exported global of a name.
    public func global(_ store: some AsContext, _ name: String) throws -> Global {
        var item = hardtack_global_t()
        try check(withStr(name) { hardtack_instance_global(store.context, raw, $0, &item) })
        return Global(raw: item)
    }
}

/// Definitions by the two parts of their names, from which modules' imports are taken.
public final class Linker<Data> {
    private let raw: OpaquePointer

    public init(_ engine: Engine) {
        raw = hardtack_linker_new(engine.raw)!
    }

    deinit {
        hardtack_linker_delete(raw)
    }

    /// Whether a definition may replace an earlier one of the same name; at first it may not.
    public func allowShadowing(_ allow: Bool) {
        hardtack_linker_allow_shadowing(raw, allow)
    }

    /// Defines a host function.
    ///
    ///     try linker.function("host", "log", FuncType([.i32, .i32])) { caller, args in … }
    public func function(
        _ module: String, _ name: String, _ type: FuncType, _ function: @escaping HostFunction<Data>
    ) throws {
        let callback = Callback(type, function)
        try type.with { type in
            try withStr(module) { module in
                try withStr(name) { name in
                    try check(hardtack_linker_func(raw, module, name, type, callHost, box(callback), releaseBox))
                }
            }
        }
    }

    /// Defines something of a store. The linker then serves only that store.
    public func define(_ store: Store<Data>, _ module: String, _ name: String, _ item: Extern) throws {
        var item = item.c
        try withStr(module) { module in
            try withStr(name) { name in try check(hardtack_linker_define(raw, store.context, module, name, &item)) }
        }
    }

    /// Defines all exports of an instance, with this as the first part of their names.
    public func instance(_ store: Store<Data>, _ module: String, _ instance: Instance) throws {
        try withStr(module) { try check(hardtack_linker_instance(raw, store.context, $0, instance.raw)) }
    }

    /// Defines all functions of WASI preview 1.
    public func wasi() throws {
        try check(hardtack_linker_wasi(raw))
    }

    /// Instantiates a module with what is defined for its imports, and runs its start function.
    public func instantiate(_ store: Store<Data>, _ module: Module) throws -> Instance {
        var instance = hardtack_instance_t()
        try check(hardtack_linker_instantiate(raw, store.context, module.raw, &instance))
        return Instance(raw: instance)
    }
}
