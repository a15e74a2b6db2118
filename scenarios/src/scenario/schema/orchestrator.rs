//! Which modules are loaded.

use manyworlds_systems::catalogue::Catalogue;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::module::{ModuleSettings, RawSettings};
pub use super::preset::{CATALOGUE, NothingBuilt, Preset};

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

impl OrchestratorSettings {
    /// The modules that it names, in order, whether they are built or not.
    pub fn modules(&self) -> Vec<ModuleSettings> {
        match self {
            Self::Basic => Vec::new(),
            Self::Configurable { modules } => modules.clone(),
            Self::Preset { preset } => with_defaults(preset.modules()),
        }
    }

    /// The modules of a catalogue to load, and what is to be said about it. A preset loads what there is of it, and what
    /// that requires, and where the data have no order books, what needs none; a module that was named itself must be there,
    /// which building it finds out.
    ///
    /// # Errors
    /// A preset of which nothing is built yet.
    pub fn loadable(
        &self,
        catalogue: &Catalogue,
        books: bool,
    ) -> Result<(Vec<ModuleSettings>, Vec<String>), NothingBuilt> {
        match self {
            Self::Preset { preset } => {
                let resolved = preset.resolve(&catalogue.names())?;
                let mut warnings = resolved.warnings;
                let mut modules = catalogue.with_requirements(&resolved.modules);
                if !books {
                    let left_out = catalogue.without_books(&mut modules);
                    if !left_out.is_empty() {
                        let (name, left_out) = (preset.name(), left_out.join(", "));
                        warnings.push(format!(
                            "preset `{name}`: the data have no order books, which {left_out} would read: left out"
                        ));
                    }
                }
                Ok((with_defaults(&modules), warnings))
            }
            _ => Ok((self.modules(), Vec::new())),
        }
    }
}

/// Modules with their default settings.
fn with_defaults(names: &[&str]) -> Vec<ModuleSettings> {
    let module = |name: &&str| ModuleSettings { name: (*name).to_owned(), settings: RawSettings::default() };
    names.iter().map(module).collect()
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
