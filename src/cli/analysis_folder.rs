//! The folder of an analysis.

use anyhow::Result;
use indicatif::ProgressBar;
use pathscope::figures::{AnalysisFigure, EnsembleOptions, Sheet};
use pathscope::frames::{TableFormat, TableWriter};
use pathscope::tables::{self, PathRows};
use pathscope_core::analysis::Analysis;
use pathscope_core::analysis::report::Report;
use pathscope_core::files::documents::write_json;
use pathscope_core::files::output::{OutputError, PendingFile, write_file};
use pathscope_core::paths::PathCount;
use pathscope_core::paths::ensemble::Ensemble;
use std::path::Path;

/// The number of rows of the table of paths that are held in memory at once.
const BATCH: usize = 8192;

/// What to write into the folder of an analysis.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExportOptions {
    /// The number of strongest paths to list in `analysis.json`.
    pub top: usize,
    /// The largest number of paths for which all are listed.
    pub max_paths: u64,
    /// The largest total number of components on all listed paths.
    pub max_components: u64,
    /// Whether to write the tables as Parquet too, beside CSV.
    pub parquet: bool,
}

/// The reason why the paths of an ensemble are not all listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unlisted {
    /// The ensemble has this many paths, more than `max_paths`.
    Paths,
    /// The paths have this many components in total, more than `max_components`.
    Components(PathCount),
}

/// Returns why the paths of an ensemble are not all listed, if they are not.
pub(super) fn unlisted(analysis: &Analysis, ensemble: &Ensemble, options: ExportOptions) -> Option<Unlisted> {
    let within = |count: &PathCount, most: u64| count.to_u64().is_some_and(|count| count <= most);
    if !within(&ensemble.paths, options.max_paths) {
        return Some(Unlisted::Paths);
    }
    let graph = analysis.graph();
    let through = analysis.reading(ensemble).through();
    let mut components = PathCount::ZERO;
    for node in graph.nodes().filter(|&node| graph.component(node).is_some()) {
        components += &through.node(node);
    }
    (!within(&components, options.max_components)).then_some(Unlisted::Components(components))
}

/// Writes `analysis.json` and the tables of an analysis into a folder.
pub(super) fn write_analysis(
    analysis: &Analysis,
    folder: &Path,
    options: ExportOptions,
    progress: &ProgressBar,
) -> Result<()> {
    write_json(&folder.join("analysis.json"), &Report::new(analysis, options.top))?;
    for format in [TableFormat::Csv, TableFormat::Parquet] {
        if format == TableFormat::Parquet && !options.parquet {
            continue;
        }
        let place = |name: &str| folder.join(name).with_extension(format.extension());
        for (name, mut frame) in [
            ("components", tables::components(analysis)?),
            ("lengths", tables::lengths(&analysis.ensembles)?),
        ] {
            let path = place(name);
            let mut file = PendingFile::create(&path)?;
            let mut writer = TableWriter::new(format, &mut file);
            writer
                .write(&mut frame)
                .and_then(|()| writer.finish())
                .map_err(|error| OutputError::unfinished(&path, error))?;
            file.finish()?;
        }
        let path = place("paths");
        let mut file = PendingFile::create(&path)?;
        write_paths(analysis, format, &mut file, options, progress)
            .map_err(|error| OutputError::unfinished(&path, error))?;
        file.finish()?;
    }
    Ok(())
}

/// The number of strongest paths in the figure of an ensemble, whatever `--top` is.
const MOST_CHAINS: usize = 20;

/// Writes the figures of an analysis into a folder.
///
/// With several readout modes, each mode has its own. Returns a note for each figure that could not be drawn or does
/// not fit.
///
/// # Arguments
///
/// * `top` - the number of strongest paths in the figure of the ensemble
/// * `sheet` - the sheet that the figures are drawn for
pub(super) fn write_figures(
    analysis: &Analysis,
    folder: &Path,
    top: usize,
    sheet: Sheet,
) -> Result<Vec<String>> {
    let options = EnsembleOptions { paths: top.clamp(1, MOST_CHAINS), sheet };
    let mut not_drawn = Vec::new();
    for ensemble in &analysis.ensembles {
        let suffix = match ensemble.readout {
            Some(readout) if analysis.ensembles.len() > 1 => format!("-{readout}"),
            _ => String::new(),
        };
        for figure in AnalysisFigure::of(analysis) {
            let name = format!("{}{suffix}.svg", figure.name(analysis));
            match figure.draw(analysis, ensemble, &options) {
                Ok(figure) => {
                    not_drawn
                        .extend(sheet.misfit(&figure).map(|misfit| format!("{name} does not fit: {misfit}")));
                    write_file(&folder.join(name), &figure)?;
                }
                Err(error) => not_drawn.push(format!("{name} is left out: {error}")),
            }
        }
    }
    Ok(not_drawn)
}

/// Returns the table of all paths of an ensemble, or of the strongest if there are too many.
fn write_paths(
    analysis: &Analysis,
    format: TableFormat,
    file: &mut PendingFile,
    options: ExportOptions,
    progress: &ProgressBar,
) -> Result<()> {
    let mut writer = TableWriter::new(format, file);
    let mut rows = PathRows::default();
    for (index, ensemble) in analysis.ensembles.iter().enumerate() {
        let reading = analysis.reading(ensemble);
        let mut add = |path: &_, strength| {
            rows.push(analysis, index, path, strength);
            if rows.len() == BATCH {
                writer.write(&mut rows.take_frame()?)?;
                progress.inc(BATCH as u64);
            }
            Ok::<_, anyhow::Error>(())
        };
        if unlisted(analysis, ensemble, options).is_none() {
            for path in reading.paths() {
                add(&path, reading.strength(&path))?;
            }
        } else {
            for found in reading.strongest().take(options.top) {
                add(&found.path, found.strength)?;
            }
        }
    }
    writer.write(&mut rows.take_frame()?)?;
    Ok(writer.finish()?)
}
