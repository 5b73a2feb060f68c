//! Gradients of a multi-path model, with activations kept or recomputed.
//!
//! The readout sees only sums over paths. Once the gradients by these sums are known, the backward pass can
//! treat every segment of the paths separately. Paths whose activations are not kept are computed twice:
//! first for their sums alone, then, one segment at a time, for their gradients.

use super::segment::Segment;
use super::stage::Pass;
use super::{Layers, MultiPath};
use crate::error::NetworkError;
use crate::weights::Weights;
use pathscope_core::circuit::{LayerName, TensorName, TensorPart};
use std::collections::{BTreeMap, HashMap};
use tch::Tensor;

/// An objective and its gradients.
#[derive(Debug)]
pub struct Differentiated {
    /// The objective.
    pub objective: Tensor,
    /// The gradients by the parameters, in the order of [`Weights::parameters`].
    pub gradients: Vec<Tensor>,
}

impl Differentiated {
    /// Differentiates by all parameters at once, through everything that the objective was computed from.
    ///
    /// # Errors
    ///
    /// Returns the errors of libtorch.
    pub fn directly(weights: &Weights, objective: Tensor) -> Result<Self, NetworkError> {
        let mut collected = Collected::new(weights);
        collected.backward(&[&objective], &collected.all())?;
        Ok(Self { gradients: collected.finish()?, objective })
    }
}

/// Gradients that are accumulated in several backward passes.
struct Collected<'a> {
    weights: &'a Weights,
    places: HashMap<&'a str, usize>,
    sums: Vec<Option<Tensor>>,
}

impl<'a> Collected<'a> {
    fn new(weights: &'a Weights) -> Self {
        let places: HashMap<&str, usize> = weights.parameters().map(|(name, _)| name).zip(0..).collect();
        let sums = (0..places.len()).map(|_| None).collect();
        Self { weights, places, sums }
    }

    fn all(&self) -> Vec<&'a str> {
        self.weights.parameters().map(|(name, _)| name).collect()
    }

    /// Adds the gradients of the sum of `roots` by the parameters `names`.
    fn backward(&mut self, roots: &[&Tensor], names: &[&str]) -> Result<(), NetworkError> {
        self.backward_to(roots, names, &[]).map(drop)
    }

    /// Adds the gradients of the sum of `roots` by the parameters `names`, and returns those by `leaves`. A
    /// gradient is undefined if no root depends on its leaf.
    fn backward_to(
        &mut self,
        roots: &[&Tensor],
        names: &[&str],
        leaves: &[&Tensor],
    ) -> Result<Vec<Tensor>, NetworkError> {
        let mut inputs = leaves.to_vec();
        for name in names {
            inputs.push(self.weights.get(name)?);
        }
        let mut gradients = Tensor::f_run_backward(roots, &inputs, false, false)?;
        let by_parameters = gradients.split_off(leaves.len());
        let _guard = tch::no_grad_guard();
        for (name, gradient) in names.iter().zip(by_parameters) {
            if gradient.defined() {
                let sum = &mut self.sums[self.places[name]];
                match sum {
                    Some(sum) => drop(sum.f_add_(&gradient)?),
                    None => *sum = Some(gradient),
                }
            }
        }
        Ok(gradients)
    }

    /// Returns the gradients of all parameters, which are 0 for unused ones.
    fn finish(self) -> Result<Vec<Tensor>, NetworkError> {
        let parameters = self.weights.parameters();
        let gradient = |(sum, (_, parameter)): (Option<Tensor>, (&str, &Tensor))| match sum {
            Some(sum) => Ok(sum),
            None => Ok(parameter.f_zeros_like()?),
        };
        self.sums.into_iter().zip(parameters).map(gradient).collect()
    }
}

impl MultiPath {
    /// Differentiates an objective of the readings in training mode.
    ///
    /// # Arguments
    ///
    /// * `input` - the output of the first CPB, with its autograd graph
    /// * `read_out` - a function from the pooled maps that the readout sees to the objective
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError::MissingTensor`], or the errors of libtorch and of `read_out`.
    pub(crate) fn differentiate(
        &self,
        layers: Layers<'_>,
        input: &Tensor,
        read_out: &mut dyn FnMut(&[Tensor]) -> Result<Tensor, NetworkError>,
    ) -> Result<Differentiated, NetworkError> {
        let mut collected = Collected::new(layers.weights);
        let stage = self.stage(layers, input);
        let stems = stage.stems(input)?;
        let leaves = stems
            .iter()
            .map(|(&drive, stem)| Ok((drive, stem.f_detach()?.f_set_requires_grad(true)?)))
            .collect::<Result<BTreeMap<_, _>, NetworkError>>()?;

        let training = Pass::Training(&self.statistics);
        let mut sums = {
            let _guard = tch::no_grad_guard();
            let mut sums = BTreeMap::new();
            for segment in &self.division.recomputed {
                add_to(&mut sums, stage.pooled(segment, &leaves, training)?)?;
            }
            sums
        };
        let kept = stage.pooled(&self.division.kept, &leaves, training)?;
        self.statistics.apply(layers.weights)?;
        let detached = |(&reading, map): (&usize, &Tensor)| Ok((reading, map.f_detach()?));
        add_to(&mut sums, kept.iter().map(detached).collect::<Result<_, NetworkError>>()?)?;
        let sums = sums
            .into_iter()
            .map(|(reading, sum)| Ok((reading, sum.f_set_requires_grad(true)?)))
            .collect::<Result<BTreeMap<_, _>, NetworkError>>()?;

        let seen: Vec<Tensor> = self.seen.iter().map(|reading| sums[reading].shallow_clone()).collect();
        let objective = read_out(&seen)?;
        let by_sums: Vec<&Tensor> = sums.values().collect();
        let slopes = collected.backward_to(&[&objective], &collected.all(), &by_sums)?;
        let slopes: BTreeMap<usize, Tensor> = sums.keys().copied().zip(slopes).collect();

        let mut by_stems = BTreeMap::new();
        let mut backward = |segment: &Segment, pooled: BTreeMap<usize, Tensor>| {
            let found = segment_backward(&mut collected, segment, &pooled, &slopes, &leaves)?;
            add_to(&mut by_stems, found)
        };
        backward(&self.division.kept, kept)?;
        for segment in &self.division.recomputed {
            backward(segment, stage.pooled(segment, &leaves, Pass::Recomputation)?)?;
        }
        let roots = by_stems
            .iter()
            .map(|(drive, slope)| Ok(stems[drive].f_mul(slope)?))
            .collect::<Result<Vec<_>, NetworkError>>()?;
        if !roots.is_empty() {
            let all = collected.all();
            collected.backward(&roots.iter().collect::<Vec<_>>(), &all)?;
        }
        Ok(Differentiated { gradients: collected.finish()?, objective })
    }
}

/// Runs the backward pass from a segment's sums to the parameters on its paths, and returns the gradients by
/// the stems.
fn segment_backward(
    collected: &mut Collected<'_>,
    segment: &Segment,
    pooled: &BTreeMap<usize, Tensor>,
    slopes: &BTreeMap<usize, Tensor>,
    leaves: &BTreeMap<usize, Tensor>,
) -> Result<BTreeMap<usize, Tensor>, NetworkError> {
    // The dot product of the sums with their slopes has the gradients of the objective.
    let roots = pooled
        .iter()
        .filter(|(reading, _)| slopes[reading].defined())
        .map(|(reading, map)| Ok(map.f_mul(&slopes[reading])?))
        .collect::<Result<Vec<_>, NetworkError>>()?;
    if roots.is_empty() {
        return Ok(BTreeMap::new());
    }
    let parts =
        |layer: &LayerName| [TensorPart::Weight, TensorPart::Bias].map(|part| layer.tensor(part).to_string());
    let kernels = segment.kernels.iter().map(TensorName::to_string);
    let names: Vec<String> = kernels.chain(segment.normalizations.iter().flat_map(parts)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let stems: Vec<&Tensor> = segment.stems.iter().map(|stem| &leaves[stem]).collect();
    let found = collected.backward_to(&roots.iter().collect::<Vec<_>>(), &names, &stems)?;
    Ok(segment.stems.iter().copied().zip(found).filter(|(_, gradient)| gradient.defined()).collect())
}

fn add_to(sums: &mut BTreeMap<usize, Tensor>, found: BTreeMap<usize, Tensor>) -> Result<(), NetworkError> {
    let _guard = tch::no_grad_guard();
    for (key, tensor) in found {
        match sums.get_mut(&key) {
            Some(sum) => drop(sum.f_add_(&tensor)?),
            None => drop(sums.insert(key, tensor)),
        }
    }
    Ok(())
}
