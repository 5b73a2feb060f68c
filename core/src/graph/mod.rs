//! The graph that circuits and programs end in: components as a directed acyclic graph from one source.
//!
//! A node stands for one use of a component, or for a sum. Which paths there are, how many and how strong
//! they are follows from this graph alone (see [`crate::paths`]).
//!
//! In comes a circuit, out comes a [`ComponentGraph`]; a program makes one by itself. Read [`unroll`] first.

mod builder;
mod predecessors;
pub mod unroll;

pub use builder::GraphBuilder;

use petgraph::graph::NodeIndex;
use predecessors::Predecessors;

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Where every path begins.
    Source,
    /// One use of a component, by the component's number.
    Component(usize),
    /// A place where paths meet: a sum, a concatenation or the output of a block. Its strength is 1.
    Sum,
}

/// Components as a directed acyclic graph. Indices of nodes are in topological order, and every node is on a path
/// from the source to an end.
///
/// Two edges may join the same nodes: each is a way of its own.
///
/// # Examples
///
/// ```
/// use pathscope_core::graph::{GraphBuilder, Part};
///
/// // A residual block: two convolutions side by side with an identity.
/// let mut builder = GraphBuilder::new();
/// let first = builder.add(Part::Component(0), [builder.source()]);
/// let second = builder.add(Part::Component(1), [first]);
/// let sum = builder.add(Part::Sum, [second, builder.source()]);
/// let (graph, _) = builder.finish(&[sum], vec![1, 1]);
/// assert_eq!(graph.node_count(), 4);
/// assert_eq!(graph.predecessors(graph.ends()[0]).len(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct ComponentGraph {
    parts: Vec<Part>,
    predecessors: Predecessors,
    lengths: Vec<usize>,
    ends: Vec<NodeIndex>,
}

impl ComponentGraph {
    /// Returns the number of nodes.
    pub fn node_count(&self) -> usize {
        self.parts.len()
    }

    /// Returns the number of edges.
    pub fn edge_count(&self) -> usize {
        self.predecessors.count()
    }

    /// Returns the nodes in topological order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeIndex> + ExactSizeIterator + use<> {
        (0..self.parts.len()).map(NodeIndex::new)
    }

    /// Returns what a node stands for.
    pub fn part(&self, node: NodeIndex) -> Part {
        self.parts[node.index()]
    }

    /// Returns the number of the component that a node is a use of, if it is one.
    pub fn component(&self, node: NodeIndex) -> Option<usize> {
        match self.part(node) {
            Part::Component(component) => Some(component),
            Part::Source | Part::Sum => None,
        }
    }

    /// Returns the nodes before a node, in the order in which they were given.
    pub fn predecessors(&self, node: NodeIndex) -> &[NodeIndex] {
        self.predecessors.of(node)
    }

    /// Returns how much a node adds to the length of a path: 1 for a convolution, else 0.
    pub fn length(&self, node: NodeIndex) -> usize {
        self.component(node).map_or(0, |component| self.lengths[component])
    }

    /// Returns the number of components; those without a node on a path count too.
    pub fn component_count(&self) -> usize {
        self.lengths.len()
    }

    /// Returns how many nodes are uses of each component.
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.lengths.len()];
        for component in self.nodes().filter_map(|node| self.component(node)) {
            uses[component] += 1;
        }
        uses
    }

    /// Returns the node where every path begins.
    pub fn source(&self) -> NodeIndex {
        NodeIndex::new(0)
    }

    /// Returns the nodes where paths end, in the order in which they were given. A node may occur twice.
    pub fn ends(&self) -> &[NodeIndex] {
        &self.ends
    }

    /// Returns the graph with its components numbered in another order, those without a node left out.
    ///
    /// # Arguments
    ///
    /// * `order` - the present numbers of the components in the order that they get
    ///
    /// # Panics
    ///
    /// If it leaves out a component that has a node.
    pub fn with_components(mut self, order: &[usize]) -> Self {
        let mut numbers = vec![None; self.lengths.len()];
        for (new, &old) in order.iter().enumerate() {
            numbers[old] = Some(new);
        }
        for part in &mut self.parts {
            if let Part::Component(component) = part {
                *component = numbers[*component].expect("a number for every component on a path");
            }
        }
        self.lengths = order.iter().map(|&component| self.lengths[component]).collect();
        self
    }
}
