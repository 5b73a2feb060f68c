//! Predictions of checkpoints and of exported programs.

use super::support::*;
use crate::alone::Alone;
use crate::common::fixture;
use ndarray::Axis;
use std::fs;

#[test]
fn published_networks_give_the_published_predictions() {
    let alone = Alone::new();
    for model in REFERENCES {
        let folder = fixture(&format!("reference/{model}"));
        let found = alone.predict(&folder.join("best.pth"), &folder.join("images.npy"), &["--batch", "2"]);
        assert_close(&found, &numbers(&folder.join("predictions.npy")), 1e-5);
    }
}

#[test]
fn exported_programs_give_the_outputs_of_their_models() {
    let alone = Alone::new();
    for model in ["conv-gru", "dense-concat-smooth", "recurrent-two-blocks-max-pool", "staged-skip-areas"] {
        let folder = fixture(&format!("programs/{model}"));
        let found = alone.predict(&folder.join("model.pt2"), &folder.join("images.npy"), &[]);
        // For some outputs, the fixture has only the first units.
        let expected = numbers(&folder.join("outputs.npy"));
        let found = found.slice_axis(Axis(1), (0..expected.shape()[1]).into()).to_owned();
        assert_close(&found, &expected, 1e-5);
    }
}

#[test]
fn batches_of_a_fixed_size_are_filled_up() {
    let alone = Alone::new();
    let folder = fixture("programs/conv-gru");
    let (images, outputs) = (numbers(&folder.join("images.npy")), numbers(&folder.join("outputs.npy")));
    for count in [1, 6, 8] {
        alone.write("images.npy", &cycled(&images, count).mapv(|pixel| pixel as f32));
        let found = alone.predict(&folder.join("model.pt2"), &alone.path("images.npy"), &["--batch", "4"]);
        assert_close(&found, &cycled(&outputs, count), 1e-5);
    }
}

#[test]
fn batches_of_any_size_have_the_given_size() {
    let alone = Alone::new();
    let folder = fixture("programs/recurrent-two-blocks-max-pool");
    let images = numbers(&folder.join("images.npy"));
    alone.write("images.npy", &cycled(&images, 7).mapv(|pixel| pixel as f32));
    let model = fixture("programs/recurrent-two-blocks-max-pool-dynamic/model.pt2");
    let found = alone.predict(&model, &alone.path("images.npy"), &["--batch", "3", "--threads", "1"]);
    assert_close(&found, &cycled(&numbers(&folder.join("outputs.npy")), 7), 1e-5);
}

#[test]
fn gray_images_need_no_axis_of_channels() {
    let alone = Alone::new();
    let folder = fixture("reference/recurrent-1block-t3-no-avg");
    let images = numbers(&folder.join("images.npy")).index_axis_move(Axis(1), 0);
    alone.write("images.npy", &images.mapv(|pixel| pixel as f32));
    let found = alone.predict(&folder.join("best.pth"), &alone.path("images.npy"), &[]);
    assert_close(&found, &numbers(&folder.join("predictions.npy")), 1e-5);
}

/// A network with three iterations, read out at the second, is a network with two.
#[test]
fn networks_are_read_out_at_earlier_iterations() {
    let alone = Alone::new();
    let folder = fixture("reference/multipath-1block-t5-late-avg-removed-1-2");
    let (model, images) = (folder.join("best.pth"), folder.join("images.npy"));
    let last = alone.predict(&model, &images, &["--iterations", "5"]);
    assert_close(&last, &numbers(&folder.join("predictions.npy")), 1e-5);
    assert_ne!(alone.predict(&model, &images, &["--iterations", "4"]), last);
    let paths = [model, images].map(|path| path.to_str().unwrap().to_owned());
    let arguments = ["predict", &paths[0], "--images", &paths[1], "--out", "x.npy", "--iterations"];
    let words = ["the network has 5 iterations, so it cannot be read out at iteration 2: give 3 to 5"];
    alone.assert_refused(&[&arguments[..], &["2"]].concat(), &words);
}

#[test]
fn images_of_another_scale_cause_a_warning() {
    let alone = Alone::new();
    let folder = fixture("reference/recurrent-1block-t7-2-avg");
    let images = numbers(&folder.join("images.npy"));
    alone.write("images.npy", &images.mapv(|pixel| (pixel * 255.0) as f32));
    let model = folder.join("best.pth");
    let arguments = ["predict", model.to_str().unwrap(), "--images", "images.npy", "--out", "x.npy"];
    let said = alone.run(&arguments);
    assert!(said.stderr.contains("warning: images.npy: the images have a mean of"), "{}", said.stderr);
    assert!(said.stderr.contains("give --images-scale"), "{}", said.stderr);
    let scaled = alone.predict(&model, &alone.path("images.npy"), &["--images-scale", "255"]);
    assert_close(&scaled, &numbers(&folder.join("predictions.npy")), 1e-5);
    let quiet = alone.run(&[&["--quiet"], &arguments[..]].concat());
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
}

#[test]
fn help_needs_no_companion() {
    let alone = Alone::new();
    for command in ["predict", "evaluate"] {
        let said = alone.run(&[command, "--help"]);
        assert!(said.code == Some(0) && said.stdout.contains("--iterations <T>"), "{}", said.stderr);
    }
    assert_eq!(fs::read_dir(alone.path(".")).unwrap().count(), 1);
}
