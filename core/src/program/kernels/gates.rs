//! Activations with parameters for each channel, and gated linear units.

use super::elementwise::combine;
use super::normalizations::by_channel;
use super::table::{Kernel, Row};
use super::{Call, Content, Reason};
use crate::program::Element;
use Kernel::Computed;
use ndarray::Axis;

/// Returns the kernels of these activations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![("prelu", Computed(prelu)), ("glu", Computed(glu))]
}

fn prelu<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let (tensor, mut weight) = (call.tensor("self")?, call.tensor("weight")?);
    if weight.len() != 1 && tensor.ndim() > 1 {
        weight = by_channel(&weight, tensor.ndim())?;
    }
    combine(vec![tensor, weight], |v| if v[0] > 0.0 { v[0] } else { v[1] * v[0] }, call.limits)
        .map(Content::Array)
}

/// Multiplies the first half along an axis by the sigmoid of the second.
fn glu<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let tensor = call.tensor("self")?;
    let axis = call.axis("dim", Some(-1), tensor.ndim())?;
    if tensor.shape()[axis] % 2 != 0 {
        return Err(Reason::argument("dim", "an axis with an even number of elements"));
    }
    let (first, second) = tensor.view().split_at(Axis(axis), tensor.shape()[axis] / 2);
    let halves = vec![first.to_shared(), second.to_shared()];
    combine(halves, |v| v[0] / (1.0 + (-v[1]).exp()), call.limits).map(Content::Array)
}
