//! Successful runs of the command. `bad_input/` has failing ones.

use crate::alone::Alone;
#[cfg(unix)]
use crate::alone::write_script;
use crate::cmd::{Run, assert_says, refusal, run, stdout};
use crate::common::fixture;
use pathscope_core::circuit::{Circuit, Normalization, Readout};
use pathscope_core::model::layout::own;
use safetensors::tensor::TensorView;
use std::path::Path;

const NET: &str = "fixtures/nets/fig5.safetensors";

#[test]
fn every_help_text_has_an_example() {
    for command in [
        vec![],
        vec!["analyze"],
        vec!["ablate"],
        vec!["compare"],
        vec!["inspect"],
        vec!["graph"],
        vec!["export"],
        vec!["layout", "template"],
        vec!["dataset", "info"],
        vec!["dataset", "import"],
        vec!["dataset", "synth"],
        vec!["completions"],
        vec!["man"],
    ] {
        let help = stdout(&[command.as_slice(), &["--help"]].concat());
        assert!(help.contains("Example"), "{command:?}: {help}");
        assert!(help.contains("pathscope"), "{command:?}: {help}");
    }
}

#[test]
fn the_same_analysis_whatever_the_format() {
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&["analyze", NET, "--format", "json"])).unwrap();
    let average = json["ensembles"][0]["average_path_length"].as_f64().unwrap();
    assert_eq!(average, 1.75);
    assert!(stdout(&["analyze", NET]).contains("average path length 1.75 "));
    let csv = stdout(&["analyze", NET, "--format", "csv"]);
    let (head, row) = csv.trim_end().split_once('\n').unwrap();
    let column = head.split(',').position(|name| name == "average_path_length").unwrap();
    assert_eq!(row.split(',').nth(column), Some("1.75"));
}

#[test]
fn several_models_in_one_call() {
    let files = ["fixtures/nets/fig5.safetensors", "fixtures/nets/skip.safetensors"];
    let json = stdout(&["analyze", files[0], files[1], "--format", "json"]);
    let reports: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let sources: Vec<&str> =
        reports.iter().map(|report| report["source"]["path"].as_str().unwrap()).collect();
    assert_eq!(sources, files);
    // A pattern that the shell did not expand.
    let rows = stdout(&["analyze", "fixtures/nets/*-*.safetensors", "--format", "csv"]);
    assert_eq!(rows.lines().count(), 1 + 5);
}

#[test]
fn several_models_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    stdout(&["analyze", "fixtures/nets", "--out", out.to_str().unwrap(), "--quiet"]);
    let summary = std::fs::read_to_string(out.join("summary.csv")).unwrap();
    assert_eq!(summary, stdout(&["analyze", "fixtures/nets", "--format", "csv"]));
    for name in ["analysis.json", "components.csv", "lengths.csv", "paths.csv", "circuit-paths.svg"] {
        assert!(out.join("fig5").join(name).is_file(), "{name}");
    }
    // The checkpoint that names no readout mode has a figure for each.
    assert!(out.join("readouts/distribution-2-avg.svg").is_file());
}

#[test]
fn graphs() {
    let svg = stdout(&["graph", NET]);
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert_ne!(svg, stdout(&["graph", NET, "--width", "strength"]));
    assert!(stdout(&["graph", NET, "--rolled"]).starts_with("<svg"));
    for arguments in [&["graph", NET, "--format", "dot"][..], &["graph", NET, "--format", "dot", "--rolled"]]
    {
        assert!(stdout(arguments).starts_with("digraph"));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("circuit.svg");
    assert_eq!(stdout(&["graph", NET, "--out", file.to_str().unwrap()]), "");
    assert_eq!(std::fs::read_to_string(file).unwrap(), svg);
}

#[test]
fn the_ending_of_a_graph_sets_its_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let refused = |arguments: &[&str], said: &str| {
        refusal(arguments, 2, &[said]);
    };
    for name in ["x.dot", "x.gv", "x.DOT"] {
        stdout(&["graph", NET, "--out", &file(name)]);
        assert!(std::fs::read_to_string(file(name)).unwrap().starts_with("digraph"), "{name}");
    }
    stdout(&["graph", NET, "--format", "dot", "--out", &file("x.txt")]);
    assert!(std::fs::read_to_string(file("x.txt")).unwrap().starts_with("digraph"));
    for (name, format, said) in [
        ("y.svg", "dot", "--format dot contradicts the extension .svg"),
        ("y.dot", "svg", "--format svg contradicts the extension .dot"),
    ] {
        let arguments = ["graph", NET, "--format", format, "--out", &file(name)];
        refused(&arguments, said);
        assert!(!std::path::Path::new(&file(name)).exists());
    }
    let unknown = ["graph", NET, "--out", &file("y.pdf")];
    refused(&unknown, "the extension .pdf");
}

#[test]
fn a_template_can_be_used_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout.toml");
    let layout = layout.to_str().unwrap();
    for (model, paths) in [("recurrent-1block-t3-no-avg", 3), ("recurrent-1block-t7-2-avg", 7)] {
        let checkpoint = format!("fixtures/reference/{model}/best.pth");
        stdout(&["layout", "template", &checkpoint, "--out", layout]);
        let arguments =
            ["analyze", &checkpoint, "--layout", layout, "--readout", "no-avg", "--format", "json"];
        let json: serde_json::Value = serde_json::from_str(&stdout(&arguments)).unwrap();
        assert_eq!(json["ensembles"][0]["paths"].as_u64(), Some(paths), "{model}");
        assert_eq!(json["source"]["inputs"][0]["role"], "layout");
    }
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(stdout(&["completions", shell]).contains("max-paths"), "{shell}");
    }
}

#[test]
fn manual_pages() {
    assert!(stdout(&["man"]).contains(".TH pathscope"));
    let folder = tempfile::tempdir().unwrap();
    stdout(&["man", "--out", folder.path().to_str().unwrap()]);
    for page in ["pathscope.1", "pathscope-analyze.1", "pathscope-layout-template.1"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
}

/// A checkpoint of `blocks` RCPBs whose normalizations are shared by all iterations.
fn deep_checkpoint(folder: &Path, blocks: usize, iterations: usize) -> String {
    let mut circuit = Circuit::of_recurrent_blocks(blocks, iterations);
    circuit.readout = Some(Readout::NoAvg);
    for block in &mut circuit.blocks {
        block.normalization = Normalization::Shared;
    }
    let one: Vec<u8> = 0.75_f32.to_le_bytes().to_vec();
    let view = |shape: &[usize]| TensorView::new(safetensors::Dtype::F32, shape.to_vec(), &one).unwrap();
    let mut tensors = Vec::new();
    for index in 0..circuit.connections.len() {
        tensors.push((format!("{}.weight", circuit.connection_name(index)), view(&[1, 1, 1, 1])));
    }
    for number in circuit.block_numbers() {
        tensors.push((format!("bn[{number}].weight"), view(&[1])));
        tensors.push((format!("bn[{number}].running_var"), view(&[1])));
    }
    let metadata = own::metadata(&circuit, 1e-3).into_iter().collect();
    let path = folder.join("deep.safetensors");
    safetensors::serialize_to_file(tensors, Some(metadata), &path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// 8 RCPBs at T = 64 have C(71, 8) paths to the last iteration: too many to list.
#[test]
fn deep_circuits_are_counted_exactly_and_not_listed() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = deep_checkpoint(folder.path(), 8, 64);
    let out = folder.path().join("out");
    let printed =
        run(&["analyze", &checkpoint, "--format", "json", "--top", "25", "--out", out.to_str().unwrap()])
            .succeeded();
    let json: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(json["ensembles"][0]["paths"].as_u64(), Some(10_639_125_640));
    assert_eq!(json["ensembles"][0]["strongest"].as_array().unwrap().len(), 25);
    assert_says(&printed.stderr, &["10639125640 paths", "--max-paths"]);
    let paths = std::fs::read_to_string(out.join("paths.csv")).unwrap();
    assert_eq!(paths.lines().count(), 1 + 25);
}

#[test]
fn counts_and_strengths_beyond_every_double() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = deep_checkpoint(folder.path(), 40, 400);
    let text = stdout(&["analyze", &checkpoint, "--format", "json", "--top", "1"]);
    // C(439, 40), with all its digits.
    let count = "979607746142230693277278366812286111863679185293976272070";
    assert!(text.contains(&format!("\"paths\": {count},")), "{}", &text[..200]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let longest = json["ensembles"][0]["lengths"].as_array().unwrap().last().unwrap();
    assert_eq!(longest["length"].as_u64(), Some(439));
    assert!(longest["log_strength"].as_f64().unwrap() < 0.0);
}

#[test]
fn without_its_companion_the_command_tells_how_to_get_it() {
    let alone = Alone::new();
    let predict = ["predict", "best.pth", "--images", "x.npy", "--out", "y.npy", "--device", "cuda"];
    for arguments in [&["train", "--help"][..], &["retrain", "folder"], &predict] {
        let text = alone.run(arguments).refused(1, &["pathscope-torch", "`cargo xtask install`"]);
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

#[cfg(unix)]
#[test]
fn the_companion_gets_all_arguments_and_gives_its_exit_status() {
    let alone = Alone::new();
    write_script(&alone.path("pathscope-torch"), "#!/bin/sh\necho \"$@\"\nexit 7\n");
    let printed = alone.run(&["--quiet", "train", "--out", "a b", "--help"]);
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(7), "--quiet train --out a b --help\n"));
}

/// A checkpoint in two files, each with more tensors than the index lists.
#[test]
fn checkpoints_in_several_files() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let container = |name: &str| fixture("containers").join(name);
    let (first, second) = ("pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin");
    std::fs::copy(container("zip-float32.pth"), place(first)).unwrap();
    std::fs::copy(container("legacy.pth"), place(second)).unwrap();
    std::fs::write(place("training_args.bin"), "no weights").unwrap();
    let names = ["up.weight", "lateral.weight", "bn.0", "bn.1", "bn.2"];
    let entries = names.iter().flat_map(|name| match name.strip_prefix("bn") {
        Some(_) => vec![(format!("{name}.weight"), second), (format!("{name}.running_var"), second)],
        None => vec![((*name).to_owned(), first)],
    });
    let entries: Vec<String> = entries.map(|(name, file)| format!("{name:?}: {file:?}")).collect();
    let index = format!("{{\"metadata\": {{}}, \"weight_map\": {{{}}}}}", entries.join(", "));
    let index_file = place("pytorch_model.bin.index.json");
    std::fs::write(&index_file, &index).unwrap();
    let layout = container("layout.toml");
    let layout = layout.to_str().unwrap();
    for given in [folder.path(), &index_file] {
        let text = stdout(&["analyze", given.to_str().unwrap(), "--layout", layout]);
        assert!(
            text.contains("pytorch_model.bin.index.json") && text.contains("average path length 1.75"),
            "{text}"
        );
        let text = stdout(&["inspect", given.to_str().unwrap(), "--layout", layout]);
        assert!(text.contains("conv[2].lateral weight"), "{text}");
    }
    let report =
        stdout(&["analyze", folder.path().to_str().unwrap(), "--layout", layout, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let roles: Vec<_> =
        report["source"]["inputs"].as_array().unwrap().iter().map(|input| &input["role"]).collect();
    assert_eq!(roles, ["layout", "shard", "shard"]);
    // One of the files alone.
    std::fs::write(place(first), b"\x80\x02}.").unwrap();
    refusal(
        &["analyze", index_file.to_str().unwrap(), "--layout", layout],
        1,
        &[&format!("lateral.weight to {first}, which does not contain it")],
    );
    std::fs::copy(container("zip-generator.pth"), place(first)).unwrap();
    refusal(
        &["analyze", place(first).to_str().unwrap(), "--layout", layout],
        1,
        &["one of the files of a checkpoint in several: give "],
    );
    // An index that names files elsewhere.
    std::fs::write(&index_file, index.replace(first, "../other.bin")).unwrap();
    refusal(
        &["analyze", index_file.to_str().unwrap(), "--layout", layout],
        1,
        &["'../other.bin', which is not in the same folder"],
    );
}

#[test]
fn the_folder_of_a_run_is_its_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.safetensors");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(NET), &model).unwrap();
    let folder = folder.path().to_str().unwrap();
    assert_eq!(stdout(&["inspect", folder]), stdout(&["inspect", model.to_str().unwrap()]));
    assert!(stdout(&["layout", "template", folder]).contains("model.safetensors"));
}

/// If a file has several sets of weights, every command reports which one it read, and how to choose the
/// other.
#[test]
fn the_entry_that_was_read() {
    const FILE: &str = "fixtures/containers/zip-averaged.pth";
    const LAYOUT: &str = "fixtures/containers/layout.toml";
    for arguments in [
        &["analyze", FILE, "--layout", LAYOUT][..],
        &["inspect", FILE, "--layout", LAYOUT],
        &["layout", "template", FILE],
        &["analyze", FILE, FILE, "--layout", LAYOUT],
    ] {
        let Run { stdout, stderr, .. } = run(arguments).succeeded();
        assert!(stdout.contains("weights under 'model'") || arguments[2] == FILE, "{arguments:?}: {stdout}");
        assert_says(&stderr, &["under 'model_ema'; read them with --key model_ema"]);
    }
    let json = stdout(&["analyze", FILE, "--layout", LAYOUT, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["source"]["key"], "model");
    assert_eq!(json["source"]["other_keys"][0], "model_ema");
}

/// Wrappers around a published model, and other entries beside it, are skipped.
#[test]
fn wrapped_models_of_the_published_family() {
    use pathscope_core::files::checkpoint::Checkpoint;
    let folder = tempfile::tempdir().unwrap();
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference/recurrent-1block-t3-no-avg/best.pth");
    let published = Checkpoint::open(&file, None).unwrap();
    let save = |name: &str, rename: &[&dyn Fn(&str) -> String]| {
        let mut tensors = Vec::new();
        for (tensor, info) in published.tensors().iter().filter(|(_, info)| !info.shape.is_empty()) {
            let numbers = published.read(tensor).unwrap();
            let bytes: Vec<u8> = numbers.iter().flat_map(|&number| (number as f32).to_le_bytes()).collect();
            tensors.extend(rename.iter().map(|rename| (rename(tensor), info.shape.clone(), bytes.clone())));
        }
        let views = tensors.iter().map(|(name, shape, bytes)| {
            (name, TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes).unwrap())
        });
        let path = folder.path().join(name);
        std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let strength = |path: &str| {
        let report = stdout(&["analyze", path, "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        report["components"].clone()
    };
    let plain = save("plain.safetensors", &[&|name| name.to_owned()]);
    let expected = strength(&plain);
    for (name, rename) in [
        ("net", &(|name: &str| format!("net.{name}")) as &dyn Fn(&str) -> String),
        ("module", &|name| format!("module.model.{name}")),
        ("compiled", &|name| name.replace("bl_stack.", "bl_stack._orig_mod.")),
    ] {
        assert_eq!(strength(&save(&format!("{name}.safetensors"), &[rename])), expected, "{name}");
    }
    // With two of them, the command asks which one, and its suggestion works.
    let two =
        save("two.safetensors", &[&|name| format!("student.{name}"), &|name| format!("teacher.{name}")]);
    refusal(&["analyze", &two], 1, &["--key student or --key teacher"]);
    stdout(&["analyze", &two, "--key", "student"]);
}
