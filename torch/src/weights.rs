//! The tensors of a network by their role names.

use crate::error::NetworkError;
use pathscope_core::circuit::{Circuit, TensorName, TensorPart};
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::model::ablation::inherited_tensors;
use pathscope_core::model::network::Network as Surroundings;
use std::collections::BTreeMap;
use std::fmt::Display;
use tch::{Device, Kind, TchError, Tensor};

/// The tensors of a network by their role names, such as `conv[2].lateral.weight`: all that
/// training changes and the running statistics of the batch normalizations, as float32.
#[derive(Debug, Default)]
pub struct Weights {
    tensors: BTreeMap<String, Tensor>,
}

/// Returns whether a tensor of that name is a running statistic, which no gradient changes.
pub fn is_running_statistic(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, part)| TensorPart::from(part).is_running_statistic())
}

impl Weights {
    /// Adds a tensor.
    pub fn insert(&mut self, name: impl Display, tensor: Tensor) {
        self.tensors.insert(name.to_string(), tensor);
    }

    /// Takes a tensor out.
    pub fn remove(&mut self, name: impl Display) -> Option<Tensor> {
        self.tensors.remove(&name.to_string())
    }

    /// The tensor of that name.
    ///
    /// # Errors
    ///
    /// [`NetworkError::MissingTensor`]
    pub fn get(&self, name: impl Display) -> Result<&Tensor, NetworkError> {
        let name = name.to_string();
        self.tensors.get(&name).ok_or(NetworkError::MissingTensor { name })
    }

    /// The tensor of that name, if there is one.
    pub fn find(&self, name: impl Display) -> Option<&Tensor> {
        self.tensors.get(&name.to_string())
    }

    /// All tensors in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Returns the trainable parameters, in the order of their names.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.iter().filter(|(name, _)| !is_running_statistic(name))
    }

    /// How many numbers training changes.
    pub fn parameter_count(&self) -> usize {
        self.parameters().map(|(_, tensor)| tensor.numel()).sum()
    }

    /// The memory of all tensors, in bytes.
    pub fn bytes(&self) -> u64 {
        self.iter().map(|(_, tensor)| (tensor.numel() * tensor.kind().elt_size_in_bytes()) as u64).sum()
    }

    /// Tensors of their own with the same numbers, on a device, with gradients if they are to be
    /// trained.
    ///
    /// # Errors
    ///
    /// [`TchError`] where the device has no room or is not there.
    pub fn copy_to(&self, device: Device, trained: bool) -> Result<Self, TchError> {
        let copy = |(name, tensor): (&String, &Tensor)| {
            let mut copy = Tensor::f_empty(tensor.size(), (Kind::Float, device))?;
            copy.f_copy_(&tensor.f_detach()?)?;
            let copy = copy.f_set_requires_grad(trained && !is_running_statistic(name))?;
            Ok::<_, TchError>((name.clone(), copy))
        };
        Ok(Self { tensors: self.tensors.iter().map(copy).collect::<Result<_, _>>()? })
    }

    /// The weights of a multi-path network as those of the recurrent one: a path has the same tensors as
    /// the recurrent network, under the names of its own normalizations.
    ///
    /// # Arguments
    ///
    /// * `recurrent`, `multi_path` - the circuits of the network with these weights and of the other one
    /// * `surroundings` - what lies around both
    ///
    /// # Errors
    ///
    /// [`NetworkError::MissingTensor`]; [`NetworkError::Circuit`] for a circuit that cannot be unrolled.
    ///
    /// # Complexity
    ///
    /// O(components of the multi-path circuit): no numbers are copied.
    pub fn inherited(
        &self,
        recurrent: &Circuit,
        multi_path: &Circuit,
        surroundings: &Surroundings,
    ) -> Result<Self, NetworkError> {
        let mut copies = inherited_tensors(recurrent, &UnrolledCircuit::new(multi_path)?, Some(surroundings));
        if self.find(&TensorName::FIRST_BIAS).is_some() {
            copies.push((TensorName::FIRST_BIAS, TensorName::FIRST_BIAS));
        }
        let mut inherited = Self::default();
        for (to, from) in copies {
            inherited.insert(to, self.get(&from)?.shallow_clone());
        }
        Ok(inherited)
    }

    /// Overwrites the numbers of all tensors with those of `other`, which has the same.
    ///
    /// # Errors
    ///
    /// [`NetworkError::MissingTensor`]; [`TchError`] for other shapes.
    pub fn assign(&mut self, other: &Self) -> Result<(), NetworkError> {
        let _guard = tch::no_grad_guard();
        for (name, tensor) in &mut self.tensors {
            tensor.f_copy_(other.get(name)?)?;
        }
        Ok(())
    }
}
