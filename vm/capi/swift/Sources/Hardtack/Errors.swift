// What can go wrong.

import CHardtack

/// Why a guest was stopped. The numbers are those of the file format.
public enum TrapCode: UInt8, Sendable {
    case unreachable = 1
    case memoryOutOfBounds = 2
    case tableOutOfBounds = 3
    case integerDivideByZero = 4
    case integerOverflow = 5
    case invalidConversionToInteger = 6
    case indirectCallTypeMismatch = 7
    case uninitializedElement = 8
    case undefinedElement = 9
    case stackOverflow = 10
    case outOfFuel = 11
    case interrupted = 12
    case invalidReference = 13
    case unknownImport = 14
    /// One that this wrapper has no name for.
    case other = 255
}

/// A function that was under way when a trap happened.
public struct Frame: Sendable, CustomStringConvertible {
    /// Its name, if the module carries names.
    public let functionName: String?
    /// Its index in its module; imported functions count first.
    public let function: UInt32
    /// Where in the module's code section it was, in bytes.
    public let codeOffset: UInt32
    /// The build id of its module: what symbol files are found by.
    public let buildID: [UInt8]

    public var description: String {
        let place = "at code offset 0x" + String(codeOffset, radix: 16)
        return functionName.map { "\($0) (function \(function)) \(place)" } ?? "function \(function) \(place)"
    }
}

/// Why and where a guest was stopped.
public struct Trap: Sendable {
    public let code: TrapCode
    public let message: String
    /// The functions that were under way, the innermost first; at most 64.
    public let frames: [Frame]
    /// Whether there were more than `frames` tells.
    public let isTruncated: Bool
}

/// Why an operation failed.
public enum HardtackError: Error, CustomStringConvertible {
    /// The guest was stopped for a fault of its own, by a limit, or on the host's request.
    case trap(Trap)
    /// The guest ended itself through WASI.
    case exit(UInt32)
    /// A module can't be loaded; the offset is that of the byte at fault, if there is one.
    case load(String, offset: Int?)
    /// A module's imports don't fit what is there, or a linker's names clash.
    case link(String)
    /// There is no such export, or it is of another kind.
    case noExport(String)
    /// A value, count of values, or type isn't what is needed.
    case type(String)
    /// A limit forbids it.
    case limit(String)
    /// An access from the host past the end of a memory or table.
    case outOfBounds(String)
    /// A host function failed without an error of Swift's.
    case host(String)
    /// Anything else.
    case other(String)

    public var description: String {
        switch self {
        case .trap(let trap): return trap.message
        case .exit(let status): return "exited with code \(status)"
        case .load(let message, _), .link(let message), .noExport(let message), .type(let message),
            .limit(let message), .outOfBounds(let message), .host(let message), .other(let message):
            return message
        }
    }

    /// The error that the library handed out, or the one that a host function threw, which passed through it.
    static func take(_ error: OpaquePointer) -> any Error {
        defer { hardtack_error_delete(error) }
        let message = String(hardtack_error_message(error))
        switch hardtack_error_kind(error) {
        case HARDTACK_ERROR_TRAP: return HardtackError.trap(trap(error, message))
        case HARDTACK_ERROR_EXIT:
            var status: UInt32 = 0
            _ = hardtack_error_exit_status(error, &status)
            return HardtackError.exit(status)
        case HARDTACK_ERROR_LOAD:
            var offset = 0
            let known = hardtack_error_offset(error, &offset)
            return HardtackError.load(message, offset: known ? offset : nil)
        case HARDTACK_ERROR_LINK: return HardtackError.link(message)
        case HARDTACK_ERROR_NO_EXPORT: return HardtackError.noExport(message)
        case HARDTACK_ERROR_TYPE, HARDTACK_ERROR_IMMUTABLE: return HardtackError.type(message)
        case HARDTACK_ERROR_LIMIT: return HardtackError.limit(message)
        case HARDTACK_ERROR_OUT_OF_BOUNDS: return HardtackError.outOfBounds(message)
        case HARDTACK_ERROR_HOST:
            let thrown = unboxed(hardtack_error_data(error), as: Boxed<any Error>.self)
            return thrown?.value ?? HardtackError.host(message)
        default: return HardtackError.other(message)
        }
    }

    private static func trap(_ error: OpaquePointer, _ message: String) -> Trap {
        let code = TrapCode(rawValue: UInt8(truncatingIfNeeded: hardtack_error_trap_code(error).rawValue)) ?? .other
        let frames = (0..<hardtack_error_frame_count(error)).map { index -> Frame in
            var frame = hardtack_frame_t()
            _ = hardtack_error_frame(error, index, &frame)
            return Frame(
                functionName: frame.name.data == nil ? nil : String(frame.name),
                function: frame.function,
                codeOffset: frame.code_offset,
                buildID: withUnsafeBytes(of: frame.build_id) { Array($0) })
        }
        return Trap(
            code: code, message: message, frames: frames, isTruncated: hardtack_error_frames_truncated(error))
    }

    /// An error of Swift's as one that a callback returns to the library.
    static func give(_ error: any Error) -> OpaquePointer? {
        if case HardtackError.trap(let trap) = error, let given = hardtack_error_new_trap(trap.code.rawValue) {
            return given
        }
        return withStr("\(error)") { hardtack_error_new($0, box(Boxed<any Error>(error)), releaseBox) }
    }
}
