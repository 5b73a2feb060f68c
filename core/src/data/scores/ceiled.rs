//! r² ceiled by the reliability of the recording.

use super::Undefined;

/// Returns (CC_raw/ρ)², with ρ the split-half reliability after Spearman and Brown (Yamins et al. 2014, PNAS
/// 111: 8619, as `r2_SB_normed` of er_est has it).
///
/// A perfect model has CC_raw = √ρ, so it scores 1/ρ and not 1: what is published divides by ρ itself.
pub(super) fn ceiled_r2(cc_raw: f64, reliability: f64) -> Result<f64, Undefined> {
    if reliability > 0.0 { Ok((cc_raw / reliability).powi(2)) } else { Err(Undefined::NoReliability) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(ceiled_r2(0.4, 0.8), Ok(0.25));
        assert_eq!(ceiled_r2(0.4, 0.0), Err(Undefined::NoReliability));
        assert_eq!(ceiled_r2(0.4, -0.2), Err(Undefined::NoReliability));
    }
}
