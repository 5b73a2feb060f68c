//! Products of vectors and matrices.

use super::elementwise::combine;
use super::matrix_product::Extents;
use super::table::{Kernel, Row};
use super::{Call, Content, Limits, Reason, Tensor, einsum, matrix_product};
use crate::program::Element;
use Kernel::Computed;
use ndarray::Axis;

/// Returns the kernels of these products.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("dot", Computed(|call| product(call, "self", "tensor"))),
        ("vdot", Computed(|call| product(call, "self", "other"))),
        ("mv", Computed(|call| product(call, "self", "vec"))),
        ("mm", Computed(|call| product(call, "self", "mat2"))),
        ("bmm", Computed(|call| product(call, "self", "mat2"))),
        ("matmul", Computed(|call| product(call, "self", "other"))),
        ("addmv", Computed(|call| added_product(call, "mat", "vec"))),
        ("addmm", Computed(|call| added_product(call, "mat1", "mat2"))),
        ("baddbmm", Computed(|call| added_product(call, "batch1", "batch2"))),
        ("linear", Computed(linear)),
        ("outer", Computed(outer)),
        ("ger", Computed(outer)),
        ("einsum", Computed(einsum::einsum)),
    ]
}

fn product<T: Element>(call: &Call<T>, first: &str, second: &str) -> Result<Content<T>, Reason> {
    matmul(&call.tensor(first)?, &call.tensor(second)?, call.limits).map(Content::Array)
}

/// Computes beta · self + alpha · product.
fn added_product<T: Element>(call: &Call<T>, first: &str, second: &str) -> Result<Content<T>, Reason> {
    let product = matmul(&call.tensor(first)?, &call.tensor(second)?, call.limits)?;
    let [beta, alpha] = [call.number("beta", Some(1.0))?, call.number("alpha", Some(1.0))?];
    let added = call.tensor("self")?;
    if [beta, alpha] == [1.0, 1.0] {
        return sum(product, &added).map(Content::Array);
    }
    let number = |number: f64| Tensor::from_elem(&[][..], T::of(number));
    let terms = vec![added, product, number(beta), number(alpha)];
    combine(terms, |v| v[2] * v[0] + v[3] * v[1], call.limits).map(Content::Array)
}

fn linear<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let product = matmul(&call.tensor("input")?, &call.tensor("weight")?.reversed_axes(), call.limits)?;
    let result = match call.optional_tensor("bias")? {
        Some(bias) => sum(product, &bias)?,
        None => product,
    };
    Ok(Content::Array(result))
}

/// Adds a tensor with broadcasting to another.
fn sum<T: Element>(mut tensor: Tensor<T>, added: &Tensor<T>) -> Result<Tensor<T>, Reason> {
    let other = || Reason::Shapes { first: tensor.shape().to_vec(), second: added.shape().to_vec() };
    let added = added.broadcast(tensor.raw_dim()).ok_or_else(other)?;
    tensor.zip_mut_with(&added, |number, &added| *number += added);
    Ok(tensor)
}

fn outer<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let (mut column, row) = (call.tensor("self")?, call.tensor("vec2")?);
    column.insert_axis_inplace(Axis(column.ndim()));
    combine(vec![column, row], |v| v[0] * v[1], call.limits).map(Content::Array)
}

/// Multiplies two vectors or matrices, with broadcast batch axes.
pub(super) fn matmul<T: Element>(
    first: &Tensor<T>,
    second: &Tensor<T>,
    limits: Limits,
) -> Result<Tensor<T>, Reason> {
    let extents = Extents::new(first.shape(), second.shape())?;
    limits.products([limits.elements(&extents.shape)?, extents.inner])?;
    matrix_product(first, second)
}
