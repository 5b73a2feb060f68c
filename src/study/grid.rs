//! The axes of a study, their combinations, and the choices among them.

use crate::study::results::Kind;
use crate::study::run::Settings;
use toml::{Table, Value};

/// The settings that cannot be an axis, with what to use instead.
const ELSEWHERE: [(&str, &str); 3] = [
    ("data", "the folder of the data is `folder` in [dataset], or --data"),
    ("multi-path", "multi-path models are [[multi-path]] and [[ablated]]"),
    ("lengths-removed", "ablated models are [[ablated]]"),
];

/// The settings of recurrent models only.
const RECURRENT: [&str; 4] = ["recurrent-blocks", "iterations", "block-iterations", "readout"];

/// The purpose of a table of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// `[settings]`: one value for each setting.
    Fixed,
    /// `[axes]`: axes of all models.
    Axes,
    /// `[recurrent]`: axes of the recurrent models.
    Recurrent,
    /// A choice among the models.
    Filter,
}

/// A setting and its values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub name: String,
    pub values: Vec<Value>,
}

/// Returns the axes of a table, in its order.
///
/// # Errors
///
/// Returns a description of the first invalid entry.
pub(super) fn axes(table: &Table, purpose: Purpose) -> Result<Vec<Axis>, String> {
    table.iter().map(|(name, value)| axis(name, value, purpose)).collect()
}

fn axis(name: &str, value: &Value, purpose: Purpose) -> Result<Axis, String> {
    if let Some((_, instead)) = ELSEWHERE.iter().find(|(setting, _)| *setting == name)
        && purpose != Purpose::Filter
    {
        return Err(format!("{name}: {instead}"));
    }
    if purpose == Purpose::Axes && RECURRENT.contains(&name) {
        return Err(format!("{name}: belongs in [recurrent], because feed-forward models do not have it"));
    }
    let given = match value {
        // The iterations of blocks are a list themselves.
        Value::Array(values) if purpose != Purpose::Fixed => values.clone(),
        value => vec![value.clone()],
    };
    let values = given.into_iter().map(|value| resolved(name, value)).collect::<Result<Vec<_>, _>>()?;
    if values.is_empty() {
        return Err(format!("{name}: is an empty list, expected values"));
    }
    if let Some(twice) = (1..values.len()).find(|&index| values[..index].contains(&values[index])) {
        return Err(format!("{name}: has {} twice", values[twice]));
    }
    Ok(Axis { name: name.to_owned(), values })
}

/// Converts a value to the type of its setting: `1` becomes `1.0` for a train fraction.
fn resolved(name: &str, value: Value) -> Result<Value, String> {
    let mut table = Table::new();
    table.insert(name.to_owned(), value.clone());
    let settings: Settings = table
        .try_into()
        .map_err(|error: toml::de::Error| format!("{name} = {value}: {}", error.message()))?;
    Ok(entries(&settings).remove(name).expect("settings have what they were read from"))
}

/// Returns settings by their names.
pub(super) fn entries(settings: &Settings) -> Table {
    Table::try_from(settings).expect("settings are a flat table")
}

/// Returns the number of combinations.
pub(super) fn combinations(axes: &[Axis]) -> usize {
    axes.iter().fold(1, |count, axis| count.saturating_mul(axis.values.len()))
}

/// Returns the settings of every combination. The last axis runs fastest.
///
/// # Arguments
///
/// * `fixed` - the settings that all combinations share
pub(super) fn grid(fixed: &Table, axes: &[Axis]) -> impl Iterator<Item = Settings> {
    (0..combinations(axes)).map(move |index| {
        let mut table = fixed.clone();
        let mut rest = index;
        for axis in axes.iter().rev() {
            table.insert(axis.name.clone(), axis.values[rest % axis.values.len()].clone());
            rest /= axis.values.len();
        }
        table.try_into().expect("every value was resolved")
    })
}

/// A choice of models: those with one of the listed values for every named setting.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    kinds: Option<Vec<Kind>>,
    axes: Vec<Axis>,
}

impl Filter {
    /// Reads a choice from a table of values or lists of values.
    ///
    /// # Errors
    ///
    /// Returns a description of the first invalid entry.
    pub(super) fn new(table: &Table) -> Result<Self, String> {
        let mut table = table.clone();
        let kinds = table.remove("kind").map(kinds).transpose()?;
        Ok(Self { kinds, axes: axes(&table, Purpose::Filter)? })
    }

    /// Returns whether the choice includes a model.
    ///
    /// # Arguments
    ///
    /// * `entries` - the settings of the model by their names
    pub(super) fn takes(&self, kind: Kind, entries: &Table) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
            && self.axes.iter().all(|axis| axis.values.contains(&entries[&axis.name]))
    }
}

fn kinds(value: Value) -> Result<Vec<Kind>, String> {
    let list = if value.is_array() { value } else { Value::Array(vec![value]) };
    list.try_into().map_err(|error: toml::de::Error| format!("kind: {}", error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_axis_runs_fastest() {
        let axes = axes(&table("channels = [4, 8]\nseed = [0, 1, 2]"), Purpose::Axes).unwrap();
        assert_eq!(combinations(&axes), 6);
        let all: Vec<_> =
            grid(&table("crop = 54"), &axes).map(|each| (each.crop, each.channels, each.seed)).collect();
        assert_eq!(all[..4], [(54, 4, 0), (54, 4, 1), (54, 4, 2), (54, 8, 0)]);
    }

    #[test]
    fn values_are_those_of_the_settings_however_they_are_written() {
        let whole = axes(&table("train-fraction = 1"), Purpose::Axes).unwrap();
        assert_eq!(whole[0].values, [Value::Float(1.0)]);
        let filter = Filter::new(&table("train-fraction = [1]\nkind = \"recurrent\"")).unwrap();
        let entries = entries(&Settings::default());
        assert!(filter.takes(Kind::Recurrent, &entries));
        assert!(!filter.takes(Kind::Ablated, &entries));
        let other = Filter::new(&table("channels = [7]")).unwrap();
        assert!(!other.takes(Kind::Recurrent, &entries));
    }

    #[test]
    fn invalid_entries_are_named() {
        for (text, purpose, expected) in [
            ("chanels = [3]", Purpose::Axes, "chanels = 3: unknown field `chanels`"),
            ("loss = [\"mae\"]", Purpose::Axes, "loss = \"mae\": unknown variant `mae`"),
            ("seed = []", Purpose::Axes, "seed: is an empty list"),
            ("seed = [1, 2, 1]", Purpose::Axes, "seed: has 1 twice"),
            ("iterations = [3]", Purpose::Axes, "iterations: belongs in [recurrent]"),
            (
                "lengths-removed = [\"1\"]",
                Purpose::Recurrent,
                "lengths-removed: ablated models are [[ablated]]",
            ),
            ("data = \"here\"", Purpose::Fixed, "data: the folder of the data is"),
        ] {
            let error = axes(&table(text), purpose).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        let error = Filter::new(&table("kind = [\"deep\"]")).unwrap_err();
        assert!(error.starts_with("kind: unknown variant `deep`"), "{error}");
    }
}
