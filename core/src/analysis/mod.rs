//! The analysis of one model: from a file to its ensembles.
//!
//! In comes a file. Out come its components, paths and ensembles, as a [`report`] or beside other models in a
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
mod unseen;

pub use checkpoint::CheckpointSubject;
pub use error::AnalysisError;
pub use program::ProgramSubject;

use crate::files::checkpoint::Checkpoint;
use crate::graph::ComponentGraph;
use crate::model::layout::{Given, LayoutError};
use crate::paths::Reading;
use crate::paths::ensemble::Ensemble;
use crate::paths::strength::{BatchNormStrength, ConvolutionStrength, Strengths};
use crate::program::is_exported_program;
use crate::program::tracing::Settings;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Options of an analysis.
#[derive(Clone, Debug, Default)]
pub struct AnalysisOptions {
    /// The entry of the saved dictionary that holds the weights.
    pub key: Option<String>,
    /// Values that the checkpoint does not state.
    pub given: Given,
    /// Where the paths of a program begin and end, and other values that the program does not state.
    pub paths: Settings,
    /// The definition of a convolution's strength.
    pub convolution_strength: ConvolutionStrength,
    /// The definition of a batch normalization's strength.
    pub batch_norm_strength: BatchNormStrength,
}

/// A model decomposed into its paths.
#[derive(Debug)]
pub struct Analysis {
    /// The analyzed file.
    pub path: PathBuf,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// Remarks for the user about how the file was read, one sentence each.
    pub remarks: Vec<String>,
    /// The number of trainable parameters; shared tensors count once.
    pub parameters: usize,
    /// The definition of strength used for convolutions.
    pub convolution_strength: ConvolutionStrength,
    /// The definition of strength used for batch normalizations.
    pub batch_norm_strength: BatchNormStrength,
    /// The strengths of the components.
    pub strengths: Strengths,
    /// The strengths with the paper's kernel norms, where another definition was used for convolutions.
    pub kernel_norms: Option<Strengths>,
    /// The ensembles of paths: one for the readout mode, or one for each mode where the checkpoint names
    /// none. A program has one, for the chosen output.
    pub ensembles: Vec<Ensemble>,
    /// The part that is specific to the kind of file.
    pub subject: Subject,
}

/// The kind of model that was analyzed, with its specific part.
#[derive(Debug)]
pub enum Subject {
    /// A checkpoint, whose layout determines its circuit.
    Checkpoint(Box<CheckpointSubject>),
    /// A program, which defines its own computation.
    Program(Box<ProgramSubject>),
}

impl Analysis {
    /// Analyzes a checkpoint or an exported program; the content decides which it is, not the file name.
    ///
    /// # Errors
    ///
    /// [`AnalysisError`], which names the file and the tensor or operation and says what to do.
    ///
    /// # Complexity
    ///
    /// O(file + edges of the graph · lengths) time, plus that of operator norms if requested. No path is
    /// listed. Memory holds one tensor at a time.
    pub fn of_file(path: &Path, options: &AnalysisOptions) -> Result<Self, AnalysisError> {
        if Self::is_of_program(path, options)? {
            Ok(Self::of_program(path, options)?)
        } else {
            Ok(Self::of_checkpoint(path, options)?)
        }
    }

    /// Analyzes a checkpoint in memory. Nothing is read beside it, such as a `config_extra.json`, unless
    /// `options` names it.
    ///
    /// # Arguments
    ///
    /// * `name` - the name of the model in messages, which takes the place of its path
    /// * `bytes` - the bytes of a `.safetensors` file
    ///
    /// # Errors
    ///
    /// The same as [`Analysis::of_file`].
    ///
    /// # Complexity
    ///
    /// The same as [`Analysis::of_file`].
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::{Analysis, AnalysisOptions};
    ///
    /// let bytes = std::fs::read("../fixtures/nets/fig5.safetensors")?.into();
    /// let analysis = Analysis::in_memory("fig5".as_ref(), bytes, &AnalysisOptions::default())?;
    /// let moments = analysis.ensembles[0].moments.expect("paths of some strength");
    /// assert_eq!(moments.average_path_length, 1.75);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_memory(
        name: &Path,
        bytes: Arc<[u8]>,
        options: &AnalysisOptions,
    ) -> Result<Self, AnalysisError> {
        if options.paths != Settings::default() {
            return Err(AnalysisError::OptionsOfPrograms { path: name.to_owned() });
        }
        let checkpoint = Checkpoint::in_memory(name, bytes, options.key.as_deref());
        Ok(Self::of_opened(&checkpoint.map_err(LayoutError::from)?, options)?)
    }

    /// Returns whether a file would be analyzed as an exported program rather than a checkpoint.
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

    /// Returns the part that is specific to checkpoints, if the file is one.
    pub fn checkpoint(&self) -> Option<&CheckpointSubject> {
        match &self.subject {
            Subject::Checkpoint(checkpoint) => Some(checkpoint),
            Subject::Program(_) => None,
        }
    }

    /// Returns the part that is specific to programs, if the file is one.
    pub fn program(&self) -> Option<&ProgramSubject> {
        match &self.subject {
            Subject::Checkpoint(_) => None,
            Subject::Program(program) => Some(program),
        }
    }

    /// Returns the graph that the paths lead through.
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

    /// Returns the names of the components on a path, from its beginning to its end.
    pub fn path_names(&self, path: &crate::paths::Path) -> Vec<String> {
        let components = path.nodes.iter().filter_map(|&node| self.graph().component(node));
        components.map(|component| self.component_name(component).to_owned()).collect()
    }
}
