//! The device for tensors, its threads and its memory.

use std::fmt;
use std::str::FromStr;
use tch::Device;
use thiserror::Error;

/// A device with its name on the command line: `cpu`, `cuda` or `cuda:1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceName(pub Device);

/// The reason why a device cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The name is not one of a device.
    #[error("expected cpu, cuda or cuda:N")]
    Unknown,
    /// libtorch does not see the device.
    #[error(
        "the libtorch that this command was built with sees {available} CUDA devices: use --device cpu, or build it with LIBTORCH set to a libtorch with CUDA"
    )]
    Unavailable {
        /// The number of CUDA devices that libtorch sees.
        available: i64,
    },
}

impl FromStr for DeviceName {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let device = match name {
            "cpu" => Device::Cpu,
            "cuda" => Device::Cuda(0),
            other => match other.strip_prefix("cuda:").and_then(|index| index.parse().ok()) {
                Some(index) => Device::Cuda(index),
                None => return Err(DeviceError::Unknown),
            },
        };
        let available = tch::Cuda::device_count();
        if let Device::Cuda(index) = device
            && index as i64 >= available
        {
            return Err(DeviceError::Unavailable { available });
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

/// Sets the number of libtorch threads and returns it. The default is all cores.
pub fn use_threads(threads: Option<u16>) -> usize {
    if let Some(threads) = threads {
        tch::set_num_threads(i32::from(threads.max(1)));
    }
    tch::get_num_threads().max(1) as usize
}

/// The memory for libtorch's own code and tables after the first step, in bytes.
const LIBTORCH_BYTES: u64 = 64 << 20;

/// Returns the memory of this process before the first step, plus what libtorch will use for itself, in
/// bytes. It is 0 if the system does not report it, and on devices with their own memory.
pub fn resident_bytes(device: Device) -> u64 {
    let resident = (device == Device::Cpu).then(|| status_bytes("VmRSS:")).flatten();
    resident.map_or(0, |resident| resident + LIBTORCH_BYTES)
}

/// Returns the peak memory of this process in bytes, if the system reports it.
pub fn peak_bytes() -> Option<u64> {
    status_bytes("VmHWM:")
}

fn status_bytes(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}
