//! Layers that differ only in a number in their names, which may count iterations.

use super::tensors::{Kernel, Layer, Names};
use std::collections::{BTreeMap, BTreeSet};

/// The normalizations of a block: one layer, or one for each iteration.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The layers, ordered by their numbers.
    pub layers: Vec<Layer>,
    /// Their common name, with `{t}` for the number if there are several.
    pub name: String,
    /// The number of the first iteration, if they are numbered.
    pub first: Option<usize>,
}

impl Group {
    pub(super) fn channels(&self) -> usize {
        self.layers[0].channels
    }

    pub(super) fn position(&self) -> usize {
        self.layers.iter().map(|layer| layer.position).min().unwrap_or(0)
    }

    /// Returns the number of iterations; `None` for one shared layer.
    pub(super) fn iterations(&self) -> Option<usize> {
        if self.layers.len() > 1 {
            return Some(self.layers.len());
        }
        let numbers = |names: &Names| match names {
            Names::Numbered(_, numbers) => Some(numbers.len()),
            Names::None | Names::One(_) => None,
        };
        numbers(&self.layers[0].scale).or_else(|| numbers(&self.layers[0].variance))
    }
}

/// Splits a name before a trailing number: `norm1_0` becomes `norm1_` and 0.
pub(super) fn trailing_number(text: &str) -> Option<(&str, usize)> {
    let digits = text.len() - text.trim_end_matches(|character: char| character.is_ascii_digit()).len();
    let (stem, number) = text.split_at(text.len() - digits);
    Some((stem, number.parse().ok()?))
}

/// Words for iterations that a number may follow directly.
const COUNTERS: [&str; 5] = ["t", "time", "step", "iter", "iteration"];

/// Returns the last number in a name that is delimited by dots or underscores, and the name with `{t}` in its
/// place.
fn pattern(name: &str) -> Option<(String, usize)> {
    let mut end = name.len();
    loop {
        let start = name[..end].rfind(['.', '_']).map_or(0, |at| at + 1);
        let piece = &name[start..end];
        // `t2` and similar words count iterations too.
        let word = piece.trim_end_matches(|character: char| character.is_ascii_digit());
        let counts = COUNTERS.iter().any(|counter| counter.eq_ignore_ascii_case(word));
        let (start_of_number, piece) =
            if counts { (start + word.len(), &piece[word.len()..]) } else { (start, piece) };
        // Leading zeros would be lost.
        if let Some(number) = piece.parse::<usize>().ok().filter(|number| number.to_string() == piece) {
            return Some((format!("{}{{t}}{}", &name[..start_of_number], &name[end..]), number));
        }
        end = start.checked_sub(1)?;
    }
}

/// Returns normalizations in groups. Numbers are taken for iterations if they are consecutive from 0 or 1,
/// and kernels are not numbered in the same way, because those numbers count layers.
pub(super) fn groups(layers: Vec<Layer>, kernels: &[Kernel]) -> Vec<Group> {
    let mut of_kernels: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (pattern, number) in kernels.iter().filter_map(|kernel| pattern(kernel.layer())) {
        of_kernels.entry(module_of(&pattern)).or_default().insert(number);
    }
    let counts: BTreeSet<&BTreeSet<usize>> =
        of_kernels.values().filter(|numbers| numbers.len() > 1).collect();
    let mut alike: BTreeMap<(String, usize), Vec<(usize, Layer)>> = BTreeMap::new();
    let mut groups = Vec::new();
    let single = |layer: Layer| Group { name: layer.name.clone(), layers: vec![layer], first: None };
    for layer in layers {
        match pattern(&layer.name) {
            Some((pattern, number)) if !is_numbered(&layer) => {
                alike.entry((pattern, layer.channels)).or_default().push((number, layer));
            }
            _ => groups.push(single(layer)),
        }
    }
    for ((pattern, _), mut numbered) in alike {
        numbered.sort_by_key(|(number, _)| *number);
        let numbers: Vec<usize> = numbered.iter().map(|(number, _)| *number).collect();
        let first = numbers[0];
        let follow = first <= 1 && numbers.iter().zip(first..).all(|(&number, expected)| number == expected);
        let as_kernels = counts.contains(&numbers.iter().copied().collect::<BTreeSet<usize>>());
        let layers = numbered.into_iter().map(|(_, layer)| layer);
        if numbers.len() > 1 && follow && !as_kernels {
            groups.push(Group { layers: layers.collect(), name: pattern, first: Some(first) });
        } else {
            groups.extend(layers.map(single));
        }
    }
    for group in &mut groups {
        if let Names::Numbered(_, numbers) = &group.layers[0].variance {
            group.first = numbers.first().copied();
        } else if let Names::Numbered(_, numbers) = &group.layers[0].scale {
            group.first = numbers.first().copied();
        }
    }
    groups.sort_by_key(Group::position);
    groups
}

fn is_numbered(layer: &Layer) -> bool {
    [&layer.scale, &layer.variance].into_iter().any(|names| matches!(names, Names::Numbered(..)))
}

/// Returns the part of the pattern before the number.
fn module_of(pattern: &str) -> String {
    pattern.split("{t}").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_between_points_and_underscores() {
        let found = |name: &str| pattern(name).map(|(pattern, number)| format!("{pattern} {number}"));
        assert_eq!(found("bn.12").as_deref(), Some("bn.{t} 12"));
        assert_eq!(found("V2.norm1_0").as_deref(), Some("V2.norm1_{t} 0"));
        assert_eq!(found("Layer_0_Time_2").as_deref(), Some("Layer_0_Time_{t} 2"));
        assert_eq!(found("stack.3.bn1").as_deref(), Some("stack.{t}.bn1 3"));
        assert_eq!(found("bn_t2").as_deref(), Some("bn_t{t} 2"));
        assert_eq!(found("v1.Time0.bn").as_deref(), Some("v1.Time{t}.bn 0"));
        assert_eq!(found("bn_t"), None);
        assert_eq!(found("bn_part2"), None);
        assert_eq!(found("bn1"), None);
        assert_eq!(found("bn_01"), None);
        assert_eq!(found(""), None);
    }
}
