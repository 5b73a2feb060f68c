//! Where tensors are computed, with how many threads.

use std::fmt;
use std::str::FromStr;
use tch::Device;

/// `cpu`, `cuda` or `cuda:1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceName(pub Device);

impl FromStr for DeviceName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let device = match name {
            "cpu" => Device::Cpu,
            "cuda" => Device::Cuda(0),
            other => match other.strip_prefix("cuda:").and_then(|index| index.parse().ok()) {
                Some(index) => Device::Cuda(index),
                None => return Err("expected cpu, cuda or cuda:N".to_owned()),
            },
        };
        let available = tch::Cuda::device_count();
        if let Device::Cuda(index) = device
            && index as i64 >= available
        {
            return Err(format!(
                "the libtorch that this command was built with sees {available} CUDA devices: use --device cpu, or build it with LIBTORCH set to a libtorch with CUDA"
            ));
        }
        Ok(Self(device))
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Device::Cpu => f.pad("cpu"),
            Device::Cuda(index) => write!(f, "cuda:{index}"),
            _ => f.pad("other"),
        }
    }
}

/// Has libtorch use that many threads; all cores where nothing is said.
pub fn use_threads(threads: Option<u16>) -> usize {
    if let Some(threads) = threads {
        tch::set_num_threads(i32::from(threads.max(1)));
    }
    tch::get_num_threads().max(1) as usize
}

/// Keeps glibc from giving the memory of large tensors back to the kernel after every step, which would
/// zero it and hand it out again page by page in the next.
///
/// Call it before anything is allocated. Elsewhere than with glibc it does nothing.
pub fn keep_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // Settings of malloc that take an int and cannot fail in a way that matters.
        #[allow(unsafe_code, reason = "mallopt is a C function")]
        // SAFETY: mallopt may be called at any time; no other thread runs yet.
        unsafe {
            libc::mallopt(libc::M_MMAP_MAX, 0);
            libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
            libc::mallopt(libc::M_TOP_PAD, 64 << 20);
            libc::mallopt(libc::M_ARENA_MAX, 1);
        }
    }
}
