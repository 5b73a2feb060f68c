//! The budget of a computation.

use crate::program::kernels::Reason;
use std::sync::atomic::{AtomicU64, Ordering};

/// The work that a program may cost and has cost so far, in computed elements.
#[derive(Debug)]
pub(in crate::program) struct Budget {
    most: u64,
    spent: AtomicU64,
}

impl Budget {
    /// Returns an unspent budget.
    pub(in crate::program) fn new(most: u64) -> Self {
        Self { most, spent: AtomicU64::new(0) }
    }

    /// Counts work.
    ///
    /// # Errors
    ///
    /// Fails if the budget is exceeded.
    pub(in crate::program) fn spend(&self, work: u64) -> Result<(), Reason> {
        let spent = self.spent.fetch_add(work, Ordering::Relaxed);
        if spent > self.most { Err(Reason::Work) } else { Ok(()) }
    }
}
