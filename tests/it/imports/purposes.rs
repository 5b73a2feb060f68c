//! Each array has a single purpose, and bools are 0 and 1.

use super::support::{folder_of, import};
use crate::cmd::{refusal, stdout};
use ndarray::Array3;
use pathscope_core::data::Dataset;
use pathscope_core::files::arrays::npy_bytes;
use std::fs;

#[test]
fn one_array_has_one_purpose() {
    let (folder, _) = import("");
    let other_name = folder.path().join("other-name.npy");
    fs::copy("fixtures/import/images.npy", folder.path().join("copy.npy")).unwrap();
    fs::hard_link(folder.path().join("copy.npy"), &other_name).unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (arguments, parts) in [
        // The only array of a file, twice.
        (
            "--images @one.npz --responses @one.npz".to_owned(),
            &["one.npz", "as responses", "images are", "--responses-key"][..],
        ),
        ("--images @images.npy --responses fixtures/./import/images.npy".to_owned(), &["images.npy"]),
        // Another name of the file, and another file that holds the same.
        (format!("--images {} --responses {}", path("copy.npy"), path("other-name.npy")), &["copy.npy"]),
        (format!("--images @images.npy --responses {}", path("copy.npy")), &["copy.npy", "import/images.npy"]),
        (
            "--images @matlab.mat --images-key session/images --responses @matlab.mat --responses-key /session/images"
                .to_owned(),
            &["'/session/images'", "as responses"],
        ),
        (
            "--images @images.npy --responses @session.npz --responses-key responses --groups @session.npz --groups-key responses"
                .to_owned(),
            &["session.npz: 'responses'", "as groups", "--groups-key"],
        ),
    ] {
        let (out, arguments) = import(&arguments);
        refusal(&arguments, 1, parts);
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    }
}

#[test]
fn bools_are_0_and_1() {
    let masks = Array3::from_shape_fn((4, 3, 5), |(n, y, x)| u8::from((n + y * x) % 3 == 0));
    let mut bytes = npy_bytes(&masks);
    let description = bytes.windows(3).position(|window| window == b"|u1").unwrap();
    bytes[description + 1] = b'b';
    let responses = Array3::from_shape_fn((4, 2, 1), |(n, t, _)| (n * n + t) as f32);
    let folder = folder_of(&[("masks.npy", bytes), ("responses.npy", npy_bytes(&responses))]);
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (out, arguments) =
        import(&format!("--images {} --responses {}", at("masks.npy"), at("responses.npy")));
    stdout(&arguments);
    let dataset = Dataset::open(&out.path().join("imported")).unwrap();
    assert_eq!(dataset.images.index_axis(ndarray::Axis(1), 0), masks.mapv(f32::from));
}
