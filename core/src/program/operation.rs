//! A single operation of a program.

use super::{Argument, Extent, ValueId};
use std::sync::Arc;

/// A call of a module that contains an operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModuleCall {
    /// The module's path in the model, such as `layer1.0.conv1`; empty for the model itself.
    pub path: String,
    /// The number of the call of the module, from 0.
    pub call: usize,
    /// The module's class, such as `torch.nn.modules.conv.Conv2d`; empty if the file does not state it.
    pub class: String,
}

/// An operation of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its unique name in the program, such as `conv2d_3`.
    pub name: String,
    /// Its target, as PyTorch names it without `torch.ops.`, such as `aten.conv2d.default`.
    pub target: Arc<str>,
    /// Its arguments by name, in the order of the file.
    pub arguments: Vec<(Arc<str>, Argument)>,
    /// Its results, with lists flattened; `None` for results that are not tensors or are unused.
    pub outputs: Vec<Option<ValueId>>,
    /// The module calls that contain it, from the model to the innermost.
    pub modules: Arc<[ModuleCall]>,
}

impl Operation {
    /// Returns an argument; [`Argument::None`] if it does not exist.
    pub fn argument(&self, name: &str) -> &Argument {
        let mut arguments = self.arguments.iter();
        arguments.find(|(given, _)| **given == *name).map_or(&Argument::None, |(_, argument)| argument)
    }

    /// Returns the tensor with the given name, if the argument is a tensor.
    pub fn tensor(&self, name: &str) -> Option<ValueId> {
        match *self.argument(name) {
            Argument::Tensor(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the integer with the given name, if the argument is a known integer.
    pub fn int(&self, name: &str) -> Option<i64> {
        match *self.argument(name) {
            Argument::Int(Extent::Known(number)) => Some(number),
            _ => None,
        }
    }

    /// Returns the number with the given name, if the argument is a known integer or floating-point number.
    pub fn number(&self, name: &str) -> Option<f64> {
        match *self.argument(name) {
            Argument::Int(Extent::Known(number)) => Some(number as f64),
            Argument::Float(number) => number,
            _ => None,
        }
    }

    /// Returns the integers with the given name, if the argument is a list (or one number) of known integers.
    pub fn ints(&self, name: &str) -> Option<Vec<i64>> {
        match self.argument(name) {
            Argument::Ints(numbers) => numbers.iter().map(|number| number.known()).collect(),
            Argument::Int(number) => number.known().map(|number| vec![number]),
            _ => None,
        }
    }

    /// Returns the bool with the given name, if the argument is a known bool.
    pub fn bool(&self, name: &str) -> Option<bool> {
        match *self.argument(name) {
            Argument::Bool(value) => value,
            _ => None,
        }
    }

    /// Returns every tensor that the operation reads, in the order of its arguments.
    pub fn reads(&self) -> impl Iterator<Item = ValueId> {
        self.arguments.iter().flat_map(|(_, argument)| {
            let tensors: &[Option<ValueId>] = match argument {
                Argument::Tensor(value) => return vec![*value],
                Argument::Tensors(values) => values,
                _ => &[],
            };
            tensors.iter().copied().flatten().collect()
        })
    }

    /// Returns the path of the innermost module that contains it; empty for the model itself.
    pub fn module(&self) -> &str {
        self.modules.last().map_or("", |call| &call.path)
    }
}

/// Returns a module's path as it follows an operation in messages; empty for the model itself.
pub(super) fn inside(module: &str) -> String {
    if module.is_empty() { String::new() } else { format!(", in {module}") }
}
