//! Networks with everything that a prediction needs.

use super::plan::{Plan, PlanError};
use super::{NetworkError, shapes};
use crate::circuit::{Activation, Circuit, INPUT_BLOCK, LayerName, Readout, TensorName, TensorPart};
use crate::files::checkpoint::{Checkpoint, sha256};
use crate::graph::unroll::UnrolledCircuit;
use crate::model::layout::{self, Given, LayoutError, own};
use crate::model::network::{Network, Pooling};
use ndarray::ArrayD;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

/// A network with everything that a prediction needs.
#[derive(Debug)]
pub struct WholeNetwork {
    /// The recurrent stage.
    pub circuit: Circuit,
    /// The readout mode of the stage.
    pub readout: Readout,
    /// The activation of every block.
    pub activation: Activation,
    /// The parts around the recurrent stage.
    pub surroundings: Network,
    /// The ε of batch normalizations.
    pub epsilon: f64,
    /// The plan of the computation.
    pub plan: Plan,
    /// The tensors, by role name.
    pub tensors: Arc<BTreeMap<String, Tensor>>,
    /// The file that it was read from.
    pub source: Source,
}

/// A tensor of numbers in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The extent of each axis.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<f32>,
}

impl Tensor {
    /// Returns the numbers as little-endian bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}

/// The file that a network was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name without the folder.
    pub name: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl WholeNetwork {
    /// Opens a checkpoint of a whole network: pathscope's own, or a published one with its configuration. The
    /// network may be feed-forward, recurrent or multi-path.
    ///
    /// # Arguments
    ///
    /// * `path` - the checkpoint
    /// * `key` - the entry of the saved dictionary that holds the weights, if it is not a usual one
    /// * `given` - the values that the user gives about it
    ///
    /// # Errors
    ///
    /// [`NetworkError::OnlyStage`] and [`NetworkError::Incomplete`] if the file does not state everything that
    /// a prediction needs;
    /// [`NetworkError::MissingTensor`], [`NetworkError::Shape`] and [`NetworkError::Identity`] if the tensors
    /// do not make up a network; [`NetworkError::OnlyAnalyzed`]; [`NetworkError::TooLarge`]; and the errors
    /// of [`layout::recognize`].
    ///
    /// # Complexity
    ///
    /// O(weights) and O(steps). A step is a block at an iteration or, in a multi-path network, on a path.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::network::WholeNetwork;
    ///
    /// let file = std::path::Path::new("../fixtures/reference/recurrent-1block-t3-no-avg/best.pth");
    /// let network = WholeNetwork::open(file, None, &Default::default())?;
    /// // Images of one channel, and of every size of which the readout sees all.
    /// let (channels, [heights, widths]) = network.image();
    /// assert_eq!((channels, heights == widths), (1, true));
    /// # Ok::<(), pathscope_core::network::NetworkError>(())
    /// ```
    pub fn open(path: &Path, key: Option<&str>, given: &Given) -> Result<Self, NetworkError> {
        let checkpoint = Checkpoint::open(path, key)?;
        let model = layout::recognize(&checkpoint, given)?;
        let incomplete = |reason: String| NetworkError::Incomplete { path: path.to_owned(), reason };
        let surroundings = model.network.clone();
        let surroundings =
            surroundings.map_err(|reason| NetworkError::OnlyStage { path: path.to_owned(), reason })?;
        if let Some(what) = model.circuit.beyond_computation() {
            return Err(NetworkError::OnlyAnalyzed { path: path.to_owned(), what });
        }
        let Pooling { kernel, stride } = surroundings.pooling;
        if ![kernel, stride].iter().all(|size| (1..=MAX_POOLING).contains(size)) {
            return Err(incomplete(format!(
                "its metadata gives the pooling a kernel of {kernel} and a stride of {stride}, expected 1 to {MAX_POOLING}"
            )));
        }
        let unknown = |what: &str| incomplete(format!("it does not name its {what}: give it with --{what}"));
        let readout = model.circuit.readout.ok_or_else(|| unknown("readout"))?;
        let activation = model.circuit.activation.ok_or_else(|| unknown("activation"))?;
        let iterations = model.circuit.iterations;
        let plan = Plan::new(&model.circuit, &model.unrolled, readout, iterations);
        let plan = plan.map_err(|error| match error {
            PlanError::Circuit(source) => LayoutError::Circuit { path: path.to_owned(), source }.into(),
            PlanError::TooLarge => NetworkError::TooLarge { path: path.to_owned() },
            PlanError::NoPathAt(iteration) => NetworkError::NoPathAt { path: path.to_owned(), iteration },
        })?;

        let roles: HashMap<String, String> = model
            .tensor_uses(&checkpoint)
            .into_iter()
            .filter_map(|tensor| Some((tensor.role?.to_string(), tensor.name)))
            .collect();
        let first_bias = Some(TensorName::FIRST_BIAS).filter(|bias| roles.contains_key(&bias.to_string()));
        // This includes tensors of the circuit that no readout depends on, because the file could not be read
        // again without them.
        let layers = model.layers().iter().copied().chain(plan.layers());
        let wanted = surroundings.tensor_names().into_iter().chain(first_bias);
        let wanted = wanted.chain(layers.flat_map(LayerName::tensors)).map(|name| name.to_string());
        let mut tensors = BTreeMap::new();
        for role in wanted.collect::<BTreeSet<String>>() {
            let Some(name) = roles.get(&role) else {
                return Err(NetworkError::MissingTensor { path: path.to_owned(), tensor: role });
            };
            tensors.insert(role, single_precision(path, name, &checkpoint.read(name)?)?);
        }
        let network = Self {
            circuit: model.circuit,
            readout,
            activation,
            surroundings,
            epsilon: model.epsilon,
            plan,
            tensors: Arc::new(tensors),
            source: Source {
                name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                sha256: sha256(path)?,
            },
        };
        shapes::check(&network, path)?;
        Ok(network)
    }

    /// Returns T, the number of iterations.
    pub fn iterations(&self) -> usize {
        self.circuit.iterations
    }

    /// Returns the number of responses that are predicted for an image.
    pub fn neurons(&self) -> usize {
        self.shape(&TensorName::READOUT_BIAS)[0]
    }

    /// Returns a part of the input normalization, such as `running_mean`, with a number for each channel of
    /// the images. The result is `None` if the network has no input normalization.
    pub fn input_normalization(&self, part: TensorPart) -> Option<Vec<f64>> {
        let tensor = self.tensors.get(&LayerName::InputNormalization.tensor(part).to_string())?;
        Some(tensor.values.iter().copied().map(f64::from).collect())
    }

    /// Checks that the readout fits images of a shape.
    ///
    /// # Arguments
    ///
    /// * `found` - \[images, channels, height, width\]
    ///
    /// # Errors
    ///
    /// [`NetworkError::Images`]
    pub fn check_images(&self, found: [usize; 4]) -> Result<(), NetworkError> {
        let (channels, sizes) = self.image();
        let expected = [(channels, channels), sizes[0], sizes[1]];
        let fits =
            |(size, (smallest, largest)): (&usize, &(usize, usize))| (smallest..=largest).contains(&size);
        if found[1..].iter().zip(&expected).all(fits) {
            return Ok(());
        }
        let range = |(smallest, largest): (usize, usize)| {
            if smallest == largest { smallest.to_string() } else { format!("{smallest} to {largest}") }
        };
        Err(NetworkError::Images { found: found.to_vec(), expected: expected.map(range).join(", ") })
    }

    /// Checks that the network can be read out as if it had only so many iterations.
    ///
    /// # Errors
    ///
    /// [`NetworkError::Iterations`]
    ///
    /// # Complexity
    ///
    /// As for [`WholeNetwork::open`].
    pub fn check_iterations(&self, iterations: usize) -> Result<(), NetworkError> {
        self.plan_until(iterations).map(drop)
    }

    /// Plans the network as if it had only so many iterations.
    pub(super) fn plan_until(&self, iterations: usize) -> Result<Plan, NetworkError> {
        let wrong = |first: usize| {
            let available = self.iterations();
            NetworkError::Iterations { found: iterations, first, available }
        };
        let unrolled = UnrolledCircuit::new(&self.circuit).map_err(|_| wrong(1))?;
        let first = match self.circuit.multi_path {
            Some(_) => unrolled.readout_iterations().first().copied().unwrap_or(1),
            None => 1,
        };
        if !(first..=self.iterations()).contains(&iterations) {
            return Err(wrong(first));
        }
        Plan::new(&self.circuit, &unrolled, self.readout, iterations).map_err(|_| wrong(first))
    }

    /// Returns the metadata of a checkpoint of this network in pathscope's own layout.
    pub fn metadata(&self) -> BTreeMap<String, String> {
        own::metadata_of_network(&self.circuit, self.epsilon, &self.surroundings)
    }

    /// Returns the shape of a tensor whose existence has been checked.
    pub fn shape(&self, name: &TensorName) -> &[usize] {
        &self.tensors[&name.to_string()].shape
    }

    /// Returns the names of the tensors, in the order of [`WholeNetwork::tensors`].
    pub fn tensor_names(&self) -> impl Iterator<Item = TensorName> {
        self.tensors.keys().filter_map(|name| name.parse().ok())
    }

    /// Returns the size of a convolution's kernels.
    pub fn kernel_size(&self, convolution: LayerName) -> usize {
        self.shape(&convolution.tensor(TensorPart::Weight))[2]
    }

    /// Returns whether the first convolution adds a bias.
    pub fn has_first_bias(&self) -> bool {
        self.tensors.contains_key(&TensorName::FIRST_BIAS.to_string())
    }

    /// Returns the channels of each block, by its number.
    pub fn channels(&self) -> BTreeMap<usize, usize> {
        let mut channels = BTreeMap::from([(INPUT_BLOCK, self.shape(&TensorName::FIRST_WEIGHT)[0])]);
        let names: Vec<TensorName> = self.tensor_names().collect();
        for (connection, name) in self.circuit.connections.iter().zip(self.circuit.connection_names()) {
            if let Some(kernel) = names.iter().find(|tensor| tensor.is_kernel_of(name.into())) {
                channels.insert(connection.to, self.shape(kernel).first().copied().unwrap_or(0));
            }
        }
        // A block that is reached only by identities has the channels of its source block.
        for _ in &self.circuit.blocks {
            for connection in &self.circuit.connections {
                if let Some(&source) = channels.get(&connection.from) {
                    channels.entry(connection.to).or_insert(source);
                }
            }
        }
        channels
    }

    /// Returns the channels of an image, and the heights and widths that the readout can cover.
    pub fn image(&self) -> (usize, [(usize, usize); 2]) {
        let first = self.shape(&TensorName::FIRST_WEIGHT);
        let spatial = self.shape(&TensorName::READOUT_SPATIAL);
        let sizes = |pooled: usize| {
            let maps: Vec<usize> = self.surroundings.pooling.input_sizes(pooled).collect();
            let size = |map: Option<&usize>| map.map_or(0, |map| map + first[2] - 1);
            (size(maps.first()), size(maps.last()))
        };
        (first[1], [sizes(spatial[1]), sizes(spatial[2])])
    }
}

/// A window size larger than any map.
const MAX_POOLING: usize = 1 << 16;

fn single_precision(path: &Path, name: &str, numbers: &ArrayD<f64>) -> Result<Tensor, NetworkError> {
    let values: Vec<f32> = numbers.iter().map(|&number| number as f32).collect();
    if let Some((index, &found)) = numbers.indexed_iter().find(|&(_, &number)| !(number as f32).is_finite()) {
        return Err(NetworkError::Layout(LayoutError::BadNumber {
            path: path.to_owned(),
            tensor: name.to_owned(),
            index: ndarray::Dimension::slice(&index).to_vec(),
            found,
            expected: "a finite number of single precision",
        }));
    }
    Ok(Tensor { shape: numbers.shape().to_vec(), values })
}
