//! What a value is to paths while a program is traced.

use super::layout::{Layout, Way, Ways};
use crate::program::ValueId;
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
            Self::Image(Signal { paths: Paths::Along(layout), .. }) => layout.cells.len(),
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
    pub(super) part: Option<PartOf>,
    /// The first thing in the way of a path that leads to it, as an index into the tracer's obstacles.
    pub(super) obstacle: Option<usize>,
}

/// A range of an axis of another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartOf {
    /// The other value.
    pub(super) whole: ValueId,
    /// The axis.
    pub(super) axis: usize,
    /// Where the range begins.
    pub(super) start: usize,
    /// How long it is.
    pub(super) length: usize,
}

impl PartOf {
    /// Returns whether both are of one value and have nothing in common.
    pub(super) fn is_apart(self, other: Self) -> bool {
        (self.whole, self.axis) == (other.whole, other.axis)
            && (self.start + self.length <= other.start || other.start + other.length <= self.start)
    }
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
    /// All at one node, which leads to the whole value.
    At(NodeIndex),
    /// At different nodes in different places, after a concatenation or a stack.
    Along(Rc<Layout>),
}

impl Paths {
    /// Returns whether any path leads to the value.
    pub(super) fn any(&self) -> bool {
        match self {
            Self::None => false,
            Self::At(_) => true,
            Self::Along(layout) => layout.cells.iter().any(|ways| !ways.is_empty()),
        }
    }

    /// Returns the ways by which paths arrive, wherever in the value.
    pub(super) fn ways(&self) -> Ways {
        match self {
            Self::None => Ways::new(),
            Self::At(node) => Ways::from([Way { node: *node, mark: 0 }]),
            Self::Along(layout) => layout.ways(),
        }
    }

    /// Returns where in a value with so many axes they arrive.
    pub(super) fn layout(&self, rank: usize) -> Layout {
        match self {
            Self::Along(layout) => layout.with_rank(rank),
            uniform => Layout::uniform(rank, uniform.ways()),
        }
    }
}
