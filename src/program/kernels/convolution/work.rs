//! Convolutions of chunks of images, which threads share out among them.
//!
//! How the work is divided depends on shapes alone, so that results do not depend on the number of threads.

use super::images::{interleave, separate};
use super::plan::{Pair, Plan, Side};
use crate::program::Element;
use crate::program::kernels::matrix_product::add_product;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};
use rayon::prelude::*;
use std::iter::{repeat_n, zip};
use std::ops::Range;

/// Products have about as many columns, or more: with fewer they are slow.
const COLUMNS: usize = 128;

/// The fewest images that are laid side by side, unless they are large: a cache line of each place.
const IMAGES: usize = 16;

/// The most elements of source and target that are laid out side by side, where that is more than one image.
const MOST_ELEMENTS: usize = 1 << 20;

/// The number of jobs that is aimed at, enough for threads to have something to do.
const JOBS: usize = 8;

/// The fewest target channels of a job of several: products with fewer rows are slow.
const ROWS: usize = 32;

/// With so few products for each column, as in depthwise convolutions, calls take longer than the products.
const FEWEST_PRODUCTS: usize = 4;

/// Some of the target channels: those of some groups, or a part of those of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    groups: Range<usize>,
    rows: Range<usize>,
}

/// An image, and where the channels of a block are written to.
struct Image<'a, T> {
    source: &'a [T],
    target: &'a mut [T],
    bias: Option<&'a [T]>,
}

/// The channels of a block in a chunk of images.
struct Job<'a, T> {
    block: Block,
    images: Vec<Image<'a, T>>,
}

/// Memory that a thread uses for one job after the other.
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
    let mut targets: Vec<Vec<T>> = sources.iter().map(|_| vec![T::zero(); batch * target]).collect();
    if target == 0 {
        return targets;
    }
    let chunk = images_at_a_time(plan, sources.len() * batch);
    let blocks = blocks(plan, (sources.len() * batch).div_ceil(chunk));
    let mut images: Vec<Vec<Image<T>>> = blocks.iter().map(|_| Vec::new()).collect();
    for ((&tensor, &bias), target) in
        zip(zip(sources, biases), targets.iter_mut().map(|t| t.chunks_mut(target)))
    {
        for (index, mut rest) in target.enumerate() {
            for (block, images) in zip(&blocks, &mut images) {
                let (target, after) = rest.split_at_mut(block.channels(plan).len() * plan.target.plane());
                rest = after;
                images.push(Image { source: &tensor[index * source..(index + 1) * source], target, bias });
            }
        }
    }
    let mut jobs = Vec::new();
    for (block, images) in zip(blocks, images) {
        let mut images = images.into_iter().peekable();
        while images.peek().is_some() {
            jobs.push(Job { block: block.clone(), images: images.by_ref().take(chunk).collect() });
        }
    }
    jobs.into_par_iter().for_each_init(Scratch::default, |scratch, job| job.perform(plan, kernel, scratch));
    targets
}

/// Returns how many images are laid side by side.
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

/// Divides the target channels, given how many chunks of images there are.
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
    fn channels(&self, plan: &Plan) -> Range<usize> {
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
        let source: &[T] = if alone && plan.source.columns.is_in_order() {
            &self.images[0].source[part]
        } else {
            let images: Vec<&[T]> = self.images.iter().map(|image| &image.source[part.clone()]).collect();
            scratch.source.resize(part.len() * count, T::zero());
            interleave(&images, &plan.source.columns, &mut scratch.source);
            &scratch.source
        };
        let biases: Vec<Option<&[T]>> = self.images.iter().map(|image| image.bias).collect();
        let work = Work { plan, block: &self.block, kernel, source, count };
        if alone && plan.target.columns.is_in_order() {
            let target = &mut *self.images[0].target;
            work.begin(&biases, target);
            work.add_products(target, &mut scratch.gathered);
        } else {
            scratch.target.resize(self.images[0].target.len() * count, T::zero());
            work.begin(&biases, &mut scratch.target);
            work.add_products(&mut scratch.target, &mut scratch.gathered);
            let mut targets: Vec<&mut [T]> = self.images.iter_mut().map(|image| &mut *image.target).collect();
            separate(&scratch.target, &plan.target.columns, &mut targets);
        }
    }
}

/// A job on images that are laid side by side.
struct Work<'a, T> {
    plan: &'a Plan,
    block: &'a Block,
    kernel: &'a [T],
    source: &'a [T],
    count: usize,
}

/// The columns of a row, and the elements from one channel to the next.
#[derive(Clone, Copy)]
struct Columns {
    first: usize,
    length: usize,
    channel: usize,
}

impl<T: Element> Work<'_, T> {
    /// Sets every element of the target to the bias of its channel, or to 0.
    fn begin(&self, biases: &[Option<&[T]>], target: &mut [T]) {
        let size = self.plan.target.plane() * self.count;
        for (channel, target) in zip(self.block.channels(self.plan), target.chunks_mut(size)) {
            if biases.iter().all(Option::is_none) {
                target.fill(T::zero());
                continue;
            }
            let numbers: Vec<T> =
                biases.iter().map(|bias| bias.map_or(T::zero(), |bias| bias[channel])).collect();
            for place in target.chunks_exact_mut(self.count) {
                place.copy_from_slice(&numbers);
            }
        }
    }

    /// Adds all products, one group after the other.
    fn add_products(&self, target: &mut [T], gathered: &mut Vec<T>) {
        let plan = self.plan;
        if self.source.is_empty() {
            return;
        }
        let [source_size, target_size] = [
            plan.source.channels * plan.source.plane() * self.count,
            self.block.rows.len() * plan.target.plane() * self.count,
        ];
        let kernel_size = plan.source.channels * plan.taps.iter().product::<usize>() * plan.target.channels;
        for (index, group) in self.block.groups.clone().enumerate() {
            let work = Work {
                source: &self.source[index * source_size..(index + 1) * source_size],
                kernel: &self.kernel[group * kernel_size..(group + 1) * kernel_size],
                ..*self
            };
            let target = &mut target[index * target_size..(index + 1) * target_size];
            for (depth, depths) in plan.outer[0].iter().enumerate() {
                for (height, heights) in plan.outer[1].iter().enumerate() {
                    let row = (depth * plan.target.places[1] + height) * plan.target.places[2];
                    if plan.gathers() {
                        work.gather([depths, heights], gathered);
                        work.add_gathered(gathered, row, target);
                    } else {
                        work.add_row([depths, heights], row, target);
                    }
                }
            }
        }
    }

    /// Adds to a row of the target one product for each place of the kernel.
    fn add_row(&self, [depths, heights]: [&[Pair]; 2], row: usize, target: &mut [T]) {
        let plan = self.plan;
        let (rows, channels) = (plan.target.channels, plan.source.channels);
        let taps: usize = plan.taps.iter().product();
        for (depth, height) in depths.iter().flat_map(|depth| repeat_n(depth, heights.len()).zip(heights)) {
            let source_row = self.source_row(depth, height);
            let tap_row = (depth.tap * plan.taps[1] + height.tap) * plan.taps[2];
            for run in &plan.runs {
                let first = (tap_row + run.tap) * rows + self.block.rows.start;
                let weights =
                    matrix(&self.kernel[first..], [self.block.rows.len(), channels], [1, taps * rows]);
                let from = self.columns(&plan.source, source_row + run.source, run.length);
                let to = self.columns(&plan.target, row + run.target, run.length);
                self.add(weights, self.source, from, target, to);
            }
        }
    }

    /// Copies together what a row of the target is a sum of: [source channels × places of the kernel, columns].
    fn gather(&self, [depths, heights]: [&[Pair]; 2], gathered: &mut Vec<T>) {
        let plan = self.plan;
        let (length, count) = (plan.target.places[2] * self.count, self.count);
        let taps: usize = plan.taps.iter().product();
        gathered.clear();
        gathered.resize(plan.source.channels * taps * length, T::zero());
        let size = plan.source.plane() * count;
        for (gathered, channel) in
            zip(gathered.chunks_mut((taps * length).max(1)), self.source.chunks(size.max(1)))
        {
            for (depth, height) in depths.iter().flat_map(|depth| repeat_n(depth, heights.len()).zip(heights))
            {
                let source_row = self.source_row(depth, height);
                let tap_row = (depth.tap * plan.taps[1] + height.tap) * plan.taps[2];
                for run in &plan.runs {
                    let from = (source_row + run.source) * count;
                    let to = (tap_row + run.tap) * length + run.target * count;
                    let run = run.length * count;
                    gathered[to..to + run].copy_from_slice(&channel[from..from + run]);
                }
            }
        }
    }

    /// Adds to a row of the target the product with what was copied together for it.
    fn add_gathered(&self, gathered: &[T], row: usize, target: &mut [T]) {
        let plan = self.plan;
        let inner = plan.source.channels * plan.taps.iter().product::<usize>();
        let rows = plan.target.channels;
        let weights =
            matrix(&self.kernel[self.block.rows.start..], [self.block.rows.len(), inner], [1, rows]);
        let length = plan.target.places[2] * self.count;
        let from = Columns { first: 0, length, channel: length };
        self.add(weights, gathered, from, target, self.columns(&plan.target, row, plan.target.places[2]));
    }

    fn add(&self, weights: ArrayView2<T>, source: &[T], from: Columns, target: &mut [T], to: Columns) {
        let [rows, inner] = [weights.nrows(), weights.ncols()];
        if rows * inner <= FEWEST_PRODUCTS {
            for ((row, channel), &weight) in weights.indexed_iter() {
                let target = &mut target[to.first + row * to.channel..][..to.length];
                let source = &source[from.first + channel * from.channel..][..from.length];
                for (sum, &number) in zip(target, source) {
                    *sum += weight * number;
                }
            }
            return;
        }
        let source = matrix(&source[from.first..], [inner, from.length], [from.channel, 1]);
        let shape = (rows, to.length).strides((to.channel, 1));
        let target = ArrayViewMut2::from_shape(shape, &mut target[to.first..]);
        add_product(weights, source, target.expect("rows of a channel are apart"));
    }

    /// Returns where a row of the source begins within a channel.
    fn source_row(&self, depth: &Pair, height: &Pair) -> usize {
        let places = &self.plan.source.places;
        (depth.source * places[1] + height.source) * places[2]
    }

    fn columns(&self, side: &Side, first: usize, length: usize) -> Columns {
        Columns { first: first * self.count, length: length * self.count, channel: side.plane() * self.count }
    }
}

/// Returns a matrix of that shape, with these distances from row to row and from column to column.
fn matrix<T>(elements: &[T], [rows, columns]: [usize; 2], [row, column]: [usize; 2]) -> ArrayView2<'_, T> {
    let shape = (rows, columns).strides((row, column));
    ArrayView2::from_shape(shape, elements).expect("the last row ends with the elements")
}
