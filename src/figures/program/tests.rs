//! Tests of figures of hand-built programs.

use super::fold::{Folding, Row};
use super::order;
use super::passages::passages;
use super::places::Places;
use super::testing::Nodes;
use super::uses::{Kind, Uses};
use crate::figures::flow::{Flow, Width};
use pathscope_core::paths::enumerate::Paths;
use pathscope_core::paths::strength::Strengths;
use pathscope_core::program::ProgramGraph;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Returns a program with two residual blocks of two convolutions each, between a first and a last
/// convolution.
fn residual() -> ProgramGraph {
    let mut nodes = Nodes::new();
    let stem = nodes.add(Some(0), &[0], &[("stem", 0)]);
    let mut last = stem;
    for (block, first) in [("stage.0", 1), ("stage.1", 3)] {
        let call = |layer| [("stage", 0), (block, 0), (layer, 0)];
        let one = nodes.add(Some(first), &[last], &call("one"));
        let two = nodes.add(Some(first + 1), &[one], &call("two"));
        last = nodes.add(None, &[two, last], &[("stage", 0), (block, 0)]);
    }
    let end = nodes.add(Some(5), &[last], &[("head", 0)]);
    nodes.finish(end, 6)
}

/// Returns a program that calls a cell of a feed-forward and a lateral convolution three times.
fn recurrent() -> ProgramGraph {
    let mut nodes = Nodes::new();
    let mut last = None;
    for call in 0..3 {
        let cell = [("cell", call), ("cell.layer", call)];
        let up = nodes.add(Some(0), &[0], &cell);
        last = Some(match last {
            None => up,
            Some(before) => {
                let lateral = nodes.add(Some(1), &[before], &cell);
                nodes.add(None, &[up, lateral], &cell[..1])
            }
        });
    }
    nodes.finish(last.unwrap(), 2)
}

fn uses(program: &ProgramGraph, folding: &Folding) -> Uses {
    let strengths = Strengths::new(&program.components, |_| 1.0);
    Uses::new(program, folding, &Flow::new(&program.graph, &strengths, &[1.0], Width::Paths))
}

fn names<'a>(program: &'a ProgramGraph, folding: &'a Folding) -> Vec<&'a str> {
    folding.rows.iter().map(|row| row.name(program)).collect()
}

#[test]
fn modules_are_folded_at_a_depth() {
    let program = residual();
    let at = |depth| Folding::at_depth(&program, depth);
    assert_eq!(names(&program, &at(1)), ["c0", "stage", "c5"]);
    assert_eq!(names(&program, &at(2)), ["c0", "stage.0", "stage.1", "c5"]);
    assert_eq!(at(2).rows[1], Row::Module { path: "stage.0".to_owned(), components: 2 });
    assert_eq!(names(&program, &at(3)), ["c0", "c1", "c2", "c3", "c4", "c5"]);
    assert_eq!((at(9).rows.len(), at(3).note()), (6, None));
    assert_eq!(
        at(2).note().unwrap(),
        "6 components in 4 rows: modules folded at depth 2 (--depth 3 draws all)"
    );
}

#[test]
fn modules_are_unfolded_while_there_are_few_rows() {
    let program = residual();
    for (most, depth) in [(2, 1), (4, 2), (5, 2), (6, 3), (100, 3)] {
        assert_eq!(Folding::with_most_rows(&program, most).depth, depth, "{most}");
    }
}

#[test]
fn a_module_with_one_component_is_drawn_as_this() {
    let mut nodes = Nodes::new();
    let inner = [("a", 0), ("a.b", 0)];
    let first = nodes.add(Some(0), &[0], &inner);
    let end = nodes.add(Some(0), &[first], &inner);
    let program = nodes.finish(end, 1);
    assert_eq!(Folding::at_depth(&program, 1).rows, [Row::Component(0)]);
}

#[test]
fn the_skip_of_a_folded_block_is_inside_of_it() {
    let program = residual();
    let uses = uses(&program, &Folding::at_depth(&program, 2));
    let kinds: Vec<Kind> = uses.parts.iter().map(|part| part.kind).collect();
    assert_eq!(kinds, [Kind::Source, Kind::Use(0), Kind::Use(1), Kind::Use(2), Kind::Use(3)]);
    let paths: Vec<f64> = uses.edges.values().map(|amount| amount.exp().round()).collect();
    assert_eq!(paths, [4.0; 4]);
}

#[test]
fn every_call_of_a_folded_module_is_a_use_of_its_own() {
    let program = recurrent();
    let folding = Folding::at_depth(&program, 1);
    let uses = uses(&program, &folding);
    assert_eq!(uses.of_rows(folding.rows.len()), [[1, 2, 3]]);
    assert_eq!(uses.edges.keys().filter(|(from, _)| *from > 0).count(), 2);
}

#[test]
fn calls_of_a_recurrent_module_stand_in_columns() {
    let program = recurrent();
    let places = Places::new(&uses(&program, &Folding::at_depth(&program, 2)));
    assert_eq!(places.columns, 3);
    let residual = residual();
    assert_eq!(Places::new(&uses(&residual, &Folding::at_depth(&residual, 3))).columns, 1);
}

#[test]
fn a_concatenation_that_several_read_is_drawn_once() {
    let mut nodes = Nodes::new();
    let branches = [nodes.add(Some(0), &[0], &[]), nodes.add(Some(1), &[0], &[])];
    let readers = [nodes.add(Some(2), &branches, &[]), nodes.add(Some(3), &branches, &[])];
    let end = nodes.add(Some(4), &readers, &[]);
    let program = nodes.finish(end, 5);
    let uses = uses(&program, &Folding::at_depth(&program, 1));
    let joint = uses.parts.iter().position(|part| part.kind == Kind::Sum).unwrap();
    assert_eq!(uses.before()[joint].len(), 2);
    assert_eq!(uses.edges.len(), 2 + 2 + 2 + 2);
    assert!((uses.parts[joint].amount.exp() - 4.0).abs() < 1e-9);
}

#[test]
fn a_row_of_a_later_column_stands_above_what_leads_to_it() {
    // c1 after c0, c2 on top, and back to c0, after which c3 takes the place of c1.
    let mut nodes = Nodes::new();
    let mut last = 0;
    for component in [0, 1, 2, 0, 3, 2] {
        last = nodes.add(Some(component), &[last], &[]);
    }
    let program = nodes.finish(last, 4);
    let folding = Folding::at_depth(&program, 1);
    let order = order::upward(&uses(&program, &folding), 4, |_, _| true);
    assert_eq!(order, [0, 1, 3, 2]);
    let ordered = folding.clone().ordered(&order);
    assert_eq!(names(&program, &ordered), ["c0", "c1", "c3", "c2"]);
    assert_eq!(Places::new(&uses(&program, &ordered)).columns, 2);
    assert_eq!(Places::new(&uses(&program, &folding)).columns, 3);
}

/// Counts the paths from station to station by listing all paths.
fn listed(program: &ProgramGraph, folding: &Folding) -> BTreeMap<(usize, usize), u64> {
    let mut counts = BTreeMap::new();
    for path in Paths::new(&program.graph) {
        let places = path.nodes.iter().filter_map(|node| folding.places[node.index()]);
        let stations = places.map(|(row, _)| row + 1).chain([folding.rows.len() + 1]);
        let mut last = 0;
        for station in stations {
            *counts.entry((last, station)).or_default() += 1;
            last = station;
        }
    }
    counts
}

proptest! {
    /// Uses of components and sums, each after one or two earlier nodes.
    #[test]
    fn passages_are_those_of_the_paths(
        choices in prop::collection::vec((prop::option::of(0..4_usize), any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 1..14),
    ) {
        let mut nodes = Nodes::new();
        for (number, (component, one, other, two)) in choices.iter().enumerate() {
            // Each node follows the one before it, so that all lead to the end.
            let mut before = vec![number];
            before.extend(two.then(|| one.index(number + 1)));
            before.extend(component.is_none().then(|| other.index(number + 1)));
            nodes.add(*component, &before, &[]);
        }
        let program = nodes.finish(choices.len(), 4);
        let folding = Folding::at_depth(&program, 1);
        let found: BTreeMap<_, _> = passages(&program, &folding)
            .unwrap()
            .into_iter()
            .map(|(stations, count)| (stations, count.to_u64().unwrap()))
            .collect();
        prop_assert_eq!(found, listed(&program, &folding));
    }
}

#[test]
fn too_many_ways_to_sums_are_refused() {
    // The n-th sum is reached from n components.
    let mut nodes = Nodes::new();
    let mut sum = 0;
    for component in 0..1500 {
        let layer = nodes.add(Some(component), &[sum], &[]);
        sum = nodes.add(None, &[sum, layer], &[]);
    }
    let program = nodes.finish(sum, 1500);
    let error = passages(&program, &Folding::at_depth(&program, 1)).unwrap_err();
    assert!(error.to_string().contains("--depth 1"), "{error}");
}
