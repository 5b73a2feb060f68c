//! Networks: from images to predicted responses (paper, Eqs. 1 and 2).
//!
//! Every network begins with input normalization and the first CPB, and ends with pooling and the factorized
//! readout. Between them lies the recurrent stage, or its multi-path equivalent. A feed-forward network is a
//! recurrent one with one iteration.

mod initial;
mod layers;
mod multi_path;
mod readout;
mod recurrent;
mod shapes;

pub use initial::{Sizes, initial_weights};
pub use layers::Mode;
pub use multi_path::{Differentiated, MemoryError, MemoryForecast, Recomputation};

use crate::error::NetworkError;
use crate::weights::Weights;
use layers::{BatchNorm, Layers, Statistics, activate_in_place, channels_last, convolution};
use multi_path::{MapSizes, MultiPath};
use pathscope::study::run::Settings;
use pathscope_core::circuit::{Activation, Circuit, LayerName, Readout, TensorName};
use pathscope_core::model::network::{Network as Surroundings, Step};
use pathscope_core::network::NetworkError as WholeNetworkError;
use recurrent::{Plan, RecurrentStage};
use tch::Tensor;

/// The architecture of a network, without its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// The recurrent stage, with readout mode and activation.
    pub circuit: Circuit,
    /// The layers around the recurrent stage.
    pub surroundings: Surroundings,
    /// ε of all batch normalizations.
    pub epsilon: f64,
}

impl Architecture {
    /// Returns the architecture that a run with these settings trains.
    ///
    /// # Panics
    ///
    /// Panics under the conditions of [`Settings::circuit`].
    pub fn of(settings: &Settings) -> Self {
        Self { circuit: settings.circuit(), surroundings: settings.surroundings(), epsilon: settings.epsilon }
    }
}

/// A network that can be run.
#[derive(Debug)]
pub struct Network {
    architecture: Architecture,
    weights: Weights,
    readout: Readout,
    activation: Activation,
    stage: Stage,
}

/// The stage between the first CPB and the readout.
#[derive(Debug)]
enum Stage {
    Recurrent(Plan),
    MultiPath(Box<MultiPath>),
}

impl Network {
    /// Returns a network with these weights.
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError::MissingTensor`] or [`NetworkError::Shape`] if the weights do not fit the
    /// architecture, [`NetworkError::OnlyAnalyzed`] for connections that cannot be run, or
    /// [`NetworkError::Circuit`] for a multi-path model with too many paths.
    ///
    /// # Panics
    ///
    /// Panics if the circuit is invalid, or has no readout mode or activation. Callers check circuits from
    /// files first.
    pub fn new(architecture: Architecture, weights: Weights) -> Result<Self, NetworkError> {
        let circuit = &architecture.circuit;
        let readout = circuit.readout.expect("a readout mode");
        let activation = circuit.activation.expect("an activation");
        if let Some(what) = circuit.beyond_computation() {
            return Err(NetworkError::OnlyAnalyzed(what));
        }
        shapes::check(&architecture, &weights)?;
        let stage = match circuit.multi_path {
            None => {
                let seen = readout::iterations_seen(readout, circuit.iterations);
                Stage::Recurrent(Plan::new(circuit, &seen))
            }
            Some(_) => {
                let momentum = architecture.surroundings.momentum;
                Stage::MultiPath(Box::new(MultiPath::new(circuit, readout, momentum)?))
            }
        };
        Ok(Self { readout, activation, stage, architecture, weights })
    }

    /// Returns the architecture of the network.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Returns the weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Returns the weights for changes. Their shapes must stay the same.
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// Moves the readout to an earlier iteration, as if the network had only `iterations` iterations.
    ///
    /// # Errors
    ///
    /// Returns [`WholeNetworkError::Iterations`] if the network has fewer iterations, or if no path reaches the
    /// readout by then.
    pub fn read_out_at(&mut self, iterations: usize) -> Result<(), NetworkError> {
        let circuit = &self.architecture.circuit;
        let (first, available) = match &self.stage {
            Stage::Recurrent(_) => (1, circuit.iterations),
            Stage::MultiPath(paths) => (paths.iterations()[0], circuit.iterations),
        };
        let wrong = || WholeNetworkError::Iterations { found: iterations, first, available };
        if iterations == 0 || iterations > available {
            return Err(wrong().into());
        }
        self.stage = match &self.stage {
            Stage::Recurrent(_) => {
                Stage::Recurrent(Plan::new(circuit, &readout::iterations_seen(self.readout, iterations)))
            }
            Stage::MultiPath(paths) => {
                Stage::MultiPath(Box::new(paths.read_out_at(iterations, self.readout).ok_or_else(wrong)?))
            }
        };
        Ok(())
    }

    /// Sets the momentum for the k-th batch in training mode so that running statistics become averages over
    /// the batches.
    ///
    /// # Arguments
    ///
    /// * `batches` - k, from 1
    pub fn average_statistics(&mut self, batches: usize) {
        let momentum = 1.0 / batches as f64;
        self.architecture.surroundings.momentum = momentum;
        if let Stage::MultiPath(stage) = &mut self.stage {
            stage.average_statistics(momentum);
        }
    }

    /// Sets the number of paths of a multi-path model that share a batched convolution. Results do not
    /// change.
    ///
    /// This discards the plan of [`plan_training`](Self::plan_training) and keeps all activations.
    pub fn take_together(&mut self, paths: usize) {
        if let Stage::MultiPath(stage) = &mut self.stage {
            stage.take_together(paths);
        }
    }

    /// Plans which activations a training step of a multi-path model keeps and which it recomputes, and
    /// returns the memory that it needs. Returns `None` for other networks, which keep all activations.
    ///
    /// # Arguments
    ///
    /// * `images` - the shape of a minibatch, \[batch, channels, height, width\]
    /// * `resident` - the memory that the process already has, in bytes
    /// * `limit` - the memory that the process may have, in bytes
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError::Memory`] if no plan stays below the limit.
    ///
    /// # Complexity
    ///
    /// O(log(paths) · sum of the lengths of all paths).
    pub fn plan_training(
        &mut self,
        images: [i64; 4],
        resident: u64,
        limit: Option<u64>,
    ) -> Result<Option<MemoryForecast>, NetworkError> {
        let sizes = self.map_sizes(images)?;
        let Stage::MultiPath(paths) = &mut self.stage else { return Ok(None) };
        Ok(Some(paths.divide(&sizes, self.activation, resident, limit)?))
    }

    fn map_sizes(&self, [batch, channels, height, width]: [i64; 4]) -> Result<MapSizes, NetworkError> {
        let Architecture { circuit, surroundings, .. } = &self.architecture;
        let first = self.weights.get(TensorName::FIRST_WEIGHT)?;
        let kernel = first.size()[2];
        let bytes = |channels: i64, height: i64, width: i64| -> u64 {
            [batch, channels, height, width, first.kind().elt_size_in_bytes() as i64]
                .into_iter()
                .map(|size| size.max(0).unsigned_abs())
                .fold(1, u64::saturating_mul)
        };
        let map = |channels| bytes(channels, height - kernel + 1, width - kernel + 1);
        let blocks = circuit
            .block_numbers()
            .map(|block| Ok((block, map(shapes::channels_of(circuit, &self.weights, block)?))));
        let input = map(first.size()[0]);
        // Images, normalized images and their channels-last copy; then the convolution and each later step.
        let steps = 1 + surroundings.first_block.len() as u64;
        let images = 1 + 2 * u64::from(surroundings.input_normalization);
        Ok(MapSizes {
            first_block: images * bytes(channels, height, width) + steps * input,
            input,
            blocks: blocks.collect::<Result<_, NetworkError>>()?,
        })
    }

    /// Returns the readings of a batch of images.
    ///
    /// # Arguments
    ///
    /// * `images` - \[batch, channels, height, width\], float32, on the weights' device
    /// * `mode` - the mode of the batch normalizations
    ///
    /// # Returns
    ///
    /// \[readings, batch, neurons\]. The mean over readings is the prediction. With late-avg and 2-avg, the
    /// loss is computed for each reading (paper, C.3).
    ///
    /// # Errors
    ///
    /// Returns [`WholeNetworkError::Images`] for images of another size, or an error of libtorch.
    pub fn readings(&self, images: &Tensor, mode: Mode) -> Result<Tensor, NetworkError> {
        shapes::check_images(&self.architecture, &self.weights, &images.size())?;
        let input = self.first_block(images, mode)?;
        let layers = self.layers();
        let pooled = match &self.stage {
            Stage::Recurrent(plan) => {
                let stage = RecurrentStage { circuit: &self.architecture.circuit, plan, layers };
                stage.pooled(input, mode.into())?
            }
            Stage::MultiPath(paths) => paths.pooled(layers, &input, mode)?,
        };
        self.read_out(&pooled)
    }

    /// Differentiates an objective in training mode. Activations that the plan does not keep are recomputed.
    ///
    /// # Arguments
    ///
    /// * `images` - \[batch, channels, height, width\]
    /// * `objective` - a function from the result of [`Network::readings`] to a number
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Network::readings`] and of `objective`.
    ///
    /// # Complexity
    ///
    /// A forward and a backward pass, and a second forward pass for recomputed activations.
    pub fn differentiate(
        &self,
        images: &Tensor,
        objective: &mut dyn FnMut(&Tensor) -> Result<Tensor, NetworkError>,
    ) -> Result<Differentiated, NetworkError> {
        let Stage::MultiPath(paths) = &self.stage else {
            let readings = self.readings(images, Mode::Training)?;
            return Differentiated::directly(&self.weights, objective(&readings)?);
        };
        shapes::check_images(&self.architecture, &self.weights, &images.size())?;
        let input = self.first_block(images, Mode::Training)?;
        paths.differentiate(self.layers(), &input, &mut |pooled| objective(&self.read_out(pooled)?))
    }

    /// Returns the predicted responses \[batch, neurons\] to images \[batch, channels, height, width\],
    /// without gradients.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Network::readings`].
    pub fn predict(&self, images: &Tensor) -> Result<Tensor, NetworkError> {
        let _guard = tch::no_grad_guard();
        Ok(self.readings(images, Mode::Evaluation)?.f_mean_dim([0].as_slice(), false, None)?)
    }

    /// Checks that the readout fits images of this shape.
    ///
    /// # Arguments
    ///
    /// * `images` - \[batch, channels, height, width\]
    ///
    /// # Errors
    ///
    /// [`WholeNetworkError::Images`]
    pub fn check_images(&self, images: &[i64]) -> Result<(), NetworkError> {
        shapes::check_images(&self.architecture, &self.weights, images)
    }

    fn read_out(&self, pooled: &[Tensor]) -> Result<Tensor, NetworkError> {
        let activation = self.architecture.surroundings.output_activation;
        readout::read_out(&self.weights, self.readout, activation, pooled)
    }

    fn layers(&self) -> Layers<'_> {
        let Architecture { epsilon, ref surroundings, .. } = self.architecture;
        Layers {
            weights: &self.weights,
            activation: self.activation,
            batch_norm: BatchNorm { epsilon, momentum: surroundings.momentum },
            pooling: surroundings.pooling,
        }
    }

    /// Computes the first CPB (Eq. 1c).
    fn first_block(&self, images: &Tensor, mode: Mode) -> Result<Tensor, NetworkError> {
        let surroundings = &self.architecture.surroundings;
        let batch_norm = self.layers().batch_norm;
        let statistics = Statistics::from(mode);
        let mut map = images.shallow_clone();
        if surroundings.input_normalization {
            map = batch_norm.apply(&self.weights, LayerName::InputNormalization, &map, statistics)?;
        }
        let kernel = channels_last(self.weights.get(TensorName::FIRST_WEIGHT)?)?;
        map = convolution(&map, &kernel, self.weights.find(TensorName::FIRST_BIAS), 0)?;
        for step in &surroundings.first_block {
            map = match step {
                Step::Normalization => {
                    batch_norm.apply(&self.weights, LayerName::FIRST_NORMALIZATION, &map, statistics)?
                }
                Step::Activation => activate_in_place(self.activation, map)?,
            };
        }
        Ok(map)
    }
}
