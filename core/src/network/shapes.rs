//! The check that the tensors of a network fit together.

use super::{NetworkError, WholeNetwork};
use crate::circuit::{ConnectionName, INPUT_BLOCK, LayerName, Operation, TensorName};
use crate::model::network::Step;
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
        let first = self.network.shape(&TensorName::FIRST_WEIGHT);
        if first.len() != 4 || first.contains(&0) || first[2] != first[3] {
            return Err(self.wrong(&TensorName::FIRST_WEIGHT, "[channels, image channels, kernel, kernel]"));
        }
        if self.network.has_first_bias() {
            self.exactly(&TensorName::FIRST_BIAS, &[first[0]])?;
        }
        self.channels = self.network.channels();
        if self.network.surroundings.input_normalization {
            self.normalization(LayerName::InputNormalization, first[1])?;
        }
        if self.network.surroundings.first_block.contains(&Step::Normalization) {
            self.normalization(LayerName::FIRST_NORMALIZATION, first[0])?;
        }
        self.connections()?;
        for TensorName { layer, .. } in self.network.tensor_names() {
            if let LayerName::Normalization { block, .. } = layer
                && block != INPUT_BLOCK
            {
                self.normalization(layer, self.channels_of(block))?;
            }
        }
        let spatial = self.network.shape(&TensorName::READOUT_SPATIAL);
        if spatial.len() != 3 || spatial.contains(&0) {
            return Err(self.wrong(&TensorName::READOUT_SPATIAL, "[neurons, height, width]"));
        }
        self.exactly(
            &TensorName::READOUT_FEATURE,
            &[spatial[0], self.channels_of(self.network.circuit.read_from)],
        )?;
        self.exactly(&TensorName::READOUT_BIAS, &[spatial[0]])
    }

    fn connections(&self) -> Result<(), NetworkError> {
        let circuit = &self.network.circuit;
        for (connection, name) in circuit.connections.iter().zip(circuit.connection_names()) {
            let (from, to) = (self.channels_of(connection.from), self.channels_of(connection.to));
            if connection.operation == Operation::Identity {
                if from != to {
                    let path = self.path.to_owned();
                    return Err(NetworkError::Identity { path, connection: name.to_string(), from, to });
                }
                continue;
            }
            let mut kernel = None;
            for tensor in self.kernels(name) {
                let shape = self.network.shape(&tensor);
                let fits = matches!(*shape, [out, inp, height, width]
                    if out == to && inp == from && height == width && height % 2 == 1
                        && *kernel.get_or_insert(height) == height);
                if !fits {
                    let size = kernel.map_or("kernel".to_owned(), |kernel| kernel.to_string());
                    let expected =
                        format!("[{to}, {from}, {size}, {size}] with an odd kernel and without groups");
                    return Err(self.wrong(&tensor, &expected));
                }
            }
        }
        Ok(())
    }

    /// Returns the kernels of a connection: one, or one for each iteration.
    fn kernels(&self, connection: ConnectionName) -> impl Iterator<Item = TensorName> {
        self.network.tensor_names().filter(move |name| name.is_kernel_of(connection.into()))
    }

    fn channels_of(&self, block: usize) -> usize {
        self.channels.get(&block).copied().unwrap_or(0)
    }

    fn normalization(&self, layer: LayerName, channels: usize) -> Result<(), NetworkError> {
        layer.tensors().iter().try_for_each(|name| self.exactly(name, &[channels]))
    }

    fn exactly(&self, name: &TensorName, expected: &[usize]) -> Result<(), NetworkError> {
        if self.network.shape(name) == expected {
            Ok(())
        } else {
            Err(self.wrong(name, &format!("{expected:?}")))
        }
    }

    fn wrong(&self, name: &TensorName, expected: &str) -> NetworkError {
        NetworkError::Shape {
            path: self.path.to_owned(),
            tensor: name.to_string(),
            found: self.network.shape(name).to_vec(),
            expected: expected.to_owned(),
        }
    }
}
