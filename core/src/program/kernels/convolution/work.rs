//! The matrix products of a convolution of interleaved images.

use super::jobs::Block;
use super::plan::{Pair, Plan, Side};
use crate::program::Element;
use crate::program::kernels::matrix_product::{Onto, write_product};
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};
use std::iter::{repeat_n, zip};

/// With so few products for each column, as in depthwise convolutions, calls cost more than the products.
const FEWEST_PRODUCTS: usize = 4;

/// A job on interleaved images.
pub(super) struct Work<'a, T> {
    pub(super) plan: &'a Plan,
    pub(super) block: &'a Block,
    /// The arranged kernel.
    pub(super) kernel: &'a [T],
    /// The channels of the block's groups.
    pub(super) source: &'a [T],
    /// The images.
    pub(super) count: usize,
    /// The initial content of targets: biases, or undefined.
    pub(super) onto: Onto,
}

/// The columns of a row, and the distance between channels.
#[derive(Clone, Copy)]
struct Part {
    first: usize,
    length: usize,
    channel: usize,
}

impl<T: Element> Work<'_, T> {
    /// Sets every element of the target to the bias of its channel, or to 0.
    pub(super) fn begin(&self, biases: &[Option<&[T]>], target: &mut [T]) {
        let size = self.plan.target.plane() * self.count;
        for (channel, target) in zip(self.block.channels(self.plan), target.chunks_mut(size)) {
            let numbers: Vec<T> =
                biases.iter().map(|bias| bias.map_or(T::zero(), |bias| bias[channel])).collect();
            for place in target.chunks_exact_mut(self.count) {
                place.copy_from_slice(&numbers);
            }
        }
    }

    /// Writes all products, one group after the other.
    pub(super) fn write_products(&self, target: &mut [T], gathered: &mut Vec<T>) {
        let plan = self.plan;
        if self.source.is_empty() {
            if self.onto == Onto::Anything {
                target.fill(T::zero());
            }
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
                        work.write_gathered(gathered, row, target);
                    } else {
                        work.write_row([depths, heights], row, target);
                    }
                }
            }
        }
    }

    /// Writes one product for each place of the kernel to a row of the target.
    fn write_row(&self, [depths, heights]: [&[Pair]; 2], row: usize, target: &mut [T]) {
        let plan = self.plan;
        let (rows, channels) = (plan.target.channels, plan.source.channels);
        let taps: usize = plan.taps.iter().product();
        let mut onto = self.onto;
        let first_is_whole = plan.runs.first().is_some_and(|run| run.length == plan.target.places[2]);
        if onto == Onto::Anything && !(first_is_whole && !depths.is_empty() && !heights.is_empty()) {
            self.clear(self.part(&plan.target, row, plan.target.places[2]), target);
            onto = Onto::Sum;
        }
        for (depth, height) in depths.iter().flat_map(|depth| repeat_n(depth, heights.len()).zip(heights)) {
            let source_row = self.source_row(depth, height);
            let tap_row = (depth.tap * plan.taps[1] + height.tap) * plan.taps[2];
            for run in &plan.runs {
                let first = (tap_row + run.tap) * rows + self.block.rows.start;
                let weights =
                    matrix(&self.kernel[first..], [self.block.rows.len(), channels], [1, taps * rows]);
                let from = self.part(&plan.source, source_row + run.source, run.length);
                let to = self.part(&plan.target, row + run.target, run.length);
                self.write(weights, (self.source, from), (target, to), onto);
                onto = Onto::Sum;
            }
        }
    }

    /// Sets a range of every channel of the target to 0.
    fn clear(&self, part: Part, target: &mut [T]) {
        for channel in target.chunks_mut(part.channel) {
            channel[part.first..part.first + part.length].fill(T::zero());
        }
    }

    /// Copies the summands of a target row together: [source channels × places of the kernel, columns].
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

    /// Writes the product with the copied summands to a row of the target.
    fn write_gathered(&self, gathered: &[T], row: usize, target: &mut [T]) {
        let plan = self.plan;
        let inner = plan.source.channels * plan.taps.iter().product::<usize>();
        let rows = plan.target.channels;
        let weights =
            matrix(&self.kernel[self.block.rows.start..], [self.block.rows.len(), inner], [1, rows]);
        let length = plan.target.places[2] * self.count;
        let from = Part { first: 0, length, channel: length };
        let to = self.part(&plan.target, row, plan.target.places[2]);
        self.write(weights, (gathered, from), (target, to), self.onto);
    }

    fn write(
        &self,
        weights: ArrayView2<T>,
        (source, from): (&[T], Part),
        (target, to): (&mut [T], Part),
        onto: Onto,
    ) {
        let [rows, inner] = [weights.nrows(), weights.ncols()];
        if rows * inner <= FEWEST_PRODUCTS {
            for ((row, channel), &weight) in weights.indexed_iter() {
                let target = &mut target[to.first + row * to.channel..][..to.length];
                let source = &source[from.first + channel * from.channel..][..from.length];
                if onto == Onto::Anything && channel == 0 {
                    target.fill(T::zero());
                }
                for (sum, &number) in zip(target, source) {
                    *sum += weight * number;
                }
            }
            return;
        }
        let source = matrix(&source[from.first..], [inner, from.length], [from.channel, 1]);
        let shape = (rows, to.length).strides((to.channel, 1));
        let target = ArrayViewMut2::from_shape(shape, &mut target[to.first..]);
        write_product(weights, source, target.expect("rows of a channel are apart"), onto);
    }

    /// Returns the beginning of a source row within a channel.
    fn source_row(&self, depth: &Pair, height: &Pair) -> usize {
        let places = &self.plan.source.places;
        (depth.source * places[1] + height.source) * places[2]
    }

    fn part(&self, side: &Side, first: usize, length: usize) -> Part {
        Part { first: first * self.count, length: length * self.count, channel: side.plane() * self.count }
    }
}

/// Returns a matrix with the given shape and strides.
fn matrix<T>(elements: &[T], [rows, columns]: [usize; 2], [row, column]: [usize; 2]) -> ArrayView2<'_, T> {
    let shape = (rows, columns).strides((row, column));
    ArrayView2::from_shape(shape, elements).expect("the last row ends with the elements")
}
