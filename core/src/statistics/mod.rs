//! Statistics over models: means, variances, medians, correlations and their confidence intervals.
//!
//! Input: numbers, one for each model, image or neuron. Output: a statistic of them with its interval. Read
//! [`Bootstrap`] first.

mod bootstrap;
mod correlation;
mod mean;
mod median;
mod random;

pub use bootstrap::{Bootstrap, Interval, draw};
pub(crate) use correlation::FEWEST;
pub use correlation::{Order, correlation, is_constant, mid_ranks, partial, partial_of, pearson, spearman};
pub(crate) use mean::squared_deviations;
pub use mean::{Mean, mean, variance};
pub use median::median;
pub use random::{below, generator, shuffle};
