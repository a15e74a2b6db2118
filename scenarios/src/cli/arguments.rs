//! What may be written on the command line.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

/// An entity-component-system simulation engine for markets.
#[derive(Debug, Parser)]
#[command(
    name = "manyworlds",
    version,
    about,
    after_help = "Exit codes: 0 ok, 1 the run failed, 2 bad usage or scenario, 3 bad data, 130 interrupted."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Show what happens on stderr: -v steps, -vv every system.
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Prove or refute: no look ahead, the same bits again, fork = uninterrupted, warm-ups long enough, books in order.
    Audit(AuditCommand),
    /// Run a scenario and write its results.
    Backtest(BacktestCommand),
    /// Load and validate a scenario, its data included, and print it with all defaults; runs nothing.
    Check(CheckCommand),
    /// Measure setups side by side: start-up time, memory, time per decision, results.
    ///
    /// A setup is a scenario file, or a preset (basic, full, research, enhanced) over one base scenario. Setups start
    /// in turn and run one after another, so that none takes time from another: there is no --threads.
    Compare(CompareCommand),
    /// Convert exchange dumps and bar files into tapes, with a defect report.
    Import(ImportCommand),
    /// Show the modules: stages, features with units, settings with defaults, requirements.
    Modules(ModulesCommand),
    /// Write the HTML report of finished runs again, or one report over several.
    Report(ReportCommand),
    /// Run many variants of a scenario, sharing what they have in common.
    Whatif(WhatifCommand),
}

/// Flags of everything that runs a scenario.
#[derive(Debug, Args)]
pub(super) struct ScenarioFlags {
    /// The scenario, a RON file.
    pub scenario: PathBuf,
    /// Override a setting, e.g. `--set seed=3` or `--set 'accounts.base.policy.entry=0.7'`. Repeatable.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Override the seed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// First time that is replayed (ISO 8601 or nanoseconds since 1970).
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Last time that is replayed.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Worker threads. Results do not depend on it.
    #[arg(long)]
    pub threads: Option<usize>,
}

#[derive(Debug, Args)]
pub(super) struct BacktestCommand {
    #[command(flatten)]
    pub scenario: ScenarioFlags,
    /// Output folder. Default: `runs/<name>-<digest of the scenario>`.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the summary, and nothing else, on stdout as JSON.
    #[arg(long)]
    pub json: bool,
    /// No progress and no table.
    #[arg(long, short)]
    pub quiet: bool,
}

/// Flags that change what a scenario says.
#[derive(Debug, Args)]
pub(super) struct ChangeFlags {
    /// Override a setting of every setup, e.g. `--set 'record.equity=Off'`. Repeatable.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Override the seed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// First time that is replayed (ISO 8601 or nanoseconds since 1970).
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Last time that is replayed.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CompareCommand {
    /// Scenario files, or presets: basic, full, research, enhanced.
    #[arg(required = true, num_args = 2.., value_name = "SETUP")]
    pub setups: Vec<String>,
    /// The scenario over which presets are laid. Default: the quickstart of the library.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    #[command(flatten)]
    pub change: ChangeFlags,
    /// Builds of each setup whose start-up time is taken.
    #[arg(long, value_name = "N", default_value_t = 101, value_parser = clap::value_parser!(u32).range(1..))]
    pub builds: u32,
    /// Runs of each setup whose time is taken.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,
    /// Folder for `compare.json`. Default: nothing is written.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the comparison, and nothing else, on stdout as JSON.
    #[arg(long)]
    pub json: bool,
    /// No progress and no table.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct AuditCommand {
    #[command(flatten)]
    pub scenario: ScenarioFlags,
    /// Only these checks: determinism, causality, fork, warm_up, accounting. Default: all.
    #[arg(long, value_name = "CHECKS", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Causality: how many times T, each in its part of the run [default: 5].
    #[arg(long, value_name = "N")]
    pub times: Option<usize>,
    /// Fork: after how many steps [default: 5].
    #[arg(long, value_name = "N")]
    pub forks: Option<usize>,
    /// Warm-up: how many later beginnings [default: 3].
    #[arg(long, value_name = "N")]
    pub starts: Option<usize>,
    /// Warm-up: bars that are watched. Default: twelve times the longest declared warm-up, and 500.
    #[arg(long, value_name = "BARS")]
    pub horizon: Option<u64>,
    /// Steps at which all state is compared, spread over the run; the last 32 before every T come on top [default: 256].
    #[arg(long, value_name = "N")]
    pub marks: Option<u64>,
    /// Relative tolerance of warm-up and accounting [default: 1e-9].
    #[arg(long, value_name = "X")]
    pub tolerance: Option<f64>,
    /// Folder for `audit.json` and `audit.txt`. Default: none is written.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the report, and nothing else, on stdout as JSON.
    #[arg(long)]
    pub json: bool,
    /// No progress, and no table unless something was found.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct CheckCommand {
    #[command(flatten)]
    pub scenario: ScenarioFlags,
    /// Print nothing where all is well.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct ImportCommand {
    /// What the files are: auto; bars and trades: binance_klines, binance_agg_trades, binance_trades, bars, lean_minute,
    /// lean_daily;
    /// order-book feeds: tardis, binance_stream, binance_book_ticker, lobster, dbn, hftbacktest, bitstamp, lean_ticks.
    pub kind: String,
    /// Files of one symbol, in any order: csv, parquet, or what the feed has; plain, gz, bz2, zst, xz, zip, tar.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Folder for the tape; of a feed: for its tapes of trades, depth, quotes and orders.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Symbol; default: from the file name.
    #[arg(long)]
    pub symbol: Option<String>,
    /// Venue; default: from the layout.
    #[arg(long)]
    pub venue: Option<String>,
    /// Frame of bars, e.g. 1m; default: the most common spacing.
    #[arg(long)]
    pub frame: Option<String>,
    /// Which end of a bar its stamp names: open or close.
    #[arg(long, default_value = "open")]
    pub stamp: String,
    /// Smallest price increment: prices off this grid are counted.
    #[arg(long)]
    pub tick_size: Option<f64>,
    /// Smallest quantity increment.
    #[arg(long)]
    pub lot_size: Option<f64>,
    /// Of feeds: by how much the recorder's clock was behind the venue's, e.g. 1280ms; it is added to its times.
    #[arg(long, value_name = "SPAN")]
    pub recorder_behind: Option<String>,
    /// Of feeds whose sizes are inverse (coin-margined) contracts: what one is worth in quote units, e.g. 100.
    #[arg(long, value_name = "QUOTE_UNITS")]
    pub contract_value: Option<f64>,
    /// Of rows of several symbols: which to take.
    #[arg(long)]
    pub source_symbol: Option<String>,
    /// Of archives: only members whose name contains this.
    #[arg(long)]
    pub member: Option<String>,
    /// Day of times since midnight, e.g. 2012-06-21; default: from the file name.
    #[arg(long)]
    pub date: Option<String>,
    /// Time zone of that midnight; default: America/New_York.
    #[arg(long)]
    pub time_zone: Option<String>,
    /// What to do about a defect, e.g. `--defect duplicate=skip`: reject, skip or flag. Repeatable.
    #[arg(long, value_name = "DEFECT=POLICY")]
    pub defect: Vec<String>,
    /// Print the report, and nothing else, on stdout as JSON.
    #[arg(long)]
    pub json: bool,
    /// No progress.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct ModulesCommand {
    /// Only this module.
    pub name: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReportCommand {
    /// Output folders of runs.
    #[arg(required = true)]
    pub runs: Vec<PathBuf>,
    /// The file to write. Default: `report.html` in the first folder.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(mut_arg("scenario", |arg| arg.value_name("PLAN").help("The plan, a RON file")))]
pub(super) struct WhatifCommand {
    #[command(flatten)]
    pub plan: ScenarioFlags,
    /// Output folder. Default: `runs/<name>-<digest of the plan>`.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the results of another plan in the output folder.
    #[arg(long, conflicts_with_all = ["explain", "resume"])]
    pub overwrite: bool,
    /// Print what would be run and shared, and what it costs; run nothing.
    #[arg(long)]
    pub explain: bool,
    /// Confirm a plan of more branches than its `max_branches`.
    #[arg(long)]
    pub yes: bool,
    /// Go on with a plan that was stopped: what has ended is not run again.
    #[arg(long, conflicts_with = "explain")]
    pub resume: bool,
    /// Write full outputs, `branches/<id>/`, of these branches, by number or name, or of `all`.
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    pub keep: Vec<String>,
    /// Run two branches, by number or name, side by side and say where they part and what they traded differently; run nothing
    /// else. One is held against the baseline.
    #[arg(long, value_names = ["A", "B"], num_args = 1..=2, conflicts_with_all = ["explain", "resume"])]
    pub diverge: Vec<String>,
    /// The metric by which branches are ranked.
    #[arg(long, default_value = "sharpe")]
    pub sort: String,
    /// Branches in the ranking.
    #[arg(long, default_value_t = 10)]
    pub top: usize,
    /// Most branches that share one world.
    #[arg(long, default_value_t = 256)]
    pub lanes: usize,
    /// About how much memory worlds may take together, in MiB.
    #[arg(long, default_value_t = 1_024, value_name = "MIB")]
    pub memory: u64,
    /// Print the summary (or what `--explain` or `--diverge` say), and nothing else, on stdout as JSON.
    #[arg(long)]
    pub json: bool,
    /// No progress and no table.
    #[arg(long, short)]
    pub quiet: bool,
}
