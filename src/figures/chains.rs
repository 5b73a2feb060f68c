//! Paths as separate chains between an input and a readout (paper, Figs. 4b and 5b).

use super::canvas::{Anchor, Canvas, Point, Text, arrow_length, rounded};
use super::numbers;
use super::style::{INK, LABEL, MUTED, PANEL, PANEL_BORDER, PAPER, SMALL, UNUSED, text_width, wrapped};
use plotters::style::RGBColor;

/// A component on a chain.
pub(super) struct Link {
    pub name: String,
    /// The strength; `None` if it is not shown.
    pub strength: Option<String>,
    pub colour: RGBColor,
}

/// A path drawn as a chain.
pub(super) struct Chain {
    /// The text before the chain.
    pub label: String,
    pub links: Vec<Link>,
    /// The readout's weight on the path.
    pub weight: f64,
    /// The width of the line; `None` if the path is not read.
    pub width: Option<f64>,
    /// The texts after the chain, column by column.
    pub results: Vec<String>,
}

const GAP: f64 = 18.0;
const BAR: f64 = 22.0;
const BETWEEN_ROWS: f64 = 12.0;
/// The height of a line of results below a chain.
const RESULTS: f64 = 13.0;
/// The distance between the lines of a chain that is broken into several.
const BETWEEN_LINES: f64 = 14.0;

/// The text around chains.
pub(super) struct Headings<'a> {
    /// The heading of the labels before the chains.
    pub label: &'a str,
    /// The headings of the columns after the chains.
    pub results: &'a [&'a str],
    /// The text in the bar where chains begin.
    pub source: &'a str,
    /// The text in the bar where chains end.
    pub end: &'a str,
}

/// Draws chains below each other, with the input before and the readout after them.
///
/// # Arguments
///
/// * `chains` - the chains from top to bottom
/// * `headings` - the text around them
/// * `limit` - the largest width of the whole; longer chains continue on another line
pub(super) fn draw_chains(canvas: &mut Canvas, chains: &[Chain], headings: &Headings<'_>, limit: f64) {
    let layout = Layout::new(chains, headings, limit);
    let (start, end, height) = (layout.start, layout.end, layout.height);
    let top = 16.0 - BETWEEN_ROWS / 2.0;
    let bottom = top + layout.whole_height();
    for (x, text) in [(start, headings.source), (end, headings.end)] {
        canvas.rectangle((x, top), (x + BAR, bottom), PANEL, PANEL_BORDER, 1.0);
        let fits = text_width(text, LABEL) < bottom - top;
        let text = if fits { text } else { "" };
        canvas.text(text, (x + BAR / 2.0, (top + bottom) / 2.0), Text::new(LABEL, INK).upward());
    }
    let heading = Text::new(SMALL, MUTED);
    canvas.text(headings.label, (0.0, 0.0), heading.anchored(Anchor::Start));
    if layout.below.is_none() {
        canvas.text("weight", (end - 14.0, 0.0), heading.anchored(Anchor::End));
        for (&name, &x) in headings.results.iter().zip(&layout.columns) {
            canvas.text(name, (x, 0.0), heading.anchored(Anchor::End));
        }
    }
    let mut first = 16.0 + height / 2.0;
    for (index, (chain, lines)) in chains.iter().zip(&layout.lines).enumerate() {
        let last = first + (lines.len() - 1) as f64 * (height + BETWEEN_LINES);
        draw_chain(canvas, chain, lines, &layout, (first, last));
        match &layout.below {
            Some(below) => {
                for (line, said) in below[index].iter().enumerate() {
                    let at = (start + BAR + GAP, last + height / 2.0 + 9.0 + line as f64 * RESULTS);
                    canvas.text(said.as_str(), at, Text::new(SMALL, INK).anchored(Anchor::Start));
                }
            }
            None => draw_results(canvas, chain, &layout, last),
        }
        first = last + height + layout.after(index);
    }
}

/// The places of the parts of chains.
struct Layout {
    /// The left ends of the bars of the input and the readout.
    start: f64,
    end: f64,
    /// The height of a box.
    height: f64,
    /// The right ends of the columns of results.
    columns: Vec<f64>,
    /// The number of links on each line of each chain.
    lines: Vec<Vec<usize>>,
    /// The weight and the results of each chain in lines below it, if there is no room beside the chains.
    below: Option<Vec<Vec<String>>>,
}

impl Layout {
    fn new(chains: &[Chain], headings: &Headings<'_>, limit: f64) -> Self {
        let links = || chains.iter().flat_map(|chain| &chain.links);
        let height = if links().any(|link| link.strength.is_some()) { 34.0 } else { 22.0 };
        let labels = chains.iter().map(|chain| chain.label.as_str()).chain([headings.label]);
        let start = labels.map(|label| text_width(label, LABEL)).fold(0.0, f64::max) + 14.0;
        let weights = chains.iter().map(|chain| text_width(&weight_label(chain), LABEL)).fold(0.0, f64::max);
        let results: Vec<f64> = headings
            .results
            .iter()
            .enumerate()
            .map(|(column, name)| {
                let cells = chains.iter().filter_map(|chain| chain.results.get(column));
                cells.map(|cell| text_width(cell, LABEL)).fold(text_width(name, SMALL), f64::max) + 18.0
            })
            .collect();
        let beside = GAP + weights + 26.0;
        let around = start + 2.0 * BAR + beside + results.iter().sum::<f64>();
        let lines = |room: f64| chains.iter().map(|chain| Self::lines(chain, room)).collect::<Vec<_>>();
        let one_each = lines(limit - around);
        let room = limit - start - 2.0 * BAR - GAP;
        let broken = one_each.iter().any(|lines| lines.len() > 1);
        let (lines, beside) = if broken { (lines(room), GAP) } else { (one_each, beside) };
        let below = broken.then(|| {
            let said = |chain: &Chain| wrapped(&results_of(chain, headings), SMALL, room - GAP);
            chains.iter().map(said).collect::<Vec<_>>()
        });
        let widest_below = below.iter().flatten().flatten().map(|line| text_width(line, SMALL));
        let widest_below = widest_below.fold(0.0, f64::max);
        let longest = chains.iter().zip(&lines).flat_map(|(chain, lines)| {
            let mut links = chain.links.iter();
            lines
                .iter()
                .map(move |&count| links.by_ref().take(count).map(|link| link_width(link) + GAP).sum())
        });
        let end = start + BAR + (longest.fold(0.0, f64::max) + beside).max(widest_below + 2.0 * GAP);
        let columns = results.iter().scan(end + BAR, |x, width| {
            *x += width;
            Some(*x)
        });
        Self { start, end, height, columns: columns.collect(), lines, below }
    }

    /// Returns the number of links on each line: as many as fit, but at least one.
    fn lines(chain: &Chain, room: f64) -> Vec<usize> {
        let mut lines = vec![0];
        let mut taken = 0.0;
        for link in &chain.links {
            let width = link_width(link) + GAP;
            let last = lines.len() - 1;
            if lines[last] > 0 && taken + width > room {
                lines.push(1);
                taken = width;
            } else {
                lines[last] += 1;
                taken += width;
            }
        }
        lines
    }

    /// Returns the distance from the boxes of a chain to those of the next.
    fn after(&self, chain: usize) -> f64 {
        let lines = self.below.as_ref().map_or(0, |below| below[chain].len());
        BETWEEN_ROWS + lines as f64 * RESULTS + if lines > 0 { 4.0 } else { 0.0 }
    }

    fn whole_height(&self) -> f64 {
        let of = |(chain, lines): (usize, &Vec<usize>)| {
            lines.len() as f64 * (self.height + BETWEEN_LINES) - BETWEEN_LINES + self.after(chain)
        };
        self.lines.iter().enumerate().map(of).sum()
    }
}

/// Draws a chain, given the heights of its first and its last line.
fn draw_chain(canvas: &mut Canvas, chain: &Chain, lines: &[usize], layout: &Layout, (first, last): Point) {
    let (line_colour, line_width) = chain.width.map_or((UNUSED, 1.0), |width| (INK, width));
    let ink = if chain.width.is_some() { INK } else { MUTED };
    let text = Text::new(LABEL, ink);
    let (from, height) = (layout.start + BAR, layout.height);
    canvas.text(chain.label.as_str(), (0.0, first), text.anchored(Anchor::Start));
    let mut links = chain.links.iter();
    let mut y = first;
    for (index, &count) in lines.iter().enumerate() {
        let here: Vec<&Link> = links.by_ref().take(count).collect();
        let right = from + GAP + here.iter().map(|link| link_width(link) + GAP).sum::<f64>() - GAP;
        let left = if index == 0 { from } else { from + GAP };
        if y < last {
            // The connection leads around the end of this line to the beginning of the next.
            let (next, between) = (y + height + BETWEEN_LINES, y + (height + BETWEEN_LINES) / 2.0);
            let turn = (right + GAP * 0.6, from + GAP * 0.4);
            let around = [
                (left, y),
                (turn.0, y),
                (turn.0, between),
                (turn.1, between),
                (turn.1, next),
                (from + GAP, next),
            ];
            canvas.line(&rounded(&around, 5.0), line_colour, line_width);
        } else {
            let stop = layout.end - arrow_length(line_width) + 0.5;
            canvas.line(&[(left, y), (stop, y)], line_colour, line_width);
            canvas.arrow_head((layout.end, y), (1.0, 0.0), line_width, line_colour);
        }
        let mut x = from + GAP;
        for link in here {
            draw_link(canvas, link, (x, y), height, (chain.width.is_some(), text));
            x += link_width(link) + GAP;
        }
        if y < last {
            y += height + BETWEEN_LINES;
        }
    }
}

/// Draws the weight on the line of a chain, and its results after it.
fn draw_results(canvas: &mut Canvas, chain: &Chain, layout: &Layout, last: f64) {
    let text = Text::new(LABEL, if chain.width.is_some() { INK } else { MUTED });
    let weight = weight_label(chain);
    let (end, half) = (layout.end, text_width(&weight, LABEL) + 6.0);
    canvas.rectangle((end - 14.0 - half, last - 8.0), (end - 14.0 + 3.0, last + 8.0), PAPER, PAPER, 0.0);
    canvas.text(weight, (end - 14.0, last), text.anchored(Anchor::End));
    for (result, &x) in chain.results.iter().zip(&layout.columns) {
        canvas.text(result.as_str(), (x, last), text.anchored(Anchor::End));
    }
}

fn draw_link(canvas: &mut Canvas, link: &Link, (x, y): Point, height: f64, (read, text): (bool, Text)) {
    let border = if read { link.colour } else { UNUSED };
    let width = link_width(link);
    canvas.rectangle((x, y - height / 2.0), (x + width, y + height / 2.0), PAPER, border, 1.2);
    let middle = x + width / 2.0;
    match &link.strength {
        Some(strength) => {
            canvas.text(link.name.as_str(), (middle, y - 6.5), text);
            canvas.text(strength.as_str(), (middle, y + 6.5), text.bold());
        }
        None => canvas.text(link.name.as_str(), (middle, y), text),
    }
}

/// Returns the weight and the results as a sentence.
fn results_of(chain: &Chain, headings: &Headings<'_>) -> String {
    let results = headings.results.iter().zip(&chain.results);
    let results = results.map(|(name, result)| format!("{name} {result}"));
    let weight = [format!("weight {}", weight_label(chain))];
    weight.into_iter().chain(results).collect::<Vec<_>>().join(", ")
}

fn weight_label(chain: &Chain) -> String {
    format!("×{}", numbers::three_digits(chain.weight))
}

fn link_width(link: &Link) -> f64 {
    let strength = link.strength.as_deref().unwrap_or_default();
    text_width(&link.name, LABEL).max(text_width(strength, LABEL) * 1.1) + 10.0
}
