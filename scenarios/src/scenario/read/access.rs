//! The parts of lists, maps, structs and enum variants, one after the other.

use serde::de::value::{StrDeserializer, StringDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::deserializer::NodeReader;
use super::error::ReadError;
use crate::scenario::syntax::path::join;
use crate::scenario::syntax::{Class, Field, Kind, Node};

/// Items of a list or tuple.
pub(super) struct Items<'a> {
    reader: NodeReader<'a>,
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'a> Items<'a> {
    pub(super) fn new(reader: &NodeReader<'a>, items: &'a [Node]) -> Self {
        Self { reader: reader.clone(), items: items.iter().enumerate() }
    }
}

impl<'a> SeqAccess<'a> for Items<'a> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        let Some((i, item)) = self.items.next() else { return Ok(None) };
        self.reader.inner(item, format!("{}[{i}]", self.reader.path)).seed(seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// Entries of a map.
pub(super) struct Entries<'a> {
    reader: NodeReader<'a>,
    entries: std::vec::IntoIter<(String, &'a Node)>,
    next: Option<(String, &'a Node)>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(reader: &NodeReader<'a>, entries: Vec<(String, &'a Node)>) -> Self {
        Self { reader: reader.clone(), entries: entries.into_iter(), next: None }
    }
}

impl<'a> MapAccess<'a> for Entries<'a> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        self.next = self.entries.next();
        let Some((key, _)) = &self.next else { return Ok(None) };
        let key: StringDeserializer<ReadError> = key.clone().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let (key, node) = self.next.take().ok_or_else(|| ReadError::new("a value without a key"))?;
        self.reader.inner(node, join(&self.reader.path, &key)).seed(seed)
    }
}

/// The known fields of a struct; the others are noted.
pub(super) struct Fields<'a>(Entries<'a>);

impl<'a> Fields<'a> {
    pub(super) fn new(reader: &NodeReader<'a>, fields: &'a [Field], known: &'static [&'static str]) -> Self {
        let entries = reader.log.known_fields(&reader.path, fields, known);
        Self(Entries::new(reader, entries))
    }
}

impl<'a> MapAccess<'a> for Fields<'a> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        self.0.next_value_seed(seed)
    }
}

/// A variant and its payload.
pub(super) struct Variant<'a> {
    pub reader: NodeReader<'a>,
    pub name: &'a str,
}

impl<'a> EnumAccess<'a> for Variant<'a> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        let name: StrDeserializer<'_, ReadError> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'a> Variant<'a> {
    fn payload(&self) -> NodeReader<'a> {
        NodeReader { payload: true, ..self.reader.clone() }
    }

    fn wrong<T>(&self, form: &str) -> Result<T, ReadError> {
        let error = ReadError::new(format!("`{0}` is written `{0}{form}`", self.name));
        Err(error.at(&self.reader.path, self.reader.node))
    }
}

impl<'a> VariantAccess<'a> for Variant<'a> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.reader.node.kind {
            Kind::Leaf(Class::Name, _) => Ok(()),
            _ => self.wrong(""),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, ReadError> {
        match &self.reader.node.kind {
            Kind::Tuple(_, items) if items.len() == 1 => {
                self.reader.inner(&items[0], self.reader.path.clone()).seed(seed)
            }
            Kind::Struct(..) => seed.deserialize(self.payload()),
            // `Variant()`: a payload of which all has a default.
            Kind::Tuple(_, items) if items.is_empty() => seed.deserialize(self.payload()),
            _ => self.wrong("(...)"),
        }
    }

    fn tuple_variant<V: Visitor<'a>>(self, len: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.payload().deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let Some((_, written)) = self.reader.node.as_struct() else {
            if let (Kind::Leaf(..), Some(first)) = (&self.reader.node.kind, fields.first()) {
                return self.wrong(&format!("({first}: ..., ...)"));
            }
            return Err(ReadError::custom(format!("the fields of `{}` need their names", self.name)));
        };
        visitor.visit_map(Fields::new(&self.reader, written, fields))
    }
}
