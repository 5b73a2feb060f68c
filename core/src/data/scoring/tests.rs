use super::*;
use crate::data::{ABOUT, IMAGES, OpenOptions, RESPONSES};
use crate::files::arrays::npy_bytes;
use ndarray::Array3;
use std::fs;

/// Returns a data set of ten images and one neuron, whose trials of image m are m + 0, 1, 0, 1 …
fn open(counts: [usize; 10], trials: Option<usize>) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let responses = Array3::from_shape_fn((10, 6, 1), |(image, trial, _)| {
        if trial < counts[image] { image as f32 + (trial % 2) as f32 } else { f32::NAN }
    });
    let images = Array3::from_shape_fn((10, 2, 2), |(image, y, x)| (image * 4 + y * 2 + x) as u8);
    fs::write(folder.path().join(IMAGES), npy_bytes(&images)).unwrap();
    fs::write(folder.path().join(RESPONSES), npy_bytes(&responses)).unwrap();
    fs::write(folder.path().join(ABOUT), "name = \"ten\"").unwrap();
    let options = OpenOptions { trials, ..OpenOptions::default() };
    Dataset::open_with(folder.path(), &options).unwrap()
}

const ALL: [usize; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

#[test]
fn equal_trials_count_all_images() {
    let scored = open([4; 10], None).scored_responses(&[1, 3]);
    assert_eq!(scored.averages.column(0).to_vec(), [1.5, 3.5]);
    assert_eq!(scored.trials.formula, FormulaUse::EqualTrials);
    assert_eq!((scored.trials.ceiling_images, scored.trials.scored_images), (10, 2));
    assert_eq!(scored.trials.noise_ratio, Some(1.0));
    assert_eq!(scored.trials.to_string(), "CC_max by Eq. 3c, of 4 trials of each image");
}

#[test]
fn images_of_a_single_trial_are_left_out_of_ceiling_and_score() {
    let dataset = open([1, 1, 1, 4, 4, 6, 6, 1, 1, 4], None);
    let scored = dataset.scored_responses(&[0, 3, 6]);
    assert!(scored.averages[[0, 0]].is_nan());
    assert_eq!([scored.averages[[1, 0]], scored.averages[[2, 0]]], [3.5, 6.5]);
    let TrialUse { formula, fewest, most, ceiling_images, scored_images, .. } = scored.trials;
    assert_eq!(formula, FormulaUse::UnequalTrials);
    assert_eq!((fewest, most, ceiling_images, scored_images), (4, 6, 5, 2));
    assert!(scored.ceilings[0].is_some());
    // 1/4 and 1/6 for the scored images, and 3/4 + 2/6 for all five.
    let ratio = (5.0 / 12.0 / 2.0) / ((3.0 / 4.0 + 1.0 / 3.0) / 5.0);
    assert!((scored.trials.noise_ratio.unwrap() - ratio).abs() < 1e-12);
}

#[test]
fn too_few_images_with_trials_to_score_leave_no_ceiling() {
    let scored = open([1, 1, 1, 4, 4, 6, 6, 1, 1, 4], None).scored_responses(&[0, 1, 3]);
    assert_eq!((scored.ceilings, scored.trials.neurons_with_few_images), (vec![None], 1));
    assert_eq!(scored.averages.column(0).to_vec(), [0.0, 1.0, 3.5]);
}

#[test]
fn the_first_trials_are_used_for_all() {
    let counts = [2, 3, 4, 5, 6, 2, 3, 4, 5, 6];
    let dataset = open(counts, Some(4));
    let scored = dataset.scored_responses(&ALL);
    assert_eq!(scored.trials.formula, FormulaUse::EqualTrials);
    assert_eq!((scored.trials.ceiling_images, scored.trials.scored_images), (6, 6));
    let left_out: Vec<usize> = (0..10).filter(|&image| scored.averages[[image, 0]].is_nan()).collect();
    assert_eq!(left_out, [0, 1, 5, 6]);
    // Image 3 has a fifth trial, which would change its average.
    assert_eq!(scored.averages[[3, 0]], 3.5);
    let only = open([4; 10], None).responses.select(Axis(0), &[2, 3, 4, 7, 8, 9]);
    assert_eq!(scored.ceilings, crate::data::explained_variance::correlation_ceiling(only.view()));
    assert_eq!(scored.trials.to_string(), "CC_max by Eq. 3c, of the first 4 trials of each image");
    // They use all their trials for training.
    assert_eq!(dataset.trial_average()[[1, 0]], (1.0 + 2.0 + 1.0) / 3.0);
}

#[test]
fn more_trials_than_there_are_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = open([1, 1, 1, 4, 4, 6, 6, 1, 1, 4], None);
    fs::write(folder.path().join(IMAGES), npy_bytes(&dataset.images)).unwrap();
    fs::write(folder.path().join(RESPONSES), npy_bytes(&dataset.responses)).unwrap();
    fs::write(folder.path().join(ABOUT), "name = \"ten\"").unwrap();
    for trials in [0, 7] {
        let options = OpenOptions { trials: Some(trials), ..OpenOptions::default() };
        let message = Dataset::open_with(folder.path(), &options).unwrap_err().to_string();
        assert!(message.contains(&format!("--trials {trials}, but no image has more than 6")), "{message}");
    }
}
