//! Checkpoints, layout files and configurations that do not fit together.

use super::support::*;
use crate::cmd::{Run, assert_says, command};
use crate::common::{containers_layout, fixture};
use pathscope_core::circuit::{Circuit, Readout};
use pathscope_core::model::layout::own;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::fs;

/// A small model as a safetensors file of pathscope's own layout.
pub struct Model {
    pub circuit: Circuit,
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Model {
    pub fn new() -> Self {
        let mut circuit = Circuit::of_recurrent_blocks(1, 3);
        circuit.readout = Some(Readout::NoAvg);
        let mut tensors = BTreeMap::from([
            ("conv[2].bottom_up.weight".to_owned(), (vec![2, 2, 1, 1], vec![1.5, 2.0, 0.0, 1.5])),
            ("conv[2].lateral.weight".to_owned(), (vec![2, 2, 1, 1], vec![0.375, 0.5, 0.0, -0.375])),
        ]);
        for iteration in 1..=3 {
            tensors.insert(format!("bn[2,{iteration}].weight"), (vec![2], vec![1.0, 0.5]));
            tensors.insert(format!("bn[2,{iteration}].running_var"), (vec![2], vec![3.75, 0.75]));
        }
        Self { circuit, tensors }
    }

    pub fn set(mut self, name: &str, shape: &[usize], numbers: &[f32]) -> Self {
        self.tensors.insert(name.to_owned(), (shape.to_vec(), numbers.to_vec()));
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let bytes: BTreeMap<&String, Vec<u8>> = self
            .tensors
            .iter()
            .map(|(name, (_, numbers))| {
                (name, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
            })
            .collect();
        let views = self.tensors.iter().map(|(name, (shape, _))| {
            (name, TensorView::new(Dtype::F32, shape.clone(), &bytes[name]).unwrap())
        });
        let metadata: HashMap<String, String> = own::metadata(&self.circuit, 0.25).into_iter().collect();
        safetensors::serialize(views, Some(metadata)).unwrap()
    }

    #[track_caller]
    pub fn assert_refused(&self, arguments: &[&str], parts: &[&str]) {
        let file = OneFile::new("model.safetensors", self.bytes());
        assert_refused(&file.path, arguments, parts);
    }
}

#[test]
fn the_model_itself_is_sound() {
    let file = OneFile::new("model.safetensors", Model::new().bytes());
    assert_eq!(Run::of(command(&["analyze"]).arg(&file.path)).succeeded().stderr, "");
}

#[test]
fn channels_that_do_not_fit() {
    Model::new().set("conv[2].lateral.weight", &[3, 3, 1, 1], &[0.5; 9]).assert_refused(
        &[],
        &[
            "conv[2].lateral.weight (conv[2].lateral) has shape [3, 3, 1, 1]",
            "expected 2 output channels, as conv[2].bottom_up.weight has",
        ],
    );
    Model::new().set("conv[2].lateral.weight", &[2, 3, 1, 1], &[0.5; 6]).assert_refused(
        &[],
        &["conv[2].lateral.weight (conv[2].lateral) has shape [2, 3, 1, 1]", "expected 2 input channels"],
    );
    Model::new().set("bn[2,2].weight", &[3], &[1.0; 3]).assert_refused(
        &[],
        &["bn[2,2].weight (bn[2,2]) has shape [3]", "expected [2], the output channels of"],
    );
    Model::new()
        .set("conv[2].bottom_up.weight", &[2, 2], &[0.5; 4])
        .assert_refused(&[], &["has shape [2, 2]", "expected [output channels, input channels, …kernel]"]);
}

#[test]
fn missing_normalization_of_one_iteration() {
    let mut model = Model::new();
    model.tensors.remove("bn[2,2].weight");
    model.tensors.remove("bn[2,2].running_var");
    model = model.set("bn[2,22].weight", &[2], &[1.0; 2]);
    model.assert_refused(
        &[],
        &[
            "missing bn[2,2].weight (bn[2,2])",
            "missing bn[2,2].running_var",
            "the nearest is bn[2,22].weight [2]",
        ],
    );
}

#[test]
fn numbers_that_are_not_finite() {
    for (number, text) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        Model::new().set("conv[2].lateral.weight", &[2, 2, 1, 1], &[0.0, 0.0, number, 0.0]).assert_refused(
            &[],
            &[
                &format!(
                    "tensor conv[2].lateral.weight has {text} at [1, 0, 0, 0], expected a finite number"
                ),
                "not trained to the end, or the file is damaged",
            ],
        );
    }
    Model::new().set("bn[2,3].running_var", &[2], &[1.0, -0.5]).assert_refused(
        &[],
        &["tensor bn[2,3].running_var has -0.5 at [1]", "expected a finite variance of at least 0"],
    );
}

#[test]
fn weights_that_are_not_floating_point_numbers() {
    let mut model = Model::new();
    let removed = model.tensors.remove("conv[2].lateral.weight");
    assert!(removed.is_some());
    let bytes = [0u8; 4];
    let file = OneFile::new("model.safetensors", {
        let numbers: BTreeMap<&String, Vec<u8>> = model
            .tensors
            .iter()
            .map(|(name, (_, numbers))| {
                (name, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
            })
            .collect();
        let views = model
            .tensors
            .iter()
            .map(|(name, (shape, _))| {
                (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), &numbers[name]).unwrap())
            })
            .chain([(
                "conv[2].lateral.weight",
                TensorView::new(Dtype::I8, vec![2, 2, 1, 1], &bytes).unwrap(),
            )]);
        let metadata: HashMap<String, String> = own::metadata(&model.circuit, 0.25).into_iter().collect();
        safetensors::serialize(views, Some(metadata)).unwrap()
    });
    assert_refused(
        &file.path,
        &[],
        &["tensor conv[2].lateral.weight is of type int8", "expected float16", "convert it"],
    );
}

#[test]
fn contradictions_with_the_file() {
    let model = Model::new();
    model.assert_refused(
        &["--readout", "2-avg"],
        &["the readout was given as 2-avg", "says no-avg", "leave the flag out"],
    );
    model.assert_refused(
        &["--iterations", "5"],
        &["the number of iterations was given as 5", "says 3", "leave the flag out"],
    );
}

#[test]
fn missing_key() {
    let file = fixture("containers/zip-net.pth");
    assert_refused(
        &file,
        &["--key", "weights"],
        &["has no entry 'weights'", "those with tensors are net, optimizer", "give one of them with --key"],
    );
    let file = fixture("containers/tar.pth");
    assert_refused(&file, &["--key", "net"], &["has no entry 'net'", "leave --key out"]);
    Model::new().assert_refused(&["--key", "model"], &["has no entry 'model'", "leave --key out"]);
}

#[test]
fn unknown_names() {
    assert_refused(
        &fixture("containers/zip-float32.pth"),
        &[],
        &["its tensor names match no known layout", "bn.0.bias", "pathscope layout template", "--layout"],
    );
}

// Parts of effective kernels in place of the kernels.

/// Analyzes a container by its layout with `from` replaced by `to`.
#[track_caller]
fn assert_part_refused(name: &str, to: &str, parts: &[&str]) {
    let file = OneFile::new("model.pth", container(name));
    let layout = file.beside("my-layout.toml", LAYOUT.replacen("'up.weight'", &format!("'{to}'"), 1));
    assert_refused(&file.path, &["--layout", layout.to_str().unwrap()], parts);
}

#[test]
fn parts_of_effective_kernels() {
    let parts = [
        ("zip-weight-norm.pth", "up.weight_v"),
        ("zip-weight-norm.pth", "up.weight_g"),
        ("zip-weight-norm-parametrized.pth", "up.parametrizations.weight.original1"),
        ("zip-spectral-norm.pth", "up.weight_orig"),
        ("zip-spectral-norm-parametrized.pth", "up.parametrizations.weight.original"),
        ("zip-pruned.pth", "up.weight_orig"),
    ];
    for (file, part) in parts {
        let place = format!("{part} (conv[2].bottom_up, named in line 10, column 10 of the layout file)");
        assert_part_refused(file, part, &[&place, "cannot be used", "name up.weight"]);
    }
}

/// Safetensors files have no reparametrizations, only names.
#[test]
fn effective_kernels_of_safetensors() {
    let lateral = |part: &str| format!("conv[2].lateral.{part}");
    let mut model = Model::new();
    let (shape, numbers) = model.tensors.remove(&lateral("weight")).unwrap();
    let doubled: Vec<f32> = numbers.iter().map(|number| 2.0 * number).collect();
    model = model.set(&lateral("weight_v"), &shape, &doubled);
    model.assert_refused(
        &[],
        &[
            "conv[2].lateral.weight (conv[2].lateral) cannot be used",
            "magnitude conv[2].lateral.weight_g is missing",
        ],
    );
    model = model.set(&lateral("weight_g"), &[2, 1, 1, 1], &[0.625, 0.375]);
    let file = OneFile::new("model.safetensors", model.bytes());
    let text = Run::of(command(&["analyze"]).arg(&file.path)).succeeded().stdout;
    let origin = "effective kernels were computed (weight normalization): conv[2].lateral.weight from conv[2].lateral.weight_g, conv[2].lateral.weight_v";
    // The average path length of the model without reparametrization.
    assert_says(&text, &[origin, "average path length 1.28571"]);
}

// Layout files and configurations.

const LAYOUT: &str = "\
name = 'containers'
iterations = 3
readout = 'no-avg'
[[block]]
name = 'v1'
normalization = 'bn.{t}'
[[connection]]
from = 'input'
to = 'v1'
weight = 'up.weight'
[[connection]]
from = 'v1'
to = 'v1'
delay = 1
weight = 'lateral.weight'
";

/// Analyzes a sound checkpoint by a layout with `from` replaced by `to`; the message must name the layout
/// file.
#[track_caller]
fn assert_layout_refused(from: &str, to: &str, parts: &[&str]) {
    assert!(LAYOUT.contains(from), "{from}");
    let file = OneFile::new("model.pth", container("zip-float32.pth"));
    let layout = file.beside("my-layout.toml", LAYOUT.replacen(from, to, 1));
    let run = Run::of(command(&["analyze"]).arg(&file.path).arg("--layout").arg(layout));
    run.refused(1, &[&["my-layout.toml"], parts].concat());
}

#[test]
fn layout_with_a_typing_mistake() {
    assert_layout_refused("delay = 1", "dealy = 1", &["line 14, column 1", "dealy", "delay"]);
    assert_layout_refused("iterations = 3", "iterations = ", &["line 2, column 14"]);
    assert_layout_refused("'no-avg'", "'average'", &["line 3, column 11", "no-avg", "late-avg"]);
}

#[test]
fn layout_without_iterations() {
    assert_layout_refused("iterations = 3", "iterations = 0", &["line 2, column 14", "expected at least 1"]);
    assert_layout_refused(
        "iterations = 3\n",
        "",
        &["does not state the number of iterations", "--iterations"],
    );
}

#[test]
fn layout_with_far_too_many_iterations() {
    assert_layout_refused(
        "iterations = 3",
        "iterations = 100000000000",
        &["unrolled over 100000000000 iterations", "reduce the number of iterations"],
    );
}

#[test]
fn normalization_whose_tensors_differ_in_length() {
    // No convolution ends at v2, so nothing else determines its channels.
    let model = Model::new().set("gamma", &[3], &[1.0; 3]).set("variance", &[2], &[1.0; 2]);
    let file = OneFile::new("model.safetensors", model.bytes());
    let layout = file.beside(
        "my-layout.toml",
        "\
name = 'identity'
iterations = 1
[[block]]
name = 'v2'
normalization = { weight = 'gamma', running_var = 'variance' }
[[connection]]
from = 'input'
to = 'v2'
",
    );
    assert_refused(
        &file.path,
        &["--layout", layout.to_str().unwrap()],
        &["variance (bn[2]) has shape [2]", "expected [3], the output channels of gamma"],
    );
}

#[test]
fn layout_that_names_an_unknown_block() {
    assert_layout_refused(
        "from = 'v1'",
        "from = 'v2'",
        &["line 12, column 8", "there is no block 'v2'", "input, v1"],
    );
}

#[test]
fn layout_that_names_an_unknown_tensor() {
    let file = OneFile::new("model.pth", container("zip-float32.pth"));
    let layout = file.beside("my-layout.toml", LAYOUT.replace("lateral.weight", "laterl.weight"));
    assert_refused(
        &file.path,
        &["--layout", layout.to_str().unwrap()],
        &[
            "missing laterl.weight",
            "line 15, column 10 of the layout file",
            "the nearest is lateral.weight [2, 2, 1, 1]",
        ],
    );
}

#[test]
fn cycle_without_delay() {
    assert_layout_refused("delay = 1", "delay = 0", &["v1 -> v1", "cycle without delay", "a delay of 1"]);
    assert_layout_refused(
        "[[connection]]\nfrom = 'v1'\nto = 'v1'\ndelay = 1",
        "[[block]]\nname = 'v2'\n[[connection]]\nfrom = 'v2'\nto = 'v1'\n[[connection]]\nfrom = 'v1'\nto = 'v2'",
        &["v2 -> v1 -> v2", "a delay of 1"],
    );
}

#[test]
fn contradictions_with_the_layout_file() {
    let file = fixture("containers/zip-float32.pth");
    let layout = containers_layout();
    for (arguments, words) in [
        (
            ["--readout", "late-avg"],
            ["was given as late-avg", "layout.toml says no-avg", "leave the flag out"],
        ),
        (["--iterations", "4"], ["was given as 4", "layout.toml says 3", "leave the flag out"]),
    ] {
        let mut command = command(&["analyze"]);
        Run::of(command.arg(&file).arg("--layout").arg(&layout).args(arguments)).refused(1, &words);
    }
}

/// A published model with `from` in its configuration replaced by `to`.
#[track_caller]
fn assert_config_refused(from: &str, to: &str, parts: &[&str]) {
    let folder = fixture("reference/multipath-1block-t5-late-avg-removed-1-2");
    let config = fs::read_to_string(folder.join("config_extra.json")).unwrap();
    assert!(config.contains(from), "{config}");
    let file = OneFile::new("best.pth", fs::read(folder.join("best.pth")).unwrap());
    file.beside("config_extra.json", config.replacen(from, to, 1));
    let run = Run::of(command(&["analyze"]).arg(&file.path));
    run.refused(1, &[&["config_extra.json"], parts].concat());
}

#[test]
fn configuration_with_wrong_iterations() {
    const ITERATIONS: &str = "\"n_timesteps\": 5";
    assert_config_refused(ITERATIONS, "\"n_timesteps\": 0", &["n_timesteps is 0", "at least 1"]);
    let huge = "\"n_timesteps\": 1000000000000000";
    assert_config_refused(ITERATIONS, huge, &["n_timesteps is 1000000000000000", "at most"]);
    assert_config_refused(ITERATIONS, "\"n_timesteps\": -1", &["integer `-1`", "line 1 column"]);
    assert_config_refused(ITERATIONS, "\"n_timesteps\": 6", &["best.pth", "missing", "--config"]);
}

#[test]
fn name_with_an_impossible_index() {
    let name = "moduledict.bl_stack.layer_list.4000000000000.b_conv.weight";
    let numbers = [0u8; 16];
    let view = TensorView::new(Dtype::F32, vec![2, 2, 1, 1], &numbers).unwrap();
    let contents = safetensors::serialize([(name, view)], None).unwrap();
    assert_contents_refused(
        "model.safetensors",
        contents,
        &["missing moduledict.bl_stack.layer_list.0.b_conv.weight (conv[2].bottom_up)"],
    );
}

#[test]
fn a_configuration_for_a_model_of_another_kind() {
    let net = fixture("nets/fig5.safetensors");
    let config = fixture("reference/recurrent-1block-t3-no-avg/config_extra.json");
    let config = config.to_str().unwrap();
    assert_refused(&net, &["--config", config], &[config, "leave --config out"]);
}

#[test]
fn configuration_of_a_model_of_another_size() {
    let wrong = &["layer_list.0.b_conv.weight", "has shape [8, 8, 3, 3], expected [8, 8, 7, 7]", "--config"];
    assert_config_refused("\"ksize_list\": [3]", "\"ksize_list\": [7]", wrong);
}

/// An ablated model keeps the normalizations of removed paths, so the names do not show the ablation.
#[test]
fn multi_path_model_without_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("best.pth");
    fs::copy(fixture("reference/multipath-1block-t5-late-avg-removed-1-2/best.pth"), &copy).unwrap();
    assert_refused(&copy, &[], &["multi-path model", "config_extra.json", "--config"]);
}

/// A mismatch is easiest to see in the list of tensors.
#[test]
fn inspection_of_a_model_that_no_layout_fits() {
    let file = fixture("containers/zip-float32.pth");
    let Run { code, stdout, stderr } = Run::of(command(&["inspect"]).arg(&file));
    assert_eq!(code, Some(1), "{stderr}");
    assert_says(&stdout, &["layout not recognized", "lateral.weight", "2×2×1×1"]);
    assert_says(&stderr, &["error: ", "match no known layout", "pathscope layout template"]);
}
