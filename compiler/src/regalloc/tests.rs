//! Random functions, checked and run.

mod generate;
mod interpret;

use super::{allocate, check};
use crate::mach::{Allocation, MachFunction};
use generate::{Shape, generate};
use interpret::{run_registers, run_slots};

/// A plain shape to vary.
const PLAIN: Shape = Shape { params: (4, 2), statements: 8, depth: 3, long_lived: 0, calls: 20, shuffled: false };

/// Allocates, checks and runs functions of a shape.
fn hold(seeds: std::ops::Range<u64>, shape: Shape) {
    for seed in seeds {
        let f = generate(seed, shape);
        let a = allocate(&f).unwrap();
        if let Err(e) = check(&f, &a) {
            panic!("seed {seed}, {shape:?}: {e}");
        }
        assert_eq!(run_registers(&f), run_slots(&f, &a), "seed {seed}, {shape:?}");
    }
}

/// Moves executed for each entry of the function.
fn moves(f: &MachFunction, a: &Allocation) -> f32 {
    let of_block = |index: usize| {
        let insts = a.insts[index].iter().map(|inst| inst.before.len() + inst.after.len());
        let count = insts.sum::<usize>() + a.starts[index].len() + a.ends[index].len();
        count as f32 * f.blocks[index].weight
    };
    (0..f.blocks.len()).map(of_block).sum()
}

#[test]
fn plain() {
    hold(0..400, PLAIN);
}

#[test]
fn shuffled() {
    hold(0..300, Shape { shuffled: true, ..PLAIN });
}

#[test]
fn nested() {
    hold(0..100, Shape { statements: 12, depth: 5, ..PLAIN });
}

#[test]
fn mostly_calls() {
    hold(0..300, Shape { calls: 60, ..PLAIN });
}

#[test]
fn many_live() {
    hold(0..60, Shape { long_lived: 320, ..PLAIN });
    hold(0..40, Shape { long_lived: 250, statements: 40, depth: 2, ..PLAIN });
}

#[test]
fn many_params() {
    hold(0..60, Shape { params: (400, 300), ..PLAIN });
}
