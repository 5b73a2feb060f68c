use super::*;
use crate::files::arrays::npy_bytes;
use ndarray::{Array1, ArrayBase, Data, Dimension};
use sha2::{Digest, Sha256};
use std::fs;
use tempfile::TempDir;

/// Returns a valid folder of six images of 4 by 4 pixels, two trials and three neurons.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(&folder, IMAGES, &Array3::from_shape_fn((6, 4, 4), |(n, y, x)| (n * 16 + y * 4 + x) as u8));
    put(&folder, RESPONSES, &responses());
    fs::write(folder.path().join(ABOUT), "name = \"six\"\nunits = \"spikes\"\nspecies = \"model\"").unwrap();
    folder
}

fn responses() -> Array3<f32> {
    Array3::from_shape_fn((6, 2, 3), |(n, k, r)| ((n * (r + 2)) % 5 + k) as f32)
}

fn put<S: Data<Elem = T>, T: crate::files::arrays::NpyElement, D: Dimension>(
    folder: &TempDir,
    name: &str,
    array: &ArrayBase<S, D>,
) {
    fs::write(folder.path().join(name), npy_bytes(array)).unwrap();
}

fn open(folder: &TempDir) -> Dataset {
    Dataset::open(folder.path()).unwrap()
}

#[track_caller]
fn refused(folder: &TempDir, parts: &[&str]) {
    let message = Dataset::open(folder.path()).unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[test]
fn a_folder_in_order() {
    let folder = folder();
    let dataset = open(&folder);
    assert_eq!(dataset.name(), "six");
    assert_eq!(dataset.about.other["species"].as_str(), Some("model"));
    assert_eq!(dataset.images.dim(), (6, 1, 4, 4));
    assert_eq!(dataset.images[[1, 0, 0, 0]], 16.0 / 255.0);
    assert_eq!(dataset.responses, responses());
    assert_eq!(dataset.neurons, [0, 1, 2]);
    assert_eq!(dataset.sha256.keys().collect::<Vec<_>>(), [ABOUT, IMAGES, RESPONSES]);
    let bytes = fs::read(folder.path().join(IMAGES)).unwrap();
    assert_eq!(dataset.sha256[IMAGES], crate::files::documents::hexadecimal(&Sha256::digest(bytes)));
    assert!(dataset.warnings.is_empty(), "{:?}", dataset.warnings);
}

#[test]
fn colour_images_and_a_preprocessing() {
    let folder = folder();
    put(&folder, IMAGES, &Array4::from_shape_fn((6, 3, 5, 4), |(n, c, y, x)| (n + c + y * x) as f32));
    let about = "name = \"six\"\n[preprocessing]\ndownsample = 2\ncrop = 4\nresponse_scaling = \"none\"";
    fs::write(folder.path().join(ABOUT), about).unwrap();
    let dataset = open(&folder);
    let preprocessing = dataset.about.preprocessing.clone().unwrap();
    let prepared = dataset.prepare(&preprocessing).unwrap();
    assert_eq!(prepared.images.dim(), (6, 3, 2, 2));
    // Of 5 rows the last is dropped; the pixels (0, 0), (0, 1), (1, 0), (1, 1) have x·y = 0, 0, 0, 1.
    assert_eq!(prepared.images[[2, 1, 0, 0]], 3.25);
    assert_eq!(prepared.targets[[3, 1]], dataset.trial_average()[[3, 1]] as f32);
}

#[test]
fn targets_have_the_mean_they_are_scaled_to() {
    let prepared = open(&folder()).prepare(&Preprocessing::default()).unwrap();
    for mean in prepared.targets.mean_axis(Axis(0)).unwrap() {
        assert!((mean - 0.5).abs() < 1e-6);
    }
}

#[test]
fn preprocessings_that_do_not_fit() {
    let dataset = open(&folder());
    for (preprocessing, says) in [
        (Preprocessing { crop: Some(5), ..Preprocessing::default() }, "number from 1 to 4"),
        (Preprocessing { crop: Some(0), ..Preprocessing::default() }, "number from 1 to 4"),
        (Preprocessing { downsample: 0, ..Preprocessing::default() }, "at least 1"),
        (Preprocessing { downsample: 3, ..Preprocessing::default() }, "crop to 3"),
        (Preprocessing { downsample: 9, ..Preprocessing::default() }, "at most 4"),
        (
            Preprocessing {
                response_scaling: ResponseScaling::MeanTimes(f32::NAN),
                ..Preprocessing::default()
            },
            "above 0",
        ),
    ] {
        let message = dataset.prepare(&preprocessing).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn all_that_is_wrong_in_one_error() {
    let folder = folder();
    put(&folder, IMAGES, &Array3::<f64>::zeros((5, 4, 4)));
    put(&folder, RESPONSES, &Array2::<u8>::zeros((6, 2)));
    put(&folder, GROUPS, &Array1::<i32>::zeros(0));
    refused(
        &folder,
        &[
            "images.npy holds float64, expected uint8 or float32",
            "responses.npy has the shape [6, 2], expected [images, trials, neurons]",
            "responses.npy holds uint8, expected float32",
            "groups.npy is empty",
            "responses.npy is for 6 images, but images.npy has 5",
        ],
    );
}

#[test]
fn numbers_that_are_none() {
    let folder = folder();
    let mut images = Array3::<f32>::zeros((6, 4, 4));
    images[[2, 1, 1]] = f32::NAN;
    images[[3, 1, 1]] = f32::INFINITY;
    put(&folder, IMAGES, &images);
    let mut changed = responses();
    changed[[4, 1, 2]] = f32::NEG_INFINITY;
    changed[[5, 0, 1]] = f32::NAN;
    changed[[5, 1, 1]] = f32::NAN;
    put(&folder, RESPONSES, &changed);
    refused(
        &folder,
        &[
            "2 of the pixels are NaN or infinite, the first in image 2",
            "1 of the responses are infinite, the first to image 4 in neuron 2",
            "1 pairs of image and neuron have no trial at all (all NaN), the first image 5 and neuron 1",
        ],
    );
}

#[test]
fn constant_neurons() {
    let folder = folder();
    let mut changed = responses();
    // One trial of 0.1 and two trials of 0.1: the averages differ at most in the last bit.
    changed.slice_mut(ndarray::s![.., .., 1]).fill(0.1);
    changed[[0, 1, 1]] = f32::NAN;
    put(&folder, RESPONSES, &changed);
    refused(&folder, &["neuron 1 responds equally to all images", "--drop-constant-neurons"]);
    let dataset = Dataset::open_with(
        folder.path(),
        &OpenOptions { drop_constant_neurons: true, ..OpenOptions::default() },
    )
    .unwrap();
    assert_eq!(dataset.neurons, [0, 2]);
    assert_eq!(dataset.responses, responses().select(Axis(2), &[0, 2]));
    assert!(dataset.warnings[0].contains("neuron 1 left out"));
    put(&folder, RESPONSES, &Array3::<f32>::ones((6, 2, 3)));
    refused(&folder, &["all 3 neurons respond equally"]);
}

#[test]
fn neurons_that_cannot_be_scaled_by_their_mean() {
    let folder = folder();
    put(&folder, RESPONSES, &(responses() - 3.0));
    let dataset = open(&folder);
    assert!(dataset.warnings[0].contains("a mean response that is not positive"), "{:?}", dataset.warnings);
    let error = dataset.prepare(&Preprocessing::default()).unwrap_err();
    assert!(
        matches!(&error, DatasetError::MeanNotPositive { neurons, .. } if !neurons.is_empty()),
        "{error}"
    );
    let unscaled = Preprocessing { response_scaling: ResponseScaling::None, ..Preprocessing::default() };
    assert!(dataset.prepare(&unscaled).is_ok());
}

#[test]
fn images_that_training_and_test_could_share() {
    let folder = folder();
    put(&folder, IMAGES, &Array3::from_shape_fn((6, 4, 4), |(n, y, _)| ((n % 4) * 4 + y) as u8));
    let warnings = |folder: &TempDir| open(folder).warnings;
    assert!(
        warnings(&folder)[0].starts_with("2 of the images are the same as an earlier one (such as 0 and 4)")
    );
    put(&folder, GROUPS, &ndarray::arr1(&[0, 1, 2, 3, 0, 4]));
    assert!(
        warnings(&folder)[0]
            .starts_with("1 of the images are the same as an earlier one of another group (such as 1 and 5)")
    );
    put(&folder, GROUPS, &ndarray::arr1(&[0, 1, 2, 3, 0, 1]));
    assert!(warnings(&folder).is_empty());
}

#[test]
fn files_that_are_missing_or_wrong() {
    let missing = Dataset::open(Path::new("no/such/folder")).unwrap_err().to_string();
    assert!(missing.contains("there is no such folder"), "{missing}");
    let about = folder();
    fs::write(about.path().join(ABOUT), "title = \"nameless\"").unwrap();
    refused(&about, &["dataset.toml", "missing field `name`"]);
    fs::write(about.path().join(ABOUT), "name = \"a\"\n[preprocessing]\ncorp = 3").unwrap();
    refused(&about, &["dataset.toml", "corp"]);
    fs::remove_file(about.path().join(ABOUT)).unwrap();
    refused(&about, &["dataset.toml", "write one with at least the line `name"]);
    let arrays = folder();
    let whole = fs::read(arrays.path().join(RESPONSES)).unwrap();
    fs::write(arrays.path().join(RESPONSES), &whole[..whole.len() - 5]).unwrap();
    refused(&arrays, &["responses.npy", "[6, 2, 3] of float32, 144 bytes, but 139 bytes follow", "cut off"]);
    fs::write(arrays.path().join(RESPONSES), "PK\x03\x04").unwrap();
    refused(&arrays, &["responses.npy", "a zip archive", "dataset import"]);
    fs::remove_file(arrays.path().join(RESPONSES)).unwrap();
    refused(&arrays, &["responses.npy", "check its name"]);
}
