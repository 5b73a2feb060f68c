//! Operations that order the elements along an axis.

use super::table::{Chosen, Kernel, Row};
use super::{Call, Content, Reason, Selection, array, reshape, types};
use crate::program::Element;
use Kernel::{Computed, Selected};
use ndarray::{ArrayD, IxDyn};
use std::cmp::Ordering;
use std::ops::Range;

/// Returns the kernels of these operations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("sort", Selected(|call| sort(call)?.chosen())),
        ("argsort", Computed(|call| sort(call)?.indices())),
        ("topk", Selected(largest)),
        ("kthvalue", Selected(smallest_but)),
        ("median", Selected(median)),
        ("argmax", Computed(|call| first(call, true))),
        ("argmin", Computed(|call| first(call, false))),
    ]
}

/// Elements that are chosen along an axis.
struct Ordered {
    /// The shape of the tensor.
    from: Vec<usize>,
    /// The shape of the chosen elements.
    shape: Vec<usize>,
    /// The place of each in the tensor.
    places: Vec<usize>,
    /// The index of each along the axis.
    along: Vec<usize>,
}

impl Ordered {
    /// Sorts the elements along an axis, keeping the order of equal ones, and selects some of them.
    ///
    /// # Arguments
    ///
    /// * `axis` - the axis; `None` for all elements together
    /// * `keeps` - the range of sorted elements to keep
    fn new<T: Element>(
        call: &Call<T>,
        axis: Option<usize>,
        descending: bool,
        keeps: impl Fn(&[T]) -> Option<Range<usize>>,
    ) -> Result<Self, Reason> {
        let tensor = call.first()?;
        let from = tensor.shape().to_vec();
        let mut shape = if axis.is_some() { from.clone() } else { vec![tensor.len()] };
        let axis = axis.unwrap_or(0);
        let flat = reshape(&tensor, &[tensor.len()])?;
        let elements = flat.as_slice().unwrap_or(&[]);
        let (length, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
        let outer: usize = shape[..axis].iter().product();
        // The kept elements of every line; all lines keep the same number.
        let mut lines = Vec::with_capacity(outer * inner);
        for start in (0..outer).flat_map(|block| (0..inner).map(move |line| block * length * inner + line)) {
            let mut order: Vec<usize> = (0..length).collect();
            let number = |index: &usize| elements[start + index * inner];
            order.sort_by(|one, other| {
                let ordering = compare(number(one), number(other));
                if descending { ordering.reverse() } else { ordering }
            });
            let sorted: Vec<T> = order.iter().map(number).collect();
            let kept = keeps(&sorted).and_then(|kept| order.get(kept)).map(<[usize]>::to_vec);
            lines
                .push((start, kept.ok_or_else(|| Reason::argument("k", "a count of elements of the axis"))?));
        }
        shape[axis] = lines.first().map_or(0, |(_, kept)| kept.len());
        let count = shape[axis];
        let mut ordered = Self { from, shape, places: Vec::new(), along: Vec::new() };
        for block in lines.chunks(inner.max(1)) {
            for position in 0..count {
                ordered.along.extend(block.iter().map(|(_, kept)| kept[position]));
                ordered.places.extend(block.iter().map(|(start, kept)| start + kept[position] * inner));
            }
        }
        Ok(ordered)
    }

    /// Removes an axis of extent 1.
    fn without(mut self, axis: Option<usize>) -> Self {
        self.shape.remove(axis.unwrap_or(0));
        self
    }

    fn indices<T: Element>(&self) -> Result<Content<T>, Reason> {
        let indices: Result<Vec<T>, Reason> = self.along.iter().map(|&index| types::index(index)).collect();
        array(&self.shape, indices?).map(Content::Array)
    }

    fn chosen<T: Element>(self) -> Chosen<T> {
        let indices = self.indices()?;
        let places = ArrayD::from_shape_vec(IxDyn(&self.shape), self.places);
        let places = places.map_err(|_| Reason::Shapes { first: self.from.clone(), second: self.shape })?;
        Ok((Selection { from: self.from, places }, vec![indices]))
    }
}

/// Compares numbers; NaN counts as larger than all others.
fn compare<T: Element>(first: T, second: T) -> Ordering {
    first.partial_cmp(&second).unwrap_or_else(|| first.is_nan().cmp(&second.is_nan()))
}

/// Returns the axis of an argument, the last by default; `None` where it is explicitly none.
fn axis<T: Element>(call: &Call<T>, default: Option<i64>) -> Result<Option<usize>, Reason> {
    let dimensions = call.first()?.ndim();
    if !call.has("dim") && default.is_none() {
        return Ok(None);
    }
    call.axis("dim", default, dimensions).map(Some)
}

fn sort<T: Element>(call: &Call<T>) -> Result<Ordered, Reason> {
    let axis = axis(call, Some(-1))?;
    Ordered::new(call, axis, call.flag("descending", false)?, |sorted| Some(0..sorted.len()))
}

fn largest<T: Element>(call: &Call<T>) -> Chosen<T> {
    let (axis, count) = (axis(call, Some(-1))?, call.count("k", None)?);
    let descending = call.flag("largest", true)?;
    Ordered::new(call, axis, descending, |sorted| (count <= sorted.len()).then_some(0..count))?.chosen()
}

/// Chooses one of the sorted elements along an axis.
fn one<T: Element>(
    call: &Call<T>,
    axis: Option<usize>,
    descending: bool,
    place: impl Fn(&[T]) -> Option<usize>,
) -> Result<Ordered, Reason> {
    let ordered = Ordered::new(call, axis, descending, |sorted| place(sorted).map(|place| place..place + 1))?;
    Ok(if call.flag("keepdim", false)? && axis.is_some() { ordered } else { ordered.without(axis) })
}

fn smallest_but<T: Element>(call: &Call<T>) -> Chosen<T> {
    let place = call.count("k", None)?.checked_sub(1);
    one(call, axis(call, Some(-1))?, false, |_| place)?.chosen()
}

/// Chooses the median: the smaller of two middle elements, or NaN if there is one.
fn median<T: Element>(call: &Call<T>) -> Chosen<T> {
    let axis = axis(call, None)?;
    let middle = |sorted: &[T]| {
        let last = sorted.len().checked_sub(1)?;
        Some(if sorted[last].is_nan() { last } else { last / 2 })
    };
    let (selection, indices) = one(call, axis, false, middle)?.chosen()?;
    Ok((selection, if axis.is_some() { indices } else { Vec::new() }))
}

/// Returns the index of the largest or smallest element along an axis, or of all elements.
fn first<T: Element>(call: &Call<T>, largest: bool) -> Result<Content<T>, Reason> {
    let place = |sorted: &[T]| {
        let last = sorted.len().checked_sub(1)?;
        Some(if sorted[last].is_nan() { sorted.iter().position(|number| number.is_nan())? } else { 0 })
    };
    one(call, axis(call, None)?, largest, place)?.indices()
}
