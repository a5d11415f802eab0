// Engines, their limits of execution, and modules.

import CHardtack

#if canImport(Foundation)
import Foundation
#endif

/// Limits of execution. What is nil is left at the library's default.
public struct Config: Sendable {
    /// Most slots of 8 bytes that each instance's number stack may have.
    public var maxStackSlots: Int?
    /// Most slots of 8 bytes that each instance's reference stack may have.
    public var maxReferenceSlots: Int?
    /// How many calls from the host into a store may be under way at once, one inside the other.
    public var maxCallNesting: UInt32?
    /// How many calls from one instance to another may be under way at once in one call from the host.
    public var maxCrossings: Int?

    public init() {}
}

/// What the stores of a program share.
public final class Engine: @unchecked Sendable {
    let raw: OpaquePointer

    public init(_ config: Config = Config()) {
        let raw = hardtack_config_new()
        defer { hardtack_config_delete(raw) }
        if let slots = config.maxStackSlots { hardtack_config_max_stack_slots(raw, slots) }
        if let slots = config.maxReferenceSlots { hardtack_config_max_reference_slots(raw, slots) }
        if let calls = config.maxCallNesting { hardtack_config_max_call_nesting(raw, calls) }
        if let calls = config.maxCrossings { hardtack_config_max_crossings(raw, calls) }
        self.raw = hardtack_engine_new(raw)!
    }

    deinit {
        hardtack_engine_delete(raw)
    }
}

/// A verified module.
public final class Module: @unchecked Sendable {
    let raw: OpaquePointer

    init(raw: OpaquePointer) {
        self.raw = raw
    }

    /// Loads a copy of a file, whatever its bytes.
    public convenience init(_ bytes: [UInt8]) throws {
        var raw: OpaquePointer?
        try check(hardtack_module_load(bytes, bytes.count, &raw))
        self.init(raw: raw!)
    }

    #if canImport(Foundation)
    /// Loads a file, whatever its bytes, and executes it where it lies: for a resource mapped into memory, without a copy.
    ///
    ///     let module = try Module(data: Data(contentsOf: url, options: .mappedIfSafe))
    public convenience init(data: Data) throws {
        // NSData keeps its bytes where they are; Data needn't.
        let kept = data as NSData
        var raw: OpaquePointer?
        let bytes = kept.bytes.assumingMemoryBound(to: UInt8.self)
        try check(hardtack_module_load_in_place(bytes, kept.length, box(kept), releaseBox, &raw))
        self.init(raw: raw!)
    }
    #endif

    deinit {
        hardtack_module_delete(raw)
    }

    /// The hash that identifies what the file does.
    public var buildID: [UInt8] {
        var id: (UInt64, UInt64) = (0, 0)
        return withUnsafeMutableBytes(of: &id) { bytes in
            hardtack_module_build_id(raw, UnsafeMutableRawPointer(bytes.baseAddress!).assumingMemoryBound(to: BuildID.self))
            return Array(bytes)
        }
    }

    /// What the module needs.
    public var imports: [ImportType] {
        (0..<hardtack_module_import_count(raw)).map { index in
            var item = hardtack_import_t()
            _ = hardtack_module_import(raw, index, &item)
            return ImportType(module: String(item.module), name: String(item.name), type: ExternType(item.ty))
        }
    }

    /// What the module offers.
    public var exports: [ExportType] {
        (0..<hardtack_module_export_count(raw)).map { index in
            var item = hardtack_export_t()
            _ = hardtack_module_export(raw, index, &item)
            return ExportType(name: String(item.name), type: ExternType(item.ty))
        }
    }

    /// The name of a function in the file's debug information, by its index, imported functions first.
    public func functionName(_ index: UInt32) -> String? {
        var name = hardtack_str_t()
        return hardtack_module_func_name(raw, index, &name) ? String(name) : nil
    }
}

/// How Swift sees `uint8_t [16]`.
typealias BuildID = (
    UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
)
