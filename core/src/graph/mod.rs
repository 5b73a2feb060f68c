//! The component graph of circuits and programs: a directed acyclic graph with one source.
//!
//! A node stands for one use of a component, or for a sum. The graph alone determines which paths there are,
//! how many, and how strong they are (see [`crate::paths`]).
//!
//! Input: a circuit. Output: a [`ComponentGraph`]. Programs build theirs directly. Read [`unroll`] first.

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
    /// One use of a component, given by the component's number.
    Component(usize),
    /// A node where paths meet: a sum, a concatenation or the output of a block. Its strength is 1.
    Sum,
}

/// A directed acyclic graph of components.
///
/// Node indices are in topological order, and every node lies on a path from the source to an end. Two edges
/// may join the same nodes; paths over different edges are different paths.
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

    /// Returns the number of the component that a node uses, if any.
    pub fn component(&self, node: NodeIndex) -> Option<usize> {
        match self.part(node) {
            Part::Component(component) => Some(component),
            Part::Source | Part::Sum => None,
        }
    }

    /// Returns the predecessors of a node, in the order in which they were given.
    pub fn predecessors(&self, node: NodeIndex) -> &[NodeIndex] {
        self.predecessors.of(node)
    }

    /// Returns how much a node adds to the length of a path: 1 for a convolution, else 0.
    pub fn length(&self, node: NodeIndex) -> usize {
        self.component(node).map_or(0, |component| self.lengths[component])
    }

    /// Returns the number of components, including those without a node on any path.
    pub fn component_count(&self) -> usize {
        self.lengths.len()
    }

    /// Returns the number of nodes that use each component.
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

    /// Returns the graph with its components renumbered; components without a node may be left out.
    ///
    /// # Arguments
    ///
    /// * `order` - the present component numbers, in their new order
    ///
    /// # Panics
    ///
    /// If `order` leaves out a component that has a node.
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
