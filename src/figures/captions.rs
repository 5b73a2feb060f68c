//! What several figures say, in the same words.

use super::numbers;
use pathscope_core::circuit::{Circuit, Readout};
use pathscope_core::graph::unroll::UnrolledCircuit;
use std::collections::BTreeSet;

/// Returns a title: the readout mode if there is one, the model and then the rest, as in
/// `no-avg, T = 5, multi-path, without lengths 2, 3; 12 paths`.
pub(super) fn title(circuit: &Circuit, readout: Option<Readout>, rest: &str) -> String {
    let readout = readout.map_or_else(String::new, |readout| format!("{readout}, "));
    let model = match &circuit.multi_path {
        None => ", ".to_owned(),
        Some(multi_path) => {
            let removed = &multi_path.lengths_removed;
            // What follows must not look like one more length.
            let end = if removed.is_empty() { ", " } else { "; " };
            format!(", {}{end}", self::multi_path(removed))
        }
    };
    format!("{readout}T = {}{model}{rest}", circuit.iterations)
}

/// A multi-path model: `multi-path` or `multi-path, without lengths 2, 3`.
fn multi_path(lengths_removed: &BTreeSet<usize>) -> String {
    let removed: Vec<usize> = lengths_removed.iter().copied().collect();
    match removed.as_slice() {
        [] => "multi-path".to_owned(),
        [only] => format!("multi-path, without length {only}"),
        several => format!("multi-path, without lengths {}", runs(several)),
    }
}

/// Rising numbers with three or more in a row cut short: `1, 2, 5 to 9`.
fn runs(numbers: &[usize]) -> String {
    let run = |run: &[usize]| match *run {
        [first, _, .., last] if run.len() > 2 => format!("{first} to {last}"),
        _ => run.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    };
    numbers.chunk_by(|a, b| a + 1 == *b).map(run).collect::<Vec<_>>().join(", ")
}

/// The iterations that each end of the graph is read at with a weight; all of its own where
/// it has none.
pub(super) fn read_at(unrolled: &UnrolledCircuit, readout: Readout) -> Vec<Vec<usize>> {
    let iterations = unrolled.readout_iterations();
    let weights = readout.weights(iterations.len());
    let counts =
        |iteration: &usize| iterations.binary_search(iteration).is_ok_and(|position| weights[position] > 0.0);
    let ends = unrolled.end_iterations().iter();
    ends.map(|iterations| {
        let read: Vec<usize> = iterations.iter().copied().filter(counts).collect();
        if read.is_empty() { iterations.clone() } else { read }
    })
    .collect()
}

/// Iterations in a row: `t = 2` or `t = 2 to 5`.
pub(super) fn iterations(iterations: &[usize]) -> String {
    match iterations {
        [only] => format!("t = {only}"),
        [first, .., last] => format!("t = {first} to {last}"),
        [] => String::new(),
    }
}

/// The weight of each end of the graph and, where a held output is read later than it is
/// computed, when: `0.800, read at t = 2 to 5`.
pub(super) fn readout_weights(unrolled: &UnrolledCircuit, readout: Readout) -> Vec<String> {
    let ends = unrolled.graph().ends().iter();
    ends.zip(unrolled.readout_weights(readout))
        .zip(read_at(unrolled, readout))
        .map(|((&end, weight), read)| {
            let weight = numbers::three_digits(weight);
            if read == [unrolled.place(end).iteration] {
                weight
            } else {
                format!("{weight}, read at {}", iterations(&read))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::circuit::MultiPath;

    #[test]
    fn titles_name_the_lengths_that_are_removed() {
        let mut circuit = Circuit::of_recurrent_blocks(1, 9);
        let title = |circuit: &Circuit| title(circuit, Some(Readout::NoAvg), "4 paths");
        assert_eq!(title(&circuit), "no-avg, T = 9, 4 paths");
        for (removed, expected) in [
            (vec![], "no-avg, T = 9, multi-path, 4 paths"),
            (vec![2], "no-avg, T = 9, multi-path, without length 2; 4 paths"),
            (vec![2, 3], "no-avg, T = 9, multi-path, without lengths 2, 3; 4 paths"),
            (vec![1, 2, 4, 6, 7, 8], "no-avg, T = 9, multi-path, without lengths 1, 2, 4, 6 to 8; 4 paths"),
        ] {
            circuit.multi_path = Some(MultiPath { lengths_removed: removed.into_iter().collect() });
            assert_eq!(title(&circuit), expected);
        }
    }

    #[test]
    fn held_outputs_say_when_they_are_read() {
        let mut circuit = Circuit::of_recurrent_blocks(1, 5);
        circuit.blocks[0].iterations = 2;
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let said = |readout| readout_weights(&unrolled, readout);
        assert_eq!(said(Readout::LateAvg), ["0.200", "0.800, read at t = 2 to 5"]);
        assert_eq!(said(Readout::NoAvg), ["0", "1.00, read at t = 5"]);
        // No output is read late where nothing is held.
        let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 2)).unwrap();
        assert_eq!(readout_weights(&unrolled, Readout::NoAvg), ["0", "1.00"]);
    }
}
