//! The roles of components for the paths, with their reasons.

use super::OperationName;
use super::ends::Ends;
use super::layers::Layer;
use crate::graph::ComponentGraph;
use crate::program::{Operation, Program, ValueId};
use serde::Serialize;
use std::fmt;
use strum::{Display, IntoStaticStr, VariantArray};

/// The role of a component for the paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Display, IntoStaticStr, VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    /// A path leads through it.
    Path,
    /// No path leads through it, but it contributes to a gate.
    Gate,
    /// Its result does not reach the end of any path.
    Unused,
}

impl Role {
    /// Returns the name used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The reason for a module's role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A path leads through it.
    OnPath,
    /// It contributes to a gate of this operation.
    Gates(OperationName),
    /// No path reaches its input.
    NotReached,
    /// The program calls it only after the place where paths end.
    AfterTheEnd,
    /// Its result is not read on the way to the end.
    NotRead,
    /// Its result is read on the way to the end, but only by operations without slope, such as a comparison.
    NotPassedOn,
    /// Paths begin at its result.
    Beginning,
    /// It is a parameter of this operation, which is not a component.
    OfNoComponent(OperationName),
    /// No operation of the program uses it.
    NotUsed,
}

impl Why {
    /// Returns the role for this reason.
    pub fn role(&self) -> Role {
        match self {
            Self::OnPath => Role::Path,
            Self::Gates(_) => Role::Gate,
            Self::NotReached
            | Self::AfterTheEnd
            | Self::NotRead
            | Self::NotPassedOn
            | Self::Beginning
            | Self::OfNoComponent(_)
            | Self::NotUsed => Role::Unused,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OnPath => "a path leads through it",
            Self::Gates(operation) => return write!(f, "gates operation {operation}"),
            Self::NotReached => "its input does not depend on where paths begin",
            Self::AfterTheEnd => "is called only after the place where paths end",
            Self::NotRead => "nothing on the way to the end of the paths reads its output",
            Self::NotPassedOn => {
                "no path leads from its output to the end of the paths, although that depends on it"
            }
            Self::Beginning => "paths begin at its output",
            Self::OfNoComponent(operation) => {
                return write!(f, "belongs to operation {operation}, which is not a component");
            }
            Self::NotUsed => "no operation of the program uses it",
        })
    }
}

/// The use of the results of operations.
#[derive(Debug)]
pub(super) struct Reading {
    /// For each operation, whether the end of the paths depends on its result.
    needed: Vec<bool>,
    /// For each operation, the first operation in whose gate it takes part, if the end of the paths depends
    /// on that.
    gated: Vec<Option<usize>>,
    /// For each operation, whether paths begin at its result.
    begins: Vec<bool>,
    /// The number of operations up to the end of the paths.
    performed: usize,
}

impl Reading {
    pub(super) fn new(program: &Program, ends: &Ends, gates: &[(ValueId, usize)]) -> Self {
        let mut needed = vec![false; program.values.len()];
        let mut gated: Vec<Option<usize>> = vec![None; program.values.len()];
        for end in &ends.ends {
            needed[end.index()] = true;
        }
        let mut gates: Vec<(usize, ValueId)> = gates.iter().map(|&(value, index)| (index, value)).collect();
        gates.sort_unstable();
        let count = program.operations.len();
        let begins = |operation: &Operation| {
            operation.outputs.iter().flatten().any(|value| ends.starts.contains(value))
        };
        let mut reading = Self {
            needed: vec![false; count],
            gated: vec![None; count],
            begins: program.operations.iter().map(begins).collect(),
            performed: ends.operations,
        };
        for index in (0..ends.operations).rev() {
            let operation = &program.operations[index];
            let outputs = operation.outputs.iter().copied().flatten();
            // The result of an in-place operation may be read under the name of its argument.
            let in_place = operation.target.contains("_.");
            let changed = operation.reads().take(usize::from(in_place));
            let given: Vec<ValueId> = outputs.chain(changed).collect();
            let is_needed = given.iter().any(|value| needed[value.index()]);
            let gates_in = given.iter().filter_map(|value| gated[value.index()]).min();
            reading.needed[index] = is_needed;
            reading.gated[index] = gates_in;
            for value in operation.reads() {
                needed[value.index()] |= is_needed;
                gated[value.index()] = earlier(gated[value.index()], gates_in);
            }
            while let Some((at, value)) = gates.pop_if(|(at, _)| *at >= index) {
                if is_needed {
                    gated[value.index()] = earlier(gated[value.index()], Some(at));
                }
            }
        }
        reading
    }

    /// Returns the role of every component for the paths.
    pub(super) fn roles(&self, layers: &[Layer], graph: &ComponentGraph) -> Vec<Role> {
        let uses = graph.uses();
        let role = |(layer, uses): (&Layer, usize)| {
            if uses > 0 {
                Role::Path
            } else if self.gated_by(&layer.operations).is_some() {
                Role::Gate
            } else {
                Role::Unused
            }
        };
        layers.iter().zip(uses).map(role).collect()
    }

    /// Returns the first operation in whose gate one of these takes part.
    fn gated_by(&self, operations: &[usize]) -> Option<usize> {
        operations.iter().filter_map(|&index| self.gated[index]).min()
    }

    /// Returns the reason why no path leads through a module.
    ///
    /// # Arguments
    ///
    /// * `calls` - the operations that call it, first to last
    /// * `reached` - whether a path reaches the input of one of the calls
    pub(super) fn why_off_paths(&self, program: &Program, calls: &[usize], reached: bool) -> Why {
        if calls.iter().any(|&index| self.begins[index]) {
            return Why::Beginning;
        }
        if let Some(gated) = self.gated_by(calls) {
            return Why::Gates(OperationName::of(&program.operations[gated]));
        }
        if calls.iter().all(|&index| index >= self.performed) {
            return Why::AfterTheEnd;
        }
        match reached {
            false => Why::NotReached,
            true if calls.iter().any(|&index| self.needed[index]) => Why::NotPassedOn,
            true => Why::NotRead,
        }
    }
}

/// Returns the first of two operations, either of which may be missing.
fn earlier(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    one.into_iter().chain(other).min()
}
