//! Running statistics of a network whose weights come from another one.

use crate::error::NetworkError;
use crate::network::{Mode, Network};
use crate::training::Recordings;
use tch::Device;

/// Returns the network with the running statistics of all its normalizations estimated anew: their averages
/// over the minibatches of some images, each normalized by its own statistics as in training.
///
/// The statistics of a recurrent model's normalizations are of sums over paths, and its multi-path model
/// normalizes every path by itself, so that what was copied tells nothing about that.
///
/// # Arguments
///
/// * `images` - those of training
/// * `batch` - images of a minibatch; what does not fill one is left out, unless there is only one
///
/// # Errors
///
/// As of [`Network::readings`].
///
/// # Complexity
///
/// That of a forward pass over all images.
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
