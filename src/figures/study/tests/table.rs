//! Tables of results for tests of figures.

use crate::study::results::{Kind, ResultRow, read_results};
use pathscope_core::circuit::Readout;
use std::path::Path;

/// Returns the fixed table, with two data sets and some models that are not finished.
pub(crate) fn study() -> Vec<ResultRow> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/results/study.csv");
    read_results(&[file]).unwrap().rows
}

/// Returns a number between 0 and 1 that looks random.
fn scattered(index: usize) -> f64 {
    ((index * 7919 + 13) % 1009) as f64 / 1009.0
}

/// Returns a table of the paper's size: 24 panels of 48 configurations for each of three amounts of data,
/// with one model each.
pub(super) fn paper_sized() -> Vec<ResultRow> {
    let template = study().into_iter().find(|row| row.kind == Kind::FeedForward).unwrap();
    let mut rows = Vec::new();
    for (rank, fraction) in [1.0, 0.5, 0.25].into_iter().enumerate() {
        for recurrent_blocks in [1, 2] {
            for size in 0..24 {
                let row = ResultRow {
                    train_fraction: fraction,
                    train_images: Some((1400.0 * fraction) as usize),
                    recurrent_blocks,
                    ..template.clone()
                };
                add_size(&mut rows, &row, (rank * 2 + recurrent_blocks) * 24 + size);
            }
        }
    }
    rows
}

/// Adds a feed-forward model and its 24 recurrent ones.
fn add_size(rows: &mut Vec<ResultRow>, template: &ResultRow, size: usize) {
    let base = 0.3 + 0.2 * template.train_fraction + 0.08 * scattered(size);
    let matched = format!("feed-forward-{size}");
    let model = |name: String, score: f64, length: f64| ResultRow {
        id: name.clone(),
        configuration: name,
        matched: matched.clone(),
        cc_norm2: Some(score),
        average_path_length: Some(length),
        ..template.clone()
    };
    let blocks = template.recurrent_blocks as f64;
    rows.push(model(matched.clone(), base, 2.0 * blocks));
    for (place, readout) in Readout::ALL.into_iter().enumerate() {
        for iterations in 2..=7 {
            let t = iterations as f64;
            let gain = 0.02 + 0.005 * t * [-1.2, 0.4, 1.0, 0.8][place];
            let noise = 0.04 * (scattered(size * 31 + iterations * 7 + place) - 0.5);
            let length = blocks + [0.6, 0.4, 0.38, 0.25][place] * (t - 1.0) * blocks;
            rows.push(ResultRow {
                kind: Kind::Recurrent,
                readout: Some(readout),
                iterations,
                ..model(format!("{readout}-{iterations}-{size}"), base + gain + noise, length)
            });
        }
    }
}
