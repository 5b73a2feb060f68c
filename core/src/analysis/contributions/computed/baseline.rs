//! The part of the input values that counts with the biases.

use super::batches::batches;
use super::model::ContributedModel;
use super::{ComputeError, ComputeOptions};
use crate::program::Element;
use crate::program::contributions::{AtStart, Contributor};
use ndarray::{Array3, ArrayView4, Axis};
use std::path::PathBuf;

/// The values at the beginning of paths that count with the biases (DESIGN §8); paths contribute what differs
/// from them.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Baseline {
    /// Nothing; all of the input counts with the paths.
    #[default]
    Zero,
    /// The mean over images of the values at which paths begin.
    Mean,
    /// The values at which paths begin for one image.
    Image {
        /// \[channels, height, width\]
        pixels: Array3<f32>,
        /// The file that the image comes from, or its name.
        path: PathBuf,
        /// The SHA-256 of the file.
        sha256: String,
    },
}

impl Baseline {
    /// Returns the name of the baseline in files: `zero`, `mean` or the file's path.
    pub fn name(&self) -> String {
        match self {
            Self::Zero => "zero".to_owned(),
            Self::Mean => "mean".to_owned(),
            Self::Image { path, .. } => path.display().to_string(),
        }
    }
}

impl ContributedModel {
    /// Returns the baseline at the places where paths begin.
    pub(super) fn at_baseline<T: Element>(
        &self,
        contributor: &Contributor<'_, T>,
        images: ArrayView4<'_, f32>,
        options: &ComputeOptions,
    ) -> Result<AtStart<T>, ComputeError> {
        let of = match &options.baseline {
            Baseline::Zero => return Ok(AtStart::default()),
            Baseline::Mean => images,
            Baseline::Image { pixels, .. } => {
                let expected = &images.shape()[1..];
                if pixels.shape() != expected {
                    let (found, expected) = (pixels.shape().to_vec(), expected.to_vec());
                    return Err(ComputeError::Baseline { found, expected });
                }
                pixels.view().insert_axis(Axis(0))
            }
        };
        let mut sum = AtStart::default();
        for batch in batches::<T>(self, of, options.batch)? {
            let values = contributor.at_start(&[batch.tensor]).map_err(|problem| self.engine(problem))?;
            sum.add(&values.added_up(batch.images)).map_err(ComputeError::Batches)?;
        }
        Ok(sum.divided_by(of.len_of(Axis(0)) as f64))
    }
}
