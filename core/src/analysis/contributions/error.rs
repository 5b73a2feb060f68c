//! The reason why numbers are not contributions.

use crate::files::text::counted;
use thiserror::Error;

/// The reason why numbers are not contributions.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContributionsError {
    /// The parts are not as many as images, units and marks say.
    #[error(
        "the contributions have the shape {found:?}, expected {expected:?}: images, units, and the marks with the biases last"
    )]
    Shape {
        /// The shape that marks and outputs ask for.
        expected: [usize; 3],
        /// The shape of the parts.
        found: [usize; 3],
    },
    /// There is nothing to sum up.
    #[error(
        "there are contributions of {images} images to {units} units: give at least one image and one unit"
    )]
    Empty {
        /// The number of images.
        images: usize,
        /// The number of units.
        units: usize,
    },
    /// The marks do not ascend.
    #[error("the marks of the parts are {marks:?}, expected ascending ones that differ")]
    Order {
        /// The marks.
        marks: Vec<usize>,
    },
    /// A number is infinite or not a number.
    #[error(
        "the {what} of unit {unit} for image {image} is {found}: give images and weights of smaller numbers, or compute in double precision"
    )]
    NotFinite {
        /// The number that is not finite.
        what: String,
        /// The image, from 0.
        image: usize,
        /// The unit, from 0.
        unit: usize,
        /// The number.
        found: f64,
    },
    /// Recordings do not belong to these images and units.
    #[error(
        "the recordings are of {found:?} (images, neurons), and the contributions of {expected:?} (images, units): choose the output that predicts the neurons"
    )]
    Recordings {
        /// Images and units of the contributions.
        expected: [usize; 2],
        /// Images and neurons of the recordings.
        found: [usize; 2],
    },
    /// There are not as many ceilings as neurons.
    #[error("there are {found} ceilings for {neurons} neurons: give one for each")]
    Ceilings {
        /// The number of neurons.
        neurons: usize,
        /// The number of ceilings.
        found: usize,
    },
    /// There is no such unit.
    #[error("there is no unit {unit}: there {}, counted from 0", units_are(*.units))]
    NoUnit {
        /// The unit that was asked for.
        unit: usize,
        /// The number of units.
        units: usize,
    },
}

fn units_are(units: usize) -> String {
    format!("{} {}", if units == 1 { "is" } else { "are" }, counted(units, "unit"))
}
