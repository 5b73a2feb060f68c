//! Errors of matching a checkpoint with its layout.

use crate::circuit::CircuitError;
use crate::files::checkpoint::CheckpointError;
use crate::files::documents::DocumentError;
use crate::model::operator_norm::OperatorNormError;
use std::fmt::{self, Write};
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a checkpoint cannot be interpreted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// The file cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The tensor names match no layout.
    #[error("{}: its tensor names match no known layout: {}{}{hint}. Describe the model in a layout file: `pathscope layout template {} > my-model.toml` writes a start, and `--layout my-model.toml` uses it", .path.display(), .names.join(", "), if .total > &.names.len() { format!(" and {} more", .total - .names.len()) } else { String::new() }, .path.display())]
    Unrecognized {
        /// The checkpoint.
        path: PathBuf,
        /// Some of its names.
        names: Vec<String>,
        /// The total number of names.
        total: usize,
        /// Advice; may be empty.
        hint: String,
    },
    /// The removed lengths of a multi-path model are unknown.
    #[error("{}: is a multi-path model, and only its {config} tells which path lengths are removed: put that file beside it, or give it with --config", .path.display())]
    ConfigNeeded {
        /// The checkpoint.
        path: PathBuf,
        /// The name of the configuration.
        config: &'static str,
    },
    /// The layout file or the configuration cannot be read, or is of another kind.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The layout file or the configuration is malformed.
    #[error("{}: {detail}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
    /// Some tensors do not match the layout.
    #[error("{}: does not fit the layout {layout}:{}{}", .path.display(), list(.mismatches), .hint)]
    Mismatch {
        /// The checkpoint.
        path: PathBuf,
        /// The layout.
        layout: String,
        /// All mismatches.
        mismatches: Vec<TensorMismatch>,
        /// Advice on a separate line; may be empty.
        hint: String,
    },
    /// A configuration was given for a checkpoint that has none.
    #[error("{}: does not have the names of the published family that {} describes: leave --config out", .path.display(), .config.display())]
    ConfigUnused {
        /// The checkpoint.
        path: PathBuf,
        /// The configuration.
        config: PathBuf,
    },
    /// Two sources contradict each other.
    #[error("{}: {what} was given as {given}, but {by} says {stated}: leave the flag out, or give the right file", .path.display())]
    Contradiction {
        /// The checkpoint.
        path: PathBuf,
        /// The property in question.
        what: &'static str,
        /// The value given by the user.
        given: String,
        /// The value stated elsewhere.
        stated: String,
        /// The source of that value.
        by: String,
    },
    /// Neither the checkpoint nor the user states the number of iterations.
    #[error("{}: does not state the number of iterations: give it with --iterations", .path.display())]
    IterationsUnknown {
        /// The checkpoint or layout file.
        path: PathBuf,
    },
    /// The circuit cannot be unrolled.
    #[error("{}: {source}", .path.display())]
    Circuit {
        /// The file that describes it.
        path: PathBuf,
        /// The reason.
        source: CircuitError,
    },
    /// A weight has a value from which no strength can be computed.
    #[error("{}: tensor {tensor} has {found} at [{}], expected {expected}: the model was not trained to the end, or the file is damaged", .path.display(), .index.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    BadNumber {
        /// The checkpoint.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The index of the value.
        index: Vec<usize>,
        /// The value.
        found: f64,
        /// The expected value.
        expected: &'static str,
    },
    /// The operator norm of a convolution cannot be computed.
    #[error("{}: tensor {tensor}: {source}; --conv-strength kernel-norm avoids this", .path.display())]
    OperatorNorm {
        /// The checkpoint.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The reason.
        source: OperatorNormError,
    },
    /// A strength is too large for a double.
    #[error("{}: the strength of {component} is {strength}: its weights are too large, or its running variance and epsilon are both 0", .path.display())]
    BadStrength {
        /// The checkpoint.
        path: PathBuf,
        /// The component.
        component: String,
        /// The computed value.
        strength: f64,
    },
}

/// A tensor that does not match the layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TensorMismatch {
    /// The tensor does not exist.
    Missing {
        /// Its name.
        name: String,
        /// Its role.
        role: String,
        /// The expected shape, if known.
        expected: Option<Vec<usize>>,
        /// The most similar name in the checkpoint, and its shape.
        nearest: Option<(String, Vec<usize>)>,
        /// The line and column at which the layout file names it.
        named_at: Option<(usize, usize)>,
    },
    /// The tensor is a part of an effective kernel, or a kernel with a missing part.
    Refused {
        /// Its name.
        name: String,
        /// Its role.
        role: String,
        /// The reason why it cannot be used, and what to do.
        reason: String,
        /// The line and column at which the layout file names it.
        named_at: Option<(usize, usize)>,
    },
    /// The tensor exists, but the layout has no role for it.
    Unexpected {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// The tensor has an unexpected shape.
    Shape {
        /// Its name.
        name: String,
        /// Its role.
        role: String,
        /// The shape of the tensor.
        found: Vec<usize>,
        /// The expected shape.
        expected: String,
    },
}

impl fmt::Display for TensorMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name, role, expected, nearest, named_at } => {
                write!(f, "missing {name}")?;
                if let Some(shape) = expected {
                    write!(f, " {shape:?}")?;
                }
                place(f, role, *named_at)?;
                match nearest {
                    Some((nearest, shape)) => write!(f, "; the nearest is {nearest} {shape:?}"),
                    None => Ok(()),
                }
            }
            Self::Refused { name, role, reason, named_at } => {
                f.write_str(name)?;
                place(f, role, *named_at)?;
                write!(f, " cannot be used: {reason}")
            }
            Self::Unexpected { name, shape } => write!(f, "unexpected {name} {shape:?}"),
            Self::Shape { name, role, found, expected } => {
                write!(f, "{name} ({role}) has shape {found:?}, expected {expected}")
            }
        }
    }
}

fn place(f: &mut fmt::Formatter<'_>, role: &str, named_at: Option<(usize, usize)>) -> fmt::Result {
    write!(f, " ({role}")?;
    if let Some((line, column)) = named_at {
        write!(f, ", named in line {line}, column {column} of the layout file")?;
    }
    f.write_char(')')
}

/// The largest number of mismatches that are listed.
pub(super) const LISTED: usize = 20;

fn list(mismatches: &[TensorMismatch]) -> String {
    let mut text: String = mismatches.iter().take(LISTED).map(|mismatch| format!("\n  {mismatch}")).collect();
    if mismatches.len() > LISTED {
        let _ = write!(text, "\n  and {} more", mismatches.len() - LISTED);
    }
    text
}
