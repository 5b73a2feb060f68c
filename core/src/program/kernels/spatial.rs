//! The axes of images, and the arguments that operations have for each of them.

use super::{Call, Reason};
use crate::program::Element;

/// Returns a number for each axis of an image; a single argument applies to all axes.
///
/// # Arguments
///
/// * `default` - the numbers if the argument is missing or empty
pub(super) fn for_each_axis<T: Element>(
    call: &Call<T>,
    name: &str,
    default: &[usize],
    axes: usize,
) -> Result<Vec<usize>, Reason> {
    let numbers = call.ints(name, &[])?;
    let numbers: Result<Vec<usize>, _> = numbers.into_iter().map(usize::try_from).collect();
    let mut numbers = numbers.map_err(|_| Reason::argument(name, "a list of counts"))?;
    if numbers.is_empty() {
        numbers = default.to_vec();
    }
    match numbers.len() {
        1 => Ok(vec![numbers[0]; axes]),
        given if given == axes => Ok(numbers),
        _ => Err(Reason::argument(name, "a number for each axis of the image")),
    }
}

/// Returns the first of the given number of last axes of an image.
pub(super) fn first_axis(shape: &[usize], axes: usize) -> Result<usize, Reason> {
    shape.len().checked_sub(axes).ok_or_else(|| Reason::argument("self", "an image with all of its axes"))
}

/// A window that slides along an axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sliding {
    /// The number of elements along the axis.
    pub(super) length: usize,
    /// The number of places in the window.
    pub(super) window: usize,
    /// The stride of the window.
    pub(super) stride: usize,
    /// The padding at either end.
    pub(super) padding: usize,
    /// The dilation of the window.
    pub(super) dilation: usize,
    /// The number of positions of the window.
    pub(super) count: usize,
}

impl Sliding {
    /// Returns the windows of a pooling along the last axes of a shape.
    pub(super) fn of_pooling<T: Element>(
        call: &Call<T>,
        shape: &[usize],
        axes: usize,
    ) -> Result<Vec<Self>, Reason> {
        let first = first_axis(shape, axes)?;
        let windows = for_each_axis(call, "kernel_size", &[], axes)?;
        let strides = for_each_axis(call, "stride", &windows, axes)?;
        let paddings = for_each_axis(call, "padding", &[0], axes)?;
        let dilations = for_each_axis(call, "dilation", &[1], axes)?;
        let ceil = call.flag("ceil_mode", false)?;
        let sliding = (0..axes).map(|axis| {
            let (window, stride, padding) = (windows[axis], strides[axis], paddings[axis]);
            if padding > window / 2 {
                return Err(Reason::argument("padding", "at most half of the window"));
            }
            let dilation = dilations[axis];
            Self { length: shape[first + axis], window, stride, padding, dilation, count: 0 }.counted(ceil)
        });
        sliding.collect()
    }

    /// Returns the number of positions of the window; with `ceil`, including the last one that exceeds the
    /// padding.
    pub(super) fn counted(mut self, ceil: bool) -> Result<Self, Reason> {
        let Self { length, window, stride, padding, dilation, .. } = self;
        let other = || Reason::Shapes { first: vec![length], second: vec![window] };
        let reach = window.checked_sub(1).and_then(|last| last.checked_mul(dilation)).ok_or_else(other)?;
        let padded = padding.checked_mul(2).and_then(|both| both.checked_add(length)).ok_or_else(other)?;
        let room = padded.checked_sub(reach + 1).ok_or_else(other)?;
        let steps = if ceil { room.checked_add(stride - stride.min(1)) } else { Some(room) };
        self.count = steps.and_then(|steps| steps.checked_div(stride)).ok_or_else(other)? + 1;
        // The last window must begin inside the image or its left padding.
        if ceil && (self.count - 1) * stride >= length + padding {
            self.count -= 1;
        }
        Ok(self)
    }
}
