//! The builder of a circuit's graph.

use super::{Component, Place, UnrolledCircuit};
use crate::circuit::{Circuit, CircuitError, INPUT_BLOCK, MAX_UNROLLED_NODES, Normalization, Operation};
use crate::graph::{GraphBuilder, Part};
use petgraph::graph::NodeIndex;
use std::collections::HashMap;

/// An output that is read out.
pub(crate) struct End {
    /// The node of the output.
    pub node: NodeIndex,
    /// The iterations at which it is read; several where the block is held.
    pub iterations: Vec<usize>,
}

/// A builder that collects nodes and their places in topological order.
pub(crate) struct Builder {
    graph: GraphBuilder,
    places: Vec<Place>,
    components: Vec<Component>,
    component_indices: HashMap<Component, usize>,
}

impl Default for Builder {
    /// Returns a builder that holds only the input.
    fn default() -> Self {
        Self {
            graph: GraphBuilder::new(),
            places: vec![Place { block: INPUT_BLOCK, iteration: 0 }],
            components: Vec::new(),
            component_indices: HashMap::new(),
        }
    }
}

impl Builder {
    /// Returns a builder that holds only the input and knows the components of an unrolled circuit by their
    /// numbers.
    pub(crate) fn with_components_of(unrolled: &UnrolledCircuit) -> Self {
        let components = unrolled.components.clone();
        let component_indices = components.iter().copied().zip(0..).collect();
        Self { components, component_indices, ..Self::default() }
    }

    /// Returns the node of the input.
    pub(crate) fn input(&self) -> NodeIndex {
        self.graph.source()
    }

    /// Adds a node after its predecessors.
    pub(crate) fn add(
        &mut self,
        part: Part,
        place: Place,
        predecessors: impl IntoIterator<Item = NodeIndex>,
    ) -> NodeIndex {
        self.places.push(place);
        self.graph.add(part, predecessors)
    }

    /// Returns the part for a component, which is numbered if it is new.
    pub(crate) fn component(&mut self, component: Component) -> Part {
        let components = &mut self.components;
        let index = *self.component_indices.entry(component).or_insert_with(|| {
            components.push(component);
            components.len() - 1
        });
        Part::Component(index)
    }

    /// Unrolls a valid circuit whose paths share components.
    pub(crate) fn unroll(mut self, circuit: &Circuit) -> Result<UnrolledCircuit, CircuitError> {
        let order = circuit.evaluation_order()?;
        // outputs[block][t - 1]; `None` where the input has not arrived yet.
        let mut outputs: Vec<Vec<Option<NodeIndex>>> =
            vec![Vec::new(); INPUT_BLOCK + circuit.blocks.len() + 1];
        let connections_to = circuit.connections_to();
        for iteration in 1..=circuit.iterations {
            for &block in order.iter().filter(|&&block| iteration <= circuit.block(block).iterations) {
                let mut arriving = Vec::new();
                for &index in &connections_to[block] {
                    let connection = &circuit.connections[index];
                    if !connection.is_active(iteration) {
                        continue;
                    }
                    let source = if connection.is_from_input() {
                        Some(self.input())
                    } else {
                        let held = circuit.block(connection.from).iterations;
                        outputs[connection.from][(iteration - connection.delay).min(held) - 1]
                    };
                    let Some(source) = source else { continue };
                    arriving.push(self.add_connection(circuit, index, iteration, source));
                }
                let output = (!arriving.is_empty())
                    .then(|| self.add_output(circuit, Place { block, iteration }, arriving));
                outputs[block].push(output);
            }
        }
        let last = circuit.block(circuit.read_from).iterations;
        let ends = (1..=last)
            .filter_map(|iteration| {
                let node = outputs[circuit.read_from][iteration - 1]?;
                let until = if iteration == last { circuit.iterations } else { iteration };
                Some(End { node, iterations: (iteration..=until).collect() })
            })
            .collect();
        self.finish(ends, (1..=circuit.iterations).collect()).ok_or_else(|| CircuitError::NoPath {
            block: circuit.block(circuit.read_from).name.clone(),
            iterations: circuit.iterations,
            enough: circuit.enough_iterations(),
        })
    }

    /// Adds the nodes of a connection at an iteration and returns the last one.
    fn add_connection(
        &mut self,
        circuit: &Circuit,
        index: usize,
        iteration: usize,
        source: NodeIndex,
    ) -> NodeIndex {
        let connection = &circuit.connections[index];
        let component = match connection.operation {
            Operation::Identity => Component::Identity { connection: index },
            Operation::Convolution => Component::Convolution { connection: index, iteration: None },
            Operation::ConvolutionPerIteration => {
                Component::Convolution { connection: index, iteration: Some(iteration) }
            }
        };
        let part = self.component(component);
        let place = Place { block: connection.to, iteration };
        let carried = self.add(part, place, [source]);
        let layer = match connection.normalization {
            Normalization::None => return carried,
            Normalization::Shared => None,
            Normalization::PerIteration | Normalization::PerPath => Some(iteration),
        };
        let part = self.component(Component::ConnectionNormalization { connection: index, iteration: layer });
        self.add(part, place, [carried])
    }

    /// Adds the output of a block, preceded by its normalization if it has one.
    fn add_output(&mut self, circuit: &Circuit, place: Place, arriving: Vec<NodeIndex>) -> NodeIndex {
        let block = place.block;
        let iteration = match circuit.block(block).normalization {
            Normalization::None => return self.add(Part::Sum, place, arriving),
            Normalization::Shared => None,
            Normalization::PerIteration | Normalization::PerPath => Some(place.iteration),
        };
        let part = self.component(Component::Normalization { block, iteration, path_use: 0 });
        let normalized = self.add(part, place, arriving);
        self.add(Part::Sum, place, [normalized])
    }

    /// Drops nodes that lie on no path and sorts the components. Returns `None` if no path is left.
    pub(crate) fn finish(self, ends: Vec<End>, readout_iterations: Vec<usize>) -> Option<UnrolledCircuit> {
        let mut block_of = vec![0; self.components.len()];
        let lengths = self.components.iter().map(Component::length).collect();
        let nodes: Vec<NodeIndex> = ends.iter().map(|end| end.node).collect();
        let (graph, moved) = self.graph.finish(&nodes, lengths);
        if graph.ends().is_empty() {
            return None;
        }
        let kept = self.places.iter().zip(moved).filter(|(_, moved)| moved.is_some());
        let places: Vec<Place> = kept.map(|(&place, _)| place).collect();
        for (node, place) in graph.nodes().zip(&places) {
            if let Some(component) = graph.component(node) {
                block_of[component] = place.block;
            }
        }
        let uses = graph.uses();
        let mut order: Vec<usize> = (0..uses.len()).filter(|&component| uses[component] > 0).collect();
        order.sort_by_key(|&component| (block_of[component], self.components[component]));
        Some(UnrolledCircuit {
            graph: graph.with_components(&order),
            components: order.into_iter().map(|component| self.components[component]).collect(),
            places,
            end_iterations: ends.into_iter().map(|end| end.iterations).collect(),
            readout_iterations,
        })
    }

    /// Refuses to grow beyond [`MAX_UNROLLED_NODES`].
    pub(crate) fn check_room_for(&self, more: usize, of: &UnrolledCircuit) -> Result<(), CircuitError> {
        if self.graph.node_count() + more > MAX_UNROLLED_NODES {
            let iterations = of.readout_iterations.last().copied().unwrap_or_default();
            return Err(CircuitError::TooLarge { iterations });
        }
        Ok(())
    }
}
