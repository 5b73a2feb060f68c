//! Plans for some of the paths of a multi-path model, as sequences of steps.
//!
//! Paths are computed one at a time by default, or a few together. What a path shares with earlier ones is
//! computed once. Paths that use the same convolution at the same time share one batch. Values that no later
//! step needs are released.

use super::chains::{Chains, Source};
use pathscope_core::circuit::{LayerName, TensorName};
use std::collections::{BTreeMap, HashMap, HashSet};

/// An intermediate value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Value {
    /// A drive from the input of the recurrent stage, which exists before the first step.
    Stem(usize),
    /// The drive with this index in [`Chains::drives`].
    Drive(usize),
    /// The output with this index in [`Chains::outputs`].
    Output(usize),
}

/// The action of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Convolves the sources of some drives with one kernel, as one batch.
    Convolve {
        /// The name of the kernel.
        kernel: TensorName,
        /// The source of each drive.
        sources: Vec<Value>,
        /// The drives.
        drives: Vec<usize>,
    },
    /// Normalizes and activates a drive.
    Activate {
        /// The drive, or its unchanged source.
        drive: Value,
        /// The output.
        output: usize,
    },
    /// Adds an output to a sum that the readout sees.
    Read {
        /// The output.
        output: usize,
        /// Index in [`Chains::readings`].
        reading: usize,
    },
}

/// A step of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The action.
    pub action: Action,
    /// The values that no later step needs.
    pub released: Vec<Value>,
}

/// The end of a path, which identifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// Index in [`Chains::readings`].
    pub reading: usize,
    /// Index in [`Chains::outputs`].
    pub output: usize,
}

/// A sequence of steps for some paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The paths.
    pub ends: Vec<End>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The drives from the input of the stage that it begins with.
    pub stems: Vec<usize>,
    /// The kernels that the steps use.
    pub kernels: Vec<TensorName>,
    /// The normalizations that the steps use.
    pub normalizations: Vec<LayerName>,
}

impl Segment {
    /// Plans the paths that end at `ends`, `width` at a time.
    ///
    /// # Complexity
    ///
    /// O(sum of the lengths of the paths).
    pub(super) fn new(chains: &Chains, ends: &[End], width: usize) -> Self {
        let mut planner = Planner { chains, computed: HashSet::new(), actions: Vec::new() };
        for together in ends.chunks(width.max(1)) {
            planner.plan(together);
        }
        let actions = planner.actions;
        let mut stems: Vec<usize> = Vec::new();
        let mut kernels: Vec<TensorName> = Vec::new();
        let mut normalizations: Vec<LayerName> = Vec::new();
        for action in &actions {
            match action {
                Action::Convolve { kernel, .. } => kernels.push(kernel.clone()),
                Action::Activate { drive, output } => {
                    normalizations.extend(chains.outputs[*output].normalization);
                    if let Value::Stem(drive) = drive {
                        stems.push(*drive);
                    }
                }
                Action::Read { .. } => {}
            }
        }
        stems.sort_unstable();
        stems.dedup();
        kernels.sort_unstable();
        kernels.dedup();
        normalizations.sort_unstable();
        normalizations.dedup();
        Self { ends: ends.to_vec(), steps: with_releases(actions), stems, kernels, normalizations }
    }

    /// Returns the number of convolutions.
    pub(super) fn convolutions(&self) -> usize {
        let of_step = |step: &Step| match &step.action {
            Action::Convolve { drives, .. } => drives.len(),
            Action::Activate { .. } | Action::Read { .. } => 0,
        };
        self.steps.iter().map(of_step).sum()
    }
}

struct Planner<'a> {
    chains: &'a Chains,
    computed: HashSet<Value>,
    actions: Vec<Action>,
}

impl Planner<'_> {
    fn plan(&mut self, together: &[End]) {
        let mut levels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for end in together {
            for (depth, output) in self.chains.path(end.output).into_iter().enumerate() {
                if self.computed.insert(Value::Output(output)) {
                    levels.entry(depth).or_default().push(output);
                }
            }
        }
        for outputs in levels.values() {
            self.convolve(outputs);
            for &output in outputs {
                let drive = self.value_of(self.chains.outputs[output].drive);
                self.actions.push(Action::Activate { drive, output });
            }
        }
        let read = together.iter().map(|&End { reading, output }| Action::Read { output, reading });
        self.actions.extend(read);
    }

    /// Adds the convolutions for these outputs. Drives with the same kernel share a batch.
    fn convolve(&mut self, outputs: &[usize]) {
        let mut by_kernel: Vec<(&TensorName, Vec<Value>, Vec<usize>)> = Vec::new();
        for &output in outputs {
            let index = self.chains.outputs[output].drive;
            let drive = &self.chains.drives[index];
            let (Some(kernel), Source::Output(source)) = (&drive.kernel, drive.source) else { continue };
            if !self.computed.insert(Value::Drive(index)) {
                continue;
            }
            let source = Value::Output(source);
            match by_kernel.iter_mut().find(|(known, ..)| *known == kernel) {
                Some((_, sources, drives)) => {
                    sources.push(source);
                    drives.push(index);
                }
                None => by_kernel.push((kernel, vec![source], vec![index])),
            }
        }
        for (kernel, sources, drives) in by_kernel {
            self.actions.push(Action::Convolve { kernel: kernel.clone(), sources, drives });
        }
    }

    /// Returns the value of a drive.
    fn value_of(&self, drive: usize) -> Value {
        match &self.chains.drives[drive] {
            each if each.source == Source::Input => Value::Stem(drive),
            each => match (&each.kernel, each.source) {
                (None, Source::Output(source)) => Value::Output(source),
                _ => Value::Drive(drive),
            },
        }
    }
}

fn with_releases(actions: Vec<Action>) -> Vec<Step> {
    let uses = |action: &Action| -> Vec<Value> {
        match action {
            Action::Convolve { sources, .. } => sources.clone(),
            Action::Activate { drive, .. } => vec![*drive],
            Action::Read { output, .. } => vec![Value::Output(*output)],
        }
    };
    let mut last_use: HashMap<Value, usize> = HashMap::new();
    for (index, action) in actions.iter().enumerate() {
        for value in uses(action) {
            last_use.insert(value, index);
        }
    }
    let step = |(index, action): (usize, Action)| {
        let mut released: Vec<Value> =
            uses(&action).into_iter().filter(|value| last_use[value] == index).collect();
        released.sort_unstable();
        released.dedup();
        released.retain(|value| !matches!(value, Value::Stem(_)));
        Step { action, released }
    };
    actions.into_iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::circuit::Circuit;
    use pathscope_core::graph::unroll::UnrolledCircuit;
    use pathscope_core::model::ablation::{PathNormalization, multi_path};

    fn chains(iterations: usize, normalization: PathNormalization) -> Chains {
        let recurrent = Circuit::of_recurrent_blocks(1, iterations);
        let circuit = multi_path(&recurrent, &[].into(), normalization).unwrap();
        Chains::new(&circuit, &UnrolledCircuit::new(&circuit).unwrap()).unwrap()
    }

    fn ends(chains: &Chains) -> Vec<End> {
        let of = |(reading, each): (usize, &super::super::chains::Reading)| {
            each.ends.iter().map(|&output| End { reading, output }).collect::<Vec<_>>()
        };
        chains.readings.iter().enumerate().flat_map(of).collect()
    }

    /// Returns the largest number of values at the same time, after checking that none is used too early or
    /// kept too long.
    fn most_alive(segment: &Segment) -> usize {
        let mut alive = HashSet::new();
        let mut most = 0;
        for Step { action, released } in &segment.steps {
            match action {
                Action::Convolve { sources, drives, .. } => {
                    assert!(sources.iter().all(|source| alive.contains(source)));
                    alive.extend(drives.iter().map(|&drive| Value::Drive(drive)));
                }
                Action::Activate { drive, output } => {
                    assert!(matches!(drive, Value::Stem(_)) || alive.contains(drive));
                    alive.insert(Value::Output(*output));
                }
                Action::Read { output, .. } => assert!(alive.contains(&Value::Output(*output))),
            }
            most = most.max(alive.len());
            assert!(released.iter().all(|value| alive.remove(value)));
        }
        assert!(alive.is_empty(), "{alive:?} is never released");
        most
    }

    #[test]
    fn one_path_at_a_time_needs_two_values() {
        let chains = chains(7, PathNormalization::PerPath);
        let segment = Segment::new(&chains, &ends(&chains), 1);
        assert_eq!(segment.convolutions(), 56);
        assert_eq!(most_alive(&segment), 2);
        assert_eq!(segment.stems, [0]);
        assert_eq!(segment.kernels, ["conv[2].lateral.weight".parse().unwrap()]);
        assert_eq!(segment.normalizations.len(), 84);
    }

    #[test]
    fn paths_at_the_same_convolution_go_through_it_together() {
        let chains = chains(4, PathNormalization::PerPath);
        let segment = Segment::new(&chains, &ends(&chains), 100);
        let batches: Vec<usize> = segment
            .steps
            .iter()
            .filter_map(|step| match &step.action {
                Action::Convolve { drives, .. } => Some(drives.len()),
                _ => None,
            })
            .collect();
        // Of ten paths six are longer than 1, three longer than 2 and one longer than 3.
        assert_eq!(batches, [6, 3, 1]);
        most_alive(&segment);
    }

    #[test]
    fn prefixes_that_are_shared_are_computed_once() {
        let chains = chains(7, PathNormalization::Shared);
        let segment = Segment::new(&chains, &ends(&chains), 1);
        assert_eq!(segment.convolutions(), 21);
        most_alive(&segment);
        // The prefixes of paths that end at the last iteration include all others.
        let last = &chains.readings[6];
        let of_last: Vec<End> = last.ends.iter().map(|&output| End { reading: 6, output }).collect();
        assert_eq!(Segment::new(&chains, &of_last, 1).convolutions(), 21);
    }
}
