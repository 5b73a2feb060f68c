//! Running statistics of normalizations that several paths share.
//!
//! A normalization with a single use updates its running statistics by itself. If several paths use it, each
//! of them updates it in turn, as if they were computed one after the other, no matter how often their common
//! parts are really computed. After K uses with batch statistics s₁ … s_K and momentum m, a running statistic
//! r is (1 - m)^K r + Σᵢ m (1 - m)^(K - i) sᵢ.
//!
//! If statistics are estimated as averages over batches, the K uses in one batch have equal weights. The k-th
//! batch changes r to ((k - 1) r + (1/K) Σᵢ sᵢ) / k.

use super::chains::Chains;
use crate::error::NetworkError;
use crate::network::layers::Moments;
use crate::weights::Weights;
use pathscope_core::circuit::{LayerName, TensorPart};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use tch::{TchError, Tensor};

/// The weights in the update of the running statistics of one normalization.
#[derive(Clone, Debug, PartialEq)]
struct Moves {
    /// The weight of the old running statistic.
    kept: f64,
    /// The weight of each output's batch statistic.
    weights: BTreeMap<usize, f64>,
}

/// The running statistics of normalizations that several paths share, during a step.
#[derive(Debug, Default)]
pub(super) struct RunningStatistics {
    shared: HashMap<LayerName, Moves>,
    /// The batch statistics of each output of a shared normalization.
    moments: RefCell<HashMap<usize, Moments>>,
}

impl RunningStatistics {
    /// Finds the shared normalizations of the paths with these `ends`.
    ///
    /// # Arguments
    ///
    /// * `averaging` - whether all uses have equal weights, so that the momentum is that of a batch and not
    ///   that of a use
    ///
    /// # Complexity
    ///
    /// O(sum of the lengths of the paths).
    pub(super) fn new(
        chains: &Chains,
        ends: impl Iterator<Item = usize>,
        momentum: f64,
        averaging: bool,
    ) -> Self {
        let mut uses: HashMap<LayerName, Vec<usize>> = HashMap::new();
        for output in ends.flat_map(|end| chains.path(end)) {
            if let Some(layer) = chains.outputs[output].normalization {
                uses.entry(layer).or_default().push(output);
            }
        }
        let shared = uses.into_iter().filter(|(_, outputs)| outputs.len() > 1).map(|(layer, outputs)| {
            let mut moves = Moves { kept: 1.0, weights: BTreeMap::new() };
            if averaging {
                moves.kept -= momentum;
                let share = momentum / outputs.len() as f64;
                outputs.iter().for_each(|&output| *moves.weights.entry(output).or_default() += share);
                return (layer, moves);
            }
            // Begin with the last use, whose weight no later one reduces.
            for output in outputs.into_iter().rev() {
                *moves.weights.entry(output).or_default() += momentum * moves.kept;
                moves.kept *= 1.0 - momentum;
            }
            (layer, moves)
        });
        Self { shared: shared.collect(), moments: RefCell::default() }
    }

    /// Returns the tensors into which a shared normalization must write its batch statistics, or `None` if
    /// the normalization is not shared.
    ///
    /// # Arguments
    ///
    /// * `output` - the output of the normalization
    /// * `drive` - its input, \[batch, channels, height, width\]
    ///
    /// # Errors
    ///
    /// Returns [`TchError`] if there is too little memory.
    pub(super) fn of(
        &self,
        normalization: LayerName,
        output: usize,
        drive: &Tensor,
    ) -> Result<Option<Moments>, TchError> {
        if !self.shared.contains_key(&normalization) {
            return Ok(None);
        }
        let zeros = || Tensor::f_zeros(&drive.size()[1..2], (drive.kind(), drive.device()));
        let moments = Moments { mean: zeros()?, variance: zeros()? };
        let same = Moments { mean: moments.mean.shallow_clone(), variance: moments.variance.shallow_clone() };
        self.moments.borrow_mut().insert(output, same);
        Ok(Some(moments))
    }

    /// Updates the running statistics of all shared normalizations.
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError::MissingTensor`], or an error of libtorch.
    pub(super) fn apply(&self, weights: &Weights) -> Result<(), NetworkError> {
        let _guard = tch::no_grad_guard();
        let moments = self.moments.take();
        for (layer, moves) in &self.shared {
            let part =
                |part: TensorPart| Ok::<_, NetworkError>(weights.get(layer.tensor(part))?.shallow_clone());
            let (mut mean, mut variance) =
                (part(TensorPart::RunningMean)?, part(TensorPart::RunningVariance)?);
            let _ = (mean.f_mul_scalar_(moves.kept)?, variance.f_mul_scalar_(moves.kept)?);
            for (output, &weight) in &moves.weights {
                if let Some(moments) = moments.get(output) {
                    let _ = mean.f_add_(&moments.mean.f_mul_scalar(weight)?)?;
                    let _ = variance.f_add_(&moments.variance.f_mul_scalar(weight)?)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::circuit::Circuit;
    use pathscope_core::graph::unroll::UnrolledCircuit;
    use pathscope_core::model::ablation::{PathNormalization, multi_path};

    #[test]
    fn paths_move_a_shared_normalization_one_after_the_other() {
        let recurrent = Circuit::of_recurrent_blocks(1, 2);
        let circuit = multi_path(&recurrent, &[].into(), PathNormalization::Shared).unwrap();
        let chains = Chains::new(&circuit, &UnrolledCircuit::new(&circuit).unwrap()).unwrap();
        let ends: Vec<usize> = chains.readings.iter().flat_map(|reading| reading.ends.clone()).collect();
        // t = 1: (2,1). t = 2: (2,2), then (2,1) (2,2).
        let statistics = RunningStatistics::new(&chains, ends.iter().copied(), 0.1, false);
        let first = &statistics.shared[&"bn[2,1]".parse().unwrap()];
        assert!((first.kept - 0.81).abs() < 1e-12);
        // The same output twice: 0.1 · 0.9 + 0.1.
        assert_eq!(first.weights.len(), 1);
        assert!((first.weights.values().sum::<f64>() - 0.19).abs() < 1e-12);
        let second: Vec<f64> =
            statistics.shared[&"bn[2,2]".parse().unwrap()].weights.values().copied().collect();
        assert!((second[0] - 0.09).abs() < 1e-12 && (second[1] - 0.1).abs() < 1e-12, "{second:?}");
        let averages = RunningStatistics::new(&chains, ends.into_iter(), 0.5, true);
        let second = &averages.shared[&"bn[2,2]".parse().unwrap()];
        assert_eq!((second.kept, second.weights.values().copied().collect::<Vec<_>>()), (0.5, vec![0.25; 2]));
    }
}
