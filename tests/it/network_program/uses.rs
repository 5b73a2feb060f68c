//! The uses of components in programs, and the operations at which paths enter the recurrent stage.

use super::nets::{IMAGE, file_of, nets, published};
use pathscope_core::network::{FIRST_BLOCK, NetworkProgram, WholeNetwork};
use pathscope_core::program::{Operation, ValueId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn open(model: &str) -> NetworkProgram {
    let file = published(model);
    let network = WholeNetwork::open(&file, None, &Default::default()).unwrap();
    let (_, [(height, _), (width, _)]) = network.image();
    network.program([height, width]).unwrap()
}

#[test]
fn uses_are_at_their_blocks_and_iterations() {
    let whole = open("recurrent-1block-t3-no-avg");
    let uses = whole.uses.iter().flatten();
    let found: Vec<(&str, usize, usize)> =
        uses.map(|each| (each.component.as_str(), each.block, each.iteration)).collect();
    let expected = [
        // The input is the same at all iterations, so the convolution is computed once.
        ("conv[2].bottom_up", 2, 1),
        ("bn[2,1]", 2, 1),
        ("conv[2].lateral", 2, 2),
        ("bn[2,2]", 2, 2),
        ("conv[2].lateral", 2, 3),
        ("bn[2,3]", 2, 3),
    ];
    assert_eq!(found, expected);
    let entries: Vec<usize> = whole.entries.iter().copied().flatten().collect();
    assert_eq!(entries, [1, 2, 3]);
}

#[test]
fn paths_of_a_multi_path_network_share_common_prefixes() {
    let whole = open("multipath-1block-t4-2-avg-separate-bn");
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for each in whole.uses.iter().flatten() {
        *uses.entry(each.component.split(&['[', ','][..]).next().unwrap()).or_default() += 1;
    }
    // Of 10 paths with lengths 1 to 4, 4 + 3 + 2 + 1 of them: 20 normalizations, 10 lateral convolutions.
    assert_eq!(uses, BTreeMap::from([("conv", 1 + 10), ("bn", 20)]));
    assert_eq!(whole.entries.iter().flatten().count(), 4);
}

#[test]
fn calls_of_a_module_are_counted() {
    let whole = open("recurrent-1block-t3-no-avg");
    let lateral = |operation: &&Operation| operation.module() == "conv[2].lateral";
    let calls: Vec<usize> =
        whole.program.operations.iter().filter(lateral).map(|each| each.modules[1].call).collect();
    assert_eq!(calls, [0, 1]);
    let mut first = whole
        .program
        .operations
        .iter()
        .filter(|each| each.modules.iter().any(|call| call.path == FIRST_BLOCK));
    assert_eq!(first.next_back().unwrap().name, "conv2d");
}

/// Returns, for each value, the numbers of entry operations on the ways to it from the output of the first
/// block.
fn entries_on_the_way(whole: &NetworkProgram) -> BTreeMap<ValueId, BTreeSet<usize>> {
    let mut entries: BTreeMap<ValueId, BTreeSet<usize>> = BTreeMap::new();
    let is_first = |operation: &Operation| operation.modules.iter().any(|call| call.path == FIRST_BLOCK);
    let operations = &whole.program.operations;
    let last = operations.iter().rposition(is_first).unwrap();
    entries.insert(operations[last].outputs[0].unwrap(), BTreeSet::from([0]));
    for (index, operation) in operations.iter().enumerate().skip(last + 1) {
        let more = usize::from(whole.entries[index].is_some());
        let before = operation.reads().filter_map(|value| entries.get(&value)).flatten();
        let counts: BTreeSet<usize> = before.map(|count| count + more).collect();
        if !counts.is_empty() {
            entries.insert(operation.outputs[0].unwrap(), counts);
        }
    }
    entries
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_path_enters_once(net in nets()) {
        let file = file_of(&net);
        let Ok(network) = WholeNetwork::open(&file.path, None, &Default::default()) else {
            return Err(TestCaseError::reject("a layer that no path has"));
        };
        let whole = network.program([IMAGE[1], IMAGE[2]]).unwrap();
        let output = whole.program.outputs[0].unwrap();
        prop_assert_eq!(&entries_on_the_way(&whole)[&output], &BTreeSet::from([1]));
        for (operation, used) in whole.program.operations.iter().zip(&whole.uses) {
            let Some(used) = used else { continue };
            prop_assert_eq!(&used.component, operation.module());
            prop_assert!(used.block > 1 && (1..=net.circuit.iterations).contains(&used.iteration));
        }
    }
}

#[test]
fn images_of_other_sizes_are_refused() {
    let file = published("recurrent-1block-t3-no-avg");
    let network = WholeNetwork::open(&file, None, &Default::default()).unwrap();
    let (_, [(height, _), (smallest, largest)]) = network.image();
    let message = network.program([height, largest + 1]).unwrap_err().to_string();
    assert!(message.contains(&format!("have shape [1, 1, {height}, {}]", largest + 1)), "{message}");
    assert!(message.ends_with(&format!(", {smallest} to {largest}]")), "{message}");
}
