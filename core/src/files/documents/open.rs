//! Opening and reading of regular files.

use super::{DocumentError, Kind};
use std::fs::{self, File, FileType, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Opens a regular file. Pipes and devices are refused, because they can block a command or never end.
///
/// # Errors
///
/// [`DocumentError::Open`] for errors of the system, [`DocumentError::OtherKind`] for anything but a regular
/// file.
pub fn open_regular(path: &Path) -> Result<File, DocumentError> {
    let unreadable = |reason| DocumentError::open(path, reason);
    let regular = |kind: FileType| match other_kind(kind) {
        None => Ok(()),
        Some(found) => Err(DocumentError::OtherKind { path: path.to_owned(), found }),
    };
    // Checked first because opening a device may have an effect, and again because the file may have been
    // replaced.
    regular(fs::metadata(path).map_err(unreadable)?.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path).map_err(unreadable)?;
    regular(file.metadata().map_err(unreadable)?.file_type())?;
    Ok(file)
}

/// Returns the name of a file type that is not regular; `None` for regular files.
fn other_kind(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("no file")
}

/// Reads all bytes of a regular file of at most the length that its kind allows.
pub(super) fn read_bytes(path: &Path, kind: &Kind) -> Result<Vec<u8>, DocumentError> {
    let unreadable = |reason| DocumentError::open(path, reason);
    let file = open_regular(path)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let Kind { what, most_bytes: most, remedy, .. } = *kind;
    let too_long = || DocumentError::TooLong { path: path.to_owned(), what, most, remedy };
    if length > most {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(too_long());
    }
    if length == 0 && !bytes.is_empty() {
        let found = "a system file without a length";
        return Err(DocumentError::OtherKind { path: path.to_owned(), found });
    }
    Ok(bytes)
}

/// Reads the last complete line of a log, without its newline; `None` if there is none yet.
///
/// # Errors
///
/// [`DocumentError::TooLong`] if the line is longer than `most` bytes, and the errors of [`open_regular`].
///
/// # Complexity
///
/// O(`most`) time and memory, regardless of the file's length.
pub fn last_line(path: &Path, most: u64) -> Result<Option<String>, DocumentError> {
    let unreadable = |reason| DocumentError::open(path, reason);
    let mut file = open_regular(path)?;
    let length = file.metadata().map_err(unreadable)?.len();
    // An unfinished line may follow it. Two bytes are for its own newline and for that of the line before.
    let begin = length.saturating_sub(most.saturating_mul(2).saturating_add(2));
    file.seek(SeekFrom::Start(begin)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(length - begin).read_to_end(&mut bytes).map_err(unreadable)?;
    let Some(end) = bytes.iter().rposition(|&byte| byte == b'\n') else {
        return if begin == 0 { Ok(None) } else { Err(too_long(path, most)) };
    };
    let start = match bytes[..end].iter().rposition(|&byte| byte == b'\n') {
        Some(before) => before + 1,
        None if begin == 0 => 0,
        None => return Err(too_long(path, most)),
    };
    if (end - start) as u64 > most {
        return Err(too_long(path, most));
    }
    let text = std::str::from_utf8(&bytes[start..end]).map_err(|_| DocumentError::NoText {
        path: path.to_owned(),
        what: LINE,
        remedy: "",
    })?;
    Ok(Some(text.to_owned()))
}

const LINE: &str = "a line of a log";

fn too_long(path: &Path, most: u64) -> DocumentError {
    DocumentError::TooLong { path: path.to_owned(), what: LINE, most, remedy: "" }
}
