//! All formats give the same data set.

use super::support::import;
use crate::cmd::{refusal, stdout};
use ndarray::Array3;
use pathscope_core::data::Dataset;
use std::fs;
use std::path::Path;

/// The arrays of fixtures/import in the folder that an import wrote.
#[track_caller]
fn assert_imported(out: &Path, groups: bool) {
    let dataset = Dataset::open(out).unwrap();
    let images = Array3::from_shape_fn((6, 5, 4), |(n, y, x)| (20 * n + 4 * y + x) as f32 / 255.0);
    assert_eq!(dataset.images.index_axis(ndarray::Axis(1), 0), images);
    let responses = Array3::from_shape_fn((6, 3, 2), |(n, t, r)| {
        if (n, t) == (4, 2) { f32::NAN } else { (10 * n + 3 * t + r + 1) as f32 }
    });
    assert_eq!(dataset.responses.mapv(f32::to_bits), responses.mapv(f32::to_bits));
    assert_eq!(dataset.groups, groups.then(|| vec![0, 0, 1, 1, 2, 3]));
    assert!(dataset.about.other.contains_key("import"));
}

#[test]
fn imports_of_every_format() {
    for (arguments, groups) in [
        ("--images @images.npy --responses @responses-f64.npy --groups @groups-i64.npy", true),
        ("--images @one.npz --responses @session.npz --responses-key responses", false),
        (
            "--images @contiguous.h5 --images-key stimuli/images --responses @contiguous.h5 --responses-key /neural/responses \
             --groups @contiguous.h5 --groups-key neural/groups",
            true,
        ),
        (
            "--images @chunked.h5 --images-key images --responses @chunked.h5 --responses-key responses \
             --groups @chunked.h5 --groups-key groups",
            true,
        ),
        (
            "--images @matlab.mat --images-key session/images --images-order hwn --responses @matlab.mat \
             --responses-key session/responses --responses-order ntr --groups @matlab.mat --groups-key session/groups",
            true,
        ),
        (
            "--images @reversed.h5 --images-key images --images-order nwh --responses @reversed.h5 \
             --responses-key responses --responses-order rtn",
            false,
        ),
    ] {
        let (folder, arguments) = import(arguments);
        assert_eq!(stdout(&arguments), "");
        assert_imported(&folder.path().join("imported"), groups);
        // A second import finds an existing folder.
        refusal(&arguments, 1, &["imported", "not overwritten", "--out"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
    }
}

#[test]
fn imports_that_are_refused_leave_nothing() {
    for (arguments, parts) in [
        (
            "--images @session.npz --responses @responses-f64.npy",
            &["session.npz", "images uint8 [6, 5, 4]", "--images-key"][..],
        ),
        ("--images @matlab-5.mat --responses @responses-f64.npy", &["matlab-5.mat", "-v7.3"]),
        (
            "--images @sparse.h5 --responses @responses-f64.npy",
            &["sparse.h5", "would take 17592186044416 bytes"],
        ),
        (
            "--images @images.npy --responses @one.npz --responses-order nr",
            &["one.npz", "[6, 5, 4]", "--responses-order"],
        ),
        (
            "--images @images.npy --images-order hwn --responses @responses-f64.npy",
            &["responses-f64.npy", "are 4 images", "are to 6", "--images-order"],
        ),
        (
            "--images @images.npy --responses @one.npz --groups @responses-f64.npy",
            &["responses-f64.npy", "holds NaN"],
        ),
        (
            "--images @images.npy --responses @responses-f64.npy --groups @one.npz",
            &["imported", "groups.npy is for 120 images"],
        ),
        ("--images @matlab-5.mat --responses @images.npy", &["matlab-5.mat", "before 7.3"]),
        ("--images Cargo.toml --responses @images.npy", &["Cargo.toml", "this is something else"]),
        ("--images @missing.mat --responses @images.npy", &["missing.mat", "check its name"]),
    ] {
        let (folder, arguments) = import(arguments);
        refusal(&arguments, 1, parts);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
    let (_out, arguments) = import("--images @images.npy --images-order hww --responses @responses-f64.npy");
    refusal(&arguments, 2, &["'hww' is not an order of axes"]);
}

#[test]
fn damaged_files_are_refused_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    for (name, key) in [
        ("session.npz", "images"),
        ("chunked.h5", "images"),
        ("contiguous.h5", "stimuli/images"),
        ("matlab.mat", "session/images"),
        ("others.mat", "structs/responses"),
        ("links.h5", "dense/more7"),
    ] {
        let whole =
            fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/import").join(name)).unwrap();
        let path = folder.path().join(name);
        let read = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            for key in [Some(key), None] {
                if let Err(error) = pathscope_core::files::arrays::read_array(&path, key) {
                    assert!(error.to_string().contains(name), "{error}");
                }
            }
        };
        for length in (0..whole.len()).step_by(whole.len() / 60 + 1) {
            read(&whole[..length]);
        }
        for place in (0..whole.len()).step_by(whole.len() / 120 + 1) {
            for value in [0x00, 0xff] {
                let mut changed = whole.clone();
                changed[place] = value;
                read(&changed);
            }
        }
    }
}
