//! The places of source and kernel that contribute to every place of the target.

use super::columns::Columns;
use super::geometry::{Axis, Direction, Geometry};
use std::cmp::Reverse;

/// With more source channels, a product for each place of the kernel is large enough.
const MOST_GATHERED_CHANNELS: usize = 4;

/// With fewer target channels, copying costs more than it saves.
const FEWEST_TARGETS: usize = 8;

/// A place of the kernel, and the place of the source that it multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) tap: usize,
    pub(super) source: usize,
}

/// A place of the kernel along the last axis, and the columns that it carries from source to target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) tap: usize,
    /// The first column of the source.
    pub(super) source: usize,
    /// The first column of the target.
    pub(super) target: usize,
    pub(super) length: usize,
}

/// The layout of a source or target: the channels of a group, and the places of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) channels: usize,
    pub(super) places: [usize; 3],
    /// The order of the places along the last axis.
    pub(super) columns: Columns,
}

/// A convolution in one direction.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) direction: Direction,
    pub(super) groups: usize,
    pub(super) source: Side,
    pub(super) target: Side,
    /// The places of the kernel along each axis.
    pub(super) taps: [usize; 3],
    /// The summands of every place of the target along the first two axes.
    pub(super) outer: [Vec<Vec<Pair>>; 2],
    pub(super) runs: Vec<Run>,
}

impl Side {
    /// Returns the places of a channel.
    pub(super) fn plane(&self) -> usize {
        self.places.iter().product()
    }
}

impl Plan {
    /// Plans a convolution.
    pub(super) fn new(geometry: &Geometry, direction: Direction) -> Self {
        let axes = geometry.three_axes();
        let wide = Side {
            channels: geometry.wide_channels,
            places: axes.map(|axis| axis.wide),
            columns: Columns::new(axes[2].wide, axes[2].stride),
        };
        let narrow = Side {
            channels: geometry.narrow_channels,
            places: axes.map(|axis| axis.narrow),
            columns: Columns::new(axes[2].narrow, 1),
        };
        let runs = runs(&axes[2], &wide.columns, direction);
        let (source, target) = match direction {
            Direction::Narrowing => (wide, narrow),
            Direction::Widening => (narrow, wide),
        };
        Self {
            direction,
            groups: geometry.groups,
            source,
            target,
            taps: axes.map(|axis| axis.taps),
            outer: [pairs(&axes[0], direction), pairs(&axes[1], direction)],
            runs,
        }
    }

    /// Returns whether the summands of a target row are copied together for one product, instead of one
    /// product for each place of the kernel. With few channels, the latter would be too small.
    pub(super) fn gathers(&self) -> bool {
        self.direction == Direction::Narrowing
            && self.source.channels <= MOST_GATHERED_CHANNELS
            && self.target.channels >= FEWEST_TARGETS
            && self.taps.iter().product::<usize>() > 1
    }
}

/// Returns the summands of every place of the target along one axis.
fn pairs(axis: &Axis, direction: Direction) -> Vec<Vec<Pair>> {
    let targets = match direction {
        Direction::Narrowing => axis.narrow,
        Direction::Widening => axis.wide,
    };
    let mut pairs = vec![Vec::new(); targets];
    for narrow in 0..axis.narrow {
        for tap in 0..axis.taps {
            let Some(wide) = axis.wide_place(narrow, tap) else {
                continue;
            };
            let (source, target) = match direction {
                Direction::Narrowing => (wide, narrow),
                Direction::Widening => (narrow, wide),
            };
            pairs[target].push(Pair { tap, source });
        }
    }
    pairs
}

/// Returns the columns that places of the kernel carry along the last axis, most columns first. If the first
/// covers a whole row, the row needs no initial zeros.
fn runs(axis: &Axis, columns: &Columns, direction: Direction) -> Vec<Run> {
    let run = |tap| {
        let [first, end] = axis.narrow_places(tap);
        let wide = columns.positions()[axis.wide_place(first, tap).filter(|_| first < end)?];
        let (source, target) = match direction {
            Direction::Narrowing => (wide, first),
            Direction::Widening => (first, wide),
        };
        Some(Run { tap, source, target, length: end - first })
    };
    let mut runs: Vec<Run> = (0..axis.taps).filter_map(run).collect();
    runs.sort_by_key(|run| Reverse(run.length));
    runs
}
