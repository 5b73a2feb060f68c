//! The names of components, and the assignment of calls to components.

use super::Tracer;
use super::layers::{FactorValue, StrengthSource};
use crate::program::rules::{Rule, rule};
use crate::program::{Argument, ComponentKind, Operation, Origin, Program, ValueId};
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashSet};
use std::hash::{Hash, Hasher};

/// The largest number of values that are visited to find the tensors that a weight consists of.
const MOST_FOLLOWED: usize = 1000;

/// The suffixes of tensor names in which a module's kernel is stored.
const KERNELS: [&str; 10] = [
    ".weight",
    ".weight_g",
    ".weight_v",
    ".weight_orig",
    ".weight_mask",
    ".weight_u",
    ".running_var",
    ".running_mean",
    ".gamma",
    ".parametrizations.weight",
];

/// Returns the identity of a component: its kind and the constants that determine its strength, however often
/// they are recomputed.
pub(super) fn identity(
    tracer: &Tracer<'_>,
    index: usize,
    kind: ComponentKind,
    weights: &[ValueId],
    strength: &StrengthSource,
) -> u64 {
    let mut hasher = DefaultHasher::new();
    kind.hash(&mut hasher);
    for &weight in weights {
        tracer.structures[weight.index()].hash(&mut hasher);
    }
    match strength {
        StrengthSource::Kernel { transposed, groups, .. } => (transposed, groups).hash(&mut hasher),
        StrengthSource::Matrix { summed, times, .. } => (summed, times.to_bits()).hash(&mut hasher),
        StrengthSource::BatchNormalization { gamma, epsilon, .. } => {
            (gamma.is_some(), epsilon.to_bits()).hash(&mut hasher);
        }
        StrengthSource::Gamma(_) => {}
        StrengthSource::Factor { value: FactorValue::Constant { range, .. }, of } => {
            (range, of).hash(&mut hasher);
        }
        StrengthSource::Factor { value: FactorValue::Literal(number), of } => {
            (number.to_bits(), of).hash(&mut hasher);
        }
    }
    if weights.is_empty() {
        place(tracer.operation(index)).hash(&mut hasher);
    }
    hasher.finish()
}

/// Returns the location of an operation without parameters: its module, if that is a layer, or itself.
fn place(operation: &Operation) -> String {
    match operation.modules.last() {
        Some(call) if call.class.starts_with("torch.nn.modules") && !call.path.is_empty() => {
            call.path.clone()
        }
        _ => operation.name.clone(),
    }
}

/// Returns the name of a component, which may not be unique, and the names of the tensors that its weight
/// consists of.
pub(super) fn name(tracer: &Tracer<'_>, index: usize, weights: &[ValueId]) -> (String, Vec<String>) {
    let tensors = tensors_of(tracer, weights);
    let operation = tracer.operation(index);
    let name = module_of(&tensors).unwrap_or_else(|| place(operation));
    (name, tensors)
}

/// Returns the names of the trained tensors that a weight consists of, or of all its tensors if none is
/// trained.
fn tensors_of(tracer: &Tracer<'_>, weights: &[ValueId]) -> Vec<String> {
    made_of(tracer.program, weights).into_iter().map(|value| stored_name(tracer.program, value)).collect()
}

/// Returns the trained tensors that a weight consists of, or all its tensors if none is trained.
pub(super) fn made_of(program: &Program, weights: &[ValueId]) -> Vec<ValueId> {
    let mut trained = Vec::new();
    let mut others = Vec::new();
    let mut waiting: Vec<ValueId> = weights.iter().rev().copied().collect();
    let mut seen = HashSet::new();
    while let Some(value) = waiting.pop() {
        if seen.len() > MOST_FOLLOWED || !seen.insert(value) {
            continue;
        }
        match &program.value(value).origin {
            Origin::Parameter(_) => trained.push(value),
            Origin::Buffer(_) => others.push(value),
            Origin::Constant(_) | Origin::Input(_) => {}
            Origin::Operation(index) => {
                let operation = &program.operations[*index];
                if !matches!(rule(&operation.target), Some((Rule::Shape, _))) {
                    let reads: Vec<ValueId> = operation.reads().collect();
                    waiting.extend(reads.into_iter().rev());
                }
            }
        }
    }
    if trained.is_empty() { others } else { trained }
}

/// Returns the name of a stored tensor in the model.
pub(super) fn stored_name(program: &Program, value: ValueId) -> String {
    let value = program.value(value);
    match &value.origin {
        Origin::Parameter(name) | Origin::Buffer(name) | Origin::Constant(name) | Origin::Input(name) => {
            name.clone()
        }
        Origin::Operation(_) => value.name.clone(),
    }
}

/// Returns the module whose kernel consists of these tensors; without such a module, the name of the tensors.
pub(super) fn module_of(tensors: &[String]) -> Option<String> {
    let owners: BTreeSet<&str> = tensors.iter().map(|tensor| owner(tensor)).collect();
    let owners: Vec<&str> = owners.into_iter().collect();
    match owners.as_slice() {
        [] => None,
        [owner] => Some((*owner).to_owned()),
        several => Some(common_module(several).unwrap_or_else(|| several[0].to_owned())),
    }
}

/// Returns the module whose kernel a tensor is, or else the name of the tensor.
fn owner(tensor: &str) -> &str {
    if let Some((module, _)) = tensor.split_once(".parametrizations.weight.") {
        return module;
    }
    KERNELS.iter().find_map(|ending| tensor.strip_suffix(ending)).unwrap_or(tensor)
}

/// Returns the module that contains all of these tensors.
fn common_module(names: &[&str]) -> Option<String> {
    let first: Vec<&str> = names[0].split('.').collect();
    let shared = names[1..].iter().fold(first.len() - 1, |shared, name| {
        first.iter().take(shared).zip(name.split('.')).take_while(|(a, b)| **a == *b).count()
    });
    (shared > 0).then(|| first[..shared].join("."))
}

/// Returns the identity of a constant made by an operation: the operation, its arguments and its operands.
pub(super) fn structure(tracer: &Tracer<'_>, operation: &Operation, output: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&*operation.target, output).hash(&mut hasher);
    for (name, argument) in &operation.arguments {
        name.hash(&mut hasher);
        match argument {
            Argument::Tensor(value) => tracer.structures[value.index()].hash(&mut hasher),
            Argument::Tensors(values) => {
                for value in values {
                    value.map(|value| tracer.structures[value.index()]).hash(&mut hasher);
                }
            }
            other => format!("{other:?}").hash(&mut hasher),
        }
    }
    hasher.finish()
}

/// Returns the identity of a stored tensor or an input: its number.
pub(super) fn leaf(value: ValueId) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl Tracer<'_> {
    /// Gives a component a unique name, with a number appended where the name is taken.
    pub(super) fn take_name(&mut self, name: String) -> String {
        let Some(&last) = self.layer_names.get(&name) else {
            self.layer_names.insert(name.clone(), 1);
            return name;
        };
        let mut numbers = (last + 1..).map(|number| (number, format!("{name}#{number}")));
        let unused = numbers.find(|(_, numbered)| !self.layer_names.contains_key(numbered));
        let (number, numbered) = unused.expect("fewer components than numbers");
        self.layer_names.insert(name, number);
        self.layer_names.insert(numbered.clone(), 1);
        numbered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_called_by_their_module() {
        assert_eq!(owner("layer1.0.conv1.weight"), "layer1.0.conv1");
        assert_eq!(owner("a.parametrizations.weight.original0"), "a");
        assert_eq!(owner("block.w1"), "block.w1");
        assert_eq!(owner("weight"), "weight");
    }

    #[test]
    fn several_tensors_are_called_by_the_module_that_has_them() {
        assert_eq!(common_module(&["a.b.u", "a.b.v"]), Some("a.b".to_owned()));
        assert_eq!(common_module(&["u", "v"]), None);
    }
}
