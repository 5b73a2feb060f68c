//! The progress display of a sweep.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use pathscope::output::Printer;
use pathscope::study::PlannedModel;
use pathscope::study::results::Status;
use pathscope::study::run::Validation;
use pathscope::study::sweep::Event;
use std::collections::HashMap;
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A bar for all models, and a line per model in training. If stderr is not a terminal, there is a line per
/// finished model instead.
pub(super) struct Display<'a> {
    printer: &'a Printer,
    models: &'a [PlannedModel],
    bars: MultiProgress,
    all: ProgressBar,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lines: HashMap<usize, ProgressBar>,
    ended: usize,
    failed: usize,
}

impl<'a> Display<'a> {
    pub(super) fn new(printer: &'a Printer, models: &'a [PlannedModel]) -> Self {
        let bars = printer.progress_bars();
        let all = bars.add(printer.progress(models.len() as u64, "models"));
        all.enable_steady_tick(Duration::from_secs(1));
        Self { printer, models, bars, all, state: Mutex::default() }
    }

    /// Handles an event of a model.
    pub(super) fn hear(&self, index: usize, event: &Event) {
        let model = &self.models[index];
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Began => {
                let line = self.bars.insert_before(&self.all, ProgressBar::new_spinner());
                line.set_style(line_style());
                line.set_prefix(model.description());
                line.enable_steady_tick(Duration::from_secs(1));
                state.lines.insert(index, line);
                return;
            }
            Event::Validated(validation) => {
                if let Some(line) = state.lines.get(&index) {
                    line.set_message(progress(validation));
                }
                return;
            }
            Event::Busy => {
                self.say(format_args!(
                    "{} {}: another process is working on it; it will be checked again later",
                    model.id,
                    model.description()
                ));
                return;
            }
            Event::Passed(Status::Failed) | Event::Failed(_) => state.failed += 1,
            Event::Passed(_) | Event::Finished | Event::Stopped => {}
        }
        if let Some(line) = state.lines.remove(&index) {
            line.finish_and_clear();
        }
        if *event != Event::Stopped {
            state.ended += 1;
            self.all.inc(1);
        }
        let (ended, failed) = (state.ended, state.failed);
        drop(state);
        if failed > 0 {
            self.all.set_message(format!("models ({failed} failed)"));
        }
        match event {
            Event::Failed(reason) => {
                self.bars.suspend(|| {
                    self.printer.warning(format_args!("{} {}: {reason}", model.id, model.description()));
                });
            }
            Event::Finished if !stderr().is_terminal() => {
                self.say(format_args!(
                    "{ended} of {}: {} {}",
                    self.models.len(),
                    model.id,
                    model.description()
                ));
            }
            _ => {}
        }
    }

    fn say(&self, text: impl std::fmt::Display) {
        self.bars.suspend(|| self.printer.note(text));
    }
}

impl Drop for Display<'_> {
    fn drop(&mut self) {
        self.all.finish_and_clear();
    }
}

fn line_style() -> ProgressStyle {
    ProgressStyle::with_template("  {prefix}: {msg} ({elapsed})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn progress(validation: &Validation) -> String {
    let loss = validation.validation_loss.map_or("none".to_owned(), |loss| format!("{loss:.4}"));
    format!("step {}, phase {}, validation loss {loss}", validation.step, validation.phase)
}
