//! The paths of a graph as one readout sees them.

use super::Path;
use super::ensemble::Ensemble;
use super::enumerate::Paths;
use super::lengths::totals_by_length;
use super::strength::Strengths;
use super::strongest::{Strongest, strongest};
use super::through::PathsThrough;
use crate::circuit::Readout;
use crate::graph::ComponentGraph;
use crate::graph::unroll::UnrolledCircuit;
use crate::paths::Magnitude;

/// A graph together with the strengths of its components and the weights that a readout gives to its ends.
///
/// These determine the paths and their ensemble (paper, section 4.3).
///
/// # Examples
///
/// ```
/// use pathscope_core::{Circuit, Reading, Readout, Strengths, UnrolledCircuit};
///
/// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3))?;
/// let strengths = Strengths::new(unrolled.components(), |_| 0.5);
/// let reading = Reading::new(&unrolled, &strengths, Readout::NoAvg);
/// // The paths of length 1, 2 and 3 have as many convolutions and normalizations.
/// let lengths: Vec<usize> = reading.paths().map(|path| reading.length(&path)).collect();
/// assert_eq!(lengths, [1, 2, 3]);
/// let strongest = reading.strongest().next().unwrap();
/// assert_eq!(strongest.strength.to_f64(), Some(0.5 * 0.5));
/// // 4/16 of length 1, 1/16 of length 2 and 1/64 of length 3.
/// let average = reading.ensemble().moments.unwrap().average_path_length;
/// assert!((average - (16.0 + 2.0 * 4.0 + 3.0) / 21.0).abs() < 1e-12);
/// # Ok::<(), pathscope_core::circuit::CircuitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    graph: &'a ComponentGraph,
    strengths: &'a Strengths,
    readout: Option<Readout>,
    weights: Vec<f64>,
}

impl<'a> Reading<'a> {
    /// Returns the reading of an unrolled circuit in a readout mode.
    pub fn new(unrolled: &'a UnrolledCircuit, strengths: &'a Strengths, readout: Readout) -> Self {
        let weights = unrolled.readout_weights(readout);
        Self { graph: unrolled.graph(), strengths, readout: Some(readout), weights }
    }

    /// Returns the reading of a graph with weight 1 for every end, as for the output of a program.
    pub fn of_graph(graph: &'a ComponentGraph, strengths: &'a Strengths) -> Self {
        Self { graph, strengths, readout: None, weights: vec![1.0; graph.ends().len()] }
    }

    /// Returns the graph.
    pub fn graph(&self) -> &'a ComponentGraph {
        self.graph
    }

    /// Returns the strengths of the graph's components.
    pub fn strengths(&self) -> &'a Strengths {
        self.strengths
    }

    /// Returns the weight of each of [`ComponentGraph::ends`].
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Returns the ensemble of all paths that are read out.
    ///
    /// # Complexity
    ///
    /// As for [`totals_by_length`]; no path is listed.
    pub fn ensemble(&self) -> Ensemble {
        let totals = totals_by_length(self.graph, self.strengths, std::slice::from_ref(&self.weights));
        Ensemble::from_totals(self.readout, &totals[0])
    }

    /// Returns an iterator over the paths that are read out: see [`Paths`].
    pub fn paths(&self) -> impl Iterator<Item = Path> {
        Paths::new(self.graph).filter(|path| self.weights[path.end] > 0.0)
    }

    /// Returns an iterator over the paths that are read out, from the strongest downward: see
    /// [`strongest()`].
    pub fn strongest(&self) -> Strongest<'_> {
        strongest(self.graph, self.strengths, &self.weights)
    }

    /// Counts the paths that lead through each node and edge.
    pub fn through(&self) -> PathsThrough {
        PathsThrough::new(self.graph, &self.weights)
    }

    /// Returns the length of a path: the number of convolutions on it.
    pub fn length(&self, path: &Path) -> usize {
        path.length(self.graph)
    }

    /// Returns the strength of a path: the product of its components' strengths and the weight of its end.
    pub fn strength(&self, path: &Path) -> Magnitude {
        self.strengths.of_read_path(self.graph, path, &self.weights)
    }
}
