//! Strengths and contributions side by side.

use super::support::*;
use crate::cmd::stdout;
use std::fs;

const REFERENCES: [&str; 3] = [
    "fixtures/reference/recurrent-1block-t3-no-avg/best.pth",
    "fixtures/reference/recurrent-1block-t7-2-avg/best.pth",
    "fixtures/reference/recurrent-2block-t5-late-avg-softplus/best.pth",
];
const IMAGES: &str = "fixtures/reference/recurrent-1block-t3-no-avg/images.npy";

#[test]
fn models_over_images() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("measures");
    let arguments = [&REFERENCES[..], &["--images", IMAGES, "--out", out.to_str().unwrap()]].concat();
    let (stdout, stderr) = success(&root(), &arguments);
    assert!(stderr.contains("results are in"), "{stderr}");
    // Lengths 1 to 3, 1 to 7 and 2 to 6.
    assert!(stdout.contains("over 15 lengths of 3 models"), "{stdout}");
    assert!(stdout.contains("interval over models"), "{stdout}");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("measures.json")).unwrap()).unwrap();
    assert_eq!(json["schema"], "pathscope/measures/1");
    for model in json["models"].as_array().unwrap() {
        for measure in ["probability", "share"] {
            let shares =
                model["lengths"].as_array().unwrap().iter().map(|length| length[measure].as_f64().unwrap());
            let sum: f64 = shares.sum();
            assert!((sum - 1.0).abs() < 1e-6, "{model}");
        }
    }
    let csv = fs::read_to_string(out.join("measures.csv")).unwrap();
    assert_eq!(csv.lines().count(), 16, "{csv}");
    let svg = fs::read_to_string(out.join("strength-contribution.svg")).unwrap();
    assert!(svg.contains("share of mean |C|") && svg.contains("Spearman&apos;s ρ of strength"), "{svg}");
}

#[test]
fn documents_give_the_same_as_models() {
    let folder = tempfile::tempdir().unwrap();
    let mut documents = Vec::new();
    for (index, model) in REFERENCES[..2].iter().enumerate() {
        let out = folder.path().join(format!("results-{index}"));
        let arguments = ["contributions", model, "--images", IMAGES, "--no-figures", "--out"];
        stdout(&[&arguments[..], &[out.to_str().unwrap()]].concat());
        documents.push(out.join("contributions.json").to_str().unwrap().to_owned());
    }
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let (stdout, _) = success(&root(), &[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&stdout).unwrap()
    };
    let read = json(&documents);
    let computed = json(&[&REFERENCES[..2], &["--images", IMAGES]].concat());
    assert_eq!(read["models"][1]["name"], "results-1");
    assert_eq!(read["agreement"], computed["agreement"]);
    assert!(read["agreement"]["spearman_interval"].is_null());
    for index in 0..2 {
        assert_eq!(read["models"][index]["lengths"], computed["models"][index]["lengths"]);
    }
    // A model among documents has no images.
    let said = run_in(&root(), &[documents[0], REFERENCES[0]]).refused(2, &[]);
    assert!(said.contains("this is a model, while other arguments are contributions.json files"), "{said}");
}

#[test]
fn models_without_contributions_are_reported() {
    // Only a recurrent stage, and no data set.
    let alone = run_in(&root(), &["fixtures/nets/fig5.safetensors", "--images", IMAGES]).refused(1, &[]);
    assert!(
        alone.contains("fig5.safetensors") && alone.contains("1 of 1 model could not be compared"),
        "{alone}"
    );
    let nothing = run_in(&root(), &[REFERENCES[0], "--contributions"]).refused(1, &[]);
    assert!(nothing.contains("give --images or --data"), "{nothing}");
    run_in(&root(), &[REFERENCES[0], "--images", IMAGES, "--data", "somewhere"]).refused(2, &[]);
}
