//! The graph of a program as Graphviz text.

use super::fold::{Folding, Row};
use super::passages::passages;
use super::uses::Kind;
use super::{MOST_ROWS, ProgramOptions, arranged, chosen_folding, flow, limited, rolled, structure};
use crate::figures::dot::{hexadecimal, line, quoted};
use crate::figures::flow::{Width, WidthScale};
use crate::figures::style::{INK, UNUSED};
use crate::figures::{FigureError, numbers};
use pathscope_core::analysis::ProgramSubject;
use pathscope_core::paths::strength::Strengths;
use pathscope_core::program::ComponentKind;
use plotters::style::RGBColor;

const HEAD: &str =
    "  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n";

/// Returns the graph of a program as a Graphviz `digraph`, with the uses of a component on one rank. Line
/// widths follow the same rule as in [`super::unrolled_program`]. The sheet is ignored.
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many parts to be drawn.
pub fn unrolled_program_dot(
    program: &ProgramSubject,
    strengths: &Strengths,
    options: &ProgramOptions,
) -> Result<String, FigureError> {
    let flow = flow(program, strengths, options.width)?;
    let (folding, uses) = arranged(program, chosen_folding(program, options.depth, MOST_ROWS), &flow)?;
    let scale = WidthScale::new(options.width, uses.largest());
    let pen = |amount: f64, colour: RGBColor| match scale.of(amount) {
        Some(width) => format!("penwidth={width:.2}, color=\"{}\"", hexadecimal(colour)),
        None => format!("penwidth=1.00, color=\"{}\"", hexadecimal(UNUSED)),
    };
    let mut dot = format!("digraph program {{\n{HEAD}");
    let title = format!("{} to {}, {}", program.from, program.to, numbers::of_paths(&flow.paths));
    write_label(&mut dot, &title, [folding.note(), Some(scale.caption().to_owned())]);
    for (number, part) in uses.parts.iter().enumerate() {
        let (label, shape) = match part.kind {
            Kind::Source => (program.from.clone(), ""),
            Kind::Sum => (String::new(), ", shape=circle, style=filled, fillcolor=\"#222222\", width=0.12"),
            Kind::Use(row) => {
                let row = &folding.rows[row];
                let mut label = row_label(program, row);
                if let (Row::Component(component), Width::Strength) = (row, options.width) {
                    label.push('\n');
                    label.push_str(&numbers::magnitude(strengths.of_component(*component)));
                }
                (label, shape(program, row))
            }
        };
        let (label, pen) = (quoted(&label), pen(part.amount, part_colour(program, &folding, part.kind)));
        line(&mut dot, format_args!("  n{number} [label={label}, {pen}{shape}];"));
    }
    for row in uses.of_rows(folding.rows.len()).into_iter().filter(|row| row.len() > 1) {
        let row: Vec<String> = row.into_iter().map(|number| format!("n{number};")).collect();
        line(&mut dot, format_args!("  {{ rank=same; {} }}", row.join(" ")));
    }
    line(&mut dot, format_args!("  end [label={}];", quoted(&program.to)));
    for (&(from, to), &amount) in &uses.edges {
        let pen = pen(amount, part_colour(program, &folding, uses.parts[to].kind));
        line(&mut dot, format_args!("  n{from} -> n{to} [{pen}];"));
    }
    for (from, &amount) in &uses.ends {
        line(&mut dot, format_args!("  n{from} -> end [{}];", pen(amount, INK)));
    }
    dot.push_str("}\n");
    Ok(dot)
}

/// Returns the graph of a program by modules, as [`super::rolled_program`] draws it, as a Graphviz `digraph`.
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many parts to be drawn.
pub fn rolled_program_dot(program: &ProgramSubject, options: &ProgramOptions) -> Result<String, FigureError> {
    let flow = structure(program)?;
    let folding = chosen_folding(program, options.depth, rolled::MOST_ROWS);
    let (folding, _) = arranged(program, folding, &flow)?;
    let passages = passages(&program.paths, &folding)?;
    limited(folding.rows.len() + passages.len())?;
    let mut dot = format!("digraph modules {{\n{HEAD}");
    let title = format!("{} to {}, by modules", program.from, program.to);
    write_label(&mut dot, &title, [folding.note(), Some(rolled::NUMBERS.to_owned())]);
    let end = folding.rows.len() + 1;
    for (number, label) in [(0, &program.from), (end, &program.to)] {
        line(&mut dot, format_args!("  n{number} [label={}];", quoted(label)));
    }
    for (index, row) in folding.rows.iter().enumerate() {
        let (label, shape) = (quoted(&row_label(program, row)), shape(program, row));
        let colour = hexadecimal(row.colour(&program.paths));
        line(&mut dot, format_args!("  n{} [label={label}, color=\"{colour}\"{shape}];", index + 1));
    }
    for (&(from, to), count) in &passages {
        line(&mut dot, format_args!("  n{from} -> n{to} [label={}];", quoted(&numbers::count(count))));
    }
    dot.push_str("}\n");
    Ok(dot)
}

fn write_label(dot: &mut String, title: &str, notes: [Option<String>; 2]) {
    let lines: Vec<String> = std::iter::once(title.to_owned()).chain(notes.into_iter().flatten()).collect();
    line(dot, format_args!("  label={};", quoted(&lines.join("\n"))));
}

fn row_label(program: &ProgramSubject, row: &Row) -> String {
    let name = row.name(&program.paths);
    match row {
        Row::Component(_) => name.to_owned(),
        Row::Module { components, .. } => format!("{name}\n{components} components"),
    }
}

/// Returns the shape of a row's nodes, which distinguishes kinds of components without colour.
fn shape(program: &ProgramSubject, row: &Row) -> &'static str {
    let Row::Component(component) = row else { return ", shape=box3d" };
    match program.paths.components[*component].kind {
        ComponentKind::Conv => "",
        ComponentKind::Linear => ", shape=parallelogram",
        ComponentKind::BatchNorm
        | ComponentKind::GroupNorm
        | ComponentKind::LayerNorm
        | ComponentKind::InstanceNorm => ", style=rounded",
        ComponentKind::Scale => ", shape=diamond",
    }
}

fn part_colour(program: &ProgramSubject, folding: &Folding, kind: Kind) -> RGBColor {
    match kind {
        Kind::Use(row) => folding.rows[row].colour(&program.paths),
        Kind::Source | Kind::Sum => INK,
    }
}
