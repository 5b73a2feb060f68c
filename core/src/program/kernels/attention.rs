//! Attention: sums of values, weighted by how well queries match keys.

use super::products::matmul;
use super::table::{Kernel, Row};
use super::{Call, Content, Reason, Tensor, lanes};
use crate::program::{Argument, Element};
use Kernel::{Computed, Several};
use ndarray::Axis;

/// Returns the kernels of attention operations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("scaled_dot_product_attention", Computed(attention)),
        ("_scaled_dot_product_flash_attention_for_cpu", Several(|call| Ok(vec![attention(call)?]))),
        ("_scaled_dot_product_flash_attention", Several(|call| Ok(vec![attention(call)?]))),
        ("_scaled_dot_product_efficient_attention", Several(|call| Ok(vec![attention(call)?]))),
    ]
}

fn attention<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let weights = attention_weights(call)?;
    let values = per_query_head(call, "value", weights.shape())?;
    matmul(&weights, &values, call.limits).map(Content::Array)
}

/// Returns the weight of every value for every query: the softmax of scale · query · keyᵀ + mask.
///
/// # Errors
///
/// Fails if the arguments do not match, or the attention applies random dropout.
pub(in crate::program) fn attention_weights<T: Element>(call: &Call<T>) -> Result<Tensor<T>, Reason> {
    if call.number("dropout_p", Some(0.0))? != 0.0 {
        return Err(Reason::Only("without dropout"));
    }
    let query = call.tensor("query")?;
    let mut keys = per_query_head(call, "key", query.shape())?;
    if query.ndim() < 2 || keys.ndim() < 2 {
        return Err(Reason::argument("query", "a matrix"));
    }
    let default = (query.shape()[query.ndim() - 1] as f64).sqrt().recip();
    let scale = T::of(call.number("scale", Some(default))?);
    let last = keys.ndim() - 1;
    keys.swap_axes(last - 1, last);
    let mut weights = matmul(&query, &keys, call.limits)?;
    weights.mapv_inplace(|number| number * scale);
    if call.flag("is_causal", false)? {
        forbid_what_follows(&mut weights);
    }
    let mask = if call.has("attn_bias") { "attn_bias" } else { "attn_mask" };
    if let Some(array) = call.optional_tensor(mask)? {
        add_mask(&mut weights, &array, is_truth(call, mask))?;
    }
    lanes::softmax_of_rows(&mut weights)?;
    Ok(weights)
}

/// Returns keys or values, each head repeated for all query heads that share it.
fn per_query_head<T: Element>(call: &Call<T>, name: &str, query: &[usize]) -> Result<Tensor<T>, Reason> {
    let tensor = call.tensor(name)?;
    let (Some(axis), true) = (query.len().checked_sub(3), call.flag("enable_gqa", false)?) else {
        return Ok(tensor);
    };
    let Some(&heads) = tensor.shape().get(axis) else { return Ok(tensor) };
    if query[axis].checked_rem(heads) != Some(0) {
        return Err(Reason::argument(name, "a tensor with a head for as many heads of queries each"));
    }
    let indices: Vec<usize> = (0..query[axis]).map(|head| head / (query[axis] / heads)).collect();
    Ok(tensor.select(Axis(axis), &indices).into_shared())
}

fn is_truth<T: Element>(call: &Call<T>, name: &str) -> bool {
    match *call.operation.argument(name) {
        Argument::Tensor(id) => {
            let tensor = call.program.value(id).tensor.as_ref();
            tensor.is_some_and(|tensor| tensor.element_type.as_str() == "bool")
        }
        _ => false,
    }
}

fn forbid_what_follows<T: Element>(weights: &mut Tensor<T>) {
    let rows = weights.ndim() - 2;
    for (index, weight) in weights.indexed_iter_mut() {
        if index[rows + 1] > index[rows] {
            *weight = T::neg_infinity();
        }
    }
}

/// Adds a numeric mask, or excludes what a mask of bools does not allow.
fn add_mask<T: Element>(weights: &mut Tensor<T>, mask: &Tensor<T>, is_truth: bool) -> Result<(), Reason> {
    let shape = weights.shape().to_vec();
    let other = || Reason::Shapes { first: shape.clone(), second: mask.shape().to_vec() };
    let mask = mask.broadcast(shape.as_slice()).ok_or_else(other)?;
    weights.zip_mut_with(&mask, |weight, &mask| {
        if !is_truth {
            *weight += mask;
        } else if mask == T::zero() {
            *weight = T::neg_infinity();
        }
    });
    Ok(())
}
