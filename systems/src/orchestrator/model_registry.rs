//! Names of models: the baselines, and whatever a program registers.

use super::baselines::SmaCross;
use super::forecaster::Forecaster;
use super::model_entry::ModelEntry;
use super::model_switch::UnknownModel;
use super::settings::ModelSettings;

/// Makes models from settings. Baselines are always known; others are registered by name.
#[derive(Debug, Clone, Default)]
pub struct ModelRegistry {
    registered: Vec<ModelEntry>,
}

impl ModelRegistry {
    /// A registry that knows the baselines.
    pub fn with_baselines() -> Self {
        Self::default()
    }

    /// Adds a forecaster under a name, for `Registered(name)` in scenarios. A later one of a name replaces the earlier.
    #[must_use]
    pub fn register(mut self, name: &str, model: impl Forecaster) -> Self {
        self.registered.retain(|entry| entry.name() != name);
        self.registered.push(ModelEntry::new(model).named(name));
        self
    }

    /// Names that were registered, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.registered.iter().map(ModelEntry::name)
    }

    /// The model that the settings describe.
    ///
    /// # Errors
    /// A registered name that is not.
    pub fn build(&self, settings: &ModelSettings) -> Result<ModelEntry, UnknownModel> {
        Ok(match settings {
            ModelSettings::SmaCross { fast, slow } => ModelEntry::new(SmaCross { fast: *fast, slow: *slow }),
            ModelSettings::Named { name, model } => self.build(model)?.named(name),
            ModelSettings::Registered(name) => {
                let known = self.registered.iter().find(|entry| entry.name() == name);
                let nearest = || nearest(name, self.names());
                known.cloned().ok_or_else(|| UnknownModel { name: name.clone(), nearest: nearest() })?
            }
            _ => return Err(UnknownModel { name: settings.name(), nearest: None }),
        })
    }
}

/// The candidate that looks most like `name`, if any does.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let scored = candidates.map(|c| (strsim::jaro_winkler(&name.to_lowercase(), &c.to_lowercase()), c));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.7).map(|(_, c)| c.to_owned())
}
