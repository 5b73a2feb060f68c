//! Matrix products, the core of convolutions, linear layers and attention.

use super::call::array;
use super::elementwise::broadcast;
use super::{Reason, Tensor};
use crate::program::Element;
use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut2, Axis, Dimension, Ix2};
use rayon::prelude::*;

/// The numbers of rows and columns that one thread computes at a time.
const BLOCK: usize = 256;

/// The destination of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Onto {
    /// A sum to which the product is added.
    Sum,
    /// Elements that the product replaces.
    Anything,
}

/// Writes the product of two matrices to a third.
///
/// # Panics
///
/// Panics if their shapes do not match.
pub(super) fn write_product<T: Element>(
    left: ArrayView2<T>,
    right: ArrayView2<T>,
    mut sum: ArrayViewMut2<T>,
    onto: Onto,
) {
    let [rows, inner, columns] = [left.nrows(), left.ncols(), right.ncols()];
    assert!(right.nrows() == inner && sum.dim() == (rows, columns), "the shapes of a product go together");
    let parallelism = gemm::Parallelism::None;
    #[expect(unsafe_code, reason = "the only way to call the library")]
    // SAFETY: the pointers and strides are those of views of the shapes that were checked above, and the one that
    // is written to shares no memory with the others, as it is borrowed exclusively.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            sum.as_mut_ptr(),
            sum.strides()[1],
            sum.strides()[0],
            onto == Onto::Sum,
            left.as_ptr(),
            left.strides()[1],
            left.strides()[0],
            right.as_ptr(),
            right.strides()[1],
            right.strides()[0],
            T::one(),
            T::one(),
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// The extents of a product of tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extents {
    /// The batch axes.
    batch: Vec<usize>,
    rows: usize,
    /// The number of elements that are multiplied and summed for each element of the product.
    pub(super) inner: usize,
    columns: usize,
    /// The shape of the product, without axes for vectors.
    pub(super) shape: Vec<usize>,
}

impl Extents {
    /// Returns the extents of the product of tensors of two shapes.
    ///
    /// # Errors
    ///
    /// Fails if the shapes do not match.
    pub(super) fn new(first: &[usize], second: &[usize]) -> Result<Self, Reason> {
        let other = || Reason::Shapes { first: first.to_vec(), second: second.to_vec() };
        let (first_batch, [rows, inner]) = match first {
            [] => return Err(other()),
            &[inner] => (&[][..], [1, inner]),
            [batch @ .., rows, inner] => (batch, [*rows, *inner]),
        };
        let (second_batch, [height, columns]) = match second {
            [] => return Err(other()),
            &[height] => (&[][..], [height, 1]),
            [batch @ .., height, columns] => (batch, [*height, *columns]),
        };
        if inner != height {
            return Err(other());
        }
        let batch = broadcast(first_batch, second_batch)?;
        let mut shape = batch.clone();
        shape.extend(Some(rows).filter(|_| first.len() > 1));
        shape.extend(Some(columns).filter(|_| second.len() > 1));
        Ok(Self { batch, rows, inner, columns, shape })
    }
}

/// Multiplies vectors or matrices, with broadcast batch axes.
///
/// The product does not depend on the number of threads.
///
/// # Errors
///
/// Fails if the shapes do not match.
pub(in crate::program) fn matrix_product<T: Element>(
    first: &Tensor<T>,
    second: &Tensor<T>,
) -> Result<Tensor<T>, Reason> {
    let extents = Extents::new(first.shape(), second.shape())?;
    let other = || Reason::Shapes { first: first.shape().to_vec(), second: second.shape().to_vec() };
    let (mut left, mut right) = (first.view(), second.view());
    if first.ndim() == 1 {
        left.insert_axis_inplace(Axis(0));
    }
    if second.ndim() == 1 {
        right.insert_axis_inplace(Axis(1));
    }
    let Extents { batch, rows, inner, columns, shape } = extents;
    // Many matrices times one are one long matrix times it.
    let count: usize = batch.iter().product();
    if let Ok(right) = right.view().into_dimensionality::<Ix2>() {
        let left = left.to_shape((count * rows, inner)).map_err(|_| other())?;
        let mut product = Array2::zeros((left.nrows(), columns));
        add_in_blocks(vec![(left.view(), right, product.view_mut())]);
        return array(&shape, product.into_raw_vec_and_offset().0);
    }
    let left = left.broadcast([batch.as_slice(), &[rows, inner]].concat()).ok_or_else(other)?;
    let right = right.broadcast([batch.as_slice(), &[inner, columns]].concat()).ok_or_else(other)?;
    let mut product = Array3::zeros((count, rows, columns));
    let mut places = Vec::with_capacity(count);
    for (place, product) in ndarray::indices(batch).into_iter().zip(product.outer_iter_mut()) {
        let mut matrices = [left.clone(), right.clone()];
        for &index in place.slice() {
            matrices = matrices.map(|matrix| matrix.index_axis_move(Axis(0), index));
        }
        let [left, right] = matrices.map(|matrix| matrix.into_dimensionality::<Ix2>().map_err(|_| other()));
        places.push((left?, right?, product));
    }
    add_in_blocks(places);
    array(&shape, product.into_raw_vec_and_offset().0)
}

/// A product of two matrices, and the matrix that it is added to.
type Product<'a, T> = (ArrayView2<'a, T>, ArrayView2<'a, T>, ArrayViewMut2<'a, T>);

/// Adds products, in blocks that are divided among threads.
fn add_in_blocks<T: Element>(products: Vec<Product<T>>) {
    let blocks: Vec<Product<T>> = products.into_iter().flat_map(blocks).collect();
    blocks.into_par_iter().for_each(|(left, right, sum)| write_product(left, right, sum, Onto::Sum));
}

/// Divides a product into blocks of rows and columns.
fn blocks<'a, T: Element>((mut left, right, mut sum): Product<'a, T>) -> Vec<Product<'a, T>> {
    let mut blocks = Vec::new();
    while !sum.is_empty() {
        let [upper, lower] = cut(left, Axis(0));
        let (mut row, rest) = sum.split_at(Axis(0), upper.nrows());
        (left, sum) = (lower, rest);
        let mut right = right;
        while !row.is_empty() {
            let [first, others] = cut(right, Axis(1));
            let (block, rest) = row.split_at(Axis(1), first.ncols());
            (right, row) = (others, rest);
            blocks.push((upper, first, block));
        }
    }
    blocks
}

/// Splits a block from the beginning of a matrix.
fn cut<T>(matrix: ArrayView2<T>, axis: Axis) -> [ArrayView2<T>; 2] {
    let (block, rest) = matrix.split_at(axis, BLOCK.min(matrix.len_of(axis)));
    [block, rest]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rayon::ThreadPoolBuilder;

    fn numbers(shape: &[usize], seed: usize) -> Tensor<f64> {
        let count: usize = shape.iter().product();
        let numbers = (0..count).map(|index| ((index * 37 + seed * 101) % 19) as f64 - 9.0).collect();
        array(shape, numbers).unwrap()
    }

    /// Multiplies the matrices of a batch one after another.
    fn plain(first: &Tensor<f64>, second: &Tensor<f64>) -> Tensor<f64> {
        let [count, rows, inner] = [first.shape()[0], first.shape()[1], first.shape()[2]];
        let columns = second.shape()[2];
        let product = ndarray::ArrayD::from_shape_fn(vec![count, rows, columns], |place| {
            (0..inner).map(|k| first[[place[0], place[1], k]] * second[[place[0], k, place[2]]]).sum()
        });
        product.into_shared()
    }

    proptest! {
        #[test]
        fn products_are_sums_of_products(
            count in 0..4_usize, rows in 0..40_usize, inner in 0..40_usize, columns in 0..40_usize,
        ) {
            let (first, second) = (numbers(&[count, rows, inner], 1), numbers(&[count, columns, inner], 2));
            let mut second = second;
            second.swap_axes(1, 2);
            let product = matrix_product(&first, &second).unwrap();
            prop_assert_eq!(&product, &plain(&first, &second));
            if count > 0 {
                let one = second.index_axis(Axis(0), 0).to_shared();
                let repeated = one.broadcast(second.raw_dim()).unwrap().to_shared();
                prop_assert_eq!(&matrix_product(&first, &one).unwrap(), &plain(&first, &repeated));
            }
        }
    }

    #[test]
    fn batches_are_broadcast_and_vectors_leave_no_axis() {
        let product = |first: &[usize], second: &[usize]| {
            matrix_product(&numbers(first, 1), &numbers(second, 2)).map(|product| product.shape().to_vec())
        };
        assert!(product(&[3], &[3]).unwrap().is_empty());
        assert_eq!(product(&[2, 3], &[3]).unwrap(), [2]);
        assert_eq!(product(&[3], &[3, 4]).unwrap(), [4]);
        assert_eq!(product(&[3], &[5, 3, 4]).unwrap(), [5, 4]);
        assert_eq!(product(&[5, 1, 2, 3], &[6, 3, 4]).unwrap(), [5, 6, 2, 4]);
        assert!(product(&[2, 3], &[4, 3]).is_err());
        assert!(product(&[2, 2, 3], &[3, 3, 4]).is_err());
        assert!(product(&[], &[3]).is_err());
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let (first, second) = (numbers(&[300, 70], 1), numbers(&[70, 520], 2));
        let (first, second) = (first.mapv(f64::sin).into_shared(), second.mapv(f64::cos).into_shared());
        let with = |threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| matrix_product(&first, &second).unwrap())
        };
        assert_eq!(with(1), with(3));
    }
}
