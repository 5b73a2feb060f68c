//! `--conv-strength`, in builds with LAPACK and without.

use crate::cmd::{refusal, stdout};

const NET: &str = "fixtures/nets/fig5.safetensors";
const OPERATOR_NORM: [&str; 2] = ["--conv-strength", "operator-norm"];

#[test]
fn the_papers_norm_is_the_default() {
    let plain = stdout(&["analyze", NET, "--format", "json"]);
    assert_eq!(stdout(&["analyze", NET, "--format", "json", "--conv-strength", "kernel-norm"]), plain);
}

#[test]
fn a_map_size_without_the_operator_norm_is_wrong_usage() {
    for command in ["analyze", "graph"] {
        let words = ["--map-size", "--conv-strength operator-norm"];
        refusal(&[command, NET, "--map-size", "16"], 2, &words);
    }
}

#[cfg(not(feature = "lapack"))]
#[test]
fn without_lapack_the_flag_tells_how_to_get_it() {
    for command in ["analyze", "graph"] {
        let words = ["--features lapack", "cargo xtask install", "apt install libopenblas-dev"];
        refusal(&[&[command, NET], &OPERATOR_NORM[..]].concat(), 2, &words);
    }
}

#[cfg(feature = "lapack")]
mod with_lapack {
    use super::*;
    use pathscope_core::analysis::{Analysis, AnalysisOptions};
    use pathscope_core::circuit::{Circuit, Connection, Operation, Readout};
    use pathscope_core::model::layout::own;
    use pathscope_core::paths::strength::ConvolutionStrength;
    use safetensors::tensor::TensorView;
    use serde_json::Value;
    use std::path::Path;

    #[track_caller]
    fn json(arguments: &[&str]) -> Value {
        let json = stdout(&[&["analyze", "--format", "json"], arguments, &OPERATOR_NORM].concat());
        serde_json::from_str(&json).unwrap()
    }

    #[track_caller]
    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found}, expected {expected}");
    }

    fn analysis(file: &Path, convolution_strength: ConvolutionStrength) -> Analysis {
        let options = AnalysisOptions { convolution_strength, ..AnalysisOptions::default() };
        Analysis::of_file(file, &options).unwrap()
    }

    /// The kernels of the nets are s·[[3/4, 1], [0, 3/4]], of norm s·(2 + √13)/4, where their kernel
    /// norm is s.
    #[test]
    fn a_hand_built_net() {
        let json = json(&[NET, "--map-size", "4"]);
        assert_eq!(json["conventions"]["conv_strength"], "operator-norm");
        assert_eq!(json["conventions"]["map_size"], 4);
        let factor = (2.0 + 13.0_f64.sqrt()) / 4.0;
        let components = json["components"].as_array().unwrap();
        for (name, kernel_norm) in [("conv[2].bottom_up", 2.0), ("conv[2].lateral", 0.5)] {
            let row = components.iter().find(|row| row["name"] == name).unwrap();
            assert_close(row["strength"].as_f64().unwrap(), kernel_norm * factor);
            assert_eq!(row["kernel_norm"], kernel_norm);
        }
        let row = components.iter().find(|row| row["name"] == "bn[2,1]").unwrap();
        assert_eq!(row["strength"], 2.0);
        assert!(row.get("kernel_norm").is_none());
        // A path of length n has n convolutions.
        let plain = analysis(Path::new(NET), ConvolutionStrength::KernelNorm);
        let lengths = json["ensembles"][0]["lengths"].as_array().unwrap();
        for (share, found) in plain.ensembles[0].lengths.iter().zip(lengths) {
            let expected = share.strength.to_f64().unwrap() * factor.powi(share.length as i32);
            assert_close(found["strength"].as_f64().unwrap(), expected);
        }
    }

    #[test]
    fn the_map_has_32_points_by_default() {
        assert_eq!(json(&[NET])["conventions"]["map_size"], 32);
    }

    #[test]
    fn the_text_names_the_strength() {
        let text = stdout(&[&["analyze", NET, "--map-size", "8"], &OPERATOR_NORM[..]].concat());
        assert!(
            text.contains("strength of a convolution: operator-norm on maps of 8 points a side"),
            "{text}"
        );
        assert!(text.contains("kernel norm"), "{text}");
    }

    #[test]
    fn figures_by_strength_differ() {
        let graph = ["graph", "fixtures/nets/skip.safetensors", "--width", "strength"];
        assert_ne!(stdout(&[&graph[..], &OPERATOR_NORM].concat()), stdout(&graph));
    }

    /// Let N be the 2-norm of all weights, of a kernel with o and i channels and p points, no larger than the
    /// map. The mean over frequencies of ‖K‖² is N² (Parseval), so the norm is at least N/√min(o, i) and at
    /// most √p·N. A finer map that has all frequencies of a coarser one cannot have a smaller norm.
    #[test]
    fn published_models_are_within_bounds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reference");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().join("best.pth"));
        // The other references are not models.
        let files: Vec<_> = files.filter(|file| file.is_file()).collect();
        assert_eq!(files.len(), 6);
        for file in files {
            let coarse = analysis(&file, ConvolutionStrength::OperatorNorm { map_size: 8 });
            let fine = analysis(&file, ConvolutionStrength::OperatorNorm { map_size: 16 });
            let checkpoint = pathscope_core::files::checkpoint::Checkpoint::open(&file, None).unwrap();
            let subject = coarse.checkpoint().expect("a checkpoint");
            for (index, shape) in subject.kernel_shapes.iter().enumerate() {
                let Some(shape) = shape else { continue };
                let name = subject.model.component_tensors(index).weight.as_ref().unwrap();
                let weight = checkpoint.read(name).unwrap();
                let all = weight.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
                let norm = |analysis: &Analysis| analysis.strengths.of_component(index).to_f64().unwrap();
                let points = shape[2..].iter().product::<usize>() as f64;
                let least = all / (shape[0].min(shape[1]) as f64).sqrt();
                assert!((least..=points.sqrt() * all).contains(&norm(&coarse)), "{name}");
                assert!(norm(&fine) >= norm(&coarse) * (1.0 - 1e-12), "{name}");
            }
        }
    }

    /// Block 2 has 2 channels. Block 3 reads each separately, and so does a skip from block 1, whose 2
    /// channels follow from the bottom-up convolution of block 2.
    #[test]
    fn grouped_convolutions() {
        let mut circuit = Circuit::of_recurrent_blocks(2, 1);
        circuit.readout = Some(Readout::NoAvg);
        circuit.connections.push(Connection::new(1, 3, 0, Operation::Convolution));
        let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let (diagonal, depthwise, ones) =
            (bytes(&[3.0, 0.0, 0.0, 3.0]), bytes(&[3.0, -4.0]), bytes(&[1.0; 2]));
        let mut tensors = Vec::new();
        for (index, connection) in circuit.connections.iter().enumerate() {
            let (values, inputs) = if connection.to == 2 { (&diagonal, 2) } else { (&depthwise, 1) };
            let view = TensorView::new(safetensors::Dtype::F32, vec![2, inputs, 1, 1], values).unwrap();
            tensors.push((format!("{}.weight", circuit.connection_name(index)), view));
        }
        for name in ["bn[2,1]", "bn[3,1]"] {
            for part in ["weight", "running_var"] {
                let view = TensorView::new(safetensors::Dtype::F32, vec![2], &ones).unwrap();
                tensors.push((format!("{name}.{part}"), view));
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("grouped.safetensors");
        let metadata = own::metadata(&circuit, 0.0).into_iter().collect();
        safetensors::serialize_to_file(tensors, Some(metadata), &file).unwrap();
        let json = json(&[file.to_str().unwrap()]);
        let strength = |name: &str| {
            let rows = json["components"].as_array().unwrap();
            rows.iter().find(|row| row["name"] == name).unwrap()["strength"].as_f64().unwrap()
        };
        assert_close(strength("conv[2].bottom_up"), 3.0);
        assert_close(strength("conv[3].bottom_up"), 4.0);
        assert_close(strength("conv[3].skip[1]"), 4.0);
    }
}
