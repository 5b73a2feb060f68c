//! Tests of values that depend on an input, uniform tensors, and long programs.

use super::{content, numbers, vector};
use crate::files::checkpoint::ElementType;
use crate::program::testing::{SYMBOLIC, TestProgram};
use crate::program::{Constants, Content};

#[test]
fn what_an_input_has_part_in_is_no_constant() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[1, 2]);
    let weight = net.parameter("w", vector(&[1.0, 2.0]));
    let double = net.operation("aten.mul.Tensor", &[("self", weight.into()), ("other", 2.into())], &[2]);
    let scaled =
        net.operation("aten.mul.Tensor", &[("self", image.into()), ("other", double.into())], &[1, 2]);
    let sum = net.operation("aten.sum.default", &[("self", scaled.into())], &[]);
    let constants = Constants::new(&net.program, &net);
    let at_the_end = [image, weight, double, scaled, sum].map(|id| constants.is_constant(id, 3));
    assert_eq!(at_the_end, [false, true, true, false, false]);
    assert_eq!(
        content(&net, sum).unwrap_err().to_string(),
        "sum_2_0 is not a weight of the program, because it depends on the input x: export the model \
         with the weight as a parameter"
    );
}

#[test]
fn only_the_shape_of_a_tensor_has_part_in_its_likes() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[SYMBOLIC, 2]);
    let zeros = net.operation("aten.zeros_like.default", &[("self", image.into())], &[SYMBOLIC, 2]);
    let twos = net.operation(
        "aten.full_like.default",
        &[("self", image.into()), ("fill_value", 2.into())],
        &[SYMBOLIC, 2],
    );
    let view = net.operation(
        "aten.unsqueeze.default",
        &[("self", twos.into()), ("dim", 0.into())],
        &[1, SYMBOLIC, 2],
    );
    let negative = net.operation(
        "aten.sub.Tensor",
        &[("self", zeros.into()), ("other", view.into())],
        &[1, SYMBOLIC, 2],
    );
    assert!(Constants::new(&net.program, &net).is_constant(negative, 4));
    assert_eq!(content(&net, negative).unwrap(), Content::Uniform(-2.0));
    assert_eq!(Constants::new(&net.program, &net).mean_absolute(negative, 4).unwrap(), 2.0);
}

#[test]
fn a_uniform_tensor_gets_elements_where_its_shape_matters() {
    let mut net = TestProgram::new();
    let ones = net.operation("aten.ones.default", &[("size", [2, 2].into())], &[2, 2]);
    let upper = net.operation("aten.triu.default", &[("self", ones.into())], &[2, 2]);
    let row = net.parameter("w", vector(&[1.0, 2.0]));
    let sum = net.operation("aten.add.Tensor", &[("self", row.into()), ("other", ones.into())], &[2, 2]);
    let total = net.operation("aten.sum.default", &[("self", ones.into())], &[]);
    assert_eq!(numbers(&net, upper), [1.0, 1.0, 0.0, 1.0]);
    assert_eq!(numbers(&net, sum), [2.0, 3.0, 2.0, 3.0]);
    assert_eq!(numbers(&net, total), [4.0]);
    assert_eq!(Constants::new(&net.program, &net).mean_absolute(upper, 5).unwrap(), 0.75);
}

#[test]
fn numbers_become_whole_where_the_type_is() {
    let mut net = TestProgram::new();
    let weight = net.parameter("w", vector(&[-1.5, 0.0, 2.5]));
    let whole = net.operation("aten._to_copy.default", &[("self", weight.into())], &[3]);
    net.set_element_type(whole, ElementType::Other("int32"));
    let truth = net.operation("aten.to.dtype", &[("self", weight.into())], &[3]);
    net.set_element_type(truth, ElementType::Other("bool"));
    let inverse = net.operation("aten.bitwise_not.default", &[("self", truth.into())], &[3]);
    net.set_element_type(inverse, ElementType::Other("bool"));
    assert_eq!(numbers(&net, whole), [-1.0, 0.0, 2.0]);
    assert_eq!(numbers(&net, truth), [1.0, 0.0, 1.0]);
    assert_eq!(numbers(&net, inverse), [0.0, 1.0, 0.0]);
}

#[test]
fn every_result_of_an_operation_is_found() {
    let mut net = TestProgram::new();
    let weight = net.parameter("w", vector(&[1.0, 3.0]));
    let arguments = [("self", weight.into()), ("correction", 0.into())];
    let both = net.operation_with_outputs("aten.var_mean.correction", &arguments, &[&[], &[]]);
    assert_eq!((numbers(&net, both[0]), numbers(&net, both[1])), (vec![1.0], vec![2.0]));
    let arguments = [("self", weight.into()), ("split_size", 1.into())];
    let parts = net.operation_with_outputs("aten.split.Tensor", &arguments, &[&[1], &[1]]);
    assert_eq!((numbers(&net, parts[0]), numbers(&net, parts[1])), (vec![1.0], vec![3.0]));
}

#[test]
fn a_long_chain_of_operations_is_followed() {
    let mut net = TestProgram::new();
    let mut sum = net.parameter("w", vector(&[0.0, 1.0]));
    for _ in 0..50_000 {
        sum = net.operation("aten.add.Tensor", &[("self", sum.into()), ("other", 1.into())], &[2]);
        sum = net.operation("aten.alias.default", &[("self", sum.into())], &[2]);
    }
    assert_eq!(numbers(&net, sum), [50_000.0, 50_001.0]);
}
