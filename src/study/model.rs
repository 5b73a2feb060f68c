//! A model of a study.

use super::identity::other_settings;
use super::{ModelId, Study};
use crate::study::results::{Kind, ResultRow, Status, columns_of_plan};
use crate::study::run::Settings;
use crate::study::run::settings::{BlockIterations, PathModel};
use pathscope_core::circuit::Readout;
use pathscope_core::model::ablation::Ablation;

/// A model of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedModel {
    /// The identity of the model, which names its folder.
    pub id: ModelId,
    /// The kind of the model.
    pub kind: Kind,
    /// The resolved settings, with an empty folder of the data.
    pub settings: Settings,
    /// The identity shared with the same model for other seeds.
    pub configuration: ModelId,
    /// The configuration of the feed-forward models of the same size.
    pub matched: ModelId,
    /// The recurrent original of a multi-path model.
    pub original: Option<ModelId>,
}

impl PlannedModel {
    pub(super) fn new(dataset: &str, kind: Kind, settings: Settings) -> Self {
        let recurrent = recurrent_of(&settings);
        let original =
            matches!(kind, Kind::MultiPath | Kind::Ablated).then(|| ModelId::of(dataset, &recurrent));
        let matched = match kind {
            Kind::FeedForward => ModelId::of_configuration(dataset, &settings),
            _ => ModelId::of_configuration(dataset, &feed_forward_of(&recurrent)),
        };
        Self {
            id: ModelId::of(dataset, &settings),
            configuration: ModelId::of_configuration(dataset, &settings),
            matched,
            original,
            kind,
            settings,
        }
    }

    /// Returns the number of recurrent blocks of the recurrent models of this size.
    pub fn matched_recurrent_blocks(&self) -> usize {
        match self.kind {
            Kind::FeedForward => self.settings.recurrent_blocks / 2,
            _ => self.settings.recurrent_blocks,
        }
    }

    /// Returns the row of the model in a table of results before its training has begun.
    pub(crate) fn row(&self, study: &Study) -> ResultRow {
        let settings = &self.settings;
        ResultRow {
            study: study.name.clone(),
            id: self.id.to_string(),
            status: Status::Missing,
            kind: self.kind,
            configuration: self.configuration.to_string(),
            matched: self.matched.to_string(),
            original: self.original.as_ref().map(ModelId::to_string),
            dataset: study.dataset.name.clone(),
            split_seed: settings.split_seed,
            train_fraction: settings.train_fraction,
            recurrent_blocks: self.matched_recurrent_blocks(),
            iterations: settings.iterations,
            readout: (self.kind != Kind::FeedForward).then_some(settings.readout),
            channels: settings.channels,
            activation: settings.activation,
            first_block: settings.first_block,
            loss: settings.loss,
            seed: settings.seed,
            multi_path: settings.multi_path,
            lengths_removed: settings.lengths_removed.clone(),
            other_settings: other_settings(settings, &columns_of_settings()),
            ..ResultRow::default()
        }
    }

    /// Returns a short description of the model.
    pub fn description(&self) -> String {
        let Settings { channels, iterations, readout, seed, .. } = self.settings;
        let blocks = self.settings.recurrent_blocks;
        let what = match self.kind {
            Kind::FeedForward => format!("feed-forward, {blocks} blocks"),
            kind => format!("{kind}, {blocks} RCPB, T = {iterations}, {readout}"),
        };
        let removed = match self.kind {
            Kind::Ablated => format!(" without {}", self.settings.lengths_removed),
            _ => String::new(),
        };
        let fraction = 100.0 * self.settings.train_fraction;
        format!("{what}{removed}, {channels} channels, {fraction:.0} % of the data, seed {seed}")
    }
}

/// Returns the names of the columns of a table of results before a model is trained.
fn columns_of_settings() -> Vec<&'static str> {
    columns_of_plan().map(|column| column.name).collect()
}

/// Returns the settings of the feed-forward model of the same size, with two blocks for each recurrent one
/// (paper, C.2).
pub(super) fn feed_forward_of(recurrent: &Settings) -> Settings {
    feed_forward(recurrent, 2 * recurrent.recurrent_blocks)
}

/// Returns the settings of the feed-forward model with this many blocks after the first one.
pub(super) fn feed_forward(settings: &Settings, blocks: usize) -> Settings {
    Settings {
        recurrent_blocks: blocks,
        iterations: 1,
        block_iterations: BlockIterations::default(),
        // With one iteration, all readout modes are the same.
        readout: Readout::NoAvg,
        ..settings.clone()
    }
}

fn recurrent_of(multi_path: &Settings) -> Settings {
    Settings { multi_path: PathModel::None, lengths_removed: Ablation::full(), ..multi_path.clone() }
}
