//! The tensor names of the published state dicts.

use super::config::Config;
use crate::circuit::{Circuit, INPUT_BLOCK, LayerName};
use crate::graph::unroll::Component;
use crate::model::layout::ComponentTensors;
use crate::model::layout::model::Names;

/// The properties that follow from the names alone.
pub(super) struct FoundNames {
    /// R, the number of RCPBs.
    pub blocks: usize,
    /// One more than the largest index of a normalization.
    normalizations: usize,
    /// Whether some block and iteration has several normalizations.
    pub further_normalizations: bool,
}

impl FoundNames {
    /// Collects the properties from `names`, which have a common prefix.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut found = Self { blocks: 0, normalizations: 0, further_normalizations: false };
        let index_after = |name: &str, list: &str| -> Option<usize> {
            name.strip_prefix(list)?.split('.').next()?.parse::<usize>().ok()?.checked_add(1)
        };
        for name in names {
            if let Some(count) = index_after(name, "layer_list.") {
                found.blocks = found.blocks.max(count);
            } else if let Some(count) = index_after(name, "bn_layer_list.") {
                found.normalizations = found.normalizations.max(count);
            } else if name.starts_with("bn_layer_add_list_") {
                found.further_normalizations = true;
            }
        }
        found
    }

    /// Returns T: there is one normalization for each block and iteration.
    pub(super) fn iterations(&self, recurrent_blocks: usize) -> usize {
        self.normalizations.div_ceil(recurrent_blocks).max(1)
    }
}

/// The names of the recurrent stage.
pub(super) struct BlStackNames<'a> {
    /// Their common prefix.
    pub prefix: String,
    pub circuit: &'a Circuit,
    pub config: Option<&'a Config>,
}

impl BlStackNames<'_> {
    /// Returns the 0-based index of a connection's target RCPB, and whether the connection is lateral.
    fn place(&self, connection: usize) -> (usize, bool) {
        let connection = &self.circuit.connections[connection];
        (connection.to - INPUT_BLOCK - 1, connection.from == connection.to)
    }
}

impl Names for BlStackNames<'_> {
    fn tensors(&self, component: &Component) -> ComponentTensors {
        let prefix = &self.prefix;
        match *component {
            Component::Convolution { connection, .. } | Component::Identity { connection } => {
                let (index, lateral) = self.place(connection);
                let role = if lateral { "l_conv" } else { "b_conv" };
                ComponentTensors::convolution(format!("{prefix}layer_list.{index}.{role}.weight"))
            }
            Component::Normalization { block, iteration, path_use } => {
                let index = block - INPUT_BLOCK - 1;
                let t = iteration.map_or(0, |iteration| iteration - 1);
                ComponentTensors::batch_normalization(match path_use {
                    0 => format!("{prefix}bn_layer_list.{}", t * self.circuit.blocks.len() + index),
                    further => format!("{prefix}bn_layer_add_list_{index}_{t}.{}", further - 1),
                })
            }
            // No published model has a normalization on a connection.
            Component::ConnectionNormalization { .. } => ComponentTensors::default(),
        }
    }

    fn expected_shape(&self, component: &Component) -> Option<Vec<usize>> {
        let config = self.config?;
        Some(match *component {
            Component::Convolution { connection, .. } | Component::Identity { connection } => {
                let (index, lateral) = self.place(connection);
                config.kernel_shape(index, lateral)
            }
            Component::Normalization { block, .. } => vec![config.channels(block - INPUT_BLOCK - 1)],
            Component::ConnectionNormalization { .. } => return None,
        })
    }
}

/// The layers outside the recurrent stage, and their names in roles.
pub(super) const OTHER_LAYERS: [(&str, LayerName); 4] = [
    ("moduledict.bn_input.", LayerName::InputNormalization),
    ("moduledict.conv0.", LayerName::FirstConvolution),
    ("moduledict.bn0.", LayerName::FIRST_NORMALIZATION),
    ("moduledict.fc.", LayerName::Readout),
];
