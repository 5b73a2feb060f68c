//! The comparison of original, full multi-path and ablated networks.

use super::RetrainingError;
use pathscope::figures::{AblationPoint, AblationScores, Sheet, ablation_scores, distributions};
use pathscope::tables;
use pathscope_core::analysis::comparison::{ComparedModel, Comparison};
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::files::output::write_file;
use pathscope_core::files::text::{number, optional, table};
use pathscope_core::model::ablation::{Ablation, AblationRecord, Original};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// The schema of an [`AblationReport`].
const SCHEMA: &str = "pathscope/ablation-report/1";

/// A network in the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The original of the network.
    pub original: String,
    /// The name of the network: `original`, `full`, or for example `without-1-3`.
    pub network: String,
    /// The removed path lengths.
    pub lengths_removed: BTreeSet<usize>,
    /// The mean over neurons of CC_norm² on the test images, if there is a noise ceiling.
    pub cc_norm2: Option<f64>,
    /// The median of CC_norm².
    pub cc_norm2_median: Option<f64>,
    /// The mean over neurons of CC_raw².
    pub cc_raw2: f64,
    /// The average path length.
    pub average_path_length: Option<f64>,
    /// The entropy of the path length distribution in nats.
    pub diversity_nats: Option<f64>,
}

/// The comparison of the networks of a folder of ablations.
#[derive(Clone, Debug, Serialize)]
pub struct AblationReport {
    schema: &'static str,
    record: AblationRecord,
    /// The networks: each original, followed by its full multi-path network and the ablated ones.
    pub rows: Vec<Row>,
    /// The ensembles and scores, in the same order.
    pub comparison: Comparison,
}

impl AblationReport {
    pub(super) fn new(record: &AblationRecord) -> Self {
        let comparison = Comparison::new(Vec::new());
        Self { schema: SCHEMA, record: record.clone(), rows: Vec::new(), comparison }
    }

    pub(super) fn add_original(
        &mut self,
        original: &Original,
        evaluation: &Evaluation,
    ) -> Result<(), RetrainingError> {
        self.add_network(original, "original", &BTreeSet::new(), &original.path, evaluation)
    }

    pub(super) fn add(
        &mut self,
        original: &Original,
        ablation: &Ablation,
        path: &Path,
        evaluation: &Evaluation,
    ) -> Result<(), RetrainingError> {
        self.add_network(original, &ablation.name(), ablation.removed(), path, evaluation)
    }

    fn add_network(
        &mut self,
        original: &Original,
        network: &str,
        removed: &BTreeSet<usize>,
        path: &Path,
        evaluation: &Evaluation,
    ) -> Result<(), RetrainingError> {
        let analysis = Analysis::of_checkpoint(path, &AnalysisOptions::default())?;
        let name = if self.record.originals.len() == 1 {
            network.to_owned()
        } else {
            format!("{}/{network}", original.name)
        };
        let mut models = std::mem::take(&mut self.comparison.models);
        for mut model in ComparedModel::of_analysis(&name, &analysis) {
            model.set_evaluation(evaluation);
            self.rows.push(Row {
                original: original.name.clone(),
                network: network.to_owned(),
                lengths_removed: removed.clone(),
                cc_norm2: evaluation.scores.mean_cc_norm2,
                cc_norm2_median: evaluation.scores.median_cc_norm2,
                cc_raw2: evaluation.scores.mean_cc_raw2,
                average_path_length: model.summary.average_path_length,
                diversity_nats: model.summary.diversity_nats,
            });
            models.push(model);
        }
        self.comparison = Comparison::new(models);
        Ok(())
    }

    /// Returns whether every network has a CC_norm². If not, CC_raw² is compared.
    fn has_ceilings(&self) -> bool {
        self.rows.iter().all(|row| row.cc_norm2.is_some())
    }

    fn score(&self, row: &Row) -> f64 {
        row.cc_norm2.filter(|_| self.has_ceilings()).unwrap_or(row.cc_raw2)
    }

    /// Returns the name of the scores in the figure.
    pub fn score_name(&self) -> &'static str {
        if self.has_ceilings() { "CC_norm²" } else { "CC_raw²" }
    }

    /// Returns the scores for the figure (paper, Figs. 6g-i).
    pub fn scores(&self) -> AblationScores {
        let of = |wanted: &dyn Fn(&Row) -> bool| -> Vec<f64> {
            self.rows.iter().filter(|row| wanted(row)).map(|row| self.score(row)).collect()
        };
        let full = Ablation::full().name();
        let ablated = self.record.ablations.iter().filter(|ablation| **ablation != Ablation::full());
        AblationScores {
            title: self.title(),
            score_name: self.score_name().to_owned(),
            readout: self.comparison.models.first().and_then(|model| model.readout),
            full: of(&|row| row.network == full),
            original: of(&|row| row.network == "original"),
            ablations: ablated
                .map(|ablation| AblationPoint {
                    lengths_removed: ablation.removed().clone(),
                    scores: of(&|row| row.network == ablation.name()),
                })
                .collect(),
        }
    }

    fn title(&self) -> String {
        let model = self.comparison.models.first();
        let measured = model.and_then(|model| model.measured.as_ref());
        let kind = if self.record.retrain { "retrained" } else { "not retrained" };
        match (model, measured) {
            (Some(model), Some(measured)) => {
                format!("{}, {}, {kind}", measured.dataset.name, model.setting())
            }
            _ => kind.to_owned(),
        }
    }

    /// Returns the table as text.
    pub fn text(&self) -> String {
        let several = self.record.originals.len() > 1;
        let header =
            ["original", "network", "CC_norm²", "median", "CC_raw²", "average path length", "diversity"];
        let rows = self.rows.iter().map(|row| {
            let cells = vec![
                row.original.clone(),
                row.network.clone(),
                optional(row.cc_norm2),
                optional(row.cc_norm2_median),
                number(row.cc_raw2),
                optional(row.average_path_length),
                optional(row.diversity_nats),
            ];
            cells.into_iter().skip(usize::from(!several)).collect()
        });
        let names = if several { 2 } else { 1 };
        table(&header[2 - names..], names..names + 5, rows)
    }

    /// Returns the report as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and strings") + "\n"
    }

    /// Returns the table as CSV, with a row for each network.
    ///
    /// # Errors
    ///
    /// [`RetrainingError::Table`]
    pub fn to_csv(&self) -> Result<String, RetrainingError> {
        Ok(tables::to_csv(&mut tables::compared_models(&self.comparison)?)?)
    }

    /// Writes report, table and figures into the folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), RetrainingError> {
        write_file(&folder.join("report.json"), self.to_json())?;
        write_file(&folder.join("report.csv"), self.to_csv()?)?;
        write_file(&folder.join("ablation.svg"), ablation_scores(&self.scores(), Sheet::default())?)?;
        if self.comparison.models.len() <= MOST_DISTRIBUTIONS {
            write_file(
                &folder.join("distributions.svg"),
                distributions(&self.comparison.models, Sheet::default())?,
            )?;
        }
        Ok(())
    }
}

/// The largest number of panels in the figure of distributions.
const MOST_DISTRIBUTIONS: usize = 60;
