//! Words of the command line: the names that a type knows, and the nearest one to a wrong word.

use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};

use super::failure::Failure;
use crate::scenario::nearest::hint;

/// The variants of an enum, or the fields of a struct, as serde calls them; none for other types.
pub(super) fn of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // Always an error: it is asked for its names, and given no value.
    let _ = T::deserialize(Names(&mut names));
    names
}

/// Refuses a word that is not among the names.
pub(super) fn known(what: &str, word: &str, names: &[&str]) -> Result<(), Failure> {
    if names.contains(&word) {
        return Ok(());
    }
    Err(Failure::usage(format!("{what}: unknown name `{word}`; {}", hint(word, names, "known names"))))
}

/// A word as one of an enum's variants.
pub(super) fn parse<T: DeserializeOwned>(what: &str, word: &str) -> Result<T, Failure> {
    known(what, word, of::<T>())?;
    T::deserialize(StrDeserializer::<WordError>::new(word))
        .map_err(|e| Failure::usage(format!("{what}: {e}")))
}

/// Has no value, but remembers what it was asked for.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = WordError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, WordError> {
        Err(WordError::custom("there is no value"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WordError> {
        *self.0 = variants;
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WordError> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}
