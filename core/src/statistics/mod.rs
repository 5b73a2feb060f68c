//! Statistics over models: means, correlations and their confidence intervals.
//!
//! Input: numbers, one for each model, image or neuron. Output: a statistic of them with its interval. Read
//! [`Bootstrap`] first.

mod bootstrap;
mod correlation;
mod mean;
mod median;
mod random;

pub use bootstrap::{Bootstrap, Interval, draw};
pub use correlation::partial_of;
pub use correlation::{Order, correlation, mid_ranks, partial, pearson, spearman};
pub(crate) use correlation::{is_constant, mean};
pub use mean::Mean;
pub use median::median;
pub use random::{below, generator, shuffle};
