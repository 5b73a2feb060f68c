//! Paths that several test binaries use.

use std::path::{Path, PathBuf};

/// A file under `fixtures/`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// The layout of the model in `fixtures/containers/`.
pub fn containers_layout() -> PathBuf {
    fixture("containers/layout.toml")
}
