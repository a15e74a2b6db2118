//! What can be wrong with a single value.

use std::fmt;

use serde::de;

use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::nearest::hint;
use crate::scenario::syntax::path::join;
use crate::scenario::syntax::{Node, Span};

/// A value that is not what its place wants. Its place is filled in by the reader that knows it.
#[derive(Debug)]
pub struct ReadError {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) value: Option<String>,
    /// The field that is missing, if that is what is wrong.
    pub(super) missing: Option<&'static str>,
    pub(super) place: Option<Box<(String, Span)>>,
}

impl ReadError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, value: None, missing: None, place: None }
    }

    /// A value of another type.
    pub(super) fn wrong_type(expected: &str, found: &Node) -> Self {
        Self::new(format!("expected {expected}, found {}", found.describe()))
    }

    pub(super) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// At this node, unless an inner one is known.
    pub(super) fn at(mut self, path: &str, node: &Node) -> Self {
        if self.place.is_none() {
            self.place = Some(Box::new((path.to_owned(), node.span.head())));
            self.value = Some(node.span.head().text().to_owned());
        }
        self
    }

    /// The path of the value, the missing field included.
    pub(super) fn path(&self) -> String {
        let place = self.place.as_ref().map_or("", |place| place.0.as_str());
        self.missing.map_or_else(|| place.to_owned(), |field| join(place, field))
    }

    pub(super) fn into_diagnostic(self) -> Diagnostic {
        let path = self.path();
        let mut diagnostic = match self.place {
            Some(place) => Diagnostic::error(place.1, path, self.message),
            None => Diagnostic { path, ..Diagnostic::placeless(self.message) },
        };
        diagnostic.help = self.help;
        diagnostic.value = self.value.filter(|_| self.missing.is_none());
        diagnostic
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

/// What to say of fields that have no default.
fn help_on_missing(field: &str) -> String {
    match field {
        "fees" => "there is no default, so that no run is free by accident: write \
                   `fees: (maker_bps: 2.0, taker_bps: 5.0)`, or zeros if trading is really free"
            .to_owned(),
        _ => format!("`{field}` has no default: add `{field}: ...`"),
    }
}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown name `{variant}`")).with_help(hint(variant, expected, "known names"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown field `{field}`")).with_help(hint(field, expected, "known fields"))
    }

    fn missing_field(field: &'static str) -> Self {
        let error = Self::new(format!("the field `{field}` is missing")).with_help(help_on_missing(field));
        Self { missing: Some(field), ..error }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the field `{field}` is there twice"))
    }
}
