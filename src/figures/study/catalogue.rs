//! The contents of the paper's figures, as in their captions.

use crate::study::results::{PaperDataset, Split, Subset};
use pathscope_core::circuit::Readout;

/// The figures that are drawn from a table of results, by number, with their panels.
pub(super) const FIGURES: &[(u8, &[Panel])] = &[
    (
        3,
        &[
            panel('a', FigureKind::PairGrid, FIRST),
            panel('b', FigureKind::BestPairs, FIRST),
            panel('c', FigureKind::NoAvgPairs, FIRST),
            panel('d', FigureKind::ByIterations, FIRST.amount(1)),
            panel('e', FigureKind::ByIterations, FIRST.amount(2)),
            panel('f', FigureKind::ByIterations, FIRST.amount(3)),
        ],
    ),
    (
        4,
        &[
            panel('c', FigureKind::MultiPathPerformance, FIRST.amount(1)),
            panel('d', FigureKind::MultiPathLength, FIRST.amount(1)),
        ],
    ),
    (
        6,
        &[
            panel('a', FigureKind::ByIterations, FIRST.amount(1).blocks(1)),
            panel('b', FigureKind::ByIterations, FIRST.amount(1).blocks(2)),
            panel('c', FigureKind::ByLength, FIRST.amount(1).blocks(1)),
            panel('d', FigureKind::ByLength, FIRST.amount(1).blocks(2)),
            panel('e', FigureKind::Distributions, FIRST.amount(1).blocks(1)),
            panel('f', FigureKind::Distributions, FIRST.amount(1).blocks(2)),
            panel('g', removed(1), FIRST.amount(1).blocks(1)),
            panel('h', removed(2), FIRST.amount(1).blocks(1)),
            panel('i', removed(3), FIRST.amount(1).blocks(1)),
        ],
    ),
    (9, &[single(FigureKind::LargePairGrid, FIRST)]),
    (10, &[single(FigureKind::LargePairGrid, SECOND)]),
    (
        11,
        &[
            panel('a', FigureKind::ByIterations, SECOND.amount(1)),
            panel('b', FigureKind::ByIterations, SECOND.amount(2)),
            panel('c', FigureKind::ByIterations, SECOND.amount(3)),
        ],
    ),
    (12, &multi_path(FIRST)),
    (13, &multi_path(SECOND)),
    (14, &by_iterations(FIRST.amount(2))),
    (15, &by_iterations(FIRST.amount(3))),
    (16, &by_length(FIRST.amount(2))),
    (17, &by_length(FIRST.amount(3))),
    (18, &by_iterations(SECOND.amount(1))),
    (19, &by_iterations(SECOND.amount(2))),
    (20, &by_iterations(SECOND.amount(3))),
    (21, &by_length(SECOND.amount(1))),
    (22, &by_length(SECOND.amount(2))),
    (23, &by_length(SECOND.amount(3))),
    (24, &ablations(SECOND)),
    (25, &ablations(FIRST)),
    (26, &[single(FigureKind::LargePairGrid, SECOND.amount(1).split(Split::Second))]),
    (27, &by_iterations(SECOND.amount(1).split(Split::Second))),
];

/// Returns panels as in Figs. 6a,b.
const fn by_iterations(subset: Subset) -> [Panel; 2] {
    [
        panel('a', FigureKind::ByIterations, subset.blocks(1)),
        panel('b', FigureKind::ByIterations, subset.blocks(2)),
    ]
}

/// Returns panels as in Figs. 6c-f.
const fn by_length(subset: Subset) -> [Panel; 4] {
    [
        panel('a', FigureKind::ByLength, subset.blocks(1)),
        panel('b', FigureKind::ByLength, subset.blocks(2)),
        panel('c', FigureKind::Distributions, subset.blocks(1)),
        panel('d', FigureKind::Distributions, subset.blocks(2)),
    ]
}

/// Returns panels as in Figs. 12 and 13: performance for all amounts of training data, lengths for 25 %, 50 %
/// and 100 %.
const fn multi_path(subset: Subset) -> [Panel; 4] {
    [
        panel('a', FigureKind::MultiPathPerformance, subset),
        panel('b', FigureKind::MultiPathLength, subset.amount(3)),
        panel('c', FigureKind::MultiPathLength, subset.amount(2)),
        panel('d', FigureKind::MultiPathLength, subset.amount(1)),
    ]
}

/// Returns panels as in Figs. 24 and 25, one for each readout mode.
const fn ablations(subset: Subset) -> [Panel; 4] {
    let subset = subset.amount(1).blocks(1);
    [
        panel('a', every_removal(Readout::NoAvg), subset),
        panel('b', every_removal(Readout::EarlyAvg), subset),
        panel('c', every_removal(Readout::LateAvg), subset),
        panel('d', every_removal(Readout::TwoAvg), subset),
    ]
}

/// Returns the kind of a panel of Figs. 6g-i.
const fn removed(lengths: usize) -> FigureKind {
    FigureKind::Ablations { removed: Some(lengths), readout: Readout::TwoAvg }
}

/// Returns the kind of a panel of one, two and three adjacent lengths removed.
const fn every_removal(readout: Readout) -> FigureKind {
    FigureKind::Ablations { removed: None, readout }
}

/// The models of the first data set, NS 2250 in the paper.
const FIRST: Subset = Subset::of(PaperDataset::First);
/// The models of the second data set, ImageNet 8K in the paper.
const SECOND: Subset = Subset::of(PaperDataset::Second);

/// A part of a figure: one kind of drawing of one subset of the models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Panel {
    /// The letter, if the figure has several panels.
    pub letter: Option<char>,
    /// The kind of drawing.
    pub kind: FigureKind,
    /// The models to show.
    pub subset: Subset,
}

const fn panel(letter: char, kind: FigureKind, subset: Subset) -> Panel {
    Panel { letter: Some(letter), kind, subset }
}

const fn single(kind: FigureKind, subset: Subset) -> Panel {
    Panel { letter: None, kind, subset }
}

/// The kind of drawing in a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureKind {
    /// Recurrent against feed-forward models, by readout mode and number of iterations (Fig. 3a).
    PairGrid,
    /// The same panels in a larger size (Fig. 9).
    LargePairGrid,
    /// The panel of [`FigureKind::PairGrid`] in which recurrent models gain most (Fig. 3b).
    BestPairs,
    /// The panel of no-avg with the most iterations (Fig. 3c).
    NoAvgPairs,
    /// Performance over iterations (Figs. 3d, 6a).
    ByIterations,
    /// Performance over average path length (Fig. 6c).
    ByLength,
    /// Path length distributions of the models that are marked in [`FigureKind::ByLength`] (Fig. 6e).
    Distributions,
    /// Performance of multi-path against recurrent models (Fig. 4c).
    MultiPathPerformance,
    /// Average path length of multi-path against recurrent models (Fig. 4d).
    MultiPathLength,
    /// Performance without the paths of some lengths (Fig. 6g).
    Ablations {
        /// The number of adjacent lengths removed; `None` for one, two and three.
        removed: Option<usize>,
        /// The readout mode of the models.
        readout: Readout,
    },
}
