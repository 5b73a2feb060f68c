//! Normalizations by running statistics, or by the mean and variance of an image.

use super::shapes::into_elements;
use super::table::{Kernel, Results, Row};
use super::{Call, Content, Reason, Tensor, array, shapes};
use crate::program::{Element, Operation};
use crate::statistics::{mean, variance};
use Kernel::{Computed, Several};
use rayon::prelude::*;

/// Returns the kernels of normalizations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("batch_norm", Computed(|call| batch_norm(call, call.flag("training", false)?))),
        ("native_batch_norm", Several(|call| first(batch_norm(call, call.flag("training", false)?)))),
        ("cudnn_batch_norm", Several(|call| first(batch_norm(call, call.flag("training", false)?)))),
        ("_native_batch_norm_legit", Several(|call| first(batch_norm(call, call.flag("training", false)?)))),
        ("_native_batch_norm_legit_no_training", Several(|call| first(batch_norm(call, false)))),
        (
            "_native_batch_norm_legit_functional",
            Several(|call| first(batch_norm(call, call.flag("training", false)?))),
        ),
        ("_batch_norm_no_update", Several(|call| first(batch_norm(call, false)))),
        ("group_norm", Computed(|call| only(group_norm(call, "num_groups")))),
        ("native_group_norm", Several(|call| group_norm(call, "group"))),
        ("layer_norm", Computed(|call| only(layer_norm(call)))),
        ("native_layer_norm", Several(layer_norm)),
        ("rms_norm", Computed(|call| only(rms_norm(call)))),
        ("_fused_rms_norm", Several(rms_norm)),
        ("instance_norm", Computed(instance_norm)),
    ]
}

fn first<T>(content: Result<Content<T>, Reason>) -> Results<T> {
    content.map(|content| vec![content])
}

fn only<T>(contents: Results<T>) -> Result<Content<T>, Reason> {
    contents.map(|mut contents| contents.swap_remove(0))
}

/// Reshapes a vector with a number for each channel to broadcast over an image with the given number of axes.
pub(super) fn by_channel<T: Element>(vector: &Tensor<T>, dimensions: usize) -> Result<Tensor<T>, Reason> {
    let mut shape = vec![1; dimensions];
    shape[1] = vector.len();
    shapes::reshape(vector, &shape)
}

/// Returns the ε that is added to a variance.
fn epsilon<T: Element>(call: &Call<T>, default: Option<f64>) -> Result<f64, Reason> {
    call.number(if call.has("epsilon") { "epsilon" } else { "eps" }, default)
}

/// Returns a number for each channel; a default for all where the tensor is not given.
fn of_channels<T: Element>(
    call: &Call<T>,
    name: &str,
    channels: usize,
    default: f64,
) -> Result<Vec<f64>, Reason> {
    let Some(tensor) = call.optional_tensor(name)? else { return Ok(vec![default; channels]) };
    if tensor.len() != channels {
        return Err(Reason::Shapes { first: tensor.shape().to_vec(), second: vec![channels] });
    }
    Ok(tensor.iter().map(|number| number.double()).collect())
}

/// Multiplies by a factor of the channel and adds a shift.
///
/// # Arguments
///
/// * `rest` - the number of elements of a channel in an image
fn scaled_and_shifted<T: Element>(from: &[T], rest: usize, factors: &[f64], shifts: &[f64]) -> Vec<T> {
    let mut elements = vec![T::zero(); from.len()];
    let of_channel = |(number, (to, from)): (usize, (&mut [T], &[T]))| {
        let number = number % factors.len();
        let (factor, shift) = (T::of(factors[number]), T::of(shifts[number]));
        to.iter_mut().zip(from).for_each(|(to, &from)| *to = from * factor + shift);
    };
    if rest > 0 && !factors.is_empty() {
        elements.par_chunks_mut(rest).zip(from.par_chunks(rest)).enumerate().for_each(of_channel);
    }
    elements
}

fn batch_norm<T: Element>(call: &Call<T>, training: bool) -> Result<Content<T>, Reason> {
    let tensor = call.tensor("input")?;
    let shape = tensor.shape().to_vec();
    let &[batch, channels, ..] = &shape[..] else {
        return Err(Reason::argument("input", "a tensor with channels"));
    };
    let rest: usize = shape[2..].iter().product();
    let epsilon = epsilon(call, None)?;
    let ordered = tensor.as_standard_layout();
    let elements = ordered.as_slice().unwrap_or(&[]);
    let (means, variances) = match (training, call.has("running_mean") || call.has("running_var")) {
        (true, false) => statistics_of_channels(elements, batch, channels, rest),
        (false, true) => (
            of_channels(call, "running_mean", channels, 0.0)?,
            of_channels(call, "running_var", channels, 1.0)?,
        ),
        _ => return Err(Reason::Only("in evaluation mode, or in training mode without running statistics")),
    };
    let (weights, biases) =
        (of_channels(call, "weight", channels, 1.0)?, of_channels(call, "bias", channels, 0.0)?);
    let factors: Vec<f64> = variances
        .iter()
        .zip(weights)
        .map(|(variance, weight)| weight / (variance + epsilon).sqrt())
        .collect();
    let of_mean = means.iter().zip(&factors).map(|(mean, factor)| mean * factor);
    let shifts: Vec<f64> = biases.iter().zip(of_mean).map(|(bias, of_mean)| bias - of_mean).collect();
    array(&shape, scaled_and_shifted(elements, rest, &factors, &shifts)).map(Content::Array)
}

/// Returns the mean and variance of every channel over all images.
fn statistics_of_channels<T: Element>(
    elements: &[T],
    batch: usize,
    channels: usize,
    rest: usize,
) -> (Vec<f64>, Vec<f64>) {
    let of_channel = |channel: usize| {
        let numbers: Vec<f64> = (0..batch)
            .flat_map(|image| &elements[(image * channels + channel) * rest..][..rest])
            .map(|number| number.double())
            .collect();
        (mean(numbers.iter().copied()), variance(&numbers, 0.0))
    };
    (0..channels).map(of_channel).unzip()
}

/// Normalizes consecutive lanes of elements, and returns their means and the factors that were applied.
///
/// # Arguments
///
/// * `centers` - whether the mean is subtracted
fn normalize<T: Element>(
    elements: &mut [T],
    lane: usize,
    epsilon: f64,
    centers: bool,
) -> (Vec<f64>, Vec<f64>) {
    let of_lane = |lane: &mut [T]| {
        let center = if centers { mean(lane.iter().map(|number| number.double())) } else { 0.0 };
        let variance = mean(lane.iter().map(|number| (number.double() - center).powi(2)));
        let factor = (variance + epsilon).sqrt().recip();
        lane.iter_mut().for_each(|number| *number = T::of((number.double() - center) * factor));
        (center, factor)
    };
    if lane == 0 { (Vec::new(), Vec::new()) } else { elements.par_chunks_mut(lane).map(of_lane).unzip() }
}

fn numbers<T: Element>(shape: &[usize], numbers: Vec<f64>) -> Result<Content<T>, Reason> {
    array(shape, numbers.into_iter().map(T::of).collect()).map(Content::Array)
}

fn group_norm<T: Element>(call: &Call<T>, groups: &str) -> Results<T> {
    let tensor = call.tensor("input")?;
    let shape = tensor.shape().to_vec();
    let groups = call.count(groups, None)?;
    if shape.len() < 2 || shape[1].checked_rem(groups) != Some(0) {
        return Err(Reason::argument("num_groups", "a number that divides the channels"));
    }
    let rest: usize = shape[2..].iter().product();
    let mut elements = into_elements(tensor);
    let (means, factors) =
        normalize(&mut elements, shape[1] / groups * rest, epsilon(call, Some(1e-5))?, true);
    let (weights, biases) =
        (of_channels(call, "weight", shape[1], 1.0)?, of_channels(call, "bias", shape[1], 0.0)?);
    if call.has("weight") || call.has("bias") {
        elements = scaled_and_shifted(&elements, rest, &weights, &biases);
    }
    let statistics = [shape[0], groups];
    let normalized = Content::Array(array(&shape, elements)?);
    Ok(vec![normalized, numbers(&statistics, means)?, numbers(&statistics, factors)?])
}

/// Normalizes the last axes, as many as `normalized_shape` has, with a weight for each element.
fn over_last_axes<T: Element>(call: &Call<T>, epsilon: f64, centers: bool) -> Results<T> {
    let tensor = call.tensor("input")?;
    let shape = tensor.shape().to_vec();
    let normal = call.ints("normalized_shape", &[])?.len();
    let Some(first) = shape.len().checked_sub(normal) else {
        return Err(Reason::argument("normalized_shape", "the shape of the last axes"));
    };
    let lane: usize = shape[first..].iter().product();
    let mut elements = into_elements(tensor);
    let (means, factors) = normalize(&mut elements, lane, epsilon, centers);
    let (weights, biases) = (of_channels(call, "weight", lane, 1.0)?, of_channels(call, "bias", lane, 0.0)?);
    if lane > 0 && (call.has("weight") || call.has("bias")) {
        let scale = |lane: &mut [T]| {
            for ((element, &weight), &bias) in lane.iter_mut().zip(&weights).zip(&biases) {
                *element = *element * T::of(weight) + T::of(bias);
            }
        };
        elements.par_chunks_mut(lane).for_each(scale);
    }
    let statistics = [&shape[..first], vec![1; normal].as_slice()].concat();
    let normalized = Content::Array(array(&shape, elements)?);
    Ok(vec![normalized, numbers(&statistics, means)?, numbers(&statistics, factors)?])
}

fn layer_norm<T: Element>(call: &Call<T>) -> Results<T> {
    over_last_axes(call, epsilon(call, Some(1e-5))?, true)
}

/// Divides by the root mean square. Without an epsilon, PyTorch uses that of the element type.
fn rms_norm<T: Element>(call: &Call<T>) -> Results<T> {
    let epsilon = epsilon(call, Some(machine_epsilon(call.operation, call)))?;
    let mut results = over_last_axes(call, epsilon, false)?;
    results.remove(1);
    Ok(results)
}

fn machine_epsilon<T: Element>(operation: &Operation, call: &Call<T>) -> f64 {
    let input = operation.tensor("input").and_then(|id| call.program.value(id).tensor.as_ref());
    match input.map(|tensor| tensor.element_type.as_str()) {
        Some("float64") => f64::EPSILON,
        Some("float16") => 2_f64.powi(-10),
        Some("bfloat16") => 2_f64.powi(-7),
        _ => f64::from(f32::EPSILON),
    }
}

fn instance_norm<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    if !call.flag("use_input_stats", true)? {
        return batch_norm(call, false);
    }
    let tensor = call.tensor("input")?;
    let shape = tensor.shape().to_vec();
    let &[_, channels, ..] = &shape[..] else {
        return Err(Reason::argument("input", "a tensor with channels"));
    };
    let rest: usize = shape[2..].iter().product();
    let mut elements = into_elements(tensor);
    normalize(&mut elements, rest, epsilon(call, Some(1e-5))?, true);
    let (weights, biases) =
        (of_channels(call, "weight", channels, 1.0)?, of_channels(call, "bias", channels, 0.0)?);
    if call.has("weight") || call.has("bias") {
        elements = scaled_and_shifted(&elements, rest, &weights, &biases);
    }
    array(&shape, elements).map(Content::Array)
}
