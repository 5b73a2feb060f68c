//! Files that are not checkpoints, are damaged, or expand to far more than their size.

use super::models::Model;
use super::support::*;
use crate::cmd::{Run, command, refusal};
use crate::common::{containers_layout, fixture};

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
    // These bytes could be read as a safetensors header.
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

/// Kinds of files that are recognized by their names or contents.
#[test]
fn other_kinds_of_checkpoint() {
    let entry = |name: &'static str| (name, b"{}".as_slice());
    let zip =
        |names: &[&'static str]| zip_of(&names.iter().map(|name| entry(name)).collect::<Vec<_>>(), STORED);
    for (name, contents, parts) in [
        (
            "old.pt2",
            zip(&["version", "serialized_exported_program.json", "serialized_state_dict.pt"]),
            [
                "an exported program from before PyTorch 2.8",
                "export the model again with PyTorch 2.9 or later",
            ],
        ),
        (
            "m.mar",
            zip(&["MAR-INF/MANIFEST.json", "m.pt", "handler.py"]),
            ["a model archive of TorchServe", "unpack it and give m.pt"],
        ),
        (
            "holding.zip",
            zip(&["config_extra.json", "run/best.pth"]),
            ["a zip archive that holds a checkpoint", "unpack it and give run/best.pth"],
        ),
        ("__0_0.distcp", zip(&["x"]), ["a part of a distributed checkpoint", "dcp_to_torch"]),
        ("model.onnx", b"\x08\x08\x12\x07pytorch".to_vec(), ["an ONNX model", "exported from"]),
        ("model.ckpt.index", b"\0\0\x01\x02".to_vec(), ["a TensorFlow checkpoint", "convert the weights"]),
    ] {
        assert_contents_refused(name, contents, &parts);
    }
    let file = OneFile::new(".metadata", b"\x80\x02}.");
    file.beside("__0_0.distcp", b"PK");
    assert_refused(file.folder.path(), &[], &["the folder of a distributed checkpoint", "dcp_to_torch"]);
}

/// A tensor written by `pickle.dump`, whose storage is a call with another pickle.
#[test]
fn tensors_in_a_bare_pickle() {
    let pickle = b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(ctorch.storage\n_load_from_bytes\nC\x01x\x85RK\0))\x89}tRs.";
    assert_contents_refused(
        "model.pkl",
        pickle,
        &[
            "it is not damaged",
            "with Python's pickle and not with torch.save",
            "torch.save(model.state_dict()",
        ],
    );
}

/// Values in a pickle can be shared at no cost, so repeated sharing must not take memory either.
#[test]
fn pickle_bombs() {
    // A dictionary with the previous one twice, 40 times.
    let mut doubled = b"\x80\x02}X\x01\0\0\0aK\x01s".to_vec();
    for _ in 0..40 {
        doubled.extend_from_slice(b"q\0}(X\x01\0\0\0ah\0X\x01\0\0\0bh\0u");
    }
    doubled.push(b'.');
    let what = &["the objects in its pickle would take", "save it again"];
    assert_contents_refused("model.pth", &doubled, what);
    let lists = [b"\x80\x02".as_slice(), &b"]".repeat(4 << 20), b"."].concat();
    assert_contents_refused("model.pth", &lists, what);
    // A value that contains itself, and five thousand nested tuples.
    assert_contents_refused("model.pth", b"\x80\x02}q\0X\x01\0\0\0ah\0s.", &["holds no tensors"]);
    let deep = [b"\x80\x02)".as_slice(), &b"\x85".repeat(5000), b"."].concat();
    assert_contents_refused("model.pth", &deep, &["holds no tensors"]);
}

#[test]
fn more_tensors_than_any_network_has() {
    let mut header = String::from("{\"__metadata__\":{}");
    for index in 0..200_001 {
        header.push_str(&format!(",\"{index}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"));
    }
    header.push('}');
    let contents = [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
    assert_contents_refused("model.safetensors", contents, &["more than 200000 tensors"]);
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
    assert_refused(file.folder.path(), &[], &["this folder has no checkpoint", ".safetensors", "one by one"]);
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
    let run = Run::of(command(&["analyze"]).arg(&file).arg("--layout").arg(&layout));
    run.refused(1, &["my-model.toml: cannot be read", "check its name"]);
}

#[test]
fn usage() {
    let file = fixture("containers/zip-float32.pth");
    for (arguments, words) in [
        (&["--iterations", "0"][..], &["--iterations", "at least 1 iteration"][..]),
        (&["--iterations", "three"], &["--iterations", "expected a whole number"]),
        (&["--readout", "mean"], &["--readout", "late-avg"]),
        (&["--no-figures"], &["--out"]),
    ] {
        Run::of(command(&["analyze"]).arg(&file).args(arguments)).refused(2, words);
    }
    refusal(&["analyze"], 2, &["FILE"]);
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
            let run = Run::of(command(&["analyze"]).arg(&file.path).arg("--layout").arg(layout));
            let message = run.refused(1, &["error: ", "model.pth"]);
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
    let run = Run::of(command(&["analyze"]).arg(&file.path).arg("--layout").arg(layout));
    run.refused(1, &["model.pth", "tensor 'up.weight'", "checksum", "do so again"]);
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

    // The same with different sizes in the directory and before the entry.
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

    // A short pickle that would take far more memory when interpreted.
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
    // up.weight as a view of stride 0 over one value: 46341 × 46341 elements from a few bytes.
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
