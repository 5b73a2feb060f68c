//! What can be wrong with a data set.

use crate::files::arrays::ArrayError;
use crate::files::documents::DocumentError;
use crate::files::output::OutputError;
use crate::files::text::shape;
use std::fmt;
use std::path::PathBuf;
use thiserror::Error;

/// How many neurons or images a message names.
const NAMED: usize = 10;

/// Why a data set cannot be read, prepared or split.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// There is no such folder.
    #[error("{}: {}: give the folder that holds images.npy, responses.npy and dataset.toml", .path.display(), if *.is_file { "this is a file, not the folder of a data set" } else { "there is no such folder" })]
    NoFolder {
        /// What was given.
        path: PathBuf,
        /// Whether it is a file.
        is_file: bool,
    },
    /// A folder of folders with a file for each image.
    #[error("{0}: this is no data set yet, for its images are a folder: make one of it with `pathscope dataset import --images {0}/images --responses {0}/responses --out DIR`", .path.display())]
    NotImported {
        /// The folder.
        path: PathBuf,
    },
    /// A file of an array that cannot be read.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// One array is given for two purposes.
    #[error("{}{} is given as {second}, but it is what {first} are given as{}: one array cannot be both; say which one the {second} are, with --{second}-key or --{second}", .path.display(), .key.as_ref().map_or(String::new(), |key| format!(": '{key}'")), if .path == .first_path { String::new() } else { format!(" ({})", .first_path.display()) })]
    TwoPurposes {
        /// The file.
        path: PathBuf,
        /// The name of the array in it, if one was given.
        key: Option<String>,
        /// The first purpose, such as `images`.
        first: &'static str,
        /// The file that was given then, which can be the same under another name.
        first_path: PathBuf,
        /// The second purpose, such as `responses`.
        second: &'static str,
    },
    /// An array whose axes are not those that were said.
    #[error("{}: {detail}", .path.display())]
    Axes {
        /// The file.
        path: PathBuf,
        /// What does not fit and what to do.
        detail: String,
    },
    /// Settings that cannot be simulated.
    #[error(transparent)]
    Settings(#[from] super::synth::SettingsError),
    /// The folder cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A description that cannot be read or understood.
    #[error(transparent)]
    About(#[from] DocumentError),
    /// Files that are wrong in themselves or do not belong together.
    #[error("{}: {}", .folder.display(), listed(.problems))]
    Invalid {
        /// The folder.
        folder: PathBuf,
        /// All that is wrong.
        problems: Vec<Problem>,
    },
    /// A preprocessing that does not fit the data.
    #[error("{}: this preprocessing does not fit: {detail}", .folder.display())]
    Preprocessing {
        /// The folder.
        folder: PathBuf,
        /// What does not fit and what to do.
        detail: String,
    },
    /// Neurons that cannot be scaled by their mean.
    #[error("{}: {}: {}", .folder.join(super::RESPONSES).display(), mean_not_positive(.neurons), "scale by something else (response_scaling = \"none\") or take these neurons out")]
    MeanNotPositive {
        /// The folder.
        folder: PathBuf,
        /// The neurons, by their number in the file.
        neurons: Vec<usize>,
    },
    /// More trials are asked for than there are.
    #[error("{}: --trials {found}, but no image has more than {most} trial{}: give a number from 1 to {most}", .folder.display(), if *.most == 1 { "" } else { "s" })]
    Trials {
        /// The folder.
        folder: PathBuf,
        /// The number of trials of each image that were to be used.
        found: usize,
        /// The most that there are of an image.
        most: usize,
    },
    /// Too little to split.
    #[error("{units} cannot be split into training, validation and test: at least 3 {kind} are needed")]
    TooFew {
        /// What there is.
        units: String,
        /// `images` or `groups`.
        kind: &'static str,
    },
    /// Groups for another number of images.
    #[error("there are {found} group numbers for {expected} images: one is needed for each")]
    GroupCount {
        /// The number of images.
        expected: usize,
        /// The number of groups given.
        found: usize,
    },
    /// A fraction of the training images outside (0, 1].
    #[error("the fraction of the training images is {found}, expected more than 0 and at most 1")]
    TrainFraction {
        /// The fraction.
        found: f64,
    },
}

/// One thing that is wrong with a data set.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// An array with another number of axes.
    #[error("{file} has the shape [{}], expected {expected}", shape(.found, ", "))]
    Shape {
        /// The file.
        file: &'static str,
        /// The axes that it should have.
        expected: &'static str,
        /// Its shape.
        found: Vec<usize>,
    },
    /// An array without any element.
    #[error("{file} is empty: its shape is [{}]", shape(.found, ", "))]
    Empty {
        /// The file.
        file: &'static str,
        /// Its shape.
        found: Vec<usize>,
    },
    /// An array of another type.
    #[error(
        "{file} holds {found}, expected {expected}: convert it with numpy's {}, or import it with `pathscope dataset import`",
        if *.found == "bool" { "astype(numpy.float32)" } else { "astype" }
    )]
    ElementType {
        /// The file.
        file: &'static str,
        /// The type that it should have.
        expected: &'static str,
        /// Its type.
        found: &'static str,
    },
    /// Arrays for different numbers of images.
    #[error("{file} is for {found} images, but images.npy has {expected}")]
    Images {
        /// The file.
        file: &'static str,
        /// The images in `images.npy`.
        expected: usize,
        /// The extent of its first axis.
        found: usize,
    },
    /// Pixels that are no numbers.
    #[error(
        "images.npy: {count} of the pixels are NaN or infinite, the first in image {first}: replace them"
    )]
    Pixels {
        /// How many.
        count: usize,
        /// The first such image, from 0.
        first: usize,
    },
    /// Infinite responses.
    #[error(
        "responses.npy: {count} of the responses are infinite, the first to image {image} in neuron {neuron}: write NaN where there was no trial"
    )]
    Infinite {
        /// How many.
        count: usize,
        /// The first such image, from 0.
        image: usize,
        /// Its first such neuron, from 0.
        neuron: usize,
    },
    /// Images that a neuron has no trial of.
    #[error("responses.npy: {count} pairs of image and neuron have no trial at all (all NaN), the first image {image} and neuron {neuron}; {}: leave out these images or these neurons", named_neurons(.neurons))]
    NoTrial {
        /// How many pairs.
        count: usize,
        /// The first such image, from 0.
        image: usize,
        /// Its first such neuron, from 0.
        neuron: usize,
        /// All such neurons.
        neurons: Vec<usize>,
    },
    /// Neurons that respond equally to all images.
    #[error("responses.npy: {} equally to all images, so there is nothing to learn from {}: leave {} out with --drop-constant-neurons", respond(.neurons), them(.neurons), them(.neurons))]
    Constant {
        /// The neurons, from 0.
        neurons: Vec<usize>,
    },
    /// Neurons that respond equally to all images, and no others.
    #[error(
        "responses.npy: all {count} neurons respond equally to all images, so there is nothing to learn from them: check that the right array was saved"
    )]
    AllConstant {
        /// How many there are.
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

/// `neuron 3`, `neurons 3, 5, 7 and 12 more`.
pub(super) fn named_neurons(numbers: &[usize]) -> String {
    format!("neuron{} {}", if numbers.len() == 1 { "" } else { "s" }, Numbers(numbers))
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
