//! Trials gathered from recordings with one row for each presentation of an image.

use ndarray::{Array3, ArrayD, ArrayView3, Axis, s};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::size_of;

/// The bytes that responses including missing trials may always take.
const ALWAYS_MADE: usize = 64 << 20;
/// The largest allowed growth beyond that.
const MOST_EXPANSION: usize = 32;

/// A recording whose presentations have been gathered into trials.
#[derive(Debug)]
pub(super) struct Gathered {
    /// The images, each once, sorted by id.
    pub pixels: ArrayD<f32>,
    /// The responses \[N, trials, neurons\]: trials in the order of the rows, then NaN.
    pub trials: Array3<f32>,
    pub groups: Option<Vec<i32>>,
    /// Warnings about possible problems.
    pub warnings: Vec<String>,
}

/// Gathers rows with equal ids into trials.
///
/// # Arguments
///
/// * `ids` - the image id of each row
/// * `pixels` - the picture of each row, \[rows, …\], last axis fastest
/// * `trials` - the responses of each row, \[rows, trials, neurons\]; several trials in a row keep their
///   order
/// * `groups` - the group of each row
///
/// # Errors
///
/// A description of the problem and what to do. Pictures or groups may differ within an id, or most images
/// may have so few presentations that the missing ones would take far more memory than the data.
///
/// # Complexity
///
/// O(rows) time in pixels and neurons, and O(images × most trials × neurons) memory.
pub(super) fn gather(
    ids: &[i128],
    pixels: &ArrayD<f32>,
    trials: ArrayView3<'_, f32>,
    groups: Option<&[i32]>,
) -> Result<Gathered, String> {
    let mut rows_of: BTreeMap<i128, Vec<usize>> = BTreeMap::new();
    for (row, &id) in ids.iter().enumerate() {
        rows_of.entry(id).or_default().push(row);
    }
    for (id, rows) in &rows_of {
        same_picture(*id, rows, pixels)?;
    }
    let groups =
        groups.map(|groups| rows_of.iter().map(|(id, rows)| same_group(*id, rows, groups)).collect());
    let firsts: Vec<usize> = rows_of.values().map(|rows| rows[0]).collect();
    let pixels = pixels.select(Axis(0), &firsts);
    let names: Vec<i128> = rows_of.keys().copied().collect();
    Ok(Gathered {
        warnings: one_picture_of_many(&names, &pixels).into_iter().collect(),
        trials: into_trials(&rows_of, trials)?,
        pixels,
        groups: groups.transpose()?,
    })
}

fn into_trials(
    rows_of: &BTreeMap<i128, Vec<usize>>,
    trials: ArrayView3<'_, f32>,
) -> Result<Array3<f32>, String> {
    let (_, of_a_row, neurons) = trials.dim();
    let Some((most_shown, rows)) = rows_of.iter().max_by_key(|(_, rows)| rows.len()) else {
        return Ok(Array3::zeros((0, of_a_row, neurons)));
    };
    let most = rows.len() * of_a_row;
    let needed =
        rows_of.len().checked_mul(most).and_then(|places| places.checked_mul(neurons * size_of::<f32>()));
    let limit = (trials.len() * size_of::<f32>() * MOST_EXPANSION).max(ALWAYS_MADE);
    if needed.is_none_or(|needed| needed > limit) {
        return Err(format!(
            "image id {most_shown} has {most} trials, far more than most of the {} images, so that nearly all places would be missing trials: leave out rows of it",
            rows_of.len()
        ));
    }
    let mut gathered = Array3::from_elem((rows_of.len(), most, neurons), f32::NAN);
    for (mut image, rows) in gathered.outer_iter_mut().zip(rows_of.values()) {
        for (index, &row) in rows.iter().enumerate() {
            let start = index * of_a_row;
            image.slice_mut(s![start..start + of_a_row, ..]).assign(&trials.index_axis(Axis(0), row));
        }
    }
    Ok(gathered)
}

/// Zero has two signs, and both are black.
fn bits(pixels: &ArrayD<f32>, row: usize) -> impl Iterator<Item = u32> {
    pixels.index_axis(Axis(0), row).into_iter().map(|&pixel| (pixel + 0.0).to_bits())
}

fn same_picture(id: i128, rows: &[usize], pixels: &ArrayD<f32>) -> Result<(), String> {
    let first = rows[0];
    match rows.iter().find(|&&row| !bits(pixels, row).eq(bits(pixels, first))) {
        None => Ok(()),
        Some(row) => Err(format!(
            "rows {first} and {row} both have the image id {id}, but their pictures differ: check that ids and images are in the same order, and that the ids are those of images"
        )),
    }
}

fn same_group(id: i128, rows: &[usize], groups: &[i32]) -> Result<i32, String> {
    let first = rows[0];
    match rows.iter().find(|&&row| groups[row] != groups[first]) {
        None => Ok(groups[first]),
        Some(&row) => Err(format!(
            "rows {first} and {row} both have the image id {id}, but their groups are {} and {}: an image is in one group",
            groups[first], groups[row]
        )),
    }
}

/// Returns a warning if images with different ids are the same picture.
fn one_picture_of_many(ids: &[i128], pixels: &ArrayD<f32>) -> Option<String> {
    let mut first_of: HashMap<u64, Vec<usize>> = HashMap::new();
    let (mut count, mut example) = (0, None);
    for image in 0..ids.len() {
        let mut hash = DefaultHasher::new();
        bits(pixels, image).for_each(|bits| bits.hash(&mut hash));
        let alike = first_of.entry(hash.finish()).or_default();
        match alike.iter().find(|&&other| bits(pixels, other).eq(bits(pixels, image))) {
            None => alike.push(image),
            Some(&other) => {
                count += 1;
                example.get_or_insert((ids[other], ids[image]));
            }
        }
    }
    let (one, other) = example?;
    let more =
        if count == 1 { String::new() } else { format!(", and {} more are like an earlier one", count - 1) };
    Some(format!(
        "image ids {one} and {other} have the same picture{more}: if it is one image, give it one id"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3};
    use proptest::prelude::*;

    /// Returns pictures of two pixels: the id and 1.
    fn pictures(ids: &[i128]) -> ArrayD<f32> {
        Array2::from_shape_fn((ids.len(), 2), |(row, x)| if x == 0 { ids[row] as f32 } else { 1.0 })
            .into_dyn()
    }

    fn responses(rows: usize, neurons: usize) -> Array3<f32> {
        Array3::from_shape_fn((rows, 1, neurons), |(row, _, neuron)| (row * neurons + neuron) as f32)
    }

    #[test]
    fn rows_become_trials() {
        let ids = [7, -2, 7, 3, 7, -2];
        let gathered =
            gather(&ids, &pictures(&ids), responses(6, 2).view(), Some(&[1, 0, 1, 0, 1, 0])).unwrap();
        assert_eq!(gathered.pixels, pictures(&[-2, 3, 7]));
        let neuron: Vec<f32> = gathered.trials.slice(s![.., .., 0]).iter().copied().collect();
        let nan = f32::NAN;
        let expected = [2.0, 10.0, nan, 6.0, nan, nan, 0.0, 4.0, 8.0];
        assert_eq!(neuron.map_bits(), expected.to_vec().map_bits());
        assert_eq!(gathered.groups, Some(vec![0, 0, 1]));
        assert!(gathered.warnings.is_empty());
    }

    trait MapBits {
        fn map_bits(&self) -> Vec<u32>;
    }

    impl MapBits for Vec<f32> {
        fn map_bits(&self) -> Vec<u32> {
            self.iter().map(|number| number.to_bits()).collect()
        }
    }

    #[test]
    fn what_does_not_agree_is_refused() {
        let ids = [0, 1, 0, 1];
        let message = gather(&ids, &pictures(&[0, 1, 0, 2]), responses(4, 1).view(), None).unwrap_err();
        assert!(message.contains("rows 1 and 3 both have the image id 1"), "{message}");
        let message = gather(&ids, &pictures(&ids), responses(4, 1).view(), Some(&[0, 1, 5, 1])).unwrap_err();
        assert!(message.contains("rows 0 and 2") && message.contains("0 and 5"), "{message}");
        let same = gather(&ids, &pictures(&[4, 4, 4, 4]), responses(4, 1).view(), None).unwrap();
        assert!(same.warnings[0].contains("image ids 0 and 1 have the same picture:"), "{:?}", same.warnings);
    }

    #[test]
    fn missing_trials_are_bounded() {
        let ids: Vec<i128> = (0..40_000).map(|row: i128| (row - 20_000).max(0)).collect();
        let message = gather(&ids, &pictures(&ids), responses(40_000, 1).view(), None).unwrap_err();
        assert!(message.contains("image id 0 has 20001 trials"), "{message}");
    }

    proptest! {
        /// Every row is found again, exactly once, under its id.
        #[test]
        fn no_row_is_lost(ids in prop::collection::vec(-3_i128..4, 1..40)) {
            let gathered = gather(&ids, &pictures(&ids), responses(ids.len(), 2).view(), None).unwrap();
            let mut found = Vec::new();
            for (image, trials) in gathered.trials.outer_iter().enumerate() {
                let id = gathered.pixels[[image, 0]] as i128;
                for trial in trials.outer_iter().filter(|trial| !trial[0].is_nan()) {
                    found.push(trial[0] as usize / 2);
                    prop_assert_eq!(ids[trial[0] as usize / 2], id);
                }
            }
            found.sort_unstable();
            prop_assert_eq!(found, (0..ids.len()).collect::<Vec<_>>());
        }
    }
}
