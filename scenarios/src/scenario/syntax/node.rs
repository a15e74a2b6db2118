//! The syntax tree of a RON text: structure, names and places; leaves keep their source text.

use super::source::Span;

/// A value with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// From its first to its last byte, name included.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The forms of a value.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A value without parts.
    Leaf(Class, String),
    /// `[a, b]`
    List(Vec<Node>),
    /// `{key: value}`
    Map(Vec<(Node, Node)>),
    /// `(a, b)` or `Name(a, b)`; also the empty `()`, which stands for a struct without fields, too.
    Tuple(Option<String>, Vec<Node>),
    /// `(field: value)` or `Name(field: value)`
    Struct(Option<String>, Vec<Field>),
}

/// The kinds of leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `1`, `0xff`, `-2.5e3`
    Number,
    /// `"text"`, `r"text"`
    Text,
    /// `'c'`
    Char,
    /// `true`, `None`, `Equal`
    Name,
}

/// A field of a struct.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// What it is, in words, with the beginning of its text.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Leaf(_, text) => format!("`{}`", shorten(text)),
            Kind::List(items) => format!("a list of {}", items.len()),
            Kind::Map(entries) => format!("a map of {}", entries.len()),
            Kind::Tuple(Some(name), _) | Kind::Struct(Some(name), _) => format!("`{name}(...)`"),
            Kind::Tuple(None, items) if items.is_empty() => "`()`".to_owned(),
            Kind::Tuple(None, items) => format!("a tuple of {}", items.len()),
            Kind::Struct(None, _) => "a struct `(...)`".to_owned(),
        }
    }

    /// The fields, if it is a struct (or the empty `()`), with its name.
    pub fn as_struct(&self) -> Option<(Option<&str>, &[Field])> {
        match &self.kind {
            Kind::Struct(name, fields) => Some((name.as_deref(), fields)),
            Kind::Tuple(name, items) if items.is_empty() => Some((name.as_deref(), &[])),
            _ => None,
        }
    }

    /// The value of a field; of the last one of that name, should there be several.
    pub fn field(&self, name: &str) -> Option<&Node> {
        self.as_struct()?.1.iter().rfind(|f| f.name == name).map(|f| &f.value)
    }

    /// The content of a text leaf.
    pub fn as_text(&self) -> Option<String> {
        match &self.kind {
            Kind::Leaf(Class::Text, text) => ron::from_str(text).ok(),
            _ => None,
        }
    }

    /// The content of a text leaf, or a bare name.
    pub fn as_word(&self) -> Option<String> {
        match &self.kind {
            Kind::Leaf(Class::Name, text) => Some(text.clone()),
            _ => self.as_text(),
        }
    }
}

/// The first 40 characters.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
