//! Evaluation of a network on the recordings of a data set.

use super::arguments::{EvaluateArgs, FormatArg};
use super::measure::check_fit;
use super::predictor::{trained_on, unlike_training};
use super::report::{csv, text};
use super::{Evaluated, ModelFile, PredictionError, Predictor, Problem, measure, write_evaluation};
use crate::output::Printer;
use crate::study::run::Settings;
use clap::Args;
use pathscope_core::data::SplitData;
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::files::checkpoint::sha256;
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
    let file = ModelFile::find(&arguments.model)?;
    let predictor = open(&file, arguments.iterations).map_err(PredictionError::Predictor)?;
    let settings = arguments.settings(&file, printer);
    if settings.data.as_os_str().is_empty() {
        return Err(PredictionError::NoData);
    }
    let data = settings.open_data()?;
    data.dataset.warnings.iter().for_each(|warning| printer.warning(warning));
    check_fit(&predictor, &data)?;
    compare_data(&data, &file, printer);
    let record = file.record.as_ref().and_then(|record| record.pixels.as_ref());
    let moments = trained_on(&predictor).map_err(PredictionError::Predictor)?;
    let images = data.prepared.images.view();
    if let Some(warning) = unlike_training(moments, images, &data.dataset.pixels, record) {
        printer.warning(warning);
    }
    let part = arguments.split.into();
    let sha256 = sha256(&file.path).map_err(|error| PredictionError::Predictor(error.into()))?;
    let evaluated = Evaluated { path: &file.path, sha256: &sha256, generator };
    let progress = printer.progress(data.images_of(part).len() as u64, "predicting");
    let evaluation = measure(&predictor, evaluated, &data, part, &settings, &|done| {
        progress.set_position(done as u64);
    });
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

fn compare_data(data: &SplitData, file: &ModelFile, printer: &Printer) {
    if let Some(record) = &file.record
        && record.dataset_sha256 != data.dataset.sha256
    {
        printer.warning(format_args!(
            "{}: is not the data set that the run was trained on, so the network may have been trained on its test images",
            data.dataset.folder.display()
        ));
    }
}

impl<Machine: Args> EvaluateArgs<Machine> {
    /// Returns the run's settings, or the defaults, overridden by the given arguments.
    fn settings(&self, file: &ModelFile, printer: &Printer) -> Settings {
        let mut settings = file.settings.clone().unwrap_or_default();
        if let Some(data) = &self.data {
            settings.data.clone_from(data);
        }
        let mut differs = false;
        let mut set = |setting: &mut usize, given: Option<usize>| {
            if let Some(given) = given {
                differs |= *setting != given;
                *setting = given;
            }
        };
        set(&mut settings.crop, self.crop);
        set(&mut settings.downsample, self.downsample);
        if let Some(trials) = self.trials {
            settings.trials = trials as usize;
        }
        if let Some(scale) = self.images_scale {
            settings.images_scale = scale;
        }
        if let Some(seed) = self.split_seed {
            differs |= settings.split_seed != seed;
            settings.split_seed = seed;
        }
        if differs && file.settings.is_some() {
            printer.warning(
                "the run was trained with another --crop, --downsample or --split-seed: leave them out, or the network may have been trained on the test images",
            );
        }
        settings
    }
}
