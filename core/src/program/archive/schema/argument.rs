//! Arguments of operations: an object with one field, whose name is the kind of argument.

use super::{Named, Text};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

/// An argument or a result of an operation.
pub(in crate::program::archive) enum Argument<'a> {
    None,
    Tensor(Text<'a>),
    /// The tensors of a list, `None` where one is missing.
    Tensors(Vec<Option<Text<'a>>>),
    Int(Symbol<'a, i64>),
    Ints(Vec<Symbol<'a, i64>>),
    Float(Symbol<'a, Number>),
    Floats(Vec<Symbol<'a, Number>>),
    Bool(Symbol<'a, bool>),
    Bools(Vec<Symbol<'a, bool>>),
    Text(Text<'a>),
    Graph(NamedGraph<'a>),
    /// An argument of which only the kind is read.
    Other(Text<'a>),
}

#[derive(Deserialize)]
pub(in crate::program::archive) struct NamedGraph<'a> {
    #[serde(borrow)]
    pub(in crate::program::archive) name: Text<'a>,
    #[serde(borrow)]
    pub(in crate::program::archive) graph: &'a RawValue,
}

/// A number, or the name of one that is known only when the program runs.
#[derive(Deserialize)]
pub(in crate::program::archive) enum Symbol<'a, T> {
    #[serde(rename = "as_name", borrow)]
    Name(Text<'a>),
    #[serde(rename = "as_int", alias = "as_float", alias = "as_bool")]
    Known(T),
}

#[derive(Deserialize)]
enum OptionalTensor<'a> {
    #[serde(rename = "as_tensor", borrow)]
    Tensor(Named<'a>),
    #[serde(rename = "as_none")]
    None(IgnoredAny),
}

impl<'a> OptionalTensor<'a> {
    fn name(self) -> Option<Text<'a>> {
        match self {
            Self::Tensor(tensor) => Some(tensor.name),
            Self::None(_) => None,
        }
    }
}

/// A floating-point number; numbers that JSON lacks are written as text.
pub(in crate::program::archive) struct Number(pub(in crate::program::archive) f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;

        impl Visitor<'_> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or 'Infinity', '-Infinity' or 'NaN'")
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                Ok(Number(number))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                match text {
                    "Infinity" => Ok(Number(f64::INFINITY)),
                    "-Infinity" => Ok(Number(f64::NEG_INFINITY)),
                    "NaN" => Ok(Number(f64::NAN)),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Argument<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ArgumentVisitor;

        impl<'de> Visitor<'de> for ArgumentVisitor {
            type Value = Argument<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an argument by its kind")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Argument<'de>, A::Error> {
                let kind: Text<'de> =
                    map.next_key()?.ok_or_else(|| A::Error::custom("an argument without a kind"))?;
                let argument = content(kind, &mut map)?;
                match map.next_key::<Text<'de>>()? {
                    None => Ok(argument),
                    Some(_) => Err(A::Error::custom("an argument of two kinds")),
                }
            }
        }
        deserializer.deserialize_map(ArgumentVisitor)
    }
}

/// Reads the content of an argument of the given kind.
fn content<'de, A: MapAccess<'de>>(kind: Text<'de>, map: &mut A) -> Result<Argument<'de>, A::Error> {
    let known = |numbers: Vec<_>| numbers.into_iter().map(Symbol::Known).collect();
    let names = |tensors: Vec<Named<'de>>| tensors.into_iter().map(|tensor| Some(tensor.name)).collect();
    Ok(match &*kind {
        "as_none" => {
            map.next_value::<IgnoredAny>()?;
            Argument::None
        }
        "as_tensor" => Argument::Tensor(map.next_value::<Named<'de>>()?.name),
        "as_tensors" => Argument::Tensors(names(map.next_value()?)),
        "as_nested_tensors" => {
            let lists: Vec<Vec<Named<'de>>> = map.next_value()?;
            Argument::Tensors(names(lists.into_iter().flatten().collect()))
        }
        "as_optional_tensor" => match map.next_value::<OptionalTensor<'de>>()?.name() {
            Some(name) => Argument::Tensor(name),
            None => Argument::None,
        },
        "as_optional_tensors" => {
            let tensors: Vec<OptionalTensor<'de>> = map.next_value()?;
            Argument::Tensors(tensors.into_iter().map(OptionalTensor::name).collect())
        }
        "as_int" => Argument::Int(Symbol::Known(map.next_value()?)),
        "as_sym_int" => Argument::Int(map.next_value()?),
        "as_ints" => {
            let numbers: Vec<i64> = map.next_value()?;
            Argument::Ints(numbers.into_iter().map(Symbol::Known).collect())
        }
        "as_sym_ints" => Argument::Ints(map.next_value()?),
        "as_float" => Argument::Float(Symbol::Known(map.next_value()?)),
        "as_sym_float" => Argument::Float(map.next_value()?),
        "as_floats" => Argument::Floats(known(map.next_value()?)),
        "as_sym_floats" => Argument::Floats(map.next_value()?),
        "as_bool" => Argument::Bool(Symbol::Known(map.next_value()?)),
        "as_sym_bool" => Argument::Bool(map.next_value()?),
        "as_bools" => {
            let values: Vec<bool> = map.next_value()?;
            Argument::Bools(values.into_iter().map(Symbol::Known).collect())
        }
        "as_sym_bools" => Argument::Bools(map.next_value()?),
        "as_string" => Argument::Text(map.next_value()?),
        "as_graph" => Argument::Graph(map.next_value()?),
        // The arguments of a kernel: its tensors are read like those of a list.
        "as_string_to_argument" => {
            let arguments: HashMap<Text<'de>, Argument<'de>> = map.next_value()?;
            Argument::Tensors(arguments.into_values().flat_map(tensors_of).collect())
        }
        _ => {
            map.next_value::<IgnoredAny>()?;
            Argument::Other(kind)
        }
    })
}

fn tensors_of(argument: Argument<'_>) -> Vec<Option<Text<'_>>> {
    match argument {
        Argument::Tensor(name) => vec![Some(name)],
        Argument::Tensors(names) => names,
        _ => Vec::new(),
    }
}
