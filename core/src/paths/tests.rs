//! Property tests on random graphs with parallel edges: results computed without listing paths agree with
//! listing them.

use super::Path;
use super::enumerate::Paths;
use super::lengths::{totals_by_length, work};
use super::strongest::strongest;
use super::through::PathsThrough;
use crate::graph::{ComponentGraph, GraphBuilder, Part};
use crate::paths::strength::Strengths;
use petgraph::graph::NodeIndex;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The length and strength of each component; one strength is 0.
const COMPONENTS: [(usize, f64); 4] = [(1, 0.5), (1, 3.0), (0, 2.0), (1, 0.0)];

fn strengths() -> Strengths {
    Strengths::new(&COMPONENTS, |&(_, strength)| strength)
}

/// Generates graphs of up to seven nodes after the source, each with up to three edges from nodes before it,
/// and up to three ends with their weights. Edges and ends may occur twice.
fn graphs() -> impl Strategy<Value = (ComponentGraph, Vec<f64>)> {
    let any = prop::sample::Index::arbitrary_with;
    let part = prop_oneof![(0..COMPONENTS.len()).prop_map(Part::Component), Just(Part::Sum)];
    let node = (part, prop::collection::vec(any(()), 0..=3));
    let weight = prop_oneof![3 => Just(0.25), 1 => Just(0.0)];
    let ends = prop::collection::vec((any(()), weight), 1..=3);
    (prop::collection::vec(node, 0..=7), ends).prop_map(|(nodes, ends)| {
        let mut builder = GraphBuilder::new();
        for (part, before) in nodes {
            let count = builder.node_count();
            builder.add(part, before.into_iter().map(|before| NodeIndex::new(before.index(count))));
        }
        let count = builder.node_count();
        let nodes: Vec<_> = ends.iter().map(|(end, _)| NodeIndex::new(end.index(count))).collect();
        let (graph, moved) = builder.finish(&nodes, COMPONENTS.map(|(length, _)| length).to_vec());
        let kept = nodes.iter().zip(ends).filter(|(end, _)| moved[end.index()].is_some());
        (graph, kept.map(|(_, (_, weight))| weight).collect())
    })
}

/// Returns the number of ways from the source to a node, counted one by one.
fn ways_to(graph: &ComponentGraph, node: NodeIndex) -> usize {
    if node == graph.source() {
        return 1;
    }
    graph.predecessors(node).iter().map(|&before| ways_to(graph, before)).sum()
}

fn weighted<'a>(graph: &'a ComponentGraph, weights: &'a [f64]) -> impl Iterator<Item = Path> + 'a {
    Paths::new(graph).filter(|path| weights[path.end] > 0.0)
}

/// Returns the graph of x + x, with a component before it.
fn twice() -> ComponentGraph {
    let mut builder = GraphBuilder::new();
    let first = builder.add(Part::Component(0), [builder.source()]);
    let sum = builder.add(Part::Sum, [first, first]);
    builder.finish(&[sum], COMPONENTS.map(|(length, _)| length).to_vec()).0
}

#[test]
fn parallel_edges_are_ways_of_their_own() {
    let graph = twice();
    let strengths = strengths();
    let [first, sum] = [1, 2].map(NodeIndex::new);
    let listed: Vec<_> = Paths::new(&graph).collect();
    assert_eq!(listed, vec![Path { nodes: vec![graph.source(), first, sum], end: 0 }; 2]);
    let found: Vec<_> = strongest(&graph, &strengths, &[1.0]).collect();
    assert_eq!(found.iter().map(|found| found.strength.to_f64()).collect::<Vec<_>>(), [Some(0.5); 2]);
    let through = PathsThrough::new(&graph, &[1.0]);
    assert_eq!(through.node(first).to_u64(), Some(2));
    assert_eq!(through.edge(first, sum).to_u64(), Some(1));
    assert_eq!(through.edge(graph.source(), first).to_u64(), Some(2));
}

#[test]
fn work_is_the_totals_that_meet() {
    // Two residual blocks: the paths to the second have lengths 0 and 1, and three edges lead over its sum.
    let mut builder = GraphBuilder::new();
    let mut end = builder.source();
    for _ in 0..2 {
        let convolution = builder.add(Part::Component(0), [end]);
        end = builder.add(Part::Sum, [convolution, end]);
    }
    let (graph, _) = builder.finish(&[end], vec![1]);
    assert_eq!(work(&graph), 3.0 + 3.0 * 2.0 * (1.0 + 1.0 / 2048.0));
}

proptest! {
    #[test]
    fn every_way_is_listed((graph, _) in graphs()) {
        let expected: usize = graph.ends().iter().map(|&end| ways_to(&graph, end)).sum();
        prop_assert_eq!(Paths::new(&graph).count(), expected);
    }

    #[test]
    fn totals_by_length_are_those_of_the_listed_paths((graph, weights) in graphs()) {
        let strengths = strengths();
        let mut expected: BTreeMap<usize, (u64, f64)> = BTreeMap::new();
        for path in weighted(&graph, &weights) {
            let total = expected.entry(path.length(&graph)).or_default();
            total.0 += 1;
            total.1 += strengths.of_read_path(&graph, &path, &weights).to_f64().unwrap();
        }
        let totals = &totals_by_length(&graph, &strengths, std::slice::from_ref(&weights))[0];
        prop_assert_eq!(totals.iter().count(), expected.len());
        for (length, total) in totals.iter() {
            let (paths, strength) = expected[&length];
            prop_assert_eq!(total.paths.to_u64(), Some(paths));
            prop_assert!((total.strength.to_f64().unwrap() - strength).abs() <= 1e-12 * strength);
        }
    }

    #[test]
    fn the_strongest_are_the_listed_paths_in_order((graph, weights) in graphs()) {
        let strengths = strengths();
        let strength = |path: &Path| strengths.of_read_path(&graph, path, &weights);
        let by_nodes = |path: &Path| (path.end, path.nodes.clone());
        let mut listed: Vec<_> = weighted(&graph, &weights).filter(|path| !strength(path).is_zero()).collect();
        let found: Vec<_> = strongest(&graph, &strengths, &weights).collect();
        prop_assert!(found.is_sorted_by(|one, next| one.strength >= next.strength));
        for found in &found {
            prop_assert_eq!(found.strength, strength(&found.path));
        }
        let mut found: Vec<_> = found.into_iter().map(|found| found.path).collect();
        listed.sort_by_key(by_nodes);
        found.sort_by_key(by_nodes);
        prop_assert_eq!(found, listed);
    }

    #[test]
    fn counts_through_nodes_and_edges_are_those_of_the_listed_paths((graph, weights) in graphs()) {
        let through = PathsThrough::new(&graph, &weights);
        let listed: Vec<_> = weighted(&graph, &weights).collect();
        let over = |from, to| {
            let pairs = listed.iter().flat_map(|path| path.nodes.windows(2));
            pairs.filter(|pair| *pair == [from, to]).count() as u64
        };
        for node in graph.nodes() {
            let expected = listed.iter().filter(|path| path.nodes.contains(&node)).count() as u64;
            prop_assert_eq!(through.node(node).to_u64(), Some(expected));
            for &before in graph.predecessors(node) {
                let parallel = graph.predecessors(node).iter().filter(|&&other| other == before).count() as u64;
                let each = through.edge(before, node).to_u64().unwrap();
                prop_assert_eq!(each * parallel, over(before, node));
            }
        }
    }
}
