//! Constant expressions: first values of globals, offsets and items of segments.
//!
//! An expression is a sequence of operators in stack order. Each is one byte, which is the one WebAssembly gives it, and
//! its immediate at full width; the end byte closes the sequence, so expressions can stand one after the other.

use crate::detail;
use crate::error::Detail;
use crate::meta::ValType;
use alloc::vec::Vec;

/// Most values that an expression may have on its stack.
pub const MAX_DEPTH: usize = 64;

/// An operator of a constant expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstOp {
    /// A constant.
    I32(u32),
    /// A constant.
    I64(u64),
    /// The bits of a constant.
    F32(u32),
    /// The bits of a constant.
    F64(u64),
    /// The value of a global.
    GlobalGet(u32),
    /// The null reference of this type.
    RefNull(ValType),
    /// A reference to a function.
    RefFunc(u32),
    /// Sum of the two on top.
    I32Add,
    /// Difference of the two on top.
    I32Sub,
    /// Product of the two on top.
    I32Mul,
    /// Sum of the two on top.
    I64Add,
    /// Difference of the two on top.
    I64Sub,
    /// Product of the two on top.
    I64Mul,
}

/// The bytes of operators.
mod byte {
    pub const END: u8 = 0x0b;
    pub const GLOBAL_GET: u8 = 0x23;
    pub const I32_CONST: u8 = 0x41;
    pub const I64_CONST: u8 = 0x42;
    pub const F32_CONST: u8 = 0x43;
    pub const F64_CONST: u8 = 0x44;
    pub const I32_ADD: u8 = 0x6a;
    pub const I32_SUB: u8 = 0x6b;
    pub const I32_MUL: u8 = 0x6c;
    pub const I64_ADD: u8 = 0x7c;
    pub const I64_SUB: u8 = 0x7d;
    pub const I64_MUL: u8 = 0x7e;
    pub const REF_NULL: u8 = 0xd0;
    pub const REF_FUNC: u8 = 0xd2;
}

impl ConstOp {
    fn push(self, out: &mut Vec<u8>) {
        let (byte, immediate): (u8, &[u8]) = match self {
            ConstOp::I32(v) => (byte::I32_CONST, &v.to_le_bytes()),
            ConstOp::I64(v) => (byte::I64_CONST, &v.to_le_bytes()),
            ConstOp::F32(v) => (byte::F32_CONST, &v.to_le_bytes()),
            ConstOp::F64(v) => (byte::F64_CONST, &v.to_le_bytes()),
            ConstOp::GlobalGet(g) => (byte::GLOBAL_GET, &g.to_le_bytes()),
            ConstOp::RefNull(ty) => (byte::REF_NULL, &[ty.byte()]),
            ConstOp::RefFunc(f) => (byte::REF_FUNC, &f.to_le_bytes()),
            ConstOp::I32Add => (byte::I32_ADD, &[]),
            ConstOp::I32Sub => (byte::I32_SUB, &[]),
            ConstOp::I32Mul => (byte::I32_MUL, &[]),
            ConstOp::I64Add => (byte::I64_ADD, &[]),
            ConstOp::I64Sub => (byte::I64_SUB, &[]),
            ConstOp::I64Mul => (byte::I64_MUL, &[]),
        };
        out.push(byte);
        out.extend_from_slice(immediate);
    }
}

/// Appends an expression, its end byte included.
pub fn encode(ops: &[ConstOp], out: &mut Vec<u8>) {
    for op in ops {
        op.push(out);
    }
    out.push(byte::END);
}

/// Reads expressions that stand one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from these bytes.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    /// Whether all is read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next operator of the current expression, `Ok(None)` at its end byte.
    #[expect(
        clippy::should_implement_trait,
        reason = "one reader walks several expressions, so the end is not the last"
    )]
    pub fn next(&mut self) -> Result<Option<ConstOp>, Detail> {
        let kind = self.take::<1>()?[0];
        Ok(Some(match kind {
            byte::END => return Ok(None),
            byte::I32_CONST => ConstOp::I32(u32::from_le_bytes(self.take()?)),
            byte::I64_CONST => ConstOp::I64(u64::from_le_bytes(self.take()?)),
            byte::F32_CONST => ConstOp::F32(u32::from_le_bytes(self.take()?)),
            byte::F64_CONST => ConstOp::F64(u64::from_le_bytes(self.take()?)),
            byte::GLOBAL_GET => ConstOp::GlobalGet(u32::from_le_bytes(self.take()?)),
            byte::REF_NULL => {
                let ty = self.take::<1>()?[0];
                match ValType::from_byte(ty) {
                    Some(ty) if ty.is_ref() => ConstOp::RefNull(ty),
                    _ => return Err(detail!("{ty:#04x} is not a reference type")),
                }
            }
            byte::REF_FUNC => ConstOp::RefFunc(u32::from_le_bytes(self.take()?)),
            byte::I32_ADD => ConstOp::I32Add,
            byte::I32_SUB => ConstOp::I32Sub,
            byte::I32_MUL => ConstOp::I32Mul,
            byte::I64_ADD => ConstOp::I64Add,
            byte::I64_SUB => ConstOp::I64Sub,
            byte::I64_MUL => ConstOp::I64Mul,
            other => return Err(detail!("{other:#04x} is not an operator of constant expressions")),
        }))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Detail> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(detail!("a constant expression ends before its end byte"));
        };
        self.rest = rest;
        Ok(*head)
    }
}

/// What expressions may name.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Type of each global that may be read, `None` where one is mutable.
    pub globals: &'a [Option<ValType>],
    /// Number of functions.
    pub funcs: u32,
}

/// Reads one expression and checks that it leaves a value of a type.
pub fn check(reader: &mut Reader<'_>, ty: ValType, scope: Scope<'_>) -> Result<(), Detail> {
    let mut stack = [ValType::I32; MAX_DEPTH];
    let mut depth = 0;
    while let Some(op) = reader.next()? {
        let (arguments, result) = match op {
            ConstOp::I32(_) => (None, ValType::I32),
            ConstOp::I64(_) => (None, ValType::I64),
            ConstOp::F32(_) => (None, ValType::F32),
            ConstOp::F64(_) => (None, ValType::F64),
            ConstOp::RefNull(ty) => (None, ty),
            ConstOp::RefFunc(f) if f < scope.funcs => (None, ValType::FuncRef),
            ConstOp::RefFunc(f) => return Err(detail!("function {f} of {}", scope.funcs)),
            ConstOp::GlobalGet(g) => match scope.globals.get(g as usize) {
                Some(Some(ty)) => (None, *ty),
                Some(None) => return Err(detail!("global {g} is mutable")),
                None => return Err(detail!("global {g} is not one of the {} before", scope.globals.len())),
            },
            ConstOp::I32Add | ConstOp::I32Sub | ConstOp::I32Mul => (Some(ValType::I32), ValType::I32),
            ConstOp::I64Add | ConstOp::I64Sub | ConstOp::I64Mul => (Some(ValType::I64), ValType::I64),
        };
        if let Some(argument) = arguments {
            if depth < 2 || stack[depth - 1] != argument || stack[depth - 2] != argument {
                return Err(detail!("{op:?} lacks two operands of type {argument}"));
            }
            depth -= 2;
        }
        if depth == MAX_DEPTH {
            return Err(detail!("more than {MAX_DEPTH} values on the stack"));
        }
        stack[depth] = result;
        depth += 1;
    }
    if depth != 1 || stack[0] != ty {
        return Err(detail!("leaves {:?}, not one value of type {ty}", &stack[..depth]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec;

    fn checked(ops: &[ConstOp], ty: ValType) -> Result<(), Detail> {
        let mut bytes = Vec::new();
        encode(ops, &mut bytes);
        let mut reader = Reader::new(&bytes);
        let mut read = Vec::new();
        while let Some(op) = reader.next()? {
            read.push(op);
        }
        assert_eq!(read, ops);
        assert!(reader.is_empty());
        check(&mut Reader::new(&bytes), ty, Scope { globals: &[Some(ValType::I64), None], funcs: 2 })
    }

    #[test]
    fn typed() {
        use ConstOp::*;
        let all = [I64(5), GlobalGet(0), I64Add, I64(3), I64Mul, I64(1), I64Sub];
        checked(&all, ValType::I64).unwrap();
        checked(&[I32(1), I32(2), I32Add, I32(2), I32Sub, I32(2), I32Mul], ValType::I32).unwrap();
        checked(&[F32(1)], ValType::F32).unwrap();
        checked(&[F64(1)], ValType::F64).unwrap();
        checked(&[RefFunc(1)], ValType::FuncRef).unwrap();
        checked(&[RefNull(ValType::ExternRef)], ValType::ExternRef).unwrap();
    }

    #[test]
    fn refused() {
        use ConstOp::*;
        for (ops, ty, why) in [
            (vec![], ValType::I32, "leaves []"),
            (vec![I32(1)], ValType::I64, "type i64"),
            (vec![I32(1), I32(1)], ValType::I32, "leaves"),
            (vec![I32(1), I64(1), I32Add], ValType::I32, "lacks"),
            (vec![I32Add], ValType::I32, "lacks"),
            (vec![GlobalGet(1)], ValType::I32, "mutable"),
            (vec![GlobalGet(2)], ValType::I32, "before"),
            (vec![RefFunc(2)], ValType::FuncRef, "function 2"),
            (vec![I32(0); MAX_DEPTH + 1], ValType::I32, "more than"),
        ] {
            let error = checked(&ops, ty).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let scope = Scope { globals: &[], funcs: 0 };
        for bytes in [&[][..], &[0x41, 0, 0], &[0xff], &[0xd0, 0x7f, 0x0b], &[0x41, 0, 0, 0, 0]] {
            assert!(check(&mut Reader::new(bytes), ValType::I32, scope).is_err());
        }
    }
}
