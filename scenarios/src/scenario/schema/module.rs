//! A module that a scenario names, with settings that only the module itself understands.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use crate::scenario::diagnostic::{Diagnostic, ScenarioError};
use crate::scenario::read::Reader;
use crate::scenario::syntax::parse::parse;
use crate::scenario::syntax::path::join;
use crate::scenario::syntax::print::compact;
use crate::scenario::syntax::{Node, Source, Span};
use manyworlds_systems::catalogue::CatalogueError;
use manyworlds_systems::setting::{Check, Checker, SettingError};

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

    /// What a catalogue found wrong with them, at its place.
    pub(crate) fn explain(&self, error: &CatalogueError) -> Vec<Diagnostic> {
        match error {
            CatalogueError::Range { errors, .. } => {
                errors.iter().map(|error| self.out_of_range(error)).collect()
            }
            CatalogueError::Syntax { column, field, message, .. } => {
                let text = self.text();
                let at = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
                let name = field.as_deref().or_else(|| last_field(&text[..at]));
                let (span, path) = match name.and_then(|name| path_of(&self.node, name)) {
                    Some(field) => (self.node.locate(&field), join(&self.path, &field)),
                    None => (self.node.span.head(), self.path.clone()),
                };
                vec![Diagnostic::error(span, path, message.as_str())]
            }
            unknown @ CatalogueError::Unknown { .. } => {
                vec![Diagnostic::error(self.node.span.head(), self.path.as_str(), unknown.to_string())]
            }
        }
    }

    fn out_of_range(&self, error: &SettingError) -> Diagnostic {
        let message = format!("{} is not {}", error.value, error.expected);
        let path = join(&self.path, &error.path);
        Diagnostic::error(self.node.locate(&error.path), path, message).with_value(error.value.as_str())
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
            problems.extend(Checker::run(value).iter().map(|error| self.out_of_range(error)));
        }
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            _ => Err(ScenarioError::new(problems)),
        }
    }
}

/// The name of the last `field:` in a text.
fn last_field(text: &str) -> Option<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    text.rmatch_indices(':').find_map(|(colon, _)| {
        let before = text[..colon].trim_end();
        let start = before.rfind(|c| !is_name(c)).map_or(0, |at| at + 1);
        (start < before.len()).then_some(&before[start..])
    })
}

/// The path of the first field of that name, however deep.
fn path_of(node: &Node, name: &str) -> Option<String> {
    let (_, fields) = node.as_struct()?;
    let own = fields.iter().find(|field| field.name == name).map(|field| field.name.clone());
    own.or_else(|| fields.iter().find_map(|f| path_of(&f.value, name).map(|inner| join(&f.name, &inner))))
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
