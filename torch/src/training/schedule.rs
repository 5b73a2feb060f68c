//! The schedule of validations, phases and learning rates (paper, C.3).

use pathscope::study::run::Settings;
use pathscope::study::run::settings::ScheduleRule;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The position of a training run in its schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Number of the phase, from 1.
    pub phase: usize,
    /// Number of steps in this phase.
    pub phase_step: usize,
    /// Number of steps in all phases.
    pub step: usize,
    /// Number of validations since the best one in this phase.
    pub since_best: usize,
    /// The best validation loss so far, or the best mean of the last ones where these are averaged.
    pub best: Option<f64>,
    /// The step of the best validation loss.
    pub best_step: usize,
    /// Whether the last phase is over.
    pub finished: bool,
    /// How often the learning rate has fallen by [`ScheduleRule::Published`].
    #[serde(default)]
    pub falls: u32,
    /// How often it had fallen at the best validation loss.
    #[serde(default)]
    pub falls_at_best: u32,
    /// The last validation losses of the phase, as many as are averaged.
    #[serde(default)]
    pub recent: VecDeque<f64>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            phase: 1,
            phase_step: 0,
            step: 0,
            since_best: 0,
            best: None,
            best_step: 0,
            finished: false,
            falls: 0,
            falls_at_best: 0,
            recent: VecDeque::new(),
        }
    }
}

/// The consequences of a validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the state is the best so far and must be kept.
    pub is_best: bool,
    /// Whether the phase is over and the best state must be restored.
    pub phase_over: bool,
}

impl Schedule {
    /// Returns the learning rate of the present phase.
    pub fn learning_rate(&self, settings: &Settings) -> f64 {
        let falls = match settings.schedule {
            ScheduleRule::EachPhase => self.phase.saturating_sub(1) as i32,
            ScheduleRule::Published => self.falls as i32,
        };
        settings.learning_rate / settings.rate_divisor.powi(falls)
    }

    /// Counts a step.
    ///
    /// # Returns
    ///
    /// Whether a validation is due.
    pub fn count_step(&mut self, settings: &Settings) -> bool {
        self.step += 1;
        self.phase_step += 1;
        let counted = match settings.schedule {
            ScheduleRule::EachPhase => self.phase_step,
            ScheduleRule::Published => self.phase_step - 1,
        };
        counted.is_multiple_of(settings.validate_every) || self.phase_step >= settings.max_steps
    }

    /// Counts a validation with this loss. The mean of the last losses decides whether it is the best. A loss of
    /// NaN is never the best.
    ///
    /// The first validations of a phase are too few for a mean. They count neither as the best nor towards
    /// the end of the phase, unless the phase is so short that it would end without a best state.
    pub fn count_validation(&mut self, validation_loss: f64, settings: &Settings) -> Verdict {
        self.recent.push_back(validation_loss);
        if self.recent.len() > settings.smooth_validations {
            self.recent.pop_front();
        }
        let loss = self.recent.iter().sum::<f64>() / self.recent.len() as f64;
        let is_last = self.phase_step >= settings.max_steps;
        let counts = self.recent.len() >= settings.smooth_validations || (is_last && self.best.is_none());
        let is_best = counts && loss.is_finite() && self.best.is_none_or(|best| loss < best);
        if is_best {
            (self.best, self.best_step, self.since_best) = (Some(loss), self.step, 0);
            self.falls_at_best = self.falls;
        } else if counts {
            self.since_best += 1;
        }
        let phase_over = self.since_best >= settings.patience || is_last;
        if phase_over {
            self.finished = self.phase >= settings.phases;
            if !self.finished {
                (self.phase, self.phase_step, self.since_best) = (self.phase + 1, 0, 0);
                self.falls = self.falls_at_best + 1;
                self.recent.clear();
            }
        }
        Verdict { is_best, phase_over }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(losses: &[f64], settings: &Settings) -> (Schedule, Vec<Verdict>) {
        let mut schedule = Schedule::default();
        let mut verdicts = Vec::new();
        for &loss in losses {
            while !schedule.count_step(settings) {}
            verdicts.push(schedule.count_validation(loss, settings));
        }
        (schedule, verdicts)
    }

    #[test]
    fn a_phase_ends_after_so_many_validations_without_a_best() {
        let settings = Settings { patience: 2, validate_every: 5, phases: 2, ..Settings::default() };
        let (schedule, verdicts) = run(&[3.0, 2.0, 2.0, f64::NAN], &settings);
        assert_eq!(
            verdicts.iter().map(|verdict| verdict.is_best).collect::<Vec<_>>(),
            [true, true, false, false]
        );
        assert_eq!(verdicts.iter().filter(|verdict| verdict.phase_over).count(), 1);
        assert_eq!((schedule.phase, schedule.phase_step, schedule.step), (2, 0, 20));
        assert_eq!((schedule.best, schedule.best_step), (Some(2.0), 10));
        assert!((schedule.learning_rate(&settings) - 1e-3 / 3.0).abs() < 1e-18);
        assert!(!schedule.finished);
    }

    #[test]
    fn the_last_phase_finishes() {
        let settings = Settings { patience: 1, phases: 2, ..Settings::default() };
        let (schedule, verdicts) = run(&[3.0, 3.0, 3.5], &settings);
        assert!(schedule.finished && verdicts[2].phase_over);
        assert_eq!(schedule.phase, 2);
    }

    #[test]
    fn a_mean_over_validations_ignores_a_lucky_one() {
        let settings = Settings { patience: 3, smooth_validations: 2, ..Settings::default() };
        let best_of = |losses: &[f64]| {
            let (schedule, verdicts) = run(losses, &settings);
            (schedule, verdicts.iter().map(|verdict| verdict.is_best).collect::<Vec<_>>())
        };
        // The means of two are 2.5, 3, 3.5 and 2.25. The first validation does not count.
        let (schedule, best) = best_of(&[4.0, 1.0, 5.0, 2.0, 2.5]);
        assert_eq!(best, [false, true, false, false, true]);
        assert_eq!((schedule.best, schedule.best_step), (Some(2.25), 250));
        assert_eq!(best_of(&[4.0, f64::NAN, 1.0, 1.0]).1, [false, false, false, true]);
        // The second phase, which begins with 0.5, has no better mean than 2.5.
        let (schedule, best) = best_of(&[4.0, 1.0, 5.0, 5.0, 5.0, 0.5, 6.0]);
        assert_eq!(best, [false, true, false, false, false, false, false]);
        assert_eq!((schedule.phase, schedule.since_best), (2, 1));
    }

    #[test]
    fn a_phase_too_short_for_a_mean_has_a_best_state() {
        let settings = Settings { max_steps: 70, phases: 2, smooth_validations: 4, ..Settings::default() };
        let (schedule, verdicts) = run(&[3.0, 2.0, 1.0, 1.0], &settings);
        let best: Vec<bool> = verdicts.iter().map(|verdict| verdict.is_best).collect();
        assert_eq!(best, [false, true, false, false]);
        assert!(schedule.finished && schedule.best == Some(2.5));
    }

    #[test]
    fn the_published_rate_falls_from_that_of_the_best_state() {
        let rates = |schedule: ScheduleRule| {
            let settings =
                Settings { patience: 1, phases: 4, learning_rate: 1.0, schedule, ..Settings::default() };
            // The second phase has no new best, the third has one.
            let losses = [3.0, 4.0, 4.0, 2.0, 4.0];
            let after = (1..=losses.len()).map(|count| run(&losses[..count], &settings).0);
            after.map(|schedule| (1.0 / schedule.learning_rate(&settings)).round()).collect::<Vec<_>>()
        };
        assert_eq!(rates(ScheduleRule::EachPhase), [1.0, 3.0, 9.0, 9.0, 27.0]);
        assert_eq!(rates(ScheduleRule::Published), [1.0, 3.0, 3.0, 3.0, 9.0]);
    }

    #[test]
    fn published_validations_follow_the_first_step_of_a_phase() {
        let settings = Settings {
            patience: 1,
            phases: 2,
            validate_every: 50,
            max_steps: 120,
            schedule: ScheduleRule::Published,
            ..Settings::default()
        };
        let steps_of = |losses: &[f64]| run(losses, &settings).0.step;
        assert_eq!(steps_of(&[3.0]), 1);
        assert_eq!(steps_of(&[3.0, 2.0]), 51);
        assert_eq!(steps_of(&[3.0, 2.0, 1.0]), 101);
        assert_eq!(steps_of(&[3.0, 2.0, 1.0, 0.5]), 120);
        assert_eq!(steps_of(&[3.0, 4.0, 4.0]), 52);
    }

    #[test]
    fn no_phase_is_longer_than_allowed() {
        let settings = Settings { validate_every: 50, max_steps: 70, phases: 1, ..Settings::default() };
        let (schedule, verdicts) = run(&[3.0, 2.0], &settings);
        assert!(schedule.finished && verdicts[1].is_best);
        assert_eq!(schedule.step, 70);
    }
}
