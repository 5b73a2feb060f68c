//! Training and evaluation of the networks in a folder of ablations (paper, 4.2, 4.3.1, appendices E and G).
//!
//! Networks are trained from scratch, or have the weights of the original. They are evaluated together with
//! the original. Every network has its own folder, which is that of a training run. Finished networks are
//! kept, interrupted ones are resumed, and a network that fails does not stop the others.

mod error;
mod report;
mod statistics;

pub use error::RetrainingError;
pub use report::{AblationReport, Row};
pub use statistics::estimate_statistics;

use crate::checkpoint::{self, Opened};
use crate::data::Recorded;
use crate::evaluation::{GENERATOR, OnDevice};
use crate::network::{Architecture, Network};
use crate::training::folder::RunFolder;
use crate::training::{self, Ending, Machine, Progress, Start};
use crate::weights::Weights;
use pathscope::prediction::{Evaluated, measure};
use pathscope::study::run::settings::PathModel;
use pathscope::study::run::{MODEL, RECORD, SETTINGS, Settings, read_record, read_settings};
use pathscope_core::circuit::{ConnectionName, INPUT_BLOCK, LayerName, TensorName, TensorPart};
use pathscope_core::data::SplitData;
use pathscope_core::data::evaluation::{EVALUATION, EvaluatedPart, Evaluation};
use pathscope_core::files::documents::write_json;
use pathscope_core::files::output::prepare_folder;
use pathscope_core::model::ablation::{Ablation, AblationRecord, Init, Original, multi_path};
use pathscope_core::model::layout::Given;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// The folder of the original's evaluation.
const ORIGINAL: &str = "original";

/// A listener for the events of [`retrain`].
pub trait Listener {
    /// Reports that a network is next, after `done` of `all`.
    fn begins(&mut self, place: &Path, done: usize, all: usize);

    /// Returns a listener for the training of the network.
    fn training(&mut self, settings: &Settings) -> Box<dyn Progress + '_>;

    /// Reports a warning about the data set.
    fn warned(&mut self, warning: &str);

    /// Reports that a network failed. Work continues with the others.
    fn failed(&mut self, place: &Path, error: &RetrainingError);
}

/// The outcome of [`retrain`].
#[derive(Debug)]
pub enum Outcome {
    /// All networks have finished or failed.
    Finished {
        /// The comparison of the networks.
        report: Box<AblationReport>,
        /// The number of networks that failed.
        failed: usize,
    },
    /// The work was stopped on request.
    Stopped,
}

/// Trains and evaluates the unfinished networks of a folder of ablations.
///
/// # Arguments
///
/// * `folder` - the folder, with a record by `pathscope ablate`
/// * `data` - the data set, if it is not that of the original's settings
/// * `stop` - stops the work at the next step if set
///
/// # Errors
///
/// Returns a [`RetrainingError`] if the folder has no record or is in use, if an original has changed, or if
/// the data cannot be read. Errors of single networks go to the listener.
///
/// # Complexity
///
/// The time of training every unfinished network.
pub fn retrain(
    folder: &Path,
    data: Option<&Path>,
    machine: Machine,
    listener: &mut dyn Listener,
    stop: &AtomicBool,
) -> Result<Outcome, RetrainingError> {
    let record = AblationRecord::read(folder)?;
    let data = data.or(record.data.as_deref());
    let _lock = error::lock(folder)?;
    let all = record.originals.len() * record.ablations.len();
    // Errors of any original are reported before hours of work on the others.
    let mut warned = BTreeSet::new();
    for original in &record.originals {
        let place = folder.join(record.folder_of(original));
        let work = Work::prepare(&record, original, data, machine, &place)?;
        let warnings = work.data.dataset.warnings.iter();
        let new = warnings.filter(|&warning| warned.insert(warning.clone()));
        new.for_each(|warning| listener.warned(warning));
    }
    let mut report = AblationReport::new(&record);
    let (mut done, mut failed) = (0, 0);
    for original in &record.originals {
        let place = folder.join(record.folder_of(original));
        let work = Work::prepare(&record, original, data, machine, &place)?;
        let evaluation = work.evaluate_original()?;
        report.add_original(original, &evaluation)?;
        for ablation in &record.ablations {
            let place = place.join(ablation.name());
            if stop.load(Ordering::Relaxed) {
                return Ok(Outcome::Stopped);
            }
            listener.begins(&place, done, all);
            let made = work.network(ablation, &place, listener, stop).and_then(|evaluation| {
                let Some(evaluation) = evaluation else { return Ok(false) };
                report.add(original, ablation, &place.join(MODEL), &evaluation)?;
                report.write(folder)?;
                Ok(true)
            });
            match made {
                Ok(true) => {}
                Ok(false) => return Ok(Outcome::Stopped),
                Err(error) => {
                    listener.failed(&place, &error);
                    failed += 1;
                }
            }
            done += 1;
        }
    }
    report.write(folder)?;
    Ok(Outcome::Finished { report: Box::new(report), failed })
}

/// Returns whether settings describe a network. The momentum is not compared, because published checkpoints
/// do not have it.
fn describe(settings: &Settings, network: &Network) -> Result<bool, RetrainingError> {
    let mut stated = Architecture::of(settings);
    stated.surroundings.momentum = network.architecture().surroundings.momentum;
    let shape = |name: TensorName| Ok::<_, RetrainingError>(network.weights().get(name)?.size());
    let second = LayerName::from(ConnectionName::bottom_up(INPUT_BLOCK + 1));
    let (first, bottom_up) = (shape(TensorName::FIRST_WEIGHT)?, shape(second.tensor(TensorPart::Weight))?);
    let sizes = [settings.channels, settings.first_kernel, settings.kernel].map(|size| size as i64);
    Ok(stated == *network.architecture() && sizes == [first[0], first[3], bottom_up[3]])
}

/// The common basis of the networks of one original.
struct Work<'a> {
    record: &'a AblationRecord,
    original: &'a Original,
    network: Network,
    settings: Settings,
    data: SplitData,
    machine: Machine,
    place: &'a Path,
}

impl<'a> Work<'a> {
    fn prepare(
        record: &'a AblationRecord,
        original: &'a Original,
        data: Option<&Path>,
        machine: Machine,
        place: &'a Path,
    ) -> Result<Self, RetrainingError> {
        let Opened { network, sha256 } = checkpoint::open(&original.path, None, &Given::default())?;
        if sha256 != original.sha256 {
            return Err(RetrainingError::Changed { path: original.path.clone() });
        }
        let beside = || original.path.with_file_name(SETTINGS);
        let path = record.settings.clone().unwrap_or_else(beside);
        let mut settings = read_settings(&path)?;
        if let Some(data) = data {
            settings.data = data.to_owned();
        }
        settings.check()?;
        if !describe(&settings, &network)? {
            return Err(RetrainingError::OtherNetwork { settings: path, model: original.path.clone() });
        }
        let data = settings.open_data()?;
        let weights = network.weights().copy_to(machine.device.0, false)?;
        let network = Network::new(network.architecture().clone(), weights)?;
        Ok(Self { record, original, network, settings, data, machine, place })
    }

    fn evaluate_original(&self) -> Result<Evaluation, RetrainingError> {
        let place = self.place.join(ORIGINAL);
        prepare_folder(&place)?;
        self.evaluate(&self.network, &self.original.path, &place)
    }

    /// Trains or resumes a network and evaluates it. Returns `None` if it was stopped on request.
    fn network(
        &self,
        ablation: &Ablation,
        place: &Path,
        listener: &mut dyn Listener,
        stop: &AtomicBool,
    ) -> Result<Option<Evaluation>, RetrainingError> {
        let settings = self.settings_of(ablation);
        settings.check()?;
        let model = if self.record.retrain {
            if !self.train(&settings, ablation, place, listener, stop)? {
                return Ok(None);
            }
            place.join(MODEL)
        } else {
            self.inherit(&settings, ablation, place)?
        };
        let Opened { network, .. } = checkpoint::open(&model, None, &Given::default())?;
        let weights = network.weights().copy_to(self.machine.device.0, false)?;
        let network = Network::new(network.architecture().clone(), weights)?;
        self.evaluate(&network, &model, place).map(Some)
    }

    fn settings_of(&self, ablation: &Ablation) -> Settings {
        let multi_path = PathModel::from(self.record.normalization);
        Settings { multi_path, lengths_removed: ablation.clone(), ..self.settings.clone() }
    }

    /// Trains a network, and returns whether the training finished.
    fn train(
        &self,
        settings: &Settings,
        ablation: &Ablation,
        place: &Path,
        listener: &mut dyn Listener,
        stop: &AtomicBool,
    ) -> Result<bool, RetrainingError> {
        // A folder with copied weights has settings too, but no record of a run.
        let begun = place.join(RECORD).is_file();
        if begun {
            let run = read_record(&place.join(RECORD))?;
            let mut begun_with = read_settings(&place.join(SETTINGS))?;
            begun_with.data.clone_from(&settings.data);
            if run.dataset_sha256 != self.data.dataset.sha256 || begun_with != *settings {
                return Err(RetrainingError::OtherRun { folder: place.to_owned() });
            }
            if run.finished {
                return Ok(true);
            }
        }
        let folder = RunFolder::lock(place)?;
        let inherited = match self.record.init {
            Init::Inherit => Some(self.inherited(ablation)?),
            Init::Scratch => None,
        };
        let mut progress = listener.training(settings);
        let outcome = training::run(
            &folder,
            settings,
            &self.data,
            self.machine,
            Start { resume: begun, initial: inherited.as_ref() },
            progress.as_mut(),
            stop,
        )?;
        Ok(outcome.ending == Ending::Finished)
    }

    /// Returns the weights of the original, with a copy of the normalizations for each path.
    fn inherited(&self, ablation: &Ablation) -> Result<Weights, RetrainingError> {
        let architecture = self.network.architecture();
        let circuit = multi_path(&architecture.circuit, ablation.removed(), self.record.normalization)?;
        Ok(self.network.weights().inherited(&architecture.circuit, &circuit, &architecture.surroundings)?)
    }

    /// Copies the weights, and estimates new running statistics for every path.
    fn inherit(
        &self,
        settings: &Settings,
        ablation: &Ablation,
        place: &Path,
    ) -> Result<PathBuf, RetrainingError> {
        let device = self.machine.device.0;
        let circuit = settings.circuit();
        let architecture = Architecture { circuit, ..self.network.architecture().clone() };
        let network = Network::new(architecture, self.inherited(ablation)?)?;
        let images = self.data.recordings(&self.data.split.train, device)?;
        let network = estimate_statistics(network, &images, settings.batch, device)?;
        prepare_folder(place)?;
        let path = place.join(MODEL);
        checkpoint::save(&path, &network)?;
        Ok(path)
    }

    fn evaluate(&self, network: &Network, path: &Path, place: &Path) -> Result<Evaluation, RetrainingError> {
        let sha256 =
            pathscope_core::files::checkpoint::sha256(path).map_err(crate::error::NetworkError::from)?;
        let evaluated = Evaluated { path, sha256: &sha256, generator: GENERATOR };
        let network = OnDevice::new(network, self.machine.device);
        let part = EvaluatedPart::Test;
        let evaluation = measure(&network, evaluated, &self.data, part, &self.settings, &|_| ())?;
        write_json(&place.join(EVALUATION), &evaluation)?;
        Ok(evaluation)
    }
}
