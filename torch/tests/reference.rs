//! Predictions, compared with those of the published implementation.

use pathscope_core::model::layout::Given;
use pathscope_torch::checkpoint;
use std::path::{Path, PathBuf};
use tch::Tensor;

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reference").join(name)
}

fn read(path: &Path) -> Tensor {
    Tensor::read_npy(path).unwrap()
}

#[test]
fn predictions_are_those_of_the_published_implementation() {
    for name in [
        "feedforward-1block",
        "recurrent-1block-t3-no-avg",
        "recurrent-1block-t7-2-avg",
        "recurrent-2block-t5-late-avg-softplus",
        "multipath-1block-t4-2-avg-separate-bn",
        "multipath-1block-t5-late-avg-removed-1-2",
    ] {
        let folder = reference(name);
        let opened = checkpoint::open(&folder.join("best.pth"), None, &Given::default()).unwrap();
        let images = read(&folder.join("images.npy"));
        let expected = read(&folder.join("predictions.npy"));
        let found = opened.network.predict(&images).unwrap();
        let difference = (found - &expected).abs().max().double_value(&[]);
        assert!(difference < 1e-5, "{name}: {difference:e}");
        assert!(expected.abs().max().double_value(&[]) > 0.1);
    }
}
