//! Lookup of objects in an HDF5 file by name.

use super::content::{is_sparse, unreadable};
use super::links::{Link, links};
use crate::files::arrays::Unreadable;
use hdf5_reader::error::Error;
use hdf5_reader::group::Group;
use hdf5_reader::messages::link::LinkTarget;
use hdf5_reader::{Dataset, Hdf5File};
use std::path::Path;

/// The longest chain of soft links that is followed.
const MOST_LINKS: usize = 16;

/// An object found by name.
pub(super) enum Object {
    Group(Group),
    /// A data set, and the group that it was found in.
    Dataset(Box<Dataset>, Group),
    Other(Unreadable),
    /// A named type, which is neither an array nor a container of arrays.
    Nothing,
}

/// Returns the object that a path such as `session/images` leads to from a group; `None` if there is none.
pub(super) fn find(file: &Hdf5File, base: &Path, start: &Group, path: &str) -> Option<Object> {
    find_through(file, base, start, path, MOST_LINKS)
}

fn find_through(file: &Hdf5File, base: &Path, start: &Group, path: &str, left: usize) -> Option<Object> {
    let mut object = Object::Group(start.clone());
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let group = match object {
            Object::Group(group) => group,
            // A link to another file, or a damaged object, cannot be followed any further.
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
/// * `base` - the folder of the file, in which linked files are looked up. They are never opened, because the
///   digest of the file would not cover their contents
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
