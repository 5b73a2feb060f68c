//! Arrays of numbers in files: NumPy's `.npy` and `.npz`, HDF5, and MATLAB's v7.3, which is HDF5.
//!
//! A header is trusted only as far as the size of its file allows. So no header can cost more memory than a
//! small multiple of its file's size.

mod any;
mod error;
mod folder;
mod hdf5;
mod header;
mod listing;
mod npy;
mod npz;
mod picture;
mod unreadable;

pub use any::read_array;
pub use error::ArrayError;
pub(crate) use folder::{Part, digest as folder_digest, parts};
pub use listing::{Content, Listed};
pub use npy::{NpyElement, npy_bytes, read_npy, write_npy};
pub use unreadable::{NotReadable, Unreadable};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use std::path::PathBuf;
use strum::{Display, IntoStaticStr};

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr)]
#[non_exhaustive]
pub enum ElementType {
    /// One byte that is 0 or 1.
    #[strum(serialize = "bool")]
    Bool,
    /// Signed, 8 bits.
    #[strum(serialize = "int8")]
    I8,
    /// Unsigned, 8 bits.
    #[strum(serialize = "uint8")]
    U8,
    /// Signed, 16 bits.
    #[strum(serialize = "int16")]
    I16,
    /// Unsigned, 16 bits.
    #[strum(serialize = "uint16")]
    U16,
    /// Signed, 32 bits.
    #[strum(serialize = "int32")]
    I32,
    /// Unsigned, 32 bits.
    #[strum(serialize = "uint32")]
    U32,
    /// Signed, 64 bits.
    #[strum(serialize = "int64")]
    I64,
    /// Unsigned, 64 bits.
    #[strum(serialize = "uint64")]
    U64,
    /// Half precision.
    #[strum(serialize = "float16")]
    F16,
    /// Single precision.
    #[strum(serialize = "float32")]
    F32,
    /// Double precision.
    #[strum(serialize = "float64")]
    F64,
}

impl ElementType {
    /// Returns NumPy's name of the type, such as `float32`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the number of bytes of an element.
    pub fn size(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    fn is_integer(self) -> bool {
        !matches!(self, Self::Bool | Self::F16 | Self::F32 | Self::F64)
    }
}

/// The program or format that an array comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    NumPy,
    Hdf5,
    /// MATLAB, which drops trailing axes of one element.
    Matlab,
}

/// An array as it is stored in a file.
#[derive(Clone, Debug)]
pub struct NumberArray {
    path: PathBuf,
    element_type: ElementType,
    big_endian: bool,
    /// Whether the first axis varies fastest.
    fortran_order: bool,
    origin: Origin,
    shape: Vec<usize>,
    bytes: Vec<u8>,
    /// The place of the array in its file. It does not depend on the name by which the array was found.
    place: String,
    /// The names of the files that its rows come from, if each row has one.
    row_files: Vec<String>,
}

impl NumberArray {
    /// Returns the type of the elements.
    pub fn element_type(&self) -> ElementType {
        self.element_type
    }

    /// Returns the extents of the array.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns whether MATLAB wrote the array. Its axes are then in MATLAB's order, and trailing axes of a
    /// single element may be missing.
    pub fn is_from_matlab(&self) -> bool {
        self.origin == Origin::Matlab
    }

    /// Returns whether the array comes from an HDF5 file that does not state the order of its axes. MATLAB
    /// shows the axes in reverse, and all other HDF5 libraries show them as stored.
    pub fn may_be_reversed(&self) -> bool {
        self.origin == Origin::Hdf5
    }

    /// Returns the file that the array comes from.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Returns the place of the array in its file. Two arrays at the same place in a file are the same array,
    /// even if they were found by different names.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns the names of the files that the rows come from, if the array comes from a folder; otherwise
    /// nothing.
    pub fn row_files(&self) -> &[String] {
        &self.row_files
    }

    /// Returns whether another array has the same shape and the same numbers, byte for byte.
    ///
    /// # Complexity
    ///
    /// O(array).
    pub fn is_copy_of(&self, other: &Self) -> bool {
        let layout = |array: &Self| (array.element_type, array.big_endian, array.fortran_order);
        self.shape == other.shape && layout(self) == layout(other) && self.bytes == other.bytes
    }

    /// Returns the numbers as `f32`, rounded if their type is wider.
    ///
    /// # Complexity
    ///
    /// O(elements) time. The array of the file and the new one are in memory at the same time.
    pub fn to_f32(&self) -> ArrayD<f32> {
        self.convert(|number| number as f32)
    }

    /// Returns the numbers as `f64`; 64-bit integers beyond 2⁵³ are rounded.
    pub fn to_f64(&self) -> ArrayD<f64> {
        self.convert(|number| number)
    }

    /// Returns the numbers as `i32`.
    ///
    /// # Errors
    ///
    /// [`ArrayError::NotWhole`] if a number is not a 32-bit integer.
    pub fn to_i32(&self) -> Result<ArrayD<i32>, ArrayError> {
        let numbers = self.to_f64();
        let fits = |number: f64| {
            number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number)
        };
        match numbers.iter().find(|&&number| !fits(number)) {
            None => Ok(numbers.mapv(|number| number as i32)),
            Some(&found) => {
                Err(ArrayError::NotWhole { path: self.path.clone(), found, expected: "32-bit integers" })
            }
        }
    }

    /// Returns the numbers as exact integers, so that different numbers stay different. The last axis of the
    /// array varies fastest.
    ///
    /// # Errors
    ///
    /// [`ArrayError::NotWhole`] if a number is not an integer, or is a floating-point number beyond the range
    /// in which every integer can be represented.
    pub fn to_whole(&self) -> Result<Vec<i128>, ArrayError> {
        const LARGEST: f64 = (1_u64 << 53) as f64;
        let is_float = matches!(self.element_type, ElementType::F16 | ElementType::F32 | ElementType::F64);
        let numbers = self.to_f64();
        let fits = |number: f64| number.fract() == 0.0 && number.abs() <= LARGEST;
        if let Some(&found) = numbers.iter().find(|&&number| is_float && !fits(number)) {
            let expected = "integers, in an integer type if they are larger than 2^53";
            return Err(ArrayError::NotWhole { path: self.path.clone(), found, expected });
        }
        let whole = |element: &[u8]| match self.element_type {
            ElementType::I64 => i128::from(i64::from_le_bytes(self.low_first(element))),
            ElementType::U64 => i128::from(u64::from_le_bytes(self.low_first(element))),
            _ => self.number(element) as i128,
        };
        Ok(self.convert_elements(whole).into_iter().collect())
    }

    /// Returns whether the type is an integer type and all numbers are from 0 to 255. Bools, which are 0 and
    /// 1, do not count.
    pub fn fits_u8(&self) -> bool {
        self.element_type.is_integer() && self.to_f64().iter().all(|number| (0.0..=255.0).contains(number))
    }

    fn convert<T: Clone>(&self, narrow: impl Fn(f64) -> T) -> ArrayD<T> {
        self.convert_elements(|element| narrow(self.number(element)))
    }

    fn convert_elements<T: Clone>(&self, convert: impl Fn(&[u8]) -> T) -> ArrayD<T> {
        let elements = self.bytes.chunks_exact(self.element_type.size()).map(convert).collect();
        let shape = IxDyn(&self.shape).set_f(self.fortran_order);
        // Every reader has verified that there are as many bytes as the shape needs.
        ArrayD::from_shape_vec(shape, elements).expect("as many numbers as the shape says")
    }

    /// Returns the bytes of an element in little-endian order, padded with zeros to `N` bytes.
    fn low_first<const N: usize>(&self, element: &[u8]) -> [u8; N] {
        let mut bytes = [0; N];
        bytes[..element.len()].copy_from_slice(element);
        if self.big_endian {
            bytes[..element.len()].reverse();
        }
        bytes
    }

    fn number(&self, element: &[u8]) -> f64 {
        macro_rules! from_bytes {
            ($type:ty) => {
                <$type>::from_le_bytes(self.low_first(element))
            };
        }
        match self.element_type {
            ElementType::Bool => f64::from(u8::from(element[0] != 0)),
            ElementType::I8 => f64::from(from_bytes!(i8)),
            ElementType::U8 => f64::from(from_bytes!(u8)),
            ElementType::I16 => f64::from(from_bytes!(i16)),
            ElementType::U16 => f64::from(from_bytes!(u16)),
            ElementType::I32 => f64::from(from_bytes!(i32)),
            ElementType::U32 => f64::from(from_bytes!(u32)),
            ElementType::I64 => from_bytes!(i64) as f64,
            ElementType::U64 => from_bytes!(u64) as f64,
            ElementType::F16 => from_bytes!(half::f16).to_f64(),
            ElementType::F32 => f64::from(from_bytes!(f32)),
            ElementType::F64 => from_bytes!(f64),
        }
    }
}
