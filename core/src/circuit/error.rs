//! Errors of circuits.

use super::MAX_UNROLLED_NODES;
use thiserror::Error;

/// The reason why a circuit cannot be unrolled.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CircuitError {
    /// There is no iteration: T = 0 or T' = 0.
    #[error("{what} has 0 iterations, expected at least 1")]
    NoIterations {
        /// The circuit or the block.
        what: String,
    },
    /// There are too many iterations: T' > T.
    #[error("block {block} computes {found} iterations, but the circuit has only {expected}")]
    TooManyIterations {
        /// The block.
        block: String,
        /// T
        expected: usize,
        /// T'
        found: usize,
    },
    /// The circuit has no block.
    #[error("the circuit has no recurrent block")]
    NoBlocks,
    /// A number that stands for no block.
    #[error(
        "{what} names block {found}, but the blocks are numbered 2 to {last} (1 is the input, which nothing ends at)"
    )]
    UnknownBlock {
        /// The part of the circuit that names it.
        what: String,
        /// The number.
        found: usize,
        /// The last number there is.
        last: usize,
    },
    /// Blocks that need each other's output at the same iteration.
    #[error("the connections {} form a cycle without delay, which no order of evaluation can satisfy: give one of them a delay of 1", .cycle.join(" -> "))]
    CycleWithoutDelay {
        /// The names of the blocks on it; the first is repeated at the end.
        cycle: Vec<String>,
    },
    /// The readout sees nothing of the input.
    #[error(
        "no path leads from the input to block {block}, which the readout sees, within {iterations} {}{}",
        if *.iterations == 1 { "iteration" } else { "iterations" },
        .enough.map_or_else(
            || ": see what its connections come from and at which iterations they are active".to_owned(),
            |enough| format!(": {enough} are enough (`iterations` in the layout file, or --iterations {enough})"),
        )
    )]
    NoPath {
        /// The block read from.
        block: String,
        /// T
        iterations: usize,
        /// The smallest T that has a path, where there is one.
        enough: Option<usize>,
    },
    /// A normalization for each path on a connection.
    #[error("{connection} has a normalization for each path, which only blocks can have")]
    PerPathOnConnection {
        /// The name of the connection.
        connection: String,
    },
    /// A factor that is not a finite number.
    #[error("{connection} has the factor {found}, expected a finite number")]
    Factor {
        /// The name of the connection.
        connection: String,
        /// The factor.
        found: String,
    },
    /// The groups are zero, or a connection without a convolution has settings of one.
    #[error("{connection} {problem}")]
    Kernel {
        /// The name of the connection.
        connection: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The ablation leaves nothing.
    #[error("removing the paths of lengths {removed:?} leaves none: the circuit has lengths {lengths:?}")]
    NothingLeft {
        /// The lengths that were to be removed.
        removed: Vec<usize>,
        /// The lengths that there are.
        lengths: Vec<usize>,
    },
    /// The normalization of single paths outside a multi-path model.
    #[error("block {block} has a normalization for each path, which only a multi-path model can have")]
    PerPathWithoutMultiPath {
        /// The block.
        block: String,
    },
    /// The unrolled circuit would have more nodes than [`MAX_UNROLLED_NODES`].
    #[error(
        "unrolled over {iterations} iterations the circuit has more than {MAX_UNROLLED_NODES} components: reduce the number of iterations"
    )]
    TooLarge {
        /// T
        iterations: usize,
    },
    /// Paths that are too long, or of too many lengths, to be weighed.
    #[error(
        "unrolled over {iterations} iterations the circuit has too many lengths of path to be weighed: already at iteration {at} there are {lengths}, up to {longest} convolutions: reduce the number of iterations"
    )]
    TooLong {
        /// T
        iterations: usize,
        /// The iteration at which it is too much.
        at: usize,
        /// The most convolutions on a path until then.
        longest: usize,
        /// Lengths until then.
        lengths: usize,
    },
}
