//! Images from a file.

use super::predictor::{trained_on, unlike_training};
use super::{ModelFile, PredictionError, Predictor};
use ndarray::{Array4, Axis, Ix3, Ix4};
use pathscope_core::data::{PixelScale, Pixels};
use pathscope_core::files::arrays::read_npy;
use std::path::Path;

/// Images that a network is to predict responses to.
#[derive(Clone, Debug)]
pub struct OpenedImages {
    /// \[images, channels, height, width\], prepared as for the run of the network.
    pub pixels: Array4<f32>,
    /// A reason why the network may not understand the images.
    pub warning: Option<String>,
}

impl OpenedImages {
    /// Reads and prepares images for a network.
    ///
    /// # Arguments
    ///
    /// * `path` - the `.npy` file of the images
    /// * `scale` - the divisor of the pixels, if it is not that of the run
    ///
    /// # Errors
    ///
    /// The same as [`read_images`]; [`PredictionError::Dataset`] if the images are smaller than what the run crops;
    /// [`PredictionError::Images`] if the network does not take them; [`PredictionError::Predictor`].
    ///
    /// # Complexity
    ///
    /// O(file) time and memory.
    pub fn open(
        path: &Path,
        scale: Option<PixelScale>,
        file: &ModelFile,
        predictor: &dyn Predictor,
    ) -> Result<Self, PredictionError> {
        let of_run = file.settings.as_ref().map(|settings| settings.images_scale);
        let scale = scale.or(of_run).unwrap_or_default();
        let (mut images, pixels) = read_images(path, scale)?;
        if let Some(settings) = &file.settings {
            images = settings.preprocessing().prepare_images(images.view(), path)?;
        }
        predictor
            .check_images(images.dim().into())
            .map_err(|problem| PredictionError::Images { path: path.to_owned(), problem })?;
        let record = file.record.as_ref().and_then(|record| record.pixels.as_ref());
        let moments = trained_on(predictor).map_err(PredictionError::Predictor)?;
        let unlike = unlike_training(moments, images.view(), &pixels, record);
        // If the statistics of the training images are known, there is no doubt about the scale.
        let unknown = scale == PixelScale::Auto && moments.is_none();
        let warning = unlike.or_else(|| pixels.doubt().filter(|_| unknown));
        let warning = warning.map(|warning| format!("{}: {warning}", path.display()));
        Ok(Self { pixels: images, warning })
    }
}

/// Reads images \[images, channels, height, width\] or \[images, height, width\] from an `.npy` file.
///
/// # Returns
///
/// The images \[images, channels, height, width\], divided by the scale, and a description of the pixels in
/// the file.
///
/// # Errors
///
/// Returns [`PredictionError::Array`] if the file cannot be read as an array, or [`PredictionError::Shape`]
/// or [`PredictionError::Pixel`] if the array does not hold images.
///
/// # Complexity
///
/// O(file) time and memory.
pub fn read_images(path: &Path, scale: PixelScale) -> Result<(Array4<f32>, Pixels), PredictionError> {
    let (array, _) = read_npy(path)?;
    let (numbers, pixels) = Pixels::of(&array, scale);
    if let Some(&found) = numbers.iter().find(|pixel| !pixel.is_finite()) {
        return Err(PredictionError::Pixel { path: path.to_owned(), found });
    }
    let wrong = |_| PredictionError::Shape { path: path.to_owned(), found: array.shape().to_vec() };
    let images = if numbers.ndim() == 3 {
        numbers.into_dimensionality::<Ix3>().map_err(wrong)?.insert_axis(Axis(1))
    } else {
        numbers.into_dimensionality::<Ix4>().map_err(wrong)?
    };
    Ok((images, pixels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};
    use pathscope_core::files::arrays::npy_bytes;
    use std::fs;

    fn read(bytes: &[u8]) -> Result<(Array4<f32>, Pixels), PredictionError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images.npy");
        fs::write(&path, bytes).unwrap();
        read_images(&path, PixelScale::Auto)
    }

    #[test]
    fn grey_images_have_one_channel() {
        let (images, pixels) = read(&npy_bytes(&array![[[0_u8, 255], [51, 102]]])).unwrap();
        assert_eq!(images, array![[[[0.0_f32, 1.0], [0.2, 0.4]]]]);
        assert_eq!(pixels.divided_by, 255.0);
    }

    #[test]
    fn arrays_without_images_are_refused() {
        let row = read(&npy_bytes(&Array1::<f32>::zeros(3))).unwrap_err().to_string();
        assert!(row.ends_with("images.npy: has shape [3], expected [N, H, W] or [N, C, H, W]"), "{row}");
        let infinite = read(&npy_bytes(&array![[[f32::INFINITY]]])).unwrap_err().to_string();
        assert!(infinite.contains("has a pixel that is inf"), "{infinite}");
    }
}
