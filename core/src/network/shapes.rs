//! The check that the tensors of a network fit together.

use super::whole::FIRST_WEIGHT;
use super::{NetworkError, WholeNetwork};
use crate::circuit::{INPUT_BLOCK, Operation};
use crate::model::network::{BATCH_NORM_PARTS, Step};
use std::collections::BTreeMap;
use std::path::Path;

/// Checks that the tensors of a network fit together.
pub(super) fn check(network: &WholeNetwork, path: &Path) -> Result<(), NetworkError> {
    Shapes { network, path, channels: BTreeMap::new() }.check()
}

struct Shapes<'a> {
    network: &'a WholeNetwork,
    path: &'a Path,
    channels: BTreeMap<usize, usize>,
}

impl Shapes<'_> {
    fn check(mut self) -> Result<(), NetworkError> {
        let first = self.network.shape(FIRST_WEIGHT);
        if first.len() != 4 || first.contains(&0) || first[2] != first[3] {
            return Err(self.wrong(FIRST_WEIGHT, "[channels, image channels, kernel, kernel]"));
        }
        if self.network.has_first_bias() {
            self.exactly("conv[1].bias", &[first[0]])?;
        }
        self.channels = self.network.channels();
        if self.network.surroundings.input_normalization {
            self.normalization("bn[input]", first[1])?;
        }
        if self.network.surroundings.first_block.contains(&Step::Normalization) {
            self.normalization("bn[1]", first[0])?;
        }
        self.connections()?;
        for name in self.network.tensors.keys() {
            let Some(layer) = name.strip_suffix(".weight") else { continue };
            if let Some(block) = block_of_normalization(layer).filter(|&block| block != INPUT_BLOCK) {
                self.normalization(layer, self.channels_of(block))?;
            }
        }
        let spatial = self.network.shape("readout.spatial");
        if spatial.len() != 3 || spatial.contains(&0) {
            return Err(self.wrong("readout.spatial", "[neurons, height, width]"));
        }
        self.exactly("readout.feature", &[spatial[0], self.channels_of(self.network.circuit.read_from)])?;
        self.exactly("readout.bias", &[spatial[0]])
    }

    fn connections(&self) -> Result<(), NetworkError> {
        let circuit = &self.network.circuit;
        for (connection, name) in circuit.connections.iter().zip(circuit.connection_names()) {
            let (from, to) = (self.channels_of(connection.from), self.channels_of(connection.to));
            if connection.operation == Operation::Identity {
                if from != to {
                    let path = self.path.to_owned();
                    return Err(NetworkError::Identity { path, connection: name, from, to });
                }
                continue;
            }
            let mut kernel = None;
            for tensor in self.kernels(&name) {
                let shape = self.network.shape(tensor);
                let fits = matches!(*shape, [out, inp, height, width]
                    if out == to && inp == from && height == width && height % 2 == 1
                        && *kernel.get_or_insert(height) == height);
                if !fits {
                    let size = kernel.map_or("kernel".to_owned(), |kernel| kernel.to_string());
                    let expected =
                        format!("[{to}, {from}, {size}, {size}] with an odd kernel and without groups");
                    return Err(self.wrong(tensor, &expected));
                }
            }
        }
        Ok(())
    }

    /// Returns the kernels of a connection: one, or one for each iteration.
    fn kernels<'a>(&'a self, connection: &'a str) -> impl Iterator<Item = &'a String> {
        self.network.tensors.keys().filter(move |name| {
            let rest = name.strip_prefix(connection);
            rest.is_some_and(|rest| rest == ".weight" || rest.starts_with('{'))
        })
    }

    fn channels_of(&self, block: usize) -> usize {
        self.channels.get(&block).copied().unwrap_or(0)
    }

    fn normalization(&self, name: &str, channels: usize) -> Result<(), NetworkError> {
        BATCH_NORM_PARTS.iter().try_for_each(|part| self.exactly(&format!("{name}.{part}"), &[channels]))
    }

    fn exactly(&self, name: &str, expected: &[usize]) -> Result<(), NetworkError> {
        if self.network.shape(name) == expected {
            Ok(())
        } else {
            Err(self.wrong(name, &format!("{expected:?}")))
        }
    }

    fn wrong(&self, name: &str, expected: &str) -> NetworkError {
        NetworkError::Shape {
            path: self.path.to_owned(),
            tensor: name.to_owned(),
            found: self.network.shape(name).to_vec(),
            expected: expected.to_owned(),
        }
    }
}

/// Returns the block number of `bn[2]`, `bn[2,1]` or `bn[2,1,3]`.
fn block_of_normalization(layer: &str) -> Option<usize> {
    layer.strip_prefix("bn[")?.split([',', ']']).next()?.parse().ok()
}
