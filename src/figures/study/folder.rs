//! A folder with all figures of a study.

use super::{FigureNumber, Study, StudyFigure, StudyFigureError, StudyFigureProblem};
use crate::study::results::{Input, PathMeasure, SelectionError, UnknownDataset};
use pathscope_core::data::scores::Score;
use pathscope_core::files::output::{OutputError, prepare_folder, write_file};
use serde::Serialize;
use std::path::Path;
use thiserror::Error;

/// The schema of [`RECORD`].
const SCHEMA: &str = "pathscope/figures/1";

/// The name of the record in the folder.
const RECORD: &str = "figures.json";

/// A folder for figures of a study, with a record of the results that they are drawn from.
#[derive(Debug)]
pub struct FigureFolder<'a> {
    folder: &'a Path,
    figures: Vec<RecordedFigure>,
    left_out: Vec<LeftOut>,
}

/// A reason why figures of a study cannot be written into a folder.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FigureFolderError {
    /// No model was trained on the data set that was asked for, so no figure can be drawn.
    #[error(transparent)]
    UnknownDataset(UnknownDataset),
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Every figure was left out.
    #[error("no figure can be drawn from these results")]
    Nothing,
    /// The record cannot be written as JSON.
    #[error("the record of the figures cannot be written")]
    Json(#[from] serde_json::Error),
}

/// The record of a folder.
#[derive(Debug, Serialize)]
struct Record<'a> {
    schema: &'static str,
    version: &'static str,
    results: &'a [Input],
    settings: Settings<'a>,
    figures: &'a [RecordedFigure],
    left_out: &'a [LeftOut],
}

#[derive(Debug, Serialize)]
struct Settings<'a> {
    metric: Score,
    measure: PathMeasure,
    dataset: Option<&'a str>,
    /// The fraction of the training images, which replaces the paper's amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    train_fraction: Option<f64>,
    /// The width of the sheet in mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<f64>,
}

#[derive(Debug, Serialize)]
struct RecordedFigure {
    figure: String,
    file: String,
    /// Notes on panels that were left out.
    left_out: Vec<String>,
    /// Notes on models.
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LeftOut {
    figure: String,
    reason: String,
}

impl<'a> FigureFolder<'a> {
    /// Creates the folder if it does not exist.
    ///
    /// # Errors
    ///
    /// [`FigureFolderError::Output`]
    pub fn create(folder: &'a Path) -> Result<Self, FigureFolderError> {
        prepare_folder(folder)?;
        Ok(Self { folder, figures: Vec::new(), left_out: Vec::new() })
    }

    /// Writes a figure into the folder, or notes why it is left out.
    ///
    /// # Errors
    ///
    /// [`FigureFolderError::UnknownDataset`] and [`FigureFolderError::Output`]
    pub fn add(
        &mut self,
        number: FigureNumber,
        drawn: Result<StudyFigure, StudyFigureError>,
    ) -> Result<(), FigureFolderError> {
        let figure = number.to_string();
        match drawn {
            Ok(StudyFigure { svg, left_out, notes }) => {
                let file = format!("figure-{number}.svg");
                write_file(&self.folder.join(&file), svg)?;
                self.figures.push(RecordedFigure { figure, file, left_out, notes });
            }
            Err(error) => match error.problem {
                StudyFigureProblem::Selection(SelectionError::UnknownDataset(unknown)) => {
                    return Err(FigureFolderError::UnknownDataset(unknown));
                }
                _ => self.left_out.push(LeftOut { figure, reason: error.to_string() }),
            },
        }
        Ok(())
    }

    /// Writes the record, and returns the number of figures.
    ///
    /// # Arguments
    ///
    /// * `study` - the study that the figures were drawn from
    /// * `tables` - the tables of results that the study was read from
    ///
    /// # Errors
    ///
    /// [`FigureFolderError::Nothing`] without figures, [`FigureFolderError::Output`] and
    /// [`FigureFolderError::Json`]
    pub fn finish(self, study: &Study<'_>, tables: &[Input]) -> Result<usize, FigureFolderError> {
        if self.figures.is_empty() {
            return Err(FigureFolderError::Nothing);
        }
        let options = &study.options;
        let record = Record {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            results: tables,
            settings: Settings {
                metric: options.metric.unwrap_or_default(),
                measure: options.measure,
                dataset: options.dataset.as_deref(),
                train_fraction: options.train_fraction,
                width: options.sheet.millimetres(),
            },
            figures: &self.figures,
            left_out: &self.left_out,
        };
        write_file(&self.folder.join(RECORD), serde_json::to_string_pretty(&record)? + "\n")?;
        Ok(self.figures.len())
    }
}
