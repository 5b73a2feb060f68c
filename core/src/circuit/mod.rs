//! The circuit: blocks and the connections between them, before unrolling.
//!
//! A connection has a source, a target and a delay in iterations. An RCPB of the paper (Fig. 1d, Eq. 2i) is a
//! bottom-up connection with delay 0 and a lateral one with delay 1. Top-down and skip connections differ
//! only in their source and target. Blocks are numbered as in the paper: number 1 is the input of the
//! recurrent stage (the output of the first CPB), so the first recurrent block is number 2.
//!
//! Input: a description of blocks and connections. Output: a checked [`Circuit`] and its [`complexity`]. Read
//! [`Circuit`] first.

use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

pub mod complexity;
mod connection;
mod error;
mod names;
mod reach;
mod readout;
mod size;
pub(crate) mod spans;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod words;

pub use connection::{ActiveIterations, Connection, Operation, ParseIterationsError, Role};
pub use error::CircuitError;
pub use names::{ConnectionName, LayerName, ParseNameError, TensorName, TensorPart};
pub use readout::{Activation, Readout};
pub use words::{UnknownName, Word};

/// The number of the block that feeds the recurrent stage: the first CPB.
pub const INPUT_BLOCK: usize = 1;

/// The largest number of nodes that an unrolled circuit may have. A mistyped number of iterations then ends
/// in an error instead of exhausting the memory.
pub const MAX_UNROLLED_NODES: usize = 2_000_000;

/// A recurrent circuit: blocks, the connections between them and a readout.
///
/// # Examples
///
/// One RCPB unrolled for three iterations, as in Fig. 5 of the paper:
///
/// ```
/// use pathscope_core::circuit::Circuit;
///
/// let circuit = Circuit::of_recurrent_blocks(1, 3);
/// circuit.validate()?;
/// assert_eq!(circuit.connection_name(0).to_string(), "conv[2].bottom_up");
/// assert_eq!(circuit.connection_name(1).to_string(), "conv[2].lateral");
/// # Ok::<(), pathscope_core::circuit::CircuitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circuit {
    /// T, the number of iterations.
    pub iterations: usize,
    /// The recurrent blocks; `blocks[i]` has number `i + 2`.
    pub blocks: Vec<Block>,
    /// All connections. Connections that end at the same block are in the order in which paths through them
    /// are listed.
    pub connections: Vec<Connection>,
    /// Number of the block that is read out.
    pub read_from: usize,
    /// How the outputs of the iterations are combined, if known.
    pub readout: Option<Readout>,
    /// The nonlinearity of the blocks, if known.
    pub activation: Option<Activation>,
    /// The settings of a multi-path model (paper, section 4.2 and appendix E); `None` for any other.
    pub multi_path: Option<MultiPath>,
}

/// A recurrent block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The name that its author gave it.
    pub name: String,
    /// T' ≤ T: the block computes for this many iterations and then holds its output (paper B.2).
    pub iterations: usize,
    /// The normalization layers that it has.
    pub normalization: Normalization,
}

/// The normalization layers that a block has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// No normalization.
    None,
    /// One layer for all iterations.
    Shared,
    /// One layer for each iteration, as in the paper.
    PerIteration,
    /// One layer for each path and iteration: multi-path models only.
    PerPath,
}

/// The settings of a multi-path model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiPath {
    /// Lengths whose paths are removed; empty for the full multi-path model.
    pub lengths_removed: BTreeSet<usize>,
}

impl Circuit {
    /// Returns the circuit of the paper: `recurrent_blocks` RCPBs on top of each other, `iterations`
    /// iterations, and batch normalization for each block and iteration.
    ///
    /// With one iteration there are no lateral connections, so it is the feed-forward model.
    pub fn of_recurrent_blocks(recurrent_blocks: usize, iterations: usize) -> Self {
        let blocks = (0..recurrent_blocks)
            .map(|index| Block {
                name: format!("RCPB {}", index + 1),
                iterations,
                normalization: Normalization::PerIteration,
            })
            .collect();
        let connect = |from, to, delay| Connection::new(from, to, delay, Operation::Convolution);
        let connections = (INPUT_BLOCK + 1..=INPUT_BLOCK + recurrent_blocks)
            .flat_map(|number| {
                let lateral = (iterations > 1).then(|| connect(number, number, 1));
                std::iter::once(connect(number - 1, number, 0)).chain(lateral)
            })
            .collect();
        Self {
            iterations,
            blocks,
            connections,
            read_from: INPUT_BLOCK + recurrent_blocks,
            readout: None,
            activation: None,
            multi_path: None,
        }
    }

    /// Returns the block with a given number.
    ///
    /// # Panics
    ///
    /// If the number is that of the input or of no block. [`Circuit::validate`] rules both out.
    pub fn block(&self, number: usize) -> &Block {
        &self.blocks[number - INPUT_BLOCK - 1]
    }

    /// Returns the path lengths that are removed from a multi-path model.
    pub fn lengths_removed(&self) -> BTreeSet<usize> {
        self.multi_path.clone().unwrap_or_default().lengths_removed
    }

    /// Returns the numbers of the recurrent blocks, in order.
    pub fn block_numbers(&self) -> std::ops::RangeInclusive<usize> {
        INPUT_BLOCK + 1..=INPUT_BLOCK + self.blocks.len()
    }

    /// Returns the role of a connection.
    pub fn role(&self, connection: usize) -> Role {
        let Connection { from, to, .. } = self.connections[connection];
        Role::between(from, to)
    }

    /// Returns the name of a connection, such as `conv[2].bottom_up`.
    pub fn connection_name(&self, connection: usize) -> ConnectionName {
        let plain = ConnectionName::new(&self.connections[connection]);
        let before = self.connections[..connection].iter().map(ConnectionName::new);
        ConnectionName { number: 1 + before.filter(|other| *other == plain).count(), ..plain }
    }

    /// Returns the names of all connections, in order.
    pub fn connection_names(&self) -> Vec<ConnectionName> {
        let mut alike: HashMap<ConnectionName, usize> = HashMap::new();
        let name = |connection| {
            let plain = ConnectionName::new(connection);
            let number = alike.entry(plain).or_default();
            *number += 1;
            ConnectionName { number: *number, ..plain }
        };
        self.connections.iter().map(name).collect()
    }

    /// Returns the normalization of a recurrent block at an iteration, on its first path; `None` where it has none.
    pub fn normalization_name(&self, block: usize, iteration: usize) -> Option<LayerName> {
        let iteration = match self.block(block).normalization {
            Normalization::None => return None,
            Normalization::Shared => None,
            Normalization::PerIteration | Normalization::PerPath => Some(iteration),
        };
        Some(LayerName::Normalization { block, iteration, path_use: 0 })
    }

    /// Returns the indices of the connections that end at each block, by block number.
    pub(crate) fn connections_to(&self) -> Vec<Vec<usize>> {
        let mut connections_to = vec![Vec::new(); INPUT_BLOCK + self.blocks.len() + 1];
        for (index, connection) in self.connections.iter().enumerate() {
            connections_to[connection.to].push(index);
        }
        connections_to
    }

    /// Checks that the circuit can be unrolled.
    ///
    /// # Errors
    ///
    /// See [`CircuitError`]; a cycle without delay is named block by block.
    pub fn validate(&self) -> Result<(), CircuitError> {
        if self.iterations == 0 {
            return Err(CircuitError::NoIterations { what: "the circuit".to_owned() });
        }
        if self.blocks.is_empty() {
            return Err(CircuitError::NoBlocks);
        }
        for block in &self.blocks {
            if block.iterations == 0 {
                return Err(CircuitError::NoIterations { what: format!("block {}", block.name) });
            }
            if block.iterations > self.iterations {
                return Err(CircuitError::TooManyIterations {
                    block: block.name.clone(),
                    expected: self.iterations,
                    found: block.iterations,
                });
            }
            if block.normalization == Normalization::PerPath && self.multi_path.is_none() {
                return Err(CircuitError::PerPathWithoutMultiPath { block: block.name.clone() });
            }
        }
        let last = *self.block_numbers().end();
        let check = |what: String, found: usize, first: usize| {
            if (first..=last).contains(&found) {
                Ok(())
            } else {
                Err(CircuitError::UnknownBlock { what, found, last })
            }
        };
        check("the readout".to_owned(), self.read_from, INPUT_BLOCK + 1)?;
        for (index, connection) in self.connections.iter().enumerate() {
            check(format!("connection {}", index + 1), connection.from, INPUT_BLOCK)?;
            check(format!("connection {}", index + 1), connection.to, INPUT_BLOCK + 1)?;
            self.check_connection(index)?;
        }
        self.evaluation_order()?;
        self.check_size()
    }

    fn check_connection(&self, index: usize) -> Result<(), CircuitError> {
        let connection = &self.connections[index];
        let name = || self.connection_name(index).to_string();
        if connection.normalization == Normalization::PerPath {
            return Err(CircuitError::PerPathOnConnection { connection: name() });
        }
        if !connection.factor.is_finite() {
            return Err(CircuitError::Factor { connection: name(), found: connection.factor.to_string() });
        }
        let kernel = |problem| Err(CircuitError::Kernel { connection: name(), problem });
        if connection.groups == 0 {
            return kernel("has 0 groups, expected at least 1");
        }
        let plain = !connection.transposed && connection.groups == 1;
        if connection.operation == Operation::Identity && !plain {
            return kernel("has no convolution that could be transposed or grouped");
        }
        Ok(())
    }

    /// Returns the first property of the circuit that prevents pathscope from computing its network, in words
    /// that name the connection; `None` if there is no such property.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::circuit::Circuit;
    ///
    /// let mut circuit = Circuit::of_recurrent_blocks(1, 3);
    /// assert_eq!(circuit.beyond_computation(), None);
    /// circuit.connections[1].factor = 0.5;
    /// assert_eq!(circuit.beyond_computation().as_deref(), Some("conv[2].lateral has a factor of 0.5"));
    /// ```
    pub fn beyond_computation(&self) -> Option<String> {
        self.connections.iter().enumerate().find_map(|(index, connection)| {
            Some(format!("{} {}", self.connection_name(index), connection.peculiarity()?))
        })
    }

    /// Returns the block numbers in an order in which the blocks can be evaluated at one iteration.
    ///
    /// # Errors
    ///
    /// [`CircuitError::CycleWithoutDelay`] if there is no such order.
    pub(crate) fn evaluation_order(&self) -> Result<Vec<usize>, CircuitError> {
        let mut graph = DiGraph::<usize, ()>::new();
        let nodes: Vec<NodeIndex> = self.block_numbers().map(|number| graph.add_node(number)).collect();
        let node = |number: usize| nodes[number - INPUT_BLOCK - 1];
        for connection in &self.connections {
            if connection.delay == 0 && connection.from != INPUT_BLOCK {
                graph.update_edge(node(connection.from), node(connection.to), ());
            }
        }
        match toposort(&graph, None) {
            Ok(order) => Ok(order.into_iter().map(|node| graph[node]).collect()),
            Err(on_cycle) => {
                let cycle = cycle_through(&graph, on_cycle.node_id());
                let name = |node: &NodeIndex| self.block(graph[*node]).name.clone();
                Err(CircuitError::CycleWithoutDelay { cycle: cycle.iter().map(name).collect() })
            }
        }
    }
}

/// Returns the shortest cycle through `start`, which must lie on a cycle.
fn cycle_through(graph: &DiGraph<usize, ()>, start: NodeIndex) -> Vec<NodeIndex> {
    let mut came_from = vec![None; graph.node_count()];
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for next in graph.neighbors(node) {
            if next == start {
                let mut cycle = vec![start, node];
                while let Some(previous) = came_from[cycle[cycle.len() - 1].index()] {
                    cycle.push(previous);
                }
                if cycle[cycle.len() - 1] != start {
                    cycle.push(start);
                }
                cycle.reverse();
                return cycle;
            }
            if came_from[next.index()].is_none() {
                came_from[next.index()] = Some(node);
                queue.push_back(next);
            }
        }
    }
    vec![start, start]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_are_alike_are_told_apart() {
        let mut circuit = Circuit::of_recurrent_blocks(2, 3);
        for (from, to, delay) in [(2, 2, 1), (2, 2, 2), (3, 2, 1), (1, 3, 0), (1, 3, 0)] {
            circuit.connections.push(Connection::new(from, to, delay, Operation::Convolution));
        }
        let names = circuit.connection_names();
        let texts: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts[4..],
            [
                "conv[2].lateral#2",
                "conv[2].lateral@2",
                "conv[2].top_down[3]",
                "conv[3].skip[1]",
                "conv[3].skip[1]#2"
            ]
        );
        let one_by_one: Vec<ConnectionName> =
            (0..names.len()).map(|index| circuit.connection_name(index)).collect();
        assert_eq!(names, one_by_one);
    }

    #[test]
    fn a_cycle_without_delay_is_named() {
        let mut circuit = Circuit::of_recurrent_blocks(3, 2);
        circuit.connections.push(Connection::new(4, 3, 0, Operation::Identity));
        let Err(CircuitError::CycleWithoutDelay { cycle }) = circuit.validate() else {
            panic!("it has a cycle")
        };
        assert_eq!(cycle.first(), cycle.last());
        assert_eq!(cycle.len(), 3);
        assert!(cycle.contains(&"RCPB 2".to_owned()) && cycle.contains(&"RCPB 3".to_owned()));
    }

    #[test]
    fn readout_weights_sum_to_one() {
        for readout in Readout::ALL {
            for iterations in 1..10 {
                let sum: f64 = readout.weights(iterations).iter().sum();
                assert!((sum - 1.0).abs() < 1e-12, "{readout} {iterations}");
            }
        }
    }
}
