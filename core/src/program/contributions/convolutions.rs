//! The decomposition of convolutions.

use super::super::kernels::convolution::Arguments;
use super::super::kernels::{Reason, Tensor, reshape};
use super::linear::Linear;
use super::linearize::{Site, first};
use super::maps::Map;
use crate::program::Element;

/// Decomposes a convolution into a linear map and its bias.
pub(super) fn convolution<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let Arguments { kernel, bias, convolution, .. } = Arguments::of(site.call)?;
    let constant = bias.map(|bias| column(&bias, site.output.ndim(), kernel.ndim())).transpose()?;
    Ok(Linear::of(first(site)?, Map::Convolved { convolution, kernel }).with_constant(constant))
}

/// Returns a number for each channel, with axes of extent 1 for those that the kernel moves along.
pub(super) fn column<T: Element>(
    bias: &Tensor<T>,
    axes: usize,
    of_kernel: usize,
) -> Result<Tensor<T>, Reason> {
    let moved = of_kernel.saturating_sub(2);
    let mut shape = vec![1; axes];
    match axes.checked_sub(moved + 1) {
        Some(channels) => shape[channels] = bias.len(),
        None => return Err(Reason::Shapes { first: vec![axes], second: vec![of_kernel] }),
    }
    reshape(bias, &shape)
}
