//! Takes a trained recurrent convolutional network apart into the ensemble of feed-forward paths
//! hidden in it, after Zhang et al., *Recurrent circuits as multi-path ensembles for modeling
//! responses of early visual cortical neurons*.
//!
//! # A tour
//!
//! From a file to its analysis. A checkpoint, or a program that `torch.export` saved, becomes a graph of components,
//! and the graph an ensemble of paths:
//!
//! ```
//! use pathscope_core::{Analysis, AnalysisOptions};
//!
//! let analysis = Analysis::of_file("../fixtures/nets/fig5.safetensors".as_ref(), &AnalysisOptions::default())?;
//! let moments = analysis.ensembles[0].moments.expect("paths of some strength");
//! assert_eq!(moments.average_path_length, 1.75);
//! # Ok::<(), pathscope_core::analysis::AnalysisError>(())
//! ```
//!
//! From a circuit to its ensemble. Paths are counted without listing them, listed lazily, and ranked without listing
//! the weaker ones:
//!
//! ```
//! use pathscope_core::{Circuit, Reading, Readout, Strengths, UnrolledCircuit};
//!
//! let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(2, 5))?;
//! let strengths = Strengths::new(unrolled.components(), |_| 0.5);
//! let reading = Reading::new(&unrolled, &strengths, Readout::TwoAvg);
//! assert_eq!(reading.ensemble().paths.to_u64(), Some(35));
//! assert_eq!(reading.paths().filter(|path| reading.length(path) == 2).count(), 5);
//! let strongest: Vec<_> = reading.strongest().take(3).map(|found| found.path.length(reading.graph())).collect();
//! assert_eq!(strongest, [2, 2, 2]);
//! # Ok::<(), pathscope_core::circuit::CircuitError>(())
//! ```
//!
//! From a program to contributions: what the paths of each length add to every output, for real images:
//!
//! ```
//! use ndarray::Array4;
//! use pathscope_core::analysis::contributions::{By, ComputeOptions};
//! use pathscope_core::{AnalysisOptions, ContributedModel};
//!
//! let file = "../fixtures/reference/recurrent-1block-t3-no-avg/best.pth";
//! let model = ContributedModel::open(file.as_ref(), &AnalysisOptions::default(), [1, 50, 50])?;
//! let images = Array4::from_shape_fn((2, 1, 50, 50), |(_, _, x, y)| (x % 7 + y % 5) as f32 / 11.0);
//! let found = model.compute(images.view(), &model.gradings(By::Length), &ComputeOptions::default(), &|_| ())?;
//! // The paths of length 1, 2 and 3, and the biases, add up to what the network gives.
//! assert_eq!(found[0].marks, [1, 2, 3]);
//! assert!(found[0].sum_difference().largest < 1e-4);
//! # Ok::<(), pathscope_core::analysis::contributions::ComputeError>(())
//! ```
//!
//! # Rooms
//!
//! Each module imports only modules above it in this list: [`circuit`], [`graph`], [`statistics`], [`paths`],
//! [`files`], [`model`], [`program`], [`network`], [`data`], [`analysis`].

pub mod analysis;
pub mod circuit;
pub mod data;
pub mod files;
pub mod graph;
pub mod model;
pub mod network;
pub mod paths;
pub mod program;
pub mod statistics;

pub use analysis::contributions::{ContributedModel, Contributions};
pub use analysis::{Analysis, AnalysisOptions};
pub use circuit::complexity::Complexity;
pub use circuit::{Activation, Circuit, Connection, Readout};
pub use data::Dataset;
pub use files::checkpoint::Checkpoint;
pub use graph::ComponentGraph;
pub use graph::unroll::UnrolledCircuit;
pub use model::layout::Model;
pub use network::WholeNetwork;
pub use paths::ensemble::{Ensemble, Moments};
pub use paths::strength::Strengths;
pub use paths::{Magnitude, Path, PathCount, Reading};
pub use program::{Execution, ExportedProgram};

#[cfg(test)]
mod tests {
    use crate::analysis::contributions::{By, Precision};
    use crate::circuit::testing::{assert_documents_hold_words, assert_words_are_read};
    use crate::circuit::{Activation, Readout};
    use crate::data::evaluation::EvaluatedPart;
    use crate::data::synth::Kind;
    use crate::model::ablation::{Init, PathNormalization};
    use crate::paths::strength::BatchNormStrength;
    use crate::program::ComponentKind;
    use crate::program::contributions::Gate;
    use crate::program::tracing::Role;

    #[test]
    fn words_are_read_as_they_are_written() {
        assert_words_are_read::<Activation>();
        assert_words_are_read::<BatchNormStrength>();
        assert_words_are_read::<By>();
        assert_words_are_read::<EvaluatedPart>();
        assert_words_are_read::<Init>();
        assert_words_are_read::<Kind>();
        assert_words_are_read::<PathNormalization>();
        assert_words_are_read::<Precision>();
        assert_words_are_read::<Readout>();
    }

    #[test]
    fn documents_hold_the_words_that_are_displayed() {
        assert_documents_hold_words::<Activation>();
        assert_documents_hold_words::<BatchNormStrength>();
        assert_documents_hold_words::<ComponentKind>();
        assert_documents_hold_words::<EvaluatedPart>();
        assert_documents_hold_words::<Gate>();
        assert_documents_hold_words::<Init>();
        assert_documents_hold_words::<Kind>();
        assert_documents_hold_words::<PathNormalization>();
        assert_documents_hold_words::<Precision>();
        assert_documents_hold_words::<Readout>();
        assert_documents_hold_words::<Role>();
    }
}
