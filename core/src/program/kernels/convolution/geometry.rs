//! The checked extents of a convolution.

use super::{Convolution, Reason};

/// The direction of summation in a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the wide to the narrow side.
    Narrowing,
    /// From the narrow to the wide side.
    Widening,
}

/// One axis of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// The number of places of the wide side.
    pub(super) wide: usize,
    /// The number of places of the narrow side.
    pub(super) narrow: usize,
    /// The number of places of the kernel.
    pub(super) taps: usize,
    /// The stride: the distance between wide places of neighbouring narrow places.
    pub(super) stride: usize,
    /// The number of zeros before the wide side.
    pub(super) before: usize,
    /// The dilation: the distance between wide places of neighbouring kernel places.
    pub(super) dilation: usize,
}

/// A convolution of tensors of known shapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    /// The axes, as the tensors have them.
    axes: Vec<Axis>,
    /// The number of channel groups, which are convolved separately.
    pub(super) groups: usize,
    /// The channels of the wide side in each group.
    pub(super) wide_channels: usize,
    /// The channels of the narrow side in each group.
    pub(super) narrow_channels: usize,
    transposed: bool,
}

impl Axis {
    /// An axis with one place.
    const SINGLE: Self = Self { wide: 1, narrow: 1, taps: 1, stride: 1, before: 0, dilation: 1 };

    /// Returns the wide place that belongs to a narrow place and a place of the kernel, if it exists.
    pub(super) fn wide_place(&self, narrow: usize, tap: usize) -> Option<usize> {
        let padded = narrow * self.stride + tap * self.dilation;
        padded.checked_sub(self.before).filter(|&place| place < self.wide)
    }

    /// Returns the half-open range of narrow places that a place of the kernel contributes to.
    pub(super) fn narrow_places(&self, tap: usize) -> [usize; 2] {
        let offset = tap * self.dilation;
        let first = self.before.saturating_sub(offset).div_ceil(self.stride);
        let end = (self.wide + self.before).saturating_sub(offset).div_ceil(self.stride);
        let end = end.min(self.narrow);
        [first.min(end), end]
    }

    /// Returns whether narrow and wide places coincide.
    fn is_trivial(&self) -> bool {
        self.taps == 1 && self.stride == 1 && self.before == 0 && self.wide == self.narrow
    }
}

impl Geometry {
    /// Checks a convolution of an input with the given shape.
    pub(super) fn new(convolution: &Convolution, input: &[usize], kernel: &[usize]) -> Result<Self, Reason> {
        let shapes = || Reason::Shapes { first: input.to_vec(), second: kernel.to_vec() };
        if input.len() != kernel.len() || !(3..=5).contains(&input.len()) {
            return Err(shapes());
        }
        let groups = convolution.groups;
        if groups == 0 || !kernel[0].is_multiple_of(groups) {
            return Err(Reason::argument("groups", "a divisor of the numbers of channels"));
        }
        let input_channels =
            if convolution.transposed { Some(kernel[0]) } else { kernel[1].checked_mul(groups) };
        if input_channels != Some(input[1]) || kernel[1].checked_mul(groups).is_none() {
            return Err(shapes());
        }
        let axes: Result<Vec<Axis>, Reason> = (0..input.len() - 2)
            .map(|axis| convolution.axis(axis, input[axis + 2], kernel[axis + 2], &shapes))
            .collect();
        let (wide_channels, narrow_channels) = (kernel[1], kernel[0] / groups);
        let transposed = convolution.transposed;
        Ok(Self { axes: axes?, groups, wide_channels, narrow_channels, transposed })
    }

    /// Returns the shape of the convolution's output.
    pub(super) fn output_shape(&self, input: &[usize]) -> Vec<usize> {
        let (channels, extents): (usize, Vec<usize>) = if self.transposed {
            (self.wide_channels, self.axes.iter().map(|axis| axis.wide).collect())
        } else {
            (self.narrow_channels, self.axes.iter().map(|axis| axis.narrow).collect())
        };
        [&[input[0], channels * self.groups], extents.as_slice()].concat()
    }

    /// Returns three axes: missing ones are added first with one place each, and where only channels are
    /// mixed, all places form one row.
    pub(super) fn three_axes(&self) -> [Axis; 3] {
        let mut three = [Axis::SINGLE; 3];
        if self.axes.iter().all(Axis::is_trivial) {
            let places = self.axes.iter().map(|axis| axis.wide).product();
            three[2] = Axis { wide: places, narrow: places, ..Axis::SINGLE };
        } else {
            three[3 - self.axes.len()..].copy_from_slice(&self.axes);
        }
        three
    }
}

impl Convolution {
    /// Checks one axis of the input and the kernel.
    fn axis(
        &self,
        axis: usize,
        input: usize,
        taps: usize,
        shapes: &impl Fn() -> Reason,
    ) -> Result<Axis, Reason> {
        let positive = |name: &str, numbers: &[usize]| {
            numbers
                .get(axis)
                .copied()
                .filter(|&number| number > 0)
                .ok_or_else(|| Reason::argument(name, "a positive number for each axis of the image"))
        };
        let (stride, dilation) = (positive("stride", &self.stride)?, positive("dilation", &self.dilation)?);
        let count = "a count for each axis of the image, not too large";
        let [before, after] = *self.padding.get(axis).ok_or_else(|| Reason::argument("padding", count))?;
        let padding = before.checked_add(after).ok_or_else(|| Reason::argument("padding", count))?;
        let reach = taps.checked_sub(1).and_then(|last| last.checked_mul(dilation)).ok_or_else(shapes)?;
        let (wide, narrow) = if self.transposed {
            let more =
                *self.output_padding.get(axis).ok_or_else(|| Reason::argument("output_padding", count))?;
            if more >= stride.max(dilation) {
                let small = "smaller than the stride or the dilation";
                return Err(Reason::argument("output_padding", small));
            }
            (widened(input, stride, padding, reach, more).ok_or_else(shapes)?, input)
        } else {
            (input, narrowed(input, stride, padding, reach).ok_or_else(shapes)?)
        };
        // Every place computed from these is at most this far from the first.
        let furthest = wide.checked_add(padding).and_then(|sum| sum.checked_add(reach));
        furthest.filter(|&sum| isize::try_from(sum).is_ok()).ok_or_else(shapes)?;
        Ok(Axis { wide, narrow, taps, stride, before, dilation })
    }
}

/// Returns the narrow places of a plain convolution; `None` where the kernel is larger than the padded input.
fn narrowed(wide: usize, stride: usize, padding: usize, reach: usize) -> Option<usize> {
    let room = wide.checked_add(padding)?.checked_sub(reach.checked_add(1)?)?;
    Some(room / stride + 1)
}

/// Returns the wide places of a transposed convolution; `None` where there would be none.
fn widened(narrow: usize, stride: usize, padding: usize, reach: usize, more: usize) -> Option<usize> {
    let last = narrow.checked_sub(1)?.checked_mul(stride)?.checked_add(reach)?.checked_add(more)?;
    last.checked_add(1)?.checked_sub(padding).filter(|&wide| wide > 0)
}
