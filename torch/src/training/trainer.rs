//! Training steps and the state that they change.

use super::TrainingError;
use super::adam::Adam;
use super::batches::Batches;
use super::loss::{prediction_loss, readout_penalty, smoothness_penalty};
use super::schedule::Schedule;
use crate::error::NetworkError;
use crate::network::{MemoryForecast, Mode, Network};
use crate::weights::Weights;
use pathscope::study::run::Settings;
use pathscope::study::run::Validation;
use std::sync::atomic::{AtomicBool, Ordering};
use tch::{Kind, Tensor};

/// Images \[images, channels, height, width\] and responses \[images, neurons\] on a device.
#[derive(Debug)]
pub struct Recordings {
    /// The images.
    pub images: Tensor,
    /// The scaled trial averages.
    pub responses: Tensor,
}

/// The weights and moments of the best validation loss.
#[derive(Debug)]
pub struct Best {
    /// The weights.
    pub weights: Weights,
    /// The moments.
    pub adam: Adam,
}

/// Sums since the last validation.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sums {
    /// The number of steps.
    pub steps: usize,
    /// The sum of the losses without penalties.
    pub loss: f64,
    /// The sum of the penalties.
    pub penalty: f64,
}

/// The state of a run: everything that changes during training.
#[derive(Debug)]
pub struct State {
    /// The network at the present step.
    pub network: Network,
    /// The moments of Adam.
    pub adam: Adam,
    /// The running average of the weights, if one is kept.
    pub average: Option<Weights>,
    /// The best state so far, or `None` before the first validation.
    pub best: Option<Best>,
    /// The position in the schedule.
    pub schedule: Schedule,
    /// The sums since the last validation.
    pub sums: Sums,
    /// All validations so far.
    pub validations: Vec<Validation>,
}

/// A listener for the progress of a training.
pub trait Progress {
    /// Reports the memory of a step of a multi-path network before the first step of a run, or `None` for another
    /// network.
    fn planned(&mut self, _forecast: Option<&MemoryForecast>) {}

    /// Reports the end of a step, with the loss without penalties.
    fn stepped(&mut self, _schedule: &Schedule, _settings: &Settings, _loss: f64) {}

    /// Reports the end of a validation, with the state from which a resumed run would continue.
    ///
    /// # Errors
    ///
    /// An error ends the training.
    fn validated(&mut self, _state: &State) -> Result<(), TrainingError> {
        Ok(())
    }

    /// Reports a warning.
    fn noted(&mut self, _note: &str) {}
}

/// The way in which a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The last phase is over, and the network is in its best state.
    Finished,
    /// The run was stopped on request.
    Stopped,
}

impl State {
    /// Returns the state before the first step.
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError`] if there is too little memory.
    pub fn new(network: Network) -> Result<Self, NetworkError> {
        let adam = Adam::new(network.weights())?;
        let (schedule, sums) = (Schedule::default(), Sums::default());
        Ok(Self { network, adam, average: None, best: None, schedule, sums, validations: Vec::new() })
    }

    /// Takes steps until the last phase is over or `stop` is set.
    ///
    /// # Errors
    ///
    /// Returns [`TrainingError::NotFinite`] if the loss is not a finite number, or an error of `progress` or of
    /// libtorch.
    pub fn train(
        &mut self,
        settings: &Settings,
        train: &Recordings,
        validation: &Recordings,
        progress: &mut dyn Progress,
        stop: &AtomicBool,
    ) -> Result<Ending, TrainingError> {
        let mut batches = Batches::new(train.images.size()[0] as usize, settings.batch, settings.seed);
        while !self.schedule.finished {
            if stop.load(Ordering::Relaxed) {
                return Ok(Ending::Stopped);
            }
            let images =
                Tensor::from_slice(batches.of_step(self.schedule.step)).f_to_device(train.images.device());
            let loss = self.step(settings, train, &images.map_err(NetworkError::from)?)?;
            let due = self.schedule.count_step(settings);
            progress.stepped(&self.schedule, settings, loss);
            if due {
                self.validate(settings, validation)?;
                progress.validated(self)?;
            }
        }
        Ok(Ending::Finished)
    }

    /// Takes a step of Adam on a minibatch.
    ///
    /// # Returns
    ///
    /// The loss without penalties, before the step.
    ///
    /// # Errors
    ///
    /// Returns [`TrainingError::NotFinite`]. Then only running statistics have changed.
    pub fn step(
        &mut self,
        settings: &Settings,
        train: &Recordings,
        batch: &Tensor,
    ) -> Result<f64, TrainingError> {
        let (objective, loss, gradients) = gradients(&self.network, settings, train, batch)?;
        if !objective.is_finite() {
            return Err(TrainingError::NotFinite { step: self.schedule.step + 1, loss: objective });
        }
        self.adam.step(self.network.weights(), &gradients, self.schedule.learning_rate(settings))?;
        if settings.average_weights > 0.0 {
            self.average_weights(settings.average_weights)?;
        }
        self.sums.steps += 1;
        self.sums.loss += loss;
        self.sums.penalty += objective - loss;
        Ok(loss)
    }

    /// Moves the running average towards the present weights, in the first steps faster.
    fn average_weights(&mut self, decay: f64) -> Result<(), NetworkError> {
        let _guard = tch::no_grad_guard();
        let weights = self.network.weights();
        let Some(average) = &self.average else {
            self.average = Some(weights.copy()?);
            return Ok(());
        };
        // Otherwise the first weights would count for longer than any later ones.
        let taken = self.schedule.step as f64;
        let decay = decay.min((1.0 + taken) / (10.0 + taken));
        for (name, present) in weights.iter() {
            let _ = average.get(name)?.shallow_clone().f_lerp_(present, 1.0 - decay)?;
        }
        Ok(())
    }

    /// Validates the network, with the average of its weights if one is kept.
    fn validate(&mut self, settings: &Settings, validation: &Recordings) -> Result<(), TrainingError> {
        let present = match &self.average {
            Some(average) => {
                let present = self.network.weights().copy().map_err(NetworkError::from)?;
                self.network.weights_mut().assign(average)?;
                Some(present)
            }
            None => None,
        };
        let validation_loss = validation_loss(&self.network, settings, validation)?;
        let Schedule { phase, step, .. } = self.schedule;
        let learning_rate = self.schedule.learning_rate(settings);
        let verdict = self.schedule.count_validation(validation_loss, settings);
        let Sums { steps, loss, penalty } = std::mem::take(&mut self.sums);
        let mean = |sum: f64| sum / steps.max(1) as f64;
        self.validations.push(Validation {
            step,
            phase,
            learning_rate,
            loss: mean(loss),
            penalty: mean(penalty),
            validation_loss: validation_loss.is_finite().then_some(validation_loss),
            best: verdict.is_best,
        });
        if verdict.is_best {
            let weights = self.network.weights().copy().map_err(NetworkError::from)?;
            self.best = Some(Best { weights, adam: self.adam.copy().map_err(NetworkError::from)? });
        }
        if verdict.phase_over {
            let best = self.best.as_ref().ok_or(TrainingError::NoValidation { step })?;
            self.network.weights_mut().assign(&best.weights)?;
            self.adam = best.adam.copy().map_err(NetworkError::from)?;
            if let Some(average) = &mut self.average {
                average.assign(&best.weights)?;
            }
        } else if let Some(present) = present {
            self.network.weights_mut().assign(&present)?;
        }
        Ok(())
    }
}

/// Returns the objective with its gradients by the parameters, in the order of [`Weights::parameters`], and
/// the loss without penalties, on a minibatch.
pub(super) fn gradients(
    network: &Network,
    settings: &Settings,
    train: &Recordings,
    batch: &Tensor,
) -> Result<(f64, f64, Vec<Tensor>), NetworkError> {
    let images = train.images.f_index_select(0, batch)?;
    let responses = train.responses.f_index_select(0, batch)?;
    let mut loss = None;
    let differentiated = network.differentiate(&images, &mut |readings| {
        let of_readings = prediction_loss(settings.loss, readings, &responses)?;
        let objective = of_readings
            .f_add(&readout_penalty(network.weights())?.f_mul_scalar(settings.readout_penalty)?)?
            .f_add(&smoothness_penalty(network.weights())?.f_mul_scalar(settings.smoothness_penalty)?)?;
        loss = Some(of_readings.f_double_value(&[])?);
        Ok(objective)
    })?;
    let objective = differentiated.objective.f_double_value(&[])?;
    Ok((objective, loss.unwrap_or(f64::NAN), differentiated.gradients))
}

/// Returns the loss without penalties over all validation images, in evaluation mode.
fn validation_loss(
    network: &Network,
    settings: &Settings,
    validation: &Recordings,
) -> Result<f64, NetworkError> {
    let _guard = tch::no_grad_guard();
    let images = validation.images.size()[0];
    let mut sum = 0.0;
    let mut start = 0;
    while start < images {
        let length = (images - start).min(settings.batch as i64);
        let readings = network.readings(&validation.images.f_narrow(0, start, length)?, Mode::Evaluation)?;
        let responses = validation.responses.f_narrow(0, start, length)?;
        let loss = prediction_loss(settings.loss, &readings, &responses)?.f_to_kind(Kind::Double)?;
        sum += loss.f_double_value(&[])? * length as f64;
        start += length;
    }
    Ok(sum / images as f64)
}
