//! A model whose contributions are computed: a checkpoint of a whole network, or an exported program.

use super::ComputeError;
use super::batches::batches;
use crate::analysis::{Analysis, AnalysisOptions};
use crate::network::{FIRST_BLOCK, NetworkProgram, WholeNetwork};
use crate::paths::ensemble::Ensemble;
use crate::program::contributions::{AtStart, Gate, Grades};
use crate::program::tracing::{Settings, Traced, trace};
use crate::program::{Counted, ExportedProgram, Program, Tensors, Value, fixed_batch};
use ndarray::ArrayView4;
use std::path::{Path, PathBuf};

/// A model whose contributions are computed.
///
/// The paths of a checkpoint begin where those of its analysis begin, at the input of the recurrent stage.
/// The paths of an exported program begin at the image, or where the user chooses.
#[derive(Debug)]
pub struct ContributedModel {
    pub(super) path: PathBuf,
    pub(super) source: Source,
    pub(super) traced: Traced,
    pub(super) count: Counted,
    /// The analysis of the same file, with the strengths of its paths.
    pub analysis: Analysis,
}

/// The kind of file that a model is read from.
#[derive(Debug)]
pub(super) enum Source {
    Network(Box<NetworkProgram>),
    Program(Box<ExportedProgram>),
}

impl ContributedModel {
    /// Opens a model for images of one size.
    ///
    /// # Arguments
    ///
    /// * `path` - the checkpoint or exported program
    /// * `options` - what the file does not state
    /// * `image` - channels, height and width of the images
    ///
    /// # Errors
    ///
    /// [`ComputeError`], for files that cannot be read, for checkpoints that do not hold a whole network or
    /// take other images, and for paths that cannot be followed.
    ///
    /// # Complexity
    ///
    /// O(file + operations).
    pub fn open(path: &Path, options: &AnalysisOptions, image: [usize; 3]) -> Result<Self, ComputeError> {
        let analysis = Analysis::of_file(path, options)?;
        let (source, settings) = match analysis.program() {
            Some(_) => {
                let file = ExportedProgram::open(path)?;
                let found = file.program.inputs.len();
                if found != 1 {
                    return Err(ComputeError::Inputs { path: path.to_owned(), found });
                }
                (Source::Program(Box::new(file)), options.paths.clone())
            }
            None => {
                let network = WholeNetwork::open(path, options.key.as_deref(), &options.given)?;
                let (channels, _) = network.image();
                let [found, height, width] = image;
                if found != channels {
                    let reason =
                        format!("the images have {found} channels, but the network takes {channels}");
                    return Err(ComputeError::Images { path: path.to_owned(), reason });
                }
                let settings = Settings { from: Some(FIRST_BLOCK.to_owned()), ..Settings::default() };
                (Source::Network(Box::new(network.program([height, width])?)), settings)
            }
        };
        let traced = trace(source.program(), source.tensors(), &settings)
            .map_err(|problem| ComputeError::Paths { path: path.to_owned(), problem: Box::new(problem) })?;
        Ok(Self { path: path.to_owned(), source, traced, count: settings.count, analysis })
    }

    /// Returns the ensemble of the model's paths by strength.
    pub fn ensemble(&self) -> Option<&Ensemble> {
        self.analysis.ensembles.first()
    }

    /// Returns the batch size of the model; `None` if it takes any number of images.
    pub fn batch(&self) -> Option<usize> {
        self.input().ok().and_then(fixed_batch)
    }

    /// Returns the number of units, which is the number of outputs for one image, flattened.
    ///
    /// # Errors
    ///
    /// Fails if the model cannot be executed on one of these images.
    pub fn units(&self, images: ArrayView4<'_, f32>) -> Result<usize, ComputeError> {
        let contributor = self.contributor::<f32>(Gate::default())?;
        let Some(batch) = batches::<f32>(self, images, 1)?.next() else { return Ok(0) };
        let found = contributor.contributions(&[batch.tensor], &Grades::default(), &AtStart::default());
        Ok(found.map_err(|problem| self.engine(problem))?.units)
    }

    /// Returns the input that takes the images.
    pub(super) fn input(&self) -> Result<&Value, ComputeError> {
        let program = self.source.program();
        match *program.inputs.as_slice() {
            [input] => Ok(program.value(input)),
            _ => Err(ComputeError::Inputs { path: self.path.clone(), found: program.inputs.len() }),
        }
    }
}

impl Source {
    pub(super) fn program(&self) -> &Program {
        match self {
            Self::Network(network) => &network.program,
            Self::Program(file) => &file.program,
        }
    }

    pub(super) fn tensors(&self) -> &dyn Tensors {
        match self {
            Self::Network(network) => network.as_ref(),
            Self::Program(file) => file.as_ref(),
        }
    }
}
