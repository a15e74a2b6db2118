//! Serde over the syntax tree: every error has its place, and unknown fields are all found, not just the first.

use serde::Deserializer;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer, Visitor};

use super::access::{Entries, Fields, Items, Variant};
use super::error::ReadError;
use super::log::Log;
use crate::scenario::syntax::{Class, Kind, Node};

/// A node to be read as whatever asks for it.
///
/// Beyond plain RON: `Some` may be left out, and so may the second pair of parentheses of `Variant((field: value))`.
#[derive(Debug, Clone)]
pub(super) struct NodeReader<'a> {
    pub node: &'a Node,
    pub path: String,
    pub log: &'a Log,
    /// The node's name belongs to an enum variant, and the rest is its payload.
    pub payload: bool,
}

impl<'a> NodeReader<'a> {
    pub(super) fn inner(&self, node: &'a Node, path: String) -> Self {
        Self { node, path, log: self.log, payload: false }
    }

    /// Reads it; conversions that fail afterwards are placed here, too.
    pub(super) fn seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value, ReadError> {
        let (path, node) = (self.path.clone(), self.node);
        seed.deserialize(self).map_err(|e| e.at(&path, node))
    }

    pub(super) fn wrong<T>(&self, expected: &str) -> Result<T, ReadError> {
        Err(ReadError::wrong_type(expected, self.node).at(&self.path, self.node))
    }

    fn placed<T>(&self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        result.map_err(|e| e.at(&self.path, self.node))
    }

    /// Reads a leaf by `ron`, which knows all notations of numbers and texts.
    fn leaf<T: serde::de::DeserializeOwned>(
        &self,
        classes: &[Class],
        expected: &str,
    ) -> Result<T, ReadError> {
        match &self.node.kind {
            Kind::Leaf(class, text) if classes.contains(class) => match ron::from_str(text) {
                Ok(value) => Ok(value),
                Err(_) => self.wrong(expected),
            },
            _ => self.wrong(expected),
        }
    }
}

/// Methods for the integer types.
macro_rules! integers {
    ($($method:ident $visit:ident $type:ty),*) => {$(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
            let expected = format!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX);
            let value = self.leaf::<$type>(&[Class::Number], &expected)?;
            self.placed(visitor.$visit(value))
        }
    )*};
}

impl<'a> Deserializer<'a> for NodeReader<'a> {
    type Error = ReadError;

    integers!(
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64, deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64
    );

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.kind {
            Kind::Leaf(Class::Number, text) => match ron::from_str::<i64>(text) {
                Ok(value) => self.placed(visitor.visit_i64(value)),
                Err(_) => self.deserialize_f64(visitor),
            },
            Kind::Leaf(Class::Text, _) => self.deserialize_string(visitor),
            Kind::Leaf(Class::Char, _) => self.deserialize_char(visitor),
            Kind::Leaf(Class::Name, text) => match text.as_str() {
                "true" | "false" => self.deserialize_bool(visitor),
                "inf" | "NaN" => self.deserialize_f64(visitor),
                "None" => self.placed(visitor.visit_none()),
                _ => {
                    let result = visitor.visit_enum(Variant { reader: self.clone(), name: text });
                    self.placed(result)
                }
            },
            Kind::List(_) => self.deserialize_seq(visitor),
            Kind::Map(_) => self.deserialize_map(visitor),
            Kind::Tuple(..) => self.deserialize_tuple(0, visitor),
            Kind::Struct(_, fields) => {
                let entries = fields.iter().map(|f| (f.name.clone(), &f.value)).collect();
                let result = visitor.visit_map(Entries::new(&self, entries));
                self.placed(result)
            }
        }
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let value = self.leaf::<bool>(&[Class::Name], "`true` or `false`")?;
        self.placed(visitor.visit_bool(value))
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let value = self.leaf::<f64>(&[Class::Number, Class::Name], "a number")?;
        self.placed(visitor.visit_f64(value))
    }

    fn deserialize_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let value = self.leaf::<f32>(&[Class::Number, Class::Name], "a number")?;
        self.placed(visitor.visit_f32(value))
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let value = self.leaf::<char>(&[Class::Char], "a character such as 'c'")?;
        self.placed(visitor.visit_char(value))
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if let Kind::Leaf(Class::Name, name) = &self.node.kind {
            let help = format!("write it in quotation marks: \"{name}\"");
            return self.wrong("a text").map_err(|e: ReadError| e.with_help(help));
        }
        let value = self.leaf::<String>(&[Class::Text], "a text in quotation marks")?;
        self.placed(visitor.visit_string(value))
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let result = match &self.node.kind {
            Kind::Leaf(Class::Name, name) if name == "None" => visitor.visit_none(),
            Kind::Tuple(Some(name), items) if name == "Some" && items.len() == 1 => {
                visitor.visit_some(self.inner(&items[0], self.path.clone()))
            }
            _ => visitor.visit_some(self.clone()),
        };
        self.placed(result)
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.node.as_struct() {
            Some((_, [])) => self.placed(visitor.visit_unit()),
            _ => self.wrong("`()`"),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let result = match &self.node.kind {
            Kind::Tuple(found, items) if items.len() == 1 && found.as_deref().is_none_or(|f| f == name) => {
                visitor.visit_newtype_struct(self.inner(&items[0], self.path.clone()))
            }
            _ => visitor.visit_newtype_struct(self.clone()),
        };
        self.placed(result)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.kind {
            Kind::List(items) => self.placed(visitor.visit_seq(Items::new(&self, items))),
            _ => self.wrong("a list `[...]`"),
        }
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.kind {
            Kind::Tuple(name, items) if name.is_none() || self.payload => {
                self.placed(visitor.visit_seq(Items::new(&self, items)))
            }
            _ => self.wrong("values in parentheses"),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let Kind::Map(entries) = &self.node.kind else { return self.wrong("a map `{key: value}`") };
        let entries = entries.iter().map(|(key, value)| (key.as_word().unwrap_or_default(), value)).collect();
        let result = visitor.visit_map(Entries::new(&self, entries));
        self.placed(result)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let Some((found, fields)) = self.node.as_struct() else {
            return self.wrong("fields in parentheses, `(field: value)`");
        };
        if let Some(found) = found
            && found != name
            && !self.payload
        {
            let error = ReadError::new(format!("expected `(...)` or `{name}(...)`, found `{found}(...)`"));
            return Err(error.at(&self.path, self.node));
        }
        let fields = Fields::new(&self, fields, known);
        let result = visitor.visit_map(fields);
        self.placed(result)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let name = match &self.node.kind {
            Kind::Leaf(Class::Name, name) | Kind::Tuple(Some(name), _) | Kind::Struct(Some(name), _) => {
                name.as_str()
            }
            Kind::Leaf(Class::Text, _) => {
                let help = format!("without quotation marks, one of {}", variants.join(", "));
                return self.wrong("a name").map_err(|e: ReadError| e.with_help(help));
            }
            _ => return self.wrong(&format!("one of {}", variants.join(", "))),
        };
        if !variants.contains(&name) {
            return Err(ReadError::unknown_variant(name, variants).at(&self.path, self.node));
        }
        let result = visitor.visit_enum(Variant { reader: self.clone(), name });
        self.placed(result)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let word = self.node.as_word().unwrap_or_default();
        let word: StrDeserializer<'_, ReadError> = word.as_str().into_deserializer();
        word.deserialize_any(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }
}
