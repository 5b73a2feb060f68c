//! Whole networks as programs: a sequence of PyTorch operations that computes their predictions.
//!
//! Code that executes exported programs, follows their paths or decomposes their outputs thereby works for
//! checkpoints too.

mod builder;
mod layers;
mod readout;
mod stage;

use super::plan::Plan;
use super::whole::Tensor;
use super::{NetworkError, WholeNetwork};
use crate::program::{Origin, Program, Tensors, ValueId};
use builder::Builder;
use ndarray::ArrayD;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::Arc;
use thiserror::Error;

/// The module of the first block. Paths that begin at its output are the paths of the recurrent stage.
pub const FIRST_BLOCK: &str = "first_block";

/// The program of a whole network, together with its tensors.
#[derive(Clone, Debug)]
pub struct NetworkProgram {
    /// The operations, from images [batch, channels, height, width] to predicted responses [batch, neurons].
    /// The batch size is symbolic.
    pub program: Program,
    /// For each operation, the use of a component of the recurrent stage that it is, if any.
    pub uses: Vec<Option<ComponentUse>>,
    /// For each operation, the iteration at which paths enter the recurrent stage there, if they do.
    ///
    /// Every path passes through exactly one such operation, directly after its first component.
    pub entries: Vec<Option<usize>>,
    /// The tensors, by role name.
    tensors: Arc<BTreeMap<String, Tensor>>,
}

/// A use of a component of the recurrent stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentUse {
    /// The name of the component in analyses, such as `conv[2].lateral`, `bn[2,1]` or `identity[3].skip[1]`.
    pub component: String,
    /// The number of its block, from 2.
    pub block: usize,
    /// The iteration, from 1. If several iterations use the same result, it is the first one.
    pub iteration: usize,
}

impl WholeNetwork {
    /// Returns the program of the network for images of one size.
    ///
    /// Modules are named after components, for instance `conv[2].lateral`. The first block is inside
    /// [`FIRST_BLOCK`]. Results that iterations or paths share are computed once.
    ///
    /// # Arguments
    ///
    /// * `image` - height and width of the images, in pixels
    ///
    /// # Errors
    ///
    /// [`NetworkError::Images`] if the readout does not fit images of this size.
    ///
    /// # Complexity
    ///
    /// O(steps) as for [`WholeNetwork::open`]; with 2-avg and early-avg also O(T).
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::network::{FIRST_BLOCK, WholeNetwork};
    /// use pathscope_core::program::tracing::{Settings, trace};
    ///
    /// let file = std::path::Path::new("../fixtures/reference/recurrent-1block-t3-no-avg/best.pth");
    /// let network = WholeNetwork::open(file, None, &Default::default())?;
    /// let (_, [(height, _), (width, _)]) = network.image();
    /// let whole = network.program([height, width])?;
    /// let settings = Settings { from: Some(FIRST_BLOCK.to_owned()), ..Settings::default() };
    /// let traced = trace(&whole.program, &whole, &settings)?;
    /// assert_eq!(traced.layers[0].name, "conv[2].bottom_up");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn program(&self, image: [usize; 2]) -> Result<NetworkProgram, NetworkError> {
        self.written(image, &self.plan)
    }

    /// Returns the program of the network as if it had only so many iterations.
    ///
    /// # Arguments
    ///
    /// * `image` - height and width of the images, in pixels
    /// * `iterations` - from 1 to T; for a multi-path network, from the first iteration that has a path
    ///
    /// # Errors
    ///
    /// [`NetworkError::Iterations`]; those of [`WholeNetwork::program`].
    ///
    /// # Complexity
    ///
    /// As for [`WholeNetwork::program`].
    pub fn program_read_out_at(
        &self,
        image: [usize; 2],
        iterations: usize,
    ) -> Result<NetworkProgram, NetworkError> {
        self.written(image, &self.plan_until(iterations)?)
    }

    fn written(&self, image: [usize; 2], plan: &Plan) -> Result<NetworkProgram, NetworkError> {
        let (channels, _) = self.image();
        self.check_images([1, channels, image[0], image[1]])?;
        let mut builder = Builder::new(self, plan);
        let images = builder.images(image);
        let first = builder.first_block(images);
        let outputs = builder.stage(first);
        let predictions = builder.read_out(&outputs);
        Ok(builder.finish(predictions))
    }
}

impl Tensors for NetworkProgram {
    fn tensor(&self, value: ValueId) -> Result<ArrayD<f64>, Box<dyn StdError + Send + Sync>> {
        let value = self.program.value(value);
        let not_stored = || NotStored(value.name.clone());
        match &value.origin {
            Origin::Parameter(role) | Origin::Buffer(role) => {
                let Tensor { shape, values } = self.tensors.get(role).ok_or_else(not_stored)?;
                let numbers = values.iter().copied().map(f64::from).collect();
                Ok(ArrayD::from_shape_vec(shape.as_slice(), numbers)?)
            }
            // The only constants are the zeros of blocks that no input has reached.
            Origin::Constant(_) => {
                let tensor = value.tensor.as_ref().ok_or_else(not_stored)?;
                let extents = tensor.shape.iter().map(|extent| usize::try_from(extent.known()?).ok());
                Ok(ArrayD::zeros(extents.collect::<Option<Vec<_>>>().ok_or_else(not_stored)?))
            }
            Origin::Input(_) | Origin::Operation(_) => Err(not_stored().into()),
        }
    }
}

/// The error for a value that the network does not store.
#[derive(Debug, Error)]
#[error("'{0}' is not a stored tensor of the network: its value is known only when its program runs")]
struct NotStored(String);
