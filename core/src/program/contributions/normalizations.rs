//! The decomposition of normalizations: centering is linear, and the scale is fixed (DESIGN §8).

use super::super::kernels::{Reason, Tensor, reshape};
use super::broadcast;
use super::gates::along_channels;
use super::linear::Linear;
use super::linearize::{Site, base, content, first};
use super::maps::Map;
use crate::program::Element;
use crate::program::rules::Rule;
use crate::statistics::mean;
use ndarray::ArrayD;

/// The default ε of a root mean square normalization: the gap between 1 and the next single-precision number.
const EPSILON: f64 = f32::EPSILON as f64;

pub(super) fn normalization<T: Element>(site: &Site<'_, '_, T>, rule: Rule) -> Result<Linear<T>, Reason> {
    let call = site.call;
    let by_running = match rule {
        Rule::BatchNormalization => true,
        Rule::InstanceNormalization => !call.flag("use_input_stats", true)?,
        _ => false,
    };
    if by_running && call.optional_tensor("running_var")?.is_some() {
        return by_running_statistics(site);
    }
    over_the_image(site, rule)
}

fn epsilon<T: Element>(site: &Site<'_, '_, T>) -> Result<f64, Reason> {
    let name = if site.call.has("epsilon") { "epsilon" } else { "eps" };
    site.call.number(name, None)
}

/// Decomposes γ/√(σ² + ε) · (x - μ) + β with running mean μ and variance σ².
fn by_running_statistics<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let (call, epsilon) = (site.call, epsilon(site)?);
    let variance = call.tensor("running_var")?;
    let mean = call.tensor("running_mean")?;
    let ones = || Tensor::from_elem(variance.raw_dim(), T::one());
    let gamma = call.optional_tensor("weight")?.unwrap_or_else(ones);
    let beta = call.optional_tensor("bias")?.unwrap_or_else(|| Tensor::zeros(variance.raw_dim()));
    let same = [&mean, &gamma, &beta].iter().all(|numbers| numbers.shape() == variance.shape());
    if !same {
        return Err(Reason::Shapes { first: variance.shape().to_vec(), second: gamma.shape().to_vec() });
    }
    let scale: Vec<f64> = variance
        .iter()
        .zip(&gamma)
        .map(|(variance, gamma)| gamma.double() / (variance.double() + epsilon).sqrt())
        .collect();
    let shift = scale.iter().zip(mean.iter().zip(&beta));
    let shift: Vec<T> =
        shift.map(|(scale, (mean, beta))| T::of(beta.double() - mean.double() * scale)).collect();
    let scale: Vec<T> = scale.into_iter().map(T::of).collect();
    let axes = site.output.ndim();
    let tensor =
        |numbers: Vec<T>| along_channels(&ndarray::Array1::from(numbers).into_dyn().into_shared(), axes);
    let (scale, shift) = (tensor(scale)?, tensor(shift)?);
    Ok(Linear::of(first(site)?, Map::Scaled(scale)).with_constant(Some(shift)))
}

/// Decomposes a normalization by mean and variance, or by mean square, of parts of the image.
fn over_the_image<T: Element>(site: &Site<'_, '_, T>, rule: Rule) -> Result<Linear<T>, Reason> {
    let call = site.call;
    let input = first(site)?;
    let numbers = content(site, input)?;
    let shape = numbers.shape().to_vec();
    let images = shape.first().copied().unwrap_or(1);
    let is_mean_square = base(call.operation).contains("rms_norm");
    let channels = shape.get(1).copied().unwrap_or(1);
    let rows = match rule {
        Rule::GroupNormalization => {
            let name = if call.has("group") { "group" } else { "num_groups" };
            images * call.count(name, None)?
        }
        Rule::LayerNormalization => {
            let normalized = call.ints("normalized_shape", &[])?.len();
            shape.iter().rev().skip(normalized).product()
        }
        // Decomposed instance normalizations are batch normalizations of a single image.
        _ => images * channels,
    };
    let epsilon = if is_mean_square && !call.has("eps") { EPSILON } else { epsilon(site)? };
    let scale = scales(&numbers, rows, epsilon, !is_mean_square)?;
    let parameter = |name: &str| -> Result<Option<Tensor<T>>, Reason> {
        let Some(numbers) = call.optional_tensor(name)? else { return Ok(None) };
        match rule {
            Rule::LayerNormalization => Ok(Some(numbers)),
            _ => along_channels(&numbers, shape.len()).map(Some),
        }
    };
    let scale = match parameter("weight")? {
        Some(gamma) => broadcast::product(scale, &gamma)?,
        None => scale,
    };
    let map = match is_mean_square {
        true => Map::Scaled(scale),
        false => Map::Chain(vec![Map::Centered { rows }, Map::Scaled(scale)]),
    };
    Ok(Linear::of(input, map).with_constant(parameter("bias")?))
}

/// Returns 1/√(variance + ε) of each row, at every element of the row.
fn scales<T: Element>(
    numbers: &Tensor<T>,
    rows: usize,
    epsilon: f64,
    centered: bool,
) -> Result<Tensor<T>, Reason> {
    let flat = reshape(numbers, &[numbers.len()])?;
    let elements: Vec<f64> = flat.iter().map(|number| number.double()).collect();
    let columns =
        elements.len().checked_div(rows).filter(|&columns| columns > 0 && columns * rows == elements.len());
    let columns =
        columns.ok_or_else(|| Reason::Shapes { first: numbers.shape().to_vec(), second: vec![rows] })?;
    let mut scales = Vec::with_capacity(elements.len());
    for row in elements.chunks(columns) {
        let center = if centered { mean(row.iter().copied()) } else { 0.0 };
        let variance = mean(row.iter().map(|number| (number - center).powi(2)));
        let scale = T::of((variance + epsilon).sqrt().recip());
        scales.extend(std::iter::repeat_n(scale, columns));
    }
    ArrayD::from_shape_vec(numbers.shape(), scales)
        .map(ArrayD::into_shared)
        .map_err(|_| Reason::Shapes { first: numbers.shape().to_vec(), second: vec![rows] })
}
