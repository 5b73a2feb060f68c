//! Tests of single operations.

use super::{Given, array, other, result, vector};
use crate::program::kernels;
use std::collections::HashSet;

fn matrix() -> Given {
    array(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).into()
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?} and {expected:?}");
    for (one, other) in found.iter().zip(expected) {
        assert!((one - other).abs() < 1e-12, "{found:?} and {expected:?}");
    }
}

#[test]
fn no_operation_stands_in_the_table_twice() {
    let mut names = HashSet::new();
    let twice: Vec<_> = kernels::names().filter(|name| !names.insert(*name)).collect();
    assert_eq!(twice, Vec::<&str>::new());
}

#[test]
fn elementwise_operations_broadcast_their_operands() {
    let sum = [("self", matrix()), ("other", vector(&[10.0, 20.0, 30.0]).into()), ("alpha", other(2))];
    assert_eq!(result("aten.add.Tensor", &sum, &[2, 3]), [21.0, 42.0, 63.0, 24.0, 45.0, 66.0]);
    let difference = [("self", matrix()), ("other", other(1))];
    assert_eq!(result("aten.rsub.Scalar", &difference, &[2, 3]), [0.0, -1.0, -2.0, -3.0, -4.0, -5.0]);
    let clamped = [("self", matrix()), ("min", other(2)), ("max", other(4.5))];
    assert_eq!(result("aten.clamp.default", &clamped, &[2, 3]), [2.0, 2.0, 3.0, 4.0, 4.5, 4.5]);
    let quotient =
        [("self", vector(&[-7.0, 7.0]).into()), ("other", other(2)), ("rounding_mode", other("floor"))];
    assert_eq!(result("aten.div.Scalar_mode", &quotient, &[2]), [-4.0, 3.0]);
    let soft = [("self", vector(&[0.0, 30.0]).into())];
    close(&result("aten.softplus.default", &soft, &[2]), &[2_f64.ln(), 30.0]);
    let power = [("self", other(2)), ("exponent", vector(&[3.0, -1.0]).into())];
    assert_eq!(result("aten.pow.Scalar", &power, &[2]), [8.0, 0.5]);
}

#[test]
fn numbers_that_are_not_numbers_stay_so() {
    let nan = || vector(&[f64::NAN]).into();
    assert!(result("aten.relu.default", &[("self", nan())], &[1])[0].is_nan());
    assert!(result("aten.clamp.default", &[("self", nan()), ("min", other(0))], &[1])[0].is_nan());
    assert!(result("aten.amax.default", &[("self", vector(&[f64::NAN, 1.0]).into())], &[])[0].is_nan());
}

#[test]
fn reductions_take_the_axes_that_they_are_given() {
    assert_eq!(result("aten.sum.default", &[("self", matrix())], &[]), [21.0]);
    let rows = [("self", matrix()), ("dim", other([-1]))];
    assert_eq!(result("aten.mean.dim", &rows, &[2]), [2.0, 5.0]);
    let columns = [("self", matrix()), ("dim", other([0])), ("keepdim", other(true))];
    assert_eq!(result("aten.amax.default", &columns, &[1, 3]), [4.0, 5.0, 6.0]);
    let unbiased = [("self", matrix()), ("dim", other([1]))];
    assert_eq!(result("aten.var.correction", &unbiased, &[2]), [1.0, 1.0]);
    let biased = [("self", matrix()), ("dim", other([1])), ("correction", other(0))];
    close(&result("aten.var.correction", &biased, &[2]), &[2.0 / 3.0, 2.0 / 3.0]);
    let norm = [("self", vector(&[3.0, -4.0]).into())];
    assert_eq!(result("aten.linalg_vector_norm.default", &norm, &[]), [5.0]);
    let largest = [("self", matrix()), ("dim", other(1))];
    assert_eq!(result("aten.max.dim", &largest, &[2]), [3.0, 6.0]);
}

#[test]
fn operations_along_an_axis_keep_it() {
    let equal = [("self", vector(&[5.0, 5.0]).into()), ("dim", other(0))];
    close(&result("aten.softmax.int", &equal, &[2]), &[0.5, 0.5]);
    let sums = [("self", matrix()), ("dim", other(1))];
    assert_eq!(result("aten.cumsum.default", &sums, &[2, 3]), [1.0, 3.0, 6.0, 4.0, 9.0, 15.0]);
}

#[test]
fn views_show_elements_in_other_places() {
    let transposed = [("self", matrix()), ("dim0", other(0)), ("dim1", other(-1))];
    assert_eq!(result("aten.transpose.int", &transposed, &[3, 2]), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    let every_second = [("self", matrix()), ("dim", other(1)), ("start", other(-3)), ("step", other(2))];
    assert_eq!(result("aten.slice.Tensor", &every_second, &[2, 2]), [1.0, 3.0, 4.0, 6.0]);
    let last = [("self", matrix()), ("dim", other(1)), ("index", other(-1))];
    assert_eq!(result("aten.select.int", &last, &[2]), [3.0, 6.0]);
    let diagonal = [("self", matrix()), ("offset", other(1))];
    assert_eq!(result("aten.diagonal.default", &diagonal, &[2]), [2.0, 6.0]);
    let moved = [("self", matrix()), ("source", other([0])), ("destination", other([1]))];
    assert_eq!(result("aten.movedim.int", &moved, &[3, 2]), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
}

#[test]
fn arrangements_put_elements_into_new_tensors() {
    let pads = [("self", vector(&[1.0, 2.0]).into()), ("pad", other([1, -1]))];
    assert_eq!(result("aten.constant_pad_nd.default", &pads, &[2]), [0.0, 1.0]);
    let rolled = [("self", vector(&[1.0, 2.0, 3.0]).into()), ("shifts", other([1])), ("dims", other([0]))];
    assert_eq!(result("aten.roll.default", &rolled, &[3]), [3.0, 1.0, 2.0]);
    let turned = [("self", matrix()), ("k", other(1)), ("dims", other([0, 1]))];
    assert_eq!(result("aten.rot90.default", &turned, &[3, 2]), [3.0, 6.0, 2.0, 5.0, 1.0, 4.0]);
    let upper = [("self", matrix()), ("diagonal", other(1))];
    assert_eq!(result("aten.triu.default", &upper, &[2, 3]), [0.0, 2.0, 3.0, 0.0, 0.0, 6.0]);
    let stacked = [("tensors", vec![vector(&[1.0]), vector(&[2.0])].into()), ("dim", other(-1))];
    assert_eq!(result("aten.stack.default", &stacked, &[1, 2]), [1.0, 2.0]);
    let repeated = [("self", vector(&[1.0, 2.0]).into()), ("repeats", other([2, 1]))];
    assert_eq!(result("aten.repeat.default", &repeated, &[2, 2]), [1.0, 2.0, 1.0, 2.0]);
    let grid = [("tensors", vec![vector(&[1.0, 2.0]), vector(&[3.0, 4.0, 5.0])].into())];
    assert_eq!(result("aten.meshgrid.default", &grid, &[2, 3]), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
}

#[test]
fn products_multiply_rows_with_columns() {
    let second = || Given::from(array(&[3, 1], &[1.0, 0.0, -1.0]));
    assert_eq!(result("aten.mm.default", &[("self", matrix()), ("mat2", second())], &[2, 1]), [-2.0, -2.0]);
    let added = [("self", other_vector()), ("mat1", matrix()), ("mat2", second()), ("beta", other(10))];
    assert_eq!(result("aten.addmm.default", &added, &[2, 1]), [8.0, 8.0]);
    let vectors = [("self", matrix()), ("vec", vector(&[1.0, 1.0, 1.0]).into())];
    assert_eq!(result("aten.mv.default", &vectors, &[2]), [6.0, 15.0]);
    let dot = [("self", vector(&[1.0, 2.0]).into()), ("other", vector(&[3.0, 4.0]).into())];
    assert_eq!(result("aten.matmul.default", &dot, &[]), [11.0]);
    let batches = [
        ("self", array(&[2, 1, 2], &[1.0, 2.0, 3.0, 4.0]).into()),
        ("other", array(&[2, 1], &[1.0, 10.0]).into()),
    ];
    assert_eq!(result("aten.matmul.default", &batches, &[2, 1, 1]), [21.0, 43.0]);
    let factors = vec![array(&[2, 1], &[1.0, 2.0]), array(&[1, 2], &[3.0, 4.0])];
    let equation = [("equation", other("or,ri->io")), ("tensors", factors.into())];
    assert_eq!(result("aten.einsum.default", &equation, &[2, 2]), [3.0, 6.0, 4.0, 8.0]);
}

fn other_vector() -> Given {
    vector(&[1.0]).into()
}

#[test]
fn the_padding_of_convolutions_may_have_a_name() {
    let padded = |padding: &str, shape: &[i64]| {
        let arguments = [
            ("input", array(&[1, 1, 3], &[1.0, 2.0, 3.0]).into()),
            ("weight", array(&[1, 1, 2], &[1.0, 10.0]).into()),
            ("padding", other(padding)),
        ];
        result("aten.conv1d.padding", &arguments, shape)
    };
    assert_eq!(padded("valid", &[1, 1, 2]), [21.0, 32.0]);
    // With a kernel of even length, the extra zero is at the end.
    assert_eq!(padded("same", &[1, 1, 3]), [21.0, 32.0, 3.0]);
}

#[test]
fn transposed_convolutions_lay_the_kernel_down_at_every_place() {
    let arguments = |stride: i64, groups: i64| {
        [
            ("input", array(&[1, 2, 2], &[1.0, 2.0, 3.0, 4.0]).into()),
            ("weight", array(&[2, 1, 2], &[1.0, 10.0, 100.0, 1000.0]).into()),
            ("stride", other([stride])),
            ("groups", other(groups)),
        ]
    };
    let transposed = "aten.conv_transpose1d.default";
    assert_eq!(result(transposed, &arguments(1, 1), &[1, 1, 3]), [301.0, 3412.0, 4020.0]);
    let each = [1.0, 10.0, 2.0, 20.0, 300.0, 3000.0, 400.0, 4000.0];
    assert_eq!(result(transposed, &arguments(2, 2), &[1, 2, 4]), each);
    let mut with_flag = Vec::from(arguments(2, 2));
    with_flag.push(("transposed", other(true)));
    assert_eq!(result("aten.convolution.default", &with_flag, &[1, 2, 4]), each);
}

#[test]
fn convolutions_slide_the_kernel_over_the_padded_image() {
    let image = array(&[1, 1, 1, 3], &[1.0, 2.0, 3.0]);
    let kernel = array(&[1, 1, 1, 2], &[1.0, 10.0]);
    let arguments = |stride: i64, padding: i64, dilation: i64| {
        [
            ("input", image.clone().into()),
            ("weight", kernel.clone().into()),
            ("bias", vector(&[100.0]).into()),
            ("stride", other([1, stride])),
            ("padding", other([0, padding])),
            ("dilation", other([1, dilation])),
        ]
    };
    assert_eq!(result("aten.conv2d.default", &arguments(1, 0, 1), &[1, 1, 1, 2]), [121.0, 132.0]);
    assert_eq!(result("aten.conv2d.default", &arguments(2, 1, 1), &[1, 1, 1, 2]), [110.0, 132.0]);
    assert_eq!(result("aten.conv2d.default", &arguments(1, 0, 2), &[1, 1, 1, 1]), [131.0]);
}

#[test]
fn indices_choose_and_place_elements() {
    let chosen = [("self", matrix()), ("dim", other(1)), ("index", vector(&[2.0, 0.0]).into())];
    assert_eq!(result("aten.index_select.default", &chosen, &[2, 2]), [3.0, 1.0, 6.0, 4.0]);
    let indices = || vec![vector(&[0.0, 1.0]), vector(&[-1.0, 0.0])].into();
    assert_eq!(result("aten.index.Tensor", &[("self", matrix()), ("indices", indices())], &[2]), [3.0, 4.0]);
    let placed = [("self", matrix()), ("indices", indices()), ("values", vector(&[0.0]).into())];
    assert_eq!(result("aten.index_put.default", &placed, &[2, 3]), [1.0, 2.0, 0.0, 0.0, 5.0, 6.0]);
    let gathered = [("self", matrix()), ("dim", other(1)), ("index", array(&[2, 1], &[2.0, 0.0]).into())];
    assert_eq!(result("aten.gather.default", &gathered, &[2, 1]), [3.0, 4.0]);
}

#[test]
fn weight_normalization_gives_every_row_its_length() {
    let directions = || Given::from(array(&[2, 2], &[3.0, 4.0, 0.0, 2.0]));
    let rows = [("v", directions()), ("g", array(&[2, 1], &[10.0, 1.0]).into())];
    close(&result("aten._weight_norm.default", &rows, &[2, 2]), &[6.0, 8.0, 0.0, 1.0]);
    let columns =
        [("v", directions()), ("g", array(&[1, 2], &[3.0, 20_f64.sqrt()]).into()), ("dim", other(1))];
    close(&result("aten._weight_norm.default", &columns, &[2, 2]), &[3.0, 4.0, 0.0, 2.0]);
}

#[test]
fn normalizations_center_and_scale() {
    let arguments = [
        ("input", array(&[1, 2, 2], &[1.0, 3.0, 5.0, 5.0]).into()),
        ("weight", vector(&[2.0, 1.0]).into()),
        ("training", other(true)),
        ("eps", other(3.0)),
    ];
    // The first channel has mean 2 and variance 1, so its elements are 2 · ∓1 / √(1 + 3).
    close(&result("aten.batch_norm.default", &arguments, &[1, 2, 2]), &[-1.0, 1.0, 0.0, 0.0]);
    let arguments = [
        ("input", array(&[1, 2, 2], &[1.0, 3.0, 5.0, 5.0]).into()),
        ("running_mean", vector(&[1.0, 4.0]).into()),
        ("running_var", vector(&[3.0, 0.0]).into()),
        ("eps", other(1.0)),
    ];
    let target = "aten._native_batch_norm_legit_no_training.default";
    close(&result(target, &arguments, &[1, 2, 2]), &[0.0, 1.0, 1.0, 1.0]);
    let arguments = [
        ("input", array(&[1, 2], &[1.0, 3.0]).into()),
        ("normalized_shape", other([2])),
        ("eps", other(0.0)),
    ];
    close(&result("aten.layer_norm.default", &arguments, &[1, 2]), &[-1.0, 1.0]);
    let arguments = [
        ("input", array(&[1, 4], &[1.0, 3.0, 7.0, 5.0]).into()),
        ("num_groups", other(2)),
        ("eps", other(0.0)),
    ];
    close(&result("aten.group_norm.default", &arguments, &[1, 4]), &[-1.0, 1.0, 1.0, -1.0]);
}

#[test]
fn tensors_are_made_of_numbers() {
    assert_eq!(
        result("aten.arange.start", &[("start", other(-1)), ("end", other(2))], &[3]),
        [-1.0, 0.0, 1.0]
    );
    let line = [("start", other(0)), ("end", other(1)), ("steps", other(3))];
    assert_eq!(result("aten.linspace.default", &line, &[3]), [0.0, 0.5, 1.0]);
    assert_eq!(result("aten.eye.default", &[("n", other(2))], &[2, 2]), [1.0, 0.0, 0.0, 1.0]);
}
