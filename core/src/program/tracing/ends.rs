//! The places where paths begin and end, and the gates that the user names.

use super::{Settings, TraceError};
use crate::files::checkpoint::ElementType;
use crate::program::{Origin, Program, ValueId};
use glob::Pattern;
use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The number of nearest names in an error.
const NEAREST: usize = 3;

/// The places where paths begin and end.
#[derive(Debug)]
pub(super) struct Ends {
    /// The values at which paths begin.
    pub(super) starts: HashSet<ValueId>,
    /// The values where paths end.
    pub(super) ends: Vec<ValueId>,
    /// The number of operations up to the ends.
    pub(super) operations: usize,
    /// The values that the user names as gates.
    pub(super) gates: HashSet<ValueId>,
    /// A description of where paths begin.
    pub(super) from: String,
    /// A description of where paths end.
    pub(super) to: String,
    /// The index of the output where paths end, if they end at one.
    pub(super) output: Option<usize>,
}

impl Ends {
    pub(super) fn new(program: &Program, settings: &Settings) -> Result<Self, TraceError> {
        let calls = LazyCell::new(|| Calls::new(program));
        let mut gates = HashSet::new();
        for name in &settings.gates {
            gates.extend(gate_values(program, &calls, name)?);
        }
        let (starts, from) = match &settings.from {
            Some(module) => (calls.outputs(module)?.into_iter().flatten().collect(), module.clone()),
            None => {
                let (value, name) = input(program, settings.input.as_deref())?;
                (HashSet::from([value]), name)
            }
        };
        let (ends, to, output) = match &settings.to {
            Some(module) => (calls.outputs(module)?.pop().unwrap_or_default(), module.clone(), None),
            None => {
                let (value, index) = output(program, settings.output)?;
                let to =
                    if program.outputs.len() > 1 { format!("output {index}") } else { "output".to_owned() };
                (vec![value], to, Some(index))
            }
        };
        let made_by = |value: &ValueId| match program.value(*value).origin {
            Origin::Operation(index) => index + 1,
            _ => 0,
        };
        let operations = match &settings.to {
            Some(_) => ends.iter().map(made_by).max().unwrap_or(0),
            None => program.operations.len(),
        };
        Ok(Self { starts, ends, operations, gates, from, to, output })
    }
}

/// The calls of modules.
struct Calls<'a> {
    program: &'a Program,
    /// The operations inside each call of a module.
    inside: BTreeMap<&'a str, BTreeMap<usize, Vec<usize>>>,
    /// The operations that read each value.
    readers: HashMap<ValueId, Vec<usize>>,
}

impl<'a> Calls<'a> {
    fn new(program: &'a Program) -> Self {
        let mut inside: BTreeMap<&str, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
        let mut readers: HashMap<ValueId, Vec<usize>> = HashMap::new();
        for (index, operation) in program.operations.iter().enumerate() {
            for call in operation.modules.iter().filter(|call| !call.path.is_empty()) {
                inside.entry(&call.path).or_default().entry(call.call).or_default().push(index);
            }
            for value in operation.reads() {
                readers.entry(value).or_default().push(index);
            }
        }
        Self { program, inside, readers }
    }

    /// Returns the results of each call of a module: the values made inside it that are read outside, or else
    /// the results of its last operation.
    fn outputs(&self, module: &str) -> Result<Vec<Vec<ValueId>>, TraceError> {
        let Some(calls) = self.inside.get(module) else {
            let names: HashSet<&str> = self.inside.keys().copied().collect();
            return Err(TraceError::NoSuchModule {
                name: module.to_owned(),
                nearest: nearest(module, names),
            });
        };
        let mut outputs: Vec<(usize, Vec<ValueId>)> =
            calls.values().map(|inside| (inside.last().copied().unwrap_or(0), self.given(inside))).collect();
        outputs.sort_by_key(|(last, _)| *last);
        let outputs: Vec<Vec<ValueId>> =
            outputs.into_iter().map(|(_, values)| values).filter(|values| !values.is_empty()).collect();
        if outputs.is_empty() {
            return Err(TraceError::IdleModule(module.to_owned()));
        }
        Ok(outputs)
    }

    fn given(&self, inside: &[usize]) -> Vec<ValueId> {
        let is_inside = |index: &usize| inside.binary_search(index).is_ok();
        let made = |index: &usize| self.program.operations[*index].outputs.iter().copied().flatten();
        let returned = |value: &ValueId| self.program.outputs.contains(&Some(*value));
        let given: Vec<ValueId> = inside
            .iter()
            .flat_map(made)
            .filter(|value| {
                let mut readers = self.readers.get(value).into_iter().flatten();
                returned(value) || readers.any(|reader| !is_inside(reader))
            })
            .collect();
        if given.is_empty() { inside.last().into_iter().flat_map(made).collect() } else { given }
    }
}

/// Returns the values that a name of modules or operations stands for.
fn gate_values(program: &Program, calls: &Calls<'_>, name: &str) -> Result<Vec<ValueId>, TraceError> {
    if let (true, Ok(pattern)) = (name.contains('*'), Pattern::new(name)) {
        let operations = program.operations.iter().filter(|operation| pattern.matches(&operation.name));
        let mut values: Vec<ValueId> =
            operations.flat_map(|operation| operation.outputs.iter().copied().flatten()).collect();
        for module in calls.inside.keys().filter(|module| pattern.matches(module)) {
            values.extend(calls.outputs(module)?.into_iter().flatten());
        }
        let none = TraceError::NoSuchGate { name: name.to_owned(), nearest: Vec::new() };
        return if values.is_empty() { Err(none) } else { Ok(values) };
    }
    let operation = program.operations.iter().find(|operation| operation.name == name);
    let value = program.values.iter().position(|value| value.name == name);
    if let Some(value) = value {
        return Ok(vec![ValueId::new(value)]);
    }
    if let Some(operation) = operation {
        return Ok(operation.outputs.iter().copied().flatten().collect());
    }
    match calls.outputs(name) {
        Ok(outputs) => Ok(outputs.into_iter().flatten().collect()),
        Err(TraceError::NoSuchModule { .. }) => {
            let operations = program.operations.iter().map(|operation| operation.name.as_str());
            let names = operations.chain(calls.inside.keys().copied()).collect();
            Err(TraceError::NoSuchGate { name: name.to_owned(), nearest: nearest(name, names) })
        }
        Err(error) => Err(error),
    }
}

/// Returns the input at which paths begin: the one with the given name or number, or else the first image.
fn input(program: &Program, asked: Option<&str>) -> Result<(ValueId, String), TraceError> {
    let name = |value: ValueId| match &program.value(value).origin {
        Origin::Input(name) => name.clone(),
        _ => program.value(value).name.clone(),
    };
    let tensors = || program.inputs.iter().copied();
    if let Some(asked) = asked {
        let by_number = asked.parse().ok().and_then(|number: usize| tensors().nth(number));
        let found = tensors().find(|&value| name(value) == asked).or(by_number);
        return found.map(|value| (value, name(value))).ok_or_else(|| TraceError::NoSuchInput {
            name: asked.to_owned(),
            nearest: tensors().map(name).collect(),
        });
    }
    let is_image = |value: &ValueId| {
        let tensor = program.value(*value).tensor.as_ref();
        tensor.is_none_or(|tensor| {
            !matches!(tensor.element_type, ElementType::Other(_)) && tensor.shape.len() > 1
        })
    };
    let found = tensors().find(is_image).or_else(|| tensors().next());
    found.map(|value| (value, name(value))).ok_or(TraceError::NoEnd("input"))
}

/// Returns the output at which paths end: the one with the given number, or else the last tensor.
fn output(program: &Program, asked: Option<usize>) -> Result<(ValueId, usize), TraceError> {
    let Some(index) = asked else {
        let mut tensors =
            program.outputs.iter().enumerate().filter_map(|(index, value)| Some(((*value)?, index)));
        return tensors.next_back().ok_or(TraceError::NoEnd("output"));
    };
    match program.outputs.get(index) {
        Some(Some(value)) => Ok((*value, index)),
        _ => Err(TraceError::NoSuchOutput { index, count: program.outputs.len() }),
    }
}

/// Returns the names most similar to a name, nearest first.
fn nearest(name: &str, names: HashSet<&str>) -> Vec<String> {
    let mut scored: Vec<(f64, &str)> =
        names.into_iter().map(|other| (strsim::jaro_winkler(name, other), other)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().take(NEAREST).map(|(_, other)| other.to_owned()).collect()
}
