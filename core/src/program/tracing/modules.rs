//! The modules of a program, on paths or not.

use super::layers::{FactorValue, StrengthSource};
use super::names::{made_of, module_of, stored_name};
use super::stacks::base;
use super::{OperationName, Traced, Why};
use crate::program::rules::{Rule, rule};
use crate::program::{ComponentKind, Extent, Operation, Origin, Program, ValueId};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A module with parameters, or another component, with its role for the paths.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// The name: see [`Layer::name`](super::Layer::name).
    pub name: String,
    /// The kind of component; `None` for parameters of operations that are not components.
    pub kind: Option<ComponentKind>,
    /// The shape of its kernel, matrix or factors; `None` where it has none.
    pub shape: Option<Vec<Extent>>,
    /// The number of elements of its parameters.
    pub parameters: u64,
    /// The number of times that the program calls it.
    pub uses: usize,
    /// The number of these uses that are on paths; `None` where the paths cannot be followed.
    pub on_paths: Option<usize>,
    /// Its role for the paths and the reason; `None` where the paths cannot be followed.
    pub why: Option<Why>,
}

/// Returns the number of times each operation is performed, by its name without overload.
pub fn operation_counts(operations: &[Operation]) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for operation in operations {
        *counts.entry(base(operation)).or_default() += 1;
    }
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

/// Returns the modules of a program in order of their first call, then the parameters outside modules.
///
/// # Arguments
///
/// * `traced` - the paths of the program, if they can be followed
///
/// # Complexity
///
/// O(operations + values).
pub fn modules(program: &Program, traced: Option<&Traced>) -> Vec<Module> {
    let mut found = Found::default();
    if let Some(traced) = traced {
        found.add_layers(program, traced);
    }
    found.add_calls(program);
    let mut in_modules = HashSet::new();
    let mut modules = Vec::with_capacity(found.rows.len());
    found.rows.sort_by_key(|row| row.calls.iter().min().copied());
    for row in found.rows {
        let parameters = row.parameters(program);
        modules.push(row.module(program, traced, &parameters));
        in_modules.extend(parameters);
    }
    modules.extend(without_module(program, traced, &in_modules));
    modules
}

/// A module whose calls are being collected.
struct Row {
    name: String,
    kind: ComponentKind,
    weights: Vec<ValueId>,
    /// The operations that call it.
    calls: Vec<usize>,
    /// The number of uses on paths, if a path reaches it.
    reached: Option<usize>,
}

/// The identity of a module: its kind and the tensors that its weight consists of.
type Key = (ComponentKind, Vec<ValueId>);

#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    by_key: HashMap<Key, usize>,
    names: HashSet<String>,
    /// The operations that are calls of the modules so far.
    known: HashSet<usize>,
}

impl Found {
    fn add_layers(&mut self, program: &Program, traced: &Traced) {
        for (layer, uses) in traced.layers.iter().zip(traced.graph.uses()) {
            let weights = weights(&layer.strength);
            self.known.extend(&layer.operations);
            self.names.insert(layer.name.clone());
            let tensors = made_of(program, &weights);
            if !tensors.is_empty() {
                self.by_key.entry((layer.kind, tensors)).or_insert(self.rows.len());
            }
            self.rows.push(Row {
                name: layer.name.clone(),
                kind: layer.kind,
                weights,
                calls: layer.operations.clone(),
                reached: Some(uses),
            });
        }
    }

    /// Adds the calls that no path reaches.
    fn add_calls(&mut self, program: &Program) {
        let depends = depends_on_inputs(program);
        for index in (0..program.operations.len()).filter(|index| !self.known.contains(index)) {
            let Some((kind, weights)) = called(&program.operations[index], &depends) else { continue };
            let tensors = made_of(program, &weights);
            if let Some(&row) = self.by_key.get(&(kind, tensors.clone())) {
                self.rows[row].calls.push(index);
                continue;
            }
            let names: Vec<String> = tensors.iter().map(|&tensor| stored_name(program, tensor)).collect();
            let Some(mut name) = module_of(&names) else { continue };
            if !self.names.insert(name.clone()) {
                name = format!("{name} ({})", program.operations[index].name);
            }
            self.by_key.insert((kind, tensors), self.rows.len());
            self.rows.push(Row { name, kind, weights, calls: vec![index], reached: None });
        }
    }
}

impl Row {
    /// Returns the parameters that its weight consists of, and the other parameters of its calls.
    fn parameters(&self, program: &Program) -> Vec<ValueId> {
        let mut parameters = made_of(program, &self.weights);
        parameters.extend(self.calls.iter().flat_map(|&index| program.operations[index].reads()));
        parameters.retain(|&value| is_parameter(program, value));
        parameters.sort_unstable();
        parameters.dedup();
        parameters
    }

    fn module(mut self, program: &Program, traced: Option<&Traced>, parameters: &[ValueId]) -> Module {
        self.calls.sort_unstable();
        let shape = self.weights.first().and_then(|&weight| {
            let stored = made_of(program, &[weight]);
            let whole = if let [only] = stored.as_slice() { *only } else { weight };
            Some(program.value(whole).tensor.as_ref()?.shape.clone())
        });
        let on_paths = self.reached.unwrap_or(0);
        let why = traced.map(|traced| match on_paths {
            0 => traced.reading.why_off_paths(program, &self.calls, self.reached.is_some()),
            _ => Why::OnPath,
        });
        Module {
            name: self.name,
            kind: Some(self.kind),
            shape,
            parameters: parameters
                .iter()
                .map(|&value| program.value(value).elements())
                .fold(0, u64::saturating_add),
            uses: self.calls.len(),
            on_paths: traced.map(|_| on_paths),
            why,
        }
    }
}

/// Returns the parameters that belong to none of these modules.
fn without_module(program: &Program, traced: Option<&Traced>, known: &HashSet<ValueId>) -> Vec<Module> {
    let mut readers: HashMap<ValueId, (usize, usize)> = HashMap::new();
    for (index, operation) in program.operations.iter().enumerate() {
        for value in operation.reads() {
            readers.entry(value).or_insert((index, 0)).1 += 1;
        }
    }
    let values = (0..program.values.len()).map(ValueId::new);
    let others = values.filter(|value| is_parameter(program, *value) && !known.contains(value));
    let module = |value| {
        let read = readers.get(&value);
        let why = match read {
            None => Some(Why::NotUsed),
            Some(&(first, _)) => {
                traced.map(|_| Why::OfNoComponent(OperationName::of(&program.operations[first])))
            }
        };
        Module {
            name: stored_name(program, value),
            kind: None,
            shape: program.value(value).tensor.as_ref().map(|tensor| tensor.shape.clone()),
            parameters: program.value(value).elements(),
            uses: read.map_or(0, |(_, uses)| *uses),
            on_paths: why.as_ref().map(|_| 0),
            why,
        }
    };
    others.map(module).collect()
}

/// Returns whether each value depends on an input.
fn depends_on_inputs(program: &Program) -> Vec<bool> {
    let inputs = program.values.iter().map(|value| matches!(value.origin, Origin::Input(_)));
    let mut depends: Vec<bool> = inputs.collect();
    for operation in &program.operations {
        let found = rule(&operation.target);
        let is_shape = matches!(found, Some((Rule::Shape, _)));
        if !is_shape && operation.reads().any(|value| depends[value.index()]) {
            let changed = operation.reads().take(usize::from(found.is_some_and(|(_, in_place)| in_place)));
            for value in operation.outputs.iter().copied().flatten().chain(changed) {
                depends[value.index()] = true;
            }
        }
    }
    depends
}

/// Returns the kind of component that an operation calls, with its weights, if it is such a call.
fn called(operation: &Operation, depends: &[bool]) -> Option<(ComponentKind, Vec<ValueId>)> {
    let weight = || operation.tensor("weight");
    let normalization = |kind| {
        let weights: Vec<ValueId> = weight().into_iter().chain(operation.tensor("running_var")).collect();
        (!weights.is_empty()).then_some((kind, weights))
    };
    let of_image = || operation.reads().any(|value| depends[value.index()]);
    let constant = |besides: Option<ValueId>| {
        let mut tensors = operation.reads();
        tensors.find(|&value| !depends[value.index()] && Some(value) != besides).filter(|_| of_image())
    };
    match rule(&operation.target)?.0 {
        Rule::Convolution => Some((ComponentKind::Conv, vec![weight()?])),
        Rule::BatchNormalization => normalization(ComponentKind::BatchNorm),
        Rule::GroupNormalization => normalization(ComponentKind::GroupNorm),
        Rule::LayerNormalization => normalization(ComponentKind::LayerNorm),
        Rule::InstanceNormalization => normalization(ComponentKind::InstanceNorm),
        Rule::MatrixProduct => {
            let added = operation.tensor("self").filter(|_| base(operation).contains("add"));
            Some((ComponentKind::Linear, vec![weight().or_else(|| constant(added))?]))
        }
        Rule::Product | Rule::Quotient => Some((ComponentKind::Scale, vec![constant(None)?])),
        _ => None,
    }
}

/// Returns the constants that determine a strength.
fn weights(strength: &StrengthSource) -> Vec<ValueId> {
    match strength {
        StrengthSource::Kernel { weight, .. } | StrengthSource::Matrix { weight, .. } => vec![*weight],
        StrengthSource::BatchNormalization { gamma, variance, .. } => {
            gamma.iter().copied().chain([*variance]).collect()
        }
        StrengthSource::Gamma(gamma) => gamma.iter().copied().collect(),
        StrengthSource::Factor { value: FactorValue::Constant { value, .. }, .. } => vec![*value],
        StrengthSource::Factor { value: FactorValue::Literal(_), .. } => Vec::new(),
    }
}

fn is_parameter(program: &Program, value: ValueId) -> bool {
    matches!(program.value(value).origin, Origin::Parameter(_))
}

#[cfg(test)]
mod tests;
