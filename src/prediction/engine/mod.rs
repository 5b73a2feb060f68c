//! Predictions by pathscope's own engine for programs, without libtorch.

mod batches;

use super::{InputStatistics, ModelFile, Predictor, Problem};
use batches::{check_shape, in_batches};
use ndarray::{Array2, Array4};
use pathscope_core::circuit::TensorPart;
use pathscope_core::network::WholeNetwork;
use pathscope_core::program::{ExportedProgram, is_exported_program};
use std::path::PathBuf;
use thiserror::Error;

/// A network that the engine for programs computes, on the CPU and in single precision.
#[derive(Debug)]
pub struct Engine {
    path: PathBuf,
    model: Model,
    /// The iteration of the readout, if the network has iterations.
    iterations: Option<usize>,
}

#[derive(Debug)]
enum Model {
    Network(Box<WholeNetwork>),
    Program(Box<ExportedProgram>),
}

impl Engine {
    /// Opens a checkpoint of a whole network or an exported program.
    ///
    /// # Arguments
    ///
    /// * `iterations` - the iteration to read the network out at, as if it had stopped there \[default: the
    ///   last\]
    ///
    /// # Errors
    ///
    /// Returns the errors of [`WholeNetwork::open`] and [`ExportedProgram::open`]. It is also an error if the
    /// network does not have the iteration, or if an option for checkpoints is given for a program.
    ///
    /// # Complexity
    ///
    /// O(file).
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::Array4;
    /// use pathscope::prediction::{Engine, ModelFile, Predictor};
    ///
    /// let file = ModelFile::of("fixtures/reference/recurrent-1block-t3-no-avg/best.pth".as_ref());
    /// let engine = Engine::open(&file, None)?;
    /// let predictions = engine.predict(&Array4::zeros((2, 1, 50, 50)), 256, &|_| ())?;
    /// assert_eq!(predictions.dim(), (2, engine.neurons().unwrap()));
    /// # Ok::<(), pathscope::prediction::Problem>(())
    /// ```
    pub fn open(file: &ModelFile, iterations: Option<usize>) -> Result<Self, Problem> {
        let path = file.path.clone();
        if is_exported_program(&path)? {
            if let Some(flag) = file.checkpoint_flag() {
                return Err(EngineProblem::CheckpointFlag { flag }.into());
            }
            if iterations.is_some() {
                return Err(EngineProblem::NoIterations.into());
            }
            let model = Model::Program(Box::new(ExportedProgram::open(&path)?));
            return Ok(Self { path, model, iterations });
        }
        let network = WholeNetwork::open(&path, file.key.as_deref(), &file.given)?;
        let iterations = iterations.unwrap_or_else(|| network.iterations());
        network.check_iterations(iterations)?;
        Ok(Self { path, model: Model::Network(Box::new(network)), iterations: Some(iterations) })
    }
}

impl Predictor for Engine {
    fn neurons(&self) -> Option<usize> {
        match &self.model {
            Model::Network(network) => Some(network.neurons()),
            Model::Program(_) => None,
        }
    }

    fn iterations(&self) -> Option<usize> {
        self.iterations
    }

    fn input_statistics(&self) -> Result<Option<InputStatistics>, Problem> {
        let Model::Network(network) = &self.model else { return Ok(None) };
        let numbers = [TensorPart::RunningMean, TensorPart::RunningVariance]
            .map(|part| network.input_normalization(part));
        let [Some(means), Some(variances)] = numbers else { return Ok(None) };
        Ok(Some(InputStatistics { means, variances }))
    }

    fn check_images(&self, images: [usize; 4]) -> Result<(), Problem> {
        match &self.model {
            Model::Network(network) => Ok(network.check_images(images)?),
            Model::Program(file) => Ok(check_shape(&file.program, images)?),
        }
    }

    fn predict(
        &self,
        images: &Array4<f32>,
        batch: usize,
        progress: &dyn Fn(usize),
    ) -> Result<Array2<f32>, Problem> {
        let (number, _, height, width) = images.dim();
        let predictions = match &self.model {
            Model::Network(network) => {
                let iterations = self.iterations.unwrap_or_else(|| network.iterations());
                let whole = network.program_read_out_at([height, width], iterations)?;
                in_batches(&whole.program, &whole, images, batch, progress)
            }
            Model::Program(file) => in_batches(&file.program, file.as_ref(), images, batch, progress),
        };
        let none = || Array2::zeros((number, self.neurons().unwrap_or(0)));
        let in_file = |problem| EngineProblem::In { path: self.path.clone(), problem };
        Ok(predictions.map_err(in_file)?.unwrap_or_else(none))
    }
}

/// The reason why the engine cannot predict.
#[derive(Debug, Error)]
enum EngineProblem {
    #[error("{flag} is for checkpoints, but this is an exported program: leave it out")]
    CheckpointFlag { flag: &'static str },
    #[error(
        "the number of iterations of an exported program is fixed: leave out --iterations, and export the model with as many iterations as you want"
    )]
    NoIterations,
    #[error("{}: {problem}", .path.display())]
    In { path: PathBuf, problem: Problem },
    #[error("the images have shape {found:?}, but the program takes [{expected}]")]
    Images { found: [usize; 4], expected: String },
    #[error(
        "the program has {found} inputs, expected one, the images: export the model with that input alone"
    )]
    Inputs { found: usize },
    #[error("the program returns no tensor: export a model that returns its predictions")]
    NoOutput,
    #[error(
        "the program returns a tensor of shape {found:?}, which has no row for each image: export a model that returns [images, …]"
    )]
    Output { found: Vec<usize> },
}
