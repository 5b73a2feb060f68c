//! Predictions, compared with those of the published implementation.

use crate::runs::reference;
use pathscope_core::model::layout::Given;
use pathscope_torch::checkpoint;
use std::path::Path;
use tch::Tensor;

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
        let opened = checkpoint::open(&reference(name, "best.pth"), None, &Given::default()).unwrap();
        let images = read(&reference(name, "images.npy"));
        let expected = read(&reference(name, "predictions.npy"));
        let found = opened.network.predict(&images).unwrap();
        let difference = (found - &expected).abs().max().double_value(&[]);
        assert!(difference < 1e-5, "{name}: {difference:e}");
        assert!(expected.abs().max().double_value(&[]) > 0.1);
    }
}
