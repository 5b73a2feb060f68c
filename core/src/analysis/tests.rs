use super::report::Report;
use super::{Analysis, AnalysisError, AnalysisOptions};
use crate::circuit::Readout;
use crate::data::synth::{Settings, TRUTH, synthesize};
use crate::files::checkpoint::{Checkpoint, EVERYTHING};
use crate::paths::strength::BatchNormStrength;
use safetensors::SafeTensors;
use std::fs;
use std::path::{Path, PathBuf};

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

#[test]
fn a_checkpoint_in_memory_gives_what_its_file_gives() {
    let options = AnalysisOptions::default();
    for net in ["fig5", "readouts", "two-blocks", "multi-path"] {
        let file = PathBuf::from(format!("../fixtures/nets/{net}.safetensors"));
        let of_file = Analysis::of_file(&file, &options).unwrap();
        let bytes = fs::read(&file).unwrap();
        let in_memory = Analysis::in_memory(net.as_ref(), bytes.into(), &options).unwrap();
        assert_eq!(in_memory.path, PathBuf::from(net));
        let named_alike = Analysis { path: file, ..in_memory };
        let json = |analysis| serde_json::to_string(&Report::new(&analysis, 3)).unwrap();
        assert_eq!(json(named_alike), json(of_file));
    }
}

#[test]
fn a_checkpoint_in_memory_is_refused_as_its_file_is() {
    let file = Path::new("../fixtures/nets/fig5.safetensors");
    let refused = |bytes: &[u8], options: &AnalysisOptions| {
        Analysis::in_memory("weights".as_ref(), bytes.into(), options).unwrap_err().to_string()
    };
    let bytes = fs::read(file).unwrap();
    let default = AnalysisOptions::default();
    assert!(refused(&bytes[..bytes.len() - 1], &default).starts_with("weights: "));
    assert!(refused(&[], &default).starts_with("weights: "));
    let key = AnalysisOptions { key: Some("nowhere".to_owned()), ..Default::default() };
    assert!(refused(&bytes, &key).contains("nowhere"));
    let mut from = AnalysisOptions::default();
    from.paths.from = Some("conv".to_owned());
    assert!(refused(&bytes, &from).contains("--from"));
}

#[test]
fn nothing_is_read_beside_a_checkpoint_in_memory() {
    let bytes = fs::read("../fixtures/nets/fig5.safetensors").unwrap();
    let checkpoint = Checkpoint::in_memory("weights".as_ref(), bytes.into(), None).unwrap();
    assert_eq!(checkpoint.folder(), None);
    assert_eq!(checkpoint.reopen(EVERYTHING).unwrap().folder(), None);
}

/// Returns the remarks on a net whose running variances all have a value.
fn remarks_with_variances(
    value: f32,
    batch_norm_strength: BatchNormStrength,
) -> Result<Vec<String>, AnalysisError> {
    let mut bytes = fs::read("../fixtures/nets/fig5.safetensors").unwrap();
    let (header, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    for (name, tensor) in metadata.tensors() {
        if name.ends_with("running_var") {
            let (start, end) = tensor.data_offsets;
            let values = bytes[8 + header + start..8 + header + end].chunks_exact_mut(4);
            values.for_each(|bytes| bytes.copy_from_slice(&value.to_le_bytes()));
        }
    }
    let options = AnalysisOptions { batch_norm_strength, ..Default::default() };
    Analysis::in_memory("net".as_ref(), bytes.into(), &options).map(|analysis| analysis.remarks)
}

#[test]
fn a_network_that_has_seen_no_image_is_named() {
    let remarks = remarks_with_variances(1.0, BatchNormStrength::Effective).unwrap();
    let [remark] = &remarks[..] else { panic!("{remarks:?}") };
    assert!(remark.starts_with("bn[2,1] and 2 more have running variances of 1, "), "{remark}");
}

#[test]
fn strengths_of_gammas_do_not_depend_on_variances() {
    for value in [1.0, f32::NAN, -1.0] {
        assert_eq!(remarks_with_variances(value, BatchNormStrength::Gamma).unwrap(), [""; 0]);
    }
    assert!(remarks_with_variances(f32::NAN, BatchNormStrength::Effective).is_err());
}
