//! Objects of an HDF5 file, found by name.

use super::content::{is_sparse, unreadable};
use super::links::{Link, links};
use crate::files::arrays::Unreadable;
use hdf5_reader::error::Error;
use hdf5_reader::group::Group;
use hdf5_reader::messages::link::LinkTarget;
use hdf5_reader::{Dataset, Hdf5File};
use std::path::Path;

/// Soft links to soft links that are followed to say where the last one leads.
const MOST_LINKS: usize = 16;

/// An object that is found under a name.
pub(super) enum Object {
    Group(Group),
    /// A data set, and the group that it was found in.
    Dataset(Box<Dataset>, Group),
    Other(Unreadable),
    /// Neither an array nor something that holds arrays: the name of a type.
    Nothing,
}

/// Finds the object that a path such as `session/images` leads to from a group; `None` where it names nothing.
pub(super) fn find(file: &Hdf5File, base: &Path, start: &Group, path: &str) -> Option<Object> {
    find_through(file, base, start, path, MOST_LINKS)
}

fn find_through(file: &Hdf5File, base: &Path, start: &Group, path: &str, left: usize) -> Option<Object> {
    let mut object = Object::Group(start.clone());
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let group = match object {
            Object::Group(group) => group,
            // Nothing beyond a link to another file or something damaged can be seen.
            Object::Other(_) => return Some(object),
            Object::Dataset(..) | Object::Nothing => return None,
        };
        let all = match links(file, &group) {
            Ok(all) => all,
            Err(error) => return Some(Object::Other(unreadable(&error, None))),
        };
        let link = all.into_iter().find(|link| link.name == name)?;
        object = open_through(file, base, &group, &link, left);
    }
    Some(object)
}

/// Opens the object that a link of a group leads to.
///
/// # Arguments
///
/// * `base` - the folder of the file, in which linked files are looked for; they are not opened, because
///   what is read is then no longer what its file's digest stands for
pub(super) fn open(file: &Hdf5File, base: &Path, group: &Group, link: &Link) -> Object {
    open_through(file, base, group, link, MOST_LINKS)
}

fn open_through(file: &Hdf5File, base: &Path, group: &Group, link: &Link, left: usize) -> Object {
    if let LinkTarget::External { filename, path } = &link.target {
        return Object::Other(Unreadable::ExternalLink {
            file: filename.clone(),
            target: path.clone(),
            is_there: base.join(filename).is_file(),
        });
    }
    let error = match group.dataset(&link.name) {
        Ok(dataset) => return Object::Dataset(Box::new(dataset), group.clone()),
        Err(error) => error,
    };
    if let Ok(below) = group.group(&link.name) {
        return if is_sparse(&below) { Object::Other(Unreadable::Sparse) } else { Object::Group(below) };
    }
    match (&link.target, error) {
        (LinkTarget::Soft { path }, Error::DatasetNotFound(_)) => {
            let start = if path.starts_with('/') { file.root_group().ok() } else { Some(group.clone()) };
            let beyond = start.filter(|_| left > 0);
            match beyond.and_then(|start| find_through(file, base, &start, path, left - 1)) {
                Some(Object::Other(what)) => Object::Other(what),
                _ => Object::Other(Unreadable::SoftLink { target: path.clone() }),
            }
        }
        (_, Error::DatasetNotFound(_)) => Object::Nothing,
        (_, error) => Object::Other(unreadable(&error, None)),
    }
}
