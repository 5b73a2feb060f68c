//! Graphs inside a graph, as `torch.no_grad()`, `torch.autocast()` and the like create them for a part of a
//! model.

use super::graph::{Reader, Scope};
use super::schema::{self, Graph, NamedArgument, Node, Size, Symbol};
use super::text::Text;
use crate::program::{Extent, ModuleCall, ProgramError};
use std::sync::Arc;

/// Operations that only perform their graph argument, in another mode.
const WRAPPERS: [&str; 8] = [
    "wrap_with_set_grad_enabled",
    "wrap_with_autocast",
    "wrap_activation_checkpoint",
    "tag_activation_checkpoint",
    "wrap",
    "hints_wrapper",
    "strict_mode",
    "invoke_subgraph",
];
/// The largest nesting depth of graphs.
const MOST_DEPTH: usize = 32;

impl<'a> Reader<'a> {
    /// Performs the graph of an operation that only wraps a graph. Returns any other operation unchanged.
    pub(super) fn wrapped(
        &mut self,
        scope: &mut Scope<'a>,
        operation: &str,
        modules: &Arc<[ModuleCall]>,
        node: Node<'a>,
    ) -> Result<Option<Node<'a>>, ProgramError> {
        let wrapper = node.target.strip_prefix("torch.ops.higher_order.");
        let is_graph = |input: &NamedArgument<'_>| matches!(input.arg, schema::Argument::Graph(_));
        let at = node.inputs.iter().position(is_graph);
        let (Some(at), true) = (at, wrapper.is_some_and(|name| WRAPPERS.contains(&name))) else {
            return Ok(Some(node));
        };
        let schema::Argument::Graph(named) = &node.inputs[at].arg else { return Ok(Some(node)) };
        let graph: Graph<'a> = serde_json::from_str(named.graph.get())
            .map_err(|error| self.damaged(format!("the graph of operation {operation}: {error}")))?;
        // Positional arguments have no name. A text argument is the identity of the graph.
        let operands = node.inputs[at + 1..].iter().filter(|input| input.name.is_empty());
        let operands: Vec<&schema::Argument<'a>> = operands.map(|input| &input.arg).collect();
        let operands = operands.into_iter().filter(|arg| !matches!(arg, schema::Argument::Text(_)));
        let operands: Vec<Operand<'a>> = operands.flat_map(operands_of).collect();
        let results: Vec<_> = graph.outputs.iter().flat_map(operands_of).collect();
        let given: Vec<_> = node.outputs.iter().flat_map(operands_of).collect();
        if scope.depth >= MOST_DEPTH || operands.len() != graph.inputs.len() || results.len() != given.len() {
            return Ok(Some(node));
        }
        let count = self.performed.entry(format!("{}{}", scope.prefix, &*named.name)).or_default();
        let prefix = match *count {
            0 => format!("{}{}.", scope.prefix, &*named.name),
            again => format!("{}{}@{again}.", scope.prefix, &*named.name),
        };
        *count += 1;
        let mut inner = scope.inner(prefix, modules);
        for (input, operand) in graph.inputs.iter().zip(operands) {
            self.bind(scope, &mut inner, operation, input, operand)?;
        }
        self.read(graph, &mut inner)?;
        for (given, result) in given.into_iter().zip(results) {
            let (Operand::Tensor(name), Operand::Tensor(result)) = (given, result) else { continue };
            let value = inner.value(&result).ok_or_else(|| self.unknown(operation, &result))?;
            let shown = format!("{}{}", scope.prefix, &*name);
            if scope.values.insert(name, value).is_some() {
                return Err(self.duplicate(&shown));
            }
        }
        Ok(None)
    }

    /// Assigns the value of a call's argument to an input of the graph.
    fn bind(
        &self,
        outer: &Scope<'a>,
        inner: &mut Scope<'a>,
        operation: &str,
        input: &schema::Argument<'a>,
        operand: Operand<'a>,
    ) -> Result<(), ProgramError> {
        match (input, operand) {
            (schema::Argument::Tensor(name), Operand::Tensor(operand)) => {
                let value = outer.value(&operand).ok_or_else(|| self.unknown(operation, &operand))?;
                if inner.values.insert(name.clone(), value).is_some() {
                    return Err(self.duplicate(name));
                }
            }
            (schema::Argument::Int(Symbol::Name(name)), Operand::Int(Extent::Known(number))) => {
                inner.sizes.insert(name.clone(), Size::Known(number));
            }
            _ => {}
        }
        Ok(())
    }
}

/// An argument or a result of a graph.
enum Operand<'a> {
    Tensor(Text<'a>),
    Int(Extent),
    Other,
}

fn operands_of<'a>(argument: &schema::Argument<'a>) -> Vec<Operand<'a>> {
    match argument {
        schema::Argument::Tensor(name) => vec![Operand::Tensor(name.clone())],
        schema::Argument::Tensors(names) => {
            names.iter().map(|name| name.clone().map_or(Operand::Other, Operand::Tensor)).collect()
        }
        schema::Argument::Int(Symbol::Known(number)) => vec![Operand::Int(Extent::Known(*number))],
        _ => vec![Operand::Other],
    }
}
