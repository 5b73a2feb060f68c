//! `pathscope dataset info`

use crate::cli::Outcome;
use crate::cli::arguments::FormatArg;
use crate::cli::sheet::{SheetArgs, warn_of_misfit};
use anyhow::Result;
use clap::Args;
use pathscope::figures;
use pathscope::output::Printer;
use pathscope::tables;
use pathscope_core::data::scores::{Score, ScoreTable};
use pathscope_core::data::{Dataset, OpenOptions, PixelScale, Summary};
use pathscope_core::files::output::{prepare_folder, write_file};
use pathscope_core::files::text;
use std::fmt::Write;
use std::path::PathBuf;

/// The scores in the table of neurons, if a neuron has them.
const SHOWN: [Score; 2] = [Score::Fev, Score::SnrCorrected];

/// Check and summarize a data set: images, neurons, trials, and the noise ceiling CC_max and reliability of
/// each neuron
#[derive(Debug, Args)]
#[command(mut_arg("width", |arg| arg.requires("out")), after_help = "Example:\n  pathscope dataset info my-data/ --out my-data-info/

A data set is a folder with
  images.npy     uint8 or float32 [images, height, width] or [images, channels, height, width]
  responses.npy  float32 [images, trials, neurons], NaN where there was no trial
  groups.npy     optional: int32 [images]; images of one group stay together when they are split
  dataset.toml   name, and if you like title, citation, units, [preprocessing]")]
pub(crate) struct InfoArgs {
    /// Folder of the data set
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Also write contact-sheet.svg (some of the images), cc-max.svg (a histogram), neurons.csv and
    /// dataset.json into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    sheet: SheetArgs,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,

    /// Leave out neurons with constant responses, which are otherwise an error
    #[arg(long)]
    drop_constant_neurons: bool,

    /// Use only the first K trials of every image, and leave images with fewer out of ceilings
    #[arg(long, value_name = "K")]
    trials: Option<usize>,

    /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for uint8, 1 otherwise)
    #[arg(long, value_name = "NUMBER", default_value_t)]
    images_scale: PixelScale,
}

pub(super) fn run(args: &InfoArgs, printer: &Printer) -> Result<Outcome> {
    if let Some(folder) = &args.out {
        prepare_folder(folder)?;
    }
    let options = OpenOptions {
        drop_constant_neurons: args.drop_constant_neurons,
        trials: args.trials,
        images_scale: args.images_scale,
    };
    let dataset = Dataset::open_with(&args.folder, &options)?;
    let summary = Summary::new(&dataset);
    let json = serde_json::to_string_pretty(&summary)? + "\n";
    let csv = tables::to_csv(&mut tables::neurons(&summary)?)?;
    if let Some(folder) = &args.out {
        let sheet = args.sheet.sheet();
        let contact_sheet = figures::contact_sheet(&dataset, sheet)?;
        let ceilings = figures::ceiling_histogram(&summary, sheet)?;
        warn_of_misfit(sheet, "contact-sheet.svg", &contact_sheet, printer);
        warn_of_misfit(sheet, "cc-max.svg", &ceilings, printer);
        write_file(&folder.join("dataset.json"), &json)?;
        write_file(&folder.join("neurons.csv"), &csv)?;
        write_file(&folder.join("contact-sheet.svg"), &contact_sheet)?;
        write_file(&folder.join("cc-max.svg"), &ceilings)?;
    }
    for warning in summary.warnings.iter().chain(&left_out(&summary)) {
        printer.warning(warning);
    }
    printer.result(&match args.format {
        FormatArg::Table => pathscope_core::files::text::shown(&table(&summary)),
        FormatArg::Json => json,
        FormatArg::Csv => csv,
    })?;
    if let Some(folder) = &args.out {
        printer.note(format_args!("results are in {}", folder.display()));
    }
    Ok(Outcome::Success)
}

/// Returns the note on images that the ceilings leave out.
fn left_out(summary: &Summary) -> Option<String> {
    let used = summary.trial_use;
    let left_out = summary.images.count - used.scored_images;
    let have = match used.first {
        Some(first) => format!("fewer than {first} trials"),
        None => "a single trial".to_owned(),
    };
    (left_out > 0).then(|| {
        format!(
            "{left_out} of the {} images have {have}: ceilings, and the scores normalized by them, use the other {} only",
            summary.images.count, used.scored_images
        )
    })
}

fn table(summary: &Summary) -> String {
    let mut output = format!("{}\n", summary.about.name);
    for line in [&summary.about.title, &summary.about.citation].into_iter().flatten() {
        let _ = writeln!(output, "  {line}");
    }
    let images = summary.images;
    let channels =
        if images.channels == 1 { String::new() } else { format!(" in {} channels", images.channels) };
    let trials = match (summary.trials.least, summary.trials.most) {
        (1, 1) => "1 of each image: single trials, or averages without trials".to_owned(),
        (least, most) if least == most => format!("{least} of each image"),
        (1, most) => format!("1 to {most} of each image, 1 of {}", summary.trials.single),
        (least, most) => format!("{least} to {most} of each image"),
    };
    let mut rows = vec![
        ("images", format!("{} of {} × {} pixels{channels}", images.count, images.height, images.width)),
        ("pixels", summary.pixels.to_string()),
        ("groups", summary.groups.map_or("none".to_owned(), |groups| groups.to_string())),
        ("neurons", summary.neurons.len().to_string()),
        ("trials", trials),
    ];
    if let Some(units) = &summary.about.units {
        rows.push(("responses", units.clone()));
    }
    let equal = summary.equal_axes();
    if !equal.is_empty() {
        let look = "if axes may have been exchanged, look at contact-sheet.svg (--out)";
        rows.push(("axes", format!("{}: {look}", equal.join(", "))));
    }
    output.push('\n');
    for (name, value) in rows {
        let _ = writeln!(output, "  {name:<9}  {value}");
    }
    output.push_str("\nNoise ceiling\n");
    let ceiling = &summary.cc_max;
    if let Some((mean, median)) = ceiling.mean.zip(ceiling.median) {
        let neurons = if ceiling.neurons == 1 { "neuron" } else { "neurons" };
        let _ = writeln!(
            output,
            "  CC_max of {} {neurons}: mean {}, median {}",
            ceiling.neurons,
            text::number(mean),
            text::number(median)
        );
        let _ = writeln!(output, "  {}", summary.trial_use);
    }
    for reason in ceiling.remarks().into_iter().chain(ceiling.reasons()) {
        let _ = writeln!(output, "  {reason}");
    }
    output.push_str(&reliability(&summary.reliability));
    let is_known = |score: &Score| summary.reliability.averages.contains_key(score);
    let shown: Vec<Score> = SHOWN.into_iter().filter(is_known).collect();
    let rows = summary.neurons.iter().zip(&summary.reliability.by_neuron).map(|(neuron, values)| {
        let mut row = vec![
            neuron.neuron.to_string(),
            neuron.trials.to_string(),
            text::number(neuron.mean_response),
            text::optional(neuron.cc_max),
        ];
        row.extend(shown.iter().map(|&score| text::optional(values.scores.get(score))));
        row
    });
    let mut heads = vec!["neuron", "trials", "mean response", "CC_max"];
    heads.extend(shown.iter().map(|score| score.label()));
    let _ = write!(output, "\n{}", text::table(&heads, 0..heads.len(), rows));
    output
}

/// Returns the lines about scores that need no prediction. There are none without repeated trials.
fn reliability(table: &ScoreTable) -> String {
    let mut output = String::new();
    for (score, average) in table.averages.iter().filter(|(score, _)| **score != Score::CcMax) {
        let _ = writeln!(
            output,
            "  {} of {}: mean {}, median {}",
            score.label(),
            text::counted(average.neurons, "neuron"),
            text::number(average.mean),
            text::number(average.median)
        );
    }
    if output.is_empty() { output } else { format!("\nReliability\n{output}") }
}
