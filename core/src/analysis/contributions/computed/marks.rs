//! The marks by which the paths of a model are grouped.

use super::model::{ContributedModel, Source};
use crate::analysis::contributions::Mark;
use crate::circuit::{UnknownName, Word};
use crate::program::ComponentKind;
use crate::program::contributions::{Advance, Grade, Grades};
use crate::program::tracing::{Layer, Role};
use std::collections::BTreeMap;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The property that paths are grouped by, as chosen by the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum By {
    /// The length of a path.
    #[default]
    Length,
    /// The number of convolutions of a block on a path; one result for each block.
    Block,
    /// The number of times a path uses a convolution; one result for each convolution.
    Connection,
    /// The iteration at which a path enters.
    Iteration,
}

impl Word for By {
    const WHAT: &'static str = "grouping of paths";
}

impl ContributedModel {
    /// Returns the marks that paths are grouped by, and the effect of every operation on them.
    ///
    /// The blocks of a checkpoint are those of its circuit. The blocks of a program are the modules that
    /// contain its convolutions, at the outermost level that has several.
    pub fn gradings(&self, by: By) -> Vec<(Mark, Grades)> {
        match by {
            By::Length => vec![(Mark::Length, self.by_length())],
            By::Iteration => vec![(Mark::Iteration, self.by_iteration())],
            By::Connection => {
                let connection = |layer: &Layer| {
                    (Mark::Connection(layer.name.clone()), counted(layer.operations.iter().copied()))
                };
                self.convolutions().map(connection).collect()
            }
            By::Block => {
                let blocks = self.blocks().into_iter();
                blocks.map(|(name, operations)| (Mark::Block(name), counted(operations))).collect()
            }
        }
    }

    /// Grades a path by its length.
    pub(super) fn by_length(&self) -> Grades {
        let layers = self.traced.layers.iter().filter(|layer| layer.kind.length(self.count) > 0);
        counted(layers.flat_map(|layer| layer.operations.iter().copied()))
    }

    /// Returns the convolutions that paths lead through.
    fn convolutions(&self) -> impl Iterator<Item = &Layer> {
        let layers = self.traced.layers.iter().zip(&self.traced.roles);
        let on_paths = layers.filter(|(_, role)| **role == Role::Path).map(|(layer, _)| layer);
        on_paths.filter(|layer| layer.kind == ComponentKind::Conv)
    }

    /// Grades a path by the iteration of its first convolution. In a program, that is the number of the
    /// convolution's call.
    fn by_iteration(&self) -> Grades {
        let enter = |iteration: usize| Advance::Enter(Grade::try_from(iteration).unwrap_or(Grade::MAX));
        match &self.source {
            Source::Network(network) => {
                let entries = network.entries.iter().enumerate();
                Grades::new(entries.filter_map(|(operation, entry)| Some((operation, enter((*entry)?)))))
            }
            Source::Program(_) => Grades::new(self.convolutions().flat_map(|layer| {
                layer.operations.iter().enumerate().map(|(call, &operation)| (operation, enter(call + 1)))
            })),
        }
    }

    /// Returns the convolutions of each block.
    fn blocks(&self) -> BTreeMap<String, Vec<usize>> {
        let mut blocks: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        if let Source::Network(network) = &self.source {
            let convolutions = self.convolutions().flat_map(|layer| &layer.operations);
            for &operation in convolutions {
                if let Some(Some(used)) = network.uses.get(operation) {
                    blocks.entry(format!("block {}", used.block)).or_default().push(operation);
                }
            }
            return blocks;
        }
        let deepest = self.convolutions().map(|layer| layer.name.split('.').count()).max().unwrap_or(1);
        for depth in 1..=deepest {
            blocks.clear();
            for layer in self.convolutions() {
                let name: Vec<&str> = layer.name.split('.').take(depth).collect();
                blocks.entry(name.join(".")).or_default().extend(&layer.operations);
            }
            if blocks.len() > 1 {
                break;
            }
        }
        blocks
    }
}

fn counted(operations: impl IntoIterator<Item = usize>) -> Grades {
    Grades::new(operations.into_iter().map(|operation| (operation, Advance::Add(1))))
}
