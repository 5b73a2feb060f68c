//! Scores of checkpoints and of exported programs.

use super::support::*;
use crate::alone::Alone;
use crate::cmd::Run;
use crate::common::fixture;
use ndarray::{Array3, s};
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::data::scores::Score;
use pathscope_core::data::synth::{Settings, synthesize};
use std::fs;
use std::path::Path;

fn evaluation(said: &Run) -> Evaluation {
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    Evaluation::from_json(said.stdout.as_bytes(), Path::new("said")).unwrap()
}

#[test]
fn the_true_network_explains_all_explainable_variance() {
    let alone = Alone::new();
    let settings = Settings {
        images: 400,
        size: 16,
        neurons: 6,
        channels: 4,
        trials: 12,
        mean_count: 1.5,
        ..Settings::default()
    };
    synthesize(&settings, &alone.path("data"), &|| ()).unwrap();
    let evaluate = ["evaluate", "data/truth.safetensors", "--data", "data", "--split", "all"];
    let said = alone.run(&[&evaluate[..], &["--format", "json", "--out", "scores"]].concat());
    let all = evaluation(&said);
    assert!((all.scores.mean_cc_norm2.unwrap() - 1.0).abs() < 0.06, "{:?}", all.scores);
    assert!(all.generator.starts_with("pathscope ") && all.settings.iterations.is_some());
    assert_eq!((all.settings.images, all.model.path.as_str()), (400, "data/truth.safetensors"));
    assert_eq!(Evaluation::read(&alone.path("scores/evaluation.json")).unwrap(), all);
    let csv = alone.run(&[&evaluate[..], &["--format", "csv"]].concat()).stdout;
    assert_eq!(csv, fs::read_to_string(alone.path("scores/neurons.csv")).unwrap());
    assert!(csv.starts_with("neuron,cc_raw,cc_max,cc_norm2,cc_raw2,r2_er,feve,"), "{csv}");
    assert_eq!(csv.lines().count(), 7);
    // Its predictions have the units of the responses, or FEVE would be far from 1.
    let feve = all.mean(Score::Feve).unwrap();
    assert!((feve - 1.0).abs() < 0.1 && (all.mean(Score::R2Er).unwrap() - 1.0).abs() < 0.06, "{feve}");
    let table = alone.run(&evaluate).stdout;
    assert!(table.contains("400 images, read out at iteration ") && table.contains("CC_norm²"), "{table}");
    let earlier = alone.run(&[&evaluate[..], &["--iterations", "1", "--format", "json"]].concat());
    assert_eq!(evaluation(&earlier).settings.iterations, Some(1));
    let words = ["the network predicts 7 neurons, but the data set has 6"];
    let other = fixture("reference/recurrent-1block-t3-no-avg/best.pth");
    alone.assert_refused(&["evaluate", other.to_str().unwrap(), "--data", "data"], &words);
}

#[test]
fn a_program_is_evaluated_like_a_network() {
    let alone = Alone::new();
    let folder = fixture("programs/conv-gru");
    let (images, outputs) = (numbers(&folder.join("images.npy")), numbers(&folder.join("outputs.npy")));
    // Each image occurs four times. Responses are the outputs plus 10, which makes them positive, and a
    // little for the trial.
    let count = 4 * images.shape()[0];
    let responses = cycled(&outputs, count);
    let trials = Array3::from_shape_fn((count, 3, outputs.shape()[1]), |(image, trial, unit)| {
        (10.0 + responses[[image, unit]] + [0.0, 0.01, -0.01][(trial + image) % 3]) as f32
    });
    fs::create_dir(alone.path("data")).unwrap();
    alone.write("data/images.npy", &cycled(&images, count).mapv(|pixel| pixel as f32));
    alone.write("data/responses.npy", &trials.clone().into_dyn());
    fs::write(alone.path("data/dataset.toml"), "name = \"six images\"\n").unwrap();
    let model = folder.join("model.pt2");
    let arguments = ["evaluate", model.to_str().unwrap(), "--data", "data", "--split", "all"];
    let evaluation = evaluation(&alone.run(&[&arguments[..], &["--format", "json"]].concat()));
    assert_eq!(evaluation.settings.iterations, None);
    assert!(evaluation.scores.mean_cc_raw > 0.999, "{:?}", evaluation.scores);
    let table = alone.run(&arguments).stdout;
    assert!(table.contains("six images, 24 images\n"), "{table}");
    // A data set of other neurons.
    alone.write("data/responses.npy", &trials.slice(s![.., .., ..2]).to_owned().into_dyn());
    let words = ["the network predicts 5 neurons, but the data set has 2"];
    let refused = alone.run(&arguments);
    assert!(
        refused.code == Some(1) && words.iter().all(|word| refused.stderr.contains(word)),
        "{}",
        refused.stderr
    );
}
