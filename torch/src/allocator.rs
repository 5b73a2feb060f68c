//! Memory that is kept.
//!
//! The tensors of a training step are made and dropped thousands of times. An allocator that gives their
//! memory back to the kernel gets it back page by page, zeroed; one that cannot reuse a hole of exactly
//! the size that is asked for grows. mimalloc, which takes the place of the system's allocator in this
//! program and in libtorch, does neither once it is told to keep what is freed.

use libmimalloc_sys as mimalloc;

/// `mi_option_purge_delay` of mimalloc 2 and 3.
const PURGE_DELAY: mimalloc::mi_option_t = 15;

/// Has the allocator keep what is freed.
///
/// Call it before anything large is allocated.
pub fn keep_large_blocks() {
    #[allow(unsafe_code, reason = "the options of mimalloc are C functions")]
    // SAFETY: the option is one of this version's, and no other thread runs yet.
    unsafe {
        mimalloc::mi_option_set(PURGE_DELAY, -1);
    }
}
