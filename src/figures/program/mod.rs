//! The graph of a program's components, by uses and by modules.

mod dot;
mod drawing;
mod fold;
mod layout;
mod order;
mod passages;
mod places;
mod rolled;
mod routes;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod uses;

pub use dot::{rolled_program_dot, unrolled_program_dot};
pub use rolled::rolled_program;

use super::canvas::Canvas;
use super::flow::{Flow, Width, WidthScale};
use super::style::MOST_PARTS;
use super::{FigureError, Sheet, numbers};
use drawing::Drawing;
use fold::{Folding, Row};
use pathscope_core::analysis::ProgramSubject;
use pathscope_core::paths::strength::Strengths;
use places::Places;
use uses::Uses;

/// The most rows to unfold modules to if no depth is given, which fit on a page of 183 by 247 mm.
const MOST_ROWS: usize = 45;
/// The smallest width of a column.
const NARROWEST_COLUMN: f64 = 48.0;
/// The advice for a program with too many parts.
const ADVICE: &str = "fold modules at a smaller depth, as `graph --depth 1` does, or draw a part of the program with --from and --to";

/// Options for the figure of a program's graph.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProgramOptions {
    /// The quantity that line widths stand for. [`rolled_program`] ignores it.
    pub width: Width,
    /// The depth at which modules are folded: components of more deeply nested modules are drawn together.
    /// `None` is the largest depth with at most 45 rows, or with fewer if these do not fit on the sheet.
    pub depth: Option<usize>,
    /// The sheet that the figure is drawn for.
    pub sheet: Sheet,
}

/// Draws the graph of a program as SVG.
///
/// Each component is a row, from the first used at the bottom upward, with its uses along the row. Sums are
/// between rows. An edge from a higher row leads into the next column. A column is therefore roughly an
/// iteration of a recurrent network, and a network without recurrence has a single column. Widths of lines
/// and borders are those of [`unrolled_circuit`](super::unrolled_circuit). With [`Width::Strength`] every
/// component shows its strength.
///
/// # Arguments
///
/// * `program` - the program
/// * `strengths` - the strengths of its components
/// * `options` - see [`ProgramOptions`]
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many parts to be drawn.
pub fn unrolled_program(
    program: &ProgramSubject,
    strengths: &Strengths,
    options: &ProgramOptions,
) -> Result<String, FigureError> {
    let flow = flow(program, strengths, options.width)?;
    let fits = |canvas: &Canvas| fits(canvas, options.sheet);
    let canvas = at_fitting_depth(program, options, MOST_ROWS, fits, |folding| {
        let (folding, uses) = arranged(program, folding, &flow)?;
        let places = Places::new(&uses);
        let title = format!("{} to {}, {}", program.from, program.to, numbers::of_paths(&flow.paths));
        let scale = WidthScale::new(options.width, uses.largest());
        let strengths = (options.width == Width::Strength).then_some(strengths);
        let drawing =
            Drawing { program, strengths, folding: &folding, uses: &uses, places: &places, scale, title };
        Ok(with_fitting_columns(&drawing, options.sheet))
    })?;
    canvas.into_svg(options.sheet)
}

/// Returns the amounts over the parts of the graph, unless there are too many for a figure.
fn flow(program: &ProgramSubject, strengths: &Strengths, width: Width) -> Result<Flow, FigureError> {
    let graph = &program.paths.graph;
    limited(graph.node_count())?;
    Ok(Flow::new(graph, strengths, &vec![1.0; graph.ends().len()], width))
}

/// Returns the flow for a figure that does not show amounts.
fn structure(program: &ProgramSubject) -> Result<Flow, FigureError> {
    let strengths = Strengths::new(&program.paths.components, |_| 1.0);
    flow(program, &strengths, Width::Paths)
}

/// Sorts the rows into the order in which they are drawn and returns their uses, unless there are too many to
/// be drawn.
fn arranged(program: &ProgramSubject, folding: Folding, flow: &Flow) -> Result<(Folding, Uses), FigureError> {
    let uses = Uses::new(&program.paths, &folding, flow);
    limited(uses.parts.len() + uses.edges.len())?;
    let kind = |row: usize| match folding.rows[row] {
        Row::Component(component) => Some(program.paths.components[component].kind),
        Row::Module { .. } => None,
    };
    let order = order::upward(&uses, folding.rows.len(), |one, other| kind(one) == kind(other));
    let folding = folding.ordered(&order);
    let uses = Uses::new(&program.paths, &folding, flow);
    Ok((folding, uses))
}

/// Refuses a figure with too many parts.
fn limited(parts: usize) -> Result<(), FigureError> {
    let limit = MOST_PARTS;
    if parts > limit { Err(FigureError::TooLarge { parts, limit, advice: ADVICE }) } else { Ok(()) }
}

fn fits(canvas: &Canvas, sheet: Sheet) -> bool {
    let ((left, top), (right, bottom)) = canvas.bounds();
    right - left <= sheet.limit() && bottom - top <= sheet.limit_of_height()
}

/// Returns the first drawing that fits, from the largest depth with few enough rows downward, or else the
/// last one. If a depth is given, returns the drawing at this depth.
fn at_fitting_depth(
    program: &ProgramSubject,
    options: &ProgramOptions,
    most_rows: usize,
    fits: impl Fn(&Canvas) -> bool,
    draw: impl Fn(Folding) -> Result<Canvas, FigureError>,
) -> Result<Canvas, FigureError> {
    let mut folding = chosen_folding(program, options.depth, most_rows);
    loop {
        let depth = folding.depth;
        let canvas = draw(folding)?;
        if options.depth.is_some() || depth == 1 || fits(&canvas) {
            return Ok(canvas);
        }
        folding = Folding::at_depth(&program.paths, depth - 1);
    }
}

fn chosen_folding(program: &ProgramSubject, depth: Option<usize>, most_rows: usize) -> Folding {
    match depth {
        Some(depth) => Folding::at_depth(&program.paths, depth),
        None => Folding::with_most_rows(&program.paths, most_rows),
    }
}

/// Draws all columns, or the last and as many of the first ones as fit on the sheet.
fn with_fitting_columns(drawing: &Drawing<'_>, sheet: Sheet) -> Canvas {
    let is_narrow = |canvas: &Canvas| canvas.bounds().1.0 - canvas.bounds().0.0 <= sheet.limit();
    let mut canvas = drawing.draw(None, sheet);
    let most = (sheet.limit() / NARROWEST_COLUMN) as usize;
    for first in (1..drawing.places.columns.saturating_sub(1).min(most)).rev() {
        if is_narrow(&canvas) {
            break;
        }
        canvas = drawing.draw(Some(first), sheet);
    }
    canvas
}
