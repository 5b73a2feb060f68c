//! Statistics over models: means, correlations and how sure they are.

mod bootstrap;
mod correlation;
mod mean;
mod median;

pub use bootstrap::{Bootstrap, Interval, draw};
pub(crate) use correlation::partial_of;
pub use correlation::{Order, mid_ranks, partial, pearson, spearman};
pub use mean::Mean;
pub use median::median;
