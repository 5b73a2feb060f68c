//! Running statistics of a network whose weights come from another one.

use crate::error::NetworkError;
use crate::network::{Mode, Network};
use crate::training::Recordings;
use tch::Device;

/// The same network with the running statistics of all its normalizations estimated anew: their averages
/// over the minibatches of some images, each normalized by its own statistics as in training.
///
/// The statistics of a recurrent model's normalizations are of sums over paths. In its multi-path model every path
/// has them alone, so that what was copied tells nothing about them.
///
/// # Arguments
///
/// * `images` - those of training
/// * `batch` - images of a minibatch; what does not fill one is left out, unless there is only one
///
/// # Errors
///
/// As of [`Network::readings`].
pub fn estimate_statistics(
    network: Network,
    images: &Recordings,
    batch: usize,
    device: Device,
) -> Result<Network, NetworkError> {
    let _guard = tch::no_grad_guard();
    let architecture = network.architecture().clone();
    let mut weights = network.weights().copy_to(device, false)?;
    let number = images.images.size()[0] as usize;
    let batch = batch.min(number);
    for step in 0..number / batch {
        // The average of the first k batches is that of the first k - 1, moved by 1/k towards the k-th.
        let mut averaging = architecture.clone();
        averaging.surroundings.momentum = 1.0 / (step + 1) as f64;
        let moved = Network::new(averaging, weights)?;
        let seen = images.images.f_narrow(0, (step * batch) as i64, batch as i64)?;
        let _ = moved.readings(&seen, Mode::Training)?;
        weights = moved.weights().copy_to(device, false)?;
    }
    Network::new(architecture, weights)
}
