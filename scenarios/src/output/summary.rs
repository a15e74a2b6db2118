//! `summary.json`: the run in one record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::profit::{ExecutionSummary, ProfitSplit, TradingSummary};
use crate::stats::Summary;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It ran to the end of its data.
    Complete,
    /// It was stopped before: what is there is valid up to then. Also what a run says of itself until it has ended.
    Interrupted,
    /// It failed.
    Failed,
}

/// The run in one record; rates are fractions, drawdown is negative, undefined is null.
#[derive(Debug, Clone, Serialize)]
pub struct RunSummary {
    /// Name of the scenario.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// Why it failed; null if it did not.
    pub error: Option<String>,
    /// Digest of the state at the end, sixteen hexadecimal digits; null until it is known.
    pub digest: Option<String>,
    /// Digest of the resolved scenario.
    pub scenario_digest: String,
    /// Seed of all random streams.
    pub seed: u64,
    /// Version of the program.
    pub version: &'static str,
    /// Time of the first step, ISO 8601 UTC.
    pub from: Option<String>,
    /// Time of the last step.
    pub to: Option<String>,
    /// Number of steps.
    pub steps: u64,
    /// Number of market events.
    pub events: u64,
    /// Number of decisions that went to a venue: neither holds nor cut by risk.
    pub decisions: u64,
    /// Under which conventions ratios were annualized.
    pub conventions: String,
    /// What was read.
    pub data: DataSummary,
    /// By account.
    pub accounts: Vec<AccountSummary>,
    /// By module, the core first.
    pub modules: Vec<ModuleSummary>,
    /// Modules that were switched on or off, in order.
    pub toggles: Vec<ToggleSummary>,
    /// What happened to prices, venues, accounts and models by the scenario's will, in time order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<InterventionSummary>,
    /// What it took.
    pub timing: Timing,
    /// What is to be said about the modules, and what decision subscribers failed with.
    pub warnings: Vec<String>,
}

/// What was read, and what was wrong with it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DataSummary {
    /// Rows of all tapes.
    pub rows: u64,
    /// Number of rows per defect, over all tapes.
    pub defects: BTreeMap<String, u64>,
    /// One entry per source.
    pub sources: Vec<SourceSummary>,
}

/// One source of market data.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SourceSummary {
    /// Whose.
    pub symbol: String,
    /// `bars`, `trades` or `synthetic`.
    pub kind: String,
    /// Where from.
    pub path: String,
    /// Rows.
    pub rows: u64,
    /// First time that it is known, ISO 8601 UTC.
    pub from: Option<String>,
    /// Last time.
    pub to: Option<String>,
    /// Digest of the content.
    pub digest: String,
    /// Rows per defect.
    pub defects: BTreeMap<String, u64>,
}

/// An account's result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccountSummary {
    /// Its name.
    pub name: String,
    /// What it began with, and what was paid in since.
    pub initial_cash: f64,
    /// Cash plus position value at the end.
    pub final_equity: f64,
    /// Final equity over initial cash, less 1; time-weighted where capital came in or went out during the run
    /// ([`crate::stats::time_weighted()`]), as all that follows is.
    pub total_return: f64,
    /// Geometric annual return.
    pub cagr: Option<f64>,
    /// Annual standard deviation of returns.
    pub volatility: Option<f64>,
    /// Annual Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Annual Sortino ratio.
    pub sortino: Option<f64>,
    /// `cagr / |max_drawdown|`.
    pub calmar: Option<f64>,
    /// Deepest fall from a peak, seen at every step; capital that comes in or goes out moves the peak in proportion.
    pub max_drawdown: f64,
    /// Round trips, the one that is open at the end included.
    pub trades: u64,
    /// Executions.
    pub fills: u64,
    /// Orders that risk or the venue refused.
    pub rejections: u64,
    /// Cancels and replacements that were refused, most of them for coming when the order was done.
    #[serde(default)]
    pub cancel_rejects: u64,
    /// Share of winning round trips.
    pub win_rate: Option<f64>,
    /// Gross profit over gross loss.
    pub profit_factor: Option<f64>,
    /// Mean profit of a round trip, in quote units.
    pub expectancy: Option<f64>,
    /// Fees, less rebates.
    pub fees_paid: f64,
    /// Borrow cost and interest.
    pub borrow_paid: f64,
    /// Traded value over mean equity, per year.
    pub turnover: Option<f64>,
    /// Share of steps with a position.
    pub exposure: Option<f64>,
    /// Profit by cause; of accounts that traded against an order book, made markets or worked an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profit: Option<ProfitSplit>,
    /// What they did in each symbol.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trading: Vec<TradingSummary>,
    /// What the order that it worked came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<ExecutionSummary>,
    /// `active`, `killed`, `liquidated`, or `overdrawn`: it was paid out more than it had.
    pub status: String,
    /// Digest of its decisions, fills, round trips and marks, sixteen hexadecimal digits: what it would be alone.
    pub digest: String,
    /// Every statistic.
    pub statistics: Summary,
}

/// A module was switched on or off during the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToggleSummary {
    /// Time of the step after which it was, ISO 8601 UTC; null before the first step.
    pub ts: Option<String>,
    /// The number of that step.
    pub step: u64,
    /// Which module.
    pub module: String,
    /// On or off from then on.
    pub enabled: bool,
}

/// Something that happened because the scenario said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterventionSummary {
    /// When it began, ISO 8601 UTC.
    pub at: String,
    /// When it ended; null where it lasts to the end, or does not last.
    pub until: Option<String>,
    /// Its name, such as that of the stress scenario that it is a part of; may be empty.
    pub name: String,
    /// What, in words.
    pub what: String,
    /// On whom, in words.
    pub on: String,
}

/// A module's cost.
#[derive(Debug, Clone, Serialize)]
pub struct ModuleSummary {
    /// Its name.
    pub name: String,
    /// Whether it was on at the end.
    pub enabled: bool,
    /// Its systems.
    pub systems: Vec<String>,
    /// Nanoseconds per step, sampled on one step in 64, in longer runs in 512; null if no step was sampled.
    pub ns_per_step: Option<f64>,
    /// Approximate bytes of its registered state.
    pub memory_bytes: u64,
}

/// What a run took. It and [`ModuleSummary::ns_per_step`] are all of a summary that differs from run to run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Timing {
    /// Until the first step, in milliseconds.
    pub setup_ms: f64,
    /// From the first step to the last, in milliseconds.
    pub run_ms: f64,
    /// Steps per second.
    pub steps_per_s: f64,
    /// Market events per second.
    pub events_per_s: f64,
    /// Highest resident memory of the process; null where the system does not say.
    pub peak_memory_bytes: Option<u64>,
}

impl RunSummary {
    /// As JSON with two-space indents and a final newline.
    pub fn to_json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).unwrap_or_else(|e| format!("{{\"error\": \"{e}\"}}"));
        text.push('\n');
        text
    }
}
