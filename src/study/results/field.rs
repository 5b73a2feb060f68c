//! The fields of a row as values of a column, and back.

use super::row::{Kind, Status};
use crate::study::run::settings::{FirstBlock, Loss, PathModel};
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::model::ablation::Ablation;
use polars::prelude::{AnyValue, Column, NamedFrom, Series};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};
use std::collections::BTreeMap;

/// The largest double up to which every whole number is one.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// A type that fills a column.
pub trait Field: Sized {
    /// A column of such values.
    fn column<'a>(name: &str, values: impl Iterator<Item = &'a Self>) -> Column
    where
        Self: 'a;

    /// The value in a cell, which [`is_missing`] or not, or else what is expected there.
    fn from_cell(cell: &AnyValue<'_>) -> Result<Self, String>;
}

/// Whether there is nothing in a cell.
fn is_missing(cell: &AnyValue<'_>) -> bool {
    cell.is_null() || cell.get_str().is_some_and(str::is_empty)
}

fn text_of(cell: &AnyValue<'_>, expected: &str) -> Result<String, String> {
    match cell.get_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(expected.to_owned()),
    }
}

/// Programs that know no missing whole numbers, as pandas, write these as doubles: so `3.0` is 3.
fn whole_of(cell: &AnyValue<'_>) -> Result<u64, String> {
    let of_double = |value: f64| {
        let whole = (0.0..=LARGEST_WHOLE).contains(&value) && value.fract() == 0.0;
        whole.then_some(value as u64)
    };
    match cell {
        AnyValue::Float64(value) => of_double(*value),
        AnyValue::Float32(value) => of_double(f64::from(*value)),
        _ => match cell.get_str() {
            // As spreadsheets write large numbers, rounded.
            Some(text) if text.contains("E+") => None,
            Some(text) => text.parse().ok().or_else(|| of_double(text.parse().ok()?)),
            None => cell.extract::<u64>(),
        },
    }
    .ok_or_else(|| "a whole number from 0".to_owned())
}

fn real_of(cell: &AnyValue<'_>) -> Result<f64, String> {
    match cell.get_str() {
        Some(text) => text.parse().ok(),
        None => cell.extract::<f64>(),
    }
    .ok_or_else(|| "a number".to_owned())
}

macro_rules! field {
    ($type:ty, $of:expr, $series:ty, $value:expr) => {
        impl Field for $type {
            fn column<'a>(name: &str, values: impl Iterator<Item = &'a Self>) -> Column {
                Series::new(name.into(), values.map($value).collect::<Vec<$series>>()).into()
            }

            fn from_cell(cell: &AnyValue<'_>) -> Result<Self, String> {
                $of(cell)
            }
        }
    };
}

/// The same of a value that may be missing.
macro_rules! optional_field {
    ($type:ty, $of:expr, $series:ty, $value:expr) => {
        impl Field for Option<$type> {
            fn column<'a>(name: &str, values: impl Iterator<Item = &'a Self>) -> Column {
                let values = values.map(|value| value.as_ref().map($value));
                Series::new(name.into(), values.collect::<Vec<Option<$series>>>()).into()
            }

            fn from_cell(cell: &AnyValue<'_>) -> Result<Self, String> {
                if is_missing(cell) {
                    return Ok(None);
                }
                $of(cell).map(Some).map_err(|expected| format!("{expected}, or nothing"))
            }
        }
    };
}

field!(String, |cell| text_of(cell, "text"), &'a str, String::as_str);
optional_field!(String, |cell| text_of(cell, "text"), &'a str, String::as_str);
field!(u64, whole_of, u64, |value: &u64| *value);
field!(usize, size_of_cell, u64, |value: &usize| *value as u64);
optional_field!(usize, size_of_cell, u64, |value: &usize| *value as u64);
field!(f64, real_of, f64, |value: &f64| *value);
optional_field!(f64, real_of, f64, |value: &f64| *value);

fn size_of_cell(cell: &AnyValue<'_>) -> Result<usize, String> {
    usize::try_from(whole_of(cell)?).map_err(|_| format!("a whole number up to {}", usize::MAX))
}

/// One of a few words.
fn word_of<'de, T: Deserialize<'de>>(cell: &'de AnyValue<'_>) -> Result<T, String> {
    let deserializer: StrDeserializer<'_, WordError> = cell.get_str().unwrap_or("").into_deserializer();
    T::deserialize(deserializer).map_err(|error| {
        let text = error.to_string();
        text.split_once("expected ").map_or(text.clone(), |(_, expected)| expected.to_owned())
    })
}

macro_rules! words {
    ($($type:ty),+) => {
        $(field!($type, word_of, String, |word: &$type| word.to_string());)+
    };
}
words!(Status, Kind, Activation, FirstBlock, Loss, PathModel);
optional_field!(Readout, word_of, String, |readout: &Readout| readout.to_string());

impl Field for Ablation {
    fn column<'a>(name: &str, values: impl Iterator<Item = &'a Self>) -> Column {
        Series::new(name.into(), values.map(Self::to_string).collect::<Vec<_>>()).into()
    }

    fn from_cell(cell: &AnyValue<'_>) -> Result<Self, String> {
        if is_missing(cell) {
            return Ok(Self::full());
        }
        let expected = || "path lengths such as 1-3,5, or none".to_owned();
        cell.get_str().and_then(|text| text.parse().ok()).ok_or_else(expected)
    }
}

/// A distribution as text: `1:0.505 2:0.3 3:0.195`.
impl Field for BTreeMap<usize, f64> {
    fn column<'a>(name: &str, values: impl Iterator<Item = &'a Self>) -> Column {
        let share = |(length, probability): (&usize, &f64)| format!("{length}:{probability:?}");
        let text = |distribution: &Self| distribution.iter().map(share).collect::<Vec<_>>().join(" ");
        let values = values.map(|value| (!value.is_empty()).then(|| text(value)));
        Series::new(name.into(), values.collect::<Vec<_>>()).into()
    }

    fn from_cell(cell: &AnyValue<'_>) -> Result<Self, String> {
        if is_missing(cell) {
            return Ok(Self::new());
        }
        let expected = || "lengths with their probabilities such as 1:0.75 2:0.25, or nothing".to_owned();
        let mut distribution = Self::new();
        for share in cell.get_str().ok_or_else(expected)?.split_ascii_whitespace() {
            let (length, probability) = share.split_once(':').ok_or_else(expected)?;
            let length = length.parse().map_err(|_| expected())?;
            let probability: f64 = probability.parse().map_err(|_| expected())?;
            if distribution.insert(length, probability).is_some() {
                return Err(format!("each length once, and not {length} twice"));
            }
        }
        Ok(distribution)
    }
}
