//! Cash, positions, equity and profits follow from the fills.
//!
//! Twice over. From step to step, against the journal as it comes: cash is what an account began with, less what it paid for
//! its fills (signed value and fee) and for what it borrowed; positions are the sums of signed lots, exactly; equity is cash
//! plus positions at the last prices. And at the end, against `fills.parquet` and `trades.parquet` as a reader finds them: the
//! same sums over the whole table, the number and gross profit of closed round trips worked out anew from the fills, and the
//! profits of all round trips, open ones at the last price, against the change of equity. What was borrowed for does not stand
//! in the fills; it is taken from the account's total at every step, and that total must be what the round trips' costs hold
//! beyond the fees of the fills.

mod end;
mod ledger;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use manyworlds_engine::StepOutcome;

use super::super::bench::Bench;
use super::super::error::AuditError;
use super::super::finding::{Finding, WrongBooks};
use super::super::report::Outcome;
use crate::output::{OutputFolder, ParquetSink, Sink};
use crate::run::Simulation;
use crate::scenario::schema::record::{DecisionRecord, EquityRecord};
use ledger::{Ledger, Tee};

/// Steps between looks at the watch.
const STEPS_PER_LOOK: u64 = 1_024;

pub(in crate::audit) fn check(bench: &Bench<'_>) -> Result<Outcome, AuditError> {
    bench.watch.begin("accounting", bench.steps);
    let folder = tempfile::tempdir().map_err(|e| AuditError::Tables(format!("a folder for tables: {e}")))?;
    let folder = (OutputFolder::at(folder.path()), folder);
    let mut plan = bench.plan.clone();
    // Only fills and round trips are read back.
    let record = &mut plan.scenario.record;
    (record.equity, record.decisions, record.prices) = (EquityRecord::Off, DecisionRecord::None, None);
    record.features.clear();

    let sink = |tables: &_| Ok::<_, AuditError>(Sink::Parquet(ParquetSink::create(&folder.0, tables)?));
    let mut simulation = Simulation::new(Arc::new(plan), sink, Instant::now())?;
    let ledger = Ledger::new(simulation.world());
    let tee = Tee::new(simulation.recorder(), ledger);
    let ledger = tee.ledger();
    simulation.world_mut().set_recorder(tee);

    let mut books = Books::default();
    let mut untold = 0;
    loop {
        let outcome = simulation.step()?;
        simulation.world_mut().drain()?;
        untold += 1;
        let ended = outcome == StepOutcome::Finished;
        if ended || untold == STEPS_PER_LOOK {
            bench.watch.add(untold - u64::from(ended));
            untold = 0;
            if bench.watch.is_stopped() {
                return Err(AuditError::Stopped);
            }
        }
        if ended {
            break;
        }
        ledger.lock().check(simulation.world(), bench.settings.tolerance, &mut books);
    }
    simulation.close()?;
    end::check(&simulation, &folder.0, bench.settings.tolerance, &mut books)?;
    Ok(Outcome {
        done: format!("books kept anew from {} fills, step by step and from the tables", books.fills),
        runs: 1,
        comparisons: books.comparisons,
        findings: books.wrong.into_values().map(Finding::Books).collect(),
        ..Outcome::default()
    })
}

/// Equations that were held, and the first place where each of them did not.
#[derive(Debug, Default)]
struct Books {
    comparisons: u64,
    fills: u64,
    /// By (equation, account, symbol).
    wrong: BTreeMap<(&'static str, String, Option<String>), WrongBooks>,
}

impl Books {
    /// Holds one equation; `size` is what the tolerance is relative to, at least the values themselves.
    fn hold(&mut self, (expected, found): (f64, f64), allowed: f64, wrong: impl FnOnce() -> WrongBooks) {
        self.comparisons += 1;
        let agrees = expected == found || (expected - found).abs() <= allowed;
        if !agrees {
            let wrong = WrongBooks { expected, found, ..wrong() };
            let key = (wrong.equation, wrong.account.clone(), wrong.symbol.clone());
            self.wrong.entry(key).or_insert(wrong);
        }
    }
}
