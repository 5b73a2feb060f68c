//! Layouts: the places in a value where paths arrive, after concatenations, stacks and partial changes.

use ndarray::{ArrayD, Axis, Dimension, IxDyn, Slice, concatenate};
use petgraph::graph::NodeIndex;
use std::collections::BTreeSet;

/// The largest number of places that are tracked separately in one value.
const MOST_CELLS: usize = 4096;
/// The largest number of ways that are recorded at all places of one value together.
const MOST_NOTED: usize = 1 << 16;

/// A way by which paths arrive at a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Way {
    /// The node where they arrive.
    pub(super) node: NodeIndex,
    /// The mark that distinguishes it from other ways at the same node.
    pub(super) mark: usize,
}

/// The set of ways that lead to one place.
pub(super) type Ways = BTreeSet<Way>;

/// The division of an axis of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segments {
    /// The extents of its segments; a single segment covers the whole axis, whatever its extent.
    pub(super) extents: Vec<usize>,
    /// Whether extents are in units of a number that is known only when the program runs.
    pub(super) symbolic: bool,
    /// Whether it is known where along the axis which paths arrive; otherwise there is a single segment.
    pub(super) clear: bool,
}

impl Segments {
    fn whole() -> Self {
        Self { extents: vec![0], symbolic: false, clear: true }
    }

    fn unclear() -> Self {
        Self { clear: false, ..Self::whole() }
    }

    /// Returns whether the same paths arrive everywhere along the axis.
    pub(super) fn is_whole(&self) -> bool {
        self.extents.len() == 1 && self.clear
    }

    fn total(&self) -> usize {
        self.extents.iter().sum()
    }

    fn starts(&self) -> Vec<usize> {
        let before = |start: &mut usize, &extent: &usize| {
            *start += extent;
            Some(*start - extent)
        };
        self.extents.iter().scan(0, before).collect()
    }
}

/// The ways that lead to every place of a value.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The segments of each axis of the value.
    pub(super) axes: Vec<Segments>,
    /// The ways to every combination of segments.
    pub(super) cells: ArrayD<Ways>,
}

impl Layout {
    /// Returns the layout of a value with the same ways everywhere.
    pub(super) fn uniform(rank: usize, ways: Ways) -> Self {
        let cells = ArrayD::from_elem(vec![1; rank], ways);
        Self { axes: vec![Segments::whole(); rank], cells }
    }

    /// Returns the layout of a value with the given shape, where only the ways are known and not their
    /// places.
    pub(super) fn unclear(shape: &[Option<usize>], ways: Ways) -> Self {
        let mut layout = Self::uniform(shape.len(), ways);
        for (axis, extent) in layout.axes.iter_mut().zip(shape) {
            axis.clear = *extent == Some(1);
        }
        layout
    }

    pub(super) fn rank(&self) -> usize {
        self.axes.len()
    }

    /// Returns all ways that lead to any place.
    pub(super) fn ways(&self) -> Ways {
        self.cells.iter().flatten().copied().collect()
    }

    /// Returns the layout, or one without places if it records too many ways.
    pub(super) fn bounded(&self) -> Self {
        let noted: usize = self.cells.iter().map(Ways::len).sum();
        if noted <= MOST_NOTED {
            return self.clone();
        }
        (0..self.rank()).fold(self.clone(), |layout, at| layout.blurred(at))
    }

    /// Returns whether it is known for every axis where along it paths arrive.
    pub(super) fn is_clear(&self) -> bool {
        self.axes.iter().all(|axis| axis.clear)
    }

    /// Returns the same layout with other ways.
    pub(super) fn with_ways(&self, mut other: impl FnMut(Way) -> Option<Way>) -> Self {
        let cells = self.cells.map(|ways| ways.iter().filter_map(|&way| other(way)).collect());
        Self { axes: self.axes.clone(), cells }
    }

    /// Returns the layout with axes in another order.
    pub(super) fn permuted(&self, order: &[usize]) -> Self {
        let axes = order.iter().map(|&axis| self.axes[axis].clone()).collect();
        Self { axes, cells: self.cells.clone().permuted_axes(order) }
    }

    /// Returns the layout with an additional axis, along which all paths arrive everywhere.
    pub(super) fn with_axis(&self, at: usize) -> Self {
        let mut axes = self.axes.clone();
        axes.insert(at, Segments::whole());
        Self { axes, cells: self.cells.clone().insert_axis(Axis(at)) }
    }

    /// Returns the layout with axes added in front up to the given number.
    pub(super) fn with_rank(&self, rank: usize) -> Self {
        (self.rank()..rank).fold(self.clone(), |layout, _| layout.with_axis(0))
    }

    /// Returns the layout with all ways along an axis at one place. Unknown places along it no longer matter.
    pub(super) fn joined(&self, at: usize) -> Self {
        let union = |lane: ndarray::ArrayView1<'_, Ways>| lane.iter().flatten().copied().collect::<Ways>();
        let cells = self.cells.map_axis(Axis(at), union).insert_axis(Axis(at));
        let mut axes = self.axes.clone();
        axes[at] = Segments::whole();
        Self { axes, cells }
    }

    /// Returns the layout without an axis, whose ways are all at one place.
    pub(super) fn without(&self, at: usize) -> Self {
        let mut joined = self.joined(at);
        joined.axes.remove(at);
        Self { cells: joined.cells.remove_axis(Axis(at)), axes: joined.axes }
    }

    /// Returns the layout with all ways along an axis at unknown places of it.
    pub(super) fn blurred(&self, at: usize) -> Self {
        if self.axes[at].is_whole() {
            return self.clone();
        }
        let mut blurred = self.joined(at);
        blurred.axes[at] = Segments::unclear();
        blurred
    }

    /// Returns the places at some indices of an axis; `None` where their ways are unknown.
    pub(super) fn taken(&self, at: usize, indices: impl Iterator<Item = usize>) -> Option<Self> {
        let axis = &self.axes[at];
        if axis.is_whole() {
            return Some(self.clone());
        }
        if !axis.clear || axis.symbolic {
            return None;
        }
        let ends: Vec<usize> =
            axis.starts().iter().zip(&axis.extents).map(|(start, extent)| start + extent).collect();
        let (mut segments, mut extents) = (Vec::new(), Vec::new());
        for index in indices {
            let segment = ends.partition_point(|&end| end <= index);
            if segment == ends.len() {
                return None;
            }
            if segments.last() == Some(&segment) {
                *extents.last_mut()? += 1;
            } else if segments.len() == MOST_CELLS {
                return None;
            } else {
                segments.push(segment);
                extents.push(1);
            }
        }
        if segments.is_empty() {
            return None;
        }
        let mut axes = self.axes.clone();
        axes[at].extents = extents;
        Some(Self { axes, cells: self.cells.select(Axis(at), &segments) })
    }

    /// Returns the layout with each axis divided where it or a model is divided; `None` where their extents
    /// differ.
    fn refined(&self, models: &[Segments]) -> Option<Self> {
        let mut refined = self.clone();
        for (at, model) in models.iter().enumerate() {
            let own = &self.axes[at];
            if own.extents == model.extents {
                continue;
            }
            let segments: Vec<usize> = if own.extents.len() == 1 {
                vec![0; model.extents.len()]
            } else {
                let starts = own.starts();
                let places = model.starts();
                places.iter().map(|place| starts.partition_point(|start| start <= place) - 1).collect()
            };
            refined.cells = refined.cells.select(Axis(at), &segments);
            refined.axes[at].extents.clone_from(&model.extents);
            refined.axes[at].symbolic = model.symbolic;
        }
        (refined.cells.len() <= MOST_CELLS).then_some(refined)
    }

    /// Returns the layouts, all divided in the same way except along the axis `but`.
    fn alike(layouts: &[Self], but: Option<usize>) -> Vec<Self> {
        let mut layouts = layouts.to_vec();
        for at in (0..layouts[0].rank()).filter(|&at| Some(at) != but) {
            let divided: Vec<&Segments> =
                layouts.iter().map(|layout| &layout.axes[at]).filter(|axis| !axis.is_whole()).collect();
            let Some(&first) = divided.first() else { continue };
            let fit = divided
                .iter()
                .all(|axis| axis.clear && axis.symbolic == first.symbolic && axis.total() == first.total());
            let common = fit.then(|| {
                let breaks: BTreeSet<usize> = divided.iter().flat_map(|axis| axis.starts()).collect();
                let ends = breaks.iter().copied().skip(1).chain([first.total()]);
                let extents = breaks.iter().zip(ends).map(|(start, end)| end - start).collect();
                Segments { extents, ..first.clone() }
            });
            let refined: Option<Vec<Self>> = common.and_then(|common| {
                let model = |layout: &Self| {
                    let mut axes = layout.axes.clone();
                    axes[at] = common.clone();
                    axes
                };
                layouts.iter().map(|layout| layout.refined(&model(layout))).collect()
            });
            layouts = refined.unwrap_or_else(|| {
                let blur = |layout: &Self| {
                    let mut blurred = layout.joined(at);
                    blurred.axes[at] = Segments::unclear();
                    blurred
                };
                layouts.iter().map(blur).collect()
            });
        }
        layouts
    }

    /// Returns the layout of the sum of these values.
    pub(super) fn sum(layouts: &[Self]) -> Self {
        let rank = layouts.iter().map(Self::rank).max().unwrap_or(0);
        let layouts: Vec<Self> = layouts.iter().map(|layout| layout.with_rank(rank)).collect();
        let alike = Self::alike(&layouts, None);
        let mut sum = alike[0].clone();
        for other in &alike[1..] {
            sum.cells.zip_mut_with(&other.cells, |ways, more| ways.extend(more));
        }
        sum
    }

    /// Returns the layout of values with the given extents, concatenated along an axis.
    pub(super) fn concatenated(layouts: &[(Self, Option<usize>)], at: usize) -> Self {
        let plain: Vec<Self> = layouts.iter().map(|(layout, _)| layout.clone()).collect();
        let alike = Self::alike(&plain, Some(at));
        let symbolic = layouts.iter().all(|(_, extent)| extent.is_none());
        let known = layouts.iter().all(|(_, extent)| extent.is_some());
        let mut axis = Segments { extents: Vec::new(), symbolic, clear: true };
        let mut places = 0;
        for (layout, (_, extent)) in alike.iter().zip(layouts) {
            let own = &layout.axes[at];
            axis.clear &= own.clear && (known || symbolic && own.is_whole());
            match extent {
                Some(extent) if own.extents.len() == 1 => axis.extents.push(*extent),
                Some(_) => axis.extents.extend(&own.extents),
                None => axis.extents.push(1),
            }
            places += layout.cells.len();
        }
        let blur = !axis.clear || places > MOST_CELLS;
        let alike: Vec<Self> =
            if blur { alike.iter().map(|layout| layout.joined(at)).collect() } else { alike };
        let views: Vec<_> = alike.iter().map(|layout| layout.cells.view()).collect();
        let cells = concatenate(Axis(at), &views).unwrap_or_else(|_| ArrayD::default(IxDyn(&[])));
        let mut axes = alike[0].axes.clone();
        axes[at] = if blur { Segments { extents: vec![1; alike.len()], ..Segments::whole() } } else { axis };
        let whole = Self { axes, cells };
        if blur { whole.blurred(at) } else { whole.compressed(at) }
    }

    /// Returns the layout with neighbouring segments of an axis merged where they have the same ways.
    fn compressed(&self, at: usize) -> Self {
        let axis = &self.axes[at];
        let (mut kept, mut extents): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        for (segment, &extent) in axis.extents.iter().enumerate() {
            let cells = |segment| self.cells.index_axis(Axis(at), segment);
            match (kept.last(), extents.last_mut()) {
                (Some(&last), Some(before)) if cells(last) == cells(segment) => *before += extent,
                _ => {
                    kept.push(segment);
                    extents.push(extent);
                }
            }
        }
        let mut axes = self.axes.clone();
        axes[at].extents = extents;
        axes[at].symbolic &= axes[at].extents.len() > 1;
        Self { axes, cells: self.cells.select(Axis(at), &kept) }
    }

    /// Returns the layout with neighbouring segments of every axis merged where they have the same ways.
    pub(super) fn simplified(&self) -> Self {
        (0..self.rank()).fold(self.clone(), |layout, at| layout.compressed(at))
    }

    /// Returns the fraction of the axes that each way leads to, for every place along the other axes.
    pub(super) fn shares(&self, reduced: &[usize], way: Way) -> ArrayD<f64> {
        let mut shares = self.cells.map(|ways| f64::from(u8::from(ways.contains(&way))));
        for &at in reduced {
            let axis = &self.axes[at];
            if axis.is_whole() {
                continue;
            }
            let total = axis.total() as f64;
            let mut lanes = shares.lanes_mut(Axis(at)).into_iter();
            lanes.by_ref().for_each(|mut lane| {
                for (share, &extent) in lane.iter_mut().zip(&axis.extents) {
                    *share *= extent as f64 / total;
                }
            });
            shares = shares.sum_axis(Axis(at)).insert_axis(Axis(at));
        }
        shares
    }

    /// Returns a range of an axis; `None` where its ways are unknown.
    pub(super) fn range(&self, at: usize, start: usize, length: usize) -> Option<Self> {
        let axis = &self.axes[at];
        if axis.clear && !axis.symbolic && axis.extents.len() > 1 {
            let end = start.checked_add(length).filter(|&end| end <= axis.total())?;
            let (mut kept, mut extents) = (Vec::new(), Vec::new());
            for (segment, (from, extent)) in axis.starts().into_iter().zip(&axis.extents).enumerate() {
                let (from, to) = (from.max(start), (from + extent).min(end));
                if from < to {
                    kept.push(segment);
                    extents.push(to - from);
                }
            }
            let mut axes = self.axes.clone();
            axes[at].extents = extents;
            return (!kept.is_empty()).then(|| Self { axes, cells: self.cells.select(Axis(at), &kept) });
        }
        axis.is_whole().then(|| self.clone())
    }

    /// Returns the layout of the same elements under another shape.
    pub(super) fn reshaped(&self, from: &[Option<usize>], to: &[Option<usize>]) -> Self {
        if from.len() != self.rank() {
            return Self::unclear(to, self.ways());
        }
        let mut layout = self.clone();
        for (own, new) in super::regrouping::groups(from, to).into_iter().rev() {
            layout = layout.regrouped(own, &from[own.0..own.1], &to[new.0..new.1]);
        }
        layout
    }

    /// Returns the layout with a range of axes replaced by others with the same elements.
    fn regrouped(&self, (first, end): (usize, usize), from: &[Option<usize>], to: &[Option<usize>]) -> Self {
        if from == to && end - first == to.len() {
            return self.clone();
        }
        let divided = (first..end).filter(|&at| !self.axes[at].is_whole()).collect::<Vec<_>>();
        let spread = |layout: &Self, axes: Vec<Segments>| {
            let mut joined = (first..end).rev().fold(layout.clone(), |layout, at| layout.without(at));
            for (more, axis) in axes.into_iter().enumerate() {
                joined = joined.with_axis(first + more);
                joined.axes[first + more] = axis;
            }
            joined
        };
        if divided.is_empty() {
            return spread(self, vec![Segments::whole(); to.len()]);
        }
        let unclear = |extent: &Option<usize>| {
            if *extent == Some(1) { Segments::whole() } else { Segments::unclear() }
        };
        // A stack of an unknown number of images may be a concatenation of them in another shape.
        match (divided.as_slice(), from, to) {
            (&[at], [None], [Some(count), None])
                if self.axes[at].symbolic && self.axes[at].total() == *count =>
            {
                let mut layout = self.with_axis(first + 1);
                layout.axes[first].symbolic = false;
                return layout;
            }
            (&[at], [Some(_), None], [None]) if at == first && self.axes[at].clear => {
                let mut layout = self.without(first + 1);
                layout.axes[first].symbolic = true;
                return layout;
            }
            _ => {}
        }
        let known = |shape: &[Option<usize>]| shape.iter().copied().collect::<Option<Vec<usize>>>();
        let places = known(from)
            .zip(known(to))
            .filter(|_| divided.iter().all(|&at| self.axes[at].clear && !self.axes[at].symbolic));
        let moved =
            places.and_then(|(from, to)| super::regrouping::regroup(&self.axes[first..end], &from, &to));
        let Some((axes, sources)) = moved else { return spread(self, to.iter().map(unclear).collect()) };
        let mut shape = self.cells.shape().to_vec();
        shape.splice(first..end, axes.iter().map(|axis| axis.extents.len()));
        if shape.iter().product::<usize>() > MOST_CELLS {
            return spread(self, to.iter().map(unclear).collect());
        }
        let cells = ArrayD::from_shape_fn(shape, |index| {
            let index = index.as_array_view().to_vec();
            let inner = IxDyn(&index[first..first + axes.len()]);
            let mut source = index.clone();
            source.splice(first..first + axes.len(), sources[inner].iter().copied());
            self.cells[IxDyn(&source)].clone()
        });
        let mut all = self.axes.clone();
        all.splice(first..end, axes);
        Self { axes: all, cells }
    }

    /// Returns the layout with an axis reversed.
    pub(super) fn flipped(&self, at: usize) -> Self {
        let mut axes = self.axes.clone();
        axes[at].extents.reverse();
        let mut cells = self.cells.clone();
        cells.slice_axis_inplace(Axis(at), Slice::new(0, None, -1));
        Self { axes, cells }
    }

    /// Returns the range of an axis that a way leads to, as start and length; `None` if it has gaps or is
    /// unknown.
    pub(super) fn span(&self, at: usize, way: Way) -> Option<(usize, usize)> {
        let axis = &self.axes[at];
        if !axis.clear || axis.symbolic {
            return None;
        }
        let leads = |segment: &usize| {
            self.cells.index_axis(Axis(at), *segment).iter().any(|ways| ways.contains(&way))
        };
        let segments: Vec<usize> = (0..axis.extents.len()).filter(leads).collect();
        let (&first, &last) = (segments.first()?, segments.last()?);
        let starts = axis.starts();
        (last - first + 1 == segments.len())
            .then(|| (starts[first], starts[last] + axis.extents[last] - starts[first]))
    }

    /// Returns the layouts of the segments of an axis one by one.
    pub(super) fn each(&self, at: usize) -> Vec<Self> {
        let segment = |segment: usize| {
            let mut axes = self.axes.clone();
            axes[at] = Segments::whole();
            Self { axes, cells: self.cells.select(Axis(at), &[segment]) }
        };
        (0..self.axes[at].extents.len()).map(segment).collect()
    }

    /// Returns the layout where every place of an axis has its own ways and those of the places before it.
    pub(super) fn accumulated(&self, at: usize) -> Self {
        let mut accumulated = self.clone();
        accumulated.cells.accumulate_axis_inplace(Axis(at), |before, ways| ways.extend(before));
        accumulated
    }
}
