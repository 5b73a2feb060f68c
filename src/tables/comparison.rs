//! Models side by side as frames.

use super::contributions::interval;
use super::{TableError, counts, frame, integers, joined, numbers, strings};
use pathscope_core::analysis::comparison::{
    ComparedModel, Comparison, MeasureComparison, Measured, MeasuredLength, MeasuredModel,
};
use polars::prelude::{Column, DataFrame};

/// Returns a table with one row for each model of a comparison. If models are paired, `pair` numbers the
/// pairs from 1, and the first row of each pair is the model that the second is compared with. Each chosen
/// score has a column of its mean.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn compared_models(comparison: &Comparison) -> Result<DataFrame, TableError> {
    let models = &comparison.models;
    let text = |name: &str, of: fn(&ComparedModel) -> Option<String>| strings(name, models.iter().map(of));
    let whole = |name: &str, of: fn(&ComparedModel) -> Option<usize>| integers(name, models.iter().map(of));
    let real = |name: &str, of: fn(&ComparedModel) -> Option<f64>| numbers(name, models.iter().map(of));
    let measured = |name: &str, of: fn(&Measured) -> usize| {
        integers(name, models.iter().map(|model| model.measured.as_ref().map(of)))
    };
    let mut columns: Vec<Column> = Vec::new();
    if comparison.pairs.is_some() {
        columns.push(integers("pair", (0..models.len()).map(|index| Some(index / 2 + 1))));
    }
    columns.extend([
        text("name", |model| Some(model.name.clone())),
        text("path", |model| Some(model.path.clone())),
        text("sha256", |model| Some(model.sha256.clone())),
        whole("recurrent_blocks", |model| Some(model.circuit.as_ref()?.recurrent_blocks)),
        whole("iterations", |model| Some(model.circuit.as_ref()?.iterations)),
        text("activation", |model| Some(model.circuit.as_ref()?.activation?.to_string())),
        text("multi_path", |model| Some(model.circuit.as_ref()?.multi_path.to_string())),
        text("lengths_removed", |model| {
            let circuit = model.circuit.as_ref().filter(|circuit| circuit.multi_path)?;
            Some(joined(circuit.lengths_removed.iter(), " "))
        }),
        text("readout", |model| Some(model.readout?.to_string())),
        whole("parameters", |model| Some(model.parameters)),
        counts("paths", models.iter().map(|model| &model.paths)),
        real("average_path_length", |model| model.summary.average_path_length),
        real("length_std", |model| model.summary.length_std),
        real("diversity_nats", |model| model.summary.diversity_nats),
        real("effective_paths", |model| model.summary.effective_paths),
        real("cc_norm2", |model| model.cc_norm2),
        real("cc_norm2_median", |model| model.cc_norm2_median),
        real("cc_raw2", |model| Some(model.measured.as_ref()?.cc_raw2)),
        measured("neurons", |measured| measured.neurons),
        measured("neurons_without_ceiling", |measured| measured.without_ceiling),
        text("dataset", |model| Some(model.measured.as_ref()?.dataset.name.clone())),
        text("split", |model| Some(model.measured.as_ref()?.settings.split.to_string())),
        measured("images", |measured| measured.settings.images),
    ]);
    for &score in &comparison.chosen {
        let name = score.column();
        if columns.iter().all(|column| column.name() != name.as_str()) {
            columns.push(numbers(&name, models.iter().map(|model| model.score(score))));
        }
    }
    frame(columns)
}

/// Returns a table of the path length distributions of a comparison: `name`, `path`, `readout`, `length`,
/// `paths` and `probability`.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn compared_lengths(comparison: &Comparison) -> Result<DataFrame, TableError> {
    let rows: Vec<_> = comparison
        .models
        .iter()
        .flat_map(|model| model.lengths.iter().map(move |share| (model, share)))
        .collect();
    frame(vec![
        strings("name", rows.iter().map(|(model, _)| Some(model.name.clone()))),
        strings("path", rows.iter().map(|(model, _)| Some(model.path.clone()))),
        strings("readout", rows.iter().map(|(model, _)| Some(model.readout?.to_string()))),
        integers("length", rows.iter().map(|(_, share)| Some(share.length))),
        counts("paths", rows.iter().map(|(_, share)| &share.paths)),
        numbers("probability", rows.iter().map(|(_, share)| share.probability)),
    ])
}

/// Returns a table of strengths and contributions with one row for each model and path length.
///
/// The columns are `name`, `path`, `sha256`, `images`, `average_by_strength`, `average_by_contribution` and
/// `spearman` of the model, then `length`, `probability` (by strength), `share` (of mean |C|) and
/// `variance_share`. The ends of an interval are in two further columns, which end with `_low` and `_high`.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn compared_measures(comparison: &MeasureComparison) -> Result<DataFrame, TableError> {
    let rows: Vec<(&MeasuredModel, &MeasuredLength)> = comparison
        .models
        .iter()
        .flat_map(|model| model.lengths.iter().map(move |length| (model, length)))
        .collect();
    let models = || rows.iter().map(|&(model, _)| model);
    let lengths = || rows.iter().map(|&(_, length)| length);
    let mut columns = vec![
        strings("name", models().map(|model| Some(model.name.clone()))),
        strings("path", models().map(|model| Some(model.path.clone()))),
        strings("sha256", models().map(|model| Some(model.sha256.clone()))),
        integers("images", models().map(|model| Some(model.images))),
        numbers("average_by_strength", models().map(|model| model.average_by_strength)),
        numbers("average_by_contribution", models().map(|model| model.average_by_contribution)),
        numbers("spearman", models().map(|model| model.spearman)),
        integers("length", lengths().map(|length| Some(length.length))),
        numbers("probability", lengths().map(|length| length.probability)),
        numbers("share", lengths().map(|length| length.share)),
    ];
    columns.extend(interval("share", rows.iter().map(|(_, length)| length.share_interval)));
    columns.push(numbers("variance_share", lengths().map(|length| length.variance_share)));
    columns.extend(interval("variance_share", rows.iter().map(|(_, length)| length.variance_share_interval)));
    frame(columns)
}
