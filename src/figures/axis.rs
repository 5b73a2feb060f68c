//! Marks on axes.

/// A round step and how many of them cover `most`.
pub fn ticks(most: f64) -> (f64, f64) {
    let power = 10_f64.powf((most / 5.0).log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| most / step <= 5.0 + 1e-9)
        .unwrap_or(power * 10.0);
    (step, (most / step - 1e-9).ceil().max(1.0))
}

/// The same for counts: the step is a whole number.
pub fn whole_ticks(most: usize) -> (usize, usize) {
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

/// A mark's number, with as many decimals as tell the steps apart.
pub fn tick_label(value: f64, step: f64) -> String {
    let decimals = (0..=6_usize).find(|&decimals| {
        let scaled = step * 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
        (scaled - scaled.round()).abs() < 1e-6
    });
    format!("{value:.*}", decimals.unwrap_or(6))
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
    }

    #[test]
    fn counts_have_whole_ticks() {
        assert_eq!([0, 1, 5, 6, 23, 51].map(whole_ticks), [(1, 1), (1, 1), (1, 5), (2, 3), (5, 5), (20, 3)]);
    }
}
