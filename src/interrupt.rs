//! Ctrl-C: once to stop, twice to end at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use thiserror::Error;

/// Why Ctrl-C cannot be caught, as when that was asked for before.
#[derive(Debug, Error)]
#[error("Ctrl-C cannot be caught: {0}")]
pub struct NotCaught(#[from] ctrlc::Error);

/// Is set by Ctrl-C, or a request to end, once; a second one ends the process at once.
///
/// # Errors
///
/// [`NotCaught`]
pub fn stop_on_interrupt() -> Result<Arc<AtomicBool>, NotCaught> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
    })?;
    Ok(stop)
}
