//! Computing the contributions of a model for images, batch by batch.
//!
//! In come a checkpoint or exported program and images. Out come [`Contributions`] by length or another mark,
//! those of single paths, and receptive fields. `model.rs` opens both kinds of file as a program, through
//! which [`crate::program::contributions`] carries the images.

mod baseline;
mod batches;
mod collected;
mod described;
mod error;
mod fields;
mod marks;
mod model;
mod paths;

pub use baseline::Baseline;
pub use error::ComputeError;
pub use fields::ReceptiveFields;
pub use marks::By;
pub use model::ContributedModel;
pub use paths::ListedPaths;

use super::{Contributions, Mark};
use crate::circuit::{UnknownName, Word};
use crate::program::Element;
use crate::program::contributions::{Contributor, Gate, Grades};
use batches::batches;
use collected::Collected;
use ndarray::ArrayView4;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The floating-point precision of the computation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Precision {
    /// Single precision, 32 bits.
    #[default]
    Single,
    /// Double precision, 64 bits.
    Double,
}

impl Precision {
    /// Returns the name of the precision on the command line and in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Word for Precision {
    const WHAT: &'static str = "precision";
}

/// Options for computing contributions.
#[derive(Clone, Debug)]
pub struct ComputeOptions {
    /// The factor by which a smooth nonlinearity multiplies its input.
    pub gate: Gate,
    /// The part of the input values that counts with the biases.
    pub baseline: Baseline,
    /// The floating-point precision.
    pub precision: Precision,
    /// The number of images in a batch, for models that take any number.
    pub batch: usize,
    /// A flag that stops the computation before its next batch, once another thread has set it.
    pub stop: Option<Arc<AtomicBool>>,
}

impl ComputeOptions {
    /// Returns an error once the computation is to stop.
    fn check_stop(&self) -> Result<(), ComputeError> {
        match &self.stop {
            Some(stop) if stop.load(Ordering::Relaxed) => Err(ComputeError::Stopped),
            _ => Ok(()),
        }
    }
}

impl Default for ComputeOptions {
    fn default() -> Self {
        Self {
            gate: Gate::default(),
            baseline: Baseline::Zero,
            precision: Precision::default(),
            batch: 16,
            stop: None,
        }
    }
}

impl ContributedModel {
    /// Computes the contributions of paths to the outputs for images.
    ///
    /// # Arguments
    ///
    /// * `images` - \[number, channels, height, width\], as the model sees them
    /// * `gradings` - how paths are grouped; one result for each
    /// * `options` - options of the computation
    /// * `progress` - called with the number of images done
    ///
    /// # Errors
    ///
    /// [`ComputeError`]
    ///
    /// # Complexity
    ///
    /// One forward pass per grading and one linear pass per mark. The batch size bounds the memory for
    /// activations; the results are images × units × (marks + 1) numbers.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::Array4;
    /// use pathscope_core::analysis::AnalysisOptions;
    /// use pathscope_core::analysis::contributions::{By, ComputeOptions, ContributedModel};
    ///
    /// let file = "../fixtures/reference/recurrent-1block-t3-no-avg/best.pth";
    /// let model = ContributedModel::open(file.as_ref(), &AnalysisOptions::default(), [1, 50, 50])?;
    /// let images = Array4::from_shape_fn((2, 1, 50, 50), |(_, _, x, y)| (x % 7 + y % 5) as f32 / 11.0);
    /// let gradings = model.gradings(By::Length);
    /// let found = model.compute(images.view(), &gradings, &ComputeOptions::default(), &|_| ())?.remove(0);
    /// assert_eq!(found.marks, [1, 2, 3]);
    /// assert!(found.sum_difference().largest < 1e-4);
    /// # Ok::<(), pathscope_core::analysis::contributions::ComputeError>(())
    /// ```
    pub fn compute(
        &self,
        images: ArrayView4<'_, f32>,
        gradings: &[(Mark, Grades)],
        options: &ComputeOptions,
        progress: &dyn Fn(usize),
    ) -> Result<Vec<Contributions>, ComputeError> {
        match options.precision {
            Precision::Single => self.compute_in::<f32>(images, gradings, options, progress),
            Precision::Double => self.compute_in::<f64>(images, gradings, options, progress),
        }
    }

    fn compute_in<T: Element>(
        &self,
        images: ArrayView4<'_, f32>,
        gradings: &[(Mark, Grades)],
        options: &ComputeOptions,
        progress: &dyn Fn(usize),
    ) -> Result<Vec<Contributions>, ComputeError> {
        let contributor = self.contributor::<T>(options.gate)?;
        let baseline = self.at_baseline(&contributor, images, options)?;
        let mut collected: Vec<Collected> = gradings.iter().map(|_| Collected::new(images.dim().0)).collect();
        for batch in batches::<T>(self, images, options.batch)? {
            options.check_stop()?;
            let inputs = [batch.tensor];
            for ((_, grades), collected) in gradings.iter().zip(&mut collected) {
                let found = contributor
                    .contributions(&inputs, grades, &baseline)
                    .map_err(|problem| self.engine(problem))?;
                collected.add(&found, batch.first, batch.images)?;
            }
            progress(batch.first + batch.images);
        }
        let marks = gradings.iter().map(|(mark, _)| mark);
        let found = marks.zip(collected).map(|(mark, collected)| collected.finish(mark.clone()));
        let found = found.collect::<Result<Vec<_>, _>>()?;
        found.iter().try_for_each(|contributions| self.check_lengths(contributions))?;
        Ok(found)
    }

    /// Checks that every length that the analysis counts has a contribution, possibly 0; otherwise paths were
    /// lost.
    fn check_lengths(&self, contributions: &Contributions) -> Result<(), ComputeError> {
        let counted = self.ensemble().into_iter().flat_map(|ensemble| &ensemble.lengths);
        let lost = counted.map(|share| share.length).find(|length| !contributions.marks.contains(length));
        match lost {
            Some(length) if contributions.mark == Mark::Length => {
                Err(ComputeError::Lost { path: self.path.clone(), length })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn contributor<T: Element>(&self, gate: Gate) -> Result<Contributor<'_, T>, ComputeError> {
        let (program, tensors) = (self.source.program(), self.source.tensors());
        Contributor::new(program, tensors, &self.traced, gate).map_err(|problem| self.engine(problem))
    }

    pub(super) fn engine(&self, problem: crate::program::contributions::ContributionError) -> ComputeError {
        ComputeError::Engine { path: self.path.clone(), problem: Box::new(problem) }
    }
}
