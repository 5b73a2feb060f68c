//! Tests that convolutions agree with their definition.

use super::{Convolution, Reason, Tensor};
use crate::program::Element;
use ndarray::{ArrayD, Dimension, IxDyn, indices};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use std::slice::from_ref;

/// A convolution with the shapes of an input and a kernel.
#[derive(Clone, Debug)]
struct Case {
    convolution: Convolution,
    input: Vec<usize>,
    kernel: Vec<usize>,
    tensors: usize,
}

fn plain(axes: usize) -> Convolution {
    Convolution {
        stride: vec![1; axes],
        padding: vec![[0; 2]; axes],
        dilation: vec![1; axes],
        groups: 1,
        transposed: false,
        output_padding: vec![0; axes],
    }
}

/// Returns pseudorandom numbers between -1 and 1.
fn numbers<T: Element>(shape: &[usize], seed: u64) -> Tensor<T> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        T::of((state >> 40) as f64 / f64::from(1 << 23) - 1.0)
    };
    ArrayD::from_shape_simple_fn(IxDyn(shape), next).into_shared()
}

/// Calls a function with every matching triple of places of input, kernel and output of a plain convolution.
fn for_each_product(
    convolution: &Convolution,
    [wide, kernel, narrow]: [&[usize]; 3],
    mut function: impl FnMut([&[usize]; 3]),
) {
    let per_group = kernel[0] / convolution.groups;
    for place in indices(narrow) {
        let place = place.slice();
        for tap in indices(&kernel[1..]) {
            let tap = tap.slice();
            let mut from = vec![place[0], place[1] / per_group * kernel[1] + tap[0]];
            for axis in 0..narrow.len() - 2 {
                let padded =
                    place[axis + 2] * convolution.stride[axis] + tap[axis + 1] * convolution.dilation[axis];
                from.extend(padded.checked_sub(convolution.padding[axis][0]));
            }
            if from.len() == wide.len() && from.iter().zip(wide).all(|(place, extent)| place < extent) {
                function([&from, &[&[place[1]], tap].concat(), place]);
            }
        }
    }
}

/// Convolves in double precision, directly by the definition.
fn convolved<T: Element>(case: &Case, input: &Tensor<T>, kernel: &Tensor<T>) -> ArrayD<f64> {
    let shape = case.convolution.output_shape(&case.input, &case.kernel).expect("a convolution");
    let mut output = ArrayD::zeros(IxDyn(&shape));
    if case.convolution.transposed {
        for_each_product(&case.convolution, [&shape, &case.kernel, &case.input], |[wide, tap, narrow]| {
            output[wide] += input[narrow].double() * kernel[tap].double();
        });
    } else {
        for_each_product(&case.convolution, [&case.input, &case.kernel, &shape], |[wide, tap, narrow]| {
            output[narrow] += input[wide].double() * kernel[tap].double();
        });
    }
    output
}

fn sum_of_products(first: &ArrayD<f64>, second: &Tensor<f64>) -> f64 {
    first.iter().zip(second).map(|(first, second)| first * second).sum()
}

fn largest_difference<T: Element>(found: &Tensor<T>, expected: &ArrayD<f64>) -> f64 {
    assert_eq!(found.shape(), expected.shape());
    found.iter().zip(expected).map(|(found, expected)| (found.double() - expected).abs()).fold(0.0, f64::max)
}

/// Compares results with the definition.
fn check<T: Element>(case: &Case, tolerance: f64) {
    let Case { convolution, input, kernel, tensors } = case;
    let kernel = numbers::<T>(kernel, 7);
    let inputs: Vec<Tensor<T>> = (0..*tensors).map(|seed| numbers(input, seed as u64 + 11)).collect();
    let channels = convolution.output_shape(input, kernel.shape()).expect("a convolution")[1];
    let biases: Vec<Option<Tensor<T>>> =
        (0..*tensors).map(|tensor| (tensor % 2 == 1).then(|| numbers(&[channels], 5))).collect();
    let outputs = convolution.forward_with_biases(&inputs, &kernel, &biases).expect("outputs");
    for ((input, bias), output) in inputs.iter().zip(&biases).zip(&outputs) {
        let mut expected = convolved(case, input, &kernel);
        if let Some(bias) = bias {
            for (place, number) in expected.indexed_iter_mut() {
                *number += bias[place[1]].double();
            }
        }
        assert!(largest_difference(output, &expected) < tolerance, "{case:?}");
    }
}

/// Returns stride, kernel extent, padding before and after, dilation, number of narrow places beyond the first, and
/// output padding.
fn axis(more: usize) -> impl Strategy<Value = [usize; 7]> {
    [1..4_usize, 1..4_usize, 0..3_usize, 0..3_usize, 1..3_usize, 0..more, 0..2_usize]
}

/// Strategies for small cases: with more axes, fewer images and channels, since the direct computation is
/// slow.
fn case() -> impl Strategy<Value = Case> {
    prop_oneof![case_of(1, 8, 12, 20), case_of(2, 5, 10, 5), case_of(3, 2, 3, 4)]
}

fn case_of(axes: usize, more: usize, images: usize, channels: usize) -> impl Strategy<Value = Case> {
    let axes = prop::collection::vec(axis(more), axes);
    (axes, (1..4_usize, 1..=channels, 1..=12_usize), any::<bool>(), 1..=images, 1..4_usize).prop_map(
        |(axes, (groups, sources, targets), transposed, images, tensors)| {
            let all = |index: usize| axes.iter().map(|axis| axis[index]).collect::<Vec<_>>();
            let reach = |axis: &[usize; 7]| axis[4] * (axis[1] - 1);
            let padding = |axis: &[usize; 7]| [axis[2], axis[3]].map(|pad| pad.min(reach(axis)));
            let extent = |axis: &[usize; 7]| {
                let pads: usize = padding(axis).iter().sum();
                if transposed { 1 + axis[5] + pads } else { (reach(axis) + 1).saturating_sub(pads) + axis[5] }
            };
            let extents: Vec<usize> = axes.iter().map(extent).collect();
            let channels = if transposed { [groups * sources, targets] } else { [groups * targets, sources] };
            Case {
                convolution: Convolution {
                    stride: all(0),
                    padding: axes.iter().map(padding).collect(),
                    dilation: all(4),
                    groups,
                    transposed,
                    output_padding: axes.iter().map(|axis| axis[6].min(axis[0].max(axis[4]) - 1)).collect(),
                },
                input: [&[images, groups * sources], extents.as_slice()].concat(),
                kernel: [channels.as_slice(), &all(1)].concat(),
                tensors,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn outputs_are_as_defined(case in case()) {
        check::<f64>(&case, 1e-12);
        check::<f32>(&case, 1e-4);
    }

    #[test]
    fn the_adjoint_is_the_adjoint(case in case()) {
        let Case { convolution, input, kernel, tensors } = &case;
        let shape = convolution.output_shape(input, kernel).unwrap();
        let outputs: Vec<Tensor<f64>> = (0..*tensors).map(|seed| numbers(&shape, seed as u64 + 3)).collect();
        let kernel = numbers(kernel, 7);
        let adjoints = convolution.adjoint(&outputs, &kernel, input).unwrap();
        for (seed, (output, adjoint)) in outputs.iter().zip(&adjoints).enumerate() {
            prop_assert_eq!(adjoint.shape(), input.as_slice());
            let input: Tensor<f64> = numbers(input, seed as u64 + 23);
            let forward = sum_of_products(&convolved(&case, &input, &kernel), output);
            let backward = sum_of_products(&adjoint.to_owned(), &input);
            prop_assert!((forward - backward).abs() < 1e-9, "{} and {}", forward, backward);
        }
    }

    #[test]
    fn the_adjoint_of_a_transposed_convolution_is_a_plain_one(case in case()) {
        let transposed = Convolution { transposed: !case.convolution.transposed, ..case.convolution.clone() };
        let kernel: Tensor<f64> = numbers(&case.kernel, 7);
        let shape = case.convolution.output_shape(&case.input, &case.kernel).unwrap();
        let output = numbers(&shape, 3);
        let adjoint = case.convolution.adjoint(from_ref(&output), &kernel, &case.input).unwrap();
        // Places that a stride skips are in the input of one and not in the output of the other.
        let other = transposed.output_shape(&shape, &case.kernel);
        if other.is_ok_and(|other| other == case.input) {
            prop_assert_eq!(&transposed.forward(&[output], &kernel).unwrap(), &adjoint);
        }
    }
}

#[test]
fn a_convolution_by_hand() {
    let convolution = Convolution { padding: vec![[1, 1]], ..plain(1) };
    let input = Tensor::from_shape_vec(IxDyn(&[1, 1, 3]), vec![1.0, 2.0, 3.0]).unwrap();
    let kernel = Tensor::from_shape_vec(IxDyn(&[1, 1, 3]), vec![1.0, 10.0, 100.0]).unwrap();
    let outputs = convolution.forward(from_ref(&input), &kernel).unwrap();
    assert_eq!(outputs[0].as_slice().unwrap(), [210.0, 321.0, 32.0]);
    let adjoints = convolution.adjoint(&[input], &kernel, &[1, 1, 3]).unwrap();
    assert_eq!(adjoints[0].as_slice().unwrap(), [12.0, 123.0, 230.0]);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let shapes =
        [([9, 20, 9, 7], [72, 20, 3, 3]), ([17, 3, 12, 10], [40, 3, 5, 5]), ([40, 96, 2, 2], [96, 96, 3, 3])];
    for (input, kernel) in shapes {
        let convolution = Convolution { padding: vec![[1; 2]; 2], stride: vec![2, 1], ..plain(2) };
        let inputs: Vec<Tensor<f32>> = (0..3).map(|seed| numbers(&input, seed)).collect();
        let kernel = numbers(&kernel, 7);
        let with = |threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let outputs = convolution.forward(&inputs, &kernel).unwrap();
                let adjoints = convolution.adjoint(&outputs, &kernel, &input).unwrap();
                (outputs, adjoints)
            })
        };
        assert_eq!(with(1), with(3));
    }
}

#[test]
fn tensors_that_are_not_in_order_are_convolved() {
    let convolution = plain(2);
    let swapped: Tensor<f64> = numbers(&[2, 3, 5, 4], 1);
    let kernel: Tensor<f64> = numbers(&[3, 3, 2, 2], 2);
    let turned = kernel.clone().permuted_axes(IxDyn(&[1, 0, 3, 2]));
    let copy = turned.as_standard_layout().into_owned().into_shared();
    let view = swapped.clone().permuted_axes(IxDyn(&[0, 1, 3, 2]));
    let same = view.as_standard_layout().into_owned().into_shared();
    assert_eq!(convolution.forward(&[view], &turned).unwrap(), convolution.forward(&[same], &copy).unwrap());
}

#[test]
fn nothing_is_convolved_to_nothing() {
    let kernel: Tensor<f32> = numbers(&[4, 2, 1, 1], 2);
    let outputs = plain(2).forward(&[numbers(&[0, 2, 3, 3], 1)], &kernel).unwrap();
    assert_eq!(outputs[0].shape(), [0, 4, 3, 3]);
    assert!(plain(2).forward::<f32>(&[], &kernel).unwrap().is_empty());
    let without_channels =
        plain(1).forward::<f32>(&[numbers(&[2, 0, 3], 1)], &numbers(&[4, 0, 2], 1)).unwrap();
    assert_eq!(without_channels[0], Tensor::<f32>::zeros(IxDyn(&[2, 4, 2])));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let refused = |convolution: &Convolution, input: &[usize], kernel: &[usize]| {
        convolution.output_shape(input, kernel).expect_err("a refusal")
    };
    let shapes = |reason| matches!(reason, Reason::Shapes { .. });
    assert!(shapes(refused(&plain(2), &[1, 3, 4, 4], &[2, 2, 3, 3])));
    assert!(shapes(refused(&plain(2), &[1, 3, 2, 4], &[2, 3, 3, 3])));
    assert!(shapes(refused(&plain(2), &[1, 3, 4], &[2, 3, 3, 3])));
    assert!(shapes(refused(&plain(1), &[1, 3, 4], &[2, 3, 0])));
    assert!(shapes(refused(&plain(0), &[1, 3], &[2, 3])));
    let argument =
        |reason, argument: &str| matches!(reason, Reason::Argument { name, .. } if name == argument);
    let with = |change: fn(&mut Convolution)| {
        let mut convolution = plain(1);
        change(&mut convolution);
        refused(&convolution, &[1, 2, 4], &[2, 2, 3])
    };
    assert!(argument(with(|convolution| convolution.stride[0] = 0), "stride"));
    assert!(argument(with(|convolution| convolution.stride.clear()), "stride"));
    assert!(argument(with(|convolution| convolution.dilation[0] = 0), "dilation"));
    assert!(argument(with(|convolution| convolution.groups = 0), "groups"));
    assert!(argument(with(|convolution| convolution.groups = 3), "groups"));
    assert!(argument(with(|convolution| convolution.padding[0] = [usize::MAX; 2]), "padding"));
    assert!(shapes(with(|convolution| convolution.dilation[0] = usize::MAX)));
    assert!(shapes(with(|convolution| convolution.padding[0] = [usize::MAX, 0])));
    assert!(argument(with_transposed(|convolution| convolution.output_padding[0] = 2), "output_padding"));
    assert!(shapes(with_transposed(|convolution| convolution.stride[0] = usize::MAX)));
    assert!(shapes(with_transposed(|convolution| convolution.padding[0] = [9, 9])));
}

fn with_transposed(change: fn(&mut Convolution)) -> Reason {
    let mut convolution = Convolution { transposed: true, ..plain(1) };
    change(&mut convolution);
    convolution.output_shape(&[1, 2, 4], &[2, 2, 3]).expect_err("a refusal")
}

#[test]
fn tensors_of_other_shapes_are_refused() {
    let kernel: Tensor<f32> = numbers(&[2, 2, 3], 1);
    let input: Tensor<f32> = numbers(&[1, 2, 4], 1);
    let other: Tensor<f32> = numbers(&[1, 2, 5], 1);
    assert!(plain(1).forward(&[input.clone(), other.clone()], &kernel).is_err());
    assert!(plain(1).adjoint(&[other], &kernel, &[1, 2, 4]).is_err());
    let bias: Tensor<f32> = numbers(&[3], 1);
    assert!(plain(1).forward_with_biases(&[input], &kernel, &[Some(bias)]).is_err());
}
