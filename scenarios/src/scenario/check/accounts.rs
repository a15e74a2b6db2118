//! Accounts: the models they listen to, and policies that cannot do what they seem to say.

use manyworlds_systems::orchestrator::settings::{AllowedSide, Selection};

use super::Report;
use crate::scenario::load::Draft;
use crate::scenario::schema::account::AccountSettings;
use crate::scenario::schema::orchestrator::OrchestratorSettings;

pub(super) fn check(draft: &Draft, report: &mut Report<'_>) {
    let names: Vec<String> = draft.models.iter().flatten().map(|m| m.name()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let all_models_read = draft.models.iter().all(Option::is_some);
    let no_forecasts = draft.models.is_empty() && draft.scenario.orchestrator == OrchestratorSettings::Basic;
    let waits = |a: &Option<AccountSettings>| a.as_ref().is_none_or(AccountSettings::follows_signals);
    if no_forecasts && draft.accounts.iter().any(waits) {
        let message = "no model and no module makes forecasts: every account holds its cash to the end";
        report.warn("models", message, "add e.g. `models: [SmaCross(fast: 10, slow: 30)]`");
    }
    if draft.accounts.is_empty() {
        report.warn(
            "accounts",
            "there is no account: nothing is decided",
            "leave `accounts` out for one by default",
        );
    }
    let spot_only = draft.venues.iter().all(|v| v.as_ref().is_some_and(|v| v.margin.is_none()));
    for (i, account) in draft.accounts.iter().enumerate() {
        let Some(account) = account else { continue };
        if !account.follows_signals() {
            continue;
        }
        let policy = &account.policy;
        let path = |field: &str| format!("accounts[{i}].policy.{field}");
        for (m, model) in policy.models.iter().enumerate().filter(|_| all_models_read) {
            report.known(&path(&format!("models[{m}]")), "model", model, &names);
        }
        if policy.exit > policy.entry {
            let message = format!("exit, {}, is above entry, {}", policy.exit, policy.entry);
            report.warn(&path("exit"), message, "a signal strong enough to open would be too weak to close");
        }
        if policy.side != AllowedSide::LongOnly && spot_only {
            let message = "no venue has margin, so that every short sale will be rejected";
            report.warn(
                &path("side"),
                message,
                "add e.g. `margin: (initial: 0.5, maintenance: 0.25)` to a venue",
            );
        }
        if matches!(policy.select, Selection::Rank { .. }) && draft.symbols.len() == 1 {
            report.warn(&path("select"), "there is only one symbol to rank", "use `All`, or add symbols");
        }
    }
}
