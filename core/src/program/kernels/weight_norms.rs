//! Weight normalization.

use super::elementwise::combine;
use super::reductions::reduce;
use super::table::{Kernel, Row};
use super::{Call, Content, Reason, Tensor, call};
use crate::program::Element;
use Kernel::{Computed, Several};

/// Returns the kernels of weight normalization.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("_weight_norm", Computed(|call| weight_norm(call).map(|[weight, _]| Content::Array(weight)))),
        (
            "_weight_norm_interface",
            Several(|call| weight_norm(call).map(|both| both.map(Content::Array).to_vec())),
        ),
        ("norm_except_dim", Computed(norm_except)),
    ]
}

/// Returns the norms along all axes except one; along all axes if that one is -1.
fn norms_except<T: Element>(array: &Tensor<T>, along: i64) -> Result<Tensor<T>, Reason> {
    let kept = if along == -1 { None } else { Some(call::axis("dim", along, array.ndim())?) };
    let axes: Vec<usize> = (0..array.ndim()).filter(|&axis| Some(axis) != kept).collect();
    let norm = |lane: &[f64]| lane.iter().map(|number| number * number).sum::<f64>().sqrt();
    Ok(reduce(array, &axes, kept.is_some(), norm))
}

fn weight_norm<T: Element>(call: &Call<T>) -> Result<[Tensor<T>; 2], Reason> {
    let direction = call.tensor("v")?;
    let norms = norms_except(&direction, call.int("dim", Some(0))?)?;
    let terms = vec![direction, call.tensor("g")?, norms.clone()];
    let weight = combine(terms, |v| v[0] * (v[1] / v[2]), call.limits)?;
    Ok([weight, norms])
}

fn norm_except<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    if call.int("pow", Some(2))? != 2 {
        return Err(Reason::Only("for the norm with pow 2"));
    }
    norms_except(&call.tensor("v")?, call.int("dim", Some(0))?).map(Content::Array)
}
