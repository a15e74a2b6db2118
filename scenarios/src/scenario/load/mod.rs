//! Loads scenarios: files, inheritance, overrides, variables, checks.

mod assemble;
mod environment;
mod files;
mod modules;
mod overrides;
mod paths;
mod template;

use std::path::Path;

pub(crate) use assemble::Draft;
pub use environment::Environment;
pub use overrides::Overrides;
pub use template::{Setting, Template};

use manyworlds_systems::catalogue::Catalogue;

use super::check::check;
use super::diagnostic::{Diagnostic, ScenarioError};
use super::read::Reader;
use super::schema::Scenario;
use super::schema::orchestrator::CATALOGUE;
use super::syntax::{Node, Source};

/// How to load a scenario.
#[derive(Debug, Clone)]
pub struct Loader {
    overrides: Overrides,
    environment: Environment,
    modules: Vec<String>,
    catalogue: Option<Catalogue>,
    files_must_exist: bool,
}

/// A scenario with what was found out while it was loaded.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// What is odd about it but does not keep it from running.
    pub warnings: Vec<Diagnostic>,
    pub(super) root: Node,
}

impl Default for Loader {
    /// No overrides, the environment of the process, the modules of the catalogue; files must exist.
    fn default() -> Self {
        Self {
            overrides: Overrides::default(),
            environment: Environment::Process,
            modules: CATALOGUE.map(str::to_owned).to_vec(),
            catalogue: None,
            files_must_exist: true,
        }
    }
}

impl Loader {
    /// With these values on top of the files.
    pub fn overrides(mut self, overrides: Overrides) -> Self {
        self.overrides = overrides;
        self
    }

    /// With these environment variables.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// With these modules as the known ones (names without `_module`).
    pub fn known_modules(mut self, names: &[&str]) -> Self {
        self.modules = names.iter().map(|n| (*n).to_owned()).collect();
        self
    }

    /// With these modules as the known ones; their settings and features are checked, too.
    pub fn catalogue(self, catalogue: &Catalogue) -> Self {
        Self { catalogue: Some(catalogue.clone()), ..self.known_modules(&catalogue.names()) }
    }

    /// Whether data files that do not exist are errors. Default: they are.
    pub fn files_must_exist(mut self, must: bool) -> Self {
        self.files_must_exist = must;
        self
    }

    /// Loads a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, as far as can be seen at once.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Loaded, ScenarioError> {
        let path = path.as_ref();
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        self.finish(files::read_file(path, &self.environment)?, &name)
    }

    /// Loads a text; paths in it are relative to the current directory. `name` is what errors call it.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_text(&self, name: &str, text: &str) -> Result<Loaded, ScenarioError> {
        let root = files::read_text(&Source::new(name, "", text), &self.environment)?;
        self.finish(root, "scenario")
    }

    fn finish(&self, mut root: Node, name: &str) -> Result<Loaded, ScenarioError> {
        let problems = self.overrides.apply(&mut root);
        self.interpret(root, name, problems)
    }

    /// From the tree with everything laid over it to the scenario; `problems` are those of laying it over.
    fn interpret(
        &self,
        root: Node,
        name: &str,
        mut problems: Vec<Diagnostic>,
    ) -> Result<Loaded, ScenarioError> {
        let mut reader = Reader::default();
        let modules: Vec<&str> = self.modules.iter().map(String::as_str).collect();
        let mut draft = assemble::assemble(&root, name, &mut reader, &modules);
        problems.extend(reader.finish());
        problems.extend(check(&draft, &root, &modules, self.catalogue.as_ref()));
        problems.extend(paths::resolve(&mut draft, &root, &self.environment, self.files_must_exist));
        let (warnings, mut errors): (Vec<_>, Vec<_>) = problems.into_iter().partition(|d| d.warning);
        if errors.is_empty() {
            return Ok(Loaded { scenario: draft.finish(), warnings, root });
        }
        errors.sort_by_key(|d| d.span.as_ref().map(|s| (s.source.name.clone(), s.start)));
        Err(ScenarioError::new(errors))
    }
}

impl Scenario {
    /// Loads a scenario file with everything that it extends.
    ///
    /// # Errors
    /// Everything that is wrong with it, as far as can be seen at once.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        Loader::default().load(path).map(|loaded| loaded.scenario)
    }

    /// The same, with values on top.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_with(path: impl AsRef<Path>, overrides: &Overrides) -> Result<Self, ScenarioError> {
        Loader::default().overrides(overrides.clone()).load(path).map(|loaded| loaded.scenario)
    }

    /// Reads a scenario from a text. Paths are relative to the current directory; whether files exist is not checked.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_ron(text: &str) -> Result<Self, ScenarioError> {
        Loader::default().files_must_exist(false).load_text("scenario", text).map(|loaded| loaded.scenario)
    }
}
