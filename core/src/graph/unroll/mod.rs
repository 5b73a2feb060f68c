//! Unrolling: turning a circuit into a directed acyclic graph over (component, iteration).
//!
//! Every block m gets an output node for each iteration t that it computes. Before the output come a node for
//! each convolution that ends there and one for the normalization (paper, Eq. 2f-i and Fig. 4a). Outputs
//! before the first iteration are zero (Eq. 2h), so no edge leads from them. A block that computes only T'
//! iterations keeps its output of iteration T' afterwards (appendix B.2).
//!
//! In a multi-path model with one normalization for each path, every path is a chain of its own
//! (Fig. 4b): the graph is then the union of these chains.

mod builder;
mod component;
mod separate;
mod without_lengths;

pub(crate) use builder::{Builder, End};
pub use component::Component;
pub use without_lengths::without_lengths;

use crate::circuit::{Circuit, CircuitError, Normalization, Readout};
use crate::graph::ComponentGraph;
use petgraph::graph::NodeIndex;

/// The place of a graph node in its circuit: a block and an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the block.
    pub block: usize,
    /// The iteration, from 1; 0 for the input.
    pub iteration: usize,
}

/// An unrolled circuit: the graph of its components, and the place of each node in the circuit.
///
/// The graph's source is the input of the recurrent stage, which is the same at all iterations. Its sums are
/// the outputs of blocks, after their activation. Its ends are the outputs that are read out, by ascending
/// iteration.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Circuit;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3))?;
/// // The input; (bottom-up, normalization, output) thrice, and lateral twice.
/// assert_eq!(unrolled.graph().node_count(), 1 + 3 * 3 + 2);
/// # Ok::<(), pathscope_core::circuit::CircuitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct UnrolledCircuit {
    graph: ComponentGraph,
    components: Vec<Component>,
    places: Vec<Place>,
    end_iterations: Vec<Vec<usize>>,
    readout_iterations: Vec<usize>,
}

impl UnrolledCircuit {
    /// Unrolls a circuit. Nodes that lie on no path from the input to the readout are left out.
    ///
    /// # Errors
    ///
    /// The errors of [`Circuit::validate`]; [`CircuitError::NoPath`] if no path leads to the readout;
    /// [`CircuitError::NothingLeft`] if every path length is removed.
    ///
    /// # Complexity
    ///
    /// O(T · connections); of a multi-path model with one normalization for each path, the sum of
    /// the lengths of all paths.
    pub fn new(circuit: &Circuit) -> Result<Self, CircuitError> {
        circuit.validate()?;
        let mut unrolled = Builder::default().unroll(circuit)?;
        let Some(multi_path) = &circuit.multi_path else {
            return Ok(unrolled);
        };
        if !multi_path.lengths_removed.is_empty() {
            unrolled = without_lengths(&unrolled, &multi_path.lengths_removed)?;
        }
        if circuit.blocks.iter().any(|block| block.normalization == Normalization::PerPath) {
            unrolled = separate::separate_paths(circuit, &unrolled)?;
        }
        Ok(unrolled)
    }

    /// Returns the graph.
    pub fn graph(&self) -> &ComponentGraph {
        &self.graph
    }

    /// Returns the components by their number in the graph, block by block: connections in their order, then
    /// normalizations.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// Returns the component that a node of the graph uses, if any.
    pub fn component(&self, node: NodeIndex) -> Option<&Component> {
        self.graph.component(node).map(|index| &self.components[index])
    }

    /// Returns the place of a graph node in the circuit.
    pub fn place(&self, node: NodeIndex) -> Place {
        self.places[node.index()]
    }

    /// Returns, for each end of the graph, the iterations at which it is read out. There are several where
    /// the block is held.
    pub fn end_iterations(&self) -> &[Vec<usize>] {
        &self.end_iterations
    }

    /// Returns the iterations that take part in the readout. These are all T in a recurrent model, and those
    /// that have a path in a multi-path model.
    pub fn readout_iterations(&self) -> &[usize] {
        &self.readout_iterations
    }

    /// Returns the weight of each end of the graph in a readout mode: the sum of the weights of its
    /// iterations.
    pub fn readout_weights(&self, readout: Readout) -> Vec<f64> {
        let by_position = readout.weights(self.readout_iterations.len());
        let weight_at = |iteration: &usize| {
            self.readout_iterations.binary_search(iteration).map_or(0.0, |position| by_position[position])
        };
        self.end_iterations.iter().map(|iterations| iterations.iter().map(weight_at).sum()).collect()
    }
}
