//! `manyworlds check`: everything but the run.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use super::arguments::CheckCommand;
use super::failure::Failure;
use crate::data::Tape;
use crate::output::Sink;
use crate::run::{RunPlan, Setup, Simulation};

pub(super) fn run(command: &CheckCommand) -> Result<(), Failure> {
    let setup = Setup::default();
    let loaded = super::backtest::load(&command.scenario, &setup)?;
    let data = loaded.scenario.symbols.iter().flat_map(|symbol| &symbol.data);
    // A run trusts the digest that a tape says it has.
    for path in data.filter_map(|data| data.paths()).flat_map(|paths| &paths.0) {
        if path.extension().is_some_and(|end| end == "arrow") {
            Tape::open(path).and_then(|tape| tape.verify())?;
        }
    }
    let plan = Arc::new(RunPlan::new(loaded.scenario.clone(), &setup)?);
    // Building the world checks what only a world can: requirements, ambiguities, recorded features.
    let simulation = Simulation::new(plan.clone(), |_| Ok::<_, Failure>(Sink::memory()), Instant::now())?;
    if command.quiet {
        return Ok(());
    }
    let mut text = loaded.describe_defaults();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    for source in &plan.data.sources {
        let span = source.from.as_deref().zip(source.to.as_deref());
        let span = span.map(|(from, to)| format!("{from} .. {to}")).unwrap_or_default();
        let defects: Vec<String> = source.defects.iter().map(|(name, n)| format!("{n} {name}")).collect();
        let defects = if defects.is_empty() { "no defects".to_owned() } else { defects.join(", ") };
        let _ =
            writeln!(text, "// {} {}: {} rows, {span}, {defects}", source.symbol, source.kind, source.rows);
    }
    for intervention in crate::intervention::apply::in_time_order(&plan.scenario) {
        let _ = writeln!(text, "// {}: {intervention}", intervention.at);
    }
    for warning in &plan.warnings {
        let _ = writeln!(text, "// note: {warning}");
    }
    let modules: Vec<String> = simulation.world().modules().into_iter().map(|m| m.name).collect();
    let _ = writeln!(text, "// modules: {}", modules.join(", "));
    let _ = writeln!(
        text,
        "// ok: {} market events to replay, scenario digest {:016x}",
        plan.events,
        plan.scenario.digest()
    );
    super::print(&text)
}
