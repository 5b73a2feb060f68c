//! The loss and the penalties of training (paper, C.3).

use crate::error::NetworkError;
use crate::weights::Weights;
use pathscope::study::run::settings::Loss;
use pathscope_core::circuit::TensorName;
use tch::{TchError, Tensor};

/// The offset that keeps the logarithm of the Poisson loss finite for predictions of 0.
const POISSON_OFFSET: f64 = 1e-5;

/// The Laplacian kernel of the smoothness penalty, by rows.
const LAPLACIAN: [f32; 9] = [0.25, 0.5, 0.25, 0.5, -3.0, 0.5, 0.25, 0.5, 0.25];

/// Returns the loss between readings and recorded responses.
///
/// # Arguments
///
/// * `readings` - the readings of the network, \[readings, batch, neurons\]
/// * `responses` - \[batch, neurons\]
///
/// # Returns
///
/// (ŷ - y)² or ŷ - y ln(ŷ + 1e-5), averaged over readings, images and neurons. With late-avg and 2-avg, this
/// is the average of the losses of single iterations.
pub fn prediction_loss(loss: Loss, readings: &Tensor, responses: &Tensor) -> Result<Tensor, TchError> {
    match loss {
        Loss::Mse => readings.f_sub(responses)?.f_square()?.f_mean(None),
        Loss::Poisson => {
            let logarithm = readings.f_add_scalar(POISSON_OFFSET)?.f_log()?;
            readings.f_sub(&logarithm.f_mul(responses)?)?.f_mean(None)
        }
    }
}

/// Returns the mean over neurons of ‖feature‖₁ · ‖spatial‖₁.
pub fn readout_penalty(weights: &Weights) -> Result<Tensor, NetworkError> {
    let feature = weights.get(TensorName::READOUT_FEATURE)?.f_abs()?;
    let spatial = weights.get(TensorName::READOUT_SPATIAL)?.f_abs()?;
    let feature = feature.f_sum_dim_intlist([1].as_slice(), false, None)?;
    let spatial = spatial.f_sum_dim_intlist([1, 2].as_slice(), false, None)?;
    Ok(feature.f_mul(&spatial)?.f_mean(None)?)
}

/// Returns the sum over the first block's kernels of ‖k * L‖² / ‖k‖² with the Laplacian
/// L = \[¼ ½ ¼; ½ -3 ½; ¼ ½ ¼\] and zeros around the kernel (Klindt et al. 2017, section 5.2).
pub fn smoothness_penalty(weights: &Weights) -> Result<Tensor, NetworkError> {
    let kernels = weights.get(TensorName::FIRST_WEIGHT)?;
    let size = kernels.size();
    let kernels = kernels.f_reshape([size[0] * size[1], 1, size[2], size[3]])?;
    let laplacian = Tensor::from_slice(&LAPLACIAN).f_reshape([1, 1, 3, 3])?.f_to_kind(kernels.f_kind()?)?;
    let laplacian = laplacian.f_to_device(kernels.device())?;
    let rough = kernels.f_conv2d(&laplacian, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 1)?;
    let energy = |maps: &Tensor| maps.f_square()?.f_sum_dim_intlist([1, 2, 3].as_slice(), false, None);
    // A kernel of zeros has no roughness. A tiny divisor in place of 0 gives this result.
    let norm = energy(&kernels)?.f_clamp_min(f64::from(f32::MIN_POSITIVE))?;
    Ok(energy(&rough)?.f_div(&norm)?.f_sum(None)?)
}
