//! Retrained multi-path models against their recurrent originals (paper, Figs. 4c,d, 12 and 13).

use super::pair_panel::pair_plot;
use super::panel_choice::PairPoint;
use super::{Drawn, Room, Study, StudyFigureProblem};
use crate::figures::FigureError;
use crate::figures::canvas::Canvas;
use crate::figures::legend::Key;
use crate::figures::mark::Style;
use crate::figures::numbers::three_digits;
use crate::figures::style::{MOST_PARTS, amount_colours};
use crate::study::results::{Configuration, Kind, ResultRow, Selection, SelectionError, Subset};
use pathscope_core::analysis::comparison::PairStatistics;
use pathscope_core::circuit::Readout;
use pathscope_core::files::text::counted;
use pathscope_core::statistics::Mean;
use std::collections::HashMap;

/// The networks that are compared, and the meaning of their marks.
struct Comparison<'n> {
    quantity: &'n str,
    of: &'n dyn Fn(&ResultRow) -> Option<f64>,
    styles: Vec<Style>,
    groups: Vec<String>,
    group_of: &'n dyn Fn(&ResultRow) -> Option<usize>,
}

/// Draws performance, in the colour of the amount of training data.
pub(super) fn draw_performance(
    study: &Study<'_>,
    subset: &Subset,
    room: Room,
) -> Result<Drawn, StudyFigureProblem> {
    let selection = study.select(subset, &[Kind::MultiPath])?;
    let metric = selection.metric(study.options.metric)?;
    let amounts = &selection.amounts;
    let comparison = Comparison {
        quantity: metric.label(),
        of: &|row| row.score(metric),
        styles: amount_colours(amounts.len()).into_iter().map(Style::plain).collect(),
        groups: amounts.iter().map(ToString::to_string).collect(),
        group_of: &|row| amounts.iter().position(|amount| amount.fraction == row.train_fraction),
    };
    draw(study, &selection, subset, &comparison, room)
}

/// Draws average path length, in the colour of the readout mode.
pub(super) fn draw_length(
    study: &Study<'_>,
    subset: &Subset,
    room: Room,
) -> Result<Drawn, StudyFigureProblem> {
    let selection = study.select(subset, &[Kind::MultiPath])?;
    let measure = study.options.measure;
    let comparison = Comparison {
        quantity: &format!("average path length{}", measure.suffix()),
        of: &|row| row.average_path_length(measure),
        styles: Readout::ALL.map(Style::of).to_vec(),
        groups: Readout::ALL.map(|readout| readout.to_string()).to_vec(),
        group_of: &|row| Readout::ALL.iter().position(|readout| row.readout == Some(*readout)),
    };
    if selection.models(Kind::MultiPath).all(|row| (comparison.of)(row).is_none()) {
        return Err(SelectionError::NoLengths { measure, subset: selection.describe() }.into());
    }
    draw(study, &selection, subset, &comparison, room)
}

fn draw(
    study: &Study<'_>,
    selection: &Selection<'_, '_>,
    subset: &Subset,
    comparison: &Comparison<'_>,
    room: Room,
) -> Result<Drawn, StudyFigureProblem> {
    let no_originals = || StudyFigureProblem::NoOriginals { subset: selection.describe() };
    // A table may hold only the multi-path models.
    let recurrent = study.select(subset, &[Kind::Recurrent]).map_err(|_| no_originals())?;
    let originals: HashMap<&str, &ResultRow> =
        recurrent.models(Kind::Recurrent).map(|row| (row.id.as_str(), row)).collect();
    let all: Vec<&Configuration<'_>> = selection.of_kind(Kind::MultiPath).collect();
    let points: Vec<PairPoint> = all.iter().filter_map(|each| point(each, &originals, comparison)).collect();
    if points.is_empty() {
        return Err(no_originals());
    }
    if points.len() > MOST_PARTS {
        let advice = "draw the models of one data set at a time with --dataset";
        return Err(FigureError::TooLarge { parts: points.len(), limit: MOST_PARTS, advice }.into());
    }
    let unpaired = all.len() - points.len();
    let without_original = (unpaired > 0).then(|| {
        format!(
            "{} without a measured recurrent original left out",
            counted(unpaired, "multi-path configuration")
        )
    });
    let notes = [selection.left_out(), without_original].into_iter().flatten().collect();

    let key = |(group, name): (usize, &String)| {
        let n = points.iter().filter(|point| point.group == group).count();
        (n > 0).then(|| Key::point(comparison.styles[group], format!("{name}, n = {n}")))
    };
    let legend = comparison.groups.iter().enumerate().filter_map(key).chain([Key::identity()]);
    Ok(Drawn::new(panel(&points, comparison, &selection.describe(), room), legend, notes, room))
}

/// Returns the means over the seeds that have both models, or `None` if there are none.
fn point(
    configuration: &Configuration<'_>,
    originals: &HashMap<&str, &ResultRow>,
    comparison: &Comparison<'_>,
) -> Option<PairPoint> {
    let both = |row: &&ResultRow| {
        let original = originals.get(row.original.as_deref()?)?;
        Some(((comparison.of)(original)?, (comparison.of)(row)?))
    };
    let (x, y): (Vec<f64>, Vec<f64>) = configuration.models.iter().filter_map(both).unzip();
    Some(PairPoint {
        x: Mean::of(&x)?.mean,
        y: Mean::of(&y)?.mean,
        group: (comparison.group_of)(configuration.settings)?,
    })
}

fn panel(points: &[PairPoint], comparison: &Comparison<'_>, about: &str, room: Room) -> Canvas {
    let quantity = comparison.quantity;
    let (x, y) = (format!("recurrent {quantity}"), format!("multi-path {quantity}"));
    let plot = pair_plot(points, &comparison.styles, [&x, &y], room);
    let statistics = PairStatistics::new(&points.iter().map(|point| (point.x, point.y)).collect::<Vec<_>>());
    let r = statistics.pearson_r;
    let correlation = match (r.reason(), r.value()) {
        (None, Some(r)) => format!(", r = {}", signed(r, "")),
        _ => String::new(),
    };
    let difference = signed(statistics.mean_difference.unwrap_or(0.0), "+");
    let title = format!("n = {}{correlation}", statistics.n);
    plot.titled(&title, &format!("mean difference {difference}; {about}"))
}

/// Formats a number with three digits and a sign. `plus` is the sign of positive numbers.
fn signed(number: f64, plus: &str) -> String {
    let sign = if number < 0.0 { "−" } else { plus };
    format!("{sign}{}", three_digits(number.abs()))
}
