//! A module that a scenario names, with settings that only the module itself understands.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use crate::scenario::diagnostic::{Diagnostic, ScenarioError};
use crate::scenario::read::Reader;
use crate::scenario::syntax::parse::parse;
use crate::scenario::syntax::print::compact;
use crate::scenario::syntax::{Node, Source, Span};
use manyworlds_systems::setting::{Check, Checker};

/// A module of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct ModuleSettings {
    /// Its name in the catalogue; `cob_module` in a scenario is `cob` here.
    pub name: String,
    /// Its settings as they were written; `()` if none were.
    pub settings: RawSettings,
}

/// A RON value that is not interpreted yet, and where it stands.
#[derive(Clone)]
pub struct RawSettings {
    node: Node,
    path: String,
}

impl RawSettings {
    pub(crate) fn new(node: Node, path: impl Into<String>) -> Self {
        Self { node, path: path.into() }
    }

    /// From a text, such as `(volatility_window: 60)`.
    ///
    /// # Errors
    /// A text that is not RON.
    pub fn from_ron(text: &str) -> Result<Self, ScenarioError> {
        Ok(Self::new(parse(&Source::new("settings", "", text))?, ""))
    }

    /// The settings as RON on one line.
    pub fn text(&self) -> String {
        compact(&self.node)
    }

    /// File and line where they stand.
    pub fn place(&self) -> (&str, usize) {
        (&self.node.span.source.name, self.node.span.line())
    }

    /// Where they stand.
    pub fn span(&self) -> &Span {
        &self.node.span
    }

    /// Reads and checks them.
    ///
    /// # Errors
    /// Everything that is wrong: unknown fields, wrong types, values out of range.
    pub fn read<T: DeserializeOwned + Check>(&self) -> Result<T, ScenarioError> {
        let mut reader = Reader::default();
        let value = reader.read::<T>(&self.node, &self.path);
        let mut problems = reader.finish();
        if let Some(value) = &value {
            for error in Checker::run(value) {
                let span = self.node.locate(&error.path);
                let path = crate::scenario::syntax::path::join(&self.path, &error.path);
                let message = format!("{} is not {}", error.value, error.expected);
                problems.push(Diagnostic::error(span, path, message).with_value(error.value));
            }
        }
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            _ => Err(ScenarioError::new(problems)),
        }
    }
}

impl Default for RawSettings {
    /// `()`.
    fn default() -> Self {
        let source = Source::new("defaults", "", "()");
        let span = Span { source, start: 0, end: 2 };
        Self::new(Node { span, kind: crate::scenario::syntax::Kind::Tuple(None, Vec::new()) }, "")
    }
}

impl PartialEq for RawSettings {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl fmt::Debug for RawSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Serialize for RawSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.text();
        let raw = ron::value::RawValue::from_ron(&text).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}
