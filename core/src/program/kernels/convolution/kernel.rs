//! The kernel of a convolution, arranged in the order in which products read it.

use super::columns::Columns;
use super::geometry::Direction;
use super::images::interleave;
use super::plan::Plan;
use crate::program::Element;
use crate::program::kernels::Tensor;
use rayon::prelude::*;
use std::borrow::Cow;
use std::iter;

/// The number of columns that are arranged at a time; with more, the written elements leave the cache.
const COLUMNS: usize = 16;

/// Returns a kernel as [groups, source channels, places, target channels]. It is stored as [groups · narrow
/// channels, wide channels, places…]. Nothing is copied where the elements already have that order.
pub(super) fn arranged<'k, T: Element>(kernel: &'k Tensor<T>, plan: &Plan) -> Cow<'k, [T]> {
    let order = order(kernel.ndim(), plan.direction);
    if (plan.groups == 1 || plan.direction == Direction::Widening)
        && let Some(elements) = kernel.view().permuted_axes(order).to_slice()
    {
        return Cow::Borrowed(elements);
    }
    let kernel = kernel.as_standard_layout();
    Cow::Owned(turned(kernel.as_slice().unwrap_or_default(), plan))
}

/// Returns a kernel of a convolution from the wide to the narrow side, stored in the order in which products
/// read it.
pub(in crate::program) fn stored_as_read<T: Element>(kernel: Tensor<T>) -> Tensor<T> {
    let order = order(kernel.ndim(), Direction::Narrowing);
    // A kernel that is used in every iteration is stored once.
    if kernel.ndim() < 2 || kernel.view().permuted_axes(order.clone()).is_standard_layout() {
        return kernel;
    }
    let [targets, sources] = [kernel.shape()[0], kernel.shape()[1]];
    let places = kernel.shape()[2..].iter().product::<usize>();
    let elements =
        of_matrices(kernel.as_standard_layout().as_slice().unwrap_or_default(), sources * places, targets);
    let shape: Vec<usize> = order.iter().map(|&axis| kernel.shape()[axis]).collect();
    let mut back = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, &axis)| back[axis] = place);
    match Tensor::from_shape_vec(shape, elements) {
        Ok(elements) => elements.permuted_axes(back),
        Err(_) => kernel,
    }
}

/// Returns the axes of a kernel of one group in the order in which products read its elements.
fn order(axes: usize, direction: Direction) -> Vec<usize> {
    match direction {
        Direction::Narrowing => (1..axes).chain([0]).collect(),
        Direction::Widening => iter::once(0).chain(2..axes).chain([1]).collect(),
    }
}

/// Returns [`arranged`] for the elements of a kernel.
fn turned<T: Element>(kernel: &[T], plan: &Plan) -> Vec<T> {
    let taps: usize = plan.taps.iter().product();
    // Where the target is the narrow side, a group is a matrix whose rows are the target channels. Where it
    // is the wide side, each source channel is such a matrix. All of them are transposed.
    let columns = match plan.direction {
        Direction::Narrowing => plan.source.channels * taps,
        Direction::Widening => taps,
    };
    of_matrices(kernel, columns, plan.target.channels)
}

/// Transposes consecutive matrices with the given numbers of columns and rows.
fn of_matrices<T: Element>(kernel: &[T], columns: usize, rows: usize) -> Vec<T> {
    let mut turned = vec![T::zero(); kernel.len()];
    if kernel.is_empty() {
        return turned;
    }
    let in_order = Columns::new(0, 1);
    let matrices = turned.par_chunks_mut(columns * rows).zip(kernel.par_chunks(columns * rows));
    matrices.for_each(|(turned, kernel)| {
        turned.par_chunks_mut(COLUMNS * rows).enumerate().for_each(|(part, turned)| {
            let first = part * COLUMNS;
            let end = first + turned.len() / rows;
            let rows: Vec<&[T]> = kernel.chunks(columns).map(|row| &row[first..end]).collect();
            interleave(&rows, &in_order, turned);
        });
    });
    turned
}
