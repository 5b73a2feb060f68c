//! Predicted responses to images, and their agreement with recorded responses, for any engine.
//!
//! A [`Predictor`] computes the network. All engines share the rest: the reading and checking of images, and the scores.
//! Data flows [`ModelFile`] → [`Predictor`] → [`OpenedImages`] or [`OpenedData`].
//!
//! In come a model and images, out come predictions and scores. Read [`Predictor`] first.

mod engine;
mod error;
mod given;
mod images;
mod measure;
mod model_file;
mod opened_data;
mod predictor;
mod report;

pub use engine::Engine;
pub use error::PredictionError;
pub use given::GivenPredictions;
pub use images::{OpenedImages, read_images};
pub use measure::{Evaluated, ScoreOptions, Scored, measure, score};
pub use model_file::ModelFile;
pub use opened_data::{EvaluationOptions, OpenedData};
pub use predictor::{InputStatistics, Predictor, Problem};
pub use report::{evaluation_text, scores_csv, write_evaluation};
