//! From the merged tree to a draft of the scenario: everything that can be read is, everything else is reported.

use manyworlds_systems::exchange::settings::VenueSettings;
use manyworlds_systems::orchestrator::settings::ModelSettings;
use serde::de::DeserializeOwned;

use super::modules::{check_known, read_orchestrator};
use crate::intervention::stress::StressUse;
use crate::intervention::{Intervention, Place, Target};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::read::Reader;
use crate::scenario::schema::account::AccountSettings;
use crate::scenario::schema::orchestrator::canonical;
use crate::scenario::schema::symbol::SymbolSettings;
use crate::scenario::schema::toggle::Toggle;
use crate::scenario::schema::{FIELDS, Scenario};
use crate::scenario::syntax::{Kind, Node};

/// A scenario of which some parts may have been unreadable: those are `None`.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// Everything but the lists.
    pub scenario: Scenario,
    pub venues: Vec<Option<VenueSettings>>,
    pub symbols: Vec<Option<SymbolSettings>>,
    pub models: Vec<Option<ModelSettings>>,
    pub accounts: Vec<Option<AccountSettings>>,
    /// Where each intervention of the scenario stands.
    pub intervention_paths: Vec<String>,
}

impl Draft {
    /// The scenario, once nothing was wrong.
    pub(crate) fn finish(self) -> Scenario {
        Scenario {
            venues: self.venues.into_iter().flatten().collect(),
            symbols: self.symbols.into_iter().flatten().collect(),
            models: self.models.into_iter().flatten().collect(),
            accounts: self.accounts.into_iter().flatten().collect(),
            ..self.scenario
        }
    }
}

/// Reads the tree. What is wrong is left with the reader.
pub(super) fn assemble(root: &Node, name: &str, reader: &mut Reader, known: &[&str]) -> Draft {
    let (_, fields) = root.as_struct().unwrap_or_default();
    // Notes fields that are unknown or there twice.
    reader.fields(fields, "", FIELDS);
    let default = Scenario::default();
    let mut scenario = Scenario {
        name: one(root, "name", reader).unwrap_or_else(|| name.to_owned()),
        seed: one(root, "seed", reader).unwrap_or(default.seed),
        draws: one(root, "draws", reader).unwrap_or(default.draws),
        clock: one(root, "clock", reader).unwrap_or(default.clock),
        from: one::<Time>(root, "from", reader).and_then(|t| t.0),
        to: one::<Time>(root, "to", reader).and_then(|t| t.0),
        trade_from: one::<Time>(root, "trade_from", reader).and_then(|t| t.0),
        combine: one(root, "combine", reader).unwrap_or(default.combine),
        record: one(root, "record", reader).unwrap_or(default.record),
        executor: one(root, "executor", reader).unwrap_or(default.executor),
        max_events_per_step: one(root, "max_events_per_step", reader).unwrap_or(default.max_events_per_step),
        ..Scenario::default()
    };
    if let Some(node) = root.field("orchestrator") {
        scenario.orchestrator = read_orchestrator(node, reader, known).unwrap_or_default();
    }
    let toggles: Vec<Option<Toggle>> = list(root, "toggles", reader).unwrap_or_default();
    for (i, toggle) in toggles.into_iter().enumerate() {
        let Some(toggle) = toggle else { continue };
        let path = format!("toggles[{i}].module");
        check_known(reader, &toggle.module, &root.locate(&path), &path, known);
        scenario.toggles.push(Toggle { module: canonical(&toggle.module).to_owned(), ..toggle });
    }
    let intervention_paths = read_interventions(root, reader, known, &mut scenario);
    let venues: Vec<Option<VenueSettings>> = list(root, "venues", reader).unwrap_or_default();
    let mut symbols: Vec<Option<SymbolSettings>> = list(root, "symbols", reader).unwrap_or_default();
    if let [Some(only)] = venues.as_slice() {
        for symbol in symbols.iter_mut().flatten().filter(|s| s.venue.is_empty()) {
            symbol.venue.clone_from(&only.name);
        }
    }
    let models = list(root, "models", reader).unwrap_or_default();
    let accounts = list(root, "accounts", reader).unwrap_or_else(|| vec![Some(AccountSettings::default())]);
    Draft { scenario, venues, symbols, models, accounts, intervention_paths }
}

/// Reads `interventions` and `stress`; those on modules become toggles. Gives the paths of the others.
fn read_interventions(
    root: &Node,
    reader: &mut Reader,
    known: &[&str],
    scenario: &mut Scenario,
) -> Vec<String> {
    let mut paths = Vec::new();
    let written: Vec<Option<Intervention>> = list(root, "interventions", reader).unwrap_or_default();
    for (i, intervention) in written.into_iter().enumerate() {
        let Some(mut intervention) = intervention else { continue };
        let path = format!("interventions[{i}]");
        let Target::Modules(modules) = &intervention.on else {
            let span = root.locate(&path);
            intervention.place = Place(Some((span.source.name.clone(), span.line())));
            scenario.interventions.push(intervention);
            paths.push(path);
            continue;
        };
        let Some(enabled) = intervention.what.switch() else {
            let message = format!("{} does not happen to modules", intervention.what);
            let problem = Diagnostic::error(root.locate(&format!("{path}.what")), path.as_str(), message);
            reader.note(problem.with_help("modules are switched `On` or `Off`"));
            continue;
        };
        for (m, module) in modules.iter().enumerate() {
            let path = format!("{path}.on[{m}]");
            check_known(reader, module, &root.locate(&path), &path, known);
            let module = canonical(module).to_owned();
            scenario.toggles.push(Toggle { at: intervention.at, module, enabled });
        }
    }
    let uses: Vec<Option<StressUse>> = list(root, "stress", reader).unwrap_or_default();
    for (i, stress) in uses.into_iter().enumerate() {
        let path = format!("stress[{i}]");
        if let (Some(stress), Some(node)) = (stress, root.at(&path)) {
            let made = stress.resolve(node, &path, reader);
            paths.extend(made.iter().map(|_| path.clone()));
            scenario.interventions.extend(made);
        }
    }
    paths
}

/// A time, or none.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Time(
    #[serde(with = "crate::scenario::schema::time::option")] Option<manyworlds_components::time::Timestamp>,
);

/// A field by itself; `None` if it is not there or cannot be read.
fn one<T: DeserializeOwned>(root: &Node, field: &str, reader: &mut Reader) -> Option<T> {
    root.field(field).and_then(|node| reader.read(node, field))
}

/// A list, item by item; `None` if it is not there.
fn list<T: DeserializeOwned>(root: &Node, field: &str, reader: &mut Reader) -> Option<Vec<Option<T>>> {
    let node = root.field(field)?;
    let Kind::List(items) = &node.kind else {
        let message = format!("expected a list `[...]`, found {}", node.describe());
        reader.note(Diagnostic::error(node.span.head(), field, message));
        return Some(Vec::new());
    };
    let read = |(i, item): (usize, &Node)| reader.read(item, &format!("{field}[{i}]"));
    Some(items.iter().enumerate().map(read).collect())
}
