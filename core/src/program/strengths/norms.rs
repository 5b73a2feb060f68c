//! Norms of tensors that are read in chunks.

/// A running mean of the 2-norms of equally long rows, which arrive consecutively in chunks of any size.
#[derive(Clone, Debug)]
pub(super) struct RowNorms {
    row: usize,
    /// The number of elements of the current row so far.
    filled: usize,
    sum_of_squares: f64,
    norms: f64,
    rows: usize,
    /// The first number that is not finite.
    not_finite: Option<f64>,
    /// Whether the squares of a row exceeded the range of doubles.
    out_of_range: bool,
}

impl RowNorms {
    pub(super) fn new(row: usize) -> Self {
        Self {
            row,
            filled: 0,
            sum_of_squares: 0.0,
            norms: 0.0,
            rows: 0,
            not_finite: None,
            out_of_range: false,
        }
    }

    pub(super) fn push(&mut self, mut numbers: &[f64]) {
        while !numbers.is_empty() && self.row > 0 {
            let (now, later) = numbers.split_at(numbers.len().min(self.row - self.filled));
            let mut any = 0.0;
            // Four sums at a time; a single one would wait for the previous addition at every number.
            let (fours, rest) = now.as_chunks::<4>();
            let mut sums = [0.0; 4];
            for four in fours {
                for (sum, number) in sums.iter_mut().zip(four) {
                    *sum += number * number;
                }
            }
            for number in rest {
                sums[0] += number * number;
            }
            any += sums[0] + sums[1] + sums[2] + sums[3];
            if !any.is_finite() {
                self.not_finite = self.not_finite.or(now.iter().copied().find(|number| !number.is_finite()));
            }
            self.sum_of_squares += any;
            self.filled += now.len();
            if self.filled == self.row {
                self.out_of_range |= !self.sum_of_squares.is_normal();
                self.norms += self.sum_of_squares.sqrt();
                self.rows += 1;
                (self.filled, self.sum_of_squares) = (0, 0.0);
            }
            numbers = later;
        }
    }

    /// Returns the mean, or why there is none.
    pub(super) fn mean(&self) -> Mean {
        match self.not_finite {
            Some(number) => Mean::NotFinite(number),
            None if self.out_of_range => Mean::OutOfRange,
            None => Mean::Of(self.norms / self.rows as f64),
        }
    }
}

/// The result of a mean of norms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mean {
    /// The mean.
    Of(f64),
    /// A number is not finite.
    NotFinite(f64),
    /// A row is 0, or its squares exceed the range of doubles.
    OutOfRange,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_may_end_inside_of_chunks() {
        let mut norms = RowNorms::new(2);
        norms.push(&[3.0]);
        norms.push(&[4.0, 0.0, 1.0, 6.0]);
        norms.push(&[8.0]);
        assert_eq!(norms.mean(), Mean::Of((5.0 + 1.0 + 10.0) / 3.0));
    }

    #[test]
    fn what_is_no_number_is_found() {
        let mut norms = RowNorms::new(4);
        norms.push(&[1.0, f64::NAN, 1.0, 1.0]);
        assert!(matches!(norms.mean(), Mean::NotFinite(number) if number.is_nan()));
        let mut norms = RowNorms::new(2);
        norms.push(&[1e-200, 1e-200]);
        assert_eq!(norms.mean(), Mean::OutOfRange);
    }

    proptest! {
        #[test]
        fn chunks_of_any_size_have_the_norms_of_the_whole(
            numbers in prop::collection::vec(-10.0..10.0_f64, 12..60),
            row in 1usize..12,
            chunk in 1usize..20,
        ) {
            let whole = &numbers[..numbers.len() / row * row];
            let mut norms = RowNorms::new(row);
            whole.chunks(chunk).for_each(|chunk| norms.push(chunk));
            let plain: Vec<f64> = whole.chunks(row).map(|row| row.iter().map(|x| x * x).sum::<f64>().sqrt()).collect();
            let mean = plain.iter().sum::<f64>() / plain.len() as f64;
            prop_assert!(matches!(norms.mean(), Mean::Of(found) if (found - mean).abs() < 1e-12));
        }
    }
}
