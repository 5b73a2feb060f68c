//! Handwritten programs for tests.

use super::{Argument, Extent, ModuleCall, Operation, Origin, Program, Symbol, TensorType, Value, ValueId};
use crate::files::checkpoint::ElementType;
use ndarray::ArrayD;
use std::collections::HashMap;

/// A program with its tensors, built one value at a time.
///
/// In shapes and in lists of integers, [`SYMBOLIC`] stands for an unknown number.
///
/// ```ignore
/// let mut net = TestProgram::new();
/// let image = net.input("x", &[1, 3, 8, 8]);
/// let kernel = net.parameter("conv.weight", ArrayD::ones(vec![4, 3, 3, 3]));
/// let arguments = [("input", image.into()), ("weight", kernel.into())];
/// let maps = net.in_module("conv").operation("aten.conv2d.default", &arguments, &[1, 4, 6, 6]);
/// net.output(maps);
/// ```
#[derive(Debug, Default)]
pub(crate) struct TestProgram {
    /// The program so far.
    pub(crate) program: Program,
    /// The contents of parameters, buffers and constants.
    pub(crate) tensors: HashMap<ValueId, ArrayD<f64>>,
    modules: Vec<ModuleCall>,
}

/// An integer that is known only when the program runs, the same everywhere.
pub(crate) const SYMBOLIC: i64 = i64::MIN;

fn extent(number: i64) -> Extent {
    match Symbol::of_name("s0") {
        Some(symbol) if number == SYMBOLIC => Extent::Linear { symbol, times: 1, plus: 0 },
        _ => Extent::Known(number),
    }
}

fn extents(numbers: &[i64]) -> Vec<Extent> {
    numbers.iter().copied().map(extent).collect()
}

impl TestProgram {
    /// Returns a program without values and operations.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn value(&mut self, name: &str, origin: Origin, shape: &[i64]) -> ValueId {
        let id = ValueId::new(self.program.values.len());
        let tensor = TensorType { element_type: ElementType::Float32, shape: extents(shape) };
        self.program.values.push(Value { name: name.to_owned(), origin, tensor: Some(tensor) });
        id
    }

    fn stored(&mut self, name: &str, origin: Origin, tensor: ArrayD<f64>) -> ValueId {
        let shape: Vec<i64> = tensor.shape().iter().map(|&extent| extent as i64).collect();
        let id = self.value(name, origin, &shape);
        self.tensors.insert(id, tensor);
        id
    }

    /// Adds an input that the user gives.
    pub(crate) fn input(&mut self, name: &str, shape: &[i64]) -> ValueId {
        let id = self.value(name, Origin::Input(name.to_owned()), shape);
        self.program.inputs.push(id);
        id
    }

    /// Adds a parameter.
    pub(crate) fn parameter(&mut self, name: &str, tensor: ArrayD<f64>) -> ValueId {
        self.stored(name, Origin::Parameter(name.to_owned()), tensor)
    }

    /// Adds a buffer.
    pub(crate) fn buffer(&mut self, name: &str, tensor: ArrayD<f64>) -> ValueId {
        self.stored(name, Origin::Buffer(name.to_owned()), tensor)
    }

    /// Sets the path of the module that contains the operations that follow.
    pub(crate) fn in_module(&mut self, path: &str) -> &mut Self {
        self.modules = vec![
            ModuleCall { path: String::new(), call: 0, class: "Net".to_owned() },
            ModuleCall { path: path.to_owned(), call: 0, class: String::new() },
        ];
        self
    }

    /// Adds an operation with one result of the given shape, and returns the result.
    pub(crate) fn operation(
        &mut self,
        target: &str,
        arguments: &[(&str, Argument)],
        shape: &[i64],
    ) -> ValueId {
        self.operation_with_outputs(target, arguments, &[shape])[0]
    }

    /// Adds an operation with results of the given shapes, and returns the results.
    pub(crate) fn operation_with_outputs(
        &mut self,
        target: &str,
        arguments: &[(&str, Argument)],
        shapes: &[&[i64]],
    ) -> Vec<ValueId> {
        let index = self.program.operations.len();
        let name = format!("{}_{index}", target.split('.').nth(1).unwrap_or(target));
        let origin = Origin::Operation(index);
        let outputs: Vec<ValueId> = shapes
            .iter()
            .enumerate()
            .map(|(output, shape)| self.value(&format!("{name}_{output}"), origin.clone(), shape))
            .collect();
        self.program.operations.push(Operation {
            name,
            target: target.into(),
            arguments: arguments.iter().map(|(name, argument)| ((*name).into(), argument.clone())).collect(),
            outputs: outputs.iter().copied().map(Some).collect(),
            modules: self.modules.clone().into(),
        });
        outputs
    }

    /// Sets the element type of a value, which is float32 by default.
    pub(crate) fn set_element_type(&mut self, id: ValueId, element_type: ElementType) {
        if let Some(tensor) = &mut self.program.values[id.index()].tensor {
            tensor.element_type = element_type;
        }
    }

    /// Makes a value one of the program's outputs.
    pub(crate) fn output(&mut self, id: ValueId) {
        self.program.outputs.push(Some(id));
    }
}

impl From<ValueId> for Argument {
    fn from(id: ValueId) -> Self {
        Self::Tensor(id)
    }
}

impl From<Vec<ValueId>> for Argument {
    fn from(ids: Vec<ValueId>) -> Self {
        Self::Tensors(ids.into_iter().map(Some).collect())
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Int(extent(number))
    }
}

impl<const N: usize> From<[i64; N]> for Argument {
    fn from(numbers: [i64; N]) -> Self {
        Self::Ints(extents(&numbers))
    }
}

impl From<f64> for Argument {
    fn from(number: f64) -> Self {
        Self::Float(Some(number))
    }
}

impl From<bool> for Argument {
    fn from(value: bool) -> Self {
        Self::Bool(Some(value))
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[test]
fn values_stand_in_the_order_in_which_they_are_added() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[SYMBOLIC, 3]);
    let kernel = net.parameter("fc.weight", ArrayD::ones(vec![2, 3]));
    let arguments = [("input", image.into()), ("weight", kernel.into())];
    let output = net.in_module("fc").operation("aten.linear.default", &arguments, &[SYMBOLIC, 2]);
    net.output(output);
    let count = net.buffer("num_batches_tracked", ArrayD::zeros(vec![]));
    net.set_element_type(count, ElementType::Other("int64"));
    let operation = &net.program.operations[0];
    assert_eq!(operation.reads().collect::<Vec<_>>(), [image, kernel]);
    assert_eq!((operation.name.as_str(), operation.module()), ("linear_0", "fc"));
    assert_eq!(net.program.value(output).origin, Origin::Operation(0));
    assert_eq!(net.program.value(image).tensor.as_ref().unwrap().shape, [extent(SYMBOLIC), Extent::Known(3)]);
    let count = net.program.value(count).tensor.as_ref().unwrap();
    assert_eq!((count.element_type, count.shape.len()), (ElementType::Other("int64"), 0));
    assert_eq!((net.program.inputs, net.program.outputs), (vec![image], vec![Some(output)]));
}
