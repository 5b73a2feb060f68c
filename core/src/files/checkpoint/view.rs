//! Which elements of its storage a tensor sees, and in which order.

use std::ops::Range;

/// The shape, strides and offset of a tensor, counted in elements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// The extents, outermost first.
    pub(crate) shape: &'a [usize],
    /// The distances between neighbours along each axis.
    pub(crate) strides: &'a [usize],
    /// The place of the first element in the storage.
    pub(crate) offset: usize,
}

impl View<'_> {
    /// Returns the part of the storage from the first element to the last one; `None` where no storage has so many.
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

    /// Returns whether the elements lie side by side in the order of the axes.
    pub(crate) fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        self.shape.iter().zip(self.strides).rev().all(|(&size, &stride)| {
            let fits = size == 1 || stride == expected;
            expected *= size;
            fits
        })
    }

    /// Returns the bytes of the elements in the order of the axes, from those of [`View::elements`].
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
