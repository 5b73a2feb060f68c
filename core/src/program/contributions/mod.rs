//! Contributions: what paths bring to the outputs of a program, exactly (DESIGN §8).
//!
//! With its nonlinearities fixed to what they are for one image, a network is a sum over its paths. Every value is
//! carried through the program in parts: what paths of each grade (mostly: each length) bring to it, and what begins
//! at biases and other sources. The work grows with the number of grades and not with that of paths.
//!
//! In: a program, where its paths begin and end ([`Traced`](super::tracing::Traced)), what tells paths apart
//! ([`Grades`]), images. Out: for every output the part of each grade, or the linear filters that its paths are. Read
//! `linearize.rs` first, which says what every operation becomes, then `forward.rs`.

mod adjoint;
mod apart;
mod baseline;
mod batch;
mod broadcast;
mod convolutions;
mod error;
mod flow;
mod forward;
mod gates;
mod grades;
mod linear;
mod linearize;
mod maps;
mod normalizations;
mod parts;
mod paths;
mod products;
mod slopes;
mod steps;
#[cfg(test)]
mod tests;
mod together;
mod views;

pub use adjoint::Filters;
pub use baseline::AtStart;
pub use batch::Batch;
pub use error::ContributionError;
pub use forward::Contributor;
pub use grades::{Advance, Grade, Grades};
pub use paths::following;

use serde::Serialize;
use std::fmt;

/// By which factor a smooth nonlinearity is taken to multiply its input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// (f(a) - f(0))/a: the line from f(0) to f(a).
    #[default]
    Secant,
    /// f'(a): the line that touches f at a.
    Tangent,
}

impl Gate {
    /// Returns the name used on the command line and in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secant => "secant",
            Self::Tangent => "tangent",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
