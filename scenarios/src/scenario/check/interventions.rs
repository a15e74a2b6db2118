//! Interventions: on whom, when, and whether they contradict each other.

use manyworlds_engine::ClockMode;
use manyworlds_systems::exchange::settings::SlippageModel;
use manyworlds_systems::setting::Checker;

use super::Report;
use crate::data::TapeKind;
use crate::intervention::{Domain, Intervention, Target, What};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::load::Draft;
use crate::scenario::schema::data::DataSettings;
use crate::scenario::schema::symbol::SymbolSettings;
use crate::scenario::schema::synthetic::SyntheticKind;
use manyworlds_systems::orchestrator::settings::Selection;

pub(super) fn check(draft: &Draft, report: &mut Report<'_>) {
    let places = || draft.scenario.interventions.iter().zip(&draft.intervention_paths);
    for (intervention, path) in places() {
        ranges(intervention, path, report);
        let named = targets(draft, intervention, path, report);
        times(draft, intervention, path, report);
        if named {
            effects(draft, intervention, path, report);
        }
    }
    let all: Vec<(&Intervention, &String)> = places().collect();
    for (i, (later, path)) in all.iter().enumerate() {
        let against = all[..i].iter().find_map(|(earlier, first)| {
            let symbol = contradiction(draft, earlier, later)?;
            Some((symbol, earlier, *first))
        });
        if let Some((symbol, earlier, first)) = against {
            let line = report.root.locate(first).line();
            let message = format!(
                "`{}` on `{symbol}` from {} on contradicts `{}` from {} on, in line {line}: both say {}",
                later.what,
                later.at,
                earlier.what,
                earlier.at,
                later.what.slot().unwrap_or_default()
            );
            report.error(path, message, "end the first before the second begins, or take one away");
        }
    }
}

fn ranges(intervention: &Intervention, path: &str, report: &mut Report<'_>) {
    for error in Checker::run(intervention) {
        // Parts of a stress scenario are written elsewhere.
        let within = path.starts_with("interventions");
        let own = if within { format!("{path}.{}", error.path).replace(".[", "[") } else { path.to_owned() };
        let of = if within { String::new() } else { format!("{}: {}: ", intervention.name, error.path) };
        let message = format!("{of}{} is not {}", error.value, error.expected);
        let span = report.root.locate(&own);
        report.found.push(Diagnostic::error(span, own, message).with_value(error.value));
    }
}

/// Whether its targets are there, and of the right kind.
fn targets(draft: &Draft, intervention: &Intervention, path: &str, report: &mut Report<'_>) -> bool {
    let domain = intervention.what.domain();
    let fits = match &intervention.on {
        Target::All => domain != Domain::Switches,
        Target::Symbols(_) | Target::Venues(_) => matches!(domain, Domain::Data | Domain::Terms),
        Target::Accounts(_) => domain == Domain::Accounts,
        Target::Models(_) | Target::Modules(_) => domain == Domain::Switches,
    };
    if !fits {
        let right = match domain {
            Domain::Data | Domain::Terms => "write `All`, `Symbols([...])` or `Venues([...])`",
            Domain::Accounts => "write `All` or `Accounts([...])`",
            Domain::Switches => "write `Models([...])` or `Modules([...])`",
        };
        let message = format!("`{}` does not happen to {}", intervention.what, intervention.on);
        report.error(&format!("{path}.on"), message, right);
        return false;
    }
    let before = report.found.len();
    let symbols: Vec<&str> = draft.symbols.iter().flatten().map(|s| s.symbol.as_str()).collect();
    if let What::Order { symbol, .. } = &intervention.what {
        report.known(&format!("{path}.what.symbol"), "symbol", symbol, &symbols);
    }
    let models: Vec<String> = draft.models.iter().flatten().map(|m| m.name()).collect();
    let known: Vec<&str> = match &intervention.on {
        Target::Symbols(_) => symbols,
        Target::Venues(_) => draft.venues.iter().flatten().map(|v| v.name.as_str()).collect(),
        Target::Accounts(_) => draft.accounts.iter().flatten().map(|a| a.name.as_str()).collect(),
        _ => models.iter().map(String::as_str).collect(),
    };
    // Where a part could not be read, an unknown name may be that.
    let whole = draft.symbols.iter().all(Option::is_some)
        && draft.venues.iter().all(Option::is_some)
        && draft.accounts.iter().all(Option::is_some)
        && draft.models.iter().all(Option::is_some);
    if let Some((kind, names)) = intervention.on.names().filter(|_| whole) {
        if names.is_empty() {
            report.error(&format!("{path}.on"), format!("no {kind} is named"), "name one, or write `All`");
        }
        for (i, name) in names.iter().enumerate() {
            report.known(&format!("{path}.on[{i}]"), kind, name, &known);
        }
    }
    report.found.len() == before
}

fn times(draft: &Draft, intervention: &Intervention, path: &str, report: &mut Report<'_>) {
    let scenario = &draft.scenario;
    let at = intervention.at;
    let (from, to) = scenario.span();
    if intervention.goes_on(&scenario.interventions, (from, to)) {
        let message =
            format!("{at} is after the run, which ends at {to}: `{}` is cut short", intervention.name);
        report.warn(&format!("{path}.at"), message, "lengthen the run, or let it be");
    } else if at < from || at > to {
        let message = format!("{at} is outside of the run, {from} .. {to}");
        report.error(&format!("{path}.at"), message, "choose a time within it, or change `from` and `to`");
    }
    if matches!(intervention.what, What::StaleFeed) && intervention.until.is_none() {
        let message = "a feed that stands still has to go on some time";
        report.error(path, message, "say when: `until: ...` (in a stress scenario, `lasts`)");
    }
    let by_step = matches!(intervention.what.domain(), Domain::Accounts | Domain::Switches);
    if let (ClockMode::Bar(frame) | ClockMode::Every(frame), true) = (scenario.clock, by_step)
        && frame.ceil(at) != at
    {
        let message = format!("{at} is between steps: it happens at the next, {} or later", frame.ceil(at));
        report.warn(&format!("{path}.at"), message, format!("steps are at multiples of {frame}"));
    }
}

/// All venues of a symbol.
fn listed(symbol: &SymbolSettings) -> impl Iterator<Item = &str> {
    std::iter::once(symbol.venue.as_str()).chain(symbol.further_venues())
}

fn touches(intervention: &Intervention, symbol: &SymbolSettings) -> bool {
    listed(symbol).any(|venue| intervention.touches(&symbol.symbol, venue))
}

/// What it would not do, though nothing is wrong with it.
fn effects(draft: &Draft, intervention: &Intervention, path: &str, report: &mut Report<'_>) {
    let touched = |s: &&SymbolSettings| touches(intervention, s);
    let prints = |data: &DataSettings| match data {
        DataSettings::SyntheticBook(_) => true,
        DataSettings::Synthetic(settings) => settings.kind == SyntheticKind::Trades,
        other => other.fed() == Some(TapeKind::Trades),
    };
    let mut symbols = draft.symbols.iter().flatten().filter(touched);
    let is_own = |s: &SymbolSettings| intervention.touches(&s.symbol, &s.venue);
    let whole = draft.symbols.iter().all(Option::is_some);
    if whole && intervention.what.domain() == Domain::Terms && !draft.symbols.iter().flatten().any(is_own) {
        let message = format!("`{}` changes nothing on {}", intervention.name, intervention.on);
        report.warn(path, message, "orders go to the venue of their symbol: name that of one");
    }
    match &intervention.what {
        What::FlowImbalance(_) => {
            if let Some(symbol) = symbols.find(|s| !s.data.iter().any(prints)) {
                let message = format!("`{}` has no trade prints, and nothing else has sides", symbol.symbol);
                report.error(
                    path,
                    message,
                    "a flow imbalance acts on trade prints: add `Trades`, or name others",
                );
            }
        }
        What::Funding { .. } => {
            let funded = |s: &SymbolSettings| s.data.iter().any(|d| matches!(d, DataSettings::Funding(_)));
            if let Some(symbol) = symbols.find(|s| !funded(s)) {
                let message = format!("`{}` has no funding rates that could change", symbol.symbol);
                report.error(path, message, "add `Funding(path: ...)` to its data, or name others");
            }
        }
        What::SpreadWidening { at_least_bps, .. } if *at_least_bps == 0.0 => {
            let venue = |s: &SymbolSettings| draft.venues.iter().flatten().find(|v| v.name == s.venue);
            let has = |slippage| matches!(slippage, SlippageModel::Spread { .. } | SlippageModel::Bps(_));
            let quoted = |s: &SymbolSettings| s.data.iter().any(DataSettings::is_book);
            let lacks = |s: &SymbolSettings| !quoted(s) && venue(s).is_some_and(|v| !has(v.slippage));
            if let Some(symbol) = symbols.find(|s| lacks(s)) {
                let message = format!("the venue of `{}` has no spread that could widen", symbol.symbol);
                report.warn(
                    path,
                    message,
                    "add `at_least_bps`, or `slippage: Spread(bps: 1.0)` to the venue",
                );
            }
        }
        What::Policy(policy) => {
            let named = |name: &str| match &intervention.on {
                Target::Accounts(names) => names.iter().any(|n| n == name),
                _ => true,
            };
            let other = draft.accounts.iter().flatten().find(|a| named(&a.name) && !a.follows_signals());
            if let Some(account) = other {
                let message = format!("account `{}` has no policy that could be changed", account.name);
                report.error(path, message, "name the accounts that follow signals: `on: Accounts([...])`");
            }
            let ranked = draft.accounts.iter().flatten().find(|a| {
                let rank = matches!(a.policy.select, Selection::Rank { .. });
                named(&a.name) && rank && a.policy.side != policy.side
            });
            if let Some(account) = ranked {
                let message = format!("account `{}` ranks symbols, and cannot change its side", account.name);
                report.error(path, message, format!("write `side: {:?}`", account.policy.side));
            }
        }
        _ => {}
    }
}

/// The first symbol that two of them want to be different at the same time.
fn contradiction<'a>(draft: &'a Draft, a: &Intervention, b: &Intervention) -> Option<&'a str> {
    let slot = a.what.slot()?;
    if b.what.slot() != Some(slot) || a.at >= b.end() || b.at >= a.end() {
        return None;
    }
    let both = |s: &&SymbolSettings| {
        listed(s).any(|venue| a.touches(&s.symbol, venue) && b.touches(&s.symbol, venue))
    };
    draft.symbols.iter().flatten().find(both).map(|s| s.symbol.as_str())
}
