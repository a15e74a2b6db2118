//! Paths such as `accounts[0].policy.entry` or `accounts.base.cash`, and what they lead to.

use std::fmt;

use super::node::{Kind, Node};
use super::source::Span;

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// A field, the key of a map, or the name of a list item.
    Name(String),
    /// The place in a list, from 0.
    Index(usize),
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Index(at) => write!(f, "[{at}]"),
        }
    }
}

/// Cuts a path into its parts.
///
/// # Errors
/// The part that is none.
pub fn segments(path: &str) -> Result<Vec<Segment>, String> {
    let mut found = Vec::new();
    for part in path.split('.') {
        let (name, mut indices) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !name.is_empty() {
            found.push(Segment::Name(name.to_owned()));
        } else if indices.is_empty() {
            return Err(format!("`{path}` has an empty part"));
        }
        while !indices.is_empty() {
            let bad = || format!("`{part}` is not of the form `name[0]`");
            let (inner, rest) = indices.strip_prefix('[').and_then(|i| i.split_once(']')).ok_or_else(bad)?;
            found.push(Segment::Index(inner.parse().map_err(|_| bad())?));
            indices = rest;
        }
    }
    Ok(found)
}

/// A path and one more field.
pub fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// A list item's own name: its `name`, its `symbol`, or itself if it is a text.
pub fn item_name(item: &Node) -> Option<String> {
    ["name", "symbol"].iter().find_map(|f| item.field(f)).and_then(Node::as_text).or_else(|| item.as_text())
}

/// A payload in parentheses, as in `Some(x)`, stands for what it holds.
pub fn unwrapped(node: &Node) -> &Node {
    match &node.kind {
        Kind::Tuple(_, items) if items.len() == 1 => unwrapped(&items[0]),
        _ => node,
    }
}

impl Node {
    /// What a segment leads to.
    pub fn child(&self, segment: &Segment) -> Option<&Node> {
        match (segment, &unwrapped(self).kind) {
            (Segment::Index(at), Kind::List(items) | Kind::Tuple(_, items)) => items.get(*at),
            (Segment::Name(name), Kind::Struct(..)) => unwrapped(self).field(name),
            (Segment::Name(name), Kind::Map(entries)) => {
                entries.iter().rfind(|(key, _)| key.as_word().as_ref() == Some(name)).map(|(_, value)| value)
            }
            (Segment::Name(name), Kind::List(items)) => {
                items.iter().find(|item| item_name(item).as_ref() == Some(name))
            }
            _ => None,
        }
    }

    /// What a path leads to.
    pub fn at(&self, path: &str) -> Option<&Node> {
        if path.is_empty() {
            return Some(self);
        }
        segments(path).ok()?.iter().try_fold(self, |node, segment| node.child(segment))
    }

    /// The place of what a path leads to or, where nothing is written there, of the nearest thing around it.
    pub fn locate(&self, path: &str) -> Span {
        let mut node = self;
        for segment in segments(path).unwrap_or_default() {
            match node.child(&segment) {
                Some(child) => node = child,
                None => return node.span.head(),
            }
        }
        node.span.head()
    }
}
