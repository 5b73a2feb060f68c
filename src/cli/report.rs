//! `pathscope report`

use super::arguments::{CheckpointArgs, ProgramArgs, StrengthArgs, analysis_options};
use super::compare_models::names;
use super::contributions::{ByLength, Computing, Wanted, contributions_beside};
use super::memory::keep_freed;
use super::{Outcome, inputs, usage_error};
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope::prediction::ModelFile;
use pathscope::report::{ReportedContributions, ReportedModel, report_page};
use pathscope::shell::split;
use pathscope::study::results::{Results, read_results};
use pathscope_core::analysis::comparison::OpenedModel;
use pathscope_core::analysis::contributions::{
    ComputeOptions, Contributions, ContributionsDocument, ReceptiveFields,
};
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::data::PixelScale;
use pathscope_core::data::evaluation::EvaluatedPart;
use pathscope_core::files::output::PendingFile;
use pathscope_core::statistics::Bootstrap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const IMAGES: &str = "Images for contributions";

/// The number of units whose receptive fields are computed if no --unit is given.
const FIRST_UNITS: usize = 12;

/// Write an interactive report on models or a study: one HTML file that needs nothing else
///
/// The page draws the circuit or program and computes with it: readout mode and number of iterations can be
/// changed, components knocked out, and the paths of a length or single paths lit up. It holds the analysis
/// that `pathscope analyze --format json` prints. With --images or --data it also shows contributions.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope report best.pth --out report.html
  pathscope report model.pt2 --images images.npy --unit 3 --receptive-fields --out report.html
  pathscope report run/ --data recordings/ --out report.html
  pathscope report models/ --out models.html
  pathscope report results.csv --out study.html")]
pub(super) struct ReportArgs {
    /// Exported programs, checkpoints or folders of runs, folders and patterns of them, or tables of the
    /// results of a study (.csv, .parquet)
    #[arg(required = true, value_name = "MODEL|RESULTS")]
    inputs: Vec<PathBuf>,

    /// Path of the report
    #[arg(long, value_name = "FILE", value_parser = parse_out)]
    out: PathBuf,

    /// Title of the page [default: the name of the model or table]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// Images [N, H, W] or [N, C, H, W], of any numeric type
    #[arg(long, value_name = "FILE.npy", conflicts_with = "data", help_heading = IMAGES)]
    images: Option<PathBuf>,

    /// Folder of a data set with recordings
    #[arg(long, value_name = "DIR", help_heading = IMAGES)]
    data: Option<PathBuf>,

    /// Subset of the data set's images
    #[arg(long, default_value_t, value_name = "PART", value_parser = split(), requires = "data", help_heading = IMAGES)]
    split: EvaluatedPart,

    /// Seed of the split [default: that of the run]
    #[arg(long, value_name = "SEED", requires = "data", help_heading = IMAGES)]
    split_seed: Option<u64>,

    /// Width of the central square to crop from each image, in pixels [default: that of the run]
    #[arg(long, value_name = "PIXELS", help_heading = IMAGES)]
    crop: Option<usize>,

    /// Downsampling factor [default: that of the run]
    #[arg(long, value_name = "N", help_heading = IMAGES)]
    downsample: Option<usize>,

    /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for uint8, 1 otherwise)
    /// [default: that of the run, else auto]
    #[arg(long, value_name = "NUMBER", help_heading = IMAGES)]
    images_scale: Option<PixelScale>,

    /// Show this unit separately; repeatable [default: the first 64 units]
    #[arg(long = "unit", value_name = "N", help_heading = IMAGES)]
    units: Vec<usize>,

    /// Also compute the linear filters of the units: of --unit, or else of the first 12
    #[arg(long, help_heading = IMAGES)]
    receptive_fields: bool,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    #[command(flatten)]
    program: ProgramArgs,

    #[command(flatten)]
    strength: StrengthArgs,
}

/// Parses `--out`.
fn parse_out(text: &str) -> Result<PathBuf, &'static str> {
    let path = PathBuf::from(text);
    if [Some("html"), Some("htm")].map(|ending| ending.map(OsStr::new)).contains(&path.extension()) {
        Ok(path)
    } else {
        Err("the name of a report must end in .html")
    }
}

/// A model with its results.
struct Computed {
    analysis: Analysis,
    opened: OpenedModel,
    document: Option<ContributionsDocument>,
    contributions: Option<Contributions>,
    fields: Option<ReceptiveFields>,
}

pub(super) fn run(args: &ReportArgs, printer: &Printer) -> Result<Outcome> {
    keep_freed();
    let options = analysis_options(&args.checkpoint, &args.program, &args.strength)?;
    let (tables, models) = args.sorted()?;
    let places = if models.is_empty() { Vec::new() } else { inputs::expand_models(&models)? };
    let file = PendingFile::create(&args.out)?;
    let results = if tables.is_empty() { None } else { Some(read_results(&tables)?) };
    let names = names(&places);
    let mut computed = Vec::with_capacity(places.len());
    let progress = printer.progress(places.len() as u64, "analyzing");
    for (place, name) in places.iter().zip(&names) {
        match args.computed(place, name, &options, printer) {
            Ok(model) => computed.push((name.as_str(), model)),
            Err(error) if places.len() == 1 => return Err(error),
            Err(error) => progress.suspend(|| printer.error(error.as_ref())),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    if computed.is_empty() && results.is_none() {
        anyhow::bail!("none of the {} models could be analyzed", places.len());
    }
    file.finish_with(args.page(&computed, results.as_ref())?)?;
    printer.note(format_args!("the report is in {}", args.out.display()));
    Ok(if computed.len() == places.len() { Outcome::Success } else { Outcome::Partial })
}

impl ReportArgs {
    /// Returns the tables of results and the models among the inputs.
    fn sorted(&self) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
        let is_table =
            |path: &PathBuf| path.extension().is_some_and(|ending| ending == "csv" || ending == "parquet");
        let (tables, models): (Vec<PathBuf>, Vec<PathBuf>) = self.inputs.iter().cloned().partition(is_table);
        let for_images = [
            ("--crop", self.crop.is_some()),
            ("--downsample", self.downsample.is_some()),
            ("--images-scale", self.images_scale.is_some()),
            ("--unit", !self.units.is_empty()),
            ("--receptive-fields", self.receptive_fields),
        ];
        let needs = for_images.into_iter().find(|(_, is_given)| *is_given);
        match needs.filter(|_| !self.asks_for_contributions()) {
            Some((flag, _)) => Err(usage_error(format!("{flag} needs images: give --images or --data"))),
            None if models.is_empty() && self.asks_for_contributions() => {
                Err(usage_error("--images and --data need a model, and only tables of results are given"))
            }
            None => Ok((tables, models)),
        }
    }

    fn asks_for_contributions(&self) -> bool {
        self.images.is_some() || self.data.is_some()
    }

    /// Analyzes a model, and computes its contributions if there are images.
    fn computed(
        &self,
        place: &Path,
        name: &str,
        options: &AnalysisOptions,
        printer: &Printer,
    ) -> Result<Computed> {
        let (analysis, found, fields) = if self.asks_for_contributions() {
            let file = ModelFile::find(place, self.checkpoint.key.clone(), self.checkpoint.given())?;
            let computing = self.computing(options);
            let by_length = ByLength::open(&file, &computing, printer)?;
            by_length.check_units(&self.units)?;
            let (document, contributions) = by_length.compute(self.data.is_some(), printer)?;
            document.warnings.iter().for_each(|warning| printer.warning(warning));
            let units = match self.units.as_slice() {
                [] => (0..by_length.units()?.min(FIRST_UNITS)).collect(),
                given => given.to_vec(),
            };
            let fields =
                self.receptive_fields.then(|| by_length.receptive_fields(&units, printer)).transpose()?;
            (by_length.model.analysis, Some((document, Some(contributions))), fields)
        } else {
            let analysis = Analysis::of_file(&inputs::model_file(place)?, options)?;
            let beside = contributions_beside(&analysis, printer);
            (analysis, beside.map(|(document, _)| (document, None)), None)
        };
        if let Some(checkpoint) = analysis.checkpoint() {
            printer.other_weights(&analysis.path, &checkpoint.other_weights);
        }
        let opened = OpenedModel::of(name, &analysis);
        opened.warning.iter().for_each(|warning| printer.warning(warning));
        let (document, contributions) = found.unzip();
        Ok(Computed { analysis, opened, document, contributions: contributions.flatten(), fields })
    }

    fn computing<'a>(&'a self, analysis: &'a AnalysisOptions) -> Computing<'a> {
        let images = Wanted {
            images: self.images.as_deref(),
            data: self.data.as_deref(),
            split: self.split,
            split_seed: self.split_seed,
            crop: self.crop,
            downsample: self.downsample,
            images_scale: self.images_scale,
        };
        Computing { images, analysis, options: ComputeOptions::default(), bootstrap: Bootstrap::default() }
    }

    fn page(&self, models: &[(&str, Computed)], results: Option<&Results>) -> Result<String> {
        let reported: Vec<ReportedModel<'_>> = models
            .iter()
            .map(|(name, model)| ReportedModel {
                name,
                analysis: &model.analysis,
                scores: model.opened.models.first(),
                contributions: model.document.as_ref().map(|document| ReportedContributions {
                    document,
                    by_image: model.contributions.as_ref(),
                    units: &self.units,
                }),
                fields: model.fields.as_ref(),
            })
            .collect();
        Ok(report_page(&self.title(models), &reported, results)?)
    }

    fn title(&self, models: &[(&str, Computed)]) -> String {
        match (&self.title, models, self.inputs.as_slice()) {
            (Some(title), ..) => title.clone(),
            (None, [(name, _)], [_]) => (*name).to_owned(),
            (None, _, [input]) => {
                input.file_name().unwrap_or(input.as_os_str()).to_string_lossy().into_owned()
            }
            (None, ..) => format!("{} models", models.len()),
        }
    }
}
