//! Multi-path models with one normalization for each path, drawn as one chain for each path (paper, Fig. 4b).

use super::UnrolledOptions;
use crate::figures::canvas::{Anchor, Canvas, Text};
use crate::figures::chains::{Chain, Headings, draw_chains};
use crate::figures::drawn_model::DrawnModel;
use crate::figures::flow::{Flow, Width, WidthScale};
use crate::figures::style::{INK, LABEL, MOST_PARTS, MUTED, TITLE};
use crate::figures::{FigureError, captions, numbers};
use pathscope_core::circuit::Circuit;
use pathscope_core::files::text::counted;
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::paths::Magnitude;
use pathscope_core::paths::strength::Strengths;

pub(super) fn draw(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    strengths: &Strengths,
    options: &UnrolledOptions,
) -> Result<Canvas, FigureError> {
    let model = DrawnModel::of_circuit(circuit, unrolled, strengths);
    let weights = unrolled.readout_weights(options.readout);
    let flow = Flow::new(unrolled.graph(), strengths, &weights, options.width);
    let shows_strengths = options.width == Width::Strength;
    let largest = flow.largest();
    let scale = WidthScale::new(options.width, largest);

    let read_at = captions::read_at(unrolled, options.readout);
    let read: Vec<usize> = (0..weights.len())
        .filter(|&end| !options.hide_unused || flow.readout[end] > f64::NEG_INFINITY)
        .collect();
    let mut parts = 0usize;
    let mut chains = Vec::new();
    // Every chain has its own end, so paths and ends are in the same order.
    for path in unrolled.paths().filter(|path| read.binary_search(&path.end).is_ok()) {
        if chains.len() == options.chains.max(1) {
            break;
        }
        parts += path.nodes.len();
        if parts > MOST_PARTS {
            let advice = "draw fewer chains";
            return Err(FigureError::TooLarge { parts, limit: MOST_PARTS, advice });
        }
        let end = path.end;
        let weight = weights[end];
        let strength = strengths.of_path(unrolled.graph(), &path) * Magnitude::new(weight);
        let mut results = vec![path.length(unrolled.graph()).to_string()];
        if shows_strengths {
            let share = flow.readout[end];
            results.extend([numbers::magnitude(strength), numbers::from_ln(share)]);
        }
        chains.push(Chain {
            label: captions::iterations(&read_at[end]),
            links: model.links(&path, shows_strengths),
            weight,
            width: scale.of(flow.readout[end]).map(|width| width.min(4.0)),
            results,
        });
    }

    let mut canvas = Canvas::default();
    let headings: &[&str] =
        if shows_strengths { &["length", "strength s\u{303}", "share s"] } else { &["length"] };
    let readout = format!("readout, {}", options.readout);
    let headings = Headings { label: "read at", results: headings, source: "input", end: &readout };
    let limit = options.sheet.limit();
    draw_chains(&mut canvas, &chains, &headings, limit);
    while canvas.bounds().1.1 > options.sheet.limit_of_height() - 90.0 && chains.len() > 1 {
        chains.pop();
        canvas = Canvas::default();
        draw_chains(&mut canvas, &chains, &headings, limit);
    }
    let ((left, top), (right, bottom)) = canvas.bounds();
    let start = Text::new(TITLE, INK).anchored(Anchor::Start);
    let title = captions::title(circuit, Some(options.readout), &numbers::of_paths(&flow.paths));
    let width = (right - left).max(options.sheet.width()).min(limit);
    canvas.lines_above(&title, (left, top - 16.0), width, start.bold());
    let more = read.len() - chains.len();
    let mut notes = Vec::new();
    if more > 0 {
        notes.push(format!("… and {}", counted(more, "more chain")));
    }
    if shows_strengths {
        let caption = if largest > f64::NEG_INFINITY { scale.caption() } else { "all strengths are 0" };
        notes.push(caption.to_owned());
    }
    for (line, note) in notes.into_iter().enumerate() {
        let style = Text { size: LABEL, colour: MUTED, ..start };
        canvas.text(note, (left, bottom + 14.0 + 16.0 * line as f64), style);
    }
    Ok(canvas)
}
