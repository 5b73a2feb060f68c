//! Files of exported programs: the archives of `torch.export.save`.
//!
//! Opening one reads its operations and where its weights are; the numbers of a weight are read when they are asked
//! for. Nothing in a file is ever executed.

mod elements;
mod graph;
mod kind;
mod modules;
mod schema;
#[cfg(test)]
mod tests;
mod text;
mod weights;
mod wrapped;

pub(crate) use kind::is_program;

use super::{Origin, Program, ProgramError, ValueId};
use crate::archive::{Archive, ArchiveError, ENTRY_SLACK, expands};
use crate::documents::open_regular;
use graph::{Reader, Scope};
use kind::Unread;
use ndarray::ArrayD;
use schema::{Document, GraphModule, InputSpec, PayloadConfig, Signature};
use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use text::Text;
use weights::{Place, Stored, Weights, described};

/// The longest description of a program that is read: some two million operations.
const MOST_GRAPH: u64 = 1 << 30;
/// The longest list of weights that is read.
const MOST_LIST: u64 = 1 << 28;

/// An open exported program.
pub struct ExportedProgram {
    /// Its operations.
    pub program: Program,
    path: PathBuf,
    torch_version: Option<String>,
    schema_version: (u64, u64),
    weights: Weights,
    /// The first value with the numbers of a stored one, where that is another value.
    ties: HashMap<ValueId, ValueId>,
}

impl fmt::Debug for ExportedProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportedProgram")
            .field("path", &self.path)
            .field("torch_version", &self.torch_version)
            .field("operations", &self.program.operations.len())
            .finish_non_exhaustive()
    }
}

/// Returns whether a file is an exported program, in a form that is read or not. What is inside decides, not the name;
/// of an archive that is cut off, its first entry does.
///
/// # Errors
///
/// [`ProgramError::File`] and [`ProgramError::Open`] where the file cannot be read or is no regular file.
///
/// # Complexity
///
/// O(entries) time and memory, whatever their sizes.
pub fn is_exported_program(path: &Path) -> Result<bool, ProgramError> {
    let unreadable = |source| ProgramError::Open { path: path.to_owned(), source };
    let mut head = Vec::new();
    open_regular(path)?.take(512).read_to_end(&mut head).map_err(unreadable)?;
    if !head.starts_with(b"PK") {
        return Ok(false);
    }
    match Archive::open(path) {
        Ok(archive) => Ok(is_program(archive.names())),
        Err(ArchiveError::Broken(_)) => Ok(first_name(&head).is_some_and(|name| {
            ["/data/weights/", "/data/constants/", "/models/"].iter().any(|folder| name.contains(folder))
        })),
        Err(error) => Err(refused(path, error)),
    }
}

/// Returns the name in the header of an archive's first entry.
fn first_name(head: &[u8]) -> Option<&str> {
    let length = u16::from_le_bytes(*head.get(26..)?.first_chunk()?);
    std::str::from_utf8(head.get(30..30 + usize::from(length))?).ok()
}

impl ExportedProgram {
    /// Opens an exported program.
    ///
    /// # Arguments
    ///
    /// * `path` - what `torch.export.save` writes, PyTorch 2.9 or later; what is inside decides, not the name
    ///
    /// # Errors
    ///
    /// [`ProgramError`], for anything that is no program with what it is instead.
    ///
    /// # Complexity
    ///
    /// O(operations + weights) time and memory, whatever the sizes of the weights.
    pub fn open(path: &Path) -> Result<Self, ProgramError> {
        let archive = Archive::open(path).map_err(|error| refused(path, error))?;
        let place = checked(path, &archive)?;
        let root = &place.root;
        let entry = |name: String, most: u64| {
            let found = archive.size_of(&name).unwrap_or_default();
            if found > most {
                return Err(ProgramError::TooLong { path: path.to_owned(), entry: name, found, most });
            }
            archive.read(&name, most).map_err(|error| refused(path, error))
        };
        let json = entry(format!("{root}models/{}.json", place.model), MOST_GRAPH)?.unwrap_or_default();
        let little_endian = entry(format!("{root}byteorder"), 16)?.is_none_or(|order| order != b"big");
        let folders = ["weights", "constants"].map(|kind| format!("{root}data/{kind}/"));
        let lists = [("weights", &folders[0]), ("constants", &folders[1])]
            .map(|(kind, folder)| entry(format!("{folder}{}_{kind}_config.json", place.model), MOST_LIST));
        let [weights_list, constants_list] = lists;
        let (weights_list, constants_list) = (weights_list?, constants_list?);

        let damaged = |detail: String| ProgramError::Damaged { path: path.to_owned(), detail };
        let document: Document<'_> =
            serde_json::from_slice(&json).map_err(|error| damaged(format!("its description: {error}")))?;
        let schema_version = (document.schema_version.major, document.schema_version.minor);
        if schema_version.0 != schema::MAJOR {
            let (found, expected) = (schema_version.0, schema::MAJOR);
            return Err(ProgramError::Schema { path: path.to_owned(), found, expected });
        }
        let module: GraphModule<'_> = serde_json::from_str(document.graph_module.get())
            .map_err(|error| damaged(format!("its description: {error}")))?;

        let mut payloads = Payloads::default();
        for (list, folder) in [(&weights_list, &folders[0]), (&constants_list, &folders[1])] {
            let Some(list) = list else { continue };
            let read: PayloadConfig<'_> = serde_json::from_slice(list)
                .map_err(|error| damaged(format!("the list in {folder}: {error}")))?;
            payloads
                .extend(read.config.into_iter().map(|(name, payload)| (name, (payload, folder.as_str()))));
        }

        let mut reader = Reader::new(path);
        let mut scope = Scope::default();
        let GraphModule { graph, signature } = module;
        let stored = inputs(&mut reader, &mut scope, &signature)?;
        reader.read(graph, &mut scope)?;
        reader.program.outputs = outputs(path, &scope, &signature)?;
        let mut program = reader.program;
        drop(scope);

        let mut weights = Weights::new(archive, little_endian);
        let mut ties = HashMap::new();
        let mut first: HashMap<Place, ValueId> = HashMap::new();
        for (id, name) in stored {
            let missing = || ProgramError::MissingWeight { path: path.to_owned(), weight: name.clone() };
            let (payload, folder) = payloads.get(name.as_str()).ok_or_else(missing)?;
            let (place, found) =
                Place::new(payload, folder).map_err(|what| damaged(format!("{name}: {what}")))?;
            let value = &mut program.values[id.index()];
            match (&value.tensor, found) {
                (Some(expected), Some(found)) if *expected != found => {
                    return Err(ProgramError::WeightMismatch {
                        path: path.to_owned(),
                        weight: name,
                        expected: described(expected),
                        found: described(&found),
                    });
                }
                (None, Some(found)) => value.tensor = Some(found),
                _ => {}
            }
            if matches!(place, Place::Strided(_)) {
                let &mut tied = first.entry(place.clone()).or_insert(id);
                if tied != id {
                    ties.insert(id, tied);
                }
            }
            weights.add(path, id, Stored { name, place })?;
        }
        Ok(Self {
            program,
            path: path.to_owned(),
            torch_version: document.torch_version.map(Text::into_string),
            schema_version,
            weights,
            ties,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version of PyTorch that wrote it, where it says so.
    pub fn torch_version(&self) -> Option<&str> {
        self.torch_version.as_deref()
    }

    /// The version of its format: the major and the minor one.
    pub fn schema_version(&self) -> (u64, u64) {
        self.schema_version
    }

    /// Returns how many numbers its parameters have, those of several names once.
    pub fn parameters(&self) -> u64 {
        let count = |(index, value): (usize, &super::Value)| {
            let is_parameter = matches!(value.origin, Origin::Parameter(_));
            if !is_parameter || self.ties.contains_key(&ValueId::new(index)) {
                return 0;
            }
            let sizes = value.tensor.iter().flat_map(|tensor| &tensor.shape);
            sizes.map(|size| size.known().unwrap_or_default() as u64).fold(1, u64::saturating_mul)
        };
        self.program.values.iter().enumerate().map(count).fold(0, u64::saturating_add)
    }

    /// Returns the first value that has the very numbers of this one: a parameter of several names is one.
    pub fn first_of_tied(&self, id: ValueId) -> ValueId {
        self.ties.get(&id).copied().unwrap_or(id)
    }

    /// Reads the numbers of a parameter, buffer or constant. Integers and truth values are numbers as well.
    ///
    /// # Errors
    ///
    /// [`ProgramError::NotStored`] for a value that an operation or the user gives,
    /// [`ProgramError::UnsupportedWeight`] for complex numbers and objects, [`ProgramError::Damaged`] where the file
    /// ends before it does or its checksum is wrong.
    ///
    /// # Complexity
    ///
    /// O(elements).
    pub fn tensor(&self, id: ValueId) -> Result<ArrayD<f64>, ProgramError> {
        self.weights.tensor(&self.path, self.stored(id)?)
    }

    /// Hands out the numbers of a parameter, buffer or constant in the order of its axes, some ten thousand at a time.
    ///
    /// # Errors
    ///
    /// Those of [`ExportedProgram::tensor`]. What was handed out before one is not to be used.
    ///
    /// # Complexity
    ///
    /// O(elements) time. O(1) memory, but O(elements) for a view whose elements do not lie side by side.
    pub fn for_each_chunk(&self, id: ValueId, visit: &mut dyn FnMut(&[f64])) -> Result<(), ProgramError> {
        self.weights.for_each_chunk(&self.path, self.stored(id)?, visit)
    }

    fn stored(&self, id: ValueId) -> Result<&Stored, ProgramError> {
        self.weights.get(id).ok_or_else(|| {
            let value = self.program.value(id);
            let what = match value.origin {
                Origin::Input(_) => "an input",
                _ => "the result of an operation",
            };
            let (path, value) = (self.path.clone(), value.name.clone());
            ProgramError::NotStored { path, value, what: what.to_owned() }
        })
    }
}

/// The descriptions of weights and constants by name, each with its folder.
type Payloads<'l> = HashMap<Text<'l>, (schema::Payload<'l>, &'l str)>;

/// Returns the place of the only program in an archive, whose names and sizes are sound.
fn checked(path: &Path, archive: &Archive) -> Result<kind::Place, ProgramError> {
    let path_buf = || path.to_owned();
    let other = |found: &str, remedy: &str| ProgramError::OtherKind {
        path: path_buf(),
        found: found.to_owned(),
        remedy: remedy.to_owned(),
    };
    if let Some(form) = Unread::of(archive.names()) {
        let (found, remedy) = form.found_and_remedy();
        return Err(other(found, remedy));
    }
    let mut places = kind::programs(archive.names());
    let place = match (places.pop(), places.is_empty()) {
        (Some(place), true) => place,
        (Some(last), false) => {
            let models = places.into_iter().chain([last]).map(|place| place.model).collect();
            return Err(ProgramError::SeveralModels { path: path_buf(), models });
        }
        (None, _) => {
            let remedy = "export the model with torch.export.export and save it with torch.export.save(program, 'model.pt2')";
            return Err(other("a zip archive without a program", remedy));
        }
    };
    let leads_outside = |name: &&str| {
        name.starts_with('/') || name.contains(['\\', ':']) || name.split('/').any(|part| part == "..")
    };
    if let Some(name) = archive.names().find(leads_outside) {
        let detail = format!("its entry '{name}' leads outside of the archive");
        return Err(ProgramError::Damaged { path: path_buf(), detail });
    }
    if archive.has_duplicate_names() {
        let detail = "two of its entries have one name".to_owned();
        return Err(ProgramError::Damaged { path: path_buf(), detail });
    }
    let (declared, file_size) = (archive.declared(), archive.file_size());
    if expands(declared, file_size, ENTRY_SLACK) {
        let what = "its entries together".to_owned();
        return Err(ProgramError::Expands { path: path_buf(), what, declared, file_size });
    }
    Ok(place)
}

/// Adds the inputs of the graph to a program. Returns those that are stored, with their names.
fn inputs<'a>(
    reader: &mut Reader<'a>,
    scope: &mut Scope<'a>,
    signature: &Signature<'a>,
) -> Result<Vec<(ValueId, String)>, ProgramError> {
    let mut stored = Vec::new();
    for InputSpec { user_input, parameter, buffer, tensor_constant } in &signature.input_specs {
        if let Some(schema::Argument::Tensor(name)) = user_input.as_ref().map(|input| &input.arg) {
            let id = reader.add_value(scope, name.clone(), Origin::Input(name.to_string()))?;
            reader.program.inputs.push(id);
            continue;
        }
        let (value, name, origin): (_, _, fn(String) -> Origin) = match (parameter, buffer, tensor_constant) {
            (Some(parameter), ..) => (&parameter.arg, &parameter.parameter_name, Origin::Parameter),
            (_, Some(buffer), _) => (&buffer.arg, &buffer.buffer_name, Origin::Buffer),
            (.., Some(constant)) => (&constant.arg, &constant.tensor_constant_name, Origin::Constant),
            _ => continue,
        };
        let id = reader.add_value(scope, value.name.clone(), origin(name.to_string()))?;
        stored.push((id, name.to_string()));
    }
    Ok(stored)
}

/// Returns what the model gives to its user.
fn outputs(
    path: &Path,
    scope: &Scope<'_>,
    signature: &Signature<'_>,
) -> Result<Vec<Option<ValueId>>, ProgramError> {
    let mut outputs = Vec::new();
    for spec in &signature.output_specs {
        let name = match (&spec.user_output, &spec.loss_output) {
            (Some(output), _) => match &output.arg {
                schema::Argument::Tensor(name) => Some(name),
                _ => None,
            },
            (None, Some(loss)) => Some(&loss.arg.name),
            (None, None) => continue,
        };
        let value = |name: &Text<'_>| {
            let unknown = || ProgramError::UnknownOutput { path: path.to_owned(), value: name.to_string() };
            scope.value(name).ok_or_else(unknown)
        };
        let value = name.map(value).transpose()?;
        outputs.push(value);
    }
    Ok(outputs)
}

fn refused(path: &Path, error: ArchiveError) -> ProgramError {
    match error {
        ArchiveError::File(error) => ProgramError::File(error),
        ArchiveError::Unreadable(source) => ProgramError::Open { path: path.to_owned(), source },
        ArchiveError::Broken(detail) => ProgramError::Damaged { path: path.to_owned(), detail },
    }
}
