//! Traps: the guest's faults, and where they happened.

use crate::module::Module;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use hardtack_format::module::ShownId;
pub use hardtack_format::trap::TrapCode;

/// Why and where a guest was stopped.
///
/// `Display` shows the reason, worded as the WebAssembly test suite words it; `Debug` shows the backtrace as well, in the form that
/// `hardtack symbolize` and [`symbols::report`](crate::symbols::report) turn into names and lines.
///
/// ```
/// use hardtack_vm::{Engine, Error, Instance, Module, Store, TrapCode};
///
/// let wat = br#"(module (func $inner unreachable) (func (export "run") (call $inner)))"#;
/// let mut store = Store::new(&Engine::default(), ());
/// let module = Module::load(hardtack_compiler::compile(wat, &Default::default())?)?;
/// let run = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&store, "run")?;
/// let Err(Error::Trap(trap)) = run.call(&mut store, ()) else { panic!("it traps") };
/// assert_eq!((trap.code(), trap.to_string().as_str()), (TrapCode::Unreachable, "unreachable"));
/// println!("{trap:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trap(Box<Contents>);

struct Contents {
    code: TrapCode,
    frames: Vec<Frame>,
    more: bool,
}

impl Trap {
    /// Most frames that a trap remembers, the innermost first: a stack overflow has many thousands.
    pub const MOST_FRAMES: usize = 64;

    /// The reason.
    pub fn code(&self) -> TrapCode {
        self.0.code
    }

    /// The functions that were under way, the innermost first; at most 64.
    ///
    /// It is empty when the trap happened outside the guest, for instance when a segment didn't fit at instantiation.
    pub fn frames(&self) -> &[Frame] {
        &self.0.frames
    }

    /// Whether there were more than [`frames`](Self::frames) tells.
    pub fn is_truncated(&self) -> bool {
        self.0.more
    }

    /// Adds frames outside those it has.
    pub(crate) fn extend(&mut self, outer: impl Iterator<Item = Frame>) {
        for frame in outer {
            if self.0.frames.len() == Trap::MOST_FRAMES {
                self.0.more = true;
                return;
            }
            self.0.frames.push(frame);
        }
    }
}

impl From<TrapCode> for Trap {
    fn from(code: TrapCode) -> Trap {
        Trap(Box::new(Contents { code, frames: Vec::new(), more: false }))
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.message())
    }
}

impl fmt::Debug for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.message())?;
        let mut build = None;
        for (depth, frame) in self.0.frames.iter().enumerate() {
            // What symbol files are found by.
            let own = frame.module.build_id();
            if build.replace(own) != Some(own) {
                write!(f, "\n  build {}", ShownId(own))?;
            }
            write!(f, "\n  {depth:2}: {frame}")?;
        }
        if self.0.more { f.write_str("\n  and more") } else { Ok(()) }
    }
}

impl core::error::Error for Trap {}

/// A function that was under way when a trap happened.
///
/// ```
/// use hardtack_vm::{Frame, Trap};
///
/// /// What a crash report has of a trap: enough to find names and lines later.
/// fn report(trap: &Trap) -> Vec<([u8; 16], u32, u32)> {
///     let entry = |frame: &Frame| (frame.module().build_id(), frame.function(), frame.code_offset());
///     trap.frames().iter().map(entry).collect()
/// }
/// ```
#[derive(Clone)]
pub struct Frame {
    module: Module,
    function: u32,
    offset: u32,
}

impl Frame {
    pub(crate) fn new(module: Module, function: u32, offset: u32) -> Frame {
        Frame { module, function, offset }
    }

    /// The function's module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The function's index in its module; imported functions count first.
    pub fn function(&self) -> u32 {
        self.function
    }

    /// The function's name, if the module carries names.
    pub fn function_name(&self) -> Option<&str> {
        self.module.func_name(self.function)
    }

    /// Where in the module's code section it was, in bytes: within the instruction at fault or the call.
    pub fn code_offset(&self) -> u32 {
        self.offset
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function_name() {
            // A hostile file may call its functions whatever it likes, terminal control codes among it.
            Some(name) => {
                let (name, function, offset) = (name.escape_debug(), self.function, self.offset);
                write!(f, "{name} (function {function}) at code offset {offset:#x}")
            }
            None => write!(f, "function {} at code offset {:#x}", self.function, self.offset),
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
