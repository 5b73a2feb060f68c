//! A trained network that is named by the folder of its run or by its file.

use anyhow::Result;
use clap::Args;
use pathscope::circuit::{Activation, Readout};
use pathscope::layout::Given;
use pathscope::run::{MODEL, SETTINGS, Settings, read_settings};
use pathscope_torch::checkpoint::{self, Opened};
use pathscope_torch::device::DeviceName;
use pathscope_torch::network::Network;
use std::path::{Path, PathBuf};

/// What names a network.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// Folder of a run, or a checkpoint
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,

    /// Entry of the saved dictionary that holds the weights
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// config_extra.json of a published checkpoint [default: the one beside it]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Readout mode, where the checkpoint names none
    #[arg(long, value_name = "MODE")]
    readout: Option<Readout>,

    /// Activation, where the checkpoint names none
    #[arg(long, value_name = "NAME")]
    activation: Option<Activation>,
}

/// A network with what its run says.
pub struct TrainedModel {
    pub path: PathBuf,
    pub sha256: String,
    pub network: Network,
    /// Of a run's folder.
    pub settings: Option<Settings>,
}

impl ModelArgs {
    pub fn open(&self, device: DeviceName) -> Result<TrainedModel> {
        let (path, settings) = if self.model.is_dir() {
            let path = self.model.join(MODEL);
            let settings = self.model.join(SETTINGS);
            if !path.is_file() && settings.is_file() {
                anyhow::bail!(
                    "{}: its training is not finished: go on with `pathscope train --resume --out {}`",
                    self.model.display(),
                    self.model.display()
                );
            }
            (path, settings.is_file().then(|| read_settings(&settings)).transpose()?)
        } else {
            (self.model.clone(), None)
        };
        let given = Given {
            config: self.config.clone(),
            readout: self.readout,
            activation: self.activation,
            ..Given::default()
        };
        let Opened { network, sha256 } = checkpoint::open(&path, self.key.as_deref(), &given)?;
        Ok(TrainedModel { network: moved(network, device, &path)?, path, sha256, settings })
    }
}

/// A network on a device.
pub fn moved(network: Network, device: DeviceName, path: &Path) -> Result<Network> {
    let weights = network.weights().copy_to(device.0, false)?;
    let architecture = network.architecture().clone();
    Ok(Network::new(architecture, weights).map_err(|error| error.in_file(path))?)
}
