//! `pathscope ablate` through the real command, without libtorch.

use crate::alone::Alone;
use crate::cmd::{Run, assert_says, command};
use crate::common::fixture;
use pathscope_core::analysis::Analysis;
use pathscope_core::data::synth::{Settings, synthesize};
use pathscope_core::model::layout::own;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn ablate(arguments: &[&str], out: &Path) -> Run {
    // No companion may be found.
    Run::of(command(&["ablate"]).args(arguments).arg("--out").arg(out).env("PATH", ""))
}

#[track_caller]
fn written(arguments: &[&str], out: &Path) -> Vec<String> {
    ablate(arguments, out).succeeded();
    let mut names: Vec<String> = fs::read_dir(out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[track_caller]
fn assert_refused(arguments: &[&str], status: i32, words: &[&str]) {
    let folder = TempDir::new().unwrap();
    ablate(arguments, &folder.path().join("ablated")).refused(status, words);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?} leaves something behind");
}

const RECURRENT: &str = "fixtures/reference/recurrent-1block-t7-2-avg/best.pth";
const TWO_BLOCKS: &str = "fixtures/reference/recurrent-2block-t5-late-avg-softplus/best.pth";

fn analysis(folder: &Path, name: &str) -> Analysis {
    Analysis::of_file(&folder.join(name).join("model.safetensors"), &Default::default()).unwrap()
}

/// Copies of normalizations have the strengths of their originals.
#[test]
fn the_full_multi_path_network_has_the_ensemble_of_the_recurrent_one() {
    for original in
        [RECURRENT, TWO_BLOCKS, "fixtures/nets/skip.safetensors", "fixtures/nets/held-block.safetensors"]
    {
        for bn in ["per-path", "shared"] {
            let folder = TempDir::new().unwrap();
            let out = folder.path().join("ablated");
            assert_eq!(written(&[original, "--bn", bn], &out), ["ablation.json", "full"]);
            let expected = Analysis::of_file(Path::new(original), &Default::default()).unwrap();
            let found = analysis(&out, "full");
            assert_eq!(found.ensembles.len(), expected.ensembles.len());
            for (found, expected) in found.ensembles.iter().zip(&expected.ensembles) {
                assert_eq!(found.paths, expected.paths);
                let moments = |ensemble: &pathscope_core::paths::ensemble::Ensemble| {
                    let moments = ensemble.moments.unwrap();
                    [moments.average_path_length, moments.diversity_nats, moments.effective_paths]
                };
                for (found, expected) in moments(found).iter().zip(moments(expected)) {
                    assert!((found - expected).abs() < 1e-6 * expected, "{original}: {found} {expected}");
                }
            }
        }
    }
}

#[test]
fn ablated_networks_lack_what_was_removed() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("ablated");
    let names =
        written(&[RECURRENT, "--remove", "1-3", "--remove", "6-", "--remove", "-2", "--keep", "3"], &out);
    assert_eq!(names, ["ablation.json", "without-1-2", "without-1-2_4-7", "without-1-3", "without-6-7"]);
    let lengths = |name: &str| -> Vec<usize> {
        analysis(&out, name).ensembles[0].lengths.iter().map(|share| share.length).collect()
    };
    assert_eq!(lengths("without-1-3"), [4, 5, 6, 7]);
    assert_eq!(lengths("without-1-2_4-7"), [3]);
    assert_eq!(lengths("without-6-7"), [1, 2, 3, 4, 5]);
    // A convolution that no remaining path uses is not written.
    let only_one = folder.path().join("short");
    written(&[RECURRENT, "--keep", "1"], &only_one);
    let bytes = fs::read(only_one.join("without-2-7/model.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert!(tensors.tensor("conv[2].lateral.weight").is_err() && tensors.tensor("bn[2,7].weight").is_ok());
}

#[test]
fn the_papers_series_are_runs_of_adjacent_lengths() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("ablated");
    let names = written(&[RECURRENT, "--remove", "triples"], &out);
    let expected: Vec<String> = (1..=5).map(|first| format!("without-{first}-{}", first + 2)).collect();
    assert_eq!(names[1..], expected);
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("ablation.json")).unwrap()).unwrap();
    assert_eq!(record["schema"], "pathscope/ablation/1");
    assert_eq!(record["ablations"][1], "2-4");
    assert_eq!(record["init"], "inherit");
    // The same bytes again.
    let again = folder.path().join("again");
    written(&[RECURRENT, "--remove", "triples"], &again);
    for name in &names[1..] {
        let model = |out: &Path| fs::read(out.join(name).join("model.safetensors")).unwrap();
        assert_eq!(model(&out), model(&again));
    }
}

/// The folders of ablations have the settings of their run, including the preparation of images.
#[test]
fn several_runs_have_a_folder_each_with_their_settings() {
    let folder = TempDir::new().unwrap();
    let run = |name: &str| -> PathBuf {
        let place = folder.path().join(name);
        let source = folder.path().join(format!("of-{name}"));
        written(&[TWO_BLOCKS, "--bn", "shared"], &source);
        fs::create_dir(&place).unwrap();
        let bytes = fs::read(source.join("full/model.safetensors")).unwrap();
        fs::write(place.join("model.safetensors"), recurrent(&bytes)).unwrap();
        fs::write(place.join("settings.toml"), "downsample = 2\nrecurrent-blocks = 2\n").unwrap();
        place
    };
    let runs = [run("a"), run("b")];
    let out = folder.path().join("ablated");
    let runs: Vec<&str> = runs.iter().map(|run| run.to_str().unwrap()).collect();
    assert_eq!(written(&[runs[0], runs[1], "--remove", "2"], &out), ["a", "ablation.json", "b"]);
    let settings = fs::read_to_string(out.join("b/without-2/settings.toml")).unwrap();
    for line in ["downsample = 2", "multi-path = \"per-path\"", "lengths-removed = \"2\""] {
        assert!(settings.contains(line), "{settings}");
    }
    let ablated = analysis(&out.join("a"), "without-2");
    assert_eq!(ablated.checkpoint().unwrap().model.circuit.lengths_removed(), [2].into());
}

/// Returns the checkpoint as that of a recurrent model, whose tensors are those of a multi-path model with
/// shared normalizations.
fn recurrent(bytes: &[u8]) -> Vec<u8> {
    let (_, header) = safetensors::SafeTensors::read_metadata(bytes).unwrap();
    let text = &header.metadata().as_ref().unwrap()["pathscope"];
    let mut header: serde_json::Value = serde_json::from_str(text).unwrap();
    header["circuit"]["multi_path"] = serde_json::Value::Null;
    let circuit = serde_json::from_value(header["circuit"].clone()).unwrap();
    let network = serde_json::from_value(header["network"].clone()).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(bytes).unwrap();
    let metadata = own::metadata_of_network(&circuit, 1e-3, &network);
    safetensors::serialize(tensors.tensors(), Some(metadata.into_iter().collect())).unwrap()
}

#[test]
fn missing_lengths_are_refused_with_the_existing_ones() {
    for (arguments, expected) in [
        (vec![RECURRENT, "--remove", "8"], "has no paths of length 8: it has lengths 1-7"),
        (vec![TWO_BLOCKS, "--remove", "1"], "has no paths of length 1: it has lengths 2-6"),
        (vec![RECURRENT, "--remove", "1-"], "would remove every path: the model has lengths 1-7"),
        (vec![RECURRENT, "--keep", "9"], "has no paths of length 9: it has lengths 1-7"),
        (
            vec!["fixtures/nets/multi-path.safetensors", "--remove", "1"],
            "is a multi-path model already: give the recurrent model that it was made from",
        ),
        (vec!["nowhere.pth"], "nowhere.pth"),
        (vec!["fixtures/nets"], "model.safetensors is missing"),
        (vec![RECURRENT, TWO_BLOCKS], "another model is also called 'best.pth'"),
        (
            vec![RECURRENT, "fixtures/nets/two-blocks.safetensors", "--remove", "3-"],
            "its path lengths differ",
        ),
    ] {
        assert_refused(&arguments, 1, &[expected]);
    }
}

#[test]
fn wrong_usage_is_distinguished_from_failure() {
    for (arguments, expected) in [
        (vec![RECURRENT, "--remove", "3-1"], "'3-1' is not a list of path lengths"),
        (vec![RECURRENT, "--init", "scratch"], "--init scratch needs --retrain"),
        (vec![RECURRENT, "--retrain"], "--data"),
        (vec![RECURRENT, "--bn", "none"], "it can be per-path, shared"),
    ] {
        assert_refused(&arguments, 2, &[expected]);
    }
}

#[test]
fn copied_weights_are_measured_without_libtorch() {
    let alone = Alone::new();
    let data = alone.path("data");
    let recordings = Settings {
        images: 120,
        size: 12,
        neurons: 4,
        channels: 3,
        trials: 4,
        mean_count: 1.5,
        ..Settings::default()
    };
    synthesize(&recordings, &data, &|| ()).unwrap();
    fs::write(alone.path("settings.toml"), "iterations = 3\n").unwrap();
    let arguments = [
        "ablate",
        "data/truth.safetensors",
        "--settings",
        "settings.toml",
        "--data",
        "data",
        "--remove",
        "each",
    ];
    let stdout = alone.run(&[&arguments[..], &["--out", "lesions"]].concat()).succeeded().stdout;
    assert_says(&stdout, &["Strength, contribution, lesion", "It is not the effect of removing the paths"]);
    let out = alone.path("lesions");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("lesions.json")).unwrap()).unwrap();
    assert_eq!(
        (&json["schema"], &json["running_statistics"]),
        (&"pathscope/lesions/1".into(), &"copied".into())
    );
    let model = &json["models"][0];
    let lesions = model["lesions"].as_array().unwrap();
    for measure in ["probability", "share"] {
        // Every length is removed once.
        let sum: f64 = lesions.iter().map(|lesion| lesion[measure].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{measure}: {model}");
    }
    for score in ["cc_raw", "cc_norm2"] {
        let full = model["full"][score].as_f64().unwrap();
        for lesion in lesions {
            let sum = lesion["score"][score].as_f64().unwrap() + lesion["drop"][score].as_f64().unwrap();
            assert!((sum - full).abs() < 1e-12, "{score}: {lesion}");
        }
    }
    let csv = fs::read_to_string(out.join("lesions.csv")).unwrap();
    assert_eq!(csv.lines().count(), lesions.len() + 1, "{csv}");
    assert!(fs::read_to_string(out.join("lesions.svg")).unwrap().contains("drop in CC_raw"));
    // Options that need libtorch are not ignored.
    let again = alone.run(&[&arguments[..], &["--out", "again", "--device", "cpu"]].concat());
    again.refused(1, &["needs the command pathscope-torch"]);
}

#[test]
fn training_needs_settings_and_the_companion() {
    assert_refused(&[RECURRENT, "--retrain", "--data", "somewhere"], 1, &["--settings"]);
    let alone = Alone::new();
    fs::write(alone.path("settings.toml"), "iterations = 7\n").unwrap();
    let model = fixture("reference/recurrent-1block-t7-2-avg/best.pth");
    let arguments = ["ablate", model.to_str().unwrap(), "--retrain", "--data", "somewhere"];
    let more = ["--settings", "settings.toml", "--out", "ablated"];
    alone.run(&[&arguments[..], &more].concat()).refused(1, &["needs the command pathscope-torch"]);
    assert!(!alone.path("ablated").exists());
}

#[test]
fn a_folder_with_other_contents_is_left_alone() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("precious"), "1").unwrap();
    ablate(&[RECURRENT], folder.path()).refused(1, &["is not overwritten"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
