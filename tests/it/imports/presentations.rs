//! Rows for single presentations, which become trials.

use super::support::{folder_of, import};
use crate::cmd::{assert_says, refusal, run, stdout};
use ndarray::{Array1, Array2, Array3, s};
use pathscope_core::data::Dataset;
use pathscope_core::files::arrays::npy_bytes;
use tempfile::TempDir;

/// The image of each row.
const IDS: [i32; 9] = [12, 7, 7, 30, 12, 7, 30, 7, 12];

/// Makes responses equal to the number of their row, pictures equal to the id, and groups equal to id / 10.
fn recording() -> TempDir {
    let by_row = |number: fn(i32) -> i32| npy_bytes(&Array1::from_iter(IDS.map(number)));
    let pictures = Array3::from_shape_fn((9, 2, 3), |(row, y, x)| (IDS[row] * 3) as u8 + (y * 3 + x) as u8);
    let mut others = pictures.clone();
    others[[7, 0, 0]] += 1;
    folder_of(&[
        ("pictures.npy", npy_bytes(&pictures)),
        ("others.npy", npy_bytes(&others)),
        (
            "responses.npy",
            npy_bytes(&Array2::from_shape_fn((9, 2), |(row, neuron)| (row * 2 + neuron) as f32)),
        ),
        ("ids.npy", by_row(|id| id)),
        ("groups.npy", by_row(|id| id / 10)),
        ("bad-groups.npy", npy_bytes(&Array1::from_iter(0..9))),
        ("few.npy", npy_bytes(&Array1::from_iter(0..8))),
        ("halves.npy", npy_bytes(&Array1::from_iter(IDS.map(|id| id as f32 / 2.0)))),
        ("all-apart.npy", npy_bytes(&Array1::from_iter(0..9))),
    ])
}

/// Arguments with `%` for the recording's folder.
fn arguments(folder: &TempDir, text: &str) -> (TempDir, Vec<String>) {
    import(&text.replace('%', &format!("{}/", folder.path().to_str().unwrap())))
}

#[test]
fn rows_of_one_image_become_its_trials() {
    let folder = recording();
    let (out, arguments) = arguments(
        &folder,
        "--images %pictures.npy --responses %responses.npy --image-ids %ids.npy --groups %groups.npy",
    );
    stdout(&arguments);
    let dataset = Dataset::open(&out.path().join("imported")).unwrap();
    // In the order of the ids 7, 12, 30.
    assert_eq!(
        dataset.images.slice(s![.., 0, 0, 0]).to_vec(),
        [21.0, 36.0, 90.0].map(|pixel: f32| pixel / 255.0)
    );
    let neuron = |image: usize| -> Vec<f32> {
        dataset
            .responses
            .slice(s![image, .., 0])
            .iter()
            .copied()
            .filter(|response| !response.is_nan())
            .collect()
    };
    assert_eq!(neuron(0), [2.0, 4.0, 10.0, 14.0]);
    assert_eq!(neuron(1), [0.0, 8.0, 16.0]);
    assert_eq!(neuron(2), [6.0, 12.0]);
    assert!(dataset.responses[[2, 2, 0]].is_nan() && dataset.responses.dim() == (3, 4, 2));
    assert_eq!(dataset.groups, Some(vec![0, 1, 3]));
    assert_eq!(dataset.about.other["import"]["image_ids"]["file"].as_str(), Some("ids.npy"));
}

#[test]
fn differences_within_an_image_are_refused() {
    let folder = recording();
    let images = "--images %pictures.npy --responses %responses.npy";
    for (text, parts) in [
        (
            "--images %others.npy --responses %responses.npy --image-ids %ids.npy".to_owned(),
            &["ids.npy: rows 1 and 7 both have the image id 7, but their pictures differ"][..],
        ),
        (
            format!("{images} --image-ids %ids.npy --groups %bad-groups.npy"),
            &["rows 1 and 2 both have the image id 7", "groups are 1 and 2"],
        ),
        (format!("{images} --image-ids %few.npy"), &["there are 8 image ids for 9 rows"]),
        (format!("{images} --image-ids %ids.npy --groups %few.npy"), &["there are 8 groups for 9 rows"]),
        (format!("{images} --image-ids %halves.npy"), &["halves.npy: holds 3.5, expected integers"]),
        (
            format!("{images} --image-ids %ids.npy --groups %ids.npy"),
            &["given as image-ids", "--image-ids-key"],
        ),
    ] {
        let (_out, arguments) = arguments(&folder, &text);
        refusal(&arguments, 1, parts);
    }
    let (_out, arguments) = arguments(&folder, &format!("{images} --image-ids-key a"));
    refusal(&arguments, 2, &["--image-ids"]);
}

#[test]
fn rows_that_look_like_trials_are_pointed_out() {
    let folder = recording();
    // Groups do not silence the warning.
    for more in ["", " --groups %ids.npy"] {
        let text = format!("--images %pictures.npy --responses %responses.npy{more}");
        let (_out, arguments) = arguments(&folder, &text);
        assert_says(&run(&arguments).stderr, &["6 of the images are the same", "--image-ids"]);
    }
    let (_out, arguments) =
        arguments(&folder, "--images %pictures.npy --responses %responses.npy --image-ids %all-apart.npy");
    let words = "image ids 1 and 2 have the same picture, and 5 more are like an earlier one";
    assert_says(&run(&arguments).stderr, &[words]);
}
