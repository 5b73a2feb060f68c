//! The classes of a TorchScript archive and their code.
//!
//! Each layer is an object under its role name, such as `lateral` of `conv[2]`, so that PyTorch's
//! state dict names tensors as pathscope does.

use super::super::WholeNetwork;
use super::super::network::FIRST_WEIGHT;
use super::super::plan::{FIRST, Map};
use super::MODULE;
use super::pickle::{Object, Value};
use crate::circuit::{Activation, Readout};
use crate::network::{Pooling, Step};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

/// The layers of a network by their groups, with their classes.
pub(super) struct Classes {
    /// Name → layer, or group of layers.
    members: BTreeMap<String, Member>,
}

enum Member {
    Layer(Layer),
    Group { class: String, layers: BTreeMap<String, Layer> },
}

/// What computes with tensors of its own.
struct Layer {
    class: String,
    /// The parts of its tensors' names after its own.
    parts: BTreeSet<String>,
}

impl Member {
    fn class(&self) -> &str {
        match self {
            Self::Layer(layer) => &layer.class,
            Self::Group { class, .. } => class,
        }
    }
}

impl Classes {
    pub(super) fn of(network: &WholeNetwork) -> Self {
        let mut layers: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for name in network.tensors.keys() {
            if let Some((layer, part)) = name.rsplit_once('.') {
                layers.entry(layer).or_default().insert(part.to_owned());
            }
        }
        let mut members = BTreeMap::new();
        for (name, parts) in layers {
            let class = class(network, name);
            let layer = Layer { class, parts };
            let Some((group, last)) = name.split_once('.') else {
                members.insert(name.to_owned(), Member::Layer(layer));
                continue;
            };
            let member = members.entry(group.to_owned()).or_insert_with(|| Member::Group {
                class: format!("Block{}", group.trim_matches(|c: char| !c.is_ascii_digit())),
                layers: BTreeMap::new(),
            });
            if let Member::Group { layers, .. } = member {
                layers.insert(last.to_owned(), layer);
            }
        }
        Self { members }
    }

    /// The network as an object with its tensors.
    pub(super) fn network<'a>(&self, network: &'a WholeNetwork) -> Object<'a> {
        let records: HashMap<&str, usize> = network.tensors.keys().map(String::as_str).zip(0..).collect();
        let layer = |name: &str, layer: &Layer| {
            let tensors = layer.parts.iter().map(|part| {
                let name = format!("{name}.{part}");
                let trained = !part.starts_with("running_");
                let value =
                    Value::Tensor { record: records[name.as_str()], shape: network.shape(&name), trained };
                (part.clone(), value)
            });
            object(&layer.class, tensors)
        };
        let members = self.members.iter().map(|(name, member)| {
            let value = match member {
                Member::Layer(own) => layer(name, own),
                Member::Group { class, layers } => {
                    let layers = layers.iter().map(|(last, own)| {
                        (last.clone(), Value::Object(layer(&format!("{name}.{last}"), own)))
                    });
                    object(class, layers)
                }
            };
            (name.clone(), Value::Object(value))
        });
        object("Network", members)
    }

    /// All classes.
    pub(super) fn code(&self, network: &WholeNetwork) -> String {
        let mut classes: BTreeMap<&str, String> = BTreeMap::new();
        for (name, member) in &self.members {
            match member {
                Member::Layer(layer) => {
                    classes.insert(&layer.class, layer_class(network, name, layer));
                }
                Member::Group { class, layers } => {
                    for (last, layer) in layers {
                        classes
                            .entry(&layer.class)
                            .or_insert_with(|| layer_class(network, &format!("{name}.{last}"), layer));
                    }
                    let members = layers.iter().map(|(last, layer)| (last.as_str(), layer.class.as_str()));
                    classes.insert(class, class_of(class, members));
                }
            }
        }
        let mut code: String = classes.into_values().collect();
        let members = self.members.iter().map(|(name, member)| (name.as_str(), member.class()));
        code.push_str(&class_of("Network", members));
        code.push_str(&Forward::of(network));
        code
    }
}

fn object<'a>(class: &str, attributes: impl Iterator<Item = (String, Value<'a>)>) -> Object<'a> {
    let training = ("training".to_owned(), Value::Bool(false));
    Object { class: class.to_owned(), attributes: std::iter::once(training).chain(attributes).collect() }
}

/// The name of a layer's class. Convolutions with kernels of one size have one class.
fn class(network: &WholeNetwork, layer: &str) -> String {
    if layer == "readout" {
        "Readout".to_owned()
    } else if layer.starts_with("bn[") {
        "BatchNormalization".to_owned()
    } else if format!("{layer}.weight") == FIRST_WEIGHT {
        "FirstConvolution".to_owned()
    } else {
        format!("Convolution{}", network.shape(&format!("{layer}.weight"))[2])
    }
}

/// A class of layers or groups, without functions.
fn class_of<'a>(class: &str, members: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut code = head(class, &[], &[]);
    for (name, class) in members {
        let _ = writeln!(code, "  __annotations__[\"{name}\"] = {MODULE}.{class}");
    }
    code
}

fn head(class: &str, parameters: &[&String], buffers: &[&String]) -> String {
    let listed = |names: &[&String]| names.iter().map(|name| format!("\"{name}\", ")).collect::<String>();
    let mut code = format!(
        "class {class}(Module):\n  __parameters__ = [{}]\n  __buffers__ = [{}]\n",
        listed(parameters),
        listed(buffers)
    );
    for name in parameters.iter().chain(buffers) {
        let _ = writeln!(code, "  {name} : Tensor");
    }
    code.push_str("  training : bool\n");
    code
}

fn layer_class(network: &WholeNetwork, name: &str, layer: &Layer) -> String {
    let (buffers, parameters): (Vec<&String>, Vec<&String>) =
        layer.parts.iter().partition(|part| part.starts_with("running_"));
    let mut code = head(&layer.class, &parameters, &buffers);
    let _ = writeln!(code, "  def forward(self: {MODULE}.{}, x: Tensor) -> Tensor:", layer.class);
    if name == "readout" {
        // feature[n, c] · spatial[n, x, y], as a matrix [neurons, channels · height · width].
        code.push_str("    feature = torch.unsqueeze(torch.unsqueeze(self.feature, 2), 3)\n");
        code.push_str("    weight = torch.mul(feature, torch.unsqueeze(self.spatial, 1))\n");
        code.push_str("    return torch.linear(torch.flatten(x, 1), torch.flatten(weight, 1), self.bias)\n");
    } else if name.starts_with("bn[") {
        let _ = writeln!(
            code,
            "    return torch.batch_norm(x, self.weight, self.bias, self.running_mean, self.running_var, self.training, {:?}, {:?}, True)",
            network.surroundings.momentum, network.epsilon
        );
    } else {
        let first = layer.class == "FirstConvolution";
        let padding = if first { 0 } else { network.shape(&format!("{name}.weight"))[2] / 2 };
        let bias = if layer.parts.contains("bias") { "self.bias" } else { "None" };
        let _ = writeln!(
            code,
            "    return torch.conv2d(x, self.weight, {bias}, [1, 1], [{padding}, {padding}], [1, 1], 1)"
        );
    }
    code
}

/// The function of the network, line by line.
struct Forward<'a> {
    network: &'a WholeNetwork,
    code: String,
    /// The variables that hold layers.
    layers: HashMap<String, String>,
    variables: usize,
}

impl<'a> Forward<'a> {
    fn of(network: &'a WholeNetwork) -> String {
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

    /// The expression of a layer applied to a variable.
    fn apply(&mut self, layer: &str, input: &str) -> String {
        let variable = self.layer(layer);
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

    /// What the readout sees, by iteration.
    fn blocks(&mut self) -> Vec<String> {
        let network = self.network;
        let mut maps = vec![self.first_block()];
        // A convolution of the same map is the same at all iterations and on all paths.
        let mut convolved: HashMap<(Map, &str), String> = HashMap::new();
        for step in &network.plan.steps {
            let mut drive: Option<String> = None;
            for term in &step.terms {
                let arriving = match &term.convolution {
                    None => maps[term.map].clone(),
                    Some(name) => match convolved.get(&(term.map, name.as_str())) {
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
            if let Some(name) = &step.normalization {
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

    /// Eqs. 1c and 1d.
    fn first_block(&mut self) -> String {
        let surroundings = &self.network.surroundings;
        let mut map = "images".to_owned();
        if surroundings.input_normalization {
            let expression = self.apply("bn[input]", &map);
            map = self.let_be(expression);
        }
        let expression = self.apply("conv[1]", &map);
        map = self.let_be(expression);
        for step in &surroundings.first_block {
            let expression = match step {
                Step::Normalization => self.apply("bn[1]", &map),
                Step::Activation => activation(self.network.activation, &map),
            };
            map = self.let_be(expression);
        }
        map
    }

    /// Zeros, for a block that nothing has reached yet: Eq. 2h.
    fn silence(&mut self, block: usize, like: &str) -> String {
        let channels = self.network.channels().get(&block).copied().unwrap_or(0);
        let sizes = [0, 2, 3].map(|axis| format!("torch.size({like}, {axis})"));
        let [batch, height, width] = sizes;
        self.let_be(format!("torch.new_zeros({like}, [{batch}, {channels}, {height}, {width}])"))
    }

    /// Eqs. 1a and 2a-2e.
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
            let drive = self.apply("readout", &pooled);
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
