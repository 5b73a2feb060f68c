//! Normalizations of weights: by their norm, or by their mean and variance.

use super::call::Call;
use super::elementwise::combine;
use super::reductions::{mean, reduce, variance};
use super::table::{Kernel, Row};
use super::{Content, Reason, Tensor, shapes};
use crate::program::Element;
use Kernel::{Computed, Several};

/// Returns the normalizations that are computed.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("_weight_norm", Computed(|call| weight_norm(call).map(|(weight, _)| Content::Array(weight)))),
        (
            "_weight_norm_interface",
            Several(|call| weight_norm(call).map(|(weight, norms)| arrays([weight, norms]))),
        ),
        ("norm_except_dim", Computed(norm_except)),
        ("batch_norm", Computed(|call| batch_norm(call, call.flag("training", false)?))),
        (
            "_native_batch_norm_legit",
            Several(|call| Ok(vec![batch_norm(call, call.flag("training", false)?)?])),
        ),
        ("_native_batch_norm_legit_no_training", Several(|call| Ok(vec![batch_norm(call, false)?]))),
        ("group_norm", Computed(|call| group_norm(call, "num_groups"))),
        ("native_group_norm", Several(|call| Ok(vec![group_norm(call, "group")?]))),
        ("layer_norm", Computed(layer_norm)),
        ("native_layer_norm", Several(|call| Ok(vec![layer_norm(call)?]))),
    ]
}

fn arrays<T, const N: usize>(arrays: [Tensor<T>; N]) -> Vec<Content<T>> {
    arrays.into_iter().map(Content::Array).collect()
}

/// Returns the norms of what stands along all axes but one; along all axes if that one is -1.
fn norms_except<T: Element>(array: &Tensor<T>, along: i64) -> Result<Tensor<T>, Reason> {
    let kept = if along == -1 { None } else { Some(super::call::axis("dim", along, array.ndim())?) };
    let axes: Vec<usize> = (0..array.ndim()).filter(|&axis| Some(axis) != kept).collect();
    let norm = |lane: &[f64]| lane.iter().map(|number| number * number).sum::<f64>().sqrt();
    Ok(reduce(array, &axes, kept.is_some(), norm))
}

fn weight_norm<T: Element>(call: &Call<T>) -> Result<(Tensor<T>, Tensor<T>), Reason> {
    let direction = call.tensor("v")?;
    let norms = norms_except(&direction, call.int("dim", Some(0))?)?;
    let weight =
        combine(&[direction, call.tensor("g")?, norms.clone()], |v| v[0] * (v[1] / v[2]), call.limits)?;
    Ok((weight, norms))
}

fn norm_except<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    if call.int("pow", Some(2))? != 2 {
        return Err(Reason::Only("for the norm with pow 2"));
    }
    norms_except(&call.tensor("v")?, call.int("dim", Some(0))?).map(Content::Array)
}

/// Shapes a vector with a number for each channel like an image with these many axes.
fn by_channel<T: Element>(vector: &Tensor<T>, dimensions: usize) -> Result<Tensor<T>, Reason> {
    let mut shape = vec![1; dimensions];
    shape[1] = vector.len();
    shapes::reshape(vector, &shape)
}

/// Multiplies by `weight` and adds `bias`, where they are given.
fn scaled_and_shifted<T: Element>(
    call: &Call<T>,
    array: Tensor<T>,
    shaped: impl Fn(&Tensor<T>) -> Result<Tensor<T>, Reason>,
) -> Result<Content<T>, Reason> {
    let mut array = array;
    if let Some(weight) = call.optional_tensor("weight")? {
        array = combine(&[array, shaped(&weight)?], |v| v[0] * v[1], call.limits)?;
    }
    if let Some(bias) = call.optional_tensor("bias")? {
        array = combine(&[array, shaped(&bias)?], |v| v[0] + v[1], call.limits)?;
    }
    Ok(Content::Array(array))
}

fn normalized<T: Element>(
    array: Tensor<T>,
    means: Tensor<T>,
    variances: Tensor<T>,
    call: &Call<T>,
    epsilon: Option<f64>,
) -> Result<Tensor<T>, Reason> {
    let epsilon = Tensor::from_elem(&[][..], T::of(call.number("eps", epsilon)?));
    combine(&[array, means, variances, epsilon], |v| (v[0] - v[1]) / (v[2] + v[3]).sqrt(), call.limits)
}

fn batch_norm<T: Element>(call: &Call<T>, training: bool) -> Result<Content<T>, Reason> {
    let array = call.tensor("input")?;
    let dimensions = array.ndim();
    if dimensions < 2 {
        return Err(Reason::argument("input", "a tensor with channels"));
    }
    let running = [call.optional_tensor("running_mean")?, call.optional_tensor("running_var")?];
    let (means, variances) = match (training, running) {
        (true, [None, None]) => {
            let axes: Vec<usize> = (0..dimensions).filter(|&axis| axis != 1).collect();
            (reduce(&array, &axes, true, mean), reduce(&array, &axes, true, |lane| variance(lane, 0.0)))
        }
        (false, [Some(means), Some(variances)]) => {
            (by_channel(&means, dimensions)?, by_channel(&variances, dimensions)?)
        }
        _ => return Err(Reason::Only("in evaluation mode, or in training mode without running statistics")),
    };
    let array = normalized(array, means, variances, call, None)?;
    scaled_and_shifted(call, array, |vector| by_channel(vector, dimensions))
}

fn group_norm<T: Element>(call: &Call<T>, groups: &str) -> Result<Content<T>, Reason> {
    let array = call.tensor("input")?;
    let shape = array.shape().to_vec();
    let groups = call.count(groups, None)?;
    if shape.len() < 2 || shape[1].checked_rem(groups) != Some(0) {
        return Err(Reason::argument("num_groups", "a number that divides the channels"));
    }
    let lane = array.len().checked_div(shape[0] * groups).unwrap_or(0);
    let grouped = shapes::reshape(&array, &[shape[0], groups, lane])?;
    let (means, variances) =
        (reduce(&grouped, &[2], true, mean), reduce(&grouped, &[2], true, |lane| variance(lane, 0.0)));
    let grouped = normalized(grouped, means, variances, call, Some(1e-5))?;
    scaled_and_shifted(call, shapes::reshape(&grouped, &shape)?, |vector| by_channel(vector, shape.len()))
}

fn layer_norm<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let array = call.tensor("input")?;
    let normal = call.ints("normalized_shape", &[])?.len();
    let Some(first) = array.ndim().checked_sub(normal) else {
        return Err(Reason::argument("normalized_shape", "the shape of the last axes"));
    };
    let axes: Vec<usize> = (first..array.ndim()).collect();
    let (means, variances) =
        (reduce(&array, &axes, true, mean), reduce(&array, &axes, true, |lane| variance(lane, 0.0)));
    let array = normalized(array, means, variances, call, Some(1e-5))?;
    scaled_and_shifted(call, array, |weight| Ok(weight.clone()))
}
