//! What reading met on its way.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::de::Error as _;

use super::error::ReadError;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::syntax::path::join;
use crate::scenario::syntax::{Field, Node};

/// Problems so far, and the fields that are passed over because they were one of them.
#[derive(Debug, Default)]
pub(super) struct Log {
    problems: RefCell<Vec<Diagnostic>>,
    skipped: RefCell<BTreeSet<String>>,
}

impl Log {
    /// The fields that are known and not passed over; unknown and repeated ones are noted.
    pub(super) fn known_fields<'a>(
        &self,
        path: &str,
        fields: &'a [Field],
        known: &'static [&'static str],
    ) -> Vec<(String, &'a Node)> {
        let mut kept: Vec<(String, &Node)> = Vec::new();
        for field in fields {
            let at = join(path, &field.name);
            let problem = |message: String, help: Option<String>| {
                let error = Diagnostic::error(field.span.clone(), at.clone(), message);
                self.note(Diagnostic { help, value: Some(field.name.clone()), ..error });
            };
            if !known.contains(&field.name.as_str()) {
                let error = ReadError::unknown_field(&field.name, known);
                problem(error.message, error.help);
            } else if kept.iter().any(|(name, _)| *name == field.name) {
                problem(format!("the field `{}` is there twice", field.name), None);
            } else if !self.skipped.borrow().contains(&at) {
                kept.push((field.name.clone(), &field.value));
            }
        }
        kept
    }

    /// Adds a problem, unless it is known.
    pub(super) fn note(&self, problem: Diagnostic) {
        let mut problems = self.problems.borrow_mut();
        let same = |p: &Diagnostic| {
            p.message == problem.message
                && p.path == problem.path
                && p.line() == problem.line()
                && p.column() == problem.column()
        };
        if !problems.iter().any(same) {
            problems.push(problem);
        }
    }

    /// Passes over a field from now on; false if it already was.
    pub(super) fn skip(&self, path: String) -> bool {
        self.skipped.borrow_mut().insert(path)
    }

    pub(super) fn is_skipped(&self, path: &str) -> bool {
        self.skipped.borrow().contains(path)
    }

    pub(super) fn take(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.problems.borrow_mut())
    }
}
