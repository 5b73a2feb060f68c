use super::support::images;
use ndarray::{Array3, Array4, Ix3, s};
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::contributions::{
    By, ComputeOptions, ContributedModel, Contributions, Precision,
};
use pathscope_core::files::arrays::read_npy;
use std::path::{Path, PathBuf};

fn expected(folder: &Path) -> Array3<f64> {
    let array = read_npy(&folder.join("contributions.npy")).unwrap().0;
    array.to_f64().into_dimensionality::<Ix3>().unwrap()
}

fn computed(model: &Path, images: &Array4<f32>, precision: Precision) -> Contributions {
    let (_, channels, height, width) = images.dim();
    let options = AnalysisOptions::default();
    let model = ContributedModel::open(model, &options, [channels, height, width]).unwrap();
    let options = ComputeOptions { precision, ..ComputeOptions::default() };
    model.compute(images.view(), &model.gradings(By::Length), &options, &|_| ()).unwrap().remove(0)
}

/// Returns the largest difference relative to the largest contribution, and the largest difference of sums
/// from outputs.
fn difference(found: &Contributions, expected: &Array3<f64>) -> f64 {
    let largest = expected.iter().fold(0.0_f64, |largest, number| largest.max(number.abs()));
    // The references have up to 8 units.
    let found = found.parts.slice(s![.., ..expected.dim().1, ..]);
    assert_eq!(found.dim(), expected.dim());
    (&found - expected).iter().fold(0.0_f64, |most, number| most.max(number.abs())) / largest
}

fn check(model: &Path, numbers: &Path) {
    let (images, expected) = (images(numbers), expected(numbers));
    for (precision, tolerance) in [(Precision::Double, 1e-12), (Precision::Single, 1e-5)] {
        let found = computed(model, &images, precision);
        let apart = difference(&found, &expected);
        assert!(apart <= tolerance, "{}: {apart:e} in {precision} precision", model.display());
        let sums = found.sum_difference().relative.unwrap();
        assert!(sums <= tolerance, "{}: {sums:e} in {precision} precision", model.display());
    }
}

/// Returns the folders with a file of this name.
fn folders(below: &str, holds: &str) -> Vec<PathBuf> {
    let below = Path::new(below).read_dir().unwrap().map(|entry| entry.unwrap().path());
    below.filter(|folder| folder.join(holds).exists()).collect()
}

#[test]
fn reference_models() {
    let folders: Vec<PathBuf> = folders("fixtures/reference", "best.pth");
    assert_eq!(folders.len(), 6);
    for folder in folders {
        check(&folder.join("best.pth"), &folder);
    }
}

#[test]
fn reference_programs() {
    let folders = folders("fixtures/programs", "model.pt2");
    assert_eq!(folders.len(), 9);
    for folder in folders {
        // The same program in another form gives the same numbers for the same images.
        let name = folder.to_string_lossy().into_owned();
        let numbers = name.trim_end_matches("-core").trim_end_matches("-dynamic");
        check(&folder.join("model.pt2"), Path::new(numbers));
    }
}
