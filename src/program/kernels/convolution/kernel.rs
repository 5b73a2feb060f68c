//! The kernel of a convolution in the order in which products read it.

use super::geometry::Direction;
use super::plan::Plan;
use crate::program::Element;
use rayon::prelude::*;

/// The source channels that one thread arranges at a time.
const SOURCES: usize = 8;

/// Returns a kernel as [groups, source channels, places, target channels], given as it is stored:
/// [groups, narrow channels, wide channels, places].
pub(super) fn arranged<T: Element>(kernel: &[T], plan: &Plan) -> Vec<T> {
    let (sources, targets) = (plan.source.channels, plan.target.channels);
    let taps: usize = plan.taps.iter().product();
    let mut arranged = vec![T::zero(); kernel.len()];
    if kernel.is_empty() {
        return arranged;
    }
    let group = sources * taps * targets;
    arranged.par_chunks_mut(group).zip(kernel.par_chunks(group)).for_each(|(arranged, kernel)| {
        arranged.par_chunks_mut(SOURCES * taps * targets).enumerate().for_each(|(part, arranged)| {
            for (offset, arranged) in arranged.chunks_mut(taps * targets).enumerate() {
                let source = part * SOURCES + offset;
                for target in 0..targets {
                    let start = match plan.direction {
                        Direction::Narrowing => target * sources + source,
                        Direction::Widening => source * targets + target,
                    } * taps;
                    for (tap, &weight) in kernel[start..start + taps].iter().enumerate() {
                        arranged[tap * targets + target] = weight;
                    }
                }
            }
        });
    });
    arranged
}
