//! Folders with one file for each image.

use super::support::{folder_of, import};
use crate::cmd::{refusal, stdout};
use ndarray::{Array1, Array2, Array3};
use pathscope_core::data::Dataset;
use pathscope_core::files::arrays::npy_bytes;
use std::fs;
use tempfile::TempDir;

/// Twelve pictures and the responses to them.
fn recording() -> TempDir {
    let folder = folder_of(&[]);
    for kind in ["images", "responses"] {
        fs::create_dir(folder.path().join(kind)).unwrap();
    }
    for row in 0..12_usize {
        let picture = Array3::from_shape_fn((1, 3, 4), |(_, y, x)| (20 * row + 4 * y + x) as u8);
        let responses = Array1::from_shape_fn(2, |neuron| (row * (neuron + 2)) as f32);
        fs::write(folder.path().join(format!("images/{row}.npy")), npy_bytes(&picture)).unwrap();
        fs::write(folder.path().join(format!("responses/trial{row:03}.npy")), npy_bytes(&responses)).unwrap();
    }
    folder
}

fn arguments(folder: &TempDir) -> String {
    let path = folder.path().to_str().unwrap();
    format!("--images {path}/images --responses {path}/responses/")
}

#[test]
fn files_are_rows_in_the_order_of_their_numbers() {
    let folder = recording();
    let (out, arguments) = import(&arguments(&folder));
    stdout(&arguments);
    let dataset = Dataset::open(&out.path().join("imported")).unwrap();
    assert_eq!(dataset.images.dim(), (12, 1, 3, 4));
    for row in 0..12 {
        assert_eq!(dataset.images[[row, 0, 2, 1]], (20 * row + 9) as f32 / 255.0);
        assert_eq!(dataset.responses[[row, 0, 1]], (row * 3) as f32);
    }
    let sha256 = dataset.about.other["import"]["images"]["sha256"].as_str().unwrap();
    assert_eq!(sha256.len(), 64);
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let check = |change: &dyn Fn(&std::path::Path), parts: &[&str]| {
        let folder = recording();
        change(folder.path());
        let (out, arguments) = import(&arguments(&folder));
        refusal(&arguments, 1, parts);
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    };
    // One is missing on each side: later responses would be to other images.
    check(
        &|path| {
            fs::remove_file(path.join("images/3.npy")).unwrap();
            fs::remove_file(path.join("responses/trial011.npy")).unwrap();
        },
        &["responses have trial003.npy where images have 4.npy", "the same numbers"],
    );
    check(
        &|path| fs::write(path.join("images/5.npy"), npy_bytes(&Array2::<u8>::zeros((3, 4)))).unwrap(),
        &["5.npy is uint8 [3, 4], but 0.npy uint8 [1, 3, 4]"],
    );
    check(
        &|path| fs::write(path.join("images/5.npy"), b"\x93NUMPY").unwrap(),
        &["images/5.npy", "its header cannot be read"],
    );
    check(
        &|path| {
            fs::read_dir(path.join("images"))
                .unwrap()
                .for_each(|entry| fs::remove_file(entry.unwrap().path()).unwrap());
        },
        &["images", "it holds no .npy or .png files", "numpy.save"],
    );
    check(&|path| fs::write(path.join("images/dataset.toml"), "").unwrap(), &["this is a data set already"]);
}

#[test]
fn one_folder_has_one_purpose() {
    let folder = recording();
    let path = folder.path().to_str().unwrap();
    let (_out, arguments) = import(&format!("--images {path}/images --responses {path}/responses/../images"));
    refusal(&arguments, 1, &["images is given as responses"]);
}

#[test]
fn info_of_a_folder_of_folders_tells_how_to_import_it() {
    let folder = recording();
    let path = folder.path().to_str().unwrap();
    refusal(
        &["dataset", "info", path],
        1,
        &["not a data set yet", &format!("dataset import --images {path}/images")],
    );
}

#[test]
fn pictures_are_images() {
    let picture = |color, depth, samples: &[u8]| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.write_header().unwrap().write_image_data(samples).unwrap();
        bytes
    };
    use png::{BitDepth, ColorType};
    let responses = npy_bytes(&Array2::from_shape_fn((2, 2), |(row, neuron)| (row + neuron) as f32));
    let outcome = |second: Vec<u8>| {
        let first = picture(ColorType::Rgb, BitDepth::Eight, &[1, 2, 3, 4, 5, 6]);
        let folder = folder_of(&[
            ("pictures/im2.png", first),
            ("pictures/im10.png", second),
            ("responses.npy", responses.clone()),
        ]);
        let path = folder.path().to_str().unwrap();
        let (out, arguments) = import(&format!("--images {path}/pictures --responses {path}/responses.npy"));
        (folder, out, arguments)
    };
    let (_folder, out, arguments) =
        outcome(picture(ColorType::Rgba, BitDepth::Eight, &[7, 8, 9, 255, 10, 11, 12, 255]));
    stdout(&arguments);
    let dataset = Dataset::open(&out.path().join("imported")).unwrap();
    assert_eq!(dataset.images.dim(), (2, 3, 1, 2));
    let numbers: Vec<f32> = dataset.images.iter().map(|pixel| (pixel * 255.0).round()).collect();
    assert_eq!(numbers, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 7.0, 10.0, 8.0, 11.0, 9.0, 12.0]);
    for (second, part) in [
        (picture(ColorType::Rgba, BitDepth::Eight, &[7, 8, 9, 255, 10, 11, 12, 254]), "transparent pixels"),
        (picture(ColorType::Grayscale, BitDepth::Sixteen, &[0, 1, 2, 3]), "16 bits"),
        (
            picture(ColorType::Grayscale, BitDepth::Eight, &[0, 1]),
            "im10.png is uint8 [1, 2], but im2.png uint8 [3, 1, 2]",
        ),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "not a readable PNG file"),
        (npy_bytes(&Array1::<u8>::zeros(2)), "not a readable PNG file"),
    ] {
        let (_folder, _out, arguments) = outcome(second);
        refusal(&arguments, 1, &[part]);
    }
}
