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

/// Write the multi-path network of a recurrent one, without the paths of some lengths, and retrain it
///
/// Every path of a multi-path network is a chain of its own with the convolutions of the recurrent one.
/// Without --retrain its weights are copied from that; with it, it is trained from scratch as that was,
/// the full multi-path network too, and what removing paths costs is measured. With --data and copied weights every network
/// is scored on the test images beside what the removed paths are by strength and by contribution.
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
pub struct AblateArgs {
    /// Folder of a run, or checkpoint; several are ablated alike, such as runs of several seeds
    #[arg(required = true, value_name = "RUN|FILE")]
    models: Vec<PathBuf>,

    /// Path lengths to remove: 1-3, 1,3,5, 5- or -2; or each, pairs or triples for one ablation of
    /// every length, of every two and of every three adjacent ones. Repeat it for several ablations;
    /// without it the full multi-path network is written
    #[arg(long, value_name = "LENGTHS", allow_hyphen_values = true)]
    remove: Vec<Removal>,

    /// Path lengths to keep, with all others removed
    #[arg(long, value_name = "LENGTHS", allow_hyphen_values = true)]
    keep: Vec<Removal>,

    /// Whether every path has normalizations of its own: per-path or shared
    #[arg(long, value_name = "KIND", default_value_t)]
    bn: PathNormalization,

    /// What weights begin with: scratch (drawn by the original's seed) or inherit (copied from it)
    /// [default: scratch with --retrain, else inherit]
    #[arg(long, value_name = "KIND")]
    init: Option<Init>,

    /// Where to put the networks: a new folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    /// Train the networks, and compare them with the original
    #[arg(long, requires = "data", help_heading = RETRAINING)]
    retrain: bool,

    /// Data set to train and measure them on. Without --retrain scores are those of copied weights; where
    /// pathscope-torch is installed, the running statistics of the copied normalizations are first estimated anew
    /// for each path
    #[arg(long, value_name = "DIR", help_heading = RETRAINING)]
    data: Option<PathBuf>,

    /// Settings of training, as in the folder of a run [default: those of the original's run]
    #[arg(long, value_name = "FILE", help_heading = RETRAINING)]
    settings: Option<PathBuf>,

    /// Memory that training is planned to stay below, such as 4GiB: activations that do not fit are
    /// computed again
    #[arg(long, value_name = "SIZE", requires = "data", help_heading = RETRAINING)]
    memory_limit: Option<ByteSize>,

    /// Where to compute: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", requires = "data", help_heading = RETRAINING)]
    device: Option<String>,

    /// Threads of libtorch
    #[arg(long, value_name = "N", requires = "data", help_heading = RETRAINING)]
    threads: Option<u16>,
}

/// A model that was opened.
struct Opened {
    name: String,
    path: PathBuf,
    /// The folder of its run, where it is one.
    run: Option<PathBuf>,
    checkpoint: Checkpoint,
    model: Model,
}

pub fn run(args: &AblateArgs, quiet: bool, printer: &Printer) -> Result<Outcome> {
    let init = match (args.init, args.retrain) {
        (Some(Init::Scratch), false) => {
            return Err(usage_error(
                "--init scratch is for --retrain: weights that are drawn must be trained",
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

/// Checks that networks can be trained or measured on a data set, and returns the settings for each model.
fn check_data(args: &AblateArgs, models: &[Opened], data: &Path) -> Result<Vec<PathBuf>> {
    if args.checkpoint.says_something() {
        return Err(usage_error(
            "--data goes with models that say themselves what they are: give the folder of a run, or leave the flags about the checkpoint out",
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
                "{}: has no {MODEL}: give the folder of a finished run (`pathscope train --resume --out …` goes on with one) or a checkpoint",
                path.display()
            );
        }
        let checkpoint = Checkpoint::open(&file, args.checkpoint.key.as_deref())?;
        let model = layout::recognize(&checkpoint, &args.checkpoint.given())?;
        let name = std::path::absolute(path)?
            .file_name()
            .map_or_else(|| "original".to_owned(), |name| name.to_string_lossy().into_owned());
        if models.iter().any(|other| other.name == name) {
            bail!("{}: another model is called '{name}' too: give one of them another name", path.display());
        }
        models.push(Opened { name, path: file, run, checkpoint, model });
    }
    Ok(models)
}

/// The ablations, which all models must be able to have.
fn wanted(args: &AblateArgs, models: &[Opened]) -> Result<Vec<Ablation>> {
    let mut wanted: Vec<Ablation> = Vec::new();
    for model in models {
        let found = ablations(&model.model.circuit, &args.remove, &args.keep)
            .with_context(|| model.path.display().to_string())?;
        if model.name != models[0].name && found != wanted {
            bail!(
                "{}: has other path lengths than {}, so the same ablations mean something else in it: ablate them one by one",
                model.path.display(),
                models[0].path.display()
            );
        }
        wanted = found;
    }
    // What was trained is compared with the full multi-path model.
    if wanted.is_empty() || args.data.is_some() {
        wanted.retain(|ablation| *ablation != Ablation::full());
        wanted.insert(0, Ablation::full());
    }
    Ok(wanted)
}

/// The settings that a model's multi-path networks are trained under.
fn settings_of(args: &AblateArgs, model: &Opened) -> Result<PathBuf> {
    let path = match (&args.settings, &model.run) {
        (Some(settings), _) => settings.clone(),
        (None, Some(run)) => run.join(SETTINGS),
        (None, None) => bail!(
            "{}: is a checkpoint without the settings it was trained under: give the folder of its run, or a file of settings with --settings",
            model.path.display()
        ),
    };
    if !path.is_file() {
        bail!(
            "{}: is not there, and training needs it: give a file of settings with --settings",
            path.display()
        );
    }
    Ok(path)
}

fn write_models(args: &AblateArgs, record: &AblationRecord, model: &Opened, folder: &Path) -> Result<()> {
    for ablation in &record.ablations {
        if record.retrain {
            // It is there once it is trained; here it is only made sure that it can be.
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

/// The settings of a run, of its multi-path network.
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
