//! A cache of the hashes of large files, valid until a file changes.

use pathscope_core::files::checkpoint::{CheckpointError, sha256};
use pathscope_core::files::documents::{Kind, write_json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

const SCHEMA: &str = "pathscope/hashes/1";
const KIND: Kind =
    Kind { what: "the hashes of a sweep", schema: Some(SCHEMA), most_bytes: 1 << 30, ..Kind::PLAIN };

/// The minimum age of a file's last change for its hash to be stored. A more recent file could change again
/// within one tick of the file system's clock.
const MIN_AGE: Duration = Duration::from_secs(2);

/// The hashes of the models of a sweep: `.hashes.json` in its folder, which may be deleted at any time.
///
/// A file is hashed again if its size, times or inode change, as happens when it is copied, swapped or
/// overwritten.
#[derive(Debug)]
pub(super) struct Hashes {
    path: PathBuf,
    known: BTreeMap<String, Known>,
    found: Mutex<BTreeMap<String, Known>>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    files: BTreeMap<String, Known>,
}

/// A hash, and the state of its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    state: State,
    sha256: String,
}

/// The state of a file: its size, the times of its last change of content and of any change in nanoseconds,
/// and its inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct State(u64, i128, i128, u64);

impl State {
    fn of(metadata: &Metadata) -> Self {
        let since_1970 = |time: SystemTime| {
            time.duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |time| i128::try_from(time.as_nanos()).unwrap_or(0))
        };
        let modified = metadata.modified().map_or(0, since_1970);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let changed = i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec());
            Self(metadata.len(), modified, changed, metadata.ino())
        }
        #[cfg(not(unix))]
        Self(metadata.len(), modified, modified, 0)
    }

    /// Returns whether the last change is old enough for a further change to be visible.
    fn is_old_enough(self, now: SystemTime) -> bool {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let before = now.saturating_sub(MIN_AGE).as_nanos();
        i128::try_from(before).is_ok_and(|before| self.1.max(self.2) < before)
    }
}

impl Hashes {
    /// Opens the hashes of a sweep. If they cannot be read, all files are hashed again.
    pub(super) fn open(sweep: &Path) -> Self {
        let path = sweep.join(".hashes.json");
        let known = KIND.read_json::<Document>(&path).ok().filter(|read| read.verified);
        let known = known.map(|read| read.value.files).unwrap_or_default();
        Self { path, known, found: Mutex::default() }
    }

    /// Returns the SHA-256 of a file.
    ///
    /// # Arguments
    ///
    /// * `name` - the name of the file in the sweep
    ///
    /// # Errors
    ///
    /// Returns a [`CheckpointError`] if the file cannot be read.
    ///
    /// # Complexity
    ///
    /// One query of the file's metadata if the hash is known, otherwise O(file).
    pub(super) fn of(&self, name: &str, path: &Path) -> Result<String, CheckpointError> {
        let state = fs::metadata(path).ok().map(|metadata| State::of(&metadata));
        if let (Some(state), Some(known)) = (state, self.known.get(name))
            && known.state == state
        {
            return Ok(known.sha256.clone());
        }
        let sha256 = sha256(path)?;
        if let Some(state) = state.filter(|state| state.is_old_enough(SystemTime::now())) {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            found.insert(name.to_owned(), Known { state, sha256: sha256.clone() });
        }
        Ok(sha256)
    }

    /// Saves the hashes. In a read-only sweep, they are computed again each time.
    pub(super) fn remember(self) {
        let found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        if found.is_empty() {
            return;
        }
        let mut files = self.known;
        files.extend(found);
        let _ = write_json(&self.path, &Document { schema: SCHEMA.to_owned(), files });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, FileTimes};

    #[test]
    fn files_are_hashed_once_and_again_when_they_change() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
        let long_ago = SystemTime::now() - Duration::from_secs(1000);
        for (path, text) in [(&a, "one"), (&b, "two")] {
            fs::write(path, text).unwrap();
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_times(FileTimes::new().set_modified(long_ago))
                .unwrap();
        }
        let hash = |hashes: &Hashes| (hashes.of("a", &a).unwrap(), hashes.of("b", &b).unwrap());
        let hashes = Hashes::open(folder.path());
        let (first, second) = hash(&hashes);
        assert_ne!(first, second);
        // The files changed a moment ago, so no hash is stored.
        hashes.remember();
        assert!(!folder.path().join(".hashes.json").exists());
        let mut hashes = Hashes::open(folder.path());
        let state = State::of(&fs::metadata(&a).unwrap());
        hashes.known.insert("a".to_owned(), Known { state, sha256: "remembered".to_owned() });
        assert_eq!(hash(&hashes).0, "remembered");
        hashes.found.lock().unwrap().extend(hashes.known.clone());
        hashes.remember();
        assert_eq!(Hashes::open(folder.path()).of("a", &a).unwrap(), "remembered");
        // Swapped files with the same size and age.
        let other = folder.path().join("other");
        fs::rename(&a, &other).unwrap();
        fs::rename(&b, &a).unwrap();
        fs::rename(&other, &b).unwrap();
        assert_eq!(hash(&Hashes::open(folder.path())), (second, first));
    }
}
