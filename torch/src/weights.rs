//! The tensors of a network by their role names.

use crate::error::NetworkError;
use pathscope_core::circuit::{Circuit, TensorName, TensorPart};
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::model::ablation::inherited_tensors;
use pathscope_core::model::network::Network as Surroundings;
use std::collections::BTreeMap;
use std::fmt::Display;
use tch::{Device, Kind, TchError, Tensor};

/// The tensors of a network by their role names, such as `conv[2].lateral.weight`, as float32. They are the
/// trainable parameters and the running statistics of the batch normalizations.
#[derive(Debug, Default)]
pub struct Weights {
    tensors: BTreeMap<String, Tensor>,
}

/// Returns whether the named tensor is a running statistic and not a trainable parameter.
pub fn is_running_statistic(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, part)| TensorPart::from(part).is_running_statistic())
}

impl Weights {
    /// Adds a tensor.
    pub fn insert(&mut self, name: impl Display, tensor: Tensor) {
        self.tensors.insert(name.to_string(), tensor);
    }

    /// Removes and returns a tensor.
    pub fn remove(&mut self, name: impl Display) -> Option<Tensor> {
        self.tensors.remove(&name.to_string())
    }

    /// Returns the named tensor.
    ///
    /// # Errors
    ///
    /// [`NetworkError::MissingTensor`]
    pub fn get(&self, name: impl Display) -> Result<&Tensor, NetworkError> {
        let name = name.to_string();
        self.tensors.get(&name).ok_or(NetworkError::MissingTensor { name })
    }

    /// Returns the named tensor, if there is one.
    pub fn find(&self, name: impl Display) -> Option<&Tensor> {
        self.tensors.get(&name.to_string())
    }

    /// Returns all tensors in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Returns the trainable parameters, in the order of their names.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.iter().filter(|(name, _)| !is_running_statistic(name))
    }

    /// Returns the number of trainable parameters.
    pub fn parameter_count(&self) -> usize {
        self.parameters().map(|(_, tensor)| tensor.numel()).sum()
    }

    /// Returns the memory of all tensors, in bytes.
    pub fn bytes(&self) -> u64 {
        self.iter().map(|(_, tensor)| (tensor.numel() * tensor.kind().elt_size_in_bytes()) as u64).sum()
    }

    /// Returns a deep copy on a device, with gradients if the weights are `trained`.
    ///
    /// # Errors
    ///
    /// Returns [`TchError`] if the device is missing or has too little memory.
    pub fn copy_to(&self, device: Device, trained: bool) -> Result<Self, TchError> {
        let copy = |(name, tensor): (&String, &Tensor)| {
            let mut copy = Tensor::f_empty(tensor.size(), (Kind::Float, device))?;
            copy.f_copy_(&tensor.f_detach()?)?;
            let copy = copy.f_set_requires_grad(trained && !is_running_statistic(name))?;
            Ok::<_, TchError>((name.clone(), copy))
        };
        Ok(Self { tensors: self.tensors.iter().map(copy).collect::<Result<_, _>>()? })
    }

    /// Returns a deep copy on the same device, without gradients.
    ///
    /// # Errors
    ///
    /// Returns [`TchError`] if there is too little memory.
    pub fn copy(&self) -> Result<Self, TchError> {
        let device = self.iter().next().map_or(Device::Cpu, |(_, tensor)| tensor.device());
        self.copy_to(device, false)
    }

    /// Returns the weights of a multi-path network that inherits these weights of a recurrent one. Each path
    /// has the tensors of the recurrent network, under the names of its own normalizations.
    ///
    /// # Arguments
    ///
    /// * `recurrent`, `multi_path` - the circuits of the two networks
    /// * `surroundings` - the layers around the recurrent stage, which are the same in both
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError::MissingTensor`], or [`NetworkError::Circuit`] for a circuit that cannot be
    /// unrolled.
    ///
    /// # Complexity
    ///
    /// O(components of the multi-path circuit). No values are copied.
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

    /// Overwrites the values of all tensors with those of `other`, which must have the same names and shapes.
    ///
    /// # Errors
    ///
    /// Returns [`NetworkError::MissingTensor`] if a name is missing, or [`TchError`] if shapes differ.
    pub fn assign(&mut self, other: &Self) -> Result<(), NetworkError> {
        let _guard = tch::no_grad_guard();
        for (name, tensor) in &mut self.tensors {
            tensor.f_copy_(other.get(name)?)?;
        }
        Ok(())
    }
}
