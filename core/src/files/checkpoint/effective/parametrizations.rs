//! Reparametrizations by `torch.nn.utils.parametrize`, which stores parts below `parametrizations.X`.

use super::{Reparametrization, Tensors, is_magnitude_of, spectral_dimensions};
use std::collections::{BTreeMap, BTreeSet};

const FOLDER: &str = "parametrizations.";

/// The longest chain of parametrizations that is resolved.
const LONGEST_CHAIN: usize = 16;

/// The tensors below one `parametrizations.X`.
struct Group {
    /// The name of the effective kernel.
    kernel: String,
    /// The prefix of the parts' names.
    prefix: String,
    parts: BTreeSet<String>,
}

/// Finds parametrized kernels.
pub(super) fn find(tensors: &mut Tensors) {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for name in tensors.given.keys() {
        let Some(at) = name.find(FOLDER).filter(|&at| at == 0 || name[..at].ends_with('.')) else { continue };
        let Some((kernel, part)) = name[at + FOLDER.len()..].split_once('.') else { continue };
        let prefix = format!("{}{FOLDER}{kernel}.", &name[..at]);
        let group = groups.entry(prefix.clone()).or_insert_with(|| Group {
            kernel: format!("{}{kernel}", &name[..at]),
            prefix,
            parts: BTreeSet::new(),
        });
        group.parts.insert(part.to_owned());
    }
    for group in groups.into_values() {
        if let Err(reason) = group.resolve(tensors) {
            let stored: Vec<String> = group.parts.iter().map(|part| group.name(part)).collect();
            let stored: Vec<&str> = stored.iter().map(String::as_str).collect();
            tensors.refuse(&group.kernel, &stored, &reason);
        }
    }
}

/// One step of a chain: its stored parts, and the input that it transforms.
struct Step {
    kind: Reparametrization,
    parts: Vec<String>,
    shaped_like: String,
}

impl Group {
    fn name(&self, part: &str) -> String {
        format!("{}{part}", self.prefix)
    }

    fn has(&self, part: &str) -> bool {
        self.parts.contains(part)
    }

    /// Replaces the parts by the kernel, or returns why it cannot be computed.
    fn resolve(&self, tensors: &mut Tensors) -> Result<(), String> {
        let mut steps: Vec<Step> = Vec::new();
        let original = match ["original", "original0", "original1"].map(|part| self.has(part)) {
            [true, false, false] => self.name("original"),
            [false, true, true] if !self.has("original2") => {
                steps.push(self.weight_normalization(tensors)?);
                self.name("original1")
            }
            [false, true, false] => return Err(self.missing("original1")),
            [false, false, true] => return Err(self.missing("original0")),
            [false, false, false] => return Err(self.missing("original")),
            _ => return Err(unknown("several originals")),
        };
        let further = self.parts.iter().filter(|part| !part.starts_with("original"));
        let mut numbered: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for part in further {
            let (number, rest) = part.split_once('.').ok_or_else(|| unknown(part))?;
            numbered.entry(number.parse().map_err(|_| unknown(part))?).or_default().insert(rest);
        }
        for (number, parts) in numbered {
            if number >= LONGEST_CHAIN {
                return Err(unknown(&format!("more than {LONGEST_CHAIN} in a chain")));
            }
            if number != steps.len() {
                return Err(unknown(&format!("the one with number {}, which stores no tensor", steps.len())));
            }
            steps.push(self.spectral_normalization(tensors, number, &parts, &original)?);
        }
        if steps.is_empty() {
            return Err(unknown("one that stores nothing but its original"));
        }
        let last = steps.len() - 1;
        let mut before: Option<String> = None;
        for (number, mut step) in steps.into_iter().enumerate() {
            if let Some(before) = before {
                step.parts[0] = before;
            }
            let result = if number == last { self.kernel.clone() } else { self.name(&number.to_string()) };
            let parts: Vec<&str> = step.parts.iter().map(String::as_str).collect();
            tensors.replace(&result, step.kind, &parts, &step.shaped_like);
            before = Some(result);
        }
        Ok(())
    }

    fn weight_normalization(&self, tensors: &Tensors) -> Result<Step, String> {
        let [g, v] = ["original0", "original1"].map(|part| self.name(part));
        if !is_magnitude_of(&tensors.given[&g].shape, &tensors.given[&v].shape) {
            return Err(unknown(
                "two originals that are not the magnitude and direction of weight normalization",
            ));
        }
        let kind = Reparametrization::WeightNormalization;
        Ok(Step { kind, parts: vec![g, v.clone()], shaped_like: v })
    }

    fn spectral_normalization(
        &self,
        tensors: &Tensors,
        number: usize,
        parts: &BTreeSet<&str>,
        original: &str,
    ) -> Result<Step, String> {
        let vectors = ["_u", "_v"];
        if let Some(other) = parts.iter().find(|part| !vectors.contains(part)) {
            return Err(unknown(&format!("the one with {number}.{other}")));
        }
        if let Some(missing) = vectors.into_iter().find(|vector| !parts.contains(vector)) {
            return Err(self.missing(&format!("{number}.{missing}")));
        }
        let [u, v] = vectors.map(|vector| self.name(&format!("{number}.{vector}")));
        let shape = |name: &str| tensors.given[name].shape.as_slice();
        if spectral_dimensions(shape(original), shape(&u), shape(&v)).is_empty() {
            return Err(
                "spectrally normalized, but the lengths of its singular vectors do not fit its original"
                    .to_owned(),
            );
        }
        let kind = Reparametrization::SpectralNormalization;
        Ok(Step { kind, parts: vec![original.to_owned(), u, v], shaped_like: original.to_owned() })
    }

    fn missing(&self, part: &str) -> String {
        format!("parametrized, and its part {} is missing", self.name(part))
    }
}

fn unknown(what: &str) -> String {
    format!(
        "parametrized in an unknown way ({what}): write the effective kernel into the model with torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight') and save that"
    )
}
