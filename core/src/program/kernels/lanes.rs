//! Operations that transform the elements along an axis together and keep the axis.

use super::shapes::into_elements;
use super::table::{Kernel, Row};
use super::{Call, Content, Reason, Tensor, array, reshape};
use crate::program::Element;
use Kernel::Computed;
use rayon::prelude::*;

/// The number of elements below which several threads are not worthwhile.
const FEW: usize = 1 << 14;

/// Returns the kernels of these operations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("softmax", Computed(|call| along(call, softmax))),
        ("_softmax", Computed(|call| along(call, softmax))),
        ("_safe_softmax", Computed(|call| along(call, safe_softmax))),
        ("log_softmax", Computed(|call| along(call, log_softmax))),
        ("_log_softmax", Computed(|call| along(call, log_softmax))),
        ("cumprod", Computed(|call| along(call, products))),
    ]
}

fn largest<T: Element>(lane: &[T]) -> T {
    lane.iter().fold(T::neg_infinity(), |most, &number| if number > most { number } else { most })
}

fn softmax<T: Element>(lane: &mut [T]) {
    let most = largest(lane);
    lane.iter_mut().for_each(|number| *number = (*number - most).swift_exp());
    let sum: f64 = lane.iter().map(|number| number.double()).sum();
    let factor = T::of(sum.recip());
    lane.iter_mut().for_each(|number| *number *= factor);
}

/// Computes a softmax that is 0 where all elements are negative infinity.
fn safe_softmax<T: Element>(lane: &mut [T]) {
    if lane.iter().all(|&number| number == T::neg_infinity()) {
        lane.fill(T::zero());
    } else {
        softmax(lane);
    }
}

fn log_softmax<T: Element>(lane: &mut [T]) {
    let most = largest(lane);
    let sum: f64 = lane.iter().map(|&number| (number - most).swift_exp().double()).sum();
    let total = T::of(sum.ln());
    lane.iter_mut().for_each(|number| *number = *number - most - total);
}

fn products<T: Element>(lane: &mut [T]) {
    let mut product = 1.0;
    for number in lane {
        product *= number.double();
        *number = T::of(product);
    }
}

/// Applies [`safe_softmax`] along the last axis.
pub(super) fn softmax_of_rows<T: Element>(tensor: &mut Tensor<T>) -> Result<(), Reason> {
    *tensor = along_axis(tensor, tensor.ndim() - 1, safe_softmax)?;
    Ok(())
}

/// Applies a function to the elements along the axis `dim`.
fn along<T: Element>(call: &Call<T>, function: fn(&mut [T])) -> Result<Content<T>, Reason> {
    let tensor = call.tensor("self")?;
    if tensor.ndim() == 0 {
        let alone = along_axis(&reshape(&tensor, &[1])?, 0, function)?;
        return reshape(&alone, &[]).map(Content::Array);
    }
    let axis = call.axis("dim", None, tensor.ndim())?;
    along_axis(&tensor, axis, function).map(Content::Array)
}

fn along_axis<T: Element>(
    tensor: &Tensor<T>,
    axis: usize,
    function: fn(&mut [T]),
) -> Result<Tensor<T>, Reason> {
    let shape = tensor.shape();
    let (length, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
    let mut elements = into_elements(tensor.clone());
    if elements.is_empty() {
        return array(shape, elements);
    }
    let of_block = |block: &mut [T]| {
        if inner == 1 {
            return function(block);
        }
        let mut lane = vec![T::zero(); length];
        for start in 0..inner {
            let places = (start..).step_by(inner);
            lane.iter_mut().zip(places.clone()).for_each(|(number, place)| *number = block[place]);
            function(&mut lane);
            lane.iter().zip(places).for_each(|(&number, place)| block[place] = number);
        }
    };
    if elements.len() < FEW {
        elements.chunks_exact_mut(length * inner).for_each(of_block);
    } else {
        elements.par_chunks_exact_mut(length * inner).for_each(of_block);
    }
    array(shape, elements)
}
