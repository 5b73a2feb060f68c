//! The training of one model, by a process of `pathscope-torch`.

use super::{ModelFolder, SweepError};
use crate::study::run::{LOG, Validation};
use pathscope_core::files::documents::last_line;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// The interval at which a training process is polled.
const POLL: Duration = Duration::from_millis(50);
/// The number of polls between two progress reports.
const POLLS_PER_REPORT: u32 = 20;
/// The number of bytes to keep from the end of a failed training's output.
const MESSAGE_BYTES: u64 = 4096;
/// The largest number of bytes read for a line of a log. Real lines are far shorter.
const LOG_LINE: u64 = 4096;

/// A program that trains models, with its options.
#[derive(Clone, Debug)]
pub struct Companion {
    /// The program, `pathscope-torch`.
    pub program: PathBuf,
    /// Folder of the data set.
    pub data: PathBuf,
    /// Number of threads of each training.
    pub threads: usize,
    /// Further arguments of `pathscope-torch train` that do not affect results.
    pub more: Vec<OsString>,
}

/// The outcome of training a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The model is trained and evaluated.
    Measured,
    /// The training was stopped on request, and its state is kept.
    Stopped,
    /// The training failed, for this reason.
    Failed(String),
}

impl Companion {
    /// Trains and evaluates the model whose settings are in the folder. Training resumes from a saved state
    /// if there is one.
    ///
    /// # Arguments
    ///
    /// * `stop` - stops the training early, keeping its state
    /// * `progress` - a callback for progress reports, about once a second
    ///
    /// # Errors
    ///
    /// [`SweepError::Companion`]
    pub fn train(
        &self,
        folder: &ModelFolder,
        stop: &AtomicBool,
        progress: &mut dyn FnMut(Validation),
    ) -> Result<Ended, SweepError> {
        let failed = |source| SweepError::Companion { path: self.program.clone(), source };
        let mut stderr = tempfile::tempfile().map_err(failed)?;
        let mut child = Command::new(&self.program)
            .args(["--quiet", "train", "--resume", "--evaluate", "--stop-with-input", "--out"])
            .arg(folder.path())
            .arg("--data")
            .arg(&self.data)
            .args(["--threads", &self.threads.to_string()])
            .args(&self.more)
            // The pipe to its input closes when this process ends, however that happens, and then the
            // training stops.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(stderr.try_clone().map_err(failed)?)
            .spawn()
            .map_err(failed)?;
        let status = wait(&mut child, folder, stop, progress).map_err(failed)?;
        if status.success() {
            return Ok(Ended::Measured);
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(Ended::Stopped);
        }
        Ok(Ended::Failed(reason(status, &tail(&mut stderr, MESSAGE_BYTES).map_err(failed)?)))
    }
}

fn wait(
    child: &mut Child,
    folder: &ModelFolder,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Validation),
) -> io::Result<ExitStatus> {
    let mut polls = 0_u32;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if stop.load(Ordering::Relaxed) {
            // Closing its input tells it to stop.
            drop(child.stdin.take());
        }
        if polls.is_multiple_of(POLLS_PER_REPORT)
            && let Some(validation) = last_validation(folder)
        {
            progress(validation);
        }
        polls = polls.wrapping_add(1);
        thread::sleep(POLL);
    }
}

fn last_validation(folder: &ModelFolder) -> Option<Validation> {
    serde_json::from_str(&last_line(&folder.file(LOG), LOG_LINE).ok()??).ok()
}

/// Returns the end of a file as text.
fn tail(file: &mut File, bytes: u64) -> io::Result<String> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
    let mut end = Vec::new();
    file.take(bytes).read_to_end(&mut end)?;
    Ok(String::from_utf8_lossy(&end).into_owned())
}

fn reason(status: ExitStatus, message: &str) -> String {
    let message = message.trim().trim_start_matches("error: ");
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        const KILLED: i32 = 9;
        let remedy = if signal == KILLED {
            " (if it ran out of memory, give --memory-limit or fewer --jobs)"
        } else {
            ""
        };
        return format!(
            "its training was ended by signal {signal}{remedy}{}{message}",
            if message.is_empty() { "" } else { ": " }
        );
    }
    if message.is_empty() { format!("its training ended with {status}") } else { message.to_owned() }
}
