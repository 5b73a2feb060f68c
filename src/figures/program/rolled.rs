//! The graph of a program by modules: a box for each, with the numbers of paths between them.

use super::fold::{Folding, Row};
use super::passages::passages;
use super::uses::Uses;
use super::{ProgramOptions, arranged, at_fitting_depth, fits, limited, structure};
use crate::figures::canvas::{Anchor, Canvas, Text};
use crate::figures::names::shortened_at_start;
use crate::figures::sides::{Boxes, Side, SideLine, draw_arrow};
use crate::figures::style::{INK, LABEL, MUTED, PANEL, PANEL_BORDER, SMALL, TITLE, shortened, text_width};
use crate::figures::{FigureError, numbers};
use pathscope_core::analysis::ProgramSubject;

/// The most rows to unfold modules to if no depth is given.
pub(super) const MOST_ROWS: usize = 20;

/// The explanation of the numbers of paths.
pub(super) const NUMBERS: &str = "numbers of paths that go this way, counted each time that they do";

const BOX_HEIGHT: f64 = 30.0;
/// The height of the boxes where paths begin and end.
const LOW: f64 = 20.0;
const BETWEEN: f64 = 22.0;
/// The largest width of names, and the largest fraction of a sheet that they take.
const WIDEST_NAME: f64 = 260.0;
const SHARE_OF_NAMES: f64 = 0.4;
const LINE: f64 = 1.2;

/// Draws the graph of a program by modules as SVG.
///
/// Each component or folded module is a box. An edge leads from one box to another if paths do, with the
/// number of these paths. A path that goes this way several times counts each time.
///
/// # Arguments
///
/// * `program` - the program
/// * `options` - see [`ProgramOptions`]; all lines are drawn alike
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many parts to be drawn.
pub fn rolled_program(program: &ProgramSubject, options: &ProgramOptions) -> Result<String, FigureError> {
    let flow = structure(program)?;
    let fits = |canvas: &Canvas| fits(canvas, options.sheet);
    let canvas = at_fitting_depth(program, options, MOST_ROWS, fits, |folding| {
        let (folding, uses) = arranged(program, folding, &flow)?;
        draw(program, &folding, &uses, options)
    })?;
    canvas.into_svg(options.sheet)
}

fn draw(
    program: &ProgramSubject,
    folding: &Folding,
    uses: &Uses,
    options: &ProgramOptions,
) -> Result<Canvas, FigureError> {
    let sheet = options.sheet;
    let passages = passages(&program.paths, folding)?;
    limited(folding.rows.len() + passages.len())?;
    let mut canvas = Canvas::default();
    let room = (sheet.limit() * SHARE_OF_NAMES).min(WIDEST_NAME);
    let counts = uses.of_rows(folding.rows.len());
    let texts: Vec<(String, String)> = folding
        .rows
        .iter()
        .zip(&counts)
        .map(|(row, uses)| {
            let name = shortened_at_start(row.name(&program.paths), LABEL, room);
            (name, row_note(program, row, uses.len()))
        })
        .collect();
    let widest =
        texts.iter().map(|(name, note)| (text_width(name, LABEL) * 1.1).max(text_width(note, SMALL)));
    let half = widest.fold(60.0, f64::max) / 2.0 + 10.0;
    let end = folding.rows.len() + 1;
    let height = |station: usize| if station == 0 || station == end { LOW } else { BOX_HEIGHT };
    let middle = |station: usize| match station {
        0 => 0.0,
        station => {
            let first = -(LOW + BOX_HEIGHT) / 2.0 - BETWEEN;
            let above = first - (station - 1) as f64 * (BOX_HEIGHT + BETWEEN);
            if station == end { above + (BOX_HEIGHT - LOW) / 2.0 } else { above }
        }
    };
    for (station, name) in [(0, &program.from), (end, &program.to)] {
        let y = middle(station);
        canvas.rectangle((-half, y - LOW / 2.0), (half, y + LOW / 2.0), PANEL, PANEL_BORDER, 1.0);
        canvas.text(shortened(name, LABEL, 2.0 * half - 8.0), (0.0, y), Text::new(LABEL, INK));
    }
    for (index, ((name, note), row)) in texts.iter().zip(&folding.rows).enumerate() {
        let y = middle(index + 1);
        let (low, high) = ((-half, y - BOX_HEIGHT / 2.0), (half, y + BOX_HEIGHT / 2.0));
        canvas.rectangle(low, high, PANEL, row.colour(&program.paths), 1.0);
        canvas.text(name, (0.0, y - 6.5), Text::new(LABEL, INK).bold());
        canvas.text(note, (0.0, y + 6.5), Text::new(SMALL, MUTED));
    }
    let boxes = Boxes { half, numbers: 1..end, step: 3.5, room: 13.0, lanes: 10.0 };
    let mut sides = [Side::new(&boxes, -1.0), Side::new(&boxes, 1.0)];
    for (&(from, to), count) in &passages {
        let label = numbers::count(count);
        let colour = if to == end { INK } else { folding.rows[to - 1].colour(&program.paths) };
        if from + 1 == to {
            let (start, tip) = (middle(from) - height(from) / 2.0, middle(to) + height(to) / 2.0);
            draw_arrow(&mut canvas, &[(0.0, start), (0.0, tip)], colour, LINE);
            let text = Text::new(SMALL, INK).anchored(Anchor::Start);
            canvas.text(label, (8.0, (start + tip) / 2.0), text);
        } else {
            sides[usize::from(to <= from)].push(SideLine {
                ends: (from, to),
                from: middle(from),
                to: middle(to),
                label,
                colour,
                width: LINE,
            });
        }
    }
    for side in sides {
        side.draw(&mut canvas);
    }
    draw_title(&mut canvas, program, folding, options);
    Ok(canvas)
}

fn draw_title(canvas: &mut Canvas, program: &ProgramSubject, folding: &Folding, options: &ProgramOptions) {
    let ((left, top), (right, _)) = canvas.bounds();
    let width = (right - left).max(options.sheet.width()).min(options.sheet.limit());
    let note = folding.note().map_or_else(String::new, |note| format!("{note}; "));
    let note = format!("{note}{NUMBERS}");
    let y = canvas.lines_above(&note, (left, top - 14.0), width, Text::new(SMALL, MUTED));
    let title = format!("{} to {}, by modules", program.from, program.to);
    canvas.lines_above(&title, (left, y), width, Text::new(TITLE, INK).bold());
}

/// Returns the kind of a row and the number of its uses.
fn row_note(program: &ProgramSubject, row: &Row, uses: usize) -> String {
    let what = match row {
        Row::Component(component) => program.paths.components[*component].kind.as_str().to_owned(),
        Row::Module { components, .. } => format!("{components} components"),
    };
    if uses > 1 { format!("{what}, {uses} uses") } else { what }
}
