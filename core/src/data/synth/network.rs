//! The initial weights of the true network, before any image has passed through it.

use super::random::{normal, uniform};
use super::settings::{FIRST_KERNEL, Settings};
use crate::circuit::{Activation, Circuit, INPUT_BLOCK};
use crate::model::network::{Network, Pooling};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use std::f64::consts::PI;

/// The kernel size of the recurrent blocks.
pub(super) const KERNEL: usize = 3;
/// The largest number of channels that a neuron reads.
const CHANNELS_SEEN: usize = 3;

/// Returns the circuit of the settings.
pub(super) fn circuit(settings: &Settings) -> Circuit {
    Circuit {
        readout: Some(settings.readout),
        activation: Some(Activation::Relu),
        ..Circuit::of_recurrent_blocks(settings.recurrent_blocks, settings.iterations)
    }
}

/// Returns the parts around the circuit.
pub(super) fn network() -> Network {
    Network {
        pooling: Pooling { kernel: 3, stride: 3 },
        output_activation: Activation::Softplus,
        ..Network::default()
    }
}

/// The convolutions of the RCPBs, as rows of flattened kernels [out, in · k · k].
pub(super) struct Convolutions {
    pub first: Array2<f32>,
    pub bottom_up: Vec<Array2<f32>>,
    /// The lateral convolutions; empty if there is a single iteration.
    pub lateral: Vec<Array2<f32>>,
}

impl Convolutions {
    pub(super) fn new(settings: &Settings, random: &mut ChaCha8Rng) -> Self {
        let first = gabors(settings.channels, random);
        let mut blocks =
            |gain: f64, count: usize| (0..count).map(|_| mixing(settings.channels, gain, random)).collect();
        let bottom_up = blocks(settings.bottom_up_gain, settings.recurrent_blocks);
        let lateral_blocks = if settings.iterations > 1 { settings.recurrent_blocks } else { 0 };
        let lateral = blocks(settings.lateral_gain, lateral_blocks);
        Self { first, bottom_up, lateral }
    }

    /// Returns the convolution of a recurrent block, given its number.
    pub(super) fn of_block(convolutions: &[Array2<f32>], block: usize) -> Option<&Array2<f32>> {
        convolutions.get(block - INPUT_BLOCK - 1)
    }
}

/// Returns Gabor functions of evenly spaced orientations, each with sum 0 and norm 1.
fn gabors(channels: usize, random: &mut ChaCha8Rng) -> Array2<f32> {
    let middle = (FIRST_KERNEL / 2) as f64;
    let mut kernels = Array2::zeros((channels, FIRST_KERNEL * FIRST_KERNEL));
    for (channel, mut kernel) in kernels.outer_iter_mut().enumerate() {
        let angle = PI * (channel as f64 + uniform(random, -0.25, 0.25)) / channels as f64;
        let wavelength = uniform(random, 4.0, 8.0);
        let phase = uniform(random, 0.0, 2.0 * PI);
        let (width, aspect) = (uniform(random, 1.6, 2.4), uniform(random, 0.5, 0.9));
        let envelope = |along: f64, across: f64| {
            (-((across * across) + (aspect * along).powi(2)) / (2.0 * width * width)).exp()
        };
        let rotated = |index: usize| {
            let (y, x) = ((index / FIRST_KERNEL) as f64 - middle, (index % FIRST_KERNEL) as f64 - middle);
            (x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin())
        };
        let mut values: Vec<f64> = (0..kernel.len())
            .map(|index| {
                let (across, along) = rotated(index);
                envelope(along, across) * (2.0 * PI * across / wavelength + phase).cos()
            })
            .collect();
        // The mean is subtracted in proportion to the envelope, so that the kernel still fades at its edges.
        let envelopes: Vec<f64> = (0..kernel.len())
            .map(|index| {
                let (across, along) = rotated(index);
                envelope(along, across)
            })
            .collect();
        let excess = values.iter().sum::<f64>() / envelopes.iter().sum::<f64>();
        values.iter_mut().zip(&envelopes).for_each(|(value, envelope)| *value -= excess * envelope);
        let norm = values.iter().map(|value| value * value).sum::<f64>().sqrt();
        kernel.iter_mut().zip(values).for_each(|(weight, value)| *weight = (value / norm) as f32);
    }
    kernels
}

/// Returns random kernels that favour their own channel at the centre. Each has the norm `gain`, which is
/// then the strength of the convolution.
fn mixing(channels: usize, gain: f64, random: &mut ChaCha8Rng) -> Array2<f32> {
    let area = KERNEL * KERNEL;
    let mut kernels = Array2::zeros((channels, channels * area));
    for (channel, mut kernel) in kernels.outer_iter_mut().enumerate() {
        let spread = 1.0 / ((channels * area) as f64).sqrt();
        let values: Vec<f64> = (0..kernel.len())
            .map(|index| {
                let own_centre = index / area == channel && index % area == area / 2;
                spread * normal(random) + if own_centre { 0.7 } else { 0.0 }
            })
            .collect();
        let norm = values.iter().map(|value| value * value).sum::<f64>().sqrt();
        kernel.iter_mut().zip(values).for_each(|(weight, value)| *weight = (gain * value / norm) as f32);
    }
    kernels
}

/// The readout weights of the neurons: a Gaussian patch of few channels.
pub(super) struct ReadoutWeights {
    /// The spatial weights [neurons, H · W] over the pooled map.
    pub spatial: Array2<f32>,
    /// The channel weights [neurons, channels].
    pub feature: Array2<f32>,
    /// The target mean responses of the neurons.
    pub means: Vec<f64>,
}

impl ReadoutWeights {
    pub(super) fn new(settings: &Settings, side: usize, random: &mut ChaCha8Rng) -> Self {
        let mut spatial = Array2::zeros((settings.neurons, side * side));
        let mut feature = Array2::zeros((settings.neurons, settings.channels));
        let mut means = Vec::with_capacity(settings.neurons);
        for neuron in 0..settings.neurons {
            // Away from the border.
            let (low, high) = (0.2 * (side as f64 - 1.0), 0.8 * (side as f64 - 1.0));
            let centre = [(); 2].map(|()| uniform(random, low, high));
            let width = uniform(random, 0.4, 0.9);
            let squared = |index: usize| {
                ((index / side) as f64 - centre[0]).powi(2) + ((index % side) as f64 - centre[1]).powi(2)
            };
            let patch: Vec<f64> =
                (0..side * side).map(|index| (-squared(index) / (2.0 * width * width)).exp()).collect();
            let sum: f64 = patch.iter().sum();
            spatial
                .row_mut(neuron)
                .iter_mut()
                .zip(patch)
                .for_each(|(weight, value)| *weight = (value / sum) as f32);
            let mut channels: Vec<usize> = (0..settings.channels).collect();
            crate::statistics::shuffle(&mut channels, random);
            for &channel in channels.iter().take(CHANNELS_SEEN) {
                feature[[neuron, channel]] = normal(random) as f32;
            }
            means.push(settings.mean_count * (0.3 * normal(random)).clamp(-0.7, 0.7).exp());
        }
        Self { spatial, feature, means }
    }
}
