//! Advice for different numbers of images in images and responses.

use super::AxisOrder;
use crate::files::arrays::NumberArray;
use crate::files::text::shape;

/// The relative difference below which images are probably missing.
const LITTLE: f64 = 0.1;
/// The number of images below which an axis may well be of another kind.
const FEW: usize = 20;

const NO_ORDER_FITS: &str = "no order of the axes makes these equal: give images and responses of the same rows, in the same order (where there is a picture for each image and not for each presentation, images[ids] in NumPy makes one for each, with --image-ids)";

/// An array with its given axis order.
pub(super) struct Side<'a> {
    pub array: &'a NumberArray,
    pub order: &'a AxisOrder,
}

impl Side<'_> {
    fn images(&self) -> usize {
        self.order.images_in(self.array.shape())
    }

    /// Returns the order with the axes reversed, if it fits and differs; `None` for MATLAB's own files.
    fn reversed(&self) -> Option<AxisOrder> {
        let reversed = self.order.reversed();
        let fits = reversed.axes() == self.array.shape().len() && !self.array.is_from_matlab();
        (fits && reversed != *self.order).then_some(reversed)
    }
}

/// Returns a message with both numbers and advice.
pub(super) fn message(images: &Side<'_>, responses: &Side<'_>) -> String {
    format!(
        "images [{}] in the order '{}' are {} images, and responses [{}] in the order '{}' are to {}: {}",
        shape(images.array.shape(), ", "),
        images.order,
        images.images(),
        shape(responses.array.shape(), ", "),
        responses.order,
        responses.images(),
        advice(images, responses)
    )
}

/// Returns a warning if the responses are in the order in which MATLAB's h5write stores axes and the images
/// are not, for files that do not state the order.
pub(super) fn mixed_orders(images: &Side<'_>, responses: &Side<'_>) -> Option<String> {
    let undecided = images.array.may_be_reversed() && responses.array.may_be_reversed();
    let mixed = responses.order.has_before('r', 'n') && images.order.has_before('h', 'w');
    (undecided && mixed).then(|| {
        format!(
            "responses in the order '{}' are as MATLAB's h5write stores them, and images in the order '{}' are not: if MATLAB wrote both, give --images-order {}, or every picture is transposed; `pathscope dataset info --out` draws some",
            responses.order,
            images.order,
            images.order.transposed()
        )
    })
}

fn advice(images: &Side<'_>, responses: &Side<'_>) -> String {
    if let Some(fitting) = reversed_that_fit(images, responses) {
        return fitting;
    }
    let (one, other) = (images.images(), responses.images());
    let (less, more) = (one.min(other), one.max(other));
    let differ_by_little = more >= FEW && (more - less) as f64 <= LITTLE * more as f64;
    let is_in_both = |&extent: &usize| extent > 1 && responses.array.shape().contains(&extent);
    if differ_by_little || !images.array.shape().iter().any(is_in_both) {
        NO_ORDER_FITS.to_owned()
    } else {
        "give the order of their axes with --images-order and --responses-order".to_owned()
    }
}

/// Returns advice if reversed axes of one or both arrays would fit.
fn reversed_that_fit(images: &Side<'_>, responses: &Side<'_>) -> Option<String> {
    const WHY: &str = "MATLAB's h5write stores axes reversed, and .shape in Python shows them so";
    let fits = |of_images: &AxisOrder, of_responses: &AxisOrder| {
        of_images.images_in(images.array.shape()) == of_responses.images_in(responses.array.shape())
    };
    let (reversed_images, reversed_responses) = (images.reversed(), responses.reversed());
    if let Some((of_images, of_responses)) = reversed_images.as_ref().zip(reversed_responses.as_ref())
        && fits(of_images, of_responses)
    {
        return Some(format!(
            "reversed they fit: --images-order {of_images} --responses-order {of_responses} ({WHY})"
        ));
    }
    if let Some(of_responses) = reversed_responses.filter(|of_responses| fits(images.order, of_responses)) {
        let fits = format!("reversed the responses fit: --responses-order {of_responses} ({WHY})");
        if !images.array.may_be_reversed() {
            return Some(fits);
        }
        // A program that reversed the responses has probably reversed the images too, but their number does
        // not show it.
        return Some(format!(
            "{fits}. Images that h5write stored too are then --images-order {}, others {}: with the wrong one every picture is transposed, so look at the contact sheet of `pathscope dataset info --out`",
            images.order.transposed(),
            images.order
        ));
    }
    let of_images = reversed_images.filter(|of_images| fits(of_images, responses.order))?;
    Some(format!("reversed the images fit: --images-order {of_images} ({WHY})"))
}
