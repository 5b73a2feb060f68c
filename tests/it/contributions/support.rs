use ndarray::{Array2, Array4, Axis, Ix3, Ix4, s};
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::contributions::{ContributedModel, Contributions};
use pathscope_core::files::arrays::read_npy;
use std::path::Path;

/// Returns the images in a folder, \[images, channels, height, width\].
pub fn images(folder: impl AsRef<Path>) -> Array4<f32> {
    let images = read_npy(&folder.as_ref().join("images.npy")).unwrap().0.to_f32();
    match images.ndim() {
        3 => images.into_dimensionality::<Ix3>().unwrap().insert_axis(Axis(1)),
        _ => images.into_dimensionality::<Ix4>().unwrap(),
    }
}

/// Returns a reference model, whose images have 50 × 50 pixels.
pub fn model(file: &str) -> ContributedModel {
    ContributedModel::open(file.as_ref(), &AnalysisOptions::default(), [1, 50, 50]).unwrap()
}

/// Returns the sum over all paths, \[images, units\].
pub fn total(contributions: &Contributions) -> Array2<f64> {
    contributions.parts.slice(s![.., .., ..-1]).sum_axis(Axis(2))
}
