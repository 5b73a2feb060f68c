//! The readout, from maps of the top block to predicted responses (paper, Fig. 2 and Eqs. 2a-2e).

use super::layers::activate;
use crate::error::NetworkError;
use crate::weights::Weights;
use pathscope_core::circuit::{Activation, Readout, TensorName};
use tch::Tensor;

/// Returns which of `iterations` iterations a readout mode sees.
pub(super) fn iterations_seen(readout: Readout, iterations: usize) -> Vec<usize> {
    match readout {
        Readout::NoAvg => vec![iterations],
        Readout::EarlyAvg | Readout::LateAvg | Readout::TwoAvg => (1..=iterations).collect(),
    }
}

/// Reads predictions out of pooled maps.
///
/// # Arguments
///
/// * `pooled` - the map of each iteration in [`iterations_seen`], \[batch, channels, height, width\]. Pooling
///   is linear, so averages over iterations are taken after it, on smaller maps.
///
/// # Returns
///
/// \[readings, batch, neurons\], whose mean over readings is the prediction. There is one reading for each
/// iteration with late-avg and 2-avg, and a single one with no-avg and early-avg.
pub(super) fn read_out(
    weights: &Weights,
    readout: Readout,
    activation: Activation,
    pooled: &[Tensor],
) -> Result<Tensor, NetworkError> {
    let maps = match readout {
        Readout::NoAvg | Readout::LateAvg => Tensor::f_stack(pooled, 0)?,
        Readout::EarlyAvg => Tensor::f_stack(pooled, 0)?.f_mean_dim([0].as_slice(), true, None)?,
        Readout::TwoAvg => cumulative_averages(pooled)?,
    };
    let size = maps.size();
    let (readings, batch) = (size[0], size[1]);
    let kernel = factorized_kernel(weights)?;
    let drive = maps
        .f_reshape([readings * batch, -1])?
        .f_linear(&kernel, Some(weights.get(TensorName::READOUT_BIAS)?))?
        .f_reshape([readings, batch, -1])?;
    Ok(activate(activation, &drive)?)
}

/// Returns the averages of Eq. 2e for all t, \[iterations, batch, channels, height, width\].
fn cumulative_averages(maps: &[Tensor]) -> Result<Tensor, NetworkError> {
    let mut averages = Vec::with_capacity(maps.len());
    let mut sum: Option<Tensor> = None;
    for (index, map) in maps.iter().enumerate() {
        let next = match &sum {
            None => map.shallow_clone(),
            Some(sum) => sum.f_add(map)?,
        };
        averages.push(next.f_div_scalar((index + 1) as f64)?);
        sum = Some(next);
    }
    Ok(Tensor::f_stack(&averages, 0)?)
}

/// Returns feature\[n, c\] · spatial\[n, x, y\] as a matrix \[neurons, channels · height · width\].
fn factorized_kernel(weights: &Weights) -> Result<Tensor, NetworkError> {
    let feature = weights.get(TensorName::READOUT_FEATURE)?;
    let spatial = weights.get(TensorName::READOUT_SPATIAL)?;
    let neurons = spatial.size()[0];
    let kernel = feature.f_unsqueeze(2)?.f_mul(&spatial.f_reshape([neurons, 1, -1])?)?;
    Ok(kernel.f_reshape([neurons, -1])?)
}
