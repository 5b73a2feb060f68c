//! Adam (Kingma and Ba 2015, algorithm 1), as PyTorch computes it.

use crate::error::NetworkError;
use crate::weights::Weights;
use tch::{Kind, TchError, Tensor};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The state of Adam. The moments of all parameters are concatenated in the order of their names, so that a
/// step takes few operations on long vectors instead of many on short ones.
#[derive(Debug)]
pub struct Adam {
    /// Running mean of the gradient.
    pub first: Tensor,
    /// Running mean of the squared gradient.
    pub second: Tensor,
    /// Number of steps taken.
    pub steps: u64,
}

impl Adam {
    /// Returns the state before the first step.
    ///
    /// # Errors
    ///
    /// Returns [`TchError`] if there is too little memory.
    pub fn new(weights: &Weights) -> Result<Self, TchError> {
        let device = weights.parameters().next().map_or(tch::Device::Cpu, |(_, tensor)| tensor.device());
        let zeros = || Tensor::f_zeros([weights.parameter_count() as i64], (Kind::Float, device));
        Ok(Self { first: zeros()?, second: zeros()?, steps: 0 })
    }

    /// Updates the parameters.
    ///
    /// # Arguments
    ///
    /// * `weights` - the parameters
    /// * `gradients` - the gradient of each parameter, in the order of [`Weights::parameters`]
    /// * `rate` - the learning rate
    ///
    /// # Errors
    ///
    /// Returns [`TchError`] if gradients and parameters differ in shape.
    pub fn step(&mut self, weights: &Weights, gradients: &[Tensor], rate: f64) -> Result<(), NetworkError> {
        let _guard = tch::no_grad_guard();
        self.steps += 1;
        let flat =
            gradients.iter().map(|gradient| gradient.f_reshape([-1])).collect::<Result<Vec<_>, _>>()?;
        let gradient = Tensor::f_cat(&flat, 0)?;
        let power = self.steps.min(i32::MAX as u64) as i32;
        let (correction_1, correction_2) = (1.0 - BETA_1.powi(power), 1.0 - BETA_2.powi(power));
        let _ = self.first.f_mul_scalar_(BETA_1)?.f_add_(&gradient.f_mul_scalar(1.0 - BETA_1)?)?;
        let _ =
            self.second.f_mul_scalar_(BETA_2)?.f_add_(&gradient.f_square()?.f_mul_scalar_(1.0 - BETA_2)?)?;
        let mut scale = self.second.f_sqrt()?;
        let scale = scale.f_divide_scalar_(correction_2.sqrt())?.f_add_scalar_(EPSILON)?;
        let update = self.first.f_div(&scale)?.f_mul_scalar_(rate / correction_1)?;
        let mut start = 0;
        for (_, parameter) in weights.parameters() {
            let length = parameter.numel() as i64;
            let part = update.f_narrow(0, start, length)?.f_reshape(parameter.size())?;
            let _ = parameter.shallow_clone().f_sub_(&part)?;
            start += length;
        }
        Ok(())
    }

    /// Returns a deep copy.
    ///
    /// # Errors
    ///
    /// Returns [`TchError`] if there is too little memory.
    pub fn copy(&self) -> Result<Self, TchError> {
        let copy = |tensor: &Tensor| {
            let mut copy = tensor.f_empty_like()?;
            copy.f_copy_(tensor)?;
            Ok::<_, TchError>(copy)
        };
        Ok(Self { first: copy(&self.first)?, second: copy(&self.second)?, steps: self.steps })
    }
}
