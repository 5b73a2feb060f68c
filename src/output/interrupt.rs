//! Handling of signals that ask a process to end. No temporary file stays behind, and work that can be
//! resumed stops after the first signal as soon as its state is saved.

use pathscope_core::files::output;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use thiserror::Error;

/// The flag that the first signal sets, if there is work that stops gently.
static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The error that signals cannot be caught.
#[derive(Debug, Error)]
#[error("Ctrl-C cannot be caught: {0}")]
pub struct NotCaught(#[from] io::Error);

/// Makes SIGINT (Ctrl-C), SIGTERM and SIGHUP remove the temporary files of this process before they end it. A
/// signal that the process was started to ignore, for example by `nohup`, stays ignored.
///
/// # Errors
///
/// [`NotCaught`] if the system refuses to register the signals.
pub fn clean_up_on_interrupt() -> Result<(), NotCaught> {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let ignored = ignored_signals();
        let caught = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        let mut signals = signal_hook::iterator::Signals::new(caught)?;
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                if STOP.get().is_some_and(|stop| !stop.swap(true, Ordering::Relaxed)) {
                    continue;
                }
                output::remove_temporaries();
                // The parent process should see which signal ended this one.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
                std::process::exit(1);
            }
        })?;
    }
    Ok(())
}

/// Returns the signals that are ignored, one bit each from the lowest, or 0 if the system does not tell.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Returns a flag that the first signal sets. A second signal ends the process at once. Every call returns
/// the same flag.
///
/// Signals are caught only after [`clean_up_on_interrupt`], which both commands call first.
pub fn stop_on_interrupt() -> Arc<AtomicBool> {
    Arc::clone(STOP.get_or_init(Arc::default))
}
