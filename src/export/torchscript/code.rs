//! The classes of a TorchScript archive and their code.
//!
//! Each layer is an object under its role name, such as `lateral` in `conv[2]`, so that PyTorch's state dict
//! and pathscope use the same names for tensors.

use super::MODULE;
use super::forward::Forward;
use super::pickle::{Object, Value};
use pathscope_core::circuit::{LayerName, TensorName, TensorPart};
use pathscope_core::network::WholeNetwork;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// The layers of a network, grouped by block, with their classes.
pub(super) struct Classes {
    /// The layers and groups of layers by their names.
    members: BTreeMap<String, Member>,
}

enum Member {
    Layer(Layer),
    Group { class: String, layers: BTreeMap<String, Layer> },
}

/// A layer with tensors of its own.
struct Layer {
    name: LayerName,
    class: String,
    /// Its tensors, in the order of their names.
    parts: Vec<TensorPart>,
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
        let mut layers: BTreeMap<LayerName, Vec<TensorPart>> = BTreeMap::new();
        for TensorName { layer, part } in network.tensor_names() {
            layers.entry(layer).or_default().push(part);
        }
        let mut members = BTreeMap::new();
        for (name, parts) in layers {
            let layer = Layer { name, class: class(network, name), parts };
            let path = name.to_string();
            let (LayerName::Connection { connection, .. }, Some((group, last))) =
                (name, path.split_once('.'))
            else {
                members.insert(path, Member::Layer(layer));
                continue;
            };
            let member = members.entry(group.to_owned()).or_insert_with(|| Member::Group {
                class: format!("Block{}", connection.to),
                layers: BTreeMap::new(),
            });
            if let Member::Group { layers, .. } = member {
                layers.insert(last.to_owned(), layer);
            }
        }
        Self { members }
    }

    /// Returns the network as an object with its tensors.
    pub(super) fn network<'a>(&self, network: &'a WholeNetwork) -> Object<'a> {
        let records: HashMap<TensorName, usize> = network.tensor_names().zip(0..).collect();
        let layer = |layer: &Layer| {
            let tensors = layer.parts.iter().map(|part| {
                let name = layer.name.tensor(part.clone());
                let trained = !part.is_running_statistic();
                let value = Value::Tensor { record: records[&name], shape: network.shape(&name), trained };
                (part.to_string(), value)
            });
            object(&layer.class, tensors)
        };
        let members = self.members.iter().map(|(name, member)| {
            let value = match member {
                Member::Layer(own) => layer(own),
                Member::Group { class, layers } => {
                    let layers = layers.iter().map(|(last, own)| (last.clone(), Value::Object(layer(own))));
                    object(class, layers)
                }
            };
            (name.clone(), Value::Object(value))
        });
        object("Network", members)
    }

    /// Returns the code of all classes.
    pub(super) fn code(&self, network: &WholeNetwork) -> String {
        let mut classes: BTreeMap<&str, String> = BTreeMap::new();
        for member in self.members.values() {
            match member {
                Member::Layer(layer) => {
                    classes.insert(&layer.class, layer_class(network, layer));
                }
                Member::Group { class, layers } => {
                    for layer in layers.values() {
                        classes.entry(&layer.class).or_insert_with(|| layer_class(network, layer));
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

/// Returns the name of a layer's class. Convolutions with kernels of the same size share a class.
fn class(network: &WholeNetwork, layer: LayerName) -> String {
    match layer {
        LayerName::Readout => "Readout".to_owned(),
        LayerName::FirstConvolution => "FirstConvolution".to_owned(),
        layer if layer.is_normalization() => "BatchNormalization".to_owned(),
        convolution => format!("Convolution{}", network.kernel_size(convolution)),
    }
}

/// Returns the code of a class that holds layers or groups and has no functions.
fn class_of<'a>(class: &str, members: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut code = head(class, &[], &[]);
    for (name, class) in members {
        let _ = writeln!(code, "  __annotations__[\"{name}\"] = {MODULE}.{class}");
    }
    code
}

fn head(class: &str, parameters: &[&TensorPart], buffers: &[&TensorPart]) -> String {
    let listed = |names: &[&TensorPart]| names.iter().map(|name| format!("\"{name}\", ")).collect::<String>();
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

fn layer_class(network: &WholeNetwork, layer: &Layer) -> String {
    let (buffers, parameters): (Vec<&TensorPart>, Vec<&TensorPart>) =
        layer.parts.iter().partition(|part| part.is_running_statistic());
    let mut code = head(&layer.class, &parameters, &buffers);
    let _ = writeln!(code, "  def forward(self: {MODULE}.{}, x: Tensor) -> Tensor:", layer.class);
    if layer.name == LayerName::Readout {
        // feature[n, c] · spatial[n, x, y], as a matrix [neurons, channels · height · width].
        code.push_str("    feature = torch.unsqueeze(torch.unsqueeze(self.feature, 2), 3)\n");
        code.push_str("    weight = torch.mul(feature, torch.unsqueeze(self.spatial, 1))\n");
        code.push_str("    return torch.linear(torch.flatten(x, 1), torch.flatten(weight, 1), self.bias)\n");
    } else if layer.name.is_normalization() {
        let _ = writeln!(
            code,
            "    return torch.batch_norm(x, self.weight, self.bias, self.running_mean, self.running_var, self.training, {:?}, {:?}, True)",
            network.surroundings.momentum, network.epsilon
        );
    } else {
        let first = layer.name == LayerName::FirstConvolution;
        let padding = if first { 0 } else { network.kernel_size(layer.name) / 2 };
        let bias = if layer.parts.contains(&TensorPart::Bias) { "self.bias" } else { "None" };
        let _ = writeln!(
            code,
            "    return torch.conv2d(x, self.weight, {bias}, [1, 1], [{padding}, {padding}], [1, 1], 1)"
        );
    }
    code
}
