//! The progress display of a training.

use indicatif::ProgressBar;
use pathscope::output::Printer;
use pathscope::study::run::Settings;
use pathscope_torch::network::MemoryForecast;
use pathscope_torch::training::{Progress, Schedule, State, TrainingError};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Sets `stop` when the standard input ends.
pub(super) fn stop_with_input(stop: &Arc<AtomicBool>) {
    let stop = Arc::clone(stop);
    // The thread is never joined. It ends with the process at the latest.
    thread::spawn(move || {
        // An unreadable input counts as ended.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        stop.store(true, Ordering::Relaxed);
    });
}

/// A progress bar whose end is where training would end if the validation loss did not improve any more.
pub(super) struct Bar<'a> {
    bar: ProgressBar,
    printer: &'a Printer,
    /// Whether memory is limited.
    limited: bool,
    phase: usize,
    validation: String,
}

impl<'a> Bar<'a> {
    pub(super) fn new(printer: &'a Printer, settings: &Settings, limited: bool) -> Self {
        let bar = printer.progress(steps_left(&Schedule::default(), settings), "training");
        Self { bar, printer, limited, phase: 1, validation: String::new() }
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Returns the number of remaining steps if the validation loss does not improve any more.
fn steps_left(schedule: &Schedule, settings: &Settings) -> u64 {
    let validations = settings.patience.saturating_sub(schedule.since_best);
    let to_validation = settings.validate_every - schedule.phase_step % settings.validate_every;
    let phase = validations.saturating_sub(1) * settings.validate_every + to_validation;
    let later = settings.phases.saturating_sub(schedule.phase) * settings.patience * settings.validate_every;
    (phase + later) as u64
}

impl Progress for Bar<'_> {
    fn planned(&mut self, forecast: Option<&MemoryForecast>) {
        match forecast {
            Some(forecast) => self.bar.suspend(|| self.printer.note(forecast)),
            None if self.limited => self.bar.suspend(|| {
                self.printer.warning(
                    "--memory-limit has no effect on this network, only on multi-path ones: lower --batch to use less memory",
                );
            }),
            None => {}
        }
    }

    fn noted(&mut self, note: &str) {
        self.bar.suspend(|| self.printer.warning(note));
    }

    fn stepped(&mut self, schedule: &Schedule, settings: &Settings, loss: f64) {
        let step = schedule.step as u64;
        self.bar.set_length(step + steps_left(schedule, settings));
        self.bar.set_position(step);
        self.bar.set_message(format!(
            "phase {} of {}, loss {loss:.4}{}",
            schedule.phase, settings.phases, self.validation
        ));
    }

    fn validated(&mut self, state: &State) -> Result<(), TrainingError> {
        let schedule = &state.schedule;
        let shown = |loss: Option<f64>| loss.map_or("none".to_owned(), |loss| format!("{loss:.4}"));
        let last = state.validations.last().and_then(|validation| validation.validation_loss);
        self.validation = format!(", validation {} (best {})", shown(last), shown(schedule.best));
        if schedule.phase != self.phase || schedule.finished {
            let line = format!(
                "phase {} ended at step {}: best validation loss {} at step {}",
                self.phase,
                schedule.step,
                shown(schedule.best),
                schedule.best_step
            );
            self.bar.suspend(|| self.printer.note(line));
            self.phase = schedule.phase;
        }
        Ok(())
    }
}
