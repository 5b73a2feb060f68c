//! Tests of programs whose results can be checked by hand.

use crate::files::checkpoint::ElementType;
use crate::program::testing::{SYMBOLIC, TestProgram};
use crate::program::{Element, Execution, ExecutionError, Tensor, ValueId};
use ndarray::{Array1, arr1, arr2, arr3};

fn vector<T: Element>(numbers: &[f64]) -> Tensor<T> {
    Array1::from_iter(numbers.iter().map(|&number| T::of(number))).into_dyn().into_shared()
}

fn execution<'a, T: Element>(net: &'a TestProgram, wanted: &[ValueId]) -> Execution<'a, T> {
    Execution::new(&net.program, net, wanted).unwrap()
}

#[test]
fn readers_see_what_was_written_in_place_before_them() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[2, 2]);
    let double = net.operation("aten.mul.Tensor", &[("self", image.into()), ("other", 2.into())], &[2, 2]);
    let before = net.operation("aten.clone.default", &[("self", double.into())], &[2, 2]);
    let row = [("self", double.into()), ("dim", 0.into()), ("index", 1.into())];
    let row = net.operation("aten.select.int", &row, &[2]);
    net.operation("aten.relu_.default", &[("self", row.into())], &[2]);
    let after = net.operation("aten.neg.default", &[("self", double.into())], &[2, 2]);
    let image = arr2(&[[-1.0_f32, 2.0], [-3.0, 4.0]]).into_dyn().into_shared();
    let found = execution(&net, &[before, double, row, after]).run(&[image]).unwrap();
    assert_eq!(found[0], arr2(&[[-2.0, 4.0], [-6.0, 8.0]]).into_dyn());
    assert_eq!(found[1], arr2(&[[-2.0, 4.0], [0.0, 8.0]]).into_dyn());
    assert_eq!(found[2], arr1(&[0.0, 8.0]).into_dyn());
    assert_eq!(found[3], arr2(&[[2.0, -4.0], [0.0, -8.0]]).into_dyn());
}

#[test]
fn a_copy_that_may_be_a_view_is_changed_where_nobody_sees_the_difference() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[2, 1]);
    let double = net.operation("aten.mul.Tensor", &[("self", image.into()), ("other", 2.into())], &[2, 1]);
    let flat = net.operation("aten.flatten.using_ints", &[("self", double.into())], &[2]);
    let arguments = [("input", flat.into()), ("p", 0.5.into()), ("train", false.into())];
    let kept = net.operation("aten.dropout_.default", &arguments, &[2]);
    let positive = net.operation("aten.relu_.default", &[("self", kept.into())], &[2]);
    let image = arr2(&[[-1.0], [3.0]]).into_dyn().into_shared();
    assert_eq!(execution(&net, &[positive]).run(&[image]).unwrap(), [vector::<f64>(&[0.0, 6.0])]);
    let seen = Execution::<f64>::new(&net.program, &net, &[double, positive]).err().unwrap();
    assert!(seen.to_string().contains("shares memory with a tensor that is changed in place"), "{seen}");
}

#[test]
fn sizes_of_batches_are_those_of_the_inputs() {
    let mut net = TestProgram::new();
    let images = net.input("x", &[SYMBOLIC, 1, 2]);
    let class = net.parameter("class", ndarray::ArrayD::from_elem(vec![1, 1, 2], 5.0));
    let classes = [("self", class.into()), ("size", [SYMBOLIC, -1, -1].into())];
    let classes = net.operation("aten.expand.default", &classes, &[SYMBOLIC, 1, 2]);
    let arguments = [("tensors", vec![classes, images].into()), ("dim", 1.into())];
    let tokens = net.operation("aten.cat.default", &arguments, &[SYMBOLIC, 2, 2]);
    let shape = [("self", tokens.into()), ("shape", [SYMBOLIC, 4].into())];
    let flat = net.operation("aten.view.default", &shape, &[SYMBOLIC, 4]);
    let state = net.operation("aten.zeros.default", &[("size", [SYMBOLIC, 4].into())], &[SYMBOLIC, 4]);
    let sum = net.operation("aten.sum.dim_IntList", &[("self", flat.into()), ("dim", [0].into())], &[4]);
    let mean = net.operation("aten.div.Tensor", &[("self", sum.into()), ("other", SYMBOLIC.into())], &[4]);
    let execution = execution::<f64>(&net, &[flat, state, mean]);
    let images = arr3(&[[[1.0, 2.0]], [[3.0, 4.0]]]).into_dyn().into_shared();
    let found = execution.run(&[images]).unwrap();
    assert_eq!(found[0], arr2(&[[5.0, 5.0, 1.0, 2.0], [5.0, 5.0, 3.0, 4.0]]).into_dyn());
    assert_eq!((found[1].shape(), found[1].sum()), (&[2, 4][..], 0.0));
    assert_eq!(found[2], arr1(&[5.0, 5.0, 2.0, 3.0]).into_dyn());
    let found = execution.run(&[arr3(&[[[7.0, 8.0]]]).into_dyn().into_shared()]).unwrap();
    assert_eq!(found[0], arr2(&[[5.0, 5.0, 7.0, 8.0]]).into_dyn());
    assert_eq!(found[1].shape(), &[1, 4]);
    assert_eq!(found[2], arr1(&[5.0, 5.0, 7.0, 8.0]).into_dyn());
}

#[test]
fn what_is_wanted_may_depend_on_no_input() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[2]);
    let weight = net.parameter("w", arr1(&[1.0, -2.0]).into_dyn());
    let positive = net.operation("aten.abs.default", &[("self", weight.into())], &[2]);
    let ones = net.operation("aten.ones_like.default", &[("self", image.into())], &[2]);
    let found =
        execution::<f32>(&net, &[positive, ones, image, positive]).run(&[vector(&[3.0, 4.0])]).unwrap();
    let expected = [[1.0, 2.0], [1.0, 1.0], [3.0, 4.0], [1.0, 2.0]];
    assert_eq!(found, expected.map(|numbers| vector::<f32>(&numbers)));
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[SYMBOLIC, 3]);
    let other = net.input("y", &[SYMBOLIC]);
    let execution = execution::<f32>(&net, &[image, other]);
    let refusal = |inputs: &[&[usize]]| {
        let inputs: Vec<_> = inputs.iter().map(|shape| Tensor::zeros(*shape)).collect();
        execution.run(&inputs).unwrap_err()
    };
    assert!(matches!(refusal(&[&[2, 3]]), ExecutionError::Count { expected: 2, found: 1 }));
    assert_eq!(
        refusal(&[&[2, 4], &[2]]).to_string(),
        "input x has shape [2, 4], but the program takes [?, 3]: give it in that shape, or export the program with \
         inputs of the shape that is given"
    );
    assert!(matches!(refusal(&[&[3], &[3]]), ExecutionError::Shape { .. }));
    assert!(matches!(refusal(&[&[2, 3], &[1]]), ExecutionError::Sizes { input, .. } if input == "y"));
}

#[test]
fn an_operation_that_cannot_be_performed_is_named_with_a_remedy() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[2]);
    let strange = net.in_module("head").operation("aten.puzzle.default", &[("self", image.into())], &[2]);
    let error = Execution::<f32>::new(&net.program, &net, &[strange]).err().unwrap();
    assert_eq!(
        error.to_string(),
        "operation puzzle_0 (aten.puzzle.default, in head) cannot be performed, because it is not among the operations \
         that are computed: export the program after exported.run_decompositions(), which writes it in fewer kinds of \
         operations, or replace the operation in the model"
    );
    let ignored = Execution::<f32>::new(&net.program, &net, &[image]);
    assert!(ignored.is_ok());
}

#[test]
fn indices_that_single_precision_does_not_hold_are_refused() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[1]);
    let index = net.buffer("place", arr1(&[16_777_217.0]).into_dyn());
    net.set_element_type(index, ElementType::Other("int64"));
    let sum = net.operation("aten.add.Tensor", &[("self", image.into()), ("other", index.into())], &[1]);
    let refused = Execution::<f32>::new(&net.program, &net, &[sum]).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "tensor place cannot be computed with, because 16777216 and larger integers \
         cannot be represented exactly: compute in double precision"
    );
    let found = execution::<f64>(&net, &[sum]).run(&[vector(&[1.0])]).unwrap();
    assert_eq!(found[0], vector::<f64>(&[16_777_218.0]));
}
