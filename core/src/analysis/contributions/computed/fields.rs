//! Receptive fields: the linear filters that paths to a unit apply, averaged over images.

use super::batches::batches;
use super::model::ContributedModel;
use super::{ComputeError, ComputeOptions, Precision};
use crate::analysis::contributions::Mark;
use crate::program::Element;
use crate::program::contributions::{Filters, Grade, Grades};
use ndarray::{Array5, ArrayD, ArrayView4, Ix3, s};
use std::collections::BTreeMap;

/// The linear filters that the paths of each mark to some units apply, averaged over images (DESIGN §8).
///
/// They are filters of the image even where paths begin inside the network: the operations before that point
/// belong to all paths.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceptiveFields {
    /// What paths are grouped by.
    pub mark: Mark,
    /// The marks, ascending.
    pub marks: Vec<usize>,
    /// The units.
    pub units: Vec<usize>,
    /// The filters, \[units, marks, channels, height, width\].
    pub filters: Array5<f64>,
}

/// The largest number of units whose filters are computed in one backward pass.
const UNITS_AT_ONCE: usize = 8;

impl ContributedModel {
    /// Computes receptive fields.
    ///
    /// # Arguments
    ///
    /// * `images` - \[number, channels, height, width\], as the model sees them
    /// * `grading` - how paths are grouped
    /// * `units` - the units, counted from 0
    /// * `progress` - called with the number of images done
    ///
    /// # Errors
    ///
    /// [`ComputeError`], also where paths lead through an operation without a backward pass.
    ///
    /// # Complexity
    ///
    /// One forward pass per batch of images and eight units, and one linear backward pass per unit and mark.
    pub fn receptive_fields(
        &self,
        images: ArrayView4<'_, f32>,
        grading: &(Mark, Grades),
        units: &[usize],
        options: &ComputeOptions,
        progress: &dyn Fn(usize),
    ) -> Result<ReceptiveFields, ComputeError> {
        let sums = match options.precision {
            Precision::Single => self.filters::<f32>(images, &grading.1, units, options, progress)?,
            Precision::Double => self.filters::<f64>(images, &grading.1, units, options, progress)?,
        };
        let mut marks: Vec<Grade> = sums.keys().map(|(_, grade)| *grade).collect();
        marks.sort_unstable();
        marks.dedup();
        let (count, channels, height, width) = images.dim();
        let mut filters = Array5::zeros((units.len(), marks.len(), channels, height, width));
        for (place, unit) in units.iter().enumerate() {
            for (column, mark) in marks.iter().enumerate() {
                let sum = sums.get(&(*unit, *mark)).and_then(|sum| image(sum, [channels, height, width]));
                if let Some(sum) = sum {
                    filters.slice_mut(s![place, column, .., .., ..]).assign(&(sum / count as f64));
                }
            }
        }
        let marks = marks.into_iter().map(|mark| mark as usize).collect();
        Ok(ReceptiveFields { mark: grading.0.clone(), marks, units: units.to_vec(), filters })
    }

    fn filters<T: Element>(
        &self,
        images: ArrayView4<'_, f32>,
        grades: &Grades,
        units: &[usize],
        options: &ComputeOptions,
        progress: &dyn Fn(usize),
    ) -> Result<BTreeMap<(usize, Grade), ArrayD<f64>>, ComputeError> {
        let contributor = self.contributor::<T>(options.gate)?;
        let mut sums: BTreeMap<(usize, Grade), ArrayD<f64>> = BTreeMap::new();
        for batch in batches::<T>(self, images, options.batch)? {
            options.check_stop()?;
            let inputs = [batch.tensor];
            for units in units.chunks(UNITS_AT_ONCE) {
                let Filters { sums: more, .. } = contributor
                    .filters(&inputs, 0, batch.images, grades, units)
                    .map_err(|problem| self.engine(problem))?;
                for (key, filter) in more {
                    match sums.get_mut(&key) {
                        Some(sum) => *sum += &filter,
                        None => {
                            sums.insert(key, filter);
                        }
                    }
                }
            }
            progress(batch.first + batch.images);
        }
        Ok(sums)
    }
}

/// Returns a filter in the shape of an image; a filter with one channel may lack the channel axis.
fn image(filter: &ArrayD<f64>, shape: [usize; 3]) -> Option<ndarray::Array3<f64>> {
    filter.to_shape(shape.as_slice()).ok()?.into_owned().into_dimensionality::<Ix3>().ok()
}
