//! The memory of a training step of a multi-path model, and the choice of activations to recompute.
//!
//! For its gradient, a convolution keeps its input, a normalization its input, and an activation its output,
//! which is the next convolution's input. These are two maps for each convolution of a path. Recomputed paths
//! need their maps only during their own backward pass, at the cost of a second forward pass. As many paths
//! are kept as fit. The rest is recomputed by iteration or by path, whichever takes fewer convolutions, or by
//! iteration if both take the same, because that needs fewer passes.

use super::MultiPath;
use super::chains::Chains;
use super::segment::{Action, End, Segment};
use bytesize::ByteSize;
use pathscope_core::circuit::Activation;
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// The number of temporary maps in a backward pass, for each path that shares a batched convolution: the
/// incoming gradient, the gradients by the inputs of a normalization and a convolution, and the buffers of
/// the convolution.
const MAPS_BACKWARD: u64 = 8;

/// The number of temporary maps in the forward pass of a path: a drive, its output, a sum and the next drive.
const MAPS_FORWARD: u64 = 4;

/// The way in which a step recomputes activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recomputation {
    /// All activations are kept.
    None,
    /// Paths that reach the readout at the same iteration are recomputed together.
    ByIteration,
    /// Every path is recomputed separately.
    ByPath,
}

/// A division of the paths into those whose activations are kept and those that are recomputed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Division {
    /// The paths whose activations are kept.
    pub kept: Segment,
    /// The segments to recompute, one after the other.
    pub recomputed: Vec<Segment>,
}

impl Division {
    /// Returns the division that keeps all activations.
    pub(super) fn keeping_all(whole: Segment) -> Self {
        Self { kept: whole, recomputed: Vec::new() }
    }
}

/// The sizes in bytes of the maps of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MapSizes {
    /// The kept maps before the stage: images, input normalization and first CPB.
    pub first_block: u64,
    /// The output of the first CPB.
    pub input: u64,
    /// The output of each block, by the number of the block.
    pub blocks: BTreeMap<usize, u64>,
}

/// The expected memory and work of a training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryForecast {
    /// Present memory of the process in bytes, or 0 if it is unknown.
    pub resident: u64,
    /// Peak of the additional memory of a step, in bytes.
    pub step: u64,
    /// Way in which activations are recomputed.
    pub recomputation: Recomputation,
    /// Number of paths.
    pub paths: usize,
    /// Number of recomputed paths.
    pub paths_again: usize,
    /// Number of convolutions in the forward passes of a step, including recomputed ones.
    pub convolutions: usize,
    /// Number of convolutions if every path were computed separately.
    pub convolutions_of_all_paths: usize,
}

impl MemoryForecast {
    /// Returns the expected peak of the process's memory in bytes.
    pub fn peak(&self) -> u64 {
        self.resident + self.step
    }
}

impl fmt::Display for MemoryForecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { paths, paths_again, convolutions, convolutions_of_all_paths, .. } = self;
        let again = match self.recomputation {
            Recomputation::None => "all activations kept".to_owned(),
            Recomputation::ByIteration => {
                format!("the activations of {paths_again} computed again, iteration by iteration")
            }
            Recomputation::ByPath => format!("the activations of {paths_again} computed again, path by path"),
        };
        write!(
            f,
            "{paths} {}, {again}: {convolutions} convolutions a step where single paths have {convolutions_of_all_paths}; memory expected to reach {}",
            if *paths == 1 { "path" } else { "paths" },
            shown(self.peak())
        )
    }
}

fn shown(bytes: u64) -> impl fmt::Display {
    ByteSize(bytes).display().iec()
}

/// The error for a memory limit that is too low for a training step.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a training step needs at least {} of memory, more than --memory-limit {}: raise it, or train with a smaller batch, fewer channels or smaller images",
    shown(*.needed), shown(*.limit)
)]
pub struct MemoryError {
    /// The memory of the most economical plan, in bytes.
    pub needed: u64,
    /// The limit in bytes.
    pub limit: u64,
}

impl MultiPath {
    /// Divides the work of a training step so that memory stays below a limit. Without a limit, all
    /// activations are kept.
    ///
    /// # Arguments
    ///
    /// * `sizes` - the sizes of the maps of a batch
    /// * `resident` - the memory that the process already has, in bytes
    /// * `limit` - the memory that the process may have, in bytes
    ///
    /// # Errors
    ///
    /// Returns [`MemoryError`] if even the most economical division exceeds the limit.
    ///
    /// # Complexity
    ///
    /// O(log(paths) · sum of the lengths of all paths).
    pub(crate) fn divide(
        &mut self,
        sizes: &MapSizes,
        activation: Activation,
        resident: u64,
        limit: Option<u64>,
    ) -> Result<MemoryForecast, MemoryError> {
        let cost = Cost { chains: &self.chains, sizes, activation };
        let all = self.whole.ends.len();
        let forecast = |division: &Division, recomputation| MemoryForecast {
            resident,
            step: cost.peak(division),
            recomputation,
            paths: all,
            paths_again: division.recomputed.iter().map(|segment| segment.ends.len()).sum(),
            convolutions: cost.convolutions(division),
            convolutions_of_all_paths: self.chains.convolutions_of_all_paths(),
        };
        let whole = Division::keeping_all(self.whole.clone());
        let mut best = (forecast(&whole, Recomputation::None), whole);
        if let Some(limit) = limit
            && best.0.peak() > limit
        {
            let mut fitting: Vec<(MemoryForecast, Division)> = Vec::new();
            // Keeping all may take the least memory, because every recomputed part repeats what paths share.
            let mut needed = best.0.peak();
            for recomputation in [Recomputation::ByIteration, Recomputation::ByPath] {
                let parts = self.parts(recomputation);
                let divided = |kept: usize| {
                    let division = self.divided(&parts, kept);
                    (forecast(&division, recomputation), division)
                };
                needed = needed.min(divided(0).0.peak());
                // In rare cases, keeping more takes less memory. The result then fits, but is not the best.
                let fit = partition_point(parts.len(), |kept| divided(kept).0.peak() <= limit);
                if let Some(kept) = fit {
                    fitting.push(divided(kept));
                }
            }
            best = fitting
                .into_iter()
                .min_by_key(|(forecast, _)| forecast.convolutions)
                .ok_or(MemoryError { needed, limit })?;
        }
        let (forecast, division) = best;
        self.division = division;
        Ok(forecast)
    }

    /// Returns the groups of paths that are kept or recomputed together.
    fn parts(&self, recomputation: Recomputation) -> Vec<Vec<End>> {
        let ends = &self.whole.ends;
        match recomputation {
            Recomputation::None => vec![ends.clone()],
            Recomputation::ByIteration => {
                ends.chunk_by(|one, other| one.reading == other.reading).map(<[End]>::to_vec).collect()
            }
            Recomputation::ByPath => ends.chunks(self.width).map(<[End]>::to_vec).collect(),
        }
    }

    fn divided(&self, parts: &[Vec<End>], kept: usize) -> Division {
        let (kept, again) = parts.split_at(kept);
        let segment = |ends: &[End]| Segment::new(&self.chains, ends, self.width);
        Division {
            kept: segment(&kept.concat()),
            recomputed: again.iter().map(|ends| segment(ends)).collect(),
        }
    }
}

/// Returns the largest number in 0..=`most` for which `holds` is true, or `None` if there is none. `holds`
/// must be true for all smaller numbers and false for all larger ones.
fn partition_point(most: usize, holds: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut below, mut above) = (0, most + 1);
    while below < above {
        let middle = below + (above - below) / 2;
        if holds(middle) {
            below = middle + 1;
        } else {
            above = middle;
        }
    }
    below.checked_sub(1)
}

/// The cost of a division of the work.
struct Cost<'a> {
    chains: &'a Chains,
    sizes: &'a MapSizes,
    activation: Activation,
}

impl Cost<'_> {
    fn block(&self, block: usize) -> u64 {
        self.sizes.blocks.get(&block).copied().unwrap_or(0)
    }

    fn largest(&self) -> u64 {
        self.sizes.blocks.values().copied().max().unwrap_or(0)
    }

    /// Returns the memory that autograd holds for a segment, in bytes.
    fn kept(&self, segment: &Segment) -> u64 {
        let softplus = self.activation == Activation::Softplus;
        let mut bytes = 0;
        let mut paths_of_sum: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for step in &segment.steps {
            match &step.action {
                Action::Convolve { drives, .. } => {
                    // A batch of several paths is concatenated before the convolution and split after it.
                    let copies = if drives.len() > 1 { 2 } else { 1 };
                    bytes += drives
                        .iter()
                        .map(|&drive| copies * self.block(self.chains.drives[drive].block))
                        .sum::<u64>();
                }
                Action::Activate { output, .. } => {
                    let normalized = self.chains.outputs[*output].normalization.is_some();
                    // Softplus keeps its input, ReLU overwrites it.
                    let maps = if softplus && normalized { 2 } else { 1 };
                    bytes += maps * self.block(self.chains.drive_of(*output).block);
                }
                Action::Read { output, reading } => {
                    let sum = paths_of_sum.entry(*reading).or_default();
                    *sum = (sum.0 + 1, self.block(self.chains.drive_of(*output).block));
                }
            }
        }
        bytes + paths_of_sum.values().filter(|(paths, _)| *paths > 1).map(|(_, map)| map).sum::<u64>()
    }

    fn stems(&self) -> u64 {
        let of = |drive: usize| match self.chains.drives[drive].kernel {
            Some(_) => self.block(self.chains.drives[drive].block),
            None => self.sizes.input,
        };
        self.chains.stems().map(of).sum()
    }

    /// Returns the largest number of paths that share a batched convolution.
    fn together(&self, division: &Division) -> u64 {
        let segments = std::iter::once(&division.kept).chain(&division.recomputed);
        let of_step = |step: &super::segment::Step| match &step.action {
            Action::Convolve { drives, .. } => drives.len(),
            Action::Activate { .. } | Action::Read { .. } => 1,
        };
        segments.flat_map(|segment| &segment.steps).map(of_step).max().unwrap_or(1) as u64
    }

    /// Returns the peak of the additional memory of a step, in bytes.
    fn peak(&self, division: &Division) -> u64 {
        let always = self.sizes.first_block + self.stems();
        let together = self.together(division) * self.largest();
        let forward = if division.recomputed.is_empty() { 0 } else { MAPS_FORWARD * together };
        let backward = self.stems() + MAPS_BACKWARD * together;
        let again = division.recomputed.iter().map(|segment| self.kept(segment)).max().unwrap_or(0);
        let stage = (self.kept(&division.kept).max(again) + backward).max(forward);
        // The backward pass of the first CPB comes last, when only the gradient of the stage is left.
        let first = self.stems() * 2 + 3 * self.sizes.input;
        always + stage.max(first)
    }

    /// Returns the number of convolutions in the forward passes of a step.
    fn convolutions(&self, division: &Division) -> usize {
        let stems = self.chains.stems().filter(|&drive| self.chains.drives[drive].kernel.is_some()).count();
        let again: usize = division.recomputed.iter().map(Segment::convolutions).sum();
        stems + division.kept.convolutions() + 2 * again
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::circuit::{Circuit, Readout};
    use pathscope_core::model::ablation::{PathNormalization, multi_path};

    const MAP: u64 = 1000;

    fn planned(iterations: usize) -> MultiPath {
        let recurrent = Circuit::of_recurrent_blocks(1, iterations);
        let circuit = multi_path(&recurrent, &[].into(), PathNormalization::PerPath).unwrap();
        MultiPath::new(&circuit, Readout::TwoAvg, 0.1).unwrap()
    }

    fn sizes() -> MapSizes {
        MapSizes { first_block: 3 * MAP, input: MAP, blocks: [(2, MAP)].into() }
    }

    fn divide(paths: &mut MultiPath, limit: Option<u64>) -> Result<MemoryForecast, MemoryError> {
        paths.divide(&sizes(), Activation::Relu, 0, limit)
    }

    #[test]
    fn without_a_limit_all_is_kept() {
        let mut paths = planned(7);
        let forecast = divide(&mut paths, None).unwrap();
        assert_eq!(forecast.recomputation, Recomputation::None);
        assert_eq!((forecast.paths, forecast.convolutions, forecast.convolutions_of_all_paths), (28, 57, 84));
        // First block 3, stem and its gradient 2, 56 drives, 84 outputs, 6 sums of several paths, 8
        // temporary.
        assert_eq!(forecast.step, (3 + 2 + 56 + 84 + 6 + 8) * MAP);
    }

    #[test]
    fn as_much_is_kept_as_fits() {
        let mut paths = planned(7);
        let mut last = usize::MAX;
        for maps in [26, 30, 40, 60, 80, 100, 120, 150, 159] {
            let forecast = divide(&mut paths, Some(maps * MAP)).unwrap();
            assert!(forecast.peak() <= maps * MAP, "{maps}: {forecast}");
            assert!(forecast.convolutions <= last, "{maps}: {forecast}");
            last = forecast.convolutions;
        }
        assert_eq!(last, 57);
        // The longest path is recomputed alone: 6 drives and 7 outputs.
        let least = divide(&mut paths, Some(0)).unwrap_err();
        assert_eq!(least.needed, (3 + 2 + 6 + 7 + 8) * MAP);
        assert_eq!(divide(&mut paths, Some(least.needed)).unwrap().recomputation, Recomputation::ByPath);
        assert!(divide(&mut paths, Some(least.needed - 1)).is_err());
    }

    /// The seven paths of the last iteration do not fit, so both ways cost the same.
    #[test]
    fn whole_iterations_are_recomputed_if_that_costs_no_more() {
        let mut paths = planned(7);
        let forecast = divide(&mut paths, Some(113 * MAP)).unwrap();
        assert_eq!(forecast.recomputation, Recomputation::ByIteration);
        assert_eq!((forecast.paths_again, forecast.convolutions), (7, 57 + 21));
        // With less, some of an iteration's paths can be kept.
        let forecast = divide(&mut paths, Some(100 * MAP)).unwrap();
        assert_eq!(forecast.recomputation, Recomputation::ByPath);
    }

    #[test]
    fn what_is_needed_is_never_more_than_keeping_all_takes() {
        let mut less = 0;
        for (blocks, iterations) in [(1, 4), (2, 3), (2, 4)] {
            for width in 1..=8 {
                let recurrent = Circuit::of_recurrent_blocks(blocks, iterations);
                let circuit = multi_path(&recurrent, &[].into(), PathNormalization::Shared).unwrap();
                let mut paths = MultiPath::new(&circuit, Readout::TwoAvg, 0.1).unwrap();
                paths.take_together(width);
                let mut sizes = sizes();
                sizes.blocks.insert(3, MAP);
                let mut divide = |limit| paths.divide(&sizes, Activation::Relu, 0, limit);
                let all = divide(None).unwrap().peak();
                let needed = divide(Some(0)).unwrap_err().needed;
                assert!(needed <= all, "{blocks} {iterations} {width}");
                assert!(divide(Some(needed)).unwrap().peak() <= needed);
                less += usize::from(needed < all);
            }
        }
        assert!(less > 0);
    }

    #[test]
    fn the_partition_point_is_the_last_that_holds() {
        for most in 0..5 {
            for last in 0..=most {
                assert_eq!(partition_point(most, |kept| kept <= last), Some(last));
            }
            assert_eq!(partition_point(most, |_| false), None);
        }
    }
}
