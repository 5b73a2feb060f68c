//! What counts with the biases of the values at which paths begin.

use super::batches::batches;
use super::model::ContributedModel;
use super::{ComputeError, ComputeOptions};
use crate::program::Element;
use crate::program::contributions::{AtStart, Contributor};
use ndarray::{Array3, ArrayView4, Axis};
use std::path::PathBuf;

/// What counts with the biases of the values at which paths begin (DESIGN §8): the paths bring what differs from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Baseline {
    /// Nothing.
    #[default]
    Zero,
    /// The mean over the images of the values at which paths begin.
    Mean,
    /// The values at which paths begin for one image \[channels, height, width\], and the file that it is from.
    Image(Array3<f32>, PathBuf),
}

impl Baseline {
    /// Returns how it is named in files: `zero`, `mean` or the file.
    pub fn name(&self) -> String {
        match self {
            Self::Zero => "zero".to_owned(),
            Self::Mean => "mean".to_owned(),
            Self::Image(_, file) => file.display().to_string(),
        }
    }
}

impl ContributedModel {
    /// The baseline at the places where paths begin.
    pub(super) fn at_baseline<T: Element>(
        &self,
        contributor: &Contributor<'_, T>,
        images: ArrayView4<'_, f32>,
        options: &ComputeOptions,
    ) -> Result<AtStart<T>, ComputeError> {
        let of = match &options.baseline {
            Baseline::Zero => return Ok(AtStart::default()),
            Baseline::Mean => images,
            Baseline::Image(given, _) => {
                let expected = &images.shape()[1..];
                if given.shape() != expected {
                    let (found, expected) = (given.shape().to_vec(), expected.to_vec());
                    return Err(ComputeError::Baseline { found, expected });
                }
                given.view().insert_axis(Axis(0))
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
