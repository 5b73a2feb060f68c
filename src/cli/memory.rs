//! Reuse of the memory of activations.

/// Keeps freed memory for later computations. By default, the system's allocator returns large blocks and
/// requests them again for every tensor.
pub(super) fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// A size larger than any tensor, in bytes.
        const LARGEST: libc::c_int = libc::c_int::MAX;
        #[allow(unsafe_code, reason = "the options of the allocator are a C function")]
        // SAFETY: mallopt only sets options, and no other thread allocates large blocks yet.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST);
            libc::mallopt(libc::M_TRIM_THRESHOLD, LARGEST);
        }
    }
}
