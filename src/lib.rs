//! Takes a trained recurrent convolutional network apart into the ensemble of feed-forward paths
//! hidden in it, after Zhang et al., *Recurrent circuits as multi-path ensembles for modeling
//! responses of early visual cortical neurons*.
//!
//! [`pathscope_core`] reads and analyzes models; this crate has what surrounds it: studies, tables, figures, exports and
//! the command line.

pub mod export;
pub mod figures;
pub mod frames;
pub mod output;
pub mod prediction;
pub mod report;
pub mod shell;
pub mod study;
pub mod tables;

/// The examples of README.md, so that they are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;

#[cfg(test)]
mod tests {
    use crate::figures::{Diagram, Width};
    use crate::study::results::{Kind, Status};
    use crate::study::run::settings::{FirstBlock, Loss, OutputActivation, PathModel, ScheduleRule};
    use pathscope_core::circuit::testing::{assert_documents_hold_words, assert_words_are_read};

    #[test]
    fn words_are_read_as_they_are_written() {
        assert_words_are_read::<Diagram>();
        assert_words_are_read::<FirstBlock>();
        assert_words_are_read::<ScheduleRule>();
        assert_words_are_read::<Loss>();
        assert_words_are_read::<OutputActivation>();
        assert_words_are_read::<PathModel>();
        assert_words_are_read::<Width>();
    }

    #[test]
    fn documents_hold_the_words_that_are_displayed() {
        assert_documents_hold_words::<FirstBlock>();
        assert_documents_hold_words::<ScheduleRule>();
        assert_documents_hold_words::<Kind>();
        assert_documents_hold_words::<Loss>();
        assert_documents_hold_words::<OutputActivation>();
        assert_documents_hold_words::<PathModel>();
        assert_documents_hold_words::<Status>();
    }
}
