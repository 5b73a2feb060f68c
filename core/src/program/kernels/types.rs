//! The constraints that tensor types put on contents.

use super::call::written_shape;
use super::{Content, Reason};
use crate::program::{Element, Extent, Value};
use std::iter::zip;

/// Converts elements to the tensor's type, and checks the shape that the program states.
pub(in crate::program) fn checked<T: Element>(
    value: &Value,
    content: Content<T>,
) -> Result<Content<T>, Reason> {
    if let (Content::Array(array), Some(tensor)) = (&content, &value.tensor) {
        let expected = &tensor.shape;
        let fits =
            |(&found, extent): (&usize, &Extent)| extent.known().is_none_or(|extent| extent == found as i64);
        if array.ndim() != expected.len() || !zip(array.shape(), expected).all(fits) {
            let found = array.shape().to_vec();
            return Err(Reason::Declared { found, expected: written_shape(expected) });
        }
    }
    cast(value, content)
}

/// Converts numbers to integers or bools, where the tensor's type requires it.
///
/// # Errors
///
/// Fails if the type cannot represent a number, or if an integer is too large to be exact in the precision.
pub(in crate::program) fn cast<T: Element>(value: &Value, content: Content<T>) -> Result<Content<T>, Reason> {
    let element_type = value.tensor.as_ref().map_or("", |tensor| tensor.element_type.as_str());
    let (least, most) = match element_type {
        "bool" => {
            return Ok(map(content, |number| f64::from(number != 0.0)));
        }
        "uint8" => (0.0, 255.0),
        "int8" => (-128.0, 127.0),
        "int16" => (-32_768.0, 32_767.0),
        "int32" => (f64::from(i32::MIN), f64::from(i32::MAX)),
        "int64" => (f64::NEG_INFINITY, f64::INFINITY),
        _ => return Ok(content),
    };
    let content = map(content, f64::trunc);
    let check = |number: f64| {
        if !(least..=most).contains(&number) {
            return Err(Reason::Range { number, element_type: element_type.to_owned() });
        }
        exact::<T>(number)
    };
    match &content {
        Content::Array(array) => array.iter().try_for_each(|number| check(number.double()))?,
        Content::Uniform(number) => check(*number)?,
    }
    Ok(content)
}

/// Fails for an integer to which others may have been rounded.
fn exact<T: Element>(number: f64) -> Result<(), Reason> {
    if number.abs() < T::LARGEST_EXACT { Ok(()) } else { Err(Reason::Inexact { number }) }
}

/// Returns an index as an element of a tensor.
pub(super) fn index<T: Element>(index: usize) -> Result<T, Reason> {
    let number = index as f64;
    exact::<T>(number)?;
    Ok(T::of(number))
}

fn map<T: Element>(content: Content<T>, function: impl Fn(f64) -> f64) -> Content<T> {
    match content {
        Content::Array(mut array) => {
            array.mapv_inplace(|number| T::of(function(number.double())));
            Content::Array(array)
        }
        Content::Uniform(number) => Content::Uniform(function(number)),
    }
}
