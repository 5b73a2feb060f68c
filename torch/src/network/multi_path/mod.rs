//! The multi-path stage, in which every path from the input to a readout is a separate chain (paper, 4.2,
//! Fig. 4b and appendix E).
//!
//! At every iteration, the paths that reach the top block are summed after their last activation. These sums
//! enter the readout in place of the outputs of the recurrent stage. Iterations without a path are left out.
//!
//! [`chains`] finds what paths share, [`segment`] orders the work on some of them, and [`stage`] executes it.
//! [`gradients`] has the backward pass, and [`memory`] decides which activations to keep.

mod chains;
mod gradients;
mod memory;
mod segment;
mod stage;
mod statistics;

pub use gradients::Differentiated;
pub(crate) use memory::MapSizes;
pub use memory::{MemoryError, MemoryForecast, Recomputation};

use super::layers::Layers;
use super::{Mode, readout};
use crate::error::NetworkError;
use chains::Chains;
use memory::Division;
use pathscope_core::circuit::{Circuit, CircuitError, Readout};
use pathscope_core::graph::unroll::UnrolledCircuit;
use segment::{End, Segment};
use stage::{MultiPathStage, Pass};
use statistics::RunningStatistics;
use tch::Tensor;

/// The paths of a multi-path model and how they are computed.
#[derive(Debug)]
pub(super) struct MultiPath {
    chains: Chains,
    /// The index in [`Chains::readings`] of each iteration that the readout sees.
    seen: Vec<usize>,
    /// All paths that the readout sees.
    whole: Segment,
    /// The activations that a step keeps, and those that it recomputes.
    division: Division,
    statistics: RunningStatistics,
    momentum: f64,
    /// The number of paths that share a batched convolution.
    width: usize,
}

impl MultiPath {
    /// Plans a valid circuit of a multi-path model, with all activations kept for the gradient.
    ///
    /// # Errors
    ///
    /// Returns [`CircuitError`] if the circuit cannot be unrolled or has too many paths.
    ///
    /// # Complexity
    ///
    /// O(sum of the lengths of all paths).
    pub(super) fn new(circuit: &Circuit, readout: Readout, momentum: f64) -> Result<Self, CircuitError> {
        let unrolled = UnrolledCircuit::new(circuit)?;
        let chains = Chains::new(circuit, &unrolled)
            .map_err(|_| CircuitError::TooLarge { iterations: circuit.iterations })?;
        let iterations = chains.iterations.clone();
        Ok(Self::of_chains(chains, &iterations, readout, momentum, 1))
    }

    /// Plans these chains.
    ///
    /// # Arguments
    ///
    /// * `iterations` - the iterations that take part in the readout
    fn of_chains(
        chains: Chains,
        iterations: &[usize],
        readout: Readout,
        momentum: f64,
        width: usize,
    ) -> Self {
        let place = |iteration: usize| {
            let holds = |reading: &chains::Reading| reading.iterations.contains(&iteration);
            chains.readings.iter().position(holds)
        };
        let positions = readout::iterations_seen(readout, iterations.len());
        let seen: Vec<usize> =
            positions.into_iter().filter_map(|position| place(iterations[position - 1])).collect();
        let mut readings = seen.clone();
        readings.dedup();
        let ends: Vec<End> = readings
            .iter()
            .flat_map(|&reading| {
                chains.readings[reading].ends.iter().map(move |&output| End { reading, output })
            })
            .collect();
        let whole = Segment::new(&chains, &ends, width);
        let statistics = RunningStatistics::new(&chains, ends.iter().map(|end| end.output), momentum, false);
        let division = Division::keeping_all(whole.clone());
        Self { chains, seen, whole, division, statistics, momentum, width }
    }

    /// Sets the number of paths that share a batched convolution. Results do not change.
    pub(super) fn take_together(&mut self, width: usize) {
        self.width = width.max(1);
        self.whole = Segment::new(&self.chains, &self.whole.ends, self.width);
        self.division = Division::keeping_all(self.whole.clone());
    }

    /// Makes running statistics averages over batches, with `momentum` for all uses of a normalization
    /// together.
    pub(super) fn average_statistics(&mut self, momentum: f64) {
        let ends = self.whole.ends.iter().map(|end| end.output);
        self.statistics = RunningStatistics::new(&self.chains, ends, momentum, true);
        self.momentum = momentum;
    }

    /// Returns the model with its readout at an earlier iteration, or `None` if no path is that early.
    pub(super) fn read_out_at(&self, iterations: usize, readout: Readout) -> Option<Self> {
        let left: Vec<usize> =
            self.chains.iterations.iter().copied().filter(|&each| each <= iterations).collect();
        let momentum = self.momentum;
        (!left.is_empty()).then(|| Self::of_chains(self.chains.clone(), &left, readout, momentum, self.width))
    }

    /// Returns the iterations that take part in the readout.
    pub(super) fn iterations(&self) -> &[usize] {
        &self.chains.iterations
    }

    /// Returns the pooled maps that the readout sees, in ascending order of iterations.
    ///
    /// # Arguments
    ///
    /// * `input` - the output of the first CPB, \[batch, channels, height, width\]
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError::MissingTensor`], or an error of libtorch.
    pub(super) fn pooled(
        &self,
        layers: Layers<'_>,
        input: &Tensor,
        mode: Mode,
    ) -> Result<Vec<Tensor>, NetworkError> {
        let stage = self.stage(layers, input);
        let pass = match mode {
            Mode::Training => Pass::Training(&self.statistics),
            Mode::Evaluation => Pass::Evaluation,
        };
        let pooled = stage.pooled(&self.whole, &stage.stems(input)?, pass)?;
        if mode == Mode::Training {
            self.statistics.apply(layers.weights)?;
        }
        Ok(self.seen.iter().map(|reading| pooled[reading].shallow_clone()).collect())
    }

    fn stage<'a>(&'a self, layers: Layers<'a>, input: &Tensor) -> MultiPathStage<'a> {
        MultiPathStage { chains: &self.chains, layers, batch: input.size()[0] }
    }
}
