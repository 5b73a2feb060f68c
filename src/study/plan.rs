//! The plan of a study: all of its models.

use super::file::Series;
use super::grid::{Axis, Filter, Purpose, axes, combinations, entries, grid};
use super::model::{PlannedModel, feed_forward, feed_forward_of};
use super::{ModelId, Study, StudyError};
use crate::study::results::Kind;
use crate::study::run::Settings;
use crate::study::run::settings::PathModel;
use pathscope_core::model::ablation::{Ablation, lengths_of};
use std::collections::HashSet;
use toml::Table;

/// The largest number of models in a study.
const MOST: usize = 1_000_000;
/// The largest number of components in the multi-path networks that are unrolled as a check, which takes
/// some ten seconds.
const MOST_UNROLLED: usize = 50_000_000;
/// The largest total number of lengths in the ablations of a study.
const MOST_LENGTHS: usize = 20_000_000;

/// All models of a study: first the feed-forward ones, then the recurrent, multi-path and ablated ones.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The study.
    pub study: Study,
    /// The models, without duplicates.
    pub models: Vec<PlannedModel>,
}

impl Study {
    /// Plans all models.
    ///
    /// # Errors
    ///
    /// Returns a [`StudyError`] that names the entry of the file.
    ///
    /// # Complexity
    ///
    /// O(models · settings), plus the paths of the multi-path models. A study with more than a million
    /// models, or with too many paths, is refused before the models are made.
    pub fn plan(&self) -> Result<Plan, StudyError> {
        let fixed = self.fixed()?;
        let recurrent = self.recurrent_models(&fixed)?;
        let feed_forward = self.feed_forward_models(&fixed, &recurrent)?;
        let multi_path = self.multi_path_models(&recurrent)?;
        let ablated = self.ablated_models(&recurrent)?;
        let exclude: Vec<Filter> = self
            .exclude
            .iter()
            .map(|table| Filter::new(table).map_err(|detail| self.wrong("[[exclude]]", detail)))
            .collect::<Result<_, _>>()?;
        let mut models = Vec::new();
        let mut known = HashSet::new();
        let mut paths = HashSet::new();
        let mut unrolled = 0;
        for (kind, settings) in [
            (Kind::FeedForward, feed_forward),
            (Kind::Recurrent, recurrent),
            (Kind::MultiPath, multi_path),
            (Kind::Ablated, ablated),
        ] {
            for settings in settings {
                let left_out = !exclude.is_empty() && {
                    let entries = entries(&settings);
                    exclude.iter().any(|filter| filter.takes(kind, &entries))
                };
                if left_out {
                    continue;
                }
                let model = PlannedModel::new(&self.dataset.name, kind, settings);
                if known.insert(model.id.clone()) {
                    let settings = &model.settings;
                    let wrong =
                        |error| self.wrong(table_of(kind), format!("{}: {error}", model.description()));
                    settings.check_values().map_err(wrong)?;
                    // Thousands of models share the same paths, and these checks take longest.
                    if paths.insert(paths_of(settings)) {
                        unrolled += settings.check_paths().map_err(wrong)?;
                        if unrolled > MOST_UNROLLED {
                            return Err(StudyError::TooManyPaths { path: self.path.clone() });
                        }
                    }
                    models.push(model);
                }
            }
        }
        if models.is_empty() {
            return Err(StudyError::Empty { path: self.path.clone() });
        }
        Ok(Plan { study: self.clone(), models })
    }

    fn wrong(&self, place: &str, detail: String) -> StudyError {
        StudyError::Entry { path: self.path.clone(), place: place.to_owned(), detail }
    }

    fn axes(&self, table: &Table, purpose: Purpose, place: &str) -> Result<Vec<Axis>, StudyError> {
        axes(table, purpose).map_err(|detail| self.wrong(place, detail))
    }

    /// Returns the resolved settings of every model.
    fn fixed(&self) -> Result<Table, StudyError> {
        let axes = self.axes(&self.settings, Purpose::Fixed, "[settings]")?;
        Ok(axes.into_iter().map(|axis| (axis.name, axis.values[0].clone())).collect())
    }

    /// Returns the axes of `[axes]` and `more`, after checking that none is also a fixed setting.
    fn all_axes(&self, fixed: &Table, more: Option<(&Table, &str)>) -> Result<Vec<Axis>, StudyError> {
        let mut all = self.axes(&self.axes, Purpose::Axes, "[axes]")?;
        if let Some((table, place)) = more {
            all.extend(self.axes(table, Purpose::Recurrent, place)?);
        }
        for (index, axis) in all.iter().enumerate() {
            let twice =
                fixed.contains_key(&axis.name) || all[..index].iter().any(|other| other.name == axis.name);
            if twice {
                return Err(self.wrong("its axes", format!("{}: is given twice", axis.name)));
            }
        }
        self.check_count(combinations(&all))?;
        Ok(all)
    }

    fn check_count(&self, models: usize) -> Result<(), StudyError> {
        if models > MOST {
            return Err(StudyError::TooMany { path: self.path.clone(), limit: MOST });
        }
        Ok(())
    }

    fn recurrent_models(&self, fixed: &Table) -> Result<Vec<Settings>, StudyError> {
        let Some(table) = &self.recurrent else { return Ok(Vec::new()) };
        let axes = self.all_axes(fixed, Some((table, "[recurrent]")))?;
        let models: Vec<Settings> = grid(fixed, &axes).collect();
        if models.iter().any(|settings| settings.iterations < 2) {
            let detail = "iterations: is 1, expected 2 or more: feed-forward models are [feed-forward]";
            return Err(self.wrong("[recurrent]", detail.to_owned()));
        }
        Ok(models)
    }

    fn feed_forward_models(
        &self,
        fixed: &Table,
        recurrent: &[Settings],
    ) -> Result<Vec<Settings>, StudyError> {
        let mut models = Vec::new();
        if self.feed_forward.matched {
            if recurrent.is_empty() {
                let detail = "matched: there are no recurrent models: add [recurrent], or give `blocks`";
                return Err(self.wrong("[feed-forward]", detail.to_owned()));
            }
            let mut known = HashSet::new();
            for settings in recurrent.iter().map(feed_forward_of) {
                if known.insert(ModelId::of("", &settings)) {
                    models.push(settings);
                }
            }
        }
        if !self.feed_forward.blocks.is_empty() {
            let axes = self.all_axes(fixed, None)?;
            self.check_count(combinations(&axes).saturating_mul(self.feed_forward.blocks.len()))?;
            for settings in grid(fixed, &axes) {
                models.extend(self.feed_forward.blocks.iter().map(|&blocks| feed_forward(&settings, blocks)));
            }
        }
        Ok(models)
    }

    fn multi_path_models(&self, recurrent: &[Settings]) -> Result<Vec<Settings>, StudyError> {
        let mut models = Vec::new();
        for series in &self.multi_path {
            if !(series.lengths.is_empty() && series.adjacent.is_empty()) {
                let detail = "has lengths to remove, which belong in [[ablated]]";
                return Err(self.wrong("[[multi-path]]", detail.to_owned()));
            }
            for original in self.originals(series, recurrent, "[[multi-path]]")? {
                self.check_count(models.len() + 1)?;
                models.push(Settings { multi_path: series.normalization, ..original.clone() });
            }
        }
        Ok(models)
    }

    fn ablated_models(&self, recurrent: &[Settings]) -> Result<Vec<Settings>, StudyError> {
        const PLACE: &str = "[[ablated]]";
        let mut models = Vec::new();
        let mut lengths = 0;
        for series in &self.ablated {
            if series.lengths.is_empty() && series.adjacent.is_empty() {
                let detail = "removes nothing: give `lengths` or `adjacent`";
                return Err(self.wrong(PLACE, detail.to_owned()));
            }
            let mut given = Vec::new();
            for text in &series.lengths {
                let ablation: Ablation =
                    text.parse().map_err(|error| self.wrong(PLACE, format!("lengths: {error}")))?;
                if ablation == Ablation::full() {
                    let detail =
                        "lengths: 'none' is the full multi-path model, which belongs in [[multi-path]]";
                    return Err(self.wrong(PLACE, detail.to_owned()));
                }
                given.push(ablation);
            }
            for original in self.originals(series, recurrent, PLACE)? {
                let adjacent = self.adjacent(series, original, &mut lengths)?;
                self.check_count(models.len() + given.len() + adjacent.len())?;
                for lengths_removed in given.iter().cloned().chain(adjacent) {
                    let multi_path = series.normalization;
                    models.push(Settings { multi_path, lengths_removed, ..original.clone() });
                }
            }
        }
        Ok(models)
    }

    /// Returns every run of adjacent lengths of the requested size, except the run of all lengths.
    ///
    /// # Arguments
    ///
    /// * `named` - the number of lengths in the study's ablations so far
    fn adjacent(
        &self,
        series: &Series,
        original: &Settings,
        named: &mut usize,
    ) -> Result<Vec<Ablation>, StudyError> {
        if series.adjacent.is_empty() {
            return Ok(Vec::new());
        }
        let lengths = lengths_of(&original.circuit())
            .map_err(|error| self.wrong("[[ablated]]", format!("adjacent: {error}")))?;
        let lengths: Vec<usize> = lengths.into_iter().collect();
        let runs = series.adjacent.iter().filter(|&&size| size > 0 && size < lengths.len());
        let more = |size: &usize| size * (lengths.len() + 1 - size);
        *named = runs.clone().map(more).fold(*named, usize::saturating_add);
        if *named > MOST_LENGTHS {
            return Err(StudyError::TooManyPaths { path: self.path.clone() });
        }
        Ok(runs
            .flat_map(|&size| lengths.windows(size))
            .map(|run| Ablation::new(run.iter().copied().collect()))
            .collect())
    }

    /// Returns the recurrent models that a series selects.
    fn originals<'a>(
        &self,
        series: &Series,
        recurrent: &'a [Settings],
        place: &str,
    ) -> Result<Vec<&'a Settings>, StudyError> {
        if series.normalization == PathModel::None {
            let detail = "normalization: is none, expected per-path or shared";
            return Err(self.wrong(place, detail.to_owned()));
        }
        let filter = Filter::new(&series.of).map_err(|detail| self.wrong(place, format!("of: {detail}")))?;
        let chosen: Vec<&Settings> =
            recurrent.iter().filter(|settings| filter.takes(Kind::Recurrent, &entries(settings))).collect();
        if chosen.is_empty() {
            let detail = "of: no recurrent model of the study matches";
            return Err(self.wrong(place, detail.to_owned()));
        }
        Ok(chosen)
    }
}

/// The settings that the paths of a network depend on.
fn paths_of(settings: &Settings) -> (usize, usize, Vec<usize>, String, Ablation) {
    let Settings { recurrent_blocks, iterations, block_iterations, multi_path, lengths_removed, .. } =
        settings;
    let block_iterations = block_iterations.0.clone();
    (*recurrent_blocks, *iterations, block_iterations, multi_path.to_string(), lengths_removed.clone())
}

fn table_of(kind: Kind) -> &'static str {
    match kind {
        Kind::FeedForward => "[feed-forward]",
        Kind::Recurrent => "[recurrent]",
        Kind::MultiPath => "[[multi-path]]",
        Kind::Ablated => "[[ablated]]",
    }
}

impl Plan {
    /// Returns the number of models of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.models.iter().filter(|model| model.kind == kind).count()
    }
}
