//! What is simulated.

use crate::circuit::Readout;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use thiserror::Error;

/// The kernel of the first CPB.
pub(super) const FIRST_KERNEL: usize = 9;
/// Bytes of maps that are held at once, at most.
const MOST_BYTES: u128 = 8 << 30;

/// The images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Overlapping discs, whose radii have a power law, as objects in natural images.
    DeadLeaves,
    /// Noise whose amplitude falls as 1/f.
    Pink,
    /// The two in turn.
    #[default]
    Mixed,
}

/// What is simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How many images.
    pub images: usize,
    /// Their height and width in pixels.
    pub size: usize,
    /// What is in them.
    pub kind: Kind,
    /// How many neurons.
    pub neurons: usize,
    /// Trials of each image.
    pub trials: usize,
    /// Equal seeds give equal data sets.
    pub seed: u64,
    /// RCPBs of the circuit.
    pub recurrent_blocks: usize,
    /// T; feed-forward with 1.
    pub iterations: usize,
    /// How the iterations are read out.
    pub readout: Readout,
    /// Channels of every block.
    pub channels: usize,
    /// Strength of the bottom-up convolutions.
    pub bottom_up_gain: f64,
    /// Strength of the lateral convolutions.
    pub lateral_gain: f64,
    /// Strength of the batch normalizations.
    pub normalization_gain: f64,
    /// Mean number of spikes to an image, over neurons about.
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

/// A setting that cannot be simulated.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SettingsError {
    /// A number outside its range.
    #[error("{name} is {found}, expected {least} to {most}")]
    Range {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: f64,
        /// The least it may be.
        least: f64,
        /// The most it may be.
        most: f64,
    },
    /// All of it together would not fit into memory.
    #[error(
        "this would take about {needed} GiB of memory, and {most} are allowed: take fewer images, channels or recurrent blocks, or smaller images"
    )]
    Memory {
        /// What it would take, in GiB.
        needed: u128,
        /// What is allowed, in GiB.
        most: u128,
    },
}

impl Settings {
    /// Checks that they can be simulated.
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

    /// How often every image is worked on.
    pub fn steps(&self) -> usize {
        2 + self.recurrent_blocks * self.iterations
    }

    /// The height and width of the blocks' maps.
    pub(super) fn map(&self) -> usize {
        self.size - FIRST_KERNEL + 1
    }

    /// The bytes held at once, about: maps, images, pooled maps and responses.
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
