//! Networks that cannot be exported, and output paths that cannot be written to.

use super::support::*;
use crate::cmd::{Run, command, refusal};
use crate::common::fixture;
use pathscope_core::circuit::{Activation, Circuit, Connection, MultiPath, Operation, Readout};
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use pathscope_core::model::layout::own;
use pathscope_core::model::network::{Network, Pooling};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The tensors of a normalization.
const NORMALIZATION: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];

/// A small whole network in pathscope's own format.
struct Whole {
    circuit: Circuit,
    network: Network,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Whole {
    /// Returns a network with two RCPBs and three iterations.
    fn new() -> Self {
        let circuit = Circuit {
            readout: Some(Readout::LateAvg),
            activation: Some(Activation::Relu),
            ..Circuit::of_recurrent_blocks(2, 3)
        };
        Self::of(circuit)
    }

    fn of(circuit: Circuit) -> Self {
        let network = Network::default();
        let mut whole = Self { tensors: BTreeMap::new(), network: network.clone(), circuit: circuit.clone() };
        for name in network.tensor_names().iter().map(ToString::to_string) {
            let shape: &[usize] = match name.as_str() {
                "conv[1].weight" => &[2, 1, 3, 3],
                "readout.spatial" => &[4, 2, 2],
                "readout.feature" => &[4, 2],
                "readout.bias" => &[4],
                input if input.starts_with("bn[input]") => &[1],
                _ => &[2],
            };
            whole = whole.set(&name, shape, 0.5);
        }
        for component in UnrolledCircuit::new(&circuit).unwrap().components() {
            let name = component.name(&circuit);
            match component {
                Component::Convolution { .. } => {
                    whole = whole.set(&format!("{name}.weight"), &[2, 2, 3, 3], 0.5);
                }
                Component::Normalization { .. } => {
                    for part in NORMALIZATION {
                        whole = whole.set(&format!("{name}.{part}"), &[2], 0.5);
                    }
                }
                Component::Identity { .. } | Component::ConnectionNormalization { .. } => {}
            }
        }
        whole
    }

    fn set(mut self, name: &str, shape: &[usize], number: f32) -> Self {
        self.tensors.insert(name.to_owned(), (shape.to_vec(), vec![number; shape.iter().product()]));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.tensors.remove(name).unwrap();
        self
    }

    fn file(&self) -> OneFile {
        let bytes: BTreeMap<&String, Vec<u8>> = self
            .tensors
            .iter()
            .map(|(name, (_, numbers))| (name, numbers.iter().flat_map(|n| n.to_le_bytes()).collect()))
            .collect();
        let views = self.tensors.iter().map(|(name, (shape, _))| {
            (name, TensorView::new(Dtype::F32, shape.clone(), &bytes[name]).unwrap())
        });
        let metadata = own::metadata_of_network(&self.circuit, 1e-3, &self.network).into_iter().collect();
        OneFile::new("model.safetensors", safetensors::serialize(views, Some(metadata)).unwrap())
    }

    #[track_caller]
    fn assert_refused(&self, arguments: &[&str], parts: &[&str]) {
        assert_export_refused(&self.file().path, arguments, parts);
    }
}

/// Tries both kinds of export. The message must contain `parts`, and no output may be left.
#[track_caller]
fn assert_export_refused(file: &Path, arguments: &[&str], parts: &[&str]) {
    for to in ["pytorch", "torchscript"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(&["export", "--to", to, "--out"]);
        let run = Run::of(command.arg(folder.path().join("out")).arg(file).args(arguments));
        run.refused(1, &[parts, &[file.to_str().unwrap()]].concat());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{to}: something is left");
    }
}

#[track_caller]
fn assert_exported(file: &Path, arguments: &[&str]) {
    for to in ["pytorch", "torchscript"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(&["export", "--to", to, "--out"]);
        let run = Run::of(command.arg(folder.path().join("out")).arg(file).args(arguments)).succeeded();
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn the_network_itself_is_sound() {
    assert_exported(&Whole::new().file().path, &[]);
}

#[test]
fn a_recurrent_stage_alone() {
    assert_export_refused(
        &fixture("nets/fig5.safetensors"),
        &[],
        &[
            "cannot be executed or exported",
            "its metadata describes only the recurrent stage",
            "first block and the readout",
        ],
    );
    let legacy =
        OneFile::new("best.pth", fs::read(fixture("reference/recurrent-1block-t3-no-avg/best.pth")).unwrap());
    assert_export_refused(
        &legacy.path,
        &[],
        &["no config_extra.json describes the layers around its recurrent stage"],
    );
    assert_export_refused(
        &fixture("containers/zip-float32.pth"),
        &["--layout", fixture("containers/layout.toml").to_str().unwrap()],
        &["a layout file describes only the recurrent stage"],
    );
}

#[test]
fn properties_that_only_the_user_knows() {
    let mut whole = Whole::new();
    whole.circuit.readout = None;
    whole.assert_refused(&[], &["does not name its readout", "--readout"]);
    assert_exported(&whole.file().path, &["--readout", "2-avg"]);
    whole.circuit.readout = Some(Readout::NoAvg);
    whole.circuit.activation = None;
    whole.assert_refused(&[], &["does not name its activation", "--activation"]);
    assert_exported(&whole.file().path, &["--activation", "softplus"]);
}

#[test]
fn missing_tensors() {
    for name in ["conv[1].weight", "bn[input].bias", "bn[1].running_mean", "bn[3,2].bias", "readout.bias"] {
        Whole::new().without(name).assert_refused(&[], &[&format!("tensor {name} is missing")]);
    }
}

#[test]
fn connections_that_can_only_be_analyzed() {
    let depthwise = Whole::new().set("conv[3].bottom_up.weight", &[2, 1, 3, 3], 0.5);
    depthwise.assert_refused(
        &[],
        &["conv[3].bottom_up has a convolution of 2 groups", "not executed or exported"],
    );
    let mut leak = Whole::new();
    leak.circuit.connections[1].factor = 0.5;
    leak.assert_refused(&[], &["conv[2].lateral has a factor of 0.5", "not executed or exported"]);
    let mut late = Whole::new();
    late.circuit.connections[1].iterations = "3".parse().unwrap();
    late.assert_refused(&[], &["conv[2].lateral is active only at iterations 3", "not executed or exported"]);
}

#[test]
fn tensors_of_other_shapes() {
    let cases: [(&str, &[usize], &str); 9] = [
        ("conv[1].weight", &[2, 1, 3, 5], "expected [channels, image channels, kernel, kernel]"),
        ("conv[1].weight", &[2], "expected [channels, image channels, kernel, kernel]"),
        ("conv[1].bias", &[3], "expected [2]"),
        ("bn[input].weight", &[2], "expected [1]"),
        ("bn[2,1].bias", &[3], "expected [2]"),
        ("conv[2].lateral.weight", &[2, 2, 2, 2], "expected [2, 2, kernel, kernel] with an odd kernel"),
        ("conv[3].bottom_up.weight", &[2, 2, 3], "expected [2, 2, kernel, kernel]"),
        ("readout.feature", &[4, 3], "expected [4, 2]"),
        ("readout.spatial", &[4, 2, 0], "expected [neurons, height, width]"),
    ];
    for (name, shape, expected) in cases {
        let found = format!("tensor {name} has shape {shape:?}");
        Whole::new().set(name, shape, 0.5).assert_refused(&[], &[&found, expected]);
    }
}

#[test]
fn an_identity_between_blocks_of_different_width() {
    let mut circuit = Whole::new().circuit;
    circuit.connections.push(Connection::new(2, 3, 1, Operation::Identity));
    let mut whole = Whole::of(circuit);
    for name in ["conv[3].bottom_up", "conv[3].lateral"] {
        let inputs = if name.ends_with("lateral") { 3 } else { 2 };
        whole = whole.set(&format!("{name}.weight"), &[3, inputs, 3, 3], 0.5);
    }
    for (t, part) in (1..=3).flat_map(|t| NORMALIZATION.map(|part| (t, part))) {
        whole = whole.set(&format!("bn[3,{t}].{part}"), &[3], 0.5);
    }
    whole = whole.set("readout.feature", &[4, 3], 0.5);
    whole.assert_refused(&[], &["identity[3].bottom_up@1 adds 2 channels to 3"]);
}

#[test]
fn numbers_that_are_not_finite() {
    Whole::new()
        .set("bn[input].bias", &[1], f32::NAN)
        .assert_refused(&[], &["tensor bn[input].bias has NaN at [0]", "finite number"]);
}

#[test]
fn invalid_pooling() {
    for pooling in [Pooling { kernel: 3, stride: 0 }, Pooling { kernel: usize::MAX, stride: 3 }] {
        let mut whole = Whole::new();
        whole.network.pooling = pooling;
        whole.assert_refused(&[], &["pooling", "expected 1 to 65536"]);
    }
}

#[test]
fn too_many_paths_for_a_module() {
    let mut circuit = Whole::new().circuit;
    circuit.iterations = 200;
    circuit.blocks.iter_mut().for_each(|block| block.iterations = 200);
    circuit.multi_path = Some(MultiPath::default());
    Whole::of(circuit).assert_refused(&[], &["more than 20000 blocks to compute"]);
}

#[test]
fn folders_that_are_not_runs() {
    let folder = tempfile::tempdir().unwrap();
    assert_export_refused(folder.path(), &[], &["not the folder of a run", "model.safetensors is missing"]);
    fs::write(folder.path().join("settings.toml"), "").unwrap();
    assert_export_refused(folder.path(), &[], &["its training is not finished", "pathscope train --resume"]);
}

#[test]
fn existing_outputs() {
    let file = Whole::new().file();
    let taken = file.folder.path();
    for (to, expected) in
        [("pytorch", "is not overwritten"), ("torchscript", "there is a folder of that name")]
    {
        let mut command = command(&["export", "--to", to, "--out"]);
        Run::of(command.arg(taken).arg(&file.path)).refused(1, &[expected, "--out"]);
    }
    assert_eq!(fs::read_dir(taken).unwrap().count(), 1);
}

#[test]
fn wrong_usage() {
    for arguments in [&["--to", "onnx", "--out", "x"][..], &["--out", "x"], &["--to", "pytorch"]] {
        refusal(&[&["export", "model.pt"], arguments].concat(), 2, &[]);
    }
}
