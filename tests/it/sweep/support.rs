//! A folder with a study, a data set, the command and its companion.

use crate::alone::{Alone, write_script};
use crate::cmd::Run;
use crate::common::fixture;
use pathscope_core::files::checkpoint::sha256;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// The stand-in for the companion. It trains in steps of some milliseconds, with their number as its state.
/// In the parent folder of the sweep, the file `fail` makes it fail, `die` makes it be killed, and `slow`
/// makes it slow. It logs every step and every finished training.
const COMPANION: &str = r#"#!/bin/sh
all="$*"
while [ "$1" != --out ]; do shift; done
out="$2"
here="$(dirname "$0")"
model="$(basename "$out")"
echo "$all" >> "$here/calls"
if [ -e "$here/fail" ]; then echo 'error: the loss is NaN at step 3' >&2; exit 1; fi
if [ -e "$here/die" ]; then kill -9 $$; fi
# What tells it to stop is the end of its input.
exec 3<&0
( cat <&3 > /dev/null; kill -TERM $$ ) 2> /dev/null &
exec 3<&-
trap 'stop=1' TERM
step="$(cat "$out/training.state" 2> /dev/null || echo 0)"
while [ "$step" -lt 4 ]; do
    if [ -e "$here/slow" ]; then sleep 0.5; else sleep 0.01; fi
    if [ -n "$stop" ]; then exit 1; fi
    step=$((step + 1))
    echo "$step" > "$out/state.new"
    mv "$out/state.new" "$out/training.state"
    echo "$model $step" >> "$here/steps"
done
trap '' TERM
echo "$model" >> "$here/trained"
for file in model.safetensors run.json evaluation.json; do
    cp "$here/prepared/$file" "$out/$file.new"
    mv "$out/$file.new" "$out/$file"
done
kill %1 2> /dev/null
exit 0
"#;

const EVALUATION: &str = r#"{
  "schema": "pathscope/evaluation/1",
  "generator": "a test",
  "model": {"path": "model.safetensors", "sha256": "SHA256"},
  "dataset": {"name": "demo", "sha256": {"dataset.toml": "00"}},
  "settings": {"iterations": 3, "split": "test", "split_seed": 0, "images": 60, "crop": 0, "downsample": 1},
  "scores": {"neurons": 3, "without_ceiling": 1, "mean_cc_raw": 0.5, "mean_cc_raw2": 0.25666666666666665, "mean_cc_max": 0.8,
    "mean_cc_norm2": 0.5, "by_neuron": [
      {"neuron": 0, "cc_raw": 0.4, "cc_max": 0.8, "cc_norm2": 0.25},
      {"neuron": 1, "cc_raw": 0.6, "cc_max": 0.8, "cc_norm2": 0.75},
      {"neuron": 2, "cc_raw": 0.5, "cc_max": null, "cc_norm2": null}]},
  "all_scores": {
    "averages": {"r2-er": {"neurons": 2, "mean": 0.375, "median": 0.375}},
    "by_neuron": [
      {"neuron": 0, "values": {"r2-er": 0.25}},
      {"neuron": 1, "values": {"r2-er": 0.5}},
      {"neuron": 2, "values": {}, "undefined": {"r2-er": "no-signal"}}]}
}"#;

const RECORD: &str = r#"{
  "schema": "pathscope/run/1", "version": "0.1.0", "dataset": "demo", "dataset_sha256": {"dataset.toml": "00"},
  "images": [192, 48, 60], "neurons": 3, "parameters": 99, "device": "cpu", "threads": 1, "finished": true,
  "steps": 150, "best_step": 100, "best_validation_loss": 0.25, "seconds": 1.5
}"#;

/// A study whose every model is that of Figure 5.
pub struct Workplace {
    pub alone: Alone,
}

impl Workplace {
    /// Returns a study with a model for each seed.
    pub fn new(seeds: usize) -> Self {
        let place = Self { alone: Alone::new() };
        fs::create_dir(place.path("data")).unwrap();
        fs::write(place.path("data/dataset.toml"), "name = \"demo\"\n").unwrap();
        place.write_study(seeds);
        let net = fixture("nets/fig5.safetensors");
        fs::create_dir(place.path("prepared")).unwrap();
        fs::copy(&net, place.path("prepared/model.safetensors")).unwrap();
        fs::write(place.path("prepared/run.json"), RECORD).unwrap();
        let evaluation = EVALUATION.replace("SHA256", &sha256(&net).unwrap());
        fs::write(place.path("prepared/evaluation.json"), evaluation).unwrap();
        write_script(&place.path("pathscope-torch"), COMPANION);
        place
    }

    pub fn write_study(&self, seeds: usize) {
        let seeds: Vec<String> = (0..seeds).map(|seed| seed.to_string()).collect();
        let text = format!(
            r#"schema = "pathscope/study/1"
name = "pilot"
dataset = {{ name = "demo", folder = "data" }}
axes.seed = [{}]
recurrent = {{ iterations = [3], readout = ["no-avg"] }}
"#,
            seeds.join(", ")
        );
        fs::write(self.path("pilot.toml"), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.alone.path(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.alone.command(&[&["sweep"], arguments].concat())
    }

    /// Starts a sweep of the study in `sweep/`, with two models at a time.
    pub fn start(&self) -> Child {
        let arguments = ["run", "pilot.toml", "--out", "sweep", "--jobs", "2", "--threads", "1"];
        self.command(&arguments).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    }

    #[track_caller]
    pub fn run(&self, more: &[&str]) -> Run {
        let mut arguments = vec!["run", "pilot.toml", "--out", "sweep", "--jobs", "2", "--threads", "1"];
        arguments.extend(more);
        Run::of(&mut self.command(&arguments))
    }

    /// Returns every finished model with the bytes of its analysis and evaluation.
    pub fn finished(&self) -> BTreeMap<String, [Vec<u8>; 2]> {
        let Ok(entries) = fs::read_dir(self.path("sweep/models")) else { return BTreeMap::new() };
        entries
            .filter_map(|entry| {
                let folder = entry.unwrap();
                let analysis = fs::read(folder.path().join("analysis.json")).ok()?;
                let evaluation = fs::read(folder.path().join("evaluation.json")).unwrap();
                Some((folder.file_name().into_string().unwrap(), [analysis, evaluation]))
            })
            .collect()
    }

    /// Returns the lines of one of the companion's logs.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Returns the output of a command, which must succeed.
    #[track_caller]
    pub fn success(&self, arguments: &[&str]) -> (String, String) {
        let Run { stdout, stderr, .. } = Run::of(&mut self.command(arguments)).succeeded();
        (stdout, stderr)
    }
}
