//! Values of an export that is called from the command line: arguments by type, results to be read.

use crate::exit::Usage;
use hardtack_vm::{FuncType, Ref, Val, ValType};
use std::ffi::OsString;
use std::fmt;

/// Arguments of a function, written as its type wants them.
pub fn parse_args(name: &str, ty: &FuncType, args: &[OsString]) -> Result<Vec<Val>, Usage> {
    if args.len() != ty.params().len() {
        let (given, wanted) = (args.len(), ty.params().len());
        let plural = if wanted == 1 { "argument" } else { "arguments" };
        let are = if given == 1 { "is" } else { "are" };
        // Whatever follows the first argument is one too.
        let option = args.iter().skip(1).find(|arg| arg.to_string_lossy().starts_with("--"));
        let option = option.map(|arg| format!(" (put {} before the file)", arg.to_string_lossy())).unwrap_or_default();
        return Err(Usage(format!("`{name}` has the type {ty}: {wanted} {plural}, and {given} {are} given{option}")));
    }
    let values = ty.params().iter().zip(args).enumerate().map(|(index, (ty, arg))| {
        let text = arg.to_string_lossy();
        parse(*ty, &text)
            .ok_or_else(|| Usage(format!("argument {} of `{name}`: `{text}` is no {ty}{}", index + 1, hint(*ty))))
    });
    values.collect()
}

fn hint(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 | ValType::I64 => " (write 42, -1 or 0x2a)",
        ValType::F32 | ValType::F64 => " (write 1.5, -2e3, inf or nan)",
        ValType::FuncRef | ValType::ExternRef => " (only null can be written)",
    }
}

fn parse(ty: ValType, text: &str) -> Option<Val> {
    match ty {
        ValType::I32 => integer(text, 32).map(|bits| Val::I32(bits as u32 as i32)),
        ValType::I64 => integer(text, 64).map(|bits| Val::I64(bits as i64)),
        ValType::F32 => text.parse().ok().map(|value: f32| Val::F32(value.to_bits())),
        ValType::F64 => text.parse().ok().map(|value: f64| Val::F64(value.to_bits())),
        ValType::FuncRef | ValType::ExternRef => (text == "null").then(|| Val::default_for_ty(ty)),
    }
}

/// The bits of an integer, signed or unsigned, decimal or hexadecimal, with underscores between digits as in wat.
fn integer(text: &str, width: u32) -> Option<u64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (16, digits),
        None => (10, digits),
    };
    // `from_str_radix` would take a second sign.
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(&digits.replace('_', ""), radix).ok()?);
    let value = if negative { -magnitude } else { magnitude };
    let fits = value >= -(1 << (width - 1)) && value < 1 << width;
    fits.then_some(value as u64)
}

/// A result, as it is printed.
pub struct Shown<'a>(pub &'a Val);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.0 {
            Val::I32(value) => write!(f, "{value}"),
            Val::I64(value) => write!(f, "{value}"),
            Val::F32(bits) => write!(f, "{}", f32::from_bits(bits)),
            Val::F64(bits) => write!(f, "{}", f64::from_bits(bits)),
            ref reference @ (Val::FuncRef(_) | Val::ExternRef(_)) => {
                let null = reference.reference().as_ref().is_none_or(Ref::is_null);
                f.write_str(if null { "null" } else { "a reference" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        assert_eq!(integer("42", 32), Some(42));
        assert_eq!(integer("-1", 32).map(|bits| bits as u32), Some(u32::MAX));
        assert_eq!(integer("4294967295", 32), Some(u64::from(u32::MAX)));
        assert_eq!(integer("4294967296", 32), None);
        assert_eq!(integer("-2147483649", 32), None);
        assert_eq!(integer("0xff_ff", 32), Some(0xffff));
        assert_eq!(integer("-0x8000000000000000", 64), Some(1 << 63));
        assert_eq!(integer("--1", 64), None);
        assert_eq!(integer("", 64), None);
        assert_eq!(integer("1e3", 64), None);
    }

    #[test]
    fn arguments_are_counted_and_typed() {
        let ty = FuncType::new([ValType::I32, ValType::F64], []);
        assert_eq!(
            parse_args("f", &ty, &["1".into(), "2.5".into()]).unwrap(),
            [Val::I32(1), Val::F64(2.5f64.to_bits())]
        );
        assert!(parse_args("f", &ty, &["1".into()]).unwrap_err().0.contains("2 arguments, and 1 is given"));
        let late = parse_args("f", &ty, &["1".into(), "2".into(), "--fuel".into(), "3".into()]).unwrap_err().0;
        assert!(late.ends_with("and 4 are given (put --fuel before the file)"), "{late}");
        assert!(parse_args("f", &ty, &["x".into(), "1".into()]).unwrap_err().0.contains("argument 1 of `f`"));
    }
}
