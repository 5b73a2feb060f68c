//! Programs given to commands that need a checkpoint, and files with misleading names.

use super::support::{ProgramFile, Written, assert_refused};
use crate::cmd::{assert_says, stdout};
use std::fs;
use std::path::Path;

const CHECKPOINT: &str = "fixtures/reference/recurrent-1block-t3-no-avg/best.pth";

fn program(name: &str) -> Written {
    let mut program = ProgramFile::new();
    let first = program.convolution("first", "x");
    program.output(&first);
    program.write_as(name)
}

fn checkpoint() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(CHECKPOINT).to_str().unwrap().to_owned()
}

#[test]
fn commands_that_need_a_checkpoint_refuse_programs() {
    for name in ["model.pt2", "best.pth", "model.safetensors"] {
        let file = program(name);
        let path = file.path.to_str().unwrap();
        let out = file.folder.path().join("out");
        let out = out.to_str().unwrap();
        for arguments in [
            &["ablate", path, "--out", out][..],
            &["export", path, "--to", "pytorch", "--out", out],
            &["export", path, "--to", "torchscript", "--out", out],
            &["layout", "template", path],
            &["diagram", "architecture", path],
            &["diagram", "readout-modes", path],
            &["diagram", "path-lengths", path],
            &["diagram", "information-flow", path],
        ] {
            let words = [name, "exported program", "needs a checkpoint", "torch.save(model.state_dict()"];
            assert_refused(arguments, &words);
        }
        assert!(!Path::new(out).exists());
    }
}

#[test]
fn the_content_decides_and_not_the_name() {
    let file = program("best.pth");
    let folder = file.folder.path();
    fs::copy(checkpoint(), folder.join("model.pt2")).unwrap();
    let config = Path::new(&checkpoint()).with_file_name("config_extra.json");
    fs::copy(config, folder.join("config_extra.json")).unwrap();
    for (name, words) in [("best.pth", "exported program"), ("model.pt2", "maskcnn-rcnn")] {
        for command in ["analyze", "inspect"] {
            assert_says(&stdout(&[command, folder.join(name).to_str().unwrap()]), &[words]);
        }
    }
    for command in ["analyze", "compare"] {
        let table = stdout(&[command, folder.to_str().unwrap(), "--format", "csv"]);
        assert_eq!(table.lines().count(), 3, "{command}: {table}");
    }
}

#[test]
fn flags_of_the_other_kind_of_file_are_refused() {
    let file = program("model.pt2");
    for command in ["analyze", "inspect"] {
        let path = file.path.to_str().unwrap();
        assert_refused(&[command, path, "--key", "model"], &["model.pt2", "--key", "for checkpoints"]);
        assert_refused(
            &[command, &checkpoint(), "--from", "x"],
            &["best.pth", "--from", "exported programs"],
        );
    }
}

#[test]
fn other_files_are_refused_with_the_supported_ones() {
    let folder = tempfile::tempdir().unwrap();
    for (name, contents, what) in [
        ("model.pt2", &b"\x89PNG\r\n\x1a\nand so on"[..], "unknown kind"),
        ("picture.pt2", b"hello, this is a text\n", "text"),
        ("empty.pt2", b"", "empty"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, contents).unwrap();
        for command in ["analyze", "inspect"] {
            assert_refused(
                &[command, path.to_str().unwrap()],
                &[name, what, "checkpoint", "torch.export.save"],
            );
        }
    }
}
