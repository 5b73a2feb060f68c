//! Paths as separate chains between an input and a readout (paper, Figs. 4b and 5b).

use super::canvas::{Anchor, Canvas, Text, arrow_length};
use super::names;
use super::numbers;
use super::style::{INK, LABEL, MUTED, PANEL, PANEL_BORDER, PAPER, SMALL, UNUSED, text_width};
use crate::circuit::Circuit;
use crate::paths::Path;
use crate::strength::Strengths;
use crate::unroll::UnrolledCircuit;
use plotters::style::RGBColor;

/// A component on a chain.
pub struct Link {
    name: String,
    strength: Option<String>,
    colour: RGBColor,
}

/// A chain: one path.
pub struct Chain {
    /// What stands before it.
    pub label: String,
    pub links: Vec<Link>,
    /// The readout's weight on it.
    pub weight: f64,
    /// The width of its line; `None` where it is not read.
    pub width: Option<f64>,
    /// What stands after it, column by column.
    pub results: Vec<String>,
}

impl Chain {
    /// The components of a path, with their strengths if they are to be shown.
    pub fn links(
        circuit: &Circuit,
        unrolled: &UnrolledCircuit,
        strengths: Option<&Strengths>,
        path: &Path,
    ) -> Vec<Link> {
        let components = path.nodes.iter().filter_map(|&node| Some((node, unrolled.component(node)?)));
        components
            .map(|(node, component)| Link {
                name: names::in_chain(circuit, component),
                strength: strengths
                    .filter(|_| names::has_strength(circuit, component))
                    .map(|strengths| numbers::magnitude(strengths.of_node(unrolled, node))),
                colour: names::colour(circuit, component),
            })
            .collect()
    }
}

const GAP: f64 = 18.0;
const BAR: f64 = 22.0;
const BETWEEN_ROWS: f64 = 12.0;

/// Draws chains below each other, with the input before and the readout after them.
///
/// # Arguments
///
/// * `chains` - from top to bottom
/// * `label_heading`, `result_headings` - what the labels and the results are
/// * `readout` - what is written into the readout's bar
pub fn draw_chains(
    canvas: &mut Canvas,
    chains: &[Chain],
    label_heading: &str,
    result_headings: &[&str],
    readout: &str,
) {
    let two_lines = chains.iter().flat_map(|chain| &chain.links).any(|link| link.strength.is_some());
    let height = if two_lines { 34.0 } else { 22.0 };
    let pitch = height + BETWEEN_ROWS;
    let first = 16.0 + height / 2.0;
    let (top, bottom) = (first - pitch / 2.0, first + (chains.len() as f64 - 0.5) * pitch);

    let labels = chains.iter().map(|chain| chain.label.as_str()).chain([label_heading]);
    let label_width = labels.map(|label| text_width(label, LABEL)).fold(0.0, f64::max);
    let weight_width = chains.iter().map(|chain| text_width(&weight_label(chain), LABEL)).fold(0.0, f64::max);
    let start = label_width + 14.0;
    let widths: Vec<Vec<f64>> =
        chains.iter().map(|chain| chain.links.iter().map(link_width).collect()).collect();
    let longest =
        widths.iter().map(|chain| chain.iter().map(|width| width + GAP).sum::<f64>()).fold(0.0, f64::max);
    let end = start + BAR + longest + GAP + weight_width + 26.0;

    for (x, text) in [(start, "input"), (end, readout)] {
        canvas.rectangle((x, top), (x + BAR, bottom), PANEL, PANEL_BORDER, 1.0);
        let fits = text_width(text, LABEL) < bottom - top;
        let text = if fits { text } else { "" };
        canvas.text(text, (x + BAR / 2.0, (top + bottom) / 2.0), Text::new(LABEL, INK).upward());
    }
    let heading = Text::new(SMALL, MUTED);
    canvas.text(label_heading, (0.0, 0.0), heading.anchored(Anchor::Start));
    canvas.text("weight", (end - 14.0, 0.0), heading.anchored(Anchor::End));
    let mut columns = Vec::new();
    let mut x = end + BAR;
    for (column, &name) in result_headings.iter().enumerate() {
        let cells = chains.iter().filter_map(|chain| chain.results.get(column));
        let widest = cells.map(|cell| text_width(cell, LABEL)).fold(text_width(name, SMALL), f64::max);
        x += widest + 18.0;
        canvas.text(name, (x, 0.0), heading.anchored(Anchor::End));
        columns.push(x);
    }

    for (index, (chain, widths)) in chains.iter().zip(&widths).enumerate() {
        let y = first + index as f64 * pitch;
        let (line_colour, line_width) = chain.width.map_or((UNUSED, 1.0), |width| (INK, width));
        let ink = if chain.width.is_some() { INK } else { MUTED };
        let text = Text::new(LABEL, ink);
        canvas.text(chain.label.as_str(), (0.0, y), text.anchored(Anchor::Start));
        let stop = end - arrow_length(line_width) + 0.5;
        canvas.line(&[(start + BAR, y), (stop, y)], line_colour, line_width);
        canvas.arrow_head((end, y), (1.0, 0.0), line_width, line_colour);
        let mut x = start + BAR + GAP;
        for (link, &width) in chain.links.iter().zip(widths) {
            let border = if chain.width.is_some() { link.colour } else { UNUSED };
            canvas.rectangle((x, y - height / 2.0), (x + width, y + height / 2.0), PAPER, border, 1.2);
            let middle = x + width / 2.0;
            match &link.strength {
                Some(strength) => {
                    canvas.text(link.name.as_str(), (middle, y - 6.5), text);
                    canvas.text(strength.as_str(), (middle, y + 6.5), text.bold());
                }
                None => canvas.text(link.name.as_str(), (middle, y), text),
            }
            x += width + GAP;
        }
        let weight = weight_label(chain);
        let half = text_width(&weight, LABEL) + 6.0;
        canvas.rectangle((end - 14.0 - half, y - 8.0), (end - 14.0 + 3.0, y + 8.0), PAPER, PAPER, 0.0);
        canvas.text(weight, (end - 14.0, y), text.anchored(Anchor::End));
        for (result, &x) in chain.results.iter().zip(&columns) {
            canvas.text(result.as_str(), (x, y), text.anchored(Anchor::End));
        }
    }
}

fn weight_label(chain: &Chain) -> String {
    format!("×{}", numbers::three_digits(chain.weight))
}

fn link_width(link: &Link) -> f64 {
    let strength = link.strength.as_deref().unwrap_or_default();
    text_width(&link.name, LABEL).max(text_width(strength, LABEL) * 1.1) + 10.0
}
