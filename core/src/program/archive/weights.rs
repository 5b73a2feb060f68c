//! The numbers of parameters, buffers and constants.

use super::schema::{self, Payload, STRIDED, Size, StoredMeta};
use crate::files::archive::{Archive, TENSOR_SLACK, expands};
use crate::files::checkpoint::{ElementType, View};
use crate::program::{Extent, ProgramError, TensorType, ValueId};
use ndarray::{ArrayD, IxDyn};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

/// The number of elements that are read at once.
const CHUNK: usize = 1 << 14;
/// The largest number of axes of a tensor, the same as in PyTorch.
const MOST_AXES: usize = 64;

/// The stored tensors of a program.
pub(super) struct Weights {
    archive: Archive,
    little_endian: bool,
    stored: HashMap<ValueId, Stored>,
}

/// A tensor in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// The name of the tensor in the model.
    pub(super) name: String,
    pub(super) place: Place,
}

/// The place of a tensor's elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// In an entry of the archive.
    Strided(Strided),
    /// In an unsupported form, with its description and the remedy.
    Unsupported(String, String),
}

/// The place of a tensor's elements in an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Strided {
    entry: String,
    element_type: ElementType,
    shape: Vec<usize>,
    strides: Vec<usize>,
    offset: usize,
    width: usize,
}

impl Strided {
    fn view(&self) -> View<'_> {
        View { shape: &self.shape, strides: &self.strides, offset: self.offset }
    }

    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns the byte range of the entry from the first element to the last.
    fn bytes(&self) -> Option<Range<u64>> {
        let Range { start, end } = self.view().elements()?;
        let at = |element: usize| (element as u64).checked_mul(self.width as u64);
        Some(at(start)?..at(end)?)
    }
}

impl Place {
    /// Returns the place, type and shape in a weight's description; an error is text that states the problem.
    pub(super) fn new(payload: &Payload<'_>, folder: &str) -> Result<(Self, Option<TensorType>), String> {
        let meta = payload.tensor_meta.as_ref();
        let tensor = meta.map(|meta| TensorType {
            element_type: schema::element_type(meta.dtype),
            shape: meta.sizes.iter().map(Size::extent).collect(),
        });
        let unsupported = |found: &str, remedy: &str| Self::Unsupported(found.to_owned(), remedy.to_owned());
        let Some(meta) = meta.filter(|_| !payload.use_pickle) else {
            let remedy = "make a plain tensor of it before the model is exported: parameter.data = parameter.data.as_subclass(torch.Tensor)";
            return Ok((unsupported("a pickled object", remedy), tensor));
        };
        if payload.path_name.contains(['/', '\\']) {
            return Err(format!("the name of its entry, '{}', leads to another folder", &*payload.path_name));
        }
        if meta.layout != STRIDED {
            let remedy = "make a dense tensor of it before the model is exported: tensor.to_dense()";
            return Ok((unsupported("a sparse tensor", remedy), tensor));
        }
        let element_type = schema::element_type(meta.dtype);
        let readable = element_type.decode(&[], true).is_some();
        let Some(width) = element_type.width().filter(|_| readable) else {
            let found = format!("numbers of type {}", element_type.as_str());
            return Ok((
                unsupported(&found, "convert it before the model is exported: tensor.float()"),
                tensor,
            ));
        };
        let entry = format!("{folder}{}", &*payload.path_name);
        let strided = strided(meta, entry, element_type, width)?;
        Ok((Self::Strided(strided), tensor))
    }
}

fn strided(
    meta: &StoredMeta,
    entry: String,
    element_type: ElementType,
    width: usize,
) -> Result<Strided, String> {
    let number = |size: &Size| size.extent().known().and_then(|number| usize::try_from(number).ok());
    let numbers = |sizes: &[Size]| sizes.iter().map(number).collect::<Option<Vec<usize>>>();
    let shape = numbers(&meta.sizes).ok_or("its sizes are not all non-negative integers")?;
    let strides = numbers(&meta.strides).ok_or("its strides are not all non-negative integers")?;
    let offset = number(&meta.storage_offset).ok_or("its offset is not a non-negative integer")?;
    if shape.len() != strides.len() || shape.len() > MOST_AXES {
        return Err(format!(
            "it has {} sizes and {} strides, expected as many of each and at most {MOST_AXES}",
            shape.len(),
            strides.len()
        ));
    }
    // No element is larger than 16 bytes.
    let product =
        shape.iter().filter(|&&size| size > 0).try_fold(16usize, |all, &size| all.checked_mul(size));
    product.ok_or("it has too many elements to count")?;
    let strided = Strided { entry, element_type, shape, strides, offset, width };
    strided.bytes().ok_or("it reaches beyond any possible storage")?;
    Ok(strided)
}

impl Weights {
    pub(super) fn new(archive: Archive, little_endian: bool) -> Self {
        Self { archive, little_endian, stored: HashMap::new() }
    }

    /// Adds a tensor after checking that the archive contains its bytes.
    pub(super) fn add(&mut self, path: &Path, id: ValueId, stored: Stored) -> Result<(), ProgramError> {
        if let Place::Strided(place) = &stored.place {
            let missing =
                || ProgramError::MissingWeight { path: path.to_owned(), weight: stored.name.clone() };
            let size = self.archive.size_of(&place.entry).ok_or_else(missing)?;
            let end = place.bytes().unwrap_or_default().end;
            if size == 0 && place.len() > 0 {
                return Err(missing());
            }
            if place.len() > 0 && end > size {
                return Err(ProgramError::Damaged {
                    path: path.to_owned(),
                    detail: format!(
                        "{} ends at byte {end} of entry {}, which has {size}",
                        stored.name, place.entry
                    ),
                });
            }
            // A view with stride 0 has more elements than the file has bytes.
            let declared = place.len() as u128 * place.width as u128;
            let file_size = self.archive.file_size();
            if expands(declared, file_size, TENSOR_SLACK) {
                let what = stored.name.clone();
                return Err(ProgramError::Expands { path: path.to_owned(), what, declared, file_size });
            }
        }
        self.stored.insert(id, stored);
        Ok(())
    }

    pub(super) fn get(&self, id: ValueId) -> Option<&Stored> {
        self.stored.get(&id)
    }

    /// Passes the elements of a tensor in the order of its axes, a limited number at a time.
    pub(super) fn for_each_chunk(
        &self,
        path: &Path,
        stored: &Stored,
        visit: &mut dyn FnMut(&[f64]),
    ) -> Result<(), ProgramError> {
        let place = readable(path, stored)?;
        if place.len() == 0 {
            return Ok(());
        }
        if !place.view().is_contiguous() {
            self.gathered(path, stored, place)?.chunks(CHUNK).for_each(visit);
            return Ok(());
        }
        let chunk = CHUNK.min(place.len());
        let mut buffer = vec![0; chunk * place.width];
        let mut numbers = Vec::with_capacity(chunk);
        let mut decode = |bytes: &[u8]| {
            numbers.clear();
            place.element_type.decode_into(bytes, self.little_endian, &mut numbers);
            visit(&numbers);
        };
        let part = place.bytes().unwrap_or_default();
        let read = self.archive.read_in_pieces(&place.entry, part, &mut buffer, &mut decode);
        read.map_err(|error| damaged(path, stored, &error))
    }

    /// Reads a tensor.
    pub(super) fn tensor(&self, path: &Path, stored: &Stored) -> Result<ArrayD<f64>, ProgramError> {
        let place = readable(path, stored)?;
        let numbers = if place.view().is_contiguous() {
            let mut numbers = Vec::with_capacity(place.len());
            self.for_each_chunk(path, stored, &mut |chunk| numbers.extend_from_slice(chunk))?;
            numbers
        } else {
            self.gathered(path, stored, place)?
        };
        ArrayD::from_shape_vec(IxDyn(&place.shape), numbers).map_err(|error| damaged(path, stored, &error))
    }

    /// Returns the elements of a tensor with non-contiguous elements, in the order of its axes.
    fn gathered(&self, path: &Path, stored: &Stored, place: &Strided) -> Result<Vec<f64>, ProgramError> {
        if place.len() == 0 {
            return Ok(Vec::new());
        }
        let part = place.bytes().unwrap_or_default();
        let bytes = self.archive.read_part(&place.entry, part);
        let bytes = bytes.map_err(|error| damaged(path, stored, &error))?;
        let bytes = place.view().gather(bytes, place.width);
        Ok(place.element_type.decode(&bytes, self.little_endian).unwrap_or_default())
    }
}

fn readable<'s>(path: &Path, stored: &'s Stored) -> Result<&'s Strided, ProgramError> {
    match &stored.place {
        Place::Strided(place) => Ok(place),
        Place::Unsupported(found, remedy) => Err(ProgramError::UnsupportedWeight {
            path: path.to_owned(),
            weight: stored.name.clone(),
            found: found.clone(),
            remedy: remedy.clone(),
        }),
    }
}

fn damaged(path: &Path, stored: &Stored, error: &dyn std::fmt::Display) -> ProgramError {
    ProgramError::Damaged { path: path.to_owned(), detail: format!("{}: {error}", stored.name) }
}

/// Returns a type and shape as text, such as `float32 [64, 3, 7, 7]`.
pub(super) fn described(tensor: &TensorType) -> String {
    let extent = |extent: &Extent| extent.known().map_or_else(|| "?".to_owned(), |size| size.to_string());
    let shape: Vec<String> = tensor.shape.iter().map(extent).collect();
    format!("{} [{}]", tensor.element_type.as_str(), shape.join(", "))
}
