//! The tensors of a checkpoint, classified as kernels, normalization layers and the rest.

use super::averaged::{self, is_under};
use super::numbering::trailing_number;
use crate::files::checkpoint::{Checkpoint, ElementType, TensorInfo};
use std::collections::BTreeMap;

/// A tensor that looks like the kernel of a convolution.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    pub name: String,
    pub shape: Vec<usize>,
    /// Its position in the file.
    pub position: usize,
}

impl Kernel {
    pub(super) fn output(&self) -> usize {
        self.shape[0]
    }

    /// Returns the input channels; for a grouped convolution, those of one group.
    pub(super) fn input(&self) -> usize {
        self.shape[1]
    }

    /// Returns the name of its layer.
    pub(super) fn layer(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(layer, _)| layer)
    }

    /// Returns the name of the module that contains its layer; empty at the top level.
    pub(super) fn parent(&self) -> &str {
        self.layer().rsplit_once('.').map_or("", |(parent, _)| parent)
    }
}

/// A tensor's name, or a pattern with one name for each number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Names {
    #[default]
    None,
    One(String),
    /// The name with `{t}` in place of the number, and the numbers in order.
    Numbered(String, Vec<usize>),
}

/// A normalization layer.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub name: String,
    pub channels: usize,
    pub scale: Names,
    pub variance: Names,
    pub position: usize,
}

/// All tensors, in file order.
pub(super) struct Sorted {
    pub kernels: Vec<Kernel>,
    pub layers: Vec<Layer>,
    /// Tensors that seem relevant but are neither, with the reasons.
    pub unused: Vec<(String, String)>,
    /// The number of other tensors.
    pub others: usize,
}

/// The usual names of scales, shifts and running variances of normalizations.
const SCALES: [&str; 3] = ["weight", "gamma", "scale"];
const SHIFTS: [&str; 2] = ["bias", "beta"];
const VARIANCES: [&str; 4] = ["running_var", "_running_var", "running_vars", "_running_vars"];

/// The vectors of one module, by their kind.
type Parts = BTreeMap<&'static str, Vec<(Option<usize>, String)>>;

impl Sorted {
    pub(super) fn new(checkpoint: &Checkpoint) -> Self {
        let mut sorted = Self { kernels: Vec::new(), layers: Vec::new(), unused: Vec::new(), others: 0 };
        let mut modules: Vec<(&str, usize, usize, Parts)> = Vec::new();
        let mut places: BTreeMap<(&str, usize), usize> = BTreeMap::new();
        let names = checkpoint.names_in_order();
        let copies = averaged::copies(&names, checkpoint);
        for (position, name) in names.into_iter().enumerate() {
            if copies.iter().any(|copy| is_under(name, copy)) {
                continue;
            }
            let info = &checkpoint.tensors()[name];
            if matches!(info.element_type, ElementType::Other(_)) || info.is_empty() {
                continue;
            }
            if info.shape.len() >= 3 {
                sorted.kernel(name, info, position);
            } else if let (&[channels], Some((module, part, number))) = (&info.shape[..], part_of(name)) {
                let place = *places.entry((module, channels)).or_insert_with(|| {
                    modules.push((module, channels, position, Parts::new()));
                    modules.len() - 1
                });
                modules[place].3.entry(part).or_default().push((number, name.to_owned()));
            } else if !is_running_mean(name) {
                sorted.others += 1;
            }
        }
        for (module, channels, position, mut parts) in modules {
            let mut names = |known: &[&str]| {
                known.iter().find_map(|part| parts.remove(*part)).map_or(Names::None, numbered)
            };
            let (variance, scale, shift) = (names(&VARIANCES), names(&SCALES), names(&SHIFTS));
            // A bias alone belongs to a convolution, and a scale alone may belong to an activation.
            if variance == Names::None && (scale == Names::None || shift == Names::None) {
                if scale != Names::None && channels > 1 {
                    let reason = format!("{channels} numbers without a bias or a running variance");
                    sorted.unused.push((module.to_owned(), reason));
                }
                continue;
            }
            sorted.layers.push(Layer { name: module.to_owned(), channels, scale, variance, position });
        }
        for copy in copies {
            let reason = format!(
                "a copy of the same names and shapes, named like averaged weights: to use it, --key {copy}"
            );
            sorted.unused.push((copy, reason));
        }
        for (name, _, reason) in checkpoint.unresolved_parts() {
            sorted.unused.push((name.to_owned(), reason.to_owned()));
        }
        sorted
    }

    fn kernel(&mut self, name: &str, info: &TensorInfo, position: usize) {
        let shape = info.shape.clone();
        if name.ends_with("weight") || name.ends_with("kernel") {
            self.kernels.push(Kernel { name: name.to_owned(), shape, position });
        } else {
            let reason = format!("{shape:?}, has the axes of a kernel, but not the name of one");
            self.unused.push((name.to_owned(), reason));
        }
    }
}

/// Returns the module of a vector, its kind and its number.
fn part_of(name: &str) -> Option<(&str, &'static str, Option<usize>)> {
    let known = |part: &str| {
        [&SCALES[..], &SHIFTS, &VARIANCES].into_iter().flatten().copied().find(|known| *known == part)
    };
    let (module, last) = name.rsplit_once('.').unwrap_or(("", name));
    if let Some(part) = known(last) {
        return Some((module, part, None));
    }
    let (stem, number) = trailing_number(last)?;
    if let Some(part) = known(stem.trim_end_matches('_')) {
        return Some((module, part, Some(number)));
    }
    // A list of parameters: bn.running_vars.0
    let (module, list) = stem.is_empty().then(|| module.rsplit_once('.')).flatten()?;
    Some((module, known(list)?, Some(number)))
}

fn is_running_mean(name: &str) -> bool {
    name.contains("running_mean")
}

fn numbered(mut tensors: Vec<(Option<usize>, String)>) -> Names {
    tensors.sort();
    match &tensors[..] {
        [(None, name), ..] => Names::One(name.clone()),
        [(Some(_), name)] => Names::One(name.clone()),
        [(Some(first), name), ..] => {
            let stem = name.strip_suffix(&first.to_string()).unwrap_or(name);
            let numbers = tensors.iter().filter_map(|(number, _)| *number).collect();
            Names::Numbered(format!("{stem}{{t}}"), numbers)
        }
        [] => Names::None,
    }
}
