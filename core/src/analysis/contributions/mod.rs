//! The contributions of a network's paths to its outputs, image by image and over images (DESIGN §8).
//!
//! For one image and fixed gates, a network is a sum over its paths. [`Contributions`] holds the parts of
//! that sum: the paths of each length or other [`Mark`], and the biases. A [`ContributionSummary`] summarizes
//! them over images, for every unit and for all of them together.
//!
//! A contribution under frozen gates is not the effect of removing paths, which changes gates downstream ([`CAUTION`]).

mod agreement;
mod averages;
mod computed;
mod document;
mod error;
mod explained;
mod intervals;
mod mark;
mod partial_sums;
mod share;
mod share_intervals;
mod summary;
mod sums;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
mod text;
mod warnings;

pub use agreement::{Agreement, StrengthDistribution, StrengthShare};
pub use computed::{
    Baseline, By, ComputeError, ComputeOptions, ContributedModel, ListedPaths, Precision, ReceptiveFields,
};
pub use document::{
    CONTRIBUTIONS, ContributionsDocument, ContributionsSettings, ContributionsSource, DatasetUse,
    ImagesSource, ReadBeside, SCHEMA,
};
pub use error::ContributionsError;
pub use explained::{Explained, ExplainedPart, Recordings};
pub use mark::Mark;
pub use share::{PartShare, Summary};
pub use summary::ContributionSummary;
pub use sums::SumDifference;

use ndarray::{Array2, Array3, ArrayView2, Axis, s};

/// The caveat that accompanies contributions wherever they are shown.
pub const CAUTION: &str = "A contribution is what paths add while all gates stay as they are for the image. It is not the effect \
    of removing the paths, which changes gates downstream: `pathscope ablate` measures that.";

/// The contributions of a network's paths to its outputs, image by image (DESIGN §8).
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// The property that the parts are grouped by.
    pub mark: Mark,
    /// The marks of the parts, ascending: lengths, counts or iterations, or ranks from 1 for single paths.
    pub marks: Vec<usize>,
    /// The parts \[images, units, marks + 1\]. The last is what begins at sources other than the input:
    /// biases, shifts of normalizations, values of activations at 0, and the baseline.
    pub parts: Array3<f64>,
    /// The outputs of the network, \[images, units\].
    pub outputs: Array2<f64>,
}

impl Contributions {
    /// Returns contributions after checking that shapes match and that all numbers are finite.
    ///
    /// # Errors
    ///
    /// [`ContributionsError`]
    ///
    /// # Complexity
    ///
    /// O(parts).
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use pathscope_core::analysis::contributions::{Contributions, Mark};
    ///
    /// // Two images, one unit: lengths 1 and 2 bring 3 and 1, and 2 and -1; the biases bring 1.
    /// let parts = array![[[3.0, 1.0, 1.0]], [[2.0, -1.0, 1.0]]];
    /// let contributions = Contributions::new(Mark::Length, vec![1, 2], parts.clone(), array![[5.0], [2.0]])?;
    /// assert_eq!(contributions.sum_difference().largest, 0.0);
    /// assert!(Contributions::new(Mark::Length, vec![1, 2, 3], parts, array![[5.0], [2.0]]).is_err());
    /// # Ok::<(), pathscope_core::analysis::contributions::ContributionsError>(())
    /// ```
    pub fn new(
        mark: Mark,
        marks: Vec<usize>,
        parts: Array3<f64>,
        outputs: Array2<f64>,
    ) -> Result<Self, ContributionsError> {
        let (images, units) = outputs.dim();
        let expected = [images, units, marks.len() + 1];
        if parts.shape() != expected {
            return Err(ContributionsError::Shape { expected, found: parts.dim().into() });
        }
        if images == 0 || units == 0 {
            return Err(ContributionsError::Empty { images, units });
        }
        if !marks.is_sorted_by(|one, next| one < next) {
            return Err(ContributionsError::Order { marks });
        }
        let not_finite = parts.indexed_iter().find(|(_, part)| !part.is_finite());
        if let Some(((image, unit, part), &found)) = not_finite {
            let part = marks.get(part).map_or("biases".to_owned(), |&found| mark.named(found));
            return Err(ContributionsError::NotFinite {
                what: format!("part of {part}"),
                image,
                unit,
                found,
            });
        }
        let not_finite = outputs.indexed_iter().find(|(_, output)| !output.is_finite());
        if let Some(((image, unit), &found)) = not_finite {
            return Err(ContributionsError::NotFinite { what: "output".to_owned(), image, unit, found });
        }
        Ok(Self { mark, marks, parts, outputs })
    }

    /// Returns the number of images.
    pub fn images(&self) -> usize {
        self.outputs.nrows()
    }

    /// Returns the number of units.
    pub fn units(&self) -> usize {
        self.outputs.ncols()
    }

    /// Returns the parts of one unit \[images, marks + 1\], the biases last.
    ///
    /// # Panics
    ///
    /// Panics if the unit does not exist.
    pub fn of_unit(&self, unit: usize) -> ArrayView2<'_, f64> {
        self.parts.slice(s![.., unit, ..])
    }

    /// Returns the responses of one unit to all images, which shares of variance refer to.
    ///
    /// They are the sums of the parts, so that shares sum to 1 exactly. Where the parts are single paths,
    /// other paths may exist, so the responses are the outputs.
    ///
    /// # Panics
    ///
    /// Panics if the unit does not exist.
    fn responses(&self, unit: usize) -> Vec<f64> {
        match self.mark {
            Mark::Path => self.outputs.column(unit).to_vec(),
            _ => self.of_unit(unit).sum_axis(Axis(1)).to_vec(),
        }
    }
}
