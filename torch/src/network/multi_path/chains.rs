//! The chains of a multi-path model, with common parts merged.
//!
//! Every path is a chain of convolutions, each followed by its normalization and activation (paper,
//! Fig. 4b). Two chains compute the same until their kernels or normalizations first differ. With shared
//! normalizations, they have whole prefixes in common; with separate ones, only the first convolution.

use pathscope_core::circuit::{Circuit, LayerName, MAX_UNROLLED_NODES, TensorName, TensorPart};
use pathscope_core::graph::Part;
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use std::collections::HashMap;

/// The source of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// The input of the recurrent stage.
    Input,
    /// The output with this index in [`Chains::outputs`].
    Output(usize),
}

/// The input of a block: a source, convolved or unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Drive {
    /// The source.
    pub source: Source,
    /// The kernel of the convolution, or `None` for an unchanged source.
    pub kernel: Option<TensorName>,
    /// Number of the block.
    pub block: usize,
}

/// The output of a block: its drive after the normalization and activation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ChainOutput {
    /// Index in [`Chains::drives`].
    pub drive: usize,
    /// The normalization of the block, if it has one.
    pub normalization: Option<LayerName>,
}

/// A sum of paths that the readout sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// The iterations at which the sum is read. There are several if the top block is held.
    pub iterations: Vec<usize>,
    /// The last output of each path, in the order of the paths.
    pub ends: Vec<usize>,
}

/// The chains of a multi-path model. Drives and outputs come after those that they depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chains {
    /// The inputs of blocks.
    pub drives: Vec<Drive>,
    /// The outputs of blocks.
    pub outputs: Vec<ChainOutput>,
    /// The sums that the readout sees, in ascending order of iterations.
    pub readings: Vec<Reading>,
    /// The iterations that take part in the readout.
    pub iterations: Vec<usize>,
}

/// The error for a model whose paths have too many components to plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooManyPaths;

impl Chains {
    /// Returns the chains of an unrolled circuit.
    ///
    /// # Errors
    ///
    /// Returns [`TooManyPaths`] if all paths together have more than [`MAX_UNROLLED_NODES`] components.
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
                        // Circuits with normalized connections are refused earlier.
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

    /// Returns the drive of an output.
    pub(super) fn drive_of(&self, output: usize) -> &Drive {
        &self.drives[self.outputs[output].drive]
    }

    /// Returns the drives that come from the input of the stage. All chains begin with one of them.
    pub(super) fn stems(&self) -> impl Iterator<Item = usize> {
        (0..self.drives.len()).filter(|&drive| self.drives[drive].source == Source::Input)
    }

    /// Returns the outputs on the path that ends at `end`, from its beginning.
    pub(super) fn path(&self, end: usize) -> Vec<usize> {
        let mut path = vec![end];
        while let Source::Output(before) = self.drive_of(path[path.len() - 1]).source {
            path.push(before);
        }
        path.reverse();
        path
    }

    /// Returns the number of convolutions if every path were computed separately.
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
        // One output for each pair of a first and a current iteration.
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
