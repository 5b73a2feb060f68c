//! The information flow over iterations, with the part that a feed-forward model lacks set off (paper, Fig.
//! 8).

use super::FOLD_ADVICE;
use super::drawing::{Frame, Label, draw_frame, draw_line, draw_node, drawn_connections, hidden_iterations};
use super::fitting;
use super::layout::Layout;
use super::plan::{Kind, Place, Plan, PlanNode, shown_iterations};
use crate::figures::canvas::{Anchor, Canvas, Text};
use crate::figures::flow::{Flow, Width};
use crate::figures::style::{
    INK, LABEL, MOST_PARTS, MUTED, NORMALIZATION, PANEL_BORDER, PAPER, SHADED, SMALL, TITLE, role_colour,
    text_width,
};
use crate::figures::{FigureError, Sheet, names};
use pathscope_core::circuit::{Circuit, Readout};
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::paths::strength::Strengths;

/// The width of lines and borders.
const THICKNESS: f64 = 1.2;

/// The frame, in which blocks of the first iteration are white and those of later iterations are shaded.
const FRAME: Frame = Frame {
    input: "first CPB",
    readout: "readout phase",
    background: |iteration| if iteration > 1 { SHADED } else { PAPER },
    border: 1.0,
};

/// Draws the flow of information, whether or not it is read out.
///
/// # Arguments
///
/// * `fold` - the number of first iterations to draw before the last one
/// * `sheet` - the sheet that the figure is drawn for; fewer iterations are drawn if they would be too wide
pub(crate) fn draw(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    fold: Option<usize>,
    sheet: Sheet,
) -> Result<Canvas, FigureError> {
    let iterations = shown_iterations(unrolled, fold);
    let parts = iterations.len().saturating_mul(circuit.connections.len() + 2 * circuit.blocks.len());
    if parts > MOST_PARTS {
        let advice = FOLD_ADVICE;
        return Err(FigureError::TooLarge { parts, limit: MOST_PARTS, advice });
    }
    Ok(fitting(unrolled, fold, iterations.len(), sheet, |iterations, narrow| {
        draw_iterations(circuit, unrolled, iterations, narrow)
    }))
}

fn draw_iterations(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    iterations: &[usize],
    narrow: bool,
) -> Canvas {
    // Widths do not show strengths here, so any will do.
    let strengths = Strengths::new(unrolled.components(), |_| 1.0);
    let weights = unrolled.readout_weights(Readout::LateAvg);
    let plan = Plan::new(unrolled, &Flow::new(unrolled.graph(), &strengths, &weights, Width::Paths));
    let label = |node: &PlanNode| {
        let component = &unrolled.components()[node.component?];
        let name = names::in_box(circuit, component, node.normalization.is_some());
        Some(Label::new(&name, None, narrow))
    };
    let shown = |place: &Place| place.iteration == 0 || iterations.binary_search(&place.iteration).is_ok();
    let labels = plan.nodes.iter().filter(|(place, _)| shown(place)).filter_map(|(_, node)| label(node));
    let (box_width, box_height) = Label::box_size(labels);
    let hidden = hidden_iterations(iterations);
    let fold_width = hidden.as_deref().map_or(0.0, |text| (text_width(text, LABEL) + 12.0).max(48.0));
    let drawn = drawn_connections(&plan, iterations);
    let layout = Layout::new(circuit, &drawn, box_width, box_height, fold_width);

    let mut canvas = Canvas::default();
    draw_frame(&mut canvas, circuit, &layout, &plan, hidden.as_deref(), &FRAME);
    for (to, route, _) in layout.routes(&plan) {
        let connection = Plan::connection(to);
        let colour = connection.map_or(NORMALIZATION, |index| role_colour(circuit.role(index)));
        draw_line(&mut canvas, &route, Some(THICKNESS), colour, to.iteration > 1);
    }
    for &place in plan.readouts.keys().filter(|place| shown(place)) {
        if let Some(route) = layout.to_readout(place) {
            draw_line(&mut canvas, &route, Some(THICKNESS), INK, place.iteration > 1);
        }
    }
    for (place, node) in plan.nodes.iter().filter(|(place, _)| shown(place)) {
        draw_node(&mut canvas, circuit, &layout, *place, label(node), Some(THICKNESS));
    }
    let ((left, top), (_, bottom)) = canvas.bounds();
    let title = format!("information flow, T = {}", circuit.iterations);
    canvas.text(title, (left, top - 16.0), Text::new(TITLE, INK).anchored(Anchor::Start).bold());
    if plan.nodes.keys().any(|place| place.kind == Kind::Output && place.iteration > 1) {
        draw_legend(&mut canvas, (left, bottom + 20.0));
    }
    canvas
}

fn draw_legend(canvas: &mut Canvas, (left, y): (f64, f64)) {
    let text = Text::new(SMALL, MUTED).anchored(Anchor::Start);
    canvas.line(&[(left, y), (left + 22.0, y)], INK, THICKNESS);
    canvas.text("as in a feed-forward model", (left + 28.0, y), text);
    let y = y + 17.0;
    canvas.rectangle((left, y - 6.0), (left + 22.0, y + 6.0), SHADED, PANEL_BORDER, 1.0);
    canvas.dashed_line(&[(left, y), (left + 22.0, y)], INK, THICKNESS);
    canvas.text("in a recurrent model only", (left + 28.0, y), text);
}
