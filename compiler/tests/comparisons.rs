//! Comparisons with constants at the ends of what types and instructions hold.

use hardtack_compiler::{Options, compile};
use std::fmt::Write;

#[test]
fn comparisons_with_every_edge() {
    let mut wat = String::from("(module");
    for (ty, edges) in [
        (
            "i32",
            vec![i64::from(i32::MIN), -32769, -32768, -129, -128, -1, 0, 1, 127, 128, 32767, 32768, i32::MAX.into()],
        ),
        ("i64", vec![i64::MIN, -1 << 32, i64::from(i32::MIN) - 1, i32::MIN.into(), -32768, -1, 0, 1, 32767]),
        ("i64", vec![i32::MAX.into(), i64::from(i32::MAX) + 1, u32::MAX.into(), 1 << 32, i64::MAX - 1, i64::MAX]),
    ] {
        for op in ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"] {
            for edge in &edges {
                let (x, k) = ("(local.get 0)", format!("({ty}.const {edge})"));
                for args in [format!("{x} {k}"), format!("{k} {x}")] {
                    let condition = format!("({ty}.{op} {args})");
                    write!(wat, "(func (param {ty}) (result i32) {condition})").unwrap();
                    write!(wat, "(func (param {ty}) (loop (br_if 0 {condition})))").unwrap();
                    write!(wat, "(func (param {ty}) (if {condition} (then unreachable)))").unwrap();
                }
            }
        }
    }
    wat.push(')');
    compile(wat.as_bytes(), &Options::default()).expect("the module is valid");
}
