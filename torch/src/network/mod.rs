//! Networks: from images to predicted responses (paper, Eqs. 1 and 2).
//!
//! Every network has the same beginning (input normalization and first CPB) and the same end
//! (pooling and factorized readout); between them lies the recurrent stage. A feed-forward network
//! is a recurrent one with one iteration.

mod initial;
mod layers;
mod plan;
mod readout;
mod shapes;

pub use initial::{Sizes, initial_weights};
pub use layers::Mode;
pub use plan::{BlockStep, Output, Plan, Term};

use crate::error::NetworkError;
use crate::weights::Weights;
use layers::{
    BatchNorm, activate, activate_in_place, average_pooling, channels_last, convolution, same_padding,
};
use pathscope::circuit::{Activation, Circuit, INPUT_BLOCK, Readout};
use pathscope::network::{Network as Surroundings, Step};
use std::collections::HashMap;
use tch::Tensor;

/// What a network is, without its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// The recurrent stage, with readout mode and activation.
    pub circuit: Circuit,
    /// What lies around it.
    pub surroundings: Surroundings,
    /// ε of all batch normalizations.
    pub epsilon: f64,
}

/// A network that can be run.
#[derive(Debug)]
pub struct Network {
    architecture: Architecture,
    weights: Weights,
    readout: Readout,
    activation: Activation,
    plan: Plan,
}

impl Network {
    /// A network with these weights.
    ///
    /// # Errors
    ///
    /// [`NetworkError::MissingTensor`] and [`NetworkError::Shape`] for weights that are not those
    /// of the architecture.
    ///
    /// # Panics
    ///
    /// If the circuit is not valid, is a multi-path model, or names no readout or activation: whoever
    /// reads one from a file checks that.
    pub fn new(architecture: Architecture, weights: Weights) -> Result<Self, NetworkError> {
        let circuit = &architecture.circuit;
        assert!(circuit.multi_path.is_none(), "a multi-path model");
        let readout = circuit.readout.expect("a readout mode");
        let activation = circuit.activation.expect("an activation");
        shapes::check(&architecture, &weights)?;
        let plan = Plan::new(circuit, &readout::iterations_seen(readout, circuit.iterations));
        Ok(Self { readout, activation, plan, architecture, weights })
    }

    /// What the network is.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Its weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Its weights, to be changed in their numbers but not in their shapes.
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// Reads the same network out as if it had only `iterations` iterations.
    ///
    /// # Errors
    ///
    /// [`NetworkError::Iterations`] for 0 or more than it has.
    pub fn read_out_at(&mut self, iterations: usize) -> Result<(), NetworkError> {
        let available = self.architecture.circuit.iterations;
        if iterations == 0 || iterations > available {
            return Err(NetworkError::Iterations { found: iterations, available });
        }
        let seen = readout::iterations_seen(self.readout, iterations);
        self.plan = Plan::new(&self.architecture.circuit, &seen);
        Ok(())
    }

    /// The readings of a batch of images.
    ///
    /// # Arguments
    ///
    /// * `images` - [batch, channels, height, width], float32, on the weights' device
    /// * `mode` - which statistics the batch normalizations use
    ///
    /// # Returns
    ///
    /// [readings, batch, neurons]. Their mean over readings is the prediction; the loss of late-avg
    /// and 2-avg is taken of each reading (paper C.3).
    ///
    /// # Errors
    ///
    /// [`NetworkError::Images`] for images of another size; libtorch's own.
    pub fn readings(&self, images: &Tensor, mode: Mode) -> Result<Tensor, NetworkError> {
        shapes::check_images(&self.architecture, &self.weights, &images.size())?;
        let input = self.first_block(images, mode)?;
        let mut outputs: HashMap<Output, Tensor> = HashMap::from([((INPUT_BLOCK, 1), input)]);
        let mut pooled: HashMap<Output, Tensor> = HashMap::new();
        let mut convolved: HashMap<(Output, &str), Tensor> = HashMap::new();
        for output in &self.plan.read {
            if output.0 == INPUT_BLOCK {
                let map = average_pooling(self.architecture.surroundings.pooling, &outputs[output])?;
                pooled.insert(*output, map);
            }
        }
        for step in &self.plan.steps {
            let output = self.block(step, &outputs, &mut convolved, mode)?;
            if self.plan.read.contains(&step.output) {
                let map = average_pooling(self.architecture.surroundings.pooling, &output)?;
                pooled.insert(step.output, map);
            }
            outputs.insert(step.output, output);
            for released in &step.released {
                outputs.remove(released);
                convolved.retain(|(source, _), _| source != released);
            }
        }
        let pooled: Vec<Tensor> =
            self.plan.read.iter().map(|output| pooled[output].shallow_clone()).collect();
        readout::read_out(
            &self.weights,
            self.readout,
            self.architecture.surroundings.output_activation,
            &pooled,
        )
    }

    /// The predicted responses [batch, neurons] to images [batch, channels, height, width], without
    /// gradients.
    ///
    /// # Errors
    ///
    /// As of [`Network::readings`].
    pub fn predict(&self, images: &Tensor) -> Result<Tensor, NetworkError> {
        let _guard = tch::no_grad_guard();
        Ok(self.readings(images, Mode::Evaluation)?.f_mean_dim([0].as_slice(), false, None)?)
    }

    fn batch_norm(&self) -> BatchNorm {
        let Architecture { epsilon, ref surroundings, .. } = self.architecture;
        BatchNorm { epsilon, momentum: surroundings.momentum }
    }

    /// Eq. 1c.
    fn first_block(&self, images: &Tensor, mode: Mode) -> Result<Tensor, NetworkError> {
        let surroundings = &self.architecture.surroundings;
        let mut map = images.shallow_clone();
        if surroundings.input_normalization {
            map = self.batch_norm().apply(&self.weights, "bn[input]", &map, mode)?;
        }
        let kernel = channels_last(self.weights.get("conv[1].weight")?)?;
        map = convolution(&channels_last(&map)?, &kernel, self.weights.find("conv[1].bias"), 0)?;
        for step in &surroundings.first_block {
            map = match step {
                Step::Normalization => self.batch_norm().apply(&self.weights, "bn[1]", &map, mode)?,
                Step::Activation => activate_in_place(self.activation, map)?,
            };
        }
        Ok(map)
    }

    /// Eq. 2i.
    fn block<'a>(
        &self,
        step: &'a BlockStep,
        outputs: &HashMap<Output, Tensor>,
        convolved: &mut HashMap<(Output, &'a str), Tensor>,
        mode: Mode,
    ) -> Result<Tensor, NetworkError> {
        let mut sum: Option<Addend> = None;
        for term in &step.terms {
            let addend = self.addend(term, &outputs[&term.source], convolved)?;
            sum = Some(match sum {
                None => addend,
                Some(sum) => sum.add(addend)?,
            });
        }
        let sum = match sum {
            Some(sum) => sum.tensor,
            None => self.silence(step, &outputs[&(INPUT_BLOCK, 1)])?,
        };
        match &step.normalization {
            Some(name) => {
                let normalized = self.batch_norm().apply(&self.weights, name, &sum, mode)?;
                Ok(activate_in_place(self.activation, normalized)?)
            }
            None => Ok(activate(self.activation, &sum)?),
        }
    }

    fn addend<'a>(
        &self,
        term: &'a Term,
        source: &Tensor,
        convolved: &mut HashMap<(Output, &'a str), Tensor>,
    ) -> Result<Addend, NetworkError> {
        let Some(name) = &term.kernel else {
            return Ok(Addend { tensor: source.shallow_clone(), own: false });
        };
        let key = (term.source, name.as_str());
        if let Some(tensor) = convolved.get(&key) {
            return Ok(Addend { tensor: tensor.shallow_clone(), own: false });
        }
        let kernel = self.weights.get(name)?;
        let tensor = convolution(source, kernel, None, same_padding(kernel))?;
        if term.shared {
            convolved.insert(key, tensor.shallow_clone());
        }
        Ok(Addend { tensor, own: !term.shared })
    }

    /// The drive of a block that nothing has reached yet: Eq. 2h.
    fn silence(&self, step: &BlockStep, like: &Tensor) -> Result<Tensor, NetworkError> {
        let channels = shapes::channels_of(&self.architecture.circuit, &self.weights, step.output.0)?;
        let size = like.size();
        Ok(Tensor::f_zeros([size[0], channels, size[2], size[3]], (like.kind(), like.device()))?)
    }
}

/// Something that a block adds up.
struct Addend {
    tensor: Tensor,
    /// Whether nothing else needs it, so that it may be overwritten.
    own: bool,
}

impl Addend {
    fn add(mut self, mut other: Self) -> Result<Self, NetworkError> {
        let tensor = if self.own {
            self.tensor.f_add_(&other.tensor)?
        } else if other.own {
            other.tensor.f_add_(&self.tensor)?
        } else {
            self.tensor.f_add(&other.tensor)?
        };
        Ok(Self { tensor, own: true })
    }
}
