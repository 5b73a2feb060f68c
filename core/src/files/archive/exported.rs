//! The contents of an archive, identified by the names of its entries.

use std::collections::BTreeSet;

/// The place of a program in an archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The folder that prefixes the names of all entries, with its slash.
    pub(crate) root: String,
    /// The program's name.
    pub(crate) model: String,
}

/// Returns the programs in an archive.
pub(crate) fn programs<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Place> {
    let place = |name: &'n str| {
        let (before, file) = name.rsplit_once('/')?;
        let root = before.strip_suffix("models")?;
        let at_top = root.is_empty() || root.find('/') == Some(root.len() - 1);
        let model = file.strip_suffix(".json").filter(|model| at_top && !model.is_empty())?;
        Some(Place { root: root.to_owned(), model: model.to_owned() })
    };
    names.filter_map(place).collect::<BTreeSet<_>>().into_iter().collect()
}

/// An unsupported form of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// A program from before PyTorch 2.8.
    Old,
    /// A program from PyTorch 2.8, whose weights are a pickle.
    PickledWeights,
    /// A program compiled by AOTInductor.
    Compiled,
    /// An archive of `torch.jit.save`.
    TorchScript,
}

impl Unread {
    /// Returns the unsupported form that an archive's entries have, if any.
    pub(crate) fn of<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Option<Self> {
        let any = |test: &dyn Fn(&str) -> bool| names.clone().any(test);
        let is_in = |name: &str, folder: &str| {
            name.starts_with(folder) || name.split_once('/').is_some_and(|(_, rest)| rest.starts_with(folder))
        };
        let listed = any(&|name| name.ends_with("_weights_config.json"));
        if !listed && any(&|name| is_in(name, "data/weights/") && name.ends_with(".pt")) {
            return Some(Self::PickledWeights);
        }
        if !programs(names.clone()).is_empty() {
            return None;
        }
        if any(&|name| is_in(name, "serialized_exported_program.json")) {
            return Some(Self::Old);
        }
        if any(&|name| is_in(name, "data/aotinductor/")) {
            return Some(Self::Compiled);
        }
        any(&|name| is_in(name, "constants.pkl") || is_in(name, "code/")).then_some(Self::TorchScript)
    }

    /// Returns a description of the form, and what to do.
    pub(crate) fn found_and_remedy(self) -> (&'static str, &'static str) {
        match self {
            Self::Old => (
                "an exported program from before PyTorch 2.8",
                "export the model again with PyTorch 2.9 or later and save it with torch.export.save",
            ),
            Self::PickledWeights => (
                "an exported program whose weights are a pickle, as PyTorch 2.8 writes it",
                "save it again with PyTorch 2.9 or later: torch.export.save(torch.export.load('model.pt2'), 'new.pt2')",
            ),
            Self::Compiled => (
                "a compiled model (AOTInductor), which no longer lists its operations",
                "save the program that it was compiled from with torch.export.save(program, 'model.pt2')",
            ),
            Self::TorchScript => (
                "a TorchScript archive (torch.jit.save)",
                "export the model with torch.export.export and torch.export.save, or save its weights with torch.save(model.state_dict(), 'weights.pt')",
            ),
        }
    }
}

/// Returns whether the entries of an archive are those of a program, in any form but TorchScript.
pub(crate) fn is_program<'n>(names: impl Iterator<Item = &'n str> + Clone) -> bool {
    !programs(names.clone()).is_empty() || Unread::of(names).is_some_and(|form| form != Unread::TorchScript)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_their_entries() {
        for (names, models) in [
            (["net/models/model.json", "net/data/weights/weight_0"], [("net/", "model")].as_slice()),
            (["models/b.json", "models/a.json"], &[("", "a"), ("", "b")]),
            (["a/b/models/x.json", "models/.json"], &[]),
            (["archive/data.pkl", "archive/data/0"], &[]),
        ] {
            let found = programs(names.into_iter());
            let found: Vec<_> =
                found.iter().map(|place| (place.root.as_str(), place.model.as_str())).collect();
            assert_eq!(found, models);
            assert_eq!(is_program(names.into_iter()), !models.is_empty());
        }
    }

    #[test]
    fn other_forms_are_told_apart() {
        for (names, form) in [
            (["version", "serialized_exported_program.json"], Some(Unread::Old)),
            (["m/data/aotinductor/model/x.so", "m/archive_format"], Some(Unread::Compiled)),
            (["m/models/model.json", "m/data/aotinductor/model/x.so"], None),
            (["m/models/model.json", "m/data/weights/model.pt"], Some(Unread::PickledWeights)),
            (["m/data.pkl", "m/constants.pkl"], Some(Unread::TorchScript)),
            (["archive/data.pkl", "archive/data/0"], None),
        ] {
            assert_eq!(Unread::of(names.into_iter()), form, "{names:?}");
        }
    }
}
