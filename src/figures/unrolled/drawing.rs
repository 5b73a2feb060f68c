//! Drawing of a circuit that has been laid out.

use super::UnrolledOptions;
use super::layout::{BAR, DrawnConnections, Layout, OUTPUT_RADIUS};
use super::plan::{Kind, Place, Plan, PlanNode};
use super::routes::Route;
use crate::figures::canvas::{Anchor, Canvas, Text, arrow_length, rounded};
use crate::figures::flow::{Flow, Width, WidthScale};
use crate::figures::legend::Notes;
use crate::figures::style::{
    INK, LABEL, MUTED, NORMALIZATION, PANEL, PANEL_BORDER, PAPER, SMALL, TITLE, UNUSED, role_colour,
    shortened, text_width,
};
use crate::figures::{captions, names, numbers};
use pathscope_core::circuit::Circuit;
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::paths::strength::Strengths;
use plotters::style::RGBColor;

/// The largest width of the names of blocks.
const WIDEST_NAME: f64 = 160.0;

/// The width around the text of a box: its border, which grows inward, and some margin.
const AROUND: f64 = 15.0;
/// The height of a line in a box.
const LINE: f64 = 13.0;

/// The text in a box.
pub(super) struct Label {
    /// The name, in one or more lines.
    pub name: Vec<String>,
    pub strength: Option<String>,
}

impl Label {
    /// Returns the label of a box.
    ///
    /// # Arguments
    ///
    /// * `narrow` - whether to break the name at its hyphens and spaces
    pub(super) fn new(name: &str, strength: Option<String>, narrow: bool) -> Self {
        let name = if narrow {
            name.split_inclusive(['-', ' ']).map(|part| part.trim_end().to_owned()).collect()
        } else {
            vec![name.to_owned()]
        };
        Self { name, strength }
    }

    fn lines(&self) -> impl Iterator<Item = (&str, bool)> {
        let name = self.name.iter().map(|line| (line.as_str(), false));
        name.chain(self.strength.iter().map(|strength| (strength.as_str(), true)))
    }

    /// Returns the size of a box that fits any of some labels.
    pub(super) fn box_size(labels: impl Iterator<Item = Self>) -> (f64, f64) {
        let (mut width, mut lines) = (30.0_f64, 1);
        for label in labels {
            lines = lines.max(label.lines().count());
            for (line, bold) in label.lines() {
                width = width.max(text_width(line, LABEL) * if bold { 1.1 } else { 1.0 });
            }
        }
        (width + AROUND, lines as f64 * LINE + 9.0)
    }
}

pub(super) fn draw(
    circuit: &Circuit,
    unrolled: &UnrolledCircuit,
    strengths: &Strengths,
    options: &UnrolledOptions,
    iterations: &[usize],
    narrow: bool,
) -> Canvas {
    let weights = unrolled.readout_weights(options.readout);
    let flow = Flow::new(unrolled.graph(), strengths, &weights, options.width);
    let scale = WidthScale::new(options.width, flow.largest());
    let mut plan = Plan::new(unrolled, &flow);
    if options.hide_unused {
        plan = plan.without_unused();
    }

    let label = |node: &PlanNode| {
        let index = node.component?;
        let component = &unrolled.components()[index];
        let shows = options.width == Width::Strength
            && (names::has_strength(circuit, component) || node.normalization.is_some());
        let parts = std::iter::once(index).chain(node.normalization);
        let strength =
            shows.then(|| numbers::magnitude(parts.map(|index| strengths.of_component(index)).product()));
        let name = names::in_box(circuit, component, node.normalization.is_some());
        Some(Label::new(&name, strength, narrow))
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
    draw_lines(&mut canvas, circuit, &layout, &plan, &scale);
    draw_weights(&mut canvas, &layout, &plan, &scale, &captions::readout_weights(unrolled, options.readout));
    for (place, node) in plan.nodes.iter().filter(|(place, _)| shown(place)) {
        draw_node(&mut canvas, circuit, &layout, *place, label(node), scale.of(node.amount));
    }
    draw_title(&mut canvas, circuit, options, &flow);
    let width = layout.width.max(430.0).min(options.sheet.limit() + canvas.bounds().0.0);
    draw_legend(&mut canvas, circuit, &scale, &plan, width);
    canvas
}

/// Returns the connections at each iteration that is drawn.
pub(super) fn drawn_connections(plan: &Plan, iterations: &[usize]) -> DrawnConnections {
    let mut drawn: DrawnConnections = iterations.iter().map(|&iteration| (iteration, Vec::new())).collect();
    for place in plan.nodes.keys() {
        if let (Some(here), Some(connection)) = (drawn.get_mut(&place.iteration), Plan::connection(*place)) {
            here.push(connection);
        }
    }
    drawn
}

/// The style of the bars and backgrounds around the parts of a circuit.
pub(super) struct Frame {
    /// The labels of the bars at the bottom and at the top.
    pub input: &'static str,
    pub readout: &'static str,
    /// The background of a block at an iteration.
    pub background: fn(usize) -> RGBColor,
    /// The width of the border of backgrounds.
    pub border: f64,
}

const FRAME: Frame = Frame { input: "input", readout: "readout", background: |_| PANEL, border: 0.0 };

pub(super) fn hidden_iterations(shown: &[usize]) -> Option<String> {
    let [.., before, last] = *shown else { return None };
    match last - before {
        1 => None,
        2 => Some(format!("t = {}", before + 1)),
        _ => Some(format!("t = {} … {}", before + 1, last - 1)),
    }
}

pub(super) fn draw_frame(
    canvas: &mut Canvas,
    circuit: &Circuit,
    layout: &Layout,
    plan: &Plan,
    hidden: Option<&str>,
    frame: &Frame,
) {
    let middle = layout.width / 2.0;
    canvas.rectangle(
        (0.0, layout.input_top),
        (layout.width, layout.input_top + BAR),
        PANEL,
        PANEL_BORDER,
        1.0,
    );
    canvas.text(frame.input, (middle, layout.input_top + BAR / 2.0), Text::new(LABEL, INK));
    canvas.rectangle(
        (0.0, layout.readout_bottom - BAR),
        (layout.width, layout.readout_bottom),
        PANEL,
        PANEL_BORDER,
        1.0,
    );
    canvas.text(frame.readout, (middle, layout.readout_bottom - BAR / 2.0), Text::new(LABEL, INK));
    for (number, row) in circuit.block_numbers().zip(&layout.rows) {
        let block = circuit.block(number);
        for column in layout.columns.iter().filter(|column| {
            let output = Place { block: number, iteration: column.iteration, kind: Kind::Output };
            plan.nodes.contains_key(&output)
        }) {
            let background = (frame.background)(column.iteration);
            let (low, high) = ((column.left, row.bottom), (column.right, row.top));
            canvas.rectangle(low, high, background, PANEL_BORDER, frame.border);
        }
        let name = Text::new(LABEL, INK).anchored(Anchor::End);
        let y = (row.bottom + row.top) / 2.0;
        canvas.text(shortened(&block.name, LABEL, WIDEST_NAME), (-12.0, y - 7.0), name.bold());
        let held = if block.iterations < circuit.iterations {
            format!(", held from t = {}", block.iterations + 1)
        } else {
            String::new()
        };
        canvas.text(format!("block {number}{held}"), (-12.0, y + 7.0), Text { colour: MUTED, ..name });
        if let Some((left, right)) = layout.ellipsis {
            canvas.ellipsis(((left + right) / 2.0, y), MUTED);
        }
    }
    let y = layout.input_top + BAR + 12.0;
    for column in &layout.columns {
        canvas.text(format!("t = {}", column.iteration), (column.middle, y), Text::new(LABEL, INK));
    }
    if let (Some((left, right)), Some(hidden)) = (layout.ellipsis, hidden) {
        canvas.text(hidden, ((left + right) / 2.0, y), Text::new(LABEL, MUTED));
    }
}

fn draw_lines(canvas: &mut Canvas, circuit: &Circuit, layout: &Layout, plan: &Plan, scale: &WidthScale) {
    let mut lines: Vec<(Route, f64, RGBColor)> = layout
        .routes(plan)
        .map(|(to, route, amount)| {
            let connection = Plan::connection(to);
            let colour = connection.map_or(NORMALIZATION, |index| role_colour(circuit.role(index)));
            (route, amount, colour)
        })
        .collect();
    let readouts = plan
        .readouts
        .iter()
        .filter_map(|(&place, readout)| Some((layout.to_readout(place)?, readout.amount, INK)));
    lines.extend(readouts);
    // Unused lines first, then from wide to thin, so that no line disappears under a wider one.
    let rank = |amount: f64| if amount == f64::NEG_INFINITY { f64::INFINITY } else { amount };
    lines.sort_by(|a, b| rank(b.1).total_cmp(&rank(a.1)));
    for (route, amount, colour) in &lines {
        draw_line(canvas, route, scale.of(*amount), *colour, false);
    }
}

/// Draws the readout's weights beside the tips of the lines that lead to it.
fn draw_weights(canvas: &mut Canvas, layout: &Layout, plan: &Plan, scale: &WidthScale, weights: &[String]) {
    for (&place, readout) in &plan.readouts {
        let Some(route) = layout.to_readout(place) else { continue };
        let Some(&(x, y)) = route.points.last() else { continue };
        let width = scale.of(readout.amount);
        let colour = if width.is_some() { INK } else { MUTED };
        let style = Text::new(SMALL, colour).anchored(Anchor::Start);
        let at = (x + 5.0 + width.unwrap_or(0.0) / 2.0, y + 12.0);
        canvas.text(weights[readout.end].as_str(), at, style);
    }
}

pub(crate) fn draw_line(
    canvas: &mut Canvas,
    route: &Route,
    width: Option<f64>,
    colour: RGBColor,
    dashed: bool,
) {
    let (width, colour) = width.map_or((1.0, UNUSED), |width| (width, colour));
    let mut points = route.points.clone();
    if let (true, [.., before, end]) = (route.arrives, points.as_mut_slice()) {
        let tip = *end;
        let length = (tip.0 - before.0).hypot(tip.1 - before.1).max(1e-9);
        let direction = ((tip.0 - before.0) / length, (tip.1 - before.1) / length);
        let shorter = arrow_length(width).min(length) - 0.5;
        *end = (tip.0 - direction.0 * shorter, tip.1 - direction.1 * shorter);
        canvas.arrow_head(tip, direction, width, colour);
    }
    let line = rounded(&points, 5.0);
    if dashed {
        canvas.dashed_line(&line, colour, width);
    } else {
        canvas.line(&line, colour, width);
    }
}

/// Draws a node with a border of the given width, or `None` if no path passes it.
pub(super) fn draw_node(
    canvas: &mut Canvas,
    circuit: &Circuit,
    layout: &Layout,
    place: Place,
    label: Option<Label>,
    width: Option<f64>,
) {
    let Some(column) = layout.column(place.iteration) else { return };
    let row = layout.row(place.block);
    let (colour, bottom, middle) = match place.kind {
        Kind::Input => return,
        Kind::Output => {
            let border = if width.is_some() { INK } else { UNUSED };
            canvas.circle((column.middle, row.output), OUTPUT_RADIUS, border, border, 0.0);
            return;
        }
        Kind::Connection(index) => {
            (role_colour(circuit.role(index)), row.connections, layout.slot_middle(column, index))
        }
        Kind::Normalization => (NORMALIZATION, row.normalization, column.middle),
    };
    let (border, colour) = width.map_or((1.0, UNUSED), |width| (width, colour));
    // Borders grow inward, so that boxes keep their distance, but not into the text.
    let border = border.min(4.0);
    let (half, inset) = (layout.box_width / 2.0, border / 2.0);
    canvas.rectangle(
        (middle - half + inset, bottom - layout.box_height + inset),
        (middle + half - inset, bottom - inset),
        PAPER,
        colour,
        border,
    );
    let Some(label) = label else { return };
    let ink = if width.is_some() { INK } else { MUTED };
    let lines: Vec<(&str, bool)> = label.lines().collect();
    let mut y = bottom - layout.box_height / 2.0 - (lines.len() - 1) as f64 * LINE / 2.0;
    for (line, bold) in lines {
        canvas.text(line, (middle, y), Text { bold, ..Text::new(LABEL, ink) });
        y += LINE;
    }
}

fn draw_title(canvas: &mut Canvas, circuit: &Circuit, options: &UnrolledOptions, flow: &Flow) {
    let ((left, top), (right, _)) = canvas.bounds();
    let title = captions::title(circuit, Some(options.readout), &numbers::of_paths(&flow.paths));
    let width = (right - left).max(options.sheet.width()).min(options.sheet.limit());
    canvas.lines_above(&title, (left, top - 16.0), width, Text::new(TITLE, INK).bold());
}

/// Draws the legend below the figure in as many lines as it needs.
fn draw_legend(canvas: &mut Canvas, circuit: &Circuit, scale: &WidthScale, plan: &Plan, width: f64) {
    let mut notes = Notes::below(canvas, width);
    notes.widths(canvas, scale);
    if plan.nodes.keys().any(|place| place.kind == Kind::Output) {
        notes.dotted(canvas, "output of a block, after its activation", OUTPUT_RADIUS);
    }
    let mut connections = plan.nodes.keys().filter_map(|&place| Plan::connection(place));
    if connections.any(|index| names::unusual_delay(circuit, index).is_some()) {
        notes.write(canvas, "@: delay in iterations");
    }
    let nothing = |amount: &f64| *amount == f64::NEG_INFINITY;
    let unused =
        plan.edges.values().any(nothing) || plan.readouts.values().any(|readout| nothing(&readout.amount));
    if unused {
        notes.lined(canvas, "of weight 0", UNUSED, 1.0);
    }
}
