//! Loops: up and down, tested first or last, with ends that are constant or not.

use super::num::NUMS;
use super::num::Num::{self, *};
use super::{Body, Done};
use wasm_encoder::BlockType;
use wasm_encoder::Instruction::*;

/// How a loop counts.
struct Bounds {
    num: Num,
    counter: u32,
    step: i32,
    /// The end, if it is a constant.
    end: i32,
    /// The local that holds the end, if that isn't a constant.
    local: Option<u32>,
}

impl Body<'_, '_> {
    /// A loop.
    pub fn repeat(&mut self) -> Done {
        self.loops += 1;
        let kept = self.counters.len();
        match self.below(8)? {
            0..=3 => self.count_up()?,
            4 | 5 => self.count_down()?,
            6 => self.while_below()?,
            _ => self.until_it_does()?,
        }
        self.counters.truncate(kept);
        self.loops -= 1;
        Ok(())
    }

    /// What a loop does, in a block for those who want to go on with the next round.
    fn round(&mut self) -> Done {
        match self.below(3)? {
            // Short loops are the ones that the compiler repeats.
            0 => {
                let num = *self.random.choose(&NUMS)?;
                let local = self.local(num)?;
                self.push(LocalGet(local));
                self.value(num, 2)?;
                self.one_of(num.binary())?;
                self.push(LocalSet(local));
            }
            1 => self.statements(2)?,
            _ => {
                self.begin(Block(BlockType::Empty));
                self.statements(3)?;
                self.end();
            }
        }
        Ok(())
    }

    /// A counter, its first value and its step, and where it ends: a local or a constant.
    fn bounds(&mut self) -> arbitrary::Result<Bounds> {
        let num = *self.random.choose(&[I32, I32, I64, I32, I64, F64, F32])?;
        let step = [1, 1, 1, 2, 4, 8][self.below(6)?];
        let start = self.random.int_in_range(0..=4)?;
        let rounds = self.random.int_in_range(1..=9)?;
        let end = start + rounds * step;
        let counter = self.counter(num);
        let mut bounds = Bounds { num, counter, step, end, local: None };
        if self.below(3)? != 0 {
            let local = self.counter(num);
            bounds.local = Some(local);
            // A little more or less, so that nobody can know.
            match num {
                I32 => {
                    self.value(I32, 1)?;
                    self.push(I32Const(3));
                    self.push(I32And);
                }
                I64 => {
                    self.value(I64, 1)?;
                    self.push(I64Const(3));
                    self.push(I64And);
                }
                F32 | F64 => {
                    self.value(I32, 1)?;
                    self.push(I32Const(3));
                    self.push(I32And);
                    self.push(if num == F32 { F32ConvertI32S } else { F64ConvertI32S });
                }
            }
            if step != 1 {
                // For `!=` the counter has to meet it.
                self.push(num.constant(step));
                self.push(match num {
                    I32 => I32Mul,
                    I64 => I64Mul,
                    F32 => F32Mul,
                    F64 => F64Mul,
                });
            }
            self.push(num.constant(end));
            self.push(num.add());
            self.push(LocalSet(local));
        }
        self.push(num.constant(start));
        self.push(LocalSet(counter));
        Ok(bounds)
    }

    fn end_of(&mut self, bounds: &Bounds) {
        match bounds.local {
            Some(local) => self.push(LocalGet(local)),
            None => self.push(bounds.num.constant(bounds.end)),
        }
    }

    /// Steps the counter and leaves whether it has still to go on.
    fn step_and_compare(&mut self, bounds: &Bounds) -> Done {
        let Bounds { num, counter, step, .. } = *bounds;
        let [below, above, at_most, at_least] = self.random.choose(num.orders())?.clone();
        let reversed = self.below(3)? == 2;
        if reversed {
            self.end_of(bounds);
        }
        self.push(LocalGet(counter));
        self.push(num.constant(step));
        self.push(num.add());
        if self.below(2)? == 0 || reversed {
            self.push(LocalTee(counter));
        } else {
            self.push(LocalSet(counter));
            self.push(LocalGet(counter));
        }
        if !reversed {
            self.end_of(bounds);
        }
        match (self.below(5)?, reversed) {
            (0 | 1, false) => self.push(below),
            (0 | 1, true) => self.push(above),
            // One round more.
            (2, false) => self.push(at_most),
            (2, true) => self.push(at_least),
            (3, false) => {
                self.push(at_least);
                self.push(I32Eqz);
            }
            _ => self.push(match num {
                I32 => I32Ne,
                I64 => I64Ne,
                F32 => F32Ne,
                F64 => F64Ne,
            }),
        }
        Ok(())
    }

    fn count_up(&mut self) -> Done {
        let bounds = self.bounds()?;
        self.begin(Block(BlockType::Empty));
        self.begin(Loop(BlockType::Empty));
        self.round()?;
        self.step_and_compare(&bounds)?;
        if self.rarely(4)? {
            self.push(If(BlockType::Empty));
            self.push(Br(1));
            self.push(End);
        } else {
            self.push(BrIf(0));
        }
        self.end();
        self.end();
        Ok(())
    }

    fn count_down(&mut self) -> Done {
        let num = *self.random.choose(&[I32, I64])?;
        let counter = self.counter(num);
        let (one, and, zero, positive) =
            if num == I32 { (I32Const(1), I32And, I32Eqz, I32GtS) } else { (I64Const(1), I64And, I64Eqz, I64GtS) };
        self.value(num, 1)?;
        self.push(num.constant(7));
        self.push(and);
        self.push(one.clone());
        self.push(num.add());
        self.push(LocalSet(counter));
        self.begin(Loop(BlockType::Empty));
        self.round()?;
        self.push(LocalGet(counter));
        if self.below(2)? == 0 {
            self.push(one);
            self.push(num.sub());
        } else {
            self.push(num.constant(-1));
            self.push(num.add());
        }
        self.push(LocalTee(counter));
        match self.below(3)? {
            0 if num == I32 => {}
            0 | 1 => {
                self.push(zero);
                self.push(I32Eqz);
            }
            _ => {
                self.push(num.constant(0));
                self.push(positive);
            }
        }
        self.push(BrIf(0));
        self.end();
        Ok(())
    }

    fn while_below(&mut self) -> Done {
        let bounds = self.bounds()?;
        let Bounds { num, counter, step, .. } = bounds;
        let [.., at_least] = self.random.choose(num.orders())?.clone();
        self.begin(Block(BlockType::Empty));
        self.begin(Loop(BlockType::Empty));
        self.push(LocalGet(counter));
        self.end_of(&bounds);
        self.push(at_least);
        self.push(BrIf(1));
        self.round()?;
        self.push(LocalGet(counter));
        self.push(num.constant(step));
        self.push(num.add());
        self.push(LocalSet(counter));
        self.push(Br(0));
        self.end();
        self.end();
        Ok(())
    }

    /// A loop that goes on as long as any condition holds, but not for ever.
    fn until_it_does(&mut self) -> Done {
        let steps = self.counter(I32);
        let most = self.random.int_in_range(2..=12)?;
        self.push(I32Const(most));
        self.push(LocalSet(steps));
        self.begin(Block(BlockType::Empty));
        self.begin(Loop(BlockType::Empty));
        self.push(LocalGet(steps));
        self.push(I32Const(1));
        self.push(I32Sub);
        self.push(LocalTee(steps));
        self.push(I32Eqz);
        self.push(BrIf(1));
        self.round()?;
        self.condition(2)?;
        self.push(BrIf(0));
        self.end();
        self.end();
        Ok(())
    }
}
