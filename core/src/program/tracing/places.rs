//! The tracking of places in a value where paths arrive.

use super::layers::{FactorOf, FactorValue};
use super::layout::{Layout, Way, Ways};
use super::signal::{Flow, PartOf, Paths, Signal};
use super::{TraceError, Tracer};
use crate::graph::Part;
use crate::program::ValueId;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

impl Tracer<'_> {
    /// Returns a new mark, which distinguishes another way at a node.
    pub(super) fn new_mark(&mut self) -> usize {
        self.marks += 1;
        self.marks
    }

    /// Returns the extents of a value; `None` for an extent that is known only when the program runs.
    pub(super) fn extents(&self, value: ValueId) -> Vec<Option<usize>> {
        let extent = |extent: &crate::program::Extent| usize::try_from(extent.known()?).ok();
        self.shape(value).unwrap_or_default().iter().map(extent).collect()
    }

    /// Returns the layouts with new marks for ways that several of them have, unless they are different parts
    /// of one value.
    pub(super) fn told_apart(&mut self, layouts: Vec<Layout>, parts: &[Option<PartOf>]) -> Vec<Layout> {
        let mut seen: HashMap<Way, Vec<Option<PartOf>>> = HashMap::new();
        let mut apart = Vec::with_capacity(layouts.len());
        for (layout, &part) in layouts.into_iter().zip(parts) {
            let mut marked: HashMap<Way, Way> = HashMap::new();
            for way in layout.ways() {
                let before = seen.entry(way).or_default();
                let is_other_part = |other: &Option<PartOf>| {
                    part.zip(*other).is_some_and(|(part, other)| part.is_apart(other))
                };
                if before.iter().all(is_other_part) {
                    before.push(part);
                } else {
                    let mark = self.new_mark();
                    marked.insert(way, Way { mark, ..way });
                }
            }
            let layout = layout.with_ways(|way| Some(marked.get(&way).copied().unwrap_or(way)));
            apart.push(layout);
        }
        apart
    }

    /// Returns the paths of a sum of values.
    pub(super) fn summed(&mut self, all: &[Paths]) -> Paths {
        let ranks = all.iter().filter_map(|paths| match paths {
            Paths::Along(layout) => Some(layout.rank()),
            _ => None,
        });
        let Some(rank) = ranks.max() else {
            let before: Vec<_> = all.iter().flat_map(Paths::ways).map(|way| way.node).collect();
            return Paths::At(self.graph.add(Part::Sum, before));
        };
        let layouts = all.iter().map(|paths| paths.layout(rank)).collect();
        let layouts = self.told_apart(layouts, &vec![None; all.len()]);
        self.paths_of(&Layout::sum(&layouts))
    }

    /// Returns the paths that arrive as a layout states. Ways that lead to the same places are joined.
    pub(super) fn paths_of(&mut self, layout: &Layout) -> Paths {
        let layout = layout.bounded();
        let mut places: BTreeMap<Way, Vec<usize>> = BTreeMap::new();
        for (place, ways) in layout.cells.iter().enumerate() {
            for &way in ways {
                places.entry(way).or_default().push(place);
            }
        }
        let mut alike: BTreeMap<Vec<usize>, Vec<Way>> = BTreeMap::new();
        for (way, places) in places {
            alike.entry(places).or_default().push(way);
        }
        let mut joined: HashMap<Way, Option<Way>> = HashMap::new();
        for ways in alike.into_values().filter(|ways| ways.len() > 1) {
            let sum = self.graph.add(Part::Sum, ways.iter().map(|way| way.node));
            joined.extend(ways.iter().map(|&way| (way, None)));
            joined.insert(ways[0], Some(Way { node: sum, mark: 0 }));
        }
        let layout = layout.with_ways(|way| joined.get(&way).copied().unwrap_or(Some(way))).simplified();
        match layout.cells.first() {
            Some(ways) if layout.cells.len() == 1 && layout.is_clear() => {
                ways.first().map_or(Paths::None, |way| Paths::At(way.node))
            }
            _ if layout.cells.iter().all(Ways::is_empty) => Paths::None,
            _ => Paths::Along(Rc::new(layout)),
        }
    }

    /// Returns the same paths at unknown places, unless they arrive everywhere.
    pub(super) fn spread(&mut self, paths: &Paths, value: Option<ValueId>) -> Paths {
        match (paths, value) {
            (Paths::Along(layout), Some(value)) => {
                let unclear = Layout::unclear(&self.extents(value), layout.ways());
                self.paths_of(&unclear)
            }
            (paths, _) => self.at_one_node(paths),
        }
    }

    /// Returns the paths of each of several values that are combined elementwise. A value that is broadcast
    /// along an axis gets a separate way to every place there if paths to another value differ along that
    /// axis.
    pub(super) fn repeated_along(&mut self, mut operands: Vec<(Paths, Vec<Option<usize>>)>) -> Vec<Paths> {
        let rank = operands.iter().map(|(_, shape)| shape.len()).max().unwrap_or(0);
        for (_, shape) in &mut operands {
            let missing = rank - shape.len();
            shape.splice(0..0, vec![Some(1); missing]);
        }
        for at in 0..rank {
            let divided = operands.iter().find_map(|(paths, _)| match paths {
                Paths::Along(layout) if layout.rank() == rank && layout.axes[at].extents.len() > 1 => {
                    Some(layout.axes[at].clone())
                }
                _ => None,
            });
            let Some(axis) = divided else { continue };
            for (paths, shape) in &mut operands {
                if shape[at] == Some(1) && paths.any() {
                    let layout = paths.layout(rank);
                    let copies: Vec<(Layout, Option<usize>)> =
                        axis.extents.iter().map(|&extent| (layout.clone(), Some(extent))).collect();
                    let (layouts, extents): (Vec<_>, Vec<_>) = copies.into_iter().unzip();
                    let parts = vec![None; layouts.len()];
                    let apart = self.told_apart(layouts, &parts);
                    let copies: Vec<_> = apart.into_iter().zip(extents).collect();
                    *paths = Paths::Along(Rc::new(Layout::concatenated(&copies, at)));
                }
            }
        }
        operands.into_iter().map(|(paths, _)| paths).collect()
    }

    /// Returns the paths after a mean over some axes: each way is weighted by the fraction of places that it
    /// leads to.
    pub(super) fn averaged(&mut self, index: usize, layout: &Layout, axes: &[usize]) -> Option<Layout> {
        if axes.iter().any(|&at| !layout.axes[at].clear || layout.axes[at].symbolic) {
            return None;
        }
        let mut sum: Option<Layout> = None;
        for way in layout.ways() {
            let shares = layout.shares(axes, way);
            let mut nodes: BTreeMap<u64, Way> = BTreeMap::new();
            for &share in shares.iter().filter(|&&share| share > 0.0) {
                nodes.entry(share.to_bits()).or_insert_with(|| {
                    let value = FactorValue::Literal(share);
                    let scaled = self.scaled(index, &Paths::At(way.node), None, value, FactorOf::Itself);
                    let node = scaled.ways().first().map_or(way.node, |way| way.node);
                    Way { node, mark: way.mark }
                });
            }
            let mut reduced = axes.iter().fold(layout.clone(), |layout, &at| layout.joined(at));
            reduced.cells = shares.map(|share| nodes.get(&share.to_bits()).copied().into_iter().collect());
            sum = Some(match sum {
                None => reduced,
                Some(before) => {
                    let apart = self.told_apart(vec![before, reduced], &[None, None]);
                    Layout::sum(&apart)
                }
            });
        }
        sum
    }

    /// Returns the signal of a value where it is unknown which paths lead to it.
    pub(super) fn unclear(&mut self, index: usize, signal: &Signal) -> Flow {
        let paths = self.at_one_node(&signal.paths);
        let joined = Signal { paths, ..signal.clone() };
        self.blocked_after(index, joined, TraceError::UnclearPlace(self.name_of(index)))
    }
}
