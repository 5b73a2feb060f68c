//! Products of vectors and matrices.

use super::call::{Call, array};
use super::elementwise::{broadcast, combine};
use super::matrix_product::Extents;
use super::table::{Kernel, Row};
use super::{Content, Limits, Reason, Tensor, matrix_product, shapes};
use crate::program::Element;
use Kernel::Computed;
use ndarray::Axis;
use std::iter::zip;

/// Returns the products that are computed.
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
        ("einsum", Computed(einsum)),
    ]
}

fn product<T: Element>(call: &Call<T>, first: &str, second: &str) -> Result<Content<T>, Reason> {
    matmul(&call.tensor(first)?, &call.tensor(second)?, call.limits).map(Content::Array)
}

fn added_product<T: Element>(call: &Call<T>, first: &str, second: &str) -> Result<Content<T>, Reason> {
    let number = |name: &str| Ok(Tensor::from_elem(&[][..], T::of(call.number(name, Some(1.0))?)));
    let product = matmul(&call.tensor(first)?, &call.tensor(second)?, call.limits)?;
    let terms = [call.tensor("self")?, product, number("beta")?, number("alpha")?];
    combine(&terms, |v| v[2] * v[0] + v[3] * v[1], call.limits).map(Content::Array)
}

fn linear<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let product = matmul(&call.tensor("input")?, &call.tensor("weight")?.reversed_axes(), call.limits)?;
    let sum = match call.optional_tensor("bias")? {
        Some(bias) => combine(&[product, bias], |v| v[0] + v[1], call.limits)?,
        None => product,
    };
    Ok(Content::Array(sum))
}

fn outer<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let (mut column, row) = (call.tensor("self")?, call.tensor("vec2")?);
    column.insert_axis_inplace(Axis(column.ndim()));
    combine(&[column, row], |v| v[0] * v[1], call.limits).map(Content::Array)
}

/// Multiplies two vectors or matrices, or matrices along further axes that are broadcast.
fn matmul<T: Element>(first: &Tensor<T>, second: &Tensor<T>, limits: Limits) -> Result<Tensor<T>, Reason> {
    let extents = Extents::new(first.shape(), second.shape())?;
    limits.products([limits.elements(&extents.shape)?, extents.inner])?;
    matrix_product(first, second)
}

/// Sums products of elements over the indices that an equation such as `or,ri->oi` leaves out at its right.
fn einsum<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let refused =
        || Reason::argument("equation", "an equation of letters with an arrow, none twice in one tensor");
    let equation: String = call.text("equation", "")?.chars().filter(|letter| *letter != ' ').collect();
    let (inputs, output) = equation.split_once("->").ok_or_else(refused)?;
    let arrays: Vec<Tensor<T>> = call.tensors("tensors")?.into_iter().flatten().collect();
    let inputs: Vec<&str> = inputs.split(',').collect();
    if inputs.len() != arrays.len() {
        return Err(refused());
    }
    let mut letters: Vec<char> = output.chars().collect();
    let kept = letters.len();
    for letter in inputs.iter().flat_map(|input| input.chars()) {
        if !letter.is_ascii_alphabetic() {
            return Err(refused());
        }
        if !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    if !output.chars().all(|letter| inputs.iter().any(|input| input.contains(letter))) {
        return Err(refused());
    }
    let place = |letter: char| letters.iter().position(|&known| known == letter);
    let mut aligned = Vec::with_capacity(arrays.len());
    let mut shape = vec![1; letters.len()];
    for (input, array) in zip(&inputs, &arrays) {
        let places: Vec<usize> = input.chars().filter_map(place).collect();
        let mut sorted = places.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if places.len() != array.ndim() || sorted.len() != places.len() {
            return Err(refused());
        }
        let order: Vec<usize> =
            sorted.iter().filter_map(|place| places.iter().position(|other| other == place)).collect();
        let mut array = shapes::permute(array, &order)?;
        for missing in (0..letters.len()).filter(|place| !sorted.contains(place)) {
            array.insert_axis_inplace(Axis(missing));
        }
        shape = broadcast(&shape, array.shape())?;
        aligned.push(array);
    }
    sum_of_products(&aligned, &shape, kept, call.limits)
}

/// Multiplies arrays element by element and sums over all axes but the first ones.
fn sum_of_products<T: Element>(
    arrays: &[Tensor<T>],
    shape: &[usize],
    kept: usize,
    limits: Limits,
) -> Result<Content<T>, Reason> {
    limits.products(shape.iter().copied().chain([arrays.len()]))?;
    let count = limits.elements(&shape[..kept])?;
    let length: usize = shape[kept..].iter().product();
    let other = || Reason::Shapes { first: shape.to_vec(), second: Vec::new() };
    let views: Option<Vec<_>> = arrays.iter().map(|array| array.broadcast(shape)).collect();
    let mut columns: Vec<_> = views.iter().flatten().map(|view| view.iter()).collect();
    if columns.len() != arrays.len() {
        return Err(other());
    }
    let mut next = || {
        columns.iter_mut().filter_map(|column| column.next()).map(|number| number.double()).product::<f64>()
    };
    let sums = (0..count).map(|_| (0..length).map(|_| next()).sum::<f64>()).map(T::of).collect();
    array(&shape[..kept], sums).map(Content::Array)
}
