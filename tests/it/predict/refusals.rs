//! Refusals in one line.

use crate::alone::Alone;
use crate::common::fixture;
use ndarray::ArrayD;

/// Returns the arguments to predict with a model from `fixtures/`, and more.
fn predict<'a>(model: &'a str, images: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["predict", model, "--images", images, "--out", "x.npy"], more].concat()
}

fn place(name: &str) -> String {
    fixture(name).to_str().unwrap().to_owned()
}

#[test]
fn images_that_the_model_does_not_take() {
    let alone = Alone::new();
    alone.write("small.npy", &ArrayD::<f32>::zeros(vec![2, 1, 12, 12]));
    alone.write("flat.npy", &ArrayD::<f32>::zeros(vec![2, 12]));
    alone.write("bad.npy", &ArrayD::<f32>::from_elem(vec![2, 1, 10, 10], f32::NAN));
    let (checkpoint, program) =
        (place("reference/recurrent-1block-t3-no-avg/best.pth"), place("programs/conv-gru/model.pt2"));
    for (model, images, words) in [
        (
            &checkpoint,
            "small.npy",
            ["small.npy: the images have shape [2, 1, 12, 12]", "expects [number, 1, "],
        ),
        (
            &program,
            "small.npy",
            ["small.npy: the images have shape [2, 1, 12, 12]", "takes [number, 1, 10, 10]"],
        ),
        (&program, "flat.npy", ["flat.npy: has shape [2, 12]", "expected [N, H, W] or [N, C, H, W]"]),
        (&program, "bad.npy", ["bad.npy: has a pixel that is NaN", "finite"]),
        (&program, "none.npy", ["none.npy", "cannot be read"]),
    ] {
        alone.assert_refused(&predict(model, images, &[]), &words);
    }
}

#[test]
fn models_without_predictions() {
    let alone = Alone::new();
    let images = place("programs/conv-gru/images.npy");
    let stage = place("nets/fig5.safetensors");
    let words = ["fig5.safetensors: cannot be executed or exported", "first block and the readout"];
    alone.assert_refused(&predict(&stage, &images, &[]), &words);
    alone.assert_refused(&predict("none.pth", &images, &[]), &["none.pth", "cannot be"]);
}

#[test]
fn options_that_do_not_apply_to_programs() {
    let alone = Alone::new();
    let (program, images) = (place("programs/conv-gru/model.pt2"), place("programs/conv-gru/images.npy"));
    for (more, words) in [
        (["--iterations", "2"], "the number of iterations of an exported program is fixed"),
        (["--readout", "no-avg"], "--readout is for checkpoints"),
        (["--key", "model"], "--key is for checkpoints"),
        (["--device", "cuda"], "--device cuda: exported programs run on the CPU only"),
    ] {
        alone.assert_refused(&predict(&program, &images, &more), &[words]);
    }
    let said = alone.run(&predict(&program, &images, &["--device", "tpu"]));
    assert!(said.code == Some(2) && said.stderr.contains("expected cpu, cuda or cuda:N"), "{}", said.stderr);
}

#[test]
fn devices_that_need_the_companion() {
    let alone = Alone::new();
    let folder = "reference/recurrent-1block-t3-no-avg";
    let (model, images) = (place(&format!("{folder}/best.pth")), place(&format!("{folder}/images.npy")));
    let words = ["--device cuda:1 needs the command pathscope-torch", "`cargo xtask install`"];
    alone.assert_refused(&predict(&model, &images, &["--device", "cuda:1"]), &words);
    let evaluate = ["evaluate", &model, "--data", "none", "--device", "cuda:1"];
    alone.assert_refused(&evaluate, &words);
    alone.assert_refused(&evaluate[..2], &["no data set is given: name its folder with --data"]);
}
