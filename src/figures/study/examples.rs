//! The choice of models whose path length distributions are shown (paper, Figs. 6e,f).

use pathscope_core::circuit::Readout;

/// The largest difference between the average path lengths of examples, relative to their common length.
const SIMILAR: f64 = 0.1;

/// The average path length of all models with a readout mode and a number of iterations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LengthPoint {
    /// The readout mode.
    pub readout: Readout,
    /// The number of iterations T.
    pub iterations: usize,
    /// The mean average path length of these models.
    pub average_path_length: f64,
}

/// Chooses one example of each readout mode, all of similar average path length: the circled points of Figs.
/// 6c,d, whose distributions are Figs. 6e,f.
///
/// The paper does not state its rule. Here each point's length is tried as the common length, together with
/// the nearest point of each mode (the one with fewer iterations if two are equally near). If all these
/// lengths are within 10 % of the common length, the points are similar. Among similar choices the longest
/// common length wins, because the modes differ only in long paths. If no choice is similar, the points that
/// are closest together win.
///
/// # Returns
///
/// The chosen points in the paper's order of the modes. A mode without points has none. Points whose length
/// is not finite are ignored.
///
/// # Complexity
///
/// O(n²) for n points.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Readout::{NoAvg, TwoAvg};
/// use pathscope::figures::study::{LengthPoint, examples};
///
/// let point = |readout, iterations, average_path_length| LengthPoint { readout, iterations, average_path_length };
/// let points = [
///     point(NoAvg, 2, 1.5),
///     point(NoAvg, 3, 2.0),
///     point(NoAvg, 5, 3.1),
///     point(TwoAvg, 2, 1.4),
///     point(TwoAvg, 7, 2.1),
/// ];
/// // No point of 2-avg is close to 3.1.
/// assert_eq!(examples(&points), [points[1], points[4]]);
/// ```
pub fn examples(points: &[LengthPoint]) -> Vec<LengthPoint> {
    let finite: Vec<LengthPoint> =
        points.iter().copied().filter(|point| point.average_path_length.is_finite()).collect();
    let candidates = finite.iter().map(|point| Candidate::new(point.average_path_length, &finite));
    candidates.reduce(Candidate::better).map(|candidate| candidate.points).unwrap_or_default()
}

/// A choice of points that are nearest to a length.
struct Candidate {
    length: f64,
    points: Vec<LengthPoint>,
    /// The difference between the longest and the shortest length.
    spread: f64,
}

impl Candidate {
    fn new(length: f64, of: &[LengthPoint]) -> Self {
        let distance = |point: &LengthPoint| (point.average_path_length - length).abs();
        let nearest = |readout: Readout| {
            let of_mode = of.iter().filter(|point| point.readout == readout);
            of_mode.min_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.iterations.cmp(&b.iterations)))
        };
        let points: Vec<LengthPoint> = Readout::ALL.into_iter().filter_map(nearest).copied().collect();
        let lengths = || points.iter().map(|point| point.average_path_length);
        let spread = lengths().fold(length, f64::max) - lengths().fold(length, f64::min);
        Self { length, points, spread }
    }

    fn is_similar(&self) -> bool {
        self.spread <= SIMILAR * self.length
    }

    fn better(self, other: Self) -> Self {
        let other_wins = match (self.is_similar(), other.is_similar()) {
            (true, true) => (other.length, -other.spread) > (self.length, -self.spread),
            (false, false) => (-other.spread, other.length) > (-self.spread, self.length),
            (_, other_is) => other_is,
        };
        if other_wins { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Readout::{EarlyAvg, LateAvg, NoAvg, TwoAvg};

    fn point(readout: Readout, iterations: usize, average_path_length: f64) -> LengthPoint {
        LengthPoint { readout, iterations, average_path_length }
    }

    /// Returns lengths that grow at different rates for the modes, as in Figs. 6c,d.
    fn growing() -> Vec<LengthPoint> {
        let speeds = [(NoAvg, 0.6), (EarlyAvg, 0.4), (LateAvg, 0.38), (TwoAvg, 0.25)];
        let of = |(readout, speed)| (2..=7).map(move |t| point(readout, t, 1.0 + speed * (t - 1) as f64));
        speeds.into_iter().flat_map(of).collect()
    }

    #[test]
    fn the_longest_similar_lengths_are_chosen() {
        let chosen = examples(&growing());
        let modes: Vec<(Readout, usize)> =
            chosen.iter().map(|point| (point.readout, point.iterations)).collect();
        // 2-avg ends at 2.5, where no-avg has only 2.2 and 2.8; it has 2.25 before, and the others 2.2, 2.2 and 2.14.
        assert_eq!(modes, [(NoAvg, 3), (EarlyAvg, 4), (LateAvg, 4), (TwoAvg, 6)]);
        let backward: Vec<LengthPoint> = growing().into_iter().rev().collect();
        assert_eq!(examples(&backward), chosen);
    }

    #[test]
    fn without_similar_lengths_the_closest_ones_are_chosen() {
        let points =
            [point(NoAvg, 2, 5.0), point(NoAvg, 3, 9.0), point(TwoAvg, 2, 1.0), point(TwoAvg, 3, 2.0)];
        assert_eq!(examples(&points), [points[0], points[3]]);
    }

    #[test]
    fn what_is_missing_is_left_out() {
        assert_eq!(examples(&[]), []);
        let points = [point(TwoAvg, 2, f64::NAN), point(LateAvg, 2, 1.5), point(LateAvg, 3, 1.8)];
        assert_eq!(examples(&points), [points[2]]);
    }
}
