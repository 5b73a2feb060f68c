//! Execution of the steps of a segment.

use super::chains::Chains;
use super::segment::{Action, Segment, Step, Value};
use super::statistics::RunningStatistics;
use crate::error::NetworkError;
use crate::network::layers::{Addend, Layers, Statistics};
use pathscope_core::circuit::TensorName;
use std::collections::{BTreeMap, HashMap};
use tch::Tensor;

/// The purpose of a pass over the paths, which decides the statistics of the normalizations.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pass<'a> {
    /// Evaluation, with running statistics.
    Evaluation,
    /// Training, with batch statistics that update the running ones.
    Training(&'a RunningStatistics),
    /// A second forward pass of training, with batch statistics that have already been counted.
    Recomputation,
}

/// The multi-path stage with its weights, for a batch of images.
#[derive(Clone, Copy, Debug)]
pub(super) struct MultiPathStage<'a> {
    /// The chains.
    pub chains: &'a Chains,
    /// The layers.
    pub layers: Layers<'a>,
    /// The number of images in the batch.
    pub batch: i64,
}

impl MultiPathStage<'_> {
    /// Computes the first drive of every chain, by its index in [`Chains::drives`].
    ///
    /// # Arguments
    ///
    /// * `input` - the output of the first CPB, \[batch, channels, height, width\]
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError::MissingTensor`], or an error of libtorch.
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

    /// Computes the pooled sums over a segment's paths, by their index in [`Chains::readings`]. Each is
    /// \[batch, channels, height, width\].
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError::MissingTensor`], or an error of libtorch.
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
                    // The output may be read again, or be needed for the gradient.
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
