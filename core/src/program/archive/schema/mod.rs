//! The parts of an archive's JSON documents that are read.
//!
//! Fields that are not listed here are skipped, such as `stack_trace`.

mod argument;
mod expression;

pub(super) use argument::{Argument, Symbol};

use super::text::Text;
use crate::files::checkpoint::ElementType;
use crate::program::Extent;
use expression::Expression;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// The supported major version of the format.
pub(super) const MAJOR: u64 = 8;

/// The version of a document, which determines whether the rest can be read.
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

/// The kind of a graph's input: one of these, or anything that holds no tensor.
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

/// The kind of a graph's output: one of these, or a change to a buffer or an input.
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

/// A size, which may be known only when the program runs.
#[derive(Deserialize)]
pub(super) enum Size {
    #[serde(rename = "as_expr")]
    Expression(Expression),
    #[serde(rename = "as_int")]
    Known(i64),
}

impl Size {
    pub(super) fn extent(&self) -> Extent {
        match self {
            Self::Expression(expression) => expression.extent,
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

/// The type of a weight and the place of its elements.
#[derive(Deserialize)]
pub(super) struct StoredMeta {
    pub(super) dtype: u32,
    pub(super) sizes: Vec<Size>,
    pub(super) strides: Vec<Size>,
    pub(super) storage_offset: Size,
    pub(super) layout: u32,
}

/// The layout of tensors with strides.
pub(super) const STRIDED: u32 = 7;

/// Returns the element type for its number in the format.
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
