//! The gates of nonlinearities: the factors by which they multiply their inputs for one image.

use super::super::kernels::{Call, Content, Kernel, Operand, Reason, Tensor, kernel, perform};
use super::Gate;
use super::slopes::{Slope, slope};
use crate::program::{Element, ValueId};
use ndarray::{ArrayD, Axis, Zip};

/// The largest number of arguments of an elementwise function, including the element.
const MOST_NUMBERS: usize = 4;

/// A nonlinearity for fixed inputs: result = factor · input + rest.
#[derive(Clone, Debug)]
pub(super) struct Gated<T> {
    pub(super) factor: Tensor<T>,
    /// The rest; `None` where it is 0 everywhere.
    pub(super) rest: Option<Tensor<T>>,
}

/// Decomposes an elementwise function (DESIGN §8).
///
/// With [`Gate::Secant`], the factor is (f(a) - f(0))/a, and f'(0) where a is 0. With [`Gate::Tangent`], it
/// is f'(a). The factor of a piecewise linear function is the slope of the piece. An infinite slope counts as
/// 0.
///
/// # Errors
///
/// Fails with [`Gate::Secant`] if f(0) is not finite, as for a logarithm.
pub(super) fn gated<T: Element>(
    call: &Call<'_, T>,
    name: &str,
    input: (ValueId, &Tensor<T>),
    output: &Tensor<T>,
    gate: Gate,
) -> Result<Gated<T>, Reason> {
    if name == "relu" {
        let gate = |&number: &T| if number > T::zero() { T::one() } else { T::zero() };
        let factor = Zip::from(input.1.view()).par_map_collect(gate);
        return Ok(Gated { factor: factor.into_shared(), rest: None });
    }
    let tanh = call.text("approximate", "none")? == "tanh";
    let slope =
        slope(name, tanh).ok_or(Reason::Only("as what gates a product: no path is carried through it"))?;
    match kernel::<T>(call.operation) {
        Some(Kernel::Elementwise(operands, function)) => {
            let others = others(call, operands, input.1)?;
            of_elements(input.1, &others, function, slope, gate)
        }
        _ => of_tensors(call, input, output, slope, gate),
    }
}

/// Returns the other arguments of a function, broadcast to the elements.
fn others<T: Element>(
    call: &Call<'_, T>,
    operands: &[Operand],
    input: &Tensor<T>,
) -> Result<Vec<Tensor<T>>, Reason> {
    let content = |operand: &Operand| match call.operand(operand.name, operand.default)? {
        Content::Array(array) => Ok(array),
        Content::Uniform(number) => Ok(Tensor::from_elem(&[][..], T::of(number))),
    };
    let others: Vec<Tensor<T>> = operands.iter().skip(1).map(content).collect::<Result<_, Reason>>()?;
    for other in &others {
        if other.broadcast(input.shape()).is_none() {
            return Err(Reason::Shapes { first: input.shape().to_vec(), second: other.shape().to_vec() });
        }
    }
    Ok(others)
}

fn of_elements<T: Element>(
    input: &Tensor<T>,
    others: &[Tensor<T>],
    function: fn(&[f64]) -> f64,
    slope: Slope,
    gate: Gate,
) -> Result<Gated<T>, Reason> {
    let views: Vec<_> = others.iter().filter_map(|other| other.broadcast(input.shape())).collect();
    let mut columns: Vec<_> = views.iter().map(|view| view.iter()).collect();
    let mut numbers = [0.0; MOST_NUMBERS];
    let count = others.len() + 1;
    if count > MOST_NUMBERS {
        return Err(Reason::Only("with fewer arguments"));
    }
    let mut factors = Vec::with_capacity(input.len());
    let mut rests = Vec::with_capacity(input.len());
    for &number in input {
        numbers[0] = number.double();
        for (number, column) in numbers[1..count].iter_mut().zip(&mut columns) {
            *number = column.next().map_or(f64::NAN, |number| number.double());
        }
        let value = function(&numbers[..count]);
        let at_zero = || {
            let mut numbers = numbers;
            numbers[0] = 0.0;
            function(&numbers[..count])
        };
        let (factor, rest) =
            at_element(numbers[0], value, at_zero, |slope| slope(&numbers[..count]), (slope, gate))?;
        factors.push(T::of(factor));
        rests.push(T::of(rest));
    }
    finished(input.shape(), factors, rests)
}

/// Returns the factor and the rest for one element.
///
/// # Arguments
///
/// * `value` - the value of the function at the element
/// * `at_zero` - the value of the function at 0
/// * `slope_of` - the slope at a given number
fn at_element(
    number: f64,
    value: f64,
    at_zero: impl FnOnce() -> f64,
    slope_of: impl FnOnce(fn(&[f64]) -> f64) -> f64,
    kind: (Slope, Gate),
) -> Result<(f64, f64), Reason> {
    match kind {
        (Slope::Pieces(slope), _) | (Slope::Smooth(slope), Gate::Tangent) => {
            let factor = finite(slope_of(slope));
            Ok((factor, value - factor * number))
        }
        (Slope::Smooth(slope), Gate::Secant) => {
            let at_zero = at_zero();
            if !at_zero.is_finite() {
                return Err(not_finite());
            }
            let factor = if number == 0.0 { finite(slope_of(slope)) } else { (value - at_zero) / number };
            Ok((factor, at_zero))
        }
    }
}

/// Decomposes a function that can only be computed for whole tensors.
fn of_tensors<T: Element>(
    call: &Call<'_, T>,
    (id, input): (ValueId, &Tensor<T>),
    output: &Tensor<T>,
    slope: Slope,
    gate: Gate,
) -> Result<Gated<T>, Reason> {
    let mut at_zero = call.clone();
    at_zero.contents.insert(id, Content::Array(Tensor::zeros(input.raw_dim())));
    let Some(Content::Array(at_zero)) = perform(at_zero)?.into_iter().next() else {
        return Err(Reason::Only("where its result has a shape"));
    };
    let parameter = match call.operation.tensor("weight") {
        Some(_) => along_channels(&call.tensor("weight")?, input.ndim())?,
        None => Tensor::zeros(&[][..]),
    };
    let parameters = parameter.broadcast(input.shape()).ok_or_else(|| Reason::Shapes {
        first: input.shape().to_vec(),
        second: parameter.shape().to_vec(),
    })?;
    let mut factors = Vec::with_capacity(input.len());
    let mut rests = Vec::with_capacity(input.len());
    let all = input.iter().zip(output).zip(&at_zero).zip(&parameters);
    for (((number, value), at_zero), parameter) in all {
        let (number, value, at_zero) = (number.double(), value.double(), at_zero.double());
        let numbers = [number, parameter.double()];
        let (factor, rest) = at_element(number, value, || at_zero, |slope| slope(&numbers), (slope, gate))?;
        factors.push(T::of(factor));
        rests.push(T::of(rest));
    }
    finished(input.shape(), factors, rests)
}

/// Returns a number for each channel, in a shape that broadcasts to maps.
pub(super) fn along_channels<T: Element>(numbers: &Tensor<T>, axes: usize) -> Result<Tensor<T>, Reason> {
    let mut shape = vec![1; axes];
    if axes > 1 {
        shape[1] = numbers.len();
    } else if let Some(extent) = shape.first_mut() {
        *extent = numbers.len();
    }
    super::super::kernels::reshape(numbers, &shape)
}

/// Decomposes a softmax as a function of each element, with the sum over all elements fixed.
pub(super) fn of_softmax<T: Element>(
    input: &Tensor<T>,
    output: &Tensor<T>,
    axis: usize,
    gate: Gate,
) -> Result<Gated<T>, Reason> {
    let numbers = input.mapv(T::double);
    let largest = numbers.fold_axis(Axis(axis), f64::NEG_INFINITY, |largest, number| largest.max(*number));
    let largest = largest.insert_axis(Axis(axis));
    let sums = (&numbers - &largest).mapv(f64::exp).sum_axis(Axis(axis)).insert_axis(Axis(axis));
    // The result of a softmax for an element of 0, with the sum fixed.
    let at_zero = (sums.mapv(f64::ln) + &largest).mapv(|size| (-size).exp());
    let at_zero = at_zero.broadcast(numbers.shape()).ok_or(Reason::Only("along an axis of its input"))?;
    let (mut factors, mut rests) = (Vec::with_capacity(input.len()), Vec::with_capacity(input.len()));
    for ((&number, value), &at_zero) in numbers.iter().zip(output).zip(&at_zero) {
        let value = value.double();
        let (factor, rest) = match gate {
            Gate::Tangent => (value, value - value * number),
            Gate::Secant if number == 0.0 => (at_zero, at_zero),
            Gate::Secant => ((value - at_zero) / number, at_zero),
        };
        factors.push(T::of(factor));
        rests.push(T::of(rest));
    }
    finished(input.shape(), factors, rests)
}

fn finished<T: Element>(shape: &[usize], factors: Vec<T>, rests: Vec<T>) -> Result<Gated<T>, Reason> {
    let tensor = |numbers: Vec<T>| {
        let count = numbers.len();
        ArrayD::from_shape_vec(shape, numbers)
            .map(ArrayD::into_shared)
            .map_err(|_| Reason::Shapes { first: shape.to_vec(), second: vec![count] })
    };
    let rest = rests.iter().any(|&rest| rest != T::zero()).then(|| tensor(rests)).transpose()?;
    Ok(Gated { factor: tensor(factors)?, rest })
}

fn finite(slope: f64) -> f64 {
    if slope.is_finite() { slope } else { 0.0 }
}

fn not_finite() -> Reason {
    Reason::Only("with --gate tangent, since it is not finite at 0")
}
