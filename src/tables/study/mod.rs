//! The paper's tables of results, made from the results of any study.

mod correlation_text;
mod correlations;
mod frames;
mod gain_text;
mod options;
mod performance_gain;
mod seeds;

#[cfg(test)]
mod tests;

pub use correlations::{CorrelationSubset, Correlations, Estimate, Unit, correlations};
pub use frames::{correlation_frame, gain_frame};
pub use options::TableOptions;
pub use performance_gain::{BestRecurrent, GainRow, PerformanceGain, performance_gain};
