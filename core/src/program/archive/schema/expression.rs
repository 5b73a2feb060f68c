//! Sizes that are known only when the program runs, written as SymPy expressions of symbols.

use crate::program::{Extent, Symbol};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use std::fmt;

/// The largest nesting depth of sums and products.
const MOST_LEVELS: usize = 16;

/// An expression; only multiples of one symbol plus a number are interpreted.
#[derive(Deserialize)]
pub(in crate::program::archive) struct Expression {
    #[serde(rename = "expr_str", deserialize_with = "extent")]
    pub(in crate::program::archive) extent: Extent,
}

fn extent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Extent, D::Error> {
    struct TextVisitor;

    impl Visitor<'_> for TextVisitor {
        type Value = Extent;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an expression as text")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Extent, E> {
            Ok(read(text))
        }
    }
    deserializer.deserialize_str(TextVisitor)
}

/// Returns the value of an expression; [`Extent::Symbolic`] for expressions that are not interpreted.
fn read(text: &str) -> Extent {
    let mut rest = text;
    match linear(&mut rest, 0) {
        Some(Linear { symbol: Some(symbol), times, plus }) if rest.is_empty() => {
            Extent::Linear { symbol, times, plus }
        }
        Some(Linear { symbol: None, plus, .. }) if rest.is_empty() => Extent::Known(plus),
        _ => Extent::Symbolic,
    }
}

/// A linear function of a symbol: `times · symbol + plus`.
#[derive(Clone, Copy)]
struct Linear {
    symbol: Option<Symbol>,
    times: i64,
    plus: i64,
}

impl Linear {
    fn number(number: i64) -> Self {
        Self { symbol: None, times: 0, plus: number }
    }

    fn plus(self, other: Self) -> Option<Self> {
        if self.symbol.is_some() && other.symbol.is_some() && self.symbol != other.symbol {
            return None;
        }
        let (times, plus) = (self.times.checked_add(other.times)?, self.plus.checked_add(other.plus)?);
        Some(Self { symbol: self.symbol.or(other.symbol), times, plus })
    }

    fn times(self, other: Self) -> Option<Self> {
        let (number, linear) = match (self.symbol, other.symbol) {
            (None, _) => (self.plus, other),
            (_, None) => (other.plus, self),
            _ => return None,
        };
        let (times, plus) = (linear.times.checked_mul(number)?, linear.plus.checked_mul(number)?);
        Some(Self { symbol: linear.symbol, times, plus })
    }
}

/// Reads an expression from the beginning of a text and leaves the rest.
fn linear(rest: &mut &str, level: usize) -> Option<Linear> {
    let (name, inside) = rest.split_once('(')?;
    match name {
        "Symbol" => {
            let (given, after) = inside.split_once(')')?;
            let symbol = given.strip_prefix('\'')?.split('\'').next()?;
            *rest = after;
            Some(Linear { symbol: Some(Symbol::of_name(symbol)?), times: 1, plus: 0 })
        }
        "Integer" => {
            let (number, after) = inside.split_once(')')?;
            *rest = after;
            Some(Linear::number(number.parse().ok()?))
        }
        "Add" | "Mul" if level < MOST_LEVELS => {
            *rest = inside;
            let mut all = linear(rest, level + 1)?;
            while let Some(next) = rest.strip_prefix(", ") {
                *rest = next;
                let other = linear(rest, level + 1)?;
                all = if name == "Add" { all.plus(other)? } else { all.times(other)? };
            }
            *rest = rest.strip_prefix(')')?;
            Some(all)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYMBOL: &str = "Symbol('s77', positive=True, integer=True)";

    fn linear(times: i64, plus: i64) -> Extent {
        Extent::Linear { symbol: Symbol::of_name("s77").unwrap(), times, plus }
    }

    #[test]
    fn sums_and_multiples_of_a_symbol_are_understood() {
        assert_eq!(read(SYMBOL), linear(1, 0));
        assert_eq!(read(&format!("Mul(Integer(2), {SYMBOL})")), linear(2, 0));
        let nested = format!("Add(Mul(Integer(-1), {SYMBOL}), Integer(3), Mul(Integer(4), {SYMBOL}))");
        assert_eq!(read(&nested), linear(3, 3));
        assert_eq!(read("Integer(7)"), Extent::Known(7));
    }

    #[test]
    fn other_expressions_are_symbolic() {
        let deep = format!("{}{SYMBOL}{}", "Add(".repeat(20_000), ")".repeat(20_000));
        let product = format!("Mul({SYMBOL}, {SYMBOL})");
        let two = format!("Add({SYMBOL}, Symbol('s1', integer=True))");
        let large = format!("Mul(Integer({}), Integer(2), {SYMBOL})", i64::MAX);
        for text in ["", "Symbol(s77)", "Pow(Integer(2), Integer(3))", "Integer(7) ", "Add(Integer(1)"] {
            assert_eq!(read(text), Extent::Symbolic, "{text}");
        }
        for text in [deep, product, two, large] {
            assert_eq!(read(&text), Extent::Symbolic, "{text:.60}");
        }
    }
}
