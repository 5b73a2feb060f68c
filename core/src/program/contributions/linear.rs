//! Linearized operations: a linear map of every tensor that carries paths, plus a constant.

use super::super::kernels::{Call, Content, Reason, Tensor};
use super::broadcast::sum;
use super::maps::Map;
use super::views::Arranged;
use crate::program::{Argument, Element, Extent, ValueId};
use std::collections::HashSet;

/// An operation on one image with fixed nonlinearities: Σ maps of tensors that carry paths, plus a constant.
#[derive(Clone, Debug)]
pub(super) struct Linear<T> {
    pub(super) form: Form<T>,
    /// The constant, such as a bias, which does not depend on tensors that carry paths; broadcast to the
    /// result.
    pub(super) constant: Option<Tensor<T>>,
    /// Whether the result is 0 wherever the value of which it is an elementwise function is 0.
    pub(super) vanishes: bool,
}

/// The maps of the tensors that carry paths.
#[derive(Clone, Debug)]
pub(super) enum Form<T> {
    /// One map for each tensor; their results are added.
    Terms(Vec<(ValueId, Map<T>)>),
    /// An assembly of several tensors.
    Arranged(Arranged),
}

impl<T: Element> Linear<T> {
    /// Maps one tensor.
    pub(super) fn of(id: ValueId, map: Map<T>) -> Self {
        Self { form: Form::Terms(vec![(id, map)]), constant: None, vanishes: true }
    }

    pub(super) fn with_constant(mut self, constant: Option<Tensor<T>>) -> Self {
        self.constant = constant;
        self
    }
}

/// A builder for the terms of a linearized operation.
pub(super) struct Terms<'c, 'p, T> {
    call: &'c Call<'p, T>,
    /// The tensors that carry paths into the operation.
    carried: &'c HashSet<ValueId>,
    terms: Vec<(ValueId, Map<T>)>,
    constant: Option<Tensor<T>>,
}

/// An operand of an operation.
#[derive(Clone, Debug)]
pub(super) enum Given<T> {
    /// A tensor that carries paths, with its content.
    Carried(ValueId, Tensor<T>),
    /// A number, or a tensor that carries no paths.
    Fixed(Tensor<T>),
}

impl<T> Given<T> {
    pub(super) fn content(&self) -> &Tensor<T> {
        match self {
            Self::Carried(_, content) | Self::Fixed(content) => content,
        }
    }
}

impl<'c, 'p, T: Element> Terms<'c, 'p, T> {
    pub(super) fn new(call: &'c Call<'p, T>, carried: &'c HashSet<ValueId>) -> Self {
        Self { call, carried, terms: Vec::new(), constant: None }
    }

    /// Returns an argument that is a tensor or a number; `None` where it is missing.
    pub(super) fn given(&self, name: &str) -> Result<Option<Given<T>>, Reason> {
        let number = |number: f64| Ok(Some(Given::Fixed(Tensor::from_elem(&[][..], T::of(number)))));
        match *self.call.operation.argument(name) {
            Argument::Tensor(id) => {
                let content = match self.call.contents.get(&id) {
                    Some(Content::Uniform(number)) => Tensor::from_elem(&[][..], T::of(*number)),
                    _ => self.call.tensor(name)?,
                };
                Ok(Some(match self.carried.contains(&id) {
                    true => Given::Carried(id, content),
                    false => Given::Fixed(content),
                }))
            }
            Argument::Int(Extent::Known(whole)) => number(whole as f64),
            Argument::Float(Some(value)) => number(value),
            Argument::Bool(Some(value)) => number(f64::from(u8::from(value))),
            Argument::None => Ok(None),
            _ => Err(Reason::argument(name, "a tensor or a number")),
        }
    }

    /// Returns a required argument.
    pub(super) fn needed(&self, name: &str) -> Result<Given<T>, Reason> {
        self.given(name)?.ok_or_else(|| Reason::argument(name, "a tensor or a number"))
    }

    /// Adds an argument with its map.
    pub(super) fn add(&mut self, given: Given<T>, map: Map<T>) -> Result<(), Reason> {
        match given {
            Given::Carried(id, _) => self.terms.push((id, map)),
            Given::Fixed(content) => {
                for mapped in map.forward(self.call, vec![content])? {
                    self.add_constant(mapped)?;
                }
            }
        }
        Ok(())
    }

    /// Adds a term that depends on no tensor that carries paths.
    pub(super) fn add_constant(&mut self, more: Tensor<T>) -> Result<(), Reason> {
        self.constant = Some(match self.constant.take() {
            Some(before) => sum(before, &more)?,
            None => more,
        });
        Ok(())
    }

    pub(super) fn finish(self) -> Linear<T> {
        Linear { form: Form::Terms(self.terms), constant: self.constant, vanishes: true }
    }
}
