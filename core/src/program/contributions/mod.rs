//! The exact contributions of paths to the outputs of a program (DESIGN §8).
//!
//! With its nonlinearities fixed for one image, a network is a sum over its paths. Every value is carried
//! through the program in parts: one for the paths of each grade (usually each length), and one for biases
//! and other sources. The work grows with the number of grades rather than the number of paths.
//!
//! In come a program, the places where its paths begin and end ([`Traced`](super::tracing::Traced)), the
//! grades that group paths ([`Grades`]), and images. Out come the part of each grade in every output, or the
//! linear filters of the paths. Read `linearize.rs` first, which linearizes every operation, then
//! `forward.rs`.

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
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The factor by which a smooth nonlinearity multiplies its input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Gate {
    /// The slope of the secant from f(0) to f(a): (f(a) - f(0))/a.
    #[default]
    Secant,
    /// The slope of the tangent at a: f'(a).
    Tangent,
}

impl Gate {
    /// Returns the name used on the command line and in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
