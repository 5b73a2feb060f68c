//! Identities of models: hashes of what decides how they turn out.

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

/// Settings that were added after the first version. Where they have their default they are not part
/// of an identity, so that what was trained before keeps its own.
const ADDED_LATER: &[&str] = &["images-scale", "trials"];

/// Not part of an identity: the folder of the data may be another one on another machine.
const FOLDER: &str = "data";
const SEED: &str = "seed";

/// The identity of a model: `m-` and 16 hexadecimal digits of a SHA-256 over the name of the data set and all
/// resolved settings but the folder of the data. That of a configuration begins with `c-`.
///
/// The first versions wrote the digits alone, which are read as well. Settings count by their values alone: how a study
/// writes them, their order and the other models of the study do not matter.
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

    /// Of all models that differ in their seeds only.
    pub fn of_configuration(dataset: &str, settings: &Settings) -> Self {
        Self::without(Identified::Configuration, &[FOLDER, SEED], dataset, settings)
    }

    /// The identity as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 16 digits, which name folders in sweeps of the first versions.
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

/// The error of a text that is not an identity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is no identity, expected {expected}")]
pub struct NoIdentity {
    /// The text.
    pub found: String,
    /// The form that is expected.
    pub expected: String,
}

/// Sorted by name, whatever order the settings are declared in.
fn entries(settings: &Settings) -> BTreeMap<String, Value> {
    let json = serde_json::to_string(settings).expect("numbers and strings");
    serde_json::from_str(&json).expect("settings are a flat table")
}

/// The defaults of all settings: a study has tens of thousands of models.
static DEFAULTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| entries(&Settings::default()));

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Folders of sweeps are found by these names: a change here makes all that was trained unknown.
    #[test]
    fn identities_stay_what_they_were() {
        let settings = Settings::default();
        assert_eq!(ModelId::of("demo", &settings).as_str(), "m-7c5aa2047bfaf336");
        assert_eq!(ModelId::of_configuration("demo", &settings).as_str(), "c-28c3654dafc4b4ec");
        // As the first versions wrote it.
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
        let images_scale = pathscope_core::data::PixelScale::By(1.0);
        assert_ne!(id, ModelId::of("demo", &Settings { images_scale, ..settings.clone() }));
        let seeds = [0, 1].map(|seed| Settings { seed, ..settings.clone() });
        let [first, second] = seeds.map(|settings| ModelId::of_configuration("demo", &settings));
        assert_eq!(first, second);
    }
}
