//! The element types of tensors.

use half::{bf16, f16};

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ElementType {
    Float64,
    Float32,
    Float16,
    Bfloat16,
    /// A type whose weights are not supported, by its name: integers, complex numbers, and tensors that are
    /// stored differently (sparse, quantized, nested).
    Other(&'static str),
}

/// The unsupported PyTorch types: name, prefix of the storage class, and bytes of an element.
const OTHERS: [(&str, &str, usize); 31] = [
    ("int64", "Long", 8),
    ("int32", "Int", 4),
    ("int16", "Short", 2),
    ("int8", "Char", 1),
    ("uint8", "Byte", 1),
    ("uint16", "UInt16", 2),
    ("uint32", "UInt32", 4),
    ("uint64", "UInt64", 8),
    ("bool", "Bool", 1),
    ("complex32", "ComplexHalf", 4),
    ("complex64", "ComplexFloat", 8),
    ("complex128", "ComplexDouble", 16),
    ("qint8", "QInt8", 1),
    ("quint8", "QUInt8", 1),
    ("qint32", "QInt32", 4),
    ("quint4x2", "QUInt4x2", 1),
    ("quint2x4", "QUInt2x4", 1),
    ("float8_e4m3fn", "Float8_e4m3fn", 1),
    ("float8_e5m2", "Float8_e5m2", 1),
    ("float8_e4m3fnuz", "Float8_e4m3fnuz", 1),
    ("float8_e5m2fnuz", "Float8_e5m2fnuz", 1),
    ("float8_e8m0fnu", "Float8_e8m0fnu", 1),
    ("float4_e2m1fn_x2", "Float4_e2m1fn_x2", 1),
    ("float6_e2m3", "Float6_e2m3", 1),
    ("float6_e3m2", "Float6_e3m2", 1),
    ("bits8", "Bits8", 1),
    ("bits16", "Bits16", 2),
    ("bits1x8", "Bits1x8", 1),
    ("bits2x4", "Bits2x4", 1),
    ("bits4x2", "Bits4x2", 1),
    ("float4", "Float4", 1),
];

impl ElementType {
    /// The supported types: type, name, prefix of the storage class, and bytes of an element.
    const READ: [(Self, &'static str, &'static str, usize); 4] = [
        (Self::Float64, "float64", "Double", 8),
        (Self::Float32, "float32", "Float", 4),
        (Self::Float16, "float16", "Half", 2),
        (Self::Bfloat16, "bfloat16", "BFloat16", 2),
    ];

    /// Returns PyTorch's name of the type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Other(name) => name,
            read => Self::READ.iter().find(|row| row.0 == read).map_or("unknown", |row| row.1),
        }
    }

    /// Returns whether weights of this type are supported.
    pub(super) fn is_read(self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// Returns whether this is a type of counters and masks, which are not trainable.
    pub(super) fn is_integer(self) -> bool {
        ["int", "uint", "bool"].iter().any(|start| self.as_str().starts_with(start))
    }

    /// Returns the type with a given name, such as `float32` or `int64`.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let read = Self::READ.iter().find(|row| row.1 == name).map(|row| row.0);
        read.or_else(|| OTHERS.iter().find(|row| row.0 == name).map(|row| Self::Other(row.0)))
    }

    /// Returns the type of the elements in a storage class such as `FloatStorage`.
    pub(super) fn of_storage(class: &str) -> Option<Self> {
        let start = class.strip_suffix("Storage")?;
        let read = Self::READ.iter().find(|row| row.2 == start).map(|row| row.0);
        read.or_else(|| OTHERS.iter().find(|row| row.1 == start).map(|row| Self::Other(row.0)))
    }

    /// Returns the size of an element in bytes, if known.
    pub(crate) fn width(self) -> Option<usize> {
        match self {
            Self::Other(name) => OTHERS.iter().find(|row| row.0 == name).map(|row| row.2),
            read => Self::READ.iter().find(|row| row.0 == read).map(|row| row.3),
        }
    }

    /// Returns the elements of a little-endian or big-endian buffer as numbers. The result is `None` unless
    /// the type is a type of real numbers, integers or bools. Integers beyond 2⁵³ are rounded.
    pub(crate) fn decode(self, bytes: &[u8], little_endian: bool) -> Option<Vec<f64>> {
        let mut numbers = Vec::with_capacity(bytes.len() / self.width()?);
        self.decode_into(bytes, little_endian, &mut numbers).then_some(numbers)
    }

    /// Appends the numbers that [`ElementType::decode`] returns. Returns whether the type can be decoded.
    pub(crate) fn decode_into(self, bytes: &[u8], little_endian: bool, numbers: &mut Vec<f64>) -> bool {
        fn each<const N: usize>(
            bytes: &[u8],
            little: bool,
            numbers: &mut Vec<f64>,
            decode: impl Fn([u8; N]) -> f64,
        ) {
            let chunks = bytes.as_chunks::<N>().0.iter();
            numbers.extend(chunks.map(|&(mut chunk)| {
                if !little {
                    chunk.reverse();
                }
                decode(chunk)
            }));
        }
        let little = little_endian;
        match self {
            Self::Float64 => each(bytes, little, numbers, f64::from_le_bytes),
            Self::Float32 => each(bytes, little, numbers, |chunk| f32::from_le_bytes(chunk).into()),
            Self::Float16 => each(bytes, little, numbers, |chunk| f16::from_le_bytes(chunk).into()),
            Self::Bfloat16 => each(bytes, little, numbers, |chunk| bf16::from_le_bytes(chunk).into()),
            Self::Other("int64") => each(bytes, little, numbers, |chunk| i64::from_le_bytes(chunk) as f64),
            Self::Other("int32") => each(bytes, little, numbers, |chunk| i32::from_le_bytes(chunk).into()),
            Self::Other("int16") => each(bytes, little, numbers, |chunk| i16::from_le_bytes(chunk).into()),
            Self::Other("int8") => each(bytes, little, numbers, |chunk| i8::from_le_bytes(chunk).into()),
            Self::Other("uint64") => each(bytes, little, numbers, |chunk| u64::from_le_bytes(chunk) as f64),
            Self::Other("uint32") => each(bytes, little, numbers, |chunk| u32::from_le_bytes(chunk).into()),
            Self::Other("uint16") => each(bytes, little, numbers, |chunk| u16::from_le_bytes(chunk).into()),
            Self::Other("uint8") => each(bytes, little, numbers, |chunk| u8::from_le_bytes(chunk).into()),
            Self::Other("bool") => each(bytes, little, numbers, |[byte]| f64::from(byte != 0)),
            Self::Other(_) => return false,
        }
        true
    }
}
