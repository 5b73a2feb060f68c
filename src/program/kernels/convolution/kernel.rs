//! The kernel of a convolution in the order in which products read it.

use super::columns::Columns;
use super::geometry::Direction;
use super::images::interleave;
use super::plan::Plan;
use crate::program::Element;
use rayon::prelude::*;

/// The columns of a kernel that are arranged at a time: with more, what is written does not stay in the cache.
const COLUMNS: usize = 16;

/// Returns a kernel as [groups, source channels, places, target channels], given as it is stored:
/// [groups, narrow channels, wide channels, places].
pub(super) fn arranged<T: Element>(kernel: &[T], plan: &Plan) -> Vec<T> {
    let (sources, targets) = (plan.source.channels, plan.target.channels);
    let taps: usize = plan.taps.iter().product();
    let mut arranged = vec![T::zero(); kernel.len()];
    if kernel.is_empty() {
        return arranged;
    }
    // Where the target is the narrow side, a group is a matrix whose rows are the target channels; where it is the
    // wide side, each of its source channels is such a matrix. All of them are turned.
    let columns = match plan.direction {
        Direction::Narrowing => sources * taps,
        Direction::Widening => taps,
    };
    let in_order = Columns::new(0, 1);
    let matrices = arranged.par_chunks_mut(columns * targets).zip(kernel.par_chunks(columns * targets));
    matrices.for_each(|(arranged, kernel)| {
        arranged.par_chunks_mut(COLUMNS * targets).enumerate().for_each(|(part, arranged)| {
            let first = part * COLUMNS;
            let end = first + arranged.len() / targets;
            let rows: Vec<&[T]> = kernel.chunks(columns).map(|row| &row[first..end]).collect();
            interleave(&rows, &in_order, arranged);
        });
    });
    arranged
}
