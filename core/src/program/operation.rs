//! One operation of a program.

use super::{Argument, Extent, ValueId};
use std::sync::Arc;

/// A call of a module, inside which an operation is performed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModuleCall {
    /// The module's path in the model, such as `layer1.0.conv1`; empty for the model itself.
    pub path: String,
    /// Which call of the module it is, from 0.
    pub call: usize,
    /// The module's class, such as `torch.nn.modules.conv.Conv2d`; empty where the file does not say.
    pub class: String,
}

/// One operation of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its name in the program, which no other has, such as `conv2d_3`.
    pub name: String,
    /// What it does, in PyTorch's words without `torch.ops.`, such as `aten.conv2d.default`.
    pub target: Arc<str>,
    /// Its arguments by name, in the order of the file.
    pub arguments: Vec<(Arc<str>, Argument)>,
    /// What it gives, lists flattened; `None` for what is no tensor or used by nobody.
    pub outputs: Vec<Option<ValueId>>,
    /// The calls of modules that it is inside of, from the model to the innermost.
    pub modules: Arc<[ModuleCall]>,
}

impl Operation {
    /// Returns an argument; [`Argument::None`] where there is none of that name.
    pub fn argument(&self, name: &str) -> &Argument {
        let mut arguments = self.arguments.iter();
        arguments.find(|(given, _)| **given == *name).map_or(&Argument::None, |(_, argument)| argument)
    }

    /// Returns the tensor of that name, if the argument is one.
    pub fn tensor(&self, name: &str) -> Option<ValueId> {
        match *self.argument(name) {
            Argument::Tensor(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the whole number of that name, if the argument is one that is known.
    pub fn int(&self, name: &str) -> Option<i64> {
        match *self.argument(name) {
            Argument::Int(Extent::Known(number)) => Some(number),
            _ => None,
        }
    }

    /// Returns the number of that name, whole or not, if the argument is one that is known.
    pub fn number(&self, name: &str) -> Option<f64> {
        match *self.argument(name) {
            Argument::Int(Extent::Known(number)) => Some(number as f64),
            Argument::Float(number) => number,
            _ => None,
        }
    }

    /// Returns the whole numbers of that name, if the argument is a list (or one number) of known ones.
    pub fn ints(&self, name: &str) -> Option<Vec<i64>> {
        match self.argument(name) {
            Argument::Ints(numbers) => numbers.iter().map(|number| number.known()).collect(),
            Argument::Int(number) => number.known().map(|number| vec![number]),
            _ => None,
        }
    }

    /// Returns the truth value of that name, if the argument is one that is known.
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

    /// Returns the path of the innermost module that it is inside of; empty for the model itself.
    pub fn module(&self) -> &str {
        self.modules.last().map_or("", |call| &call.path)
    }
}

/// Returns a module's path as it stands in messages behind an operation; nothing for the model itself.
pub(super) fn inside(module: &str) -> String {
    if module.is_empty() { String::new() } else { format!(", in {module}") }
}
