//! `pathscope predict`, whatever computes the network.

use super::ModelArgs;
use crate::output::Printer;
use crate::prediction::{ModelFile, OpenedImages, PredictionError, Predictor, Problem};
use anyhow::Result;
use clap::Args;
use ndarray::Array2;
use pathscope_core::data::PixelScale;
use pathscope_core::files::arrays::npy_bytes;
use pathscope_core::files::output::PendingFile;
use pathscope_core::statistics::is_constant;
use std::path::PathBuf;

/// Predict responses to images
///
/// The pixels of uint8 images are divided by 255 and others are used unchanged, unless --images-scale is
/// given. For the folder of a run, images are first cropped and downsampled like its training images.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope predict best.pth --images images.npy --out predictions.npy
  pathscope predict model.pt2 --images images.npy --out outputs.npy")]
pub struct PredictArgs<Machine: Args> {
    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub model: ModelArgs,

    /// Images [N, H, W] or [N, C, H, W], of any numeric type
    #[arg(long, value_name = "FILE.npy")]
    images: PathBuf,

    /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for uint8, 1 otherwise)
    /// [default: that of the run, else auto]
    #[arg(long, value_name = "NUMBER")]
    images_scale: Option<PixelScale>,

    /// Output file for the predictions, float32 [N, neurons]
    #[arg(long, value_name = "FILE.npy")]
    out: PathBuf,

    /// Read the network out at an earlier iteration
    #[arg(long, value_name = "T")]
    iterations: Option<usize>,

    /// Batch size in images
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,

    #[allow(missing_docs, reason = "the help text says it")]
    #[command(flatten)]
    pub machine: Machine,
}

/// Predicts responses to the images in a file and writes them into another.
///
/// # Arguments
///
/// * `open` - opens a file as a network, read out at the given iteration if there is one
///
/// # Errors
///
/// Returns a [`PredictionError`] or an error of the output. Nothing is written then.
pub fn predict<Machine: Args, P: Predictor>(
    args: &PredictArgs<Machine>,
    printer: &Printer,
    open: impl FnOnce(&ModelFile, Option<usize>) -> Result<P, Problem>,
) -> Result<()> {
    // An unwritable path is found before the work begins.
    let place = PendingFile::create(&args.out)?;
    let file = args.model.find()?;
    let predictor = open(&file, args.iterations).map_err(PredictionError::Predictor)?;
    let images = OpenedImages::open(&args.images, args.images_scale, &file, &predictor)?;
    images.warning.iter().for_each(|warning| printer.warning(warning));
    let progress = printer.progress(images.pixels.dim().0 as u64, "predicting");
    let done = |images: usize| progress.set_position(images as u64);
    let predictions = predictor.predict(&images.pixels, args.batch as usize, &done);
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
        args.out.display()
    ));
    Ok(())
}

/// Returns the number of neurons with the same prediction for all images, if there are several.
fn constant_columns(predictions: &Array2<f32>) -> usize {
    if predictions.nrows() < 2 {
        return 0;
    }
    predictions.columns().into_iter().filter(|column| is_constant(column)).count()
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
