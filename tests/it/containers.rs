//! One model in every container that `torch.save` has ever written, by `fixtures/make_pytorch.py`. All give
//! exactly the same numbers.

use crate::common::{containers_layout, fixture};
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::files::checkpoint::{Checkpoint, CheckpointError, Container};
use pathscope_core::model::layout::{Given, LayoutError};
use pathscope_core::paths::Magnitude;

fn analyze(name: &str, key: Option<&str>) -> Result<Analysis, LayoutError> {
    let options = AnalysisOptions {
        key: key.map(str::to_owned),
        given: Given { layout: Some(containers_layout()), ..Given::default() },
        ..AnalysisOptions::default()
    };
    Analysis::of_checkpoint(&fixture("containers").join(name), &options)
}

#[track_caller]
fn check(name: &str, given_key: Option<&str>, container: Container, key: Option<&str>) {
    let analysis = analyze(name, given_key).unwrap_or_else(|error| panic!("{error}"));
    let checkpoint = analysis.checkpoint().unwrap();
    assert_eq!(checkpoint.container, container);
    assert_eq!(checkpoint.key.as_deref(), key);

    let unrolled = &checkpoint.model.unrolled;
    let strengths: Vec<(String, f64)> = unrolled
        .components()
        .iter()
        .enumerate()
        .map(|(index, component)| {
            let strength = analysis.strengths.of_component(index);
            (component.name(&checkpoint.model.circuit).to_string(), strength.to_f64().unwrap())
        })
        .collect();
    let expected = [
        ("conv[2].bottom_up", 2.0),
        ("conv[2].lateral", 0.5),
        ("bn[2,1]", 2.0),
        ("bn[2,2]", 1.0),
        ("bn[2,3]", 0.5),
    ];
    assert_eq!(strengths, expected.map(|(name, strength)| (name.to_owned(), strength)));

    let [ensemble] = analysis.ensembles.as_slice() else { panic!("one readout, one ensemble") };
    let lengths: Vec<(usize, Magnitude)> =
        ensemble.lengths.iter().map(|share| (share.length, share.strength)).collect();
    assert_eq!(
        lengths,
        [(1, 1.0), (2, 0.5), (3, 0.5)].map(|(length, value)| (length, Magnitude::new(value)))
    );
    assert_eq!(ensemble.moments.unwrap().average_path_length, 1.75);
}

macro_rules! containers {
    ($($test:ident: $file:literal, $given:expr => $container:ident, $key:expr;)+) => {
        $(
            #[test]
            fn $test() {
                check($file, $given, Container::$container, $key);
            }
        )+
    };
}

containers! {
    float16: "zip-float16.pth", None => PytorchZip, None;
    bfloat16: "zip-bfloat16.pth", None => PytorchZip, None;
    float32: "zip-float32.pth", None => PytorchZip, None;
    float64: "zip-float64.pth", None => PytorchZip, None;
    under_model: "zip-model.pth", None => PytorchZip, Some("model");
    under_state_dict: "zip-state_dict.pth", None => PytorchZip, Some("state_dict");
    under_model_state_dict: "zip-model_state_dict.pth", None => PytorchZip, Some("model_state_dict");
    under_net: "zip-net.pth", None => PytorchZip, Some("net");
    under_another_key: "zip-generator.pth", Some("generator") => PytorchZip, Some("generator");
    of_lightning: "zip-lightning.pth", Some("state_dict.model") => PytorchZip, Some("state_dict.model");
    of_lightning_as_shown: "zip-lightning.pth", Some("model") => PytorchZip, Some("state_dict.model");
    beside_averaged: "zip-averaged.pth", None => PytorchZip, Some("model");
    in_a_list: "zip-list.pth", None => PytorchZip, Some("0");
    beside_other_objects: "zip-junk.pth", None => PytorchZip, Some("model");
    beside_other_objects_in_the_legacy_container: "legacy-junk.pth", None => PytorchLegacy, Some("model");
    beside_tensors_of_other_types: "zip-odd-tensors.pth", None => PytorchZip, None;
    compiled_module: "zip-compiled-module.pth", None => PytorchZip, Some("model");
    compiled_part: "zip-compiled-part.pth", Some("net") => PytorchZip, Some("net");
    whole_module_in_the_legacy_container: "legacy-whole-module.pth", None => PytorchLegacy, None;
    of_data_parallel: "zip-data-parallel.pth", None => PytorchZip, None;
    whole_module: "zip-whole-module.pth", None => PytorchZip, None;
    weight_normalization: "zip-weight-norm.pth", None => PytorchZip, None;
    parametrized_weight_normalization: "zip-weight-norm-parametrized.pth", None => PytorchZip, None;
    spectral_normalization: "zip-spectral-norm.pth", None => PytorchZip, None;
    parametrized_spectral_normalization: "zip-spectral-norm-parametrized.pth", None => PytorchZip, None;
    pruning: "zip-pruned.pth", None => PytorchZip, None;
    legacy: "legacy.pth", None => PytorchLegacy, None;
    legacy_under_model: "legacy-model.pth", None => PytorchLegacy, Some("model");
    tar: "tar.pth", None => PytorchTar, None;
    tar_under_state_dict: "tar-state_dict.pth", None => PytorchTar, Some("state_dict");
}

/// The key that an error suggests, which must work.
#[track_caller]
fn check_suggestion(name: &str, suggested: &str) {
    let error = analyze(name, None).unwrap_err();
    assert!(matches!(error, LayoutError::Mismatch { .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains(name), "{message}");
    assert!(message.contains("missing up.weight"), "{message}");
    let (_, key) = message.split_once("--key ").unwrap_or_else(|| panic!("{message}"));
    assert_eq!(key, suggested);
    analyze(name, Some(key)).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn without_a_key_the_error_names_the_place_of_the_weights() {
    check_suggestion("zip-generator.pth", "generator");
    check_suggestion("zip-lightning.pth", "model");
    check_suggestion("zip-compiled-part.pth", "net");
}

#[test]
fn other_weights_are_pointed_out() {
    let raw = analyze("zip-averaged.pth", None).unwrap();
    let others = &raw.checkpoint().unwrap().other_weights;
    assert_eq!(*others, ["model_ema"]);
    // The first kernel of the other weights is zero.
    let averaged = analyze("zip-averaged.pth", Some(&others[0])).unwrap();
    assert_eq!(averaged.strengths.of_component(0).to_f64(), Some(0.0));
    assert!(averaged.checkpoint().unwrap().other_weights.is_empty());
}

#[test]
fn unsupported_types_are_named() {
    let file = fixture("containers").join("zip-odd-tensors.pth");
    let checkpoint = Checkpoint::open(&file, None).unwrap();
    for (name, element_type, shape) in [
        ("bn.0.num_batches_tracked", "int64", &[][..]),
        ("odd.complex", "complex64", &[2]),
        ("odd.quantized", "quantized", &[2]),
        ("odd.sparse", "sparse", &[3, 3]),
        ("odd.nested", "nested", &[]),
        ("odd.meta", "without numbers (meta)", &[3]),
        ("odd.float8", "float8_e4m3fn", &[2]),
    ] {
        let info = &checkpoint.tensors()[name];
        assert_eq!((info.element_type.as_str(), info.shape.as_slice()), (element_type, shape), "{name}");
        let error = checkpoint.read(name).unwrap_err();
        assert!(matches!(error, CheckpointError::ElementType { .. }), "{error}");
        let message = error.to_string();
        assert!(message.contains(name) && message.contains(element_type), "{message}");
    }
}

/// Names in the order of the file, which is that of the network.
#[test]
fn the_order_of_the_file() {
    for name in ["zip-weight-norm.pth", "legacy.pth", "zip-whole-module.pth"] {
        let checkpoint = Checkpoint::open(&fixture("containers").join(name), None).unwrap();
        let names = checkpoint.names_in_order();
        assert_eq!(names[..3], ["up.weight", "lateral.weight", "bn.0.weight"], "{name}");
        assert_eq!(names.len(), checkpoint.tensors().len(), "{name}");
    }
}

#[test]
fn an_unknown_key_is_answered_with_the_keys_of_tensors() {
    let error = analyze("zip-net.pth", Some("weights")).unwrap_err();
    let LayoutError::Checkpoint(CheckpointError::NoSuchKey { key, available, .. }) = &error else {
        panic!("{error}");
    };
    assert_eq!(key, "weights");
    assert_eq!(available, &["net", "optimizer"]);
}

#[test]
fn the_key_of_an_entry_without_tensors_is_refused() {
    let error = analyze("zip-net.pth", Some("epoch")).unwrap_err();
    assert!(matches!(error, LayoutError::Checkpoint(CheckpointError::NoSuchKey { .. })), "{error}");
}

#[test]
fn a_plain_state_dict_has_no_keys_to_choose_from() {
    let error = analyze("legacy.pth", Some("model")).unwrap_err();
    let LayoutError::Checkpoint(CheckpointError::NoSuchKey { available, .. }) = &error else {
        panic!("{error}");
    };
    assert!(available.is_empty(), "{available:?}");
    assert!(error.to_string().contains("leave --key out"), "{error}");
    // A common prefix of names is a key too, but it must not be too long.
    let error = analyze("legacy.pth", Some("up")).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("--key ."), "{message}");
}

#[test]
fn torchscript_is_recognized() {
    let error = analyze("torchscript.pt", None).unwrap_err();
    assert!(
        matches!(error, LayoutError::Checkpoint(CheckpointError::OtherKind { .. })),
        "expected another kind, got {error}"
    );
    assert!(error.to_string().contains("TorchScript"), "{error}");
}
