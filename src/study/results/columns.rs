//! The columns of a table of results, derived from the fields of [`ResultRow`] by serde.

use super::cell::CellError;
use super::performance::more_scores;
use super::row::ResultRow;
use polars::prelude::DataType;
use serde::Deserialize;
use serde::de::value::MapDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::RefCell;
use std::sync::LazyLock;

/// A column of a table of results.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ResultColumn {
    /// The name of the field of [`ResultRow`].
    pub name: &'static str,
    /// The data type: strings, unsigned 64-bit integers or floats. Any value may be missing.
    pub dtype: DataType,
}

/// A group of columns. Tables have the columns of an optional group only if a model has any of their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ColumnGroup {
    /// The columns of every table.
    Required,
    /// The settings without a column of their own.
    OtherSettings,
    /// The contributions of paths.
    Contributions,
    /// The scores that the first versions did not compute.
    MoreScores,
}

impl ResultColumn {
    /// Returns the group of the column.
    pub fn group(&self) -> ColumnGroup {
        match self.name {
            "other_settings" => ColumnGroup::OtherSettings,
            name if name.starts_with("contribution_") => ColumnGroup::Contributions,
            name if more_scores().any(|score| score.column() == name) => ColumnGroup::MoreScores,
            _ => ColumnGroup::Required,
        }
    }
}

/// All columns, and the row of a model without any known values.
static COLUMNS: LazyLock<(Vec<ResultColumn>, ResultRow)> = LazyLock::new(|| {
    let example = |columns| {
        ResultRow::deserialize(Example { name: "", columns }).expect("each field of a row has an example")
    };
    let asked = RefCell::default();
    example(Some(&asked));
    let mut columns = asked.take();
    columns.sort_by_key(|column| match column.group() {
        // These settings stand beside the others.
        ColumnGroup::OtherSettings => ColumnGroup::Required,
        group => group,
    });
    (columns, example(None))
});

/// Returns all columns in the order of a table. Those that a table may lack come last.
///
/// # Examples
///
/// ```
/// use pathscope::study::results::{ColumnGroup, columns};
/// use polars::prelude::DataType;
///
/// let columns = columns();
/// assert_eq!((columns[0].name, &columns[0].dtype), ("study", &DataType::String));
/// assert_eq!(columns.iter().filter(|column| column.group() == ColumnGroup::Contributions).count(), 5);
/// ```
pub fn columns() -> &'static [ResultColumn] {
    &COLUMNS.0
}

/// Returns the columns that are known before a model is trained: its identities and settings.
pub(crate) fn columns_of_plan() -> impl Iterator<Item = &'static ResultColumn> {
    const LATER: [&str; 3] = ["status", "problem", "train_images"];
    let settings = columns().iter().take_while(|column| column.name != "parameters");
    settings.filter(|column| !LATER.contains(&column.name))
}

/// Returns the row of a model without any known values.
impl Default for ResultRow {
    fn default() -> Self {
        COLUMNS.1.clone()
    }
}

/// A deserializer that makes an example of a field: 0, an empty string, or the first variant of an enum.
/// Optional values are missing, unless the columns are being collected.
#[derive(Clone, Copy)]
struct Example<'c> {
    name: &'static str,
    /// Records a column for the field.
    columns: Option<&'c RefCell<Vec<ResultColumn>>>,
}

impl Example<'_> {
    fn is(self, dtype: DataType) {
        if let Some(columns) = self.columns {
            columns.borrow_mut().push(ResultColumn { name: self.name, dtype });
        }
    }
}

impl<'de> Deserializer<'de> for Example<'_> {
    type Error = CellError;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CellError> {
        let example = |&name: &&'static str| (name, Self { name, ..self });
        visitor.visit_map(MapDeserializer::new(fields.iter().map(example)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        if self.columns.is_some() { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        self.is(DataType::UInt64);
        visitor.visit_u64(0)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        self.is(DataType::Float64);
        visitor.visit_f64(0.0)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        self.is(DataType::String);
        visitor.visit_str("")
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CellError> {
        self.is(DataType::String);
        let first = words.first().ok_or_else(|| CellError::custom(name))?;
        visitor.visit_enum((*first).into_deserializer())
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        self.is(DataType::String);
        visitor.visit_map(MapDeserializer::new(std::iter::empty::<(u64, f64)>()))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, CellError> {
        Err(CellError::custom(self.name))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 char str bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, CellError> for Example<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
