//! The `forward` function of a network in TorchScript: straight-line code, one block after the other.

use super::MODULE;
use pathscope_core::circuit::{Activation, LayerName, Readout};
use pathscope_core::model::network::{Pooling, Step};
use pathscope_core::network::{FIRST, Map, WholeNetwork};
use std::collections::HashMap;
use std::fmt::Write;

/// The function of the network while it is written, line by line.
pub(super) struct Forward<'a> {
    network: &'a WholeNetwork,
    code: String,
    /// The variable that holds each layer, by the layer's name.
    layers: HashMap<String, String>,
    variables: usize,
}

impl<'a> Forward<'a> {
    /// Returns the code of the function.
    pub(super) fn of(network: &'a WholeNetwork) -> String {
        let code = format!("  def forward(self: {MODULE}.Network, images: Tensor) -> Tensor:\n");
        let mut forward = Self { network, code, layers: HashMap::new(), variables: 0 };
        let outputs = forward.blocks();
        let predictions = forward.read_out(&outputs);
        let _ = writeln!(forward.code, "    return {predictions}");
        forward.code
    }

    /// Assigns an expression to a new variable.
    fn let_be(&mut self, expression: impl std::fmt::Display) -> String {
        self.variables += 1;
        let name = format!("x{}", self.variables);
        let _ = writeln!(self.code, "    {name} = {expression}");
        name
    }

    /// Returns an expression that applies a layer to a variable.
    fn apply(&mut self, layer: LayerName, input: &str) -> String {
        let variable = self.layer(&layer.to_string());
        format!("({variable}).forward({input}, )")
    }

    fn layer(&mut self, layer: &str) -> String {
        if let Some(variable) = self.layers.get(layer) {
            return variable.clone();
        }
        let expression = match layer.split_once('.') {
            Some((group, last)) => format!("getattr({}, \"{last}\")", self.layer(group)),
            None => format!("getattr(self, \"{layer}\")"),
        };
        let variable = self.let_be(expression);
        self.layers.insert(layer.to_owned(), variable.clone());
        variable
    }

    /// Writes the blocks and returns the variables that the readout sees, by iteration.
    fn blocks(&mut self) -> Vec<String> {
        let network = self.network;
        let mut maps = vec![self.first_block()];
        // A convolution gives the same result for the same map, whatever the iteration or path: compute it
        // once.
        let mut convolved: HashMap<(Map, LayerName), String> = HashMap::new();
        for step in &network.plan.steps {
            let mut drive: Option<String> = None;
            for term in &step.terms {
                let arriving = match term.convolution {
                    None => maps[term.map].clone(),
                    Some(name) => match convolved.get(&(term.map, name)) {
                        Some(variable) => variable.clone(),
                        None => {
                            let expression = self.apply(name, &maps[term.map]);
                            let variable = self.let_be(expression);
                            convolved.insert((term.map, name), variable.clone());
                            variable
                        }
                    },
                };
                drive = Some(match drive {
                    None => arriving,
                    Some(drive) => self.let_be(format!("torch.add({drive}, {arriving})")),
                });
            }
            let mut drive = drive.unwrap_or_else(|| self.silence(step.block, &maps[FIRST]));
            if let Some(name) = step.normalization {
                drive = self.apply(name, &drive);
            }
            maps.push(self.let_be(activation(network.activation, &drive)));
        }
        let mut sum = |summed: &Vec<Map>| {
            let mut summed = summed.iter().map(|&map| maps[map].clone());
            let first = summed.next().unwrap_or_default();
            summed.fold(first, |sum, map| self.let_be(format!("torch.add({sum}, {map})")))
        };
        network.plan.read.iter().map(&mut sum).collect()
    }

    /// Writes the first block (Eqs. 1c and 1d) and returns the variable of its output.
    fn first_block(&mut self) -> String {
        let surroundings = &self.network.surroundings;
        let mut map = "images".to_owned();
        if surroundings.input_normalization {
            let expression = self.apply(LayerName::InputNormalization, &map);
            map = self.let_be(expression);
        }
        let expression = self.apply(LayerName::FirstConvolution, &map);
        map = self.let_be(expression);
        for step in &surroundings.first_block {
            let expression = match step {
                Step::Normalization => self.apply(LayerName::FIRST_NORMALIZATION, &map),
                Step::Activation => activation(self.network.activation, &map),
            };
            map = self.let_be(expression);
        }
        map
    }

    /// Writes zeros for a block without input so far (Eq. 2h) and returns their variable.
    fn silence(&mut self, block: usize, like: &str) -> String {
        let channels = self.network.channels().get(&block).copied().unwrap_or(0);
        let sizes = [0, 2, 3].map(|axis| format!("torch.size({like}, {axis})"));
        let [batch, height, width] = sizes;
        self.let_be(format!("torch.new_zeros({like}, [{batch}, {channels}, {height}, {width}])"))
    }

    /// Writes the readout (Eqs. 1a and 2a-2e) and returns the variable of the predictions.
    fn read_out(&mut self, outputs: &[String]) -> String {
        let averaged = match self.network.readout {
            Readout::NoAvg | Readout::LateAvg => outputs.to_vec(),
            Readout::EarlyAvg => {
                let sum = self.cumulative_sums(outputs).pop().unwrap_or_default();
                vec![self.let_be(format!("torch.div({sum}, {})", outputs.len()))]
            }
            Readout::TwoAvg => {
                let sums = self.cumulative_sums(outputs);
                (1..).zip(sums).map(|(t, sum)| self.let_be(format!("torch.div({sum}, {t})"))).collect()
            }
        };
        let Pooling { kernel, stride } = self.network.surroundings.pooling;
        let mut responses = Vec::new();
        for map in &averaged {
            let pooled = self.let_be(format!(
                "torch.avg_pool2d({map}, [{kernel}, {kernel}], [{stride}, {stride}], [0, 0], True, True, None)"
            ));
            let drive = self.apply(LayerName::Readout, &pooled);
            responses.push(self.let_be(activation(self.network.surroundings.output_activation, &drive)));
        }
        let sum = self.cumulative_sums(&responses).pop().unwrap_or_default();
        self.let_be(format!("torch.div({sum}, {})", responses.len()))
    }

    fn cumulative_sums(&mut self, terms: &[String]) -> Vec<String> {
        let mut sums: Vec<String> = Vec::new();
        for term in terms {
            let sum = match sums.last() {
                None => term.clone(),
                Some(sum) => self.let_be(format!("torch.add({sum}, {term})")),
            };
            sums.push(sum);
        }
        sums
    }
}

fn activation(activation: Activation, input: &str) -> String {
    match activation {
        Activation::Relu => format!("torch.relu({input})"),
        Activation::Softplus => format!("torch.softplus({input})"),
    }
}
