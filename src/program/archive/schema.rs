//! The parts of the JSON documents in an archive that are read.
//!
//! Whatever has no field here is skipped, `stack_trace` among it.

use super::text::Text;
use crate::checkpoint::ElementType;
use crate::program::Extent;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

/// The major version of the format.
pub(super) const MAJOR: u64 = 8;

/// The version of a document, which says whether the rest can be read.
#[derive(Deserialize)]
pub(super) struct Versioned {
    pub(super) schema_version: SchemaVersion,
}

/// The document of a program.
#[derive(Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow)]
    pub(super) graph_module: GraphModule<'a>,
    pub(super) schema_version: SchemaVersion,
    #[serde(borrow)]
    pub(super) torch_version: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct SchemaVersion {
    pub(super) major: u64,
    pub(super) minor: u64,
}

#[derive(Deserialize)]
pub(super) struct GraphModule<'a> {
    #[serde(borrow)]
    pub(super) graph: Graph<'a>,
    #[serde(borrow)]
    pub(super) signature: Signature<'a>,
}

/// A graph, whose long parts are read one element at a time.
#[derive(Deserialize)]
pub(super) struct Graph<'a> {
    #[serde(borrow)]
    pub(super) inputs: Vec<Argument<'a>>,
    #[serde(borrow)]
    pub(super) outputs: Vec<Argument<'a>>,
    #[serde(borrow)]
    pub(super) nodes: &'a RawValue,
    #[serde(borrow)]
    pub(super) tensor_values: &'a RawValue,
    #[serde(borrow, default)]
    pub(super) sym_int_values: HashMap<Text<'a>, Size>,
}

#[derive(Deserialize)]
pub(super) struct Signature<'a> {
    #[serde(borrow)]
    pub(super) input_specs: Vec<InputSpec<'a>>,
    #[serde(borrow)]
    pub(super) output_specs: Vec<OutputSpec<'a>>,
}

/// What an input of the graph is: one of these, or nothing that holds a tensor.
#[derive(Deserialize)]
pub(super) struct InputSpec<'a> {
    #[serde(borrow)]
    pub(super) user_input: Option<UserValue<'a>>,
    #[serde(borrow)]
    pub(super) parameter: Option<Parameter<'a>>,
    #[serde(borrow)]
    pub(super) buffer: Option<Buffer<'a>>,
    #[serde(borrow)]
    pub(super) tensor_constant: Option<Constant<'a>>,
}

/// What an output of the graph is: one of these, or a change to a buffer or an input.
#[derive(Deserialize)]
pub(super) struct OutputSpec<'a> {
    #[serde(borrow)]
    pub(super) user_output: Option<UserValue<'a>>,
    #[serde(borrow)]
    pub(super) loss_output: Option<Loss<'a>>,
}

#[derive(Deserialize)]
pub(super) struct UserValue<'a> {
    #[serde(borrow)]
    pub(super) arg: Argument<'a>,
}

#[derive(Deserialize)]
pub(super) struct Loss<'a> {
    #[serde(borrow)]
    pub(super) arg: Named<'a>,
}

#[derive(Deserialize)]
pub(super) struct Parameter<'a> {
    #[serde(borrow)]
    pub(super) arg: Named<'a>,
    #[serde(borrow)]
    pub(super) parameter_name: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Buffer<'a> {
    #[serde(borrow)]
    pub(super) arg: Named<'a>,
    #[serde(borrow)]
    pub(super) buffer_name: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Constant<'a> {
    #[serde(borrow)]
    pub(super) arg: Named<'a>,
    #[serde(borrow)]
    pub(super) tensor_constant_name: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
}

/// An operation.
#[derive(Deserialize)]
pub(super) struct Node<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) target: Text<'a>,
    #[serde(borrow)]
    pub(super) inputs: Vec<NamedArgument<'a>>,
    #[serde(borrow)]
    pub(super) outputs: Vec<Argument<'a>>,
    #[serde(borrow)]
    pub(super) metadata: Metadata<'a>,
}

#[derive(Deserialize)]
pub(super) struct NamedArgument<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) arg: Argument<'a>,
}

#[derive(Deserialize)]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub(super) nn_module_stack: Option<Text<'a>>,
}

/// An argument of an operation, or what it gives.
pub(super) enum Argument<'a> {
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
    /// Something of which only the kind is read.
    Other(Text<'a>),
}

#[derive(Deserialize)]
pub(super) struct NamedGraph<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) graph: &'a RawValue,
}

/// A number, or the name of one that is known only when the program runs.
#[derive(Deserialize)]
pub(super) enum Symbol<'a, T> {
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

/// A floating-point number; those that JSON lacks are written as texts.
pub(super) struct Number(pub(super) f64);

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

/// Reads the content of an argument of that kind.
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
        // What a kernel is called with: its tensors are read like those of a list.
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

/// A size, which may be known only when the program runs.
#[derive(Deserialize)]
pub(super) enum Size {
    #[serde(rename = "as_expr")]
    Expression(IgnoredAny),
    #[serde(rename = "as_int")]
    Known(i64),
}

impl Size {
    pub(super) fn extent(&self) -> Extent {
        match self {
            Self::Expression(_) => Extent::Symbolic,
            Self::Known(number) => Extent::Known(*number),
        }
    }
}

/// The type of a value.
#[derive(Deserialize)]
pub(super) struct TensorMeta {
    pub(super) dtype: u32,
    pub(super) sizes: Vec<Size>,
}

/// The entry that lists weights or constants.
#[derive(Deserialize)]
pub(super) struct PayloadConfig<'a> {
    #[serde(borrow)]
    pub(super) config: HashMap<Text<'a>, Payload<'a>>,
}

/// A weight or constant.
#[derive(Deserialize)]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    pub(super) path_name: Text<'a>,
    pub(super) use_pickle: bool,
    pub(super) tensor_meta: Option<StoredMeta>,
}

/// The type of a weight, and where its elements are.
#[derive(Deserialize)]
pub(super) struct StoredMeta {
    pub(super) dtype: u32,
    pub(super) sizes: Vec<Size>,
    pub(super) strides: Vec<Size>,
    pub(super) storage_offset: Size,
    pub(super) layout: u32,
}

/// The layout of tensors whose elements lie in strides.
pub(super) const STRIDED: u32 = 7;

/// Returns the type of elements that a number of the format stands for.
pub(super) fn element_type(number: u32) -> ElementType {
    const NAMES: [(u32, &str); 21] = [
        (1, "uint8"),
        (2, "int8"),
        (3, "int16"),
        (4, "int32"),
        (5, "int64"),
        (6, "float16"),
        (7, "float32"),
        (8, "float64"),
        (9, "complex32"),
        (10, "complex64"),
        (11, "complex128"),
        (12, "bool"),
        (13, "bfloat16"),
        (28, "uint16"),
        (29, "float8_e4m3fn"),
        (30, "float8_e5m2"),
        (31, "float8_e4m3fnuz"),
        (32, "float8_e5m2fnuz"),
        (33, "float8_e8m0fnu"),
        (34, "uint32"),
        (35, "uint64"),
    ];
    let name = NAMES.iter().find(|row| row.0 == number).map(|row| row.1);
    name.and_then(ElementType::of_name).unwrap_or(ElementType::Other("unknown"))
}
