//! Numbers in figures, which have three significant digits.

use pathscope_core::paths::Magnitude;
use pathscope_core::paths::PathCount;

/// Formats a finite number with three significant digits. Very small and very large numbers get a power of
/// ten.
pub(super) fn three_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let exponential = format!("{value:.2e}");
    let Some((mantissa, exponent)) = exponential.split_once('e') else { return exponential };
    match exponent.parse::<i64>() {
        Ok(exponent @ -3..=2) => format!("{value:.*}", usize::try_from(2 - exponent).unwrap_or(0)),
        Ok(exponent) => power_of_ten(mantissa, exponent),
        Err(_) => exponential,
    }
}

/// Formats a magnitude with three significant digits, also outside the range of `f64`.
pub(super) fn magnitude(value: Magnitude) -> String {
    value.to_f64().map_or_else(|| from_ln(value.ln()), three_digits)
}

/// Formats a number of paths: exactly up to six digits, with three significant digits beyond.
pub(super) fn count(paths: &PathCount) -> String {
    match paths.to_u64() {
        Some(exact @ 0..=999_999) => exact.to_string(),
        _ => from_ln(paths.ln()),
    }
}

/// Formats a number of paths followed by `path` or `paths`.
pub(super) fn of_paths(paths: &PathCount) -> String {
    let plural = if *paths == PathCount::ONE { "" } else { "s" };
    format!("{} path{plural}", count(paths))
}

/// Formats a positive number that is given by its natural logarithm.
pub(super) fn from_ln(ln: f64) -> String {
    if ln == f64::NEG_INFINITY {
        return "0".to_owned();
    }
    if ln.abs() < 300.0 {
        return three_digits(ln.exp());
    }
    let log10 = ln * std::f64::consts::LOG10_E;
    let mantissa = format!("{:.2}", 10_f64.powf(log10 - log10.floor()));
    if mantissa == "10.00" {
        power_of_ten("1.00", log10.floor() as i64 + 1)
    } else {
        power_of_ten(&mantissa, log10.floor() as i64)
    }
}

fn power_of_ten(mantissa: &str, exponent: i64) -> String {
    let superscript = |digit: char| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|digit| char::from_u32(0x2070 + digit)).unwrap_or(digit),
    };
    let exponent: String = exponent.to_string().chars().map(superscript).collect();
    format!("{mantissa}×10{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_significant_digits_at_any_size() {
        let shown = [0.0, 1.0, 0.98647, 12.345, 999.4, 999.6, 0.001, 0.000_999_96, 4.2e-7, 1.5e12];
        let expected =
            ["0", "1.00", "0.986", "12.3", "999", "1.00×10³", "0.00100", "0.00100", "4.20×10⁻⁷", "1.50×10¹²"];
        assert_eq!(shown.map(three_digits), expected);
    }

    #[test]
    fn magnitudes_outside_f64_are_shown() {
        let tiny: Magnitude = std::iter::repeat_n(Magnitude::new(0.1), 1000).product();
        let shown = magnitude(tiny * Magnitude::new(2.5));
        assert_eq!(shown, "2.50×10⁻¹⁰⁰⁰");
        // 9.9999 × 10^-1000 must round up to the next power, not to 10.00.
        assert_eq!(magnitude(tiny * Magnitude::new(9.9999)), "1.00×10⁻⁹⁹⁹");
    }

    #[test]
    fn counts_are_exact_while_they_are_short() {
        assert_eq!(of_paths(&PathCount::from(1)), "1 path");
        assert_eq!(of_paths(&PathCount::from(92_378)), "92378 paths");
        assert_eq!(count(&PathCount::from(10_639_125_640)), "1.06×10¹⁰");
        let mut large = PathCount::from(u128::MAX);
        for _ in 0..10 {
            large = &large * &large;
        }
        // (2^128)^1024 = 10^39456.603
        assert_eq!(count(&large), "4.01×10³⁹⁴⁵⁶");
    }
}
