//! The wiring of a network, guessed from the names, shapes and order of its kernels.

use super::numbering::Group;
use super::tensors::Kernel;
use crate::files::text::counted;
use crate::model::layout::causes::gates_of_cell;
use std::collections::{BTreeMap, HashMap};

/// Parts of names that usually mark a lateral connection: anywhere in a name, and at the beginning of a word.
const LATERAL_PARTS: [&str; 3] = ["lateral", "recurrent", "horizontal"];
const LATERAL_WORDS: [&str; 4] = ["lat", "rec", "hidden", "lconv"];
/// The published family's name of lateral convolutions, each piece of which is a word.
const LATERAL_NAME: &str = "l_conv";
/// Words that usually mark a transposed convolution.
const TRANSPOSED_WORDS: [&str; 5] = ["up", "deconv", "transp", "convtransp", "unpool"];
/// Words that usually mark a convolution that bypasses others.
const BYPASS_WORDS: [&str; 5] = ["skip", "shortcut", "downsample", "residual", "bypass"];

/// A guessed block.
pub(super) struct Block {
    pub name: String,
    pub channels: usize,
    pub normalization: Option<Normalization>,
}

/// A normalization, with the reason for its place.
pub(super) struct Normalization {
    pub group: Group,
    pub reason: String,
}

/// A guessed connection. Blocks are given by their position in the list, `None` for the input.
pub(super) struct Connection<'a> {
    pub from: Option<usize>,
    pub to: usize,
    pub delay: usize,
    pub kernel: &'a Kernel,
    pub transposed: bool,
    pub groups: usize,
    /// A description of what is only guessed about it.
    pub guess: Option<String>,
    pub normalization: Option<Normalization>,
}

/// A guessed network.
#[derive(Default)]
pub(super) struct Network<'a> {
    /// The kernel that sees an image, which belongs to the first CPB, and the normalization after it.
    pub first_stage: Option<(&'a Kernel, Option<Group>)>,
    pub blocks: Vec<Block>,
    pub connections: Vec<Connection<'a>>,
    pub unused: Vec<(String, String)>,
    /// The block that the next kernel is assumed to come from, and finally the readout's block.
    pub top: Option<usize>,
    /// The place of every kernel in the network, by its position in the file.
    placed: BTreeMap<usize, Place>,
    /// The positions of the kernels by the names of their layers.
    layers: HashMap<&'a str, usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    FirstStage,
    Block(usize),
    /// A connection parallel to another one that ends at the same block.
    Bypass(usize),
}

/// An interpretation of a kernel.
struct Reading {
    from: Option<usize>,
    output: usize,
    transposed: bool,
    groups: usize,
    guess: Option<String>,
}

impl<'a> Network<'a> {
    pub(super) fn guess(kernels: &'a [Kernel], groups: Vec<Group>) -> Self {
        let mut network = Self::default();
        let first = first_stage(kernels);
        if let Some(first) = first {
            network.first_stage = Some((&kernels[first], None));
            network.place(&kernels[first], Place::FirstStage);
        }
        let rest: Vec<&Kernel> = kernels
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != first)
            .map(|(_, kernel)| kernel)
            .collect();
        let shapes: Vec<&[usize]> = kernels.iter().map(|kernel| kernel.shape.as_slice()).collect();
        let (gates, rest): (Vec<&Kernel>, Vec<&Kernel>) = rest
            .into_iter()
            .partition(|kernel| gates_of_cell(&kernel.name, &kernel.shape, &shapes).is_some());
        for kernel in gates {
            let looks = gates_of_cell(&kernel.name, &kernel.shape, &shapes).unwrap_or_default();
            network.unused.push((kernel.name.clone(), format!("{:?}, looks {looks}", kernel.shape)));
        }
        let only_laterals = rest.iter().all(|kernel| is_lateral(kernel));
        let mut waiting = Vec::new();
        let mut index = 0;
        while let Some(&kernel) = rest.get(index) {
            index += 1;
            if only_laterals || !is_lateral(kernel) {
                network.forward(kernel);
                continue;
            }
            let run = 1 + rest[index..].iter().take_while(|next| in_one_module(kernel, next)).count();
            if run > 1 && network.lateral_chain(&rest[index - 1..index - 1 + run]) {
                index += run - 1;
            } else if !network.lateral(kernel, true) {
                waiting.push(kernel);
            }
        }
        for kernel in waiting {
            if !network.lateral(kernel, false) {
                network.forward(kernel);
            }
        }
        for group in groups {
            network.normalize(group);
        }
        network
    }

    /// Returns the channels of a block, or of the input if they are known.
    fn channels(&self, block: Option<usize>) -> Option<usize> {
        match block {
            Some(block) => Some(self.blocks[block].channels),
            None => self.first_stage.as_ref().map(|(kernel, _)| kernel.output()).or_else(|| {
                let from_input = |connection: &&Connection<'_>| connection.from.is_none();
                self.connections.iter().find(from_input).map(|connection| connection.kernel.input())
            }),
        }
    }

    /// Adds a kernel that continues from the block below, or from an earlier one if only that has its
    /// channels.
    fn forward(&mut self, kernel: &'a Kernel) {
        let Some(reading) = self.read(kernel) else {
            let reason =
                format!("{:?}, nothing before it has {}", kernel.shape, counted(kernel.input(), "channel"));
            self.unused.push((kernel.name.clone(), reason));
            return;
        };
        let bypasses = self.top.filter(|&top| {
            reading.from != self.top && self.blocks[top].channels == reading.output && !self.blocks.is_empty()
        });
        let to = bypasses.unwrap_or_else(|| {
            self.blocks.push(Block {
                name: format!("block{}", self.blocks.len() + 1),
                channels: reading.output,
                normalization: None,
            });
            self.blocks.len() - 1
        });
        let place = if bypasses.is_some() { Place::Bypass(self.connections.len()) } else { Place::Block(to) };
        self.place(kernel, place);
        self.top = Some(to);
        self.connect(kernel, reading, to, 0);
    }

    fn connect(&mut self, kernel: &'a Kernel, reading: Reading, to: usize, delay: usize) {
        let Reading { from, transposed, groups, guess, .. } = reading;
        self.connections.push(Connection {
            from,
            to,
            delay,
            kernel,
            transposed,
            groups,
            guess,
            normalization: None,
        });
    }

    fn read(&self, kernel: &Kernel) -> Option<Reading> {
        let (whole, of_group) = (kernel.output(), kernel.input());
        let plain = |from, guess: Option<String>| Reading {
            from,
            output: whole,
            transposed: false,
            groups: 1,
            guess,
        };
        let Some(below) = self.channels(self.top) else { return Some(plain(None, None)) };
        let bypass = has_word(&kernel.name, &BYPASS_WORDS)
            .then(|| "its name says that it bypasses others: correct where from and to".to_owned());
        let hint =
            has_word(&kernel.name, &TRANSPOSED_WORDS) || kernel.shape[2..].iter().all(|side| side % 2 == 0);
        let transposed = |guess: &str| Reading {
            output: of_group,
            transposed: true,
            guess: Some(guess.to_owned()),
            ..plain(self.top, None)
        };
        if of_group == below {
            if whole == of_group && hint {
                let guess = "it may be transposed: then set `transposed = true`".to_owned();
                return Some(plain(self.top, Some(guess)));
            }
            return Some(plain(self.top, bypass));
        }
        if of_group == 1 && whole == below {
            let guess = format!("depthwise, as it sees one channel of {below}");
            return Some(Reading { groups: below, ..plain(self.top, Some(guess)) });
        }
        if whole == below && hint {
            return Some(transposed("transposed, by its name or size and by its channels"));
        }
        let earlier = (0..self.blocks.len()).rev().map(Some).chain([None]);
        let fits = |from: &Option<usize>| self.channels(*from) == Some(of_group);
        if let Some(from) = self.leading_into_modules_of(kernel).find(fits) {
            let guess = "from there, as the others of its module".to_owned();
            return Some(plain(from, Some(guess)));
        }
        if let Some(from) = earlier.into_iter().find(fits) {
            let mut guess =
                format!("from there, as the last before it with {}", counted(of_group, "channel"));
            if whole == below {
                guess.push_str("; or transposed, then from the block before");
            }
            return Some(plain(from, Some(guess)));
        }
        if whole == below {
            return Some(transposed("transposed, as only that fits the channels"));
        }
        let groups = below / of_group;
        if below.is_multiple_of(of_group) && whole.is_multiple_of(groups) {
            let guess = format!("{groups} groups, as only that fits the channels");
            return Some(Reading { groups, ..plain(self.top, Some(guess)) });
        }
        None
    }

    /// Returns the blocks that lead into the modules of a kernel, from the innermost outwards.
    fn leading_into_modules_of(&self, kernel: &Kernel) -> impl Iterator<Item = Option<usize>> {
        let modules = std::iter::successors(Some(kernel.parent()), |module| {
            Some(module.rsplit_once('.').map_or("", |(outer, _)| outer)).filter(|outer| !outer.is_empty())
        });
        modules.filter(|module| !module.is_empty()).filter_map(|module| {
            let within = |connection: &&Connection<'_>| {
                connection.kernel.name.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'))
            };
            self.connections.iter().find(within).map(|connection| connection.from)
        })
    }

    /// Adds a kernel from a block to itself: the last block with its channels, or the first of all.
    fn lateral(&mut self, kernel: &'a Kernel, before: bool) -> bool {
        let depthwise = kernel.input() == 1 && kernel.output() > 1;
        if kernel.output() != kernel.input() && !depthwise {
            if before {
                self.forward(kernel);
            }
            return before;
        }
        let fits = |block: &Block| block.channels == kernel.output();
        let found =
            if before { self.blocks.iter().rposition(fits) } else { self.blocks.iter().position(fits) };
        let Some(block) = found else { return false };
        let groups = if depthwise { kernel.output() } else { 1 };
        let guess = Some("lateral, by its name".to_owned());
        let reading =
            Reading { from: Some(block), output: kernel.output(), transposed: false, groups, guess };
        self.place(kernel, Place::Block(block));
        self.connect(kernel, reading, block, 1);
        true
    }

    /// Adds several consecutive kernels of one module that lead from a block to itself.
    fn lateral_chain(&mut self, kernels: &[&'a Kernel]) -> bool {
        let (Some(first), Some(last)) = (kernels.first(), kernels.last()) else { return false };
        let (Some(target), top) = (
            self.blocks
                .iter()
                .rposition(|block| block.channels == last.output() && block.channels == first.input()),
            self.top,
        ) else {
            return false;
        };
        let mut channels = self.blocks[target].channels;
        for kernel in kernels {
            let depthwise = kernel.input() == 1 && kernel.output() == channels;
            if kernel.input() != channels && !depthwise {
                return false;
            }
            channels = kernel.output();
        }
        self.top = Some(target);
        for (index, &kernel) in kernels.iter().enumerate() {
            let Some(mut reading) = self.read(kernel) else { return false };
            let delay = usize::from(index == 0);
            reading.guess.get_or_insert_with(|| "lateral, by its name".to_owned());
            self.place(kernel, Place::Block(target));
            if index + 1 == kernels.len() {
                self.connect(kernel, reading, target, delay);
            } else {
                let name = format!("block{}", self.blocks.len() + 1);
                self.blocks.push(Block { name, channels: kernel.output(), normalization: None });
                self.connect(kernel, reading, self.blocks.len() - 1, delay);
                self.top = Some(self.blocks.len() - 1);
            }
        }
        self.top = top;
        true
    }

    /// Assigns a normalization to a kernel. It is the kernel that the name refers to, else the last one
    /// before it, else the first one after it, that has its channels and no other normalization.
    fn normalize(&mut self, group: Group) {
        let channels = group.channels();
        let free = |place: Place| match place {
            Place::FirstStage => self
                .first_stage
                .as_ref()
                .is_some_and(|(kernel, taken)| taken.is_none() && kernel.output() == channels),
            Place::Block(block) => {
                self.blocks[block].channels == channels && self.blocks[block].normalization.is_none()
            }
            Place::Bypass(index) => {
                let connection = &self.connections[index];
                self.blocks[connection.to].channels == channels && connection.normalization.is_none()
            }
        };
        let position = group.position();
        let named = layers_named_like(&group.name);
        let of_layer = |layer: &String| self.placed.get(self.layers.get(layer.as_str())?).copied();
        let by_name = named.iter().filter_map(of_layer).find(|&place| free(place));
        let mut before = self.placed.range(..position).rev().map(|(_, &place)| place);
        let mut behind = self.placed.range(position..).map(|(_, &place)| place);
        let mut by_order = || {
            let behind = || behind.find(|&place| place != Place::FirstStage && free(place));
            before.find(|&place| free(place)).or_else(behind)
        };
        let (place, reason) = match by_name {
            Some(place) => (place, format!("{}; here by its name", counted(channels, "channel"))),
            None => match by_order() {
                Some(place) => (
                    place,
                    format!("{}; guessed from these and the order of the file", counted(channels, "channel")),
                ),
                None => {
                    let reason = format!(
                        "no kernel that lacks a normalization has its {}",
                        counted(channels, "channel")
                    );
                    self.unused.push((group.name, reason));
                    return;
                }
            },
        };
        match place {
            Place::FirstStage => {
                if let Some((_, taken)) = &mut self.first_stage {
                    *taken = Some(group);
                }
            }
            Place::Block(block) => self.blocks[block].normalization = Some(Normalization { group, reason }),
            Place::Bypass(index) => {
                self.connections[index].normalization = Some(Normalization { group, reason });
            }
        }
    }

    fn place(&mut self, kernel: &'a Kernel, place: Place) {
        self.placed.insert(kernel.position, place);
        self.layers.insert(kernel.layer(), kernel.position);
    }
}

/// Returns the kernel that sees an image of one to three channels, and leads to more channels that another
/// kernel sees.
///
/// A kernel that sees a single channel may be depthwise instead. This is assumed if a kernel before it leads
/// to as many channels as it has, or if there are several of its kind.
fn first_stage(kernels: &[Kernel]) -> Option<usize> {
    let seen = |output: usize| kernels.iter().any(|other| other.input() == output);
    let image = |wanted: std::ops::RangeInclusive<usize>| {
        kernels.iter().enumerate().position(|(index, kernel)| {
            // At the very beginning it may also lead to fewer, but a kernel of one pixel sees no image.
            let extended = kernel.shape[2..].iter().any(|&side| side > 1);
            let widens = kernel.output() > kernel.input()
                || index == 0 && extended && kernel.output() != kernel.input();
            wanted.contains(&kernel.input()) && widens && seen(kernel.output()) && !is_lateral(kernel)
        })
    };
    image(2..=3).or_else(|| {
        let found = image(1..=1)?;
        let alone = kernels.iter().filter(|kernel| kernel.input() == 1 && kernel.output() > 1).count() == 1;
        let produced = kernels[..found].iter().any(|before| before.output() == kernels[found].output());
        let siblings = kernels.iter().any(|other| {
            !kernels[found].parent().is_empty()
                && other.parent() == kernels[found].parent()
                && other.output() == kernels[found].output()
                && other.input() == kernels[found].output()
                && other.shape[2..].iter().all(|&side| side == 1)
        });
        ((alone || found == 0) && !produced && !siblings).then_some(found)
    })
}

fn is_lateral(kernel: &Kernel) -> bool {
    let name = kernel.name.to_lowercase();
    let named = name.split('.').any(|segment| segment.starts_with(LATERAL_NAME));
    named || LATERAL_PARTS.iter().any(|part| name.contains(part)) || has_word(&name, &LATERAL_WORDS)
}

/// Returns whether a word of a name, delimited by non-letters, begins with one of these.
fn has_word(name: &str, beginnings: &[&str]) -> bool {
    let name = name.to_lowercase();
    name.split(|character: char| !character.is_ascii_alphabetic())
        .any(|word| beginnings.iter().any(|beginning| word.starts_with(beginning)))
}

fn in_one_module(one: &Kernel, other: &Kernel) -> bool {
    !one.parent().is_empty() && one.parent() == other.parent() && is_lateral(other)
}

/// Returns likely names of the layer that a normalization belongs to: `conv1` for `bn1`, `norm1` and
/// `norm1_{t}`; `skip` and `conv_skip` for `norm_skip`.
fn layers_named_like(normalization: &str) -> Vec<String> {
    let plain = normalization.replace("_{t}", "").replace(".{t}", "");
    let (module, last) = plain.rsplit_once('.').map_or(("", plain.as_str()), |(module, last)| (module, last));
    let within = |last: String| if module.is_empty() { last } else { format!("{module}.{last}") };
    let mut names = Vec::new();
    for word in ["batchnorm", "groupnorm", "norm", "bn", "gn"] {
        if last.contains(word) {
            names.push(within(last.replace(word, "conv")));
            names.extend(
                last.strip_prefix(word)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .map(|rest| within(rest.to_owned())),
            );
            break;
        }
    }
    names
}
