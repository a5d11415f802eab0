// Memories, tables and globals.

import CHardtack

/// A linear memory of a store.
public struct Memory {
    let raw: hardtack_memory_t

    init(raw: hardtack_memory_t) {
        self.raw = raw
    }

    /// A new memory of a type's minimal size.
    public init(_ store: some AsContext, _ type: MemoryType) throws {
        var (raw, type) = (hardtack_memory_t(), type.c)
        try check(hardtack_memory_new(store.context, &type, &raw))
        self.raw = raw
    }

    /// Its size in bytes.
    public func count(_ store: some AsContext) -> Int {
        hardtack_memory_size(store.context, raw)
    }

    /// Its size in pages of 64 KiB.
    public func pages(_ store: some AsContext) -> UInt64 {
        hardtack_memory_pages(store.context, raw)
    }

    /// Runs `body` with its bytes, which may be changed. No guest code may run meanwhile.
    public func withBytes<R>(
        _ store: some AsContext, _ body: (UnsafeMutableRawBufferPointer) throws -> R
    ) rethrows -> R {
        let data = hardtack_memory_data(store.context, raw)
        return try body(UnsafeMutableRawBufferPointer(start: data, count: count(store)))
    }

    /// Copies bytes out of it.
    public func read(_ store: some AsContext, at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0, count <= self.count(store) else {
            throw HardtackError.outOfBounds("the access is out of bounds of the memory")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        try check(hardtack_memory_read(store.context, raw, offset, &bytes, count))
        return bytes
    }

    /// Copies bytes into it.
    public func write(_ store: some AsContext, at offset: Int, _ bytes: [UInt8]) throws {
        guard offset >= 0 else { throw HardtackError.outOfBounds("the access is out of bounds of the memory") }
        try check(hardtack_memory_write(store.context, raw, offset, bytes, bytes.count))
    }

    /// Grows it by so many pages, and returns how many it had.
    @discardableResult
    public func grow(_ store: some AsContext, by pages: UInt64) throws -> UInt64 {
        var previous: UInt64 = 0
        try check(hardtack_memory_grow(store.context, raw, pages, &previous))
        return previous
    }
}

/// A table of a store.
public struct Table {
    let raw: hardtack_table_t

    init(raw: hardtack_table_t) {
        self.raw = raw
    }

    /// A new table of a type's minimal size, all elements `initial`.
    public init(_ store: some AsContext, _ type: TableType, initial: Val) throws {
        var (raw, type, initial) = (hardtack_table_t(), type.c, initial.c)
        try check(hardtack_table_new(store.context, &type, &initial, &raw))
        self.raw = raw
    }

    /// Its size in elements.
    public func count(_ store: some AsContext) -> UInt64 {
        hardtack_table_size(store.context, raw)
    }

    /// An element.
    public func get(_ store: some AsContext, _ index: UInt64) throws -> Val {
        var value = hardtack_val_t()
        try check(hardtack_table_get(store.context, raw, index, &value))
        return Val(value)
    }

    /// Changes an element.
    public func set(_ store: some AsContext, _ index: UInt64, _ value: Val) throws {
        var value = value.c
        try check(hardtack_table_set(store.context, raw, index, &value))
    }

    /// Grows it by so many elements, and returns how many it had.
    @discardableResult
    public func grow(_ store: some AsContext, by count: UInt64, initial: Val) throws -> UInt64 {
        var (previous, initial) = (UInt64(0), initial.c)
        try check(hardtack_table_grow(store.context, raw, count, &initial, &previous))
        return previous
    }
}

/// A global of a store.
public struct Global {
    let raw: hardtack_global_t

    init(raw: hardtack_global_t) {
        self.raw = raw
    }

    /// A new global that holds a value.
    public init(_ store: some AsContext, _ type: GlobalType, _ value: Val) throws {
        var (raw, type, value) = (hardtack_global_t(), type.c, value.c)
        try check(hardtack_global_new(store.context, &type, &value, &raw))
        self.raw = raw
    }

    /// Its type.
    public func type(_ store: some AsContext) throws -> GlobalType {
        var type = hardtack_globaltype_t()
        try check(hardtack_global_type(store.context, raw, &type))
        return GlobalType(type)
    }

    /// Its value.
    public func get(_ store: some AsContext) throws -> Val {
        var value = hardtack_val_t()
        try check(hardtack_global_get(store.context, raw, &value))
        return Val(value)
    }

    /// Changes its value.
    public func set(_ store: some AsContext, _ value: Val) throws {
        var value = value.c
        try check(hardtack_global_set(store.context, raw, &value))
    }
}
