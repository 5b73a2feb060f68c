//! The performance of a model by any score.

use super::ResultRow;
use pathscope_core::data::scores::Score;
use strum::VariantArray;

impl ResultRow {
    /// Returns the mean of a score over neurons, or `None` if it was not measured or is not finite.
    pub fn score(&self, score: Score) -> Option<f64> {
        let value = match score {
            Score::CcRaw => self.cc_raw,
            Score::CcRaw2 => self.cc_raw2,
            Score::CcMax => self.cc_max,
            Score::CcNorm2 => self.cc_norm2,
            Score::R2Er => self.r2_er,
            Score::Feve => self.feve,
            Score::SingleTrialCorrelation => self.single_trial_correlation,
            Score::CeiledR2 => self.ceiled_r2,
            Score::Fev => self.fev,
            Score::Snr => self.snr,
            Score::SnrCorrected => self.snr_corrected,
            Score::OracleJackknife => self.oracle_jackknife,
            Score::OracleConservative => self.oracle_conservative,
            Score::SplitHalf => self.split_half,
            Score::SpearmanBrown => self.spearman_brown,
        };
        value.filter(|value| value.is_finite())
    }

    /// Sets the scores that the first versions did not compute.
    ///
    /// # Arguments
    ///
    /// * `mean` - the mean of a score over neurons
    pub(crate) fn set_more_scores(&mut self, mean: impl Fn(Score) -> Option<f64>) {
        self.r2_er = mean(Score::R2Er);
        self.feve = mean(Score::Feve);
        self.single_trial_correlation = mean(Score::SingleTrialCorrelation);
        self.ceiled_r2 = mean(Score::CeiledR2);
        self.fev = mean(Score::Fev);
        self.snr = mean(Score::Snr);
        self.snr_corrected = mean(Score::SnrCorrected);
        self.oracle_jackknife = mean(Score::OracleJackknife);
        self.oracle_conservative = mean(Score::OracleConservative);
        self.split_half = mean(Score::SplitHalf);
        self.spearman_brown = mean(Score::SpearmanBrown);
    }
}

/// Returns the scores that the first versions did not compute.
pub(super) fn more_scores() -> impl Iterator<Item = Score> {
    let old = [Score::CcRaw, Score::CcRaw2, Score::CcMax, Score::CcNorm2];
    Score::VARIANTS.iter().copied().filter(move |score| !old.contains(score))
}

/// Returns advice for the case that no model has a score.
pub(super) fn remedy(score: Score) -> &'static str {
    match score {
        Score::CcNorm2 => {
            "without repeated trials there is no ceiling, and `--score cc-raw2` compares by CC_raw²"
        }
        Score::CcRaw | Score::CcRaw2 | Score::CcMax => "evaluate the models, or leave --score out",
        _ => "collect the results of models that were evaluated by this version, or leave --score out",
    }
}
