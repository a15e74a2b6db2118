//! Ranges of single values.

use manyworlds_systems::setting::{Check, Checker};

use super::Report;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::load::Draft;

pub(super) fn check(draft: &Draft, report: &mut Report<'_>) {
    for error in Checker::run(draft) {
        let message = format!("{} is not {}", error.value, error.expected);
        let span = report.root.locate(&error.path);
        report.found.push(Diagnostic::error(span, error.path, message).with_value(error.value));
    }
    let scenario = &draft.scenario;
    if let (Some(from), Some(to)) = (scenario.from, scenario.to)
        && from >= to
    {
        report.error(
            "to",
            format!("the end, {to}, is not after the beginning, {from}"),
            "swap or change them",
        );
    }
    if let Some(trade_from) = scenario.trade_from
        && (scenario.from.is_some_and(|t| trade_from < t) || scenario.to.is_some_and(|t| trade_from > t))
    {
        report.error(
            "trade_from",
            format!("{trade_from} is outside of the span that is replayed"),
            "trading begins after the warm-up, which begins at `from`, and before `to`",
        );
    }
    for (i, toggle) in scenario.toggles.iter().enumerate() {
        let outside =
            scenario.from.is_some_and(|t| toggle.at < t) || scenario.to.is_some_and(|t| toggle.at > t);
        if outside {
            let message = format!("{} is outside of the span that is replayed", toggle.at);
            report.warn(&format!("toggles[{i}].at"), message, "it takes effect at the nearest end, or never");
        }
    }
}

/// Checks the readable items of a list.
fn items<T: Check>(c: &mut Checker, field: &str, items: &[Option<T>]) {
    for (i, item) in items.iter().enumerate() {
        if let Some(item) = item {
            c.within(format_args!("{field}[{i}]"), |c| item.check(c));
        }
    }
}

impl Check for Draft {
    fn check(&self, c: &mut Checker) {
        items(c, "venues", &self.venues);
        items(c, "symbols", &self.symbols);
        items(c, "models", &self.models);
        c.within("combine", |c| self.scenario.combine.check(c));
        items(c, "accounts", &self.accounts);
        c.whole("max_events_per_step", self.scenario.max_events_per_step as u64, 1, 1 << 32);
        c.whole("record.feature_samples", self.scenario.record.feature_samples as u64, 0, 100_000);
        c.require("name", "\"\"", !self.scenario.name.trim().is_empty(), "a name");
    }
}
