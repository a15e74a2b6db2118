//! What only a catalogue can tell: settings of modules, and the names of the features that are recorded.

use std::collections::BTreeSet;

use manyworlds_systems::catalogue::Catalogue;

use super::Report;
use crate::scenario::nearest::nearest;

/// Checks a draft against the modules that there are.
pub(super) fn check(report: &mut Report<'_>, draft: &crate::scenario::load::Draft, catalogue: &Catalogue) {
    let scenario = &draft.scenario;
    let mut built = Vec::new();
    for module in scenario.orchestrator.modules() {
        if !catalogue.names().contains(&module.name.as_str()) {
            // A preset may name what is not built; what is unknown has been reported.
            continue;
        }
        match catalogue.build(&module.name, Some(&module.settings.text())) {
            Ok(module) => built.push(module),
            Err(error) => report.found.extend(module.settings.explain(&error)),
        }
    }
    if scenario.record.features.is_empty() {
        return;
    }
    // Those of the catalogue offer what they do by default; those that are loaded, by their settings.
    let infos = catalogue.infos().cloned().chain(built.iter().map(|module| module.info()));
    let there: BTreeSet<String> = infos.flat_map(|info| info.features).map(|f| f.name).collect();
    for (i, name) in scenario.record.features.iter().enumerate() {
        let of_known = name.split_once('.').is_some_and(|(module, _)| catalogue.names().contains(&module));
        if of_known && !there.contains(name) {
            let near = nearest(name, there.iter().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`manyworlds modules NAME` lists them".to_owned(),
            };
            report.error(&format!("record.features[{i}]"), format!("no feature `{name}`"), help);
        }
    }
}
