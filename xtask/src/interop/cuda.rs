//! Stand-ins for NVIDIA's libraries, so that a PyTorch for CUDA runs without them.
//!
//! `libtorch_cuda.so` links to C libraries of 2 GB. Without a GPU their functions are never called, but the
//! loader requires all of them. One small library therefore defines them all, and stands in under every name.

use crate::libtorch::unpack::compiler;
use anyhow::{Context, Result, bail};
use object::read::{Object, ObjectSymbol, ReadCache};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

/// The libraries, as named by those of PyTorch (`readelf -d`).
const LIBRARIES: [&str; 12] = [
    "libcublas.so.13",
    "libcublasLt.so.13",
    "libcudnn.so.9",
    "libcufft.so.12",
    "libcufile.so.0",
    "libcurand.so.10",
    "libcusolver.so.12",
    "libcusparse.so.12",
    "libcusparseLt.so.0",
    "libnccl.so.2",
    "libnvrtc.so.13",
    "libnvshmem_host.so.3",
];

/// The prefixes of their functions' names.
const FUNCTIONS: [&str; 9] =
    ["cublas", "cudnn", "cufft", "cuFile", "curand", "cusolver", "cusparse", "nccl", "nv"];

/// The libraries of PyTorch that call them.
const CALLERS: [&str; 4] =
    ["libtorch_cuda.so", "libtorch_python.so", "libtorch_nvshmem.so", "libc10_cuda.so"];

/// The library that stands in for all of them.
const STAND_IN: &str = "libpathscope_no_cuda.so";

/// Builds the stand-ins among the libraries of PyTorch.
pub(super) fn stand_in(lib: &Path) -> Result<()> {
    let mut functions = BTreeSet::new();
    for caller in CALLERS {
        let path = lib.join(caller);
        functions.extend(called(&path).with_context(|| path.display().to_string())?);
    }
    let source = lib.join(STAND_IN).with_extension("c");
    fs::write(&source, text(&functions)).with_context(|| source.display().to_string())?;
    let name = compiler("CC", "cc");
    let mut words = name.split_whitespace();
    let output = Command::new(words.next().unwrap_or("cc"))
        .args(words)
        .args(["-shared", "-fPIC", "-o"])
        .args([&lib.join(STAND_IN), &source])
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("the C compiler {name} cannot be run"))?;
    if !output.status.success() {
        bail!("{name} failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    for library in LIBRARIES {
        let place = lib.join(library);
        fs::hard_link(lib.join(STAND_IN), &place).with_context(|| place.display().to_string())?;
    }
    Ok(())
}

/// Returns the functions of NVIDIA's libraries that a library calls.
fn called(path: &Path) -> Result<BTreeSet<String>> {
    // Only the symbol table is read, out of half a gigabyte.
    let cache = ReadCache::new(File::open(path)?);
    let file = object::File::parse(&cache)?;
    let mut functions = BTreeSet::new();
    for symbol in file.dynamic_symbols().filter(ObjectSymbol::is_undefined) {
        let name = symbol.name()?;
        if FUNCTIONS.iter().any(|start| name.starts_with(start)) {
            functions.insert(name.to_owned());
        }
    }
    Ok(functions)
}

fn text(functions: &BTreeSet<String>) -> String {
    let mut text = "#include <stdio.h>\n#include <stdlib.h>\n\nstatic void missing(const char *name) {\n    fprintf(stderr, \"%s was called, but this PyTorch has no CUDA\\n\", name);\n    abort();\n}\n\n".to_owned();
    for name in functions {
        text += &format!("void {name}(void) {{ missing(\"{name}\"); }}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_there_and_ends_the_process() {
        let functions = BTreeSet::from(["ncclBcast".to_owned(), "cudnnCreate".to_owned()]);
        let text = text(&functions);
        assert!(text.ends_with(
            "void cudnnCreate(void) { missing(\"cudnnCreate\"); }\nvoid ncclBcast(void) { missing(\"ncclBcast\"); }\n"
        ));
    }
}
