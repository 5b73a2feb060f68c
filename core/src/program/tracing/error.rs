//! The errors of following a program's paths.

use crate::program::Operation;
use std::fmt;
use thiserror::Error;

/// An operation, as it is named in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationName {
    /// Its name in the program, such as `conv2d_3`.
    pub name: String,
    /// Its target, such as `aten.conv2d.default`.
    pub target: String,
    /// The path of the innermost module that contains it; empty for the model itself.
    pub module: String,
}

impl OperationName {
    /// Returns the name of an operation.
    pub(in crate::program) fn of(operation: &Operation) -> Self {
        Self {
            name: operation.name.clone(),
            target: operation.target.to_string(),
            module: operation.module().to_owned(),
        }
    }
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, target, module } = self;
        match module.as_str() {
            "" => write!(f, "{name} ({target}) in the model itself"),
            module => write!(f, "{name} ({target}) in module {module}"),
        }
    }
}

/// The reasons why the paths of a program cannot be followed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceError {
    /// No rule is known for an operation.
    #[error(
        "a path leads through operation {0}, for which pathscope has no rule: end the paths before it with --to MODULE, begin them after it with --from MODULE, or write that part of the model with other operations"
    )]
    UnknownOperation(OperationName),
    /// Control flow depends on the data.
    #[error(
        "a path leads through operation {0}, which decides by the data what is done next, so the program has no single graph: export the model with the branch or the number of steps fixed"
    )]
    ControlFlow(OperationName),
    /// In a product of two values of the image, not exactly one is a gate.
    #[error(
        "operation {operation} multiplies two values that depend on the image, {} and {}, and {}: say which one gates the other with --gate NAME, where NAME is one of these two or a module",
        .factors[0], .factors[1],
        if *.both { "both could be gates" } else { "neither is a sigmoid or another function that gates" }
    )]
    TwoFactors {
        /// The product.
        operation: OperationName,
        /// The names of its factors.
        factors: [String; 2],
        /// Whether both gate, rather than neither.
        both: bool,
    },
    /// A layer is in training mode.
    #[error(
        "operation {0} is in training mode, in which the result for one image depends on the others: export the model again after model.eval()"
    )]
    TrainingMode(OperationName),
    /// The parameters of a layer depend on the image.
    #[error(
        "operation {operation} takes its {argument} from the image, so it has no single strength: end the paths before it with --to MODULE, or begin them after it with --from MODULE"
    )]
    ComputedParameter {
        /// The layer.
        operation: OperationName,
        /// The argument that depends on the image, such as `weight`.
        argument: String,
    },
    /// An operation lacks a required argument.
    #[error(
        "operation {operation} has no {argument} that can be read: export the model again with PyTorch 2.9 or later"
    )]
    Argument {
        /// The operation.
        operation: OperationName,
        /// The argument.
        argument: String,
    },
    /// An in-place change affects a tensor that may share its memory with another.
    #[error(
        "operation {0} changes a tensor in place that may share its memory with another, and that one is read afterwards: in the model's code, write it without the change in place, or export.run_decompositions() the program first"
    )]
    ChangedInPlace(OperationName),
    /// There are too many nodes and pieces.
    #[error(
        "up to operation {0}, the program puts together and takes apart more values than pathscope follows: end the paths earlier with --to MODULE"
    )]
    TooManyPlaces(OperationName),
    /// It is unknown which paths lead to a part or a mean of a value.
    #[error(
        "operation {0} takes a part or a mean of values that different paths lead to, and it cannot be told which of them lead to what it gives: in the model's code, index, slice or average them along the axis along which they were stacked or concatenated, or end the paths before it with --to MODULE"
    )]
    UnclearPlace(OperationName),
    /// The module does not exist.
    #[error("there is no module {name}{}", or_nearest(.nearest))]
    NoSuchModule {
        /// The requested name.
        name: String,
        /// The most similar names of modules.
        nearest: Vec<String>,
    },
    /// The gate does not exist.
    #[error("there is no module or operation {name} that could gate{}", or_nearest(.nearest))]
    NoSuchGate {
        /// The requested name.
        name: String,
        /// The most similar names of modules and operations.
        nearest: Vec<String>,
    },
    /// The input does not exist.
    #[error("there is no input {name}{}", or_nearest(.nearest))]
    NoSuchInput {
        /// The requested name or number.
        name: String,
        /// The available inputs.
        nearest: Vec<String>,
    },
    /// The output does not exist.
    #[error("there is no output {index}: the model returns {count}, counted from 0")]
    NoSuchOutput {
        /// The requested index.
        index: usize,
        /// The number of outputs.
        count: usize,
    },
    /// The module does nothing in evaluation mode.
    #[error(
        "module {0} performs no operation in this program, so no path can begin or end there: choose the module before or after it"
    )]
    IdleModule(String),
    /// The model has no tensor among its inputs or outputs.
    #[error(
        "the program has no {0} that is a tensor: export a model that takes an image and returns numbers"
    )]
    NoEnd(&'static str),
    /// The result of a module or an output is the same for every image.
    #[error(
        "the result of {0} does not depend on the input, so no path can begin or end there: choose other ends with --from, --to, --input or --output"
    )]
    ConstantEnd(String),
    /// No path joins the ends.
    #[error(
        "no path leads from {from} to {to}: {to} does not depend on it, or only through gates. Choose other ends with --from, --to, --input or --output"
    )]
    NoPath {
        /// The place where paths should begin.
        from: String,
        /// The place where they should end.
        to: String,
    },
}

fn or_nearest(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; the nearest names are {}", names.join(", ")),
    }
}

impl TraceError {
    /// Returns whether the error is in a name or number given by the user.
    pub fn is_of_settings(&self) -> bool {
        matches!(
            self,
            Self::NoSuchModule { .. }
                | Self::NoSuchGate { .. }
                | Self::NoSuchInput { .. }
                | Self::NoSuchOutput { .. }
                | Self::IdleModule(_)
        )
    }
}
