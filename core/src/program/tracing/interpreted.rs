//! Tests on random programs, whose output equals the sum over their paths, against a plain interpreter.
//!
//! All factors are positive and only values are added, so with an input of 1, a program's output is the sum
//! over paths of the products of their strengths. With factors of 1, it is the number of paths.

use super::*;
use crate::program::Argument;
use crate::program::testing::TestProgram;
use ndarray::{Array, ArrayD, Axis, Slice, concatenate};
use proptest::prelude::*;

/// The content of a memory place: the output so far, and the number of paths that lead to it.
type Number = (f64, f64);

/// The largest number of elements of a value.
const MOST: usize = 24;

/// A program and the memory of a plain interpreter, in which a value is an array of places.
struct Interpreted {
    net: TestProgram,
    memory: Vec<Number>,
    values: Vec<(ValueId, ArrayD<usize>)>,
}

impl Interpreted {
    fn new() -> Self {
        let mut net = TestProgram::new();
        let image = net.input("x", &[1, 1]);
        let mut all = Self { net, memory: Vec::new(), values: Vec::new() };
        let ones = ArrayD::from_elem(vec![1, 1], (1.0, 1.0));
        all.made(image, &ones);
        let zeros = all.net.buffer("zeros", ArrayD::zeros(vec![1, 2]));
        let places = ArrayD::from_elem(vec![1, 2], (0.0, 0.0));
        all.made(zeros, &places);
        all
    }

    /// Adds a value with memory of its own.
    fn made(&mut self, id: ValueId, numbers: &ArrayD<Number>) {
        let first = self.memory.len();
        self.memory.extend(numbers.iter().copied());
        let places = (first..self.memory.len()).collect();
        self.values.push((id, ArrayD::from_shape_vec(numbers.raw_dim(), places).unwrap()));
    }

    fn read(&self, places: &ArrayD<usize>) -> ArrayD<Number> {
        places.map(|&place| self.memory[place])
    }

    fn operation(&mut self, target: &str, arguments: &[(&str, Argument)], shape: &[usize]) -> ValueId {
        let shape: Vec<i64> = shape.iter().map(|&extent| extent as i64).collect();
        self.net.operation(target, arguments, &shape)
    }

    /// Performs an operation whose result has the elements of a value at other places.
    fn rearrange(&mut self, what: usize, [one, other]: [usize; 2], which: usize) {
        let (a, places) = self.values[one % self.values.len()].clone();
        let rank = places.ndim();
        let at = which % rank.max(1);
        let dim = Argument::from(at as i64);
        let extent = places.shape().get(at).copied().unwrap_or(1);
        let own = ("self", Argument::from(a));
        match what {
            // Parts, which share their memory.
            7 if rank > 1 => {
                let index = other % extent;
                let part = places.index_axis(Axis(at), index).to_owned();
                let arguments = [own, ("dim", dim), ("index", (index as i64).into())];
                let id = self.operation("aten.select.int", &arguments, part.shape());
                self.values.push((id, part));
            }
            8 if rank > 0 => {
                let (start, end) = (other % extent, other % extent + 1 + which % (extent - other % extent));
                let part = places.slice_axis(Axis(at), Slice::from(start..end)).to_owned();
                let (first, last) = (Argument::from(start as i64), Argument::from(end as i64));
                let arguments = [own, ("dim", dim), ("start", first), ("end", last)];
                let id = self.operation("aten.slice.Tensor", &arguments, part.shape());
                self.values.push((id, part));
            }
            // Rearrangements.
            9 if rank > 1 => {
                let order: Vec<usize> = (0..rank).map(|axis| (axis + 1) % rank).collect();
                let moved = places.permuted_axes(order.clone());
                let dims = Argument::Ints(order.iter().map(|&axis| Extent::Known(axis as i64)).collect());
                let id = self.operation("aten.permute.default", &[own, ("dims", dims)], moved.shape());
                self.values.push((id, moved));
            }
            10 if rank > 0 => {
                let mut turned = self.read(&places);
                turned.invert_axis(Axis(at));
                let id =
                    self.operation("aten.flip.default", &[own, ("dims", [at as i64].into())], turned.shape());
                self.made(id, &turned);
            }
            11 => {
                let copy = self.operation("aten.clone.default", &[own], places.shape());
                let numbers = self.read(&places);
                self.made(copy, &numbers);
                let divisors: Vec<usize> = (1..=places.len()).filter(|n| places.len() % n == 0).collect();
                let rows = divisors[other % divisors.len()];
                let shape = if which.is_multiple_of(2) {
                    vec![rows, places.len() / rows]
                } else {
                    vec![1, rows, places.len() / rows]
                };
                let (_, copied) = self.values.last().cloned().unwrap();
                let flat: Vec<usize> = copied.iter().copied().collect();
                let viewed = ArrayD::from_shape_vec(shape.clone(), flat).unwrap();
                let size = Argument::Ints(shape.iter().map(|&extent| Extent::Known(extent as i64)).collect());
                let arguments = [("self", copy.into()), ("size", size)];
                let id = self.operation("aten.view.default", &arguments, &shape);
                self.values.push((id, viewed));
            }
            _ => {}
        }
    }

    /// Performs a mean, a sum or sums up to each place along an axis.
    fn reduce(&mut self, what: usize, one: usize, at: usize) {
        let (a, places) = self.values[one % self.values.len()].clone();
        let rank = places.ndim();
        let extent = places.shape().get(at).copied().unwrap_or(1);
        let own = ("self", Argument::from(a));
        match what {
            12 | 13 if rank > 1 => {
                let numbers = self.read(&places);
                let share = if what == 12 { 1.0 / extent as f64 } else { 1.0 };
                let add = |lane: ndarray::ArrayView1<'_, Number>| {
                    lane.iter().fold((0.0, 0.0), |sum, number| (sum.0 + share * number.0, sum.1 + number.1))
                };
                let reduced = numbers.map_axis(Axis(at), add);
                let target = if what == 12 { "aten.mean.dim" } else { "aten.sum.dim_IntList" };
                let id = self.operation(target, &[own, ("dim", [at as i64].into())], reduced.shape());
                self.made(id, &reduced);
            }
            14 if rank > 0 => {
                let mut sums = self.read(&places);
                if sums.iter().any(|number| number.1 == 0.0) {
                    return;
                }
                sums.accumulate_axis_inplace(Axis(at), |before, number| {
                    *number = (number.0 + before.0, number.1 + before.1);
                });
                let id = self.operation(
                    "aten.cumsum.default",
                    &[own, ("dim", Argument::from(at as i64))],
                    sums.shape(),
                );
                self.made(id, &sums);
            }
            _ => {}
        }
    }

    /// Performs the operation that four numbers encode, if possible.
    fn perform(&mut self, [what, one, other, which]: [usize; 4]) {
        let (a, places) = self.values[one % self.values.len()].clone();
        let (b, others) = self.values[other % self.values.len()].clone();
        let rank = places.ndim();
        let at = which % rank.max(1);
        let dim = Argument::from(at as i64);
        let own = ("self", Argument::from(a));
        let factor = 0.5 + (which % 7) as f64 / 4.0;
        match what {
            // A factor, in a new value or in place.
            0 => {
                let id = self.operation("aten.mul.Tensor", &[own, ("other", factor.into())], places.shape());
                let numbers = self.read(&places).map(|number| (number.0 * factor, number.1));
                self.made(id, &numbers);
            }
            1 if one % self.values.len() > 1 => {
                let id = self.operation("aten.mul_.Tensor", &[own, ("other", factor.into())], places.shape());
                for &place in &places {
                    self.memory[place].0 *= factor;
                }
                self.values.push((id, places));
            }
            // A sum, in which one value may be repeated.
            2 => {
                let (numbers, more) = (self.read(&places), self.read(&others));
                // Copies at places where no paths arrive cannot be distinguished; by convention, they are one
                // way.
                if others.shape() != places.shape() && numbers.iter().any(|number| number.1 == 0.0) {
                    return;
                }
                let Some(more) = more.broadcast(numbers.raw_dim()) else { return };
                let sum = Array::from_shape_fn(numbers.raw_dim(), |at| {
                    (numbers[&at].0 + more[&at].0, numbers[&at].1 + more[&at].1)
                });
                let arguments = [own, ("other", b.into())];
                let id = self.operation("aten.add.Tensor", &arguments, places.shape());
                self.made(id, &sum);
            }
            3 | 4 if one % self.values.len() > 1 && places.shape() == others.shape() => {
                let more = self.read(&others);
                let (target, name) =
                    if what == 3 { ("aten.add_.Tensor", "other") } else { ("aten.copy_.default", "src") };
                let id = self.operation(target, &[own, (name, b.into())], places.shape());
                for (&place, number) in places.iter().zip(&more) {
                    let before = if what == 3 { self.memory[place] } else { (0.0, 0.0) };
                    self.memory[place] = (before.0 + number.0, before.1 + number.1);
                }
                self.values.push((id, places));
            }
            // A concatenation or a stack.
            5 | 6 if rank > 0 && rank == others.ndim() => {
                let (target, mut all) = ("aten.cat.default", [self.read(&places), self.read(&others)]);
                let target = if what == 6 && all[0].shape() == all[1].shape() && rank < 4 {
                    all = all.map(|array| array.insert_axis(Axis(at)));
                    "aten.stack.default"
                } else {
                    target
                };
                let views: Vec<_> = all.iter().map(|array| array.view()).collect();
                let Ok(joined) = concatenate(Axis(at), &views) else { return };
                if joined.len() > MOST {
                    return;
                }
                let arguments = [("tensors", vec![a, b].into()), ("dim", dim)];
                let id = self.operation(target, &arguments, joined.shape());
                self.made(id, &joined);
            }
            7..=11 => self.rearrange(what, [one, other], which),
            12..=14 => self.reduce(what, one, at),
            _ => {}
        }
    }
}

/// Returns the total strength and the number of paths of a graph.
fn totals(net: &TestProgram, traced: &Traced) -> Number {
    let strength = |layer: &Layer| match layer.strength {
        StrengthSource::Factor { value: FactorValue::Literal(number), of: FactorOf::Itself } => number,
        _ => panic!("{} in {:?}", layer.name, net.program.operations),
    };
    let mut arrived: Vec<Number> = Vec::new();
    for node in traced.graph.nodes() {
        let before = traced.graph.predecessors(node).iter().map(|node| arrived[node.index()]);
        let sum = before.fold((0.0, 0.0), |sum, number| (sum.0 + number.0, sum.1 + number.1));
        arrived.push(match traced.graph.part(node) {
            Part::Source => (1.0, 1.0),
            Part::Sum => sum,
            Part::Component(layer) => (sum.0 * strength(&traced.layers[layer]), sum.1),
        });
    }
    let ends = traced.graph.ends().iter().map(|node| arrived[node.index()]);
    ends.fold((0.0, 0.0), |sum, number| (sum.0 + number.0, sum.1 + number.1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn total_strength_is_the_output_of_a_network_of_factors(
        steps in prop::collection::vec([0..15usize, 0..1000usize, 0..1000usize, 0..1000usize], 1..24),
    ) {
        let mut all = Interpreted::new();
        for step in steps {
            // Later values are chosen more often, so that programs become deep.
            let newest = all.values.len();
            let recent = |number: usize| newest - 1 - (number % newest).min(number / 7 % newest);
            all.perform([step[0], recent(step[1]), recent(step[2]), step[3]]);
        }
        let (last, places) = all.values.last().cloned().unwrap();
        let sum = all.operation("aten.sum.default", &[("self", last.into())], &[]);
        all.net.output(sum);
        let numbers = all.read(&places);
        let expected = numbers.iter().fold((0.0, 0.0), |sum, number| (sum.0 + number.0, sum.1 + number.1));
        let found = match trace(&all.net.program, &all.net, &Settings::default()) {
            Ok(traced) => totals(&all.net, &traced),
            Err(TraceError::NoPath { .. } | TraceError::ConstantEnd(_)) => (0.0, 0.0),
            Err(problem) => panic!("{problem}\n{:#?}", all.net.program.operations),
        };
        prop_assert!(
            (found.0 - expected.0).abs() <= 1e-9 * expected.0.max(1.0),
            "{found:?} {expected:?} {:?}",
            all.net.program.operations
        );
        // A mean divides by the number of elements, but every path stays one path.
        prop_assert!(found.1 == expected.1, "{found:?} {expected:?}");
    }
}
