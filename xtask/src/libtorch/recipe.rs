//! Recipes for a libtorch without GPU support, from files of wheels.
//!
//! On Linux, pip finds wheels that are built for CUDA. Their `libtorch_cpu.so` works without the CUDA half,
//! but needs two small libraries of CUDA, which have their own wheels. The recipes list all libraries that
//! others need (`readelf -d`), except those that every system has.

use anyhow::{Result, bail};

/// The version that tch expects.
pub(crate) const VERSION: &str = "2.13.0";

/// The revision of the recipes. Raise it when one changes, so that an older libtorch is not used any more.
const REVISION: &str = "1";

/// A recipe for a libtorch.
#[derive(Clone, Debug)]
pub(crate) struct Recipe<'a> {
    /// The files to download.
    pub wheels: &'a [Wheel<'a>],
    /// Whether `libtorch.so` must be linked here, because that of a CUDA wheel needs the CUDA half.
    pub makes_libtorch: bool,
    /// Size of the finished folder in bytes.
    pub unpacked: u64,
}

/// A wheel and the files to extract from it.
#[derive(Clone, Debug)]
pub(crate) struct Wheel<'a> {
    /// The package and its version, as pip knows them.
    pub requirement: &'a str,
    /// The tag of the platform, as pip knows it.
    pub platform: &'a str,
    /// The name of the file.
    pub file: &'a str,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: &'a str,
    /// Paths of the libraries in it.
    pub libraries: &'a [&'a str],
    /// The folder in it that becomes `include`.
    pub include: Option<&'a str>,
}

impl Recipe<'_> {
    /// Returns the name of the folder, which is unique to the recipe.
    pub(crate) fn folder_name(&self) -> String {
        // PyTorch's wheel, whose hash differs between platforms, comes first.
        format!("libtorch-{VERSION}-{}-{REVISION}", &self.wheels[0].sha256[..8])
    }

    /// Returns the names of the libraries in the finished folder.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = &str> {
        let taken = self.wheels.iter().flat_map(|wheel| wheel.libraries).map(|path| file_name(path));
        taken.chain(self.makes_libtorch.then_some("libtorch.so"))
    }
}

/// Returns the file name of a path in a wheel.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

const INCLUDE: Option<&str> = Some("torch/include/");

const X86_64_LINUX: Recipe<'_> = Recipe {
    wheels: &[
        Wheel {
            requirement: "torch==2.13.0",
            platform: "manylinux_2_28_x86_64",
            file: "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl",
            size: 526_574_961,
            sha256: "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
            libraries: &["torch/lib/libtorch_cpu.so", "torch/lib/libc10.so", "torch/lib/libgomp.so.1"],
            include: INCLUDE,
        },
        Wheel {
            requirement: "nvidia-cuda-cupti==13.0.85",
            platform: "manylinux_2_25_x86_64",
            file: "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl",
            size: 10_715_597,
            sha256: "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
            libraries: &["nvidia/cu13/lib/libcupti.so.13"],
            include: None,
        },
        Wheel {
            requirement: "nvidia-cuda-runtime==13.0.96",
            platform: "manylinux2014_x86_64",
            file: "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
            size: 2_243_632,
            sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
            libraries: &["nvidia/cu13/lib/libcudart.so.13"],
            include: None,
        },
    ],
    makes_libtorch: true,
    unpacked: 510_000_000,
};

const AARCH64_LINUX: Recipe<'_> = Recipe {
    wheels: &[
        Wheel {
            requirement: "torch==2.13.0",
            platform: "manylinux_2_28_aarch64",
            file: "torch-2.13.0-cp311-cp311-manylinux_2_28_aarch64.whl",
            size: 427_199_369,
            sha256: "092790c696a760c729fd5722835f50b9d81fd7c8f141571f3f3cf4081a8f664c",
            libraries: &[
                "torch/lib/libtorch_cpu.so",
                "torch/lib/libc10.so",
                "torch/lib/libgomp.so.1",
                "torch/lib/libarm_compute.so",
                "torch/lib/libarm_compute_graph.so",
                "torch/lib/libnvpl_blas_core.so.0",
                "torch/lib/libnvpl_blas_lp64_gomp.so.0",
                "torch/lib/libnvpl_lapack_core.so.0",
                "torch/lib/libnvpl_lapack_lp64_gomp.so.0",
            ],
            include: INCLUDE,
        },
        Wheel {
            requirement: "nvidia-cuda-cupti==13.0.85",
            platform: "manylinux_2_25_aarch64",
            file: "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_aarch64.whl",
            size: 10_310_827,
            sha256: "796bd679890ee55fb14a94629b698b6db54bcfd833d391d5e94017dd9d7d3151",
            libraries: &["nvidia/cu13/lib/libcupti.so.13"],
            include: None,
        },
        Wheel {
            requirement: "nvidia-cuda-runtime==13.0.96",
            platform: "manylinux2014_aarch64",
            file: "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64.whl",
            size: 2_261_060,
            sha256: "ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55",
            libraries: &["nvidia/cu13/lib/libcudart.so.13"],
            include: None,
        },
    ],
    makes_libtorch: true,
    unpacked: 375_000_000,
};

const AARCH64_MACOS: Recipe<'_> = Recipe {
    wheels: &[Wheel {
        requirement: "torch==2.13.0",
        platform: "macosx_14_0_arm64",
        file: "torch-2.13.0-cp311-cp311-macosx_14_0_arm64.whl",
        size: 111_187_938,
        sha256: "e76f9bcecc52b8ff711239a2f7547d5353df95878ab232f0773c1d95928b92f8",
        libraries: &[
            "torch/lib/libtorch.dylib",
            "torch/lib/libtorch_cpu.dylib",
            "torch/lib/libc10.dylib",
            "torch/lib/libomp.dylib",
        ],
        include: INCLUDE,
    }],
    makes_libtorch: false,
    unpacked: 420_000_000,
};

/// Returns the recipe for an operating system and a processor, by Rust's names for them.
pub(crate) fn for_platform(os: &str, arch: &str) -> Result<Recipe<'static>> {
    Ok(match (os, arch) {
        ("linux", "x86_64") => X86_64_LINUX,
        ("linux", "aarch64") => AARCH64_LINUX,
        ("macos", "aarch64") => AARCH64_MACOS,
        _ => bail!(
            "no libtorch can be fetched for {os} on {arch} (only for Linux on x86_64 and aarch64, and macOS on aarch64): get libtorch {VERSION} and set LIBTORCH to its folder, or install PyTorch {VERSION} and set LIBTORCH_USE_PYTORCH=1"
        ),
    })
}
