//! Opens an archive, step by step.

use super::ExportedProgram;
use super::graph::{Reader, Scope};
use super::schema::{self, Document, GraphModule, InputSpec, Payload, PayloadConfig, Signature, Versioned};
use super::text::Text;
use super::weights::{Place, Stored, Weights, described};
use crate::files::archive::exported::{self, Unread};
use crate::files::archive::{Archive, ArchiveError, ENTRY_SLACK, expands};
use crate::program::{Origin, Program, ProgramError, ValueId};
use std::collections::HashMap;
use std::path::Path;

/// The longest description of a program that is read, enough for some two million operations.
const MOST_GRAPH: u64 = 1 << 31;
/// The longest list of weights that is read.
const MOST_LIST: u64 = 1 << 28;

pub(super) fn open(path: &Path) -> Result<ExportedProgram, ProgramError> {
    let archive = Archive::open(path).map_err(|error| refused(path, error))?;
    let place = sound_program(path, &archive)?;
    let (root, model) = (&place.root, &place.model);
    let entry = |name: String, most: u64| entry(path, &archive, name, most);
    let json = entry(format!("{root}models/{model}.json"), MOST_GRAPH)?.unwrap_or_default();
    let little_endian = entry(format!("{root}byteorder"), 16)?.is_none_or(|order| order != b"big");
    let weights_folder = format!("{root}data/weights/");
    let weights_list = entry(format!("{weights_folder}{model}_weights_config.json"), MOST_LIST)?;
    let constants_folder = format!("{root}data/constants/");
    let constants_list = entry(format!("{constants_folder}{model}_constants_config.json"), MOST_LIST)?;
    let mut payloads = HashMap::new();
    for (list, folder) in [(&weights_list, &weights_folder), (&constants_list, &constants_folder)] {
        add_payloads(path, list.as_deref(), folder, &mut payloads)?;
    }

    let Document { graph_module, schema_version, torch_version } = document(path, &json)?;
    let (mut program, stored) = program(path, graph_module)?;
    let mut weights = Weights::new(archive, little_endian);
    let ties = add_weights(path, &mut program, stored, &payloads, &mut weights)?;
    let schema_version = (schema_version.major, schema_version.minor);
    let torch_version = torch_version.map(Text::into_string);
    Ok(ExportedProgram { program, path: path.to_owned(), torch_version, schema_version, weights, ties })
}

/// Returns the place of the only program in an archive, after checking names and sizes.
fn sound_program(path: &Path, archive: &Archive) -> Result<exported::Place, ProgramError> {
    let other = |found: &str, remedy: &str| ProgramError::OtherKind {
        path: path.to_owned(),
        found: found.to_owned(),
        remedy: remedy.to_owned(),
    };
    if let Some(form) = Unread::of(archive.names()) {
        let (found, remedy) = form.found_and_remedy();
        return Err(other(found, remedy));
    }
    let mut places = exported::programs(archive.names());
    let Some(place) = places.pop() else {
        return Err(other("a zip archive without a program", SAVE_PROGRAM));
    };
    if !places.is_empty() {
        let models = places.into_iter().chain([place]).map(|place| place.model).collect();
        return Err(ProgramError::SeveralModels { path: path.to_owned(), models });
    }
    let leads_outside = |name: &&str| {
        name.starts_with('/') || name.contains(['\\', ':']) || name.split('/').any(|part| part == "..")
    };
    if let Some(name) = archive.names().find(leads_outside) {
        return Err(damaged(path, format!("its entry '{name}' leads outside the archive")));
    }
    if archive.has_duplicate_names() {
        return Err(damaged(path, "two of its entries have one name"));
    }
    let (declared, file_size) = (archive.declared(), archive.file_size());
    if expands(declared, file_size, ENTRY_SLACK) {
        let what = "its entries together".to_owned();
        return Err(ProgramError::Expands { path: path.to_owned(), what, declared, file_size });
    }
    Ok(place)
}

const SAVE_PROGRAM: &str =
    "export the model with torch.export.export and save it with torch.export.save(program, 'model.pt2')";

/// Returns the bytes of an entry, if it exists.
fn entry(path: &Path, archive: &Archive, name: String, most: u64) -> Result<Option<Vec<u8>>, ProgramError> {
    let found = archive.size_of(&name).unwrap_or_default();
    if found > most {
        return Err(ProgramError::TooLong { path: path.to_owned(), entry: name, found, most });
    }
    archive.read(&name, most).map_err(|error| refused(path, error))
}

/// Returns the description of a program in the supported version of the format.
fn document<'a>(path: &Path, json: &'a [u8]) -> Result<Document<'a>, ProgramError> {
    let what = "the description of the program";
    let text = std::str::from_utf8(json).map_err(|error| damaged(path, format!("{what}: {error}")))?;
    let document = serde_json::from_str::<Document<'a>>(text);
    // Other versions may have other fields, so the version is checked first.
    let version = match &document {
        Ok(document) => Some(document.schema_version.major),
        Err(_) => serde_json::from_str::<Versioned>(text).ok().map(|document| document.schema_version.major),
    };
    if let Some(found) = version.filter(|&found| found != schema::MAJOR) {
        return Err(ProgramError::Schema { path: path.to_owned(), found, expected: schema::MAJOR });
    }
    document.map_err(|error| damaged(path, format!("{what}: {error}")))
}

/// Reads the operations. Returns them with the stored values and their names in the model.
fn program<'a>(
    path: &'a Path,
    module: GraphModule<'a>,
) -> Result<(Program, Vec<(ValueId, String)>), ProgramError> {
    let GraphModule { graph, signature } = module;
    let mut reader = Reader::new(path);
    let mut scope = Scope::default();
    let stored = add_inputs(&mut reader, &mut scope, &signature)?;
    reader.read(graph, &mut scope)?;
    reader.program.outputs = outputs(path, &scope, &signature)?;
    Ok((reader.program, stored))
}

/// Adds the inputs of the graph to a program. Returns the stored ones, with their names.
fn add_inputs<'a>(
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

/// Returns the outputs that the model returns to its user.
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
        let value = name.map(|name| {
            let unknown = || ProgramError::UnknownOutput { path: path.to_owned(), value: name.to_string() };
            scope.value(name).ok_or_else(unknown)
        });
        outputs.push(value.transpose()?);
    }
    Ok(outputs)
}

/// The descriptions of weights and constants by name, each with its folder.
type Payloads<'l> = HashMap<Text<'l>, (Payload<'l>, &'l str)>;

fn add_payloads<'l>(
    path: &Path,
    list: Option<&'l [u8]>,
    folder: &'l str,
    payloads: &mut Payloads<'l>,
) -> Result<(), ProgramError> {
    let Some(list) = list else { return Ok(()) };
    let list: PayloadConfig<'l> = serde_json::from_slice(list)
        .map_err(|error| damaged(path, format!("the list of {folder}: {error}")))?;
    payloads.extend(list.config.into_iter().map(|(name, payload)| (name, (payload, folder))));
    Ok(())
}

/// Adds the places of stored values, after checking them against the program. Returns, for each value that
/// shares the numbers of an earlier one, the first value with these numbers.
fn add_weights(
    path: &Path,
    program: &mut Program,
    stored: Vec<(ValueId, String)>,
    payloads: &Payloads<'_>,
    weights: &mut Weights,
) -> Result<HashMap<ValueId, ValueId>, ProgramError> {
    let mut ties = HashMap::new();
    let mut first: HashMap<Place, ValueId> = HashMap::new();
    for (id, name) in stored {
        let missing = || ProgramError::MissingWeight { path: path.to_owned(), weight: name.clone() };
        let (payload, folder) = payloads.get(name.as_str()).ok_or_else(missing)?;
        let (place, found) =
            Place::new(payload, folder).map_err(|what| damaged(path, format!("{name}: {what}")))?;
        let value = &mut program.values[id.index()];
        match (&value.tensor, found) {
            (Some(expected), Some(found)) if *expected != found => {
                let (expected, found) = (described(expected), described(&found));
                return Err(ProgramError::WeightMismatch {
                    path: path.to_owned(),
                    weight: name,
                    expected,
                    found,
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
    Ok(ties)
}

fn damaged(path: &Path, detail: impl Into<String>) -> ProgramError {
    ProgramError::Damaged { path: path.to_owned(), detail: detail.into() }
}

pub(super) fn refused(path: &Path, error: ArchiveError) -> ProgramError {
    match error {
        ArchiveError::File(error) => ProgramError::File(error),
        ArchiveError::Unreadable(source) => ProgramError::Open { path: path.to_owned(), source },
        ArchiveError::Broken(detail) => ProgramError::Damaged { path: path.to_owned(), detail },
    }
}
