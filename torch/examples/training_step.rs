//! Training steps of the networks that `benches/peer/` compares with PyTorch.
//!
//! `training_step CASE FOLDER make` writes images, responses and initial weights; `training_step CASE FOLDER
//! run STEPS THREADS [MEMORY-LIMIT [PATHS-TOGETHER]]` trains on them and prints a line of JSON.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers prints where it stands"
)]

use bytesize::ByteSize;
use ndarray::{Array2, Array4};
use pathscope::study::run::Settings;
use pathscope::study::run::settings::PathModel;
use pathscope_core::circuit::Readout;
use pathscope_core::files::arrays::npy_bytes;
use pathscope_core::model::layout::Given;
use pathscope_torch::allocator::keep_large_blocks;
use pathscope_torch::checkpoint;
use pathscope_torch::device::{peak_bytes, resident_bytes, use_threads};
use pathscope_torch::network::{Architecture, Network, Sizes, initial_weights};
use pathscope_torch::training::{Recordings, State};
use rand_distr::{Distribution, StandardNormal};
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use tch::{Device, Tensor};

const IMAGE: usize = 50;
const NEURONS: usize = 34;

/// The networks that are timed: all with 2-avg on images of 50 × 50.
fn settings(case: &str) -> Option<Settings> {
    let (recurrent_blocks, iterations, channels, batch, multi_path) = match case {
        "recurrent-1-7" => (1, 7, 16, 64, PathModel::None),
        "multi-path-1-7" => (1, 7, 16, 64, PathModel::PerPath),
        "multi-path-2-5" => (2, 5, 16, 64, PathModel::PerPath),
        // One that the paper could not train (appendix E).
        "multi-path-2-7-48" => (2, 7, 48, 256, PathModel::PerPath),
        _ => return None,
    };
    Some(Settings {
        channels,
        recurrent_blocks,
        iterations,
        multi_path,
        readout: Readout::TwoAvg,
        batch,
        // Larger than in training, so that losses differ from step to step in more than rounding.
        initial_deviation: 0.05,
        ..Settings::default()
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    keep_large_blocks();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let usage = "usage: training_step CASE FOLDER make | CASE FOLDER run STEPS THREADS [MEMORY-LIMIT [PATHS-TOGETHER]]";
    let Some(settings) = arguments.first().and_then(|case| settings(case)) else { return Err(usage.into()) };
    match arguments[1..] {
        [folder, "make"] => make(&settings, Path::new(folder)),
        [folder, "run", steps, threads, ref more @ ..] if more.len() <= 2 => {
            let limit = more.first().map(|limit| limit.parse::<ByteSize>()).transpose()?;
            let together = more.get(1).map(|paths| paths.parse()).transpose()?;
            use_threads(Some(threads.parse()?));
            run(&settings, Path::new(folder), steps.parse()?, limit.map(|limit| limit.as_u64()), together)
        }
        _ => Err(usage.into()),
    }
}

fn make(settings: &Settings, folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let mut random = pathscope_core::statistics::generator(0);
    let mut normal = || -> f32 { StandardNormal.sample(&mut random) };
    let images = Array4::from_shape_simple_fn((settings.batch, 1, IMAGE, IMAGE), &mut normal);
    let responses = Array2::from_shape_simple_fn((settings.batch, NEURONS), || normal().abs());
    std::fs::write(folder.join("images.npy"), npy_bytes(&images))?;
    std::fs::write(folder.join("responses.npy"), npy_bytes(&responses))?;
    let sizes = Sizes { image: [1, IMAGE, IMAGE], channels: settings.channels, first_kernel: 9, kernel: 3 };
    let architecture = Architecture::of(settings);
    let weights =
        initial_weights(&architecture, sizes, &[0.5; NEURONS], settings.initial_deviation, settings.seed);
    checkpoint::save(&folder.join("initial.safetensors"), &Network::new(architecture, weights)?)?;
    Ok(())
}

fn run(
    settings: &Settings,
    folder: &Path,
    steps: usize,
    limit: Option<u64>,
    together: Option<usize>,
) -> Result<(), Box<dyn Error>> {
    let opened = checkpoint::open(&folder.join("initial.safetensors"), None, &Given::default())?;
    let weights = opened.network.weights().copy_to(Device::Cpu, true)?;
    let mut network = Network::new(opened.network.architecture().clone(), weights)?;
    let recordings = Recordings {
        images: Tensor::read_npy(folder.join("images.npy"))?,
        responses: Tensor::read_npy(folder.join("responses.npy"))?,
    };
    let size = settings.batch as i64;
    if let Some(together) = together {
        network.take_together(together);
    }
    let shape = [size, 1, IMAGE as i64, IMAGE as i64];
    let forecast = network.plan_training(shape, resident_bytes(Device::Cpu), limit)?;
    let mut state = State::new(network)?;
    let batch = Tensor::from_slice(&(0..size).collect::<Vec<_>>());
    let (mut losses, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..steps {
        let started = Instant::now();
        losses.push(state.step(settings, &recordings, &batch)?);
        seconds.push(started.elapsed().as_secs_f64());
    }
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "{}",
        serde_json::json!({
            "losses": losses,
            "seconds": seconds,
            "peak_mib": peak_bytes().map(mebibytes),
            "expected_mib": forecast.map(|forecast| mebibytes(forecast.peak())),
            "plan": forecast.map(|forecast| forecast.to_string()),
        })
    );
    Ok(())
}
