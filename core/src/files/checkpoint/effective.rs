//! Effective kernels: the kernels that layers compute with, computed from the tensors that a
//! reparametrization stores.
//!
//! | stored | effective kernel X |
//! |---|---|
//! | `X_g`, `X_v` (weight normalization) | g · v / ‖v‖, the norm over all dimensions but that of g |
//! | `parametrizations.X.original0`, `.original1` (the same) | the same |
//! | `X_orig`, `X_mask` (pruning) | orig · mask |
//! | `X_orig`, `X_u`, `X_v` (spectral normalization) | orig / (u · W v), W the original as a matrix |
//! | `parametrizations.X.original`, `.0._u`, `.0._v` (the same) | the same |
//!
//! Chains of parametrizations are resolved step by step. If a part is missing or the parametrization is
//! unknown, X cannot be computed, and neither X nor its parts are returned as tensors.

mod arithmetic;
mod parametrizations;
mod suffixes;
#[cfg(test)]
mod tests;

use super::{Checkpoint, CheckpointError, TensorInfo};
use ndarray::ArrayD;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use strum::IntoStaticStr;

/// A reparametrization: a way of computing a kernel from stored parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
pub enum Reparametrization {
    /// The product of a normalized direction and a magnitude.
    #[strum(to_string = "weight normalization")]
    WeightNormalization,
    /// The product of an original and a mask.
    #[strum(to_string = "pruning")]
    Pruning,
    /// An original divided by its largest singular value.
    #[strum(to_string = "spectral normalization")]
    SpectralNormalization,
}

impl Reparametrization {
    /// Returns the name of the reparametrization, for use in sentences.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A kernel that is computed from several stored tensors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EffectiveKernel {
    /// The name of the kernel.
    pub name: String,
    /// The reparametrization of the layer; for a chain, its last step.
    pub reparametrization: Reparametrization,
    /// The stored tensors that the kernel is computed from.
    pub stored: Vec<String>,
}

impl EffectiveKernel {
    /// Returns all effective kernels of a checkpoint.
    pub fn all(checkpoint: &Checkpoint) -> Vec<Self> {
        let owned = |(name, reparametrization, stored): (&str, Reparametrization, Vec<&str>)| Self {
            name: name.to_owned(),
            reparametrization,
            stored: stored.into_iter().map(str::to_owned).collect(),
        };
        checkpoint.effective_kernels().map(owned).collect()
    }
}

/// The recipe for computing an effective kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recipe {
    pub kind: Reparametrization,
    /// The parts, in the order of the table above. A part may itself be computed by a recipe.
    pub parts: Vec<String>,
}

impl Recipe {
    /// Returns the trainable parts; the others are buffers.
    fn trained(&self) -> &[String] {
        match self.kind {
            Reparametrization::WeightNormalization => &self.parts,
            Reparametrization::Pruning | Reparametrization::SpectralNormalization => &self.parts[..1],
        }
    }
}

/// Reads the numbers of a stored tensor.
type ReadStored<'a> = dyn Fn(&str, &TensorInfo) -> Result<ArrayD<f64>, CheckpointError> + 'a;

/// The tensors of a checkpoint, with effective kernels replacing their parts.
#[derive(Debug, Default)]
pub(super) struct Tensors {
    /// The tensors that are returned to the user.
    pub given: BTreeMap<String, TensorInfo>,
    /// The stored tensors that effective kernels replace.
    parts: BTreeMap<String, TensorInfo>,
    recipes: BTreeMap<String, Recipe>,
    /// The names that are refused, with the reason.
    refused: BTreeMap<String, String>,
}

impl Tensors {
    /// Finds the reparametrized kernels among stored tensors.
    ///
    /// # Complexity
    ///
    /// O(n log n) for n tensors.
    pub(super) fn new(stored: BTreeMap<String, TensorInfo>) -> Self {
        let mut tensors = Self { given: stored, ..Self::default() };
        parametrizations::find(&mut tensors);
        suffixes::find(&mut tensors);
        tensors
    }

    /// Returns the reason why a name is refused, if a reparametrization is the reason.
    pub(super) fn refusal(&self, name: &str) -> Option<&str> {
        self.refused.get(name).map(String::as_str)
    }

    /// Returns the effective kernels, with the reparametrization and the stored tensors of each.
    pub(super) fn effective(&self) -> impl Iterator<Item = (&str, Reparametrization, Vec<&str>)> {
        self.recipes
            .iter()
            .filter(|(name, _)| self.given.contains_key(*name))
            .map(|(name, recipe)| (name.as_str(), recipe.kind, self.stored_parts(name)))
    }

    /// Returns remarks about computed kernels and unusable parts.
    pub(super) fn remarks(&self) -> Vec<String> {
        let mut by_kind: BTreeMap<Reparametrization, Vec<String>> = BTreeMap::new();
        for (name, kind, parts) in self.effective() {
            by_kind.entry(kind).or_default().push(format!("{name} from {}", parts.join(", ")));
        }
        let mut remarks: Vec<String> = by_kind
            .into_iter()
            .map(|(kind, kernels)| {
                format!("effective kernels were computed ({}): {}", kind.as_str(), few(&kernels))
            })
            .collect();
        let unresolved: Vec<String> =
            self.unresolved().map(|(name, _, reason)| format!("{name} ({reason})")).collect();
        if !unresolved.is_empty() {
            remarks.push(format!("not used: {}", few(&unresolved)));
        }
        remarks
    }

    /// Returns the number of trainable parameters in a tensor, or in the parts that it is computed from.
    pub(super) fn parameters(&self, name: &str) -> usize {
        match (self.recipes.get(name), self.info(name)) {
            (Some(recipe), _) => recipe.trained().iter().map(|part| self.parameters(part)).sum(),
            (None, Some(info)) if !is_buffer(name) && !info.element_type.is_integer() => info.len(),
            (None, _) => 0,
        }
    }

    /// Returns the tensors that are neither returned nor part of an effective kernel, because it cannot be
    /// computed.
    pub(super) fn unresolved(&self) -> impl Iterator<Item = (&str, &TensorInfo, &str)> {
        let used: BTreeSet<&String> = self.recipes.values().flat_map(|recipe| &recipe.parts).collect();
        self.parts
            .iter()
            .filter(move |(name, _)| !used.contains(name))
            .filter_map(|(name, info)| Some((name.as_str(), info, self.refusal(name)?)))
    }

    /// Computes the elements of a tensor in double precision.
    ///
    /// # Errors
    ///
    /// The errors of `read`; [`CheckpointError::NoSuchTensor`] and [`CheckpointError::NotEffective`].
    ///
    /// # Complexity
    ///
    /// O(elements stored for the tensor).
    pub(super) fn read(
        &self,
        path: &Path,
        name: &str,
        read: &ReadStored<'_>,
    ) -> Result<ArrayD<f64>, CheckpointError> {
        let Some(recipe) = self.recipes.get(name) else {
            return match self.info(name) {
                Some(info) => read(name, info),
                None => Err(self.missing(path, name)),
            };
        };
        let parts =
            recipe.parts.iter().map(|part| self.read(path, part, read)).collect::<Result<Vec<_>, _>>()?;
        Ok(arithmetic::compute(recipe.kind, parts))
    }

    fn missing(&self, path: &Path, name: &str) -> CheckpointError {
        let (path, tensor) = (path.to_owned(), name.to_owned());
        match self.refusal(name) {
            Some(reason) => CheckpointError::NotEffective { path, tensor, reason: reason.to_owned() },
            None => CheckpointError::NoSuchTensor { path, tensor },
        }
    }

    fn info(&self, name: &str) -> Option<&TensorInfo> {
        self.given.get(name).or_else(|| self.parts.get(name))
    }

    fn stored_parts(&self, name: &str) -> Vec<&str> {
        let Some(recipe) = self.recipes.get(name) else { return Vec::new() };
        let stored = |part| match self.recipes.contains_key(part) {
            true => self.stored_parts(part),
            false => vec![part],
        };
        recipe.parts.iter().map(String::as_str).flat_map(stored).collect()
    }

    /// Replaces the parts of an effective kernel by the kernel.
    ///
    /// # Arguments
    ///
    /// * `shaped_like` - the part that has the type and shape of the kernel
    fn replace(&mut self, kernel: &str, kind: Reparametrization, parts: &[&str], shaped_like: &str) {
        let Some(info) = self.info(shaped_like).cloned() else { return };
        for part in parts {
            self.take(part, format!("it is a part of {kernel} ({}): name {kernel}", kind.as_str()));
        }
        let parts = parts.iter().map(|&part| part.to_owned()).collect();
        self.recipes.insert(kernel.to_owned(), Recipe { kind, parts });
        self.given.insert(kernel.to_owned(), info);
    }

    /// Refuses a kernel that cannot be computed, together with its parts.
    fn refuse(&mut self, kernel: &str, parts: &[&str], reason: &str) {
        for part in parts {
            self.take(part, format!("it is a part of {kernel}, {reason}"));
        }
        if !self.given.contains_key(kernel) {
            self.refused.insert(kernel.to_owned(), format!("it is {reason}"));
        }
    }

    fn take(&mut self, part: &str, reason: String) {
        if let Some(info) = self.given.remove(part) {
            // Intermediate results of a kernel are not tensors of the file.
            if !self.recipes.contains_key(part) {
                self.refused.insert(part.to_owned(), reason);
            }
            self.parts.insert(part.to_owned(), info);
        }
    }
}

/// Returns the first items as text, with the number of remaining ones.
fn few(items: &[String]) -> String {
    let listed = items[..items.len().min(LISTED)].join("; ");
    if items.len() > LISTED { format!("{listed}; and {} more", items.len() - LISTED) } else { listed }
}

const LISTED: usize = 4;

/// Returns whether PyTorch stores a tensor of that name as a buffer rather than a parameter.
fn is_buffer(name: &str) -> bool {
    ["running_mean", "running_var", "num_batches_tracked"].iter().any(|buffer| name.ends_with(buffer))
}

/// Returns whether a magnitude g fits a direction v: along one dimension, or as a single number.
fn is_magnitude_of(g: &[usize], v: &[usize]) -> bool {
    if v.len() < 2 {
        return false;
    }
    let one = g.iter().all(|&extent| extent == 1) && (g.len() < 2 || g.len() == v.len());
    let along = |dimension: usize| {
        g.iter().enumerate().all(|(index, &extent)| extent == if index == dimension { v[index] } else { 1 })
    };
    one || g.len() == v.len() && (0..v.len()).any(along)
}

/// Returns the dimensions along which u and v can be singular vectors of a kernel.
pub(super) fn spectral_dimensions(original: &[usize], u: &[usize], v: &[usize]) -> Vec<usize> {
    let ([u], [v]) = (u, v) else { return Vec::new() };
    let total: usize = original.iter().product();
    // PyTorch's default is dimension 0, and 1 for transposed convolutions.
    (0..original.len())
        .filter(|&dimension| original[dimension] == *u && u.checked_mul(*v) == Some(total))
        .collect()
}
