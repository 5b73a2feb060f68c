//! Handling of signals that ask a process to end: no temporary stays behind, and work that can be resumed stops at the
//! first signal as soon as its state is saved.

use pathscope_core::files::output;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use thiserror::Error;

/// The flag that the first signal sets, where something stops gently.
static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The reason why signals cannot be caught.
#[derive(Debug, Error)]
#[error("Ctrl-C cannot be caught: {0}")]
pub struct NotCaught(#[from] io::Error);

/// Makes Ctrl-C, a request to end and the end of the terminal remove the temporaries of this process before they end
/// it. A signal that the process was started to ignore, as by `nohup`, stays ignored.
///
/// # Errors
///
/// [`NotCaught`]
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

/// The signals that are ignored, a bit each from the lowest, where the system says so.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Returns a flag that Ctrl-C or a request to end sets; a second one ends the process at once. Every call returns
/// the same flag.
///
/// Signals are caught where [`clean_up_on_interrupt`] was called, as both commands do first of all.
pub fn stop_on_interrupt() -> Arc<AtomicBool> {
    Arc::clone(STOP.get_or_init(Arc::default))
}
