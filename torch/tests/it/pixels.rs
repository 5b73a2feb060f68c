//! Images with other pixels than those of the training.

use crate::cmd;
use crate::runs::{IMAGES, NEURONS, data_set, reference, train};
use ndarray::{Array2, Ix2};
use pathscope::study::run::{RECORD, read_record};
use pathscope_core::files::arrays::{npy_bytes, read_npy};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Returns predictions and stderr.
fn predict(images: &Path, more: &[&str]) -> (Array2<f32>, String) {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("predictions.npy");
    let model = reference("recurrent-1block-t7-2-avg", "best.pth");
    let [model, images, to] = [model.as_path(), images, &out].map(|path| path.to_str().unwrap());
    let paths = ["predict", model, "--images", images, "--out", to];
    let run = cmd::run(&[&paths[..], more].concat()).succeeded();
    let predictions = read_npy(&out).unwrap().0.to_f32().into_dimensionality::<Ix2>().unwrap();
    (predictions, run.stderr)
}

#[test]
fn a_published_network_suggests_the_scale_that_fits() {
    let folder = TempDir::new().unwrap();
    let bytes = ndarray::Array3::from_shape_fn((8, 50, 50), |(n, y, x)| {
        ((n * 71 + (y / 4) * 37 + (x / 4) * 113 + (x / 4) * (y / 4) * 29) % 256) as u8
    });
    let write = |name: &str, file: Vec<u8>| {
        fs::write(folder.path().join(name), file).unwrap();
        folder.path().join(name)
    };
    let (right, said) = predict(&write("bytes.npy", npy_bytes(&bytes)), &[]);
    assert!(!said.contains("warning"), "{said}");
    let floats = write("floats.npy", npy_bytes(&bytes.mapv(f32::from)));
    let (wrong, said) = predict(&floats, &[]);
    assert!(
        said.contains("floats.npy: the images have a mean of") && said.contains("give --images-scale 255 if"),
        "{said}"
    );
    assert!(wrong.mean().unwrap() > 10.0 * right.mean().unwrap());
    let (scaled, said) = predict(&floats, &["--images-scale", "255"]);
    assert!(!said.contains("warning"), "{said}");
    assert_eq!(scaled, right);
    let (_, said) = predict(&write("bits.npy", npy_bytes(&bytes.mapv(|pixel| pixel / 128))), &[]);
    assert!(said.contains("give --images-scale 1 if"), "{said}");
    let wide = bytes.mapv(|pixel| f64::from(pixel) * 257.0);
    let (_, said) = predict(&write("wide.npy", npy_bytes(&wide)), &[]);
    assert!(said.contains("give --images-scale 65535 if"), "{said}");
    let constant = write("constant.npy", npy_bytes(&ndarray::Array3::<u8>::from_elem((3, 50, 50), 120)));
    let (_, said) = predict(&constant, &[]);
    assert!(said.contains("neurons are the same for all images"), "{said}");
}

#[test]
fn a_run_records_its_pixels_and_warns_of_others() {
    let folder = TempDir::new().unwrap();
    let (data, run) = (data_set(folder.path()), folder.path().join("run"));
    let said = cmd::stdout(&train(&data, &run, &["--evaluate"]));
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("  test images: mean CC_raw ") && last.contains("(median "), "{last}");
    let pixels = read_record(&run.join(RECORD)).unwrap().pixels.unwrap();
    assert_eq!((pixels.element_type.as_str(), pixels.divided_by), ("float32", 1.0));
    assert!(pixels.least >= 0.0 && pixels.most <= 1.0 && !pixels.whole, "{pixels:?}");

    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    for name in ["responses.npy", "dataset.toml"] {
        fs::copy(data.join(name), other.join(name)).unwrap();
    }
    let images = read_npy(&data.join("images.npy")).unwrap().0.to_f32();
    let evaluate = |images: &ndarray::ArrayD<f32>, more: &[&str]| {
        fs::write(other.join("images.npy"), npy_bytes(images)).unwrap();
        let paths = ["evaluate", run.to_str().unwrap(), "--data", other.to_str().unwrap(), "--format", "csv"];
        let run = cmd::run(&[&paths[..], more].concat()).succeeded();
        assert_eq!(run.stdout.lines().count(), 1 + NEURONS);
        run.stderr
    };
    assert_eq!(images.shape()[0], IMAGES);
    assert!(!evaluate(&images, &[]).contains("--images-scale"));
    let bright = images.mapv(|pixel| (pixel * 255.0).round());
    let said = evaluate(&bright, &[]);
    assert!(said.contains("whole numbers of 0 to 255") || said.contains("whole numbers of"), "{said}");
    assert!(
        said.contains("input normalization says") && said.contains("give --images-scale 255 if"),
        "{said}"
    );
    assert!(!evaluate(&bright, &["--images-scale", "255"]).contains("--images-scale"));
    // Pixels of both signs: close enough for the normalization, but with another range.
    let said = evaluate(&images.mapv(|pixel| 2.0 * pixel - 1.0), &[]);
    assert!(said.contains("those that the network was trained on of"), "{said}");
}
