//! A scenario that is read once and then varied: what a what-if plan makes its branches of.

use std::path::Path;

use super::overrides::put;
use super::{Loaded, Loader, files};
use crate::scenario::diagnostic::{Diagnostic, ScenarioError};
use crate::scenario::syntax::path::segments;
use crate::scenario::syntax::{Node, Source, Span};

/// A value for a path, as in `--set`, with the places where both are written.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The path, e.g. `accounts.base.policy.entry` or `models[0].fast`.
    pub path: String,
    /// Where it is written.
    pub at: Span,
    /// The value.
    pub value: Node,
}

/// A scenario file with all that it extends and the loader's overrides, not yet interpreted.
#[derive(Debug, Clone)]
pub struct Template {
    root: Node,
    name: String,
    loader: Loader,
}

impl Loader {
    /// Reads a file to vary it.
    ///
    /// # Errors
    /// A file that cannot be read or is not RON, and overrides that lead nowhere.
    pub fn template(&self, path: impl AsRef<Path>) -> Result<Template, ScenarioError> {
        let path = path.as_ref();
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        self.make_template(files::read_file(path, &self.environment)?, name)
    }

    /// Reads a text to vary it; `name` is what errors call it.
    ///
    /// # Errors
    /// As [`Loader::template`].
    pub fn template_text(&self, name: &str, text: &str) -> Result<Template, ScenarioError> {
        let root = files::read_text(&Source::new(name, "", text), &self.environment)?;
        self.make_template(root, "scenario".to_owned())
    }

    fn make_template(&self, mut root: Node, name: String) -> Result<Template, ScenarioError> {
        let problems = self.overrides.apply(&mut root);
        match problems.is_empty() {
            true => Ok(Template { root, name, loader: self.clone() }),
            false => Err(ScenarioError::new(problems)),
        }
    }
}

impl Template {
    /// The scenario with these settings laid over it, in order.
    ///
    /// # Errors
    /// As [`Loader::load`]; what is wrong with a setting is placed where the setting is written.
    pub fn with(&self, settings: &[Setting]) -> Result<Loaded, ScenarioError> {
        let mut root = self.root.clone();
        let mut problems = Vec::new();
        for setting in settings {
            let put = segments(&setting.path)
                .map_err(|message| {
                    Box::new(Diagnostic::error(setting.at.clone(), setting.path.as_str(), message))
                })
                .and_then(|steps| put(&mut root, &setting.path, &steps, setting.value.clone(), &setting.at));
            problems.extend(put.err().map(|e| *e));
        }
        self.loader.interpret(root, &self.name, problems)
    }
}
