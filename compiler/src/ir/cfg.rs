//! The shape of a function's control flow: successors, predecessors, order, dominators, loops.
//!
//! Everything here is computed from a function as it stands and isn't kept up to date. All of it takes
//! time about linear in the number of edges and needs no native recursion.

use super::{Block, Function};

/// Lists of blocks, one list for each block, end to end in one vector.
#[derive(Clone, Debug, Default)]
struct Lists {
    /// Start of each list; one more than there are lists.
    starts: Vec<u32>,
    items: Vec<Block>,
}

impl Lists {
    /// Lists with these pairs' second blocks, by their first, in order.
    fn new(count: usize, pairs: &[(Block, Block)]) -> Lists {
        let mut starts = vec![0; count + 1];
        for (key, _) in pairs {
            starts[key.index() + 1] += 1;
        }
        for i in 0..count {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut items = vec![Block::new(0); pairs.len()];
        for (key, item) in pairs {
            items[next[key.index()] as usize] = *item;
            next[key.index()] += 1;
        }
        Lists { starts, items }
    }

    fn of(&self, block: Block) -> &[Block] {
        &self.items[self.starts[block.index()] as usize..self.starts[block.index() + 1] as usize]
    }
}

/// Successors, predecessors and reverse postorder.
#[derive(Clone, Debug)]
pub struct Cfg {
    successors: Lists,
    predecessors: Lists,
    order: Vec<Block>,
    position: Vec<Option<u32>>,
    has_cycles: bool,
}

impl Cfg {
    /// The control-flow graph of a function.
    pub fn new(f: &Function) -> Cfg {
        let (successors, mut edges) = successors(f);
        let mut position = vec![None; f.blocks.len()];
        let order = reverse_postorder(f.entry(), &successors, &mut position);
        // Unreachable blocks aren't anybody's predecessors.
        edges.retain(|(from, _)| position[from.index()].is_some());
        edges.iter_mut().for_each(|edge| *edge = (edge.1, edge.0));
        let predecessors = Lists::new(f.blocks.len(), &edges);
        let has_cycles = edges.iter().any(|(to, from)| position[to.index()] <= position[from.index()]);
        Cfg { successors, predecessors, order, position, has_cycles }
    }

    /// Only the order, which is [`Cfg::order`].
    pub fn order_of(f: &Function) -> Vec<Block> {
        reverse_postorder(f.entry(), &successors(f).0, &mut vec![None; f.blocks.len()])
    }

    /// Blocks that a block may go on in, each once, in the order of its edges.
    pub fn successors(&self, block: Block) -> &[Block] {
        self.successors.of(block)
    }

    /// Reachable blocks that may go on in a block, each once even if by several edges.
    pub fn predecessors(&self, block: Block) -> &[Block] {
        self.predecessors.of(block)
    }

    /// Reachable blocks in reverse postorder: the entry first, and each block after those that dominate it.
    /// Of two successors the second comes first where both orders are possible.
    pub fn order(&self) -> &[Block] {
        &self.order
    }

    /// Whether control can come back to a block.
    pub fn has_cycles(&self) -> bool {
        self.has_cycles
    }

    /// Whether an edge from one block to another leads back in the order.
    pub fn is_back(&self, from: Block, to: Block) -> bool {
        self.position[to.index()] <= self.position[from.index()]
    }

    /// Whether a block can be reached from the entry.
    pub fn is_reachable(&self, block: Block) -> bool {
        self.position[block.index()].is_some()
    }
}

/// For each block those that it may go on in, each once; and all these pairs.
fn successors(f: &Function) -> (Lists, Vec<(Block, Block)>) {
    let count = f.blocks.len();
    let mut edges = Vec::with_capacity(2 * count);
    // The block that last had an edge to each block: several edges between two blocks count once.
    let mut last = vec![None; count];
    for index in 0..count {
        let from = Block::new(index);
        f.for_each_edge(from, |edge| {
            if last[edge.block.index()].replace(from) != Some(from) {
                edges.push((from, edge.block));
            }
        });
    }
    (Lists::new(count, &edges), edges)
}

fn reverse_postorder(entry: Block, successors: &Lists, position: &mut [Option<u32>]) -> Vec<Block> {
    let mut order = Vec::with_capacity(position.len());
    // Blocks under way, with how many successors have been visited. A position marks the block as seen
    // and is overwritten with the final one below.
    let mut stack = Vec::with_capacity(position.len());
    stack.push((entry, 0));
    position[entry.index()] = Some(0);
    while let Some((block, visited)) = stack.last_mut() {
        match successors.of(*block).get(*visited) {
            Some(next) => {
                *visited += 1;
                if position[next.index()].is_none() {
                    position[next.index()] = Some(0);
                    stack.push((*next, 0));
                }
            }
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    for (at, block) in order.iter().enumerate() {
        position[block.index()] = Some(at as u32);
    }
    order
}

/// Which blocks every path from the entry to a block goes through.
#[derive(Clone, Debug)]
pub struct Dominators {
    parent: Vec<Option<Block>>,
    preorder: Vec<Block>,
    /// First and last position in the preorder of the blocks that a block dominates.
    span: Vec<(u32, u32)>,
}

impl Dominators {
    /// The dominator tree.
    pub fn new(cfg: &Cfg) -> Dominators {
        let parent = immediate_dominators(cfg);
        let count = parent.len();
        // Children in reverse postorder, so that a preorder walk of the tree goes with the control flow.
        let pairs: Vec<_> =
            cfg.order.iter().filter_map(|block| parent[block.index()].map(|parent| (parent, *block))).collect();
        let children = Lists::new(count, &pairs);
        let mut preorder = Vec::with_capacity(count);
        let mut span = vec![(1, 0); count];
        let mut stack: Vec<(Block, usize)> = cfg.order.first().map(|entry| (*entry, 0)).into_iter().collect();
        while let Some((block, visited)) = stack.last_mut() {
            if *visited == 0 {
                span[block.index()].0 = preorder.len() as u32;
                preorder.push(*block);
            }
            match children.of(*block).get(*visited) {
                Some(child) => {
                    *visited += 1;
                    stack.push((*child, 0));
                }
                None => {
                    span[block.index()].1 = preorder.len() as u32 - 1;
                    stack.pop();
                }
            }
        }
        Dominators { parent, preorder, span }
    }

    /// Of those who ask for loops only, where there are none: no block dominates any.
    pub fn of_loops(cfg: &Cfg) -> Dominators {
        match cfg.has_cycles {
            true => Dominators::new(cfg),
            false => Dominators {
                parent: vec![None; cfg.position.len()],
                preorder: vec![],
                span: vec![(1, 0); cfg.position.len()],
            },
        }
    }

    /// The closest other block that dominates a block; none for the entry and for unreachable blocks.
    pub fn parent(&self, block: Block) -> Option<Block> {
        self.parent[block.index()]
    }

    /// Reachable blocks, each after the one that immediately dominates it and followed by all it dominates.
    pub fn preorder(&self) -> &[Block] {
        &self.preorder
    }

    /// Whether every path to `b` goes through `a`. A reachable block dominates itself.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let ((first, last), (at, end)) = (self.span[a.index()], self.span[b.index()]);
        at <= end && first <= at && at <= last
    }
}

/// Lengauer and Tarjan's algorithm with simple linking. The well-known iterative intersection of
/// dominator sets takes quadratic time on long chains of early exits, which real code has.
fn immediate_dominators(cfg: &Cfg) -> Vec<Option<Block>> {
    let count = cfg.successors.starts.len() - 1;
    let mut result = vec![None; count];
    // All vertices below are numbers in a depth-first preorder.
    let (vertices, number, parent) = depth_first(cfg, count);
    let n = vertices.len();
    let mut semi: Vec<u32> = (0..n as u32).collect();
    let mut dominator = vec![0u32; n];
    // Lists of vertices: the first of each, and for each vertex the next of the same list.
    let mut bucket: Vec<Option<u32>> = vec![None; n];
    let mut next: Vec<Option<u32>> = vec![None; n];
    let mut forest = Forest { ancestor: vec![None; n], label: semi.clone(), path: vec![] };
    for w in (1..n).rev() {
        for predecessor in cfg.predecessors(vertices[w]) {
            let v = number[predecessor.index()].expect("predecessors are reachable");
            let u = forest.evaluate(v, &semi);
            semi[w] = semi[w].min(semi[u as usize]);
        }
        next[w] = bucket[semi[w] as usize].replace(w as u32);
        let p = parent[w];
        forest.ancestor[w] = Some(p);
        let mut rest = bucket[p as usize].take();
        while let Some(v) = rest {
            rest = next[v as usize];
            let u = forest.evaluate(v, &semi);
            dominator[v as usize] = if semi[u as usize] < semi[v as usize] { u } else { p };
        }
    }
    for w in 1..n {
        if dominator[w] != semi[w] {
            dominator[w] = dominator[dominator[w] as usize];
        }
        result[vertices[w].index()] = Some(vertices[dominator[w] as usize]);
    }
    result
}

/// Blocks in depth-first preorder, the number of each, and the parent's number of each number.
fn depth_first(cfg: &Cfg, count: usize) -> (Vec<Block>, Vec<Option<u32>>, Vec<u32>) {
    let (mut vertices, mut number, mut parent) =
        (Vec::with_capacity(count), vec![None; count], Vec::with_capacity(count));
    let mut stack: Vec<(Block, u32)> = cfg.order.first().map(|entry| (*entry, 0)).into_iter().collect();
    while let Some((block, from)) = stack.pop() {
        if number[block.index()].is_none() {
            let own = vertices.len() as u32;
            number[block.index()] = Some(own);
            vertices.push(block);
            parent.push(from);
            stack.extend(cfg.successors(block).iter().rev().map(|next| (*next, own)));
        }
    }
    (vertices, number, parent)
}

/// The forest of already processed vertices, with paths compressed.
struct Forest {
    ancestor: Vec<Option<u32>>,
    label: Vec<u32>,
    path: Vec<u32>,
}

impl Forest {
    /// The vertex of smallest semidominator on the path from `v` up to, but without, its root.
    fn evaluate(&mut self, v: u32, semi: &[u32]) -> u32 {
        let mut at = v;
        while let Some(up) = self.ancestor[at as usize] {
            self.path.push(at);
            at = up;
        }
        let root = at;
        // The vertex below the root keeps its label; each one further down takes the better of its own and
        // that of the one above, and is hung below the root.
        let mut above = self.path.pop();
        while let (Some(upper), Some(lower)) = (above, self.path.pop()) {
            let (a, b) = (self.label[upper as usize], self.label[lower as usize]);
            if semi[a as usize] < semi[b as usize] {
                self.label[lower as usize] = a;
            }
            self.ancestor[lower as usize] = Some(root);
            above = Some(lower);
        }
        self.label[v as usize]
    }
}

/// A natural loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loop {
    /// The block that dominates all of the loop and that its back edges go to.
    pub header: Block,
    /// The loop around it, as an index into [`Loops::all`].
    pub parent: Option<usize>,
    /// 1 for an outermost loop, one more for each loop around it.
    pub depth: u32,
}

/// How loops nest.
#[derive(Clone, Debug)]
pub struct Loops {
    all: Vec<Loop>,
    innermost: Vec<Option<u32>>,
}

impl Loops {
    /// The natural loops of a function.
    pub fn new(cfg: &Cfg, dominators: &Dominators) -> Loops {
        let mut all: Vec<Loop> = vec![];
        let mut innermost: Vec<Option<u32>> = vec![None; cfg.position.len()];
        // For each loop the outermost one found around it, with paths compressed.
        let mut outermost: Vec<u32> = vec![];
        let mut work: Vec<Block> = vec![];
        // Inner headers come after outer ones in reverse postorder: going backwards, inner loops are
        // found first and whole when an outer one reaches them.
        for header in cfg.order.iter().rev() {
            let back = |block: &&Block| dominators.dominates(*header, **block);
            work.extend(cfg.predecessors(*header).iter().filter(back));
            if work.is_empty() {
                continue;
            }
            let own = all.len() as u32;
            all.push(Loop { header: *header, parent: None, depth: 0 });
            outermost.push(own);
            if innermost[header.index()].is_none() {
                innermost[header.index()] = Some(own);
            }
            while let Some(block) = work.pop() {
                let next = match innermost[block.index()] {
                    None => {
                        innermost[block.index()] = Some(own);
                        block
                    }
                    Some(inner) => {
                        let found = find(&mut outermost, inner);
                        if found == own {
                            continue;
                        }
                        all[found as usize].parent = Some(own as usize);
                        outermost[found as usize] = own;
                        all[found as usize].header
                    }
                };
                work.extend(cfg.predecessors(next));
            }
        }
        // Outer loops have larger numbers.
        for nth in (0..all.len()).rev() {
            all[nth].depth = all[nth].parent.map_or(0, |parent| all[parent].depth) + 1;
        }
        Loops { all, innermost }
    }

    /// All loops, inner ones before those around them.
    pub fn all(&self) -> &[Loop] {
        &self.all
    }

    /// The innermost loop that a block is in, as an index into [`Loops::all`].
    pub fn innermost(&self, block: Block) -> Option<usize> {
        self.innermost[block.index()].map(|nth| nth as usize)
    }

    /// Whether a block is in a loop, given as an index into [`Loops::all`].
    pub fn contains(&self, number: usize, block: Block) -> bool {
        let mut at = self.innermost(block);
        while let Some(inner) = at {
            if inner == number {
                return true;
            }
            at = self.all[inner].parent;
        }
        false
    }

    /// How many loops a block is in.
    pub fn depth(&self, block: Block) -> u32 {
        self.innermost(block).map_or(0, |nth| self.all[nth].depth)
    }

    /// The header of the innermost loop that a block is in.
    #[cfg(test)]
    pub fn header(&self, block: Block) -> Option<Block> {
        self.innermost(block).map(|nth| self.all[nth].header)
    }
}

fn find(outermost: &mut [u32], mut at: u32) -> u32 {
    while outermost[at as usize] != at {
        let up = outermost[at as usize];
        outermost[at as usize] = outermost[up as usize];
        at = up;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Edge, Signature, Terminator, ValueList};

    /// A function with these edges: a block with one successor jumps, others use a table.
    fn graph(edges: &[&[usize]]) -> Function {
        let mut f = Function::new(0, Signature { params: vec![crate::ir::Type::I32], results: vec![] });
        for _ in 1..edges.len() {
            f.new_block();
        }
        let index = f[f.entry()].params[0];
        for (from, to) in edges.iter().enumerate() {
            let mut targets: Vec<Edge> =
                to.iter().map(|to| Edge { block: Block::new(*to), args: ValueList::default() }).collect();
            f.blocks[from].terminator = match targets.pop() {
                None => Terminator::Return(ValueList::default()),
                Some(edge) if targets.is_empty() => Terminator::Jump(edge),
                Some(default) => Terminator::BrTable { index, targets, default },
            };
        }
        f
    }

    /// Dominators by definition: what can't be reached without a block is dominated by it.
    fn check_dominators(edges: &[&[usize]]) {
        let f = graph(edges);
        let cfg = Cfg::new(&f);
        let dominators = Dominators::new(&cfg);
        for a in 0..edges.len() {
            let mut seen = vec![false; edges.len()];
            let mut work = if a == 0 { vec![] } else { vec![0] };
            while let Some(block) = work.pop() {
                if !std::mem::replace(&mut seen[block], true) {
                    work.extend(edges[block].iter().copied().filter(|next| *next != a));
                }
            }
            for (b, seen) in seen.iter().enumerate() {
                let expected = cfg.is_reachable(Block::new(b)) && cfg.is_reachable(Block::new(a)) && !seen;
                assert_eq!(dominators.dominates(Block::new(a), Block::new(b)), expected, "{a} {b} in {edges:?}");
            }
        }
    }

    #[test]
    fn dominators_of_small_graphs() {
        check_dominators(&[&[1, 2], &[3], &[3], &[]]);
        check_dominators(&[&[1], &[2, 4], &[3], &[1, 2], &[], &[4]]);
        check_dominators(&[&[1, 2], &[2, 3], &[1, 3], &[0]]);
        check_dominators(&[&[1], &[2, 5], &[3, 5], &[4, 5], &[1, 5], &[6], &[5, 1]]);
    }

    #[test]
    fn dominators_of_random_graphs() {
        let mut seed = 1u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % below
        };
        for _ in 0..200 {
            let n = 2 + random(12);
            let edges: Vec<Vec<usize>> = (0..n).map(|_| (0..random(4)).map(|_| 1 + random(n - 1)).collect()).collect();
            let edges: Vec<&[usize]> = edges.iter().map(Vec::as_slice).collect();
            check_dominators(&edges);
        }
    }

    #[test]
    fn loops_nest() {
        let f = graph(&[&[1], &[2, 5], &[3], &[2, 4], &[1], &[]]);
        let cfg = Cfg::new(&f);
        let loops = Loops::new(&cfg, &Dominators::new(&cfg));
        let depths: Vec<u32> = (0..6).map(|b| loops.depth(Block::new(b))).collect();
        assert_eq!(depths, [0, 1, 2, 2, 1, 0]);
        assert_eq!(loops.header(Block::new(3)), Some(Block::new(2)));
        assert_eq!(loops.header(Block::new(4)), Some(Block::new(1)));
    }
}
