//! The simulation of the true network on all images, layer by layer, so that every normalization can use the
//! statistics of its inputs.

use super::layers::{Side, convolve, pool};
use super::network::{Convolutions, KERNEL, ReadoutWeights, circuit, network};
use super::random::{Purpose, random};
use super::settings::{FIRST_KERNEL, Settings};
use crate::circuit::{INPUT_BLOCK, LayerName, Readout, TensorName, TensorPart};
use crate::statistics::{mean, variance};
use ndarray::{Array1, Array2, Array3, ArrayD, Axis};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The ε of the batch normalizations.
pub(super) const EPSILON: f64 = 1e-3;
/// The standard deviation over images of a neuron's input, before its output activation.
const DRIVE: f64 = 3.0;

/// The true network and its responses.
pub(super) struct Simulation {
    /// All tensors, under the names of pathscope's own checkpoints.
    pub tensors: BTreeMap<String, ArrayD<f32>>,
    /// The expected number of spikes [N, neurons].
    pub rates: Array2<f64>,
}

/// The maps of all images.
type Maps = Vec<Array2<f32>>;

struct Run<'a> {
    settings: &'a Settings,
    tensors: BTreeMap<String, ArrayD<f32>>,
    done: &'a (dyn Fn() + Sync),
}

/// Simulates the network of the settings on images [N, H, W].
pub(super) fn simulate(settings: &Settings, images: &Array3<u8>, done: &(dyn Fn() + Sync)) -> Simulation {
    let mut random = random(settings.seed, Purpose::Network);
    let convolutions = Convolutions::new(settings, &mut random);
    let pooling = network().pooling;
    let pooled_side = pooling.output_size(settings.map());
    let readout = ReadoutWeights::new(settings, pooled_side, &mut random);
    let mut run = Run { settings, tensors: BTreeMap::new(), done };
    run.keep_convolutions(&convolutions);

    let pixels: Maps = images
        .axis_iter(Axis(0))
        .into_par_iter()
        .map(|image| {
            let row: Vec<f32> = image.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
            Array2::from_shape_vec((1, row.len()), row).expect("one row of all pixels")
        })
        .collect();
    let pixels = run.normalize(LayerName::InputNormalization, pixels, 1.0, false);
    let first =
        run.map(&pixels, |image| convolve(image, Side(settings.size), &convolutions.first, FIRST_KERNEL, 0));
    drop(pixels);
    let first = run.normalize(LayerName::FIRST_NORMALIZATION, first, 1.0, true);

    let side = Side(settings.map());
    let recurrent =
        |maps: &Array2<f32>, kernels: &Array2<f32>| convolve(maps, side, kernels, KERNEL, KERNEL / 2);
    let blocks = INPUT_BLOCK + 1..=INPUT_BLOCK + settings.recurrent_blocks;
    let mut states: Vec<Option<Maps>> = vec![None; settings.recurrent_blocks];
    let mut drives: Vec<Array2<f64>> = Vec::with_capacity(settings.iterations);
    for iteration in 1..=settings.iterations {
        for block in blocks.clone() {
            let index = block - INPUT_BLOCK - 1;
            let below = if index == 0 { Some(&first) } else { states[index - 1].as_ref() };
            let bottom_up = Convolutions::of_block(&convolutions.bottom_up, block);
            let (Some(below), Some(bottom_up)) = (below, bottom_up) else { continue };
            let lateral = Convolutions::of_block(&convolutions.lateral, block).zip(states[index].as_ref());
            let sums: Maps = (0..below.len())
                .into_par_iter()
                .map(|image| {
                    let mut sum = recurrent(&below[image], bottom_up);
                    if let Some((lateral, before)) = lateral {
                        sum += &recurrent(&before[image], lateral);
                    }
                    (run.done)();
                    sum
                })
                .collect();
            let layer = LayerName::Normalization { block, iteration: Some(iteration), path_use: 0 };
            states[index] = Some(run.normalize(layer, sums, settings.normalization_gain, true));
        }
        let Some(top) = states.last().and_then(Option::as_ref) else { continue };
        let seen = |image: &Array2<f32>| {
            let pooled = pool(image, side, pooling.kernel, pooling.stride, pooled_side);
            // feature[r, c] Σ_xy spatial[r, xy] a[c, xy]
            let patches = readout.spatial.dot(&pooled.t());
            (&patches * &readout.feature).sum_axis(Axis(1))
        };
        let seen: Vec<Array1<f32>> = top.par_iter().map(seen).collect();
        drives.push(Array2::from_shape_fn((seen.len(), settings.neurons), |(image, neuron)| {
            f64::from(seen[image][neuron])
        }));
    }
    let rates = run.read_out(drives, readout, pooled_side);
    Simulation { tensors: run.tensors, rates }
}

impl Run<'_> {
    fn keep(&mut self, name: TensorName, tensor: ArrayD<f32>) {
        self.tensors.insert(name.to_string(), tensor);
    }

    fn keep_convolutions(&mut self, convolutions: &Convolutions) {
        let channels = self.settings.channels;
        let shaped = |kernels: &Array2<f32>, inputs: usize, k: usize| {
            let shape = [channels, inputs, k, k];
            kernels.clone().into_shape_with_order(shape.as_slice()).expect("kernels of that shape, flattened")
        };
        self.keep(TensorName::FIRST_WEIGHT, shaped(&convolutions.first, 1, FIRST_KERNEL));
        let circuit = circuit(self.settings);
        for (index, connection) in circuit.connections.iter().enumerate() {
            let kernels = if connection.delay == 0 { &convolutions.bottom_up } else { &convolutions.lateral };
            if let Some(kernels) = Convolutions::of_block(kernels, connection.to) {
                let layer = LayerName::from(circuit.connection_name(index));
                self.keep(layer.tensor(TensorPart::Weight), shaped(kernels, channels, KERNEL));
            }
        }
    }

    fn map(&self, maps: &Maps, layer: impl Fn(&Array2<f32>) -> Array2<f32> + Sync) -> Maps {
        let each = |image: &Array2<f32>| {
            let result = layer(image);
            (self.done)();
            result
        };
        maps.par_iter().map(each).collect()
    }

    /// Applies batch normalization with the statistics of its inputs, and then optionally ReLU. Each channel
    /// is multiplied by `gain` (for a layer outside the recurrent stage, γ = `gain`).
    fn normalize(&mut self, layer: LayerName, mut maps: Maps, gain: f64, activate: bool) -> Maps {
        let (means, variances) = statistics(&maps);
        let in_stage = !LayerName::OUTSIDE.contains(&layer);
        let gamma: Array1<f32> =
            variances
                .iter()
                .map(|variance| {
                    if in_stage {
                        (gain * (f64::from(*variance) + EPSILON).sqrt()) as f32
                    } else {
                        gain as f32
                    }
                })
                .collect();
        maps.par_iter_mut().for_each(|image| {
            for (channel, mut map) in image.outer_iter_mut().enumerate() {
                let factor = gamma[channel] / (variances[channel] + EPSILON as f32).sqrt();
                let mean = means[channel];
                map.mapv_inplace(|value| {
                    let value = (value - mean) * factor;
                    if activate { value.max(0.0) } else { value }
                });
            }
        });
        let bias = Array1::zeros(gamma.len());
        for (name, tensor) in layer.tensors().into_iter().zip([gamma, bias, means, variances]) {
            self.keep(name, tensor.into_dyn());
        }
        maps
    }

    /// Scales the inputs of neurons and sets their biases so that they have their target mean responses.
    fn read_out(
        &mut self,
        mut drives: Vec<Array2<f64>>,
        mut readout: ReadoutWeights,
        side: usize,
    ) -> Array2<f64> {
        let (images, neurons) = (self.settings.images, self.settings.neurons);
        let weights = self.settings.readout.weights(self.settings.iterations);
        let mut rates = Array2::zeros((images, neurons));
        let mut biases = Array1::zeros(neurons);
        for neuron in 0..neurons {
            let total = |image: usize| -> f64 {
                drives.iter().zip(&weights).map(|(drive, weight)| weight * drive[[image, neuron]]).sum()
            };
            let variance = variance(&(0..images).map(total).collect::<Vec<f64>>(), 0.0);
            // A neuron without varying input is not scaled.
            let scale = if variance > 1e-12 { (DRIVE / variance.sqrt()) as f32 } else { 1.0 };
            readout.feature.row_mut(neuron).mapv_inplace(|weight| weight * scale);
            drives
                .iter_mut()
                .for_each(|drive| drive.column_mut(neuron).mapv_inplace(|value| value * f64::from(scale)));
            let seen: Vec<Vec<f64>> = drives.iter().map(|drive| drive.column(neuron).to_vec()).collect();
            let answer = |image: usize, bias: f64| {
                respond(self.settings.readout, seen.iter().map(|drive| drive[image]), bias)
            };
            let bias =
                solve(readout.means[neuron], |bias| mean((0..images).map(|image| answer(image, bias))));
            let bias = f64::from(bias as f32);
            biases[neuron] = bias as f32;
            for image in 0..images {
                rates[[image, neuron]] = answer(image, bias);
            }
        }
        let spatial = readout.spatial.into_shape_with_order([neurons, side, side].as_slice());
        self.keep(TensorName::READOUT_SPATIAL, spatial.expect("patches of that side, flattened"));
        self.keep(TensorName::READOUT_FEATURE, readout.feature.into_dyn());
        self.keep(TensorName::READOUT_BIAS, biases.into_dyn());
        rates
    }
}

/// Returns the mean and variance (with n) of each channel over images and pixels.
fn statistics(maps: &Maps) -> (Array1<f32>, Array1<f32>) {
    let channels = maps.first().map_or(0, Array2::nrows);
    let count: f64 = maps.iter().map(|image| image.ncols() as f64).sum();
    // Each image is summed on any thread, and the sums are added in the order of the images.
    let over_images = |of_map: &(dyn Fn(usize, f64) -> f64 + Sync)| -> Vec<f64> {
        let sums: Vec<Vec<f64>> = maps
            .par_iter()
            .map(|image| {
                let sum = |(channel, map): (usize, ndarray::ArrayView1<'_, f32>)| {
                    map.iter().map(|&value| of_map(channel, f64::from(value))).sum::<f64>()
                };
                image.outer_iter().enumerate().map(sum).collect()
            })
            .collect();
        (0..channels).map(|channel| sums.iter().map(|sum| sum[channel]).sum::<f64>() / count).collect()
    };
    let means = over_images(&|_, value| value);
    let variances = over_images(&|channel, value| (value - means[channel]).powi(2));
    let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    (narrow(means), narrow(variances))
}

/// Returns the response to one image from a neuron's input at each iteration (paper, Eqs. 2a-2d).
fn respond(readout: Readout, drives: impl Iterator<Item = f64>, bias: f64) -> f64 {
    match readout {
        Readout::NoAvg => softplus(drives.last().unwrap_or(0.0) + bias),
        Readout::EarlyAvg => softplus(mean(drives) + bias),
        Readout::LateAvg => mean(drives.map(|drive| softplus(drive + bias))),
        Readout::TwoAvg => {
            let mut sum = 0.0;
            mean(drives.enumerate().map(|(before, drive)| {
                sum += drive;
                softplus(sum / (before + 1) as f64 + bias)
            }))
        }
    }
}

fn softplus(value: f64) -> f64 {
    value.max(0.0) + (-value.abs()).exp().ln_1p()
}

/// Returns the argument at which an increasing function has a given value.
fn solve(wanted: f64, function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-wanted - 100.0, wanted + 100.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if function(middle) < wanted { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readouts_of_two_iterations() {
        let respond = |readout| respond(readout, [1.0, 3.0].into_iter(), 0.5);
        assert_eq!(respond(Readout::NoAvg), softplus(3.5));
        assert_eq!(respond(Readout::EarlyAvg), softplus(2.5));
        assert_eq!(respond(Readout::LateAvg), (softplus(1.5) + softplus(3.5)) / 2.0);
        assert_eq!(respond(Readout::TwoAvg), (softplus(1.5) + softplus(2.5)) / 2.0);
    }

    #[test]
    fn a_rising_function_is_inverted() {
        assert!((softplus(solve(3.0, softplus)) - 3.0).abs() < 1e-9);
    }
}
