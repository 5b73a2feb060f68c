//! Training steps of the recurrent network that `benches/peer/` compares with PyTorch: one RCPB after
//! the CPB, 16 channels, T = 7, 2-avg, images of 50 × 50.
//!
//! `recurrent_step FOLDER make` writes images, responses and initial weights; `recurrent_step FOLDER
//! run STEPS THREADS` trains on them and prints a line of JSON.

use ndarray::{Array2, Array4};
use pathscope::arrays::npy_bytes;
use pathscope::circuit::Readout;
use pathscope::layout::Given;
use pathscope_torch::checkpoint;
use pathscope_torch::device::{keep_large_blocks, use_threads};
use pathscope_torch::network::{Network, Sizes, initial_weights};
use pathscope_torch::training::{Recordings, Settings, State};
use rand_distr::{Distribution, StandardNormal};
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use tch::{Device, Tensor};

const BATCH: usize = 64;
const IMAGE: usize = 50;
const NEURONS: usize = 34;

fn settings() -> Settings {
    Settings {
        channels: 16,
        recurrent_blocks: 1,
        iterations: 7,
        readout: Readout::TwoAvg,
        batch: BATCH,
        // Larger than in training, so that losses differ from step to step in more than rounding.
        initial_deviation: 0.05,
        ..Settings::default()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    keep_large_blocks();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [folder, "make"] => make(Path::new(folder)),
        [folder, "run", steps, threads] => run(Path::new(folder), steps.parse()?, threads.parse()?),
        _ => Err("usage: recurrent_step FOLDER make | recurrent_step FOLDER run STEPS THREADS".into()),
    }
}

fn make(folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let mut random = pathscope::dataset::generator(0);
    let mut normal = || -> f32 { StandardNormal.sample(&mut random) };
    let images = Array4::from_shape_simple_fn((BATCH, 1, IMAGE, IMAGE), &mut normal);
    let responses = Array2::from_shape_simple_fn((BATCH, NEURONS), || normal().abs());
    std::fs::write(folder.join("images.npy"), npy_bytes(&images))?;
    std::fs::write(folder.join("responses.npy"), npy_bytes(&responses))?;
    let settings = settings();
    let sizes = Sizes { image: [1, IMAGE, IMAGE], channels: settings.channels, first_kernel: 9, kernel: 3 };
    let architecture = settings.architecture();
    let weights =
        initial_weights(&architecture, sizes, &[0.5; NEURONS], settings.initial_deviation, settings.seed);
    checkpoint::save(&folder.join("initial.safetensors"), &Network::new(architecture, weights)?)?;
    Ok(())
}

fn run(folder: &Path, steps: usize, threads: u16) -> Result<(), Box<dyn Error>> {
    use_threads(Some(threads));
    let opened = checkpoint::open(&folder.join("initial.safetensors"), None, &Given::default())?;
    let weights = opened.network.weights().copy_to(Device::Cpu, true)?;
    let mut state = State::new(Network::new(opened.network.architecture().clone(), weights)?)?;
    let recordings = Recordings {
        images: Tensor::read_npy(folder.join("images.npy"))?,
        responses: Tensor::read_npy(folder.join("responses.npy"))?,
    };
    let batch = Tensor::from_slice(&(0..BATCH as i64).collect::<Vec<_>>());
    let settings = settings();
    let (mut losses, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..steps {
        let started = Instant::now();
        losses.push(state.step(&settings, &recordings, &batch)?);
        seconds.push(started.elapsed().as_secs_f64());
    }
    println!("{}", serde_json::json!({ "losses": losses, "seconds": seconds, "peak_mib": peak_mib() }));
    Ok(())
}

/// The most memory that this process has had, where the system tells.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}
