//! A comparison of the two engines: libtorch, and the engine for programs.

use crate::runs::reference;
use ndarray::{Array4, Ix4};
use pathscope::prediction::{Engine, Evaluated, ModelFile, Predictor, measure};
use pathscope::study::run::Settings;
use pathscope_core::circuit::Readout;
use pathscope_core::data::evaluation::{EvaluatedPart, Evaluation};
use pathscope_core::data::synth::{Settings as SynthSettings, synthesize};
use pathscope_core::files::arrays::read_npy;
use pathscope_core::model::layout::Given;
use pathscope_torch::checkpoint;
use pathscope_torch::device::DeviceName;
use pathscope_torch::evaluation::OnDevice;
use pathscope_torch::network::Network;
use serde_json::Value;
use std::path::Path;
use tch::Device;

const CPU: DeviceName = DeviceName(Device::Cpu);

const MODELS: [(&str, usize); 6] = [
    ("feedforward-1block", 1),
    ("recurrent-1block-t3-no-avg", 3),
    ("recurrent-1block-t7-2-avg", 7),
    ("recurrent-2block-t5-late-avg-softplus", 5),
    ("multipath-1block-t4-2-avg-separate-bn", 4),
    ("multipath-1block-t5-late-avg-removed-1-2", 5),
];

fn on_libtorch(path: &Path) -> OnDevice<Network> {
    OnDevice::new(checkpoint::open(path, None, &Given::default()).unwrap().network, CPU)
}

fn assert_same_predictions(engine: &Engine, libtorch: &dyn Predictor, images: &Array4<f32>, what: &str) {
    assert_eq!((engine.neurons(), engine.iterations()), (libtorch.neurons(), libtorch.iterations()));
    let [found, expected] =
        [engine as &dyn Predictor, libtorch].map(|predictor| predictor.predict(images, 3, &|_| ()).unwrap());
    assert_eq!(found.dim(), expected.dim());
    let difference = (&found - &expected).fold(0.0_f32, |most, each| most.max(each.abs()));
    assert!(difference < 1e-5, "{what}: {difference:e}");
}

#[test]
fn both_engines_predict_the_same_at_every_iteration() {
    for (model, iterations) in MODELS {
        let path = reference(model, "best.pth");
        let images = read_npy(&reference(model, "images.npy")).unwrap().0.to_f32();
        let images = images.into_dimensionality::<Ix4>().unwrap();
        for iteration in 0..=iterations + 1 {
            let what = format!("{model} at {iteration}");
            let engine = Engine::open(&ModelFile::of(&path), Some(iteration));
            match (engine, on_libtorch(&path).read_out_at(iteration)) {
                (Ok(engine), Ok(libtorch)) => assert_same_predictions(&engine, &libtorch, &images, &what),
                (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
                (engine, _) => panic!("{what}: one engine alone predicts ({})", engine.is_ok()),
            }
        }
        let (engine, libtorch) = (Engine::open(&ModelFile::of(&path), None).unwrap(), on_libtorch(&path));
        assert_same_predictions(&engine, &libtorch, &images, model);
        assert_eq!(engine.input_statistics().unwrap(), libtorch.input_statistics().unwrap());
        for shape in [[2, 1, 12, 12], [1, 3, 50, 50]] {
            let refusals = [&engine as &dyn Predictor, &libtorch]
                .map(|predictor| predictor.check_images(shape).unwrap_err().to_string());
            assert_eq!(refusals[0], refusals[1]);
        }
    }
}

#[test]
fn both_engines_give_the_same_scores() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let synth = SynthSettings {
        images: 60,
        size: 17,
        neurons: 3,
        channels: 4,
        recurrent_blocks: 2,
        iterations: 2,
        readout: Readout::LateAvg,
        ..SynthSettings::default()
    };
    synthesize(&synth, &data, &|| ()).unwrap();
    let truth = data.join("truth.safetensors");
    let settings = Settings { data, ..Settings::default() };
    let split = settings.open_data().unwrap();
    let evaluation = |predictor: &dyn Predictor| -> Evaluation {
        let evaluated = Evaluated { path: &truth, sha256: "00", generator: "a test" };
        measure(predictor, evaluated, &split, EvaluatedPart::All, &settings, &|_| ()).unwrap()
    };
    let found = evaluation(&Engine::open(&ModelFile::of(&truth), None).unwrap());
    let expected = evaluation(&on_libtorch(&truth));
    let documents = [found, expected].map(|evaluation| serde_json::to_value(evaluation).unwrap());
    assert_alike(&documents[0], &documents[1], "");
}

/// Checks that documents differ at most in the last digits of single precision.
fn assert_alike(one: &Value, other: &Value, place: &str) {
    match (one, other) {
        (Value::Object(entries), Value::Object(others)) => {
            assert!(entries.keys().eq(others.keys()), "{place}");
            entries
                .iter()
                .for_each(|(key, value)| assert_alike(value, &others[key], &format!("{place}.{key}")));
        }
        (Value::Array(items), Value::Array(others)) => {
            assert_eq!(items.len(), others.len(), "{place}");
            items.iter().zip(others).for_each(|(item, other)| assert_alike(item, other, place));
        }
        (Value::Number(_), Value::Number(_)) => {
            let [number, wanted] = [one, other].map(|value| value.as_f64().unwrap());
            assert!(
                (number - wanted).abs() <= 2e-6 * wanted.abs().max(1.0),
                "{place}: {number} and {wanted}"
            );
        }
        _ => assert_eq!(one, other, "{place}"),
    }
}
