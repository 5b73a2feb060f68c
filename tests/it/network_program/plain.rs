//! Direct computation of whole networks from the equations, one image at a time.

use ndarray::{Array3, Array4, ArrayD, Axis, Ix4};
use pathscope_core::circuit::{Activation, Circuit, INPUT_BLOCK, Normalization, Operation, Readout};
use pathscope_core::model::network::{Pooling, Step};
use pathscope_core::model::testing::{EPSILON, TestNet};
use std::collections::{BTreeMap, BTreeSet};

type Map = Array3<f64>;

/// A network with its weights.
pub struct Plain<'a> {
    net: &'a TestNet,
    tensors: BTreeMap<String, ArrayD<f64>>,
}

/// A use of a connection on a path: its index, and the iteration at which it arrives.
type Hop = (usize, usize);

impl<'a> Plain<'a> {
    pub fn new(net: &'a TestNet) -> Self {
        let tensors = net.tensors().into_iter().map(|(name, (shape, values))| {
            let values = values.into_iter().map(f64::from).collect();
            (name, ArrayD::from_shape_vec(shape, values).unwrap())
        });
        Self { net, tensors: tensors.collect() }
    }

    /// Returns the responses of all neurons to images \[images, channels, height, width\].
    pub fn predict(&self, images: &Array4<f64>) -> Vec<Vec<f64>> {
        images.outer_iter().map(|image| self.respond_to(&image.to_owned())).collect()
    }

    fn circuit(&self) -> &Circuit {
        &self.net.circuit
    }

    fn respond_to(&self, image: &Map) -> Vec<f64> {
        let first = self.first_block(image);
        let outputs = match self.circuit().multi_path {
            None => self.recurrent(&first),
            Some(_) => self.multi_path(&first),
        };
        self.read_out(&outputs)
    }

    /// Computes Eqs. 1c and 1d.
    fn first_block(&self, image: &Map) -> Map {
        let network = &self.net.network;
        let mut map = image.clone();
        if network.input_normalization {
            map = self.normalized("bn[input]", &map);
        }
        map = self.convolved("conv[1]", &map, 0);
        if let Some(bias) = self.tensors.get("conv[1].bias") {
            for (mut channel, bias) in map.outer_iter_mut().zip(bias) {
                channel += *bias;
            }
        }
        for step in &network.first_block {
            map = match step {
                Step::Normalization => self.normalized("bn[1]", &map),
                Step::Activation => activated(self.circuit().activation.unwrap(), &map),
            };
        }
        map
    }

    /// Computes Eqs. 2f-2i: the output of the block that the readout sees, at every iteration.
    fn recurrent(&self, first: &Map) -> Vec<Map> {
        let circuit = self.circuit();
        let mut outputs = BTreeMap::new();
        (1..=circuit.iterations).map(|t| self.output((circuit.read_from, t), first, &mut outputs)).collect()
    }

    /// Returns the output of a block at an iteration. It is held after the block's last iteration.
    fn output(
        &self,
        (block, t): (usize, usize),
        first: &Map,
        outputs: &mut BTreeMap<(usize, usize), Map>,
    ) -> Map {
        if block == INPUT_BLOCK {
            return first.clone();
        }
        let t = t.min(self.circuit().block(block).iterations);
        if let Some(output) = outputs.get(&(block, t)) {
            return output.clone();
        }
        let mut drive = Map::zeros(first.raw_dim());
        for (index, connection) in self.circuit().connections.iter().enumerate() {
            if connection.to == block && t > connection.delay {
                let source = self.output((connection.from, t - connection.delay), first, outputs);
                drive += &self.carried((index, t), &source);
            }
        }
        let output = self.finished(&drive, block, t, 0);
        outputs.insert((block, t), output.clone());
        output
    }

    /// Computes appendix E: the sums of the paths that reach the readout, at every remaining iteration.
    fn multi_path(&self, first: &Map) -> Vec<Map> {
        let circuit = self.circuit();
        let removed = circuit.lengths_removed();
        let mut uses: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut sums: BTreeMap<usize, Map> = BTreeMap::new();
        let last = circuit.block(circuit.read_from).iterations;
        for end in 1..=last {
            let read_at = if end == last { end..=circuit.iterations } else { end..=end };
            for path in self.paths((circuit.read_from, end)) {
                let is_identity =
                    |&&(index, _): &&Hop| circuit.connections[index].operation == Operation::Identity;
                let length = path.len() - path.iter().filter(is_identity).count();
                if removed.contains(&length) {
                    continue;
                }
                let output = path.iter().fold(first.clone(), |map, &hop| {
                    let (block, t) = (circuit.connections[hop.0].to, hop.1);
                    let path_use = uses.entry((block, t)).or_default();
                    let finished = self.finished(&self.carried(hop, &map), block, t, *path_use);
                    *path_use += 1;
                    finished
                });
                for t in read_at.clone() {
                    *sums.entry(t).or_insert_with(|| Map::zeros(first.raw_dim())) += &output;
                }
            }
        }
        sums.into_values().collect()
    }

    /// Returns the paths that reach a block at an iteration, in the order of the connections.
    fn paths(&self, (block, t): (usize, usize)) -> Vec<Vec<Hop>> {
        let circuit = self.circuit();
        let mut paths = Vec::new();
        for (index, connection) in circuit.connections.iter().enumerate() {
            if connection.to != block || t <= connection.delay {
                continue;
            }
            let mut before = vec![Vec::new()];
            if connection.from != INPUT_BLOCK {
                let since = (t - connection.delay).min(circuit.block(connection.from).iterations);
                before = self.paths((connection.from, since));
            }
            paths.extend(before.into_iter().map(|path| [path, vec![(index, t)]].concat()));
        }
        paths
    }

    /// Applies a connection to a map.
    fn carried(&self, (index, t): Hop, map: &Map) -> Map {
        let name = self.circuit().connection_name(index);
        match self.circuit().connections[index].operation {
            Operation::Identity => map.clone(),
            Operation::Convolution => self.convolved(&name.to_string(), map, 1),
            Operation::ConvolutionPerIteration => self.convolved(&format!("{name}{{{t}}}"), map, 1),
        }
    }

    /// Applies normalization and activation to the input of a block.
    fn finished(&self, drive: &Map, block: usize, t: usize, path_use: usize) -> Map {
        let normalized = match (self.circuit().block(block).normalization, path_use) {
            (Normalization::None, _) => drive.clone(),
            (Normalization::Shared, _) => self.normalized(&format!("bn[{block}]"), drive),
            (Normalization::PerPath, 1..) => self.normalized(&format!("bn[{block},{t},{path_use}]"), drive),
            _ => self.normalized(&format!("bn[{block},{t}]"), drive),
        };
        activated(self.circuit().activation.unwrap(), &normalized)
    }

    /// Computes Fig. 2 and Eqs. 2a-2e.
    fn read_out(&self, outputs: &[Map]) -> Vec<f64> {
        let mean = |maps: &[Map]| {
            let sum = maps.iter().skip(1).fold(maps[0].clone(), |sum, map| sum + map);
            sum / maps.len() as f64
        };
        let read: Vec<Map> = match self.circuit().readout.unwrap() {
            Readout::NoAvg => outputs[outputs.len() - 1..].to_vec(),
            Readout::EarlyAvg => vec![mean(outputs)],
            Readout::LateAvg => outputs.to_vec(),
            Readout::TwoAvg => (1..=outputs.len()).map(|t| mean(&outputs[..t])).collect(),
        };
        let responses: Vec<Vec<f64>> = read.iter().map(|map| self.responses(map)).collect();
        let neurons = 0..responses[0].len();
        neurons.map(|n| responses.iter().map(|each| each[n]).sum::<f64>() / responses.len() as f64).collect()
    }

    /// Computes Eq. 1a: Σ feature[n, c] · spatial[n, x, y] · pooled[c, x, y] + bias[n].
    fn responses(&self, map: &Map) -> Vec<f64> {
        let pooled = pooled(self.net.network.pooling, map);
        let [spatial, feature, bias] =
            ["spatial", "feature", "bias"].map(|part| &self.tensors[&format!("readout.{part}")]);
        let drives = bias.iter().enumerate().map(|(n, bias)| {
            let weighted =
                pooled.indexed_iter().map(|((c, x, y), value)| feature[[n, c]] * spatial[[n, x, y]] * value);
            bias + weighted.sum::<f64>()
        });
        drives.map(|drive| function(self.net.network.output_activation, drive)).collect()
    }

    fn convolved(&self, layer: &str, map: &Map, padding: usize) -> Map {
        let weight = self.tensors[&format!("{layer}.weight")].view().into_dimensionality::<Ix4>().unwrap();
        let (outputs, _, kernel, _) = weight.dim();
        let (_, height, width) = map.dim();
        let size = |size: usize| size + 2 * padding + 1 - kernel;
        Map::from_shape_fn((outputs, size(height), size(width)), |(o, x, y)| {
            weight
                .index_axis(Axis(0), o)
                .indexed_iter()
                .filter_map(|((c, i, j), weight)| {
                    let (x, y) = ((x + i).checked_sub(padding)?, (y + j).checked_sub(padding)?);
                    Some(weight * map.get((c, x, y))?)
                })
                .sum()
        })
    }

    fn normalized(&self, layer: &str, map: &Map) -> Map {
        let part = |part: &str| &self.tensors[&format!("{layer}.{part}")];
        let (weight, bias) = (part("weight"), part("bias"));
        let (mean, variance) = (part("running_mean"), part("running_var"));
        Map::from_shape_fn(map.dim(), |(c, x, y)| {
            (map[[c, x, y]] - mean[[c]]) / (variance[[c]] + EPSILON).sqrt() * weight[[c]] + bias[[c]]
        })
    }
}

fn pooled(pooling: Pooling, map: &Map) -> Map {
    let (channels, height, width) = map.dim();
    let size = (channels, pooling.output_size(height), pooling.output_size(width));
    Map::from_shape_fn(size, |(c, x, y)| {
        let covered = |at: usize, size: usize| {
            (at * pooling.stride..at * pooling.stride + pooling.kernel).filter(move |&place| place < size)
        };
        let rows: BTreeSet<usize> = covered(x, height).collect();
        let columns: BTreeSet<usize> = covered(y, width).collect();
        let sum: f64 = rows.iter().map(|&x| columns.iter().map(|&y| map[[c, x, y]]).sum::<f64>()).sum();
        sum / (rows.len() * columns.len()) as f64
    })
}

fn activated(activation: Activation, map: &Map) -> Map {
    map.mapv(|value| function(activation, value))
}

fn function(activation: Activation, value: f64) -> f64 {
    match activation {
        Activation::Relu => value.max(0.0),
        // As PyTorch computes it, whose threshold is 20.
        Activation::Softplus if value > 20.0 => value,
        Activation::Softplus => value.max(0.0) + (-value.abs()).exp().ln_1p(),
    }
}
