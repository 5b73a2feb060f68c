//! Arrays of numbers in files: NumPy's `.npy` and `.npz`, HDF5, and MATLAB's v7.3, which is HDF5.
//!
//! A header is believed only as far as the file is large enough for it, so that no header can cost
//! more memory than a small multiple of its file's size.

mod any;
mod error;
mod hdf5;
mod header;
mod listing;
mod npy;
mod npz;
mod unreadable;

pub(crate) use crate::documents::hexadecimal;
pub use any::read_array;
pub use error::ArrayError;
pub use listing::{Content, Listed};
pub use npy::{NpyElement, npy_bytes, read_npy};
pub use unreadable::{NotReadable, Unreadable};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use std::fmt;
use std::path::PathBuf;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ElementType {
    /// One byte that is 0 or 1.
    Bool,
    /// Signed, 8 bits.
    I8,
    /// Unsigned, 8 bits.
    U8,
    /// Signed, 16 bits.
    I16,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 32 bits.
    I32,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 64 bits.
    I64,
    /// Unsigned, 64 bits.
    U64,
    /// Half precision.
    F16,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl ElementType {
    /// NumPy's name, such as `float32`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::I8 => "int8",
            Self::U8 => "uint8",
            Self::I16 => "int16",
            Self::U16 => "uint16",
            Self::I32 => "int32",
            Self::U32 => "uint32",
            Self::I64 => "int64",
            Self::U64 => "uint64",
            Self::F16 => "float16",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// How many bytes an element takes.
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

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An array as a file holds it.
#[derive(Clone, Debug)]
pub struct NumberArray {
    path: PathBuf,
    element_type: ElementType,
    big_endian: bool,
    /// Whether the first axis is the one that runs fastest.
    fortran_order: bool,
    /// Whether MATLAB wrote it, which drops axes of one element at the end.
    matlab: bool,
    shape: Vec<usize>,
    bytes: Vec<u8>,
    /// Which of its file's arrays it is, by its place and not by one of the names that it may have.
    place: String,
}

impl NumberArray {
    /// The type of its elements.
    pub fn element_type(&self) -> ElementType {
        self.element_type
    }

    /// Its extents.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whether MATLAB wrote it. Its axes are in MATLAB's order, and of those at the end the ones
    /// of a single element may be missing.
    pub fn is_from_matlab(&self) -> bool {
        self.matlab
    }

    /// The file it is from.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Which of its file's arrays it is. Two arrays of one file that have the same place are one, whatever
    /// names were used to find them.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether another array has the same shape and holds the same numbers, byte for byte.
    ///
    /// # Complexity
    ///
    /// O(array).
    pub fn is_copy_of(&self, other: &Self) -> bool {
        let layout = |array: &Self| (array.element_type, array.big_endian, array.fortran_order);
        self.shape == other.shape && layout(self) == layout(other) && self.bytes == other.bytes
    }

    /// The numbers as `f32`; those of wider types are rounded.
    ///
    /// # Complexity
    ///
    /// O(elements) time; the array of the file and the new one are held together.
    pub fn to_f32(&self) -> ArrayD<f32> {
        self.convert(|number| number as f32)
    }

    /// The numbers as `f64`; 64-bit integers beyond 2⁵³ are rounded.
    pub fn to_f64(&self) -> ArrayD<f64> {
        self.convert(|number| number)
    }

    /// The numbers as `i32`.
    ///
    /// # Errors
    ///
    /// [`ArrayError::NotWhole`] where one is no whole number of 32 bits.
    pub fn to_i32(&self) -> Result<ArrayD<i32>, ArrayError> {
        let numbers = self.to_f64();
        let fits = |number: f64| {
            number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number)
        };
        match numbers.iter().find(|&&number| !fits(number)) {
            None => Ok(numbers.mapv(|number| number as i32)),
            Some(&found) => Err(ArrayError::NotWhole { path: self.path.clone(), found }),
        }
    }

    /// Whether the type is one of whole numbers, and all of them are from 0 to 255. Truth values are no
    /// numbers of that range: they are 0 and 1.
    pub fn fits_u8(&self) -> bool {
        self.element_type.is_integer() && self.to_f64().iter().all(|number| (0.0..=255.0).contains(number))
    }

    fn convert<T: Clone>(&self, narrow: impl Fn(f64) -> T) -> ArrayD<T> {
        let size = self.element_type.size();
        let numbers: Vec<T> =
            self.bytes.chunks_exact(size).map(|element| narrow(self.number(element))).collect();
        let shape = IxDyn(&self.shape).set_f(self.fortran_order);
        // Every reader has made sure that there are as many bytes as the shape needs.
        ArrayD::from_shape_vec(shape, numbers).expect("as many numbers as the shape says")
    }

    fn number(&self, element: &[u8]) -> f64 {
        let mut bytes = [0; 8];
        let bytes = &mut bytes[..element.len()];
        bytes.copy_from_slice(element);
        if self.big_endian {
            bytes.reverse();
        }
        macro_rules! from_bytes {
            ($type:ty) => {{
                let mut whole = [0; size_of::<$type>()];
                whole.copy_from_slice(bytes);
                <$type>::from_le_bytes(whole)
            }};
        }
        match self.element_type {
            ElementType::Bool => f64::from(u8::from(bytes[0] != 0)),
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
