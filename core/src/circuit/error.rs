//! Errors of circuits.

use super::MAX_UNROLLED_NODES;
use thiserror::Error;

/// The reason why a circuit cannot be unrolled.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CircuitError {
    /// The circuit or a block has no iterations: T = 0 or T' = 0.
    #[error("{what} has 0 iterations, expected at least 1")]
    NoIterations {
        /// The circuit or the block.
        what: String,
    },
    /// A block has more iterations than the circuit: T' > T.
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
    /// A block number does not exist.
    #[error(
        "{what} names block {found}, but the blocks are numbered 2 to {last} (1 is the input, where no connection can end)"
    )]
    UnknownBlock {
        /// The part of the circuit that names it.
        what: String,
        /// The number.
        found: usize,
        /// The largest block number.
        last: usize,
    },
    /// Some blocks need each other's output at the same iteration.
    #[error("the connections {} form a cycle without delay, which no order of evaluation can satisfy: give one of them a delay of 1", .cycle.join(" -> "))]
    CycleWithoutDelay {
        /// The names of the blocks on the cycle, with the first repeated at the end.
        cycle: Vec<String>,
    },
    /// No path leads from the input to the readout.
    #[error(
        "no path leads from the input to block {block}, which the readout sees, within {iterations} {}{}",
        if *.iterations == 1 { "iteration" } else { "iterations" },
        .enough.map_or_else(
            || ": check where its connections come from and at which iterations they are active".to_owned(),
            |enough| format!(": {enough} are enough (`iterations` in the layout file, or --iterations {enough})"),
        )
    )]
    NoPath {
        /// The block read from.
        block: String,
        /// T
        iterations: usize,
        /// The smallest T at which there is a path, if any.
        enough: Option<usize>,
    },
    /// A connection has a normalization for each path.
    #[error("{connection} has a normalization for each path, which only blocks can have")]
    PerPathOnConnection {
        /// The name of the connection.
        connection: String,
    },
    /// A factor is not a finite number.
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
        /// What is wrong with the connection.
        problem: &'static str,
    },
    /// The ablation removes every path.
    #[error("removing the paths of lengths {removed:?} leaves no path: the circuit has lengths {lengths:?}")]
    NothingLeft {
        /// The lengths to be removed.
        removed: Vec<usize>,
        /// The lengths of the circuit's paths.
        lengths: Vec<usize>,
    },
    /// A block has a normalization for each path, but the model is not a multi-path model.
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
    /// The paths are too long, or have too many lengths, to be analyzed.
    #[error(
        "unrolled over {iterations} iterations the circuit has too many path lengths to be analyzed: at iteration {at} there are already {lengths}, up to {longest} convolutions: reduce the number of iterations"
    )]
    TooLong {
        /// T
        iterations: usize,
        /// The iteration at which the limit is exceeded.
        at: usize,
        /// The most convolutions on a path up to that iteration.
        longest: usize,
        /// The number of lengths up to that iteration.
        lengths: usize,
    },
}
