// Types of values, functions, tables, memories and globals.

import CHardtack

/// A type of values.
public enum ValType: UInt8, Sendable {
    case i32 = 0
    case i64 = 1
    case f32 = 2
    case f64 = 3
    case funcRef = 4
    case externRef = 5
}

/// A function's type.
public struct FuncType: Hashable, Sendable {
    public let params: [ValType]
    public let results: [ValType]

    public init(_ params: [ValType], _ results: [ValType] = []) {
        self.params = params
        self.results = results
    }

    init(_ type: OpaquePointer) {
        var len = 0
        let params = hardtack_functype_params(type, &len)
        self.params = UnsafeBufferPointer(start: params, count: len).compactMap(ValType.init(rawValue:))
        let results = hardtack_functype_results(type, &len)
        self.results = UnsafeBufferPointer(start: results, count: len).compactMap(ValType.init(rawValue:))
    }

    /// Runs `body` with the library's object for this type.
    func with<R>(_ body: (OpaquePointer) throws -> R) throws -> R {
        var type: OpaquePointer?
        let (params, results) = (self.params.map(\.rawValue), self.results.map(\.rawValue))
        try check(hardtack_functype_new(params, params.count, results, results.count, &type))
        defer { hardtack_functype_delete(type) }
        return try body(type!)
    }
}

/// A memory's type. Sizes are in pages of 64 KiB.
public struct MemoryType: Hashable, Sendable {
    public let minimum: UInt64
    public let maximum: UInt64?

    public init(_ minimum: UInt64, maximum: UInt64? = nil) {
        self.minimum = minimum
        self.maximum = maximum
    }

    init(_ type: hardtack_memorytype_t) {
        self.init(type.minimum, maximum: type.has_maximum ? type.maximum : nil)
    }

    var c: hardtack_memorytype_t {
        hardtack_memorytype_t(minimum: minimum, maximum: maximum ?? 0, has_maximum: maximum != nil)
    }
}

/// A table's type. Sizes are in elements.
public struct TableType: Hashable, Sendable {
    public let element: ValType
    public let minimum: UInt64
    public let maximum: UInt64?

    public init(_ element: ValType, _ minimum: UInt64, maximum: UInt64? = nil) {
        self.element = element
        self.minimum = minimum
        self.maximum = maximum
    }

    init(_ type: hardtack_tabletype_t) {
        let element = ValType(rawValue: type.element) ?? .funcRef
        self.init(element, type.minimum, maximum: type.has_maximum ? type.maximum : nil)
    }

    var c: hardtack_tabletype_t {
        hardtack_tabletype_t(
            element: element.rawValue, minimum: minimum, maximum: maximum ?? 0, has_maximum: maximum != nil)
    }
}

/// A global's type.
public struct GlobalType: Hashable, Sendable {
    public let content: ValType
    public let isMutable: Bool

    public init(_ content: ValType, mutable: Bool = false) {
        self.content = content
        self.isMutable = mutable
    }

    init(_ type: hardtack_globaltype_t) {
        self.init(ValType(rawValue: type.content) ?? .i32, mutable: type.is_mutable)
    }

    var c: hardtack_globaltype_t {
        hardtack_globaltype_t(content: content.rawValue, is_mutable: isMutable)
    }
}

/// The type of something that is imported or exported.
public enum ExternType: Hashable, Sendable {
    case function(FuncType)
    case table(TableType)
    case memory(MemoryType)
    case global(GlobalType)

    init(_ type: OpaquePointer) {
        var (table, memory, global) = (hardtack_tabletype_t(), hardtack_memorytype_t(), hardtack_globaltype_t())
        if let function = hardtack_externtype_func(type) {
            self = .function(FuncType(function))
        } else if hardtack_externtype_table(type, &table) {
            self = .table(TableType(table))
        } else if hardtack_externtype_memory(type, &memory) {
            self = .memory(MemoryType(memory))
        } else {
            _ = hardtack_externtype_global(type, &global)
            self = .global(GlobalType(global))
        }
    }
}

/// An import of a module.
public struct ImportType: Sendable {
    public let module: String
    public let name: String
    public let type: ExternType
}

/// An export of a module.
public struct ExportType: Sendable {
    public let name: String
    public let type: ExternType
}
