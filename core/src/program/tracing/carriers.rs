//! Carriers: the effect of operations without parameters on the places where paths arrive.

use super::Tracer;
use super::layout::{Layout, Segments, Ways};
use super::stacks::{axis_of, base};
use crate::program::{Argument, ValueId};

/// The largest number of partial sums, or copies of one value, that are tracked separately.
const MOST_SUMS: usize = 256;

impl Tracer<'_> {
    /// Returns where paths arrive in the result of a carrier; `None` where that is not determined.
    pub(super) fn carried_layout(&mut self, index: usize, input: ValueId, layout: &Layout) -> Option<Layout> {
        let operation = self.operation(index);
        let rank = layout.rank();
        if self.rank(input) != Some(rank) {
            return None;
        }
        let axis = |name: &str| axis_of(operation.int(name)?, rank);
        let axes = |name: &str| -> Option<Vec<usize>> {
            operation.ints(name)?.into_iter().map(|axis| axis_of(axis, rank)).collect()
        };
        let is_divided = |at: usize| !layout.axes[at].is_whole();
        match base(operation).trim_end_matches('_') {
            "sum" | "max" | "min" | "amax" | "amin" | "median" | "kthvalue" | "logsumexp" => {
                let axes = self.reduced_axes(index, input).unwrap_or_else(|| (0..rank).collect());
                Some(self.without_axes(index, layout, axes))
            }
            "cumsum" => {
                let at = axis("dim")?;
                if layout.axes[at].extents.len() > MOST_SUMS {
                    Some(layout.blurred(at))
                } else if layout.axes[at].clear {
                    Some(self.accumulated(layout, at))
                } else {
                    Some(layout.clone())
                }
            }
            "tril" | "triu" => Some(layout.clone()),
            "flip" => Some(axes("dims")?.into_iter().fold(layout.clone(), |layout, at| layout.flipped(at))),
            "roll" => self.rolled(index, input, layout, &axes("dims")?),
            "pad" | "constant_pad_nd" => self.padded(index, input, layout),
            "repeat" => self.repeated(index, input, layout),
            "index_select" => self.indexed(index, layout, axis("dim")?, operation.tensor("index")?),
            "index" | "_unsafe_index" => {
                let Argument::Tensors(indices) = operation.argument("indices") else { return None };
                let given: Vec<(usize, ValueId)> =
                    indices.iter().enumerate().filter_map(|(at, index)| Some((at, (*index)?))).collect();
                if let [(at, which)] = given.as_slice()
                    && self.rank(*which) == Some(1)
                {
                    return self.indexed(index, layout, *at, *which);
                }
                let same_rank = self.output_rank(index) == Some(rank);
                (same_rank && !given.iter().any(|&(at, _)| is_divided(at))).then(|| layout.clone())
            }
            "gather" | "take_along_dim" | "sort" | "topk" => Some(layout.blurred(axis("dim")?)),
            "pixel_shuffle" | "pixel_unshuffle" | "channel_shuffle" | "native_channel_shuffle" => {
                self.shuffled(index, input, layout)
            }
            "as_strided" => None,
            name => self.pooled(index, name, layout),
        }
    }

    /// Returns where paths arrive after the elements along some axes were shifted cyclically.
    fn rolled(&self, index: usize, input: ValueId, layout: &Layout, axes: &[usize]) -> Option<Layout> {
        let shifts = self.operation(index).ints("shifts")?;
        let mut rolled = layout.clone();
        if axes.is_empty() {
            return None;
        }
        for (&at, shift) in axes.iter().zip(shifts) {
            if rolled.axes[at].is_whole() {
                continue;
            }
            let total = self.extent(input, at)?;
            let cut = usize::try_from((-shift).rem_euclid(i64::try_from(total).ok()?)).ok()?;
            let parts = [(cut, total - cut), (0, cut)].into_iter().filter(|(_, length)| *length > 0);
            let parts: Option<Vec<_>> =
                parts.map(|(start, length)| Some((rolled.range(at, start, length)?, Some(length)))).collect();
            rolled = Layout::concatenated(&parts?, at);
        }
        Some(rolled)
    }

    /// Returns where paths arrive in adjacent copies of a value.
    fn repeated(&self, index: usize, input: ValueId, layout: &Layout) -> Option<Layout> {
        let counts = self.operation(index).ints("repeats")?;
        let mut repeated = layout.with_rank(counts.len());
        for (at, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 1) {
            let own = (at + layout.rank()).checked_sub(counts.len());
            if own.is_some_and(|own| !layout.axes[own].is_whole()) {
                let count = usize::try_from(count).ok()?;
                if count > MOST_SUMS {
                    repeated = repeated.blurred(at);
                    continue;
                }
                let copy = (repeated.clone(), Some(self.extent(input, own?)?));
                repeated = Layout::concatenated(&vec![copy; count], at);
            }
        }
        Some(repeated)
    }

    /// Returns the layout after a reduction over some axes.
    pub(super) fn without_axes(&self, index: usize, layout: &Layout, mut axes: Vec<usize>) -> Layout {
        let kept = self.operation(index).bool("keepdim").unwrap_or(false);
        axes.sort_unstable();
        axes.dedup();
        axes.into_iter()
            .rev()
            .fold(layout.clone(), |layout, at| if kept { layout.joined(at) } else { layout.without(at) })
    }

    /// Returns the layout of partial sums, each of which repeats all ways before its place.
    fn accumulated(&mut self, layout: &Layout, at: usize) -> Layout {
        let accumulated = layout.accumulated(at);
        let places: Vec<(Layout, Option<usize>)> = accumulated
            .each(at)
            .into_iter()
            .zip(&accumulated.axes[at].extents)
            .map(|(place, &extent)| (place, Some(extent)))
            .collect();
        let (layouts, extents): (Vec<_>, Vec<_>) = places.into_iter().unzip();
        let parts = vec![None; layouts.len()];
        let apart = self.told_apart(layouts, &parts);
        if accumulated.axes[at].extents.len() == 1 {
            return accumulated;
        }
        let mut whole = Layout::concatenated(&apart.into_iter().zip(extents).collect::<Vec<_>>(), at);
        whole.axes[at].symbolic = layout.axes[at].symbolic;
        whole
    }

    /// Returns the places at indices that the program stores.
    fn indexed(&self, index: usize, layout: &Layout, at: usize, which: ValueId) -> Option<Layout> {
        if layout.axes[at].is_whole() {
            return Some(layout.clone());
        }
        let total = layout.axes[at].extents.iter().sum::<usize>() as f64;
        let numbers = self.numbers(index, which)?;
        let indices: Option<Vec<usize>> = numbers
            .into_iter()
            .map(|number| if number < 0.0 { number + total } else { number })
            .map(|number| (0.0..total).contains(&number).then_some(number as usize))
            .collect();
        layout.taken(at, indices?.into_iter())
    }

    fn padded(&mut self, index: usize, input: ValueId, layout: &Layout) -> Option<Layout> {
        let operation = self.operation(index);
        let pads = operation.ints("pad")?;
        let is_constant = match operation.argument("mode") {
            Argument::Text(mode) => mode == "constant",
            _ => true,
        };
        let mut padded = layout.clone();
        for (pair, pad) in pads.chunks(2).enumerate() {
            let at = layout.rank().checked_sub(pair + 1)?;
            let &[before, after] = pad else { return None };
            if (before, after) == (0, 0) || padded.axes[at].is_whole() {
                continue;
            }
            if !is_constant {
                padded = padded.blurred(at);
                continue;
            }
            let total = i64::try_from(self.extent(input, at)?).ok()?;
            let (start, end) = ((-before).max(0), total + after.min(0));
            let cut = padded.range(at, usize::try_from(start).ok()?, usize::try_from(end - start).ok()?)?;
            let more = |extent: i64| {
                (Layout::uniform(layout.rank(), Ways::new()), usize::try_from(extent.max(0)).ok())
            };
            let all = [more(before), (cut, usize::try_from(end - start).ok()), more(after)];
            let all: Vec<_> = all.into_iter().filter(|(_, extent)| *extent != Some(0)).collect();
            padded = Layout::concatenated(&all, at);
        }
        Some(padded)
    }

    /// Returns the layout after channels are moved into maps or back, or permuted.
    fn shuffled(&mut self, index: usize, input: ValueId, layout: &Layout) -> Option<Layout> {
        let operation = self.operation(index);
        let shape = self.extents(input);
        let channels = layout.rank().checked_sub(3);
        if base(operation).contains("channel_shuffle") {
            let groups = usize::try_from(operation.int("groups")?).ok()?;
            let of_group = shape.get(1).copied().flatten()?.checked_div(groups)?;
            let mut split = shape.clone();
            split.splice(1..2, [Some(groups), Some(of_group)]);
            let mut order: Vec<usize> = (0..split.len()).collect();
            order.swap(1, 2);
            let turned: Vec<Option<usize>> = order.iter().map(|&at| split[at]).collect();
            return Some(layout.reshaped(&shape, &split).permuted(&order).reshaped(&turned, &shape));
        }
        let moved = (channels?..layout.rank()).any(|at| !layout.axes[at].is_whole());
        let blurred = |layout: Layout, at: usize| {
            let mut blurred = layout.joined(at);
            blurred.axes[at] = Segments { clear: false, ..blurred.axes[at].clone() };
            blurred
        };
        Some(if moved { (channels?..layout.rank()).fold(layout.clone(), blurred) } else { layout.clone() })
    }

    /// Returns the layout after pooling or interpolation over the last axes.
    fn pooled(&mut self, index: usize, name: &str, layout: &Layout) -> Option<Layout> {
        let operation = self.operation(index);
        let output = operation.outputs.first().copied().flatten()?;
        let maps = if name.contains("1d") {
            1
        } else if name.contains("3d") {
            3
        } else if name.contains("2d") || name.starts_with("grid_sampler") {
            2
        } else {
            // For patches and the like, only the images of a batch stay separate.
            layout.rank().saturating_sub(1)
        };
        if self.rank(output) != Some(layout.rank()) {
            return (1..layout.rank()).all(|at| layout.axes[at].is_whole()).then(|| {
                let rank = self.rank(output).unwrap_or(1);
                let mut batch =
                    (1..layout.rank()).rev().fold(layout.clone(), |layout, at| layout.without(at));
                while batch.rank() < rank {
                    batch = batch.with_axis(batch.rank());
                }
                batch
            });
        }
        let mut pooled = layout.clone();
        for at in layout.rank().saturating_sub(maps)..layout.rank() {
            if pooled.axes[at].is_whole() {
                continue;
            }
            let is_one = self.extent(output, at) == Some(1);
            let kernel = operation.ints("kernel_size");
            let total = pooled.axes[at].extents.iter().sum::<usize>();
            let own = at + maps - layout.rank();
            let covers = name.contains("adaptive")
                || kernel.is_some_and(|kernel| {
                    kernel.get(own).or_else(|| kernel.first()).is_some_and(|&size| size == total as i64)
                });
            pooled = match (is_one, name.contains("avg_pool")) {
                (true, true) if covers => self.averaged(index, &pooled, &[at])?,
                (true, true) => return None,
                (true, false) if name.contains("max_pool") && covers => pooled.joined(at),
                _ => pooled.blurred(at),
            };
        }
        Some(pooled)
    }
}
