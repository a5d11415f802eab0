//! Operators in the form that the table's rows know them.

use super::Selector;
use crate::ir::{Inst, Op, Value};
use hardtack_format::prim::{Bits, Prim};

/// An argument of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arg {
    /// A value.
    Value(Value),
    /// A constant; only its low half matters if `narrow`.
    Const {
        /// The constant.
        bits: Bits,
        /// Whether readers look at the low half only.
        narrow: bool,
    },
}

/// An operator with its arguments, constants at their places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub prim: Prim,
    args: [Arg; 3],
    count: usize,
}

impl Node {
    pub fn args(&self) -> &[Arg] {
        &self.args[..self.count]
    }

    fn with(self, prim: Prim, a: Arg, b: Arg) -> Node {
        Node { prim, args: [a, b, self.args[2]], count: self.count }
    }
}

impl Selector<'_> {
    /// The argument that a value makes.
    pub(crate) fn arg(&self, value: Value) -> Arg {
        match self.constant(value) {
            Some(bits) => Arg::Const { bits, narrow: Self::is_narrow(self.f.ty(value)) },
            None => Arg::Value(self.see_through(value)),
        }
    }

    /// An instruction as a node, normalised; `None` if it isn't a primitive.
    pub(crate) fn node(&self, inst: Inst) -> Option<Node> {
        let Op::Prim(prim, imm) = self.f[inst].op else { return None };
        let mut args = [Arg::Const { bits: 0, narrow: false }; 3];
        let mut count = 0;
        let constant = prim.constant_param();
        for &value in self.f.args(inst) {
            if constant == Some(count) {
                args[count] = Arg::Const { bits: imm, narrow: false };
                count += 1;
            }
            args[count] = self.arg(value);
            count += 1;
        }
        if constant == Some(count) {
            args[count] = Arg::Const { bits: imm, narrow: false };
            count += 1;
        }
        let node = Node { prim, args, count };
        Some(if count == 2 { normalise(node) } else { node })
    }
}

/// Brings a binary operator into the form the table has: constants to the right, `gt` and `ge` of two values as `lt` and `le`,
/// `le` and `ge` with a constant as `lt` and `gt`, subtraction of a constant as addition.
fn normalise(node: Node) -> Node {
    use Prim::*;
    let [a, b] = [node.args[0], node.args[1]];
    let mut node = node;
    if let (Arg::Const { .. }, Arg::Value(_)) = (a, b)
        && let Some(prim) = swapped(node.prim)
    {
        node = node.with(prim, b, a);
    }
    let [a, b] = [node.args[0], node.args[1]];
    match b {
        Arg::Value(_) => match (node.prim, a) {
            (
                i32_gt_s | i32_gt_u | i32_ge_s | i32_ge_u | i64_gt_s | i64_gt_u | i64_ge_s | i64_ge_u | f32_gt | f32_ge
                | f64_gt | f64_ge,
                Arg::Value(_),
            ) => node.with(swapped(node.prim).expect("comparisons can be swapped"), b, a),
            _ => node,
        },
        Arg::Const { bits, narrow } => {
            let constant = |bits: Bits| Arg::Const { bits, narrow };
            let (n, w) = (bits as u32, bits);
            let far = w as i64 != w as i32 as i64;
            match node.prim {
                // `gt` exists only with a constant in the instruction; too large a one goes into a slot, for `lt`.
                i64_gt_s | i64_gt_u | i64_ge_s | i64_ge_u if far => {
                    node.with(swapped(node.prim).expect("comparisons can be swapped"), b, a)
                }
                i64_le_s | i64_le_u if far => node,
                i32_sub => node.with(i32_add, a, constant(n.wrapping_neg() as Bits)),
                i64_sub => node.with(i64_add, a, constant(w.wrapping_neg())),
                i32_le_s if n as i32 != i32::MAX => node.with(i32_lt_s, a, constant(n.wrapping_add(1) as Bits)),
                i32_ge_s if n as i32 != i32::MIN => node.with(i32_gt_s, a, constant(n.wrapping_sub(1) as Bits)),
                i32_le_u if n != u32::MAX => node.with(i32_lt_u, a, constant(n.wrapping_add(1) as Bits)),
                i32_ge_u if n != 0 => node.with(i32_gt_u, a, constant(n.wrapping_sub(1) as Bits)),
                i64_le_s if w as i64 != i64::MAX => node.with(i64_lt_s, a, constant(w.wrapping_add(1))),
                i64_ge_s if w as i64 > i32::MIN as i64 => node.with(i64_gt_s, a, constant(w.wrapping_sub(1))),
                i64_le_u if w != u64::MAX => node.with(i64_lt_u, a, constant(w.wrapping_add(1))),
                i64_ge_u if w != 0 && w as i64 != i32::MIN.into() => {
                    node.with(i64_gt_u, a, constant(w.wrapping_sub(1)))
                }
                // With the extreme constant, of a type or of what an instruction holds, `ge` is `le` the other way round; the constant
                // goes into a slot.
                i32_ge_s | i32_ge_u | i64_ge_s | i64_ge_u | f32_gt | f32_ge | f64_gt | f64_ge => {
                    node.with(swapped(node.prim).expect("comparisons can be swapped"), b, a)
                }
                _ => node,
            }
        }
    }
}

/// The primitive that does the same with its arguments exchanged.
pub(crate) fn swapped(prim: Prim) -> Option<Prim> {
    use Prim::*;
    if prim.commutes() {
        return Some(prim);
    }
    Some(match prim {
        i32_lt_s => i32_gt_s,
        i32_lt_u => i32_gt_u,
        i32_gt_s => i32_lt_s,
        i32_gt_u => i32_lt_u,
        i32_le_s => i32_ge_s,
        i32_le_u => i32_ge_u,
        i32_ge_s => i32_le_s,
        i32_ge_u => i32_le_u,
        i64_lt_s => i64_gt_s,
        i64_lt_u => i64_gt_u,
        i64_gt_s => i64_lt_s,
        i64_gt_u => i64_lt_u,
        i64_le_s => i64_ge_s,
        i64_le_u => i64_ge_u,
        i64_ge_s => i64_le_s,
        i64_ge_u => i64_le_u,
        f32_lt => f32_gt,
        f32_gt => f32_lt,
        f32_le => f32_ge,
        f32_ge => f32_le,
        f64_lt => f64_gt,
        f64_gt => f64_lt,
        f64_le => f64_ge,
        f64_ge => f64_le,
        _ => return None,
    })
}
