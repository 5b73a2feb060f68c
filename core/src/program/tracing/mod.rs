//! Tracing: from the operations of a program to the graph of its components.
//!
//! Every value is followed from where paths begin. The [rule](super::rules) of an operation determines its
//! effect on a path: a layer with parameters becomes a node, a sum joins paths, a carrier passes them on, and
//! in a product of two values of the image one is the gate. Only operations on paths need a rule; others may
//! be unknown.

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

/// The largest number of nodes, edges and pieces of values along an axis in a program.
const MOST_PLACES: usize = 1 << 24;

/// The largest number of elements of a mask or of indices that are inspected.
const MOST_INDICES: usize = 1 << 20;

/// The user's settings for the paths of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The module at whose outputs paths begin; by default they begin at the input.
    pub from: Option<String>,
    /// The module at whose last output paths end; by default they end at the model's output.
    pub to: Option<String>,
    /// The input at which paths begin, by name or number; by default the first image.
    pub input: Option<String>,
    /// The output at which paths end; by default the last tensor.
    pub output: Option<usize>,
    /// The components that add 1 to the length of a path.
    pub count: Counted,
    /// Modules or operations whose values gate what they are multiplied by; `*` in a name matches any text.
    pub gates: Vec<String>,
}

/// The graph of a program's components.
#[derive(Debug)]
pub struct Traced {
    /// The graph.
    pub graph: ComponentGraph,
    /// The components, by their numbers in the graph, in the order of their first call.
    pub layers: Vec<Layer>,
    /// The role of each component for the paths.
    pub roles: Vec<Role>,
    /// The operation of each node of the graph; `None` for the source and for a node that joins the ends.
    pub node_operations: Vec<Option<usize>>,
    /// The number of times each operation is performed, by its name without overload.
    pub operations: BTreeMap<String, usize>,
    /// Where paths begin: a module or an input.
    pub from: String,
    /// Where paths end: a module or an output.
    pub to: String,
    /// The index of the output at which paths end, unless they end at a module.
    pub output: Option<usize>,
    /// Stored tensors that an operation changes in place.
    pub changed: HashSet<ValueId>,
    /// The names of quotients whose divisor depends on the image and was treated as a gate.
    pub divisors: Vec<OperationName>,
    /// The values at which paths begin.
    pub(in crate::program) starts: Vec<ValueId>,
    /// The values at which paths end; most programs have one.
    pub(in crate::program) ends: Vec<ValueId>,
    /// Values that gate in these operations, so that no path leads through them there.
    pub(in crate::program) gates: HashSet<(usize, ValueId)>,
    /// Products and quotients of two functions of one value, which are activations.
    pub(in crate::program) functions: HashSet<usize>,
    /// The use of the results of operations.
    reading: Reading,
}

/// Follows the paths of a program.
///
/// # Arguments
///
/// * `program` - the operations
/// * `tensors` - the stored tensors of the program, since masks and indices determine which paths lead where
/// * `settings` - where paths begin and end, and the gates that the user names
///
/// # Errors
///
/// [`TraceError`], for names that do not exist, ends that no path joins, and the first operation on a path
/// without a rule.
///
/// # Complexity
///
/// O(operations + edges).
pub fn trace(program: &Program, tensors: &dyn Tensors, settings: &Settings) -> Result<Traced, TraceError> {
    let ends = Ends::new(program, settings)?;
    let mut tracer = Tracer::new(program, tensors, &ends);
    // Values that are divided along an axis may have thousands of pieces each.
    let mut pieces = 0;
    for (index, operation) in program.operations[..ends.operations].iter().enumerate() {
        tracer.perform(index);
        // The most recent nodes come from this operation.
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
    /// The operation of each node.
    node_operations: Vec<Option<usize>>,
    layers: Vec<Layer>,
    layer_numbers: HashMap<u64, usize>,
    /// The names of components, each with the last number that was appended to it.
    layer_names: HashMap<String, usize>,
    /// The last signal of each value.
    flows: Vec<Flow>,
    storage: Storage,
    /// The identity of each value that is a constant.
    structures: Vec<u64>,
    /// The paths of values of which others are elementwise functions.
    origins: Vec<Paths>,
    obstacles: Vec<TraceError>,
    /// Values that gate, with the operation in which they gate.
    gates: Vec<(ValueId, usize)>,
    /// Quotients of two values of the image.
    divisors: Vec<usize>,
    /// Products and quotients of two functions of one value.
    functions: HashSet<usize>,
    /// The number of ways that were separated from others at the same node.
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

    /// Returns the signal of an input or of an operation's result, where paths may begin.
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

    /// Returns the elements of a small constant as an operation reads it; `None` where they are unknown.
    fn small_constant(&self, index: usize, value: ValueId) -> Option<Content> {
        let extents = self.extents(value);
        let elements = extents.into_iter().try_fold(1usize, |all, extent| all.checked_mul(extent?))?;
        if elements > MOST_INDICES || self.is_image(value) {
            return None;
        }
        self.constants.tensor(value, index).ok()
    }

    /// Returns the numbers in a small constant.
    fn numbers(&self, index: usize, value: ValueId) -> Option<Vec<f64>> {
        let elements =
            self.extents(value).into_iter().try_fold(1usize, |all, extent| all.checked_mul(extent?))?;
        Some(match self.small_constant(index, value)? {
            Content::Array(array) => array.iter().copied().collect(),
            Content::Uniform(number) => vec![number; elements],
        })
    }

    /// Returns the number of axes of an operation's first result.
    fn output_rank(&self, index: usize) -> Option<usize> {
        let operation = self.operation(index);
        let output = operation.outputs.first().copied().flatten();
        self.rank(output.or_else(|| operation.reads().next())?)
    }

    fn is_image(&self, value: ValueId) -> bool {
        matches!(self.flows[value.index()], Flow::Image(_))
    }

    /// Returns the signal of a value that depends on an input; for a constant, one without paths.
    fn signal(&mut self, value: ValueId) -> Signal {
        match self.read(value) {
            Flow::Image(signal) => signal,
            Flow::Constant => self.fresh(Paths::None, None),
        }
    }

    /// Returns the nodes where paths arrive, one for each way.
    fn ways(&self, paths: &Paths) -> Vec<NodeIndex> {
        paths.ways().into_iter().map(|way| way.node).collect()
    }

    /// Returns the same paths, joined at one node.
    fn at_one_node(&mut self, paths: &Paths) -> Paths {
        match self.ways(paths).as_slice() {
            [] => Paths::None,
            [node] => Paths::At(*node),
            several => Paths::At(self.graph.add(Part::Sum, several.to_vec())),
        }
    }

    /// Returns the signal of a value that paths cannot be followed through.
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
