// Stores, their limits, and how to stop their guests from outside.

import CHardtack

/// Access to a store: a `Store`, or a `Caller` while a host function runs.
public protocol AsContext {
    var context: OpaquePointer { get }
}

extension AsContext {
    /// What is left of the fuel. `UInt64.max`, which a new store has, is practically without limit.
    public var fuel: UInt64 {
        get { hardtack_context_fuel(context) }
        nonmutating set { hardtack_context_set_fuel(context, newValue) }
    }

    /// Adds fuel.
    public func addFuel(_ fuel: UInt64) {
        hardtack_context_add_fuel(context, fuel)
    }
}

/// Fixed limits on what a store may hold. What is nil is left at the library's default.
public struct StoreLimits: Sendable {
    /// Most bytes that each memory may have.
    public var memorySize: Int?
    /// Most bytes that all memories together may have.
    public var totalMemorySize: Int?
    /// Most elements that each table may have.
    public var tableElements: Int?
    /// Most elements that all tables together may have.
    public var totalTableElements: Int?
    public var instances: Int?
    public var memories: Int?
    public var tables: Int?
    /// Most values of the host's that guests can hold references to.
    public var references: Int?
    /// Whether growth past a limit stops the guest instead of telling it −1.
    public var trapOnGrowFailure = false

    public init() {}
}

/// Instances, what they own and share, and data of the host's. Used by one thread at a time.
public final class Store<Data>: AsContext {
    private let raw: OpaquePointer
    private let boxed: Boxed<Data>
    public let context: OpaquePointer

    public init(_ engine: Engine, data: Data) {
        boxed = Boxed(data)
        raw = hardtack_store_new(engine.raw, box(boxed), releaseBox)!
        context = hardtack_store_context(raw)!
    }

    deinit {
        hardtack_store_delete(raw)
    }

    /// The host's data.
    public var data: Data {
        get { boxed.value }
        set { boxed.value = newValue }
    }

    /// Limits what the store may come to hold from now on.
    public func limit(_ limits: StoreLimits) throws {
        let raw = hardtack_limits_new()
        defer { hardtack_limits_delete(raw) }
        if let bytes = limits.memorySize { hardtack_limits_memory_size(raw, bytes) }
        if let bytes = limits.totalMemorySize { hardtack_limits_total_memory_size(raw, bytes) }
        if let elements = limits.tableElements { hardtack_limits_table_elements(raw, elements) }
        if let elements = limits.totalTableElements { hardtack_limits_total_table_elements(raw, elements) }
        if let count = limits.instances { hardtack_limits_instances(raw, count) }
        if let count = limits.memories { hardtack_limits_memories(raw, count) }
        if let count = limits.tables { hardtack_limits_tables(raw, count) }
        if let count = limits.references { hardtack_limits_references(raw, count) }
        hardtack_limits_trap_on_grow_failure(raw, limits.trapOnGrowFailure)
        try check(hardtack_store_set_limits(self.raw, raw))
    }

    /// A handle by which another thread can stop the guest.
    public func interruptHandle() -> InterruptHandle {
        InterruptHandle(raw: hardtack_store_interrupt_handle(raw)!)
    }

    /// What the guests reach through WASI from now on.
    public func setWasi(_ wasi: WasiConfig) throws {
        try check(hardtack_context_set_wasi(context, wasi.build()))
    }
}

/// Stops the guest of a store from outside, for instance after a timeout.
public final class InterruptHandle: @unchecked Sendable {
    private let raw: OpaquePointer

    init(raw: OpaquePointer) {
        self.raw = raw
    }

    deinit {
        hardtack_interrupt_handle_delete(raw)
    }

    /// Stops the guest that is running, or the next one to run, with `TrapCode.interrupted`.
    public func interrupt() {
        hardtack_interrupt(raw)
    }
}

/// What a guest may reach through WASI: to begin with clocks and random bytes, nothing else.
public struct WasiConfig {
    public enum Access: UInt8 {
        case readOnly = 0
        case readWrite = 1
    }

    /// The first one is the name of the program.
    public var args: [String] = []
    public var env: [String: String] = [:]
    /// What standard input holds.
    public var stdin: [UInt8] = []
    /// Whether standard output and error are the host's.
    public var inheritOutput = false
    /// Directories of the host, by the paths that the guest knows them by.
    public var dirs: [(host: String, guest: String, access: Access)] = []
    /// A seed for clocks and random bytes that are the same in every run.
    public var deterministicSeed: UInt64?

    public init() {}

    func build() throws -> OpaquePointer? {
        let config = hardtack_wasi_config_new()
        do {
            for arg in args { try check(withStr(arg) { hardtack_wasi_config_arg(config, $0) }) }
            for (name, value) in env {
                try check(withStr(name) { name in withStr(value) { hardtack_wasi_config_env(config, name, $0) } })
            }
            try stdin.withUnsafeBufferPointer { bytes in
                let data = bytes.baseAddress.map { UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) }
                try check(hardtack_wasi_config_stdin_bytes(config, hardtack_str_t(data: data, len: bytes.count)))
            }
            if inheritOutput {
                hardtack_wasi_config_inherit_stdout(config)
                hardtack_wasi_config_inherit_stderr(config)
            }
            for dir in dirs {
                try check(
                    withStr(dir.host) { host in
                        withStr(dir.guest) { hardtack_wasi_config_dir(config, host, $0, dir.access.rawValue) }
                    })
            }
            if let seed = deterministicSeed { hardtack_wasi_config_deterministic(config, seed) }
            return config
        } catch {
            hardtack_wasi_config_delete(config)
            throw error
        }
    }
}
