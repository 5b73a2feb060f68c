//! Checks of the contents of a data set's files.

use super::error::{Problem, mean_not_positive, named_neurons};
use super::{Dataset, GROUPS, IMAGES, OpenOptions, PixelScale, RESPONSES};
use crate::files::arrays::{ElementType, NumberArray};
use ndarray::{Array2, Axis};
use std::collections::HashMap;

/// The largest relative difference at which averages count as equal. The averages of the same response over
/// different numbers of trials differ in the last bits.
const ROUNDING: f64 = 1e-12;

/// Returns the problems that headers reveal: shapes and types.
pub(super) fn headers(
    images: &NumberArray,
    responses: &NumberArray,
    groups: Option<&NumberArray>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut check =
        |file, array: &NumberArray, axes: &[usize], expected, types: &[ElementType], type_names| {
            let found = array.shape().to_vec();
            if !axes.contains(&found.len()) {
                problems.push(Problem::Shape { file, expected, found });
            } else if found.contains(&0) {
                problems.push(Problem::Empty { file, found });
            }
            if !types.contains(&array.element_type()) {
                let found = array.element_type().as_str();
                problems.push(Problem::ElementType { file, expected: type_names, found });
            }
        };
    let float = [ElementType::F32];
    let image_types = [ElementType::U8, ElementType::F32];
    let image_axes = "[images, height, width] or [images, channels, height, width]";
    check(IMAGES, images, &[3, 4], image_axes, &image_types, "uint8 or float32");
    check(RESPONSES, responses, &[3], "[images, trials, neurons]", &float, "float32");
    if let Some(groups) = groups {
        check(GROUPS, groups, &[1], "[images]", &[ElementType::I32], "int32");
    }
    let count = |array: &NumberArray| array.shape().first().copied();
    for (file, array) in [(RESPONSES, Some(responses)), (GROUPS, groups)] {
        if let (Some(expected), Some(found)) = (count(images), array.and_then(count))
            && expected != found
        {
            problems.push(Problem::Images { file, expected, found });
        }
    }
    problems
}

/// Returns the problems that the numbers reveal. It also drops constant neurons if requested, and adds
/// warnings.
pub(super) fn contents(dataset: &mut Dataset, options: &OpenOptions) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(pixels(dataset));
    problems.extend(infinite(dataset));
    problems.extend(no_trial(dataset));
    if !problems.is_empty() {
        // The average would be meaningless.
        return problems;
    }
    let averages = dataset.trial_average();
    let constant = constant_neurons(&averages);
    if constant.len() == dataset.neurons.len() {
        return vec![Problem::AllConstant { count: constant.len() }];
    }
    if !constant.is_empty() {
        if !options.drop_constant_neurons {
            return vec![Problem::Constant { neurons: constant }];
        }
        let kept: Vec<usize> =
            (0..dataset.neurons.len()).filter(|neuron| !constant.contains(neuron)).collect();
        dataset.responses = dataset.responses.select(Axis(2), &kept);
        dataset.neurons = kept;
        dataset
            .warnings
            .push(format!("{} left out, whose response is the same to all images", named_neurons(&constant)));
    }
    let scaled: Vec<usize> =
        dataset.neurons.iter().copied().filter(|&neuron| averages.column(neuron).sum() <= 0.0).collect();
    if !scaled.is_empty() {
        dataset.warnings.push(format!(
            "{RESPONSES}: {}: scale by something else (response_scaling = \"none\") or take these neurons out",
            mean_not_positive(&scaled)
        ));
    }
    dataset.warnings.extend(identical_images(dataset));
    if options.images_scale == PixelScale::Auto && !dataset.about.says_scale() {
        dataset.warnings.extend(dataset.pixels.doubt().map(|doubt| format!("{IMAGES}: {doubt}")));
    }
    Vec::new()
}

fn pixels(dataset: &Dataset) -> Option<Problem> {
    let bad = |image: &ndarray::ArrayView3<f32>| image.iter().filter(|pixel| !pixel.is_finite()).count();
    let mut images = dataset.images.outer_iter().map(|image| bad(&image)).enumerate();
    let (first, of_first) = images.find(|(_, count)| *count > 0)?;
    Some(Problem::Pixels { first, count: of_first + images.map(|(_, count)| count).sum::<usize>() })
}

fn infinite(dataset: &Dataset) -> Option<Problem> {
    let mut found = dataset
        .responses
        .indexed_iter()
        .filter(|(_, response)| response.is_infinite())
        .map(|(place, _)| place);
    let (image, _, neuron) = found.next()?;
    Some(Problem::Infinite { count: 1 + found.count(), image, neuron })
}

fn no_trial(dataset: &Dataset) -> Option<Problem> {
    let counts = dataset.trial_counts();
    let found: Vec<(usize, usize)> =
        counts.indexed_iter().filter(|(_, count)| **count == 0).map(|(place, _)| place).collect();
    let &(image, neuron) = found.first()?;
    let mut neurons: Vec<usize> = found.iter().map(|place| place.1).collect();
    neurons.sort_unstable();
    neurons.dedup();
    Some(Problem::NoTrial { count: found.len(), image, neuron, neurons })
}

fn constant_neurons(averages: &Array2<f64>) -> Vec<usize> {
    let is_constant = |neuron: ndarray::ArrayView1<f64>| {
        let (low, high) = neuron
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &mean| (low.min(mean), high.max(mean)));
        high - low <= ROUNDING * low.abs().max(high.abs())
    };
    (0..averages.ncols()).filter(|&neuron| is_constant(averages.column(neuron))).collect()
}

/// Returns warnings about identical images. They could be in both training and test, and if no image has a
/// second trial they may be trials of one image.
fn identical_images(dataset: &Dataset) -> Vec<String> {
    let mut first_of: HashMap<Vec<u32>, usize> = HashMap::new();
    let (mut identical, mut across) = (0, 0);
    let mut example = None;
    for (index, image) in dataset.images.outer_iter().enumerate() {
        // Zero has two signs, and both are black.
        let pixels = image.iter().map(|&pixel| (pixel + 0.0).to_bits()).collect();
        let first = *first_of.entry(pixels).or_insert(index);
        if first == index {
            continue;
        }
        identical += 1;
        let apart = dataset.groups.as_ref().is_none_or(|groups| groups[first] != groups[index]);
        if apart {
            across += 1;
            example.get_or_insert((first, index));
        }
    }
    let mut warnings = Vec::new();
    if let Some((first, second)) = example {
        let (count, of_another_group) =
            if dataset.groups.is_some() { (across, " of another group") } else { (identical, "") };
        warnings.push(format!(
            "{count} of the images are the same as an earlier one{of_another_group} (such as {first} and {second}), so that training and test can share images: give equal images one number in {GROUPS}"
        ));
    }
    if identical > 0 && dataset.responses.dim().1 == 1 {
        warnings.push(format!(
            "{identical} of the images are the same as an earlier one, and none has a second trial: if a row is a presentation and not an image, `pathscope dataset import --image-ids` makes trials of the rows of one image"
        ));
    }
    warnings
}
