//! Marks on axes.

/// The most decimals in the label of a mark.
const MOST_DECIMALS: usize = 12;

/// Returns a round step, and the number of steps that cover `most`.
pub(super) fn ticks(most: f64) -> (f64, f64) {
    let power = 10_f64.powf((most / 5.0).log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| most / step <= 5.0 + 1e-9)
        .unwrap_or(power * 10.0);
    (step, (most / step - 1e-9).ceil().max(1.0))
}

/// Marks at round numbers that cover a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Marks {
    step: f64,
    /// The outermost marks in units of the step.
    first: f64,
    last: f64,
}

impl Marks {
    /// Returns marks from below the smallest to above the largest of the finite numbers.
    pub(super) fn covering(numbers: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = range(numbers);
        let size = low.abs().max(high.abs());
        let (low, high) = if low > high {
            (0.0, 1.0)
        } else if high - low > size * 1e-9 {
            (low, high)
        } else {
            // Values that are equal up to rounding span no range.
            (low - size.max(1.0) * 0.5, high + size.max(1.0) * 0.5)
        };
        let (step, _) = ticks(high - low);
        Self { step, first: (low / step).floor(), last: (high / step).ceil() }
    }

    /// Returns marks that leave some margin around the outermost numbers.
    pub(super) fn with_room(numbers: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = range(numbers);
        let room = (high - low) * 0.04;
        Self::covering([low - room, high + room])
    }

    /// Returns the numbers at the marks.
    pub(super) fn values(self) -> impl Iterator<Item = f64> {
        (0..=(self.last - self.first) as usize).map(move |mark| (self.first + mark as f64) * self.step)
    }

    /// Returns the position of a number on the axis, from 0 at the first mark to 1 at the last.
    pub(super) fn share(self, number: f64) -> f64 {
        (number / self.step - self.first) / (self.last - self.first)
    }

    /// Returns the label of a mark.
    pub(super) fn label(self, value: f64) -> String {
        tick_label(value, self.step)
    }
}

/// Returns the smallest and the largest of the finite numbers.
fn range(numbers: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = numbers.into_iter().filter(|number| number.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)))
}

/// Returns an integer step for an axis of counts, and the number of steps that cover `most`.
pub(super) fn whole_ticks(most: usize) -> (usize, usize) {
    let mut power = 1_usize;
    loop {
        for step in [1, 2, 5].map(|factor| factor * power) {
            if most <= 5 * step {
                return (step, most.div_ceil(step).max(1));
            }
        }
        power *= 10;
    }
}

/// Returns the label of a mark, with just enough decimals for the step.
pub(super) fn tick_label(value: f64, step: f64) -> String {
    let decimals = (0..=MOST_DECIMALS).find(|&decimals| {
        let scaled = step * 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
        scaled.round() >= 1.0 && (scaled - scaled.round()).abs() < 1e-6
    });
    format!("{value:.*}", decimals.unwrap_or(MOST_DECIMALS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(1.0), (0.2, 5.0));
        assert_eq!(ticks(0.505).1 * ticks(0.505).0, 0.6000000000000001);
        let (step, steps) = ticks(3.1e-4);
        assert!(step * steps >= 3.1e-4 && steps <= 5.0);
        assert_eq!(tick_label(0.25, 0.25), "0.25");
        assert_eq!(tick_label(0.0, 0.2), "0.0");
        assert_eq!(tick_label(0.5000002, 1e-7), "0.5000002");
    }

    #[test]
    fn marks_cover_what_there_is() {
        let marks = Marks::covering([0.31, f64::NAN, 0.58]);
        let labels: Vec<String> = marks.values().map(|value| marks.label(value)).collect();
        assert_eq!(labels, ["0.3", "0.4", "0.5", "0.6"]);
        assert!((marks.share(0.45) - 0.5).abs() < 1e-12);
        for (numbers, middle) in [(vec![], 0.5), (vec![2.0; 3], 2.0), (vec![-1e300, -1e300], -1e300)] {
            let marks = Marks::covering(numbers);
            assert!((0.0..=1.0).contains(&marks.share(middle)), "{marks:?}");
            assert!((3..=8).contains(&marks.values().count()), "{marks:?}");
        }
        let with_room = Marks::with_room([0.0, 1.0]);
        assert!(with_room.share(0.0) > 0.0 && with_room.share(1.0) < 1.0, "{with_room:?}");
        assert_eq!(Marks::with_room([]), Marks::covering([]));
    }

    #[test]
    fn counts_have_whole_ticks() {
        assert_eq!([0, 1, 5, 6, 23, 51].map(whole_ticks), [(1, 1), (1, 1), (1, 5), (2, 3), (5, 5), (20, 3)]);
    }
}
