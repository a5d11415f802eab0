// What every part of the wrapper needs: strings, errors thrown, data of the host's kept alive by the library.

import CHardtack

/// Runs `body` with the bytes of a string.
func withStr<R>(_ text: String, _ body: (hardtack_str_t) throws -> R) rethrows -> R {
    var text = text
    return try text.withUTF8 { bytes in
        let data = bytes.baseAddress.map { UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) }
        return try body(hardtack_str_t(data: data, len: bytes.count))
    }
}

extension String {
    /// A copy of a string that the library lent.
    init(_ str: hardtack_str_t) {
        guard let data = str.data else {
            self = ""
            return
        }
        let bytes = UnsafeRawBufferPointer(start: data, count: str.len)
        self = String(decoding: bytes, as: UTF8.self)
    }
}

/// Throws an error that the library handed out, if it is one.
func check(_ error: OpaquePointer?) throws {
    if let error { throw HardtackError.take(error) }
}

/// A reference that C holds, ended by `releaseBox`.
func box(_ object: AnyObject) -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(object).toOpaque()
}

/// The object that C holds.
func unboxed<T: AnyObject>(_ pointer: UnsafeMutableRawPointer?, as type: T.Type) -> T? {
    pointer.map { Unmanaged<AnyObject>.fromOpaque($0).takeUnretainedValue() as! T }
}

/// The finalizer of everything that `box` made.
let releaseBox: @convention(c) (UnsafeMutableRawPointer?) -> Void = { pointer in
    if let pointer { Unmanaged<AnyObject>.fromOpaque(pointer).release() }
}

/// Something of the host's that isn't an object.
final class Boxed<T> {
    var value: T

    init(_ value: T) {
        self.value = value
    }
}
