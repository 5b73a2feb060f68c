//! The figures of a comparison.

use super::distributions::distributions;
use super::pair_scatter::{PairScatter, ScatterPoint, pair_scatter};
use super::{FigureError, Sheet};
use pathscope_core::analysis::comparison::{ComparedModel, Comparison};
use pathscope_core::data::scores::Score;
use thiserror::Error;

/// A figure of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparisonFigure {
    /// The name of the figure's file.
    pub name: String,
    /// The figure as SVG text, or the reason why it is left out.
    pub svg: Result<String, NotDrawn>,
}

/// The reason why a figure of a comparison is left out.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotDrawn {
    /// Some models do not have a score.
    #[error("not every model has a {}", .0.label())]
    NotMeasured(Score),
    /// The figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
}

/// Draws the path length distributions of compared models. For pairs of models, also draws their average path
/// lengths and CC_norm², or the chosen scores, against each other (paper, Figs. 4c and 4d). If no pair was
/// evaluated, there is no figure of scores.
///
/// # Examples
///
/// ```
/// use pathscope::figures::{Sheet, comparison_figures};
/// use pathscope_core::analysis::AnalysisOptions;
/// use pathscope_core::analysis::comparison::{ComparedModel, Comparison};
///
/// let net = "fixtures/nets/fig5.safetensors".as_ref();
/// let opened = ComparedModel::open("fig5", net, &AnalysisOptions::default())?;
/// let figures = comparison_figures(&Comparison::new(opened.models), Sheet::default());
/// assert_eq!(figures[0].name, "distributions.svg");
/// assert!(figures[0].svg.as_ref().is_ok_and(|svg| svg.contains("average 1.75")));
/// # Ok::<(), pathscope_core::analysis::AnalysisError>(())
/// ```
pub fn comparison_figures(comparison: &Comparison, sheet: Sheet) -> Vec<ComparisonFigure> {
    let figure = |name: &str, svg: Result<String, FigureError>| ComparisonFigure {
        name: name.to_owned(),
        svg: svg.map_err(NotDrawn::from),
    };
    let mut figures = vec![figure("distributions.svg", distributions(&comparison.models, sheet))];
    let Some(pairs) = &comparison.pairs else { return figures };
    let lengths = scatter(comparison, "average path length", &|model| model.summary.average_path_length);
    figures.push(figure("average-path-length.svg", pair_scatter(&lengths, sheet)));
    let scores = match comparison.chosen.as_slice() {
        [] => &[Score::CcNorm2],
        chosen => chosen,
    };
    for &score in scores {
        let measured = |(first, second): &(&ComparedModel, &ComparedModel)| {
            first.score(score).is_some() && second.score(score).is_some()
        };
        let measured = comparison.paired_models().filter(measured).count();
        let name = format!("{score}.svg");
        if measured == pairs.pairs {
            let points = scatter(comparison, score.label(), &|model| model.score(score));
            figures.push(figure(&name, pair_scatter(&points, sheet)));
        } else if measured > 0 {
            figures.push(ComparisonFigure { name, svg: Err(NotDrawn::NotMeasured(score)) });
        }
    }
    figures
}

/// Returns the pairs of which both models have a number.
fn scatter(
    comparison: &Comparison,
    quantity: &str,
    number: &dyn Fn(&ComparedModel) -> Option<f64>,
) -> PairScatter {
    let points = comparison.paired_models().filter_map(|(first, second)| {
        Some(ScatterPoint { x: number(first)?, y: number(second)?, readout: first.readout })
    });
    let (x, y) = match (kind(comparison, 0), kind(comparison, 1)) {
        (Some(x), Some(y)) if x != y => (x, y),
        _ => ("first of the pair".to_owned(), "second of the pair".to_owned()),
    };
    PairScatter { quantity: quantity.to_owned(), x, y, points: points.collect() }
}

/// Returns the kind of the models on one side of the pairs if it is the same for all.
fn kind(comparison: &Comparison, side: usize) -> Option<String> {
    let mut kinds = comparison.models.iter().skip(side).step_by(2).map(ComparedModel::kind);
    let first = kinds.next()?;
    kinds.all(|kind| kind == first).then_some(first)
}
