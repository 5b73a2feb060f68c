//! Predicted responses to the images in a file.

use super::arguments::PredictArgs;
use super::predictor::{trained_on, unlike_training};
use super::{ModelFile, PredictionError, Predictor, Problem, read_images};
use crate::output::Printer;
use clap::Args;
use ndarray::{Array2, ArrayView1};
use pathscope_core::data::PixelScale;
use pathscope_core::files::arrays::npy_bytes;
use pathscope_core::files::output::PendingFile;

/// Predicts responses to the images in a file and writes them into another.
///
/// # Arguments
///
/// * `open` - opens a file as a network, read out at the given iteration if there is one
///
/// # Errors
///
/// Returns a [`PredictionError`]. Nothing is written then.
pub fn predict<Machine: Args, P: Predictor>(
    arguments: &PredictArgs<Machine>,
    printer: &Printer,
    open: impl FnOnce(&ModelFile, Option<usize>) -> Result<P, Problem>,
) -> Result<(), PredictionError> {
    // An unwritable path is found before the work begins.
    let place = PendingFile::create(&arguments.out)?;
    let file = arguments.model.find()?;
    let predictor = open(&file, arguments.iterations).map_err(PredictionError::Predictor)?;
    let of_run = file.settings.as_ref().map(|settings| settings.images_scale);
    let scale = arguments.images_scale.or(of_run).unwrap_or_default();
    let (mut images, pixels) = read_images(&arguments.images, scale)?;
    if let Some(settings) = &file.settings {
        images = settings.preprocessing().prepare_images(images.view(), &arguments.images)?;
    }
    predictor.check_images(images.dim().into()).map_err(|problem| {
        let path = arguments.images.clone();
        PredictionError::Images { path, problem }
    })?;
    let record = file.record.as_ref().and_then(|record| record.pixels.as_ref());
    let moments = trained_on(&predictor).map_err(PredictionError::Predictor)?;
    let unlike = unlike_training(moments, images.view(), &pixels, record);
    // If the statistics of the training images are known, there is no doubt about the scale.
    let unknown = scale == PixelScale::Auto && moments.is_none();
    if let Some(warning) = unlike.or_else(|| pixels.doubt().filter(|_| unknown)) {
        printer.warning(format_args!("{}: {warning}", arguments.images.display()));
    }
    let progress = printer.progress(images.dim().0 as u64, "predicting");
    let predictions =
        predictor.predict(&images, arguments.batch as usize, &|done| progress.set_position(done as u64));
    progress.finish_and_clear();
    let predictions = predictions.map_err(PredictionError::Predictor)?;
    let constant = constant_columns(&predictions);
    if constant > 0 {
        printer.warning(format_args!(
            "the predictions of {constant} of {} neurons are the same for all images",
            predictions.ncols()
        ));
    }
    place.finish_with(npy_bytes(&predictions))?;
    printer.note(format_args!(
        "predictions of {} neurons for {} images are in {}",
        predictions.ncols(),
        predictions.nrows(),
        arguments.out.display()
    ));
    Ok(())
}

/// Returns the number of neurons with the same prediction for all images, if there are several.
fn constant_columns(predictions: &Array2<f32>) -> usize {
    if predictions.nrows() < 2 {
        return 0;
    }
    let is_constant = |column: &ArrayView1<'_, f32>| column.iter().all(|value| *value == column[0]);
    predictions.columns().into_iter().filter(is_constant).count()
}

#[cfg(test)]
mod tests {
    use super::constant_columns;
    use ndarray::array;

    #[test]
    fn columns_are_constant_over_several_images() {
        assert_eq!(constant_columns(&array![[1.0, 2.0], [1.0, 3.0]]), 1);
        assert_eq!(constant_columns(&array![[1.0, 2.0]]), 0);
    }
}
