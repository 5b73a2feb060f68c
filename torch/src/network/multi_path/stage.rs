//! The steps of a segment, computed.

use super::chains::Chains;
use super::segment::{Action, Segment, Step, Value};
use super::statistics::RunningStatistics;
use crate::error::NetworkError;
use crate::network::layers::{Addend, Layers, Statistics};
use pathscope_core::circuit::TensorName;
use std::collections::{BTreeMap, HashMap};
use tch::Tensor;

/// Which statistics the normalizations of a pass over the paths use.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pass<'a> {
    /// The running ones.
    Evaluation,
    /// The statistics of the batch, which update the running ones.
    Training(&'a RunningStatistics),
    /// The statistics of the batch, a second time.
    Recomputation,
}

/// What segments are computed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct MultiPathStage<'a> {
    /// The chains.
    pub chains: &'a Chains,
    /// The layers.
    pub layers: Layers<'a>,
    /// The images of a batch.
    pub batch: i64,
}

impl MultiPathStage<'_> {
    /// What drives the first output of every chain, by its index in [`Chains::drives`].
    ///
    /// # Arguments
    ///
    /// * `input` - the output of the first CPB, [batch, channels, height, width]
    ///
    /// # Errors
    ///
    /// [`NetworkError::MissingTensor`]; libtorch's own.
    pub(super) fn stems(&self, input: &Tensor) -> Result<BTreeMap<usize, Tensor>, NetworkError> {
        let stem = |drive: usize| {
            let map = match &self.chains.drives[drive].kernel {
                Some(kernel) => self.layers.convolved(input, kernel)?,
                None => input.shallow_clone(),
            };
            Ok((drive, map))
        };
        self.chains.stems().map(stem).collect()
    }

    /// The sums over a segment's paths that the readout sees, pooled, by their index in
    /// [`Chains::readings`]: each [batch, channels, height, width].
    ///
    /// # Errors
    ///
    /// [`NetworkError::MissingTensor`]; libtorch's own.
    pub(super) fn pooled(
        &self,
        segment: &Segment,
        stems: &BTreeMap<usize, Tensor>,
        pass: Pass<'_>,
    ) -> Result<BTreeMap<usize, Tensor>, NetworkError> {
        let mut values: HashMap<Value, Tensor> = HashMap::new();
        let mut sums: BTreeMap<usize, Addend> = BTreeMap::new();
        for Step { action, released } in &segment.steps {
            match action {
                Action::Convolve { kernel, sources, drives } => {
                    let sources: Vec<&Tensor> = sources.iter().map(|source| &values[source]).collect();
                    let maps = self.convolved_together(&sources, kernel)?;
                    values.extend(drives.iter().map(|&drive| Value::Drive(drive)).zip(maps));
                }
                Action::Activate { drive, output } => {
                    let drive = match drive {
                        Value::Stem(stem) => &stems[stem],
                        computed => &values[computed],
                    };
                    let map = self.activated(drive, *output, pass)?;
                    values.insert(Value::Output(*output), map);
                }
                Action::Read { output, reading } => {
                    let tensor = values[&Value::Output(*output)].shallow_clone();
                    // What is read may be read again, or be needed for the gradient.
                    let addend = Addend { tensor, own: false };
                    let sum = match sums.remove(reading) {
                        None => addend,
                        Some(sum) => sum.add(addend)?,
                    };
                    sums.insert(*reading, sum);
                }
            }
            for value in released {
                values.remove(value);
            }
        }
        sums.into_iter().map(|(reading, sum)| Ok((reading, self.layers.pooled(&sum.tensor)?))).collect()
    }

    fn convolved_together(
        &self,
        sources: &[&Tensor],
        kernel: &TensorName,
    ) -> Result<Vec<Tensor>, NetworkError> {
        if let [source] = sources {
            return Ok(vec![self.layers.convolved(source, kernel)?]);
        }
        let together = Tensor::f_cat(sources, 0)?;
        Ok(self.layers.convolved(&together, kernel)?.f_split(self.batch, 0)?)
    }

    fn activated(&self, drive: &Tensor, output: usize, pass: Pass<'_>) -> Result<Tensor, NetworkError> {
        let normalization = self.chains.outputs[output].normalization;
        let kept;
        let statistics = match (pass, normalization) {
            (Pass::Evaluation, _) => Statistics::Running,
            (Pass::Recomputation, _) | (_, None) => Statistics::BatchAlone,
            (Pass::Training(running), Some(name)) => match running.of(name, output, drive)? {
                Some(moments) => {
                    kept = moments;
                    Statistics::BatchInto(&kept)
                }
                None => Statistics::Batch,
            },
        };
        self.layers.activated(drive, normalization, statistics)
    }
}
