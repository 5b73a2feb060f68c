//! The decomposition of products and quotients of values, and of matrix products.

use super::super::kernels::{Reason, Tensor};
use super::Gate;
use super::broadcast;
use super::linear::{Given, Linear, Terms};
use super::linearize::{Site, base};
use super::maps::{Map, Side};
use crate::program::{Element, ValueId};

/// Adds a multiple of an argument.
pub(super) fn with_factor<T: Element>(
    terms: &mut Terms<'_, '_, T>,
    given: Given<T>,
    factor: f64,
) -> Result<(), Reason> {
    terms.add(given, if factor == 1.0 { Map::Same } else { Map::Times(T::of(factor)) })
}

fn scaled<T: Element>(numbers: &Tensor<T>, factor: f64) -> Map<T> {
    match factor == 1.0 {
        true => Map::Scaled(numbers.clone()),
        false => Map::Scaled(numbers.mapv(|number| number * T::of(factor)).into_shared()),
    }
}

/// Adds factor · one · other.
///
/// The product u·v of two functions of one value is an activation. Its tangent is v·u' + u·v'. Its secant is
/// v·u' where u vanishes with the value, so that v alone gates.
pub(super) fn product<T: Element>(
    site: &Site<'_, '_, T>,
    terms: &mut Terms<'_, '_, T>,
    one: Given<T>,
    other: Given<T>,
    factor: f64,
) -> Result<(), Reason> {
    match (one, other) {
        (one, Given::Fixed(factors)) => terms.add(one, scaled(&factors, factor)),
        (Given::Fixed(factors), other) => terms.add(other, scaled(&factors, factor)),
        (Given::Carried(one, u), Given::Carried(other, v)) if site.of_one_value => match site.gate {
            Gate::Tangent => {
                let product = broadcast::product(u.clone(), &v)?;
                terms.add(Given::Carried(one, u.clone()), scaled(&v, factor))?;
                terms.add(Given::Carried(other, v), scaled(&u, factor))?;
                terms.add_constant(product.mapv(|number| number * T::of(-factor)).into_shared())
            }
            Gate::Secant if !vanishes(site, one) && vanishes(site, other) => {
                terms.add(Given::Carried(other, v), scaled(&u, factor))
            }
            Gate::Secant => terms.add(Given::Carried(one, u), scaled(&v, factor)),
        },
        _ => Err(Reason::Only("where one of its factors is a gate: name it with --gate")),
    }
}

fn vanishes<T: Element>(site: &Site<'_, '_, T>, id: ValueId) -> bool {
    site.vanishing.contains(&id)
}

/// Adds factor · dividend / divisor.
pub(super) fn quotient<T: Element>(
    site: &Site<'_, '_, T>,
    terms: &mut Terms<'_, '_, T>,
    dividend: Given<T>,
    divisor: Given<T>,
    factor: f64,
) -> Result<(), Reason> {
    let reciprocals = divisor.content().mapv(T::recip).into_shared();
    match (dividend, divisor) {
        (dividend, Given::Fixed(_)) => terms.add(dividend, scaled(&reciprocals, factor)),
        (Given::Carried(..) | Given::Fixed(_), Given::Carried(..))
            if site.gate == Gate::Secant && !site.of_one_value =>
        {
            Err(Reason::Only(
                "with --gate tangent where its divisor carries paths, since it is not finite at 0",
            ))
        }
        (dividend @ Given::Carried(..), Given::Carried(..)) if site.gate == Gate::Secant => {
            terms.add(dividend, scaled(&reciprocals, factor))
        }
        (dividend, divisor @ Given::Carried(..)) => {
            let quotient = broadcast::product(reciprocals.clone(), dividend.content())?;
            let slope = broadcast::product(quotient.clone(), &reciprocals)?;
            let share = match dividend {
                // Both the quotient itself and the term for its slope.
                Given::Fixed(_) => 2.0 * factor,
                Given::Carried(..) => {
                    terms.add(dividend, scaled(&reciprocals, factor))?;
                    factor
                }
            };
            terms.add(divisor, scaled(&slope, -factor))?;
            terms.add_constant(quotient.mapv(|number| number * T::of(share)).into_shared())
        }
    }
}

/// Decomposes matrix products, with an added term if there is one.
pub(super) fn products_of_matrices<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let mut terms = Terms::new(site.call, site.carried);
    let [alpha, beta] = [site.call.number("alpha", Some(1.0))?, site.call.number("beta", Some(1.0))?];
    let (factors, added) = match base(site.call.operation) {
        "linear" => (["input", "weight"], Some("bias")),
        "addmm" => (["mat1", "mat2"], Some("self")),
        "addmv" => (["mat", "vec"], Some("self")),
        "baddbmm" => (["batch1", "batch2"], Some("self")),
        "mm" | "bmm" => (["self", "mat2"], None),
        "mv" => (["self", "vec"], None),
        "dot" => (["self", "tensor"], None),
        "einsum" => return einsum(site),
        _ => (["self", "other"], None),
    };
    let [one, other] = [terms.needed(factors[0])?, terms.needed(factors[1])?];
    let transposed = base(site.call.operation) == "linear";
    let (given, map) = match (one, other) {
        (Given::Carried(..), Given::Carried(..)) => {
            return Err(Reason::Only("where one of its factors is a gate: name it with --gate"));
        }
        (one, Given::Fixed(matrix)) => {
            let matrix = if transposed { matrix.reversed_axes() } else { matrix };
            (one, (matrix, Side::Right))
        }
        (Given::Fixed(matrix), other) if !transposed => (other, (matrix, Side::Left)),
        _ => return Err(Reason::Only("where its weight depends on no image")),
    };
    let (matrix, side) = map;
    if given.content().ndim() < 2 && side == Side::Left || matrix.ndim() < 2 {
        return Err(Reason::Only("on matrices, where it carries paths"));
    }
    let product = Map::Product { matrix, side };
    let map = match alpha == 1.0 {
        true => product,
        false => Map::Chain(vec![product, Map::Times(T::of(alpha))]),
    };
    terms.add(given, map)?;
    if let Some(more) = added.map(|name| terms.given(name)).transpose()?.flatten() {
        with_factor(&mut terms, more, beta)?;
    }
    Ok(terms.finish())
}

/// Decomposes a product by an equation, which is linear in each of its tensors.
fn einsum<T: Element>(site: &Site<'_, '_, T>) -> Result<Linear<T>, Reason> {
    let mut carried = site.call.operation.reads().filter(|id| site.carried.contains(id));
    match (carried.next(), carried.next()) {
        (Some(one), None) => Ok(Linear::of(one, Map::Performed(one))),
        _ => Err(Reason::Only("where all of its tensors but one are gates: name them with --gate")),
    }
}
