use super::*;

/// Returns the scores of neurons with these CC_raw and CC_max.
fn scores(neurons: &[(f64, f64)]) -> Scores {
    let by_neuron: Vec<NeuronScore> = neurons
        .iter()
        .enumerate()
        .map(|(neuron, &(cc_raw, cc_max))| NeuronScore {
            neuron,
            cc_raw,
            cc_max: Some(cc_max),
            cc_norm2: normalized_explained_variance(cc_raw, Some(cc_max)),
        })
        .collect();
    Scores {
        neurons: neurons.len(),
        without_ceiling: 0,
        mean_cc_raw: 0.0,
        mean_cc_raw2: 0.0,
        mean_cc_max: Some(0.8),
        mean_cc_norm2: Some(mean(by_neuron.iter().filter_map(|score| score.cc_norm2))),
        median_cc_norm2: median_of(&by_neuron),
        by_neuron,
    }
}

#[test]
fn images_that_do_not_count_are_left_out_neuron_by_neuron() {
    let predictions = ndarray::array![[1.0, 3.0], [2.0, 1.0], [9.0, 2.0]];
    let responses = ndarray::array![[2.0, 6.0], [4.0, f64::NAN], [f64::NAN, 4.0]];
    let scores = Scores::new(predictions.view(), responses.view(), &[Some(0.5); 2], &[0, 1]);
    assert!(scores.by_neuron.iter().all(|score| (score.cc_raw - 1.0).abs() < 1e-12), "{scores:?}");
}

#[test]
fn a_neuron_that_rules_the_mean_is_named() {
    let mut neurons = vec![(0.6, 0.9); 20];
    assert_eq!(scores(&neurons).ruling(), None);
    neurons[7] = (0.3, 0.02);
    let ruled = scores(&neurons);
    assert!((ruled.median_cc_norm2.unwrap() - 4.0 / 9.0).abs() < 1e-12);
    let warning = ruled.warnings().concat();
    assert!(
        warning.starts_with("neuron 7 with CC_max 0.02 makes 96 % of the mean CC_norm², which is 0.4444"),
        "{warning}"
    );
    // A low ceiling alone does not dominate, and neither does a high score alone.
    neurons[7] = (0.01, 0.02);
    assert_eq!(scores(&neurons).ruling(), None);
    neurons[7] = (0.97, 0.6);
    assert_eq!(scores(&neurons).ruling(), None);
    assert_eq!(scores(&[(0.6, 0.02)]).ruling(), None);
    assert_eq!(scores(&[]).ruling(), None);
}

#[test]
fn negative_and_zero_correlations_are_counted() {
    let warnings = scores(&[(0.5, 0.9), (-0.4, 0.9), (0.0, 0.9), (-0.1, 0.8)]).warnings();
    assert!(
        warnings[0].starts_with("2 neurons are predicted against their responses (1, 3): the square"),
        "{warnings:?}"
    );
    assert!(warnings[1].starts_with("1 neuron has a CC_raw of exactly 0"), "{warnings:?}");
    assert!(scores(&[(0.5, 0.9)]).warnings().is_empty());
}

#[test]
fn an_evaluation_says_which_trials_it_left_out() {
    let json = r#"{"schema": "pathscope/evaluation/1", "generator": "", "model": {"path": "", "sha256": ""},
        "dataset": {"name": "", "sha256": {}},
        "settings": {"iterations": 1, "split": "test", "split_seed": 0, "images": 50, "crop": 0, "downsample": 1},
        "trials": {"first": null, "formula": "unequal-trials", "fewest": 2, "most": 10, "ceiling_images": 200,
            "scored_images": 30, "neurons_with_few_images": 1, "noise_ratio": 0.5},
        "scores": {"neurons": 1, "without_ceiling": 0, "mean_cc_raw": 0.5, "mean_cc_raw2": 0.25, "mean_cc_max": 0.8,
            "mean_cc_norm2": 0.5, "by_neuron": [{"neuron": 0, "cc_raw": 0.5, "cc_max": 0.8, "cc_norm2": 0.5}]}}"#;
    let mut evaluation = Evaluation::from_json(json.as_bytes(), std::path::Path::new("")).unwrap();
    let warnings = evaluation.warnings();
    let [left_out, few, unlike] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(left_out.starts_with("20 of the 50 images have a single trial and are left out"), "{left_out}");
    assert!(few.starts_with("1 neuron has fewer than two images with several trials"), "{few}");
    // (1 - 0.36 / 2) / 0.64 = 1.28
    assert!(unlike.contains("CC_norm² is up to 28 % too high: give --trials 2"), "{unlike}");
    evaluation.trials = None;
    assert!(evaluation.warnings().is_empty());
}
