//! Drawing of the uses of a program's components.

use super::fold::{Folding, Row};
use super::layout::{BAR, HALF_HEIGHT, HALF_WIDTH, Layout, RADIUS};
use super::places::{Height, Places};
use super::uses::{Kind, Uses};
use crate::figures::canvas::{Anchor, Canvas, Text};
use crate::figures::flow::WidthScale;
use crate::figures::legend::Notes;
use crate::figures::style::{
    INK, LABEL, MUTED, PANEL, PANEL_BORDER, PAPER, SMALL, TITLE, UNUSED, shortened, text_width,
};
use crate::figures::unrolled::{Route, draw_line};
use crate::figures::{Sheet, names, numbers};
use pathscope_core::analysis::ProgramSubject;
use pathscope_core::paths::strength::Strengths;
use plotters::style::RGBColor;

/// The largest width of the names of rows, and the largest fraction of a sheet that they take.
const WIDEST_NAME: f64 = 260.0;
const SHARE_OF_NAMES: f64 = 0.42;
/// The largest width of a border, which does not touch the text inside.
const WIDEST_BORDER: f64 = 2.5;

/// A figure of a program's uses.
pub(super) struct Drawing<'a> {
    pub program: &'a ProgramSubject,
    /// The strengths of components, if they are shown.
    pub strengths: Option<&'a Strengths>,
    pub folding: &'a Folding,
    pub uses: &'a Uses,
    pub places: &'a Places,
    pub scale: WidthScale,
    pub title: String,
}

impl Drawing<'_> {
    /// Draws the given number of first columns and the last, or all columns.
    pub(super) fn draw(&self, first: Option<usize>, sheet: Sheet) -> Canvas {
        let bars = [&self.program.from, &self.program.to].map(|name| text_width(name, LABEL) + 16.0);
        let least = bars.into_iter().fold(60.0, f64::max).min(WIDEST_NAME);
        let layout = Layout::new(self.uses, self.places, first, least);
        let mut canvas = Canvas::default();
        self.draw_rows(&mut canvas, &layout, sheet);
        for (name, y) in [(&self.program.from, 0.0), (&self.program.to, layout.top)] {
            let (low, high) = ((0.0, y - BAR / 2.0), (layout.width, y + BAR / 2.0));
            canvas.rectangle(low, high, PANEL, PANEL_BORDER, 1.0);
            let name = shortened(name, LABEL, layout.width - 8.0);
            canvas.text(name, (layout.width / 2.0, y), Text::new(LABEL, INK));
        }
        self.draw_lines(&mut canvas, &layout);
        self.draw_parts(&mut canvas, &layout);
        self.draw_title(&mut canvas, sheet);
        self.draw_legend(&mut canvas, &layout, sheet);
        canvas
    }

    /// Draws the names of rows, with the strengths of components, and a band behind every second row.
    fn draw_rows(&self, canvas: &mut Canvas, layout: &Layout<'_>, sheet: Sheet) {
        let strengths: Vec<Option<String>> = self.folding.rows.iter().map(|row| self.strength(row)).collect();
        let widest = strengths.iter().flatten().map(|text| text_width(text, SMALL)).fold(0.0, f64::max);
        let beside = if widest > 0.0 { widest + 8.0 } else { 0.0 };
        let room = (sheet.limit() * SHARE_OF_NAMES).min(WIDEST_NAME) - beside;
        for (index, (row, strength)) in self.folding.rows.iter().zip(strengths).enumerate() {
            let y = layout.y(self.places.position(Height { row: index + 1, level: 0 }));
            if index % 2 == 0 {
                let (low, high) = ((0.0, y - HALF_HEIGHT - 2.0), (layout.width, y + HALF_HEIGHT + 2.0));
                canvas.rectangle(low, high, PANEL, PANEL, 0.0);
            }
            let end = |colour| Text::new(LABEL, colour).anchored(Anchor::End);
            let name = names::shortened_at_start(row.name(&self.program.paths), LABEL, room);
            canvas.text(name, (-8.0 - beside, y), end(INK));
            if let Some(strength) = strength {
                canvas.text(strength, (-8.0, y), Text { size: SMALL, ..end(MUTED) });
            }
            if let Some((left, right)) = layout.ellipsis {
                canvas.ellipsis(((left + right) / 2.0, y), MUTED);
            }
        }
    }

    fn strength(&self, row: &Row) -> Option<String> {
        let Row::Component(component) = *row else { return None };
        Some(numbers::magnitude(self.strengths?.of_component(component)))
    }

    fn colour(&self, kind: Kind) -> RGBColor {
        match kind {
            Kind::Use(row) => self.folding.rows[row].colour(&self.program.paths),
            Kind::Source | Kind::Sum => INK,
        }
    }

    fn draw_lines(&self, canvas: &mut Canvas, layout: &Layout<'_>) {
        let edges = self.uses.edges.iter().map(|(&(from, to), &amount)| (from, Some(to), amount));
        let ends = self.uses.ends.iter().map(|(&from, &amount)| (from, None, amount));
        let mut lines: Vec<(Route, f64, RGBColor)> = edges
            .chain(ends)
            .filter_map(|(from, to, amount)| {
                let colour = to.map_or(INK, |to| self.colour(self.uses.parts[to].kind));
                Some((layout.route(self.uses, from, to)?, amount, colour))
            })
            .collect();
        // From wide to thin, so that no line disappears under a wider one.
        lines.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (route, amount, colour) in &lines {
            draw_line(canvas, route, self.scale.of(*amount), *colour, false);
        }
    }

    fn draw_parts(&self, canvas: &mut Canvas, layout: &Layout<'_>) {
        for (part, &place) in self.uses.parts.iter().zip(&self.places.of) {
            let Some((x, y)) = layout.centre(place) else { continue };
            let width = self.scale.of(part.amount);
            let colour = width.map_or(UNUSED, |_| self.colour(part.kind));
            match part.kind {
                Kind::Source => {}
                Kind::Sum => canvas.circle((x, y), RADIUS, colour, colour, 0.0),
                Kind::Use(row) => {
                    let row = &self.folding.rows[row];
                    let border = width.unwrap_or(1.0).min(WIDEST_BORDER);
                    draw_box(canvas, (x, y), matches!(row, Row::Module { .. }), colour, border);
                    let ink = if width.is_some() { INK } else { MUTED };
                    canvas.text(self.kind(row), (x, y), Text::new(SMALL, ink));
                }
            }
        }
    }

    fn kind(&self, row: &Row) -> String {
        match row {
            Row::Component(component) => {
                names::kind_in_box(self.program.paths.components[*component].kind).to_owned()
            }
            Row::Module { components, .. } => format!("({components})"),
        }
    }

    fn draw_title(&self, canvas: &mut Canvas, sheet: Sheet) {
        let ((left, top), (right, _)) = canvas.bounds();
        let width = (right - left).max(sheet.width()).min(sheet.limit());
        let mut y = top - 16.0;
        if let Some(note) = self.folding.note() {
            y = canvas.lines_above(&note, (left, y), width, Text::new(SMALL, MUTED));
        }
        canvas.lines_above(&self.title, (left, y), width, Text::new(TITLE, INK).bold());
    }

    fn draw_legend(&self, canvas: &mut Canvas, layout: &Layout<'_>, sheet: Sheet) {
        let left = canvas.bounds().0.0;
        let mut notes = Notes::below(canvas, layout.width.max(430.0).min(sheet.limit() + left));
        notes.widths(canvas, &self.scale);
        if self.uses.parts.iter().any(|part| part.kind == Kind::Sum) {
            notes.dotted(canvas, "sum or concatenation", RADIUS);
        }
        for (mark, meaning) in self.kinds() {
            notes.write(canvas, &format!("{mark}: {meaning}"));
        }
        let hidden = self.places.of.iter().filter(|place| layout.centre(**place).is_none()).count();
        if hidden > 0 {
            notes.write(canvas, &format!("…: {hidden} uses and sums in columns that are left out"));
        }
    }

    /// Returns the abbreviations in boxes with their meanings.
    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        let mut kinds = Vec::new();
        for row in &self.folding.rows {
            let kind = match row {
                Row::Component(component) => {
                    let kind = self.program.paths.components[*component].kind;
                    (names::kind_in_box(kind), kind.as_str())
                }
                Row::Module { .. } => ("(n)", "n components of a module"),
            };
            if kind.0 != kind.1 && !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    }
}

/// Draws a box with a border that grows inward, so that boxes keep their distance. The border of a module is
/// double.
fn draw_box(canvas: &mut Canvas, (x, y): (f64, f64), is_module: bool, colour: RGBColor, border: f64) {
    let corners = |inset: f64| {
        let (across, down) = (HALF_WIDTH - inset, HALF_HEIGHT - inset);
        ((x - across, y - down), (x + across, y + down))
    };
    let (low, high) = corners(border / 2.0);
    canvas.rectangle(low, high, PAPER, colour, border);
    if is_module {
        for side in [-1.0, 1.0] {
            let x = x + side * (HALF_WIDTH - border - 1.5);
            canvas.line(&[(x, y - HALF_HEIGHT + border), (x, y + HALF_HEIGHT - border)], colour, 0.7);
        }
    }
}
