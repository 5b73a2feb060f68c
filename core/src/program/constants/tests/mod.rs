//! Tests of tensors that programs compute, with arithmetic that can be checked by hand.

mod errors;
mod evaluation;
mod in_place;
mod operations;
mod pytorch;

use crate::program::testing::TestProgram;
use crate::program::{Argument, ValueId};
use crate::program::{ConstantError, Constants, Content, Tensors};
use ndarray::{Array1, ArrayD};
use std::error::Error;

impl Tensors for TestProgram {
    fn tensor(&self, value: ValueId) -> Result<ArrayD<f64>, Box<dyn Error + Send + Sync>> {
        self.tensors.get(&value).cloned().ok_or_else(|| "no such tensor".into())
    }
}

fn array(shape: &[usize], numbers: &[f64]) -> ArrayD<f64> {
    ArrayD::from_shape_vec(shape, numbers.to_vec()).unwrap()
}

fn vector(numbers: &[f64]) -> ArrayD<f64> {
    Array1::from(numbers.to_vec()).into_dyn()
}

/// Computes the content of a tensor at the end of the program.
fn content(net: &TestProgram, id: ValueId) -> Result<Content, ConstantError> {
    Constants::new(&net.program, net).tensor(id, net.program.operations.len())
}

fn numbers(net: &TestProgram, id: ValueId) -> Vec<f64> {
    match content(net, id).unwrap() {
        Content::Array(array) => array.iter().copied().collect(),
        Content::Uniform(number) => panic!("the tensor is uniformly {number}"),
    }
}

/// Computes the result of one operation, given its target, arguments and result shape.
fn result(target: &str, arguments: &[(&str, Given)], shape: &[i64]) -> Vec<f64> {
    let mut net = TestProgram::new();
    let arguments: Vec<(&str, Argument)> = arguments
        .iter()
        .map(|(name, given)| {
            let argument = match given {
                Given::Tensor(tensor) => net.parameter(name, tensor.clone()).into(),
                Given::Tensors(tensors) => {
                    let ids: Vec<_> =
                        tensors.iter().map(|tensor| net.parameter(name, tensor.clone())).collect();
                    ids.into()
                }
                Given::Other(argument) => argument.clone(),
            };
            (*name, argument)
        })
        .collect();
    let output = net.operation(target, &arguments, shape);
    numbers(&net, output)
}

/// An argument in a test.
enum Given {
    Tensor(ArrayD<f64>),
    Tensors(Vec<ArrayD<f64>>),
    Other(Argument),
}

impl From<ArrayD<f64>> for Given {
    fn from(tensor: ArrayD<f64>) -> Self {
        Self::Tensor(tensor)
    }
}

impl From<Vec<ArrayD<f64>>> for Given {
    fn from(tensors: Vec<ArrayD<f64>>) -> Self {
        Self::Tensors(tensors)
    }
}

fn other(argument: impl Into<Argument>) -> Given {
    Given::Other(argument.into())
}
