//! Predictions that another program made.

use super::PredictionError;
use ndarray::{Array2, Ix2};
use pathscope_core::data::Dataset;
use pathscope_core::files::arrays::read_npy;
use std::path::{Path, PathBuf};

/// Predictions from a file, in the units of the recorded responses.
#[derive(Clone, Debug)]
pub struct GivenPredictions {
    /// The path of the file.
    pub path: PathBuf,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// The predictions \[images, neurons\].
    pub values: Array2<f64>,
}

impl GivenPredictions {
    /// Reads predictions from an `.npy` file.
    ///
    /// # Errors
    ///
    /// Returns [`PredictionError::Array`] if the file cannot be read as an array, or
    /// [`PredictionError::Predictions`] if it does not hold finite numbers \[images, neurons\].
    ///
    /// # Complexity
    ///
    /// O(file) time and memory.
    pub fn read(path: &Path) -> Result<Self, PredictionError> {
        let (array, sha256) = read_npy(path)?;
        let wrong = |detail: String| PredictionError::Predictions { path: path.to_owned(), detail };
        let shape = array.shape().to_vec();
        let values: Array2<f64> = array
            .to_f64()
            .into_dimensionality::<Ix2>()
            .map_err(|_| wrong(format!("has shape {shape:?}, expected [images, neurons]")))?;
        if let Some(((image, neuron), found)) = values.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(wrong(format!(
                "the prediction of neuron {neuron} for image {image} is {found}: all predictions must be finite numbers"
            )));
        }
        Ok(Self { path: path.to_owned(), sha256, values })
    }

    /// Checks that there is a prediction for every image and neuron of a data set.
    pub(super) fn check(&self, dataset: &Dataset) -> Result<(), PredictionError> {
        let (images, neurons) = self.values.dim();
        let expected = (dataset.responses.dim().0, dataset.neurons.len());
        if (images, neurons) == expected {
            return Ok(());
        }
        let advice = if images == expected.1 && neurons == expected.0 { ": transpose the array" } else { "" };
        let detail = format!(
            "has predictions of {images} images and {neurons} neurons, but {} has {} images and {} neurons{advice}",
            dataset.folder.display(),
            expected.0,
            expected.1
        );
        Err(PredictionError::Predictions { path: self.path.clone(), detail })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};
    use pathscope_core::files::arrays::npy_bytes;
    use std::fs;

    fn read(bytes: &[u8]) -> Result<GivenPredictions, PredictionError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("predictions.npy");
        fs::write(&path, bytes).unwrap();
        GivenPredictions::read(&path)
    }

    #[test]
    fn predictions_are_read() {
        let given = read(&npy_bytes(&array![[1.0_f32, 2.0], [3.0, 4.5]])).unwrap();
        assert_eq!(given.values, array![[1.0, 2.0], [3.0, 4.5]]);
    }

    #[test]
    fn what_is_no_prediction_is_refused() {
        let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        let row = said(&npy_bytes(&Array1::<f32>::zeros(3)));
        assert!(row.ends_with("predictions.npy: has shape [3], expected [images, neurons]"), "{row}");
        let nan = said(&npy_bytes(&array![[1.0_f32, 2.0], [f32::NAN, 2.0]]));
        assert!(nan.contains("the prediction of neuron 0 for image 1 is NaN"), "{nan}");
    }
}
