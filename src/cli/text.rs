//! Results as text for reading.

use pathscope::analysis::Analysis;
use pathscope::ensemble::Ensemble;
use pathscope::output::text::{number, optional, table};
use pathscope::paths::strongest::strongest;
use pathscope::report::{component_rows, path_row};
use pathscope::strength::BatchNormStrength;
use pathscope::tables::{self, PATH_SEPARATOR};
use pathscope::{Magnitude, PathCount};
use std::fmt::Write;

/// Widest bar of the path length distribution, in characters.
const BAR: f64 = 30.0;

/// A strength, as a power of ten where it is no double.
pub fn strength(value: Magnitude) -> String {
    value.to_f64().map_or_else(|| format!("10^{:.3}", value.ln() / std::f64::consts::LN_10), number)
}

/// `1 path`, `2 paths`.
pub fn plural(count: &PathCount, noun: &str) -> String {
    format!("{count} {noun}{}", if *count == PathCount::ONE { "" } else { "s" })
}

/// An analysis as text.
pub fn analysis(analysis: &Analysis, top: usize) -> String {
    let mut text = header(analysis);
    let rows = component_rows(analysis).into_iter().map(|row| {
        let shape = row.shape.map(|shape| tables::shape(&shape, "×"));
        let mut cells = vec![row.name, shape.unwrap_or_default(), optional(row.strength)];
        if analysis.kernel_norms.is_some() {
            cells.push(row.kernel_norm.map_or_else(String::new, number));
        }
        cells
    });
    let head = ["name", "shape", "strength", "kernel norm"];
    let columns = if analysis.kernel_norms.is_some() { 4 } else { 3 };
    let _ = write!(text, "\nComponents\n{}", table(&head[..columns], 1..columns, rows));
    for each in &analysis.ensembles {
        ensemble(&mut text, analysis, each, top);
    }
    text
}

fn header(analysis: &Analysis) -> String {
    let circuit = &analysis.model.circuit;
    let mut text = format!("{}\n", analysis.path.display());
    let key = analysis.key.as_ref().map_or_else(String::new, |key| format!(", weights under '{key}'"));
    let _ = writeln!(text, "  {}{key}, layout {}", analysis.container, analysis.model.layout);
    for remark in &analysis.remarks {
        let _ = writeln!(text, "  {remark}");
    }
    let blocks = PathCount::from(circuit.blocks.len() as u128);
    let iterations = PathCount::from(circuit.iterations as u128);
    let _ = write!(text, "  {}, {}", plural(&blocks, "recurrent block"), plural(&iterations, "iteration"));
    if let Some(activation) = circuit.activation {
        let _ = write!(text, ", {activation}");
    }
    match circuit.readout {
        Some(readout) => {
            let _ = writeln!(text, ", readout {readout}");
        }
        None => text.push_str(", readout not known: all four modes follow\n"),
    }
    if let Some(multi_path) = &circuit.multi_path {
        let removed: Vec<String> = multi_path.lengths_removed.iter().map(ToString::to_string).collect();
        let removed = if removed.is_empty() { "none".to_owned() } else { removed.join(", ") };
        let _ = writeln!(text, "  multi-path model, lengths removed: {removed}");
    }
    let complexity = &analysis.complexity;
    let _ = writeln!(
        text,
        "  recurrent depth {}, feed-forward depth {}, recurrent skip coefficient {}",
        number(complexity.recurrent_depth),
        number(complexity.feedforward_depth),
        optional(complexity.recurrent_skip_coefficient)
    );
    if let Some(size) = analysis.convolution_strength.map_size() {
        let strength = analysis.convolution_strength.as_str();
        let _ = writeln!(text, "  strength of a convolution: {strength} on maps of {size} points a side");
    }
    if analysis.batch_norm_strength == BatchNormStrength::Effective {
        let names: Vec<&str> = analysis.model.without_running_variance().collect();
        if !names.is_empty() {
            let named = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
            let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
            let _ = writeln!(text, "  strength of {named}{more}: mean |γ|, without a running variance");
        }
    }
    text
}

fn ensemble(text: &mut String, analysis: &Analysis, ensemble: &Ensemble, top: usize) {
    let _ = writeln!(text, "\nEnsemble {}: {}", ensemble.readout, plural(&ensemble.paths, "path"));
    match ensemble.moments {
        Some(moments) => {
            let _ = writeln!(
                text,
                "  average path length {} (standard deviation {})\n  diversity {} nats, effective number of paths {}\n  total strength {}",
                number(moments.average_path_length),
                number(moments.length_std),
                number(moments.diversity_nats),
                number(moments.effective_paths),
                strength(ensemble.total_strength)
            );
        }
        None => text.push_str("  every path has strength 0, so none can be normalized\n"),
    }
    let largest = ensemble.lengths.iter().filter_map(|share| share.probability).fold(0.0, f64::max);
    let rows = ensemble.lengths.iter().map(|share| {
        let bar = share.probability.map_or(0.0, |probability| (probability / largest * BAR).round());
        vec![
            share.length.to_string(),
            share.paths.to_string(),
            strength(share.strength),
            optional(share.probability),
            "█".repeat(bar as usize),
        ]
    });
    let head = ["length", "paths", "strength", "probability", ""];
    let _ = write!(text, "\nPath length distribution\n{}", table(&head, 0..4, rows));
    let weights = analysis.model.unrolled.readout_weights(ensemble.readout);
    let found: Vec<Vec<String>> = strongest(analysis.model.unrolled.graph(), &analysis.strengths, &weights)
        .take(top)
        .map(|found| {
            let row = path_row(analysis, &found.path, found.strength, ensemble.total_strength);
            vec![
                row.path.join(PATH_SEPARATOR),
                row.length.to_string(),
                strength(found.strength),
                optional(row.probability),
            ]
        })
        .collect();
    if !found.is_empty() {
        let all = ensemble.paths.to_u64() == Some(found.len() as u64);
        let title = if all { "Paths" } else { "Strongest paths" };
        let _ =
            write!(text, "\n{title}\n{}", table(&["path", "length", "strength", "probability"], 1..4, found));
    }
}
