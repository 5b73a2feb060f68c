//! Estimation of running statistics for a network with the weights of another one.

use crate::error::NetworkError;
use crate::network::{Mode, Network};
use crate::training::Recordings;
use tch::Device;

/// Returns the network with new running statistics for all normalizations: averages over minibatches, each
/// normalized by its own statistics as in training.
///
/// The statistics of a recurrent model describe sums over paths. Its multi-path model normalizes every path
/// separately, so copied statistics do not fit.
///
/// # Arguments
///
/// * `images` - the training images
/// * `batch` - the size of a minibatch; an incomplete last one is left out, unless it is the only one
///
/// # Errors
///
/// Returns the errors of [`Network::readings`].
///
/// # Complexity
///
/// One forward pass over all images.
pub fn estimate_statistics(
    network: Network,
    images: &Recordings,
    batch: usize,
    device: Device,
) -> Result<Network, NetworkError> {
    let _guard = tch::no_grad_guard();
    let architecture = network.architecture().clone();
    let weights = network.weights().copy_to(device, false)?;
    let mut averaging = Network::new(architecture.clone(), weights)?;
    let number = images.images.size()[0] as usize;
    let batch = batch.min(number);
    for step in 0..number / batch {
        averaging.average_statistics(step + 1);
        let seen = images.images.f_narrow(0, (step * batch) as i64, batch as i64)?;
        let _ = averaging.readings(&seen, Mode::Training)?;
    }
    Network::new(architecture, averaging.weights().copy_to(device, false)?)
}
