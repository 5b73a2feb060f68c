//! Measures of how much of the responses a model explains (paper, Eqs. 3 and C.4).

mod ceiling;

pub(crate) use ceiling::ceilings;
pub use ceiling::{Ceiling, CeilingFormula, correlation_ceiling, trials_needed};

/// Returns CC_norm², the normalized explained variance (Eq. 3a): CC_raw² / CC_max².
///
/// # Returns
///
/// CC_norm²; `None` if the neuron has no CC_max.
///
/// # Examples
///
/// ```
/// use pathscope_core::data::explained_variance::normalized_explained_variance;
///
/// assert_eq!(normalized_explained_variance(0.5, Some(0.5)), Some(1.0));
/// assert_eq!(normalized_explained_variance(0.5, None), None);
/// ```
pub fn normalized_explained_variance(raw: f64, ceiling: Option<f64>) -> Option<f64> {
    ceiling.filter(|ceiling| *ceiling > 0.0).map(|ceiling| (raw / ceiling).powi(2))
}
