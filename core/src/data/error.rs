//! Errors of data sets.

use crate::files::arrays::ArrayError;
use crate::files::documents::DocumentError;
use crate::files::output::OutputError;
use crate::files::text::plural;
use crate::files::text::shape;
use std::fmt;
use std::path::PathBuf;
use thiserror::Error;

/// The largest number of neurons or images that a message names.
const NAMED: usize = 10;

/// The reason why a data set cannot be read, prepared or split.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// The folder does not exist.
    #[error("{}: {}: give the folder that holds images.npy, responses.npy and dataset.toml", .path.display(), if *.is_file { "this is a file, not the folder of a data set" } else { "there is no such folder" })]
    NoFolder {
        /// The path that was given.
        path: PathBuf,
        /// Whether the path is a file.
        is_file: bool,
    },
    /// The folder contains folders with a file for each image.
    #[error("{0}: this is not a data set yet, because its images are a folder: convert it with `pathscope dataset import --images {0}/images --responses {0}/responses --out DIR`", .path.display())]
    NotImported {
        /// The folder.
        path: PathBuf,
    },
    /// An array file cannot be read.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// One array was given for two purposes.
    #[error("{}{} is given as {second}, but it is what {first} are given as{}: one array cannot be both; give the array of the {second} with --{second}-key or --{second}", .path.display(), .key.as_ref().map_or(String::new(), |key| format!(": '{key}'")), if .path == .first_path { String::new() } else { format!(" ({})", .first_path.display()) })]
    TwoPurposes {
        /// The file.
        path: PathBuf,
        /// The name of the array in it, if one was given.
        key: Option<String>,
        /// The first purpose, such as `images`.
        first: &'static str,
        /// The file given for the first purpose, which may be the same file under another name.
        first_path: PathBuf,
        /// The second purpose, such as `responses`.
        second: &'static str,
    },
    /// The axes of an array are not in the given order.
    #[error("{}: {detail}", .path.display())]
    Axes {
        /// The file.
        path: PathBuf,
        /// What does not fit, and what to do.
        detail: String,
    },
    /// The settings of a simulation are out of range.
    #[error(transparent)]
    Settings(#[from] super::synth::SettingsError),
    /// The folder cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A description cannot be read or parsed.
    #[error(transparent)]
    About(#[from] DocumentError),
    /// Some files have errors or do not belong together.
    #[error("{}: {}", .folder.display(), listed(.problems))]
    Invalid {
        /// The folder.
        folder: PathBuf,
        /// All problems.
        problems: Vec<Problem>,
    },
    /// The preprocessing does not fit the data.
    #[error("{}: this preprocessing does not fit: {detail}", .folder.display())]
    Preprocessing {
        /// The folder.
        folder: PathBuf,
        /// What does not fit, and what to do.
        detail: String,
    },
    /// Some neurons cannot be scaled by their mean.
    #[error("{}: {}: {}", .folder.join(super::RESPONSES).display(), mean_not_positive(.neurons), "scale by something else (response_scaling = \"none\") or take these neurons out")]
    MeanNotPositive {
        /// The folder.
        folder: PathBuf,
        /// The neurons, by their numbers in the file.
        neurons: Vec<usize>,
    },
    /// More trials were requested than there are.
    #[error("{}: --trials {found}, but no image has more than {most} trial{}: give a number from 1 to {most}", .folder.display(), plural(*.most))]
    Trials {
        /// The folder.
        folder: PathBuf,
        /// The number of trials of each image that was requested.
        found: usize,
        /// The largest number of trials of an image.
        most: usize,
    },
    /// There are too few images or groups to split.
    #[error("{units} cannot be split into training, validation and test: at least 3 {kind} are needed")]
    TooFew {
        /// The number of images and groups, as text.
        units: String,
        /// `images` or `groups`.
        kind: &'static str,
    },
    /// The number of group numbers differs from the number of images.
    #[error("there are {found} group numbers for {expected} images: one is needed for each")]
    GroupCount {
        /// The number of images.
        expected: usize,
        /// The number of group numbers.
        found: usize,
    },
    /// The fraction of the training images is outside (0, 1].
    #[error("the fraction of the training images is {found}, expected more than 0 and at most 1")]
    TrainFraction {
        /// The fraction.
        found: f64,
    },
}

/// A problem with a data set.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// An array has an unexpected number of axes.
    #[error("{file} has the shape [{}], expected {expected}", shape(.found, ", "))]
    Shape {
        /// The file.
        file: &'static str,
        /// The expected axes.
        expected: &'static str,
        /// Its shape.
        found: Vec<usize>,
    },
    /// An array is empty.
    #[error("{file} is empty: its shape is [{}]", shape(.found, ", "))]
    Empty {
        /// The file.
        file: &'static str,
        /// Its shape.
        found: Vec<usize>,
    },
    /// An array has an unexpected element type.
    #[error(
        "{file} holds {found}, expected {expected}: convert it with numpy's {}, or import it with `pathscope dataset import`",
        if *.found == "bool" { "astype(numpy.float32)" } else { "astype" }
    )]
    ElementType {
        /// The file.
        file: &'static str,
        /// The expected type.
        expected: &'static str,
        /// Its type.
        found: &'static str,
    },
    /// The arrays have different numbers of images.
    #[error("{file} is for {found} images, but images.npy has {expected}")]
    Images {
        /// The file.
        file: &'static str,
        /// The images in `images.npy`.
        expected: usize,
        /// The extent of its first axis.
        found: usize,
    },
    /// Some pixels are not finite.
    #[error(
        "images.npy: {count} of the pixels are NaN or infinite, the first in image {first}: replace them"
    )]
    Pixels {
        /// The number of such pixels.
        count: usize,
        /// The first such image, from 0.
        first: usize,
    },
    /// Some responses are infinite.
    #[error(
        "responses.npy: {count} of the responses are infinite, the first to image {image} in neuron {neuron}: write NaN where there was no trial"
    )]
    Infinite {
        /// The number of such responses.
        count: usize,
        /// The first such image, from 0.
        image: usize,
        /// Its first such neuron, from 0.
        neuron: usize,
    },
    /// Some neurons have no trial of some images.
    #[error("responses.npy: {count} pairs of image and neuron have no trial at all (all NaN), the first image {image} and neuron {neuron}; {}: leave out these images or these neurons", named_neurons(.neurons))]
    NoTrial {
        /// The number of such pairs of image and neuron.
        count: usize,
        /// The first such image, from 0.
        image: usize,
        /// Its first such neuron, from 0.
        neuron: usize,
        /// All such neurons.
        neurons: Vec<usize>,
    },
    /// Some neurons respond equally to all images.
    #[error("responses.npy: {} equally to all images, so there is nothing to learn from {}: leave {} out with --drop-constant-neurons", respond(.neurons), them(.neurons), them(.neurons))]
    Constant {
        /// The neurons, from 0.
        neurons: Vec<usize>,
    },
    /// All neurons respond equally to all images.
    #[error(
        "responses.npy: all {count} neurons respond equally to all images, so there is nothing to learn from them: check that the right array was saved"
    )]
    AllConstant {
        /// The number of neurons.
        count: usize,
    },
}

fn listed(problems: &[Problem]) -> String {
    match problems {
        [problem] => problem.to_string(),
        _ => {
            let lines: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
            format!("{} problems:{}", problems.len(), lines.concat())
        }
    }
}

/// Returns neurons as text: `neuron 3`, or `neurons 3, 5, 7 and 12 more`.
pub(super) fn named_neurons(numbers: &[usize]) -> String {
    format!("neuron{} {}", plural(numbers.len()), Numbers(numbers))
}

fn respond(numbers: &[usize]) -> String {
    format!("{} respond{}", named_neurons(numbers), if numbers.len() == 1 { "s" } else { "" })
}

fn them(numbers: &[usize]) -> &'static str {
    if numbers.len() == 1 { "it" } else { "them" }
}

pub(super) fn mean_not_positive(numbers: &[usize]) -> String {
    let (have, whose) = if numbers.len() == 1 { ("has", "its") } else { ("have", "their") };
    format!(
        "{} {have} a mean response that is not positive, so the responses cannot be scaled by {whose} mean",
        named_neurons(numbers)
    )
}

struct Numbers<'a>(&'a [usize]);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.0.iter().take(NAMED).map(ToString::to_string).collect();
        f.write_str(&named.join(", "))?;
        if self.0.len() > NAMED {
            write!(f, " and {} more", self.0.len() - NAMED)?;
        }
        Ok(())
    }
}
