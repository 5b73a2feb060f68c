//! The configuration of a published model, `config_extra.json`.

use crate::circuit::{Activation, MAX_UNROLLED_NODES, Normalization, Readout};
use crate::files::documents::Kind;
use crate::files::output::protect_read;
use crate::model::layout::LayoutError;
use crate::model::network::{Network, Pooling, Step, UnknownNetwork};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// The kind and limits of configurations. Published ones have about 3 kB.
const KIND: Kind =
    Kind { what: "the configuration of a maskcnn-rcnn model", most_bytes: 16 << 20, ..Kind::PLAIN };

#[derive(Deserialize)]
struct File {
    model: ModelSection,
}

#[derive(Deserialize)]
struct ModelSection {
    module_dict: ModuleDict,
    #[serde(default)]
    op_list: Vec<Value>,
}

#[derive(Deserialize)]
struct ModuleDict {
    bl_stack: Module<BlStack>,
    accumulator: Module<Accumulator>,
    bn_input: Option<Module<BatchNorm>>,
    pooling: Option<NamedModule<AvgPool>>,
    final_act: Option<NamedModule<Value>>,
}

#[derive(Deserialize)]
struct NamedModule<P> {
    name: String,
    params: P,
}

#[derive(Deserialize)]
struct BatchNorm {
    momentum: f64,
}

#[derive(Deserialize)]
struct AvgPool {
    kernel_size: usize,
    stride: Option<usize>,
    #[serde(default)]
    ceil_mode: bool,
}

#[derive(Deserialize)]
struct Module<P> {
    params: P,
}

#[derive(Deserialize)]
struct Accumulator {
    mode: String,
}

#[derive(Deserialize)]
struct BlStack {
    n_timesteps: usize,
    channel_list: Vec<usize>,
    ksize_list: Vec<usize>,
    act_fn: String,
    norm_type: Option<String>,
    #[serde(default)]
    multi_path: bool,
    multi_path_separate_bn: Option<bool>,
    multi_path_hack: Option<String>,
}

/// A configuration whose values are all supported.
pub(super) struct Config {
    stack: BlStack,
    readout: Readout,
    activation: Activation,
    normalization: Normalization,
    rule: Option<LengthRule>,
    network: Result<Network, UnknownNetwork>,
}

impl Config {
    pub(super) fn read(path: &Path) -> Result<Self, LayoutError> {
        let malformed = |detail: String| LayoutError::Malformed { path: path.to_owned(), detail };
        protect_read(path);
        let file: File = KIND.read_json(path)?.value;
        let network = network(&file.model);
        let stack = file.model.module_dict.bl_stack.params;
        let mode = file.model.module_dict.accumulator.params.mode;
        let unknown = |what: &str, found: &str, known: &str| {
            malformed(format!("unknown {what} '{found}': expected {known}"))
        };
        let readout = match mode.as_str() {
            "last" => Readout::NoAvg,
            "cummean_last" => Readout::EarlyAvg,
            "instant" => Readout::LateAvg,
            "cummean" => Readout::TwoAvg,
            other => {
                return Err(unknown("accumulator mode", other, "last, cummean_last, instant or cummean"));
            }
        };
        let activation =
            stack.act_fn.parse().map_err(|_| unknown("act_fn", &stack.act_fn, "relu or softplus"))?;
        let normalization = match (stack.norm_type.as_deref(), stack.multi_path_separate_bn) {
            (None, _) => Normalization::None,
            (Some("batchnorm"), Some(true)) if stack.multi_path => Normalization::PerPath,
            (Some("batchnorm"), _) => Normalization::PerIteration,
            (Some(other), _) => return Err(unknown("norm_type", other, "batchnorm or null")),
        };
        let rule = stack
            .multi_path_hack
            .as_deref()
            .map(|rule| {
                LengthRule::parse(rule).ok_or_else(|| {
                    unknown("multi_path_hack", rule, "rmD, onlyD, leD or geD and lengths, such as rmD1,2")
                })
            })
            .transpose()?;
        if stack.channel_list.len() != stack.ksize_list.len() + 1 {
            return Err(malformed(format!(
                "channel_list has {} entries and ksize_list {}, expected one channel count more than kernel sizes",
                stack.channel_list.len(),
                stack.ksize_list.len()
            )));
        }
        if stack.n_timesteps == 0 {
            return Err(malformed("n_timesteps is 0, expected at least 1 iteration".to_owned()));
        }
        // The lengths of an ablated model are listed, and there are as many as iterations.
        if stack.n_timesteps > MAX_UNROLLED_NODES {
            return Err(malformed(format!(
                "n_timesteps is {}, expected at most {MAX_UNROLLED_NODES} iterations",
                stack.n_timesteps
            )));
        }
        Ok(Self { stack, readout, activation, normalization, rule, network })
    }

    /// Returns the parts outside the recurrent stage, or the reason why they are not supported.
    pub(super) fn network(&self) -> Result<Network, UnknownNetwork> {
        self.network.clone()
    }

    pub(super) fn recurrent_blocks(&self) -> usize {
        self.stack.ksize_list.len()
    }

    pub(super) fn iterations(&self) -> usize {
        self.stack.n_timesteps
    }

    pub(super) fn readout(&self) -> Readout {
        self.readout
    }

    pub(super) fn activation(&self) -> Activation {
        self.activation
    }

    pub(super) fn normalization(&self) -> Normalization {
        self.normalization
    }

    /// Returns the shape [output channels, input channels, kernel, kernel] of RCPB `index` (0-based).
    pub(super) fn kernel_shape(&self, index: usize, lateral: bool) -> Vec<usize> {
        let output = self.stack.channel_list[index + 1];
        let input = if lateral { output } else { self.stack.channel_list[index] };
        let size = self.stack.ksize_list[index];
        vec![output, input, size, size]
    }

    /// Returns the channels of RCPB `index` (0-based).
    pub(super) fn channels(&self, index: usize) -> usize {
        self.stack.channel_list[index + 1]
    }

    /// Returns the removed path lengths of a multi-path model; `None` for other models.
    pub(super) fn lengths_removed(&self, recurrent_blocks: usize) -> Option<BTreeSet<usize>> {
        self.stack.multi_path.then(|| match &self.rule {
            None => BTreeSet::new(),
            Some(rule) => (recurrent_blocks..recurrent_blocks.saturating_add(self.stack.n_timesteps))
                .filter(|&length| !rule.keeps(length))
                .collect(),
        })
    }
}

/// Returns the parts outside the recurrent stage. A module with weights in the checkpoint may be unused: only
/// the modules named in the list of operations are used.
fn network(model: &ModelSection) -> Result<Network, UnknownNetwork> {
    let modules: Vec<&str> = model.op_list.iter().flat_map(modules).collect();
    let unknown =
        |modules: &[&str]| UnknownNetwork::Modules(modules.iter().map(|&module| module.to_owned()).collect());
    let place = |name: &str| modules.iter().position(|module| *module == name);
    let (Some(stack), Some(first)) = (place("bl_stack"), place("conv0")) else {
        return Err(UnknownNetwork::Operations);
    };
    let input_normalization = match &modules[..first] {
        [] => false,
        ["bn_input"] => true,
        others => return Err(unknown(others)),
    };
    let step = |module: &&str| match *module {
        "bn0" => Ok(Step::Normalization),
        "act0" => Ok(Step::Activation),
        other => Err(unknown(&[other])),
    };
    let first_block =
        modules.get(first + 1..stack).unwrap_or_default().iter().map(step).collect::<Result<_, _>>()?;
    if modules[stack + 1..] != ["accumulator", "pooling", "fc", "final_act"] {
        return Err(unknown(&modules[stack + 1..]));
    }
    let dict = &model.module_dict;
    let pooling = match &dict.pooling {
        Some(NamedModule { name, params }) if name == "torch.nn.avgpool2d" && params.ceil_mode => {
            Pooling { kernel: params.kernel_size, stride: params.stride.unwrap_or(params.kernel_size) }
        }
        _ => return Err(UnknownNetwork::Pooling),
    };
    if pooling.kernel == 0 || pooling.stride == 0 {
        return Err(UnknownNetwork::PoolingSize);
    }
    let output_activation = match dict.final_act.as_ref().map(|module| module.name.as_str()) {
        Some("torch.nn.relu") => Activation::Relu,
        Some("torch.nn.softplus") => Activation::Softplus,
        other => return Err(UnknownNetwork::OutputActivation(other.map(str::to_owned))),
    };
    let momentum =
        dict.bn_input.as_ref().map_or(Network::default().momentum, |module| module.params.momentum);
    Ok(Network { input_normalization, first_block, pooling, output_activation, momentum })
}

/// Returns the modules that an operation applies, in order.
fn modules(operation: &Value) -> Vec<&str> {
    let steps = operation["args"][0].as_array().map(Vec::as_slice).unwrap_or_default();
    steps.iter().filter_map(|step| step["args"][0].as_str()).collect()
}

/// `multi_path_hack`: a rule on lengths.
#[derive(Debug, PartialEq, Eq)]
enum LengthRule {
    Remove(BTreeSet<usize>),
    Only(BTreeSet<usize>),
    AtMost(usize),
    AtLeast(usize),
}

impl LengthRule {
    fn parse(rule: &str) -> Option<Self> {
        let (kind, lengths) = rule.split_once('D')?;
        let lengths: BTreeSet<usize> =
            lengths.split(',').map(|length| length.parse().ok()).collect::<Option<_>>()?;
        let single = || (lengths.len() == 1).then(|| lengths.first().copied()).flatten();
        match kind {
            "rm" => Some(Self::Remove(lengths)),
            "only" => Some(Self::Only(lengths)),
            "le" => single().map(Self::AtMost),
            "ge" => single().map(Self::AtLeast),
            _ => None,
        }
    }

    fn keeps(&self, length: usize) -> bool {
        match self {
            Self::Remove(lengths) => !lengths.contains(&length),
            Self::Only(lengths) => lengths.contains(&length),
            Self::AtMost(longest) => length <= *longest,
            Self::AtLeast(shortest) => length >= *shortest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LengthRule;

    fn kept(rule: &str) -> Vec<usize> {
        let rule = LengthRule::parse(rule).unwrap();
        (1..=5).filter(|&length| rule.keeps(length)).collect()
    }

    #[test]
    fn rules_keep_what_they_say() {
        assert_eq!(kept("rmD1,2"), [3, 4, 5]);
        assert_eq!(kept("onlyD3"), [3]);
        assert_eq!(kept("leD3"), [1, 2, 3]);
        assert_eq!(kept("geD3"), [3, 4, 5]);
    }

    #[test]
    fn other_rules_are_refused() {
        for rule in ["", "rm1", "rmDx", "leD1,2", "someD3", "rmD"] {
            assert_eq!(LengthRule::parse(rule), None, "{rule}");
        }
    }
}
