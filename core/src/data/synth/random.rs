//! Random numbers that depend only on the seed and their purpose, not on the order of threads.

use crate::statistics::generator;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use rand_distr::{Distribution, StandardNormal};

/// The purpose of random numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Network,
    Image(usize),
    Trials(usize),
}

/// Returns the random generator for a purpose.
pub(super) fn random(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut generator = generator(seed);
    generator.set_stream(match purpose {
        Purpose::Network => 1,
        Purpose::Image(index) => (1 << 40) + index as u64,
        Purpose::Trials(index) => (1 << 41) + index as u64,
    });
    generator
}

/// Draws a uniform number in [low, high).
pub(super) fn uniform(random: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    // A double holds 53 bits.
    let unit = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    low + (high - low) * unit
}

/// Draws a normal number of mean 0 and variance 1.
pub(super) fn normal(random: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(random)
}
