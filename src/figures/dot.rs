//! Circuits as Graphviz text.

use super::flow::{Flow, Width, WidthScale};
use super::style::{INK, UNUSED, role_colour};
use super::unrolled::UnrolledOptions;
use super::{captions, names, numbers};
use pathscope_core::circuit::{Circuit, Operation};
use pathscope_core::graph::Part;
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::paths::strength::Strengths;
use plotters::style::RGBColor;
use std::fmt::Write;

/// Returns the circuit before unrolling as a Graphviz `digraph`.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Circuit;
/// use pathscope::figures::rolled_dot;
///
/// let dot = rolled_dot(&Circuit::of_recurrent_blocks(1, 3));
/// assert!(dot.contains(r#"block2 -> block2 [label="conv[2].lateral, delay 1""#));
/// ```
pub fn rolled_dot(circuit: &Circuit) -> String {
    let mut dot =
        String::from("digraph circuit {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    dot.push_str("  edge [fontname=\"sans-serif\"];\n  block1 [label=\"input\"];\n");
    for number in circuit.block_numbers() {
        let block = circuit.block(number);
        let held = if block.iterations < circuit.iterations {
            format!(", T' = {} of {}", block.iterations, circuit.iterations)
        } else {
            String::new()
        };
        line(&mut dot, format_args!("  block{number} [label={}];", quoted(&format!("{}{held}", block.name))));
    }
    let readout = circuit.readout.map_or_else(|| "readout".to_owned(), |mode| format!("readout, {mode}"));
    line(&mut dot, format_args!("  readout [label={}];", quoted(&readout)));
    for (index, connection) in circuit.connections.iter().enumerate() {
        let name = circuit.connection_name(index);
        let delay =
            if connection.delay > 0 { format!(", delay {}", connection.delay) } else { String::new() };
        let style = if connection.operation == Operation::Identity { ", style=dashed" } else { "" };
        line(
            &mut dot,
            format_args!(
                "  block{} -> block{} [label={}, color=\"{}\"{style}];",
                connection.from,
                connection.to,
                quoted(&format!("{name}{delay}{}", connection.notes())),
                hexadecimal(role_colour(circuit.role(index))),
            ),
        );
    }
    line(&mut dot, format_args!("  block{} -> readout;", circuit.read_from));
    dot.push_str("}\n");
    dot
}

/// Returns the whole unrolled circuit as a Graphviz `digraph`. Folding and the limit on chains do not apply.
/// Line widths follow the same rule as in [`super::unrolled_circuit`].
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Circuit;
/// use pathscope::figures::{UnrolledOptions, unrolled_dot};
/// use pathscope_core::paths::strength::Strengths;
/// use pathscope_core::graph::unroll::UnrolledCircuit;
///
/// let circuit = Circuit::of_recurrent_blocks(1, 3);
/// let unrolled = UnrolledCircuit::new(&circuit)?;
/// let strengths = Strengths::new(unrolled.components(), |_| 1.0);
/// let dot = unrolled_dot(&circuit, &unrolled, &strengths, &UnrolledOptions::default());
/// assert!(dot.contains("label=\"bn[2,3]\""));
/// # Ok::<(), pathscope_core::circuit::CircuitError>(())
/// ```
pub fn unrolled_dot(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    strengths: &Strengths,
    options: &UnrolledOptions,
) -> String {
    let graph = unrolled.graph();
    let weights = unrolled.readout_weights(options.readout);
    let flow = Flow::new(unrolled.graph(), strengths, &weights, options.width);
    let scale = WidthScale::new(options.width, flow.largest());
    let drawn = |amount: f64| amount > f64::NEG_INFINITY || !options.hide_unused;
    let pen = |amount: f64, colour: RGBColor| match scale.of(amount) {
        Some(width) => format!("penwidth={width:.2}, color=\"{}\"", hexadecimal(colour)),
        None => format!("penwidth=1.00, color=\"{}\"", hexadecimal(UNUSED)),
    };

    let mut dot =
        String::from("digraph unrolled {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    dot.push_str("  edge [fontname=\"sans-serif\"];\n");
    let title = captions::title(circuit, Some(options.readout), &numbers::of_paths(&flow.paths));
    line(&mut dot, format_args!("  label={};", quoted(&format!("{title}\n{}", scale.caption()))));
    let mut by_iteration = vec![Vec::new(); circuit.iterations + 1];
    for node in graph.nodes().filter(|node| drawn(flow.nodes[node.index()])) {
        by_iteration[unrolled.place(node).iteration].push(node);
    }
    for (iteration, nodes) in by_iteration.iter().enumerate().filter(|(_, nodes)| !nodes.is_empty()) {
        if iteration > 0 {
            line(&mut dot, format_args!("  subgraph cluster_{iteration} {{\n    label=\"t = {iteration}\";"));
        }
        for &node in nodes {
            let amount = flow.nodes[node.index()];
            let (label, colour, shape) = match (graph.part(node), unrolled.component(node)) {
                (Part::Component(index), Some(component)) => {
                    let mut label = component.name(circuit).to_string();
                    if options.width == Width::Strength && names::has_strength(circuit, component) {
                        label.push('\n');
                        label.push_str(&numbers::magnitude(strengths.of_component(index)));
                    }
                    (label, names::colour(circuit, component), "")
                }
                (Part::Source, _) => ("input".to_owned(), INK, ""),
                _ => {
                    let name = &circuit.block(unrolled.place(node).block).name;
                    (format!("{name}, {iteration}"), INK, ", shape=ellipse")
                }
            };
            let indent = if iteration > 0 { "    " } else { "  " };
            line(
                &mut dot,
                format_args!(
                    "{indent}n{} [label={}, {}{shape}];",
                    node.index(),
                    quoted(&label),
                    pen(amount, colour)
                ),
            );
        }
        if iteration > 0 {
            dot.push_str("  }\n");
        }
    }
    line(&mut dot, format_args!("  readout [label={}];", quoted(&format!("readout, {}", options.readout))));
    for node in graph.nodes() {
        for (before, &amount) in graph.predecessors(node).iter().zip(&flow.edges[node.index()]) {
            if drawn(amount) {
                let colour =
                    unrolled.component(node).map_or(INK, |component| names::colour(circuit, component));
                line(
                    &mut dot,
                    format_args!("  n{} -> n{} [{}];", before.index(), node.index(), pen(amount, colour)),
                );
            }
        }
    }
    let weights = captions::readout_weights(unrolled, options.readout);
    for ((end, weight), &amount) in graph.ends().iter().zip(&weights).zip(&flow.readout) {
        if drawn(amount) {
            let weight = quoted(weight);
            line(
                &mut dot,
                format_args!("  n{} -> readout [label={weight}, {}];", end.index(), pen(amount, INK)),
            );
        }
    }
    dot.push_str("}\n");
    dot
}

pub(super) fn line(dot: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = writeln!(dot, "{text}");
}

/// Returns a quoted Graphviz string in which line breaks are kept.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

pub(super) fn hexadecimal(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        let mut circuit = Circuit::of_recurrent_blocks(1, 2);
        circuit.blocks[0].name = "a \"b\" \\n".to_owned();
        let dot = rolled_dot(&circuit);
        assert!(dot.contains(r#"block2 [label="a \"b\" \\n"];"#), "{dot}");
    }

    #[test]
    fn the_readout_decides_what_is_drawn() {
        let circuit = Circuit::of_recurrent_blocks(1, 2);
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let strengths = Strengths::new(unrolled.components(), |_| 1.0);
        let mut options = UnrolledOptions::default();
        assert_eq!(unrolled_dot(&circuit, &unrolled, &strengths, &options).matches("-> readout").count(), 2);
        options.hide_unused = true;
        assert_eq!(unrolled_dot(&circuit, &unrolled, &strengths, &options).matches("-> readout").count(), 1);
    }
}
