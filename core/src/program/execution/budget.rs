//! How much may be computed in all.

use crate::program::kernels::Reason;
use std::sync::atomic::{AtomicU64, Ordering};

/// The work that may be spent on a program, in elements that are computed, and what has been spent.
#[derive(Debug)]
pub(in crate::program) struct Budget {
    most: u64,
    spent: AtomicU64,
}

impl Budget {
    /// Returns a budget of which nothing has been spent.
    pub(in crate::program) fn new(most: u64) -> Self {
        Self { most, spent: AtomicU64::new(0) }
    }

    /// Counts work.
    ///
    /// # Errors
    ///
    /// If there has been too much before.
    pub(in crate::program) fn spend(&self, work: u64) -> Result<(), Reason> {
        let spent = self.spent.fetch_add(work, Ordering::Relaxed);
        if spent > self.most { Err(Reason::Work) } else { Ok(()) }
    }
}
