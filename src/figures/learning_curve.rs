//! The learning curve of a training run (paper, C.3).

use super::axis::{Marks, tick_label, ticks};
use super::canvas::{Anchor, Canvas, Text};
use super::legend::{self, Key};
use super::style::{GRID, INK, LABEL, PAPER, TITLE};
use super::{FigureError, Sheet};
use plotters::style::RGBColor;

/// The largest width inside the axes.
const WIDEST: f64 = 420.0;
const HEIGHT: f64 = 220.0;
/// The colours of training and validation loss.
const COLOURS: [RGBColor; 2] = [RGBColor(0x99, 0x99, 0x99), RGBColor(0x00, 0x72, 0xb2)];

/// The losses at a validation during training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearningPoint {
    /// The number of steps so far.
    pub step: usize,
    /// The phase, from 1.
    pub phase: usize,
    /// The mean training loss since the previous validation.
    pub loss: f64,
    /// The loss on the validation images, or `None` if it is not finite.
    pub validation_loss: Option<f64>,
}

/// Draws training and validation loss over steps as SVG. Dashed lines separate the phases of the learning
/// rate, and a circle marks the best validation loss.
///
/// # Arguments
///
/// * `points` - the points in the order of their steps
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::Drawing`] if plotters fails.
///
/// # Examples
///
/// ```
/// use pathscope::figures::{LearningPoint, Sheet, learning_curve};
///
/// let point = |step, loss| LearningPoint { step, phase: 1, loss, validation_loss: Some(loss + 0.1) };
/// let svg = learning_curve(&[point(50, 0.4), point(100, 0.3)], Sheet::default())?;
/// assert!(svg.contains("best validation loss 0.4000 at step 100"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn learning_curve(points: &[LearningPoint], sheet: Sheet) -> Result<String, FigureError> {
    let width = WIDEST.min(sheet.width() - 70.0);
    let mut canvas = Canvas::default();
    let text = Text::new(LABEL, INK);
    let losses = || points.iter().flat_map(|point| [Some(point.loss), point.validation_loss]).flatten();
    let marks = Marks::covering(losses());
    let y_of = |loss: f64| -marks.share(loss) * HEIGHT;
    for value in marks.values() {
        let y = y_of(value);
        canvas.line(&[(0.0, y), (width, y)], GRID, 0.8);
        canvas.line(&[(-4.0, y), (0.0, y)], INK, 1.0);
        canvas.text(marks.label(value), (-8.0, y), text.anchored(Anchor::End));
    }
    let most_steps = points.last().map_or(1.0, |point| point.step as f64).max(1.0);
    let x_of = |steps: f64| steps / most_steps * width;
    let (step_of_steps, count) = ticks(most_steps);
    for tick in 0..=count as usize {
        let value = tick as f64 * step_of_steps;
        if value <= most_steps {
            canvas.line(&[(x_of(value), 0.0), (x_of(value), 4.0)], INK, 1.0);
            canvas.text(tick_label(value, step_of_steps), (x_of(value), 13.0), text);
        }
    }
    for pair in points.windows(2).filter(|pair| pair[0].phase != pair[1].phase) {
        let x = x_of(pair[0].step as f64);
        canvas.dashes((x, -HEIGHT), (x, 0.0), INK, 1.0);
    }
    let best = points
        .iter()
        .filter_map(|point| Some((point, point.validation_loss?)))
        .reduce(|best, next| if next.1 < best.1 { next } else { best });
    let lines = [
        ("training", points.iter().map(|point| Some(point.loss)).collect::<Vec<_>>()),
        ("validation", points.iter().map(|point| point.validation_loss).collect()),
    ];
    let mut keys = Vec::new();
    for ((name, losses), colour) in lines.into_iter().zip(COLOURS) {
        let line: Vec<(f64, f64)> = points
            .iter()
            .zip(losses)
            .filter_map(|(point, loss)| Some((x_of(point.step as f64), y_of(loss?))))
            .collect();
        if line.len() > 1 {
            canvas.line(&line, colour, 1.4);
        }
        for &place in line.iter().filter(|_| line.len() == 1) {
            canvas.circle(place, 2.0, colour, colour, 1.0);
        }
        keys.push(Key::line(colour, name));
    }
    if points.windows(2).any(|pair| pair[0].phase != pair[1].phase) {
        keys.push(Key::dashes("end of a phase"));
    }
    keys.extend(best.map(|_| Key::ring("best validation loss")));
    let title = match best {
        Some((point, loss)) => {
            let place = (x_of(point.step as f64), y_of(loss));
            canvas.circle(place, 5.0, PAPER, INK, 1.2);
            format!("best validation loss {loss:.4} at step {}", point.step)
        }
        None => "no validation loss yet".to_owned(),
    };
    canvas.line(&[(0.0, -HEIGHT), (0.0, 0.0), (width, 0.0)], INK, 1.0);
    canvas.text("step", (width / 2.0, 32.0), text);
    let axis = canvas.bounds().0.0 - 12.0;
    canvas.text("loss without penalties", (axis, -HEIGHT / 2.0), text.upward());
    let ((left, top), _) = canvas.bounds();
    canvas.text(title, (left, top - 14.0), Text::new(TITLE, INK).anchored(Anchor::Start).bold());
    legend::draw(&mut canvas, &keys, (left, 52.0), width - left);
    canvas.into_svg(sheet)
}
