//! `pathscope predict`

use super::run_inputs::ModelArgs;
use super::{MachineArgs, Outcome};
use anyhow::{Context, Result, bail};
use clap::Args;
use ndarray::{Array2, Array4, Ix3, Ix4};
use pathscope::arrays::{npy_bytes, read_npy};
use pathscope::dataset::{PixelScale, Pixels};
use pathscope::output::{PendingFile, Printer};
use pathscope::run::{RECORD, read_record};
use pathscope_torch::evaluation::predict;
use pathscope_torch::pixels::{trained_on, unlike_training};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Predict responses to images
///
/// Images are seen as they are in the file, uint8 ones divided by 255, or as --images-scale says. Those of a run's
/// folder are first cropped and downsampled as its training images were.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pathscope predict best.pth --images images.npy --out predictions.npy")]
pub struct PredictArgs {
    #[command(flatten)]
    model: ModelArgs,

    /// Images [N, H, W] or [N, C, H, W], of any type of numbers
    #[arg(long, value_name = "FILE.npy")]
    images: PathBuf,

    /// What pixels are divided by: 255, 1 (as they are), another number, or auto (255 for uint8, 1 for all others)
    /// [default: as the run, else auto]
    #[arg(long, value_name = "NUMBER")]
    images_scale: Option<PixelScale>,

    /// Where to put the predictions, float32 [N, neurons]
    #[arg(long, value_name = "FILE.npy")]
    out: PathBuf,

    /// Read the network out at an earlier iteration
    #[arg(long, value_name = "T")]
    iterations: Option<usize>,

    /// Images that are computed at once
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,

    #[command(flatten)]
    machine: MachineArgs,
}

pub fn run(args: &PredictArgs, printer: &Printer) -> Result<Outcome> {
    let mut file = PendingFile::create(&args.out)?;
    let machine = args.machine.prepare();
    let mut model = args.model.open(machine.device)?;
    if let Some(iterations) = args.iterations {
        model.network.read_out_at(iterations)?;
    }
    let of_run = model.settings.as_ref().map(|settings| settings.images_scale);
    let scale = args.images_scale.or(of_run).unwrap_or_default();
    let (mut images, pixels) = read_images(&args.images, scale)?;
    if let Some(settings) = &model.settings {
        images = settings.preprocessing().prepare_images(images.view(), &args.images)?;
    }
    let record = read_record(&args.model.model.join(RECORD)).ok().and_then(|record| record.pixels);
    let unlike = unlike_training(&model.network, images.view(), &pixels, record.as_ref())?;
    // A network that says what it was trained on leaves no doubt about the scale.
    let unknown = scale == PixelScale::Auto && trained_on(&model.network)?.is_none();
    if let Some(warning) = unlike.or_else(|| pixels.doubt().filter(|_| unknown)) {
        printer.warning(format_args!("{}: {warning}", args.images.display()));
    }
    let progress = printer.progress(images.dim().0 as u64, "predicting");
    let batch = args.batch as usize;
    let predictions =
        predict(&model.network, &images, batch, machine.device, |done| progress.set_position(done as u64))
            .with_context(|| args.images.display().to_string())?;
    progress.finish_and_clear();
    let constant = constant_columns(&predictions);
    if constant > 0 {
        printer.warning(format_args!(
            "the predictions of {constant} of {} neurons are the same for all images",
            predictions.ncols()
        ));
    }
    file.write_all(&npy_bytes(&predictions)).with_context(|| args.out.display().to_string())?;
    file.finish()?;
    printer.note(format_args!(
        "predictions of {} neurons for {} images are in {}",
        predictions.ncols(),
        predictions.nrows(),
        args.out.display()
    ));
    Ok(Outcome::Success)
}

/// Returns how many neurons are predicted to respond equally to all of several images.
fn constant_columns(predictions: &Array2<f32>) -> usize {
    if predictions.nrows() < 2 {
        return 0;
    }
    let is_constant = |column: &ndarray::ArrayView1<'_, f32>| column.iter().all(|value| *value == column[0]);
    predictions.columns().into_iter().filter(is_constant).count()
}

fn read_images(path: &Path, scale: PixelScale) -> Result<(Array4<f32>, Pixels)> {
    let (array, _) = read_npy(path)?;
    let shape = array.shape().to_vec();
    let (numbers, pixels) = Pixels::of(&array, scale);
    if let Some(bad) = numbers.iter().find(|pixel| !pixel.is_finite()) {
        bail!("{}: has a pixel that is {bad}: every one must be a finite number", path.display());
    }
    let images = match numbers.ndim() {
        3 => numbers.into_dimensionality::<Ix3>()?.insert_axis(ndarray::Axis(1)),
        4 => numbers.into_dimensionality::<Ix4>()?,
        _ => bail!("{}: has shape {shape:?}, expected [N, H, W] or [N, C, H, W]", path.display()),
    };
    Ok((images, pixels))
}
