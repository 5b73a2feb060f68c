//! Tracing: from the operations of a program to the graph of its components.
//!
//! Every value is followed from where paths begin. What an operation is to a path says its [rule](super::rules): a layer
//! with parameters becomes a node, a sum joins, a carrier passes on, and a product of two values of the image is gated by
//! one of them. Only what is on a path must be known: anything else may be there.

mod carriers;
mod choices;
mod dispatch;
mod ends;
mod error;
mod layers;
mod layout;
mod matrices;
mod modules;
mod names;
mod places;
mod products;
mod regrouping;
mod roles;
mod signal;
mod stacks;
mod storage;

#[cfg(test)]
mod interpreted;
#[cfg(test)]
mod tests;

pub use error::{OperationName, TraceError};
pub use layers::{FactorOf, FactorValue, Layer, StrengthSource};
pub use modules::{Module, modules, operation_counts};
pub use roles::{Role, Why};

use super::rules::{Rule, rule};
use super::{Constants, Content, Counted, Extent, Operation, Origin, Program, Tensors, ValueId};
use crate::graph::{ComponentGraph, GraphBuilder, Part};
use ends::Ends;
use petgraph::graph::NodeIndex;
use roles::Reading;
use signal::{Flow, Paths, Signal};
use std::collections::{BTreeMap, HashMap, HashSet};
use storage::Storage;

/// The most nodes, edges, and pieces of values along an axis, that a program may have.
const MOST_PLACES: usize = 1 << 24;

/// The most elements of a mask or of indices that are looked at.
const MOST_INDICES: usize = 1 << 20;

/// What the user decides about the paths of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The module at whose outputs paths begin; at the input without.
    pub from: Option<String>,
    /// The module at whose last output paths end; at the model's output without.
    pub to: Option<String>,
    /// The input at which paths begin, by name or number; the first image without.
    pub input: Option<String>,
    /// The output at which paths end; the last tensor without.
    pub output: Option<usize>,
    /// What adds 1 to the length of a path.
    pub count: Counted,
    /// Modules or operations whose values gate what they are multiplied by; `*` in a name stands for any text.
    pub gates: Vec<String>,
}

/// The graph of a program's components.
#[derive(Debug)]
pub struct Traced {
    /// The graph.
    pub graph: ComponentGraph,
    /// The components, by their numbers in the graph, in the order of their first call.
    pub layers: Vec<Layer>,
    /// By component, what it does for the paths.
    pub roles: Vec<Role>,
    /// By node of the graph, the operation that it comes from; `None` for the source, and where the ends are joined.
    pub node_operations: Vec<Option<usize>>,
    /// How often each operation is performed, by its name without overload.
    pub operations: BTreeMap<String, usize>,
    /// Where paths begin: a module or an input.
    pub from: String,
    /// Where paths end: a module or an output.
    pub to: String,
    /// The output at which paths end, if they do not end at a module.
    pub output: Option<usize>,
    /// Stored tensors that an operation changes in place.
    pub changed: HashSet<ValueId>,
    /// The names of quotients whose divisor depends on the image, and was taken for a gate.
    pub divisors: Vec<OperationName>,
    /// The values at which paths begin.
    pub(in crate::program) starts: Vec<ValueId>,
    /// The values at which paths end, of which most programs have one.
    pub(in crate::program) ends: Vec<ValueId>,
    /// Values that no path leads through where these operations read them, because they gate there.
    pub(in crate::program) gates: HashSet<(usize, ValueId)>,
    /// Products and quotients of two functions of one value, which are activations.
    pub(in crate::program) functions: HashSet<usize>,
    /// What is read of what operations give.
    reading: Reading,
}

/// Follows the paths of a program.
///
/// # Arguments
///
/// * `program` - the operations
/// * `tensors` - what the program stores: masks and indices say which paths lead where
/// * `settings` - where paths begin and end, and what the user says about gates
///
/// # Errors
///
/// [`TraceError`]: names that do not exist, ends that no path joins, and the first thing on a path that no rule covers.
///
/// # Complexity
///
/// O(operations + edges).
pub fn trace(program: &Program, tensors: &dyn Tensors, settings: &Settings) -> Result<Traced, TraceError> {
    let ends = Ends::new(program, settings)?;
    let mut tracer = Tracer::new(program, tensors, &ends);
    // Values that are taken apart along an axis may have thousands of pieces each.
    let mut pieces = 0;
    for (index, operation) in program.operations[..ends.operations].iter().enumerate() {
        tracer.perform(index);
        // The nodes that were added last come from this operation.
        tracer.node_operations.resize(tracer.graph.node_count(), Some(index));
        let outputs = operation.outputs.iter().flatten();
        pieces += outputs.map(|value| tracer.flows[value.index()].pieces()).sum::<usize>();
        if pieces + tracer.graph.node_count() + tracer.graph.edge_count() > MOST_PLACES {
            return Err(TraceError::TooManyPlaces(tracer.name_of(index)));
        }
    }
    tracer.finish(settings)
}

struct Tracer<'a> {
    program: &'a Program,
    ends: &'a Ends,
    graph: GraphBuilder,
    /// By node, the operation that it comes from.
    node_operations: Vec<Option<usize>>,
    layers: Vec<Layer>,
    layer_numbers: HashMap<u64, usize>,
    /// The names of components, each with the last number that was put behind it.
    layer_names: HashMap<String, usize>,
    /// By value, what was last found.
    flows: Vec<Flow>,
    storage: Storage,
    /// By value, what tells it from others if it is a constant.
    structures: Vec<u64>,
    /// The paths of values that others are functions of element by element.
    origins: Vec<Paths>,
    obstacles: Vec<TraceError>,
    /// Values that gate, and the operation that they gate in.
    gates: Vec<(ValueId, usize)>,
    /// Quotients of two values of the image.
    divisors: Vec<usize>,
    /// Products and quotients of two functions of one value.
    functions: HashSet<usize>,
    /// How many ways were told apart from others at the same node.
    marks: usize,
    /// Tensors that depend on no input.
    constants: Constants<'a>,
}

impl<'a> Tracer<'a> {
    fn new(program: &'a Program, tensors: &'a dyn Tensors, ends: &'a Ends) -> Self {
        let values = program.values.len();
        let mut tracer = Self {
            program,
            ends,
            graph: GraphBuilder::new(),
            node_operations: vec![None],
            layers: Vec::new(),
            layer_numbers: HashMap::new(),
            layer_names: HashMap::new(),
            flows: vec![Flow::Constant; values],
            storage: Storage::new(values),
            structures: vec![0; values],
            origins: Vec::new(),
            obstacles: Vec::new(),
            gates: Vec::new(),
            divisors: Vec::new(),
            functions: HashSet::new(),
            marks: 0,
            constants: Constants::new(program, tensors),
        };
        for (index, value) in program.values.iter().enumerate() {
            let id = ValueId::new(index);
            match value.origin {
                Origin::Operation(_) => {}
                Origin::Input(_) => tracer.flows[index] = tracer.begun(id, Paths::None),
                _ => tracer.structures[index] = names::leaf(id),
            }
        }
        tracer
    }

    /// What is known of an input or of what an operation gives, where paths may begin.
    fn begun(&mut self, value: ValueId, paths: Paths) -> Flow {
        let begins = self.ends.starts.contains(&value);
        let paths = if begins { Paths::At(self.graph.source()) } else { paths };
        Flow::Image(self.fresh(paths, None))
    }

    fn finish(mut self, settings: &Settings) -> Result<Traced, TraceError> {
        let ends: Vec<Signal> =
            self.ends.ends.iter().filter_map(|&value| self.read(value).signal().cloned()).collect();
        let end = self.side_by_side(&ends);
        if let (Some(obstacle), true) = (end.obstacle, end.paths.any()) {
            return Err(self.obstacles[obstacle].clone());
        }
        let Paths::At(end) = self.at_one_node(&end.paths) else {
            let Ends { starts, ends, from, to, .. } = self.ends;
            let performed = |value: &ValueId| match self.program.value(*value).origin {
                Origin::Operation(index) => index < self.ends.operations,
                _ => true,
            };
            let is_constant = |value: &ValueId| performed(value) && !self.is_image(*value);
            for (constant, name) in
                [(starts.iter().all(is_constant), from), (ends.iter().all(is_constant), to)]
            {
                if constant {
                    return Err(TraceError::ConstantEnd(name.clone()));
                }
            }
            return Err(TraceError::NoPath { from: self.ends.from.clone(), to: self.ends.to.clone() });
        };
        let lengths = self.layers.iter().map(|layer| layer.kind.length(settings.count)).collect();
        let reading = Reading::new(self.program, self.ends, &self.gates);
        let (graph, moved) = std::mem::take(&mut self.graph).finish(&[end], lengths);
        let mut node_operations = vec![None; graph.node_count()];
        for (node, moved) in moved.iter().enumerate() {
            if let Some(moved) = moved {
                node_operations[moved.index()] = self.node_operations.get(node).copied().flatten();
            }
        }
        let roles = reading.roles(&self.layers, &graph);
        let mut divisors = std::mem::take(&mut self.divisors);
        divisors.dedup();
        let mut starts: Vec<ValueId> = self.ends.starts.iter().copied().collect();
        starts.sort_unstable();
        Ok(Traced {
            starts,
            ends: self.ends.ends.clone(),
            gates: self.gates.iter().map(|&(value, index)| (index, value)).collect(),
            functions: std::mem::take(&mut self.functions),
            changed: self.storage.changed(),
            divisors: divisors.into_iter().map(|index| self.name_of(index)).collect(),
            graph,
            layers: self.layers,
            roles,
            node_operations,
            operations: operation_counts(&self.program.operations[..self.ends.operations]),
            from: self.ends.from.clone(),
            to: self.ends.to.clone(),
            output: self.ends.output,
            reading,
        })
    }

    fn operation(&self, index: usize) -> &'a Operation {
        &self.program.operations[index]
    }

    fn rule_of(&self, index: usize) -> Option<Rule> {
        rule(&self.operation(index).target).map(|(rule, _)| rule)
    }

    fn name_of(&self, index: usize) -> OperationName {
        OperationName::of(self.operation(index))
    }

    fn shape(&self, value: ValueId) -> Option<&'a [Extent]> {
        Some(&self.program.value(value).tensor.as_ref()?.shape)
    }

    fn rank(&self, value: ValueId) -> Option<usize> {
        self.shape(value).map(<[Extent]>::len)
    }

    fn extent(&self, value: ValueId, axis: usize) -> Option<usize> {
        usize::try_from(self.shape(value)?.get(axis)?.known()?).ok()
    }

    /// The elements of a small constant as an operation reads it; `None` where they are not known.
    fn small_constant(&self, index: usize, value: ValueId) -> Option<Content> {
        let extents = self.extents(value);
        let elements = extents.into_iter().try_fold(1usize, |all, extent| all.checked_mul(extent?))?;
        if elements > MOST_INDICES || self.is_image(value) {
            return None;
        }
        self.constants.tensor(value, index).ok()
    }

    /// The numbers in a small constant.
    fn numbers(&self, index: usize, value: ValueId) -> Option<Vec<f64>> {
        let elements =
            self.extents(value).into_iter().try_fold(1usize, |all, extent| all.checked_mul(extent?))?;
        Some(match self.small_constant(index, value)? {
            Content::Array(array) => array.iter().copied().collect(),
            Content::Uniform(number) => vec![number; elements],
        })
    }

    /// The number of axes of what an operation gives first.
    fn output_rank(&self, index: usize) -> Option<usize> {
        let operation = self.operation(index);
        let output = operation.outputs.first().copied().flatten();
        self.rank(output.or_else(|| operation.reads().next())?)
    }

    fn is_image(&self, value: ValueId) -> bool {
        matches!(self.flows[value.index()], Flow::Image(_))
    }

    /// What is known of a value that depends on an input; of a constant, that no path leads to it.
    fn signal(&mut self, value: ValueId) -> Signal {
        match self.read(value) {
            Flow::Image(signal) => signal,
            Flow::Constant => self.fresh(Paths::None, None),
        }
    }

    /// The nodes that paths arrive at, one for each way that they come.
    fn ways(&self, paths: &Paths) -> Vec<NodeIndex> {
        paths.ways().into_iter().map(|way| way.node).collect()
    }

    /// The same paths, joined at one node.
    fn at_one_node(&mut self, paths: &Paths) -> Paths {
        match self.ways(paths).as_slice() {
            [] => Paths::None,
            [node] => Paths::At(*node),
            several => Paths::At(self.graph.add(Part::Sum, several.to_vec())),
        }
    }

    /// What is known of a value that paths cannot be followed through.
    fn blocked(&mut self, index: usize, problem: TraceError) -> Flow {
        let reads: Vec<ValueId> = self.operation(index).reads().collect();
        let signals: Vec<Signal> =
            reads.into_iter().filter_map(|value| self.read(value).signal().cloned()).collect();
        let joined = self.side_by_side(&signals);
        self.blocked_after(index, joined, problem)
    }

    fn blocked_after(&mut self, _index: usize, joined: Signal, problem: TraceError) -> Flow {
        let mut obstacle = joined.obstacle;
        if obstacle.is_none() && joined.paths.any() {
            self.obstacles.push(problem);
            obstacle = Some(self.obstacles.len() - 1);
        }
        Flow::Image(self.fresh(joined.paths, obstacle))
    }

    fn lacking(&mut self, index: usize, argument: &str) -> Flow {
        let operation = self.name_of(index);
        self.blocked(index, TraceError::Argument { operation, argument: argument.to_owned() })
    }
}
