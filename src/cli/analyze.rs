//! `pathscope analyze`

use super::arguments::{BnStrengthArg, CheckpointArgs, FormatArg};
use super::export::{ExportOptions, lists_all, prepare_folder, write_analysis, write_figures};
use super::printer::Printer;
use super::{Outcome, analyze_many, inputs, text};
use anyhow::Result;
use clap::Args;
use pathscope::PathCount;
use pathscope::analysis::{Analysis, AnalysisOptions};
use pathscope::report::Report;
use pathscope::tables::{self, TableFormat, TableWriter};
use std::path::{Path, PathBuf};

/// Measure components, paths, average path length and path length distribution of trained models
///
/// One checkpoint is reported in full. Several, a folder or a pattern give one row a model and
/// readout mode, computed on all cores; a file that cannot be read is reported and does not stop
/// the rest.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope analyze best.pth --out results/
  pathscope analyze models/ --format csv > models.csv
  pathscope analyze my-model.pt --layout my-model.toml --iterations 5 --readout late-avg")]
pub struct AnalyzeArgs {
    /// Checkpoints (.pt, .pth, .safetensors), folders of them, or patterns
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    pub checkpoint: CheckpointArgs,

    /// Strength of a batch normalization
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    bn_strength: BnStrengthArg,

    /// How many of the strongest paths to list
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=100_000))]
    top: u32,

    /// List all paths of an ensemble in paths.csv only if it has no more than this; else the K
    /// strongest
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    max_paths: u64,

    /// Format of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FormatArg,

    /// Also write analysis.json, the tables and the figures into this folder (one in it for each
    /// model where there are several)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Leave the figures out of the folder
    #[arg(long, requires = "out")]
    no_figures: bool,
}

impl AnalyzeArgs {
    pub fn options(&self) -> AnalysisOptions {
        AnalysisOptions {
            key: self.checkpoint.key.clone(),
            given: self.checkpoint.given(),
            batch_norm_strength: self.bn_strength.into(),
        }
    }

    pub fn top(&self) -> usize {
        self.top as usize
    }

    /// Writes the folder of one analysis.
    pub fn export(&self, analysis: &Analysis, folder: &Path, printer: &Printer, quietly: bool) -> Result<()> {
        let options = ExportOptions { top: self.top(), max_paths: self.max_paths };
        let mut listed = 0;
        for ensemble in &analysis.ensembles {
            if lists_all(&ensemble.paths, options) {
                listed += ensemble.paths.to_u64().unwrap_or(0);
            } else if !quietly {
                printer.warning(format_args!(
                    "the ensemble {} has {}, more than --max-paths {}: paths.csv holds the {} strongest (--top lists more of them, a larger --max-paths all)",
                    ensemble.readout,
                    text::plural(&ensemble.paths, "path"),
                    self.max_paths,
                    self.top
                ));
            }
        }
        if listed > 0 && !quietly {
            printer.note(format_args!(
                "listing {} in paths.csv",
                text::plural(&PathCount::from(u128::from(listed)), "path")
            ));
        }
        let progress = if quietly {
            indicatif::ProgressBar::hidden()
        } else {
            printer.progress(listed, "listing paths")
        };
        write_analysis(analysis, folder, options, &progress)?;
        progress.finish_and_clear();
        if !self.no_figures {
            for note in write_figures(analysis, folder)? {
                if !quietly {
                    printer.warning(note);
                }
            }
        }
        Ok(())
    }
}

pub fn run(args: &AnalyzeArgs, printer: &Printer) -> Result<Outcome> {
    if let Some(folder) = &args.out {
        prepare_folder(folder)?;
    }
    let files = inputs::expand(&args.files)?;
    let [file] = files.as_slice() else {
        return analyze_many::run(args, &files, printer);
    };
    let analysis = Analysis::of_file(file, &args.options())?;
    // Before anything is printed: a reader that goes away, as `head` does, must not cost the files.
    if let Some(folder) = &args.out {
        args.export(&analysis, folder, printer, false)?;
    }
    printer.result(&match args.format {
        FormatArg::Table => text::analysis(&analysis, args.top()),
        FormatArg::Json => serde_json::to_string_pretty(&Report::new(&analysis, args.top()))? + "\n",
        FormatArg::Csv => csv(std::slice::from_ref(&analysis), true)?,
    })?;
    if let Some(folder) = &args.out {
        printer.note(format_args!("results are in {}", folder.display()));
    }
    Ok(Outcome::Success)
}

/// The summary of analyses as CSV, with or without its header line.
pub fn csv(analyses: &[Analysis], header: bool) -> Result<String> {
    let mut bytes = Vec::new();
    let mut writer = TableWriter::new(TableFormat::Csv, &mut bytes);
    writer.write(&mut tables::summary(analyses)?)?;
    writer.finish()?;
    let text = String::from_utf8(bytes)?;
    Ok(if header { text } else { text.split_once('\n').map_or(String::new(), |(_, rows)| rows.to_owned()) })
}
