//! The names of scores.

use crate::circuit::{UnknownName, Word};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A score of a neuron. The notation of the formulas is that of the [module](super).
///
/// Numbers of trials may differ in all of them. Images of a single trial do not count where other images have
/// several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Score {
    /// CC_raw: Pearson's r of predictions and trial averages, x·z/√(x·x z·z) (Eq. 3b).
    CcRaw,
    /// CC_raw²
    CcRaw2,
    /// CC_max: the correlation with trial averages that an ideal model reaches (Eq. 3c; Schoppe et al. 2016,
    /// Frontiers in Computational Neuroscience 10: 10). It is over all images of a data set.
    CcMax,
    /// CC_norm²: CC_raw²/CC_max² (Eq. 3a), the paper's measure. It is biased upwards if there is little signal.
    #[default]
    CcNorm2,
    /// r²_ER: ((x·z)² - s² Σ x²_i/n_i) / (x·x z·z - (M-1) s² u x·x) (Pospisil and Bair 2021, PLOS Computational
    /// Biology 17: e1009212). It is what CC_norm² estimates, without the bias.
    R2Er,
    /// FEVE: 1 - (E - s²)/(V - s²), with E the pooled mean of (y_{i,k} - p_i)² and V the pooled variance (Cadena
    /// et al. 2019, PLOS Computational Biology 15: e1006897).
    Feve,
    /// Single-trial correlation: Pearson's r of y_{i,k} and p_i, pooled (Willeke et al. 2022, arXiv:2206.08666).
    SingleTrialCorrelation,
    /// Ceiled r²: (CC_raw/ρ)², with ρ the reliability after Spearman and Brown (Yamins et al. 2014, PNAS 111:
    /// 8619).
    CeiledR2,
    /// FEV: (V - s²)/V, the explainable fraction of the variance of single trials (Cadena et al. 2019).
    Fev,
    /// SNR: the variance over images of the means of 2 √(y + 3/8), divided by the mean variance of its trials
    /// (neuralpredictors).
    Snr,
    /// Corrected SNR: (z·z - (M-1) s² u)/(M s²) (Pospisil and Bair 2021).
    SnrCorrected,
    /// Jackknife oracle correlation: Pearson's r of y_{i,k} and the mean of the image's other trials, pooled
    /// (Walker et al. 2019, Nature Neuroscience 22: 2060).
    OracleJackknife,
    /// Conservative oracle correlation: √(V/(V + w)), with V the variance of m_i and w the mean variance of the
    /// trials of an image, both with n (neuralpredictors).
    OracleConservative,
    /// Split-half correlation: the mean over splits of Pearson's r of averages over two halves of the trials.
    SplitHalf,
    /// Reliability ρ after Spearman and Brown: 2 r/(1 + r) of the split-half correlation r.
    SpearmanBrown,
}

impl Score {
    /// Returns whether the score is one of predictions. The others measure how reliable recordings are.
    pub fn is_of_predictions(self) -> bool {
        match self {
            Self::CcRaw
            | Self::CcRaw2
            | Self::CcNorm2
            | Self::R2Er
            | Self::Feve
            | Self::SingleTrialCorrelation
            | Self::CeiledR2 => true,
            Self::CcMax
            | Self::Fev
            | Self::Snr
            | Self::SnrCorrected
            | Self::OracleJackknife
            | Self::OracleConservative
            | Self::SplitHalf
            | Self::SpearmanBrown => false,
        }
    }

    /// Returns the name of the score in text and figures.
    pub fn label(self) -> &'static str {
        match self {
            Self::CcRaw => "CC_raw",
            Self::CcRaw2 => "CC_raw²",
            Self::CcMax => "CC_max",
            Self::CcNorm2 => "CC_norm²",
            Self::R2Er => "r²_ER",
            Self::Feve => "FEVE",
            Self::SingleTrialCorrelation => "single-trial correlation",
            Self::CeiledR2 => "ceiled r²",
            Self::Fev => "FEV",
            Self::Snr => "SNR",
            Self::SnrCorrected => "corrected SNR",
            Self::OracleJackknife => "oracle correlation",
            Self::OracleConservative => "conservative oracle correlation",
            Self::SplitHalf => "split-half correlation",
            Self::SpearmanBrown => "split-half reliability",
        }
    }

    /// Returns the name of the score as a column of a table: `r2_er` for `r2-er`.
    pub fn column(self) -> String {
        self.to_string().replace('-', "_")
    }
}

impl Word for Score {
    const WHAT: &'static str = "score";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::testing::{assert_documents_hold_words, assert_words_are_read};

    #[test]
    fn names_are_words() {
        assert_words_are_read::<Score>();
        assert_documents_hold_words::<Score>();
        assert_eq!("r2-er".parse(), Ok(Score::R2Er));
        assert_eq!(Score::CcNorm2.column(), "cc_norm2");
    }
}
