//! The remark about normalizations that have not seen any image.

/// Returns whether running variances are those that a normalization begins with.
pub(super) fn is_unseen(running_variance: &[f64]) -> bool {
    !running_variance.is_empty() && running_variance.iter().all(|&variance| variance == 1.0)
}

/// Returns a remark about normalizations whose running variances are all 1, or `None` if there are none.
///
/// # Arguments
///
/// * `names` - the names of these normalizations
pub(super) fn remark(names: &[&str]) -> Option<String> {
    let (first, others) = names.split_first()?;
    let who = match others.len() {
        0 => format!("{first} has"),
        1 => format!("{first} and {} have", others[0]),
        more => format!("{first} and {more} more have"),
    };
    Some(format!(
        "{who} running variances of 1, as before a network has seen any image: strengths are then not those of a trained network, and --bn-strength gamma leaves variances out"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalizations_that_saw_no_image_are_counted() {
        let of = |names: &[&str]| remark(names).unwrap_or_default();
        assert_eq!(of(&[]), "");
        assert!(of(&["bn1"]).starts_with("bn1 has running variances of 1, "));
        assert!(of(&["bn1", "bn2"]).starts_with("bn1 and bn2 have "));
        assert!(of(&["bn1", "bn2", "bn3"]).starts_with("bn1 and 2 more have "));
        assert!(is_unseen(&[1.0, 1.0]) && !is_unseen(&[1.0, 0.999]) && !is_unseen(&[]));
    }
}
