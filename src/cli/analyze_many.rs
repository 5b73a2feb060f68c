//! `pathscope analyze` of several checkpoints.

use super::Outcome;
use super::analyze::{AnalyzeArgs, csv};
use super::arguments::FormatArg;
use super::inputs::common_folder;
use anyhow::{Result, bail};
use indicatif::ProgressBar;
use pathscope::output::Printer;
use pathscope_core::analysis::report::Report;
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::files::output::{OutputError, PendingFile, is_closed_pipe, prepare_folder};
use rayon::prelude::*;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

/// The number of analyses that are held in memory at once, per thread.
const BATCH: usize = 64;

pub(super) fn run(
    args: &AnalyzeArgs,
    options: &AnalysisOptions,
    files: &[PathBuf],
    printer: &Printer,
) -> Result<Outcome> {
    let folders = args.out.as_ref().map(|out| output_folders(out, files)).transpose()?;
    let summary_path = args.out.as_ref().map(|out| out.join("summary.csv"));
    let mut summary = summary_path.as_deref().map(PendingFile::create).transpose()?;
    let one = |index: usize| -> Result<(Analysis, Vec<String>)> {
        let analysis = Analysis::of_file(&files[index], options)?;
        let mut notes = Vec::new();
        if let Some(folders) = &folders {
            prepare_folder(&folders[index])?;
            notes = args.export(&analysis, &folders[index], &ProgressBar::hidden())?;
        }
        Ok((analysis, notes))
    };

    let progress = printer.progress(files.len() as u64, "analyzing");
    let mut rows = Rows::new(args, files);
    let mut failed = 0;
    let mut with_others: Vec<(PathBuf, Vec<String>)> = Vec::new();
    let mut anything_written = false;
    let mut output = Output { printer, files_follow: args.out.is_some(), failure: None };
    output.print(&rows.start())?;
    let batch = BATCH * rayon::current_num_threads();
    for start in (0..files.len()).step_by(batch) {
        let indices = start..(start + batch).min(files.len());
        let results: Vec<Result<_>> = indices.into_par_iter().map(one).collect();
        progress.inc(results.len() as u64);
        let mut analyses = Vec::with_capacity(results.len());
        progress.suspend(|| {
            for result in results {
                match result {
                    Ok((analysis, notes)) => {
                        for note in notes {
                            printer.warning(format_args!("{}: {note}", analysis.path.display()));
                        }
                        let others = analysis.checkpoint().map(|checkpoint| &checkpoint.other_weights);
                        if let Some(others) = others.filter(|others| !others.is_empty()) {
                            with_others.push((analysis.path.clone(), others.clone()));
                        }
                        analyses.push(analysis);
                    }
                    Err(error) => {
                        failed += 1;
                        printer.error(error.as_ref());
                    }
                }
            }
            output.print(&rows.rows(&analyses)?)
        })?;
        if let Some((file, path)) = summary.as_mut().zip(summary_path.as_ref()) {
            let text = csv(&analyses, !anything_written)?;
            file.write_all(text.as_bytes()).map_err(|source| OutputError::unfinished(path, source))?;
            anything_written = true;
        }
    }
    output.print(rows.end())?;
    progress.finish_and_clear();
    if let Some(file) = summary {
        file.finish()?;
    }
    if let Some(error) = output.failure.filter(|error| !is_closed_pipe(error.as_ref())) {
        return Err(error);
    }
    if let Some(((path, keys), others)) = with_others.split_first() {
        printer.other_weights(path, keys);
        if !others.is_empty() {
            printer.note(format_args!("the same applies to {} more checkpoints", others.len()));
        }
    }
    if failed == 0 {
        return Ok(Outcome::Success);
    }
    printer.note(format_args!("{failed} of {} files could not be analyzed", files.len()));
    Ok(Outcome::Partial)
}

/// Standard output, which may be closed before all analyses are done.
struct Output<'a> {
    printer: &'a Printer,
    /// Whether files are written too.
    files_follow: bool,
    failure: Option<anyhow::Error>,
}

impl Output<'_> {
    /// Prints text. If files are written too, an error is kept until they are complete.
    fn print(&mut self, text: &str) -> Result<()> {
        if self.failure.is_some() {
            return Ok(());
        }
        match self.printer.result(text).map_err(anyhow::Error::from) {
            Err(error) if self.files_follow => {
                self.failure = Some(error);
                Ok(())
            }
            other => other,
        }
    }
}

/// Returns a folder under `out` for each file: its path below the common folder, without the extension.
fn output_folders(out: &Path, files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let common = common_folder(files);
    let mut taken: HashMap<PathBuf, &PathBuf> = HashMap::new();
    let mut folders = Vec::with_capacity(files.len());
    for file in files {
        let below: PathBuf = file
            .strip_prefix(&common)
            .unwrap_or(file)
            .with_extension("")
            .components()
            .filter(|component| matches!(component, Component::Normal(_)))
            .collect();
        let folder = out.join(below);
        if let Some(other) = taken.insert(folder.clone(), file) {
            bail!(
                "{} and {} would both be written to {}: analyze them separately, each with its own --out",
                other.display(),
                file.display(),
                folder.display()
            );
        }
        folders.push(folder);
    }
    Ok(folders)
}

/// Prints the rows on stdout, in the order of the files.
struct Rows<'a> {
    args: &'a AnalyzeArgs,
    path_width: usize,
    first: bool,
}

impl<'a> Rows<'a> {
    fn new(args: &'a AnalyzeArgs, files: &[PathBuf]) -> Self {
        let widths = files.iter().map(|file| file.display().to_string().chars().count());
        Self { args, path_width: widths.max().unwrap_or(0), first: true }
    }

    fn start(&self) -> String {
        match self.args.format {
            FormatArg::Table => self.line(
                "model",
                [
                    "blocks",
                    "iterations",
                    "readout",
                    "paths",
                    "average length",
                    "std",
                    "diversity",
                    "effective",
                ]
                .map(str::to_owned),
            ),
            FormatArg::Json => "[".to_owned(),
            FormatArg::Csv => String::new(),
        }
    }

    fn rows(&mut self, analyses: &[Analysis]) -> Result<String> {
        let mut text = String::new();
        match self.args.format {
            FormatArg::Table => {
                for analysis in analyses {
                    text.push_str(&self.table_rows(analysis));
                }
            }
            FormatArg::Json => {
                for analysis in analyses {
                    text.push_str(if self.first { "\n" } else { ",\n" });
                    text.push_str(&serde_json::to_string(&Report::new(analysis, self.args.top()))?);
                    self.first = false;
                }
            }
            FormatArg::Csv => {
                text = csv(analyses, self.first)?;
                self.first = false;
            }
        }
        Ok(text)
    }

    fn end(&self) -> &'static str {
        if self.args.format == FormatArg::Json { "\n]\n" } else { "" }
    }

    fn table_rows(&self, analysis: &Analysis) -> String {
        let circuit = analysis.checkpoint().map(|checkpoint| &checkpoint.model.circuit);
        let said = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let row = |ensemble: &pathscope_core::paths::ensemble::Ensemble| {
            let moment = |of: fn(pathscope_core::paths::ensemble::Moments) -> f64| {
                pathscope_core::files::text::optional(ensemble.moments.map(of))
            };
            self.line(
                &pathscope_core::files::text::shown(&analysis.path.display().to_string()),
                [
                    said(circuit.map(|circuit| circuit.blocks.len().to_string())),
                    said(circuit.map(|circuit| circuit.iterations.to_string())),
                    said(ensemble.readout.map(|readout| readout.to_string())),
                    ensemble.paths.to_string(),
                    moment(|moments| moments.average_path_length),
                    moment(|moments| moments.length_std),
                    moment(|moments| moments.diversity_nats),
                    moment(|moments| moments.effective_paths),
                ],
            )
        };
        analysis.ensembles.iter().map(row).collect()
    }

    fn line(&self, path: &str, cells: [String; 8]) -> String {
        let [blocks, iterations, readout, paths, average, std, diversity, effective] = cells;
        let width = self.path_width.max("model".len());
        format!(
            "{path:<width$}  {blocks:>6}  {iterations:>10}  {readout:<9}  {paths:>8}  {average:>14}  {std:>9}  {diversity:>9}  {effective:>9}\n"
        )
    }
}
