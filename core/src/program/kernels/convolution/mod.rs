//! Convolutions in one to three dimensions and their adjoints, for several tensors at a time.
//!
//! A convolution pairs *wide* with *narrow* places: along every axis, place `o` of the narrow side and place
//! `k` of the kernel belong to place `o · stride + k · dilation - padding` of the wide side. A plain
//! convolution sums from the wide to the narrow side. Its adjoint and a transposed convolution sum from the
//! narrow to the wide side. Both use the same code (`jobs.rs`, `work.rs`). For every row of places and every
//! place of the kernel there is one matrix product, source channels by target channels, whose columns are the
//! places of the row in all interleaved images of a chunk (`images.rs`). Places outside a tensor are left out
//! rather than multiplied by zero, which saves a third to a half of the work on the small maps deep in a
//! network.

mod arguments;
mod columns;
mod geometry;
mod images;
mod jobs;
mod kernel;
mod plan;
#[cfg(test)]
mod tests;
mod work;

pub(super) use arguments::table;
pub(in crate::program) use arguments::{Arguments, narrowing_kernel};
pub(in crate::program) use kernel::stored_as_read;

use super::{Reason, Tensor};
use crate::program::Element;
use geometry::{Direction, Geometry};
use ndarray::{CowArray, IxDyn};

/// The parameters of a convolution of a tensor with shape [images, channels, places along each axis].
///
/// The kernel has the shape [output channels, input channels / groups, places along each axis]. For a
/// transposed convolution it is [input channels, output channels / groups, places along each axis].
#[derive(Clone, Debug, PartialEq)]
pub(in crate::program) struct Convolution {
    /// The strides along each axis.
    pub(in crate::program) stride: Vec<usize>,
    /// The numbers of zeros before and after the tensor along each axis.
    pub(in crate::program) padding: Vec<[usize; 2]>,
    /// The dilations along each axis.
    pub(in crate::program) dilation: Vec<usize>,
    /// The number of channel groups, which are convolved separately.
    pub(in crate::program) groups: usize,
    /// Whether the convolution is transposed: the adjoint of a plain one.
    pub(in crate::program) transposed: bool,
    /// The output padding of a transposed convolution: additional places at the end of each axis.
    pub(in crate::program) output_padding: Vec<usize>,
}

impl Convolution {
    /// Returns the shape of the convolution of an input with the given shape.
    ///
    /// # Errors
    ///
    /// Fails if the shapes and the parameters of the convolution do not match.
    pub(in crate::program) fn output_shape(
        &self,
        input: &[usize],
        kernel: &[usize],
    ) -> Result<Vec<usize>, Reason> {
        Geometry::new(self, input, kernel).map(|geometry| geometry.output_shape(input))
    }

    /// Convolves tensors of one shape with a kernel.
    ///
    /// Results do not depend on the number of threads.
    ///
    /// # Errors
    ///
    /// Fails if the shapes and the parameters of the convolution do not match.
    ///
    /// # Complexity
    ///
    /// O(elements of the outputs × elements of the kernel for one output channel). Besides the outputs, it
    /// needs memory for a copy of the kernel, unless [`stored_as_read`] arranged it. Each thread needs some
    /// MiB, or an image of input and output where that is more.
    pub(in crate::program) fn forward<T: Element>(
        &self,
        inputs: &[Tensor<T>],
        kernel: &Tensor<T>,
    ) -> Result<Vec<Tensor<T>>, Reason> {
        self.forward_with_biases(inputs, kernel, &vec![None; inputs.len()])
    }

    /// Convolves tensors of one shape with a kernel, and adds the biases of each tensor, one number for each
    /// output channel, where there are any.
    ///
    /// # Errors
    ///
    /// Fails if the shapes and the parameters of the convolution do not match.
    pub(in crate::program) fn forward_with_biases<T: Element>(
        &self,
        inputs: &[Tensor<T>],
        kernel: &Tensor<T>,
        biases: &[Option<Tensor<T>>],
    ) -> Result<Vec<Tensor<T>>, Reason> {
        let Some(first) = inputs.first() else {
            return Ok(Vec::new());
        };
        let geometry = Geometry::new(self, first.shape(), kernel.shape())?;
        let shape = geometry.output_shape(first.shape());
        let direction = if self.transposed { Direction::Widening } else { Direction::Narrowing };
        apply(&geometry, direction, inputs, kernel, biases, &shape)
    }

    /// Applies the adjoint of the convolution of inputs with the given shape to tensors of the shape of its
    /// outputs.
    ///
    /// For all inputs x and outputs y, the sum of y · forward(x) equals the sum of adjoint(y) · x. The cost
    /// is that of [`Convolution::forward`].
    ///
    /// # Errors
    ///
    /// Fails if the shapes and the parameters of the convolution do not match.
    pub(in crate::program) fn adjoint<T: Element>(
        &self,
        outputs: &[Tensor<T>],
        kernel: &Tensor<T>,
        input_shape: &[usize],
    ) -> Result<Vec<Tensor<T>>, Reason> {
        let geometry = Geometry::new(self, input_shape, kernel.shape())?;
        let expected = geometry.output_shape(input_shape);
        if let Some(other) = outputs.iter().find(|output| output.shape() != expected) {
            return Err(Reason::Shapes { first: expected, second: other.shape().to_vec() });
        }
        let direction = if self.transposed { Direction::Narrowing } else { Direction::Widening };
        apply(&geometry, direction, outputs, kernel, &vec![None; outputs.len()], input_shape)
    }
}

/// Sums from one side of a convolution to the other.
fn apply<T: Element>(
    geometry: &Geometry,
    direction: Direction,
    sources: &[Tensor<T>],
    kernel: &Tensor<T>,
    biases: &[Option<Tensor<T>>],
    shape: &[usize],
) -> Result<Vec<Tensor<T>>, Reason> {
    check(sources, biases, shape)?;
    let plan = plan::Plan::new(geometry, direction);
    let sources: Vec<CowArray<T, IxDyn>> = sources.iter().map(|source| source.as_standard_layout()).collect();
    let sources: Vec<&[T]> = sources.iter().filter_map(|source| source.as_slice()).collect();
    let biases: Vec<Option<Vec<T>>> =
        biases.iter().map(|bias| bias.as_ref().map(|bias| bias.iter().copied().collect())).collect();
    let biases: Vec<Option<&[T]>> = biases.iter().map(Option::as_deref).collect();
    let kernel = kernel::arranged(kernel, &plan);
    let results = jobs::apply(&plan, &sources, shape[0], &kernel, &biases);
    results.into_iter().map(|elements| super::call::array(shape, elements)).collect()
}

/// Fails unless all sources have one shape, either all or none have a bias, and results fit into the address
/// space.
fn check<T: Element>(
    sources: &[Tensor<T>],
    biases: &[Option<Tensor<T>>],
    shape: &[usize],
) -> Result<(), Reason> {
    let mut shapes = sources.windows(2).map(|pair| [pair[0].shape(), pair[1].shape()]);
    if let Some([first, second]) = shapes.find(|[first, second]| first != second) {
        return Err(Reason::Shapes { first: first.to_vec(), second: second.to_vec() });
    }
    if biases.len() != sources.len() {
        return Err(Reason::Shapes { first: vec![sources.len()], second: vec![biases.len()] });
    }
    if let Some(other) = biases.iter().flatten().find(|bias| bias.shape() != [shape[1]]) {
        return Err(Reason::Shapes { first: vec![shape[1]], second: other.shape().to_vec() });
    }
    let most = isize::MAX as usize / size_of::<T>();
    let elements = shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent));
    elements.filter(|&elements| elements <= most).map(|_| ()).ok_or(Reason::Memory { most })
}
