//! What can be wrong between a checkpoint and its layout.

use crate::circuit::CircuitError;
use crate::files::checkpoint::CheckpointError;
use crate::files::documents::DocumentError;
use crate::model::operator_norm::OperatorNormError;
use std::fmt::{self, Write};
use std::path::PathBuf;
use thiserror::Error;

/// Why a checkpoint cannot be understood.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// The file itself.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// No known names.
    #[error("{}: its names belong to no layout known here: {}{}{hint}. Describe the model in a layout file: `pathscope layout template {} > my-model.toml` writes a start, and `--layout my-model.toml` uses it", .path.display(), .names.join(", "), if .total > &.names.len() { format!(" and {} more", .total - .names.len()) } else { String::new() }, .path.display())]
    Unrecognized {
        /// The checkpoint.
        path: PathBuf,
        /// Some of its names.
        names: Vec<String>,
        /// How many there are.
        total: usize,
        /// What may help; may be empty.
        hint: String,
    },
    /// A multi-path model whose removed lengths nothing says.
    #[error("{}: is a multi-path model, and which lengths of path it lacks is said in its {config} alone: put that beside it, or give it with --config", .path.display())]
    ConfigNeeded {
        /// The checkpoint.
        path: PathBuf,
        /// The name of the configuration.
        config: &'static str,
    },
    /// The layout file or the configuration cannot be read, or is something else.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The layout file or the configuration is malformed.
    #[error("{}: {detail}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        detail: String,
    },
    /// Tensors that are not as the layout says.
    #[error("{}: does not fit the layout {layout}:{}{}", .path.display(), list(.mismatches), .hint)]
    Mismatch {
        /// The checkpoint.
        path: PathBuf,
        /// The layout.
        layout: String,
        /// Every one.
        mismatches: Vec<TensorMismatch>,
        /// What may help, on a line of its own; may be empty.
        hint: String,
    },
    /// A configuration for a checkpoint that has none.
    #[error("{}: has not the names of the published family that {} would describe: leave --config out", .path.display(), .config.display())]
    ConfigUnused {
        /// The checkpoint.
        path: PathBuf,
        /// The configuration.
        config: PathBuf,
    },
    /// Two sources say different things.
    #[error("{}: {what} was given as {given}, but {by} says {stated}: leave the flag out, or give the right file", .path.display())]
    Contradiction {
        /// The checkpoint.
        path: PathBuf,
        /// What is in question.
        what: &'static str,
        /// What the user gave.
        given: String,
        /// What is stated.
        stated: String,
        /// Where.
        by: String,
    },
    /// Neither the checkpoint nor the user says it.
    #[error("{}: does not say the number of iterations: give it with --iterations", .path.display())]
    IterationsUnknown {
        /// The checkpoint or layout file.
        path: PathBuf,
    },
    /// The circuit cannot be unrolled.
    #[error("{}: {source}", .path.display())]
    Circuit {
        /// The file that describes it.
        path: PathBuf,
        /// Why.
        source: CircuitError,
    },
    /// A weight that no strength can be computed from.
    #[error("{}: tensor {tensor} has {found} at [{}], expected {expected}: the model was not trained to the end, or the file is damaged", .path.display(), .index.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    BadNumber {
        /// The checkpoint.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Where in it.
        index: Vec<usize>,
        /// The number.
        found: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// A convolution whose operator norm cannot be computed.
    #[error("{}: tensor {tensor}: {source}; --conv-strength kernel-norm needs none of this", .path.display())]
    OperatorNorm {
        /// The checkpoint.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Why.
        source: OperatorNormError,
    },
    /// A strength too large for a double.
    #[error("{}: the strength of {component} is {strength}: its weights are too large, or its running variance and epsilon are both 0", .path.display())]
    BadStrength {
        /// The checkpoint.
        path: PathBuf,
        /// The component.
        component: String,
        /// What came out.
        strength: f64,
    },
}

/// A tensor that is not as the layout says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TensorMismatch {
    /// It is not there.
    Missing {
        /// Its name.
        name: String,
        /// The role that it is named for.
        role: String,
        /// The shape it should have, where that is known.
        expected: Option<Vec<usize>>,
        /// The name in the checkpoint that is most like it, and its shape.
        nearest: Option<(String, Vec<usize>)>,
        /// The line and column at which the layout file names it.
        named_at: Option<(usize, usize)>,
    },
    /// The tensor is a part of an effective kernel, or an effective kernel of which a part is missing.
    Refused {
        /// Its name.
        name: String,
        /// The role that it is named for.
        role: String,
        /// Why it cannot be used, and what to do.
        reason: String,
        /// The line and column at which the layout file names it.
        named_at: Option<(usize, usize)>,
    },
    /// It is there, but the layout has no place for it.
    Unexpected {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Its shape fits nothing.
    Shape {
        /// Its name.
        name: String,
        /// The role that it is named for.
        role: String,
        /// The shape it has.
        found: Vec<usize>,
        /// What it should be.
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

/// At most this many are listed one by one.
pub(super) const LISTED: usize = 20;

fn list(mismatches: &[TensorMismatch]) -> String {
    let mut text: String = mismatches.iter().take(LISTED).map(|mismatch| format!("\n  {mismatch}")).collect();
    if mismatches.len() > LISTED {
        let _ = write!(text, "\n  and {} more", mismatches.len() - LISTED);
    }
    text
}
