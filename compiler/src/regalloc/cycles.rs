//! Edges whose moves would form a cycle: exchanging two slots takes three moves, and a cycle of n slots n + 1.

use super::coalesce::{Class, Classes};
use super::live::Program;

/// Edges looked at for each class.
const EDGES_WEIGHED: usize = 16;

/// Moves of an edge that is looked at.
const MOVES_WEIGHED: usize = 64;

/// Length of a cycle that is looked for. The one move more that a longer one takes is little beside its others.
const LONGEST: usize = 8;

/// A move of an edge between classes.
#[derive(Clone, Copy)]
struct ClassMove {
    to: Class,
    from: Class,
}

/// An edge that may have a cycle: it has several moves.
struct TangledEdge {
    moves: std::ops::Range<usize>,
    weight: f32,
}

/// The edges on which a cycle of moves may come about.
pub(super) struct Cycles {
    moves: Vec<ClassMove>,
    edges: Vec<TangledEdge>,
    /// Edges by class.
    of_class: Vec<u32>,
    /// For each class, where its edges begin; one more at the end.
    spans: Vec<u32>,
}

impl Cycles {
    /// Finds the edges with several moves.
    pub(super) fn find(program: &Program<'_>, classes: &Classes) -> Cycles {
        let f = program.f;
        let (mut moves, mut edges) = (Vec::new(), Vec::new());
        for block in program.blocks() {
            for edge in &f.blocks[block.index()].edges {
                let first = moves.len();
                for (param, arg) in f.blocks[edge.block.index()].params.iter().zip(&edge.args) {
                    if let (Some(to), Some(from)) = (classes.of(*param), classes.of_source(*arg))
                        && to != from
                    {
                        moves.push(ClassMove { to, from });
                    }
                }
                if !(2..=MOVES_WEIGHED).contains(&(moves.len() - first)) {
                    moves.truncate(first);
                    continue;
                }
                let weight = program.edge_weight(block, edge.block);
                edges.push(TangledEdge { moves: first..moves.len(), weight });
            }
        }

        let mut pairs: Vec<(Class, u32)> = Vec::new();
        for (index, edge) in edges.iter().enumerate() {
            for m in &moves[edge.moves.clone()] {
                pairs.extend([(m.to, index as u32), (m.from, index as u32)]);
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut spans = vec![0u32; classes.len() + 1];
        for (class, _) in &pairs {
            spans[class.index() + 1] += 1;
        }
        for i in 1..spans.len() {
            spans[i] += spans[i - 1];
        }
        let of_class = pairs.into_iter().map(|(_, edge)| edge).collect();
        Cycles { moves, edges, of_class, spans }
    }

    /// How often moves would be executed only to break cycles, if `class` were given `slot` beside what has one.
    pub(super) fn cost(&self, classes: &Classes, slots: &[Option<u32>], class: Class, slot: u32) -> f32 {
        let [first, last] = [class.index(), class.index() + 1].map(|i| self.spans[i] as usize);
        let slot_of = |other: Class| match other == class {
            true => Some(slot),
            false => slots[other.index()],
        };
        let closes = |edge: &&TangledEdge| {
            let moves = &self.moves[edge.moves.clone()];
            let writer = |at| {
                let writes = |m: &&ClassMove| slot_of(m.to) == Some(at) && classes.bank(m.to) == classes.bank(class);
                moves.iter().find(writes)
            };
            // Back from the slot to where its value comes from, and so on.
            let mut at = slot;
            for length in 1..=LONGEST {
                match writer(at).and_then(|m| slot_of(m.from)) {
                    None => return false,
                    Some(from) if from == slot => return length > 1,
                    Some(from) if from == at => return false,
                    Some(from) => at = from,
                }
            }
            false
        };
        let edges = self.of_class[first..last].iter().map(|edge| &self.edges[*edge as usize]);
        edges.take(EDGES_WEIGHED).filter(closes).map(|edge| edge.weight).sum()
    }
}
