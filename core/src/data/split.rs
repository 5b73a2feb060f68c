//! Splits of images into training, validation and test (paper, C.3).

use super::DatasetError;
use crate::files::text::counted;
use crate::statistics::{generator, shuffle};
use std::collections::BTreeMap;

/// The fraction of the images used for validation.
pub const VALIDATION_SHARE: f64 = 0.16;
/// The fraction of the images used for the test.
pub const TEST_SHARE: f64 = 0.20;

/// A split of the images into parts, each in ascending order.
///
/// # Examples
///
/// ```
/// use pathscope_core::data::Split;
///
/// let split = Split::new(2250, None, 0, 1.0)?;
/// assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (1440, 360, 450));
/// let quarter = Split::new(2250, None, 0, 0.25)?;
/// assert_eq!(quarter.train.len(), 360);
/// assert!(quarter.train.iter().all(|image| split.train.contains(image)));
/// assert_eq!(quarter.test, split.test);
/// # Ok::<(), pathscope_core::data::DatasetError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The training images.
    pub train: Vec<usize>,
    /// The validation images, which determine when training stops.
    pub validation: Vec<usize>,
    /// The test images.
    pub test: Vec<usize>,
}

impl Split {
    /// Splits images 64 : 16 : 20 at random.
    ///
    /// Images of one group stay together. Groups are assigned in random order, the largest first, each to the
    /// part that lacks the most images. Then single groups are moved as long as that brings the parts nearer
    /// to their target sizes.
    ///
    /// # Arguments
    ///
    /// * `images` - the number of images
    /// * `groups` - the group of each image; without groups, every image is its own group
    /// * `seed` - equal seeds give equal splits, on any machine and with any version
    /// * `train_fraction` - the fraction of the training images that is kept, in (0, 1]; a smaller selection
    ///   is part of a larger one, and groups may be cut, because all of them are for training
    ///
    /// # Errors
    ///
    /// [`DatasetError::TooFew`] for fewer than three groups, [`DatasetError::GroupCount`],
    /// [`DatasetError::TrainFraction`].
    ///
    /// # Complexity
    ///
    /// O(images · log images + groups · moves); single images need no moves.
    pub fn new(
        images: usize,
        groups: Option<&[i32]>,
        seed: u64,
        train_fraction: f64,
    ) -> Result<Self, DatasetError> {
        if !(train_fraction > 0.0 && train_fraction <= 1.0) {
            return Err(DatasetError::TrainFraction { found: train_fraction });
        }
        if let Some(groups) = groups.filter(|groups| groups.len() != images) {
            return Err(DatasetError::GroupCount { expected: images, found: groups.len() });
        }
        let mut members: Vec<Vec<usize>> = match groups {
            None => (0..images).map(|image| vec![image]).collect(),
            Some(groups) => {
                let mut members: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
                for (image, &group) in groups.iter().enumerate() {
                    members.entry(group).or_default().push(image);
                }
                members.into_values().collect()
            }
        };
        if members.len() < 3 {
            return Err(match groups {
                None => DatasetError::TooFew { units: counted(images, "image"), kind: "images" },
                Some(_) => DatasetError::TooFew {
                    units: format!("{} in {}", counted(images, "image"), counted(members.len(), "group")),
                    kind: "groups",
                },
            });
        }
        let mut random = generator(seed);
        shuffle(&mut members, &mut random);
        members.sort_by_key(|images| std::cmp::Reverse(images.len()));
        let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
        let mut parts = [const { Vec::new() }; 3];
        for (part, images) in assign(&sizes, images).into_iter().zip(members) {
            parts[part].extend(images);
        }
        let [mut train, mut validation, mut test] = parts;
        shuffle(&mut train, &mut random);
        train.truncate(((train.len() as f64 * train_fraction).round() as usize).max(1));
        for part in [&mut train, &mut validation, &mut test] {
            part.sort_unstable();
        }
        Ok(Self { train, validation, test })
    }
}

/// Returns the part (0 training, 1 validation, 2 test) of each group, given their sizes, largest first.
fn assign(sizes: &[usize], images: usize) -> Vec<usize> {
    let total = images as f64;
    let wanted =
        [total * (1.0 - VALIDATION_SHARE - TEST_SHARE), total * VALIDATION_SHARE, total * TEST_SHARE];
    let mut held = [0.0; 3];
    let mut groups = [0_usize; 3];
    let mut parts = Vec::with_capacity(sizes.len());
    for (index, &size) in sizes.iter().enumerate() {
        let empty = groups.iter().filter(|&&count| count == 0).count();
        // The last groups go to parts that are still empty.
        let must_fill = sizes.len() - index <= empty;
        let part = (0..3)
            .filter(|&part| !must_fill || groups[part] == 0)
            .max_by(|&a, &b| (wanted[a] - held[a]).total_cmp(&(wanted[b] - held[b])).then(b.cmp(&a)))
            .unwrap_or(0);
        held[part] += size as f64;
        groups[part] += 1;
        parts.push(part);
    }
    // Moving one group changes the sum of squared differences by 2s (s + a surplus - a lack).
    for _ in 0..sizes.len() {
        let mut best: Option<(f64, usize, usize)> = None;
        for (group, &from) in parts.iter().enumerate().filter(|&(_, &from)| groups[from] > 1) {
            let size = sizes[group] as f64;
            for to in (0..3).filter(|&to| to != from) {
                let gain = size * ((held[from] - wanted[from]) - (held[to] - wanted[to]) - size);
                if gain > 1e-9 && best.is_none_or(|(most, _, _)| gain > most) {
                    best = Some((gain, group, to));
                }
            }
        }
        let Some((_, group, to)) = best else { break };
        let from = std::mem::replace(&mut parts[group], to);
        held[from] -= sizes[group] as f64;
        held[to] += sizes[group] as f64;
        groups[from] -= 1;
        groups[to] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_split_never_changes() {
        let split = Split::new(25, None, 7, 1.0).unwrap();
        assert_eq!(split.train, [1, 4, 5, 6, 7, 12, 13, 15, 16, 17, 18, 19, 20, 22, 23, 24]);
        assert_eq!(split.validation, [0, 10, 14, 21]);
        assert_eq!(split.test, [2, 3, 8, 9, 11]);
    }

    #[test]
    fn sizes_are_as_near_as_possible() {
        // Ten films of 44 frames, as in v1-henaff2021.
        let groups: Vec<i32> = (0..440).map(|image| image / 44).collect();
        let split = Split::new(440, Some(&groups), 3, 1.0).unwrap();
        assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (264, 88, 88));
        // One large group leaves two small ones.
        let split = Split::new(12, Some(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]), 0, 1.0).unwrap();
        assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (10, 1, 1));
        let split = Split::new(15, Some(&[5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7]), 0, 1.0).unwrap();
        assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (5, 5, 5));
    }

    #[test]
    fn what_cannot_be_split() {
        let message = Split::new(2, None, 0, 1.0).unwrap_err().to_string();
        assert!(message.contains("2 images") && message.contains("at least 3 images"), "{message}");
        let message = Split::new(4, Some(&[1, 1, 2, 2]), 0, 1.0).unwrap_err().to_string();
        assert!(
            message.contains("4 images in 2 groups") && message.contains("at least 3 groups"),
            "{message}"
        );
        assert!(matches!(Split::new(4, Some(&[1]), 0, 1.0), Err(DatasetError::GroupCount { .. })));
        for fraction in [0.0, -1.0, 1.1, f64::NAN] {
            assert!(matches!(Split::new(9, None, 0, fraction), Err(DatasetError::TrainFraction { .. })));
        }
    }

    proptest! {
        #[test]
        fn every_image_once_and_groups_together(
            groups in proptest::collection::vec(0_i32..12, 3..200), seed in any::<u64>(), fraction in 0.01..1.0
        ) {
            let distinct: std::collections::BTreeSet<_> = groups.iter().collect();
            prop_assume!(distinct.len() >= 3);
            let whole = Split::new(groups.len(), Some(&groups), seed, 1.0).unwrap();
            let mut all = [whole.train.clone(), whole.validation.clone(), whole.test.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..groups.len()).collect::<Vec<_>>());
            let groups_of = |part: &[usize]| part.iter().map(|&image| groups[image]).collect::<std::collections::BTreeSet<_>>();
            let parts = [&whole.train, &whole.validation, &whole.test].map(|part| groups_of(part));
            prop_assert!(parts.iter().all(|part| !part.is_empty()));
            prop_assert!(parts[0].is_disjoint(&parts[1]) && parts[0].is_disjoint(&parts[2]) && parts[1].is_disjoint(&parts[2]));
            let part = Split::new(groups.len(), Some(&groups), seed, fraction).unwrap();
            prop_assert!(!part.train.is_empty() && part.train.iter().all(|image| whole.train.contains(image)));
            prop_assert_eq!((part.validation, part.test), (whole.validation, whole.test));
        }

        #[test]
        fn single_images_come_within_one_of_their_shares(images in 10_usize..3000, seed in any::<u64>()) {
            let split = Split::new(images, None, seed, 1.0).unwrap();
            for (part, share) in [(&split.train, 0.64), (&split.validation, 0.16), (&split.test, 0.2)] {
                prop_assert!((part.len() as f64 - images as f64 * share).abs() < 1.0);
            }
        }
    }
}
