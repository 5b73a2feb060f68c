//! All settings that determine the result of a training run. Each is a flag of `train`, an entry of its
//! configuration file and a line of the settings file in the folder of a run. The defaults are those of the
//! paper (C.2, C.3) and its published implementation.

use pathscope_core::circuit::{Activation, Circuit, Readout};
use pathscope_core::data::{
    DatasetError, OpenOptions, PixelScale, Preprocessing, ResponseScaling, SplitData,
};
use pathscope_core::model::ablation::{Ablation, lengths_of, multi_path, multi_path_unrolled};
use pathscope_core::model::network::{Network, Pooling, Step};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use thiserror::Error;

mod choices;
mod list;

pub use choices::{BlockIterations, FirstBlock, Loss, OutputActivation, PathModel, ScheduleRule};
pub(crate) use list::for_settings;

macro_rules! declare {
    ($($heading:literal {
        $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr $(, $shown:literal)?;)+
    })+) => {
        /// The settings of a training run.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
        pub struct Settings {
            $($($(#[doc = $doc])+ pub $name: $type,)+)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($($name: $default,)+)+ }
            }
        }
    };
}

for_settings!(declare);

/// The error for an invalid setting.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("--{name} is {found}, expected {expected}")]
pub struct SettingsError {
    /// The flag.
    pub name: &'static str,
    /// Its value.
    pub found: String,
    /// A description of the valid values.
    pub expected: String,
}

/// Returns the error of a setting.
fn wrong(name: &'static str, found: &dyn fmt::Display, expected: &str) -> Result<(), SettingsError> {
    Err(SettingsError { name, found: found.to_string(), expected: expected.to_owned() })
}

impl Settings {
    /// Checks every setting by itself and with the others.
    ///
    /// # Errors
    ///
    /// Returns the first invalid setting.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.check_values()?;
        self.check_paths().map(|_| ())
    }

    /// Checks the same as [`check`](Self::check), except for the paths of a multi-path network.
    pub(crate) fn check_values(&self) -> Result<(), SettingsError> {
        self.check_counts()?;
        self.check_block_iterations()?;
        self.check_numbers()?;
        self.recurrent_circuit().validate().or_else(|error| {
            wrong("iterations", &self.iterations, &format!("a circuit that can be unrolled: {error}"))
        })
    }

    /// Checks sizes and other integers.
    fn check_counts(&self) -> Result<(), SettingsError> {
        for (name, value) in [
            ("downsample", self.downsample),
            ("recurrent-blocks", self.recurrent_blocks),
            ("iterations", self.iterations),
            ("channels", self.channels),
            ("first-kernel", self.first_kernel),
            ("kernel", self.kernel),
            ("pooling", self.pooling),
            ("pooling-stride", self.pooling_stride),
            ("batch", self.batch),
            ("validate-every", self.validate_every),
            ("patience", self.patience),
            ("phases", self.phases),
            ("max-steps", self.max_steps),
            ("smooth-validations", self.smooth_validations),
        ] {
            if value == 0 || value > MOST {
                return wrong(name, &value, &format!("a whole number from 1 to {MOST}"));
            }
        }
        let [blocks, channels, kernel, first_kernel] =
            [self.recurrent_blocks, self.channels, self.kernel, self.first_kernel].map(|count| count as f64);
        let parameters = channels * (2.0 * blocks * channels * kernel.powi(2) + first_kernel.powi(2));
        if parameters > MOST_PARAMETERS {
            return wrong(
                "channels",
                &self.channels,
                &format!(
                    "fewer: the kernels would have {parameters:.1e} parameters, at most {MOST_PARAMETERS:e} can be trained"
                ),
            );
        }
        if self.kernel.is_multiple_of(2) {
            return wrong("kernel", &self.kernel, "an odd number, so that maps keep their size");
        }
        if self.batch < 2 {
            return wrong("batch", &self.batch, "at least 2 images, since batches are normalized");
        }
        Ok(())
    }

    /// Checks after how many iterations blocks are held.
    fn check_block_iterations(&self) -> Result<(), SettingsError> {
        let iterations = &self.block_iterations.0;
        if !iterations.is_empty() {
            let shown = iterations.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            if iterations.len() != self.recurrent_blocks {
                return wrong(
                    "block-iterations",
                    &shown,
                    &format!("one number for each of the {} recurrent blocks", self.recurrent_blocks),
                );
            }
            if iterations.iter().any(|count| !(1..=self.iterations).contains(count)) {
                return wrong("block-iterations", &shown, &format!("numbers from 1 to {}", self.iterations));
            }
        }
        Ok(())
    }

    /// Checks rates, penalties and fractions.
    fn check_numbers(&self) -> Result<(), SettingsError> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        for (name, value) in [
            ("learning-rate", self.learning_rate),
            ("rate-divisor", self.rate_divisor),
            ("initial-deviation", f64::from(self.initial_deviation)),
            ("epsilon", self.epsilon),
        ] {
            if !positive(value) {
                return wrong(name, &value, "a number above 0");
            }
        }
        for (name, value) in [
            ("readout-penalty", self.readout_penalty),
            ("smoothness-penalty", self.smoothness_penalty),
            ("response-mean", f64::from(self.response_mean)),
        ] {
            if !(value.is_finite() && value >= 0.0) {
                return wrong(name, &value, "a number from 0");
            }
        }
        if !(0.0..1.0).contains(&self.average_weights) {
            return wrong("average-weights", &self.average_weights, "a number from 0 and below 1");
        }
        if !(positive(self.momentum) && self.momentum <= 1.0) {
            return wrong("momentum", &self.momentum, "a number above 0 and at most 1");
        }
        if !(positive(self.train_fraction) && self.train_fraction <= 1.0) {
            return wrong("train-fraction", &self.train_fraction, "a number above 0 and at most 1");
        }
        Ok(())
    }

    /// Checks that a multi-path network can be built and has the lengths that are to be removed. The result
    /// depends only on the circuit and on these lengths.
    ///
    /// # Returns
    ///
    /// The number of components that were unrolled for the check.
    pub(crate) fn check_paths(&self) -> Result<usize, SettingsError> {
        let wrong = |name, found: &dyn fmt::Display, expected: String| {
            Err(SettingsError { name, found: found.to_string(), expected })
        };
        let Some(normalization) = self.multi_path.normalization() else {
            if self.lengths_removed == Ablation::full() {
                return Ok(0);
            }
            return wrong(
                "lengths-removed",
                &self.lengths_removed,
                "none, since a recurrent network has all its paths: give --multi-path per-path too"
                    .to_owned(),
            );
        };
        let recurrent = self.recurrent_circuit();
        let removed = self.lengths_removed.removed();
        match lengths_of(&recurrent) {
            Ok(lengths) if !removed.is_subset(&lengths) || *removed == lengths => wrong(
                "lengths-removed",
                &self.lengths_removed,
                format!("some of the lengths {}", Ablation::new(lengths)),
            ),
            Ok(lengths) => match multi_path_unrolled(&recurrent, removed, normalization) {
                // If lengths are removed, every length first gets its own copies of all components.
                Ok((_, left)) if !removed.is_empty() => {
                    let copies = self.recurrent_blocks.saturating_mul(self.iterations).saturating_mul(4);
                    Ok(copies.saturating_mul(lengths.len()).saturating_add(left))
                }
                Ok((_, all)) => Ok(all),
                Err(error) => {
                    wrong("multi-path", &self.multi_path, format!("paths that can be listed: {error}"))
                }
            },
            Err(error) => wrong("multi-path", &self.multi_path, format!("paths: {error}")),
        }
    }

    /// Opens, prepares and splits the data set according to these settings.
    ///
    /// # Errors
    ///
    /// [`DatasetError`]
    ///
    /// # Complexity
    ///
    /// O(files).
    pub fn open_data(&self) -> Result<SplitData, DatasetError> {
        let (options, preprocessing) = (self.open_options(), self.preprocessing());
        SplitData::open(&self.data, &options, preprocessing, self.split_seed, self.train_fraction)
    }

    /// Returns the options with which the data set is read.
    pub fn open_options(&self) -> OpenOptions {
        OpenOptions {
            trials: (self.trials > 0).then_some(self.trials),
            images_scale: self.images_scale,
            ..OpenOptions::default()
        }
    }

    /// Returns the preparation of images and responses.
    pub fn preprocessing(&self) -> Preprocessing {
        Preprocessing {
            downsample: self.downsample,
            crop: (self.crop > 0).then_some(self.crop),
            response_scaling: if self.response_mean > 0.0 {
                ResponseScaling::MeanTimes(self.response_mean)
            } else {
                ResponseScaling::None
            },
        }
    }

    /// Returns the layers around the recurrent stage of the network.
    pub fn surroundings(&self) -> Network {
        let activation = self.activation;
        Network {
            input_normalization: true,
            first_block: match self.first_block {
                FirstBlock::BnBeforeActivation => vec![Step::Normalization, Step::Activation],
                FirstBlock::BnAfterActivation => vec![Step::Activation, Step::Normalization],
                FirstBlock::Linear => Vec::new(),
            },
            pooling: Pooling { kernel: self.pooling, stride: self.pooling_stride },
            output_activation: match self.output_activation {
                OutputActivation::Same => activation,
                OutputActivation::Relu => Activation::Relu,
                OutputActivation::Softplus => Activation::Softplus,
            },
            momentum: self.momentum,
        }
    }

    /// Returns the circuit of the network. With [`Settings::check`]ed settings, it can be unrolled.
    ///
    /// # Panics
    ///
    /// Panics for a multi-path network whose settings [`Settings::check`] refuses.
    pub fn circuit(&self) -> Circuit {
        let recurrent = self.recurrent_circuit();
        match self.multi_path.normalization() {
            Some(normalization) => multi_path(&recurrent, self.lengths_removed.removed(), normalization)
                .expect("settings that were checked"),
            None => recurrent,
        }
    }

    /// Returns the circuit before it becomes a multi-path model.
    fn recurrent_circuit(&self) -> Circuit {
        let mut circuit = Circuit::of_recurrent_blocks(self.recurrent_blocks, self.iterations);
        circuit.readout = Some(self.readout);
        circuit.activation = Some(self.activation);
        for (block, &iterations) in circuit.blocks.iter_mut().zip(&self.block_iterations.0) {
            block.iterations = iterations;
        }
        circuit
    }
}

/// The largest value of any count. A larger one is probably a typing error.
const MOST: usize = 1_000_000;
/// The largest number of parameters. Training holds each of them eight times, in 8 GB.
const MOST_PARAMETERS: f64 = 2.5e8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_toml() {
        let settings = Settings { block_iterations: BlockIterations(vec![3]), ..Settings::default() };
        let text = toml::to_string(&settings).unwrap();
        assert!(text.contains("recurrent-blocks = 1\n") && text.contains("readout = \"2-avg\"\n"), "{text}");
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), settings);
        assert_eq!(toml::from_str::<Settings>("").unwrap(), Settings::default());
        assert!(toml::from_str::<Settings>("chanels = 3").is_err());
    }

    #[test]
    fn defaults_make_sense_and_nonsense_is_named() {
        assert_eq!(Settings::default().check(), Ok(()));
        let settings = Settings { kernel: 4, ..Settings::default() };
        assert_eq!(settings.check().unwrap_err().name, "kernel");
        let settings = Settings { channels: 100_000, ..Settings::default() };
        assert_eq!(settings.check().unwrap_err().name, "channels");
        let settings = Settings { train_fraction: f64::NAN, ..Settings::default() };
        assert_eq!(settings.check().unwrap_err().name, "train-fraction");
        let settings = Settings { block_iterations: BlockIterations(vec![6]), ..Settings::default() };
        assert_eq!(settings.check().unwrap_err().name, "block-iterations");
    }

    #[test]
    fn lengths_are_removed_from_multi_path_networks_that_have_them() {
        let with = |multi_path, removed: &str| Settings {
            multi_path,
            lengths_removed: removed.parse().unwrap(),
            ..Settings::default()
        };
        assert_eq!(with(PathModel::PerPath, "1-3").check(), Ok(()));
        assert_eq!(with(PathModel::Shared, "none").check(), Ok(()));
        for (multi_path, removed) in
            [(PathModel::None, "1"), (PathModel::PerPath, "6"), (PathModel::Shared, "1-5")]
        {
            assert_eq!(with(multi_path, removed).check().unwrap_err().name, "lengths-removed", "{removed}");
        }
        let settings = with(PathModel::PerPath, "1-3");
        let text = toml::to_string(&settings).unwrap();
        assert!(text.contains("multi-path = \"per-path\"\nlengths-removed = \"1-3\"\n"), "{text}");
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), settings);
        let circuit = settings.circuit();
        assert_eq!(circuit.lengths_removed(), [1, 2, 3].into());
    }
}
