//! The command `evaluate`, whatever computes the network.

use super::arguments::{EvaluateArgs, FormatArg};
use super::report::{csv, text};
use super::{
    EvaluationOptions, ModelFile, OpenedData, PredictionError, Predictor, Problem, write_evaluation,
};
use crate::output::Printer;
use clap::Args;
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::files::output::{OutputError, prepare_folder};
use pathscope_core::files::text::shown;

/// Scores a network on a data set, prints the scores, and writes them into a folder if one is given.
///
/// # Arguments
///
/// * `generator` - the name and version of the command
/// * `open` - opens a file as a network, read out at the given iteration if there is one
///
/// # Errors
///
/// [`PredictionError`]
pub fn evaluate<Machine: Args, P: Predictor>(
    arguments: &EvaluateArgs<Machine>,
    generator: &str,
    printer: &Printer,
    open: impl FnOnce(&ModelFile, Option<usize>) -> Result<P, Problem>,
) -> Result<(), PredictionError> {
    if let Some(folder) = &arguments.out {
        prepare_folder(folder)?;
    }
    let file = arguments.model.find()?;
    let predictor = open(&file, arguments.iterations).map_err(PredictionError::Predictor)?;
    let data = OpenedData::open(&file, &predictor, &arguments.options())?;
    data.warnings.iter().for_each(|warning| printer.warning(warning));
    let progress = printer.progress(data.images() as u64, "predicting");
    let done = |images: usize| progress.set_position(images as u64);
    let evaluation = data.evaluate(&file, &predictor, generator, &done);
    progress.finish_and_clear();
    let evaluation = evaluation?;
    if let Some(folder) = &arguments.out {
        write_evaluation(&evaluation, folder)?;
    }
    printer.result(&match arguments.format {
        FormatArg::Table => shown(&text(&evaluation)),
        FormatArg::Json => json(&evaluation)?,
        FormatArg::Csv => csv(&evaluation.scores)?,
    })?;
    evaluation.warnings().iter().for_each(|warning| printer.warning(warning));
    Ok(())
}

fn json(evaluation: &Evaluation) -> Result<String, OutputError> {
    let text = serde_json::to_string_pretty(evaluation);
    text.map(|text| text + "\n").map_err(|source| OutputError::Stdout { source: source.into() })
}

impl<Machine: Args> EvaluateArgs<Machine> {
    fn options(&self) -> EvaluationOptions {
        EvaluationOptions {
            data: self.data.clone(),
            part: self.split.into(),
            trials: self.trials.map(|trials| trials as usize),
            split_seed: self.split_seed,
            crop: self.crop,
            downsample: self.downsample,
            images_scale: self.images_scale,
        }
    }
}
