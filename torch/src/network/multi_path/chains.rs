//! The chains of a multi-path model with what they share drawn together.
//!
//! Every path is a chain of convolutions, each followed by its normalization and activation (paper,
//! Fig. 4b). Two chains compute the same up to where their kernels or normalizations first differ: with
//! normalizations shared by all paths that is whole prefixes, with one each it is the first convolution.

use pathscope_core::circuit::{Circuit, LayerName, MAX_UNROLLED_NODES, TensorName, TensorPart};
use pathscope_core::graph::Part;
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use std::collections::HashMap;

/// Where a convolution reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// The input of the recurrent stage.
    Input,
    /// An output, by its index in [`Chains::outputs`].
    Output(usize),
}

/// What a block receives: a source, convolved or as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Drive {
    /// What it comes from.
    pub source: Source,
    /// The tensor that it is convolved with; `None` to take it as it is.
    pub kernel: Option<TensorName>,
    /// Number of the block that receives it.
    pub block: usize,
}

/// What a block passes on: its drive, normalized, after the activation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ChainOutput {
    /// Index in [`Chains::drives`].
    pub drive: usize,
    /// Its normalization, if it has one.
    pub normalization: Option<LayerName>,
}

/// Paths that are summed before the readout sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// The iterations at which the sum is read: several where the top block is held.
    pub iterations: Vec<usize>,
    /// The last output of each path, in the order of the paths.
    pub ends: Vec<usize>,
}

/// All chains. Drives and outputs come after what they depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chains {
    /// What blocks receive.
    pub drives: Vec<Drive>,
    /// What they pass on.
    pub outputs: Vec<ChainOutput>,
    /// The sums, iterations upward.
    pub readings: Vec<Reading>,
    /// The iterations that take part in the readout.
    pub iterations: Vec<usize>,
}

/// More convolutions and normalizations on all paths together than can be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooManyPaths;

impl Chains {
    /// The chains of an unrolled circuit.
    ///
    /// # Errors
    ///
    /// [`TooManyPaths`] beyond [`MAX_UNROLLED_NODES`] components on all paths together.
    ///
    /// # Complexity
    ///
    /// O(sum of the lengths of all paths).
    pub(super) fn new(circuit: &Circuit, unrolled: &UnrolledCircuit) -> Result<Self, TooManyPaths> {
        let names: Vec<LayerName> =
            unrolled.components().iter().map(|component| component.name(circuit)).collect();
        let mut chains = Self {
            drives: Vec::new(),
            outputs: Vec::new(),
            readings: Vec::new(),
            iterations: unrolled.readout_iterations().to_vec(),
        };
        let mut drives = HashMap::new();
        let mut outputs = HashMap::new();
        let mut nodes = 0;
        for path in unrolled.paths() {
            nodes += path.nodes.len();
            if nodes > MAX_UNROLLED_NODES {
                return Err(TooManyPaths);
            }
            let mut source = Source::Input;
            let mut kernel = None;
            let mut normalization = None;
            for &node in &path.nodes[1..] {
                match unrolled.graph().part(node) {
                    Part::Source => {}
                    Part::Component(index) => match unrolled.components()[index] {
                        Component::Convolution { .. } => {
                            kernel = Some(names[index].tensor(TensorPart::Weight));
                        }
                        Component::Identity { .. } => kernel = None,
                        // Circuits with the latter are refused before.
                        Component::Normalization { .. } | Component::ConnectionNormalization { .. } => {
                            normalization = Some(names[index]);
                        }
                    },
                    Part::Sum => {
                        let block = unrolled.place(node).block;
                        let drive = Drive { source, kernel: kernel.take(), block };
                        let drive = indexed(&mut chains.drives, &mut drives, drive);
                        let output = ChainOutput { drive, normalization: normalization.take() };
                        source = Source::Output(indexed(&mut chains.outputs, &mut outputs, output));
                    }
                }
            }
            if let Source::Output(end) = source {
                chains.read(end, &unrolled.end_iterations()[path.end]);
            }
        }
        chains.readings.sort_by(|one, other| one.iterations.cmp(&other.iterations));
        Ok(chains)
    }

    fn read(&mut self, end: usize, iterations: &[usize]) {
        match self.readings.iter_mut().find(|reading| reading.iterations == iterations) {
            Some(reading) => reading.ends.push(end),
            None => self.readings.push(Reading { iterations: iterations.to_vec(), ends: vec![end] }),
        }
    }

    /// The drive of an output.
    pub(super) fn drive_of(&self, output: usize) -> &Drive {
        &self.drives[self.outputs[output].drive]
    }

    /// The drives that come from the input of the stage, which all chains begin with.
    pub(super) fn stems(&self) -> impl Iterator<Item = usize> {
        (0..self.drives.len()).filter(|&drive| self.drives[drive].source == Source::Input)
    }

    /// The outputs on the path that ends at `end`, from its beginning.
    pub(super) fn path(&self, end: usize) -> Vec<usize> {
        let mut path = vec![end];
        while let Source::Output(before) = self.drive_of(path[path.len() - 1]).source {
            path.push(before);
        }
        path.reverse();
        path
    }

    /// How many convolutions the paths would take one by one.
    pub(super) fn convolutions_of_all_paths(&self) -> usize {
        let convolved = |output: usize| usize::from(self.drive_of(output).kernel.is_some());
        let ends = self.readings.iter().flat_map(|reading| &reading.ends);
        ends.map(|&end| self.path(end).into_iter().map(convolved).sum::<usize>()).sum()
    }
}

fn indexed<T: Clone + Eq + std::hash::Hash>(
    list: &mut Vec<T>,
    indices: &mut HashMap<T, usize>,
    item: T,
) -> usize {
    *indices.entry(item).or_insert_with_key(|item| {
        list.push(item.clone());
        list.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::model::ablation::{PathNormalization, multi_path};

    fn chains(
        blocks: usize,
        iterations: usize,
        removed: &[usize],
        normalization: PathNormalization,
    ) -> Chains {
        let recurrent = Circuit::of_recurrent_blocks(blocks, iterations);
        let circuit = multi_path(&recurrent, &removed.iter().copied().collect(), normalization).unwrap();
        Chains::new(&circuit, &UnrolledCircuit::new(&circuit).unwrap()).unwrap()
    }

    fn convolutions(chains: &Chains) -> usize {
        chains.drives.iter().filter(|drive| drive.kernel.is_some()).count()
    }

    #[test]
    fn paths_with_normalizations_of_their_own_share_the_first_convolution() {
        let chains = chains(1, 7, &[], PathNormalization::PerPath);
        assert_eq!(chains.convolutions_of_all_paths(), 84);
        assert_eq!(convolutions(&chains), 84 - 27);
        assert_eq!(chains.outputs.len(), 84);
        assert_eq!(chains.readings.len(), 7);
        assert_eq!(chains.readings[3].ends.len(), 4);
    }

    #[test]
    fn paths_with_the_same_normalizations_share_whole_prefixes() {
        let chains = chains(1, 7, &[], PathNormalization::Shared);
        // One output for each iteration that a path begins at and each that it has come to.
        assert_eq!(chains.outputs.len(), 28);
        assert_eq!(convolutions(&chains), 1 + 21);
        assert_eq!(chains.convolutions_of_all_paths(), 84);
    }

    #[test]
    fn iterations_without_a_path_are_not_read() {
        let chains = chains(2, 4, &[2, 3], PathNormalization::PerPath);
        assert_eq!(chains.iterations, [3, 4]);
        let lengths = |reading: &Reading| -> Vec<usize> {
            reading.ends.iter().map(|&end| chains.path(end).len()).collect()
        };
        assert_eq!(lengths(&chains.readings[0]), [4, 4, 4]);
        assert_eq!(lengths(&chains.readings[1]).iter().filter(|&&length| length == 5).count(), 4);
    }

    #[test]
    fn a_held_block_is_read_at_several_iterations() {
        let mut recurrent = Circuit::of_recurrent_blocks(1, 4);
        recurrent.blocks[0].iterations = 2;
        let circuit = multi_path(&recurrent, &[].into(), PathNormalization::PerPath).unwrap();
        let chains = Chains::new(&circuit, &UnrolledCircuit::new(&circuit).unwrap()).unwrap();
        let iterations: Vec<&[usize]> =
            chains.readings.iter().map(|reading| reading.iterations.as_slice()).collect();
        assert_eq!(iterations, [[1].as_slice(), &[2, 3, 4]]);
    }
}
