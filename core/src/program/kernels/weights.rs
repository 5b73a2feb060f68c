//! Linear maps along one axis: means, sums, pooling, resizing.

use super::{Reason, Tensor, reshape};
use crate::program::Element;
use rayon::prelude::*;

/// The largest number of elements for which several threads are not worthwhile.
const FEW: usize = 1 << 13;

/// The fate of the axis along which elements are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::program) enum Axis {
    /// The result has it, with an element for each row of weights.
    Kept,
    /// The result lacks it; there is one row of weights.
    Removed,
    /// The operand lacks it, as if it had extent 1.
    Added,
}

/// The weights of one element of the result.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::program) struct Row {
    /// The index of the first element that has a weight.
    pub(in crate::program) start: usize,
    /// The weights of that element and of those that follow it.
    pub(in crate::program) weights: Vec<f64>,
    /// The divisor of the sum.
    pub(in crate::program) divisor: f64,
}

/// A linear map along one axis of a tensor, the same at all places of the other axes.
///
/// Element number i of the result is Σ_k w\[i\]\[k\] · x\[start\[i\] + k\] / divisor\[i\].
#[derive(Clone, Debug, PartialEq)]
pub(in crate::program) struct AxisWeights {
    /// The axis of the operand, or of the result if the operand lacks it.
    pub(in crate::program) axis: usize,
    /// The number of elements along the axis of the operand.
    pub(in crate::program) length: usize,
    /// The weights of each element of the result.
    pub(in crate::program) rows: Vec<Row>,
    /// The fate of the axis.
    pub(in crate::program) fate: Axis,
}

impl Row {
    /// Returns the mean of consecutive elements, or their sum where the divisor is 1.
    pub(in crate::program) fn of_ones(start: usize, count: usize, divisor: f64) -> Self {
        Self { start, weights: vec![1.0; count], divisor }
    }
}

impl AxisWeights {
    /// Applies several maps in order.
    ///
    /// # Errors
    ///
    /// Fails if the tensor does not have the expected shape.
    pub(in crate::program) fn apply_all<T: Element>(
        all: &[Self],
        tensor: Tensor<T>,
    ) -> Result<Tensor<T>, Reason> {
        all.iter().try_fold(tensor, |tensor, weights| weights.apply(&tensor))
    }

    /// Applies the weights to a tensor. Sums are taken in double precision.
    ///
    /// # Errors
    ///
    /// Fails if the tensor lacks the axis, or has another number of elements along it.
    ///
    /// # Complexity
    ///
    /// One product for each weight and each place of the other axes.
    pub(in crate::program) fn apply<T: Element>(&self, tensor: &Tensor<T>) -> Result<Tensor<T>, Reason> {
        let mut shape = tensor.shape().to_vec();
        if self.fate == Axis::Added && self.axis <= shape.len() {
            shape.insert(self.axis, 1);
        }
        if shape.get(self.axis) != Some(&self.length) {
            return Err(Reason::Shapes { first: tensor.shape().to_vec(), second: vec![self.length] });
        }
        let inner: usize = shape[self.axis + 1..].iter().product();
        let source = reshape(tensor, &[tensor.len()])?;
        let source = source.as_slice().unwrap_or(&[]);
        shape[self.axis] = self.rows.len();
        // The mean of zero elements is NaN.
        let of_none = if self.rows.iter().any(|row| row.divisor == 0.0) { T::nan() } else { T::zero() };
        let mut sums = vec![of_none; shape.iter().product()];
        if !sums.is_empty() && self.length > 0 {
            let blocks = (source.chunks_exact(self.length * inner), self.rows.len() * inner);
            if source.len().max(sums.len()) <= FEW {
                let mut buffer = Vec::new();
                blocks.0.zip(sums.chunks_exact_mut(blocks.1)).for_each(|(from, to)| {
                    self.apply_to_block(from, to, &mut buffer);
                });
            } else {
                let from = source.par_chunks_exact(self.length * inner);
                from.zip(sums.par_chunks_exact_mut(blocks.1))
                    .for_each_init(Vec::new, |buffer, (from, to)| self.apply_to_block(from, to, buffer));
            }
        }
        if self.fate == Axis::Removed {
            shape.remove(self.axis);
        }
        super::array(&shape, sums)
    }

    /// Sums the elements of a block, whose second axis is the summed one and whose last merges all later
    /// axes.
    fn apply_to_block<T: Element>(&self, from: &[T], to: &mut [T], buffer: &mut Vec<f64>) {
        let inner = from.len() / self.length;
        for (row, to) in self.rows.iter().zip(to.chunks_exact_mut(inner)) {
            let from = from.get(row.start * inner..).unwrap_or(&[]);
            if let [to] = to {
                let products = row.weights.iter().zip(from).map(|(weight, number)| weight * number.double());
                *to = T::of(products.sum::<f64>() / row.divisor);
                continue;
            }
            buffer.clear();
            buffer.resize(inner, 0.0);
            for (weight, part) in row.weights.iter().zip(from.chunks_exact(inner)) {
                buffer.iter_mut().zip(part).for_each(|(sum, number)| *sum += weight * number.double());
            }
            to.iter_mut().zip(&*buffer).for_each(|(to, sum)| *to = T::of(sum / row.divisor));
        }
    }

    /// Returns the adjoint map, which carries elements of the result's shape back to the shape of the
    /// operand.
    pub(in crate::program) fn adjoint(&self) -> Self {
        let mut rows: Vec<Row> = (0..self.length).map(|_| Row::of_ones(0, 0, 1.0)).collect();
        for (index, row) in self.rows.iter().enumerate() {
            for (weight, place) in row.weights.iter().zip(row.start..) {
                let Some(adjoint) = rows.get_mut(place) else { continue };
                if adjoint.weights.is_empty() {
                    adjoint.start = index;
                }
                adjoint.weights.resize(index - adjoint.start, 0.0);
                adjoint.weights.push(weight / row.divisor);
            }
        }
        let fate = match self.fate {
            Axis::Kept => Axis::Kept,
            Axis::Removed => Axis::Added,
            Axis::Added => Axis::Removed,
        };
        Self { axis: self.axis, length: self.rows.len(), rows, fate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;
    use proptest::prelude::*;

    fn tensor(shape: &[usize]) -> Tensor {
        let count: usize = shape.iter().product();
        let numbers = (0..count).map(|index| (index * 7 % 11) as f64 - 5.0);
        Array1::from_iter(numbers).into_shared().into_shape_with_order(shape).unwrap()
    }

    #[test]
    fn a_mean_of_pairs_keeps_the_axis() {
        let rows = vec![Row::of_ones(0, 2, 2.0), Row::of_ones(2, 1, 1.0)];
        let pairs = AxisWeights { axis: 1, length: 3, rows, fate: Axis::Kept };
        let input = Tensor::from_shape_vec(vec![2, 3], vec![1.0_f32, 3.0, 5.0, 2.0, 2.0, 7.0]).unwrap();
        let means = pairs.apply(&input).unwrap();
        assert_eq!(means, ndarray::arr2(&[[2.0_f32, 5.0], [2.0, 7.0]]).into_dyn());
        let wrong = pairs.apply(&tensor(&[3, 2])).unwrap_err();
        assert_eq!(wrong, Reason::Shapes { first: vec![3, 2], second: vec![3] });
    }

    #[test]
    fn a_sum_removes_the_axis_and_its_adjoint_adds_it() {
        let sum =
            AxisWeights { axis: 0, length: 2, rows: vec![Row::of_ones(0, 2, 1.0)], fate: Axis::Removed };
        let sums = sum.apply(&ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]).into_dyn().into_shared()).unwrap();
        assert_eq!(sums, ndarray::arr1(&[4.0, 6.0]).into_dyn());
        let back = sum.adjoint().apply(&sums).unwrap();
        assert_eq!(back, ndarray::arr2(&[[4.0, 6.0], [4.0, 6.0]]).into_dyn());
    }

    proptest! {
        #[test]
        fn the_adjoint_is_that_of_the_map(
            length in 1..6_usize, axis in 0..3_usize, starts in prop::collection::vec((0..6_usize, 0..4_usize), 1..5)
        ) {
            let rows: Vec<Row> = starts
                .into_iter()
                .map(|(start, count)| {
                    let start = start % length;
                    let weights = (0..count.min(length - start)).map(|k| 1.0 + k as f64).collect();
                    Row { start, weights, divisor: 3.0 }
                })
                .collect();
            let mut shape = vec![2, 3, 2];
            shape[axis] = length;
            let before = tensor(&shape);
            shape[axis] = rows.len();
            let after = tensor(&shape).mapv(|number| number * number).into_shared();
            let map = AxisWeights { axis, length, rows, fate: Axis::Kept };
            let forward = (&map.apply(&before).unwrap() * &after).sum();
            let backward = (&map.adjoint().apply(&after).unwrap() * &before).sum();
            prop_assert!((forward - backward).abs() < 1e-9, "{forward} and {backward}");
        }
    }
}
