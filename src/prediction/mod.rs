//! Predicted responses to images, and their agreement with recorded responses: the commands `pathscope
//! predict` and `pathscope evaluate`, for any engine.
//!
//! A [`Predictor`] computes the network. All engines share the rest: [`arguments`], the reading and checking
//! of images, and the output. Data flows [`ModelFile`] → [`Predictor`] → [`predict()`] or [`evaluate()`].
//!
//! In come a model and images, out come predictions and scores. Read [`Predictor`] first.

pub mod arguments;
mod engine;
mod error;
mod evaluate;
mod images;
mod measure;
mod model_file;
mod opened_data;
mod predict;
mod predictor;
mod report;

pub use engine::Engine;
pub use error::PredictionError;
pub use evaluate::evaluate;
pub use images::read_images;
pub use measure::{Evaluated, measure, score};
pub use model_file::ModelFile;
pub use opened_data::{EvaluationOptions, OpenedData};
pub use predict::predict;
pub use predictor::{InputStatistics, Predictor, Problem};
pub use report::write_evaluation;
