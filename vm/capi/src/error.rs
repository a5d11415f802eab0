//! Errors as objects: what went wrong, and for traps where.

use crate::boundary::{Env, end, get, give, guarded_or, hardtack_finalizer_t, hardtack_str_t, out};
use hardtack_vm::{Error, LoadError, Trap, TrapCode};
use std::any::Any;
use std::ffi::c_void;
use std::fmt;
use std::sync::OnceLock;

/// What can go wrong at the boundary.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Vm(Error),
    #[error("the argument `{0}` is NULL")]
    Null(&'static str),
    #[error("the argument `{0}` is not UTF-8")]
    NotUtf8(&'static str),
    #[error("the {0} does not belong to this store")]
    Foreign(&'static str),
    #[error("{0} is no type of values")]
    ValueType(u8),
    #[error("{0} is no kind of imports and exports")]
    ExternKind(u8),
    #[cfg(feature = "wasi")]
    #[error(transparent)]
    Wasi(#[from] hardtack_wasi::BuildError),
    #[cfg(feature = "wasi")]
    #[error("{path}: {error}")]
    Open { path: String, error: std::io::Error },
    #[cfg(feature = "wasi")]
    #[error("the file in memory cannot be used: {0}")]
    MemoryFile(hardtack_wasi::Errno),
    #[error("internal fault of the library: {0}")]
    Panic(String),
}

impl Fault {
    pub fn panic(panic: &(dyn Any + Send)) -> Fault {
        let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
        Fault::Panic(text.unwrap_or("of unknown kind").to_string())
    }

    /// The same fault, to be returned by a host function.
    pub fn into_error(self) -> Error {
        match self {
            Fault::Vm(error) => error,
            fault => Error::host(fault),
        }
    }

    fn kind(&self) -> hardtack_error_kind_t {
        use hardtack_error_kind_t::*;
        match self {
            Fault::Vm(error) => match error {
                Error::Trap(_) => HARDTACK_ERROR_TRAP,
                Error::Host(_) if exit_status(error).is_some() => HARDTACK_ERROR_EXIT,
                Error::Host(_) => HARDTACK_ERROR_HOST,
                Error::Load(_) => HARDTACK_ERROR_LOAD,
                Error::Link(_) => HARDTACK_ERROR_LINK,
                Error::NoExport { .. } => HARDTACK_ERROR_NO_EXPORT,
                Error::TypeMismatch { .. } | Error::Count { .. } | Error::FuncType { .. } | Error::InvalidType(_) => {
                    HARDTACK_ERROR_TYPE
                }
                Error::Immutable => HARDTACK_ERROR_IMMUTABLE,
                Error::OutOfBounds(_) => HARDTACK_ERROR_OUT_OF_BOUNDS,
                Error::Limit(_) | Error::Growth(_) => HARDTACK_ERROR_LIMIT,
                Error::OutOfMemory => HARDTACK_ERROR_OUT_OF_MEMORY,
                Error::ForeignReference => HARDTACK_ERROR_ARGUMENT,
                // The VM may learn to fail in more ways.
                _ => HARDTACK_ERROR_OTHER,
            },
            Fault::Null(_) | Fault::NotUtf8(_) | Fault::Foreign(_) | Fault::ValueType(_) | Fault::ExternKind(_) => {
                HARDTACK_ERROR_ARGUMENT
            }
            #[cfg(feature = "wasi")]
            Fault::Wasi(_) | Fault::Open { .. } | Fault::MemoryFile(_) => HARDTACK_ERROR_WASI,
            Fault::Panic(_) => HARDTACK_ERROR_PANIC,
        }
    }

    fn trap(&self) -> Option<&Trap> {
        if let Fault::Vm(Error::Trap(trap)) = self { Some(trap) } else { None }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        // What a callback was told here and passed on is again what it was.
        match error.downcast::<Fault>() {
            Ok(fault) => fault,
            Err(error) => Fault::Vm(error),
        }
    }
}

impl From<LoadError> for Fault {
    fn from(error: LoadError) -> Fault {
        Fault::Vm(error.into())
    }
}

#[cfg(feature = "wasi")]
fn exit_status(error: &Error) -> Option<u32> {
    error.downcast_ref::<hardtack_wasi::Exit>().map(|exit| exit.0)
}

#[cfg(not(feature = "wasi"))]
fn exit_status(_: &Error) -> Option<u32> {
    None
}

/// A failure of a host function's own.
struct HostFault {
    message: String,
    env: Env,
}

impl fmt::Display for HostFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for HostFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for HostFault {}

/// An error. Ended by hardtack_error_delete, or by handing it to the library as the result of a callback.
pub struct hardtack_error_t {
    fault: Fault,
    /// With a NUL at its end.
    message: OnceLock<String>,
    /// With a NUL at its end.
    backtrace: OnceLock<String>,
}

impl hardtack_error_t {
    pub(crate) fn give(fault: Fault) -> *mut hardtack_error_t {
        give(hardtack_error_t { fault, message: OnceLock::new(), backtrace: OnceLock::new() })
    }

    /// Takes back an error that a callback returns.
    ///
    /// # Safety
    /// It is null, or an error that the callback gives up.
    pub(crate) unsafe fn take(error: *mut hardtack_error_t) -> Result<(), Error> {
        if error.is_null() {
            return Ok(());
        }
        // SAFETY: it comes from `give`, and the callback gives it up.
        Err(unsafe { Box::from_raw(error) }.fault.into_error())
    }
}

/// What kind of error it is.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum hardtack_error_kind_t {
    /// No error: what is asked about is NULL.
    HARDTACK_ERROR_NONE = 0,
    /// The guest was stopped for a fault of its own, by a limit, or on the host's request: see hardtack_error_trap_code.
    HARDTACK_ERROR_TRAP = 1,
    /// A host function failed: see hardtack_error_data.
    HARDTACK_ERROR_HOST = 2,
    /// The guest ended itself through WASI: see hardtack_error_exit_status.
    HARDTACK_ERROR_EXIT = 3,
    /// A module can't be loaded: see hardtack_error_offset.
    HARDTACK_ERROR_LOAD = 4,
    /// A module's imports don't fit what is there, or a linker's names clash.
    HARDTACK_ERROR_LINK = 5,
    /// There is no such export, or it is of another kind.
    HARDTACK_ERROR_NO_EXPORT = 6,
    /// A value, count of values, or type isn't what is needed.
    HARDTACK_ERROR_TYPE = 7,
    /// A global that can't change was to be changed.
    HARDTACK_ERROR_IMMUTABLE = 8,
    /// An access from the host past the end of a memory or table.
    HARDTACK_ERROR_OUT_OF_BOUNDS = 9,
    /// A limit of the store's, or of a memory's or table's type, forbids it.
    HARDTACK_ERROR_LIMIT = 10,
    /// The host has no memory left.
    HARDTACK_ERROR_OUT_OF_MEMORY = 11,
    /// An argument breaks the contract: NULL, not UTF-8, of another store.
    HARDTACK_ERROR_ARGUMENT = 12,
    /// What WASI was to be given can't be had.
    HARDTACK_ERROR_WASI = 13,
    /// A fault inside the library.
    HARDTACK_ERROR_PANIC = 14,
    /// None of these.
    HARDTACK_ERROR_OTHER = 15,
}

/// Why a guest was stopped. The numbers are part of the file format and never reused.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum hardtack_trap_code_t {
    /// It isn't a trap.
    HARDTACK_TRAP_NONE = 0,
    /// The `unreachable` instruction was executed.
    HARDTACK_TRAP_UNREACHABLE = 1,
    /// A memory access reached past the end of its memory.
    HARDTACK_TRAP_MEMORY_OUT_OF_BOUNDS = 2,
    /// A table access reached past the end of its table.
    HARDTACK_TRAP_TABLE_OUT_OF_BOUNDS = 3,
    /// An integer was divided by zero.
    HARDTACK_TRAP_INTEGER_DIVIDE_BY_ZERO = 4,
    /// A signed division or a float conversion left the range of its result.
    HARDTACK_TRAP_INTEGER_OVERFLOW = 5,
    /// A NaN was converted to an integer.
    HARDTACK_TRAP_INVALID_CONVERSION_TO_INTEGER = 6,
    /// `call_indirect` reached a function of another type.
    HARDTACK_TRAP_INDIRECT_CALL_TYPE_MISMATCH = 7,
    /// `call_indirect` reached an element that is null.
    HARDTACK_TRAP_UNINITIALIZED_ELEMENT = 8,
    /// `call_indirect` named an element past the end of its table.
    HARDTACK_TRAP_UNDEFINED_ELEMENT = 9,
    /// A stack, or the nesting of calls through the host, reached its limit.
    HARDTACK_TRAP_STACK_OVERFLOW = 10,
    /// The fuel is used up.
    HARDTACK_TRAP_OUT_OF_FUEL = 11,
    /// The host asked the guest to stop.
    HARDTACK_TRAP_INTERRUPTED = 12,
    /// A reference was of another sort or type than its consumer needs, or stale.
    HARDTACK_TRAP_INVALID_REFERENCE = 13,
    /// An imported function was called that the host only pretended to have.
    HARDTACK_TRAP_UNKNOWN_IMPORT = 14,
    /// One that this header has no name for.
    HARDTACK_TRAP_OTHER = 255,
}

impl hardtack_trap_code_t {
    fn of(code: TrapCode) -> hardtack_trap_code_t {
        use hardtack_trap_code_t::*;
        match code {
            TrapCode::Unreachable => HARDTACK_TRAP_UNREACHABLE,
            TrapCode::MemoryOutOfBounds => HARDTACK_TRAP_MEMORY_OUT_OF_BOUNDS,
            TrapCode::TableOutOfBounds => HARDTACK_TRAP_TABLE_OUT_OF_BOUNDS,
            TrapCode::IntegerDivideByZero => HARDTACK_TRAP_INTEGER_DIVIDE_BY_ZERO,
            TrapCode::IntegerOverflow => HARDTACK_TRAP_INTEGER_OVERFLOW,
            TrapCode::InvalidConversionToInteger => HARDTACK_TRAP_INVALID_CONVERSION_TO_INTEGER,
            TrapCode::IndirectCallTypeMismatch => HARDTACK_TRAP_INDIRECT_CALL_TYPE_MISMATCH,
            TrapCode::UninitializedElement => HARDTACK_TRAP_UNINITIALIZED_ELEMENT,
            TrapCode::UndefinedElement => HARDTACK_TRAP_UNDEFINED_ELEMENT,
            TrapCode::StackOverflow => HARDTACK_TRAP_STACK_OVERFLOW,
            TrapCode::OutOfFuel => HARDTACK_TRAP_OUT_OF_FUEL,
            TrapCode::Interrupted => HARDTACK_TRAP_INTERRUPTED,
            TrapCode::InvalidReference => HARDTACK_TRAP_INVALID_REFERENCE,
            TrapCode::UnknownImport => HARDTACK_TRAP_UNKNOWN_IMPORT,
            // `TrapCode` is open to new codes; a test holds that each has a name here.
            _ => HARDTACK_TRAP_OTHER,
        }
    }
}

/// An error for a host function to return. The message is copied; the caller owns the error.
///
/// `data` is the host's own, found again by hardtack_error_data when the error comes out of the call into the guest; `finalizer`
/// ends it together with the error.
///
/// # Safety
/// The message is readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_new(
    message: hardtack_str_t,
    data: *mut c_void,
    finalizer: hardtack_finalizer_t,
) -> *mut hardtack_error_t {
    let env = Env::new(data, finalizer);
    // SAFETY: the caller promises a readable message.
    let message = unsafe { message.bytes("message") }.unwrap_or_default();
    let message = String::from_utf8_lossy(message).into_owned();
    hardtack_error_t::give(Fault::Vm(Error::host(HostFault { message, env })))
}

/// A trap for a host function to return, with one of the codes of hardtack_trap_code_t; NULL if it is none. The caller owns it.
#[unsafe(no_mangle)]
pub extern "C" fn hardtack_error_new_trap(code: u8) -> *mut hardtack_error_t {
    match TrapCode::from_number(code) {
        Some(code) => hardtack_error_t::give(Fault::Vm(code.into())),
        None => std::ptr::null_mut(),
    }
}

/// Ends an error. Accepts NULL.
///
/// # Safety
/// The error is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_delete(error: *mut hardtack_error_t) {
    // SAFETY: as the caller promises.
    unsafe { end(error) }
}

/// What kind of error it is; HARDTACK_ERROR_NONE for NULL.
///
/// # Safety
/// The pointer is NULL or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_kind(error: *const hardtack_error_t) -> hardtack_error_kind_t {
    guarded_or(hardtack_error_kind_t::HARDTACK_ERROR_NONE, || {
        // SAFETY: as the caller promises.
        Ok(unsafe { get(error, "error")? }.fault.kind())
    })
}

/// What went wrong, in words. Borrowed from the error; a NUL follows, so that it is a C string too.
///
/// # Safety
/// The pointer is NULL or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_message(error: *const hardtack_error_t) -> hardtack_str_t {
    guarded_or(hardtack_str_t::of(""), || {
        // SAFETY: as the caller promises.
        let error = unsafe { get(error, "error")? };
        let text = error.message.get_or_init(|| format!("{}\0", error.fault));
        Ok(hardtack_str_t::of(&text[..text.len() - 1]))
    })
}

/// The message and, for a trap, a line for each function that was under way. Borrowed from the error; a NUL follows.
///
/// # Safety
/// The pointer is NULL or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_backtrace(error: *const hardtack_error_t) -> hardtack_str_t {
    guarded_or(hardtack_str_t::of(""), || {
        // SAFETY: as the caller promises.
        let error = unsafe { get(error, "error")? };
        let text = error.backtrace.get_or_init(|| match error.fault.trap() {
            Some(trap) => format!("{trap:?}\0"),
            None => format!("{}\0", error.fault),
        });
        Ok(hardtack_str_t::of(&text[..text.len() - 1]))
    })
}

/// The reason of a trap; HARDTACK_TRAP_NONE if it is no trap, or NULL.
///
/// # Safety
/// The pointer is NULL or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_trap_code(error: *const hardtack_error_t) -> hardtack_trap_code_t {
    guarded_or(hardtack_trap_code_t::HARDTACK_TRAP_NONE, || {
        // SAFETY: as the caller promises.
        let trap = unsafe { get(error, "error")? }.fault.trap();
        Ok(trap.map_or(hardtack_trap_code_t::HARDTACK_TRAP_NONE, |trap| hardtack_trap_code_t::of(trap.code())))
    })
}

/// The data that hardtack_error_new was given, borrowed from the error; NULL if it is another error.
///
/// # Safety
/// The pointer is NULL or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_data(error: *const hardtack_error_t) -> *mut c_void {
    guarded_or(std::ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let Fault::Vm(error) = &unsafe { get(error, "error")? }.fault else { return Ok(std::ptr::null_mut()) };
        Ok(error.downcast_ref::<HostFault>().map_or(std::ptr::null_mut(), |host| host.env.data()))
    })
}

/// With which status the guest ended itself. False, and nothing is written, if it didn't.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_exit_status(error: *const hardtack_error_t, status: *mut u32) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (error, status) = unsafe { (get(error, "error")?, out(status)?) };
        let Fault::Vm(error) = &error.fault else { return Ok(false) };
        exit_status(error).map_or(Ok(false), |exit| status.put(exit).map(|()| true))
    })
}

/// At which byte of its file a module is malformed. False, and nothing is written, if it isn't that, or not at one place.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_offset(error: *const hardtack_error_t, offset: *mut usize) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (error, offset) = unsafe { (get(error, "error")?, out(offset)?) };
        let Fault::Vm(Error::Load(error)) = &error.fault else { return Ok(false) };
        error.offset().map_or(Ok(false), |at| offset.put(at).map(|()| true))
    })
}

/// A function that was under way when a trap happened.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct hardtack_frame_t {
    /// Its name, borrowed from the error; `data` is NULL if the module carries no names.
    pub name: hardtack_str_t,
    /// Its index in its module; imported functions count first.
    pub function: u32,
    /// Where in the module's code section it was, in bytes.
    pub code_offset: u32,
    /// Which module: see hardtack_module_build_id.
    pub build_id: [u8; 16],
}

/// How many functions were under way when a trap happened, at most 64; 0 if it is no trap.
///
/// # Safety
/// The pointer is NULL or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_frame_count(error: *const hardtack_error_t) -> usize {
    // SAFETY: as the caller promises.
    guarded_or(0, || Ok(unsafe { get(error, "error")? }.fault.trap().map_or(0, |trap| trap.frames().len())))
}

/// Whether there were more frames than the error tells.
///
/// # Safety
/// The pointer is NULL or points to an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_frames_truncated(error: *const hardtack_error_t) -> bool {
    // SAFETY: as the caller promises.
    guarded_or(false, || Ok(unsafe { get(error, "error")? }.fault.trap().is_some_and(Trap::is_truncated)))
}

/// One of the functions that were under way; 0 is the innermost. False, and nothing is written, past the last.
///
/// # Safety
/// The pointers are NULL or point to what their types say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hardtack_error_frame(
    error: *const hardtack_error_t,
    index: usize,
    frame: *mut hardtack_frame_t,
) -> bool {
    guarded_or(false, || {
        // SAFETY: as the caller promises.
        let (error, place) = unsafe { (get(error, "error")?, out(frame)?) };
        let Some(frame) = error.fault.trap().and_then(|trap| trap.frames().get(index)) else { return Ok(false) };
        let frame = hardtack_frame_t {
            name: frame.function_name().map_or(hardtack_str_t::EMPTY, hardtack_str_t::of),
            function: frame.function(),
            code_offset: frame.code_offset(),
            build_id: frame.module().build_id(),
        };
        place.put(frame).map(|()| true)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trap_has_a_name_and_its_number() {
        for code in TrapCode::ALL {
            assert_eq!(hardtack_trap_code_t::of(*code) as isize, *code as isize, "{code:?}");
        }
    }
}
