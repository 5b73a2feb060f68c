//! The analysis of a checkpoint.

use super::unseen::{self, is_unseen};
use super::{Analysis, AnalysisOptions, Subject};
use crate::circuit::Readout;
use crate::circuit::complexity::Complexity;
use crate::files::checkpoint::{Checkpoint, Container, EffectiveKernel};
use crate::model::layout::{self, LayoutError, Model, parameters};
use crate::paths::ensemble::Ensemble;
use crate::paths::strength::{BatchNormStrength, ConvolutionStrength};
use std::path::Path;

/// The part of an analysis that is specific to checkpoints.
#[derive(Debug)]
pub struct CheckpointSubject {
    /// The kind of checkpoint file.
    pub container: Container,
    /// The entry of the saved dictionary that holds the weights; `None` where the weights fill the whole
    /// dictionary.
    pub key: Option<String>,
    /// Other entries that hold kernels.
    pub other_weights: Vec<String>,
    /// The kernels that were computed from several stored tensors.
    pub effective_kernels: Vec<EffectiveKernel>,
    /// The model.
    pub model: Model,
    /// The shape of the kernel of each component that has one.
    pub kernel_shapes: Vec<Option<Vec<usize>>>,
    /// The architectural complexity of the circuit.
    pub complexity: Complexity,
}

impl Analysis {
    /// Analyzes a checkpoint.
    ///
    /// # Errors
    ///
    /// [`LayoutError`], which names the file and the tensor and says what to do.
    ///
    /// # Complexity
    ///
    /// The same as [`Analysis::of_file`].
    pub fn of_checkpoint(path: &Path, options: &AnalysisOptions) -> Result<Self, LayoutError> {
        Self::of_opened(&Checkpoint::open(path, options.key.as_deref())?, options)
    }

    /// Analyzes an open checkpoint.
    pub(super) fn of_opened(checkpoint: &Checkpoint, options: &AnalysisOptions) -> Result<Self, LayoutError> {
        let sha256 = checkpoint.sha256()?;
        let model = layout::recognize(checkpoint, &options.given)?;
        let measure = |convolution| model.strengths(checkpoint, convolution, options.batch_norm_strength);
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
        let mut remarks = checkpoint.remarks();
        if options.batch_norm_strength == BatchNormStrength::Effective {
            remarks.extend(unseen::remark(&model.normalizations_where(checkpoint, is_unseen)?));
        }
        Ok(Self {
            path: checkpoint.path().to_owned(),
            sha256,
            remarks,
            parameters: parameters(checkpoint),
            convolution_strength: options.convolution_strength,
            batch_norm_strength: options.batch_norm_strength,
            strengths,
            kernel_norms,
            ensembles,
            subject: Subject::Checkpoint(Box::new(CheckpointSubject {
                container: checkpoint.container(),
                key: checkpoint.key().map(str::to_owned),
                other_weights: checkpoint.other_weights().to_vec(),
                effective_kernels: EffectiveKernel::all(checkpoint),
                complexity: Complexity::of(&model.circuit),
                model,
                kernel_shapes,
            })),
        })
    }
}
