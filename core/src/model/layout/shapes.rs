//! The check that tensor shapes fit together along the connections of a circuit.
//!
//! Nothing is guessed silently. A kernel whose channels do not fit is refused with its possible meanings, and
//! a layout file states which of them applies.

use super::TensorMismatch;
use super::causes::{Causes, keras_order};
use super::model::{Model, Names};
use crate::circuit::INPUT_BLOCK;
use crate::files::checkpoint::Checkpoint;
use crate::graph::unroll::Component;
use std::collections::{BTreeMap, BTreeSet};

/// The result of comparing tensor shapes with a circuit.
#[derive(Debug, Default)]
pub(super) struct Fit {
    pub wrong: Vec<TensorMismatch>,
    /// A common cause, on a separate line; may be empty.
    pub hint: String,
    /// Connections whose convolution must be depthwise although the layout does not say so, with the number
    /// of channels and a kernel.
    pub depthwise: BTreeMap<usize, (usize, String)>,
}

/// A kernel of a connection.
struct Kernel<'a> {
    component: &'a Component,
    name: &'a String,
    shape: &'a [usize],
    connection: usize,
    from: usize,
    to: usize,
    output: usize,
    input: usize,
}

/// The channels of blocks, each with the tensor that determines them.
type Channels<'a> = BTreeMap<usize, (usize, &'a String)>;

impl Model {
    /// Checks that channels fit together along every connection.
    pub(super) fn fit<'a>(&'a self, checkpoint: &'a Checkpoint, names: &dyn Names) -> Fit {
        let mut fit = Fit::default();
        let kernels = self.kernels(checkpoint, names, &mut fit);
        let mut channels = Channels::new();
        let mut anchored = Vec::new();
        for kernel in kernels {
            let &mut (expected, because) = channels.entry(kernel.to).or_insert((kernel.output, kernel.name));
            if kernel.output == expected {
                anchored.push(kernel);
            } else {
                let source = channels.get(&kernel.from).map(|&(channels, _)| channels);
                let causes = self.causes(&kernel, source, Some(expected));
                let expected = format!("{expected} output channels, as {because} has{causes}");
                fit.wrong.push(self.shape_mismatch(kernel.component, kernel.name, kernel.shape, expected));
            }
        }
        self.check_normalizations(checkpoint, &mut channels, &mut fit);
        self.check_inputs(&anchored, &mut channels, &mut fit);
        if fit.wrong.iter().all(|wrong| matches!(wrong, TensorMismatch::Shape { .. })) {
            self.suspect_keras(checkpoint, &mut fit);
        }
        fit
    }

    fn kernels<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
        names: &dyn Names,
        fit: &mut Fit,
    ) -> Vec<Kernel<'a>> {
        let mut kernels = Vec::new();
        for (component, tensors) in self.unrolled.components().iter().zip(&self.tensors) {
            let (&Component::Convolution { connection: index, .. }, Some(name)) =
                (component, &tensors.weight)
            else {
                continue;
            };
            let shape = checkpoint.tensors()[name].shape.as_slice();
            let connection = &self.circuit.connections[index];
            let mut refuse = |expected: String| {
                fit.wrong.push(self.shape_mismatch(component, name, shape, expected));
            };
            if let Some(expected) = names.expected_shape(component).filter(|expected| expected != shape) {
                refuse(format!("{expected:?}"));
                continue;
            }
            let axes = if connection.transposed { ["input", "output"] } else { ["output", "input"] };
            let Some(channels) = connection.channels_of(shape) else {
                refuse(format!("[{} channels, {} channels, …kernel], none of them 0", axes[0], axes[1]));
                continue;
            };
            if !shape[0].is_multiple_of(connection.groups) {
                refuse(format!(
                    "{} channels that are a multiple of its {} groups",
                    axes[0], connection.groups
                ));
                continue;
            }
            let (from, to) = (connection.from, connection.to);
            let (output, input) = (channels.output, channels.input);
            kernels.push(Kernel { component, name, shape, connection: index, from, to, output, input });
        }
        kernels
    }

    /// Checks that normalizations have the channels of their block. Without convolutions, the first
    /// normalization determines the channels.
    fn check_normalizations<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
        channels: &mut Channels<'a>,
        fit: &mut Fit,
    ) {
        for (component, tensors) in self.unrolled.components().iter().zip(&self.tensors) {
            let block = match *component {
                Component::Normalization { block, .. } => block,
                Component::ConnectionNormalization { connection, .. } => {
                    self.circuit.connections[connection].to
                }
                Component::Convolution { .. } | Component::Identity { .. } => continue,
            };
            for name in tensors.names() {
                let found = checkpoint.tensors()[name].shape.as_slice();
                let expected = match (channels.get(&block), found) {
                    (Some(&(channels, because)), _) if found != [channels] => {
                        format!("[{channels}], the output channels of {because}")
                    }
                    (Some(_), _) => continue,
                    (None, &[count]) if count > 0 => {
                        channels.insert(block, (count, name));
                        continue;
                    }
                    (None, _) => "[channels]".to_owned(),
                };
                fit.wrong.push(self.shape_mismatch(component, name, found, expected));
            }
        }
    }

    /// Checks that the input channels of every kernel are the channels of its source block.
    fn check_inputs<'a>(&'a self, kernels: &[Kernel<'a>], channels: &mut Channels<'a>, fit: &mut Fit) {
        // Only the kernels determine the channels of the input: the widest is taken to read all of them.
        for kernel in kernels.iter().filter(|kernel| kernel.from == INPUT_BLOCK) {
            let widest = channels.entry(INPUT_BLOCK).or_insert((kernel.input, kernel.name));
            if kernel.input > widest.0 {
                *widest = (kernel.input, kernel.name);
            }
        }
        self.follow_identities(channels);
        let fits = |kernel: &Kernel<'_>| {
            channels.get(&kernel.from).is_none_or(|&(channels, _)| channels == kernel.input)
        };
        let wrong = kernels.iter().filter(|kernel| !fits(kernel)).filter(|kernel| {
            let source = channels[&kernel.from].0;
            let connection = &self.circuit.connections[kernel.connection];
            let depthwise = kernel.input == 1 && kernel.output == source && !connection.transposed;
            if depthwise {
                fit.depthwise.insert(kernel.connection, (source, kernel.name.clone()));
            }
            !depthwise
        });
        let wrong: Vec<&Kernel<'_>> = wrong.collect();
        // The output of a kernel that is itself wrong does not determine the channels after it.
        let said_by =
            |kernel: &&&Kernel<'_>| channels.get(&kernel.to).map(|&(_, by)| by) == Some(kernel.name);
        let doubtful: BTreeSet<usize> = wrong.iter().filter(said_by).map(|kernel| kernel.to).collect();
        let mut told: Vec<&&Kernel<'_>> =
            wrong.iter().filter(|kernel| !doubtful.contains(&kernel.from)).collect();
        if told.is_empty() {
            told = wrong.iter().collect();
        }
        for kernel in told {
            let (source, because) = channels[&kernel.from];
            let output = kernels.iter().any(|other| other.to == kernel.to && other.name != kernel.name);
            let causes = self.causes(kernel, Some(source), output.then_some(kernel.output));
            let expected = if kernel.from == INPUT_BLOCK {
                format!("{source} input channels, as {because} has{causes}")
            } else {
                format!("{source} input channels, the output channels of {because}{causes}")
            };
            fit.wrong.push(self.shape_mismatch(kernel.component, kernel.name, kernel.shape, expected));
        }
    }

    /// Gives a block whose channels neither kernels nor normalizations determine those that an identity
    /// brings.
    fn follow_identities(&self, channels: &mut Channels<'_>) {
        for _ in 0..=self.circuit.blocks.len() {
            let before = channels.len();
            for component in self.unrolled.components() {
                let &Component::Identity { connection } = component else { continue };
                let connection = &self.circuit.connections[connection];
                if let Some(&source) = channels.get(&connection.from) {
                    channels.entry(connection.to).or_insert(source);
                }
            }
            if channels.len() == before {
                return;
            }
        }
    }

    fn causes(&self, kernel: &Kernel<'_>, input: Option<usize>, output: Option<usize>) -> Causes {
        let connection = &self.circuit.connections[kernel.connection];
        Causes::of(kernel.shape, connection, input, output)
    }

    /// Looks for kernels in the layout of Keras and TensorFlow. If something does not fit, this layout is
    /// named as the cause. If everything fits by chance, but other tensors have the channels of this layout,
    /// it is refused.
    fn suspect_keras(&self, checkpoint: &Checkpoint, fit: &mut Fit) {
        let convolutions = || {
            self.unrolled.components().iter().zip(&self.tensors).filter_map(|(component, tensors)| {
                let Component::Convolution { .. } = component else { return None };
                let name = tensors.weight.as_ref()?;
                Some((component, name, checkpoint.tensors()[name].shape.as_slice()))
            })
        };
        if !keras_order(convolutions().map(|(.., shape)| shape)) || !self.fits_as_keras(checkpoint) {
            return;
        }
        let lengths: BTreeSet<usize> = checkpoint
            .tensors()
            .values()
            .filter_map(|info| if let [length] = info.shape[..] { Some(length) } else { None })
            .collect();
        let last = |shape: &[usize]| lengths.contains(&shape[3]) && !lengths.contains(&shape[0]);
        if fit.wrong.is_empty() {
            let Some((component, name, shape)) = convolutions().next() else { return };
            if !convolutions().all(|(.., shape)| last(shape)) {
                return;
            }
            let expected = format!(
                "{} or so output channels first, as other tensors of this checkpoint have {} numbers and none has {}",
                shape[3], shape[3], shape[0]
            );
            fit.wrong.push(self.shape_mismatch(component, name, shape, expected));
        }
        fit.hint = KERAS.to_owned();
    }

    /// Returns whether all channels fit together if kernels are [height, width, input, output].
    fn fits_as_keras(&self, checkpoint: &Checkpoint) -> bool {
        let mut channels: BTreeMap<usize, usize> = BTreeMap::new();
        let tensors = || self.unrolled.components().iter().zip(&self.tensors);
        let mut kernels = Vec::new();
        for (component, tensors) in tensors() {
            let (Some(name), Component::Convolution { connection, .. }) = (&tensors.weight, component) else {
                continue;
            };
            let [.., input, output] = checkpoint.tensors()[name].shape[..] else { return false };
            let connection = &self.circuit.connections[*connection];
            if *channels.entry(connection.to).or_insert(output) != output {
                return false;
            }
            kernels.push((connection.from, input));
        }
        let fits = |block: usize, count: usize| channels.get(&block).is_none_or(|&known| known == count);
        kernels.into_iter().all(|(from, input)| fits(from, input))
            && tensors().all(|(component, tensors)| match *component {
                Component::Normalization { block, .. } => {
                    tensors.names().all(|name| fits(block, checkpoint.tensors()[name].len()))
                }
                _ => true,
            })
    }

    fn shape_mismatch(
        &self,
        component: &Component,
        name: &str,
        found: &[usize],
        expected: String,
    ) -> TensorMismatch {
        let role = component.name(&self.circuit).to_string();
        TensorMismatch::Shape { name: name.to_owned(), role, found: found.to_vec(), expected }
    }
}

const KERAS: &str = "\nThe kernels look as Keras and TensorFlow keep them, [height, width, input channels, output channels]: \
save them in PyTorch's order, in Python numpy.transpose(kernel, (3, 2, 0, 1)) each";
