//! Arrays from files of any supported format.

use super::{ArrayError, NumberArray, folder, hdf5, npy, npz};
use std::io::Read;
use std::path::Path;

/// The largest expansion of a file into an array; deflate packs at most 1032 to 1.
const MOST_EXPANSION: u64 = 256;
/// An array of up to this size is read from a file of any size.
const ALWAYS_READ: u64 = 64 << 20;

/// The offsets at which an HDF5 file may begin, if MATLAB or another program put a header before it.
const HDF5_STARTS: [usize; 4] = [0, 512, 1024, 2048];
const HDF5_MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Other file formats that people store arrays in: their first bytes, their description, and what to do.
const OTHER_KINDS: [(&[u8], &str, &str); 10] = [
    (b"MATLAB 5.0", "a MATLAB file of a version before 7.3", "save it in MATLAB with save(…, '-v7.3')"),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file with `git lfs pull`"),
    (b"\x80\x02", PICKLE, UNPICKLE),
    (b"\x80\x03", PICKLE, UNPICKLE),
    (b"\x80\x04", PICKLE, UNPICKLE),
    (b"\x80\x05", PICKLE, UNPICKLE),
    (b"\x1f\x8b", "a file compressed with gzip", "unpack it with gunzip"),
    (b"\x89PNG", PICTURE, STACK),
    (b"\xff\xd8\xff", PICTURE, STACK),
    (b"II*\0", PICTURE, STACK),
];
const PICKLE: &str = "a Python pickle";
const UNPICKLE: &str = "pickles are never loaded: load it in Python, and save its arrays with numpy.savez(file, images=…, responses=…)";
const PICTURE: &str = "a single picture";
const STACK: &str = "give the folder of all of them if they are .png, or save them as one array: numpy.save(\"images.npy\", numpy.stack(pictures))";

/// Reads an array from an `.npy`, `.npz`, HDF5 or MATLAB v7.3 file. The contents determine the format.
///
/// # Arguments
///
/// * `path` - the file, or a folder with one file (`.npy`, or a picture in `.png`) for each row of the array,
///   ordered by the numbers in their names
/// * `key` - the name of the array in the file; `session/images` is `images` in the group `session`. It can
///   be left out if the file holds only one array
///
/// # Returns
///
/// The array. The axes of an array that MATLAB wrote are in MATLAB's order, as `size` gives it.
///
/// # Errors
///
/// [`ArrayError`], which lists the arrays of the file if the key does not name one.
///
/// # Complexity
///
/// O(array) time. Memory is at most 256 times the file's size or 64 MiB, whichever is more.
pub fn read_array(path: &Path, key: Option<&str>) -> Result<NumberArray, ArrayError> {
    let unreadable = |source| ArrayError::Open { path: path.to_owned(), source };
    if path.is_dir() {
        return match key {
            None => folder::read(path),
            Some(key) => {
                Err(ArrayError::NoSuchKey { path: path.to_owned(), key: key.to_owned(), listed: Vec::new() })
            }
        };
    }
    let file = npy::open_regular(path)?;
    let file_size = file.metadata().map_err(unreadable)?.len();
    let mut start = Vec::new();
    (&file).take(4096).read_to_end(&mut start).map_err(unreadable)?;
    let is_hdf5 = |&offset: &usize| start.get(offset..).is_some_and(|bytes| bytes.starts_with(HDF5_MAGIC));
    let other_kind = |found, remedy| ArrayError::OtherKind {
        path: path.to_owned(),
        expected: "an array file (.npy, .npz, HDF5 or MATLAB v7.3)",
        found,
        remedy,
    };
    let limit = Limit::of_file(file_size);
    match start.as_slice() {
        [] => Err(other_kind("an empty file", "save or copy it again")),
        bytes if bytes.starts_with(b"\x93NUMPY") => match key {
            None => Ok(npy::read_npy(path)?.0),
            Some(key) => {
                Err(ArrayError::NoSuchKey { path: path.to_owned(), key: key.to_owned(), listed: Vec::new() })
            }
        },
        bytes if bytes.starts_with(b"PK") => npz::read(path, file, key, limit),
        _ if HDF5_STARTS.iter().any(is_hdf5) => hdf5::read(path, key, limit),
        bytes => {
            let (_, found, remedy) = OTHER_KINDS
                .into_iter()
                .find(|(start, ..)| bytes.starts_with(start))
                .unwrap_or((b"", "something else", "save the arrays in one of these formats"));
            Err(other_kind(found, remedy))
        }
    }
}

/// The limit on the bytes that may be read from a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub file_size: u64,
    pub bytes: u64,
}

impl Limit {
    /// Returns the limit for a file, or several files together, of this size.
    pub(super) fn of_file(file_size: u64) -> Self {
        Self { file_size, bytes: file_size.saturating_mul(MOST_EXPANSION).max(ALWAYS_READ) }
    }

    /// Refuses an array that is larger than the limit.
    pub(super) fn check(self, path: &Path, key: &str, declared: u128) -> Result<(), ArrayError> {
        if declared <= u128::from(self.bytes) {
            return Ok(());
        }
        Err(ArrayError::Expands {
            path: path.to_owned(),
            key: key.to_owned(),
            declared,
            file_size: self.file_size,
            limit: self.bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/import").join(name)
    }

    fn expected() -> (ndarray::ArrayD<f64>, ndarray::ArrayD<f64>) {
        let images = ndarray::Array3::from_shape_fn((6, 5, 4), |(n, y, x)| (20 * n + 4 * y + x) as f64);
        let responses = ndarray::Array3::from_shape_fn((6, 3, 2), |(n, t, r)| {
            if (n, t) == (4, 2) { f64::NAN } else { (10 * n + 3 * t + r + 1) as f64 }
        });
        (images.into_dyn(), responses.into_dyn())
    }

    #[test]
    fn the_same_arrays_from_every_format() {
        let (images, responses) = expected();
        for (file, images_key, responses_key) in [
            ("session.npz", "images", "responses"),
            ("contiguous.h5", "stimuli/images", "/neural/responses"),
            ("chunked.h5", "images", "responses"),
        ] {
            let array = |key| read_array(&fixture(file), Some(key)).unwrap();
            assert_eq!(array(images_key).to_f64(), images, "{file}");
            let found = array(responses_key);
            assert!(!found.is_from_matlab());
            // NaN is not equal to itself.
            assert_eq!(found.to_f64().mapv(f64::to_bits), responses.mapv(f64::to_bits), "{file}");
        }
        assert_eq!(read_array(&fixture("images.npy"), None).unwrap().to_f64(), images);
        assert_eq!(read_array(&fixture("one.npz"), None).unwrap().to_f64(), images);
    }

    #[test]
    fn matlab_has_its_own_order_of_axes() {
        let (images, _) = expected();
        let array = read_array(&fixture("matlab.mat"), Some("session/images")).unwrap();
        assert!(array.is_from_matlab());
        assert_eq!(array.shape(), [5, 4, 6]);
        assert_eq!(array.to_f64(), images.permuted_axes(vec![1, 2, 0]));
        assert_eq!(read_array(&fixture("matlab.mat"), Some("session/groups")).unwrap().shape(), [6, 1]);
    }

    #[test]
    fn keys_are_listed_where_none_fits() {
        let message = |file, key| read_array(&fixture(file), key).unwrap_err().to_string();
        let listed = message("matlab.mat", None);
        assert!(
            listed.contains("holds 3 arrays") && listed.contains("session/images uint8 [5, 4, 6]"),
            "{listed}"
        );
        let listed = message("contiguous.h5", Some("stimuli"));
        assert!(
            listed.contains("'stimuli' is a group, not an array")
                && listed.contains("stimuli/images int16 [6, 5, 4]"),
            "{listed}"
        );
        let listed = message("session.npz", Some("pictures"));
        assert!(listed.contains("images uint8 [6, 5, 4]; responses float64 [6, 3, 2]"), "{listed}");
        assert!(message("images.npy", Some("a")).contains("has no array 'a'"));
    }

    #[test]
    fn what_is_not_read() {
        let message = |file| read_array(&fixture(file), None).unwrap_err().to_string();
        assert!(message("matlab-5.mat").contains("-v7.3"));
        let sparse = message("sparse.h5");
        assert!(sparse.contains("would take 17592186044416 bytes, from a file of"), "{sparse}");
        assert!(message("missing.npy").contains("check its name"));
        assert!(message(".").contains("one file for each row, but images.npy is uint8 [6, 5, 4]"));
    }
}
