//! The figures of one analysis, by name.

use super::{
    DrawnModel, EnsembleOptions, FigureError, ProgramOptions, UnrolledOptions, Width, distribution, ensemble,
    rolled_program, unrolled_circuit, unrolled_program,
};
use pathscope_core::analysis::{Analysis, Subject};
use pathscope_core::circuit::Readout;
use pathscope_core::paths::ensemble::Ensemble;

/// The number of iterations above which a circuit is drawn folded.
const UNFOLDED: usize = 8;
/// The number of first iterations that a folded circuit shows.
const FOLDED_TO: usize = 3;

/// A figure of one analysis.
///
/// # Examples
///
/// ```
/// use pathscope::figures::{AnalysisFigure, EnsembleOptions};
/// use pathscope_core::{Analysis, AnalysisOptions};
///
/// let analysis = Analysis::of_file("fixtures/nets/fig5.safetensors".as_ref(), &AnalysisOptions::default())?;
/// let names = AnalysisFigure::of(&analysis).map(|figure| figure.name(&analysis));
/// assert_eq!(names.collect::<Vec<_>>(), ["circuit-paths", "circuit-strength", "ensemble", "distribution"]);
/// let options = EnsembleOptions::default();
/// let svg = AnalysisFigure::Strength.draw(&analysis, &analysis.ensembles[0], &options).unwrap();
/// assert!(svg.starts_with("<svg"));
/// # Ok::<(), pathscope_core::analysis::AnalysisError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnalysisFigure {
    /// The unrolled graph by numbers of paths (paper, Fig. 4a).
    Paths,
    /// The unrolled graph by strength (paper, Fig. 5a).
    Strength,
    /// The modules of a program, with the numbers of paths between them.
    Modules,
    /// The strongest paths (paper, Fig. 5b).
    Ensemble,
    /// The path length distribution and its average (paper, Figs. 5c, 6e).
    Distribution,
}

impl AnalysisFigure {
    /// Returns the figures that an analysis has. Modules are those of a program.
    pub fn of(analysis: &Analysis) -> impl Iterator<Item = Self> {
        let is_program = analysis.program().is_some();
        [Self::Paths, Self::Strength, Self::Modules, Self::Ensemble, Self::Distribution]
            .into_iter()
            .filter(move |figure| is_program || *figure != Self::Modules)
    }

    /// Returns the name of the figure, which is that of its file without the ending.
    pub fn name(self, analysis: &Analysis) -> &'static str {
        match (self, analysis.program()) {
            (Self::Paths, None) => "circuit-paths",
            (Self::Strength, None) => "circuit-strength",
            (Self::Paths, Some(_)) => "graph-paths",
            (Self::Strength, Some(_)) => "graph-strength",
            (Self::Modules, _) => "modules",
            (Self::Ensemble, _) => "ensemble",
            (Self::Distribution, _) => "distribution",
        }
    }

    /// Draws the figure for one ensemble of the analysis, as SVG.
    ///
    /// # Errors
    ///
    /// [`FigureError`]
    pub fn draw(
        self,
        analysis: &Analysis,
        of: &Ensemble,
        options: &EnsembleOptions,
    ) -> Result<String, FigureError> {
        let sheet = options.sheet;
        let width = if self == Self::Paths { Width::Paths } else { Width::Strength };
        match (self, &analysis.subject) {
            (Self::Ensemble, _) => ensemble(&DrawnModel::of(analysis), of, options),
            (Self::Distribution, _) => distribution(&DrawnModel::of(analysis), of, sheet),
            (Self::Modules, Subject::Program(program)) => rolled_program(
                program,
                &ProgramOptions { width: Width::Paths, sheet, ..ProgramOptions::default() },
            ),
            (_, Subject::Program(program)) => {
                let options = ProgramOptions { width, sheet, ..ProgramOptions::default() };
                unrolled_program(program, &analysis.strengths, &options)
            }
            (_, Subject::Checkpoint(checkpoint)) => {
                let (circuit, unrolled) = (&checkpoint.model.circuit, &checkpoint.model.unrolled);
                let fold = (circuit.iterations > UNFOLDED).then_some(FOLDED_TO);
                let readout = of.readout.unwrap_or(Readout::LateAvg);
                let options = UnrolledOptions { width, readout, fold, sheet, ..UnrolledOptions::default() };
                unrolled_circuit(circuit, unrolled, &analysis.strengths, &options)
            }
        }
    }
}
