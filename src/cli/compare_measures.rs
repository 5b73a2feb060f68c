//! The comparison of strengths with contributions in `pathscope compare`.

use super::arguments::FormatArg;
use super::compare_models::names;
use super::contributions::{Computing, Wanted, contributions_by_length};
use super::sheet::warn_of_misfit;
use super::{Outcome, usage_error};
use anyhow::Result;
use clap::Args;
use pathscope::figures::{self, Sheet};
use pathscope::output::Printer;
use pathscope::prediction::ModelFile;
use pathscope::shell::split;
use pathscope::tables;
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::comparison::{MeasureComparison, MeasuredModel};
use pathscope_core::analysis::contributions::{CONTRIBUTIONS, ComputeOptions, ContributionsDocument};
use pathscope_core::data::PixelScale;
use pathscope_core::data::evaluation::EvaluatedPart;
use pathscope_core::files::output::write_file;
use pathscope_core::files::text::{counted, shown};
use pathscope_core::statistics::Bootstrap;
use std::path::{Path, PathBuf};

const MEASURES: &str = "Strength and contribution";

/// The images that contributions are computed for.
#[derive(Debug, Args)]
pub(super) struct MeasureArgs {
    /// Compare strengths with contributions over these images, [N, H, W] or [N, C, H, W]
    #[arg(long, value_name = "FILE.npy", conflicts_with_all = ["data", "with"], help_heading = MEASURES)]
    images: Option<PathBuf>,

    /// Compare strengths with contributions, over the images of --data or of the data set that each run was
    /// trained on
    #[arg(long, conflicts_with_all = ["with", "trials"], help_heading = MEASURES)]
    contributions: bool,

    /// Subset of the data set's images [default: test]
    #[arg(long, value_name = "PART", value_parser = split(), requires = "contributions", help_heading = MEASURES)]
    split: Option<EvaluatedPart>,

    /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for uint8, 1 otherwise)
    /// [default: that of the run, else auto]
    #[arg(long, value_name = "NUMBER", help_heading = MEASURES)]
    images_scale: Option<PixelScale>,

    /// Seed of the bootstrap
    #[arg(long, value_name = "SEED", default_value_t = 0, help_heading = MEASURES)]
    seed: u64,

    /// Number of bootstrap resamples, for confidence intervals; 0 for no intervals
    #[arg(long, value_name = "N", default_value_t = 1000, help_heading = MEASURES)]
    resamples: usize,
}

/// The arguments of a comparison of strengths with contributions.
pub(super) struct Asked<'a> {
    pub args: &'a MeasureArgs,
    pub data: Option<&'a Path>,
    pub options: AnalysisOptions,
    pub format: FormatArg,
    pub out: Option<&'a Path>,
    pub sheet: Sheet,
}

impl MeasureArgs {
    /// Returns whether strengths are to be compared with contributions.
    pub(super) fn are_asked_for(&self, places: &[PathBuf]) -> bool {
        self.contributions || self.images.is_some() || places.iter().any(|place| is_document(place))
    }
}

/// Returns whether a file name is that of a document of contributions, which no checkpoint has.
fn is_document(place: &Path) -> bool {
    place
        .file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.ends_with(".json") && !name.ends_with(".index.json"))
}

/// Compares strengths with contributions.
pub(super) fn run(places: &[PathBuf], asked: Asked<'_>, printer: &Printer) -> Result<Outcome> {
    let args = asked.args;
    let computed = places.iter().find(|place| !is_document(place));
    if let Some(model) = computed.filter(|_| args.images.is_none() && !args.contributions) {
        return Err(usage_error(format!(
            "{}: this is a model, while other arguments are contributions.json files: give --images or --contributions to compute the contributions of models",
            model.display()
        )));
    }
    let bootstrap = Bootstrap { resamples: args.resamples, seed: args.seed, ..Bootstrap::default() };
    let computing = Computing {
        images: Wanted {
            images: args.images.as_deref(),
            data: asked.data,
            split: args.split.unwrap_or_default(),
            images_scale: args.images_scale,
            ..Wanted::default()
        },
        analysis: &asked.options,
        options: ComputeOptions::default(),
        bootstrap,
    };
    let mut models = Vec::with_capacity(places.len());
    for (place, name) in places.iter().zip(names(places)) {
        match measured(place, &name, &computing, printer) {
            Ok(model) => models.push(model),
            Err(error) => printer.error(error.as_ref()),
        }
    }
    let failed = places.len() - models.len();
    if failed > 0 {
        let all = counted(places.len(), "model");
        printer.note(format_args!("{failed} of {all} could not be compared"));
        if models.is_empty() {
            return Ok(Outcome::Partial);
        }
    }
    let comparison = MeasureComparison::new(models, &bootstrap);
    show(&comparison, &asked, printer)?;
    Ok(if failed == 0 { Outcome::Success } else { Outcome::Partial })
}

/// Reads or computes the measures of one model.
fn measured(place: &Path, name: &str, computing: &Computing<'_>, printer: &Printer) -> Result<MeasuredModel> {
    let document = if is_document(place) {
        ContributionsDocument::read(place)?
    } else {
        let options = computing.analysis;
        contributions_by_length(
            &ModelFile::find(place, options.key.clone(), options.given.clone())?,
            computing,
            printer,
        )?
    };
    // A document is named after its folder, which is more often named after the model than the file is.
    let folder = name.strip_suffix(CONTRIBUTIONS).map(|folder| folder.trim_end_matches(['/', '\\']));
    let name = folder.filter(|folder| !folder.is_empty()).unwrap_or(name);
    Ok(MeasuredModel::of(name, &document)?)
}

/// Writes and prints a comparison.
fn show(comparison: &MeasureComparison, asked: &Asked<'_>, printer: &Printer) -> Result<()> {
    comparison.warnings.iter().for_each(|warning| printer.warning(warning));
    let json = serde_json::to_string_pretty(comparison)? + "\n";
    let csv = tables::to_csv(&mut tables::compared_measures(comparison)?)?;
    if let Some(folder) = asked.out {
        write_file(&folder.join("measures.csv"), &csv)?;
        let name = "strength-contribution.svg";
        let figure = figures::strength_contribution(comparison, asked.sheet)?;
        warn_of_misfit(asked.sheet, name, &figure, printer);
        write_file(&folder.join(name), figure)?;
        write_file(&folder.join("measures.json"), &json)?;
    }
    printer.result(&match asked.format {
        FormatArg::Table => shown(&comparison.text()),
        FormatArg::Json => json,
        FormatArg::Csv => csv,
    })?;
    if let Some(folder) = asked.out {
        printer.note(format_args!("results are in {}", folder.display()));
    }
    Ok(())
}
