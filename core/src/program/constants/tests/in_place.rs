//! Tests of in-place operations.

use super::{array, content, numbers, vector};
use crate::program::ValueId;
use crate::program::testing::{SYMBOLIC, TestProgram};
use crate::program::{Constants, Content};
use ndarray::{ArrayD, Axis, Slice};
use proptest::prelude::*;

#[test]
fn every_reader_sees_the_content_of_its_time() {
    let mut net = TestProgram::new();
    let weight = net.parameter("w", vector(&[-1.0, 2.0]));
    let copy = net.operation("aten.clone.default", &[("self", weight.into())], &[2]);
    let clamped = net.operation("aten.clamp_.default", &[("self", copy.into()), ("min", 0.into())], &[2]);
    let tripled = net.operation("aten.mul_.Tensor", &[("self", clamped.into()), ("other", 3.into())], &[2]);
    let constants = Constants::new(&net.program, &net);
    let read = |id: ValueId, reader: usize| match constants.tensor(id, reader).unwrap() {
        Content::Array(array) => array.iter().copied().collect::<Vec<f64>>(),
        Content::Uniform(number) => vec![number],
    };
    assert_eq!(read(copy, 1), [-1.0, 2.0]);
    assert_eq!(read(copy, 2), [0.0, 2.0]);
    assert_eq!(read(copy, 3), [0.0, 6.0]);
    assert_eq!((read(clamped, 3), read(tripled, 3)), (vec![0.0, 6.0], vec![0.0, 6.0]));
    assert_eq!(read(weight, 3), [-1.0, 2.0]);
}

/// Selects an element of a row of a matrix.
fn element(net: &mut TestProgram, matrix: ValueId, row: i64, column: i64) -> ValueId {
    let row = [("self", matrix.into()), ("dim", 0.into()), ("index", row.into())];
    let row = net.operation("aten.select.int", &row, &[2]);
    let element = [("self", row.into()), ("dim", 0.into()), ("index", column.into())];
    net.operation("aten.select.int", &element, &[])
}

#[test]
fn a_view_writes_to_the_tensor_that_it_shows() {
    let mut net = TestProgram::new();
    let one = net.parameter("one", ArrayD::ones(vec![]));
    let zeros = net.operation("aten.zeros.default", &[("size", [2, 2].into())], &[2, 2]);
    let turned = net.operation("aten.t.default", &[("self", zeros.into())], &[2, 2]);
    let place = element(&mut net, turned, 0, 1);
    net.operation("aten.copy_.default", &[("self", place.into()), ("src", one.into())], &[]);
    let row = [("self", zeros.into()), ("dim", 0.into()), ("index", 0.into())];
    let row = net.operation("aten.select.int", &row, &[2]);
    net.operation("aten.fill_.Scalar", &[("self", row.into()), ("value", 7.into())], &[2]);
    assert_eq!(numbers(&net, zeros), [7.0, 7.0, 1.0, 0.0]);
    assert_eq!(numbers(&net, turned), [7.0, 1.0, 7.0, 0.0]);
    assert_eq!(numbers(&net, place), [1.0]);
}

#[test]
fn a_tensor_filled_with_one_number_stays_uniform() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[SYMBOLIC, 3]);
    let zeros = net.operation("aten.zeros_like.default", &[("self", image.into())], &[SYMBOLIC, 3]);
    let filled =
        net.operation("aten.fill_.Scalar", &[("self", zeros.into()), ("value", 2.into())], &[SYMBOLIC, 3]);
    assert_eq!(content(&net, filled).unwrap(), Content::Uniform(2.0));
    assert_eq!(content(&net, zeros).unwrap(), Content::Uniform(2.0));
}

#[test]
fn memory_that_an_input_is_written_to_is_no_constant() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[2]);
    let state = net.operation("aten.zeros.default", &[("size", [2].into())], &[2]);
    let view = net.operation("aten.view.default", &[("self", state.into())], &[2, 1]);
    net.operation("aten.add_.Tensor", &[("self", state.into()), ("other", image.into())], &[2]);
    let constants = Constants::new(&net.program, &net);
    assert_eq!([2, 3].map(|reader| constants.is_constant(state, reader)), [true, false]);
    assert_eq!([2, 3].map(|reader| constants.is_constant(view, reader)), [true, false]);
    assert!(constants.tensor(state, 3).is_err());
}

#[test]
fn a_tensor_that_may_be_a_copy_is_not_guessed() {
    let mut net = TestProgram::new();
    let weight = net.parameter("w", array(&[2, 1], &[1.0, 2.0]));
    let flat = net.operation("aten.reshape.default", &[("self", weight.into())], &[2]);
    assert_eq!(numbers(&net, flat), [1.0, 2.0]);
    net.operation("aten.zero_.default", &[("self", weight.into())], &[2, 1]);
    assert_eq!(content(&net, weight).unwrap(), Content::Uniform(0.0));
    assert!(content(&net, flat).unwrap_err().to_string().contains("whether reshape_0_0 shares memory"));
    let unknown = net.operation("aten.puzzle.default", &[("self", weight.into())], &[2, 1]);
    net.operation("aten.add_.Tensor", &[("self", unknown.into()), ("other", 1.into())], &[2, 1]);
    assert!(content(&net, weight).unwrap_err().to_string().contains("whether w shares memory"));
}

/// The memory of a matrix of 3 by 3 elements, with every tensor as an array of the places that it shows.
struct Plain {
    memory: Vec<f64>,
    tensors: Vec<ArrayD<usize>>,
}

impl Plain {
    fn new() -> Self {
        let places = ArrayD::from_shape_vec(vec![3, 3], (0..9).collect()).unwrap();
        Self { memory: (0..9).map(f64::from).collect(), tensors: vec![places] }
    }

    fn read(&self, tensor: usize) -> Vec<f64> {
        self.tensors[tensor].iter().map(|&place| self.memory[place]).collect()
    }
}

/// Adds a view or a change of a tensor to a program and to its plain memory.
fn perform(net: &mut TestProgram, ids: &mut Vec<ValueId>, plain: &mut Plain, choice: [usize; 3]) {
    let [kind, tensor, number] = choice;
    let tensor = tensor % ids.len();
    let places = plain.tensors[tensor].clone();
    let given = ("self", ids[tensor].into());
    let along = number % places.ndim().max(1);
    let (target, arguments, shown) = match kind {
        0 if places.ndim() > 0 => {
            let index = number % places.shape()[along];
            let arguments = vec![given, ("dim", (along as i64).into()), ("index", (index as i64).into())];
            ("aten.select.int", arguments, places.index_axis_move(Axis(along), index))
        }
        1 if places.ndim() > 0 => {
            let arguments = vec![given, ("dim", (along as i64).into()), ("start", 1.into())];
            ("aten.slice.Tensor", arguments, places.slice_axis(Axis(along), Slice::from(1..)).to_owned())
        }
        2 => ("aten.numpy_T.default", vec![given], places.reversed_axes()),
        3 => {
            for &place in &places {
                plain.memory[place] += number as f64;
            }
            ("aten.add_.Tensor", vec![given, ("other", (number as i64).into())], places)
        }
        _ => {
            for &place in &places {
                plain.memory[place] = number as f64;
            }
            ("aten.fill_.Scalar", vec![given, ("value", (number as i64).into())], places)
        }
    };
    if shown.is_empty() {
        return;
    }
    let shape: Vec<i64> = shown.shape().iter().map(|&extent| extent as i64).collect();
    ids.push(net.operation(target, &arguments, &shape));
    plain.tensors.push(shown);
}

proptest! {
    #[test]
    fn views_and_changes_are_those_of_plain_memory(
        choices in prop::collection::vec((0..5_usize, 0..100_usize, 0..100_usize), 1..30)
    ) {
        let mut net = TestProgram::new();
        let mut plain = Plain::new();
        let memory = ArrayD::from_shape_vec(vec![3, 3], plain.memory.clone()).unwrap();
        let mut ids = vec![net.parameter("w", memory)];
        for (kind, tensor, number) in choices {
            perform(&mut net, &mut ids, &mut plain, [kind, tensor, number]);
        }
        for (tensor, &id) in ids.iter().enumerate() {
            let found = match content(&net, id).unwrap() {
                Content::Array(array) => array.iter().copied().collect(),
                Content::Uniform(number) => vec![number; plain.tensors[tensor].len()],
            };
            prop_assert_eq!(found, plain.read(tensor));
        }
    }
}
