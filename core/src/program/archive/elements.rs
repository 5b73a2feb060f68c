//! The long lists of a graph, deserialized one element at a time.

use super::graph::{Reader, Scope};
use super::schema::{Node, TensorMeta, element_type};
use super::text::Text;
use crate::program::{Extent, TensorType};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A visitor for the operations of a graph.
pub(super) struct Nodes<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) scope: &'r mut Scope<'a>,
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Nodes<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Nodes<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of operations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut nodes: A) -> Result<(), A::Error> {
        while let Some(node) = nodes.next_element::<Node<'a>>()? {
            self.reader.take_node(self.scope, node)?;
        }
        Ok(())
    }
}

/// A visitor for the types of a graph's values, by name.
pub(super) struct Types<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) scope: &'r mut Scope<'a>,
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Types<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Types<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("types of values by their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut types: A) -> Result<(), A::Error> {
        while let Some(name) = types.next_key::<Text<'a>>()? {
            let TensorMeta { dtype, sizes } = types.next_value()?;
            let shape: Vec<Extent> = sizes.iter().map(|size| size.extent()).collect();
            if shape.iter().any(|extent| extent.known().is_some_and(|size| size < 0)) {
                return Err(A::Error::custom(format_args!("'{}' has a negative size", &*name)));
            }
            if let Some(id) = self.scope.value(&name) {
                let element_type = element_type(dtype);
                self.reader.program.values[id.index()].tensor = Some(TensorType { element_type, shape });
            }
        }
        Ok(())
    }
}
