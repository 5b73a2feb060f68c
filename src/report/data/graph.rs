//! The unrolled graph of a model, from which the page computes everything anew for other readout modes and numbers of
//! iterations.
//!
//! The unrolling for fewer iterations is the part of the whole one that leads to ends at these iterations, so one graph is
//! enough for all.

use pathscope_core::analysis::report::{ComponentRow, component_rows};
use pathscope_core::analysis::{Analysis, CheckpointSubject, Subject};
use pathscope_core::circuit::{Normalization, Readout};
use pathscope_core::graph::ComponentGraph;
use pathscope_core::graph::unroll::Component;
use pathscope_core::paths::Magnitude;
use pathscope_core::paths::lengths::work;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most nodes, edges and readings of ends in a page together.
const MOST_PARTS: usize = 60_000;
/// The most additions that a page does for a new number of iterations; a hundred thousand take a tenth of a second.
const MOST_WORK: f64 = 1e6;

/// The graph of a model.
#[derive(Debug, Serialize)]
pub(super) struct GraphData {
    /// T; `None` for a program.
    iterations: Option<usize>,
    /// The readout mode that the checkpoint names.
    mode: Option<Readout>,
    /// The names of the components, by number.
    names: Vec<String>,
    kinds: Vec<&'static str>,
    shapes: Vec<Option<Vec<usize>>>,
    /// The roles of the connections that components belong to.
    roles: Vec<Option<&'static str>>,
    strengths: Vec<f64>,
    /// How much each component adds to the length of a path.
    lengths: Vec<usize>,
    /// The place of each component among `rolled_names`.
    rolled: Vec<usize>,
    /// The names of components without their iteration.
    rolled_names: Vec<String>,
    /// The names of the recurrent blocks.
    blocks: Vec<String>,
    /// The component of each node; -1 for the source and for sums.
    components: Vec<isize>,
    predecessors: Vec<Vec<usize>>,
    /// The block and iteration of each node; `None` for a program.
    places: Option<Vec<[usize; 2]>>,
    ends: Vec<EndData>,
    /// The iterations that take part in the readout.
    readout_iterations: Vec<usize>,
    /// Whether every path is a chain of its own.
    separate: bool,
}

/// An end of the graph.
#[derive(Debug, Serialize)]
struct EndData {
    node: usize,
    /// The iterations at which it is read out; empty for a program.
    iterations: Vec<usize>,
}

impl GraphData {
    /// Returns the graph of an analysis, or why a page cannot have it.
    pub(super) fn new(analysis: &Analysis) -> Result<Self, String> {
        let graph = analysis.graph();
        let checkpoint = analysis.checkpoint();
        let readings: usize =
            checkpoint.map_or(0, |of| of.model.unrolled.end_iterations().iter().map(Vec::len).sum());
        let (nodes, edges) = (graph.node_count(), graph.edge_count());
        if nodes + edges + readings > MOST_PARTS || work(graph) > MOST_WORK {
            return Err(format!(
                "The unrolled graph has {nodes} nodes and {edges} edges, more than a page computes with in an instant. These are the numbers of `pathscope analyze`; `pathscope graph` draws the graph."
            ));
        }
        let rows = component_rows(analysis);
        let (rolled, rolled_names) = numbered(rolled_names(analysis, &rows));
        Ok(Self {
            iterations: checkpoint.map(|of| of.model.circuit.iterations),
            mode: checkpoint.and_then(|of| of.model.circuit.readout),
            strengths: (0..rows.len())
                .map(|component| analysis.strengths.of_component(component).ratio(Magnitude::ONE))
                .collect(),
            lengths: lengths(graph),
            rolled,
            rolled_names,
            blocks: checkpoint.map_or_else(Vec::new, |of| {
                of.model.circuit.blocks.iter().map(|block| block.name.clone()).collect()
            }),
            components: graph
                .nodes()
                .map(|node| graph.component(node).map_or(-1, |component| component as isize))
                .collect(),
            predecessors: graph
                .nodes()
                .map(|node| graph.predecessors(node).iter().map(|before| before.index()).collect())
                .collect(),
            places: checkpoint.map(|of| places(of, graph)),
            ends: ends(checkpoint, graph),
            readout_iterations: checkpoint
                .map_or_else(Vec::new, |of| of.model.unrolled.readout_iterations().to_vec()),
            separate: checkpoint.is_some_and(|of| {
                of.model.circuit.blocks.iter().any(|block| block.normalization == Normalization::PerPath)
            }),
            roles: rows.iter().map(|row| row.place.and_then(|place| place.role)).collect(),
            kinds: rows.iter().map(|row| row.kind).collect(),
            shapes: rows.iter().map(|row| row.shape.clone()).collect(),
            names: rows.into_iter().map(|row| row.name).collect(),
        })
    }
}

fn lengths(graph: &ComponentGraph) -> Vec<usize> {
    let mut lengths = vec![0; graph.component_count()];
    for node in graph.nodes() {
        if let Some(component) = graph.component(node) {
            lengths[component] = graph.length(node);
        }
    }
    lengths
}

fn places(checkpoint: &CheckpointSubject, graph: &ComponentGraph) -> Vec<[usize; 2]> {
    let place = |node| {
        let place = checkpoint.model.unrolled.place(node);
        [place.block, place.iteration]
    };
    graph.nodes().map(place).collect()
}

fn ends(checkpoint: Option<&CheckpointSubject>, graph: &ComponentGraph) -> Vec<EndData> {
    let iterations =
        |end: usize| checkpoint.map_or_else(Vec::new, |of| of.model.unrolled.end_iterations()[end].clone());
    let ends = graph.ends().iter().enumerate();
    ends.map(|(end, node)| EndData { node: node.index(), iterations: iterations(end) }).collect()
}

/// Returns what a component is called in the rolled graph, where it is not of one iteration.
fn rolled_names(analysis: &Analysis, rows: &[ComponentRow]) -> Vec<String> {
    let Subject::Checkpoint(checkpoint) = &analysis.subject else {
        return rows.iter().map(|row| row.name.clone()).collect();
    };
    let model = &checkpoint.model;
    let rolled = |component: &Component| match *component {
        Component::Convolution { connection, .. } => Component::Convolution { connection, iteration: None },
        Component::Normalization { block, .. } => {
            Component::Normalization { block, iteration: None, path_use: 0 }
        }
        Component::ConnectionNormalization { connection, .. } => {
            Component::ConnectionNormalization { connection, iteration: None }
        }
        identity @ Component::Identity { .. } => identity,
    };
    let components = model.unrolled.components().iter();
    components.map(|component| rolled(component).name(&model.circuit).to_string()).collect()
}

/// Returns the number of each name, and each name once.
fn numbered(names: Vec<String>) -> (Vec<usize>, Vec<String>) {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut once = Vec::new();
    let number = |name: String| {
        *numbers.entry(name.clone()).or_insert_with(|| {
            once.push(name);
            once.len() - 1
        })
    };
    (names.into_iter().map(number).collect(), once)
}
