//! The graph that circuits and programs end in: components as a directed acyclic graph from one source.
//!
//! A node stands for one use of a component, or for a sum. Which paths there are, how many and how strong
//! they are follows from this graph alone (see [`crate::paths`]).

mod builder;

pub use builder::GraphBuilder;

use petgraph::graph::{DiGraph, NodeIndex};

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
/// # Examples
///
/// ```
/// use pathscope::graph::{GraphBuilder, Part};
///
/// // A residual block: two convolutions side by side with an identity.
/// let mut builder = GraphBuilder::new();
/// let first = builder.add(Part::Component(0), vec![builder.source()]);
/// let second = builder.add(Part::Component(1), vec![first]);
/// let sum = builder.add(Part::Sum, vec![second, builder.source()]);
/// let (graph, _) = builder.finish(&[sum], vec![1, 1]);
/// assert_eq!(graph.node_count(), 4);
/// assert_eq!(graph.predecessors(graph.ends()[0]).len(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct ComponentGraph {
    graph: DiGraph<Part, ()>,
    predecessors: Vec<Vec<NodeIndex>>,
    lengths: Vec<usize>,
    ends: Vec<NodeIndex>,
}

impl ComponentGraph {
    /// Returns the graph as petgraph's. Two edges may join the same nodes: each is a way of its own.
    pub fn petgraph(&self) -> &DiGraph<Part, ()> {
        &self.graph
    }

    /// Returns the number of nodes.
    pub fn node_count(&self) -> usize {
        self.predecessors.len()
    }

    /// Returns the nodes in topological order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeIndex> + ExactSizeIterator + use<> {
        (0..self.predecessors.len()).map(NodeIndex::new)
    }

    /// Returns what a node stands for.
    pub fn part(&self, node: NodeIndex) -> Part {
        self.graph[node]
    }

    /// Returns the number of the component that a node is a use of, if it is one.
    pub fn component(&self, node: NodeIndex) -> Option<usize> {
        match self.graph[node] {
            Part::Component(component) => Some(component),
            Part::Source | Part::Sum => None,
        }
    }

    /// Returns the nodes before a node, in the order in which they were given.
    pub fn predecessors(&self, node: NodeIndex) -> &[NodeIndex] {
        &self.predecessors[node.index()]
    }

    /// Returns how much a node adds to the length of a path: 1 for a convolution, else 0.
    pub fn length(&self, node: NodeIndex) -> usize {
        self.component(node).map_or(0, |component| self.lengths[component])
    }

    /// Returns the number of components; those without a node on a path count too.
    pub fn component_count(&self) -> usize {
        self.lengths.len()
    }

    /// Returns the node where every path begins.
    pub fn source(&self) -> NodeIndex {
        NodeIndex::new(0)
    }

    /// Returns the nodes where paths end, in the order in which they were given. A node may occur twice.
    pub fn ends(&self) -> &[NodeIndex] {
        &self.ends
    }
}
