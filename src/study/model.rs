//! One of the models that a study asks for.

use super::ModelId;
use crate::study::results::Kind;
use crate::study::run::Settings;
use crate::study::run::settings::{BlockIterations, PathModel};
use pathscope_core::circuit::Readout;
use pathscope_core::model::ablation::Ablation;

/// A model that a study asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedModel {
    /// Its identity, which names its folder.
    pub id: ModelId,
    /// What kind of model it is.
    pub kind: Kind,
    /// Its resolved settings; the folder of the data is empty.
    pub settings: Settings,
    /// What it shares with the same model of other seeds.
    pub configuration: ModelId,
    /// That of the feed-forward models of its size.
    pub matched: ModelId,
    /// The recurrent model of a multi-path one.
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

    /// The recurrent blocks of the recurrent models of its size.
    pub fn matched_recurrent_blocks(&self) -> usize {
        match self.kind {
            Kind::FeedForward => self.settings.recurrent_blocks / 2,
            _ => self.settings.recurrent_blocks,
        }
    }

    /// The model in a few words, for people.
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

/// The feed-forward model of the same size: two blocks in place of each recurrent one (paper, C.2).
pub(super) fn feed_forward_of(recurrent: &Settings) -> Settings {
    feed_forward(recurrent, 2 * recurrent.recurrent_blocks)
}

/// The feed-forward model of so many blocks after the first one.
pub(super) fn feed_forward(settings: &Settings, blocks: usize) -> Settings {
    Settings {
        recurrent_blocks: blocks,
        iterations: 1,
        block_iterations: BlockIterations::default(),
        // All readout modes of one iteration are the same.
        readout: Readout::NoAvg,
        ..settings.clone()
    }
}

fn recurrent_of(multi_path: &Settings) -> Settings {
    Settings { multi_path: PathModel::None, lengths_removed: Ablation::full(), ..multi_path.clone() }
}
