//! Options for the paper's tables.

use crate::study::results::{
    Kind, PaperDataset, PathMeasure, Selection, SelectionError, Split, StudyModels, Subset,
};
use pathscope_core::data::scores::Score;
use pathscope_core::statistics::Bootstrap;

/// Choices for a table that the results do not determine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableOptions {
    /// The performance measure, or `None` for CC_norm².
    pub metric: Option<Score>,
    /// The measure of paths that average path lengths and diversities are of.
    pub measure: PathMeasure,
    /// The data set that replaces the paper's.
    pub dataset: Option<String>,
    /// The seed of the split into training, validation and test images, or `None` for the lowest.
    pub split_seed: Option<u64>,
    /// The settings of the confidence intervals.
    pub bootstrap: Bootstrap,
}

impl TableOptions {
    /// Selects the feed-forward and recurrent models that have the performance measure.
    pub(super) fn select<'s, 'a>(
        &self,
        models: &'s StudyModels<'a>,
        dataset: PaperDataset,
    ) -> Result<(Selection<'s, 'a>, Score), SelectionError> {
        let split = self.split_seed.map_or(Split::Lowest, Split::Seed);
        let kinds = [Kind::FeedForward, Kind::Recurrent];
        let mut selection =
            models.select(&Subset::of(dataset).split(split), &kinds, self.dataset.as_deref())?;
        let metric = selection.metric(self.metric)?;
        selection.configurations.retain(|configuration| configuration.performance(metric).is_some());
        Ok((selection, metric))
    }
}
