//! The mapping of axis segments when a value is reshaped.

use super::layout::Segments;
use ndarray::{ArrayD, Dimension, IxDyn};
use std::collections::BTreeSet;

/// The largest number of places that are inspected one by one.
const MOST_PLACES: usize = 1 << 16;

/// Returns the division of axes after a reshape that keeps the order of elements.
///
/// # Arguments
///
/// * `own` - the division of the old axes
/// * `from` - the extents of the old axes
/// * `to` - the extents of the new axes, which hold as many elements
///
/// # Returns
///
/// The new axes, and for each combination of their segments the segments of the old axes that contain it;
/// `None` where there are too many places to inspect.
pub(super) fn regroup(
    own: &[Segments],
    from: &[usize],
    to: &[usize],
) -> Option<(Vec<Segments>, ArrayD<Vec<usize>>)> {
    let places: usize = to.iter().try_fold(1usize, |all, &extent| all.checked_mul(extent))?;
    if places == 0 || from.iter().try_fold(1usize, |all, &extent| all.checked_mul(extent)) != Some(places) {
        return None;
    }
    // Neighbouring places that always lie in the same segments are inspected as one.
    let last = own.iter().rposition(|axis| !axis.is_whole())?;
    let inner: usize = from[last + 1..].iter().product();
    let mut alike = inner * own[last].extents.iter().copied().fold(0, gcd);
    let (mut unit, mut reduced) = (1, to.to_vec());
    for extent in reduced.iter_mut().rev() {
        let common = gcd(*extent, alike);
        unit *= common;
        alike /= common;
        *extent /= common;
        if *extent > 1 {
            break;
        }
    }
    if places / unit > MOST_PLACES {
        return None;
    }
    let segments: Vec<Vec<usize>> =
        (0..places / unit).map(|place| segments_at(own, from, place * unit)).collect();
    let array = ArrayD::from_shape_vec(reduced.clone(), segments).ok()?;
    let mut axes = Vec::with_capacity(to.len());
    let mut starts = Vec::with_capacity(to.len());
    for (at, (&extent, &whole)) in reduced.iter().zip(to).enumerate() {
        let differs = |&place: &usize| {
            array.index_axis(ndarray::Axis(at), place) != array.index_axis(ndarray::Axis(at), place - 1)
        };
        let breaks: BTreeSet<usize> = (1..extent).filter(differs).chain([0]).collect();
        let ends = breaks.iter().copied().skip(1).chain([extent]);
        let scale = whole / extent;
        let extents = breaks.iter().zip(ends).map(|(start, end)| (end - start) * scale).collect();
        axes.push(Segments { extents, symbolic: false, clear: true });
        starts.push(breaks.into_iter().collect::<Vec<usize>>());
    }
    let shape: Vec<usize> = starts.iter().map(Vec::len).collect();
    let sources = ArrayD::from_shape_fn(shape, |index| {
        let index = index.as_array_view().to_vec();
        let place: Vec<usize> = index.iter().zip(&starts).map(|(&segment, starts)| starts[segment]).collect();
        array[IxDyn(&place)].clone()
    });
    Some((axes, sources))
}

/// Returns the segment of each axis that contains a place.
fn segments_at(own: &[Segments], from: &[usize], mut place: usize) -> Vec<usize> {
    let mut segments = vec![0; own.len()];
    for (at, (axis, &extent)) in own.iter().zip(from).enumerate().rev() {
        let mut along = place % extent;
        place /= extent;
        if axis.extents.len() == 1 {
            continue;
        }
        while let Some(&segment) = axis.extents.get(segments[at]).filter(|&&segment| segment <= along) {
            along -= segment;
            segments[at] += 1;
        }
    }
    segments
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

type Range = (usize, usize);

/// Returns the shortest ranges of axes of two shapes that hold the same elements.
pub(super) fn groups(from: &[Option<usize>], to: &[Option<usize>]) -> Vec<(Range, Range)> {
    let forwards = matched(from.iter(), to.iter(), true);
    let (done_from, done_to) = forwards.last().copied().unwrap_or((0, 0));
    let backwards = matched(from[done_from..].iter().rev(), to[done_to..].iter().rev(), false);
    let mut cuts: Vec<(usize, usize)> = vec![(0, 0)];
    cuts.extend(forwards);
    let ends = backwards.into_iter().map(|(a, b)| (from.len() - a, to.len() - b)).rev();
    cuts.extend(ends.filter(|&(a, b)| a > done_from || b > done_to));
    cuts.push((from.len(), to.len()));
    cuts.dedup();
    cuts.windows(2).map(|pair| ((pair[0].0, pair[1].0), (pair[0].1, pair[1].1))).collect()
}

/// Returns the numbers of axes of each shape that cover the same number of elements, as long as it is known.
fn matched<'a>(
    from: impl Iterator<Item = &'a Option<usize>>,
    to: impl Iterator<Item = &'a Option<usize>>,
    symbols_match: bool,
) -> Vec<(usize, usize)> {
    let (from, to): (Vec<_>, Vec<_>) = (from.collect(), to.collect());
    let mut cuts = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < from.len() && j < to.len() {
        let (Some(mut a), Some(mut b)) = (*from[i], *to[j]) else {
            if !symbols_match || from[i].is_some() || to[j].is_some() {
                break;
            }
            (i, j) = (i + 1, j + 1);
            cuts.push((i, j));
            continue;
        };
        (i, j) = (i + 1, j + 1);
        while a != b {
            let (next, count, product) = if a < b { (&from, &mut i, &mut a) } else { (&to, &mut j, &mut b) };
            let Some(Some(extent)) = next.get(*count).copied() else { return cuts };
            *product = product.saturating_mul(*extent);
            *count += 1;
        }
        cuts.push((i, j));
    }
    cuts
}
