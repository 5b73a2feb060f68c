//! The linearization of operations: from an operation on one image to a linear map with fixed nonlinearities.

use super::super::kernels::{Call, Content, Kernel, Reason, Tensor, attention_weights, kernel};
use super::gates::{gated, of_softmax};
use super::linear::{Form, Given, Linear, Terms};
use super::maps::{Map, Side};
use super::normalizations::normalization;
use super::products::{product, products_of_matrices, quotient, with_factor};
use super::views::{Arranged, Viewed};
use super::{Gate, convolutions};
use crate::program::rules::{Rule, rule};
use crate::program::{Element, Operation, ValueId};
use ndarray::{Axis, Slice};
use std::collections::HashSet;

/// An operation that is being decomposed.
pub(super) struct Site<'c, 'p, T: Element> {
    pub(super) call: &'c Call<'p, T>,
    /// The first result of the operation.
    pub(super) output: &'c Tensor<T>,
    /// The tensors that carry paths into it, without those that gate.
    pub(super) carried: &'c HashSet<ValueId>,
    /// The carried tensors that are 0 where the value of which they are functions is 0.
    pub(super) vanishing: &'c HashSet<ValueId>,
    /// Whether it multiplies or divides two functions of one value.
    pub(super) of_one_value: bool,
    pub(super) gate: Gate,
}

/// Returns the operation's name without `aten.`, overload and in-place suffix.
pub(super) fn base(operation: &Operation) -> &str {
    let name = operation.target.strip_prefix("aten.").unwrap_or(&operation.target);
    let name = name.split('.').next().unwrap_or(name);
    if name.ends_with("__") { name } else { name.trim_end_matches('_') }
}

/// Returns the linear map of an operation with fixed nonlinearities (DESIGN §8).
///
/// # Errors
///
/// Fails if no path can be carried through the operation, or its arguments are invalid.
pub(super) fn linearize<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let operation = site.call.operation;
    let Some((rule, _)) = rule(&operation.target) else { return Err(Reason::Unlisted) };
    match rule {
        Rule::Convolution => convolutions::convolution(site),
        Rule::MatrixProduct => products_of_matrices(site),
        Rule::BatchNormalization
        | Rule::GroupNormalization
        | Rule::LayerNormalization
        | Rule::InstanceNormalization => normalization(site, rule),
        Rule::Activation | Rule::Sigmoid | Rule::Clamp | Rule::Size => function(site),
        Rule::Softmax => softmax(site),
        Rule::Carrier | Rule::View | Rule::Part | Rule::Mean => carrier(site),
        Rule::Dropout => Ok(Linear::of(first(site)?, Map::Same)),
        Rule::Scatter | Rule::Concatenation => arranged(site),
        Rule::Sum => addition(site),
        Rule::Product => {
            let mut terms = Terms::new(site.call, site.carried);
            let (one, other) = (terms.needed("self")?, terms.needed("other")?);
            product(site, &mut terms, one, other, 1.0)?;
            Ok(any_vanishing(site, terms.finish()))
        }
        Rule::Quotient => {
            let mut terms = Terms::new(site.call, site.carried);
            let (dividend, divisor) = (terms.needed("self")?, terms.needed("other")?);
            quotient(site, &mut terms, dividend, divisor, 1.0)?;
            Ok(any_vanishing(site, terms.finish()))
        }
        Rule::AddProduct | Rule::AddQuotient => added(site, rule),
        Rule::Interpolation => interpolation(site),
        Rule::Choice => choice(site),
        Rule::GatedHalves => gated_halves(site),
        Rule::Attention => attention(site),
        Rule::Copy => copy(site),
        Rule::Step | Rule::Shape => Err(Reason::Only("as what gates a product: no path leads through it")),
    }
}

/// Returns the only tensor that carries paths into the operation.
pub(super) fn first<T: Element>(site: &Site<'_, '_, T>) -> Result<ValueId, Reason> {
    let mut carried = site.call.operation.reads().filter(|id| site.carried.contains(id));
    carried.next().ok_or(Reason::Only("where what it reads carries paths"))
}

/// Returns the content of a tensor.
pub(super) fn content<T: Element>(site: &Site<'_, '_, T>, id: ValueId) -> Result<Tensor<T>, Reason> {
    match site.call.contents.get(&id) {
        Some(Content::Array(array)) => Ok(array.clone()),
        _ => Err(Reason::Only("where what it reads has a shape")),
    }
}

fn function<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let operation = site.call.operation;
    let input = first(site)?;
    let others = operation.reads().any(|id| id != input && site.carried.contains(&id));
    if others || operation.reads().next() != Some(input) {
        return Err(Reason::Only("where its first tensor alone carries paths"));
    }
    let numbers = content(site, input)?;
    let gated = gated(site.call, base(operation), (input, &numbers), site.output, site.gate)?;
    let linear = Linear::of(input, Map::Scaled(gated.factor)).with_constant(gated.rest);
    Ok(all_vanishing(site, linear))
}

fn softmax<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let input = first(site)?;
    let numbers = content(site, input)?;
    let axis = site.call.axis("dim", None, numbers.ndim())?;
    let gated = of_softmax(&numbers, site.output, axis, site.gate)?;
    Ok(Linear::of(input, Map::Scaled(gated.factor)).with_constant(gated.rest))
}

fn carrier<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let input = first(site)?;
    let call = site.call;
    let map = match (base(call.operation), kernel::<T>(call.operation)) {
        ("neg", _) => Map::Times(-T::one()),
        ("clone" | "native_dropout", _) => Map::Same,
        ("logsumexp", _) => {
            return Err(Reason::Only("as what gates a product: no path is carried through it"));
        }
        (_, Some(Kernel::Arranged(_))) => return arranged(site),
        (_, Some(Kernel::Weighted(weights))) => Map::Weighted(weights(call)?),
        (_, Some(Kernel::Selected(selection))) => Map::Selected(selection(call)?.0),
        (_, Some(Kernel::View(_) | Kernel::PerhapsView(_))) => Map::Viewed(Viewed { output: 0 }),
        (_, Some(_)) => Map::Performed(input),
        (_, None) => return Err(Reason::Unlisted),
    };
    let linear = Linear::of(input, map);
    // Among these, only a negation is an elementwise function.
    Ok(if base(call.operation) == "neg" { all_vanishing(site, linear) } else { linear })
}

fn arranged<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let carried = site.call.operation.reads().filter(|id| site.carried.contains(id)).collect();
    let arranged = Arranged { carried };
    let constant = arranged.constant(site.call)?;
    let constant = constant.iter().any(|&number| number != T::zero()).then_some(constant);
    Ok(Linear { form: Form::Arranged(arranged), constant, vanishes: true })
}

fn addition<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let mut terms = Terms::new(site.call, site.carried);
    let alpha = site.call.number("alpha", Some(1.0))?;
    let (first, second) = match base(site.call.operation) {
        "sub" | "subtract" => (1.0, -alpha),
        "rsub" => (-alpha, 1.0),
        _ => (1.0, alpha),
    };
    for (name, factor) in [("self", first), ("other", second)] {
        let given = terms.needed(name)?;
        with_factor(&mut terms, given, factor)?;
    }
    Ok(all_vanishing(site, terms.finish()))
}

/// Marks a sum of functions of one value as vanishing with the value if every summand does and nothing is
/// added.
fn all_vanishing<T: Element>(site: &Site<'_, '_, T>, linear: Linear<T>) -> Linear<T> {
    let all = site.carried.iter().all(|id| site.vanishing.contains(id));
    Linear { vanishes: all && linear.constant.is_none(), ..linear }
}

/// Marks a product of functions of one value as vanishing with the value if any factor does.
fn any_vanishing<T: Element>(site: &Site<'_, '_, T>, linear: Linear<T>) -> Linear<T> {
    Linear { vanishes: site.carried.iter().any(|id| site.vanishing.contains(id)), ..linear }
}

fn added<T: Element>(site: &Site<'_, '_, T>, rule: Rule) -> Result<Linear<T>, Reason> {
    let mut terms = Terms::new(site.call, site.carried);
    let start = terms.needed("self")?;
    terms.add(start, Map::Same)?;
    let value = site.call.number("value", Some(1.0))?;
    let (one, other) = (terms.needed("tensor1")?, terms.needed("tensor2")?);
    match rule {
        Rule::AddProduct => product(site, &mut terms, one, other, value)?,
        _ => quotient(site, &mut terms, one, other, value)?,
    }
    Ok(all_vanishing(site, terms.finish()))
}

/// Linearizes start + weight · (end - start).
fn interpolation<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let mut terms = Terms::new(site.call, site.carried);
    let Given::Fixed(weight) = terms.needed("weight")? else {
        return Err(Reason::Only("where its weight carries no paths"));
    };
    let start = terms.needed("self")?;
    terms.add(start, Map::Scaled(weight.mapv(|weight| T::one() - weight).into_shared()))?;
    let end = terms.needed("end")?;
    terms.add(end, Map::Scaled(weight))?;
    Ok(all_vanishing(site, terms.finish()))
}

/// Linearizes a choice of elements from one of two tensors, by a mask or by their sizes.
fn choice<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let mut terms = Terms::new(site.call, site.carried);
    let one = |is: bool| if is { T::one() } else { T::zero() };
    let (chosen, rest, mask) = match base(site.call.operation) {
        "where" => (terms.needed("self")?, terms.needed("other")?, site.call.tensor("condition")?),
        "masked_fill" => (terms.needed("value")?, terms.needed("self")?, site.call.tensor("mask")?),
        name => {
            let (first, second) = (terms.needed("self")?, terms.needed("other")?);
            let larger = !name.starts_with("min");
            let wider = super::broadcast::sum(first.content().clone(), second.content())?;
            let whole = |given: &Given<T>| super::broadcast::fitted(given.content().clone(), wider.shape());
            let mut mask = whole(&first)?;
            mask.zip_mut_with(&whole(&second)?, |first, second| {
                *first = one(if larger { *first >= *second } else { *first <= *second });
            });
            (first, second, mask)
        }
    };
    let mask = mask.mapv(|number| one(number != T::zero())).into_shared();
    let opposite = mask.mapv(|number| T::one() - number).into_shared();
    for (given, mask) in [(chosen, mask), (rest, opposite)] {
        match given {
            // A number that is not chosen may be infinite.
            Given::Fixed(numbers) => {
                let shape = site.output.shape();
                let mut kept = super::broadcast::fitted(numbers, shape)?;
                let mask = super::broadcast::fitted(mask, shape)?;
                kept.zip_mut_with(&mask, |number, kept| {
                    if *kept == T::zero() {
                        *number = T::zero();
                    }
                });
                if kept.iter().any(|&number| number != T::zero()) {
                    terms.add_constant(kept)?;
                }
            }
            carried @ Given::Carried(..) => terms.add(carried, Map::Scaled(mask))?,
        }
    }
    Ok(all_vanishing(site, terms.finish()))
}

/// Linearizes sums of values whose weights gate.
fn attention<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let value = site.call.operation.tensor("value").filter(|value| site.carried.contains(value));
    let value = value.ok_or(Reason::Only("where its values carry paths"))?;
    let map = match site.call.flag("enable_gqa", false)? {
        // Several query heads share one value head.
        true => Map::Performed(value),
        false => Map::Product { matrix: attention_weights(site.call)?, side: Side::Left },
    };
    Ok(Linear::of(value, map))
}

/// Linearizes the first half of an axis, gated by the sigmoid of the second.
fn gated_halves<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let input = first(site)?;
    let numbers = content(site, input)?;
    let axis = site.call.axis("dim", Some(-1), numbers.ndim())?;
    let half = numbers.shape()[axis] / 2;
    let second = numbers.slice_axis(Axis(axis), Slice::from(half..2 * half));
    let factors = second.mapv(|number| T::of((1.0 + (-number.double()).exp()).recip()));
    let part = Map::Part { axis, start: 0, length: half };
    Ok(Linear::of(input, Map::Chain(vec![part, Map::Scaled(factors.into_shared())])))
}

fn copy<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let mut terms = Terms::new(site.call, site.carried);
    let given = match terms.given("src")? {
        Some(source) => source,
        None => terms.needed("value")?,
    };
    terms.add(given, Map::Same)?;
    Ok(all_vanishing(site, terms.finish()))
}
