//! Exact numbers of paths.

use num_bigint::BigUint;
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::{AddAssign, Mul};

/// A number of paths: a `u128` while it fits, otherwise a big integer.
///
/// # Examples
///
/// ```
/// use pathscope_core::paths::PathCount;
///
/// let mut count = PathCount::from(u128::MAX);
/// count += &PathCount::from(1);
/// assert_eq!(count.to_string(), "340282366920938463463374607431768211456");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathCount(Repr);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    Small(u128),
    /// Always above `u128::MAX`, so that equal counts have equal representations.
    Big(Box<BigUint>),
}

impl PathCount {
    /// The count of zero.
    pub const ZERO: Self = Self(Repr::Small(0));
    /// The count of one.
    pub const ONE: Self = Self(Repr::Small(1));

    /// Returns the count as a `u64`; `None` if it is larger.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small(count) => u64::try_from(*count).ok(),
            Repr::Big(_) => None,
        }
    }

    /// Returns the natural logarithm; `-inf` for zero. It is accurate to about 15 digits at any size.
    pub fn ln(&self) -> f64 {
        match &self.0 {
            Repr::Small(count) => (*count as f64).ln(),
            Repr::Big(count) => {
                let shift = count.bits() - 64;
                let leading = (count.as_ref() >> shift).iter_u64_digits().next().unwrap_or(0);
                (leading as f64).ln() + shift as f64 * std::f64::consts::LN_2
            }
        }
    }

    /// Returns whether the count is zero.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small(0))
    }

    fn to_big(&self) -> BigUint {
        match &self.0 {
            Repr::Small(count) => BigUint::from(*count),
            Repr::Big(count) => count.as_ref().clone(),
        }
    }
}

impl From<u128> for PathCount {
    fn from(count: u128) -> Self {
        Self(Repr::Small(count))
    }
}

impl From<BigUint> for PathCount {
    fn from(count: BigUint) -> Self {
        match u128::try_from(&count) {
            Ok(small) => Self(Repr::Small(small)),
            Err(_) => Self(Repr::Big(Box::new(count))),
        }
    }
}

impl AddAssign<&PathCount> for PathCount {
    fn add_assign(&mut self, other: &PathCount) {
        match (&mut self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => match a.checked_add(*b) {
                Some(sum) => *a = sum,
                None => *self = (self.to_big() + other.to_big()).into(),
            },
            (Repr::Big(a), Repr::Small(b)) => **a += *b,
            (Repr::Big(a), Repr::Big(b)) => **a += b.as_ref(),
            (Repr::Small(_), Repr::Big(_)) => *self = (self.to_big() + other.to_big()).into(),
        }
    }
}

impl Mul for &PathCount {
    type Output = PathCount;

    fn mul(self, other: &PathCount) -> PathCount {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(product) = a.checked_mul(*b)
        {
            return product.into();
        }
        (self.to_big() * other.to_big()).into()
    }
}

impl fmt::Display for PathCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(count) => count.fmt(f),
            Repr::Big(count) => count.fmt(f),
        }
    }
}

impl Serialize for PathCount {
    /// Serializes the count as a JSON number with all its digits.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Small(count) => count.serialize(serializer),
            Repr::Big(count) => serde_json::value::RawValue::from_string(count.to_string())
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stay_exact_past_u128() {
        let mut count = PathCount::ONE;
        for _ in 0..200 {
            let twice = count.clone();
            count += &twice;
        }
        let expected: BigUint = BigUint::from(1u8) << 200u32;
        assert_eq!(count.to_string(), expected.to_string());
        assert_eq!(serde_json::to_string(&count).unwrap(), expected.to_string());
        assert!((count.ln() - 200.0 * std::f64::consts::LN_2).abs() < 1e-12);
        assert_eq!(count.to_u64(), None);
    }

    #[test]
    fn products_change_representation_only_when_they_must() {
        let large = PathCount::from(1u128 << 100);
        assert_eq!((&large * &large).to_string(), BigUint::from(2u8).pow(200).to_string());
        assert_eq!(&PathCount::from(6) * &PathCount::from(7), PathCount::from(42));
        assert!((&large * &PathCount::ZERO).is_zero());
    }
}
