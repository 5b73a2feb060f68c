//! The conversion of a graph to the operations of a program.

use super::elements::{Nodes, Types};
use super::modules::Stacks;
use super::schema::{self, Graph, NamedArgument, Node, Size, Symbol};
use super::text::Text;
use crate::program::{
    Argument, Extent, ModuleCall, Operation, Origin, Program, ProgramError, Value, ValueId,
};
use serde::de::{DeserializeSeed, Error};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// A program under construction.
pub(super) struct Reader<'a> {
    path: &'a Path,
    pub(super) program: Program,
    stacks: Stacks<'a>,
    /// Targets, names of arguments and kinds, each stored once.
    words: HashMap<Text<'a>, Arc<str>>,
    /// The number of times each graph was performed, by its name.
    pub(super) performed: HashMap<String, usize>,
    /// The reason why reading a list was abandoned.
    error: Option<ProgramError>,
}

/// The names in one graph.
#[derive(Default)]
pub(super) struct Scope<'a> {
    pub(super) values: HashMap<Text<'a>, ValueId>,
    operations: HashSet<Text<'a>>,
    pub(super) sizes: HashMap<Text<'a>, Size>,
    /// The prefix of the names of operations in the program.
    pub(super) prefix: String,
    /// The module stack of operations that have none.
    pub(super) modules: Option<Arc<[ModuleCall]>>,
    pub(super) depth: usize,
}

impl<'a> Scope<'a> {
    /// Returns the scope of a graph inside this one.
    pub(super) fn inner(&self, prefix: String, modules: &Arc<[ModuleCall]>) -> Self {
        Self { prefix, modules: Some(Arc::clone(modules)), depth: self.depth + 1, ..Self::default() }
    }

    pub(super) fn value(&self, name: &str) -> Option<ValueId> {
        self.values.get(name).copied()
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(path: &'a Path) -> Self {
        Self {
            path,
            program: Program::default(),
            stacks: Stacks::new(),
            words: HashMap::new(),
            performed: HashMap::new(),
            error: None,
        }
    }

    /// Adds a value with the given name, whose type follows later.
    pub(super) fn add_value(
        &mut self,
        scope: &mut Scope<'a>,
        name: Text<'a>,
        origin: Origin,
    ) -> Result<ValueId, ProgramError> {
        // The number of a value has 32 bits.
        if self.program.values.len() >= u32::MAX as usize {
            return Err(self.damaged("it has more than 2^32 values"));
        }
        let id = ValueId::new(self.program.values.len());
        let shown = format!("{}{}", scope.prefix, &*name);
        if scope.values.insert(name, id).is_some() {
            return Err(self.duplicate(&shown));
        }
        self.program.values.push(Value { name: shown, origin, tensor: None });
        Ok(id)
    }

    /// Reads the operations of a graph whose inputs are in its scope, and then the types of its values.
    pub(super) fn read(&mut self, graph: Graph<'a>, scope: &mut Scope<'a>) -> Result<(), ProgramError> {
        scope.sizes.extend(graph.sym_int_values);
        let mut nodes = serde_json::Deserializer::from_str(graph.nodes.get());
        let read = Nodes { reader: self, scope }.deserialize(&mut nodes);
        self.finished("its operations", read)?;
        let mut types = serde_json::Deserializer::from_str(graph.tensor_values.get());
        let read = Types { reader: self, scope }.deserialize(&mut types);
        self.finished("the types of its values", read)
    }

    /// Returns the error for which a list was abandoned, or else the error in its text.
    fn finished(&mut self, what: &str, read: serde_json::Result<()>) -> Result<(), ProgramError> {
        match (self.error.take(), read) {
            (Some(error), _) => Err(error),
            (None, read) => read.map_err(|error| self.damaged(format!("{what}: {error}"))),
        }
    }

    /// Reads an operation. An invalid one stops the reading.
    pub(super) fn take_node<E: Error>(&mut self, scope: &mut Scope<'a>, node: Node<'a>) -> Result<(), E> {
        self.node(scope, node).map_err(|error| {
            self.error = Some(error);
            E::custom("an operation that is wrong")
        })
    }

    fn node(&mut self, scope: &mut Scope<'a>, node: Node<'a>) -> Result<(), ProgramError> {
        let name = node.name.clone().or_else(|| first_output(&node).cloned());
        let shown = match &name {
            Some(name) => format!("{}{}", scope.prefix, &**name),
            None => format!("{}operation {}", scope.prefix, self.program.operations.len()),
        };
        if let Some(name) = name
            && !scope.operations.insert(name)
        {
            return Err(self.duplicate(&shown));
        }
        let mut modules = self.stacks.calls(node.metadata.nn_module_stack.clone());
        if let (true, Some(outer)) = (modules.is_empty(), &scope.modules) {
            modules = Arc::clone(outer);
        }
        let Some(node) = self.wrapped(scope, &shown, &modules, node)? else { return Ok(()) };
        let target = self.word(&node.target);
        let mut arguments = Vec::with_capacity(node.inputs.len());
        for NamedArgument { name, arg } in node.inputs {
            let argument = self.argument(scope, &shown, arg)?;
            arguments.push((self.word(&name), argument));
        }
        let number = self.program.operations.len();
        let mut outputs = Vec::with_capacity(node.outputs.len());
        for name in node.outputs.into_iter().flat_map(tensors) {
            let value = name.map(|name| self.add_value(scope, name, Origin::Operation(number)));
            outputs.push(value.transpose()?);
        }
        self.program.operations.push(Operation { name: shown, target, arguments, outputs, modules });
        Ok(())
    }

    fn argument(
        &mut self,
        scope: &Scope<'a>,
        operation: &str,
        argument: schema::Argument<'a>,
    ) -> Result<Argument, ProgramError> {
        let value = |name: &Text<'a>| scope.value(name).ok_or_else(|| self.unknown(operation, name));
        let extent = |symbol: Symbol<'a, i64>| match symbol {
            Symbol::Known(number) => Extent::Known(number),
            Symbol::Name(name) => scope.sizes.get(&*name).map_or(Extent::Symbolic, Size::extent),
        };
        Ok(match argument {
            schema::Argument::None => Argument::None,
            schema::Argument::Tensor(name) => Argument::Tensor(value(&name)?),
            schema::Argument::Tensors(names) => {
                let values = names.iter().map(|name| name.as_ref().map(value).transpose());
                Argument::Tensors(values.collect::<Result<_, _>>()?)
            }
            schema::Argument::Int(number) => Argument::Int(extent(number)),
            schema::Argument::Ints(numbers) => Argument::Ints(numbers.into_iter().map(extent).collect()),
            schema::Argument::Float(number) => Argument::Float(known(number).map(|number| number.0)),
            schema::Argument::Floats(numbers) => {
                let numbers = numbers.into_iter().map(|number| known(number).map(|number| number.0));
                numbers
                    .collect::<Option<_>>()
                    .map_or_else(|| Argument::Other("as_sym_floats".to_owned()), Argument::Floats)
            }
            schema::Argument::Bool(value) => Argument::Bool(known(value)),
            schema::Argument::Bools(values) => values
                .into_iter()
                .map(known)
                .collect::<Option<_>>()
                .map_or_else(|| Argument::Other("as_sym_bools".to_owned()), Argument::Bools),
            schema::Argument::Text(text) => Argument::Text(text.into_string()),
            schema::Argument::Graph(_) => Argument::Other("as_graph".to_owned()),
            schema::Argument::Other(kind) => Argument::Other(kind.into_string()),
        })
    }

    /// Returns a word without `torch.ops.`, stored once.
    fn word(&mut self, text: &Text<'a>) -> Arc<str> {
        if let Some(word) = self.words.get(&**text) {
            return Arc::clone(word);
        }
        let word: Arc<str> = text.strip_prefix("torch.ops.").unwrap_or(text).into();
        self.words.insert(text.clone(), Arc::clone(&word));
        word
    }

    pub(super) fn damaged(&self, detail: impl Into<String>) -> ProgramError {
        ProgramError::Damaged { path: self.path.to_owned(), detail: detail.into() }
    }

    pub(super) fn duplicate(&self, name: &str) -> ProgramError {
        ProgramError::DuplicateName { path: self.path.to_owned(), name: name.to_owned() }
    }

    pub(super) fn unknown(&self, operation: &str, value: &str) -> ProgramError {
        let (operation, value) = (operation.to_owned(), value.to_owned());
        ProgramError::UnknownValue { path: self.path.to_owned(), operation, value }
    }
}

fn tensors(argument: schema::Argument<'_>) -> Vec<Option<Text<'_>>> {
    match argument {
        schema::Argument::Tensor(name) => vec![Some(name)],
        schema::Argument::Tensors(names) => names,
        _ => vec![None],
    }
}

fn first_output<'n, 'a>(node: &'n Node<'a>) -> Option<&'n Text<'a>> {
    node.outputs.iter().find_map(|output| match output {
        schema::Argument::Tensor(name) => Some(name),
        schema::Argument::Tensors(names) => names.iter().flatten().next(),
        _ => None,
    })
}

fn known<T>(symbol: Symbol<'_, T>) -> Option<T> {
    match symbol {
        Symbol::Known(value) => Some(value),
        Symbol::Name(_) => None,
    }
}
