//! The contents of HDF5 data sets.

use crate::files::arrays::{Content, ElementType, Unreadable};
use hdf5_reader::error::Error;
use hdf5_reader::group::Group;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::dataspace::DataspaceType;
use hdf5_reader::{ByteOrder, Dataset, Datatype, Hdf5File};

/// The attribute in which MATLAB names the class of an array.
const MATLAB_CLASS: &str = "MATLAB_class";
/// The attribute that MATLAB sets if the numbers are the extents of an empty array.
const MATLAB_EMPTY: &str = "MATLAB_empty";
/// The attribute of the groups in which MATLAB stores sparse matrices.
const MATLAB_SPARSE: &str = "MATLAB_sparse";
/// MATLAB's numeric classes.
const NUMBERS: [&str; 11] =
    ["double", "single", "logical", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"];
/// The filters that the HDF5 reader supports: deflate, shuffle, Fletcher-32, szip, n-bit, scale-offset.
const KNOWN_FILTERS: std::ops::RangeInclusive<u16> = 1..=6;
/// The layout of data sets that are composed of parts of others.
const VIRTUAL: u8 = 3;

/// A data set as the program that wrote it intended it.
pub(super) struct Described {
    pub content: Content,
    pub big_endian: bool,
    pub matlab: bool,
}

pub(super) fn is_sparse(group: &Group) -> bool {
    group.attribute(MATLAB_SPARSE).is_ok()
}

/// Returns the content of a data set in a group.
pub(super) fn describe(file: &Hdf5File, group: &Group, dataset: &Dataset) -> Described {
    let class = text_attribute(dataset.attribute(MATLAB_CLASS).ok());
    let matlab = class.is_some();
    match numbers(file, group, dataset, class.as_deref()) {
        Ok((element_type, big_endian, shape)) => {
            Described { content: Content::Numbers { element_type, shape }, big_endian, matlab }
        }
        Err(what) => Described { content: Content::Other(what), big_endian: false, matlab },
    }
}

fn numbers(
    file: &Hdf5File,
    group: &Group,
    dataset: &Dataset,
    class: Option<&str>,
) -> Result<(ElementType, bool, Vec<usize>), Unreadable> {
    let count = dataset.num_elements().unwrap_or(u64::MAX);
    let set = |attribute: hdf5_reader::Attribute| attribute.raw_data.iter().any(|&byte| byte != 0);
    if dataset.attribute(MATLAB_EMPTY).is_ok_and(set) {
        return Err(Unreadable::Empty);
    }
    match class {
        Some("cell") => return Err(Unreadable::Cell { count }),
        Some("char") => return Err(Unreadable::Text),
        Some("struct") => return Err(Unreadable::StructArray { count }),
        Some(class) if !NUMBERS.contains(&class) => {
            return Err(Unreadable::Object { class: class.to_owned() });
        }
        _ => {}
    }
    if let Ok(header) = file.get_or_parse_header(dataset.address()) {
        for message in &header.messages {
            match message {
                HdfMessage::Dataspace(space) if space.dataspace_type == DataspaceType::Null => {
                    return Err(Unreadable::Empty);
                }
                HdfMessage::ExternalFiles(_) => return Err(Unreadable::Elsewhere),
                _ => {}
            }
        }
    }
    let (mut element_type, big_endian) = match element_type(dataset.dtype()) {
        // MATLAB stores the fields of a struct array as arrays of references.
        Err(Unreadable::References) if text_attribute(group.attribute(MATLAB_CLASS).ok()).is_some() => {
            return Err(Unreadable::StructArray { count });
        }
        other => other?,
    };
    let mut shape = Vec::with_capacity(dataset.shape().len());
    for &extent in dataset.shape() {
        shape.push(
            usize::try_from(extent)
                .map_err(|_| Unreadable::Damaged { detail: format!("an axis is {extent} elements long") })?,
        );
    }
    if let Some(class) = class {
        shape.reverse();
        // MATLAB stores bools as bytes.
        if class == "logical" && element_type == ElementType::U8 {
            element_type = ElementType::Bool;
        }
    }
    Ok((element_type, big_endian, shape))
}

fn text_attribute(attribute: Option<hdf5_reader::Attribute>) -> Option<String> {
    let attribute = attribute?;
    Some(String::from_utf8_lossy(&attribute.raw_data).trim_end_matches(['\0', ' ']).to_owned())
}

/// Returns the type of the elements, and whether they are big-endian.
fn element_type(datatype: &Datatype) -> Result<(ElementType, bool), Unreadable> {
    let other = |found: String| Unreadable::Type { found };
    let (element_type, byte_order) = match datatype {
        Datatype::FixedPoint { size, signed, byte_order } => {
            let element_type = match (size, signed) {
                (1, true) => ElementType::I8,
                (1, false) => ElementType::U8,
                (2, true) => ElementType::I16,
                (2, false) => ElementType::U16,
                (4, true) => ElementType::I32,
                (4, false) => ElementType::U32,
                (8, true) => ElementType::I64,
                (8, false) => ElementType::U64,
                _ => return Err(other(format!("integer of {size} bytes"))),
            };
            (element_type, byte_order)
        }
        Datatype::FloatingPoint { size, byte_order } => {
            let element_type = match size {
                2 => ElementType::F16,
                4 => ElementType::F32,
                8 => ElementType::F64,
                _ => return Err(other(format!("floating-point number of {size} bytes"))),
            };
            (element_type, byte_order)
        }
        // h5py writes bools as an enumeration of bytes; other enumerations are read as their numbers.
        Datatype::Enum { base, members } => {
            let (numbers, big_endian) = self::element_type(base)?;
            let is_truth = numbers.size() == 1
                && members.len() == 2
                && members.iter().all(|member| matches!(member.value[..], [0 | 1]));
            return Ok((if is_truth { ElementType::Bool } else { numbers }, big_endian));
        }
        Datatype::String { .. } => return Err(Unreadable::Text),
        Datatype::VarLen { kind: hdf5_reader::VarLenKind::String, .. } => return Err(Unreadable::Text),
        Datatype::VarLen { .. } => return Err(Unreadable::Ragged),
        Datatype::Compound { fields, .. } => return Err(of_fields(fields)),
        Datatype::Reference { .. } => return Err(Unreadable::References),
        Datatype::Array { .. } => return Err(other("array within an array".to_owned())),
        Datatype::Opaque { tag, .. } => return Err(other(format!("opaque '{tag}'"))),
        Datatype::Bitfield { .. } => return Err(other("bit field".to_owned())),
    };
    Ok((element_type, matches!(byte_order, ByteOrder::BigEndian)))
}

/// Returns the meaning of a record type. h5py and MATLAB store complex numbers as records of two fields.
fn of_fields(fields: &[hdf5_reader::CompoundField]) -> Unreadable {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    match names.as_slice() {
        ["r", "i"] | ["real", "imag"] => Unreadable::Complex,
        _ => Unreadable::Records,
    }
}

/// Returns the meaning of a reader's error about a data set. Features that the reader does not support are
/// not damage.
///
/// # Arguments
/// * `dataset` - the file and the data set, if it could be opened
pub(super) fn unreadable(error: &Error, dataset: Option<(&Hdf5File, &Dataset)>) -> Unreadable {
    match error {
        Error::Context { source, .. } => unreadable(source, dataset),
        Error::UnsupportedFilter(detail) => {
            match dataset.and_then(|(file, dataset)| unknown_filter(file, dataset)) {
                Some(id) => Unreadable::Filter { id },
                None => Unreadable::Unsupported { detail: detail.clone() },
            }
        }
        Error::UnsupportedLayoutClass(VIRTUAL) => Unreadable::Elsewhere,
        Error::UnsupportedLayoutClass(_)
        | Error::UnsupportedLayoutVersion(_)
        | Error::UnsupportedDatatypeClass(_)
        | Error::UnsupportedChunkIndexType(_)
        | Error::UnsupportedLinkType(_)
        | Error::UnsupportedEncoding(_)
        | Error::ResourceLimit(_) => Unreadable::Unsupported { detail: error.to_string() },
        _ => Unreadable::Damaged { detail: error.to_string() },
    }
}

/// Returns the first unsupported filter of a data set.
fn unknown_filter(file: &Hdf5File, dataset: &Dataset) -> Option<u16> {
    let header = file.get_or_parse_header(dataset.address()).ok()?;
    header.messages.iter().find_map(|message| match message {
        HdfMessage::FilterPipeline(pipeline) => {
            pipeline.filters.iter().map(|filter| filter.id).find(|id| !KNOWN_FILTERS.contains(id))
        }
        _ => None,
    })
}
