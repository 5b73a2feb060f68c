//! Import of data sets from arrays.

use super::mismatch::{self, Side};
use super::presentations::{Gathered, gather};
use super::purpose::{self, Given};
use super::{
    ABOUT, About, AxisOrder, Dataset, DatasetError, GROUPS, IMAGES, IMAGES_SCALE, IMPORTED_IMAGES,
    OpenOptions, PixelScale, RESPONSES,
};
use crate::files::arrays::{ArrayError, NumberArray, folder_digest, npy_bytes, read_array};
use crate::files::checkpoint::{CheckpointError, sha256};
use crate::files::output::{OutputError, PendingFolder, write_file};
use ndarray::{Array1, Array3, ArrayD, Ix3};
use std::path::{Path, PathBuf};

/// The location of an array.
#[derive(Clone, Debug)]
pub struct ArraySource {
    /// An `.npy`, `.npz`, HDF5 or MATLAB v7.3 file, or a folder of one `.npy` or `.png` file for each row.
    pub path: PathBuf,
    /// The name of the array in its file, which is needed if there are several.
    pub key: Option<String>,
    /// The order of its axes: MATLAB's order for a MATLAB file, NumPy's for all others.
    pub order: Option<AxisOrder>,
}

/// The settings of an import.
#[derive(Clone, Debug)]
pub struct Import {
    /// The images, by default in the order `nhw` or `nchw`. Integers from 0 to 255 become uint8, which stands
    /// for 0 to 1. All other numbers become float32, and bools become 0 and 1 of it.
    pub images: ArraySource,
    /// The responses, by default in the order `ntr` or `nr`; NaN where there was no trial.
    pub responses: ArraySource,
    /// The group of each image.
    pub groups: Option<ArraySource>,
    /// The image id of each row, if rows are presentations rather than images. Rows with the same id become
    /// trials of one image, and images are sorted by id.
    pub image_ids: Option<ArraySource>,
    /// The content of `dataset.toml`, to which the sources of the arrays are added as `[import]`.
    pub about: About,
    /// The divisor of pixels. Images whose pixels are multiples of 1/255 are stored as uint8.
    pub images_scale: PixelScale,
    /// Whether to leave out neurons that respond equally to all images.
    pub drop_constant_neurons: bool,
}

/// The arrays of an import, as stored in their files.
struct Arrays {
    images: NumberArray,
    responses: NumberArray,
    groups: Option<NumberArray>,
    image_ids: Option<NumberArray>,
}

/// The axis orders of images and responses.
struct Orders {
    images: AxisOrder,
    responses: AxisOrder,
}

impl Import {
    /// The number of steps that [`Import::write`] reports.
    pub const STEPS: u64 = 4;

    /// Writes the folder of the data set, which is checked before it appears.
    ///
    /// # Arguments
    ///
    /// * `out` - the folder, which must be empty or not exist
    /// * `done` - called after each of [`Import::STEPS`] steps
    ///
    /// # Errors
    ///
    /// [`DatasetError`]. The folder then does not exist.
    ///
    /// # Complexity
    ///
    /// O(arrays) time and memory; with ids, O(images × most trials × neurons).
    pub fn write(&self, out: &Path, done: &dyn Fn()) -> Result<Dataset, DatasetError> {
        let folder = PendingFolder::create(out)?;
        let arrays = self.read()?;
        done();
        let orders = self.orders(&arrays);
        let gathered = arrays.arrange(&orders)?;
        done();
        let write = |name: &str, bytes: Vec<u8>| write_file(&folder.path().join(name), bytes);
        write(IMAGES, image_bytes(&arrays.images, &gathered.pixels, self.images_scale))?;
        write(RESPONSES, npy_bytes(&gathered.trials))?;
        if let Some(groups) = &gathered.groups {
            write(GROUPS, npy_bytes(&Array1::from(groups.clone())))?;
        }
        let about = self.about_with_sources(&arrays, &orders)?;
        write(ABOUT, about_text(out, &about)?.into_bytes())?;
        done();
        let options =
            OpenOptions { drop_constant_neurons: self.drop_constant_neurons, ..OpenOptions::default() };
        let checked = Dataset::open_with(folder.path(), &options).map_err(|error| named(error, out))?;
        if checked.neurons.len() < gathered.trials.dim().2 {
            write(RESPONSES, npy_bytes(&checked.responses))?;
        }
        folder.finish()?;
        done();
        // The warnings mention what was left out, and the digests are those of the final files.
        let mut dataset = Dataset::open(out)?;
        dataset.warnings = gathered.warnings.into_iter().chain(checked.warnings).collect();
        Ok(dataset)
    }

    fn read(&self) -> Result<Arrays, DatasetError> {
        let read = |source: &ArraySource| read_array(&source.path, source.key.as_deref());
        let arrays = Arrays {
            images: read(&self.images)?,
            responses: read(&self.responses)?,
            groups: self.groups.as_ref().map(read).transpose()?,
            image_ids: self.image_ids.as_ref().map(read).transpose()?,
        };
        let given = [
            ("images", Some(&self.images), Some(&arrays.images)),
            ("responses", Some(&self.responses), Some(&arrays.responses)),
            ("groups", self.groups.as_ref(), arrays.groups.as_ref()),
            ("image-ids", self.image_ids.as_ref(), arrays.image_ids.as_ref()),
        ];
        let given: Vec<Given<'_>> = given
            .into_iter()
            .filter_map(|(purpose, source, array)| Some(Given { purpose, source: source?, array: array? }))
            .collect();
        purpose::one_each(&given)?;
        purpose::same_files(&given)?;
        Ok(arrays)
    }

    fn orders(&self, arrays: &Arrays) -> Orders {
        let axes = |array: &NumberArray| array.shape().len();
        let images = self.images.order.clone();
        let responses = self.responses.order.clone();
        Orders {
            images: images.unwrap_or_else(|| AxisOrder::usual_of_images(axes(&arrays.images))),
            responses: responses.unwrap_or_else(|| AxisOrder::usual_of_responses(axes(&arrays.responses))),
        }
    }

    fn about_with_sources(&self, arrays: &Arrays, orders: &Orders) -> Result<About, DatasetError> {
        let mut about = self.about.clone();
        let mut import = toml::Table::new();
        import.insert("pathscope".to_owned(), env!("CARGO_PKG_VERSION").into());
        let sources = [
            (IMPORTED_IMAGES, Some(&self.images), Some(&arrays.images), Some(&orders.images)),
            ("responses", Some(&self.responses), Some(&arrays.responses), Some(&orders.responses)),
            ("groups", self.groups.as_ref(), arrays.groups.as_ref(), None),
            ("image_ids", self.image_ids.as_ref(), arrays.image_ids.as_ref(), None),
        ];
        for (name, source, array, order) in sources {
            let Some((source, array)) = source.zip(array) else { continue };
            let mut entry = toml::Table::new();
            let file = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let files = array.row_files();
            let digest = if files.is_empty() {
                digest(&source.path)
            } else {
                folder_digest(&source.path, files, digest)
            };
            entry.insert("file".to_owned(), file.into());
            entry.insert("sha256".to_owned(), digest?.into());
            let key = source.key.clone();
            let order = order.map(ToString::to_string);
            for (name, value) in [("key", key), ("order", order)] {
                if let Some(value) = value {
                    entry.insert(name.to_owned(), value.into());
                }
            }
            if name == IMPORTED_IMAGES
                && let PixelScale::By(divisor) = self.images_scale
            {
                entry.insert(IMAGES_SCALE.to_owned(), divisor.into());
            }
            import.insert(name.to_owned(), entry.into());
        }
        about.other.insert("import".to_owned(), import.into());
        Ok(about)
    }
}

impl Arrays {
    /// Returns images and responses with their axes in order, and with each image once.
    fn arrange(&self, orders: &Orders) -> Result<Gathered, DatasetError> {
        let (images, responses) = (&self.images, &self.responses);
        let pixels = orders.images.arrange(images, images.to_f32(), "--images-order")?;
        let trials = orders.responses.arrange(responses, responses.to_f32(), "--responses-order")?;
        let trials: Array3<f32> = trials.into_dimensionality::<Ix3>().expect("responses have three axes");
        let sides = [(images, &orders.images), (responses, &orders.responses)];
        let [of_images, of_responses] = sides.map(|(array, order)| Side { array, order });
        if pixels.shape()[0] != trials.dim().0 {
            let detail = mismatch::message(&of_images, &of_responses);
            return Err(DatasetError::Axes { path: responses.path().to_owned(), detail });
        }
        let warnings: Vec<String> = mismatch::mixed_orders(&of_images, &of_responses).into_iter().collect();
        let groups = match &self.groups {
            Some(groups) => Some(groups.to_i32()?.into_iter().collect::<Vec<i32>>()),
            None => None,
        };
        let Some(image_ids) = &self.image_ids else {
            return Ok(Gathered { pixels, trials, groups, warnings });
        };
        let rows = trials.dim().0;
        let refused =
            |array: &NumberArray, detail| DatasetError::Axes { path: array.path().to_owned(), detail };
        let one_for_each = |array: &NumberArray, what: &str, found: usize| {
            let detail = format!(
                "there are {found} {what} for {rows} rows of images and responses: with --image-ids one is needed for each row"
            );
            if found == rows { Ok(()) } else { Err(refused(array, detail)) }
        };
        let ids = image_ids.to_whole()?;
        one_for_each(image_ids, "image ids", ids.len())?;
        if let Some((array, groups)) = self.groups.as_ref().zip(groups.as_ref()) {
            one_for_each(array, "groups", groups.len())?;
        }
        let mut gathered = gather(&ids, &pixels, trials.view(), groups.as_deref())
            .map_err(|detail| refused(image_ids, detail))?;
        gathered.warnings.extend(warnings);
        Ok(gathered)
    }
}

/// Returns the images in the form in which they are stored, so that reading them gives the intended values.
fn image_bytes(source: &NumberArray, pixels: &ArrayD<f32>, scale: PixelScale) -> Vec<u8> {
    let as_bytes = || npy_bytes(&pixels.mapv(|pixel| pixel as u8));
    let is_byte = |pixel: &f32| pixel.fract() == 0.0 && (0.0..=255.0).contains(pixel);
    match scale {
        PixelScale::Auto if source.fits_u8() => as_bytes(),
        PixelScale::Auto | PixelScale::By(1.0) => npy_bytes(pixels),
        PixelScale::By(255.0) if pixels.iter().all(is_byte) => as_bytes(),
        PixelScale::By(divisor) => npy_bytes(&pixels.mapv(|pixel| pixel / divisor as f32)),
    }
}

fn digest(path: &Path) -> Result<String, ArrayError> {
    sha256(path).map_err(|error| match error {
        CheckpointError::Open { path, source } => ArrayError::Open { path, source },
        other => ArrayError::Open { path: path.to_owned(), source: std::io::Error::other(other) },
    })
}

/// Returns the text of a `dataset.toml`.
pub(super) fn about_text(out: &Path, about: &About) -> Result<String, DatasetError> {
    toml::to_string(about).map_err(|error| OutputError::unfinished(&out.join(ABOUT), error).into())
}

/// Returns an error with the final name of the folder.
pub(super) fn named(error: DatasetError, out: &Path) -> DatasetError {
    match error {
        DatasetError::Invalid { problems, .. } => DatasetError::Invalid { folder: out.to_owned(), problems },
        other => other,
    }
}
