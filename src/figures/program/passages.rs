//! The numbers of paths from one row of a program to the next.

use super::ADVICE;
use super::fold::Folding;
use crate::figures::FigureError;
use pathscope_core::paths::PathCount;
use pathscope_core::paths::through::PathsThrough;
use pathscope_core::program::ProgramGraph;
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;

/// A place that paths go through: 0 where they begin, then the rows, then the place where they end.
pub(super) type Station = usize;

/// The number of paths that go directly from one station to another, by pairs of stations.
pub(super) type Passages = BTreeMap<(Station, Station), PathCount>;

/// The most ways to sums held in memory. Legible figures have a few thousand.
const MOST_WAYS: usize = 1_000_000;

/// Counts the paths that go directly from one station to another. A path that goes this way several times
/// counts each time. Sums that belong to no row are not stations.
///
/// # Errors
///
/// [`FigureError::TooLarge`] if too many ways lead to sums to be held in memory.
///
/// # Complexity
///
/// O(edges · rows).
pub(super) fn passages(program: &ProgramGraph, folding: &Folding) -> Result<Passages, FigureError> {
    let graph = &program.graph;
    let through = PathsThrough::new(graph, &vec![1.0; graph.ends().len()]);
    let station = |node: NodeIndex| match folding.places[node.index()] {
        Some((row, _)) => Some(row + 1),
        None if node == graph.source() => Some(0),
        None => None,
    };
    let mut passages = Passages::new();
    let mut add =
        |from, to, count: &PathCount| *passages.entry((from, to)).or_insert(PathCount::ZERO) += count;
    // For nodes that are not stations, the number of ways to them by the last station on the way.
    let mut ways_to: Vec<BTreeMap<Station, PathCount>> = vec![BTreeMap::new(); graph.node_count()];
    let mut held = 0;
    for node in graph.nodes().skip(1) {
        let here = station(node);
        let mut arriving: BTreeMap<Station, PathCount> = BTreeMap::new();
        for &before in graph.predecessors(node) {
            let within_one_use =
                here.is_some() && folding.places[before.index()] == folding.places[node.index()];
            match station(before) {
                Some(_) if within_one_use => {}
                Some(from) => {
                    *arriving.entry(from).or_insert(PathCount::ZERO) += &through.reaching(before);
                }
                None => {
                    for (&from, ways) in &ways_to[before.index()] {
                        *arriving.entry(from).or_insert(PathCount::ZERO) += ways;
                    }
                }
            }
        }
        match here {
            Some(here) => {
                arriving.iter().for_each(|(&from, ways)| add(from, here, &(ways * through.onward(node))));
            }
            None => {
                held += arriving.len();
                if held > MOST_WAYS {
                    return Err(FigureError::TooLarge { parts: held, limit: MOST_WAYS, advice: ADVICE });
                }
                ways_to[node.index()] = arriving;
            }
        }
    }
    let end = folding.rows.len() + 1;
    for &node in graph.ends() {
        match station(node) {
            Some(from) => add(from, end, &through.reaching(node)),
            None => ways_to[node.index()].iter().for_each(|(&from, ways)| add(from, end, ways)),
        }
    }
    Ok(passages)
}
