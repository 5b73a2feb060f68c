//! The multi-path stage: every path from the input to a readout as a chain of its own (paper, section
//! 4.2, Fig. 4b and appendix E).
//!
//! At every iteration the paths that reach the top block are summed after their last activation; these
//! sums meet the readout as the outputs of the recurrent stage do. Iterations without a path are left
//! out. [`chains`] finds what paths share, [`segment`] orders the work on some of them, [`stage`] does
//! it, [`gradients`] leads back through it and [`memory`] says what it takes.

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
    /// For each iteration that the readout sees, its index in [`Chains::readings`].
    seen: Vec<usize>,
    /// All paths that the readout sees.
    whole: Segment,
    /// What the gradient of a step keeps and what it computes again.
    division: Division,
    statistics: RunningStatistics,
    momentum: f64,
    /// Paths that are taken through a convolution together.
    width: usize,
}

impl MultiPath {
    /// Plans a circuit that is valid and a multi-path model, read out in mode `readout`, with every
    /// activation kept for the gradient.
    ///
    /// # Errors
    ///
    /// [`CircuitError`] where it cannot be unrolled or has too many paths.
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

    /// # Arguments
    ///
    /// * `iterations` - those that take part in the readout
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

    /// Takes up to `width` paths through a convolution together; what that gives does not change.
    pub(super) fn take_together(&mut self, width: usize) {
        self.width = width.max(1);
        self.whole = Segment::new(&self.chains, &self.whole.ends, self.width);
        self.division = Division::keeping_all(self.whole.clone());
    }

    /// Has batches move running statistics towards averages over batches: `momentum` for all uses of a
    /// normalization together.
    pub(super) fn average_statistics(&mut self, momentum: f64) {
        let ends = self.whole.ends.iter().map(|end| end.output);
        self.statistics = RunningStatistics::new(&self.chains, ends, momentum, true);
        self.momentum = momentum;
    }

    /// Reads the model out as if it had only `iterations` iterations; `None` where no path is that early.
    pub(super) fn read_out_at(&self, iterations: usize, readout: Readout) -> Option<Self> {
        let left: Vec<usize> =
            self.chains.iterations.iter().copied().filter(|&each| each <= iterations).collect();
        let momentum = self.momentum;
        (!left.is_empty()).then(|| Self::of_chains(self.chains.clone(), &left, readout, momentum, self.width))
    }

    /// The iterations that take part in the readout.
    pub(super) fn iterations(&self) -> &[usize] {
        &self.chains.iterations
    }

    /// The pooled maps that the readout sees, iterations upward.
    ///
    /// # Arguments
    ///
    /// * `input` - the output of the first CPB, [batch, channels, height, width]
    ///
    /// # Errors
    ///
    /// [`NetworkError::MissingTensor`]; libtorch's own.
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
