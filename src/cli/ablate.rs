//! `pathscope ablate`

use super::ablate_lesions::{Ablated, estimated_statistics, measure_lesions};
use super::arguments::CheckpointArgs;
use super::{Outcome, companion, usage_error};
use anyhow::{Context, Result, bail};
use bytesize::ByteSize;
use clap::Args;
use pathscope::output::Printer;
use pathscope::study::run::{MODEL, SETTINGS};
use pathscope_core::data::Dataset;
use pathscope_core::files::checkpoint::{Checkpoint, sha256};
use pathscope_core::files::documents::Kind;
use pathscope_core::files::output::{OutputError, PendingFolder};
use pathscope_core::model::ablation::{
    Ablation, AblationRecord, Init, Original, PathNormalization, RECORD, RECORD_SCHEMA, Removal, ablations,
    inherited_checkpoint, multi_path,
};
use pathscope_core::model::layout::{self, Model};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const RETRAINING: &str = "Retraining (by pathscope-torch)";

/// Remove paths of some lengths from a recurrent network, as a multi-path network, and retrain it
///
/// In a multi-path network every path is a separate chain with the convolutions of the recurrent network.
/// Without --retrain, the weights are copied from the recurrent network. With --retrain, the networks are
/// trained from scratch with the original's settings, including the full multi-path network, to measure the
/// cost of removing paths. With --data and copied weights, every network is scored on the test images, next
/// to the strength and contribution of the removed paths.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope ablate run/ --remove 1-3 --out ablated/
  pathscope ablate run/ --remove each --data demo-data --out lesions/
  pathscope ablate run/ --remove 1-3 --retrain --data demo-data --out ablated/
  pathscope ablate runs/seed-* --remove triples --retrain --data demo-data --out ablated/
  pathscope retrain ablated/

The folder holds full/, the network with all paths, and one like without-1-3/ for each ablation; with --data and
copied weights also lesions.json, lesions.csv and lesions.svg: strength, contribution, lesion. A contribution is not
a lesion, since gates change downstream of paths that are removed. A
retraining that was interrupted goes on with `pathscope retrain`.")]
pub(super) struct AblateArgs {
    /// Folder of a run, or checkpoint; several get the same ablations, such as runs with different seeds
    #[arg(required = true, value_name = "RUN|FILE")]
    models: Vec<PathBuf>,

    /// Path lengths to remove: 1-3, 1,3,5, 5- or -2; or each, pairs or triples for one ablation per length,
    /// per two adjacent lengths or per three adjacent lengths. Repeatable for several ablations; if
    /// omitted, the full multi-path network is written
    #[arg(long, value_name = "LENGTHS", allow_hyphen_values = true)]
    remove: Vec<Removal>,

    /// Path lengths to keep; all others are removed
    #[arg(long, value_name = "LENGTHS", allow_hyphen_values = true)]
    keep: Vec<Removal>,

    /// Normalizations of the paths: per-path (each path has its own) or shared
    #[arg(long, value_name = "KIND", default_value_t)]
    bn: PathNormalization,

    /// Initial weights: scratch (drawn with the original's seed) or inherit (copied from the original)
    /// [default: scratch with --retrain, else inherit]
    #[arg(long, value_name = "KIND")]
    init: Option<Init>,

    /// New folder for the networks
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    /// Train the networks and compare them with the original
    #[arg(long, requires = "data", help_heading = RETRAINING)]
    retrain: bool,

    /// Data set for training and scoring. Without --retrain, the networks are scored with the copied
    /// weights; if pathscope-torch is installed, the running statistics of the copied normalizations are
    /// first re-estimated for each path
    #[arg(long, value_name = "DIR", help_heading = RETRAINING)]
    data: Option<PathBuf>,

    /// Training settings, as in the folder of a run [default: those of the original's run]
    #[arg(long, value_name = "FILE", help_heading = RETRAINING)]
    settings: Option<PathBuf>,

    /// Memory limit for training, such as 4GiB: activations that do not fit are recomputed
    #[arg(long, value_name = "SIZE", requires = "data", help_heading = RETRAINING)]
    memory_limit: Option<ByteSize>,

    /// Device: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", requires = "data", help_heading = RETRAINING)]
    device: Option<String>,

    /// Number of libtorch threads
    #[arg(long, value_name = "N", requires = "data", help_heading = RETRAINING)]
    threads: Option<u16>,
}

/// A model to ablate.
struct Opened {
    name: String,
    path: PathBuf,
    /// The folder of its run, if it comes from one.
    run: Option<PathBuf>,
    checkpoint: Checkpoint,
    model: Model,
}

pub(super) fn run(args: &AblateArgs, quiet: bool, printer: &Printer) -> Result<Outcome> {
    let init = match (args.init, args.retrain) {
        (Some(Init::Scratch), false) => {
            return Err(usage_error(
                "--init scratch needs --retrain: weights drawn at random must be trained",
            ));
        }
        (Some(init), _) => init,
        (None, true) => Init::Scratch,
        (None, false) => Init::Inherit,
    };
    let folder = PendingFolder::create(&args.out)?;
    let models = open(args)?;
    let wanted = wanted(args, &models)?;
    let record = AblationRecord {
        schema: RECORD_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        normalization: args.bn,
        init,
        retrain: args.retrain,
        originals: models
            .iter()
            .map(|model| {
                let path = std::path::absolute(&model.path)?;
                Ok(Original { name: model.name.clone(), sha256: sha256(&model.path)?, path })
            })
            .collect::<Result<_>>()?,
        ablations: wanted,
        data: args.data.as_deref().map(std::path::absolute).transpose()?,
        settings: args.settings.as_deref().map(std::path::absolute).transpose()?,
    };
    let settings = match &args.data {
        Some(data) => check_data(args, &models, data)?,
        None => Vec::new(),
    };
    for (model, original) in models.iter().zip(&record.originals) {
        write_models(args, &record, model, &folder.path().join(record.folder_of(original)))?;
    }
    let place = folder.path().join(RECORD);
    fs::write(&place, record.to_json()).map_err(|source| OutputError::unfinished(&place, source))?;
    folder.finish()?;
    for original in &record.originals {
        for ablation in &record.ablations {
            let place = args.out.join(record.folder_of(original)).join(ablation.name());
            printer.note(format_args!(
                "{}: {}",
                place.display(),
                if ablation.removed().is_empty() {
                    "all paths".to_owned()
                } else {
                    format!("without the paths of length {ablation}")
                }
            ));
        }
    }
    match &args.data {
        None => Ok(Outcome::Success),
        Some(data) if args.retrain => companion::run("retrain", retrain_arguments(args, data), quiet),
        Some(data) => {
            let statistics = estimated_statistics(retrain_arguments(args, data), quiet)?;
            let ablated =
                Ablated { folder: &args.out, record: &record, settings: &settings, data, statistics };
            measure_lesions(&ablated, printer)
        }
    }
}

/// Checks that the networks can be trained or scored on a data set, and returns the settings for each
/// model.
fn check_data(args: &AblateArgs, models: &[Opened], data: &Path) -> Result<Vec<PathBuf>> {
    if args.checkpoint.says_something() {
        return Err(usage_error(
            "--data needs a self-describing model: give the folder of a run, or leave out the flags about the checkpoint",
        ));
    }
    let settings = models.iter().map(|model| settings_of(args, model)).collect::<Result<_>>()?;
    if args.retrain {
        companion::check("`pathscope ablate --retrain`")?;
    } else if args.memory_limit.is_some() || args.device.is_some() || args.threads.is_some() {
        companion::check("`pathscope ablate` with --memory-limit, --device or --threads")?;
    }
    Dataset::open(data)?;
    Ok(settings)
}

fn open(args: &AblateArgs) -> Result<Vec<Opened>> {
    let mut models: Vec<Opened> = Vec::new();
    for path in &args.models {
        let run = path.is_dir().then(|| path.clone());
        let file = if path.is_dir() { path.join(MODEL) } else { path.clone() };
        if run.is_some() && !file.is_file() {
            bail!(
                "{}: {MODEL} is missing: give a checkpoint or the folder of a finished run (`pathscope train --resume --out …` finishes one)",
                path.display()
            );
        }
        let checkpoint = Checkpoint::open(&file, args.checkpoint.key.as_deref())?;
        let model = layout::recognize(&checkpoint, &args.checkpoint.given())?;
        let name = std::path::absolute(path)?
            .file_name()
            .map_or_else(|| "original".to_owned(), |name| name.to_string_lossy().into_owned());
        if models.iter().any(|other| other.name == name) {
            bail!("{}: another model is also called '{name}': rename one of them", path.display());
        }
        models.push(Opened { name, path: file, run, checkpoint, model });
    }
    Ok(models)
}

/// Returns the ablations, which must be the same for all models.
fn wanted(args: &AblateArgs, models: &[Opened]) -> Result<Vec<Ablation>> {
    let mut wanted: Vec<Ablation> = Vec::new();
    for model in models {
        let found = ablations(&model.model.circuit, &args.remove, &args.keep)
            .with_context(|| model.path.display().to_string())?;
        if model.name != models[0].name && found != wanted {
            bail!(
                "{}: its path lengths differ from those of {}, so they cannot share ablations: ablate the models one by one",
                model.path.display(),
                models[0].path.display()
            );
        }
        wanted = found;
    }
    // Trained ablations are compared with the full multi-path model.
    if wanted.is_empty() || args.data.is_some() {
        wanted.retain(|ablation| *ablation != Ablation::full());
        wanted.insert(0, Ablation::full());
    }
    Ok(wanted)
}

/// Returns the settings for training a model's multi-path networks.
fn settings_of(args: &AblateArgs, model: &Opened) -> Result<PathBuf> {
    let path = match (&args.settings, &model.run) {
        (Some(settings), _) => settings.clone(),
        (None, Some(run)) => run.join(SETTINGS),
        (None, None) => bail!(
            "{}: a checkpoint does not hold its training settings: give the folder of its run, or a settings file with --settings",
            model.path.display()
        ),
    };
    if !path.is_file() {
        bail!(
            "{}: this file is missing, and training needs it: give a settings file with --settings",
            path.display()
        );
    }
    Ok(path)
}

fn write_models(args: &AblateArgs, record: &AblationRecord, model: &Opened, folder: &Path) -> Result<()> {
    for ablation in &record.ablations {
        if record.retrain {
            // The file appears after training. This only checks that it can.
            multi_path(&model.model.circuit, ablation.removed(), record.normalization)
                .with_context(|| model.path.display().to_string())?;
            continue;
        }
        let bytes = inherited_checkpoint(&model.checkpoint, &model.model, ablation, record.normalization)?;
        let place = folder.join(ablation.name());
        let unwritten = |source| OutputError::unfinished(&args.out.join(ablation.name()), source);
        fs::create_dir_all(&place).map_err(unwritten)?;
        fs::write(place.join(MODEL), bytes).map_err(unwritten)?;
        if args.settings.is_some() || model.run.as_ref().is_some_and(|run| run.join(SETTINGS).is_file()) {
            let settings = settings_of(args, model)?;
            let text = with_paths(&settings, record.normalization, ablation)?;
            fs::write(place.join(SETTINGS), text).map_err(unwritten)?;
        }
    }
    Ok(())
}

/// Returns the settings of a run, adapted to its multi-path network.
fn with_paths(settings: &Path, normalization: PathNormalization, ablation: &Ablation) -> Result<String> {
    let mut table: toml::Table = Kind::PLAIN.read_toml(settings)?.value;
    table.insert("multi-path".to_owned(), normalization.as_str().into());
    table.insert("lengths-removed".to_owned(), ablation.to_string().into());
    Ok(toml::to_string(&table)?)
}

fn retrain_arguments(args: &AblateArgs, data: &Path) -> companion::PassedOn {
    let mut arguments: Vec<OsString> = vec![args.out.clone().into(), "--data".into(), data.into()];
    let limit = args.memory_limit.map(|limit| limit.as_u64().to_string());
    let threads = args.threads.map(|threads| threads.to_string());
    for (flag, value) in
        [("--memory-limit", limit), ("--device", args.device.clone()), ("--threads", threads)]
    {
        if let Some(value) = value {
            arguments.extend([flag.into(), value.into()]);
        }
    }
    companion::PassedOn::new(arguments)
}
