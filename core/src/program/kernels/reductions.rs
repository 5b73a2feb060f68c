//! Reductions, which compute every element from the elements along some axes.

use super::call::Call;
use super::table::{Kernel, Results, Row};
use super::{Content, Reason, Tensor};
use crate::program::Element;
use crate::statistics::{mean, variance};
use Kernel::{Reduction, Several};
use ndarray::Axis;

/// Returns the kernels of reductions.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("prod", Reduction(nothing, |lane, _| lane.iter().product())),
        ("all", Reduction(nothing, |lane, _| f64::from(lane.iter().all(|&number| number != 0.0)))),
        ("any", Reduction(nothing, |lane, _| f64::from(lane.iter().any(|&number| number != 0.0)))),
        ("var", Reduction(correction, variance)),
        ("std", Reduction(correction, |lane, correction| variance(lane, correction).sqrt())),
        ("norm", Reduction(|call| call.number("p", Some(2.0)), norm)),
        ("linalg_vector_norm", Reduction(|call| call.number("ord", Some(2.0)), norm)),
        ("frobenius_norm", Reduction(|_| Ok(2.0), norm)),
        ("std_mean", Several(std_mean)),
        ("logsumexp", Reduction(nothing, |lane, _| log_sum_exp(lane))),
        ("var_mean", Several(var_mean)),
    ]
}

fn nothing<T: Element>(_: &Call<T>) -> Result<f64, Reason> {
    Ok(0.0)
}

/// Returns the correction: the number subtracted from the count of elements in a variance.
fn correction<T: Element>(call: &Call<T>) -> Result<f64, Reason> {
    if call.has("unbiased") {
        return Ok(f64::from(call.flag("unbiased", true)?));
    }
    call.number("correction", Some(1.0))
}

/// Returns the largest number, or NaN if there is one.
fn largest(lane: &[f64]) -> f64 {
    lane.iter()
        .fold(f64::NEG_INFINITY, |most, &number| if number.is_nan() || number > most { number } else { most })
}

fn norm(lane: &[f64], order: f64) -> f64 {
    let magnitudes = lane.iter().map(|number| number.abs());
    if order == 0.0 {
        magnitudes.filter(|&magnitude| magnitude != 0.0).count() as f64
    } else if order == f64::INFINITY {
        magnitudes.fold(0.0, f64::max)
    } else if order == f64::NEG_INFINITY {
        magnitudes.fold(f64::INFINITY, f64::min)
    } else if order == 2.0 {
        lane.iter().map(|number| number * number).sum::<f64>().sqrt()
    } else {
        magnitudes.map(|magnitude| magnitude.powf(order)).sum::<f64>().powf(order.recip())
    }
}

fn log_sum_exp(lane: &[f64]) -> f64 {
    let largest = largest(lane);
    if largest.is_infinite() {
        return largest;
    }
    largest + lane.iter().map(|number| (number - largest).exp()).sum::<f64>().ln()
}

/// Computes one number from the elements along the axes `dim`.
pub(super) fn reduction<T: Element>(
    call: &Call<T>,
    parameter: f64,
    function: fn(&[f64], f64) -> f64,
) -> Result<Content<T>, Reason> {
    let array = call.tensor("self")?;
    let axes = call.axes("dim", array.ndim())?;
    Ok(Content::Array(reduce(&array, &axes, call.flag("keepdim", false)?, |lane| function(lane, parameter))))
}

/// Returns the values of a function of the elements along some axes, which are kept with extent 1 or removed.
pub(super) fn reduce<T: Element>(
    array: &Tensor<T>,
    axes: &[usize],
    keep: bool,
    function: impl Fn(&[f64]) -> f64,
) -> Tensor<T> {
    let (gone, kept): (Vec<usize>, Vec<usize>) = (0..array.ndim()).partition(|axis| axes.contains(axis));
    let lane: usize = gone.iter().map(|&axis| array.shape()[axis]).product();
    let rows: Vec<usize> = kept.iter().map(|&axis| array.shape()[axis]).collect();
    let order: Vec<usize> = kept.iter().chain(&gone).copied().collect();
    let sorted = array.view().permuted_axes(order);
    let mut elements = sorted.iter().map(|number| number.double());
    let mut buffer = Vec::with_capacity(lane);
    let mut reduced = Tensor::from_shape_simple_fn(rows, || {
        buffer.clear();
        buffer.extend(elements.by_ref().take(lane));
        T::of(function(&buffer))
    });
    if keep {
        gone.iter().for_each(|&axis| reduced.insert_axis_inplace(Axis(axis)));
    }
    reduced
}

fn var_mean<T: Element>(call: &Call<T>) -> Results<T> {
    let variances = reduction(call, correction(call)?, variance)?;
    Ok(vec![variances, reduction(call, 0.0, |lane, _| mean(lane.iter().copied()))?])
}

fn std_mean<T: Element>(call: &Call<T>) -> Results<T> {
    let deviations =
        reduction(call, correction(call)?, |lane, correction| variance(lane, correction).sqrt())?;
    Ok(vec![deviations, reduction(call, 0.0, |lane, _| mean(lane.iter().copied()))?])
}
