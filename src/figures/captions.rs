//! Captions that several figures share.

use super::numbers;
use pathscope_core::circuit::{Circuit, Readout};
use pathscope_core::graph::unroll::UnrolledCircuit;
use std::collections::BTreeSet;

/// Returns a title that names the readout mode, if any, the model and the rest, such as
/// `no-avg, T = 5, multi-path, without lengths 2, 3; 12 paths`.
pub(super) fn title(circuit: &Circuit, readout: Option<Readout>, rest: &str) -> String {
    let readout = readout.map_or_else(String::new, |readout| format!("{readout}, "));
    let model = match &circuit.multi_path {
        None => ", ".to_owned(),
        Some(multi_path) => {
            let removed = &multi_path.lengths_removed;
            // After a list of lengths, a comma would make the rest look like another length.
            let end = if removed.is_empty() { ", " } else { "; " };
            format!(", {}{end}", self::multi_path(removed))
        }
    };
    format!("{readout}T = {}{model}{rest}", circuit.iterations)
}

/// Returns the description of a multi-path model: `multi-path` or `multi-path, without lengths 2, 3`.
fn multi_path(lengths_removed: &BTreeSet<usize>) -> String {
    let removed: Vec<usize> = lengths_removed.iter().copied().collect();
    match removed.as_slice() {
        [] => "multi-path".to_owned(),
        [only] => format!("multi-path, without length {only}"),
        several => format!("multi-path, without lengths {}", runs(several)),
    }
}

/// Returns ascending numbers with runs of three or more shortened, such as `1, 2, 5 to 9`.
fn runs(numbers: &[usize]) -> String {
    let run = |run: &[usize]| match *run {
        [first, _, .., last] if run.len() > 2 => format!("{first} to {last}"),
        _ => run.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    };
    numbers.chunk_by(|a, b| a + 1 == *b).map(run).collect::<Vec<_>>().join(", ")
}

/// Returns for each end of the graph the iterations at which it is read with a weight, or all its iterations
/// if it has no weight.
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

/// Returns consecutive iterations as text: `t = 2` or `t = 2 to 5`.
pub(super) fn iterations(iterations: &[usize]) -> String {
    match iterations {
        [only] => format!("t = {only}"),
        [first, .., last] => format!("t = {first} to {last}"),
        [] => String::new(),
    }
}

/// Returns the weight of each end of the graph as text. If an output is held and read later than it is
/// computed, the iterations follow, such as `0.800, read at t = 2 to 5`.
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
        // If nothing is held, no output is read late.
        let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 2)).unwrap();
        assert_eq!(readout_weights(&unrolled, Readout::NoAvg), ["0", "1.00"]);
    }
}
