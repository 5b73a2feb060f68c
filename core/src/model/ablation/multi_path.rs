//! The circuit of the multi-path model that is equivalent to a recurrent one.

use crate::circuit::{Circuit, CircuitError, Connection, MultiPath, Normalization, UnknownName, Word};
use crate::graph::unroll::UnrolledCircuit;
use crate::paths::lengths::totals_by_length;
use crate::paths::strength::Strengths;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

/// Whether the paths of a multi-path model share their batch normalizations (paper, appendix E).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum PathNormalization {
    /// Every path has its own normalizations, which the paper found to perform much better.
    #[default]
    PerPath,
    /// All paths share the normalizations of the recurrent model.
    Shared,
}

impl PathNormalization {
    /// Returns the name used on the command line and in files: `per-path` or `shared`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Word for PathNormalization {
    const WHAT: &'static str = "normalization of paths";
}

/// The reason why a circuit has no multi-path model.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultiPathError {
    /// The circuit already is a multi-path model.
    #[error("it is a multi-path model already: give the recurrent model that it was made from")]
    Already,
    /// The circuit normalizes on a connection, where paths cannot have layers of their own.
    #[error(
        "{connection} has a normalization of its own, which cannot be copied for each path: share all normalizations (--bn shared)"
    )]
    ConnectionNormalization {
        /// The name of the connection.
        connection: String,
    },
    /// The circuit cannot be unrolled, or no path is left.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
}

/// Returns the circuit of a recurrent circuit's multi-path model (Fig. 4b) without the paths of the lengths
/// `removed`. If no lengths are removed, it is the full model.
///
/// # Errors
///
/// [`MultiPathError::Already`]; [`MultiPathError::Circuit`] if no path is left.
///
/// # Complexity
///
/// That of [`UnrolledCircuit::new`]. If each path has its own normalizations, this is the sum of the lengths
/// of all paths.
///
/// # Examples
///
/// ```
/// use pathscope_core::model::ablation::{PathNormalization, multi_path};
/// use pathscope_core::circuit::Circuit;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let recurrent = Circuit::of_recurrent_blocks(1, 7);
/// let full = multi_path(&recurrent, &[].into(), PathNormalization::PerPath)?;
/// assert_eq!(UnrolledCircuit::new(&full)?.paths().count(), 28);
/// let ablated = multi_path(&recurrent, &[1, 2, 3].into(), PathNormalization::PerPath)?;
/// assert_eq!(UnrolledCircuit::new(&ablated)?.paths().count(), 4 + 3 + 2 + 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn multi_path(
    circuit: &Circuit,
    removed: &BTreeSet<usize>,
    normalization: PathNormalization,
) -> Result<Circuit, MultiPathError> {
    multi_path_unrolled(circuit, removed, normalization).map(|(circuit, _)| circuit)
}

/// Returns the multi-path circuit and the number of components of its unrolled form.
pub fn multi_path_unrolled(
    circuit: &Circuit,
    removed: &BTreeSet<usize>,
    normalization: PathNormalization,
) -> Result<(Circuit, usize), MultiPathError> {
    if circuit.multi_path.is_some() {
        return Err(MultiPathError::Already);
    }
    let mut paths = circuit.clone();
    paths.multi_path = Some(MultiPath { lengths_removed: removed.clone() });
    if normalization == PathNormalization::PerPath {
        let normalized = |connection: &Connection| connection.normalization != Normalization::None;
        if let Some(index) = circuit.connections.iter().position(normalized) {
            let connection = circuit.connection_name(index).to_string();
            return Err(MultiPathError::ConnectionNormalization { connection });
        }
        for block in paths.blocks.iter_mut().filter(|block| block.normalization != Normalization::None) {
            block.normalization = Normalization::PerPath;
        }
    }
    let components = UnrolledCircuit::new(&paths)?.graph().node_count();
    Ok((paths, components))
}

/// Returns the lengths of a circuit's paths, in convolutions.
///
/// # Errors
///
/// The errors of [`UnrolledCircuit::new`].
///
/// # Complexity
///
/// As for [`totals_by_length`], regardless of the number of paths.
///
/// # Examples
///
/// ```
/// use pathscope_core::model::ablation::lengths_of;
/// use pathscope_core::circuit::Circuit;
///
/// assert_eq!(lengths_of(&Circuit::of_recurrent_blocks(2, 3))?, [2, 3, 4].into());
/// # Ok::<(), pathscope_core::circuit::CircuitError>(())
/// ```
pub fn lengths_of(circuit: &Circuit) -> Result<BTreeSet<usize>, CircuitError> {
    let unrolled = UnrolledCircuit::new(circuit)?;
    let every_path = vec![1.0; unrolled.graph().ends().len()];
    let totals =
        totals_by_length(unrolled.graph(), &Strengths::new(unrolled.components(), |_| 1.0), &[every_path]);
    Ok(totals[0].iter().map(|(length, _)| length).collect())
}
