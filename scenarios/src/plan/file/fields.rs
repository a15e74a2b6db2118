//! The parts of a plan's structs, with what is wrong about them.

use serde::de::DeserializeOwned;

use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::load::Setting;
use crate::scenario::read::Reader;
use crate::scenario::syntax::path::join;
use crate::scenario::syntax::{Kind, Node, Span};

/// The known fields of one struct.
pub(super) struct Fields<'a> {
    node: &'a Node,
    path: String,
    fields: Vec<(String, &'a Node)>,
}

impl<'a> Fields<'a> {
    /// Those of `node`, which stands at `path`; what is unknown is noted.
    pub(super) fn of(
        node: &'a Node,
        path: &str,
        known: &'static [&'static str],
        reader: &mut Reader,
    ) -> Option<Self> {
        let Some((_, fields)) = node.as_struct() else {
            let message = format!("expected fields, `(name: value)`, found {}", node.describe());
            let help = format!("fields: {}", known.join(", "));
            reader.note(Diagnostic::error(node.span.head(), path, message).with_help(help));
            return None;
        };
        Some(Self { node, path: path.to_owned(), fields: reader.fields(fields, path, known) })
    }

    /// A field, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&'a Node> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, node)| *node)
    }

    /// The path of a field.
    pub(super) fn path(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// A field that must be there.
    pub(super) fn need(&self, name: &str, example: &str, reader: &mut Reader) -> Option<&'a Node> {
        let found = self.get(name);
        if found.is_none() {
            let message = format!("the field `{name}` is missing");
            let problem = Diagnostic::error(self.node.span.head(), self.path(name), message);
            reader.note(problem.with_help(format!("write e.g. `{name}: {example}`")));
        }
        found
    }

    /// A value with a default.
    pub(super) fn or<T: DeserializeOwned>(&self, name: &str, default: T, reader: &mut Reader) -> Option<T> {
        match self.get(name) {
            Some(node) => reader.read(node, &self.path(name)),
            None => Some(default),
        }
    }

    /// A count of at least 1 that must be there.
    pub(super) fn count(&self, name: &str, reader: &mut Reader) -> Option<u64> {
        let node = self.need(name, "10", reader)?;
        count(node, &self.path(name), reader)
    }
}

/// A count of at least 1.
pub(super) fn count(node: &Node, path: &str, reader: &mut Reader) -> Option<u64> {
    let n = reader.read::<u64>(node, path)?;
    if n == 0 {
        refuse(node, path, "0 makes no branch", "write a whole number of at least 1", reader);
    }
    (n > 0).then_some(n)
}

/// Notes what is wrong with a value.
pub(super) fn refuse(
    node: &Node,
    path: &str,
    message: impl Into<String>,
    help: impl Into<String>,
    reader: &mut Reader,
) {
    let problem = Diagnostic::error(node.span.head(), path, message).with_help(help);
    reader.note(problem.with_value(node.span.head().text()));
}

/// The items of a list that must not be empty.
pub(super) fn items<'a>(node: &'a Node, path: &str, what: &str, reader: &mut Reader) -> Option<&'a [Node]> {
    match &node.kind {
        Kind::List(items) if items.is_empty() => {
            refuse(
                node,
                path,
                format!("an empty list: there must be at least one of the {what}"),
                "add one, or take the entry away",
                reader,
            );
            None
        }
        Kind::List(items) => Some(items),
        _ => {
            let message = format!("expected a list `[...]` of {what}, found {}", node.describe());
            refuse(node, path, message, "write `[a, b]`", reader);
            None
        }
    }
}

/// The entries of `{"path": value}`, each path once.
pub(super) fn entries<'a>(
    node: &'a Node,
    path: &str,
    reader: &mut Reader,
) -> Option<Vec<(String, Span, &'a Node)>> {
    const FORM: &str = "write `{\"accounts.base.policy.entry\": 0.7}`: paths as in `--set`";
    let mut found: Vec<(String, Span, &Node)> = Vec::new();
    match &node.kind {
        Kind::Map(entries) => {
            for (key, value) in entries {
                match key.as_text() {
                    None => {
                        let message = format!("expected a path in quotation marks, found {}", key.describe());
                        refuse(key, path, message, FORM, reader);
                    }
                    Some(name) if found.iter().any(|(known, _, _)| *known == name) => {
                        refuse(key, path, format!("`{name}` is set twice"), "take one of them away", reader);
                    }
                    Some(name) => found.push((name, key.span.clone(), value)),
                }
            }
            Some(found)
        }
        _ => {
            let message = format!("expected a map from paths to values, found {}", node.describe());
            refuse(node, path, message, FORM, reader);
            None
        }
    }
}

/// Settings.
pub(super) fn settings(node: &Node, path: &str, reader: &mut Reader) -> Option<Vec<Setting>> {
    let setting = |(path, at, value): (String, Span, &Node)| Setting { path, at, value: value.clone() };
    Some(entries(node, path, reader)?.into_iter().map(setting).collect())
}
