//! The one visible list of modules: name -> module, built from the settings of a scenario.

use std::fmt;
use std::sync::Arc;

use manyworlds_engine::{Module, ModuleInfo, nearest};
use serde::de::DeserializeOwned;

use crate::cob::CobModule;
use crate::correlation::CorrelationModule;
use crate::extrema::ExtremaModule;
use crate::market_analysis::MarketAnalysisModule;
use crate::microstructure::MicrostructureModule;
use crate::multi_timeframe::MultiTimeframeModule;
use crate::pivot_analysis::PivotAnalysisModule;
use crate::setting::{Check, Checker, SettingError};

/// Makes a module from its settings as RON text; `None` means the defaults.
type Factory = Arc<dyn Fn(Option<&str>) -> Result<Arc<dyn Module>, CatalogueError> + Send + Sync>;

/// Why a module cannot be had.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CatalogueError {
    /// No module of that name.
    #[error("no module `{name}`{}", nearest.as_ref().map(|n| format!(": did you mean `{n}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// Settings that cannot be read; the position counts from the beginning of the settings.
    #[error("settings of `{module}`, line {line}, column {column}: {message}")]
    Syntax {
        /// Whose.
        module: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// The field that is unknown, if it is one.
        field: Option<String>,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// Settings that are out of range.
    #[error("settings of `{module}`: {}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Range {
        /// Whose.
        module: String,
        /// Every violation.
        errors: Vec<SettingError>,
    },
}

/// The modules that a scenario may name. Clones share what the modules say of themselves: every plan of a run has one.
#[derive(Clone, Default)]
pub struct Catalogue {
    entries: Vec<(Arc<ModuleInfo>, Factory)>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Catalogue").field(&self.names()).finish()
    }
}

impl Catalogue {
    /// Nothing.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The modules that come with manyworlds.
    pub fn with_defaults() -> Self {
        Self::empty()
            .add_with(MarketAnalysisModule)
            .add_with(MultiTimeframeModule)
            .add_with(PivotAnalysisModule)
            .add_with(ExtremaModule)
            .add_with(CorrelationModule)
            .add_with(CobModule)
            .add_with(MicrostructureModule)
    }

    /// Adds a module without settings. A second module of a name replaces the first.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a builder's `add`; nothing is summed")]
    pub fn add(self, module: impl Module + 'static) -> Self {
        let module: Arc<dyn Module> = Arc::new(module);
        let info = module.info();
        let name = info.name.clone();
        self.insert(
            info,
            Arc::new(move |settings| match settings.map(str::trim) {
                None | Some("" | "()") => Ok(module.clone()),
                Some(_) => Err(CatalogueError::Syntax {
                    module: name.clone(),
                    line: 1,
                    column: 1,
                    field: None,
                    message: "this module has no settings: write ()".to_owned(),
                }),
            }),
        )
    }

    /// Adds a module that is made from settings. They are read from RON, checked for their ranges, and default where
    /// a scenario does not give them.
    #[must_use]
    pub fn add_with<S, M>(self, make: fn(S) -> M) -> Self
    where
        S: DeserializeOwned + Default + Check + 'static,
        M: Module + 'static,
    {
        let info = make(S::default()).info();
        let name = info.name.clone();
        self.insert(
            info,
            Arc::new(move |text| {
                let settings = match text {
                    None => S::default(),
                    Some(text) => ron::from_str::<S>(text).map_err(|e| syntax_error(&name, &e))?,
                };
                let errors = Checker::run(&settings);
                if !errors.is_empty() {
                    return Err(CatalogueError::Range { module: name.clone(), errors });
                }
                Ok(Arc::new(make(settings)))
            }),
        )
    }

    fn insert(mut self, info: ModuleInfo, factory: Factory) -> Self {
        self.entries.retain(|(known, _)| known.name != info.name);
        self.entries.push((Arc::new(info), factory));
        self
    }

    /// What the modules say of themselves, in the order in which they were added.
    pub fn infos(&self) -> impl Iterator<Item = &ModuleInfo> {
        self.entries.iter().map(|(info, _)| &**info)
    }

    /// The names of all modules.
    pub fn names(&self) -> Vec<&str> {
        self.infos().map(|info| info.name.as_str()).collect()
    }

    /// These modules, and after them those of the catalogue that they require, directly or not.
    pub fn with_requirements<'a>(&'a self, names: &[&'a str]) -> Vec<&'a str> {
        let mut all = names.to_vec();
        let mut at = 0;
        while let Some(name) = all.get(at).copied() {
            let infos = self.infos().filter(|info| info.name == name);
            for required in infos.flat_map(|info| &info.requires) {
                // What is always there is not in the catalogue.
                if self.infos().any(|info| info.name == *required) && !all.contains(&required.as_str()) {
                    all.push(required);
                }
            }
            at += 1;
        }
        all
    }

    /// Takes out of a list what cannot run without order books: the modules that read them, and those that require one of
    /// these. Returns what was taken out.
    pub fn without_books<'a>(&self, names: &mut Vec<&'a str>) -> Vec<&'a str> {
        let mut out: Vec<&str> = Vec::new();
        loop {
            let reads = |name: &str| {
                let mut infos = self.infos().filter(|info| info.name == name);
                infos.any(|i| i.needs_books || i.requires.iter().any(|r| out.contains(&r.as_str())))
            };
            let Some(at) = names.iter().position(|name| reads(name)) else { return out };
            out.push(names.remove(at));
        }
    }

    /// Makes a module. A trailing `_module` in the name is accepted.
    ///
    /// # Errors
    /// An unknown name or settings that are not right.
    pub fn build(&self, name: &str, settings: Option<&str>) -> Result<Arc<dyn Module>, CatalogueError> {
        let short = name.strip_suffix("_module").unwrap_or(name);
        let found = self.entries.iter().find(|(info, _)| info.name == name || info.name == short);
        match found {
            Some((_, factory)) => factory(settings),
            None => Err(CatalogueError::Unknown {
                name: name.to_owned(),
                nearest: nearest(short, self.names()).map(str::to_owned),
            }),
        }
    }
}

/// What is wrong with the text of settings, with the nearest name for one that is unknown.
fn syntax_error(module: &str, error: &ron::error::SpannedError) -> CatalogueError {
    let mut field = None;
    let message = match &error.code {
        ron::Error::NoSuchStructField { expected, found, .. } => {
            field = Some(found.clone());
            let near = nearest(found, expected.iter().copied());
            let near = near.map_or_else(|| format!("one of {}", expected.join(", ")), |n| format!("`{n}`"));
            format!("Unexpected field `{found}`: did you mean {near}?")
        }
        other => other.to_string(),
    };
    let (line, column) = (error.span.start.line, error.span.start.col);
    CatalogueError::Syntax { module: module.to_owned(), line, column, field, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_engine::ModuleContext;
    use serde::Deserialize;

    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Settings {
        window: u64,
    }

    impl Check for Settings {
        fn check(&self, checker: &mut Checker) {
            checker.whole("window", self.window, 0, 100);
        }
    }

    struct Named(#[allow(dead_code)] Settings);

    impl Module for Named {
        fn info(&self) -> ModuleInfo {
            ModuleInfo { name: "market_analysis".into(), ..ModuleInfo::default() }
        }
        fn build(&self, _: &mut ModuleContext<'_>) {}
    }

    struct Needs(&'static str, &'static [&'static str]);

    impl Module for Needs {
        fn info(&self) -> ModuleInfo {
            let requires = self.1.iter().map(|r| (*r).to_owned()).collect();
            ModuleInfo { name: self.0.into(), requires, ..ModuleInfo::default() }
        }
        fn build(&self, _: &mut ModuleContext<'_>) {}
    }

    #[test]
    fn requirements_are_taken_along_once_and_core_modules_are_not_asked_for() {
        let catalogue = Catalogue::empty()
            .add(Needs("a", &["b", "market"]))
            .add(Needs("b", &["c"]))
            .add(Needs("c", &["a"]))
            .add(Needs("d", &[]));
        assert_eq!(catalogue.with_requirements(&["d", "a"]), ["d", "a", "b", "c"]);
        assert_eq!(catalogue.with_requirements(&["c", "b"]), ["c", "b", "a"]);
        assert_eq!(catalogue.with_requirements(&[]), [""; 0]);
    }

    struct Reads;

    impl Module for Reads {
        fn info(&self) -> ModuleInfo {
            ModuleInfo { name: "books".into(), needs_books: true, ..ModuleInfo::default() }
        }
        fn build(&self, _: &mut ModuleContext<'_>) {}
    }

    #[test]
    fn without_books_what_reads_them_is_taken_out_with_what_requires_it() {
        let catalogue = Catalogue::empty().add(Needs("a", &["b"])).add(Needs("b", &["books"])).add(Reads);
        let catalogue = catalogue.add(Needs("c", &[]));
        let mut names = vec!["a", "c", "books", "b"];
        let mut out = catalogue.without_books(&mut names);
        out.sort_unstable();
        assert_eq!((names, out), (vec!["c"], vec!["a", "b", "books"]));
    }

    #[test]
    fn settings_are_read_and_checked() {
        let catalogue = Catalogue::empty().add_with(Named);
        assert!(catalogue.build("market_analysis_module", Some("(window: 60)")).is_ok());
        assert!(catalogue.build("market_analysis", None).is_ok());
        let error = |name, text| catalogue.build(name, text).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error("market_analisys", None).contains("did you mean `market_analysis`"));
        assert!(error("market_analysis", Some("(\n  windw: 60)")).contains("line 2"));
        let range = error("market_analysis", Some("(window: 101)"));
        assert!(range.contains("window: 101 is not a whole number from 0 to 100"), "{range}");
    }
}
