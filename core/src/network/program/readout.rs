//! The readout, from the outputs of the recurrent stage to predicted responses.

use super::builder::{Builder, int, known, square};
use crate::circuit::{LayerName, Readout, TensorName};
use crate::model::network::Pooling;
use crate::program::{Argument, Extent, ValueId};
use std::collections::HashMap;
use std::hash::Hash;

impl Builder<'_> {
    /// Adds the readout (Fig. 2 and Eqs. 1a and 2a-2e).
    ///
    /// Averages over iterations are sums over distinct values, so that a path to the readout is one path.
    ///
    /// # Arguments
    ///
    /// * `outputs` - for each iteration that is read out, the maps whose sum is read
    pub(super) fn read_out(&mut self, outputs: &[Vec<ValueId>]) -> ValueId {
        match self.network.readout {
            Readout::EarlyAvg => {
                let maps = counted(outputs.iter().flatten().copied());
                let sum = self.sum_of(&maps);
                let average = self.divided(sum, outputs.len());
                let pooled = self.pooled(average);
                self.respond(pooled)
            }
            Readout::NoAvg | Readout::LateAvg => {
                let mut responses = Vec::new();
                for (maps, times) in counted(outputs.iter()) {
                    let sum = self.sum_of(&counted(maps.iter().copied()));
                    let pooled = self.pooled(sum);
                    responses.push((self.respond(pooled), times));
                }
                let sum = self.sum_of(&responses);
                self.divided(sum, outputs.len())
            }
            Readout::TwoAvg => {
                let mut so_far: Option<ValueId> = None;
                let mut responses = Vec::new();
                for (read, maps) in (1..).zip(outputs) {
                    let sum = self.sum_of(&counted(maps.iter().copied()));
                    // Pooling is linear, so averages are taken after it, where maps are small.
                    let pooled = self.pooled(sum);
                    let sum = so_far.map_or(pooled, |so_far| self.sum(so_far, pooled));
                    so_far = Some(sum);
                    let average = self.divided(sum, read);
                    responses.push((self.respond(average), 1));
                }
                let sum = self.sum_of(&responses);
                self.divided(sum, outputs.len())
            }
        }
    }

    /// Adds a sum of two values of the same extents. One of them may be the same for all images of a batch.
    pub(super) fn sum(&mut self, first: ValueId, second: ValueId) -> ValueId {
        let (mut shape, other) = (self.shape(first), self.shape(second));
        if shape.len() == other.len() && shape[0] == Extent::Known(1) {
            shape[0] = other[0];
        }
        let arguments = [("self", Argument::Tensor(first)), ("other", Argument::Tensor(second))];
        self.operation("add", "Tensor", arguments, shape)
    }

    /// Adds a sum of values, each with its multiplicity; there is at least one value.
    fn sum_of(&mut self, terms: &[(ValueId, usize)]) -> ValueId {
        let mut terms = terms.iter().map(|&(value, times)| (value, times));
        let (first, times) = terms.next().expect("an iteration that is read has a map");
        let first = self.multiplied(first, times);
        terms.fold(first, |sum, (value, times)| {
            let value = self.multiplied(value, times);
            self.sum(sum, value)
        })
    }

    fn multiplied(&mut self, value: ValueId, times: usize) -> ValueId {
        if times == 1 { value } else { self.scaled("mul", value, times) }
    }

    fn divided(&mut self, value: ValueId, by: usize) -> ValueId {
        if by == 1 { value } else { self.scaled("div", value, by) }
    }

    fn scaled(&mut self, kind: &'static str, value: ValueId, number: usize) -> ValueId {
        let shape = self.shape(value);
        self.operation(kind, "Tensor", [("self", Argument::Tensor(value)), ("other", int(number))], shape)
    }

    /// Adds the average pooling. Windows at the border average only the pixels that they cover.
    fn pooled(&mut self, map: ValueId) -> ValueId {
        let pooling = self.network.surroundings.pooling;
        let Pooling { kernel, stride } = pooling;
        let mut shape = self.shape(map);
        for axis in [2, 3] {
            let size = shape[axis].known().and_then(|size| usize::try_from(size).ok());
            shape[axis] = size.map_or(Extent::Symbolic, |size| known(pooling.output_size(size)));
        }
        self.inside("pooling", "torch.nn.modules.pooling.AvgPool2d", |builder| {
            builder.operation(
                "avg_pool2d",
                "default",
                [
                    ("self", Argument::Tensor(map)),
                    ("kernel_size", square(kernel)),
                    ("stride", square(stride)),
                    ("padding", square(0)),
                    ("ceil_mode", Argument::Bool(Some(true))),
                    ("count_include_pad", Argument::Bool(Some(false))),
                    ("divisor_override", Argument::None),
                ],
                shape,
            )
        })
    }

    /// Adds the factorized readout of a pooled map and the output activation.
    fn respond(&mut self, pooled: ValueId) -> ValueId {
        let drive = self.inside(&LayerName::Readout.to_string(), "pathscope.FactorizedReadout", |builder| {
            builder.factorized(pooled)
        });
        self.activation(self.network.surroundings.output_activation, drive)
    }

    /// Adds the sum over channels c and places xy of feature[n, c] · spatial[n, xy] · pooled[c, xy], plus
    /// bias[n]. The sum over places comes first, as a product with a matrix that all channels share.
    fn factorized(&mut self, pooled: ValueId) -> ValueId {
        let [spatial, feature, bias] =
            [TensorName::READOUT_SPATIAL, TensorName::READOUT_FEATURE, TensorName::READOUT_BIAS]
                .map(|name| self.stored(&name));
        let flattened = |builder: &mut Self, value: ValueId, from: usize| {
            let mut shape = builder.shape(value);
            let flat = shape.drain(from..).map(Extent::known).try_fold(1, |all, extent| Some(all * extent?));
            shape.push(flat.map_or(Extent::Symbolic, Extent::Known));
            let arguments = [
                ("self", Argument::Tensor(value)),
                ("start_dim", int(from)),
                ("end_dim", Argument::Int(Extent::Known(-1))),
            ];
            builder.operation("flatten", "using_ints", arguments, shape)
        };
        let (maps, weight) = (flattened(self, pooled, 2), flattened(self, spatial, 1));
        let [neurons, channels] = [0, 1].map(|axis| self.shape(feature)[axis]);
        let batch = self.shape(pooled)[0];
        let by_channel = vec![batch, channels, neurons];
        let arguments = [
            ("input", Argument::Tensor(maps)),
            ("weight", Argument::Tensor(weight)),
            ("bias", Argument::None),
        ];
        let places = self.operation("linear", "default", arguments, by_channel.clone());
        let feature =
            self.operation("t", "default", [("self", Argument::Tensor(feature))], vec![channels, neurons]);
        let arguments = [("self", Argument::Tensor(places)), ("other", Argument::Tensor(feature))];
        let weighted = self.operation("mul", "Tensor", arguments, by_channel);
        let arguments = [
            ("self", Argument::Tensor(weighted)),
            ("dim", Argument::Ints(vec![Extent::Known(1)])),
            ("keepdim", Argument::Bool(Some(false))),
        ];
        let drive = self.operation("sum", "dim_IntList", arguments, vec![batch, neurons]);
        self.sum(drive, bias)
    }
}

/// Returns the distinct items, in order of appearance, with their counts.
fn counted<T: Copy + Eq + Hash>(all: impl IntoIterator<Item = T>) -> Vec<(T, usize)> {
    let mut places: HashMap<T, usize> = HashMap::new();
    let mut counted: Vec<(T, usize)> = Vec::new();
    for one in all {
        let place = *places.entry(one).or_insert(counted.len());
        match counted.get_mut(place) {
            Some((_, times)) => *times += 1,
            None => counted.push((one, 1)),
        }
    }
    counted
}
