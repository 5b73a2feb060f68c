//! Folding of a program's modules: if there are too many components for a figure, those of a module are drawn
//! together.

use crate::figures::names::kind_colour;
use crate::figures::style::INK;
use pathscope_core::graph::Part;
use pathscope_core::program::{ModuleCall, ProgramGraph};
use petgraph::graph::NodeIndex;
use plotters::style::RGBColor;
use std::collections::{BTreeSet, HashMap};

/// The depth up to which modules are distinguished. Real modules are nested less deeply.
const DEEPEST: usize = 64;

/// A row of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// A component, given by its index.
    Component(usize),
    /// A module with several components.
    Module {
        /// The module's path in the model.
        path: String,
        /// The number of its components that are on paths.
        components: usize,
    },
}

/// The rows of a figure, and the row of each node of the graph.
#[derive(Clone, Debug)]
pub(super) struct Folding {
    /// The rows in the order of their first use.
    pub rows: Vec<Row>,
    /// The row of each node and the number of its call, which distinguishes uses of the same row. It is the
    /// call of the module if the row is one, else of the component.
    pub places: Vec<Option<(usize, usize)>>,
    /// The depth up to which modules are unfolded.
    pub depth: usize,
    /// The depth at which nothing is folded.
    pub deepest: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Component(usize),
    Module(&'a str),
}

impl Folding {
    /// Folds the modules that are nested more deeply than `depth`.
    pub(super) fn at_depth(program: &ProgramGraph, depth: usize) -> Self {
        let depth = depth.max(1);
        let folded = folded_modules(program, depth);
        let mut numbers: HashMap<Key<'_>, usize> = HashMap::new();
        let mut rows: Vec<Row> = Vec::new();
        let mut places = vec![None; program.graph.node_count()];
        let mut calls = CallNumbers::default();
        for node in program.graph.nodes().skip(1) {
            let module =
                module_at(program, node, depth).filter(|call| folded.contains_key(call.path.as_str()));
            let (key, call) = match (module, program.graph.component(node)) {
                (Some(call), _) => (Key::Module(&call.path), call.call),
                (None, Some(component)) => (Key::Component(component), calls.of(program, node)),
                (None, None) => continue,
            };
            let number = *numbers.entry(key).or_insert_with(|| {
                rows.push(match key {
                    Key::Component(component) => Row::Component(component),
                    Key::Module(path) => Row::Module { path: path.to_owned(), components: folded[path] },
                });
                rows.len() - 1
            });
            places[node.index()] = Some((number, call));
        }
        Self { rows, places, depth, deepest: deepest(program) }
    }

    /// Unfolds modules as deeply as `most` rows allow.
    pub(super) fn with_most_rows(program: &ProgramGraph, most: usize) -> Self {
        let mut chosen = Self::at_depth(program, 1);
        while chosen.depth < chosen.deepest {
            let deeper = Self::at_depth(program, chosen.depth + 1);
            if deeper.rows.len() > most {
                break;
            }
            chosen = deeper;
        }
        chosen
    }

    /// Returns whether any module is folded.
    pub(super) fn is_folded(&self) -> bool {
        self.rows.iter().any(|row| matches!(row, Row::Module { .. }))
    }

    /// Returns a note on folded modules and how to unfold them, or `None` if nothing is folded.
    pub(super) fn note(&self) -> Option<String> {
        let components: usize = self.rows.iter().map(Row::components).sum();
        let (rows, depth, deepest) = (self.rows.len(), self.depth, self.deepest);
        self.is_folded().then(|| {
            format!("{components} components in {rows} rows: modules folded at depth {depth} (--depth {deepest} draws all)")
        })
    }
}

impl Row {
    /// Returns the number of components that the row stands for.
    pub(super) fn components(&self) -> usize {
        match self {
            Self::Component(_) => 1,
            Self::Module { components, .. } => *components,
        }
    }

    /// Returns the colour of the row's lines.
    pub(super) fn colour(&self, program: &ProgramGraph) -> RGBColor {
        match self {
            Self::Component(component) => kind_colour(program.components[*component].kind),
            Self::Module { .. } => INK,
        }
    }

    /// Returns the name of the row.
    pub(super) fn name<'a>(&'a self, program: &'a ProgramGraph) -> &'a str {
        match self {
            Self::Component(component) => &program.components[*component].name,
            Self::Module { path, .. } => path,
        }
    }
}

/// A counter of the calls of components. Several consecutive nodes may come from one operation.
#[derive(Default)]
struct CallNumbers<'a> {
    last: Option<&'a str>,
    count: usize,
}

impl<'a> CallNumbers<'a> {
    fn of(&mut self, program: &'a ProgramGraph, node: NodeIndex) -> usize {
        let operation = program.operations[node.index()].as_deref();
        if operation.is_none() || operation != self.last {
            self.count += 1;
        }
        self.last = operation;
        self.count
    }
}

/// Returns the calls of modules that contain a node, without the model itself.
fn modules(program: &ProgramGraph, node: NodeIndex) -> impl Iterator<Item = &ModuleCall> {
    program.calls[node.index()].iter().filter(|call| !call.path.is_empty()).take(DEEPEST)
}

/// Returns the call of the module at a given depth that contains a node.
fn module_at(program: &ProgramGraph, node: NodeIndex, depth: usize) -> Option<&ModuleCall> {
    modules(program, node).nth(depth - 1)
}

fn deepest(program: &ProgramGraph) -> usize {
    program.graph.nodes().map(|node| modules(program, node).count()).max().unwrap_or(0).max(1)
}

/// Returns the modules at a depth that contain nested modules, with their numbers of components. A module
/// with a single component is not folded, but drawn as that component.
fn folded_modules(program: &ProgramGraph, depth: usize) -> HashMap<&str, usize> {
    let mut components: HashMap<&str, (BTreeSet<usize>, bool)> = HashMap::new();
    for node in program.graph.nodes() {
        let Part::Component(component) = program.graph.part(node) else { continue };
        let mut modules = modules(program, node).skip(depth - 1);
        if let Some(module) = modules.next() {
            let (inside, nested) = components.entry(&module.path).or_default();
            inside.insert(component);
            *nested |= modules.next().is_some();
        }
    }
    let folded = components.into_iter().filter(|(_, (inside, nested))| *nested && inside.len() > 1);
    folded.map(|(module, (inside, _))| (module, inside.len())).collect()
}
