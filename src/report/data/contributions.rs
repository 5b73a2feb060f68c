//! Contributions by path length, for units and images.

use super::ReportedContributions;
use pathscope_core::analysis::contributions::{CAUTION, Contributions, Summary};
use serde::Serialize;

/// The most units that a page shows one by one.
const MOST_UNITS: usize = 64;
/// The most numbers of single images.
const MOST_NUMBERS: usize = 100_000;

/// The contributions of a model.
#[derive(Debug, Serialize)]
pub(super) struct ContributionsData<'a> {
    caution: &'static str,
    /// The readout mode that they are of; `None` for a program.
    mode: Option<&'a str>,
    images: usize,
    image_source: &'a str,
    marks: Vec<usize>,
    population: &'a Summary,
    /// The units that are shown one by one.
    units: Vec<&'a Summary>,
    units_left_out: usize,
    /// What each length adds, biases last, by image and unit. Single precision is enough to look at.
    parts: Vec<Vec<Vec<f32>>>,
    /// The outputs, by image and unit.
    outputs: Vec<Vec<f32>>,
    images_left_out: usize,
    warnings: &'a [String],
}

impl<'a> ContributionsData<'a> {
    pub(super) fn new(found: &ReportedContributions<'a>) -> Self {
        let summary = &found.document.summary;
        let units: Vec<usize> = match found.units {
            [] => (0..summary.units.len()).collect(),
            chosen => chosen.iter().copied().filter(|&unit| unit < summary.units.len()).collect(),
        };
        let shown = &units[..units.len().min(MOST_UNITS)];
        let images = found.by_image.map_or(0, |by_image| {
            let of_image = (shown.len() * (by_image.marks.len() + 1)).max(1);
            by_image.images().min((MOST_NUMBERS / of_image).max(1))
        });
        Self {
            caution: CAUTION,
            mode: found.document.settings.readout.as_deref(),
            images: summary.images,
            image_source: &found.document.images_source.path,
            marks: summary.population.parts.iter().filter_map(|part| part.mark).collect(),
            population: &summary.population,
            units: shown.iter().map(|&unit| &summary.units[unit]).collect(),
            units_left_out: summary.units.len() - shown.len(),
            parts: found.by_image.map_or_else(Vec::new, |by_image| {
                (0..images)
                    .map(|image| shown.iter().map(|&unit| of_unit(by_image, image, unit)).collect())
                    .collect()
            }),
            outputs: found.by_image.map_or_else(Vec::new, |by_image| {
                (0..images)
                    .map(|image| shown.iter().map(|&unit| by_image.outputs[[image, unit]] as f32).collect())
                    .collect()
            }),
            images_left_out: found.by_image.map_or(0, |by_image| by_image.images() - images),
            warnings: &found.document.warnings,
        }
    }
}

fn of_unit(contributions: &Contributions, image: usize, unit: usize) -> Vec<f32> {
    contributions.of_unit(unit).row(image).iter().map(|&part| part as f32).collect()
}
