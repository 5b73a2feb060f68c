//! `pathscope table`

use super::arguments::FormatArg;
use super::{Outcome, usage_error};
use anyhow::Result;
use clap::{Args, ValueEnum};
use pathscope::output::Printer;
use pathscope::shell::words;
use pathscope::study::results::{Input, PaperDataset, PathMeasure, read_results};
use pathscope::tables::study::{TableOptions, correlation_frame, correlations, gain_frame, performance_gain};
use pathscope::tables::to_csv;
use pathscope_core::data::scores::Score;
use pathscope_core::files::output::PendingFile;
use pathscope_core::statistics::Bootstrap;
use serde::Serialize;
use std::path::PathBuf;

/// Make a table of the paper from the results of a study, with confidence intervals
///
/// The results come from `pathscope sweep collect`. Only finished models count, as means over the seeds of
/// their initial weights. With --format json, the version, the hashes of the results and the settings are
/// included.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope table 1 --results results.parquet
  pathscope table 3 --results results.csv --format json --out table-3.json
  pathscope table correlations --results results.parquet --dataset my-data --train-fraction 0.5
  pathscope table correlations --results results.csv --measure contribution")]
pub(super) struct TableArgs {
    /// 1 and 3: the gain of recurrent over feed-forward models by amount of training data, on the first and
    /// the second data set. correlations: correlations of performance with average path length and
    /// diversity, for Figs. 6c,d
    #[arg(value_enum, value_name = "TABLE", hide_possible_values = false)]
    table: Which,

    /// Tables of results (.csv, .parquet)
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    results: Vec<PathBuf>,

    /// Score that performance is measured with, as its mean over neurons [default: cc-norm2]
    #[arg(long, visible_alias = "metric", value_name = "SCORE", value_parser = words::<Score>())]
    score: Option<Score>,

    /// Measure of paths that the average path lengths and diversities of `correlations` are of [default:
    /// strength]; contribution needs a study with `contributions = true`
    #[arg(long, value_name = "MEASURE", value_parser = words::<PathMeasure>())]
    measure: Option<PathMeasure>,

    /// Data set, regardless of the one in the paper [default: ns2250 and imagenet8k, or the first and
    /// second by name]
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,

    /// Seed of the split into training, validation and test images [default: the lowest]
    #[arg(long, value_name = "SEED")]
    split_seed: Option<u64>,

    /// Fraction of the training images that the models of `correlations` were trained on [default: the
    /// largest]
    #[arg(long, value_name = "PART")]
    train_fraction: Option<f64>,

    /// Confidence level of the intervals
    #[arg(long, value_name = "PART", default_value_t = 0.95, value_parser = confidence)]
    confidence: f64,

    /// Number of bootstrap resamples for the intervals; 0 for none
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    bootstrap: u32,

    /// Seed of the bootstrap
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,

    /// Write the table to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    #[value(name = "1")]
    First,
    #[value(name = "3")]
    Third,
    Correlations,
}

fn confidence(text: &str) -> Result<f64, String> {
    let part = text.parse::<f64>().ok().filter(|part| *part > 0.0 && *part < 1.0);
    part.ok_or_else(|| "expected a number between 0 and 1, such as 0.95".to_owned())
}

impl TableArgs {
    fn options(&self) -> TableOptions {
        TableOptions {
            metric: self.score,
            measure: self.measure.unwrap_or_default(),
            dataset: self.dataset.clone(),
            split_seed: self.split_seed,
            bootstrap: Bootstrap {
                resamples: self.bootstrap as usize,
                confidence: self.confidence,
                seed: self.seed,
            },
        }
    }
}

/// A table with the inputs it was made from.
#[derive(Serialize)]
struct Document<'a, T> {
    schema: &'static str,
    version: &'static str,
    results: &'a [Input],
    #[serde(flatten)]
    table: &'a T,
}

impl<'a, T: Serialize> Document<'a, T> {
    fn json(schema: &'static str, results: &'a [Input], table: &'a T) -> Result<String> {
        let document = Self { schema, version: env!("CARGO_PKG_VERSION"), results, table };
        Ok(serde_json::to_string_pretty(&document)? + "\n")
    }
}

pub(super) fn run(args: &TableArgs, printer: &Printer) -> Result<Outcome> {
    if args.train_fraction.is_some() && args.table != Which::Correlations {
        return Err(usage_error(
            "--train-fraction is for `table correlations`: tables 1 and 3 have a row for each fraction",
        ));
    }
    if args.measure.is_some() && args.table != Which::Correlations {
        return Err(usage_error(
            "--measure is for `table correlations`: tables 1 and 3 have no path lengths",
        ));
    }
    let file = args.out.as_deref().map(PendingFile::create).transpose()?;
    let results = read_results(&args.results)?;
    let (rows, inputs, options) = (&results.rows, &results.inputs, args.options());
    let (text, notes) = if args.table == Which::Correlations {
        let table = correlations(rows, PaperDataset::First, args.train_fraction, &options)?;
        let text = match args.format {
            FormatArg::Table => pathscope_core::files::text::shown(&table.text()),
            FormatArg::Json => Document::json("pathscope/correlations/1", inputs, &table)?,
            FormatArg::Csv => to_csv(&mut correlation_frame(&table)?)?,
        };
        (text, table.notes)
    } else {
        let second = args.table == Which::Third;
        let which = if second { PaperDataset::Second } else { PaperDataset::First };
        let table = performance_gain(rows, which, &options)?;
        let text = match args.format {
            FormatArg::Table => pathscope_core::files::text::shown(&table.text()),
            FormatArg::Json => Document::json("pathscope/performance-gain/1", inputs, &table)?,
            FormatArg::Csv => to_csv(&mut gain_frame(&table)?)?,
        };
        (text, table.notes)
    };
    // The text states these itself.
    if args.format != FormatArg::Table || file.is_some() {
        notes.iter().for_each(|note| printer.warning(note));
    }
    match file.zip(args.out.as_deref()) {
        Some((file, path)) => {
            file.finish_with(text)?;
            printer.note(format_args!("the table is in {}", path.display()));
        }
        None => printer.result(&text)?,
    }
    Ok(Outcome::Success)
}
