//! `pathscope analyze`

use super::analysis_folder::{ExportOptions, Unlisted, unlisted, write_analysis, write_figures};
use super::arguments::{CheckpointArgs, FormatArg, ProgramArgs, StrengthArgs, analysis_options};
use super::sheet::SheetArgs;
use super::{Outcome, analyze_many, inputs, text};
use anyhow::Result;
use clap::Args;
use indicatif::ProgressBar;
use pathscope::output::Printer;
use pathscope::tables;
use pathscope_core::analysis::Analysis;
use pathscope_core::analysis::report::Report;
use pathscope_core::files::output::prepare_folder;
use std::path::{Path, PathBuf};

/// Measure components, paths, average path length and path length distribution of trained models
///
/// Any PyTorch model is read from its exported program, which two lines of Python write:
///
///   program = torch.export.export(model.eval(), (images[:2],))
///   torch.export.save(program, "model.pt2")
///
/// Checkpoints of the paper's models are read directly. Other checkpoints need a layout file that describes
/// them
/// (see `pathscope layout template`).
///
/// One model is reported in full. For several models, a folder or a pattern, there is one row per model and
/// readout
/// mode, computed on all cores. A file that cannot be read is reported and does not stop the rest.
#[derive(Debug, Args)]
#[command(mut_arg("width", |arg| arg.requires("out")), verbatim_doc_comment, after_help = "Examples:
  pathscope analyze model.pt2
  pathscope analyze model.pt2 --from V1 --to IT --out results/
  pathscope analyze best.pth --out results/
  pathscope analyze models/ --format csv > models.csv
  pathscope analyze my-model.pt --layout my-model.toml --iterations 5 --readout late-avg")]
pub(super) struct AnalyzeArgs {
    /// Exported programs (.pt2), checkpoints (.pt, .pth, .safetensors), folders of them, or patterns
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    pub checkpoint: CheckpointArgs,

    #[command(flatten)]
    program: ProgramArgs,

    #[command(flatten)]
    strength: StrengthArgs,

    /// Number of strongest paths to list
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=100_000))]
    top: u32,

    /// List all paths of an ensemble in paths.csv if there are at most this many, else the K strongest
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    max_paths: u64,

    /// List all paths only if they have at most this many components in total
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    max_components: u64,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FormatArg,

    /// Also write analysis.json, the tables and the figures into this folder (with one subfolder per model
    /// if there are several)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Write no figures into the folder
    #[arg(long, requires = "out")]
    no_figures: bool,

    #[command(flatten)]
    sheet: SheetArgs,

    /// Write the tables in the folder as Parquet too
    #[arg(long, requires = "out")]
    parquet: bool,
}

impl AnalyzeArgs {
    pub(super) fn top(&self) -> usize {
        self.top as usize
    }

    /// Writes the folder of one analysis. Returns a note for each thing that is left out.
    pub(super) fn export(
        &self,
        analysis: &Analysis,
        folder: &Path,
        progress: &ProgressBar,
    ) -> Result<Vec<String>> {
        let options = self.export_options();
        write_analysis(analysis, folder, options, progress)?;
        let mut notes: Vec<String> = analysis
            .ensembles
            .iter()
            .filter_map(|ensemble| {
                let (of_what, flag, most) = match unlisted(analysis, ensemble, options)? {
                    Unlisted::Paths => (String::new(), "--max-paths", self.max_paths),
                    Unlisted::Components(components) => (
                        format!(" of together {}", text::plural(&components, "component")),
                        "--max-components",
                        self.max_components,
                    ),
                };
                let readout = ensemble.readout.map_or_else(String::new, |readout| format!(" {readout}"));
                Some(format!(
                    "the ensemble{readout} has {}{of_what}, more than {flag} {most}: paths.csv holds the {} strongest (--top lists more of them, a larger {flag} all)",
                    text::plural(&ensemble.paths, "path"),
                    self.top
                ))
            })
            .collect();
        if !self.no_figures {
            notes.extend(write_figures(analysis, folder, options.top, self.sheet.sheet())?);
        }
        Ok(notes)
    }

    fn export_options(&self) -> ExportOptions {
        ExportOptions {
            top: self.top(),
            max_paths: self.max_paths,
            max_components: self.max_components,
            parquet: self.parquet,
        }
    }

    /// Returns the number of paths that are listed individually.
    fn listed(&self, analysis: &Analysis) -> u64 {
        let options = self.export_options();
        let listed =
            analysis.ensembles.iter().filter(|ensemble| unlisted(analysis, ensemble, options).is_none());
        listed.filter_map(|ensemble| ensemble.paths.to_u64()).sum()
    }
}

pub(super) fn run(args: &AnalyzeArgs, printer: &Printer) -> Result<Outcome> {
    let options = analysis_options(&args.checkpoint, &args.program, &args.strength)?;
    if let Some(folder) = &args.out {
        prepare_folder(folder)?;
    }
    let files = inputs::expand(&args.files)?;
    let [file] = files.as_slice() else {
        return analyze_many::run(args, &options, &files, printer);
    };
    let analysis = Analysis::of_file(file, &options)?;
    if let Some(checkpoint) = analysis.checkpoint() {
        printer.other_weights(&analysis.path, &checkpoint.other_weights);
    }
    // Written before anything is printed, so that a closed pipe such as `head` does not cost the files.
    if let Some(folder) = &args.out {
        let listed = args.listed(&analysis);
        printer
            .note(format_args!("listing {} in paths.csv", text::plural(&u128::from(listed).into(), "path")));
        let progress = printer.progress(listed, "listing paths");
        let notes = args.export(&analysis, folder, &progress)?;
        progress.finish_and_clear();
        notes.iter().for_each(|note| printer.warning(note));
    }
    printer.result(&match args.format {
        FormatArg::Table => pathscope_core::files::text::shown(&text::analysis(&analysis, args.top())),
        FormatArg::Json => serde_json::to_string_pretty(&Report::new(&analysis, args.top()))? + "\n",
        FormatArg::Csv => csv(std::slice::from_ref(&analysis), true)?,
    })?;
    if let Some(folder) = &args.out {
        printer.note(format_args!("results are in {}", folder.display()));
    }
    Ok(Outcome::Success)
}

/// Returns the summary of analyses as CSV, with or without its header line.
pub(super) fn csv(analyses: &[Analysis], header: bool) -> Result<String> {
    let text = tables::to_csv(&mut tables::summary(analyses)?)?;
    Ok(if header { text } else { text.split_once('\n').map_or(String::new(), |(_, rows)| rows.to_owned()) })
}
