//! The errors of contributions.

use crate::files::text::counted;
use thiserror::Error;

/// The reasons why numbers do not form valid contributions.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContributionsError {
    /// The shape of the parts does not match images, units and marks.
    #[error(
        "the contributions have shape {found:?}, expected {expected:?}: images, units, and the marks with the biases last"
    )]
    Shape {
        /// The shape that marks and outputs require.
        expected: [usize; 3],
        /// The shape of the parts.
        found: [usize; 3],
    },
    /// There are no images or no units.
    #[error(
        "there are contributions of {images} images to {units} units: give at least one image and one unit"
    )]
    Empty {
        /// The number of images.
        images: usize,
        /// The number of units.
        units: usize,
    },
    /// The marks are not strictly ascending.
    #[error("the marks of the parts are {marks:?}, expected strictly ascending marks")]
    Order {
        /// The marks.
        marks: Vec<usize>,
    },
    /// A number is infinite or not a number.
    #[error(
        "the {what} of unit {unit} for image {image} is {found}: use images and weights with smaller numbers, or compute in double precision"
    )]
    NotFinite {
        /// The name of the number that is not finite.
        what: String,
        /// The image, counted from 0.
        image: usize,
        /// The unit, counted from 0.
        unit: usize,
        /// The number.
        found: f64,
    },
    /// The recordings are of other images or units.
    #[error(
        "the recordings have shape {found:?} (images, neurons), but the contributions {expected:?} (images, units): choose the output that predicts the neurons"
    )]
    Recordings {
        /// Images and units of the contributions.
        expected: [usize; 2],
        /// Images and neurons of the recordings.
        found: [usize; 2],
    },
    /// The number of ceilings differs from the number of neurons.
    #[error("there are {found} ceilings for {neurons} neurons: give one for each")]
    Ceilings {
        /// The number of neurons.
        neurons: usize,
        /// The number of ceilings.
        found: usize,
    },
    /// The unit does not exist.
    #[error("there is no unit {unit}: there {}, counted from 0", units_are(*.units))]
    NoUnit {
        /// The requested unit.
        unit: usize,
        /// The number of units.
        units: usize,
    },
}

fn units_are(units: usize) -> String {
    format!("{} {}", if units == 1 { "is" } else { "are" }, counted(units, "unit"))
}
