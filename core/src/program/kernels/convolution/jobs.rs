//! Convolutions of chunks of images, divided among threads.
//!
//! The division depends only on shapes, so that results do not depend on the number of threads.

use super::images::{interleave, separate};
use super::plan::Plan;
use super::work::Work;
use crate::program::Element;
use crate::program::kernels::matrix_product::Onto;
use rayon::prelude::*;
use std::iter::zip;
use std::mem::MaybeUninit;
use std::ops::Range;

/// The number of columns of a product to aim for; products with fewer columns are slow.
const COLUMNS: usize = 128;

/// The fewest images that are interleaved, unless they are large: a cache line for each place.
const IMAGES: usize = 16;

/// The largest number of interleaved source and target elements, if that is more than one image.
const MOST_ELEMENTS: usize = 1 << 20;

/// The target number of jobs, enough to keep threads busy.
const JOBS: usize = 8;

/// The fewest target channels of a job among several; products with fewer rows are slow.
const ROWS: usize = 32;

/// A block of target channels: those of some groups, or a part of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) groups: Range<usize>,
    /// The channels within a group.
    pub(super) rows: Range<usize>,
}

/// An image and the places that the channels of a block are written to.
struct Image<'a, T> {
    source: &'a [T],
    target: &'a mut [MaybeUninit<T>],
    bias: Option<&'a [T]>,
}

/// The channels of a block in a chunk of images.
struct Job<'a, T> {
    block: Block,
    images: Vec<Image<'a, T>>,
    /// The interleaved sources of the chunk, where several blocks read them.
    shared: Option<&'a [T]>,
}

/// Memory that a thread reuses for its jobs.
#[derive(Default)]
struct Scratch<T> {
    source: Vec<T>,
    target: Vec<T>,
    gathered: Vec<T>,
}

/// Convolves tensors of `batch` images each with an arranged kernel.
pub(super) fn apply<T: Element>(
    plan: &Plan,
    sources: &[&[T]],
    batch: usize,
    kernel: &[T],
    biases: &[Option<&[T]>],
) -> Vec<Vec<T>> {
    let source = plan.groups * plan.source.channels * plan.source.plane();
    let target = plan.groups * plan.target.channels * plan.target.plane();
    // Setting all elements to 0 first would take a tenth of the time.
    let mut targets: Vec<Vec<T>> = sources.iter().map(|_| Vec::with_capacity(batch * target)).collect();
    if target == 0 {
        return targets;
    }
    let chunk = images_at_a_time(plan, sources.len() * batch);
    let blocks = blocks(plan, (sources.len() * batch).div_ceil(chunk));
    let shared =
        match source > 0 && blocks.len() > plan.groups && (chunk > 1 || !plan.source.columns.is_in_order()) {
            true => side_by_side(plan, sources, chunk),
            false => Vec::new(),
        };
    let mut images: Vec<Vec<Image<T>>> = blocks.iter().map(|_| Vec::new()).collect();
    for ((&tensor, &bias), targets) in zip(zip(sources, biases), &mut targets) {
        let targets = &mut targets.spare_capacity_mut()[..batch * target];
        for (index, mut rest) in targets.chunks_mut(target).enumerate() {
            for (block, images) in zip(&blocks, &mut images) {
                let (target, after) = rest.split_at_mut(block.channels(plan).len() * plan.target.plane());
                rest = after;
                images.push(Image { source: &tensor[index * source..(index + 1) * source], target, bias });
            }
            assert!(rest.is_empty(), "the blocks have all channels of an image");
        }
    }
    let mut jobs = Vec::new();
    for (block, images) in zip(blocks, images) {
        let mut images = images.into_iter().peekable();
        let mut shared = shared.iter();
        while images.peek().is_some() {
            let images = images.by_ref().take(chunk).collect();
            jobs.push(Job { block: block.clone(), images, shared: shared.next().map(Vec::as_slice) });
        }
    }
    jobs.into_par_iter().for_each_init(Scratch::default, |scratch, job| job.perform(plan, kernel, scratch));
    for targets in &mut targets {
        #[expect(unsafe_code, reason = "elements are written in parts, by several threads")]
        // SAFETY: the capacity was asked for above, and all of these elements belong to jobs: every image to as many as
        // there are blocks, whose channels are all channels. `Job::perform` writes all that belongs to it.
        unsafe {
            targets.set_len(batch * target);
        }
    }
    targets
}

/// Interleaves the images of every chunk. There are fewer chunks than jobs; otherwise their sources would not
/// be shared.
fn side_by_side<T: Element>(plan: &Plan, sources: &[&[T]], chunk: usize) -> Vec<Vec<T>> {
    let channels = plan.groups * plan.source.channels;
    let plane = plan.source.plane();
    let images: Vec<&[T]> = sources.iter().flat_map(|source| source.chunks(channels * plane)).collect();
    let channels = channels.div_ceil(JOBS) * plane;
    let laid = images.par_chunks(chunk).map(|images| {
        let count = images.len();
        let mut laid = vec![T::zero(); images[0].len() * count];
        laid.par_chunks_mut(channels * count).enumerate().for_each(|(part, laid)| {
            let first = part * channels;
            let images: Vec<&[T]> =
                images.iter().map(|image| &image[first..first + laid.len() / count]).collect();
            interleave(&images, &plan.source.columns, laid);
        });
        laid
    });
    laid.collect()
}

/// Returns the number of images that are interleaved.
fn images_at_a_time(plan: &Plan, images: usize) -> usize {
    let columns = plan.source.places[2].min(plan.target.places[2]).max(1);
    let elements = plan.source.channels * plan.source.plane() + plan.target.channels * plan.target.plane();
    let most = (MOST_ELEMENTS / elements.max(1)).max(1);
    let mut chunk = COLUMNS.div_ceil(columns).next_power_of_two().max(IMAGES);
    while chunk > most {
        chunk /= 2;
    }
    chunk.min(images).max(1)
}

/// Divides the target channels, given the number of chunks of images.
fn blocks(plan: &Plan, chunks: usize) -> Vec<Block> {
    let channels = plan.target.channels;
    if channels < ROWS {
        let groups = (ROWS / channels).min(plan.groups.div_ceil(JOBS.div_ceil(chunks.max(1)))).max(1);
        return (0..plan.groups)
            .step_by(groups)
            .map(|first| Block { groups: first..(first + groups).min(plan.groups), rows: 0..channels })
            .collect();
    }
    let parts = JOBS.div_ceil(chunks.max(1) * plan.groups);
    let rows = channels.div_ceil(parts).next_multiple_of(ROWS).min(channels);
    let of_group = |group| {
        (0..channels)
            .step_by(rows)
            .map(move |first| Block { groups: group..group + 1, rows: first..(first + rows).min(channels) })
    };
    (0..plan.groups).flat_map(of_group).collect()
}

impl Block {
    /// Returns the target channels, counted over all groups.
    pub(super) fn channels(&self, plan: &Plan) -> Range<usize> {
        let first = self.groups.start * plan.target.channels + self.rows.start;
        first..first + self.groups.len() * self.rows.len()
    }
}

impl<T: Element> Job<'_, T> {
    fn perform(mut self, plan: &Plan, kernel: &[T], scratch: &mut Scratch<T>) {
        let count = self.images.len();
        let channels =
            self.block.groups.start * plan.source.channels..self.block.groups.end * plan.source.channels;
        let part = channels.start * plan.source.plane()..channels.end * plan.source.plane();
        let alone = count == 1;
        let source: &[T] = if let Some(shared) = self.shared {
            &shared[part.start * count..part.end * count]
        } else if alone && plan.source.columns.is_in_order() {
            &self.images[0].source[part]
        } else {
            let images: Vec<&[T]> = self.images.iter().map(|image| &image.source[part.clone()]).collect();
            scratch.source.resize(part.len() * count, T::zero());
            interleave(&images, &plan.source.columns, &mut scratch.source);
            &scratch.source
        };
        let biases: Vec<Option<&[T]>> = self.images.iter().map(|image| image.bias).collect();
        let onto = if biases.iter().all(Option::is_none) { Onto::Anything } else { Onto::Sum };
        let work = Work { plan, block: &self.block, kernel, source, count, onto };
        scratch.target.resize(self.images[0].target.len() * count, T::zero());
        if onto == Onto::Sum {
            work.begin(&biases, &mut scratch.target);
        }
        work.write_products(&mut scratch.target, &mut scratch.gathered);
        let mut targets: Vec<&mut [MaybeUninit<T>]> =
            self.images.iter_mut().map(|image| &mut *image.target).collect();
        separate(&scratch.target, &plan.target.columns, &mut targets);
    }
}
