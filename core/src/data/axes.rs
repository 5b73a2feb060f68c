//! What the axes of an array are.

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

/// What the axes of an array are, a letter each, first to last: `n` image, `c` channel, `h` height,
/// `w` width; `t` trial, `r` neuron.
///
/// # Examples
///
/// ```
/// use pathscope_core::data::AxisOrder;
///
/// assert_eq!(AxisOrder::of_images("hwn")?.to_string(), "hwn");
/// assert!(AxisOrder::of_images("hwt").is_err());
/// // Averages over trials have no axis for them.
/// assert!(AxisOrder::of_responses("rn").is_ok());
/// # Ok::<(), pathscope_core::data::UnknownOrder>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisOrder {
    letters: String,
    /// The letters in the order that is wanted.
    wanted: &'static str,
}

/// Letters that are no order of axes.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{found}' is no order of axes: expected the letters {expected}, each once")]
pub struct UnknownOrder {
    found: String,
    expected: &'static str,
}

impl AxisOrder {
    /// Of images: `n`, `h`, `w` and perhaps `c`.
    ///
    /// # Errors
    ///
    /// [`UnknownOrder`].
    pub fn of_images(letters: &str) -> Result<Self, UnknownOrder> {
        Self::new(letters, IMAGES, "c", "n (image), h (height), w (width) and, if there are channels, c")
    }

    /// Of responses: `n`, `r` and perhaps `t`.
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

    /// The order of images with so many axes, where none is given.
    pub(super) fn usual_of_images(axes: usize) -> Self {
        let letters = if axes == 3 { "nhw" } else { IMAGES };
        Self { letters: letters.to_owned(), wanted: IMAGES }
    }

    /// The order of responses with so many axes, where none is given.
    pub(super) fn usual_of_responses(axes: usize) -> Self {
        let letters = if axes == 2 { "nr" } else { RESPONSES };
        Self { letters: letters.to_owned(), wanted: RESPONSES }
    }

    /// Returns the number of axes that it names.
    pub(super) fn axes(&self) -> usize {
        self.letters.len()
    }

    /// Returns the same letters, last to first.
    pub(super) fn reversed(&self) -> Self {
        Self { letters: self.letters.chars().rev().collect(), wanted: self.wanted }
    }

    /// Returns the same letters with height and width exchanged.
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

    /// Returns the number of images in an array of this shape; axes that MATLAB dropped have one element.
    pub(super) fn images_in(&self, shape: &[usize]) -> usize {
        self.letters.find('n').and_then(|place| shape.get(place)).copied().unwrap_or(1)
    }

    /// Puts the axes of an array in the order that is wanted; one that has no letter is added
    /// with a single element.
    pub(super) fn arrange(
        &self,
        source: &NumberArray,
        mut array: ArrayD<f32>,
        option: &str,
    ) -> Result<ArrayD<f32>, DatasetError> {
        // MATLAB drops axes of a single element at the end, but never has fewer than two.
        while source.is_from_matlab() && array.ndim() < self.letters.len() {
            let end = array.ndim();
            array.insert_axis_inplace(Axis(end));
        }
        if array.ndim() != self.letters.len() {
            return Err(DatasetError::Axes {
                path: source.path().to_owned(),
                detail: format!(
                    "the array has the shape [{}], but the order '{self}' has {} letters: say what its axes are with {option}",
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
