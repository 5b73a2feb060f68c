//! The recurrent stage, computed iteration by iteration (paper, Eqs. 2f-2i).

mod plan;

pub(super) use plan::{BlockStep, Output, Plan, Term};

use super::layers::{Addend, Layers, Statistics};
use super::shapes;
use crate::error::NetworkError;
use pathscope_core::circuit::{Circuit, INPUT_BLOCK, TensorName};
use std::collections::HashMap;
use tch::Tensor;

/// A recurrent stage with its weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecurrentStage<'a> {
    /// The blocks and connections.
    pub circuit: &'a Circuit,
    /// The order of computation.
    pub plan: &'a Plan,
    /// The layers.
    pub layers: Layers<'a>,
}

impl RecurrentStage<'_> {
    /// Returns the pooled maps that the readout sees, in ascending order of iterations.
    ///
    /// # Arguments
    ///
    /// * `input` - the output of the first CPB, \[batch, channels, height, width\]
    pub(super) fn pooled(
        &self,
        input: Tensor,
        statistics: Statistics<'_>,
    ) -> Result<Vec<Tensor>, NetworkError> {
        let mut outputs: HashMap<Output, Tensor> = HashMap::from([((INPUT_BLOCK, 1), input)]);
        let mut pooled: HashMap<Output, Tensor> = HashMap::new();
        let mut convolved: HashMap<(Output, &TensorName), Tensor> = HashMap::new();
        for output in &self.plan.read {
            if output.0 == INPUT_BLOCK {
                pooled.insert(*output, self.layers.pooled(&outputs[output])?);
            }
        }
        for step in &self.plan.steps {
            let drive = self.drive(step, &outputs, &mut convolved)?;
            let output = self.layers.activated(&drive, step.normalization, statistics)?;
            if self.plan.read.contains(&step.output) {
                pooled.insert(step.output, self.layers.pooled(&output)?);
            }
            outputs.insert(step.output, output);
            for released in &step.released {
                outputs.remove(released);
                convolved.retain(|(source, _), _| source != released);
            }
        }
        Ok(self.plan.read.iter().map(|output| pooled[output].shallow_clone()).collect())
    }

    /// Computes the input of a block (Eq. 2i).
    fn drive<'a>(
        &self,
        step: &'a BlockStep,
        outputs: &HashMap<Output, Tensor>,
        convolved: &mut HashMap<(Output, &'a TensorName), Tensor>,
    ) -> Result<Tensor, NetworkError> {
        let mut sum: Option<Addend> = None;
        for term in &step.terms {
            let addend = self.addend(term, &outputs[&term.source], convolved)?;
            sum = Some(match sum {
                None => addend,
                Some(sum) => sum.add(addend)?,
            });
        }
        match sum {
            Some(sum) => Ok(sum.tensor),
            None => self.silence(step, &outputs[&(INPUT_BLOCK, 1)]),
        }
    }

    fn addend<'a>(
        &self,
        term: &'a Term,
        source: &Tensor,
        convolved: &mut HashMap<(Output, &'a TensorName), Tensor>,
    ) -> Result<Addend, NetworkError> {
        let Some(name) = &term.kernel else {
            return Ok(Addend { tensor: source.shallow_clone(), own: false });
        };
        let key = (term.source, name);
        if let Some(tensor) = convolved.get(&key) {
            return Ok(Addend { tensor: tensor.shallow_clone(), own: false });
        }
        let tensor = self.layers.convolved(source, name)?;
        if term.shared {
            convolved.insert(key, tensor.shallow_clone());
        }
        Ok(Addend { tensor, own: !term.shared })
    }

    /// Returns the input of a block that no signal has reached yet, which is 0 (Eq. 2h).
    fn silence(&self, step: &BlockStep, like: &Tensor) -> Result<Tensor, NetworkError> {
        let channels = shapes::channels_of(self.circuit, self.layers.weights, step.output.0)?;
        let size = like.size();
        Ok(Tensor::f_zeros([size[0], channels, size[2], size[3]], (like.kind(), like.device()))?)
    }
}
