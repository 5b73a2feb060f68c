//! `pathscope contributions` through the real binary.

use crate::cmd::{refusal, stdout};
use pathscope_core::files::arrays::read_npy;
use std::fs;
use std::path::Path;

const MODEL: &str = "fixtures/reference/recurrent-1block-t3-no-avg/best.pth";
const IMAGES: &str = "fixtures/reference/recurrent-1block-t3-no-avg/images.npy";
const TWO_PATHS: &str = "fixtures/programs/two-paths.pt2";
const TWO_IMAGES: &str = "fixtures/programs/two-paths-images.npy";

#[track_caller]
fn contributions(arguments: &[&str]) -> String {
    stdout(&[&["contributions"], arguments].concat())
}

#[test]
fn a_network_whose_contributions_are_integers() {
    let arguments = [TWO_PATHS, "--images", TWO_IMAGES, "--images-scale", "1", "--unit", "0"];
    insta::assert_snapshot!(contributions(&arguments));
    let csv = contributions(&[&arguments[..5], &["--format", "csv"]].concat());
    insta::assert_snapshot!(csv);
}

#[test]
fn a_folder_holds_document_table_array_and_figures() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("results");
    let arguments =
        [MODEL, "--images", IMAGES, "--unit", "1", "--receptive-fields", "--out", folder.to_str().unwrap()];
    contributions(&arguments);
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "contributions-1.svg",
            "contributions.csv",
            "contributions.json",
            "contributions.npy",
            "contributions.svg",
            "receptive-fields.npy",
            "receptive-fields.svg",
            "units.svg",
        ]
    );
    let shape = |name: &str| read_npy(&folder.join(name)).unwrap().0.shape().to_vec();
    // Five images, seven neurons, three lengths and biases; one unit's filters of 50 × 50 pixels.
    assert_eq!(shape("contributions.npy"), [5, 7, 4]);
    assert_eq!(shape("receptive-fields.npy"), [1, 3, 1, 50, 50]);
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("contributions.json")).unwrap()).unwrap();
    assert_eq!(json["schema"], "pathscope/contributions/1");
    assert_eq!(json["settings"]["gate"], "secant");
    assert_eq!(json["settings"]["readout"], "no-avg");
    // The same input gives the same bytes.
    let before = fs::read(folder.join("contributions.json")).unwrap();
    contributions(&arguments);
    assert_eq!(before, fs::read(folder.join("contributions.json")).unwrap());
}

#[test]
fn blocks_have_a_folder_each() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    contributions(&[MODEL, "--images", IMAGES, "--by", "connection", "--no-figures", "--out", folder]);
    assert!(out.path().join("conv[2].lateral/contributions.json").is_file());
    assert!(out.path().join("conv[2].bottom_up/contributions.csv").is_file());
}

#[test]
fn missing_and_invalid_options_are_refused() {
    let refused = |arguments: &[&str], code: i32, words: &str| {
        refusal(&[&["contributions"], arguments].concat(), code, &[words]);
    };
    refused(&[MODEL], 2, "give --images or --data");
    refused(
        &[MODEL, "--images", IMAGES, "--gate", "secant", "--gate", "tangent"],
        2,
        "one of secant and tangent",
    );
    refused(&[MODEL, "--images", IMAGES, "--unit", "7"], 1, "unit 7");
    refused(
        &[MODEL, "--images", IMAGES, "--baseline", "nothing.npy"],
        1,
        "--baseline must be zero, mean or an image file",
    );
    refused(&[MODEL, "--images", TWO_IMAGES], 1, "images");
    refused(
        &["fixtures/nets/fig5.safetensors", "--images", IMAGES],
        1,
        "predictions also take the first block",
    );
    refused(&[TWO_PATHS, "--images", IMAGES], 1, "has shape");
    refused(&[MODEL, "--images", IMAGES, "--from", "conv1"], 1, "--from");
}

#[test]
fn inputs_are_never_overwritten() {
    let out = tempfile::tempdir().unwrap();
    let images = out.path().join("contributions.npy");
    fs::copy(IMAGES, &images).unwrap();
    let (from, folder) = (images.to_str().unwrap(), out.path().to_str().unwrap());
    let arguments = ["contributions", MODEL, "--images", from, "--out", folder];
    refusal(&arguments, 2, &["contributions.npy"]);
    assert_eq!(fs::read(&images).unwrap(), fs::read(Path::new(IMAGES)).unwrap());
}

#[test]
fn tangents_and_doubles_are_recorded() {
    let arguments = [
        MODEL,
        "--images",
        IMAGES,
        "--gate",
        "tangent",
        "--precision",
        "double",
        "--baseline",
        "mean",
        "--format",
        "json",
    ];
    let json: serde_json::Value = serde_json::from_str(&contributions(&arguments)).unwrap();
    let settings = &json["settings"];
    assert_eq!(
        (&settings["gate"], &settings["precision"], &settings["baseline"]),
        (&"tangent".into(), &"double".into(), &"mean".into())
    );
}
