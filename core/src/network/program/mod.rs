//! Whole networks as programs: the operations of PyTorch that compute their predictions, one after the other.
//!
//! What executes an exported program, follows its paths or takes its outputs apart thereby does so for checkpoints.

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

/// The module that the first block is performed in: paths that begin at its output are those of the recurrent stage.
pub const FIRST_BLOCK: &str = "first_block";

/// The program of a whole network, with its tensors.
#[derive(Clone, Debug)]
pub struct NetworkProgram {
    /// The operations, from images [batch, channels, height, width] to predicted responses [batch, neurons]. The size
    /// of a batch is symbolic.
    pub program: Program,
    /// By operation, which use of a component of the recurrent stage it is, if it is one.
    pub uses: Vec<Option<ComponentUse>>,
    /// By operation, the iteration at which paths enter the recurrent stage there, if they do.
    ///
    /// Every path goes through exactly one such operation, right behind its first component.
    pub entries: Vec<Option<usize>>,
    /// By role name.
    tensors: Arc<BTreeMap<String, Tensor>>,
}

/// A use of a component of the recurrent stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentUse {
    /// The component as analyses call it, such as `conv[2].lateral`, `bn[2,1]` or `identity[3].skip[1]`.
    pub component: String,
    /// The number of the block that it is a part of, from 2.
    pub block: usize,
    /// The iteration, from 1; the first one where several iterations use the same result.
    pub iteration: usize,
}

impl WholeNetwork {
    /// Writes the network as a program for images of one size.
    ///
    /// Modules have the names of components, `conv[2].lateral` for instance; the first block is inside of
    /// [`FIRST_BLOCK`]. What iterations or paths have in common is computed once.
    ///
    /// # Arguments
    ///
    /// * `image` - height and width of the images, in pixels
    ///
    /// # Errors
    ///
    /// [`NetworkError::Images`] where the readout does not fit images of this size.
    ///
    /// # Complexity
    ///
    /// O(steps) as of [`WholeNetwork::open`]; with 2-avg and early-avg also O(T).
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

    /// Writes the program of the network as if it had only so many iterations.
    ///
    /// # Arguments
    ///
    /// * `image` - height and width of the images, in pixels
    /// * `iterations` - from 1 to T; of a multi-path network, from the first iteration that has a path
    ///
    /// # Errors
    ///
    /// [`NetworkError::Iterations`]; as of [`WholeNetwork::program`].
    ///
    /// # Complexity
    ///
    /// As of [`WholeNetwork::program`].
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
            // The only constants are the zeros of blocks that nothing has reached.
            Origin::Constant(_) => {
                let tensor = value.tensor.as_ref().ok_or_else(not_stored)?;
                let extents = tensor.shape.iter().map(|extent| usize::try_from(extent.known()?).ok());
                Ok(ArrayD::zeros(extents.collect::<Option<Vec<_>>>().ok_or_else(not_stored)?))
            }
            Origin::Input(_) | Origin::Operation(_) => Err(not_stored().into()),
        }
    }
}

/// A value that the network does not store.
#[derive(Debug, Error)]
#[error("'{0}' is no tensor of the network, but known only when its program runs")]
struct NotStored(String);
