//! Contents of a file that are not an array of numbers.

use std::fmt;
use thiserror::Error;

/// Contents of a file that cannot be read as a plain array of numbers.
///
/// The text completes a sentence that begins with "it is". [`Unreadable::remedy`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// A MATLAB cell array.
    Cell {
        /// The number of cells.
        count: u64,
    },
    /// A sparse MATLAB matrix.
    Sparse,
    /// An empty array, for which MATLAB stores only the extents.
    Empty,
    /// A field of a MATLAB struct array.
    StructArray {
        /// The number of structs.
        count: u64,
    },
    /// A MATLAB object, such as a table.
    Object {
        /// MATLAB's class.
        class: String,
    },
    /// Characters or strings.
    Text,
    /// Python objects, which NumPy stores as a pickle.
    Pickled,
    /// Elements with several named fields.
    Records,
    /// Complex numbers.
    Complex,
    /// Dates or durations.
    Times,
    /// Rows of different lengths.
    Ragged,
    /// References to other arrays.
    References,
    /// Elements of another type.
    Type {
        /// The type of the elements.
        found: String,
    },
    /// Numbers compressed with an unsupported HDF5 filter.
    Filter {
        /// Its registered number.
        id: u16,
    },
    /// A link to another file.
    ExternalLink {
        /// The file, as the link names it.
        file: String,
        /// The name in that file.
        target: String,
        /// Whether the file exists.
        is_there: bool,
    },
    /// A link whose target does not exist.
    SoftLink {
        /// The target of the link.
        target: String,
    },
    /// Numbers that are stored in other files.
    Elsewhere,
    /// An HDF5 feature that the reader does not support.
    Unsupported {
        /// What is not supported.
        detail: String,
    },
    /// Damaged contents.
    Damaged {
        /// What is wrong with it.
        detail: String,
    },
}

/// The filters registered with HDF5 that are not supported.
const FILTERS: [(u16, &str); 17] = [
    (305, "LZO"),
    (307, "bzip2"),
    (32000, "LZF"),
    (32001, "Blosc"),
    (32002, "MAFISC"),
    (32003, "Snappy"),
    (32004, "LZ4"),
    (32008, "bitshuffle"),
    (32009, "SPDP"),
    (32013, "ZFP"),
    (32014, "fpzip"),
    (32015, "Zstandard"),
    (32017, "SZ"),
    (32019, "JPEG"),
    (32024, "SZ3"),
    (32026, "Blosc 2"),
    (32028, "SPERR"),
];

impl Unreadable {
    /// Returns the meaning of a NumPy type description that is not numeric.
    pub(super) fn from_numpy(description: &str) -> Self {
        match description.trim_start_matches(['<', '>', '|', '=']).chars().next() {
            Some('O') => Self::Pickled,
            Some('U' | 'S' | 'a') => Self::Text,
            Some('V') => Self::Records,
            Some('c') => Self::Complex,
            Some('M' | 'm') => Self::Times,
            _ => Self::Type { found: format!("'{description}'") },
        }
    }

    /// Returns whether this may be the data that the user is looking for. Text never is.
    pub(super) fn may_be_meant(&self) -> bool {
        !matches!(self, Self::Text)
    }

    /// Returns advice on how to get an array of numbers instead.
    pub fn remedy(&self) -> String {
        let python = "in Python with h5py, `new[\"x\"] = old[\"x\"][...]`";
        match self {
            Self::Cell { .. } => {
                "in MATLAB pad the cells that have fewer trials with NaN and save cat(3, x{:})".to_owned()
            }
            Self::Sparse => "in MATLAB save full(x)".to_owned(),
            Self::Empty => "it holds no numbers: find the data that was meant to be saved, and save that".to_owned(),
            Self::StructArray { .. } => {
                "in MATLAB save a field of one of them, x = s(1).field, or of all, cat(3, s.field)".to_owned()
            }
            Self::Object { class } if class == "table" => "in MATLAB save table2array(x)".to_owned(),
            Self::Object { .. } => "in MATLAB save its numbers as a plain array, such as double(x)".to_owned(),
            Self::Text => {
                "numbers are needed; numpy.unique(x, return_inverse=True)[1] turns names into numbers".to_owned()
            }
            Self::Pickled => {
                "pickles are never loaded; in Python, load it with allow_pickle=True and save a rectangular array with NaN where there was no trial".to_owned()
            }
            Self::Records => "save a single field, x[\"field\"]".to_owned(),
            Self::Complex => "save its real part or its magnitude".to_owned(),
            Self::Times => "save numbers, such as x.astype(\"int64\")".to_owned(),
            Self::Ragged => "save a rectangular array with NaN where there was no trial".to_owned(),
            Self::References => "save the arrays that it refers to, or all of them as one".to_owned(),
            Self::Type { .. } => {
                "expected integers or floating-point numbers: convert it with numpy's astype".to_owned()
            }
            Self::Filter { .. } => {
                "the file is not damaged; rewrite it with `h5repack -f GZIP=4 in.h5 out.h5`, with HDF5_PLUGIN_PATH set to where the filter's plugin is (Python's hdf5plugin has it), or in h5py with compression=\"gzip\"".to_owned()
            }
            Self::ExternalLink { file, target, is_there: true } => {
                format!("give that file itself, {file}, and the key {target}")
            }
            Self::ExternalLink { file, .. } => format!("find {file} and give that file itself"),
            Self::SoftLink { .. } => "name an array that exists".to_owned(),
            Self::Elsewhere => format!("save them as one plain array: {python}"),
            Self::Unsupported { .. } => format!("save it as a plain array: {python}"),
            Self::Damaged { .. } => "copy or write the file again".to_owned(),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell { count } => write!(f, "a cell array of {count}"),
            Self::Sparse => f.write_str("a sparse matrix of MATLAB"),
            Self::Empty => f.write_str("an empty array"),
            Self::StructArray { count } => write!(f, "a field of a struct array of {count}"),
            Self::Object { class } => write!(f, "an object of MATLAB ({class})"),
            Self::Text => f.write_str("text"),
            Self::Pickled => f.write_str("an array of pickled Python objects"),
            Self::Records => f.write_str("an array of records of several fields"),
            Self::Complex => f.write_str("an array of complex numbers"),
            Self::Times => f.write_str("an array of dates or durations"),
            Self::Ragged => f.write_str("an array of rows of variable length"),
            Self::References => f.write_str("an array of references to other arrays"),
            Self::Type { found } => write!(f, "an array of elements of the type {found}"),
            Self::Filter { id } => match FILTERS.iter().find(|(known, _)| known == id) {
                Some((_, name)) => write!(f, "compressed with {name} (HDF5 filter {id})"),
                None => write!(f, "compressed with the HDF5 filter {id}"),
            },
            Self::ExternalLink { file, target, is_there } => {
                let where_to = if *is_there { "" } else { ", which does not exist" };
                write!(f, "a link to '{target}' in the file {file}{where_to}")
            }
            Self::SoftLink { target } => write!(f, "a link to '{target}', which does not exist"),
            Self::Elsewhere => f.write_str("an array whose numbers are in other arrays or files"),
            Self::Unsupported { detail } => {
                write!(f, "stored with an unsupported feature of HDF5 ({detail})")
            }
            Self::Damaged { detail } => write!(f, "damaged ({detail})"),
        }
    }
}

/// Unreadable contents, formatted as the end of an error message.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}, not readable: {remedy}", remedy = .0.remedy())]
pub struct NotReadable(pub Unreadable);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_numpy() {
        for (description, expected) in [
            ("|O", Unreadable::Pickled),
            ("<U4", Unreadable::Text),
            ("|S12", Unreadable::Text),
            ("|V8", Unreadable::Records),
            ("<c16", Unreadable::Complex),
            (">M8[ns]", Unreadable::Times),
            ("<f16", Unreadable::Type { found: "'<f16'".to_owned() }),
            ("", Unreadable::Type { found: "''".to_owned() }),
        ] {
            assert_eq!(Unreadable::from_numpy(description), expected, "{description}");
        }
    }

    #[test]
    fn filters_have_names() {
        let filter = |id| Unreadable::Filter { id }.to_string();
        assert_eq!(filter(32004), "compressed with LZ4 (HDF5 filter 32004)");
        assert_eq!(filter(31999), "compressed with the HDF5 filter 31999");
        assert!(FILTERS.is_sorted());
    }
}
