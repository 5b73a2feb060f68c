//! Preprocessing of images and responses for a model (paper, C.1).

use super::{Dataset, DatasetError};
use crate::statistics::mean;
use ndarray::{Array2, Array4, ArrayView4, Axis, s};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The preprocessing of images and responses.
///
/// # Examples
///
/// In a configuration, entries that are left out have their default:
///
/// ```
/// use pathscope_core::data::{Preprocessing, ResponseScaling};
///
/// let text = "crop = 60\ndownsample = 2\nresponse_scaling = { mean-times = 0.5 }";
/// let preprocessing: Preprocessing = toml::from_str(text)?;
/// assert_eq!(preprocessing.crop, Some(60));
/// assert_eq!(preprocessing.response_scaling, ResponseScaling::MeanTimes(0.5));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preprocessing {
    /// The factor of downsampling: every square of this many by this many pixels is averaged into one.
    pub downsample: usize,
    /// The side of the central square that is cut out first. If it cannot be centred exactly, it is half a
    /// pixel further up or left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<usize>,
    /// The scaling of trial averages.
    pub response_scaling: ResponseScaling,
}

impl Default for Preprocessing {
    fn default() -> Self {
        Self { downsample: 1, crop: None, response_scaling: ResponseScaling::default() }
    }
}

impl Preprocessing {
    /// Crops and downsamples images \[N, C, H, W\].
    ///
    /// # Arguments
    ///
    /// * `source` - where the images come from, for errors
    ///
    /// # Errors
    ///
    /// [`DatasetError::Preprocessing`] if the settings do not fit the images.
    ///
    /// # Complexity
    ///
    /// O(pixels).
    pub fn prepare_images(
        &self,
        images: ArrayView4<'_, f32>,
        source: &Path,
    ) -> Result<Array4<f32>, DatasetError> {
        let fault = |detail: String| DatasetError::Preprocessing { folder: source.to_owned(), detail };
        let (count, channels, height, width) = images.dim();
        let (rows, columns) = match self.crop {
            None => (height, width),
            Some(side) if (1..=height.min(width)).contains(&side) => (side, side),
            Some(side) => {
                return Err(fault(format!(
                    "crop = {side}, but the images are {height} by {width} pixels: give a number from 1 to {}",
                    height.min(width)
                )));
            }
        };
        let factor = self.downsample;
        if factor == 0 {
            return Err(fault("downsample = 0, expected at least 1".to_owned()));
        }
        if !rows.is_multiple_of(factor) || !columns.is_multiple_of(factor) {
            let least = rows.min(columns);
            let advice = match least - least % factor {
                0 => format!("give a factor of at most {least}"),
                side => format!("crop to {side} as well"),
            };
            return Err(fault(format!(
                "{rows} by {columns} pixels cannot be divided by downsample = {factor}: {advice}"
            )));
        }
        let (top, left) = ((height - rows) / 2, (width - columns) / 2);
        let cropped = images.slice(s![.., .., top..top + rows, left..left + columns]);
        if factor == 1 {
            return Ok(cropped.as_standard_layout().into_owned());
        }
        let mut small = Array4::zeros((count, channels, rows / factor, columns / factor));
        ndarray::Zip::from(&mut small).and(cropped.exact_chunks((1, 1, factor, factor))).for_each(
            |pixel, square| {
                *pixel = mean(square.iter().map(|&pixel| f64::from(pixel))) as f32;
            },
        );
        Ok(small)
    }
}

/// The scaling of a neuron's trial averages.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResponseScaling {
    /// Division by the neuron's mean over all images, then multiplication by this factor.
    MeanTimes(f32),
    /// No scaling.
    None,
}

impl Default for ResponseScaling {
    fn default() -> Self {
        Self::MeanTimes(0.5)
    }
}

/// The data that a model is trained on.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The images \[N, C, H, W\].
    pub images: Array4<f32>,
    /// The responses \[N, neurons\].
    pub targets: Array2<f32>,
}

impl Dataset {
    /// Crops and downsamples the images, and averages and scales the responses.
    ///
    /// # Returns
    ///
    /// Images \[N, C, ⌊side / downsample⌋, ⌊side / downsample⌋\] and, for
    /// [`ResponseScaling::MeanTimes`]`(a)`, a · r_{m,n} / ((1/N) Σ_m r_{m,n}) with the trial averages
    /// r of Eq. 3e.
    ///
    /// # Errors
    ///
    /// [`DatasetError::Preprocessing`] if the settings do not fit the images;
    /// [`DatasetError::MeanNotPositive`].
    ///
    /// # Complexity
    ///
    /// O(pixels + responses).
    pub fn prepare(&self, preprocessing: &Preprocessing) -> Result<Prepared, DatasetError> {
        Ok(Prepared {
            images: preprocessing.prepare_images(self.images.view(), &self.folder)?,
            targets: self.targets(preprocessing.response_scaling)?,
        })
    }

    fn targets(&self, scaling: ResponseScaling) -> Result<Array2<f32>, DatasetError> {
        let mut averages = self.trial_average();
        if let ResponseScaling::MeanTimes(factor) = scaling {
            if !(factor.is_finite() && factor > 0.0) {
                let detail = format!("mean-times = {factor}, expected a number above 0");
                return Err(DatasetError::Preprocessing { folder: self.folder.clone(), detail });
            }
            let means = averages.mean_axis(Axis(0)).unwrap_or_default();
            let unusable: Vec<usize> = self
                .neurons
                .iter()
                .zip(&means)
                .filter(|(_, mean)| **mean <= 0.0)
                .map(|(&neuron, _)| neuron)
                .collect();
            if !unusable.is_empty() {
                return Err(DatasetError::MeanNotPositive { folder: self.folder.clone(), neurons: unusable });
            }
            for mut row in averages.outer_iter_mut() {
                row.zip_mut_with(&means, |response, mean| *response *= f64::from(factor) / mean);
            }
        }
        Ok(averages.mapv(|response| response as f32))
    }
}
