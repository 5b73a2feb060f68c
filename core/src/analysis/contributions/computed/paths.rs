//! The contributions of single paths.

use super::model::{ContributedModel, Source};
use super::{ComputeError, ComputeOptions};
use crate::analysis::contributions::{Contributions, Mark};
use crate::analysis::report::PathRow;
use crate::paths::strength::Strengths;
use crate::paths::{Magnitude, Reading};
use crate::program::ComponentKind;
use crate::program::contributions::following;
use crate::program::strengths::Measure;
use crate::program::tracing::{Layer, Role};
use ndarray::{Array3, ArrayView4, Axis};
use std::collections::HashMap;

/// Single paths and the contribution of each.
#[derive(Clone, Debug)]
pub struct ListedPaths {
    /// The paths, strongest first; their rank, from 1, is the mark of the contributions.
    pub paths: Vec<PathRow>,
    /// Whether all paths are listed.
    pub all: bool,
    /// The contributions of these paths.
    pub contributions: Contributions,
}

/// A group of paths that lead through the same uses of components, in the same order.
struct Sequence {
    /// The operations that are these uses.
    operations: Vec<usize>,
    row: PathRow,
}

impl ContributedModel {
    /// Computes the contributions of single paths to the outputs for images.
    ///
    /// Paths that lead through the same uses of components count as one path, such as those through the sum
    /// of a value with itself.
    ///
    /// # Arguments
    ///
    /// * `most` - the largest number of paths to take; if there are more, the strongest
    ///
    /// # Errors
    ///
    /// The same as [`ContributedModel::compute`]; also fails where the strength of a component cannot be
    /// measured.
    ///
    /// # Complexity
    ///
    /// One linear pass per path; paths with a common beginning share it.
    pub fn compute_paths(
        &self,
        images: ArrayView4<'_, f32>,
        most: usize,
        options: &ComputeOptions,
        progress: &dyn Fn(usize),
    ) -> Result<ListedPaths, ComputeError> {
        let (sequences, all) = self.sequences(most)?;
        let of_paths: Vec<Vec<usize>> =
            sequences.iter().map(|sequence| sequence.operations.clone()).collect();
        let (grades, ends) = following(self.uses().into_keys(), &of_paths);
        let gradings = [(Mark::Path, grades)];
        let found = self.compute(images, &gradings, options, progress)?.remove(0);
        let mut parts = Array3::zeros((found.images(), found.units(), ends.len() + 1));
        for (rank, end) in ends.iter().enumerate() {
            // A path without a part contributes nothing.
            if let Some(place) = found.marks.iter().position(|&mark| mark == *end as usize) {
                parts.index_axis_mut(Axis(2), rank).assign(&found.parts.index_axis(Axis(2), place));
            }
        }
        let sources = found.parts.index_axis(Axis(2), found.marks.len());
        parts.index_axis_mut(Axis(2), ends.len()).assign(&sources);
        let marks = (1..=ends.len()).collect();
        let contributions = Contributions::new(Mark::Path, marks, parts, found.outputs)?;
        Ok(ListedPaths {
            paths: sequences.into_iter().map(|sequence| sequence.row).collect(),
            all,
            contributions,
        })
    }

    /// Returns the component that each operation uses; factors, which several paths share at one place, are
    /// left out.
    fn uses(&self) -> HashMap<usize, &Layer> {
        let layers = self.traced.layers.iter().filter(|layer| layer.kind != ComponentKind::Scale);
        layers.flat_map(|layer| layer.operations.iter().map(move |&operation| (operation, layer))).collect()
    }

    /// Returns the strongest sequences, and whether these are all.
    fn sequences(&self, most: usize) -> Result<(Vec<Sequence>, bool), ComputeError> {
        let graph = &self.traced.graph;
        let strengths = self.strengths()?;
        let reading = Reading::of_graph(graph, &strengths);
        let ensemble = reading.ensemble();
        let all = ensemble.paths.to_u64().is_some_and(|paths| paths <= most as u64);
        let uses = self.uses();
        let mut places: HashMap<Vec<usize>, usize> = HashMap::new();
        let mut found: Vec<(Vec<usize>, Vec<f64>)> = Vec::new();
        for listed in reading.strongest().take(most) {
            let operations =
                listed.path.nodes.iter().filter_map(|node| self.traced.node_operations[node.index()]);
            let operations: Vec<usize> =
                operations.filter(|operation| uses.contains_key(operation)).collect();
            let probability = (listed.strength / ensemble.total_strength).to_f64().unwrap_or(0.0);
            let place = *places.entry(operations.clone()).or_insert_with(|| {
                found.push((operations, Vec::new()));
                found.len() - 1
            });
            found[place].1.push(probability);
        }
        let mut sequences: Vec<Sequence> = found
            .into_iter()
            .map(|(operations, probabilities)| {
                let row = self.row(&operations, &uses, probabilities.iter().sum());
                Sequence { operations, row }
            })
            .collect();
        // Sequences that several paths lead through may be stronger together.
        let share = |sequence: &Sequence| sequence.row.probability.unwrap_or(0.0);
        sequences.sort_by(|one, other| share(other).total_cmp(&share(one)));
        Ok((sequences, all))
    }

    /// Returns the description of a sequence. Components after the recurrent stage of a checkpoint belong to
    /// all paths.
    fn row(&self, operations: &[usize], uses: &HashMap<usize, &Layer>, probability: f64) -> PathRow {
        let is_told = |operation: &usize| match &self.source {
            Source::Network(network) => network.uses.get(*operation).is_some_and(Option::is_some),
            Source::Program(_) => true,
        };
        let layers: Vec<&Layer> = operations
            .iter()
            .filter(|operation| is_told(operation))
            .filter_map(|operation| uses.get(operation).copied())
            .collect();
        let total = self.ensemble().map_or(Magnitude::ZERO, |ensemble| ensemble.total_strength);
        let strength = total * Magnitude::new(probability);
        PathRow {
            path: layers.iter().map(|layer| layer.name.clone()).collect(),
            length: layers.iter().map(|layer| layer.kind.length(self.count)).sum(),
            strength: strength.to_f64(),
            log_strength: (!strength.is_zero()).then(|| strength.ln()),
            probability: Some(probability),
        }
    }

    /// Returns the strengths of all components, as in an analysis.
    fn strengths(&self) -> Result<Strengths, ComputeError> {
        let (program, tensors) = (self.source.program(), self.source.tensors());
        let (convolution, batch_norm) =
            (self.analysis.convolution_strength, self.analysis.batch_norm_strength);
        let measure = Measure::new(program, tensors, &self.traced, convolution, batch_norm);
        let measured = self.traced.layers.iter().zip(&self.traced.roles).map(|(layer, role)| {
            match (measure.strength(layer), role) {
                (Err(problem), Role::Path) => {
                    Err(ComputeError::Strength { path: self.path.clone(), problem: Box::new(problem) })
                }
                (strength, _) => Ok(strength.unwrap_or(1.0)),
            }
        });
        let measured: Vec<f64> = measured.collect::<Result<_, ComputeError>>()?;
        Ok(Strengths::new(&measured, |&strength| strength))
    }
}
