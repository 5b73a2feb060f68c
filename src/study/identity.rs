//! Identities of models: hashes of everything that determines their results.

use crate::study::results::{Identified, digits};
use crate::study::run::Settings;
use pathscope_core::files::documents::hexadecimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;
use thiserror::Error;

/// The settings that were added after the first version. They are left out of an identity if they have
/// their default value, so that identities of earlier versions stay the same.
const ADDED_LATER: &[&str] = &["average-weights", "images-scale", "schedule", "smooth-validations", "trials"];

/// The setting that is never part of an identity: the folder of the data may differ between machines.
const FOLDER: &str = "data";
const SEED: &str = "seed";

/// The identity of a model or configuration.
///
/// A model's identity is `m-` and 16 hexadecimal digits of a SHA-256 over the name of the data set and all
/// resolved settings except the folder of the data. The identity of a configuration begins with `c-`.
///
/// The first versions wrote the digits alone, which can still be read. Only the values of settings count:
/// their notation in the study file, their order and the other models of the study do not matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ModelId(String);

impl ModelId {
    /// Returns the identity of a model.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope::study::run::Settings;
    /// use pathscope::study::ModelId;
    ///
    /// let id = ModelId::of("demo", &Settings::default());
    /// assert!(id.as_str().starts_with("m-") && id.digits().len() == 16);
    /// assert_eq!(id, ModelId::of("demo", &Settings { data: "elsewhere".into(), ..Settings::default() }));
    /// assert_ne!(id, ModelId::of("demo", &Settings { seed: 1, ..Settings::default() }));
    /// ```
    pub fn of(dataset: &str, settings: &Settings) -> Self {
        Self::without(Identified::Model, &[FOLDER], dataset, settings)
    }

    /// Returns the identity shared by all models that differ only in their seeds.
    pub fn of_configuration(dataset: &str, settings: &Settings) -> Self {
        Self::without(Identified::Configuration, &[FOLDER, SEED], dataset, settings)
    }

    /// Returns the written form of the identity.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the 16 digits alone, which name folders in sweeps of the first versions.
    pub fn digits(&self) -> &str {
        digits(&self.0)
    }

    fn without(of: Identified, left_out: &[&str], dataset: &str, settings: &Settings) -> Self {
        let mut entries = entries(settings);
        entries.retain(|name, value| {
            let as_before = ADDED_LATER.contains(&name.as_str()) && DEFAULTS.get(name) == Some(value);
            !(as_before || left_out.contains(&name.as_str()))
        });
        let text = serde_json::to_string(&(dataset, entries)).expect("numbers and strings");
        Self(of.with_digits(&hexadecimal(&Sha256::digest(text.as_bytes())[..8])))
    }
}

impl FromStr for ModelId {
    type Err = NoIdentity;

    fn from_str(text: &str) -> Result<Self, NoIdentity> {
        let parsed = Identified::Model.parse(text).or_else(|| Identified::Configuration.parse(text));
        parsed
            .map(Self)
            .ok_or_else(|| NoIdentity { found: text.to_owned(), expected: Identified::Model.expected() })
    }
}

impl TryFrom<String> for ModelId {
    type Error = NoIdentity;

    fn try_from(text: String) -> Result<Self, NoIdentity> {
        text.parse()
    }
}

impl From<ModelId> for String {
    fn from(id: ModelId) -> Self {
        id.0
    }
}

/// The error for a text that is not an identity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is not an identity, expected {expected}")]
pub struct NoIdentity {
    /// The text.
    pub found: String,
    /// The expected form.
    pub expected: String,
}

/// Serializes settings sorted by name, so that the order of declaration does not matter.
fn entries(settings: &Settings) -> BTreeMap<String, Value> {
    let json = serde_json::to_string(settings).expect("numbers and strings");
    serde_json::from_str(&json).expect("settings are a flat table")
}

/// The default values of all settings, computed once because a study has tens of thousands of models.
static DEFAULTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| entries(&Settings::default()));

/// Returns the settings that differ from their defaults, except for some, as `name=value` separated by spaces.
///
/// # Arguments
///
/// * `except` - the names of settings, with underscores as in tables of results
pub(super) fn other_settings(settings: &Settings, except: &[&str]) -> Option<String> {
    let mut entries = entries(settings);
    entries.retain(|name, value| {
        name != FOLDER && !except.contains(&&*name.replace('-', "_")) && DEFAULTS.get(name) != Some(value)
    });
    let shown = |(name, value): (String, Value)| match value {
        Value::String(word) => format!("{name}={word}"),
        value => format!("{name}={value}"),
    };
    let shown: Vec<String> = entries.into_iter().map(shown).collect();
    (!shown.is_empty()).then(|| shown.join(" "))
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::run::settings::ScheduleRule;

    /// Folders of sweeps are found by these names. A change here would make all earlier trainings unknown.
    #[test]
    fn identities_stay_what_they_were() {
        let settings = Settings::default();
        assert_eq!(ModelId::of("demo", &settings).as_str(), "m-7c5aa2047bfaf336");
        assert_eq!(ModelId::of_configuration("demo", &settings).as_str(), "c-28c3654dafc4b4ec");
        // The form written by the first versions.
        let old: ModelId = serde_json::from_str("\"7c5aa2047bfaf336\"").unwrap();
        assert_eq!(old, ModelId::of("demo", &settings));
        assert!(serde_json::from_str::<ModelId>("\"7.0E+15\"").is_err());
    }

    #[test]
    fn every_setting_but_the_folder_of_the_data_counts() {
        let settings = Settings::default();
        let id = ModelId::of("demo", &settings);
        assert_ne!(id, ModelId::of("other", &settings));
        let counts = |name: &String| name != FOLDER && !ADDED_LATER.contains(&name.as_str());
        for name in entries(&settings).into_keys().filter(counts) {
            let left_out = [FOLDER, name.as_str()];
            assert_ne!(id, ModelId::without(Identified::Model, &left_out, "demo", &settings), "{name}");
        }
        assert_ne!(id, ModelId::of("demo", &Settings { trials: 8, ..settings.clone() }));
        let schedule = ScheduleRule::Published;
        assert_ne!(id, ModelId::of("demo", &Settings { schedule, ..settings.clone() }));
        assert_ne!(id, ModelId::of("demo", &Settings { average_weights: 0.99, ..settings.clone() }));
        assert_ne!(id, ModelId::of("demo", &Settings { smooth_validations: 3, ..settings.clone() }));
        let images_scale = pathscope_core::data::PixelScale::By(1.0);
        assert_ne!(id, ModelId::of("demo", &Settings { images_scale, ..settings.clone() }));
        let seeds = [0, 1].map(|seed| Settings { seed, ..settings.clone() });
        let [first, second] = seeds.map(|settings| ModelId::of_configuration("demo", &settings));
        assert_eq!(first, second);
    }
}
