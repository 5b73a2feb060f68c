//! Opening of networks on a device.

use pathscope::prediction::{ModelFile, Problem};
use pathscope_torch::checkpoint::{self, Opened};
use pathscope_torch::device::DeviceName;
use pathscope_torch::error::NetworkError;
use pathscope_torch::evaluation::OnDevice;
use pathscope_torch::network::Network;
use std::path::Path;

/// Opens a network, read out at the given iteration if there is one.
pub(super) fn open(
    file: &ModelFile,
    iterations: Option<usize>,
    device: DeviceName,
) -> Result<OnDevice<Network>, Problem> {
    let Opened { network, .. } = checkpoint::open(&file.path, file.key.as_deref(), &file.given)?;
    let network = OnDevice::new(moved(network, device, &file.path)?, device);
    Ok(match iterations {
        Some(iterations) => network.read_out_at(iterations)?,
        None => network,
    })
}

/// Moves a network to a device.
pub(super) fn moved(network: Network, device: DeviceName, path: &Path) -> Result<Network, NetworkError> {
    let weights = network.weights().copy_to(device.0, false)?;
    let architecture = network.architecture().clone();
    Network::new(architecture, weights).map_err(|error| error.in_file(path))
}
