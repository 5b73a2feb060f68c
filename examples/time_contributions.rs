//! Times the contributions of a model by length and its forward pass, for `benches/peer/contributions.py`.
//!
//! Usage: `time_contributions MODEL IMAGES.npy [ROUNDS]`. All images are one batch. Prints medians of seconds as JSON.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers prints where it stands"
)]

use ndarray::{Array4, Axis};
use pathscope::prediction::{Engine, ModelFile, Predictor, read_images};
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::contributions::{By, ComputeOptions, ContributedModel};
use pathscope_core::data::PixelScale;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

/// The number of batches that the longer of two runs has beyond the shorter one.
const MORE: usize = 4;

/// Any error of the library or the system.
type Problem = Box<dyn Error + Send + Sync>;

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn timed<E>(rounds: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    // The first round fetches memory.
    work()?;
    let mut seconds = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        work()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    Ok(median(seconds))
}

fn main() -> Result<(), Problem> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, images, rest @ ..] = arguments.as_slice() else {
        return Err("usage: time_contributions MODEL IMAGES.npy [ROUNDS]".into());
    };
    let rounds = rest.first().map_or(Ok(5), |rounds| rounds.parse())?;
    let (images, _): (Array4<f32>, _) = read_images(Path::new(images), PixelScale::Auto)?;
    let (count, channels, height, width) = images.dim();
    let opened =
        ContributedModel::open(Path::new(model), &AnalysisOptions::default(), [channels, height, width])?;
    let gradings = opened.gradings(By::Length);
    let options = ComputeOptions { batch: count, ..ComputeOptions::default() };
    // The difference of two runs leaves out what reading the weights takes.
    let many = ndarray::concatenate(Axis(0), &[images.view(); MORE + 1])?;
    let engine = Engine::open(&ModelFile::of(Path::new(model)), None)?;
    let mut lengths = 0;
    let mut seconds = [[0.0; 2]; 2];
    for (place, images) in [&images, &many].into_iter().enumerate() {
        seconds[0][place] = timed(rounds, || {
            let found = opened.compute(images.view(), &gradings, &options, &|_| ())?;
            lengths = found[0].marks.len();
            Ok::<(), Problem>(())
        })?;
        seconds[1][place] = timed(rounds, || engine.predict(images, count, &|_| ()).map(|_| ()))?;
    }
    let [contributions, forward] = seconds.map(|[one, many]| (many - one) / MORE as f64);
    println!("{{\"contributions\": {contributions}, \"forward\": {forward}, \"lengths\": {lengths}}}");
    Ok(())
}
