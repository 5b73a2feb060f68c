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

impl ResultColumn {
    /// Returns whether the column is about contributions. Tables have these columns only if a model has
    /// contributions.
    pub fn is_of_contributions(&self) -> bool {
        self.name.starts_with("contribution_")
    }

    /// Returns whether the column holds a score that the first versions did not compute. Tables have these
    /// columns only if a model has such a score.
    pub fn is_of_more_scores(&self) -> bool {
        more_scores().any(|score| score.column() == self.name)
    }

    /// Returns whether a table may lack the column.
    pub(super) fn is_optional(&self) -> bool {
        self.is_of_contributions() || self.is_of_more_scores()
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
    columns.sort_by_key(|column| (column.is_of_contributions(), column.is_of_more_scores()));
    (columns, example(None))
});

/// Returns all columns in the order of a table. Those that a table may lack come last.
///
/// # Examples
///
/// ```
/// use pathscope::study::results::columns;
/// use polars::prelude::DataType;
///
/// let columns = columns();
/// assert_eq!((columns[0].name, &columns[0].dtype), ("study", &DataType::String));
/// assert_eq!(columns.iter().filter(|column| column.is_of_contributions()).count(), 5);
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
