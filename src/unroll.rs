//! Unrolling: the circuit as a directed acyclic graph over (component, iteration).
//!
//! Every block m gets an output node for each iteration t it computes, and before it a node for
//! each convolution that ends there and one for its normalization (paper, Eq. 2f-i and Fig. 4a).
//! Outputs before the first iteration are zero (Eq. 2h), so nothing leads from them. A block that
//! computes only T' iterations is read at iteration T' afterwards (appendix B.2).
//!
//! In a multi-path model with one normalization for each path, every path is a chain of its own
//! (Fig. 4b): the graph is then the union of these chains.

use crate::ablation;
use crate::circuit::{
    Circuit, CircuitError, INPUT_BLOCK, MAX_UNROLLED_NODES, Normalization, Operation, Readout,
};
use crate::paths::enumerate::Paths;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;

/// A component of the circuit: what strengths are measured of.
///
/// Iterations count from 1; `None` stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The convolution of a connection, given by its index.
    Convolution {
        /// Index into [`Circuit::connections`].
        connection: usize,
        /// The iteration whose weights these are.
        iteration: Option<usize>,
    },
    /// A connection without convolution. Its strength is that of its factor, 1 without, and its length 0.
    Identity {
        /// Index into [`Circuit::connections`].
        connection: usize,
    },
    /// A normalization layer.
    Normalization {
        /// Number of the block.
        block: usize,
        /// The iteration that it belongs to.
        iteration: Option<usize>,
        /// 0, or which further layer of this block and iteration it is, in a multi-path model
        /// with one for each path.
        path_use: usize,
    },
    /// The normalization layer of a connection, before the sum at its target.
    ConnectionNormalization {
        /// Index into [`Circuit::connections`].
        connection: usize,
        /// The iteration that it belongs to.
        iteration: Option<usize>,
    },
}

impl Component {
    /// Its name: that of the connection, or `bn[block]`, `bn[block,iteration]` or
    /// `bn[block,iteration,path_use]`; an iteration of a convolution as `conv[2].lateral{3}`; the
    /// normalization of a connection as `bn[conv[2].lateral]` or `bn[conv[2].lateral,3]`.
    pub fn name(&self, circuit: &Circuit) -> String {
        self.name_among(|connection| circuit.connection_name(connection))
    }

    pub(crate) fn name_among(&self, connection_name: impl Fn(usize) -> String) -> String {
        match *self {
            Self::Convolution { connection, iteration: None } | Self::Identity { connection } => {
                connection_name(connection)
            }
            Self::Convolution { connection, iteration: Some(t) } => {
                format!("{}{{{t}}}", connection_name(connection))
            }
            Self::Normalization { block, iteration: None, .. } => format!("bn[{block}]"),
            Self::Normalization { block, iteration: Some(t), path_use: 0 } => format!("bn[{block},{t}]"),
            Self::Normalization { block, iteration: Some(t), path_use } => {
                format!("bn[{block},{t},{path_use}]")
            }
            Self::ConnectionNormalization { connection, iteration: None } => {
                format!("bn[{}]", connection_name(connection))
            }
            Self::ConnectionNormalization { connection, iteration: Some(t) } => {
                format!("bn[{},{t}]", connection_name(connection))
            }
        }
    }

    /// The connection it belongs to, if any; that of a block's normalization is none.
    pub fn connection(&self) -> Option<usize> {
        match *self {
            Self::Convolution { connection, .. }
            | Self::Identity { connection }
            | Self::ConnectionNormalization { connection, .. } => Some(connection),
            Self::Normalization { .. } => None,
        }
    }

    /// Returns whether the component is a normalization, of a block or of a connection.
    pub fn is_normalization(&self) -> bool {
        matches!(self, Self::Normalization { .. } | Self::ConnectionNormalization { .. })
    }

    /// How much it adds to the length of a path through it: 1 for a convolution, else 0.
    pub fn length(&self) -> usize {
        usize::from(matches!(self, Self::Convolution { .. }))
    }
}

/// What a node of the unrolled circuit stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The input of the recurrent stage, the same at all iterations.
    Input,
    /// A component; the index is into [`UnrolledCircuit::components`].
    Component(usize),
    /// The output of a block, after its activation, whose strength is 1.
    Output,
}

/// A node: a part of a block at an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub part: Part,
    /// Number of the block.
    pub block: usize,
    /// The iteration, from 1; 0 for the input.
    pub iteration: usize,
}

/// A node that the readout sees, and at which iterations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadoutInput {
    /// The output node.
    pub node: NodeIndex,
    /// The iterations that it is read at: several where the block is held.
    pub iterations: Vec<usize>,
}

/// The unrolled circuit. Indices of nodes are in topological order.
///
/// # Examples
///
/// ```
/// use pathscope::circuit::Circuit;
/// use pathscope::unroll::UnrolledCircuit;
///
/// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3))?;
/// // The input; (bottom-up, normalization, output) thrice, and lateral twice.
/// assert_eq!(unrolled.graph().node_count(), 1 + 3 * 3 + 2);
/// # Ok::<(), pathscope::circuit::CircuitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct UnrolledCircuit {
    graph: DiGraph<Node, ()>,
    components: Vec<Component>,
    predecessors: Vec<Vec<NodeIndex>>,
    readout_inputs: Vec<ReadoutInput>,
    readout_iterations: Vec<usize>,
}

impl UnrolledCircuit {
    /// Unrolls a circuit. Nodes on no path from the input to the readout are left out.
    ///
    /// # Errors
    ///
    /// Those of [`Circuit::validate`]; [`CircuitError::NoPath`] where the readout sees nothing of
    /// the input; [`CircuitError::NothingLeft`] where the removed lengths are all there are.
    ///
    /// # Complexity
    ///
    /// O(T · connections); of a multi-path model with one normalization for each path, the sum of
    /// the lengths of all paths.
    pub fn new(circuit: &Circuit) -> Result<Self, CircuitError> {
        circuit.validate()?;
        let mut unrolled = Builder::default().unroll(circuit)?;
        let Some(multi_path) = &circuit.multi_path else {
            return Ok(unrolled);
        };
        if !multi_path.lengths_removed.is_empty() {
            unrolled = ablation::without_lengths(&unrolled, &multi_path.lengths_removed)?;
        }
        if circuit.blocks.iter().any(|block| block.normalization == Normalization::PerPath) {
            unrolled = Builder::default().separate_paths(circuit, &unrolled)?;
        }
        Ok(unrolled)
    }

    /// The graph.
    pub fn graph(&self) -> &DiGraph<Node, ()> {
        &self.graph
    }

    /// The components that occur, block by block: connections in their order, then normalizations.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The node of the input.
    pub fn input(&self) -> NodeIndex {
        NodeIndex::new(0)
    }

    /// What the readout sees, iterations upward.
    pub fn readout_inputs(&self) -> &[ReadoutInput] {
        &self.readout_inputs
    }

    /// The iterations that take part in the readout: all T of a recurrent model; of a multi-path
    /// model those that have a path.
    pub fn readout_iterations(&self) -> &[usize] {
        &self.readout_iterations
    }

    /// The nodes before a node, in the order of the circuit's connections.
    pub fn predecessors(&self, node: NodeIndex) -> &[NodeIndex] {
        &self.predecessors[node.index()]
    }

    /// The component of a node, if it stands for one.
    pub fn component(&self, node: NodeIndex) -> Option<&Component> {
        match self.graph[node].part {
            Part::Component(index) => Some(&self.components[index]),
            Part::Input | Part::Output => None,
        }
    }

    /// How much a node adds to the length of a path.
    pub fn length(&self, node: NodeIndex) -> usize {
        self.component(node).map_or(0, Component::length)
    }

    /// The weight of each of [`UnrolledCircuit::readout_inputs`] under a readout mode: the sum of
    /// those of its iterations.
    pub fn readout_weights(&self, readout: Readout) -> Vec<f64> {
        let by_position = readout.weights(self.readout_iterations.len());
        let weight_at = |iteration: &usize| {
            self.readout_iterations.binary_search(iteration).map_or(0.0, |position| by_position[position])
        };
        self.readout_inputs.iter().map(|input| input.iterations.iter().map(weight_at).sum()).collect()
    }

    /// All paths, lazily: see [`Paths`].
    pub fn paths(&self) -> Paths<'_> {
        Paths::new(self)
    }
}

/// Collects nodes and edges in topological order.
#[derive(Default)]
pub(crate) struct Builder {
    graph: DiGraph<Node, ()>,
    components: Vec<Component>,
    component_indices: HashMap<Component, usize>,
    predecessors: Vec<Vec<NodeIndex>>,
}

impl Builder {
    pub(crate) fn add(&mut self, node: Node, predecessors: Vec<NodeIndex>) -> NodeIndex {
        let index = self.graph.add_node(node);
        for &predecessor in &predecessors {
            self.graph.add_edge(predecessor, index, ());
        }
        self.predecessors.push(predecessors);
        index
    }

    fn component(&mut self, component: Component) -> Part {
        let components = &mut self.components;
        let index = *self.component_indices.entry(component).or_insert_with(|| {
            components.push(component);
            components.len() - 1
        });
        Part::Component(index)
    }

    fn add_input(&mut self) -> NodeIndex {
        self.add(Node { part: Part::Input, block: INPUT_BLOCK, iteration: 0 }, Vec::new())
    }

    fn unroll(mut self, circuit: &Circuit) -> Result<UnrolledCircuit, CircuitError> {
        let order = circuit.evaluation_order()?;
        let input = self.add_input();
        // outputs[block][t - 1]; `None` where nothing of the input has arrived yet.
        let mut outputs: Vec<Vec<Option<NodeIndex>>> =
            vec![Vec::new(); INPUT_BLOCK + circuit.blocks.len() + 1];
        let connections_to = circuit.connections_to();
        for t in 1..=circuit.iterations {
            for &number in order.iter().filter(|&&number| t <= circuit.block(number).iterations) {
                let mut arriving = Vec::new();
                for &index in &connections_to[number] {
                    let connection = &circuit.connections[index];
                    if !connection.is_active(t) {
                        continue;
                    }
                    let source = if connection.is_from_input() {
                        Some(input)
                    } else {
                        let held = circuit.block(connection.from).iterations;
                        outputs[connection.from][(t - connection.delay).min(held) - 1]
                    };
                    let Some(source) = source else { continue };
                    arriving.push(self.add_connection(circuit, index, t, source));
                }
                let output = (!arriving.is_empty()).then(|| {
                    let iteration = match circuit.block(number).normalization {
                        Normalization::None => return self.add_output(number, t, arriving),
                        Normalization::Shared => None,
                        Normalization::PerIteration | Normalization::PerPath => Some(t),
                    };
                    let part =
                        self.component(Component::Normalization { block: number, iteration, path_use: 0 });
                    let normalized = self.add(Node { part, block: number, iteration: t }, arriving);
                    self.add_output(number, t, vec![normalized])
                });
                outputs[number].push(output);
            }
        }
        let last = circuit.block(circuit.read_from).iterations;
        let readout_inputs = (1..=last)
            .filter_map(|t| {
                let node = outputs[circuit.read_from][t - 1]?;
                let until = if t == last { circuit.iterations } else { t };
                Some(ReadoutInput { node, iterations: (t..=until).collect() })
            })
            .collect();
        let no_path = || CircuitError::NoPath {
            block: circuit.block(circuit.read_from).name.clone(),
            iterations: circuit.iterations,
            enough: circuit.enough_iterations(),
        };
        self.finish(readout_inputs, (1..=circuit.iterations).collect()).ok_or_else(no_path)
    }

    /// The nodes of a connection at an iteration, of which the last is returned.
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
        let carried = self.add(Node { part, block: connection.to, iteration }, vec![source]);
        let layer = match connection.normalization {
            Normalization::None => return carried,
            Normalization::Shared => None,
            Normalization::PerIteration | Normalization::PerPath => Some(iteration),
        };
        let part = self.component(Component::ConnectionNormalization { connection: index, iteration: layer });
        self.add(Node { part, block: connection.to, iteration }, vec![carried])
    }

    fn add_output(&mut self, block: usize, iteration: usize, predecessors: Vec<NodeIndex>) -> NodeIndex {
        self.add(Node { part: Part::Output, block, iteration }, predecessors)
    }

    /// One chain for each path of `shared`; the j-th use of a normalization takes the j-th layer
    /// of its block and iteration.
    ///
    /// Paths are taken in the order of the published implementation: iterations upward and, at
    /// every block, first what comes over its first connection. That is the order in which a
    /// recurrent circuit lists them, but not an ablated one, which lists them by length.
    fn separate_paths(
        mut self,
        circuit: &Circuit,
        shared: &UnrolledCircuit,
    ) -> Result<UnrolledCircuit, CircuitError> {
        let too_large = || CircuitError::TooLarge { iterations: circuit.iterations };
        let mut chains = Vec::new();
        let mut nodes = 1;
        for path in shared.paths() {
            // Every chain keeps the iterations that it is read at, which may be many where its block is held.
            nodes += path.nodes.len() - 1 + shared.readout_inputs[path.readout_input].iterations.len() - 1;
            if nodes > MAX_UNROLLED_NODES {
                return Err(too_large());
            }
            let connections: Vec<usize> =
                path.nodes.iter().rev().filter_map(|&node| shared.component(node)?.connection()).collect();
            let iterations = shared.readout_inputs[path.readout_input].iterations.clone();
            chains.push((iterations, connections, path.nodes));
        }
        chains.sort();

        let mut uses: HashMap<Component, usize> = HashMap::new();
        let mut readout_inputs = Vec::new();
        let input = self.add_input();
        for (iterations, _, nodes) in chains {
            let mut end = input;
            for &node in &nodes[1..] {
                let mut copy = shared.graph[node];
                if let Some(&component) = shared.component(node) {
                    copy.part = match component {
                        Component::Normalization { block, iteration, .. }
                            if circuit.block(block).normalization == Normalization::PerPath =>
                        {
                            let used = uses.entry(component).or_default();
                            *used += 1;
                            self.component(Component::Normalization { block, iteration, path_use: *used - 1 })
                        }
                        shared_by_all => self.component(shared_by_all),
                    };
                }
                end = self.add(copy, vec![end]);
            }
            readout_inputs.push(ReadoutInput { node: end, iterations });
        }
        self.finish(readout_inputs, shared.readout_iterations.clone()).ok_or_else(too_large)
    }

    /// Drops what is on no path and sorts the components. `None` if no path is left.
    pub(crate) fn finish(
        self,
        readout_inputs: Vec<ReadoutInput>,
        readout_iterations: Vec<usize>,
    ) -> Option<UnrolledCircuit> {
        let count = self.graph.node_count();
        let mut wanted = vec![false; count];
        for input in &readout_inputs {
            wanted[input.node.index()] = true;
        }
        for node in (0..count).rev() {
            if wanted[node] {
                for predecessor in &self.predecessors[node] {
                    wanted[predecessor.index()] = true;
                }
            }
        }
        if readout_inputs.is_empty() {
            return None;
        }
        let mut used = vec![false; self.components.len()];
        for node in self.graph.node_indices().filter(|node| wanted[node.index()]) {
            if let Part::Component(index) = self.graph[node].part {
                used[index] = true;
            }
        }
        let mut order: Vec<usize> = (0..self.components.len()).filter(|&index| used[index]).collect();
        let block_of = self.block_of_components();
        order.sort_by_key(|&index| (block_of[index], self.components[index]));
        let mut renumbered = vec![usize::MAX; self.components.len()];
        for (new, &old) in order.iter().enumerate() {
            renumbered[old] = new;
        }

        let mut kept = Builder::default();
        let mut moved = vec![NodeIndex::end(); count];
        for node in self.graph.node_indices().filter(|node| wanted[node.index()]) {
            let mut copy = self.graph[node];
            if let Part::Component(index) = &mut copy.part {
                *index = renumbered[*index];
            }
            let predecessors =
                self.predecessors[node.index()].iter().map(|node| moved[node.index()]).collect();
            moved[node.index()] = kept.add(copy, predecessors);
        }
        Some(UnrolledCircuit {
            graph: kept.graph,
            components: order.into_iter().map(|index| self.components[index]).collect(),
            predecessors: kept.predecessors,
            readout_inputs: readout_inputs
                .into_iter()
                .map(|input| ReadoutInput { node: moved[input.node.index()], ..input })
                .collect(),
            readout_iterations,
        })
    }

    fn block_of_components(&self) -> Vec<usize> {
        let mut blocks = vec![0; self.components.len()];
        for node in self.graph.node_weights() {
            if let Part::Component(index) = node.part {
                blocks[index] = node.block;
            }
        }
        blocks
    }

    /// Refuses to grow beyond [`MAX_UNROLLED_NODES`].
    pub(crate) fn check_room_for(&self, more: usize, of: &UnrolledCircuit) -> Result<(), CircuitError> {
        if self.graph.node_count() + more > MAX_UNROLLED_NODES {
            let iterations = of.readout_iterations.last().copied().unwrap_or_default();
            return Err(CircuitError::TooLarge { iterations });
        }
        Ok(())
    }

    /// A builder that knows the components of an unrolled circuit under their indices.
    pub(crate) fn with_components_of(unrolled: &UnrolledCircuit) -> Self {
        let components = unrolled.components.clone();
        let component_indices = components.iter().copied().zip(0..).collect();
        Self { components, component_indices, ..Self::default() }
    }
}
