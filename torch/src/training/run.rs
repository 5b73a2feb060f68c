//! A training run, from a data set and settings to a folder with a trained network.

use super::folder::RunFolder;
use super::{Ending, Progress, Schedule, State, TrainingError, state};
use crate::checkpoint;
use crate::data::Recorded;
use crate::device::DeviceName;
use crate::error::NetworkError;
use crate::network::{Architecture, Network, Sizes, initial_weights};
use crate::weights::Weights;
use pathscope::study::ModelId;
use pathscope::study::run::{LOG, MODEL, RECORD, Record, SCHEMA, SETTINGS, STATE, Settings, read_record};
use pathscope_core::data::SplitData;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// The device and resources of a run. They are not settings, because results depend on them only by rounding.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// The device.
    pub device: DeviceName,
    /// Number of libtorch threads.
    pub threads: usize,
    /// Memory of this process before the first step, in bytes.
    pub resident: u64,
    /// Memory limit of training, in bytes.
    pub memory_limit: Option<u64>,
    /// Number of paths of a multi-path network that share a batched convolution.
    pub paths_together: usize,
}

/// The number of tensors of the weights' size: the weights, their gradients and two moments, the best weights
/// with two moments, and a temporary copy.
const STATES: u64 = 8;

/// The start of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// Whether to resume from the state in the folder, if there is one.
    pub resume: bool,
    /// Weights to begin with if there is no state. New ones are drawn by default.
    pub initial: Option<&'a Weights>,
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether the run finished or was stopped.
    pub ending: Ending,
    /// The record in the folder.
    pub record: Record,
}

/// Trains until the end, or until `stop` is set. A stopped run leaves a state to resume from in the folder.
///
/// # Arguments
///
/// * `folder` - the folder of the run, with a state if the run is resumed
/// * `settings`, `data` - the settings and the data set
/// * `start` - the start of the run
///
/// # Errors
///
/// Returns a [`TrainingError`]. The state of the last validation is kept.
pub fn run(
    folder: &RunFolder,
    settings: &Settings,
    data: &SplitData,
    machine: Machine,
    start: Start<'_>,
    progress: &mut dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, TrainingError> {
    let started = Instant::now();
    let Start { resume, initial } = start;
    let device = machine.device.0;
    let mut network = new_network(settings, data, machine, initial)?;
    network.take_together(machine.paths_together);
    let [channels, height, width] = data.image_size();
    let batch = settings.batch.min(data.split.train.len());
    let images = [batch, channels, height, width].map(|size| size as i64);
    let resident = machine.resident + data.bytes(device) + STATES * network.weights().bytes();
    let forecast = network.plan_training(images, resident, machine.memory_limit)?;
    progress.planned(forecast.as_ref());
    let identity = ModelId::of(data.dataset.name(), settings);
    let earlier = match read_record(&folder.file(RECORD)) {
        _ if !resume => None,
        Ok(record) => Some(record),
        // Its first step is still to be done.
        Err(error) if error.is_missing() => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(earlier) = &earlier {
        same_settings(earlier, settings, &folder.file(SETTINGS))?;
    }
    if let Some(earlier) = &earlier
        && earlier.dataset_sha256 != data.dataset.sha256
    {
        return Err(TrainingError::Run {
            path: data.dataset.folder.clone(),
            reason: "is not the data set of this run: give the original one with --data".to_owned(),
        });
    }
    let state_file = folder.file(STATE);
    let mut state = if resume && state_file.is_file() {
        let (state, has_checksum) = state::load(&state_file, network, device, &identity)?;
        if !has_checksum {
            progress.noted("the state of this run was written by a version without checksums, so alterations cannot be detected");
        }
        state
    } else {
        State::new(network)?
    };
    let record = |state: &State, finished: bool| Record {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        dataset: data.dataset.name().to_owned(),
        dataset_sha256: data.dataset.sha256.clone(),
        settings: Some(identity.to_string()),
        pixels: Some(data.dataset.pixels.clone()),
        images: [&data.split.train, &data.split.validation, &data.split.test].map(Vec::len),
        neurons: data.prepared.targets.ncols(),
        parameters: state.network.weights().parameter_count(),
        device: machine.device.to_string(),
        threads: machine.threads,
        finished,
        steps: state.schedule.step,
        best_step: state.schedule.best_step,
        best_validation_loss: state.schedule.best,
        seconds: earlier.as_ref().map_or(0.0, |earlier| earlier.seconds) + started.elapsed().as_secs_f64(),
    };
    folder.write_settings(settings)?;
    folder.write_record(&record(&state, false))?;
    if resume || folder.file(LOG).exists() {
        folder.write_log(&state.validations)?;
    }
    let train = data.recordings(&data.split.train, device)?;
    let validation = data.recordings(&data.split.validation, device)?;
    let mut keeper = Keeper { folder, identity: &identity, progress };
    let ending = state.train(settings, &train, &validation, &mut keeper, stop)?;
    let finished = ending == Ending::Finished;
    if finished {
        checkpoint::save(&folder.file(MODEL), &state.network)?;
    } else {
        state::save(&state_file, &state, &identity)?;
    }
    folder.draw_curve(&state.validations)?;
    let record = record(&state, finished);
    folder.write_record(&record)?;
    if finished {
        // A leftover state does no harm, because the record shows that the run is finished.
        let _ = fs::remove_file(&state_file);
    }
    Ok(Outcome { ending, record })
}

/// Checks that a run was begun with these settings.
///
/// # Arguments
///
/// * `path` - the file of the settings, for the error
///
/// # Errors
///
/// [`TrainingError::Run`]
pub fn same_settings(record: &Record, settings: &Settings, path: &Path) -> Result<(), TrainingError> {
    let now = ModelId::of(&record.dataset, settings);
    match &record.settings {
        Some(begun_with) if *begun_with != now.as_str() => Err(TrainingError::Run {
            path: path.to_owned(),
            reason: format!(
                "was changed after this run was begun: undo the change to resume it, or begin a run with these settings in another folder (--config {} --out DIR)",
                path.display()
            ),
        }),
        _ => Ok(()),
    }
}

fn new_network(
    settings: &Settings,
    data: &SplitData,
    machine: Machine,
    initial: Option<&Weights>,
) -> Result<Network, TrainingError> {
    let image = data.image_size();
    if image[1] < settings.first_kernel || image[2] < settings.first_kernel {
        return Err(TrainingError::Run {
            path: data.dataset.folder.clone(),
            reason: format!(
                "its images have {} × {} pixels after --crop and --downsample, fewer than the kernel of the first block: lower --downsample, or --first-kernel (which is {})",
                image[1], image[2], settings.first_kernel
            ),
        });
    }
    let architecture = Architecture::of(settings);
    if let Some(initial) = initial {
        let weights = initial.copy_to(machine.device.0, true).map_err(NetworkError::from)?;
        return Ok(Network::new(architecture, weights)?);
    }
    let sizes = Sizes {
        image,
        channels: settings.channels,
        first_kernel: settings.first_kernel,
        kernel: settings.kernel,
    };
    let weights = initial_weights(
        &architecture,
        sizes,
        &data.mean_responses(),
        settings.initial_deviation,
        settings.seed,
    );
    let weights = weights.copy_to(machine.device.0, true).map_err(NetworkError::from)?;
    Ok(Network::new(architecture, weights)?)
}

/// A listener that writes log and state at every validation.
struct Keeper<'a> {
    folder: &'a RunFolder,
    identity: &'a ModelId,
    progress: &'a mut dyn Progress,
}

impl Progress for Keeper<'_> {
    fn stepped(&mut self, schedule: &Schedule, settings: &Settings, loss: f64) {
        self.progress.stepped(schedule, settings, loss);
    }

    fn validated(&mut self, state: &State) -> Result<(), TrainingError> {
        if let Some(validation) = state.validations.last() {
            self.folder.append_log(validation)?;
        }
        state::save(&self.folder.file(STATE), state, self.identity)?;
        self.progress.validated(state)
    }
}
