//! The paper's tables of results, from the results of a study of one's own.

mod correlation_text;
mod correlations;
mod error;
mod frames;
mod gain_text;
mod models;
mod performance_gain;
mod seeds;

#[cfg(test)]
mod tests;

pub use correlations::{CorrelationSubset, Correlations, Estimate, Unit, correlations};
pub use error::StudyTableError;
pub use frames::{correlation_frame, gain_frame};
pub use models::{StudyModels, TableOptions};
pub use performance_gain::{BestRecurrent, GainRow, PerformanceGain, performance_gain};
