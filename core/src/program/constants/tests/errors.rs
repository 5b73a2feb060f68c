//! Tests of operations that are not supported and of invalid ones.

use super::{content, vector};
use crate::files::checkpoint::ElementType;
use crate::program::testing::{SYMBOLIC, TestProgram};
use crate::program::{Argument, ValueId};

fn message(net: &TestProgram, id: ValueId) -> String {
    content(net, id).unwrap_err().to_string()
}

/// Returns the reason why an operation on one vector of two elements is refused.
fn refusal(target: &str, arguments: &[(&str, Argument)], shape: &[i64]) -> String {
    let mut net = TestProgram::new();
    let weight = net.parameter("w", vector(&[1.0, 2.0]));
    let all: Vec<(&str, Argument)> =
        [("self", weight.into())].into_iter().chain(arguments.iter().cloned()).collect();
    let output = net.operation(target, &all, shape);
    let message = message(&net, output);
    let (_, reason) = message.split_once("but ").unwrap();
    reason.split_once(": compute").unwrap().0.to_owned()
}

#[test]
fn an_operation_that_is_not_computed_is_named_with_its_module() {
    let mut net = TestProgram::new();
    let weight = net.parameter("w", vector(&[1.0, 2.0]));
    let output =
        net.in_module("conv1").operation("aten.matrix_exp.default", &[("self", weight.into())], &[2]);
    assert_eq!(
        message(&net, output),
        "operation matrix_exp_0 (aten.matrix_exp.default, in conv1) is used to compute a weight or a factor, but it is not \
         among the operations that are computed: compute the tensor before the export, for instance with \
         torch.nn.utils.parametrize.remove_parametrizations, and store it as a parameter"
    );
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    type Case = (&'static str, &'static [(&'static str, i64)], &'static str);
    let cases: [Case; 6] = [
        ("aten.select.int", &[("dim", 1), ("index", 0)], "its argument dim is not an axis of the tensor"),
        ("aten.select.int", &[("dim", 0), ("index", 2)], "its argument index is not an index of the axis"),
        ("aten.mul.Tensor", &[("other", SYMBOLIC)], "its argument other is not a tensor or a number"),
        ("aten.slice.Tensor", &[("step", 0)], "its argument step is not a positive number"),
        ("aten.view.default", &[], "shapes [2] and [9] do not match"),
        ("aten.bitwise_not.default", &[], "it is computed only on bools"),
    ];
    for (target, numbers, reason) in cases {
        let arguments: Vec<_> = numbers.iter().map(|&(name, number)| (name, number.into())).collect();
        assert_eq!(refusal(target, &arguments, &[9]), reason, "{target}");
    }
    let order = refusal("aten.permute.default", &[("dims", [0, 0].into())], &[2]);
    assert_eq!(order, "its argument dims is not each axis once");
}

#[test]
fn a_result_that_is_not_as_the_program_says_is_refused() {
    let reason = refusal("aten.neg.default", &[], &[3, SYMBOLIC]);
    assert_eq!(reason, "it gives a tensor of shape [2], but the program states [3, ?]");
}

#[test]
fn tensors_that_are_too_large_are_refused_before_they_are_made() {
    let many = "it needs more than 268435456 elements at a time";
    assert_eq!(refusal("aten.repeat.default", &[("repeats", [1 << 40, 1].into())], &[1 << 40, 2]), many);
    assert_eq!(refusal("aten.constant_pad_nd.default", &[("pad", [0, 1 << 40].into())], &[2]), many);
    assert_eq!(refusal("aten.expand.default", &[], &[1 << 40, 2]), many);
    assert_eq!(refusal("aten.repeat.default", &[("repeats", [i64::MAX, i64::MAX].into())], &[2]), many);
    let mut net = TestProgram::new();
    let line = net.operation("aten.arange.default", &[("end", (1_i64 << 40).into())], &[1 << 40]);
    let grid = net.operation("aten.ones.default", &[], &[1 << 40]);
    let sum = net.operation("aten.sum.default", &[("self", grid.into())], &[]);
    assert!(message(&net, line).contains(many));
    assert!(message(&net, sum).contains(many));
}

#[test]
fn results_that_the_arguments_do_not_give_are_refused() {
    let mut net = TestProgram::new();
    let weight = net.parameter("w", vector(&[1.0, 2.0]));
    let arguments = [("self", weight.into()), ("split_sizes", [2].into())];
    let parts = net.operation_with_outputs("aten.split_with_sizes.default", &arguments, &[&[2], &[2]]);
    assert!(content(&net, parts[0]).is_ok());
    assert!(message(&net, parts[1]).contains("only for as many results as its arguments say"));
    let all = net.operation_with_outputs("aten.unbind.int", &[("self", weight.into())], &[&[], &[], &[]]);
    assert!(content(&net, all[1]).is_ok());
    assert!(message(&net, all[2]).contains("only for as many results as its arguments say"));
}

#[test]
fn a_product_that_takes_too_long_is_refused() {
    let mut net = TestProgram::new();
    let ones = net.operation("aten.ones.default", &[], &[1 << 14, 1 << 8]);
    let turned = net.operation("aten.t.default", &[("self", ones.into())], &[1 << 8, 1 << 14]);
    let arguments = [("self", ones.into()), ("mat2", turned.into())];
    let product = net.operation("aten.mm.default", &arguments, &[1 << 14, 1 << 14]);
    assert!(message(&net, product).contains("all weights together take too many steps"));
}

#[test]
fn a_number_that_the_type_does_not_hold_is_refused() {
    let mut net = TestProgram::new();
    let weight = net.parameter("w", vector(&[-1.0]));
    let bytes = net.operation("aten._to_copy.default", &[("self", weight.into())], &[1]);
    net.set_element_type(bytes, ElementType::Other("uint8"));
    assert!(message(&net, bytes).contains("-1 is not a number of type uint8"));
}

#[test]
fn what_an_operation_reads_before_it_is_made_is_refused() {
    let mut net = TestProgram::new();
    let later = ValueId::new(0);
    let output = net.operation("aten.add.Tensor", &[("self", later.into()), ("other", later.into())], &[2]);
    assert_eq!(output, later);
    assert!(message(&net, output).contains("where it reads what stands before it"));
}
