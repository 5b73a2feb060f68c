//! The tracing of concatenations and stacks, of their parts, and of means over them.

use super::Tracer;
use super::layout::Layout;
use super::signal::{Flow, Gate, Hard, PartOf, Paths, Signal};
use crate::program::{Argument, Operation, ValueId};

impl Tracer<'_> {
    pub(super) fn concatenation(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let Argument::Tensors(tensors) = operation.argument("tensors") else {
            return self.lacking(index, "tensors");
        };
        let tensors: Vec<ValueId> = tensors.iter().copied().flatten().collect();
        let stacked = operation.target.starts_with("aten.stack.");
        let rank = self.output_rank(index);
        let axis = rank.and_then(|rank| axis_of(operation.int("dim").unwrap_or(0), rank));
        let flows: Vec<Flow> = tensors.iter().map(|&value| self.read(value)).collect();
        let signals: Vec<&Signal> = flows.iter().filter_map(Flow::signal).collect();
        let Some(first) = signals.first() else { return Flow::Constant };
        let gate = if signals.len() == flows.len() {
            signals.iter().map(|signal| signal.gate).min().unwrap_or(Gate::No)
        } else {
            Gate::No
        };
        let obstacle = signals.iter().find_map(|signal| signal.obstacle);
        let same_hard =
            signals.iter().all(|signal| signal.hard == first.hard) && signals.len() == flows.len();
        let hard = if same_hard { first.hard } else { Hard::No };
        let paths = match (axis, rank) {
            (Some(axis), Some(rank)) => self.behind_each_other(&tensors, &flows, stacked, axis, rank),
            _ => {
                let signals: Vec<Signal> = signals.into_iter().cloned().collect();
                self.side_by_side(&signals).paths
            }
        };
        let mut signal = self.fresh(paths, obstacle);
        signal.gate = gate;
        signal.hard = hard;
        Flow::Image(signal)
    }

    /// Returns the paths of concatenated or stacked values.
    fn behind_each_other(
        &mut self,
        tensors: &[ValueId],
        flows: &[Flow],
        stacked: bool,
        axis: usize,
        rank: usize,
    ) -> Paths {
        let own_rank = if stacked { rank - 1 } else { rank };
        let (mut layouts, mut extents, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for (flow, &value) in flows.iter().zip(tensors) {
            let own = self.rank(value);
            // The old form of concatenation ignores empty tensors with one axis.
            if own != Some(own_rank) || !stacked && self.extent(value, axis) == Some(0) {
                continue;
            }
            let signal = flow.signal();
            let layout = signal.map_or(Paths::None, |signal| signal.paths.clone()).layout(own_rank);
            layouts.push(if stacked { layout.with_axis(axis) } else { layout });
            extents.push(if stacked { Some(1) } else { self.extent(value, axis) });
            parts.push(signal.and_then(|signal| signal.part));
        }
        if layouts.is_empty() {
            return Paths::None;
        }
        let apart = self.told_apart(layouts, &parts);
        let places: Vec<_> = apart.into_iter().zip(extents).collect();
        self.paths_of(&Layout::concatenated(&places, axis))
    }

    /// Returns the part of its argument that an output of an operation is: axis, start and length.
    pub(super) fn range(
        &self,
        index: usize,
        output: usize,
        source: ValueId,
    ) -> Option<(usize, usize, usize)> {
        let operation = self.operation(index);
        let axis = axis_of(operation.int("dim").unwrap_or(0), self.rank(source)?)?;
        let total = self.extent(source, axis)?;
        let wrapped = |number: i64| {
            let total = total as i64;
            usize::try_from(if number < 0 { number + total } else { number }.clamp(0, total)).ok()
        };
        let whole = |name: &str| operation.int(name).and_then(|number| usize::try_from(number).ok());
        let (start, length) = match base(operation) {
            "select" | "select_scatter" => (wrapped(operation.int("index")?)?, 1),
            "unbind" => (output, 1),
            "narrow" => (wrapped(operation.int("start")?)?, whole("length")?),
            "slice" | "slice_scatter" => {
                if operation.int("step").unwrap_or(1) != 1 {
                    return None;
                }
                let start = bound(operation, "start", 0).and_then(wrapped)?;
                let end = bound(operation, "end", i64::MAX).and_then(wrapped)?;
                (start, end.checked_sub(start)?)
            }
            "split" | "split_with_sizes" => match operation.argument("split_size") {
                Argument::Int(size) => {
                    let size = usize::try_from(size.known()?).ok().filter(|&size| size > 0)?;
                    (output * size, size.min(total.checked_sub(output * size)?))
                }
                _ => {
                    let sizes = operation.ints("split_sizes").or_else(|| operation.ints("split_size"))?;
                    let sizes: Vec<usize> =
                        sizes.into_iter().map(|size| usize::try_from(size).ok()).collect::<Option<_>>()?;
                    (sizes.get(..output)?.iter().sum(), *sizes.get(output)?)
                }
            },
            "chunk" => {
                let size = total.div_ceil(whole("chunks").filter(|&chunks| chunks > 0)?);
                (output * size, size.min(total.checked_sub(output * size)?))
            }
            _ => return None,
        };
        (start.checked_add(length)? <= total).then_some((axis, start, length))
    }

    /// Returns the signal of a part of a value.
    pub(super) fn part(&mut self, index: usize, output: usize, source: &Flow) -> Flow {
        let Flow::Image(signal) = source else { return Flow::Constant };
        let paths = match &signal.paths {
            Paths::Along(layout) => {
                let layout = layout.clone();
                match self.cut(index, output, &layout) {
                    Some(cut) => self.paths_of(&cut),
                    None => return self.unclear(index, signal),
                }
            }
            paths => paths.clone(),
        };
        // Another part of the same value is not an elementwise function of this one.
        let is_uniform = matches!(paths, Paths::At(_)) && matches!(signal.paths, Paths::At(_));
        let part = self.fresh(paths, signal.obstacle);
        let whole = self.operation(index).reads().next();
        let which = whole.filter(|_| is_uniform).and_then(|whole| {
            let (axis, start, length) = self.range(index, output, whole)?;
            Some(PartOf { whole, axis, start, length })
        });
        Flow::Image(Signal { gate: signal.gate, hard: signal.hard, part: which, ..part })
    }

    /// Returns where paths arrive in a part of a value; `None` where that is not determined.
    fn cut(&self, index: usize, output: usize, layout: &Layout) -> Option<Layout> {
        let operation = self.operation(index);
        let whole = operation.reads().next()?;
        let at = axis_of(operation.int("dim").unwrap_or(0), self.rank(whole)?)?;
        if self.rank(whole) != Some(layout.rank()) {
            return None;
        }
        let step = operation.int("step").unwrap_or(1);
        let cut = if layout.axes[at].is_whole() {
            layout.clone()
        } else if step > 1 {
            let total = self.extent(whole, at)?;
            let (start, end) = self.bounds(operation, total)?;
            layout.taken(at, (start..end).step_by(usize::try_from(step).ok()?))?
        } else {
            let (at, start, length) = self.range(index, output, whole)?;
            if (start, Some(length)) == (0, self.extent(whole, at)) {
                layout.clone()
            } else {
                layout.range(at, start, length)?
            }
        };
        let drops_axis = matches!(base(operation), "select" | "unbind");
        Some(if drops_axis { cut.without(at) } else { cut })
    }

    /// Returns the first index of a slice and one past the last.
    fn bounds(&self, operation: &Operation, total: usize) -> Option<(usize, usize)> {
        let wrapped = |number: i64| {
            let total = i64::try_from(total).ok()?;
            usize::try_from(if number < 0 { number.saturating_add(total) } else { number }.clamp(0, total))
                .ok()
        };
        let start = bound(operation, "start", 0).and_then(wrapped)?;
        Some((start, bound(operation, "end", i64::MAX).and_then(wrapped)?))
    }

    /// Returns the signal of a reshaped value.
    pub(super) fn view(&mut self, index: usize, source: ValueId, value: ValueId, flow: &Flow) -> Flow {
        let Flow::Image(signal) = flow else { return Flow::Constant };
        let Paths::Along(layout) = &signal.paths else { return flow.clone() };
        let layout = layout.clone();
        let viewed = self.viewed_layout(index, source, value, &layout);
        let paths = self.paths_of(&viewed);
        Flow::Image(Signal { paths, ..signal.clone() })
    }

    fn viewed_layout(&self, index: usize, source: ValueId, value: ValueId, layout: &Layout) -> Layout {
        let (from, to) = (self.extents(source), self.extents(value));
        if let Some(order) = self.order_of_axes(index, layout.rank()) {
            return layout.permuted(&order);
        }
        match base(self.operation(index)) {
            "expand" | "expand_as" | "broadcast_to" => layout.with_rank(to.len()),
            "unfold" => Layout::unclear(&to, layout.ways()),
            _ => layout.reshaped(&from, &to),
        }
    }

    /// Returns the source axis of each axis of a view that only moves axes; `None` for another view.
    pub(super) fn order_of_axes(&self, index: usize, rank: usize) -> Option<Vec<usize>> {
        let operation = self.operation(index);
        let axes = |name: &str| -> Option<Vec<usize>> {
            operation.ints(name)?.into_iter().map(|axis| axis_of(axis, rank)).collect()
        };
        let mut order: Vec<usize> = (0..rank).collect();
        match base(operation) {
            "permute" => order = axes("dims").filter(|dims| dims.len() == rank)?,
            name @ ("transpose" | "swapaxes") => {
                let (a, b) = if name == "transpose" { ("dim0", "dim1") } else { ("axis0", "axis1") };
                order.swap(*axes(a)?.first()?, *axes(b)?.first()?);
            }
            "t" => order.reverse(),
            "movedim" => {
                let (from, to) = (axes("source")?, axes("destination")?);
                order.retain(|axis| !from.contains(axis));
                let mut moved: Vec<(usize, usize)> = to.into_iter().zip(from).collect();
                moved.sort_unstable();
                for (to, from) in moved {
                    order.insert(to.min(order.len()), from);
                }
            }
            _ => return None,
        }
        Some(order)
    }

    /// Returns where paths arrive in the source of a view after the view was changed.
    pub(super) fn source_layout(
        &self,
        index: usize,
        source: ValueId,
        view: ValueId,
        layout: &Layout,
    ) -> Layout {
        let (from, to) = (self.extents(view), self.extents(source));
        if let Some(order) = self.order_of_axes(index, layout.rank()) {
            let mut inverse = vec![0; order.len()];
            for (at, &axis) in order.iter().enumerate() {
                inverse[axis] = at;
            }
            return layout.permuted(&inverse);
        }
        match base(self.operation(index)) {
            "expand" | "expand_as" | "broadcast_to" | "unfold" => Layout::unclear(&to, layout.ways()),
            _ => layout.reshaped(&from, &to),
        }
    }

    pub(super) fn mean(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let Some(input) = operation.tensor("self") else { return self.lacking(index, "self") };
        let Flow::Image(signal) = self.read(input) else { return Flow::Constant };
        let Paths::Along(layout) = signal.paths.clone() else {
            let mean = self.fresh(signal.paths, signal.obstacle);
            return Flow::Image(Signal { gate: signal.gate, ..mean });
        };
        let axes = self.reduced_axes(index, input).unwrap_or_else(|| (0..layout.rank()).collect());
        let Some(averaged) = self.averaged(index, &layout, &axes) else {
            return self.unclear(index, &signal);
        };
        let averaged = self.without_axes(index, &averaged, axes);
        let paths = self.paths_of(&averaged);
        let mean = self.fresh(paths, signal.obstacle);
        Flow::Image(Signal { gate: signal.gate, ..mean })
    }

    /// Returns the axes of a reduction; `None` for all of them.
    pub(super) fn reduced_axes(&self, index: usize, input: ValueId) -> Option<Vec<usize>> {
        let rank = self.rank(input)?;
        let axes = self.operation(index).ints("dim").filter(|axes| !axes.is_empty())?;
        axes.into_iter()
            .map(|axis| axis_of(axis, rank))
            .collect::<Option<std::collections::BTreeSet<_>>>()
            .map(|axes| axes.into_iter().collect())
    }

    /// Traces a gated linear unit: the second half of the channels gates the first.
    pub(super) fn gated_halves(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let Some(input) = operation.tensor("self") else { return self.lacking(index, "self") };
        let Flow::Image(signal) = self.read(input) else { return Flow::Constant };
        let axis = self.rank(input).and_then(|rank| axis_of(operation.int("dim").unwrap_or(-1), rank));
        let paths = match (&signal.paths, axis) {
            (Paths::Along(layout), Some(axis)) if !layout.axes[axis].is_whole() => {
                let half = self.extent(input, axis).and_then(|total| layout.range(axis, 0, total / 2));
                let Some(half) = half else { return self.unclear(index, &signal) };
                self.paths_of(&half)
            }
            (paths, _) => paths.clone(),
        };
        Flow::Image(self.fresh(paths, signal.obstacle))
    }
}

impl Flow {
    pub(super) fn signal(&self) -> Option<&Signal> {
        match self {
            Self::Image(signal) => Some(signal),
            Self::Constant => None,
        }
    }
}

/// Returns an axis, which may be counted from the last.
pub(super) fn axis_of(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let axis = if axis < 0 { axis.checked_add(rank)? } else { axis };
    usize::try_from(axis).ok().filter(|_| axis < rank)
}

/// Returns the name of an operation without its overload and in-place suffix.
pub(super) fn base(operation: &Operation) -> &str {
    let name = operation.target.strip_prefix("aten.").unwrap_or(&operation.target);
    name.split('.').next().unwrap_or(name)
}

/// Returns a bound of a slice; `otherwise` where it is left out, and `None` where it is unknown.
fn bound(operation: &Operation, name: &str, otherwise: i64) -> Option<i64> {
    match operation.argument(name) {
        Argument::None => Some(otherwise),
        _ => operation.int(name),
    }
}
