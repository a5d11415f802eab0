//! Runs scripts of the WebAssembly test suite (`.wast`).

use crate::{spectest, tailored};
use hardtack_compiler::Options;
use hardtack_vm::{Engine, Error, ExternRef, Instance, Linker, Module, Store, Val};
use std::collections::{BTreeMap, HashMap};
use wast::core::{AbstractHeapType, HeapType, NanPattern, WastArgCore, WastRetCore};
use wast::lexer::Lexer;
use wast::parser::{ParseBuffer, parse};
use wast::token::{F32, F64, Id};
use wast::{QuoteWat, QuoteWatTest, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet};

/// How many directives of each kind a script passed.
pub type Counts = BTreeMap<&'static str, usize>;

/// What runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A VM with the standard instructions.
    Standard,
    /// One that has some of an application's own as well, and files compiled for it.
    Tailored,
}

/// Runs a script to its end. If something isn't as it says, the error has a line for each such directive.
pub fn run(text: &str, target: Target) -> Result<Counts, String> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).map_err(|e| e.to_string())?;
    let script = parse::<Wast<'_>>(&buffer).map_err(|e| e.to_string())?;
    let mut runner = Runner::new(target).map_err(|e| e.to_string())?;
    let (mut counts, mut failures) = (Counts::new(), Vec::new());
    for directive in script.directives {
        let (line, kind) = (directive.span().linecol_in(text).0 + 1, kind(&directive));
        match runner.execute(directive) {
            Ok(()) => *counts.entry(kind).or_default() += 1,
            Err(why) => failures.push(format!("line {line}: {kind}: {why}")),
        }
    }
    if failures.is_empty() { Ok(counts) } else { Err(failures.join("\n")) }
}

/// Whether directives of a kind assert something; the others only prepare it.
pub fn is_assertion(kind: &str) -> bool {
    kind.starts_with("assert_")
}

fn kind(directive: &WastDirective<'_>) -> &'static str {
    match directive {
        WastDirective::Module(_) => "module",
        WastDirective::ModuleDefinition(_) => "module definition",
        WastDirective::ModuleInstance { .. } => "module instance",
        WastDirective::AssertMalformed { .. } => "assert_malformed",
        WastDirective::AssertInvalid { .. } => "assert_invalid",
        WastDirective::AssertInvalidCustom { .. } => "assert_invalid_custom",
        WastDirective::Register { .. } => "register",
        WastDirective::Invoke(_) => "invoke",
        WastDirective::AssertTrap { .. } => "assert_trap",
        WastDirective::AssertReturn { .. } => "assert_return",
        WastDirective::AssertExhaustion { .. } => "assert_exhaustion",
        WastDirective::AssertUnlinkable { .. } => "assert_unlinkable",
        WastDirective::AssertException { .. } => "assert_exception",
        WastDirective::AssertSuspension { .. } => "assert_suspension",
        WastDirective::Thread(_) => "thread",
        WastDirective::Wait { .. } => "wait",
        WastDirective::AssertMalformedCustom { .. } => "assert_malformed_custom",
    }
}

/// Why a module didn't come to be.
enum Failure {
    /// The compiler refuses it.
    Compile(String),
    /// The VM refuses what the compiler made of it: never right.
    Load(String),
    /// It can't be linked, or it trapped when it was instantiated.
    Instantiate(Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Compile(e) => write!(f, "the compiler refused it: {e}"),
            Failure::Load(e) => write!(f, "the compiled file was refused: {e}"),
            Failure::Instantiate(e) => write!(f, "instantiation failed: {e}"),
        }
    }
}

struct Runner {
    engine: Engine,
    options: Options,
    store: Store<()>,
    linker: Linker<()>,
    definitions: HashMap<String, Module>,
    instances: HashMap<String, Instance>,
    last_definition: Option<Module>,
    last: Option<Instance>,
}

impl Runner {
    fn new(target: Target) -> Result<Runner, Error> {
        let (engine, options) = match target {
            Target::Standard => (Engine::default(), Options::default()),
            Target::Tailored => (tailored::engine(), tailored::options()),
        };
        let mut store = Store::new(&engine, ());
        store.set_fuel(u64::MAX);
        let mut linker = Linker::new(&engine);
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store)?;
        Ok(Runner {
            engine,
            options,
            store,
            linker,
            definitions: HashMap::new(),
            instances: HashMap::new(),
            last_definition: None,
            last: None,
        })
    }

    fn execute(&mut self, directive: WastDirective<'_>) -> Result<(), String> {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name();
                let instance = self.load(&mut module).and_then(|m| self.instantiate(&m)).map_err(|e| e.to_string())?;
                self.remember(name, instance);
                Ok(())
            }
            WastDirective::ModuleDefinition(mut module) => {
                let loaded = self.load(&mut module).map_err(|e| e.to_string())?;
                if let Some(name) = module.name() {
                    self.definitions.insert(name.name().to_string(), loaded.clone());
                }
                self.last_definition = Some(loaded);
                Ok(())
            }
            WastDirective::ModuleInstance { instance: name, module, .. } => {
                let module = match module {
                    Some(name) => self.definitions.get(name.name()),
                    None => self.last_definition.as_ref(),
                };
                let module = module.cloned().ok_or("there is no such definition")?;
                let instance = self.instantiate(&module).map_err(|e| e.to_string())?;
                self.remember(name, instance);
                Ok(())
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                self.linker.instance(&mut self.store, name, instance).map(|_| ()).map_err(|e| e.to_string())
            }
            WastDirective::Invoke(invoke) => self.invoke(&invoke)?.map(|_| ()).map_err(|e| e.to_string()),
            WastDirective::AssertReturn { exec, results, .. } => {
                let found = self.evaluate(exec)?.map_err(|e| format!("failed: {e}"))?;
                self.compare(&found, &results)
            }
            WastDirective::AssertTrap { exec, message, .. } => match self.evaluate(exec)? {
                Ok(values) => Err(format!("returned {values:?} instead of trapping: {message}")),
                Err(e) if e.as_trap_code().is_some() => says(&e.to_string(), message),
                Err(e) => Err(format!("expected the trap `{message}`, failed otherwise: {e}")),
            },
            WastDirective::AssertExhaustion { call, message, .. } => match self.invoke(&call)? {
                Ok(values) => Err(format!("returned {values:?} instead of trapping: {message}")),
                Err(e) => says(&e.to_string(), message),
            },
            WastDirective::AssertMalformed { module, message, .. }
            | WastDirective::AssertInvalid { module, message, .. } => self.refused(module, message),
            WastDirective::AssertUnlinkable { module, message, .. } => {
                let module = self.load(&mut QuoteWat::Wat(module)).map_err(|e| e.to_string())?;
                match self.instantiate(&module) {
                    Ok(_) => Err(format!("it was linked; expected: {message}")),
                    Err(Failure::Instantiate(Error::Link(e))) => says(&e.to_string(), message),
                    Err(e) => Err(format!("expected `{message}`, failed otherwise: {e}")),
                }
            }
            other => Err(format!("{} is not something that this version can do", kind(&other))),
        }
    }

    /// Compiles and loads a module.
    fn load(&self, module: &mut QuoteWat<'_>) -> Result<Module, Failure> {
        let (QuoteWatTest::Binary(bytes) | QuoteWatTest::Text(bytes)) =
            module.to_test().map_err(|e| Failure::Compile(e.to_string()))?;
        let tack = hardtack_compiler::compile(&bytes, &self.options).map_err(|e| Failure::Compile(e.to_string()))?;
        self.engine.load(tack).map_err(|e| Failure::Load(e.to_string()))
    }

    fn instantiate(&mut self, module: &Module) -> Result<Instance, Failure> {
        self.linker.instantiate(&mut self.store, module).map_err(Failure::Instantiate)
    }

    fn remember(&mut self, name: Option<Id<'_>>, instance: Instance) {
        if let Some(name) = name {
            self.instances.insert(name.name().to_string(), instance);
        }
        self.last = Some(instance);
    }

    fn instance(&self, name: Option<Id<'_>>) -> Result<Instance, String> {
        match name {
            Some(name) => self.instances.get(name.name()).copied().ok_or(format!("no instance {}", name.name())),
            None => self.last.ok_or("there is no instance yet".into()),
        }
    }

    /// Checks that the compiler refuses a module. Its words for what is wrong are the validator's, not the suite's.
    fn refused(&self, mut module: QuoteWat<'_>, message: &str) -> Result<(), String> {
        match self.load(&mut module) {
            Ok(_) => Err(format!("it was accepted; expected: {message}")),
            Err(Failure::Compile(_)) => Ok(()),
            Err(e) => Err(e.to_string()),
        }
    }

    /// The outer error is the script's fault, the inner one is what happened.
    fn evaluate(&mut self, exec: WastExecute<'_>) -> Result<Result<Vec<Val>, Error>, String> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(wat) => {
                let module = self.load(&mut QuoteWat::Wat(wat)).map_err(|e| e.to_string())?;
                match self.instantiate(&module) {
                    Ok(_) => Ok(Ok(Vec::new())),
                    Err(Failure::Instantiate(e)) => Ok(Err(e)),
                    Err(e) => Err(e.to_string()),
                }
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                let global = instance.get_global(&self.store, global).ok_or(format!("no global {global}"))?;
                Ok(Ok(vec![global.get(&self.store)]))
            }
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Result<Vec<Val>, Error>, String> {
        let instance = self.instance(invoke.module)?;
        let func = instance.get_func(&self.store, invoke.name).ok_or(format!("no function {}", invoke.name))?;
        let args = invoke.args.iter().map(|arg| self.argument(arg)).collect::<Result<Vec<_>, _>>()?;
        let ty = func.ty(&self.store);
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        Ok(func.call(&mut self.store, &args, &mut results).map(|()| results))
    }

    fn argument(&mut self, arg: &WastArg<'_>) -> Result<Val, String> {
        let WastArg::Core(arg) = arg else { return Err("an argument of a component".into()) };
        Ok(match arg {
            WastArgCore::I32(v) => Val::I32(*v),
            WastArgCore::I64(v) => Val::I64(*v),
            WastArgCore::F32(v) => Val::F32(v.bits),
            WastArgCore::F64(v) => Val::F64(v.bits),
            WastArgCore::RefNull(ty) if is_extern(ty) => Val::ExternRef(None),
            WastArgCore::RefNull(_) => Val::FuncRef(None),
            WastArgCore::RefExtern(number) => {
                Val::from(ExternRef::new(&mut self.store, *number).map_err(|e| e.to_string())?)
            }
            other => return Err(format!("the argument {other:?}")),
        })
    }

    fn compare(&self, found: &[Val], expected: &[WastRet<'_>]) -> Result<(), String> {
        let fits = found.len() == expected.len()
            && found.iter().zip(expected).all(|(found, expected)| match expected {
                WastRet::Core(expected) => self.fits(found, expected),
                _ => false,
            });
        if fits { Ok(()) } else { Err(format!("returned {found:x?}, expected {expected:x?}")) }
    }

    fn fits(&self, found: &Val, expected: &WastRetCore<'_>) -> bool {
        match (expected, *found) {
            (WastRetCore::I32(v), Val::I32(found)) => *v == found,
            (WastRetCore::I64(v), Val::I64(found)) => *v == found,
            (WastRetCore::F32(v), Val::F32(found)) => fits_f32(v, found),
            (WastRetCore::F64(v), Val::F64(found)) => fits_f64(v, found),
            (WastRetCore::RefNull(ty), Val::ExternRef(None)) => ty.as_ref().is_none_or(is_extern),
            (WastRetCore::RefNull(ty), Val::FuncRef(None)) => ty.as_ref().is_none_or(|ty| !is_extern(ty)),
            (WastRetCore::RefExtern(number), Val::ExternRef(Some(found))) => match number {
                Some(number) => found.data(&self.store).and_then(|data| data.downcast_ref::<u32>()) == Some(number),
                None => true,
            },
            (WastRetCore::RefFunc(None), Val::FuncRef(Some(_))) => true,
            (WastRetCore::Either(choices), _) => choices.iter().any(|choice| self.fits(found, choice)),
            _ => false,
        }
    }
}

fn is_extern(ty: &HeapType<'_>) -> bool {
    matches!(ty, HeapType::Abstract { ty: AbstractHeapType::Extern, .. })
}

fn fits_f32(expected: &NanPattern<F32>, found: u32) -> bool {
    match expected {
        NanPattern::CanonicalNan => found & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => found & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(v) => v.bits == found,
    }
}

fn fits_f64(expected: &NanPattern<F64>, found: u64) -> bool {
    match expected {
        NanPattern::CanonicalNan => found & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => found & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(v) => v.bits == found,
    }
}

/// Whether a message begins as expected. The suite sometimes says more than it needs (`uninitialized element 7`).
fn says(actual: &str, expected: &str) -> Result<(), String> {
    if actual.starts_with(expected) || expected.starts_with(actual) {
        Ok(())
    } else {
        Err(format!("the message is `{actual}`, expected `{expected}`"))
    }
}
