//! Configuration of the memory allocator, mimalloc, which this program and libtorch share.
//!
//! A training step creates and drops the same tensors thousands of times. An allocator that returns their
//! memory to the kernel gets it back page by page, zeroed. An allocator that cannot reuse a hole of exactly
//! the right size keeps growing. mimalloc does neither if it is configured to keep freed memory.

use libmimalloc_sys as mimalloc;

/// `mi_option_purge_delay` of mimalloc 2 and 3.
const PURGE_DELAY: mimalloc::mi_option_t = 15;

/// Configures the allocator to keep freed memory.
///
/// Call this before anything large is allocated.
pub fn keep_large_blocks() {
    #[allow(unsafe_code, reason = "the options of mimalloc are C functions")]
    // SAFETY: this version of mimalloc has the option, and no other thread runs yet.
    unsafe {
        mimalloc::mi_option_set(PURGE_DELAY, -1);
    }
}
