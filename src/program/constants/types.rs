//! What the types of tensors in a program say of their contents.

use super::call::written_shape;
use super::{Constant, Reason};
use crate::program::{Extent, Value};
use std::iter::zip;

/// Makes the elements numbers of the tensor's type, and compares the shape with what the program says.
pub(super) fn checked(value: &Value, content: Constant) -> Result<Constant, Reason> {
    if let (Constant::Array(array), Some(tensor)) = (&content, &value.tensor) {
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

/// Makes numbers whole, or truth values, where the tensor's type holds only those.
pub(super) fn cast(value: &Value, content: Constant) -> Result<Constant, Reason> {
    let element_type = value.tensor.as_ref().map_or("", |tensor| tensor.element_type.as_str());
    let bounds = match element_type {
        "bool" => {
            return Ok(map(content, |number| f64::from(number != 0.0)));
        }
        "uint8" => (0.0, 255.0),
        "int8" => (-128.0, 127.0),
        "int16" => (-32_768.0, 32_767.0),
        "int32" => (f64::from(i32::MIN), f64::from(i32::MAX)),
        // Beyond 2⁵³ not every whole number is a double.
        "int64" => (-9_007_199_254_740_992.0, 9_007_199_254_740_992.0),
        _ => return Ok(content),
    };
    let content = map(content, f64::trunc);
    let outside = |number: &f64| !(bounds.0..=bounds.1).contains(number);
    let wrong = match &content {
        Constant::Array(array) => array.iter().copied().find(outside),
        Constant::Uniform(number) => Some(*number).filter(outside),
    };
    match wrong {
        Some(number) => Err(Reason::Range { number, element_type: element_type.to_owned() }),
        None => Ok(content),
    }
}

fn map(content: Constant, function: impl Fn(f64) -> f64) -> Constant {
    match content {
        Constant::Array(mut array) => {
            array.mapv_inplace(function);
            Constant::Array(array)
        }
        Constant::Uniform(number) => Constant::Uniform(function(number)),
    }
}
