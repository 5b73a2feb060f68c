//! Simulated recordings. Their rates are the predictions of libtorch for the true network, and a network
//! trained on them comes close to it.

use crate::plain::Silent;
use ndarray::Axis;
use pathscope::prediction::{ScoreOptions, score};
use pathscope::study::run::Settings;
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;
use pathscope_core::data::synth::{Settings as SynthSettings, synthesize};
use pathscope_core::files::arrays::read_npy;
use pathscope_core::model::layout::Given;
use pathscope_torch::checkpoint;
use pathscope_torch::data::Recorded;
use pathscope_torch::device::DeviceName;
use pathscope_torch::evaluation::{OnDevice, predict};
use pathscope_torch::network::{Architecture, Network, Sizes, initial_weights};
use pathscope_torch::training::{Ending, State};
use std::sync::atomic::AtomicBool;
use tch::Device;

const CPU: DeviceName = DeviceName(Device::Cpu);

#[test]
fn the_true_network_predicts_the_simulated_rates() {
    let folder = tempfile::tempdir().unwrap();
    for (index, (recurrent_blocks, iterations, readout)) in
        [(1, 3, Readout::TwoAvg), (2, 2, Readout::LateAvg), (1, 1, Readout::NoAvg), (1, 4, Readout::EarlyAvg)]
            .into_iter()
            .enumerate()
    {
        let out = folder.path().join(index.to_string());
        let settings = SynthSettings {
            images: 40,
            size: 17,
            neurons: 3,
            channels: 4,
            recurrent_blocks,
            iterations,
            readout,
            ..SynthSettings::default()
        };
        let dataset = synthesize(&settings, &out, &|| ()).unwrap();
        let truth = checkpoint::open(&out.join("truth.safetensors"), None, &Given::default()).unwrap();
        let found = predict(&truth.network, &dataset.images, 16, CPU, |_| ()).unwrap();
        let rates = read_npy(&out.join("rates.npy")).unwrap().0.to_f32();
        let difference = (&found.into_dyn() - &rates).iter().fold(0.0f32, |most, each| most.max(each.abs()));
        assert!(difference < 1e-4, "{recurrent_blocks} {iterations} {readout}: {difference}");
        assert!(rates.iter().any(|&rate| rate > 0.5));
    }
}

#[test]
fn a_trained_recurrent_network_beats_the_constant_predictor_by_far() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("data");
    let synth = SynthSettings { images: 400, size: 16, neurons: 4, channels: 4, ..SynthSettings::default() };
    synthesize(&synth, &out, &|| ()).unwrap();
    let settings = Settings {
        data: out,
        channels: 4,
        iterations: 3,
        batch: 64,
        validate_every: 20,
        patience: 4,
        max_steps: 400,
        learning_rate: 0.01,
        ..Settings::default()
    };
    let data = settings.open_data().unwrap();
    let sizes = Sizes { image: data.image_size(), channels: 4, first_kernel: 9, kernel: 3 };
    let architecture = Architecture::of(&settings);
    let weights = initial_weights(&architecture, sizes, &data.mean_responses(), 0.01, 0);
    let weights = weights.copy_to(Device::Cpu, true).unwrap();
    let mut state = State::new(Network::new(architecture, weights).unwrap()).unwrap();
    let [train, validation] = [&data.split.train, &data.split.validation]
        .map(|images| data.recordings(images, Device::Cpu).unwrap());
    let stop = AtomicBool::new(false);
    let ending = state.train(&settings, &train, &validation, &mut Silent, &stop).unwrap();
    assert_eq!(ending, Ending::Finished);
    let network = OnDevice::new(&state.network, CPU);
    let options = ScoreOptions::default();
    let scored = score(&network, &data, &data.split.test, 64, &options, &|_| ()).unwrap();
    // FEVE needs predictions in the units of the responses.
    assert!(scored.all.mean(Score::Feve).unwrap() > 0.3, "{:?}", scored.all.averages);
    let scores = scored.scores;
    // The constant predictor has CC_norm² 0.
    assert!(scores.mean_cc_norm2.unwrap() > 0.4, "{scores:?}");
    let constant = data.prepared.targets.select(Axis(0), &data.split.validation).var_axis(Axis(0), 0.0);
    let best = state.schedule.best.unwrap();
    assert!(best < 0.7 * f64::from(constant.mean().unwrap()), "{best} {constant}");
}
