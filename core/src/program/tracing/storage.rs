//! Views and in-place changes: the values that share their elements.
//!
//! An in-place operation changes its operand, and later readers see the new value. So do later readers of its
//! views and of the value that it is a view of.

use super::layout::Layout;
use super::signal::{Flow, Gate, Hard, PartOf, Paths, Signal};
use super::stacks::base;
use super::{TraceError, Tracer};
use crate::program::rules::{Rule, rule};
use crate::program::{Operation, ValueId};
use std::collections::HashSet;

/// The longest chain of views that is followed.
const MOST_VIEWS: usize = 64;

/// A value that shares its elements with another.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    source: ValueId,
    /// The operation that makes it; `None` for the source itself under another name.
    operation: Option<usize>,
    /// The index of the operation's output.
    output: usize,
    /// The number of views between it and the value that owns the elements.
    depth: usize,
}

/// Views, and the number of changes to the elements that they share.
#[derive(Debug, Default)]
pub(super) struct Storage {
    views: Vec<Option<View>>,
    roots: Vec<ValueId>,
    /// The number of changes to the elements of each root.
    changes: Vec<usize>,
    /// The number of changes at the time when each value's signal was found.
    found_at: Vec<usize>,
}

impl Storage {
    pub(super) fn new(values: usize) -> Self {
        Self {
            views: vec![None; values],
            roots: (0..values).map(ValueId::new).collect(),
            changes: vec![0; values],
            found_at: vec![0; values],
        }
    }

    /// Returns the values whose elements an operation has changed in place, except views of others.
    pub(super) fn changed(&self) -> HashSet<ValueId> {
        let changed = self.changes.iter().enumerate().filter(|&(_, &changes)| changes > 0);
        changed.map(|(value, _)| ValueId::new(value)).collect()
    }

    fn is_current(&self, value: ValueId) -> bool {
        self.found_at[value.index()] == self.changes[self.roots[value.index()].index()]
    }
}

impl Tracer<'_> {
    /// Returns the signal of a value after all in-place changes so far.
    pub(super) fn read(&mut self, value: ValueId) -> Flow {
        let mut stale = Vec::new();
        let mut at = value;
        while !self.storage.is_current(at) {
            stale.push(at);
            match self.storage.views[at.index()] {
                Some(view) => at = view.source,
                None => break,
            }
        }
        for value in stale.into_iter().rev() {
            if let Some(view) = self.storage.views[value.index()] {
                self.flows[value.index()] = self.viewed(view, value);
            }
            let root = self.storage.roots[value.index()];
            self.storage.found_at[value.index()] = self.storage.changes[root.index()];
        }
        self.flows[value.index()].clone()
    }

    fn viewed(&mut self, view: View, value: ValueId) -> Flow {
        let source = self.flows[view.source.index()].clone();
        match view.operation {
            None => source,
            Some(index) if matches!(self.rule_of(index), Some(Rule::Part)) => {
                self.part(index, view.output, &source)
            }
            Some(index) => {
                let before = self.flows[value.index()].clone();
                let after = self.view(index, view.source, value, &source);
                if may_copy(self.operation(index)) && !self.same_ways(&before, &after) {
                    return self.blocked(index, TraceError::ChangedInPlace(self.name_of(index)));
                }
                after
            }
        }
    }

    fn same_ways(&self, one: &Flow, other: &Flow) -> bool {
        match (one, other) {
            (Flow::Constant, Flow::Constant) => true,
            (Flow::Image(one), Flow::Image(other)) => self.ways(&one.paths) == self.ways(&other.paths),
            _ => false,
        }
    }

    /// Records that a value shares its elements with another.
    pub(super) fn share(&mut self, value: ValueId, source: ValueId, operation: Option<usize>, output: usize) {
        let depth = self.storage.views[source.index()].map_or(0, |view| view.depth) + 1;
        let root = self.storage.roots[source.index()];
        self.storage.views[value.index()] = Some(View { source, operation, output, depth });
        self.storage.roots[value.index()] = root;
        self.storage.found_at[value.index()] = self.storage.changes[root.index()];
    }

    /// Changes a value in place, together with the value that it is a view of.
    pub(super) fn write(&mut self, index: usize, value: ValueId, flow: Flow) {
        let root = self.storage.roots[value.index()];
        if self.storage.views[value.index()].is_some_and(|view| view.depth > MOST_VIEWS) {
            let blocked = self.blocked(index, TraceError::ChangedInPlace(self.name_of(index)));
            self.flows[root.index()] = blocked;
        }
        self.read(value);
        let mut changed = vec![value];
        self.flows[value.index()] = flow;
        let mut at = value;
        while let Some(view) = self.storage.views[at.index()].filter(|view| view.depth <= MOST_VIEWS) {
            let before = self.flows[view.source.index()].clone();
            let after = self.flows[at.index()].clone();
            self.flows[view.source.index()] = self.written_back(index, view, at, before, after);
            changed.push(view.source);
            at = view.source;
        }
        self.storage.changes[root.index()] += 1;
        for value in changed {
            self.storage.found_at[value.index()] = self.storage.changes[root.index()];
        }
    }

    /// Returns the signal of a view's source after the view was changed.
    fn written_back(&mut self, index: usize, view: View, value: ValueId, before: Flow, after: Flow) -> Flow {
        let Some(made_by) = view.operation else { return after };
        if matches!(self.rule_of(made_by), Some(Rule::Part)) {
            return self.scattered(index, made_by, view.output, view.source, before, after);
        }
        let may_copy = may_copy(self.operation(made_by));
        if may_copy && !self.same_ways(&before, &after) {
            return self.blocked(index, TraceError::ChangedInPlace(self.name_of(index)));
        }
        let Flow::Image(signal) = after else { return after };
        let Paths::Along(layout) = &signal.paths else { return Flow::Image(signal) };
        let layout = self.source_layout(made_by, view.source, value, layout);
        let paths = self.paths_of(&layout);
        Flow::Image(Signal { paths, ..signal })
    }

    /// Returns the signal of a value after a part of it was overwritten.
    ///
    /// # Arguments
    ///
    /// * `part` - the operation that determines the part
    pub(super) fn scattered(
        &mut self,
        index: usize,
        part: usize,
        output: usize,
        whole: ValueId,
        before: Flow,
        after: Flow,
    ) -> Flow {
        if matches!((&before, &after), (Flow::Constant, Flow::Constant)) {
            return Flow::Constant;
        }
        let obstacle = [&before, &after].into_iter().find_map(|flow| match flow {
            Flow::Image(signal) => signal.obstacle,
            Flow::Constant => None,
        });
        let paths = |flow: &Flow| match flow {
            Flow::Image(signal) => signal.paths.clone(),
            Flow::Constant => Paths::None,
        };
        let placed = self.range(part, output, whole).and_then(|(at, start, length)| {
            let rank = self.rank(whole)?;
            let total = self.extent(whole, at)?;
            let old = paths(&before).layout(rank);
            let drops_axis = matches!(base(self.operation(part)), "select" | "select_scatter" | "unbind");
            let new = if drops_axis {
                paths(&after).layout(rank - 1).with_axis(at)
            } else {
                paths(&after).layout(rank)
            };
            let end = start.checked_add(length).filter(|&end| end <= total)?;
            let mut places = Vec::new();
            for (from, to) in [(0, start), (end, total)] {
                if from < to {
                    let part = PartOf { whole, axis: at, start: from, length: to - from };
                    places.push((old.range(at, from, to - from)?, Some(to - from), Some(part)));
                }
            }
            if length > 0 {
                // The result of elementwise functions is still the part that the operand was.
                let part = PartOf { whole, axis: at, start, length };
                let own = after.signal().and_then(|signal| signal.part).filter(|&own| own == part);
                places.insert(usize::from(start > 0), (new, Some(length), own));
            }
            (!places.is_empty()).then_some((at, places))
        });
        let placed = placed.map(|(at, places)| {
            let parts: Vec<Option<PartOf>> = places.iter().map(|place| place.2).collect();
            let (layouts, extents): (Vec<_>, Vec<_>) =
                places.into_iter().map(|(layout, extent, _)| (layout, extent)).unzip();
            let apart = self.told_apart(layouts, &parts);
            Layout::concatenated(&apart.into_iter().zip(extents).collect::<Vec<_>>(), at)
        });
        // If it is unknown which part is overwritten, both old and new paths may continue.
        let Some(placed) = placed else {
            return self.blocked(index, TraceError::ChangedInPlace(self.name_of(index)));
        };
        let paths = self.paths_of(&placed);
        let mut signal = self.fresh(paths, obstacle);
        signal.gate = Gate::No;
        signal.hard = Hard::No;
        Flow::Image(signal)
    }
}

/// Returns whether an operation shares or copies the elements of its argument depending on their layout in
/// memory.
fn may_copy(operation: &Operation) -> bool {
    let names =
        ["reshape", "reshape_as", "flatten", "contiguous", "to", "float", "double", "half", "type_as"];
    names.iter().any(|name| {
        operation.target.strip_prefix("aten.").and_then(|rest| rest.split('.').next()) == Some(name)
    })
}

/// Returns whether the outputs of an operation share the elements of its first tensor.
pub(super) fn makes_views(operation: &Operation) -> bool {
    matches!(rule(&operation.target), Some((Rule::View | Rule::Part | Rule::Dropout, false)))
        && !operation.target.contains("_copy") // `_to_copy`, `detach_copy` and `lift_fresh_copy` make a tensor of their own.
}
