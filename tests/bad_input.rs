//! What users get wrong, through the command itself: it says what is wrong, where and what to do,
//! prints no results and fails.

mod common;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use common::{containers_layout, fixture};
use pathscope::circuit::{Circuit, Readout};
use pathscope::layout::own;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn pathscope() -> Command {
    Command::new(env!("CARGO_BIN_EXE_pathscope"))
}

/// What the command printed to stderr when it failed without printing a result.
#[track_caller]
fn refusal(assert: Assert, code: i32) -> String {
    let assert = assert.code(code);
    let output = assert.get_output();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "a result was printed");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in:\n{message}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

/// Analyses a file that cannot be analysed; the message must name it and hold `parts`.
#[track_caller]
fn assert_refused(file: &Path, arguments: &[&str], parts: &[&str]) {
    let message = refusal(pathscope().arg("analyze").arg(file).args(arguments).assert(), 1);
    assert!(message.starts_with("error: "), "{message}");
    let name = file.file_name().unwrap().to_str().unwrap();
    assert_says(&message, &[name]);
    assert_says(&message, parts);
}

/// A folder with one file in it.
struct OneFile {
    folder: TempDir,
    path: PathBuf,
}

impl OneFile {
    fn new(name: &str, contents: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, contents).unwrap();
        Self { folder, path }
    }

    fn beside(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, contents).unwrap();
        path
    }
}

#[track_caller]
fn assert_contents_refused(name: &str, contents: impl AsRef<[u8]>, parts: &[&str]) {
    let file = OneFile::new(name, contents);
    assert_refused(&file.path, &[], parts);
}

fn container(name: &str) -> Vec<u8> {
    fs::read(fixture("containers").join(name)).unwrap()
}

fn zip_of(entries: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in entries {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(contents).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const STORED: zip::CompressionMethod = zip::CompressionMethod::Stored;
const DEFLATED: zip::CompressionMethod = zip::CompressionMethod::Deflated;

// Files of other kinds.

#[test]
fn empty_file() {
    assert_contents_refused("model.pth", "", &["an empty file", "save or copy it again"]);
}

#[test]
fn text() {
    assert_contents_refused(
        "notes.pt",
        "Trained on Monday.\n",
        &["a text file", "give the checkpoint itself"],
    );
}

#[test]
fn json() {
    assert_contents_refused(
        "model.pth",
        r#"{"model": {"n_timesteps": 3}}"#,
        &["a text file", "give the checkpoint itself"],
    );
    // Read as a safetensors header this would be one.
    assert_contents_refused("model.pth", r#"        {"a": 1}"#, &["a text file"]);
}

#[test]
fn numpy() {
    assert_contents_refused(
        "weights.npy",
        b"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}",
        &["a NumPy array", "give the checkpoint"],
    );
    let npz = zip_of(&[("weight.npy", b"\x93NUMPY")], STORED);
    assert_contents_refused("weights.npz", npz, &["a NumPy archive (npz)", "give the checkpoint"]);
}

#[test]
fn hdf5() {
    let mut contents = b"\x89HDF\r\n\x1a\n".to_vec();
    contents.resize(600, 0);
    assert_contents_refused("model.h5", contents, &["an HDF5 file", "convert the weights"]);
}

#[test]
fn git_lfs_pointer() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 9\n";
    assert_contents_refused("model.pth", pointer, &["a Git LFS pointer", "git lfs pull"]);
}

#[test]
fn torchscript() {
    assert_refused(
        &fixture("containers/torchscript.pt"),
        &[],
        &["a TorchScript archive", "torch.save(torch.jit.load("],
    );
}

#[test]
fn whole_module_in_the_legacy_container() {
    assert_refused(
        &fixture("containers/legacy-whole-module.pth"),
        &[],
        &["a whole module in PyTorch's legacy container", "torch.save(model.state_dict()"],
    );
}

#[test]
fn plain_zip() {
    let archive = zip_of(&[("thesis.tex", b"\\documentclass{book}")], DEFLATED);
    assert_contents_refused(
        "model.zip",
        archive,
        &["a zip archive that torch.save did not write", "torch.save(model.state_dict()"],
    );
}

#[test]
fn no_tensors() {
    let pickle = b"\x80\x02}q\x00X\x05\x00\x00\x00epochq\x01K\x03s.";
    assert_contents_refused("model.pth", pickle, &["holds no tensors", "torch.save(model.state_dict()"]);
}

// Arguments that name no checkpoint.

#[test]
fn folder_without_checkpoints() {
    let file = OneFile::new("notes.txt", "nothing");
    assert_refused(file.folder.path(), &[], &["no checkpoint in this folder", ".safetensors", "one by one"]);
}

#[test]
fn nonexistent_file() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(&folder.path().join("modle.pth"), &[], &["cannot be read", "check its name"]);
}

#[test]
fn pattern_without_match() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(&folder.path().join("*.pth"), &[], &["no file matches", "check the folder"]);
}

#[test]
fn nonexistent_layout_file() {
    let file = fixture("containers/zip-float32.pth");
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("my-model.toml");
    let assert = pathscope().arg("analyze").arg(&file).arg("--layout").arg(&layout).assert();
    assert_says(&refusal(assert, 1), &["my-model.toml: cannot be read", "check its name"]);
}

#[test]
fn usage() {
    let file = fixture("containers/zip-float32.pth");
    let run = |arguments: &[&str]| refusal(pathscope().arg("analyze").arg(&file).args(arguments).assert(), 2);
    assert_says(&run(&["--iterations", "0"]), &["--iterations", "at least 1 iteration"]);
    assert_says(&run(&["--iterations", "three"]), &["--iterations", "expected a whole number"]);
    assert_says(&run(&["--readout", "mean"]), &["--readout", "late-avg"]);
    assert_says(&run(&["--no-figures"]), &["--out"]);
    assert_says(&refusal(pathscope().arg("analyze").assert(), 2), &["FILE"]);
}

// Damaged files.

#[test]
fn truncated_at_many_places() {
    for name in ["zip-model.pth", "zip-whole-module.pth", "legacy-model.pth", "tar.pth"] {
        let whole = container(name);
        // The end of a tar archive is filled up with zeros.
        let end = whole.iter().rposition(|&byte| byte != 0).unwrap() + 1;
        for length in [10, 100, end / 3, end / 2, end * 9 / 10, end - 1] {
            let file = OneFile::new("model.pth", &whole[..length]);
            let layout = containers_layout();
            let message =
                refusal(pathscope().arg("analyze").arg(&file.path).arg("--layout").arg(layout).assert(), 1);
            assert_says(&message, &["error: ", "model.pth"]);
            assert!(
                ["do so again", "torch.save(model.state_dict()", "copy it again"]
                    .iter()
                    .any(|remedy| message.contains(remedy)),
                "{name} truncated to {length}: {message}"
            );
        }
    }
}

#[test]
fn truncated_safetensors() {
    let model = Model::new();
    let whole = model.bytes();
    for length in [16, 60, whole.len() / 2, whole.len() - 1] {
        assert_contents_refused(
            "model.safetensors",
            &whole[..length],
            &["not a readable checkpoint", "do so again"],
        );
    }
}

#[test]
fn flipped_weight_fails_its_checksum() {
    let mut contents = container("zip-float32.pth");
    let weight = 1.5f32.to_le_bytes();
    let at =
        contents.windows(8).position(|window| window[..4] == weight && window[4..] == 2f32.to_le_bytes());
    contents[at.unwrap()] ^= 1;
    let file = OneFile::new("model.pth", contents);
    let layout = containers_layout();
    let assert = pathscope().arg("analyze").arg(&file.path).arg("--layout").arg(layout).assert();
    assert_says(&refusal(assert, 1), &["model.pth", "tensor 'up.weight'", "checksum", "do so again"]);
}

// Files that would take far more memory than they have bytes.

#[test]
fn zip_bomb() {
    // 32 MiB of zeros in some 32 KiB.
    const SIZE: u32 = 32 << 20;
    let zeros = vec![0; SIZE as usize];
    let bomb = zip_of(&[("archive/data.pkl", &zeros)], DEFLATED);
    assert!(bomb.len() < 1 << 16);
    let remedy = "load it in PyTorch and save it again";
    assert_contents_refused("model.pth", &bomb, &["would take 33554432 bytes", remedy]);

    // The same, when it says other sizes in its directory and before the entry.
    let saying = |size: u32| {
        let mut lying = bomb.clone();
        for at in 0..lying.len() - 4 {
            if lying[at..at + 4] == SIZE.to_le_bytes() {
                lying[at..at + 4].copy_from_slice(&size.to_le_bytes());
            }
        }
        assert_ne!(lying, bomb);
        lying
    };
    assert_contents_refused("model.pth", saying(300 << 20), &["would take 314572800 bytes", remedy]);
    assert_contents_refused("model.pth", saying(1000), &["not a readable checkpoint", "do so again"]);

    // Few bytes of a pickle that would take far more when interpreted.
    let nothing = [b"\x80\x02(".as_slice(), &[b'N'; 1 << 20], b"t."].concat();
    let bomb = zip_of(&[("archive/data.pkl", &nothing)], DEFLATED);
    assert_contents_refused("model.pth", bomb, &["would take 1048581 bytes", remedy]);
}

#[test]
fn sparse_tar() {
    // A GNU sparse entry of 4 GiB without a byte of data.
    const SIZE: u64 = 4 << 30;
    let mut header = tar::Header::new_gnu();
    header.set_path("storages").unwrap();
    header.set_size(0);
    header.set_entry_type(tar::EntryType::GNUSparse);
    let gnu = header.as_gnu_mut().unwrap();
    let octal =
        |field: &mut [u8; 12], value: u64| field.copy_from_slice(format!("{value:011o}\0").as_bytes());
    octal(&mut gnu.sparse[0].offset, SIZE);
    octal(&mut gnu.sparse[0].numbytes, 0);
    octal(&mut gnu.realsize, SIZE);
    header.set_cksum();
    let mut archive = header.as_bytes().to_vec();
    archive.resize(10240, 0);
    assert_contents_refused("model.pth", archive, &["would take 4294967296 bytes", "save it again"]);
}

#[test]
fn many_entries() {
    let names: Vec<String> = (0..20_000).map(|index| format!("archive/data/{index}")).collect();
    let mut entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    entries.push(("archive/data.pkl", b"\x80\x02}."));
    assert_contents_refused("model.pth", zip_of(&entries, STORED), &["holds no tensors"]);
}

#[test]
fn huge_safetensors_header() {
    for length in [1u64 << 20, 1 << 40, u64::MAX] {
        let contents = [&length.to_le_bytes(), br#"{"a":{}}"#.as_slice()].concat();
        assert_contents_refused(
            "model.safetensors",
            contents,
            &[
                "not a readable checkpoint",
                &format!("its header of {length} bytes does not fit"),
                "do so again",
            ],
        );
    }
}

#[test]
fn view_that_repeats_few_numbers() {
    // up.weight as a view of stride 0 over one number: 46341 × 46341 elements from a few bytes.
    let pickle = [
        b"\x80\x02}X\x09\x00\x00\x00up.weightctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage"
            .as_slice(),
        b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQK\x00",
        b"(J\x05\xb5\x00\x00J\x05\xb5\x00\x00K\x01K\x01t(K\x00K\x00K\x00K\x00t\x89}tRs.",
    ]
    .concat();
    let contents = zip_of(
        &[("m/data.pkl", pickle.as_slice()), ("m/data/0", &1f32.to_le_bytes()), ("m/version", b"3\n")],
        STORED,
    );
    let file = OneFile::new("model.pth", contents);
    let layout = file.beside(
        "layout.toml",
        "name = 'one'\niterations = 1\n[[block]]\nname = 'v1'\n[[connection]]\nfrom = 'input'\nto = 'v1'\nweight = 'up.weight'\n",
    );
    let layout = layout.to_str().unwrap();
    assert_refused(
        &file.path,
        &["--layout", layout],
        &["tensor up.weight would take 8589953124 bytes", "save it again"],
    );
}

// Models that do not fit.

/// A small model as a safetensors file of pathscope's own layout.
struct Model {
    circuit: Circuit,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Model {
    fn new() -> Self {
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

    fn set(mut self, name: &str, shape: &[usize], numbers: &[f32]) -> Self {
        self.tensors.insert(name.to_owned(), (shape.to_vec(), numbers.to_vec()));
        self
    }

    fn bytes(&self) -> Vec<u8> {
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
    fn assert_refused(&self, arguments: &[&str], parts: &[&str]) {
        let file = OneFile::new("model.safetensors", self.bytes());
        assert_refused(&file.path, arguments, parts);
    }
}

#[test]
fn the_model_itself_is_sound() {
    let file = OneFile::new("model.safetensors", Model::new().bytes());
    pathscope().arg("analyze").arg(&file.path).assert().success().stderr("");
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
fn numbers_that_are_none() {
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
fn weights_that_are_no_floating_point_numbers() {
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
        &["tensor conv[2].lateral.weight holds no floating-point numbers", "convert it"],
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
    assert_refused(&file, &["--key", "up"], &["has no entry 'up'", "leave --key out"]);
    Model::new().assert_refused(&["--key", "model"], &["has no entry 'model'", "leave --key out"]);
}

#[test]
fn unknown_names() {
    assert_refused(
        &fixture("containers/zip-float32.pth"),
        &[],
        &["its names belong to no layout known here", "bn.0.bias", "pathscope layout template", "--layout"],
    );
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

/// Analyses a sound checkpoint by a layout with `from` replaced by `to`; the message must name the layout file.
#[track_caller]
fn assert_layout_refused(from: &str, to: &str, parts: &[&str]) {
    assert!(LAYOUT.contains(from), "{from}");
    let file = OneFile::new("model.pth", container("zip-float32.pth"));
    let layout = file.beside("my-layout.toml", LAYOUT.replacen(from, to, 1));
    let assert = pathscope().arg("analyze").arg(&file.path).arg("--layout").arg(layout).assert();
    let message = refusal(assert, 1);
    assert_says(&message, &["my-layout.toml"]);
    assert_says(&message, parts);
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
    assert_layout_refused("iterations = 3\n", "", &["does not say the number of iterations", "--iterations"]);
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
    // No convolution ends at v2, so nothing else says how many channels it has.
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
    let run = |arguments: &[&str]| {
        refusal(
            pathscope().arg("analyze").arg(&file).arg("--layout").arg(&layout).args(arguments).assert(),
            1,
        )
    };
    assert_says(
        &run(&["--readout", "late-avg"]),
        &["was given as late-avg", "layout.toml says no-avg", "leave the flag out"],
    );
    assert_says(
        &run(&["--iterations", "4"]),
        &["was given as 4", "layout.toml says 3", "leave the flag out"],
    );
}

/// A published model with `from` in its configuration replaced by `to`.
#[track_caller]
fn assert_config_refused(from: &str, to: &str, parts: &[&str]) {
    let folder = fixture("reference/multipath-1block-t5-late-avg-removed-1-2");
    let config = fs::read_to_string(folder.join("config_extra.json")).unwrap();
    assert!(config.contains(from), "{config}");
    let file = OneFile::new("best.pth", fs::read(folder.join("best.pth")).unwrap());
    file.beside("config_extra.json", config.replacen(from, to, 1));
    let message = refusal(pathscope().arg("analyze").arg(&file.path).assert(), 1);
    assert_says(&message, &["config_extra.json"]);
    assert_says(&message, parts);
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

// Results that cannot be written.

fn analyse_sound(arguments: &[&str]) -> Command {
    let mut command = pathscope();
    command.arg("analyze").arg(fixture("containers/zip-float32.pth"));
    command.arg("--layout").arg(containers_layout()).args(arguments);
    command
}

#[test]
fn output_folder_below_a_file() {
    let file = OneFile::new("in-the-way", "");
    let below = file.path.join("results");
    let message = refusal(analyse_sound(&["--out", below.to_str().unwrap()]).assert(), 1);
    assert_says(&message, &["in-the-way", "cannot be written", "give another place with --out"]);
    let message = refusal(analyse_sound(&["--out", file.path.to_str().unwrap()]).assert(), 1);
    assert_says(&message, &["in-the-way", "cannot be written", "give another place with --out"]);
}

#[test]
fn folder_in_the_place_of_a_result() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("analysis.json")).unwrap();
    let message = refusal(analyse_sound(&["--out", folder.path().to_str().unwrap()]).assert(), 1);
    assert_says(&message, &["analysis.json: cannot be written", "a folder of that name", "--out"]);
}

/// All files in a folder.
fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Checks that these are in a folder, and nothing that is still being written.
#[track_caller]
fn assert_finished(folder: &Path, expected: &[&str]) {
    let found = files_in(folder);
    for name in expected {
        assert!(found.iter().any(|found| found == name), "{name} is not among {found:?}");
    }
    assert!(!found.iter().any(|name| name.starts_with('.')), "{found:?}");
}

/// Files can grow to one block only, so the first larger result fails.
#[cfg(unix)]
#[test]
fn full_output_place() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    let command = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    let assert = Command::new("sh")
        .args(["-c", command, env!("CARGO_BIN_EXE_pathscope"), "analyze"])
        .arg(fixture("containers/zip-float32.pth"))
        .arg("--layout")
        .arg(containers_layout())
        .arg("--out")
        .arg(&out)
        .assert();
    let message = refusal(assert, 1);
    assert_says(&message, &["results/analysis.json: cannot be written", "free some space", "--out"]);
    assert_eq!(files_in(&out), [""; 0]);
}

#[test]
fn two_results_of_one_name() {
    let file = OneFile::new("model.pt", container("zip-float32.pth"));
    let other = file.beside("model.pth", container("legacy.pth"));
    let out = file.folder.path().join("results");
    let assert = pathscope()
        .arg("analyze")
        .args([&file.path, &other])
        .arg("--layout")
        .arg(containers_layout())
        .arg("--out")
        .arg(&out)
        .assert();
    let message = refusal(assert, 1);
    assert_says(&message, &["model.pt ", "model.pth would both be written to", "analyse them apart"]);
    assert_eq!(files_in(&out), [""; 0]);
}

#[test]
fn one_bad_file_among_good_ones() {
    let file = OneFile::new("a.pth", container("zip-float32.pth"));
    file.beside("b.pth", "not a checkpoint");
    file.beside("c.pth", container("tar.pth"));
    let out = file.folder.path().join("results");
    let assert = pathscope()
        .arg("analyze")
        .arg(file.folder.path())
        .arg("--layout")
        .arg(containers_layout())
        .args(["--format", "csv", "--out"])
        .arg(&out)
        .assert()
        .code(1);
    let output = assert.get_output();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let rows: Vec<&str> = stdout.lines().collect();
    assert_eq!(rows.len(), 3, "{stdout}");
    assert!(rows[1].contains("a.pth,") && rows[2].contains("c.pth,"), "{stdout}");
    assert_says(&stderr, &["b.pth: this is a text file", "1 of 3 checkpoints could not be analysed"]);
    assert_finished(&out, &["a", "c", "summary.csv"]);
    assert!(!out.join("b").exists());
    assert_eq!(fs::read_to_string(out.join("summary.csv")).unwrap(), stdout);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_back() {
    use std::os::unix::fs::symlink;
    let file = OneFile::new("a.pth", container("zip-float32.pth"));
    let folder = file.folder.path();
    symlink(folder.join("gone.pth"), folder.join("b.pth")).unwrap();
    symlink(folder.join("gone.txt"), folder.join("c.txt")).unwrap();
    symlink(folder, folder.join("d")).unwrap();
    let assert = pathscope()
        .arg("analyze")
        .arg(folder)
        .arg("--layout")
        .arg(containers_layout())
        .args(["--format", "csv"])
        .assert()
        .code(1);
    let output = assert.get_output();
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
    assert_says(
        &String::from_utf8_lossy(&output.stderr),
        &["b.pth: cannot be read", "check its name", "1 of 2 checkpoints could not be analysed"],
    );
}

/// Runs with nobody reading what is printed, as when `head` has seen enough.
fn with_closed_pipe(arguments: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pathscope"));
    command.arg("analyze").arg(fixture("containers/zip-float32.pth"));
    command.arg("--layout").arg(containers_layout()).args(arguments);
    command.stdout(writer).stderr(std::process::Stdio::piped());
    drop(reader);
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn closed_pipe() {
    let several = fixture("containers/legacy.pth");
    for arguments in [&["--format", "json"], &["--format", "table"], &[several.to_str().unwrap(), "--quiet"]]
    {
        assert_eq!(with_closed_pipe(arguments), (Some(0), String::new()));
    }
}

#[test]
fn closed_pipe_costs_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let one = folder.path().join("one");
    assert_eq!(with_closed_pipe(&["--no-figures", "--out", one.to_str().unwrap()]), (Some(0), String::new()));
    assert_finished(&one, &["analysis.json", "paths.csv"]);

    let two = folder.path().join("two");
    let other = fixture("containers/legacy.pth");
    let arguments = ["--no-figures", other.to_str().unwrap(), "--out", two.to_str().unwrap()];
    assert_eq!(with_closed_pipe(&arguments), (Some(0), String::new()));
    assert_finished(&two, &["legacy", "summary.csv", "zip-float32"]);
    assert_finished(&two.join("legacy"), &["analysis.json", "paths.csv"]);
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn full_standard_output() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pathscope"))
        .arg("analyze")
        .arg(fixture("containers/zip-float32.pth"))
        .arg("--layout")
        .arg(containers_layout())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert_says(&message, &["standard output cannot be written to", "free some space"]);
}
