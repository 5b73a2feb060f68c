//! Einstein summation: sums of products over the indices that an equation such as `or,ri->oi` omits on its
//! right.

use super::elementwise::combine;
use super::products::matmul;
use super::{Call, Content, Limits, Reason, Tensor, reshape, shapes};
use crate::program::Element;
use ndarray::Axis;
use std::iter::zip;

/// An index of an equation: a letter, or an axis covered by `...`, counted from the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Index {
    Hidden(usize),
    Letter(char),
}

/// A tensor whose axes are labelled by indices.
struct Term<T> {
    tensor: Tensor<T>,
    indices: Vec<Index>,
}

fn refused() -> Reason {
    Reason::argument("equation", "an equation of letters, none twice in one tensor")
}

/// Computes an equation from left to right.
pub(super) fn einsum<T: Element>(call: &Call<T>) -> Result<Content<T>, Reason> {
    let equation: String = call.text("equation", "")?.chars().filter(|letter| *letter != ' ').collect();
    let tensors: Vec<Tensor<T>> = call.tensors("tensors")?.into_iter().flatten().collect();
    let (inputs, output) = match equation.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output)),
        None => (equation.as_str(), None),
    };
    let inputs: Vec<&str> = inputs.split(',').collect();
    if inputs.len() != tensors.len() {
        return Err(refused());
    }
    let terms = zip(inputs, tensors).map(|(letters, tensor)| {
        let indices = indices(letters, tensor.ndim())?;
        if indices.len() != tensor.ndim() {
            return Err(refused());
        }
        Ok(Term { tensor, indices })
    });
    let mut terms = terms.collect::<Result<Vec<_>, _>>()?;
    let output = output_indices(output, &terms)?;
    let mut product = terms.remove(0);
    while !terms.is_empty() {
        let next = terms.remove(0);
        let kept: Vec<Index> =
            output.iter().chain(terms.iter().flat_map(|term| &term.indices)).copied().collect();
        product = multiplied(product, next, &kept, call.limits)?;
    }
    let product = summed(product, &output, call.limits)?;
    if product.indices.len() != output.len() {
        return Err(refused());
    }
    ordered(&product, &output).map(Content::Array)
}

/// Returns the indices of a tensor's axes.
fn indices(letters: &str, dimensions: usize) -> Result<Vec<Index>, Reason> {
    let (before, after) = letters.split_once("...").unwrap_or((letters, ""));
    let named = |letters: &str| -> Result<Vec<Index>, Reason> {
        let index = |letter: char| letter.is_ascii_alphabetic().then_some(Index::Letter(letter));
        letters.chars().map(|letter| index(letter).ok_or_else(refused)).collect()
    };
    let (mut indices, after) = (named(before)?, named(after)?);
    if letters.contains("...") {
        let hidden = dimensions.checked_sub(indices.len() + after.len()).ok_or_else(refused)?;
        indices.extend((0..hidden).rev().map(Index::Hidden));
    }
    indices.extend(after);
    let mut sorted = indices.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() == indices.len() { Ok(indices) } else { Err(refused()) }
}

/// Returns the indices of the result: as written, or all that occur in only one tensor, in alphabetical
/// order.
fn output_indices<T>(output: Option<&str>, terms: &[Term<T>]) -> Result<Vec<Index>, Reason> {
    let all = || terms.iter().flat_map(|term| &term.indices);
    let most = all().filter_map(|index| match index {
        Index::Hidden(axis) => Some(axis + 1),
        Index::Letter(_) => None,
    });
    let hidden = most.max().unwrap_or(0);
    let Some(output) = output else {
        let once = |index: &&Index| all().filter(|other| other == index).count() == 1;
        let mut letters: Vec<Index> =
            all().filter(|index| matches!(index, Index::Letter(_))).filter(once).copied().collect();
        letters.sort_unstable();
        return Ok((0..hidden).rev().map(Index::Hidden).chain(letters).collect());
    };
    let letters = output.chars().filter(|letter| *letter != '.').count();
    let output = indices(output, letters + hidden)?;
    if output.iter().all(|index| all().any(|other| other == index)) { Ok(output) } else { Err(refused()) }
}

/// Sums a tensor over the indices that are not kept.
fn summed<T: Element>(mut term: Term<T>, kept: &[Index], limits: Limits) -> Result<Term<T>, Reason> {
    let (kept, gone): (Vec<Index>, Vec<Index>) = term.indices.iter().partition(|index| kept.contains(index));
    if gone.is_empty() {
        return Ok(term);
    }
    let extent = extents(&term);
    let sorted = ordered(&term, &[kept.as_slice(), &gone].concat())?;
    let count: usize = gone.iter().map(|&index| extent(index)).product();
    let shape: Vec<usize> = kept.iter().map(|&index| extent(index)).collect();
    let rows = reshape(&sorted, &[shape.iter().product(), count])?;
    let sums = matmul(&rows, &Tensor::from_elem(&[count][..], T::one()), limits)?;
    term = Term { tensor: reshape(&sums, &shape)?, indices: kept };
    Ok(term)
}

/// Returns a function from an index of a tensor to its extent.
fn extents<T>(term: &Term<T>) -> impl Fn(Index) -> usize + use<T> {
    let known: Vec<(Index, usize)> = zip(term.indices.clone(), term.tensor.shape().to_vec()).collect();
    move |index| known.iter().find(|(known, _)| *known == index).map_or(1, |(_, extent)| *extent)
}

/// Permutes the axes of a tensor into the order of the given indices.
fn ordered<T: Clone>(term: &Term<T>, order: &[Index]) -> Result<Tensor<T>, Reason> {
    let place = |index: &Index| term.indices.iter().position(|other| other == index).ok_or_else(refused);
    let order: Vec<usize> = order.iter().map(place).collect::<Result<_, _>>()?;
    shapes::permute(&term.tensor, &order)
}

/// Removes axes of extent 1 that are broadcast to an axis of another tensor.
fn without_repeated<T: Element>(mut term: Term<T>, other: &Term<T>) -> Term<T> {
    let extent = extents(other);
    while let Some(axis) =
        (0..term.indices.len()).find(|&axis| term.tensor.shape()[axis] == 1 && extent(term.indices[axis]) > 1)
    {
        term.tensor = term.tensor.index_axis_move(Axis(axis), 0);
        term.indices.remove(axis);
    }
    term
}

/// Multiplies two tensors, and sums over common indices that are not kept.
fn multiplied<T: Element>(
    left: Term<T>,
    right: Term<T>,
    kept: &[Index],
    limits: Limits,
) -> Result<Term<T>, Reason> {
    let left = without_repeated(left, &right);
    let right = without_repeated(right, &left);
    // Indices that only one of them has are summed first.
    let left = summed(left, &[kept, &right.indices].concat(), limits)?;
    let right = summed(right, &[kept, &left.indices].concat(), limits)?;
    let in_right = |index: &Index| right.indices.contains(index);
    let (both, left_only): (Vec<Index>, Vec<Index>) = left.indices.iter().partition(|index| in_right(index));
    let (batch, contracted): (Vec<Index>, Vec<Index>) = both.iter().partition(|index| kept.contains(index));
    let right_only: Vec<Index> =
        right.indices.iter().filter(|index| !left.indices.contains(index)).copied().collect();
    let (of_left, of_right) = (extents(&left), extents(&right));
    if both.iter().any(|&index| of_left(index) != of_right(index)) {
        return Err(Reason::Shapes {
            first: left.tensor.shape().to_vec(),
            second: right.tensor.shape().to_vec(),
        });
    }
    let count = |indices: &[Index], extent: &dyn Fn(Index) -> usize| -> usize {
        indices.iter().map(|&index| extent(index)).product()
    };
    let matrices = [count(&batch, &of_left), count(&left_only, &of_left), count(&contracted, &of_left)];
    let first = ordered(&left, &[batch.as_slice(), &left_only, &contracted].concat())?;
    let second = ordered(&right, &[batch.as_slice(), &contracted, &right_only].concat())?;
    let columns = count(&right_only, &of_right);
    let first = reshape(&first, &matrices)?;
    let second = reshape(&second, &[matrices[0], matrices[2], columns])?;
    let product = if contracted.is_empty() && left_only.is_empty() && right_only.is_empty() {
        combine(vec![first, second], |v| v[0] * v[1], limits)?
    } else {
        matmul(&first, &second, limits)?
    };
    let shape = batch.iter().chain(&left_only).map(|&index| of_left(index));
    let shape: Vec<usize> = shape.chain(right_only.iter().map(|&index| of_right(index))).collect();
    let indices = [batch, left_only, right_only].concat();
    Ok(Term { tensor: reshape(&product, &shape)?, indices })
}
