//! Data sets from the arrays that people have.

use super::purpose::{self, Given};
use super::{ABOUT, About, AxisOrder, Dataset, DatasetError, GROUPS, IMAGES, OpenOptions, RESPONSES};
use crate::arrays::{ArrayError, NumberArray, npy_bytes, read_array};
use crate::checkpoint::{CheckpointError, sha256};
use crate::output::{OutputError, PendingFolder, write_file};
use crate::tables::shape;
use ndarray::{Array1, ArrayD};
use std::path::{Path, PathBuf};

/// Where an array is.
#[derive(Clone, Debug)]
pub struct ArraySource {
    /// An `.npy`, `.npz`, HDF5 or MATLAB v7.3 file.
    pub path: PathBuf,
    /// Which of its arrays; needed where there are several.
    pub key: Option<String>,
    /// What its axes are: for a file of MATLAB in MATLAB's order, for all others in NumPy's.
    pub order: Option<AxisOrder>,
}

/// What a data set is made from.
#[derive(Clone, Debug)]
pub struct Import {
    /// The images, by default in the order `nhw` or `nchw`. Integers from 0 to 255 become uint8,
    /// which stands for 0 to 1; all other numbers become float32, and truth values 0 and 1 of it.
    pub images: ArraySource,
    /// The responses, by default in the order `ntr` or `nr`; NaN where there was no trial.
    pub responses: ArraySource,
    /// The group of each image.
    pub groups: Option<ArraySource>,
    /// What `dataset.toml` is to say; where the arrays come from is added as `[import]`.
    pub about: About,
    /// Whether neurons that respond equally to all images are left out.
    pub drop_constant_neurons: bool,
}

impl Import {
    /// How often [`Import::write`] says that a step is done.
    pub const STEPS: u64 = 4;

    /// Writes the folder of the data set, which is checked before it appears.
    ///
    /// # Arguments
    ///
    /// * `out` - the folder, which must not be there yet, or be empty
    /// * `done` - called after each of [`Import::STEPS`] steps
    ///
    /// # Errors
    ///
    /// [`DatasetError`]; then there is no folder.
    ///
    /// # Complexity
    ///
    /// O(arrays) time and memory.
    pub fn write(&self, out: &Path, done: &dyn Fn()) -> Result<Dataset, DatasetError> {
        let folder = PendingFolder::create(out)?;
        let images = read_array(&self.images.path, self.images.key.as_deref())?;
        let order = self.images.order.clone();
        let order = order.unwrap_or_else(|| AxisOrder::usual_of_images(images.shape().len()));
        let pixels = order.arrange(&images, images.to_f32(), "--images-order")?;
        done();
        let responses = read_array(&self.responses.path, self.responses.key.as_deref())?;
        let groups = match &self.groups {
            Some(source) => Some(read_array(&source.path, source.key.as_deref())?),
            None => None,
        };
        let mut given = vec![
            Given { purpose: "images", source: &self.images, array: &images },
            Given { purpose: "responses", source: &self.responses, array: &responses },
        ];
        if let Some((source, array)) = self.groups.as_ref().zip(groups.as_ref()) {
            given.push(Given { purpose: "groups", source, array });
        }
        purpose::one_each(&given)?;
        let response_order = self.responses.order.clone();
        let response_order =
            response_order.unwrap_or_else(|| AxisOrder::usual_of_responses(responses.shape().len()));
        let trials = response_order.arrange(&responses, responses.to_f32(), "--responses-order")?;
        done();
        if pixels.shape()[0] != trials.shape()[0] {
            return Err(DatasetError::Axes {
                path: responses.path().to_owned(),
                detail: format!(
                    "images [{}] in the order '{order}' are {} images, and responses [{}] in the order '{response_order}' are to {}: say what their axes are with --images-order and --responses-order",
                    shape(images.shape(), ", "),
                    pixels.shape()[0],
                    shape(responses.shape(), ", "),
                    trials.shape()[0]
                ),
            });
        }
        let write = |name: &str, bytes: Vec<u8>| write_file(&folder.path().join(name), bytes);
        write(IMAGES, image_bytes(&images, &pixels))?;
        write(RESPONSES, npy_bytes(&trials))?;
        if let Some(groups) = &groups {
            let numbers: Array1<i32> = groups.to_i32()?.into_iter().collect();
            write(GROUPS, npy_bytes(&numbers))?;
        }
        let about = self.about_with_sources(&order, &response_order)?;
        write(ABOUT, about_text(out, &about)?.into_bytes())?;

        done();
        let options =
            OpenOptions { drop_constant_neurons: self.drop_constant_neurons, ..OpenOptions::default() };
        let checked = Dataset::open_with(folder.path(), &options).map_err(|error| named(error, out))?;
        if checked.neurons.len() < trials.shape()[2] {
            write(RESPONSES, npy_bytes(&checked.responses))?;
        }
        folder.finish()?;
        done();
        // What was left out belongs to the warnings, and the digests to what is there now.
        let mut dataset = Dataset::open(out)?;
        dataset.warnings = checked.warnings;
        Ok(dataset)
    }

    fn about_with_sources(&self, images: &AxisOrder, responses: &AxisOrder) -> Result<About, DatasetError> {
        let mut about = self.about.clone();
        let mut import = toml::Table::new();
        import.insert("pathscope".to_owned(), env!("CARGO_PKG_VERSION").into());
        let sources = [
            ("images", Some(&self.images), Some(images)),
            ("responses", Some(&self.responses), Some(responses)),
            ("groups", self.groups.as_ref(), None),
        ];
        for (name, source, order) in sources {
            let Some(source) = source else { continue };
            let mut entry = toml::Table::new();
            let file = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            entry.insert("file".to_owned(), file.into());
            entry.insert("sha256".to_owned(), digest(&source.path)?.into());
            let key = source.key.clone();
            let order = order.map(ToString::to_string);
            for (name, value) in [("key", key), ("order", order)] {
                if let Some(value) = value {
                    entry.insert(name.to_owned(), value.into());
                }
            }
            import.insert(name.to_owned(), entry.into());
        }
        about.other.insert("import".to_owned(), import.into());
        Ok(about)
    }
}

fn image_bytes(source: &NumberArray, pixels: &ArrayD<f32>) -> Vec<u8> {
    if source.fits_u8() { npy_bytes(&pixels.mapv(|pixel| pixel as u8)) } else { npy_bytes(pixels) }
}

fn digest(path: &Path) -> Result<String, ArrayError> {
    sha256(path).map_err(|error| match error {
        CheckpointError::Open { path, source } => ArrayError::Open { path, source },
        other => ArrayError::Open { path: path.to_owned(), source: std::io::Error::other(other) },
    })
}

/// The text of a `dataset.toml`.
pub(super) fn about_text(out: &Path, about: &About) -> Result<String, DatasetError> {
    toml::to_string(about).map_err(|error| OutputError::unfinished(&out.join(ABOUT), error).into())
}

/// With the name that the folder was to have.
pub(super) fn named(error: DatasetError, out: &Path) -> DatasetError {
    match error {
        DatasetError::Invalid { problems, .. } => DatasetError::Invalid { folder: out.to_owned(), problems },
        other => other,
    }
}
