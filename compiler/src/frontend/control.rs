//! Control flow of a body: structured blocks to a graph of basic blocks.

use super::sections::value_type;
use super::translate::Translator;
use crate::ir::{Block, Edge, Module, Terminator, Type, Value};
use hardtack_format::trap::TrapCode;
use wasmparser::{BlockType, Operator};

/// An open block of the body that is reachable, at least at its start.
pub(super) struct Frame {
    kind: Kind,
    ty: BlockType,
    /// Height of the operand stack below the parameters.
    base: usize,
    /// Where branches to the label go; for all but loops made when the first is met, so that blocks
    /// nothing branches to cost nothing.
    target: Option<Block>,
}

enum Kind {
    /// The whole function: a branch to it returns.
    Body,
    Block,
    Loop,
    /// The first arm of an `if`, with the block of the second and the operands that it starts with.
    If {
        otherwise: Block,
        operands: Vec<Value>,
    },
}

impl Frame {
    /// The frame of a function with the type of this index.
    pub(super) fn body(ty: u32) -> Frame {
        Frame { kind: Kind::Body, ty: BlockType::FuncType(ty), base: 0, target: None }
    }
}

/// Calls `f` with the parameter types (or else the result types) of a block.
fn with_types<R>(module: &Module, ty: BlockType, params: bool, f: impl FnOnce(&[Type]) -> R) -> R {
    match ty {
        BlockType::Empty => f(&[]),
        BlockType::Type(_) if params => f(&[]),
        BlockType::Type(ty) => f(&[value_type(ty)]),
        BlockType::FuncType(index) => {
            let signature = &module.types[index as usize];
            f(if params { &signature.params } else { &signature.results })
        }
    }
}

fn param_count(module: &Module, ty: BlockType) -> usize {
    with_types(module, ty, true, <[Type]>::len)
}

fn result_count(module: &Module, ty: BlockType) -> usize {
    with_types(module, ty, false, <[Type]>::len)
}

impl Translator<'_> {
    /// Translates an operator that may be control flow; says whether it was.
    pub(super) fn control(&mut self, op: &Operator<'_>, block: Block) -> bool {
        match op {
            Operator::Unreachable => self.leave(block, Terminator::Trap(TrapCode::Unreachable)),
            Operator::Block { blockty } => self.open(Kind::Block, *blockty, None),
            Operator::Loop { blockty } => self.loop_(*blockty, block),
            Operator::If { blockty } => self.if_(*blockty, block),
            Operator::Else => self.else_(),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => {
                let terminator = if self.is_body(*relative_depth) {
                    self.returning()
                } else {
                    Terminator::Jump(self.edge(block, *relative_depth))
                };
                self.leave(block, terminator);
            }
            Operator::BrIf { relative_depth } => {
                let cond = self.pop();
                let then = self.edge(block, *relative_depth);
                let next = self.ssa.new_block(&[]);
                let otherwise = self.ssa.edge(block, next, &[]);
                self.leave(block, Terminator::Branch { cond, then, otherwise });
                self.ssa.seal(next);
                self.block = Some(next);
            }
            Operator::BrTable { targets } => self.br_table(targets, block),
            Operator::Return => {
                let terminator = self.returning();
                self.leave(block, terminator);
            }
            _ => return false,
        }
        true
    }

    /// Translates an operator where nothing gets to: only blocks matter, for one may end here.
    pub(super) fn dead_control(&mut self, op: &Operator<'_>) {
        match op {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.dead_frames += 1,
            Operator::Else if self.dead_frames == 0 => self.else_(),
            Operator::End if self.dead_frames == 0 => self.end(),
            Operator::End => self.dead_frames -= 1,
            _ => {}
        }
    }

    /// Ends the current block; nothing gets behind.
    fn leave(&mut self, block: Block, terminator: Terminator) {
        self.ssa.terminate(block, terminator, self.offset);
        self.block = None;
    }

    fn open(&mut self, kind: Kind, ty: BlockType, target: Option<Block>) {
        let base = self.stack.len() - param_count(self.module, ty);
        self.frames.push(Frame { kind, ty, base, target });
    }

    fn loop_(&mut self, ty: BlockType, block: Block) {
        let header = with_types(self.module, ty, true, |params| self.ssa.new_block(params));
        self.open(Kind::Loop, ty, Some(header));
        let base = self.stack.len() - param_count(self.module, ty);
        let edge = self.ssa.edge(block, header, &self.stack[base..]);
        self.leave(block, Terminator::Jump(edge));
        self.enter(header, base);
    }

    fn if_(&mut self, ty: BlockType, block: Block) {
        let cond = self.pop();
        let (then, otherwise) = (self.ssa.new_block(&[]), self.ssa.new_block(&[]));
        let terminator = Terminator::Branch {
            cond,
            then: self.ssa.edge(block, then, &[]),
            otherwise: self.ssa.edge(block, otherwise, &[]),
        };
        self.leave(block, terminator);
        self.ssa.seal(then);
        self.ssa.seal(otherwise);
        let operands = self.stack[self.stack.len() - param_count(self.module, ty)..].to_vec();
        self.open(Kind::If { otherwise, operands }, ty, None);
        self.block = Some(then);
    }

    fn else_(&mut self) {
        self.jump_to_end();
        let frame = self.frames.last_mut().expect("validated: an `if` is open");
        let Kind::If { otherwise, operands } = std::mem::replace(&mut frame.kind, Kind::Block) else {
            unreachable!("validated: `else` ends the first arm of an `if`")
        };
        self.stack.truncate(frame.base);
        self.stack.extend(operands);
        self.block = Some(otherwise);
    }

    fn end(&mut self) {
        if matches!(self.frames.last().expect("validated: a block is open").kind, Kind::If { .. }) {
            // Without a second arm the parameters are the results.
            self.else_();
        }
        let frame = self.frames.last().expect("validated: a block is open");
        match frame.kind {
            Kind::Body => {
                if let Some(block) = self.block {
                    let terminator = self.returning();
                    self.leave(block, terminator);
                }
            }
            Kind::Loop => self.ssa.seal(frame.target.expect("loops have headers")),
            Kind::Block => {
                if let Some(target) = frame.target {
                    let base = frame.base;
                    self.jump_to_end();
                    self.ssa.seal(target);
                    self.enter(target, base);
                }
            }
            Kind::If { .. } => unreachable!("has become a plain block"),
        }
        let frame = self.frames.pop().expect("validated: a block is open");
        if self.block.is_none() {
            self.stack.truncate(frame.base);
        }
    }

    /// Goes on in a block with parameters on the operand stack.
    fn enter(&mut self, block: Block, base: usize) {
        self.stack.truncate(base);
        self.stack.extend_from_slice(&self.ssa.f[block].params);
        self.block = Some(block);
    }

    /// Leaves the innermost block at its end, if anything gets there.
    fn jump_to_end(&mut self) {
        if let Some(block) = self.block {
            let edge = self.edge(block, 0);
            self.leave(block, Terminator::Jump(edge));
        }
    }

    fn is_body(&self, depth: u32) -> bool {
        depth as usize == self.frames.len() - 1
    }

    /// Returns the values on top of the stack.
    fn returning(&mut self) -> Terminator {
        let count = self.ssa.f.signature.results.len();
        Terminator::Return(self.ssa.f.list(&self.stack[self.stack.len() - count..]))
    }

    /// An edge from the current block to a label. The operands stay on the stack.
    fn edge(&mut self, from: Block, depth: u32) -> Edge {
        if self.is_body(depth) {
            // A block of its own for each branch that returns: values need not meet only to be returned.
            let exit = self.ssa.new_block(&[]);
            let terminator = self.returning();
            self.ssa.terminate(exit, terminator, self.offset);
            let edge = self.ssa.edge(from, exit, &[]);
            self.ssa.seal(exit);
            return edge;
        }
        let nth = self.frames.len() - 1 - depth as usize;
        let (ty, is_loop) = (self.frames[nth].ty, matches!(self.frames[nth].kind, Kind::Loop));
        let target = match self.frames[nth].target {
            Some(target) => target,
            None => {
                let target = with_types(self.module, ty, false, |results| self.ssa.new_block(results));
                self.frames[nth].target = Some(target);
                target
            }
        };
        let count = if is_loop { param_count(self.module, ty) } else { result_count(self.module, ty) };
        self.ssa.edge(from, target, &self.stack[self.stack.len() - count..])
    }

    fn br_table(&mut self, table: &wasmparser::BrTable<'_>, block: Block) {
        let index = self.pop();
        let mut exit = None;
        let mut edge = |t: &mut Self, depth| {
            if t.is_body(depth) { *exit.get_or_insert_with(|| t.edge(block, depth)) } else { t.edge(block, depth) }
        };
        let mut targets = Vec::with_capacity(table.len() as usize);
        for depth in table.targets() {
            let depth = depth.expect("validated: the table can be read");
            targets.push(edge(self, depth));
        }
        let default = edge(self, table.default());
        self.leave(block, Terminator::BrTable { index, targets, default });
    }
}
