//! The analysis of one checkpoint: from a file to its ensembles.

mod program;

pub use program::ProgramSubject;

use crate::checkpoint::{Checkpoint, Container, EffectiveKernel, sha256};
use crate::circuit::Readout;
use crate::complexity::Complexity;
use crate::ensemble::Ensemble;
use crate::layout::{self, Given, LayoutError, Model, parameters};
use crate::strength::{BatchNormStrength, ConvolutionStrength, Strengths};
use std::path::{Path, PathBuf};

/// What the user decides about an analysis.
#[derive(Clone, Debug, Default)]
pub struct AnalysisOptions {
    /// The entry of the saved dictionary that holds the weights.
    pub key: Option<String>,
    /// What the checkpoint does not say.
    pub given: Given,
    /// Which strength a convolution has.
    pub convolution_strength: ConvolutionStrength,
    /// Which strength a batch normalization has.
    pub batch_norm_strength: BatchNormStrength,
}

/// A checkpoint taken apart.
#[derive(Debug)]
pub struct Analysis {
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
    /// What kind of file it is.
    pub container: Container,
    /// The entry of the saved dictionary that the weights are from, if not from all of it.
    pub key: Option<String>,
    /// Other entries that hold kernels.
    pub other_weights: Vec<String>,
    /// Remarks for the user about how the tensors were read, one sentence each.
    pub remarks: Vec<String>,
    /// The kernels that were computed from several stored tensors.
    pub effective_kernels: Vec<EffectiveKernel>,
    /// The numbers in its tensors that training changes, each counted once however often it is used.
    pub parameters: usize,
    /// The model.
    pub model: Model,
    /// Which strength its convolutions were given.
    pub convolution_strength: ConvolutionStrength,
    /// Which strength its batch normalizations were given.
    pub batch_norm_strength: BatchNormStrength,
    /// The strengths of its components.
    pub strengths: Strengths,
    /// The strengths with the paper's kernel norms, where the convolutions were given others.
    pub kernel_norms: Option<Strengths>,
    /// The shape of the kernel of each component that has one.
    pub kernel_shapes: Vec<Option<Vec<usize>>>,
    /// The architectural complexity of its circuit.
    pub complexity: Complexity,
    /// One ensemble for its readout mode, or one for each where it does not say which it has.
    pub ensembles: Vec<Ensemble>,
}

impl Analysis {
    /// Analyses a checkpoint.
    ///
    /// # Errors
    ///
    /// [`LayoutError`], which names the file, the tensor and what to do.
    ///
    /// # Complexity
    ///
    /// O(file + unrolled edges · lengths) time, and that of the operator norms where they are asked
    /// for; no path is listed. Memory holds one tensor at a time.
    pub fn of_file(path: &Path, options: &AnalysisOptions) -> Result<Self, LayoutError> {
        let checkpoint = Checkpoint::open(path, options.key.as_deref())?;
        let sha256 = sha256(checkpoint.path())?;
        let model = layout::recognize(&checkpoint, &options.given)?;
        let measure = |convolution| model.strengths(&checkpoint, convolution, options.batch_norm_strength);
        let strengths = measure(options.convolution_strength)?;
        let kernel_norms = (options.convolution_strength != ConvolutionStrength::KernelNorm)
            .then(|| measure(ConvolutionStrength::KernelNorm))
            .transpose()?;
        let readouts = model.circuit.readout.map_or(Readout::ALL.to_vec(), |readout| vec![readout]);
        let ensembles = Ensemble::of_readouts(&model.unrolled, &strengths, &readouts);
        let kernel_shapes = (0..model.unrolled.components().len())
            .map(|index| {
                let name = model.component_tensors(index).weight.as_ref()?;
                Some(checkpoint.tensors().get(name)?.shape.clone()).filter(|shape| shape.len() > 1)
            })
            .collect();
        Ok(Self {
            path: checkpoint.path().to_owned(),
            sha256,
            container: checkpoint.container(),
            key: checkpoint.key().map(str::to_owned),
            other_weights: checkpoint.other_weights().to_vec(),
            remarks: checkpoint.remarks(),
            effective_kernels: EffectiveKernel::all(&checkpoint),
            parameters: parameters(&checkpoint),
            complexity: Complexity::of(&model.circuit),
            convolution_strength: options.convolution_strength,
            batch_norm_strength: options.batch_norm_strength,
            model,
            strengths,
            kernel_norms,
            kernel_shapes,
            ensembles,
        })
    }

    /// Returns the names of the components on a path, from the input to the readout.
    pub fn path_names(&self, path: &crate::paths::Path) -> Vec<String> {
        let components = path.nodes.iter().filter_map(|&node| self.model.unrolled.graph().component(node));
        components.map(|component| self.model.component_name(component).to_owned()).collect()
    }
}
