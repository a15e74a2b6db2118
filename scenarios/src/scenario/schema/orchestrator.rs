//! Which modules are loaded.

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::module::{ModuleSettings, RawSettings};

/// Which modules are loaded.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum OrchestratorSettings {
    /// `(type: basic)`: none. The default.
    #[default]
    Basic,
    /// `(type: configurable, modules: [...])` or `(type: configurable, modules: {...})`: these, in this order.
    Configurable {
        /// The modules.
        modules: Vec<ModuleSettings>,
    },
    /// `(type: preset, name: "full")`: those of a preset, with their default settings.
    Preset {
        /// Which preset.
        preset: Preset,
    },
}

/// A named set of modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// No module.
    Basic,
    /// cob, neural_fusion, market_analysis, pivot_analysis.
    Full,
    /// market_analysis, extrema, training.
    Research,
    /// All nine; a deprecated alias for what used to be one block.
    Enhanced,
}

/// The modules of the catalogue.
pub const CATALOGUE: [&str; 9] = [
    "cob",
    "market_analysis",
    "multi_timeframe",
    "neural_fusion",
    "pivot_analysis",
    "extrema",
    "microstructure",
    "correlation",
    "training",
];

impl Preset {
    /// All presets.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Full, Self::Research, Self::Enhanced];

    /// Its name in scenarios.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Full => "full",
            Self::Research => "research",
            Self::Enhanced => "enhanced",
        }
    }

    /// The modules it loads.
    pub fn modules(self) -> &'static [&'static str] {
        match self {
            Self::Basic => &[],
            Self::Full => &["cob", "neural_fusion", "market_analysis", "pivot_analysis"],
            Self::Research => &["market_analysis", "extrema", "training"],
            Self::Enhanced => &CATALOGUE,
        }
    }
}

impl OrchestratorSettings {
    /// The modules to load, in order.
    pub fn modules(&self) -> Vec<ModuleSettings> {
        match self {
            Self::Basic => Vec::new(),
            Self::Configurable { modules } => modules.clone(),
            Self::Preset { preset } => {
                let settings = |name: &&str| ModuleSettings {
                    name: (*name).to_owned(),
                    settings: RawSettings::default(),
                };
                preset.modules().iter().map(settings).collect()
            }
        }
    }
}

/// The name of a module without the trailing `_module`.
pub fn canonical(name: &str) -> &str {
    name.strip_suffix("_module").filter(|n| !n.is_empty()).unwrap_or(name)
}

/// The word behind `type`.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    Basic,
    Configurable,
    Preset,
}

/// Modules as a map in order.
struct Modules<'a>(&'a [ModuleSettings]);

impl Serialize for Modules<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for module in self.0 {
            map.serialize_entry(&module.name, &module.settings)?;
        }
        map.end()
    }
}

impl Serialize for OrchestratorSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = if *self == Self::Basic { 1 } else { 2 };
        let mut written = serializer.serialize_struct("OrchestratorSettings", fields)?;
        match self {
            Self::Basic => written.serialize_field("type", &Type::Basic)?,
            Self::Configurable { modules } => {
                written.serialize_field("type", &Type::Configurable)?;
                written.serialize_field("modules", &Modules(modules))?;
            }
            Self::Preset { preset } => {
                written.serialize_field("type", &Type::Preset)?;
                written.serialize_field("name", preset.name())?;
            }
        }
        written.end()
    }
}
