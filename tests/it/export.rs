//! The output of `pathscope export`. `cargo xtask interop` runs it in PyTorch.

use crate::cmd::{Run, assert_says, command, stdout};
use crate::common::fixture;
use pathscope::export::{python_module, safetensors, torchscript};
use pathscope_core::files::checkpoint::Checkpoint;
use pathscope_core::model::layout::{self, Given};
use pathscope_core::network::WholeNetwork;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use zip::ZipArchive;

const MODELS: [&str; 6] = [
    "feedforward-1block",
    "recurrent-1block-t3-no-avg",
    "recurrent-1block-t7-2-avg",
    "recurrent-2block-t5-late-avg-softplus",
    "multipath-1block-t4-2-avg-separate-bn",
    "multipath-1block-t5-late-avg-removed-1-2",
];

fn published(model: &str) -> PathBuf {
    fixture("reference").join(model).join("best.pth")
}

fn open(model: &str) -> WholeNetwork {
    WholeNetwork::open(&published(model), None, &Given::default()).unwrap()
}

#[track_caller]
fn export(file: &Path, to: &str, out: &Path) {
    stdout(&["export", file.to_str().unwrap(), "--to", to, "--out", out.to_str().unwrap()]);
}

/// The records of an archive.
fn records(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().to_string(), bytes)
        })
        .collect()
}

fn without_version(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn modules_of_all_kinds() {
    for model in [
        "feedforward-1block",
        "recurrent-2block-t5-late-avg-softplus",
        "multipath-1block-t5-late-avg-removed-1-2",
    ] {
        insta::assert_snapshot!(format!("{model}-py"), without_version(&python_module(&open(model))));
    }
}

#[test]
fn code_of_archives() {
    for model in ["recurrent-1block-t3-no-avg", "multipath-1block-t4-2-avg-separate-bn"] {
        let records = records(&torchscript(&open(model)).unwrap());
        let code = records.iter().find(|(name, _)| name == "network/code/__torch__/pathscope.py").unwrap();
        insta::assert_snapshot!(format!("{model}-torchscript"), String::from_utf8(code.1.clone()).unwrap());
    }
}

#[test]
fn pathscope_reads_exported_weights_back() {
    let folder = tempfile::tempdir().unwrap();
    for model in MODELS {
        let out = folder.path().join(model);
        export(&published(model), "pytorch", &out);
        let analysis = |file: &Path| -> Value {
            let text = stdout(&["analyze", file.to_str().unwrap(), "--format", "json"]);
            serde_json::from_str(&text).unwrap()
        };
        let (ours, theirs) = (analysis(&out.join("model.safetensors")), analysis(&published(model)));
        for part in ["circuit", "conventions", "components", "ensembles"] {
            assert_eq!(ours[part], theirs[part], "{model}: {part}");
        }
        // It is a whole network again, with the same weights.
        let again = WholeNetwork::open(&out.join("model.safetensors"), None, &Given::default()).unwrap();
        assert_eq!(safetensors(&again).unwrap(), fs::read(out.join("model.safetensors")).unwrap(), "{model}");
        let code = |module: &str| module.split_once("import json").unwrap().1.to_owned();
        assert_eq!(code(&python_module(&again)), code(&python_module(&open(model))), "{model}");
    }
}

#[test]
fn an_exported_checkpoint_has_only_the_tensors_that_the_network_uses() {
    let file = published("recurrent-1block-t3-no-avg");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    export(&file, "pytorch", &out);
    let checkpoint = Checkpoint::open(&out.join("model.safetensors"), None).unwrap();
    // Published models have a bn0 that their list of operations does not run.
    assert!(!checkpoint.tensors().keys().any(|name| name.starts_with("bn[1]")));
    let (published, given) = (Checkpoint::open(&file, None).unwrap(), Given::default());
    let model = layout::recognize(&published, &given).unwrap();
    for tensor in model.tensor_uses(&published) {
        let role = tensor.role.map(|role| role.to_string());
        let Some(role) = role.filter(|role| checkpoint.tensors().contains_key(role)) else {
            continue;
        };
        assert_eq!(checkpoint.read(&role).unwrap(), published.read(&tensor.name).unwrap(), "{role}");
    }
    assert_eq!(checkpoint.tensors().len(), 1 + 4 + 2 + 3 * 4 + 3);
}

#[test]
fn an_archive_holds_the_weights_where_pytorch_looks_for_them() {
    for model in MODELS {
        let network = open(model);
        let archive = torchscript(&network).unwrap();
        let records = records(&archive);
        let names: Vec<&str> = records.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["data.pkl", "constants.pkl", "version", "byteorder", "extra/pathscope.json"] {
            assert!(names.contains(&format!("network/{name}").as_str()), "{model}: {name} in {names:?}");
        }
        // In the order of the tensors' names.
        let folder = tempfile::tempdir().unwrap();
        let weights = folder.path().join("model.safetensors");
        fs::write(&weights, safetensors(&network).unwrap()).unwrap();
        let checkpoint = Checkpoint::open(&weights, None).unwrap();
        for (number, name) in checkpoint.tensors().keys().enumerate() {
            let place = names.iter().position(|found| *found == format!("network/data/{number}")).unwrap();
            let floats = records[place].1.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            assert!(
                checkpoint.read(name).unwrap().iter().copied().eq(floats.map(f64::from)),
                "{model}: {name}"
            );
        }
        // Nothing is compressed, and values begin at multiples of 64 bytes.
        let mut zip = ZipArchive::new(std::io::Cursor::new(&archive)).unwrap();
        for index in 0..zip.len() {
            let entry = zip.by_index(index).unwrap();
            assert_eq!(entry.compression(), zip::CompressionMethod::Stored);
            assert_eq!(entry.data_start().unwrap() % 64, 0, "{:?}", entry.name());
        }
    }
}

#[test]
fn the_same_network_gives_the_same_bytes() {
    let (first, second) = (open(MODELS[2]), open(MODELS[2]));
    assert_eq!(torchscript(&first).unwrap(), torchscript(&second).unwrap());
    assert_eq!(safetensors(&first).unwrap(), safetensors(&second).unwrap());
    assert_eq!(python_module(&first), python_module(&second));
}

#[test]
fn the_command_writes_the_output_of_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let (module, archive) = (folder.path().join("deeper/network"), folder.path().join("network.pt"));
    fs::create_dir(folder.path().join("deeper")).unwrap();
    export(&published(MODELS[1]), "pytorch", &module);
    export(&published(MODELS[1]), "torchscript", &archive);
    let network = open(MODELS[1]);
    assert_eq!(fs::read_to_string(module.join("model.py")).unwrap(), python_module(&network));
    assert_eq!(fs::read(module.join("model.safetensors")).unwrap(), safetensors(&network).unwrap());
    assert_eq!(fs::read(archive).unwrap(), torchscript(&network).unwrap());
    assert_eq!(fs::read_dir(module).unwrap().count(), 2);
}

#[test]
fn the_folder_of_a_run_stands_for_its_model() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    export(&published(MODELS[1]), "pytorch", &run);
    fs::write(run.join("settings.toml"), "").unwrap();
    let out = folder.path().join("again");
    let mut command = command(&["export", "--to", "pytorch", "--out"]);
    let notes = Run::of(command.args([&out, &run])).succeeded().stderr;
    assert_says(&notes, &["cropped and downsampled as"]);
    assert_eq!(
        fs::read(run.join("model.safetensors")).unwrap(),
        fs::read(out.join("model.safetensors")).unwrap()
    );
}
