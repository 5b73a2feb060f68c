//! Medians.

/// Returns the median of some numbers, or the mean of the two in the middle; `None` if there are no numbers.
///
/// # Complexity
///
/// O(n log n).
///
/// # Examples
///
/// ```
/// use pathscope_core::statistics::median;
///
/// assert_eq!(median([5.0, 1.0, 2.0]), Some(2.0));
/// assert_eq!(median([4.0, 1.0, 2.0, 1000.0]), Some(3.0));
/// assert_eq!(median([]), None);
/// ```
pub fn median(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len();
    (n > 0).then(|| f64::midpoint(numbers[(n - 1) / 2], numbers[n / 2]))
}
