//! What components do for the paths.

use super::ends::Ends;
use super::layers::Layer;
use crate::graph::ComponentGraph;
use crate::program::{Program, ValueId};
use serde::Serialize;

/// What a component does for the paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A path leads through it.
    Path,
    /// No path leads through it, but it takes part in what gates one.
    Gate,
    /// What it gives reaches the end of no path.
    Unused,
}

impl Role {
    /// Returns the name used in files and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Gate => "gate",
            Self::Unused => "unused",
        }
    }
}

/// Finds what components do for the paths.
pub(super) struct Finder {
    /// By operation, whether what it gives takes part in a gate that the end of the paths depends on.
    gating: Vec<bool>,
}

impl Finder {
    pub(super) fn new(program: &Program, ends: &Ends, gates: &[(ValueId, usize)]) -> Self {
        let mut needed = vec![false; program.values.len()];
        let mut gating = vec![false; program.values.len()];
        for end in &ends.ends {
            needed[end.index()] = true;
        }
        let mut gates: Vec<(usize, ValueId)> = gates.iter().map(|&(value, index)| (index, value)).collect();
        gates.sort_unstable();
        let mut by_operation = vec![false; program.operations.len()];
        for index in (0..ends.operations).rev() {
            let operation = &program.operations[index];
            let mut outputs = operation.outputs.iter().flatten();
            // An operation in place may be read under the name of its argument.
            let is_needed = outputs.any(|value| needed[value.index()])
                || operation.target.contains("_.") && operation.reads().any(|value| needed[value.index()]);
            let is_gating = operation.outputs.iter().flatten().any(|value| gating[value.index()]);
            by_operation[index] = is_gating;
            for value in operation.reads() {
                needed[value.index()] |= is_needed;
                gating[value.index()] |= is_gating;
            }
            while let Some((_, value)) = gates.pop_if(|(at, _)| *at >= index) {
                gating[value.index()] |= is_needed;
            }
        }
        Self { gating: by_operation }
    }

    /// The role of every component.
    pub(super) fn all(&self, layers: &[Layer], graph: &ComponentGraph) -> Vec<Role> {
        let mut on_path = vec![false; layers.len()];
        for component in graph.nodes().filter_map(|node| graph.component(node)) {
            on_path[component] = true;
        }
        let role = |(layer, on_path): (&Layer, bool)| {
            if on_path {
                Role::Path
            } else if layer.operations.iter().any(|&index| self.gating[index]) {
                Role::Gate
            } else {
                Role::Unused
            }
        };
        layers.iter().zip(on_path).map(role).collect()
    }
}
