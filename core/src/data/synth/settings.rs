//! The settings of a simulation.

use crate::circuit::{Readout, UnknownName, Word};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

/// The kernel size of the first CPB.
pub(super) const FIRST_KERNEL: usize = 9;
/// The largest memory for maps that are held at once, in bytes.
const MOST_BYTES: u128 = 8 << 30;

/// The kind of synthetic images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Kind {
    /// Overlapping discs whose radii follow a power law, like objects in natural images.
    DeadLeaves,
    /// Noise whose amplitude falls as 1/f.
    Pink,
    /// Both kinds in turn.
    #[default]
    Mixed,
}

impl Word for Kind {
    const WHAT: &'static str = "kind of images";
}

/// The settings of a simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The number of images.
    pub images: usize,
    /// Their height and width in pixels.
    pub size: usize,
    /// The kind of images.
    pub kind: Kind,
    /// The number of neurons.
    pub neurons: usize,
    /// The number of trials of each image.
    pub trials: usize,
    /// The seed. Equal seeds give equal data sets.
    pub seed: u64,
    /// The number of RCPBs.
    pub recurrent_blocks: usize,
    /// T, the number of iterations; 1 gives a feed-forward network.
    pub iterations: usize,
    /// The readout mode.
    pub readout: Readout,
    /// The channels of every block.
    pub channels: usize,
    /// The strength of the bottom-up convolutions.
    pub bottom_up_gain: f64,
    /// The strength of the lateral convolutions.
    pub lateral_gain: f64,
    /// The strength of the batch normalizations.
    pub normalization_gain: f64,
    /// The approximate mean number of spikes per image over all neurons.
    pub mean_count: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            images: 2000,
            size: 28,
            kind: Kind::default(),
            neurons: 20,
            trials: 8,
            seed: 0,
            recurrent_blocks: 1,
            iterations: 3,
            readout: Readout::TwoAvg,
            channels: 8,
            bottom_up_gain: 1.0,
            lateral_gain: 0.5,
            normalization_gain: 1.0,
            mean_count: 3.0,
        }
    }
}

/// The reason why settings cannot be simulated.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SettingsError {
    /// A setting is out of range.
    #[error("{name} is {found}, expected {least} to {most}")]
    Range {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: f64,
        /// The smallest allowed value.
        least: f64,
        /// The largest allowed value.
        most: f64,
    },
    /// The simulation would not fit into memory.
    #[error(
        "this would take about {needed} GiB of memory, and {most} are allowed: take fewer images, channels or recurrent blocks, or smaller images"
    )]
    Memory {
        /// The memory needed, in GiB.
        needed: u128,
        /// The memory allowed, in GiB.
        most: u128,
    },
}

impl Settings {
    /// Checks that the settings can be simulated.
    ///
    /// # Errors
    ///
    /// [`SettingsError`].
    pub fn validate(&self) -> Result<(), SettingsError> {
        let count = |name, found: usize, range: RangeInclusive<usize>| {
            let found_number = found as f64;
            if range.contains(&found) {
                return Ok(());
            }
            let (least, most) = (*range.start() as f64, *range.end() as f64);
            Err(SettingsError::Range { name, found: found_number, least, most })
        };
        count("the number of images", self.images, 3..=1_000_000)?;
        count("the size of the images", self.size, FIRST_KERNEL + 3..=512)?;
        count("the number of neurons", self.neurons, 1..=100_000)?;
        count("the number of trials", self.trials, 1..=10_000)?;
        count("the number of recurrent blocks", self.recurrent_blocks, 1..=16)?;
        count("the number of iterations", self.iterations, 1..=64)?;
        count("the number of channels", self.channels, 1..=512)?;
        for (name, found) in [
            ("the bottom-up gain", self.bottom_up_gain),
            ("the lateral gain", self.lateral_gain),
            ("the normalization gain", self.normalization_gain),
        ] {
            if !(1e-3..=1e3).contains(&found) {
                return Err(SettingsError::Range { name, found, least: 1e-3, most: 1e3 });
            }
        }
        if !(0.1..=1e4).contains(&self.mean_count) {
            let name = "the mean count";
            return Err(SettingsError::Range { name, found: self.mean_count, least: 0.1, most: 1e4 });
        }
        let needed = self.bytes();
        if needed > MOST_BYTES {
            return Err(SettingsError::Memory { needed: needed.div_ceil(1 << 30), most: MOST_BYTES >> 30 });
        }
        Ok(())
    }

    /// Returns the number of steps in which every image is processed.
    pub fn steps(&self) -> usize {
        2 + self.recurrent_blocks * self.iterations
    }

    /// Returns the height and width of the blocks' maps.
    pub(super) fn map(&self) -> usize {
        self.size - FIRST_KERNEL + 1
    }

    /// Returns the approximate bytes held at once: maps, images, pooled maps and responses.
    fn bytes(&self) -> u128 {
        let [images, size, neurons, trials, channels, blocks, iterations, map] = [
            self.images,
            self.size,
            self.neurons,
            self.trials,
            self.channels,
            self.recurrent_blocks,
            self.iterations,
            self.map(),
        ]
        .map(|number| number as u128);
        let maps = channels * map * map * (blocks + 4);
        let pooled = channels * map.div_ceil(3) * map.div_ceil(3) * iterations;
        let responses = neurons * (trials + 4 + 2 * iterations);
        4 * (images * (maps + pooled + 3 * size * size + 2 * responses)
            + neurons * channels * map.div_ceil(3) * map.div_ceil(3))
    }
}
