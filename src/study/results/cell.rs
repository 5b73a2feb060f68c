//! Deserialization of the cells of a frame into the fields of a row.

use polars::prelude::AnyValue;
use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::collections::BTreeMap;
use thiserror::Error;

/// The bound below which `f64` represents every integer.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// The expected content of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {0}")]
pub(super) struct CellError(pub String);

impl Error for CellError {
    /// Keeps what follows "expected" in serde's messages.
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        Self(message.split_once("expected ").map_or(message.clone(), |(_, expected)| expected.to_owned()))
    }
}

/// A cell of a frame as the value of a field.
///
/// Numbers may be text, and integers may be floats: programs without missing integers, such as pandas,
/// write 3 as `3.0`. Path lengths with their probabilities are text: `1:0.505 2:0.3 3:0.195`.
pub(super) struct Cell<'a>(pub AnyValue<'a>);

impl Cell<'_> {
    fn text(&self) -> Option<&str> {
        self.0.get_str().filter(|text| !text.is_empty())
    }

    fn is_missing(&self) -> bool {
        self.0.is_null() || self.0.get_str() == Some("")
    }

    fn whole(&self) -> Option<u64> {
        let of_double = |value: f64| {
            let whole = (0.0..=LARGEST_WHOLE).contains(&value) && value.fract() == 0.0;
            whole.then_some(value as u64)
        };
        match (&self.0, self.0.get_str()) {
            (AnyValue::Float64(value), _) => of_double(*value),
            (AnyValue::Float32(value), _) => of_double(f64::from(*value)),
            // Spreadsheets write large numbers rounded.
            (_, Some(text)) if text.contains("E+") => None,
            (_, Some(text)) => text.parse().ok().or_else(|| of_double(text.parse().ok()?)),
            _ => self.0.extract(),
        }
    }

    fn number(&self) -> Option<f64> {
        match self.0.get_str() {
            Some(text) => text.parse().ok(),
            None => self.0.extract(),
        }
    }

    fn shares(&self) -> Result<BTreeMap<u64, f64>, CellError> {
        let expected =
            || CellError("lengths with their probabilities such as 1:0.75 2:0.25, or nothing".to_owned());
        let mut shares = BTreeMap::new();
        if self.is_missing() {
            return Ok(shares);
        }
        for share in self.text().ok_or_else(expected)?.split_ascii_whitespace() {
            let (length, probability) = share.split_once(':').ok_or_else(expected)?;
            let length = length.parse().map_err(|_| expected())?;
            let probability = probability.parse().map_err(|_| expected())?;
            if shares.insert(length, probability).is_some() {
                return Err(CellError(format!("each length once, and not {length} twice")));
            }
        }
        Ok(shares)
    }
}

impl<'de> Deserializer<'de> for Cell<'_> {
    type Error = CellError;

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        if self.is_missing() {
            return visitor.visit_none();
        }
        visitor.visit_some(self).map_err(|CellError(expected)| CellError(format!("{expected}, or nothing")))
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        visitor.visit_u64(self.whole().ok_or_else(|| CellError("a whole number from 0".to_owned()))?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        visitor.visit_f64(self.number().ok_or_else(|| CellError("a number".to_owned()))?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        visitor.visit_str(self.text().ok_or_else(|| CellError("text".to_owned()))?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CellError> {
        let word: StrDeserializer<'_, CellError> = self.text().unwrap_or("").into_deserializer();
        visitor.visit_enum(word)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        visitor.visit_map(MapDeserializer::new(self.shares()?.into_iter()))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        self.deserialize_string(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 char str bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, CellError> for Cell<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
