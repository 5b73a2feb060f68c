//! The analysis of one model: from a file to its ensembles.
//!
//! In comes a file, out come its components, paths and ensembles, as a [`report`] or beside those of other models in a
//! [`comparison`]. Read [`Analysis`] first.

mod checkpoint;
pub mod comparison;
pub mod contributions;
mod error;
pub mod lesion;
mod program;
pub mod report;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;

pub use checkpoint::CheckpointSubject;
pub use error::AnalysisError;
pub use program::ProgramSubject;

use crate::graph::ComponentGraph;
use crate::model::layout::Given;
use crate::paths::Reading;
use crate::paths::ensemble::Ensemble;
use crate::paths::strength::{BatchNormStrength, ConvolutionStrength, Strengths};
use crate::program::is_exported_program;
use crate::program::tracing::Settings;
use std::path::{Path, PathBuf};

/// What the user decides about an analysis.
#[derive(Clone, Debug, Default)]
pub struct AnalysisOptions {
    /// The entry of the saved dictionary that holds the weights.
    pub key: Option<String>,
    /// What the checkpoint does not say.
    pub given: Given,
    /// Where the paths of a program begin and end, and what else it leaves open.
    pub paths: Settings,
    /// Which strength a convolution has.
    pub convolution_strength: ConvolutionStrength,
    /// Which strength a batch normalization has.
    pub batch_norm_strength: BatchNormStrength,
}

/// A model taken apart into its paths.
#[derive(Debug)]
pub struct Analysis {
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
    /// Remarks for the user about how the file was read, one sentence each.
    pub remarks: Vec<String>,
    /// The numbers in its tensors that training changes, each counted once however often it is used.
    pub parameters: usize,
    /// Which strength its convolutions were given.
    pub convolution_strength: ConvolutionStrength,
    /// Which strength its batch normalizations were given.
    pub batch_norm_strength: BatchNormStrength,
    /// The strengths of its components.
    pub strengths: Strengths,
    /// The strengths with the paper's kernel norms, where the convolutions were given others.
    pub kernel_norms: Option<Strengths>,
    /// One ensemble for its readout mode, or one for each where it does not say which it has; of a program the one of
    /// the output that was chosen.
    pub ensembles: Vec<Ensemble>,
    /// What only its kind of file has.
    pub subject: Subject,
}

/// What was taken apart.
#[derive(Debug)]
pub enum Subject {
    /// A checkpoint, whose layout says what circuit it is of.
    Checkpoint(Box<CheckpointSubject>),
    /// A program, which says itself what it computes.
    Program(Box<ProgramSubject>),
}

impl Analysis {
    /// Analyses a file, which may be a checkpoint or an exported program: what is inside decides, not the name.
    ///
    /// # Errors
    ///
    /// [`AnalysisError`], which names the file, the tensor or operation and what to do.
    ///
    /// # Complexity
    ///
    /// O(file + edges of the graph · lengths) time, and that of the operator norms where they are asked
    /// for; no path is listed. Memory holds one tensor at a time.
    pub fn of_file(path: &Path, options: &AnalysisOptions) -> Result<Self, AnalysisError> {
        if Self::is_of_program(path, options)? {
            Ok(Self::of_program(path, options)?)
        } else {
            Ok(Self::of_checkpoint(path, options)?)
        }
    }

    /// Returns whether a file would be analysed as an exported program and not as a checkpoint.
    ///
    /// # Errors
    ///
    /// [`AnalysisError::OptionsOfCheckpoints`] and [`AnalysisError::OptionsOfPrograms`] where the options are for the
    /// other kind of file.
    pub fn is_of_program(path: &Path, options: &AnalysisOptions) -> Result<bool, AnalysisError> {
        let is_program = !path.is_dir() && is_exported_program(path).unwrap_or(false);
        if is_program && (options.key.is_some() || options.given != Given::default()) {
            return Err(AnalysisError::OptionsOfCheckpoints { path: path.to_owned() });
        }
        if !is_program && options.paths != Settings::default() {
            return Err(AnalysisError::OptionsOfPrograms { path: path.to_owned() });
        }
        Ok(is_program)
    }

    /// Returns what only a checkpoint has, if it is one.
    pub fn checkpoint(&self) -> Option<&CheckpointSubject> {
        match &self.subject {
            Subject::Checkpoint(checkpoint) => Some(checkpoint),
            Subject::Program(_) => None,
        }
    }

    /// Returns what only a program has, if it is one.
    pub fn program(&self) -> Option<&ProgramSubject> {
        match &self.subject {
            Subject::Checkpoint(_) => None,
            Subject::Program(program) => Some(program),
        }
    }

    /// Returns the graph that its paths lead through.
    pub fn graph(&self) -> &ComponentGraph {
        match &self.subject {
            Subject::Checkpoint(checkpoint) => checkpoint.model.unrolled.graph(),
            Subject::Program(program) => &program.paths.graph,
        }
    }

    /// Returns the paths of an ensemble: the graph, the strengths and the weights of its readout together.
    pub fn reading(&self, ensemble: &Ensemble) -> Reading<'_> {
        match (&self.subject, ensemble.readout) {
            (Subject::Checkpoint(checkpoint), Some(readout)) => {
                Reading::new(&checkpoint.model.unrolled, &self.strengths, readout)
            }
            _ => Reading::of_graph(self.graph(), &self.strengths),
        }
    }

    /// Returns the name of a component, by its number in the graph.
    pub fn component_name(&self, component: usize) -> &str {
        match &self.subject {
            Subject::Checkpoint(checkpoint) => checkpoint.model.component_name(component),
            Subject::Program(program) => &program.paths.components[component].name,
        }
    }

    /// Returns the names of the components on a path, from where it begins to where it ends.
    pub fn path_names(&self, path: &crate::paths::Path) -> Vec<String> {
        let components = path.nodes.iter().filter_map(|&node| self.graph().component(node));
        components.map(|component| self.component_name(component).to_owned()).collect()
    }
}
