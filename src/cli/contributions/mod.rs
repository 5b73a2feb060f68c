//! `pathscope contributions`

mod arguments;
mod beside;
mod by_length;
mod folder;
mod images;

pub(super) use arguments::ContributionsArgs;
pub(super) use beside::contributions_beside;
pub(super) use by_length::{ByLength, Computing, contributions_by_length};
pub(super) use images::Wanted;

use super::arguments::FormatArg;
use super::memory::keep_freed;
use super::{Outcome, usage_error};
use anyhow::Result;
use folder::{Answer, write_answer, write_fields};
use images::Images;
use pathscope::output::Printer;
use pathscope::tables;
use pathscope_core::analysis::contributions::{ContributedModel, Contributions, ContributionsError};
use pathscope_core::analysis::report::PathRow;
use pathscope_core::files::output::prepare_folder;
use pathscope_core::files::text::shown;

pub(super) fn run(args: &ContributionsArgs, printer: &Printer) -> Result<Outcome> {
    keep_freed();
    if let Some(folder) = &args.out {
        prepare_folder(folder)?;
    }
    let file = args.file()?;
    let images = Images::open(&args.wanted(), &file, printer)?;
    let (_, channels, height, width) = images.pixels.dim();
    let model = ContributedModel::open(&file.path, &args.analysis_options()?, [channels, height, width])?;
    model.analysis.remarks.iter().for_each(|remark| printer.note(remark));
    check_units(args, &model, &images)?;
    let answers = answers(args, &model, &images, printer)?;
    if let Some(folder) = &args.out {
        for answer in &answers {
            write_answer(args, folder, answer, answers.len() > 1)?;
        }
        if args.receptive_fields {
            write_fields(args, folder, &model, &images, printer)?;
        }
    }
    for answer in &answers {
        answer.document.warnings.iter().for_each(|warning| printer.warning(warning));
    }
    printer.result(&printed(args, &answers)?)?;
    if let Some(folder) = &args.out {
        printer.note(format_args!("results are in {}", folder.display()));
    }
    Ok(Outcome::Success)
}

/// Refuses unknown units before any long computation.
fn check_units(args: &ContributionsArgs, model: &ContributedModel, images: &Images) -> Result<()> {
    let Some(&unit) = args.units.iter().max() else { return Ok(()) };
    let units = model.units(images.pixels.view())?;
    if unit >= units {
        return Err(ContributionsError::NoUnit { unit, units }.into());
    }
    Ok(())
}

/// Computes the requested contributions: one result, or one per block or connection.
fn answers(
    args: &ContributionsArgs,
    model: &ContributedModel,
    images: &Images,
    printer: &Printer,
) -> Result<Vec<Answer>> {
    let options = args.compute_options(images)?;
    let pixels = images.pixels.view();
    let progress = printer.progress(pixels.dim().0 as u64, "computing contributions");
    let done = |images: usize| progress.set_position(images as u64);
    let found: Vec<(Contributions, Vec<PathRow>)> = if args.paths {
        let listed = model.compute_paths(pixels, args.max_paths as usize, &options, &done)?;
        if !listed.all {
            printer.note(format_args!(
                "these are the {} strongest paths: raise --max-paths for more",
                listed.paths.len()
            ));
        }
        vec![(listed.contributions, listed.paths)]
    } else {
        let gradings = model.gradings(args.by);
        if gradings.is_empty() {
            return Err(usage_error(format!(
                "no path leads through a convolution, so there are no groups by {}",
                args.by
            )));
        }
        let found = model.compute(pixels, &gradings, &options, &done)?;
        found.into_iter().map(|contributions| (contributions, Vec::new())).collect()
    };
    progress.finish_and_clear();
    let bootstrap = args.bootstrap();
    let answer = |(contributions, paths): (Contributions, Vec<PathRow>)| -> Result<Answer> {
        let recordings = images.recordings(contributions.units(), printer)?;
        let recordings = recordings.as_ref();
        let mut document =
            model.document(&contributions, images.source(), &options, recordings, &bootstrap)?;
        document.paths = paths;
        Ok(Answer { document, contributions })
    };
    found.into_iter().map(answer).collect()
}

/// Returns the text for stdout.
fn printed(args: &ContributionsArgs, answers: &[Answer]) -> Result<String> {
    let documents = || answers.iter().map(|answer| &answer.document);
    Ok(match (args.format, answers) {
        (FormatArg::Table, _) => {
            let texts = documents().map(|document| document.text(&args.units));
            shown(&texts.collect::<Result<Vec<String>, _>>()?.join("\n"))
        }
        (FormatArg::Json, [answer]) => serde_json::to_string_pretty(&answer.document)? + "\n",
        (FormatArg::Json, _) => serde_json::to_string_pretty(&documents().collect::<Vec<_>>())? + "\n",
        (FormatArg::Csv, _) => {
            let mut text = String::new();
            for document in documents() {
                let units = args.units.iter().map(|&unit| document.unit(unit));
                let units = units.collect::<Result<Vec<_>, _>>()?;
                let summaries = [&document.summary.population].into_iter().chain(units);
                let csv = tables::to_csv(&mut tables::contributions(document, summaries)?)?;
                let rows = if text.is_empty() {
                    Some(csv.as_str())
                } else {
                    csv.split_once('\n').map(|(_, rows)| rows)
                };
                text.push_str(rows.unwrap_or(""));
            }
            text
        }
    })
}
