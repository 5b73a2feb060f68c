//! Predicted responses to images, and how well they are those that were recorded: what `pathscope predict` and `pathscope
//! evaluate` do, whatever computes the network.
//!
//! A [`Predictor`] computes. All else is the same for every one: [`arguments`], how images are read and checked, what is
//! written. Data flows [`ModelFile`] → [`Predictor`] → [`predict()`] or [`evaluate()`].
//!
//! In come a model and images, out come predictions and scores. Read [`Predictor`] first.

pub mod arguments;
mod engine;
mod error;
mod evaluate;
mod images;
mod measure;
mod model_file;
mod predict;
mod predictor;
mod report;

pub use engine::Engine;
pub use error::PredictionError;
pub use evaluate::evaluate;
pub use images::read_images;
pub use measure::{Evaluated, measure, score};
pub use model_file::ModelFile;
pub use predict::predict;
pub use predictor::{InputStatistics, Predictor, Problem};
pub use report::write_evaluation;
