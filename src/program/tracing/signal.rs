//! What a value is to paths while a program is traced.

use petgraph::graph::NodeIndex;
use std::rc::Rc;

/// What is known of a value.
#[derive(Clone, Debug)]
pub(super) enum Flow {
    /// It depends on no input, so that it can be computed.
    Constant,
    /// It depends on an input.
    Image(Signal),
}

impl Flow {
    /// Returns how many pieces the value is told apart in.
    pub(super) fn pieces(&self) -> usize {
        match self {
            Self::Image(Signal { paths: Paths::Along(along), .. }) => along.pieces.len(),
            _ => 0,
        }
    }
}

/// A value that depends on an input.
#[derive(Clone, Debug)]
pub(super) struct Signal {
    /// Where the paths that lead to it arrive.
    pub(super) paths: Paths,
    /// Whether it is the factor by which a product is gated.
    pub(super) gate: Gate,
    /// The value that it is a function of element by element, as an index into the tracer's origins.
    pub(super) origin: usize,
    /// How far it is on the way to a hard sigmoid that is written out.
    pub(super) hard: Hard,
    /// Which part of another value it is, where it is one and nothing was done with it since but element by element.
    pub(super) part: Option<u64>,
    /// The first thing in the way of a path that leads to it, as an index into the tracer's obstacles.
    pub(super) obstacle: Option<usize>,
}

/// Whether a value gates what it is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gate {
    /// It does not.
    No,
    /// Its last nonlinearity is one that gates.
    ByNonlinearity,
    /// The user says so.
    ByName,
}

/// The parts of `clamp(x + 3, 0, 6) / 6`, as decompositions and older code write a hard sigmoid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hard {
    /// None of them.
    No,
    /// `x + 3`
    PlusThree,
    /// `max(x + 3, 0)`
    AboveZero,
    /// Six times a hard sigmoid, or times what that gates.
    TimesSix,
}

/// Where the paths that lead to a value arrive.
#[derive(Clone, Debug)]
pub(super) enum Paths {
    /// No path leads to it.
    None,
    /// All at one node.
    At(NodeIndex),
    /// At different nodes along an axis, after a concatenation or a stack.
    Along(Rc<Along>),
}

/// Nodes along an axis of a value.
#[derive(Clone, Debug)]
pub(super) struct Along {
    /// The axis, from 0.
    pub(super) axis: usize,
    /// The pieces, which cover the axis.
    pub(super) pieces: Vec<Piece>,
    /// Whether pieces with the same node are parts of one value, so that the same paths lead to them.
    pub(super) of_one_value: bool,
}

/// A piece of a value along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where its paths arrive; `None` for a piece that none leads to.
    pub(super) node: Option<NodeIndex>,
    /// How much of the axis it covers.
    pub(super) extent: usize,
}

impl Along {
    /// Returns how long the axis is.
    pub(super) fn total(&self) -> usize {
        self.pieces.iter().map(|piece| piece.extent).sum()
    }

    /// Returns the nodes that paths arrive at, one for each way that they come.
    pub(super) fn nodes(&self) -> Vec<NodeIndex> {
        let mut nodes: Vec<NodeIndex> = self.pieces.iter().filter_map(|piece| piece.node).collect();
        if self.of_one_value {
            nodes.sort_unstable();
            nodes.dedup();
        }
        nodes
    }

    /// Returns the pieces of a range of the axis.
    pub(super) fn range(&self, start: usize, length: usize) -> Vec<Piece> {
        let end = start + length;
        let mut at = 0;
        let mut pieces = Vec::new();
        for piece in &self.pieces {
            let (from, to) = (at.max(start), (at + piece.extent).min(end));
            if from < to {
                pieces.push(Piece { node: piece.node, extent: to - from });
            }
            at += piece.extent;
        }
        pieces
    }
}

impl Paths {
    /// Returns whether any path leads to the value.
    pub(super) fn any(&self) -> bool {
        match self {
            Self::None => false,
            Self::At(_) => true,
            Self::Along(along) => along.pieces.iter().any(|piece| piece.node.is_some()),
        }
    }

    /// Paths that arrive along an axis; simplified where all of them arrive at one node.
    pub(super) fn along(axis: usize, pieces: Vec<Piece>, of_one_value: bool) -> Self {
        match pieces.as_slice() {
            [Piece { node: Some(node), .. }] => Self::At(*node),
            _ if pieces.iter().all(|piece| piece.node.is_none()) => Self::None,
            _ => Self::Along(Rc::new(Along { axis, pieces, of_one_value })),
        }
    }

    /// Returns the pieces along an axis of that length, if all paths arrive at one node or along just this axis.
    pub(super) fn pieces(&self, axis: usize, length: usize) -> Option<(Vec<Piece>, bool)> {
        match self {
            Self::None => Some((vec![Piece { node: None, extent: length }], true)),
            Self::At(node) => Some((vec![Piece { node: Some(*node), extent: length }], true)),
            Self::Along(along) if along.axis == axis && along.total() == length => {
                Some((along.pieces.clone(), along.of_one_value))
            }
            Self::Along(_) => None,
        }
    }

    /// Returns the same paths along another axis.
    pub(super) fn with_axis(&self, to: impl FnOnce(usize) -> usize) -> Self {
        match self {
            Self::Along(along) => Self::Along(Rc::new(Along { axis: to(along.axis), ..Along::clone(along) })),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(node: usize, extent: usize) -> Piece {
        Piece { node: Some(NodeIndex::new(node)), extent }
    }

    #[test]
    fn a_range_takes_the_pieces_that_it_meets() {
        let along =
            Along { axis: 1, pieces: vec![piece(1, 4), piece(2, 3), piece(3, 1)], of_one_value: false };
        assert_eq!(along.range(3, 3), [piece(1, 1), piece(2, 2)]);
        assert_eq!(along.range(7, 1), [piece(3, 1)]);
        assert_eq!(along.total(), 8);
    }

    #[test]
    fn pieces_of_one_value_are_one_way() {
        let pieces = vec![piece(1, 4), piece(2, 3), piece(1, 1)];
        let nodes = |of_one_value| Along { axis: 0, pieces: pieces.clone(), of_one_value }.nodes().len();
        assert_eq!((nodes(true), nodes(false)), (2, 3));
    }
}
