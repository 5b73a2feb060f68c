//! The elements of its storage that a tensor covers, and their order.

use std::ops::Range;

/// The shape, strides and offset of a tensor, counted in elements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// The extents, outermost first.
    pub(crate) shape: &'a [usize],
    /// The distance in the storage between neighbours along each axis.
    pub(crate) strides: &'a [usize],
    /// The position of the first element in the storage.
    pub(crate) offset: usize,
}

impl View<'_> {
    /// Returns the range of the storage from the first element to the last; `None` if no storage can be that
    /// large.
    pub(crate) fn elements(&self) -> Option<Range<usize>> {
        if self.shape.contains(&0) {
            return Some(self.offset..self.offset);
        }
        let mut last = self.offset;
        for (&size, &stride) in self.shape.iter().zip(self.strides) {
            last = last.checked_add((size - 1).checked_mul(stride)?)?;
        }
        Some(self.offset..last.checked_add(1)?)
    }

    /// Returns whether the elements are contiguous in the order of the axes.
    pub(crate) fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        self.shape.iter().zip(self.strides).rev().all(|(&size, &stride)| {
            let fits = size == 1 || stride == expected;
            expected *= size;
            fits
        })
    }

    /// Returns the bytes of the elements in the order of the axes, given the bytes of [`View::elements`].
    pub(crate) fn gather(&self, bytes: Vec<u8>, width: usize) -> Vec<u8> {
        if self.is_contiguous() {
            return bytes;
        }
        let elements: usize = self.shape.iter().product();
        let mut gathered = Vec::with_capacity(elements * width);
        let mut index = vec![0; self.shape.len()];
        let mut at = 0;
        for _ in 0..elements {
            gathered.extend_from_slice(&bytes[at * width..(at + 1) * width]);
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                at += self.strides[axis];
                if index[axis] < self.shape[axis] {
                    break;
                }
                at -= self.strides[axis] * index[axis];
                index[axis] = 0;
            }
        }
        gathered
    }
}
