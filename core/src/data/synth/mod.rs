//! Synthetic data sets of neurons with a known circuit, for checking what pathscope recovers.
//!
//! Images with some statistics of natural ones pass through a network of the paper's architecture: input
//! normalization, a first CPB of Gabor functions, RCPBs with bottom-up and lateral convolutions of given
//! strengths, average pooling, a factorized readout with Gaussian patches, and softplus. The output is the
//! expected number of spikes, and the trials are Poisson numbers.

mod images;
mod layers;
mod network;
mod random;
mod settings;
mod simulation;
mod truth;

pub use settings::{Kind, Settings, SettingsError};
pub use truth::{Truth, TruthOfNeuron};

use super::import::{about_text, named};
use super::{ABOUT, About, Dataset, DatasetError, IMAGES, RESPONSES};
use crate::files::arrays::npy_bytes;
use crate::files::output::{OutputError, PendingFolder, write_file};
use crate::model::layout::own;
use ndarray::{Array2, Array3, ArrayD, ArrayViewMut2, Axis};
use rand_distr::{Distribution, Poisson};
use random::{Purpose, random};
use rayon::prelude::*;
use safetensors::{Dtype, View};
use std::borrow::Cow;
use std::path::Path;

/// The file name of the true network, a checkpoint in pathscope's own layout.
pub const TRUTH: &str = "truth.safetensors";
/// The file name of the true network's scores, a [`Truth`].
pub const TRUTH_NUMBERS: &str = "truth.json";
/// The file name of the expected numbers of spikes, float32 [N, neurons].
pub const RATES: &str = "rates.npy";

/// Simulates a data set and writes its folder: the files of every data set, and [`TRUTH`], [`TRUTH_NUMBERS`]
/// and [`RATES`].
///
/// # Arguments
///
/// * `settings` - the settings of the simulation; equal settings give equal bytes, regardless of the number
///   of threads
/// * `out` - the folder, which must be empty or not exist
/// * `done` - called [`Settings::steps`] times for each image
///
/// # Errors
///
/// [`DatasetError::Settings`]; [`DatasetError::Output`] if the folder cannot be written.
///
/// # Complexity
///
/// O(images · (blocks · iterations · channels² · pixels + neurons · trials)) time, on all cores.
///
/// # Examples
///
/// ```
/// use pathscope_core::data::synth::{Settings, synthesize};
///
/// let folder = tempfile::tempdir()?;
/// let settings = Settings { images: 12, size: 14, neurons: 2, channels: 2, ..Settings::default() };
/// let dataset = synthesize(&settings, &folder.path().join("demo"), &|| ())?;
/// assert_eq!(dataset.images.shape(), [12, 1, 14, 14]);
/// assert_eq!(dataset.responses.shape(), [12, 8, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn synthesize(
    settings: &Settings,
    out: &Path,
    done: &(dyn Fn() + Sync),
) -> Result<Dataset, DatasetError> {
    settings.validate()?;
    let folder = PendingFolder::create(out)?;
    let write = |name: &str, bytes: Vec<u8>| write_file(&folder.path().join(name), bytes);
    let images = images::images(settings, done);
    let simulation = simulation::simulate(settings, &images, done);
    let responses = trials(settings, &simulation.rates);
    write(IMAGES, npy_bytes(&images))?;
    write(RESPONSES, npy_bytes(&responses))?;
    write(RATES, npy_bytes(&simulation.rates.mapv(|rate| rate as f32)))?;
    let unwritten = |name: &str, error: &dyn std::fmt::Display| {
        OutputError::unfinished(&out.join(name), error.to_string())
    };
    let metadata =
        own::metadata_of_network(&network::circuit(settings), simulation::EPSILON, &network::network());
    let tensors = simulation.tensors.iter().map(|(name, tensor)| (name.as_str(), Tensor(tensor)));
    let checkpoint = safetensors::serialize(tensors, Some(metadata.into_iter().collect()));
    write(TRUTH, checkpoint.map_err(|error| unwritten(TRUTH, &error))?)?;
    let truth = Truth::new(&simulation.rates, &responses);
    let json = serde_json::to_string_pretty(&truth).map_err(|error| unwritten(TRUTH_NUMBERS, &error))?;
    write(TRUTH_NUMBERS, (json + "\n").into_bytes())?;
    write(ABOUT, about_text(out, &about(settings).map_err(|error| unwritten(ABOUT, &error))?)?.into_bytes())?;
    Dataset::open(folder.path()).map_err(|error| named(error, out))?;
    folder.finish()?;
    Dataset::open(out)
}

fn about(settings: &Settings) -> Result<About, toml::ser::Error> {
    let mut synth = toml::Table::new();
    synth.insert("pathscope".to_owned(), env!("CARGO_PKG_VERSION").into());
    synth.insert("settings".to_owned(), toml::Value::try_from(settings)?);
    let title = format!(
        "{} simulated neurons and {} images; truth.safetensors is the network behind them",
        settings.neurons, settings.images
    );
    Ok(About {
        name: format!("synth-{}", settings.seed),
        title: Some(title),
        units: Some("spikes".to_owned()),
        other: toml::Table::from_iter([("synth".to_owned(), synth.into())]),
        ..About::default()
    })
}

/// Draws Poisson numbers of spikes [N, trials, neurons].
fn trials(settings: &Settings, rates: &Array2<f64>) -> Array3<f32> {
    let mut responses = Array3::zeros((settings.images, settings.trials, settings.neurons));
    let fill = |(image, mut trials): (usize, ArrayViewMut2<'_, f32>)| {
        let mut random = random(settings.seed, Purpose::Trials(image));
        for (neuron, &rate) in rates.row(image).iter().enumerate() {
            // A rate too small for the Poisson distribution gives no spikes.
            let Ok(poisson) = Poisson::new(rate) else { continue };
            for count in trials.column_mut(neuron) {
                *count = poisson.sample(&mut random) as f32;
            }
        }
    };
    responses.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(fill);
    responses
}

struct Tensor<'a>(&'a ArrayD<f32>);

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn data_len(&self) -> usize {
        self.0.len() * size_of::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Settings {
        Settings { images: 24, size: 15, neurons: 3, trials: 4, channels: 3, ..Settings::default() }
    }

    fn files(settings: &Settings) -> Vec<(std::ffi::OsString, Vec<u8>)> {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("demo");
        synthesize(settings, &out, &|| ()).unwrap();
        let entries = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> =
            entries.map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap())).collect();
        files.sort();
        files
    }

    #[test]
    fn equal_settings_give_equal_bytes_on_any_number_of_threads() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| files(&small()))
        };
        let once = on(1);
        assert_eq!(once.len(), 6);
        assert_eq!(once, on(3));
        let other = files(&Settings { seed: 1, ..small() });
        assert!(once.iter().zip(&other).all(|(one, other)| one != other));
    }

    #[test]
    fn responses_are_poisson_numbers_of_the_rates() {
        let settings = Settings { images: 200, trials: 60, ..small() };
        let images = images::images(&settings, &|| ());
        let simulation = simulation::simulate(&settings, &images, &|| ());
        let responses = trials(&settings, &simulation.rates);
        let truth = Truth::new(&simulation.rates, &responses);
        for neuron in &truth.neurons {
            assert!((1.4..6.1).contains(&neuron.mean_rate), "{neuron:?}");
            assert!((neuron.cc_max.unwrap() - neuron.cc_max_expected).abs() < 0.01, "{neuron:?}");
            assert!((neuron.cc_raw - neuron.cc_max_expected).abs() < 0.01, "{neuron:?}");
        }
        // In units of the standard deviation of the sum of so many Poisson numbers.
        let (total, expected) = (f64::from(responses.sum()), simulation.rates.sum() * 60.0);
        assert!(((total - expected) / expected.sqrt()).abs() < 5.0, "{total} {expected}");
    }

    #[test]
    fn settings_out_of_range() {
        let message = |settings: Settings| settings.validate().unwrap_err().to_string();
        assert!(
            message(Settings { size: 9, ..small() }).contains("size of the images is 9, expected 12 to 512")
        );
        assert!(message(Settings { iterations: 0, ..small() }).contains("iterations is 0"));
        assert!(message(Settings { lateral_gain: f64::NAN, ..small() }).contains("lateral gain is NaN"));
        let large = Settings { images: 1_000_000, size: 512, ..small() };
        assert!(message(large).contains("GiB of memory"));
    }
}
