//! `pathscope sweep collect`

use crate::cli::Outcome;
use crate::cli::arguments::FormatArg;
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope::shell::words;
use pathscope::study::results::{Kind, ResultRow, ResultsFile, SCHEMA, Status, results_frame};
use pathscope::study::sweep::{SweepFolder, SweepRecord, add_contributions, collect};
use pathscope::tables;
use pathscope_core::analysis::report::Generator;
use pathscope_core::data::scores::Score;
use pathscope_core::files::text::{optional, table};
use pathscope_core::statistics::Mean;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// The number of models without results that the table names.
const MOST_NAMED: usize = 10;

/// Make the table of results of a sweep, with one row per model
///
/// Models that are unfinished, or whose files do not match, have a row with the reason and no scores. If
/// the study sets `contributions = true`, the contributions of the paths to the responses to the test
/// images are computed with a few forward passes per model, and kept in the model's folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope sweep collect sweeps/ns2250 --out results.parquet
  pathscope sweep collect sweeps/ns2250 --format csv > results.csv")]
pub(crate) struct CollectArgs {
    /// Folder of the sweep
    folder: PathBuf,

    /// Also write the table into this file, .parquet or .csv
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Score whose mean over models is printed; repeat it for several [default: cc-raw2 and cc-norm2]
    #[arg(long = "score", value_name = "SCORE", value_parser = words::<Score>())]
    scores: Vec<Score>,

    /// Output format: table counts the models; json and csv have one row per model
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,
}

pub(super) fn run(args: &CollectArgs, printer: &Printer) -> Result<Outcome> {
    let folder = SweepFolder::open(&args.folder)?;
    let file = args.out.as_deref().map(ResultsFile::create).transpose()?;
    let plan = folder.plan()?;
    let progress = printer.progress(plan.models.len() as u64, "reading results");
    let mut collected = collect(&folder, &plan, &|| progress.inc(1))?;
    progress.finish_and_clear();
    if plan.study.contributions {
        let progress = printer.progress(plan.models.len() as u64, "computing contributions");
        add_contributions(&folder, &plan, &mut collected, &|| progress.inc(1));
        progress.finish_and_clear();
    }
    collected.warnings.iter().for_each(|warning| printer.warning(warning));
    // Written before anything is printed, so that a closed pipe such as `head` does not cost the file.
    if let Some(file) = file {
        file.finish(&collected.rows)?;
    }
    let rows = &collected.rows;
    printer.result(&match args.format {
        FormatArg::Table => pathscope_core::files::text::shown(&text(&folder, rows, &args.scores)),
        FormatArg::Json => {
            let document =
                Document { schema: SCHEMA, generator: Generator::THIS, sweep: folder.record(), rows };
            serde_json::to_string_pretty(&document)? + "\n"
        }
        FormatArg::Csv => tables::to_csv(&mut results_frame(rows)?)?,
    })?;
    if let Some(path) = &args.out {
        printer.note(format_args!("the table is {}", path.display()));
    }
    Ok(Outcome::Success)
}

/// The JSON document `pathscope/results/1`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    generator: Generator,
    sweep: &'a SweepRecord,
    rows: &'a [ResultRow],
}

fn text(folder: &SweepFolder, rows: &[ResultRow], chosen: &[Score]) -> String {
    let scores = if chosen.is_empty() { &[Score::CcRaw2, Score::CcNorm2] } else { chosen };
    let has_contributions = rows.iter().any(ResultRow::has_contributions);
    let lines = Kind::ALL.into_iter().filter_map(|kind| {
        let of: Vec<&ResultRow> = rows.iter().filter(|row| row.kind == kind).collect();
        let count = |status| of.iter().filter(|row| row.status == status).count();
        let finished = count(Status::Finished);
        let (failed, broken) = (count(Status::Failed), count(Status::Broken));
        let others = of.len() - finished - failed - broken;
        let mean = |value: &dyn Fn(&ResultRow) -> Option<f64>| {
            let values: Vec<f64> = of.iter().filter_map(|row| value(row)).collect();
            optional(Mean::of(&values).map(|mean| mean.mean))
        };
        let mut line = vec![kind.to_string()];
        line.extend([of.len(), finished, failed, broken, others].map(|count| count.to_string()));
        line.extend(scores.iter().map(|&score| mean(&|row| row.score(score))));
        line.push(mean(&|row| row.average_path_length));
        if has_contributions {
            line.push(mean(&|row| row.contribution_average_path_length));
        }
        (!of.is_empty()).then_some(line)
    });
    let mut heads: Vec<String> =
        ["kind", "models", "finished", "failed", "broken", "not finished"].map(str::to_owned).into();
    heads.extend(scores.iter().map(|score| format!("mean {}", score.label())));
    heads.push("mean path length".to_owned());
    if has_contributions {
        heads.push("by contribution".to_owned());
    }
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut text = format!("{}\n\n{}", folder.record().study, table(&heads, 1..heads.len(), lines));
    let without: Vec<&ResultRow> =
        rows.iter().filter(|row| matches!(row.status, Status::Failed | Status::Broken)).collect();
    if !without.is_empty() {
        text.push_str("\nwithout results\n");
    }
    for row in without.iter().take(MOST_NAMED) {
        let problem = row.problem.as_deref().unwrap_or_default();
        let _ = writeln!(text, "  {} {} {}: {problem}", row.id, row.kind, row.status);
    }
    if without.len() > MOST_NAMED {
        let _ = writeln!(text, "  and {} more: list them with --format csv", without.len() - MOST_NAMED);
    }
    text
}
