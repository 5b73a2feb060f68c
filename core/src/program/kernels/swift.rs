//! Fast versions of common functions, without a conversion of each element.

use super::rows::Part;
use super::table::name;
use crate::program::{Argument, Element, Operation};
use std::f64::consts::PI;

/// A function that replaces the elements of the first operand by its results, given the other operands.
pub(super) type Swift<T> = fn(&mut [T], &[Part<T>]);

/// Returns the fast function of an operation, if it has one.
///
/// It computes in the precision of the elements; `functions.rs` computes the same in double precision.
pub(super) fn function<T: Element>(operation: &Operation) -> Option<Swift<T>> {
    let text = operation.arguments.iter().find_map(|(_, argument)| match argument {
        Argument::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let full = name(operation)?;
    let base = full.strip_suffix('_').unwrap_or(full);
    let swift: Swift<T> = match (base, text) {
        ("gelu", None | Some("none")) => |row, _| each(row, |number| number * number.swift_normal()),
        ("gelu", Some("tanh")) => |row, _| each(row, approximate_gelu),
        (_, Some(_)) => return None,
        (name, None) => return of_numbers(name),
    };
    Some(swift)
}

fn of_numbers<T: Element>(name: &str) -> Option<Swift<T>> {
    let swift: Swift<T> = match name {
        "add" => |row, others| sum(row, &others[0], others[1].at(0)),
        "sub" => |row, others| sum(row, &others[0], -others[1].at(0)),
        "mul" => |row, others| with(row, &others[0], |one, other| one * other),
        "div" => |row, others| with(row, &others[0], |one, other| one / other),
        "neg" => |row, _| each(row, |number| -number),
        "square" => |row, _| each(row, |number| number * number),
        "relu" => |row, _| each(row, |number| at_least(number, T::zero())),
        "relu6" => |row, _| each(row, |number| within(number, T::zero(), T::of(6.0))),
        "hardtanh" | "clamp" | "clip" => |row, bounds| {
            let (least, most) = (bounds[0], bounds[1]);
            match (least, most) {
                (Part::All(least), Part::All(most)) => each(row, |number| within(number, least, most)),
                _ => {
                    with(row, &least, at_least);
                    with(row, &most, at_most);
                }
            }
        },
        "clamp_min" => |row, others| with(row, &others[0], at_least),
        "clamp_max" => |row, others| with(row, &others[0], at_most),
        "leaky_relu" => |row, others| {
            with(row, &others[0], |number, slope| if number > T::zero() { number } else { slope * number });
        },
        "sigmoid" => |row, _| each(row, T::swift_sigmoid),
        "log_sigmoid" => |row, _| each(row, |number| -(-number).swift_softplus()),
        "silu" => |row, _| each(row, |number| number * number.swift_sigmoid()),
        "mish" => |row, _| each(row, |number| number * number.swift_softplus().swift_tanh()),
        "softplus" => |row, others| softplus(row, others[0].at(0), others[1].at(0)),
        "hardsigmoid" => |row, _| each(row, hard_sigmoid),
        "hardswish" => |row, _| each(row, |number| number * hard_sigmoid(number)),
        "exp" => |row, _| each(row, T::swift_exp),
        "tanh" => |row, _| each(row, T::swift_tanh),
        "sqrt" => |row, _| each(row, T::sqrt),
        _ => return None,
    };
    Some(swift)
}

fn each<T: Element>(row: &mut [T], function: impl Fn(T) -> T) {
    row.iter_mut().for_each(|number| *number = function(*number));
}

fn with<T: Element>(row: &mut [T], other: &Part<T>, function: impl Fn(T, T) -> T) {
    match *other {
        Part::All(other) => each(row, |number| function(number, other)),
        Part::Each(others) => {
            row.iter_mut().zip(others).for_each(|(number, &other)| *number = function(*number, other));
        }
    }
}

fn sum<T: Element>(row: &mut [T], other: &Part<T>, factor: T) {
    if factor == T::one() {
        with(row, other, |one, other| one + other);
    } else {
        with(row, other, |one, other| one + factor * other);
    }
}

// NaN stays NaN.
fn at_least<T: Element>(number: T, least: T) -> T {
    if number < least || least.is_nan() { least } else { number }
}

fn at_most<T: Element>(number: T, most: T) -> T {
    if number > most || most.is_nan() { most } else { number }
}

fn within<T: Element>(number: T, least: T, most: T) -> T {
    at_most(at_least(number, least), most)
}

/// Computes the softplus, which is linear beyond a threshold.
fn softplus<T: Element>(row: &mut [T], sharpness: T, threshold: T) {
    let function = |number: T| {
        let scaled = number * sharpness;
        let soft = scaled.swift_softplus() / sharpness;
        if scaled > threshold { number } else { soft }
    };
    each(row, function);
}

fn approximate_gelu<T: Element>(number: T) -> T {
    let cubic = number + T::of(0.044_715) * number * number * number;
    // (1 + tanh x) / 2 is the sigmoid of 2 x.
    number * (T::of(2.0 * (2.0 / PI).sqrt()) * cubic).swift_sigmoid()
}

fn hard_sigmoid<T: Element>(number: T) -> T {
    within(number / T::of(6.0) + T::of(0.5), T::zero(), T::one())
}
