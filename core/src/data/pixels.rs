//! The meaning of pixels: their range, their divisor, and warnings about them.

use crate::files::arrays::{ElementType, NumberArray};
use crate::files::text::number;
use ndarray::{ArrayD, ArrayView4};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The default divisor of uint8 pixels.
const BYTE: f64 = 255.0;
/// The largest integers of 8, 10, 12, 14 and 16 bits.
const FULL_SCALES: [f64; 5] = [BYTE, 1023.0, 4095.0, 16_383.0, 65_535.0];
/// The largest expected value of non-negative floats: 1, plus the overshoot of filters.
const MOST_OF_UNIT: f64 = 2.0;
/// The largest expected magnitude of floats with both signs, such as standardized ones.
const MOST_OF_STANDARDIZED: f64 = 20.0;

/// The scale of pixels that `--images-scale` gives: the number that they are divided by.
///
/// # Examples
///
/// ```
/// use pathscope_core::files::arrays::ElementType;
/// use pathscope_core::data::PixelScale;
///
/// assert_eq!(PixelScale::Auto.divisor(ElementType::U8), 255.0);
/// assert_eq!(PixelScale::Auto.divisor(ElementType::F32), 1.0);
/// assert_eq!("1".parse::<PixelScale>()?.divisor(ElementType::U8), 1.0);
/// assert_eq!("1/255".parse::<PixelScale>()?.to_string(), "1/255");
/// # Ok::<(), pathscope_core::data::InvalidPixelScale>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PixelScale {
    /// uint8 is divided by 255, everything else by 1.
    #[default]
    Auto,
    /// Everything is divided by this number.
    By(f64),
}

impl PixelScale {
    /// Returns the divisor of pixels of a type.
    pub fn divisor(self, element_type: ElementType) -> f64 {
        match self {
            Self::By(divisor) => divisor,
            Self::Auto if element_type == ElementType::U8 => BYTE,
            Self::Auto => 1.0,
        }
    }
}

/// The error for a text that is not a [`PixelScale`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected what pixels are divided by: 255, 1 (as they are) or another number above 0, or auto")]
pub struct InvalidPixelScale;

impl FromStr for PixelScale {
    type Err = InvalidPixelScale;

    fn from_str(text: &str) -> Result<Self, InvalidPixelScale> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let divisor = match text.split_once('/') {
            Some((above, below)) => number(above).zip(number(below)).map(|(above, below)| above / below),
            None => number(text),
        };
        divisor.filter(|divisor| divisor.is_normal() && *divisor > 0.0).map(Self::By).ok_or(InvalidPixelScale)
    }
}

impl fmt::Display for PixelScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::By(divisor) => f.pad(&divisor_text(*divisor)),
        }
    }
}

fn divisor_text(divisor: f64) -> String {
    let inverse = 1.0 / divisor;
    if divisor < 1.0 && (inverse - inverse.round()).abs() < 1e-9 * inverse {
        format!("1/{}", inverse.round())
    } else {
        divisor.to_string()
    }
}

impl Serialize for PixelScale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::By(divisor) => serializer.serialize_f64(*divisor),
        }
    }
}

impl<'de> Deserialize<'de> for PixelScale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scale;

        impl Visitor<'_> for Scale {
            type Value = PixelScale;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number above 0 that pixels are divided by, or \"auto\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PixelScale, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<PixelScale, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<PixelScale, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<PixelScale, E> {
                number.to_string().parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Scale)
    }
}

/// A summary of the pixels of some images, both as stored in the file and as used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pixels {
    /// NumPy's name of the element type, such as `uint8`.
    #[serde(rename = "type")]
    pub element_type: String,
    /// The smallest number in the file.
    pub least: f64,
    /// The largest number in the file.
    pub most: f64,
    /// Whether all pixels are integers.
    pub whole: bool,
    /// The divisor of the pixels.
    pub divided_by: f64,
    /// The mean of the divided pixels.
    pub mean: f64,
    /// The standard deviation of the divided pixels, with n.
    pub deviation: f64,
}

impl Pixels {
    /// Returns the pixels of an array as networks see them, and their summary. All images are read through
    /// this function.
    ///
    /// # Complexity
    ///
    /// O(pixels).
    pub fn of(array: &NumberArray, scale: PixelScale) -> (ArrayD<f32>, Self) {
        let mut pixels = array.to_f32();
        let described = Self::describe(&pixels, array.element_type(), scale);
        let divisor = described.divided_by as f32;
        if described.divided_by != 1.0 {
            pixels.mapv_inplace(|pixel| pixel / divisor);
        }
        (pixels, described)
    }

    fn describe(pixels: &ArrayD<f32>, element_type: ElementType, scale: PixelScale) -> Self {
        let (mut least, mut most, mut whole) = (f64::INFINITY, f64::NEG_INFINITY, true);
        let (mut sum, mut count) = (0.0, 0.0);
        let finite = || pixels.iter().map(|&pixel| f64::from(pixel)).filter(|pixel| pixel.is_finite());
        for pixel in finite() {
            least = least.min(pixel);
            most = most.max(pixel);
            whole &= pixel.fract() == 0.0;
            sum += pixel;
            count += 1.0;
        }
        let mean = sum / f64::max(count, 1.0);
        let squares: f64 = finite().map(|pixel| (pixel - mean).powi(2)).sum();
        let divided_by = scale.divisor(element_type);
        Self {
            element_type: element_type.as_str().to_owned(),
            least: if count > 0.0 { least } else { 0.0 },
            most: if count > 0.0 { most } else { 0.0 },
            whole,
            divided_by,
            mean: mean / divided_by,
            deviation: (squares / f64::max(count, 1.0)).sqrt() / divided_by,
        }
    }

    /// Returns the smallest and the largest pixel that networks see.
    pub fn seen(&self) -> [f64; 2] {
        [self.least / self.divided_by, self.most / self.divided_by]
    }

    /// Returns why these pixels may be misinterpreted, and the `--images-scale` that resolves the doubt.
    ///
    /// It is meant for the default scale, [`PixelScale::Auto`].
    pub fn doubt(&self) -> Option<String> {
        let Self { element_type, least, most, .. } = self;
        let range = format!("{} to {}", number(*least), number(*most));
        if element_type == ElementType::U8.as_str() {
            return (*most == 1.0).then(|| {
                "the pixels are uint8, but only 0 and 1, and are divided by 255 as all uint8: give --images-scale 1 if they mean black and white, or --images-scale 255 if not"
                    .to_owned()
            });
        }
        let too_large = if *least < 0.0 { MOST_OF_STANDARDIZED } else { MOST_OF_UNIT };
        let is_byte_like = self.whole && *least >= 0.0 && *most > 1.0;
        if most.max(-least) <= too_large && !is_byte_like {
            return None;
        }
        let full = FULL_SCALES.into_iter().find(|full| most <= full).unwrap_or(*most);
        let whole = if self.whole { "whole numbers of " } else { "" };
        Some(format!(
            "the pixels are {element_type}, {whole}{range}, and are taken as they are (uint8 would be divided by 255): give --images-scale {} if 0 to 1 is meant, or --images-scale 1 if not",
            divisor_text(full)
        ))
    }

    /// Returns why a network trained on pixels of another range may not fit these.
    pub fn unlike_training(&self, trained_on: &Self) -> Option<String> {
        let ([least, most], [before, after]) = (self.seen(), trained_on.seen());
        let room = (after - before) / 4.0;
        let differs = least < before - room || most > after + room || most - least < room;
        differs.then(|| {
            let scale = Moments::of(trained_on).scale_for(self);
            format!(
                "the images are of {} to {}, those that the network was trained on of {} to {}{}",
                number(least),
                number(most),
                number(before),
                number(after),
                remedy(scale)
            )
        })
    }
}

/// Writes type and range in one line, such as `uint8, 0 to 255, divided by 255`.
impl fmt::Display for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} to {}", self.element_type, number(self.least), number(self.most))?;
        if self.divided_by == 1.0 {
            f.write_str(", as they are")
        } else {
            write!(f, ", divided by {}", divisor_text(self.divided_by))
        }
    }
}

/// The mean and standard deviation of pixels, such as those that a network's input normalization holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

impl Moments {
    /// The ratio of standard deviations, and the distance of means in standard deviations, beyond which
    /// images differ in scale rather than content.
    const FAR: f64 = 5.0;

    /// Returns the statistics of some pixels.
    pub fn of(pixels: &Pixels) -> Self {
        Self { mean: pixels.mean, deviation: pixels.deviation }
    }

    /// Returns the statistics of images \[N, C, H, W\].
    ///
    /// # Complexity
    ///
    /// O(pixels).
    pub fn of_images(images: ArrayView4<'_, f32>) -> Self {
        let count = images.len().max(1) as f64;
        let mean = images.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / count;
        let squares: f64 = images.iter().map(|&pixel| (f64::from(pixel) - mean).powi(2)).sum();
        Self { mean, deviation: (squares / count).sqrt() }
    }

    /// Returns why a network with these statistics may not fit some images, and the `--images-scale` that
    /// would fit.
    ///
    /// # Arguments
    ///
    /// * `seen` - the statistics of the images that the network sees, cropped and downsampled
    /// * `pixels` - the pixels that they come from
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::files::arrays::{npy_bytes, read_npy};
    /// use pathscope_core::data::{Moments, PixelScale, Pixels};
    ///
    /// let file = tempfile::NamedTempFile::new()?;
    /// std::fs::write(file.path(), npy_bytes(&ndarray::array![[[20.0_f32, 230.0], [90.0, 110.0]]]))?;
    /// let (_, pixels) = Pixels::of(&read_npy(file.path())?.0, PixelScale::Auto);
    /// let trained_on = Moments { mean: 0.45, deviation: 0.25 };
    /// let warning = trained_on.unlike(Moments::of(&pixels), &pixels).unwrap();
    /// assert!(warning.ends_with("give --images-scale 255 if these are the same kind of images"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unlike(self, seen: Self, pixels: &Pixels) -> Option<String> {
        (!self.is_near(seen, Self::FAR, Self::FAR)).then(|| {
            format!(
                "the images have a mean of {} and a standard deviation of {}, but the network's input normalization says that it was trained on {} and {}{}",
                number(seen.mean),
                number(seen.deviation),
                number(self.mean),
                number(self.deviation),
                remedy(self.scale_for(pixels))
            )
        })
    }

    fn is_near(self, other: Self, factor: f64, deviations: f64) -> bool {
        let deviation = self.deviation.max(f64::MIN_POSITIVE);
        let ratio = other.deviation / deviation;
        (1.0 / factor..=factor).contains(&ratio) && (other.mean - self.mean).abs() <= deviations * deviation
    }

    /// Returns the scale that brings pixels closest to these statistics, if one brings them close.
    fn scale_for(self, pixels: &Pixels) -> Option<f64> {
        let candidates = [1.0, 1.0 / BYTE].into_iter().chain(FULL_SCALES);
        let by = |divisor: f64| {
            let factor = pixels.divided_by / divisor;
            Self { mean: pixels.mean * factor, deviation: pixels.deviation * factor }
        };
        let distance = |divisor: f64| (by(divisor).deviation / self.deviation).ln().abs();
        candidates
            .filter(|&divisor| divisor != pixels.divided_by && self.is_near(by(divisor), 2.5, 2.0))
            .min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
    }
}

fn remedy(scale: Option<f64>) -> String {
    match scale {
        Some(divisor) => {
            format!(": give --images-scale {} if these are the same kind of images", divisor_text(divisor))
        }
        None => {
            ": if these are the same kind of images, give the number to divide them by with --images-scale"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests;
