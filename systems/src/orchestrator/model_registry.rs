//! Names of models: the baselines, and whatever a program registers.

use super::baselines::{
    Breakout, BuyAndHold, EmaCross, MajorityClass, MarketStructure, MeanReversion, Momentum, SmaCross,
};
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
        Ok(match *settings {
            ModelSettings::SmaCross { fast, slow } => ModelEntry::new(SmaCross { fast, slow }),
            ModelSettings::EmaCross { fast, slow } => ModelEntry::new(EmaCross { fast, slow }),
            ModelSettings::Momentum { lookback, threshold, skip } => {
                ModelEntry::new(Momentum { lookback, threshold, skip })
            }
            ModelSettings::MeanReversion { window, z } => ModelEntry::new(MeanReversion { window, z }),
            ModelSettings::Breakout { window } => ModelEntry::new(Breakout { window }),
            ModelSettings::BuyAndHold => ModelEntry::new(BuyAndHold),
            ModelSettings::MajorityClass { window } => ModelEntry::new(MajorityClass { window }),
            ModelSettings::MarketStructure {
                threshold,
                level,
                weights: (regime, timeframes, pivots, extrema),
            } => {
                let weights = [regime, timeframes, pivots, extrema];
                ModelEntry::new(MarketStructure { threshold, level, weights })
            }
            ModelSettings::Named { ref name, ref model } => self.build(model)?.named(name),
            ModelSettings::Registered(ref name) => {
                let known = self.registered.iter().find(|entry| entry.name() == name);
                let nearest = || manyworlds_engine::nearest(name, self.names()).map(str::to_owned);
                known.cloned().ok_or_else(|| UnknownModel { name: name.clone(), nearest: nearest() })?
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_baseline_is_built_under_the_name_of_its_settings() {
        let settings = [
            ModelSettings::SmaCross { fast: 10, slow: 30 },
            ModelSettings::EmaCross { fast: 12, slow: 26 },
            ModelSettings::Momentum { lookback: 252, threshold: 0.0, skip: 21 },
            ModelSettings::Momentum { lookback: 10, threshold: 0.0, skip: 0 },
            ModelSettings::MeanReversion { window: 20, z: 2.0 },
            ModelSettings::Breakout { window: 55 },
            ModelSettings::BuyAndHold,
            ModelSettings::MajorityClass { window: 100 },
            ModelSettings::MarketStructure { threshold: 0.25, level: 3, weights: (1.0, 1.0, 1.0, 1.0) },
        ];
        let registry = ModelRegistry::with_baselines();
        for settings in settings {
            assert_eq!(registry.build(&settings).unwrap().name(), settings.name());
            let named = ModelSettings::Named { name: "mine".into(), model: Box::new(settings) };
            let entry = registry.build(&named).unwrap();
            assert_eq!((entry.name(), entry.card().name.as_str()), ("mine", "mine"));
        }
    }

    #[test]
    fn registered_models_are_found_by_name() {
        let registry = ModelRegistry::with_baselines().register("always_long", BuyAndHold);
        let entry = registry.build(&ModelSettings::Registered("always_long".into())).unwrap();
        assert_eq!((entry.name(), entry.warmup()), ("always_long", 1));
        let error = registry.build(&ModelSettings::Registered("allways_long".into())).unwrap_err();
        assert_eq!(error.to_string(), "no model `allways_long`: did you mean `always_long`?");
    }
}
