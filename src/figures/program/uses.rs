//! The parts of a program's figure: uses of rows, sums between them, and the amounts that pass from one to
//! the next.

use super::fold::Folding;
use crate::figures::flow::{Flow, ln_sum};
use pathscope_core::program::ProgramGraph;
use petgraph::graph::NodeIndex;
use std::collections::{BTreeMap, HashMap};

/// The kind of a part of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The place where paths begin.
    Source,
    /// A use of a row.
    Use(usize),
    /// A sum or another place where paths meet.
    Sum,
}

/// A part of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drawn {
    /// The kind of the part.
    pub kind: Kind,
    /// The natural logarithm of the amount that passes through it.
    pub amount: f64,
}

/// The parts of a figure in topological order, the source first.
#[derive(Clone, Debug)]
pub(super) struct Uses {
    /// The parts.
    pub parts: Vec<Drawn>,
    /// The natural logarithm of the amount that passes from one part to another, by pairs of parts.
    pub edges: BTreeMap<(usize, usize), f64>,
    /// The natural logarithm of the amount that ends at a part, for parts where paths end.
    pub ends: BTreeMap<usize, f64>,
}

impl Uses {
    /// Collects the uses of rows. Consecutive nodes within one call of a module or component form one use. A
    /// sum whose terms all come from one part is not drawn.
    pub(super) fn new(program: &ProgramGraph, folding: &Folding, flow: &Flow) -> Self {
        let graph = &program.graph;
        let mut uses = Self {
            parts: vec![Drawn { kind: Kind::Source, amount: flow.nodes[0] }],
            edges: BTreeMap::new(),
            ends: BTreeMap::new(),
        };
        let mut joints = Joints::new(program);
        let mut part_of = vec![0; graph.node_count()];
        // The place of the last part if it is a use, to which further nodes of the same call belong.
        let mut last_place = None;
        for node in graph.nodes().skip(1) {
            let place = folding.places[node.index()];
            let before: Vec<usize> =
                graph.predecessors(node).iter().map(|before| part_of[before.index()]).collect();
            let part = match (place, before.as_slice()) {
                (Some(_), _) if place == last_place => uses.parts.len() - 1,
                (None, [first, rest @ ..]) if rest.iter().all(|other| other == first) => {
                    part_of[node.index()] = *first;
                    continue;
                }
                _ => {
                    joints.make(graph.predecessors(node), &before, || uses.push(Kind::Sum));
                    last_place = place;
                    uses.push(place.map_or(Kind::Sum, |(row, _)| Kind::Use(row)))
                }
            };
            part_of[node.index()] = part;
            match joints.of(graph.predecessors(node)) {
                None => uses.enter(node, part, &before, flow),
                Some(joint) => {
                    uses.enter(node, joint, &before, flow);
                    let amount = flow.edges[node.index()].iter().copied().fold(f64::NEG_INFINITY, ln_sum);
                    uses.pass(joint, part, amount);
                }
            }
        }
        for (end, &amount) in graph.ends().iter().zip(&flow.readout) {
            let drawn = uses.ends.entry(part_of[end.index()]).or_insert(f64::NEG_INFINITY);
            *drawn = ln_sum(*drawn, amount);
        }
        uses
    }

    fn push(&mut self, kind: Kind) -> usize {
        self.parts.push(Drawn { kind, amount: f64::NEG_INFINITY });
        self.parts.len() - 1
    }

    /// Adds the edges into a node that come from parts other than its own.
    fn enter(&mut self, node: NodeIndex, part: usize, before: &[usize], flow: &Flow) {
        for (&from, &amount) in
            before.iter().zip(&flow.edges[node.index()]).filter(|(from, _)| **from != part)
        {
            self.pass(from, part, amount);
        }
    }

    fn pass(&mut self, from: usize, to: usize, amount: f64) {
        let edge = self.edges.entry((from, to)).or_insert(f64::NEG_INFINITY);
        *edge = ln_sum(*edge, amount);
        let through = &mut self.parts[to].amount;
        *through = ln_sum(*through, amount);
    }

    /// Returns for each part the parts that lead to it.
    pub(super) fn before(&self) -> Vec<Vec<usize>> {
        let mut before = vec![Vec::new(); self.parts.len()];
        for &(from, to) in self.edges.keys() {
            before[to].push(from);
        }
        before
    }

    /// Returns the uses of each row.
    pub(super) fn of_rows(&self, rows: usize) -> Vec<Vec<usize>> {
        let mut of_rows = vec![Vec::new(); rows];
        for (number, part) in self.parts.iter().enumerate() {
            if let Kind::Use(row) = part.kind {
                of_rows[row].push(number);
            }
        }
        of_rows
    }

    /// Returns the largest amount on an edge or at an end of paths.
    pub(super) fn largest(&self) -> f64 {
        self.edges.values().chain(self.ends.values()).copied().fold(f64::NEG_INFINITY, f64::max)
    }
}

/// The points where several values meet before more than one node reads the result.
struct Joints<'a> {
    /// The number of readers of a result and the part drawn for it, by the nodes that the result comes from.
    by_nodes: HashMap<&'a [NodeIndex], (usize, Option<usize>)>,
}

impl<'a> Joints<'a> {
    fn new(program: &'a ProgramGraph) -> Self {
        let mut by_nodes: HashMap<&[NodeIndex], (usize, Option<usize>)> = HashMap::new();
        for node in program.graph.nodes() {
            by_nodes.entry(program.graph.predecessors(node)).or_default().0 += 1;
        }
        by_nodes.retain(|nodes, (readers, _)| nodes.len() > 1 && *readers > 1);
        Self { by_nodes }
    }

    /// Makes the part where some nodes meet, if it is needed and does not exist yet.
    ///
    /// # Arguments
    ///
    /// * `parts` - the parts that the nodes belong to
    fn make(&mut self, nodes: &[NodeIndex], parts: &[usize], push: impl FnOnce() -> usize) {
        let several = parts.iter().any(|part| part != &parts[0]);
        if let Some((_, joint @ None)) = self.by_nodes.get_mut(nodes).filter(|_| several) {
            *joint = Some(push());
        }
    }

    fn of(&self, nodes: &[NodeIndex]) -> Option<usize> {
        self.by_nodes.get(nodes)?.1
    }
}
