//! Receptive fields as grey values.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ndarray::{ArrayView3, Axis, s};
use pathscope_core::analysis::contributions::ReceptiveFields;
use serde::Serialize;
use std::ops::Range;

/// The most grey values in a page; those of one unit are there in any case.
const MOST_VALUES: usize = 1_500_000;

/// The receptive fields of some units.
#[derive(Debug, Serialize)]
pub(super) struct FieldsData {
    marks: Vec<usize>,
    units: Vec<usize>,
    units_left_out: usize,
    /// 3 for red, green and blue, otherwise 1.
    channels: usize,
    /// The channel that is shown where there are others than 1 or 3.
    channel: Option<usize>,
    height: usize,
    width: usize,
    /// The largest weight of each filter, by unit and mark.
    scales: Vec<Vec<f64>>,
    /// The grey values [channels, height, width] of each filter in base64, where 0 is between 127 and 128.
    pixels: Vec<Vec<String>>,
}

impl FieldsData {
    pub(super) fn new(fields: &ReceptiveFields) -> Self {
        let (_, marks, channels, height, width) = fields.filters.dim();
        let shown = match channels {
            1 | 3 => 0..channels,
            _ => strongest_channel(fields),
        };
        let of_unit = (marks * shown.len() * height * width).max(1);
        let count = fields.units.len().min((MOST_VALUES / of_unit).max(1));
        let mut scales = Vec::with_capacity(count);
        let mut pixels = Vec::with_capacity(count);
        for unit in fields.filters.outer_iter().take(count) {
            let filters: Vec<_> =
                unit.outer_iter().map(|filter| encoded(filter.slice(s![shown.clone(), .., ..]))).collect();
            let (of_scales, of_pixels): (Vec<f64>, Vec<String>) = filters.into_iter().unzip();
            scales.push(of_scales);
            pixels.push(of_pixels);
        }
        Self {
            marks: fields.marks.clone(),
            units: fields.units[..count].to_vec(),
            units_left_out: fields.units.len() - count,
            channel: (shown.len() != channels).then_some(shown.start),
            channels: shown.len(),
            height,
            width,
            scales,
            pixels,
        }
    }
}

/// Returns the channel with the largest weight.
fn strongest_channel(fields: &ReceptiveFields) -> Range<usize> {
    let size = |channel: usize| largest(fields.filters.index_axis(Axis(2), channel).iter());
    let channels = 0..fields.filters.len_of(Axis(2));
    let strongest = channels.max_by(|&one, &other| size(one).total_cmp(&size(other))).unwrap_or(0);
    strongest..strongest + 1
}

fn largest<'a>(weights: impl Iterator<Item = &'a f64>) -> f64 {
    weights.fold(0.0, |largest, weight| largest.max(weight.abs()))
}

/// Returns the largest weight of a filter, and its grey values.
fn encoded(filter: ArrayView3<'_, f64>) -> (f64, String) {
    let scale = largest(filter.iter());
    let grey = |&weight: &f64| {
        let part = if scale > 0.0 { weight / scale } else { 0.0 };
        (127.5 + 127.5 * part).round() as u8
    };
    (scale, BASE64_STANDARD.encode(filter.iter().map(grey).collect::<Vec<u8>>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array5;
    use pathscope_core::analysis::contributions::Mark;

    #[test]
    fn grey_values_by_hand() {
        let filters = Array5::from_shape_vec((1, 2, 2, 1, 2), vec![0.0, 1.0, 2.0, -4.0, 0.0, 0.0, 0.0, 0.0]);
        let fields = ReceptiveFields {
            mark: Mark::Length,
            marks: vec![1, 2],
            units: vec![7],
            filters: filters.unwrap(),
        };
        let data = FieldsData::new(&fields);
        // Of two channels the second has the largest weight.
        assert_eq!((data.channel, data.channels), (Some(1), 1));
        assert_eq!(data.scales, [[4.0, 0.0]]);
        let bytes = BASE64_STANDARD.decode(&data.pixels[0][0]).unwrap();
        assert_eq!(bytes, [191, 0]);
        assert_eq!(BASE64_STANDARD.decode(&data.pixels[0][1]).unwrap(), [128, 128]);
    }
}
