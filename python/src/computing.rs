//! Long computations without the interpreter's lock, in a thread pool of this process, that Ctrl-C can stop.

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// The time between two looks at signals and progress.
const PAUSE: Duration = Duration::from_millis(50);

/// The pool with the process that started it.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Returns the thread pool of this process.
///
/// The threads of a pool do not survive a fork, and whoever waited for them would wait forever. A forked process
/// therefore gets a pool of its own.
fn pool() -> Arc<ThreadPool> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((owner, pool)) = pool.as_ref()
        && *owner == process
    {
        return Arc::clone(pool);
    }
    let started = Arc::new(ThreadPoolBuilder::new().build().expect("a system that starts threads"));
    // Dropping the pool of another process would signal threads that this one does not have.
    std::mem::forget(pool.replace((process, Arc::clone(&started))));
    started
}

/// What a computation and its caller tell each other.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// How much is done.
    pub(crate) done: AtomicUsize,
    /// Set when the computation is to stop.
    pub(crate) stop: Arc<AtomicBool>,
}

/// Runs a computation in the thread pool while other Python threads run.
///
/// # Arguments
///
/// * `watch` - what the computation tells of its progress, and is told
/// * `progress` - called with the amount done whenever that has changed; `None` for nobody
///
/// # Errors
///
/// `KeyboardInterrupt` and what else a signal handler or `progress` raises. [`Watch::stop`] is then
/// set, and this returns when the computation does.
pub(crate) fn compute<T: Send>(
    py: Python<'_>,
    watch: &Watch,
    progress: Option<&Py<PyAny>>,
    job: impl FnOnce(&Watch) -> T + Send,
) -> PyResult<T> {
    let pool = pool();
    py.detach(|| {
        let (finished, result) = mpsc::channel();
        pool.in_place_scope(|scope| {
            scope.spawn(move |_| {
                // Nobody waits for the result of a computation that was stopped.
                let _ = finished.send(job(watch));
            });
            let mut shown = 0;
            loop {
                match result.recv_timeout(PAUSE) {
                    Ok(result) => return Ok(result),
                    Err(mpsc::RecvTimeoutError::Disconnected) => {
                        // The scope passes the panic on when it ends.
                        return Err(pyo3::exceptions::PyRuntimeError::new_err("the computation has failed"));
                    }
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        let done = watch.done.load(Ordering::Relaxed);
                        let outcome = Python::attach(|py| {
                            py.check_signals()?;
                            match progress {
                                Some(progress) if done != shown => progress.call1(py, (done,)).map(drop),
                                _ => Ok(()),
                            }
                        });
                        shown = done;
                        if let Err(error) = outcome {
                            watch.stop.store(true, Ordering::Relaxed);
                            return Err(error);
                        }
                    }
                }
            }
        })
    })
}

/// Runs a short computation in the thread pool, which nothing can stop.
///
/// # Errors
///
/// What a signal handler raises meanwhile.
pub(crate) fn run<T: Send>(py: Python<'_>, job: impl FnOnce() -> T + Send) -> PyResult<T> {
    compute(py, &Watch::default(), None, |_| job())
}
