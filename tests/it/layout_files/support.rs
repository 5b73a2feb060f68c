//! Small checkpoints, and the command on them.

use crate::cmd::{Run, command, stdout};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A checkpoint and its layout file in a folder of their own.
pub struct Files {
    pub folder: TempDir,
    pub checkpoint: PathBuf,
    pub layout: PathBuf,
}

impl Files {
    /// # Arguments
    ///
    /// * `tensors` - names with shapes and numbers; the last number is repeated as often as needed
    /// * `layout` - what comes after the head of the layout file
    pub fn new(tensors: &[(&str, &[usize], &[f32])], layout: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<Vec<u8>> = tensors.iter().map(|&(_, shape, numbers)| bytes(shape, numbers)).collect();
        let views = tensors.iter().zip(&bytes).map(|(&(name, shape, _), bytes)| {
            (name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap())
        });
        let checkpoint = folder.path().join("model.safetensors");
        fs::write(&checkpoint, safetensors::serialize(views, None).unwrap()).unwrap();
        let files = Self { layout: folder.path().join("layout.toml"), folder, checkpoint };
        files.describe(layout);
        files
    }

    pub fn describe(&self, layout: &str) {
        let head = "name = \"net\"\nactivation = \"relu\"\nreadout = \"no-avg\"\nepsilon = 0.0\n";
        fs::write(&self.layout, format!("{head}{layout}")).unwrap();
    }

    #[track_caller]
    pub fn run(&self, subcommand: &str, arguments: &[&str]) -> Run {
        let mut command = command(&[subcommand]);
        Run::of(command.arg(&self.checkpoint).arg("--layout").arg(&self.layout).args(arguments))
    }

    #[track_caller]
    pub fn template(&self) -> String {
        Run::of(command(&["layout", "template"]).arg(&self.checkpoint)).succeeded().stdout
    }

    #[track_caller]
    pub fn output(&self, subcommand: &str, arguments: &[&str]) -> String {
        self.run(subcommand, arguments).succeeded().stdout
    }

    #[track_caller]
    pub fn analysis(&self) -> Analysis {
        Analysis(serde_json::from_str(&self.output("analyze", &["--format", "json"])).unwrap())
    }

    /// Returns the analysis of a checkpoint that describes itself.
    #[track_caller]
    pub fn analyze_other(&self, checkpoint: &std::path::Path) -> Analysis {
        let json = stdout(&["analyze", checkpoint.to_str().unwrap(), "--format", "json"]);
        Analysis(serde_json::from_str(&json).unwrap())
    }

    /// Returns the message of an analysis that must fail.
    #[track_caller]
    pub fn refusal(&self, arguments: &[&str]) -> String {
        self.run("analyze", arguments).refused(1, &[])
    }
}

fn bytes(shape: &[usize], numbers: &[f32]) -> Vec<u8> {
    let last = *numbers.last().unwrap();
    let all = numbers.iter().copied().chain(std::iter::repeat(last));
    all.take(shape.iter().product()).flat_map(f32::to_le_bytes).collect()
}

/// The JSON of an analysis.
pub struct Analysis(pub Value);

impl Analysis {
    pub fn component(&self, name: &str) -> &Value {
        let rows = self.0["components"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name} is not in {rows:#?}"))
    }

    pub fn strength(&self, name: &str) -> f64 {
        self.component(name)["strength"].as_f64().unwrap()
    }

    /// Returns the length and strength of every path, in ascending order.
    pub fn paths(&self) -> Vec<(u64, f64)> {
        let strongest = self.0["ensembles"][0]["strongest"].as_array().unwrap();
        let path = |path: &Value| (path["length"].as_u64().unwrap(), path["strength"].as_f64().unwrap());
        let mut paths: Vec<(u64, f64)> = strongest.iter().map(path).collect();
        paths.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        paths
    }
}

#[track_caller]
pub fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs(), "{found}, expected {expected}");
}

#[track_caller]
pub fn assert_paths(found: &[(u64, f64)], expected: &[(u64, f64)]) {
    assert_eq!(found.len(), expected.len(), "{found:?}, expected {expected:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.0, expected.0);
        assert_close(found.1, expected.1);
    }
}

/// A block.
pub fn block(name: &str, more: &str) -> String {
    format!("\n[[block]]\nname = \"{name}\"\n{more}\n")
}

/// A connection; its kernel is `WEIGHT.weight`, or there is none where `weight` is empty.
pub fn connection(from: &str, to: &str, weight: &str, more: &str) -> String {
    let weight = if weight.is_empty() { String::new() } else { format!("weight = \"{weight}.weight\"\n") };
    format!("\n[[connection]]\nfrom = \"{from}\"\nto = \"{to}\"\n{weight}{more}\n")
}
