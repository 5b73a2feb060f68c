//! The data that the page computes with.
//!
//! In come analyses and what was computed beside them, out comes what is written as JSON into the page: see [`ReportData`].

mod contributions;
mod fields;
mod graph;
mod study;

use crate::study::results::Results;
use contributions::ContributionsData;
use fields::FieldsData;
use graph::GraphData;
use pathscope_core::analysis::Analysis;
use pathscope_core::analysis::comparison::ComparedModel;
use pathscope_core::analysis::contributions::{Contributions, ContributionsDocument, ReceptiveFields};
use pathscope_core::analysis::report::Generator;
use serde::Serialize;
use study::StudyData;

/// The schema of the data.
const SCHEMA: &str = "pathscope/report/1";

/// A model of a report.
#[derive(Clone, Copy, Debug)]
pub struct ReportedModel<'a> {
    /// The name of the model on the page.
    pub name: &'a str,
    /// The analysis of the model.
    pub analysis: &'a Analysis,
    /// The model with its scores, if it was evaluated.
    pub scores: Option<&'a ComparedModel>,
    /// Contributions by path length, where they were computed.
    pub contributions: Option<ReportedContributions<'a>>,
    /// Receptive fields by path length, where they were computed.
    pub fields: Option<&'a ReceptiveFields>,
}

/// The contributions of a model.
#[derive(Clone, Copy, Debug)]
pub struct ReportedContributions<'a> {
    /// The summary over images.
    pub document: &'a ContributionsDocument,
    /// The contributions image by image, where they are known.
    pub by_image: Option<&'a Contributions>,
    /// The units that are shown one by one; the first ones, if none are given.
    pub units: &'a [usize],
}

/// All that the page computes with.
#[derive(Debug, Serialize)]
pub(super) struct ReportData<'a> {
    schema: &'static str,
    generator: String,
    models: Vec<ModelData<'a>>,
    study: Option<StudyData>,
}

/// A model as the page sees it.
#[derive(Debug, Serialize)]
struct ModelData<'a> {
    name: &'a str,
    graph: Option<GraphData>,
    /// Why the page has no graph.
    left_out: Option<String>,
    parameters: usize,
    scores: Option<ScoresData<'a>>,
    contributions: Option<ContributionsData<'a>>,
    fields: Option<FieldsData>,
}

/// The scores of a model on recordings.
#[derive(Debug, Serialize)]
struct ScoresData<'a> {
    cc_norm2: Option<f64>,
    cc_norm2_median: Option<f64>,
    cc_raw2: f64,
    neurons: usize,
    without_ceiling: usize,
    dataset: &'a str,
}

impl<'a> ReportData<'a> {
    /// Returns the data of some models and a study.
    ///
    /// # Errors
    ///
    /// Fails if a value cannot be serialized, which does not happen with valid arguments.
    pub(super) fn new(models: &[ReportedModel<'a>], study: Option<&Results>) -> serde_json::Result<Self> {
        Ok(Self {
            schema: SCHEMA,
            generator: format!("{} {}", Generator::THIS.name, Generator::THIS.version),
            models: models.iter().map(ModelData::new).collect(),
            study: study.map(StudyData::new).transpose()?,
        })
    }
}

impl<'a> ModelData<'a> {
    fn new(model: &ReportedModel<'a>) -> Self {
        let (graph, left_out) = match GraphData::new(model.analysis) {
            Ok(graph) => (Some(graph), None),
            Err(reason) => (None, Some(reason)),
        };
        Self {
            name: model.name,
            graph,
            left_out,
            parameters: model.analysis.parameters,
            scores: model.scores.and_then(ScoresData::new),
            contributions: model.contributions.as_ref().map(ContributionsData::new),
            fields: model.fields.map(FieldsData::new),
        }
    }
}

impl<'a> ScoresData<'a> {
    fn new(model: &'a ComparedModel) -> Option<Self> {
        let measured = model.measured.as_ref()?;
        Some(Self {
            cc_norm2: model.cc_norm2,
            cc_norm2_median: model.cc_norm2_median,
            cc_raw2: measured.cc_raw2,
            neurons: measured.neurons,
            without_ceiling: measured.without_ceiling,
            dataset: &measured.dataset.name,
        })
    }
}
