//! `pathscope dataset import`

use crate::cli::Outcome;
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope_core::data::{About, ArraySource, AxisOrder, Import, PixelScale};
use std::path::PathBuf;

/// Make a data set from NumPy, HDF5 or MATLAB files
///
/// Reads .npy, .npz, HDF5 and MATLAB v7.3 files (save older ones again with save(…, '-v7.3')), and folders
/// with one .npy or .png file per row. The data set is checked before it is put in place.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope dataset import --images images.npy --responses responses.npy --out my-data/

  In MATLAB, with images [height width image] and responses [image trial neuron]:
      save('session.mat', 'images', 'responses', '-v7.3')
  and then:
      pathscope dataset import --images session.mat --images-key images --images-order hwn \\
          --responses session.mat --responses-key responses --responses-order ntr --out my-data/

An order has a letter for each axis, first to last:
  n image   c channel   h height   w width   t trial   r neuron
as .shape shows it in Python and, for files that MATLAB saved with '-v7.3', size(…) in MATLAB. Files
that MATLAB's h5create and h5write made have the axes of size(…) reversed: [height width image] is nwh
there. Responses without trials have the order nr.

Where a row is a presentation and not an image, --image-ids makes trials of the rows of one image:
  pathscope dataset import --images session.h5 --images-key images --responses session.h5 \\
      --responses-key responses --image-ids session.h5 --image-ids-key image_id --out my-data/
Images are then in the order of their ids, trials in that of the rows, and equal ids must have equal
pictures. A folder, such as --images data/images/ with 0.npy, 1.npy, … or 0.png, 1.png, …, is read in
the order of the numbers in its names.

Images whose type is an integer, from 0 to 255, are stored as uint8, which stands for 0 to 1; all
others as float32, and bools as 0 and 1. Missing trials are NaN.")]
pub(crate) struct ImportArgs {
    /// File of the images
    #[arg(long, value_name = "FILE")]
    images: PathBuf,

    /// File of the responses
    #[arg(long, value_name = "FILE")]
    responses: PathBuf,

    /// File with the group of each image, as whole numbers; the split keeps each group together in
    /// training, validation or test
    #[arg(long, value_name = "FILE")]
    groups: Option<PathBuf>,

    /// Name of the images' array in its file, such as session/images [default: the only one]
    #[arg(long, value_name = "KEY")]
    images_key: Option<String>,

    /// Name of the responses' array in its file [default: the only one]
    #[arg(long, value_name = "KEY")]
    responses_key: Option<String>,

    /// Name of the groups' array in its file [default: the only one]
    #[arg(long, value_name = "KEY", requires = "groups")]
    groups_key: Option<String>,

    /// File with the image of each row, as whole numbers: rows of the same image become its trials
    #[arg(long, value_name = "FILE")]
    image_ids: Option<PathBuf>,

    /// Name of the image ids' array in its file [default: the only one]
    #[arg(long, value_name = "KEY", requires = "image_ids")]
    image_ids_key: Option<String>,

    /// Axes of the images [default: nhw, or nchw with four axes]
    #[arg(long, value_name = "ORDER", value_parser = AxisOrder::of_images)]
    images_order: Option<AxisOrder>,

    /// Axes of the responses [default: ntr, or nr with two axes]
    #[arg(long, value_name = "ORDER", value_parser = AxisOrder::of_responses)]
    responses_order: Option<AxisOrder>,

    /// Divisor of the pixels: 255, 1 (unchanged), another number, or auto (255 for integers from 0 to 255,
    /// 1 otherwise)
    #[arg(long, value_name = "NUMBER", default_value_t)]
    images_scale: PixelScale,

    /// Name of the data set [default: the name of the folder]
    #[arg(long)]
    name: Option<String>,

    /// One-line description of the data set
    #[arg(long)]
    title: Option<String>,

    /// Citation of the data set
    #[arg(long)]
    citation: Option<String>,

    /// Units of the responses
    #[arg(long)]
    units: Option<String>,

    /// Leave out neurons with constant responses, which are otherwise an error
    #[arg(long)]
    drop_constant_neurons: bool,

    /// Output folder; it must not exist yet, or be empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(args: &ImportArgs, printer: &Printer) -> Result<Outcome> {
    let source = |path: &PathBuf, key: &Option<String>, order: &Option<AxisOrder>| ArraySource {
        path: path.clone(),
        key: key.clone(),
        order: order.clone(),
    };
    let folder_name = || args.out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let import = Import {
        images: source(&args.images, &args.images_key, &args.images_order),
        responses: source(&args.responses, &args.responses_key, &args.responses_order),
        groups: args.groups.as_ref().map(|path| source(path, &args.groups_key, &None)),
        image_ids: args.image_ids.as_ref().map(|path| source(path, &args.image_ids_key, &None)),
        about: About {
            name: args.name.clone().unwrap_or_else(folder_name),
            title: args.title.clone(),
            citation: args.citation.clone(),
            units: args.units.clone(),
            ..About::default()
        },
        images_scale: args.images_scale,
        drop_constant_neurons: args.drop_constant_neurons,
    };
    let progress = printer.progress(Import::STEPS, "importing");
    let dataset = import.write(&args.out, &|| progress.inc(1))?;
    progress.finish_and_clear();
    for warning in &dataset.warnings {
        printer.warning(warning);
    }
    let (images, channels, height, width) = dataset.images.dim();
    let (_, trials, neurons) = dataset.responses.dim();
    printer.note(format_args!(
        "{}: images [{images}, {channels}, {height}, {width}], responses [{images}, {trials}, {neurons}]; check it with `pathscope dataset info`",
        args.out.display()
    ));
    Ok(Outcome::Success)
}
