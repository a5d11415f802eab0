//! Rust types as WebAssembly types, and closures as host functions.

use super::Func;
use super::caller::Caller;
use crate::error::Error;
use crate::externref::ExternRef;
use crate::store::{CallWindow, HostFunc};
use crate::sync::{Arc, StoreId};
use crate::trap::TrapCode;
use crate::types::{FuncType, ValType};
use crate::val::{Ref, extern_from_cell, func_from_cell};

/// The cells of a call's window in order.
pub struct Cells<'a> {
    store: StoreId,
    window: CallWindow<'a>,
    number: usize,
    reference: usize,
}

impl<'a> Cells<'a> {
    pub(super) fn new(store: StoreId, window: CallWindow<'a>) -> Cells<'a> {
        Cells { store, window, number: 0, reference: 0 }
    }

    /// Begins again at the first cell.
    fn rewind(&mut self) {
        self.number = 0;
        self.reference = 0;
    }

    #[inline]
    fn number(&mut self) -> &mut u64 {
        self.number += 1;
        &mut self.window.numbers[self.number - 1]
    }

    #[inline]
    fn reference(&mut self) -> &mut u64 {
        self.reference += 1;
        &mut self.window.refs[self.reference - 1]
    }
}

/// A Rust type that stands for a WebAssembly type.
///
/// Implemented for `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `Option<Func>` and `Option<ExternRef>`.
///
/// ```
/// use hardtack_vm::{Engine, Error, Func, Store, WasmTy};
///
/// /// A function that passes on what it is given, whatever that is.
/// fn identity<V: WasmTy + Send + Sync + 'static>(store: &mut Store<()>) -> Func {
///     Func::wrap(store, |value: V| value)
/// }
/// let mut store = Store::new(&Engine::default(), ());
/// assert_eq!(identity::<f32>(&mut store).ty(&store).to_string(), "(f32) -> (f32)");
/// assert_eq!(identity::<Option<Func>>(&mut store).ty(&store).to_string(), "(funcref) -> (funcref)");
/// ```
pub trait WasmTy: Sized {
    /// The WebAssembly type.
    #[doc(hidden)]
    const TYPE: ValType;
    /// Reads the next value.
    #[doc(hidden)]
    fn take(cells: &mut Cells<'_>) -> Result<Self, TrapCode>;
    /// Writes the next value.
    #[doc(hidden)]
    fn put(self, cells: &mut Cells<'_>) -> Result<(), Error>;
}

macro_rules! numbers { ($( $rust:ty, $wasm:ident, |$b:ident| $from:expr, |$v:ident| $into:expr; )*) => { $(
    impl WasmTy for $rust {
        const TYPE: ValType = ValType::$wasm;
        #[inline]
        fn take(cells: &mut Cells<'_>) -> Result<Self, TrapCode> {
            let $b = *cells.number();
            Ok($from)
        }
        #[inline]
        fn put(self, cells: &mut Cells<'_>) -> Result<(), Error> {
            let $v = self;
            *cells.number() = $into;
            Ok(())
        }
    }
)* } }
numbers! {
    i32, I32, |b| b as i32, |v| v as u32 as u64;
    u32, I32, |b| b as u32, |v| v as u64;
    i64, I64, |b| b as i64, |v| v as u64;
    u64, I64, |b| b, |v| v;
    f32, F32, |b| f32::from_bits(b as u32), |v| v.to_bits() as u64;
    f64, F64, |b| f64::from_bits(b), |v| v.to_bits();
}

impl WasmTy for Option<Func> {
    const TYPE: ValType = ValType::FuncRef;
    fn take(cells: &mut Cells<'_>) -> Result<Self, TrapCode> {
        let cell = *cells.reference();
        func_from_cell(cell, cells.store)
    }
    fn put(self, cells: &mut Cells<'_>) -> Result<(), Error> {
        *cells.reference() = Ref::Func(self).to_cell(cells.store)?;
        Ok(())
    }
}

impl WasmTy for Option<ExternRef> {
    const TYPE: ValType = ValType::ExternRef;
    fn take(cells: &mut Cells<'_>) -> Result<Self, TrapCode> {
        let cell = *cells.reference();
        extern_from_cell(cell, cells.store)
    }
    fn put(self, cells: &mut Cells<'_>) -> Result<(), Error> {
        *cells.reference() = Ref::Extern(self).to_cell(cells.store)?;
        Ok(())
    }
}

/// A list of Rust types that stands for a list of WebAssembly types: a single [`WasmTy`], or a tuple of up to 16.
///
/// ```
/// use hardtack_vm::{Engine, Func, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// // `(u32, u32)` and `i64` are such lists, `()` too.
/// let area = Func::wrap(&mut store, |width: u32, height: u32| (width * height) as i64);
/// assert!(area.typed::<(u32, u32), i64>(&store).is_ok());
/// ```
pub trait WasmTyList: Sized {
    /// The WebAssembly types.
    #[doc(hidden)]
    const TYPES: &'static [ValType];
    /// Reads the values.
    #[doc(hidden)]
    fn take(cells: &mut Cells<'_>) -> Result<Self, TrapCode>;
    /// Writes the values.
    #[doc(hidden)]
    fn put(self, cells: &mut Cells<'_>) -> Result<(), Error>;
}

impl<V: WasmTy> WasmTyList for V {
    const TYPES: &'static [ValType] = &[V::TYPE];
    #[inline]
    fn take(cells: &mut Cells<'_>) -> Result<Self, TrapCode> {
        V::take(cells)
    }
    #[inline]
    fn put(self, cells: &mut Cells<'_>) -> Result<(), Error> {
        V::put(self, cells)
    }
}

/// Parameters of a [`TypedFunc`](crate::TypedFunc).
///
/// ```
/// use hardtack_vm::{Engine, Error, Func, Store, WasmParams};
///
/// fn call<P: WasmParams>(store: &mut Store<()>, func: Func, params: P) -> Result<i32, Error> {
///     func.typed::<P, i32>(&*store)?.call(store, params)
/// }
/// let mut store = Store::new(&Engine::default(), ());
/// let sub = Func::wrap(&mut store, |a: i32, b: i32| a - b);
/// assert_eq!(call(&mut store, sub, (5, 3))?, 2);
/// # Ok::<(), Error>(())
/// ```
pub trait WasmParams: WasmTyList {}
impl<L: WasmTyList> WasmParams for L {}

/// Results of a [`TypedFunc`](crate::TypedFunc).
///
/// ```
/// use hardtack_vm::{Engine, Error, Func, Store, WasmResults};
///
/// fn get<R: WasmResults>(store: &mut Store<()>, func: Func) -> Result<R, Error> {
///     func.typed::<(), R>(&*store)?.call(store, ())
/// }
/// let mut store = Store::new(&Engine::default(), ());
/// let both = Func::wrap(&mut store, || (1_i32, 2.5_f64));
/// assert_eq!(get::<(i32, f64)>(&mut store, both)?, (1, 2.5));
/// # Ok::<(), Error>(())
/// ```
pub trait WasmResults: WasmTyList {}
impl<L: WasmTyList> WasmResults for L {}

/// What a host function may return: a [`WasmTyList`], or a `Result` of one with an error that converts into [`Error`].
///
/// ```
/// use hardtack_vm::{Engine, Error, Func, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// Func::wrap(&mut store, || ());
/// Func::wrap(&mut store, || 1_i32);
/// Func::wrap(&mut store, || (1_i32, 2_i64));
/// Func::wrap(&mut store, || -> Result<f32, Error> { Err(Error::host("not today")) });
/// ```
pub trait WasmRet {
    /// The values.
    #[doc(hidden)]
    type Ok: WasmTyList;
    /// The values, or why there are none.
    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Ok, Error>;
}

impl<L: WasmTyList> WasmRet for L {
    type Ok = L;
    #[inline]
    fn into_result(self) -> Result<L, Error> {
        Ok(self)
    }
}

impl<L: WasmTyList, E: Into<Error>> WasmRet for Result<L, E> {
    type Ok = L;
    #[inline]
    fn into_result(self) -> Result<L, Error> {
        self.map_err(Into::into)
    }
}

/// A closure that can be a host function: see [`Func::wrap`](crate::Func::wrap).
///
/// ```
/// use hardtack_vm::{Caller, Engine, Error, Func, Store, TrapCode};
///
/// let mut store = Store::new(&Engine::default(), 3);
/// // With or without a caller, with results or none, and with results that may fail.
/// Func::wrap(&mut store, |a: i32, b: f64| println!("{a} {b}"));
/// Func::wrap(&mut store, |caller: Caller<'_, i32>| *caller.data());
/// Func::wrap(&mut store, |a: u32, b: u32| -> Result<(u32, u32), TrapCode> {
///     Ok((a / b.max(1), a.checked_rem(b).ok_or(TrapCode::IntegerDivideByZero)?))
/// });
/// # Ok::<(), Error>(())
/// ```
pub trait IntoFunc<T, Params, Results>: Send + Sync + 'static {
    /// Its type and how it is called.
    #[doc(hidden)]
    fn into_func(self) -> (FuncType, Arc<HostFunc<T>>);
}

macro_rules! tuples { ($( [$($a:ident)*] )*) => { $(
    #[allow(non_snake_case, unused_variables)]
    impl<$($a: WasmTy),*> WasmTyList for ($($a,)*) {
        const TYPES: &'static [ValType] = &[$($a::TYPE),*];
        #[inline]
        fn take(cells: &mut Cells<'_>) -> Result<Self, TrapCode> {
            $( let $a = $a::take(cells)?; )*
            Ok(($($a,)*))
        }
        #[inline]
        fn put(self, cells: &mut Cells<'_>) -> Result<(), Error> {
            let ($($a,)*) = self;
            $( $a.put(cells)?; )*
            Ok(())
        }
    }

    #[allow(non_snake_case)]
    impl<T, F, $($a,)* R> IntoFunc<T, ($($a,)*), R> for F
    where
        F: Fn($($a),*) -> R + Send + Sync + 'static,
        $( $a: WasmTy, )*
        R: WasmRet,
    {
        fn into_func(self) -> (FuncType, Arc<HostFunc<T>>) {
            IntoFunc::into_func(move |_: Caller<'_, T>, $( $a: $a ),*| self($($a),*))
        }
    }

    #[allow(non_snake_case)]
    impl<T, F, $($a,)* R> IntoFunc<T, (Caller<'_, T>, $($a,)*), R> for F
    where
        F: Fn(Caller<'_, T>, $($a),*) -> R + Send + Sync + 'static,
        $( $a: WasmTy, )*
        R: WasmRet,
    {
        fn into_func(self) -> (FuncType, Arc<HostFunc<T>>) {
            let ty = FuncType::new(
                <($($a,)*) as WasmTyList>::TYPES.iter().copied(),
                R::Ok::TYPES.iter().copied(),
            );
            let func = move |caller: Caller<'_, T>, window: CallWindow<'_>| {
                let mut cells = Cells::new(caller.store.store.id(), window);
                let ($($a,)*) = <($($a,)*) as WasmTyList>::take(&mut cells)?;
                let results = self(caller, $($a),*).into_result()?;
                cells.rewind();
                results.put(&mut cells)
            };
            (ty, Arc::new(func))
        }
    }
)* } }
tuples! {
    []
    [A]
    [A B]
    [A B C]
    [A B C D]
    [A B C D E]
    [A B C D E G]
    [A B C D E G H]
    [A B C D E G H I]
    [A B C D E G H I J]
    [A B C D E G H I J K]
    [A B C D E G H I J K L]
    [A B C D E G H I J K L M]
    [A B C D E G H I J K L M N]
    [A B C D E G H I J K L M N O]
    [A B C D E G H I J K L M N O P]
    [A B C D E G H I J K L M N O P Q]
}
