//! Concatenations and stacks, the parts that are taken of them, and means over them.

use super::Tracer;
use super::layers::{FactorOf, FactorValue};
use super::names;
use super::signal::{Along, Flow, Gate, Hard, Paths, Piece, Signal};
use crate::program::{Argument, Operation, ValueId};
use petgraph::graph::NodeIndex;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The most pieces that are told apart along an axis.
const MOST_PIECES: usize = 4096;

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
        let mut pieces = Some(Vec::new());
        for (flow, &value) in flows.iter().zip(&tensors) {
            let extent = if stacked { Some(1) } else { axis.and_then(|axis| self.extent(value, axis)) };
            let paths = flow.signal().map_or(Paths::None, |signal| signal.paths.clone());
            let more = self.pieces_of(&paths, if stacked { None } else { axis }, extent);
            pieces = pieces.zip(more).map(|(mut pieces, more)| {
                pieces.extend(more);
                pieces
            });
        }
        let paths = match (axis, pieces.filter(|pieces| pieces.len() <= MOST_PIECES)) {
            (Some(axis), Some(pieces)) => Paths::along(axis, pieces, are_parts_of_one_value(&signals)),
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

    /// The pieces of one of several concatenated values.
    fn pieces_of(&mut self, paths: &Paths, axis: Option<usize>, extent: Option<usize>) -> Option<Vec<Piece>> {
        let extent = extent?;
        if let Some((pieces, false)) = axis.and_then(|axis| paths.pieces(axis, extent)) {
            return Some(pieces);
        }
        let node = match self.at_one_node(paths) {
            Paths::At(node) => Some(node),
            _ => None,
        };
        Some(vec![Piece { node, extent }])
    }

    /// Which part of its argument an output of an operation is: axis, start and length.
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

    /// What is known of a part of a value.
    pub(super) fn part(&mut self, index: usize, output: usize, source: &Flow) -> Flow {
        let Flow::Image(signal) = source else { return Flow::Constant };
        let Paths::Along(along) = &signal.paths else {
            // Another part of the same value is no function of this one element by element.
            let part = self.fresh(signal.paths.clone(), signal.obstacle);
            let which = Some(names::part(self.operation(index), output));
            return Flow::Image(Signal { gate: signal.gate, hard: signal.hard, part: which, ..part });
        };
        let along = along.clone();
        let Some(whole) = self.operation(index).reads().next() else { return source.clone() };
        let drops_axis = matches!(base(self.operation(index)), "select" | "unbind");
        let paths = match self.range(index, output, whole) {
            Some((axis, start, length)) if axis == along.axis => {
                let pieces = along.range(start, length);
                let paths = Paths::along(axis, pieces, along.of_one_value);
                if drops_axis { self.at_one_node(&paths) } else { paths }
            }
            Some((axis, ..)) if drops_axis && axis < along.axis => signal.paths.with_axis(|axis| axis - 1),
            Some(_) => signal.paths.clone(),
            None => self.at_one_node(&signal.paths),
        };
        let part = self.fresh(paths, signal.obstacle);
        Flow::Image(Signal { gate: signal.gate, hard: signal.hard, ..part })
    }

    /// What is known of a value under another shape.
    pub(super) fn view(&mut self, index: usize, source: ValueId, value: ValueId, flow: &Flow) -> Flow {
        let Flow::Image(signal) = flow else { return Flow::Constant };
        let paths = match &signal.paths {
            Paths::Along(along) => match self.moved_axis(index, source, value, along.axis) {
                Some(axis) => signal.paths.with_axis(|_| axis),
                None => match self.stacked_again(source, value, along) {
                    Some(pieces) => Paths::along(along.axis, pieces, along.of_one_value),
                    None => self.at_one_node(&signal.paths),
                },
            },
            paths => paths.clone(),
        };
        Flow::Image(Signal { paths, ..signal.clone() })
    }

    /// Where an axis of a value is in a view of it.
    fn moved_axis(&self, index: usize, source: ValueId, view: ValueId, axis: usize) -> Option<usize> {
        let operation = self.operation(index);
        let rank = self.rank(source)?;
        let own_axis = |name: &str| axis_of(operation.int(name)?, rank);
        match base(operation) {
            "permute" => {
                let order = operation.ints("dims")?;
                order.iter().position(|&dim| axis_of(dim, rank) == Some(axis))
            }
            name @ ("transpose" | "swapaxes") => {
                let (a, b) = if name == "transpose" { ("dim0", "dim1") } else { ("axis0", "axis1") };
                let (a, b) = (own_axis(a)?, own_axis(b)?);
                Some(if axis == a {
                    b
                } else if axis == b {
                    a
                } else {
                    axis
                })
            }
            "t" => Some(rank.checked_sub(axis + 1)?),
            "unsqueeze" => {
                let at = axis_of(operation.int("dim")?, rank + 1)?;
                Some(if axis < at { axis } else { axis + 1 })
            }
            "expand" | "expand_as" | "broadcast_to" => {
                let more = self.rank(view)?.checked_sub(rank)?;
                (self.extent(source, axis)? == self.extent(view, axis + more)?).then_some(axis + more)
            }
            _ => self.axis_by_extents(source, view, axis),
        }
    }

    /// Where an axis is after a reshape that leaves it and the number of elements before or after it.
    fn axis_by_extents(&self, source: ValueId, view: ValueId, axis: usize) -> Option<usize> {
        let (from, to) = (self.shape(source)?, self.shape(view)?);
        let extent = from.get(axis)?.known()?;
        let product = |extents: &[crate::program::Extent]| {
            extents.iter().try_fold(1i64, |product, extent| product.checked_mul(extent.known()?))
        };
        let fits = |at: usize| {
            let same = |a: &[crate::program::Extent], b: &[crate::program::Extent]| {
                product(a).zip(product(b)).is_some_and(|(a, b)| a == b)
            };
            to[at].known() == Some(extent)
                && (same(&from[..axis], &to[..at]) || same(&from[axis + 1..], &to[at + 1..]))
        };
        (0..to.len()).find(|&at| fits(at))
    }

    /// The pieces along a view's axis after a reshape that makes a stack of a concatenation along that axis, as the
    /// decomposition of a stack does: the axis becomes one for the pieces and one within each.
    fn stacked_again(&self, source: ValueId, view: ValueId, along: &Along) -> Option<Vec<Piece>> {
        let (from, to) = (self.shape(source)?, self.shape(view)?);
        let axis = along.axis;
        if from.get(..axis)? != to.get(..axis)? || from.get(axis + 1..)? != to.get(axis + 2..)? {
            return None;
        }
        let within = self.extent(view, axis + 1).filter(|&within| within > 0)?;
        let pieces = along.pieces.iter().map(|piece| Piece { extent: piece.extent / within, ..*piece });
        along.pieces.iter().all(|piece| piece.extent % within == 0).then(|| pieces.collect())
    }

    pub(super) fn mean(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let Some(input) = operation.tensor("self") else { return self.lacking(index, "self") };
        let Flow::Image(signal) = self.read(input) else { return Flow::Constant };
        let Paths::Along(along) = signal.paths.clone() else {
            let mean = self.fresh(signal.paths, signal.obstacle);
            return Flow::Image(Signal { gate: signal.gate, ..mean });
        };
        let axes = self.reduced_axes(index, input);
        let paths = if axes.as_ref().is_none_or(|axes| axes.contains(&along.axis)) {
            let total = along.total();
            let mut pieces = Vec::new();
            for piece in &along.pieces {
                let share = FactorValue::Literal(piece.extent as f64 / total as f64);
                let one = piece.node.map_or(Paths::None, Paths::At);
                let scaled = self.scaled(index, &one, None, share, FactorOf::Itself);
                let node = if let Paths::At(node) = scaled { Some(node) } else { None };
                pieces.push(Piece { node, extent: piece.extent });
            }
            self.at_one_node(&Paths::along(along.axis, pieces, false))
        } else {
            let kept = operation.bool("keepdim").unwrap_or(false);
            let before = axes.iter().flatten().filter(|&&axis| axis < along.axis).count();
            signal.paths.with_axis(|axis| if kept { axis } else { axis - before })
        };
        let mean = self.fresh(paths, signal.obstacle);
        Flow::Image(Signal { gate: signal.gate, ..mean })
    }

    /// The axes that a reduction is over; `None` for all of them.
    fn reduced_axes(&self, index: usize, input: ValueId) -> Option<BTreeSet<usize>> {
        let rank = self.rank(input)?;
        let axes = self.operation(index).ints("dim").filter(|axes| !axes.is_empty())?;
        axes.into_iter().map(|axis| axis_of(axis, rank)).collect::<Option<BTreeSet<_>>>()
    }

    /// The first half of the channels, which the second gates.
    pub(super) fn gated_halves(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let Some(input) = operation.tensor("self") else { return self.lacking(index, "self") };
        let Flow::Image(signal) = self.read(input) else { return Flow::Constant };
        let axis = self.rank(input).and_then(|rank| axis_of(operation.int("dim").unwrap_or(-1), rank));
        let paths = match (&signal.paths, axis) {
            (Paths::Along(along), Some(axis)) if along.axis == axis => {
                Paths::along(axis, along.range(0, along.total() / 2), along.of_one_value)
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

/// Whether those of several values whose paths arrive at the same node are different parts of one value.
fn are_parts_of_one_value(signals: &[&Signal]) -> bool {
    let mut parts_at: HashMap<NodeIndex, HashSet<u64>> = HashMap::new();
    signals.iter().all(|signal| match (&signal.paths, signal.part) {
        (Paths::None, _) => true,
        (Paths::At(node), Some(part)) => parts_at.entry(*node).or_default().insert(part),
        (Paths::At(node), None) => parts_at.insert(*node, HashSet::new()).is_none(),
        (Paths::Along(_), _) => false,
    })
}

/// An axis that may be counted from the last.
pub(super) fn axis_of(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let axis = if axis < 0 { axis.checked_add(rank)? } else { axis };
    usize::try_from(axis).ok().filter(|_| axis < rank)
}

/// The name of an operation without its overload and the underscore of its form in place.
pub(super) fn base(operation: &Operation) -> &str {
    let name = operation.target.strip_prefix("aten.").unwrap_or(&operation.target);
    name.split('.').next().unwrap_or(name)
}

/// A bound of a slice; `otherwise` where it is left out, and nothing where it is not known.
fn bound(operation: &Operation, name: &str, otherwise: i64) -> Option<i64> {
    match operation.argument(name) {
        Argument::None => Some(otherwise),
        _ => operation.int(name),
    }
}
