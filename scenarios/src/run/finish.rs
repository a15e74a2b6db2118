//! The end of a run: open positions become round trips, waiting rows are passed on, the summary is made.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use manyworlds_components::account::{Account, AccountStatus, AccountTotals};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{EquityRow, Kind, RunError, SystemTiming, ToggleRecord};
use manyworlds_systems::exchange::open_round_trips;

use super::correlation::correlation_report;
use super::simulation::Simulation;
use super::trading::Trading;
use crate::intervention::{Intervention, apply};
use crate::output::{
    AccountSeries, AccountSummary, CORRELATION_FILE, CorrelationReport, FEATURES_FILE, FeaturesSummary,
    FolderError, InterventionSummary, ModuleSummary, Recording, RunSummary, Sink, Status, Table, Timing,
    ToggleSummary,
};
use crate::stats::{Bootstrap, Conventions, Summary, overdrawn, time_weighted};

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// The run in one record.
    pub summary: RunSummary,
    /// The tables, as Arrow; empty where they were written to a folder.
    pub tables: BTreeMap<Table, Vec<RecordBatch>>,
    /// Every feature over the samples of the run; `None` in a run without features.
    pub features: Option<FeaturesSummary>,
    /// How the symbols moved together; `None` where no module looked.
    pub correlation: Option<CorrelationReport>,
}

/// What a run leaves beside its summary.
#[derive(Debug, Default)]
pub(crate) struct Closed {
    tables: BTreeMap<Table, Vec<RecordBatch>>,
    features: Option<FeaturesSummary>,
    correlation: Option<CorrelationReport>,
}

impl Simulation {
    /// Ends the run where it is. Positions that are open are valued at the last price and listed among the trades.
    ///
    /// # Errors
    /// When rows cannot be stored.
    pub fn finish(self) -> Result<Outcome, RunError> {
        let status = self.status();
        self.finish_as(status, None)
    }

    /// As [`Simulation::finish`], with the status and the reason of a failure given.
    ///
    /// # Errors
    /// When rows cannot be stored.
    pub fn finish_as(mut self, status: Status, error: Option<String>) -> Result<Outcome, RunError> {
        let Closed { tables, features, correlation } = self.close()?;
        Ok(Outcome { summary: self.summary_as(status, error), tables, features, correlation })
    }

    /// `Complete` where all data have been replayed, else `Interrupted`.
    pub(crate) fn status(&self) -> Status {
        match self.world.clock().next {
            None => Status::Complete,
            Some(_) => Status::Interrupted,
        }
    }

    /// Stores what waits, open positions included, and ends the tables. Gives those that are kept in memory.
    pub(crate) fn close(&mut self) -> Result<Closed, RunError> {
        self.world.drain()?;
        self.record_prices(true);
        let mut closed = Closed::default();
        let recorder = self.recorder.clone();
        let mut recording = recorder.lock();
        self.store(&mut recording, &mut closed).map_err(|e| RunError::Record(Box::new(e)))?;
        if let Sink::Memory(batches) = &mut recording.sink {
            closed.tables = std::mem::take(batches);
        }
        Ok(closed)
    }

    fn store(&self, recording: &mut Recording, closed: &mut Closed) -> Result<(), FolderError> {
        let (world, roster) = (self.world.world(), self.world.roster());
        for trade in &open_round_trips(world) {
            recording.tables.add_trade(trade, roster);
            recording.accounts[trade.account.index()].trade(trade);
        }
        for row in self.last_marks() {
            recording.end(&row, roster);
        }
        recording.pass_on(0)?;
        if let Some(samples) = &self.samples
            && let Some(summary) = samples.summary(world, roster)
        {
            let table = Table::FeatureSamples;
            let damaged =
                |e: ArrowError| FolderError::Table { path: table.name().into(), message: e.to_string() };
            recording.sink.write_whole(table, samples.table(world, roster).map_err(damaged)?)?;
            recording.sink.write_json(FEATURES_FILE, &summary)?;
            closed.features = Some(summary);
        }
        if let Some(books) = &self.books {
            let table = Table::BookSamples;
            let damaged =
                |e: ArrowError| FolderError::Table { path: table.name().into(), message: e.to_string() };
            recording.sink.write_whole(table, books.table(&self.plan, roster).map_err(damaged)?)?;
        }
        if let Some(report) = correlation_report(world) {
            recording.sink.write_json(CORRELATION_FILE, &report)?;
            closed.correlation = Some(report);
        }
        match &mut recording.sink {
            Sink::Memory(_) | Sink::Nowhere => Ok(()),
            Sink::Parquet(sink) => sink.close(),
        }
    }

    /// Every account as it is at the last step; none before the first.
    fn last_marks(&self) -> Vec<EquityRow> {
        let clock = self.world.clock();
        let entities = self.world.roster().entities(Kind::Account).iter().enumerate();
        let mark = |(i, entity): (usize, &bevy_ecs::entity::Entity)| {
            let account = self.world.world().get::<Account>(*entity)?;
            Some(EquityRow {
                ts: clock.now,
                account: i.into(),
                equity: account.equity,
                cash: account.cash,
                drawdown: account.drawdown(),
                exposure: account.leverage(),
            })
        };
        entities.filter(|_| clock.step > 0).filter_map(mark).collect()
    }

    /// The summary of a run that has not ended: what its folder says until then.
    pub fn summary_now(&self) -> RunSummary {
        self.summary_as(Status::Interrupted, None)
    }

    /// The summary of the run as it is, with its status and the reason of a failure given.
    pub(crate) fn summary_as(&self, status: Status, error: Option<String>) -> RunSummary {
        self.summary(status, error, &self.recorder.lock())
    }

    /// Conventions and results of all accounts as they are; intervals take a while for each.
    pub(crate) fn account_summaries(
        &self,
        recording: &Recording,
        intervals: bool,
    ) -> (Conventions, Vec<AccountSummary>) {
        let accounts: &[AccountSeries] = &recording.accounts;
        let conventions =
            accounts.first().map_or_else(Conventions::default, |series| Conventions::inferred(&series.ts));
        let names = &self.world.roster().accounts;
        let entities = self.world.roster().entities(Kind::Account);
        let account = |i: usize| {
            let account = self.world.world().get::<Account>(entities[i]).copied();
            let totals = self.world.world().get::<AccountTotals>(entities[i]).copied();
            let account = account.unwrap_or_else(|| Account::new(0.0));
            let series = (&accounts[i], self.time_weighted(i, &accounts[i].ts, &accounts[i].equity));
            let totals = totals.unwrap_or_default();
            let trading = self.trading(i, &accounts[i], &account, &totals);
            let mut summary = summarize(&names[i], account, totals, series, (conventions, intervals));
            if account.status != AccountStatus::Liquidated && self.overdrawn(i, &accounts[i]).is_some() {
                "overdrawn".clone_into(&mut summary.status);
            }
            let Trading { profit, symbols, execution } = trading;
            AccountSummary { profit, trading: symbols, execution, ..summary }
        };
        (conventions, (0..accounts.len()).map(account).collect())
    }

    /// Equity of an account as its returns are taken of it: without the capital that came in and went out.
    pub(crate) fn time_weighted<'e>(&self, account: usize, ts: &[i64], equity: &'e [f64]) -> Cow<'e, [f64]> {
        time_weighted(ts, equity, self.flows(account))
    }

    /// When an account was paid out more than it had.
    fn overdrawn(&self, account: usize, series: &AccountSeries) -> Option<Timestamp> {
        overdrawn(&series.ts, &series.equity, self.flows(account))
    }

    fn flows(&self, account: usize) -> &[(Timestamp, f64)] {
        self.plan.flows.get(account).map_or(&[], Vec::as_slice)
    }

    fn summary(&self, status: Status, error: Option<String>, recording: &Recording) -> RunSummary {
        let clock = self.world.clock();
        let (conventions, accounts) = self.account_summaries(recording, true);
        let toggle = |record: &ToggleRecord| ToggleSummary {
            ts: (record.step > 0).then(|| record.ts.to_string()),
            step: record.step,
            module: record.module.clone(),
            enabled: record.enabled,
        };
        let intervention = |i: &Intervention| InterventionSummary {
            at: i.at.to_string(),
            until: i.until.map(|t| t.to_string()),
            name: i.name.clone(),
            what: i.what.to_string(),
            on: i.on.to_string(),
        };
        let interventions = apply::in_time_order(&self.plan.scenario).into_iter().map(intervention);
        let overdrawn = recording.accounts.iter().enumerate().filter_map(|(i, series)| {
            let (at, name) = (self.overdrawn(i, series)?, &self.world.roster().accounts[i]);
            Some(format!(
                "account `{name}` was paid out more than it had at {at}: it has no returns from then on"
            ))
        });
        let seconds = self.running.as_secs_f64();
        let rate = |n: u64| if seconds > 0.0 { n as f64 / seconds } else { 0.0 };
        RunSummary {
            name: self.plan.scenario.name.clone(),
            status,
            error,
            digest: Some(self.world.digest().to_string()),
            scenario_digest: format!("{:016x}", self.plan.scenario.digest()),
            seed: self.plan.scenario.seed,
            version: env!("CARGO_PKG_VERSION"),
            from: self.first_step.map(|t| t.to_string()),
            to: self.first_step.map(|_| clock.now.to_string()),
            steps: clock.step,
            events: clock.events,
            decisions: recording.decisions,
            conventions: conventions.to_string(),
            data: self.plan.data.clone(),
            accounts,
            modules: self.module_summaries(),
            toggles: recording.toggles.iter().map(toggle).collect(),
            interventions: interventions.collect(),
            timing: Timing {
                setup_ms: self.setup.as_secs_f64() * 1e3,
                run_ms: seconds * 1e3,
                steps_per_s: rate(clock.step),
                events_per_s: rate(clock.events),
                peak_memory_bytes: peak_memory_bytes(),
            },
            warnings: self
                .plan
                .warnings
                .iter()
                .chain(self.world.subscriber_errors())
                .cloned()
                .chain(overdrawn)
                .collect(),
        }
    }

    fn module_summaries(&self) -> Vec<ModuleSummary> {
        let timings: &[SystemTiming] = self.world.timings().map_or(&[], |t| &t.0);
        let owned = |name: &str| self.world.systems_of(name);
        let summary = |status: manyworlds_engine::ModuleStatus| {
            let systems = owned(&status.name);
            let sampled = timings.iter().filter(|t| t.runs > 0 && systems.contains(&t.system));
            let costs: Vec<f64> = sampled.map(|t| t.total.as_nanos() as f64 / t.runs as f64).collect();
            ModuleSummary {
                ns_per_step: (!costs.is_empty()).then(|| costs.iter().sum()),
                systems,
                name: status.name,
                enabled: status.enabled,
                memory_bytes: status.memory_bytes,
            }
        };
        self.world.modules().into_iter().map(summary).collect()
    }
}

fn summarize(
    name: &str,
    account: Account,
    totals: AccountTotals,
    (series, grown): (&AccountSeries, Cow<'_, [f64]>),
    (conventions, intervals): (Conventions, bool),
) -> AccountSummary {
    let mut statistics = Summary::of(&series.ts, &grown, &series.trades, conventions)
        .with_money(&series.equity)
        .with_activity(&series.exposure, totals.traded_value);
    if intervals {
        statistics = statistics.with_intervals(&series.ts, &grown, &Bootstrap::default());
    }
    let total_return = match grown {
        Cow::Borrowed(_) => account.equity / account.initial_cash - 1.0,
        // Money that came and went is no return: the series has it without that.
        Cow::Owned(_) => statistics.total_return.unwrap_or(0.0),
    };
    // The account saw every step; the series has one point a day.
    statistics.max_drawdown = Some(account.max_drawdown);
    let ratio = |r: f64| r / account.max_drawdown.abs();
    statistics.calmar = statistics.cagr.map(ratio).filter(|c| c.is_finite());
    statistics.fees_paid = Some(totals.fees);
    statistics.exposure = (totals.steps > 0).then(|| totals.exposed_steps as f64 / totals.steps as f64);
    AccountSummary {
        name: name.to_owned(),
        initial_cash: account.initial_cash,
        final_equity: account.equity,
        total_return,
        cagr: statistics.cagr,
        volatility: statistics.volatility,
        sharpe: statistics.sharpe,
        sortino: statistics.sortino,
        calmar: statistics.calmar,
        max_drawdown: account.max_drawdown,
        trades: series.trades.len() as u64,
        fills: totals.fills,
        rejections: totals.rejections,
        cancel_rejects: totals.cancel_rejects,
        win_rate: statistics.win_rate,
        profit_factor: statistics.profit_factor,
        expectancy: statistics.expectancy,
        fees_paid: totals.fees,
        borrow_paid: totals.borrow,
        turnover: statistics.turnover,
        exposure: statistics.exposure,
        profit: None,
        trading: Vec::new(),
        execution: None,
        status: match account.status {
            AccountStatus::Active => "active",
            AccountStatus::Killed => "killed",
            AccountStatus::Liquidated => "liquidated",
        }
        .to_owned(),
        digest: format!("{:016x}", series.digest.value()),
        statistics,
    }
}

/// Highest resident memory of this process, where the system says.
pub(crate) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}
