//! The folder of contributions.

use super::arguments::ContributionsArgs;
use super::images::Images;
use anyhow::Result;
use pathscope::figures::{self, FigureError};
use pathscope::output::Printer;
use pathscope::tables;
use pathscope_core::analysis::contributions::{
    CONTRIBUTIONS, ContributedModel, Contributions, ContributionsDocument, Mark,
};
use pathscope_core::files::arrays::write_npy;
use pathscope_core::files::output::{prepare_folder, write_file};
use std::path::{Path, PathBuf};

/// Contributions with the results that follow from them.
pub(super) struct Answer {
    pub document: ContributionsDocument,
    pub contributions: Contributions,
}

/// Returns the folder of one of several results.
fn place(folder: &Path, mark: &Mark) -> PathBuf {
    let name = match mark {
        Mark::Block(name) | Mark::Connection(name) => name.as_str(),
        Mark::Length => "length",
        Mark::Iteration => "iteration",
        Mark::Path => "path",
    };
    // A module's name may contain characters that are not allowed in a file name.
    let safe =
        |letter: char| if letter.is_alphanumeric() || "[].,_- ".contains(letter) { letter } else { '-' };
    folder.join(name.chars().map(safe).collect::<String>())
}

/// Writes a result into the folder, or into a subfolder if there are several.
pub(super) fn write_answer(
    args: &ContributionsArgs,
    folder: &Path,
    answer: &Answer,
    several: bool,
) -> Result<()> {
    let Answer { document, contributions } = answer;
    let folder = if several { place(folder, &contributions.mark) } else { folder.to_owned() };
    prepare_folder(&folder)?;
    write_npy(&folder.join("contributions.npy"), &contributions.parts)?;
    let summaries = [&document.summary.population].into_iter().chain(&document.summary.units);
    let csv = tables::to_csv(&mut tables::contributions(document, summaries)?)?;
    write_file(&folder.join("contributions.csv"), csv)?;
    if !args.no_figures {
        write_figures(args, &folder, document)?;
    }
    // Written last: if the document exists, everything does.
    Ok(write_file(&folder.join(CONTRIBUTIONS), document.json()?)?)
}

fn write_figures(args: &ContributionsArgs, folder: &Path, document: &ContributionsDocument) -> Result<()> {
    let (summary, sheet) = (&document.summary, args.sheet.sheet());
    let title = title(&document.source.path);
    let write = |name: &str, figure: Result<String, FigureError>| -> Result<()> {
        Ok(write_file(&folder.join(name), figure?)?)
    };
    write(
        "contributions.svg",
        figures::contribution_distribution(summary, &summary.population, &title, sheet),
    )?;
    for &unit in &args.units {
        let figure = figures::contribution_distribution(
            summary,
            document.unit(unit)?,
            &format!("{title}, unit {unit}"),
            sheet,
        );
        write(&format!("contributions-{unit}.svg"), figure)?;
    }
    write("units.svg", figures::unit_contributions(summary, &title, sheet))?;
    if summary.population.explained.is_some() {
        write("partial-sums.svg", figures::partial_sums(summary, &title, sheet))?;
    }
    Ok(())
}

/// Computes receptive fields and writes them to files.
pub(super) fn write_fields(
    args: &ContributionsArgs,
    folder: &Path,
    model: &ContributedModel,
    images: &Images,
    printer: &Printer,
) -> Result<()> {
    let options = args.compute_options(images)?;
    let units = match args.units.as_slice() {
        [] => (0..model.units(images.pixels.view())?).collect(),
        given => given.to_vec(),
    };
    let gradings = model.gradings(args.by);
    for grading in &gradings {
        let progress = printer.progress(images.pixels.dim().0 as u64, "computing receptive fields");
        let done = |images: usize| progress.set_position(images as u64);
        let fields = model.receptive_fields(images.pixels.view(), grading, &units, &options, &done)?;
        progress.finish_and_clear();
        let folder = if gradings.len() > 1 { place(folder, &grading.0) } else { folder.to_owned() };
        write_npy(&folder.join("receptive-fields.npy"), &fields.filters)?;
        if !args.no_figures {
            let drawn = figures::ReceptiveFields {
                mark: &fields.mark,
                marks: &fields.marks,
                units: &fields.units,
                filters: fields.filters.view(),
            };
            let title = title(&model.analysis.path.display().to_string());
            write_file(
                &folder.join("receptive-fields.svg"),
                figures::receptive_fields(&drawn, &title, args.sheet.sheet())?,
            )?;
        }
    }
    Ok(())
}

fn title(path: &str) -> String {
    let path = Path::new(path);
    let parts: Vec<_> = path.components().rev().take(2).collect();
    let parts: Vec<String> =
        parts.into_iter().rev().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}
