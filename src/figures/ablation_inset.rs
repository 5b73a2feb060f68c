//! A small picture of an ablated model's ensemble as chains (paper, insets of Figs. 6g-i).

use super::canvas::{Canvas, Point};
use super::style::{INK, PANEL_BORDER, PAPER, UNUSED};
use plotters::style::RGBColor;
use std::collections::BTreeSet;

/// The most chains in an inset. More would be too thin to tell apart.
const MOST_CHAINS: usize = 16;
/// The largest distance between chains, and between convolutions on a chain.
const BETWEEN_CHAINS: f64 = 6.0;
const BETWEEN_CONVOLUTIONS: f64 = 8.0;
/// The largest width and height of the chains.
const LARGEST: Point = (72.0, 48.0);
/// The distance around the chains.
const PADDING: f64 = 5.0;
/// The distance between the chains and the bars where they begin and end.
const LEAD: f64 = 7.0;
const BAR: f64 = 2.0;

/// A picture of the ensemble of a multi-path model with R RCPBs and T iterations.
///
/// There is a chain for each length from R to R + T - 1, with a square for each convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EnsembleInset {
    recurrent_blocks: usize,
    iterations: usize,
}

impl EnsembleInset {
    /// Returns an inset, or `None` if there are no chains or too many to be seen.
    pub(super) fn new(recurrent_blocks: usize, iterations: usize) -> Option<Self> {
        let drawable = recurrent_blocks > 0 && (1..=MOST_CHAINS).contains(&iterations);
        (drawable && recurrent_blocks <= MOST_CHAINS).then_some(Self { recurrent_blocks, iterations })
    }

    fn longest(self) -> usize {
        self.recurrent_blocks + self.iterations - 1
    }

    fn between_chains(self) -> f64 {
        BETWEEN_CHAINS.min(LARGEST.1 / self.iterations as f64)
    }

    fn between_convolutions(self) -> f64 {
        BETWEEN_CONVOLUTIONS.min(LARGEST.0 / self.longest() as f64)
    }

    /// Returns the width and the height.
    pub(super) fn size(self) -> Point {
        let width = self.longest() as f64 * self.between_convolutions() + 2.0 * (LEAD + PADDING);
        (width, self.iterations as f64 * self.between_chains() + 2.0 * PADDING)
    }

    /// Draws the inset with its upper left corner at `corner`. Chains of the removed lengths are grey.
    pub(super) fn draw(
        self,
        canvas: &mut Canvas,
        corner: Point,
        removed: &BTreeSet<usize>,
        colour: RGBColor,
    ) {
        let (width, height) = self.size();
        let (x, y) = corner;
        canvas.rectangle(corner, (x + width, y + height), PAPER, PANEL_BORDER, 0.8);
        let (start, end) = (x + PADDING, x + width - PADDING);
        let (across, down) = (self.between_convolutions(), self.between_chains());
        let square = (across.min(down) * 0.7).min(4.0);
        for chain in 0..self.iterations {
            let length = self.recurrent_blocks + chain;
            let here = y + PADDING + (chain as f64 + 0.5) * down;
            let (line, fill) = if removed.contains(&length) { (UNUSED, PAPER) } else { (INK, colour) };
            canvas.line(&[(start, here), (end, here)], line, 0.7);
            for convolution in 0..length {
                let middle = start + LEAD + (convolution as f64 + 0.5) * across;
                let low = (middle - square / 2.0, here - square / 2.0);
                let border = if removed.contains(&length) { UNUSED } else { fill };
                canvas.rectangle(low, (middle + square / 2.0, here + square / 2.0), fill, border, 0.6);
            }
        }
        for bar in [start, end] {
            canvas.line(&[(bar, y + PADDING), (bar, y + height - PADDING)], INK, BAR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_as_many_as_iterations() {
        let inset = EnsembleInset::new(1, 7).unwrap();
        assert_eq!(inset.longest(), 7);
        assert_eq!(inset.size(), (56.0 + 24.0, 42.0 + 10.0));
        assert_eq!(EnsembleInset::new(2, 7).unwrap().longest(), 8);
        for (recurrent_blocks, iterations) in [(0, 3), (1, 0), (1, 17), (17, 2)] {
            assert_eq!(EnsembleInset::new(recurrent_blocks, iterations), None);
        }
    }

    #[test]
    fn it_is_no_larger_than_it_says() {
        for (recurrent_blocks, iterations) in [(1, 1), (1, 7), (2, 7), (16, 16)] {
            let inset = EnsembleInset::new(recurrent_blocks, iterations).unwrap();
            let mut canvas = Canvas::default();
            inset.draw(&mut canvas, (10.0, 20.0), &[recurrent_blocks].into(), INK);
            let ((left, top), (right, bottom)) = canvas.bounds();
            let (width, height) = inset.size();
            assert!(left >= 9.0 && top >= 19.0, "{left} {top}");
            assert!(right <= 11.0 + width && bottom <= 21.0 + height, "{right} {bottom}");
            assert!(width <= LARGEST.0 + 24.0 && height <= LARGEST.1 + 10.0);
        }
    }
}
