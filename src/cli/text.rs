//! Results as text for people.

use pathscope::tables::{self, PATH_SEPARATOR};
use pathscope_core::analysis::report::{Conventions, component_rows, path_row};
use pathscope_core::analysis::{Analysis, CheckpointSubject, ProgramSubject, Subject};
use pathscope_core::files::text::{counted, number, optional, shape as shape_text, table};
use pathscope_core::paths::ensemble::Ensemble;
use pathscope_core::paths::{Magnitude, PathCount};
use pathscope_core::program::Counted;
use pathscope_core::program::tracing::Role;
use std::fmt::Write;

/// The width of the longest bar of the path length distribution, in characters.
const BAR: f64 = 30.0;

/// Formats a strength, as a power of ten if it does not fit into an `f64`.
pub(super) fn strength(value: Magnitude) -> String {
    value.to_f64().map_or_else(|| format!("10^{:.3}", value.ln() / std::f64::consts::LN_10), number)
}

/// Returns `1 path` or `2 paths`.
pub(super) fn plural(count: &PathCount, noun: &str) -> String {
    format!("{count} {noun}{}", if *count == PathCount::ONE { "" } else { "s" })
}

/// Returns an analysis as text.
pub(super) fn analysis(analysis: &Analysis, top: usize) -> String {
    let mut text = header(analysis);
    let rows = component_rows(analysis);
    // If all components are on paths, the column would be redundant.
    let some_off_path = rows.iter().any(|row| row.role.is_some_and(|role| role != Role::Path));
    let rows = rows.into_iter().map(|row| {
        let shape = row.shape.map(|shape| shape_text(&shape, "×"));
        let mut cells = vec![row.name, shape.unwrap_or_default(), optional(row.strength)];
        if analysis.kernel_norms.is_some() {
            cells.push(row.kernel_norm.map_or_else(String::new, number));
        }
        if analysis.program().is_some() {
            cells.push(row.uses.to_string());
        }
        if some_off_path {
            cells.push(row.role.map_or("", Role::as_str).to_owned());
        }
        cells
    });
    let mut head = vec!["name", "shape", "strength"];
    head.extend(analysis.kernel_norms.is_some().then_some("kernel norm"));
    head.extend(analysis.program().is_some().then_some("uses"));
    head.extend(some_off_path.then_some("role"));
    let _ = write!(text, "\nComponents\n{}", table(&head, 1..head.len(), rows));
    for each in &analysis.ensembles {
        ensemble(&mut text, analysis, each, top);
    }
    text
}

fn header(analysis: &Analysis) -> String {
    let mut text = format!("{}\n", analysis.path.display());
    match &analysis.subject {
        Subject::Checkpoint(checkpoint) => checkpoint_lines(&mut text, checkpoint, &analysis.remarks),
        Subject::Program(program) => program_lines(&mut text, program, &analysis.remarks),
    }
    if let Some(size) = analysis.convolution_strength.map_size() {
        let strength = analysis.convolution_strength.as_str();
        let _ = writeln!(text, "  strength of a convolution: {strength} on maps of {size} points a side");
    }
    let gammas = Conventions::of(analysis).gamma_strength;
    if !gammas.is_empty() {
        let named = gammas.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if gammas.len() > 3 { format!(" and {} more", gammas.len() - 3) } else { String::new() };
        let _ = writeln!(text, "  strength of {named}{more}: mean |γ|, without a running variance");
    }
    text
}

fn remark_lines(text: &mut String, remarks: &[String]) {
    for remark in remarks {
        let _ = writeln!(text, "  {remark}");
    }
}

fn checkpoint_lines(text: &mut String, checkpoint: &CheckpointSubject, remarks: &[String]) {
    let circuit = &checkpoint.model.circuit;
    let key = checkpoint.key.as_ref().map_or_else(String::new, |key| format!(", weights under '{key}'"));
    let _ = writeln!(text, "  {}{key}, layout {}", checkpoint.container, checkpoint.model.layout);
    remark_lines(text, remarks);
    let blocks = counted(circuit.blocks.len(), "recurrent block");
    let _ = write!(text, "  {blocks}, {}", counted(circuit.iterations, "iteration"));
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
    let complexity = &checkpoint.complexity;
    let _ = writeln!(
        text,
        "  recurrent depth {}, feed-forward depth {}, recurrent skip coefficient {}",
        number(complexity.recurrent_depth),
        number(complexity.feedforward_depth),
        optional(complexity.recurrent_skip_coefficient)
    );
}

fn program_lines(text: &mut String, program: &ProgramSubject, remarks: &[String]) {
    let _ = writeln!(text, "  PyTorch's exported program, paths from {} to {}", program.from, program.to);
    remark_lines(text, remarks);
    let inputs: Vec<String> = program.inputs.iter().map(|shape| tables::extents(shape, "×")).collect();
    let _ = writeln!(text, "  input {}, {}", inputs.join(" and "), counted(program.outputs, "output"));
    let gates = program.off_path.iter().filter(|component| component.reason == Role::Gate).count();
    let _ = write!(text, "  {}", counted(program.operations.values().sum(), "operation"));
    let _ = write!(text, ", {} on paths", counted(program.paths.components.len(), "component"));
    for (count, what) in [(gates, "in gates"), (program.off_path.len() - gates, "elsewhere")] {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    text.push('\n');
    if program.count != Counted::default() {
        let _ = writeln!(text, "  length of a path: {}", program.count.as_str());
    }
}

fn ensemble(text: &mut String, analysis: &Analysis, ensemble: &Ensemble, top: usize) {
    let readout = ensemble.readout.map_or_else(String::new, |readout| format!(" {readout}"));
    let _ = writeln!(text, "\nEnsemble{readout}: {}", plural(&ensemble.paths, "path"));
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
    let found: Vec<Vec<String>> = analysis
        .reading(ensemble)
        .strongest()
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

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::graph::GraphBuilder;
    use pathscope_core::program::{ComponentKind, Extent, OffPath, ProgramGraph};

    #[test]
    fn a_program_says_where_its_paths_lead_and_what_they_pass_by() {
        let off_path =
            |name: &str, reason| OffPath { name: name.to_owned(), kind: ComponentKind::Conv, reason };
        let program = ProgramSubject {
            from: "images".to_owned(),
            to: "output 1".to_owned(),
            inputs: vec![vec![Extent::Symbolic, Extent::Known(3)], vec![Extent::Known(5)]],
            outputs: 2,
            output: Some(1),
            count: Counted::ConvolutionsAndLinear,
            operations: [("conv2d".to_owned(), 3), ("mul".to_owned(), 1)].into(),
            off_path: vec![off_path("gate", Role::Gate), off_path("other", Role::Unused)],
            paths: ProgramGraph {
                graph: GraphBuilder::new().finish(&[], Vec::new()).0,
                components: Vec::new(),
                operations: vec![None],
                calls: vec![[].into()],
            },
        };
        let mut text = String::new();
        program_lines(&mut text, &program, &["a remark".to_owned()]);
        assert_eq!(
            text,
            "  PyTorch's exported program, paths from images to output 1\n  a remark\n  \
             input ?×3 and 5, 2 outputs\n  \
             4 operations, 0 components on paths, 1 in gates, 1 elsewhere\n  \
             length of a path: convolutions and linear\n"
        );
    }
}
