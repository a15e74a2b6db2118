//! The module contract: what somebody must say and do to add systems to the simulation.

use manyworlds_components::feature::FeatureSpec;

use crate::context::ModuleContext;
use crate::stage::Stage;

/// A setting of a module, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingSpec {
    /// Field name in the scenario.
    pub name: String,
    /// Default, as it would be written.
    pub default: String,
    /// What is accepted, e.g. `2 ..= 10000`.
    pub range: String,
    /// One line.
    pub meaning: String,
}

impl SettingSpec {
    /// A setting from its parts.
    pub fn new(name: &str, default: impl ToString, range: &str, meaning: &str) -> Self {
        Self { name: name.into(), default: default.to_string(), range: range.into(), meaning: meaning.into() }
    }
}

/// What a module says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModuleInfo {
    /// Its name in scenarios, e.g. `market_analysis`.
    pub name: String,
    /// One line.
    pub purpose: String,
    /// The stages in which it has systems.
    pub stages: Vec<Stage>,
    /// Names of modules that must be enabled for it to work.
    pub requires: Vec<String>,
    /// Whether it reads order books: it refuses to be built in a run without any, presets leave it out there.
    pub needs_books: bool,
    /// How many past rows of the world's input series its systems read, the newest included: the series keep at
    /// least as many. 0 where it reads none, or keeps what it needs itself.
    pub lookback: usize,
    /// What it offers to readers, in order.
    pub features: Vec<FeatureSpec>,
    /// Its settings with defaults and ranges.
    pub settings: Vec<SettingSpec>,
}

/// A set of systems, with the components that they need.
///
/// `build` runs when the simulation is built, again for every fork, and again whenever the module is enabled; it
/// must do the same each time. State lives in components and resources that it registers with the context,
/// never in the module itself, in captures of closures, or in `Local`s.
pub trait Module: Send + Sync {
    /// What the module is.
    fn info(&self) -> ModuleInfo;

    /// Registers components, resources, features and systems.
    fn build(&self, app: &mut ModuleContext<'_>);
}
