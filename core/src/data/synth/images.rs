//! Synthetic images with some of the statistics of natural ones.

use super::random::{Purpose, normal, random, uniform};
use super::settings::{Kind, Settings};
use crate::statistics::mean;
use ndarray::{Array2, Array3, Axis};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::f64::consts::PI;

/// The factor by which discs are drawn larger before averaging, so that their edges are smooth.
const FINER: usize = 2;
/// Radius of the smallest disc, in fine pixels.
const SMALLEST: f64 = 2.5;
/// Standard deviation of the noise images; they have a mean of 0.5.
const CONTRAST: f64 = 0.18;

/// Returns all images [N, H, W].
pub(super) fn images(settings: &Settings, done: &(dyn Fn() + Sync)) -> Array3<u8> {
    let size = settings.size;
    let waves = Waves::new(size);
    let mut images = Array3::zeros((settings.images, size, size));
    images.axis_iter_mut(Axis(0)).into_par_iter().enumerate().for_each(|(index, mut image)| {
        let mut random = random(settings.seed, Purpose::Image(index));
        let leaves = match settings.kind {
            Kind::DeadLeaves => true,
            Kind::Pink => false,
            Kind::Mixed => index % 2 == 0,
        };
        let grey = if leaves { dead_leaves(size, &mut random) } else { waves.noise(&mut random) };
        image.zip_mut_with(&grey, |pixel, grey| *pixel = (grey.clamp(0.0, 1.0) * 255.0).round() as u8);
        done();
    });
    images
}

/// Returns an image of uniformly grey discs placed below each other until no background is left. The density
/// of radii falls with the third power, which makes the statistics the same at all scales (Ruderman 1997;
/// Lee, Mumford and Huang 2001).
fn dead_leaves(size: usize, random: &mut ChaCha8Rng) -> Array2<f64> {
    let fine = size * FINER;
    let largest = fine as f64 / 2.0;
    let mut canvas = vec![f64::NAN; fine * fine];
    let mut bare = canvas.len();
    // This bounds the time; far fewer discs are ever needed.
    for _ in 0..100 * fine * fine {
        if bare == 0 {
            break;
        }
        // The inverse of the distribution function for a density of r⁻³.
        let share = uniform(random, 0.0, 1.0);
        let radius = (SMALLEST.powi(-2) + share * (largest.powi(-2) - SMALLEST.powi(-2))).powf(-0.5);
        let centre = [(); 2].map(|()| uniform(random, -radius, fine as f64 + radius));
        let grey = uniform(random, 0.0, 1.0);
        let inside = |low: f64, high: f64| {
            low.ceil().clamp(0.0, fine as f64) as usize..(high.floor() + 1.0).clamp(0.0, fine as f64) as usize
        };
        for y in inside(centre[0] - radius, centre[0] + radius) {
            let half = (radius * radius - (y as f64 - centre[0]).powi(2)).max(0.0).sqrt();
            let columns = inside(centre[1] - half, centre[1] + half);
            if columns.is_empty() {
                continue;
            }
            for pixel in &mut canvas[y * fine + columns.start..y * fine + columns.end] {
                if pixel.is_nan() {
                    *pixel = grey;
                    bare -= 1;
                }
            }
        }
    }
    let pixel = |y: usize, x: usize| if canvas[y * fine + x].is_nan() { 0.5 } else { canvas[y * fine + x] };
    Array2::from_shape_fn((size, size), |(y, x)| {
        let square = (0..FINER * FINER).map(|i| pixel(y * FINER + i / FINER, x * FINER + i % FINER));
        mean(square)
    })
}

/// The cosines and sines of all frequencies at all pixels.
struct Waves {
    cosine: Array2<f64>,
    sine: Array2<f64>,
}

impl Waves {
    fn new(size: usize) -> Self {
        let phase =
            |pixel: usize, frequency: usize| 2.0 * PI * (pixel * frequency % size) as f64 / size as f64;
        Self {
            cosine: Array2::from_shape_fn((size, size), |(pixel, frequency)| phase(pixel, frequency).cos()),
            sine: Array2::from_shape_fn((size, size), |(pixel, frequency)| phase(pixel, frequency).sin()),
        }
    }

    /// Returns Σ a cos(φ_y + φ_x) - b sin(φ_y + φ_x) with amplitudes that fall as 1/f.
    fn noise(&self, random: &mut ChaCha8Rng) -> Array2<f64> {
        let size = self.cosine.nrows();
        let signed = |frequency: usize| frequency.min(size - frequency) as f64;
        let mut amplitude = |(v, u): (usize, usize)| match signed(v).hypot(signed(u)) {
            0.0 => 0.0,
            frequency => normal(random) / frequency,
        };
        let a = Array2::from_shape_fn((size, size), &mut amplitude);
        let b = Array2::from_shape_fn((size, size), &mut amplitude);
        let (cosine, sine) = (&self.cosine, &self.sine);
        let by_cosine = cosine.dot(&a) - sine.dot(&b);
        let by_sine = sine.dot(&a) + cosine.dot(&b);
        let image = by_cosine.dot(&cosine.t()) - by_sine.dot(&sine.t());
        // The mean is 0, because there is no constant wave.
        let deviation = (image.mapv(|value| value * value).sum() / (size * size) as f64).sqrt();
        image.mapv(|value| 0.5 + CONTRAST * value / deviation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the ratio of power at low frequencies to power at high ones.
    fn low_over_high(image: &Array2<f64>) -> f64 {
        let size = image.nrows();
        let waves = Waves::new(size);
        let power = |u: usize| {
            let (c, s) = (waves.cosine.column(u), waves.sine.column(u));
            image.outer_iter().map(|row| row.dot(&c).powi(2) + row.dot(&s).powi(2)).sum::<f64>()
        };
        (2..4).map(power).sum::<f64>() / (8..10).map(power).sum::<f64>()
    }

    #[test]
    fn amplitudes_fall_with_frequency() {
        for kind in [Kind::DeadLeaves, Kind::Pink] {
            let settings = Settings { kind, images: 40, size: 24, ..Settings::default() };
            let images = images(&settings, &|| ());
            let ratios: f64 =
                images.outer_iter().map(|image| low_over_high(&image.mapv(f64::from)).ln()).sum::<f64>()
                    / 40.0;
            // In one row, where power is summed over the other direction, it falls as 1/f: about 9/2.5.
            assert!((2.0..12.0).contains(&ratios.exp()), "{kind:?}: {}", ratios.exp());
            let mean = images.mapv(f64::from).mean().unwrap() / 255.0;
            assert!((mean - 0.5).abs() < 0.05, "{kind:?}: {mean}");
        }
    }
}
