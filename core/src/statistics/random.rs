//! The random generator of pathscope. Its draws never change with the version of a library.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Returns the random generator for a seed. The seed is used unchanged, so that no library version alters it.
pub fn generator(seed: u64) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    ChaCha8Rng::from_seed(bytes)
}

/// Shuffles items by Fisher and Yates. It is written out here so that no library version changes a split.
pub fn shuffle<T>(items: &mut [T], random: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last + 1, random));
    }
}

/// Draws an integer below `bound`; 0 if `bound` is 0.
pub fn below(bound: usize, random: &mut ChaCha8Rng) -> usize {
    // The high half of the product is uniform up to a relative error of `bound` / 2⁶⁴.
    ((u128::from(random.next_u64()) * bound as u128) >> 64) as usize
}
