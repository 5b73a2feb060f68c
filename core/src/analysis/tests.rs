use super::{Analysis, AnalysisOptions};
use crate::circuit::Readout;
use crate::data::synth::{Settings, TRUTH, synthesize};

#[test]
fn the_true_network_has_the_strengths_that_were_asked_for() {
    for (recurrent_blocks, iterations, readout) in
        [(1, 4, Readout::NoAvg), (2, 3, Readout::LateAvg), (1, 1, Readout::EarlyAvg)]
    {
        let settings = Settings {
            recurrent_blocks,
            iterations,
            readout,
            bottom_up_gain: 1.5,
            lateral_gain: 0.25,
            normalization_gain: 0.8,
            images: 24,
            size: 15,
            neurons: 3,
            trials: 4,
            channels: 3,
            ..Settings::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("demo");
        let dataset = synthesize(&settings, &out, &|| ()).unwrap();
        assert_eq!(dataset.responses.dim(), (24, 4, 3));
        let analysis = Analysis::of_file(&out.join(TRUTH), &AnalysisOptions::default()).unwrap();
        let ensemble = &analysis.ensembles[0];
        assert_eq!(ensemble.readout, Some(readout));
        if recurrent_blocks == 1 && readout == Readout::NoAvg {
            let shares = ensemble.lengths.iter();
            let strengths: Vec<f64> = shares.map(|share| share.strength.to_f64().unwrap()).collect();
            for (lateral, strength) in strengths.iter().enumerate() {
                let steps = i32::try_from(lateral).unwrap();
                let expected = 1.5 * 0.25_f64.powi(steps) * 0.8_f64.powi(steps + 1);
                assert!((strength / expected - 1.0).abs() < 1e-5, "{lateral}: {strength} {expected}");
            }
            assert_eq!(strengths.len(), 4);
        }
    }
}
