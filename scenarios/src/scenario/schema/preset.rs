//! Named sets of modules, and what of them a program can load.

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

/// Not one module of a preset is among those that can be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("preset `{name}`: none of its modules is built yet ({}); name modules that are: {}",
    modules.join(", "), if known.is_empty() { "there are none, write (type: basic)".to_owned() } else { known.join(", ") })]
pub struct NothingBuilt {
    /// The preset.
    pub name: &'static str,
    /// Its modules.
    pub modules: Vec<&'static str>,
    /// Those that there are.
    pub known: Vec<String>,
}

/// What of a preset can be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// The modules that there are, in the order of the preset.
    pub modules: Vec<&'static str>,
    /// What is to be said about it, once: modules that are not built yet, a name that is deprecated.
    pub warnings: Vec<String>,
}

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

    /// The preset of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The modules it stands for, whether they are built or not.
    pub fn modules(self) -> &'static [&'static str] {
        match self {
            Self::Basic => &[],
            Self::Full => &["cob", "neural_fusion", "market_analysis", "pivot_analysis"],
            Self::Research => &["market_analysis", "extrema", "training"],
            Self::Enhanced => &CATALOGUE,
        }
    }

    /// What of it can be loaded where `known` are the modules that there are.
    ///
    /// # Errors
    /// When it names modules and none of them is known.
    pub fn resolve(self, known: &[&str]) -> Result<Resolved, NothingBuilt> {
        let (name, all) = (self.name(), self.modules());
        let (modules, missing): (Vec<&str>, Vec<&str>) = all.iter().partition(|m| known.contains(m));
        if modules.is_empty() && !all.is_empty() {
            let known = known.iter().map(|k| (*k).to_owned()).collect();
            return Err(NothingBuilt { name, modules: all.to_vec(), known });
        }
        let mut warnings = Vec::new();
        if self == Self::Enhanced {
            warnings.push(format!(
                "preset `{name}` is deprecated: it only stands for all modules; name those that you need"
            ));
        }
        if !missing.is_empty() {
            let (missing, there) = (missing.join(", "), modules.join(", "));
            warnings.push(format!(
                "preset `{name}` is loaded in part: not built yet: {missing}; loaded: {there}"
            ));
        }
        Ok(Resolved { modules, warnings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exists_is_loaded_and_what_does_not_is_named_once() {
        let resolved = Preset::Full.resolve(&["extrema", "pivot_analysis", "cob"]).unwrap();
        assert_eq!(resolved.modules, ["cob", "pivot_analysis"], "in the order of the preset");
        let [warning] = resolved.warnings.as_slice() else { panic!("{:?}", resolved.warnings) };
        assert!(
            warning.contains("not built yet: neural_fusion, market_analysis; loaded: cob, pivot"),
            "{warning}"
        );
    }

    #[test]
    fn a_preset_of_which_nothing_exists_is_refused() {
        let error = Preset::Research.resolve(&["cob", "mine"]).unwrap_err().to_string();
        for part in ["`research`", "market_analysis, extrema, training", "cob, mine"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(Preset::Enhanced.resolve(&[]).unwrap_err().to_string().contains("(type: basic)"));
        assert_eq!(Preset::Basic.resolve(&[]), Ok(Resolved::default()));
    }

    #[test]
    fn once_all_are_there_only_the_deprecated_one_warns() {
        for preset in Preset::ALL {
            let resolved = preset.resolve(&CATALOGUE).unwrap();
            assert_eq!(resolved.modules, preset.modules());
            let deprecated = usize::from(preset == Preset::Enhanced);
            assert_eq!(resolved.warnings.len(), deprecated, "{:?}", resolved.warnings);
            assert!(resolved.warnings.iter().all(|w| w.contains("deprecated")));
        }
        let partly = Preset::Enhanced.resolve(&["correlation"]).unwrap();
        assert_eq!((partly.modules.len(), partly.warnings.len()), (1, 2));
    }
}
