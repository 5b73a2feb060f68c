//! A plan for some values of a program, with the results that depend on no input.

use super::{Action, Budget, ExecutionError, Held, Machine, Step, Steps, Storages};
use crate::program::kernels::convolution::{narrowing_kernel, stored_as_read};
use crate::program::kernels::{Content, Limits, Reason, Tensor, cast, materialized};
use crate::program::{Argument, Element, Extent, Origin, Program, Tensors, ValueId};
use std::collections::{HashMap, HashSet};
use std::iter::zip;

/// The limits for an operation: no more elements than any machine holds.
const LIMITS: Limits = Limits { elements: 1 << 36, products: u64::MAX };

/// A step of a plan.
#[derive(Clone, Debug)]
pub(in crate::program) struct Planned {
    /// The step.
    pub(in crate::program) step: Step,
    /// The steps that it needs, which come before it or depend on no input.
    pub(in crate::program) sources: Vec<Step>,
    /// The needed steps that no later step needs.
    pub(in crate::program) drops: Vec<Step>,
}

/// A plan for some values of a program, in the order of execution.
pub(in crate::program) struct Prepared<T: Element> {
    storages: Storages,
    budget: Budget,
    wanted: Vec<ValueId>,
    /// The steps that depend on an input or on the size of one.
    steps: Vec<Planned>,
    /// The results of the other steps that these need.
    constants: Held<T>,
}

impl<T: Element> Prepared<T> {
    /// Plans the computation of some values of a program, and computes what depends on no input.
    pub(super) fn new(
        program: &Program,
        tensors: &dyn Tensors,
        wanted: &[ValueId],
    ) -> Result<Self, ExecutionError> {
        let storages = Storages::new(program, wanted);
        let budget = Budget::new(u64::MAX);
        let mut prepared =
            Self { storages, budget, wanted: wanted.to_vec(), steps: Vec::new(), constants: HashMap::new() };
        let goals = prepared.goals(program);
        let steps = Steps { program, storages: &prepared.storages, budget: &prepared.budget };
        let mut plan = steps.plan(&goals).map_err(|failure| ExecutionError::new(program, failure))?;
        let mut constant = HashSet::new();
        for (step, sources) in &plan {
            if is_fixed(program, steps.operation(*step), *step)
                && sources.iter().all(|source| constant.contains(source))
            {
                constant.insert(*step);
            }
        }
        let (constants, others): (Vec<_>, Vec<_>) =
            plan.drain(..).partition(|(step, _)| constant.contains(step));
        let needed = others.iter().flat_map(|(_, sources)| sources).copied().chain(goals.iter().copied());
        let needed: Vec<Step> = needed.filter(|step| constant.contains(step)).collect();
        let constants = with_drops(constants, &needed);
        prepared.constants = prepared.compute(program, tensors, &constants)?;
        prepared.steps = with_drops(others, &goals);
        prepared.order_kernels(program);
        Ok(prepared)
    }

    /// Stores kernels of convolutions in the order in which products read them.
    fn order_kernels(&mut self, program: &Program) {
        let steps = Steps { program, storages: &self.storages, budget: &self.budget };
        for planned in &self.steps {
            let Some(operation) = steps.operation(planned.step).map(|index| &program.operations[index])
            else {
                continue;
            };
            let Some(weight) = narrowing_kernel(operation) else { continue };
            for source in &planned.sources {
                let is_weight = matches!(source, Step::State(id, _) if *id == weight);
                if is_weight
                    && let Some([Content::Array(kernel)]) =
                        self.constants.get_mut(source).map(Vec::as_mut_slice)
                {
                    *kernel = stored_as_read(std::mem::take(kernel));
                }
            }
        }
    }

    /// Returns the steps that compute the wanted values.
    pub(in crate::program) fn goals(&self, program: &Program) -> Vec<Step> {
        let end = program.operations.len();
        self.wanted.iter().map(|&id| Step::State(id, self.storages.version(id, end))).collect()
    }

    /// Performs the steps that depend on no input.
    fn compute(
        &self,
        program: &Program,
        tensors: &dyn Tensors,
        steps: &[Planned],
    ) -> Result<Held<T>, ExecutionError> {
        let machine = self.machine(program);
        let mut held = Held::new();
        for planned in steps {
            let contents = match (machine.action(planned.step), planned.step) {
                (Action::Leaf(id), _) => vec![stored(program, tensors, id)?],
                _ => advance(machine, planned, &mut held, &Held::new())?,
            };
            held.insert(planned.step, contents);
        }
        Ok(held)
    }

    /// Returns the memory of the program's tensors.
    pub(in crate::program) fn storages(&self) -> &Storages {
        &self.storages
    }

    /// Returns the machine that performs single steps.
    ///
    /// # Arguments
    ///
    /// * `program` - the program with numbers in place of symbols
    pub(in crate::program) fn machine<'m>(&'m self, program: &'m Program) -> Machine<'m> {
        Machine { program, storages: &self.storages, limits: LIMITS, budget: &self.budget }
    }

    /// Returns the steps that depend on an input or on the size of one, including the inputs.
    pub(in crate::program) fn steps(&self) -> &[Planned] {
        &self.steps
    }

    /// Returns the results of the steps that depend on no input, where others need them.
    pub(in crate::program) fn constants(&self) -> &Held<T> {
        &self.constants
    }

    /// Executes the program, with numbers in place of symbols, on inputs.
    pub(super) fn run(
        &self,
        program: &Program,
        inputs: &[Tensor<T>],
    ) -> Result<Vec<Tensor<T>>, ExecutionError> {
        let machine = self.machine(program);
        let given: HashMap<ValueId, &Tensor<T>> = zip(program.inputs.iter().copied(), inputs).collect();
        let mut held = Held::new();
        for planned in &self.steps {
            let contents = match machine.action(planned.step) {
                Action::Leaf(id) => {
                    given.get(&id).map(|&input| Content::Array(input.clone())).into_iter().collect()
                }
                _ => advance(machine, planned, &mut held, &self.constants)?,
            };
            held.insert(planned.step, contents);
        }
        let goals = self.goals(program);
        let results = zip(&self.wanted, &goals).map(|(&id, goal)| {
            let content =
                held.get(goal).or_else(|| self.constants.get(goal)).and_then(|contents| contents.first());
            let content = content.cloned().ok_or(Reason::Only("where it has a result"));
            content
                .and_then(|content| materialized(program.value(id), &content, LIMITS))
                .map_err(|reason| error(machine, *goal, reason))
        });
        results.collect()
    }
}

/// Performs a step of a plan, and drops values that no later step needs.
fn advance<T: Element>(
    machine: Machine<'_>,
    planned: &Planned,
    held: &mut Held<T>,
    constants: &Held<T>,
) -> Result<Vec<Content<T>>, ExecutionError> {
    let sources = planned.sources.iter().filter_map(|source| {
        let contents = if planned.drops.contains(source) {
            // A value without another owner may be overwritten.
            held.remove(source)
        } else {
            held.get(source).or_else(|| constants.get(source)).cloned()
        };
        Some((*source, contents?))
    });
    let sources = sources.collect();
    machine.perform(planned.step, sources).map_err(|reason| error(machine, planned.step, reason))
}

fn error(machine: Machine<'_>, step: Step, reason: Reason) -> ExecutionError {
    let Machine { program, storages, budget, .. } = machine;
    ExecutionError::new(program, Steps { program, storages, budget }.failure(step, reason))
}

/// Returns whether a step depends neither on an input nor on the size of one.
fn is_fixed(program: &Program, operation: Option<usize>, step: Step) -> bool {
    let Some(operation) = operation else {
        let Step::State(id, _) = step else { return false };
        return !matches!(program.value(id).origin, Origin::Input(_));
    };
    let operation = &program.operations[operation];
    let values = operation.reads().chain(operation.outputs.iter().copied().flatten());
    let known = |extent: &Extent| extent.known().is_some();
    let mut shapes = values.filter_map(|id| program.value(id).tensor.as_ref());
    let mut arguments = operation.arguments.iter();
    shapes.all(|tensor| tensor.shape.iter().all(known))
        && arguments.all(|(_, argument)| match argument {
            Argument::Int(extent) => known(extent),
            Argument::Ints(extents) => extents.iter().all(known),
            _ => true,
        })
}

/// Records for every step of a plan the values that no later step needs.
fn with_drops(plan: Vec<(Step, Vec<Step>)>, kept: &[Step]) -> Vec<Planned> {
    let mut seen: HashSet<Step> = kept.iter().copied().collect();
    let here: HashSet<Step> = plan.iter().map(|(step, _)| *step).collect();
    let planned = plan.into_iter().rev().map(|(step, sources)| {
        let last = sources.iter().copied().filter(|source| here.contains(source) && seen.insert(*source));
        let drops = last.collect();
        Planned { step, sources, drops }
    });
    let mut planned: Vec<Planned> = planned.collect();
    planned.reverse();
    planned
}

/// Returns the content of a stored tensor.
fn stored<T: Element>(
    program: &Program,
    tensors: &dyn Tensors,
    id: ValueId,
) -> Result<Content<T>, ExecutionError> {
    let value = program.value(id);
    let tensor = tensors.tensor(id).map_err(ExecutionError::Stored)?;
    let content = Content::Array(tensor.mapv(T::of).into_shared());
    cast(value, content)
        .map_err(|reason| ExecutionError::Numbers { tensor: value.name.clone(), reason: Box::new(reason) })
}
