//! The orders of array axes.

use super::DatasetError;
use crate::files::arrays::NumberArray;
use crate::files::text::shape;
use ndarray::{ArrayD, Axis};
use std::fmt;
use thiserror::Error;

/// The axes of images, in the order of `images.npy`: image, channel, height, width.
const IMAGES: &str = "nchw";
/// The axes of responses, in the order of `responses.npy`: image, trial, neuron.
const RESPONSES: &str = "ntr";

/// The order of an array's axes, as one letter each from first to last: `n` image, `c` channel, `h` height,
/// `w` width, `t` trial, `r` neuron.
///
/// # Examples
///
/// ```
/// use pathscope_core::data::AxisOrder;
///
/// assert_eq!(AxisOrder::of_images("hwn")?.to_string(), "hwn");
/// assert!(AxisOrder::of_images("hwt").is_err());
/// // An array of trial averages has no axis for trials.
/// assert!(AxisOrder::of_responses("rn").is_ok());
/// # Ok::<(), pathscope_core::data::UnknownOrder>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisOrder {
    letters: String,
    /// The letters in the target order.
    wanted: &'static str,
}

/// The error for letters that do not form an axis order.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{found}' is not an order of axes: expected the letters {expected}, each once")]
pub struct UnknownOrder {
    found: String,
    expected: &'static str,
}

impl AxisOrder {
    /// Returns the order with these letters for images: `n`, `h`, `w` and optionally `c`.
    ///
    /// # Errors
    ///
    /// [`UnknownOrder`].
    pub fn of_images(letters: &str) -> Result<Self, UnknownOrder> {
        Self::new(letters, IMAGES, "c", "n (image), h (height), w (width) and, if there are channels, c")
    }

    /// Returns the order with these letters for responses: `n`, `r` and optionally `t`.
    ///
    /// # Errors
    ///
    /// [`UnknownOrder`].
    pub fn of_responses(letters: &str) -> Result<Self, UnknownOrder> {
        Self::new(letters, RESPONSES, "t", "n (image), r (neuron) and, if there are trials, t")
    }

    fn new(
        letters: &str,
        wanted: &'static str,
        optional: &str,
        expected: &'static str,
    ) -> Result<Self, UnknownOrder> {
        let count = |letter: char| letters.matches(letter).count();
        let known = letters.chars().all(|letter| wanted.contains(letter));
        let complete = wanted
            .chars()
            .all(|letter| count(letter) == 1 || (optional.contains(letter) && count(letter) == 0));
        if known && complete {
            Ok(Self { letters: letters.to_owned(), wanted })
        } else {
            Err(UnknownOrder { found: letters.to_owned(), expected })
        }
    }

    /// Returns the default order for images with so many axes.
    pub(super) fn usual_of_images(axes: usize) -> Self {
        let letters = if axes == 3 { "nhw" } else { IMAGES };
        Self { letters: letters.to_owned(), wanted: IMAGES }
    }

    /// Returns the default order for responses with so many axes.
    pub(super) fn usual_of_responses(axes: usize) -> Self {
        let letters = if axes == 2 { "nr" } else { RESPONSES };
        Self { letters: letters.to_owned(), wanted: RESPONSES }
    }

    /// Returns the number of axes in the order.
    pub(super) fn axes(&self) -> usize {
        self.letters.len()
    }

    /// Returns the order with its letters reversed.
    pub(super) fn reversed(&self) -> Self {
        Self { letters: self.letters.chars().rev().collect(), wanted: self.wanted }
    }

    /// Returns the order with height and width exchanged.
    pub(super) fn transposed(&self) -> Self {
        let other = |letter| match letter {
            'h' => 'w',
            'w' => 'h',
            letter => letter,
        };
        Self { letters: self.letters.chars().map(other).collect(), wanted: self.wanted }
    }

    /// Returns whether one axis comes before another.
    pub(super) fn has_before(&self, first: char, second: char) -> bool {
        self.letters.find(first) < self.letters.find(second)
    }

    /// Returns the number of images in an array of this shape. Axes that MATLAB dropped have one element.
    pub(super) fn images_in(&self, shape: &[usize]) -> usize {
        self.letters.find('n').and_then(|place| shape.get(place)).copied().unwrap_or(1)
    }

    /// Returns an array with its axes in the target order. A missing axis is added with a single element.
    pub(super) fn arrange(
        &self,
        source: &NumberArray,
        mut array: ArrayD<f32>,
        option: &str,
    ) -> Result<ArrayD<f32>, DatasetError> {
        // MATLAB drops trailing axes of a single element, but never keeps fewer than two axes.
        while source.is_from_matlab() && array.ndim() < self.letters.len() {
            let end = array.ndim();
            array.insert_axis_inplace(Axis(end));
        }
        if array.ndim() != self.letters.len() {
            return Err(DatasetError::Axes {
                path: source.path().to_owned(),
                detail: format!(
                    "the array has the shape [{}], but the order '{self}' has {} letters: give the order of its axes with {option}",
                    shape(source.shape(), ", "),
                    self.letters.len()
                ),
            });
        }
        let mut places = Vec::with_capacity(self.wanted.len());
        for letter in self.wanted.chars() {
            places.push(self.letters.find(letter).unwrap_or_else(|| {
                let end = array.ndim();
                array.insert_axis_inplace(Axis(end));
                end
            }));
        }
        Ok(array.permuted_axes(places).as_standard_layout().into_owned())
    }
}

impl fmt::Display for AxisOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.letters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::arrays::{npy_bytes, read_npy};
    use ndarray::Array4;

    #[test]
    fn axes_in_another_order() {
        // [h, c, n, w]
        let array =
            Array4::from_shape_fn((5, 3, 2, 4), |(h, c, n, w)| (n * 1000 + c * 100 + h * 10 + w) as f32);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        std::fs::write(&path, npy_bytes(&array)).unwrap();
        let source = read_npy(&path).unwrap().0;
        let order = AxisOrder::of_images("hcnw").unwrap();
        let arranged = order.arrange(&source, source.to_f32(), "--images-order").unwrap();
        assert_eq!(arranged.shape(), [2, 3, 5, 4]);
        assert_eq!(arranged[[1, 2, 3, 0]], 1230.0);
        let three = AxisOrder::of_images("hwn").unwrap();
        let message = three.arrange(&source, source.to_f32(), "--images-order").unwrap_err().to_string();
        assert!(message.contains("[5, 3, 2, 4]") && message.contains("3 letters"), "{message}");
    }

    #[test]
    fn letters_that_are_no_order() {
        for letters in ["", "nhhw", "nhw ", "nchwt", "hw", "nhé"] {
            assert!(AxisOrder::of_images(letters).is_err(), "{letters}");
        }
        assert!(AxisOrder::of_responses("tn").unwrap_err().to_string().contains("r (neuron)"));
    }
}
