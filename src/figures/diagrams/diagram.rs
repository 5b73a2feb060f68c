//! The diagrams of one network by name.

use super::{information_flow, network_diagram, path_lengths, readout_modes};
use crate::figures::{FigureError, Sheet};
use pathscope_core::circuit::{Readout, UnknownName, Word};
use pathscope_core::files::checkpoint::Checkpoint;
use pathscope_core::model::layout::{LayoutError, Model};
use pathscope_core::paths::ensemble::Ensemble;
use pathscope_core::paths::strength::{BatchNormStrength, ConvolutionStrength};
use std::str::FromStr;
use strum::{Display, IntoStaticStr, VariantArray};
use thiserror::Error;

/// A diagram of one network, like those that explain the paper's own.
///
/// # Examples
///
/// ```
/// use pathscope::figures::Diagram;
///
/// assert_eq!("path-lengths".parse(), Ok(Diagram::PathLengths));
/// assert_eq!("5".parse(), Ok(Diagram::PathLengths));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Diagram {
    /// The network in its two phases, and the inside of its blocks (Fig. 1).
    Architecture,
    /// The four readout modes over the iterations of the network (Fig. 2).
    ReadoutModes,
    /// The unrolled circuit, its strongest paths and their lengths (Fig. 5).
    PathLengths,
    /// The information that flows from iteration to iteration (Fig. 8).
    InformationFlow,
}

/// The reason why a diagram cannot be drawn.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DiagramError {
    /// The strengths of the network's components cannot be computed.
    #[error(transparent)]
    Strengths(#[from] LayoutError),
    /// The diagram cannot be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
}

impl Diagram {
    /// Returns the number of the paper's figure that the diagram follows.
    pub fn number(self) -> &'static str {
        match self {
            Self::Architecture => "1",
            Self::ReadoutModes => "2",
            Self::PathLengths => "5",
            Self::InformationFlow => "8",
        }
    }

    /// Draws the diagram of a network as SVG.
    ///
    /// # Arguments
    ///
    /// * `model` - the network
    /// * `checkpoint` - the file that the network was recognized in
    /// * `readout` - the mode whose ensemble [`Diagram::PathLengths`] shows
    ///
    /// # Errors
    ///
    /// [`DiagramError`]
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::files::checkpoint::Checkpoint;
    /// use pathscope_core::circuit::Readout;
    /// use pathscope::figures::{Diagram, Sheet};
    /// use pathscope_core::model::layout;
    ///
    /// let checkpoint = Checkpoint::open("fixtures/nets/fig5.safetensors".as_ref(), None)?;
    /// let model = layout::recognize(&checkpoint, &Default::default())?;
    /// let svg = Diagram::PathLengths.draw(&model, &checkpoint, Readout::NoAvg, Sheet::default())?;
    /// assert!(svg.contains("average path length 1.75"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn draw(
        self,
        model: &Model,
        checkpoint: &Checkpoint,
        readout: Readout,
        sheet: Sheet,
    ) -> Result<String, DiagramError> {
        let circuit = &model.circuit;
        Ok(match self {
            Self::Architecture => network_diagram(model, &model.tensor_uses(checkpoint), sheet)?,
            Self::ReadoutModes => readout_modes(circuit.iterations, circuit.readout, sheet)?,
            Self::PathLengths => {
                let strengths = model.strengths(
                    checkpoint,
                    ConvolutionStrength::default(),
                    BatchNormStrength::default(),
                )?;
                let ensembles = Ensemble::of_readouts(&model.unrolled, &strengths, &[readout]);
                path_lengths(circuit, &model.unrolled, &strengths, &ensembles[0], sheet)?
            }
            Self::InformationFlow => information_flow(circuit, &model.unrolled, sheet)?,
        })
    }
}

impl FromStr for Diagram {
    type Err = UnknownName;

    /// Returns the diagram with this name, or with this number in the paper.
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let is_meant = |diagram: &&Self| text == diagram.number() || text == <&str>::from(**diagram);
        Self::VARIANTS.iter().find(is_meant).copied().ok_or_else(|| UnknownName::of::<Self>(text))
    }
}

impl Word for Diagram {
    const WHAT: &'static str = "diagram";
}
