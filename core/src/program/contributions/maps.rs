//! Linear maps between tensors, and their adjoints.

use super::super::kernels::convolution::Convolution;
use super::super::kernels::{AxisWeights, Call, Content, Reason, Selection, Tensor, matrix_product, perform};
use super::broadcast::{added_up, fitted, product};
use super::views::Viewed;
use crate::program::{Element, ValueId};
use crate::statistics::mean;
use ndarray::{Axis, Slice};

/// The side of the mapped tensor on which a matrix stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The left side: `matrix · tensor`.
    Left,
    /// The right side: `tensor · matrix`.
    Right,
}

/// A function that maps one tensor.
type OfOne<'f, T> = dyn Fn(&Tensor<T>) -> Result<Tensor<T>, Reason> + 'f;

/// A linear map from a tensor that an operation reads to its result.
#[derive(Clone, Debug)]
pub(super) enum Map<T> {
    /// The identity, broadcast where the result is larger.
    Same,
    /// A multiple of the tensor.
    Times(T),
    /// The elementwise product with a tensor, with broadcasting.
    Scaled(Tensor<T>),
    /// The elements in the places where the operation shows them.
    Viewed(Viewed),
    /// A range of an axis.
    Part { axis: usize, start: usize, length: usize },
    /// Elements that were chosen by the data.
    Selected(Selection),
    /// Elements written to places of a larger tensor, whose other elements are 0.
    Put(Selection),
    /// Weighted sums along axes, one axis after the other.
    Weighted(Vec<AxisWeights>),
    /// Rows of equal length minus their means; the number of rows is given.
    Centered { rows: usize },
    /// A convolution without bias.
    Convolved { convolution: Convolution, kernel: Tensor<T> },
    /// A product with a matrix, or with matrices along further axes.
    Product { matrix: Tensor<T>, side: Side },
    /// The operation itself, which is linear in this tensor while the others stay fixed.
    Performed(ValueId),
    /// A composition of maps; all but the first keep the shape.
    Chain(Vec<Map<T>>),
}

impl<T: Element> Map<T> {
    /// Applies the map to tensors of one shape.
    ///
    /// # Complexity
    ///
    /// The cost of the operation, for each tensor.
    pub(super) fn forward(
        &self,
        call: &Call<'_, T>,
        inputs: Vec<Tensor<T>>,
    ) -> Result<Vec<Tensor<T>>, Reason> {
        let each = |map: &OfOne<'_, T>| inputs.iter().map(map).collect();
        match self {
            Self::Same => Ok(inputs),
            Self::Times(factor) => Ok(inputs.into_iter().map(|input| times(input, *factor)).collect()),
            Self::Scaled(factors) => inputs.into_iter().map(|input| product(input, factors)).collect(),
            Self::Viewed(viewed) => each(&|input| viewed.forward(call, input)),
            Self::Part { axis, start, length } => {
                let range = Slice::from(*start..start + length);
                each(&|input| Ok(input.slice_axis(Axis(*axis), range).to_owned().into_shared()))
            }
            Self::Selected(selection) => each(&|input| selection.apply(input)),
            Self::Put(selection) => {
                each(&|input| selection.adjoint(&fitted(input.clone(), selection.places.shape())?))
            }
            Self::Weighted(weights) => each(&|input| AxisWeights::apply_all(weights, input.clone())),
            Self::Centered { rows } => inputs.into_iter().map(|input| centered(input, *rows)).collect(),
            Self::Convolved { convolution, kernel } => convolution.forward(&inputs, kernel),
            Self::Product { matrix, side } => each(&|input| match side {
                Side::Left => matrix_product(matrix, input),
                Side::Right => matrix_product(input, matrix),
            }),
            Self::Performed(id) => each(&|input| performed(call, *id, input)),
            Self::Chain(maps) => maps.iter().try_fold(inputs, |inputs, map| map.forward(call, inputs)),
        }
    }

    /// Applies the adjoint, also called the transposed map, to tensors of the result's shape.
    ///
    /// # Arguments
    ///
    /// * `shape` - the shape of the tensors to which the map itself applies
    pub(super) fn adjoint(
        &self,
        call: &Call<'_, T>,
        outputs: Vec<Tensor<T>>,
        shape: &[usize],
    ) -> Result<Vec<Tensor<T>>, Reason> {
        let each = |map: &OfOne<'_, T>| outputs.iter().map(map).collect();
        match self {
            Self::Same => each(&|output| added_up(output, shape)),
            Self::Times(factor) => each(&|output| added_up(&times(output.clone(), *factor), shape)),
            Self::Scaled(factors) => each(&|output| added_up(&product(output.clone(), factors)?, shape)),
            Self::Viewed(viewed) => viewed.adjoint(call, &outputs, shape),
            Self::Part { axis, start, length } => each(&|output| {
                let mut whole = ndarray::ArrayD::zeros(shape);
                whole.slice_axis_mut(Axis(*axis), Slice::from(*start..start + length)).assign(output);
                Ok(whole.into_shared())
            }),
            Self::Selected(selection) => each(&|output| selection.adjoint(output)),
            Self::Put(selection) => each(&|output| added_up(&selection.apply(output)?, shape)),
            Self::Weighted(weights) => {
                let weights: Vec<AxisWeights> = weights.iter().rev().map(AxisWeights::adjoint).collect();
                each(&|output| AxisWeights::apply_all(&weights, output.clone()))
            }
            Self::Centered { rows } => outputs.into_iter().map(|output| centered(output, *rows)).collect(),
            Self::Convolved { convolution, kernel } => convolution.adjoint(&outputs, kernel, shape),
            Self::Product { matrix, side } => {
                let transposed = transposed(matrix);
                each(&|output| {
                    let back = match side {
                        Side::Left => matrix_product(&transposed, output)?,
                        Side::Right => matrix_product(output, &transposed)?,
                    };
                    added_up(&back, shape)
                })
            }
            Self::Performed(_) => Err(Reason::Only("from its input to its result, and not backwards")),
            Self::Chain(maps) => {
                let (first, rest) = maps.split_first().ok_or(Reason::Only("where it does something"))?;
                let outputs = rest.iter().rev().try_fold(outputs, |outputs, map| {
                    let own = outputs.first().map(|output| output.shape().to_vec()).unwrap_or_default();
                    map.adjoint(call, outputs, &own)
                })?;
                first.adjoint(call, outputs, shape)
            }
        }
    }
}

fn times<T: Element>(mut tensor: Tensor<T>, factor: T) -> Tensor<T> {
    tensor.mapv_inplace(|number| number * factor);
    tensor
}

fn transposed<T: Element>(matrix: &Tensor<T>) -> Tensor<T> {
    let mut matrix = matrix.clone();
    let axes = matrix.ndim();
    matrix.swap_axes(axes - 2, axes - 1);
    matrix
}

/// Subtracts from each row its mean. The map is its own adjoint.
fn centered<T: Element>(tensor: Tensor<T>, rows: usize) -> Result<Tensor<T>, Reason> {
    let shape = tensor.shape().to_vec();
    let columns = tensor.len().checked_div(rows).unwrap_or(0);
    let mut flat = fitted(tensor, &shape)?.as_standard_layout().into_owned().into_flat();
    if let Some(numbers) = flat.as_slice_mut().filter(|_| columns > 0) {
        for row in numbers.chunks_mut(columns) {
            let mean = T::of(mean(row.iter().map(|number| number.double())));
            row.iter_mut().for_each(|number| *number -= mean);
        }
    }
    let back = flat.into_shape_with_order(shape.as_slice());
    Ok(back.map_err(|_| Reason::Shapes { first: shape, second: vec![rows, columns] })?.into_shared())
}

/// Performs the operation with one of its tensors replaced.
fn performed<T: Element>(call: &Call<'_, T>, id: ValueId, input: &Tensor<T>) -> Result<Tensor<T>, Reason> {
    let mut call = call.clone();
    call.contents.insert(id, Content::Array(input.clone()));
    match perform(call)?.into_iter().next() {
        Some(Content::Array(output)) => Ok(output),
        _ => Err(Reason::Only("where its result has a shape")),
    }
}
