//! `pathscope predict`

use super::run_inputs::ModelArgs;
use super::{MachineArgs, Outcome};
use anyhow::{Context, Result, bail};
use clap::Args;
use ndarray::{Array4, Ix3, Ix4};
use pathscope::arrays::{npy_bytes, read_npy};
use pathscope::output::{PendingFile, Printer};
use pathscope_torch::evaluation::predict;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Predict responses to images
///
/// Images are seen as they are in the file, uint8 ones divided by 255. Those of a run's folder are
/// first cropped and downsampled as its training images were.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pathscope predict best.pth --images images.npy --out predictions.npy")]
pub struct PredictArgs {
    #[command(flatten)]
    model: ModelArgs,

    /// Images [N, H, W] or [N, C, H, W], uint8 or float32
    #[arg(long, value_name = "FILE.npy")]
    images: PathBuf,

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
    let mut images = read_images(&args.images)?;
    if let Some(settings) = &model.settings {
        images = settings.preprocessing().prepare_images(images.view(), &args.images)?;
    }
    let progress = printer.progress(images.dim().0 as u64, "predicting");
    let batch = args.batch as usize;
    let predictions =
        predict(&model.network, &images, batch, machine.device, |done| progress.set_position(done as u64))
            .with_context(|| args.images.display().to_string())?;
    progress.finish_and_clear();
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

fn read_images(path: &Path) -> Result<Array4<f32>> {
    let (array, _) = read_npy(path)?;
    let scale = if array.element_type() == pathscope::arrays::ElementType::U8 { 255.0 } else { 1.0 };
    let shape = array.shape().to_vec();
    let numbers = array.to_f32() / scale;
    if let Some(bad) = numbers.iter().find(|pixel| !pixel.is_finite()) {
        bail!("{}: has a pixel that is {bad}: every one must be a finite number", path.display());
    }
    match numbers.ndim() {
        3 => Ok(numbers.into_dimensionality::<Ix3>()?.insert_axis(ndarray::Axis(1))),
        4 => Ok(numbers.into_dimensionality::<Ix4>()?),
        _ => bail!("{}: has shape {shape:?}, expected [N, H, W] or [N, C, H, W]", path.display()),
    }
}
