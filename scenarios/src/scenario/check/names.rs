//! Names: unique where they are given, known where they are used.

use super::Report;
use crate::scenario::load::Draft;
use crate::scenario::nearest::hint;
use crate::scenario::schema::orchestrator::canonical;

pub(super) fn check(draft: &Draft, report: &mut Report<'_>, modules: &[&str]) {
    let named = |list: &str, names: Vec<Option<&str>>, field: &str| -> Vec<(String, String)> {
        let path =
            |i: usize| if field.is_empty() { format!("{list}[{i}]") } else { format!("{list}[{i}].{field}") };
        names.into_iter().enumerate().filter_map(|(i, n)| Some((path(i), n?.to_owned()))).collect()
    };
    let venues = draft.venues.iter().map(|v| v.as_ref().map(|v| v.name.as_str())).collect();
    report.unique("venue", &named("venues", venues, "name"));
    let symbols = draft.symbols.iter().map(|s| s.as_ref().map(|s| s.symbol.as_str())).collect();
    report.unique("symbol", &named("symbols", symbols, "symbol"));
    let accounts = draft.accounts.iter().map(|a| a.as_ref().map(|a| a.name.as_str())).collect();
    report.unique("account", &named("accounts", accounts, "name"));
    let models: Vec<Option<String>> = draft.models.iter().map(|m| m.as_ref().map(|m| m.name())).collect();
    report.unique("model", &named("models", models.iter().map(Option::as_deref).collect(), ""));
    for (i, feature) in draft.scenario.record.features.iter().enumerate() {
        let path = format!("record.features[{i}]");
        match feature.split_once('.') {
            Some((module, _)) => report.known(&path, "module", canonical(module), modules),
            None => {
                let help = format!("write `module.feature`; {}", hint(feature, modules, "modules"));
                report.error(&path, format!("`{feature}` is not the name of a feature"), help);
            }
        }
    }
}
