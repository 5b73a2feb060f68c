//! Data sets: images, and the responses of neurons to them.
//!
//! A data set is a folder:
//!
//! | file | what is in it |
//! |---|---|
//! | `images.npy` | uint8 or float32 \[N, H, W\] or \[N, C, H, W\] |
//! | `responses.npy` | float32 \[N, trials, neurons\], NaN where there was no trial |
//! | `groups.npy` | optional: int32 \[N\]; images of one group stay in one part of a [`Split`] |
//! | `dataset.toml` | `name`, and if you like `title`, `citation`, `units`, `[preprocessing]` and other entries |
//!
//! [`Dataset::open`] reads and checks a data set, and [`Dataset::prepare`] turns it into a model's inputs and
//! targets.
//!
//! Input: a folder of arrays. Output: images and responses, prepared and split, with their noise ceilings,
//! and scores of predictions. Read [`Dataset`] first.

mod axes;
mod check;
mod error;
pub mod evaluation;
pub mod explained_variance;
mod import;
mod mismatch;
mod pixels;
mod preprocessing;
mod presentations;
mod purpose;
pub mod scores;
mod scoring;
mod split;
mod split_data;
mod summary;
pub mod synth;

#[cfg(test)]
mod tests;

pub use axes::{AxisOrder, UnknownOrder};
pub use error::{DatasetError, Problem};
pub use import::{ArraySource, Import};
pub use pixels::{InvalidPixelScale, Moments, PixelScale, Pixels};
pub use preprocessing::{Prepared, Preprocessing, ResponseScaling};
pub use scoring::{FormulaUse, ScoredResponses, TrialUse};
pub use split::{Split, TEST_SHARE, VALIDATION_SHARE};
pub use split_data::SplitData;
pub use summary::{CeilingSummary, Images, NeuronSummary, SUMMARY_SCHEMA, Summary, Trials};

use crate::files::arrays::{NumberArray, read_npy};
use crate::files::documents::Kind;
use crate::files::output::protect_read;
use crate::statistics::mean;
use ndarray::{Array2, Array3, Array4, Axis, Ix3};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file name of the images.
pub const IMAGES: &str = "images.npy";
/// The file name of the responses.
pub const RESPONSES: &str = "responses.npy";
/// The file name of the groups.
pub const GROUPS: &str = "groups.npy";
/// The name of the file that describes the data set.
pub const ABOUT: &str = "dataset.toml";
const ABOUT_KIND: Kind = Kind {
    what: "the description of a data set",
    missing: "write one with at least the line `name = \"…\"`",
    ..Kind::PLAIN
};

/// The entry of `[import]` for the images.
const IMPORTED_IMAGES: &str = "images";
/// The key of the pixel scale in `dataset.toml`.
const IMAGES_SCALE: &str = "scale";

/// The content of `dataset.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The short name of the data set.
    pub name: String,
    /// The title: a description in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The citation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citation: Option<String>,
    /// The units of the responses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<String>,
    /// The preprocessing that the authors suggest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preprocessing: Option<Preprocessing>,
    /// All other entries, unchanged.
    #[serde(flatten)]
    pub other: toml::Table,
}

/// The options for reading a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OpenOptions {
    /// Whether to leave out neurons whose trial average is the same for all images. Such neurons are
    /// otherwise an error.
    pub drop_constant_neurons: bool,
    /// The number of trials of every image that are used, from the first (paper, C.4). An image with fewer
    /// trials keeps them for training, but counts neither for scores nor for ceilings.
    pub trials: Option<usize>,
    /// The divisor of pixels.
    pub images_scale: PixelScale,
}

/// A data set that has been read and checked.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its folder.
    pub folder: PathBuf,
    /// The content of `dataset.toml`.
    pub about: About,
    /// The images \[N, C, H, W\]. By default uint8 is divided by 255, and float32 is unchanged.
    pub images: Array4<f32>,
    /// The summary of their pixels.
    pub pixels: Pixels,
    /// The responses \[N, trials, neurons\]; NaN where there is no trial or it is not used.
    pub responses: Array3<f32>,
    /// The group of each image, if there is `groups.npy`.
    pub groups: Option<Vec<i32>>,
    /// The number in the file, from 0, of each neuron of `responses`.
    pub neurons: Vec<usize>,
    /// The SHA-256 of each file by its name, in hexadecimal.
    pub sha256: BTreeMap<String, String>,
    /// The number of trials of each image that are used; `None` if all are.
    pub trials: Option<usize>,
    /// Warnings about possible problems, each with what to do about it.
    pub warnings: Vec<String>,
}

impl Dataset {
    /// Reads and checks a data set.
    ///
    /// # Errors
    ///
    /// [`DatasetError`]: either a file cannot be read, or all problems of the contents in one error.
    ///
    /// # Complexity
    ///
    /// O(files) time and memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::{Array3, array};
    /// use pathscope_core::files::arrays::npy_bytes;
    /// use pathscope_core::data::{Dataset, Preprocessing};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let images = Array3::from_shape_fn((3, 2, 2), |(n, y, x)| (n * 4 + y * 2 + x) as u8);
    /// let responses = array![[[1.0_f32], [3.0]], [[4.0], [f32::NAN]], [[6.0], [6.0]]];
    /// std::fs::write(folder.path().join("images.npy"), npy_bytes(&images))?;
    /// std::fs::write(folder.path().join("responses.npy"), npy_bytes(&responses))?;
    /// std::fs::write(folder.path().join("dataset.toml"), "name = \"three\"")?;
    ///
    /// let dataset = Dataset::open(folder.path())?;
    /// assert_eq!(dataset.images.shape(), [3, 1, 2, 2]);
    /// assert_eq!(dataset.trial_average().column(0).to_vec(), [2.0, 4.0, 6.0]);
    /// let prepared = dataset.prepare(&Preprocessing::default())?;
    /// // Divided by their mean, 4, times 0.5.
    /// assert_eq!(prepared.targets.column(0).to_vec(), [0.25, 0.5, 0.75]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(folder: &Path) -> Result<Self, DatasetError> {
        Self::open_with(folder, &OpenOptions::default())
    }

    /// Reads and checks a data set with options.
    ///
    /// # Errors
    ///
    /// The errors of [`Dataset::open`].
    pub fn open_with(folder: &Path, options: &OpenOptions) -> Result<Self, DatasetError> {
        if !folder.is_dir() {
            return Err(DatasetError::NoFolder { path: folder.to_owned(), is_file: folder.exists() });
        }
        if !folder.join(IMAGES).exists() && folder.join("images").is_dir() {
            return Err(DatasetError::NotImported { path: folder.to_owned() });
        }
        let mut sha256 = BTreeMap::new();
        let about = read_about(&folder.join(ABOUT), &mut sha256)?;
        let mut array = |name: &str| {
            let (array, digest) = read_npy(&folder.join(name))?;
            sha256.insert(name.to_owned(), digest);
            Ok::<_, DatasetError>(array)
        };
        let images = array(IMAGES)?;
        let responses = array(RESPONSES)?;
        // A dangling link counts as a file and is worth an error.
        let groups_path = folder.join(GROUPS);
        let has_groups = groups_path.exists() || groups_path.is_symlink();
        let groups = if has_groups { Some(array(GROUPS)?) } else { None };

        let problems = check::headers(&images, &responses, groups.as_ref());
        if !problems.is_empty() {
            return Err(DatasetError::Invalid { folder: folder.to_owned(), problems });
        }
        let groups = match groups {
            Some(groups) => Some(groups.to_i32()?.into_iter().collect()),
            None => None,
        };
        let (images, pixels) = image_array(&images, options.images_scale);
        let mut dataset = Self {
            folder: folder.to_owned(),
            about,
            images,
            pixels,
            responses: response_array(&responses),
            groups,
            neurons: (0..responses.shape()[2]).collect(),
            sha256,
            trials: options.trials,
            warnings: Vec::new(),
        };
        if let Some(trials) = options.trials {
            dataset.keep_trials(trials)?;
        }
        let problems = check::contents(&mut dataset, options);
        if !problems.is_empty() {
            return Err(DatasetError::Invalid { folder: folder.to_owned(), problems });
        }
        Ok(dataset)
    }

    /// Returns the name of the data set.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// Returns the average over the existing trials, \[N, neurons\] (paper, Eq. 3e).
    ///
    /// # Complexity
    ///
    /// O(responses).
    pub fn trial_average(&self) -> Array2<f64> {
        let (images, _, neurons) = self.responses.dim();
        let mut average = Array2::zeros((images, neurons));
        for (mut row, trials) in average.outer_iter_mut().zip(self.responses.outer_iter()) {
            for (average, neuron) in row.iter_mut().zip(trials.axis_iter(Axis(1))) {
                let existing = neuron.iter().filter(|response| !response.is_nan());
                *average = mean(existing.map(|&response| f64::from(response)));
            }
        }
        average
    }

    /// Returns the number of trials of each image, \[N, neurons\].
    pub fn trial_counts(&self) -> Array2<usize> {
        self.responses.map_axis(Axis(1), |trials| trials.iter().filter(|response| !response.is_nan()).count())
    }

    /// Returns CC_max of each neuron over all images; see
    /// [`correlation_ceiling`](crate::data::explained_variance::correlation_ceiling).
    pub fn correlation_ceiling(&self) -> Vec<Option<f64>> {
        let ceilings = explained_variance::ceilings(self.responses.view(), self.trials);
        ceilings.into_iter().map(|ceiling| ceiling.cc_max).collect()
    }

    /// Keeps only the first `trials` trials of every image and neuron.
    fn keep_trials(&mut self, trials: usize) -> Result<(), DatasetError> {
        let most = self.trial_counts().iter().copied().max().unwrap_or(0);
        if trials == 0 || trials > most {
            return Err(DatasetError::Trials { folder: self.folder.clone(), found: trials, most });
        }
        for mut series in self.responses.lanes_mut(Axis(1)) {
            let present = series.iter_mut().filter(|response| !response.is_nan());
            present.skip(trials).for_each(|response| *response = f32::NAN);
        }
        Ok(())
    }
}

impl About {
    /// Returns whether the import states the pixel scale, so that no warning is needed.
    fn says_scale(&self) -> bool {
        let images = self.other.get("import").and_then(|import| import.get(IMPORTED_IMAGES));
        images.is_some_and(|images| images.get(IMAGES_SCALE).is_some())
    }

    /// Reads the description in a data set's folder, without its arrays.
    ///
    /// # Errors
    ///
    /// [`DatasetError::NoFolder`] or [`DatasetError::About`].
    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        if !folder.is_dir() {
            return Err(DatasetError::NoFolder { path: folder.to_owned(), is_file: folder.exists() });
        }
        read_about(&folder.join(ABOUT), &mut BTreeMap::new())
    }
}

fn read_about(path: &Path, sha256: &mut BTreeMap<String, String>) -> Result<About, DatasetError> {
    protect_read(path);
    let about = ABOUT_KIND.read_toml(path)?;
    sha256.insert(ABOUT.to_owned(), about.sha256);
    Ok(about.value)
}

/// Returns \[N, C, H, W\] from \[N, H, W\] or \[N, C, H, W\].
fn image_array(array: &NumberArray, scale: PixelScale) -> (Array4<f32>, Pixels) {
    let (mut images, pixels) = Pixels::of(array, scale);
    if images.ndim() == 3 {
        images.insert_axis_inplace(Axis(1));
    }
    let images: Array4<f32> = images.into_dimensionality().expect("the number of axes was checked");
    // Converts Fortran order, so that the rest of the code can rely on rows of pixels.
    (if images.is_standard_layout() { images } else { images.as_standard_layout().into_owned() }, pixels)
}

fn response_array(array: &NumberArray) -> Array3<f32> {
    let responses = array.to_f32().into_dimensionality::<Ix3>().expect("the number of axes was checked");
    if responses.is_standard_layout() { responses } else { responses.as_standard_layout().into_owned() }
}
