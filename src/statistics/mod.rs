//! Statistics over models: means, correlations and how sure they are.

mod bootstrap;
mod correlation;
mod mean;

pub use bootstrap::{Bootstrap, Interval, draw};
pub use correlation::{mid_ranks, partial, pearson, spearman};
pub use mean::Mean;
