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
    /// Run a scenario and write its results.
    Backtest(BacktestCommand),
    /// Load and validate a scenario, its data included, and print it with all defaults; runs nothing.
    Check(CheckCommand),
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
    /// What the files are: auto, binance_klines, binance_agg_trades, binance_trades, bars.
    pub kind: String,
    /// Files of one symbol, in any order: csv or parquet; plain, gz, zst, xz, zip, tar.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Folder for the tape.
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
    /// Of rows of several symbols: which to take.
    #[arg(long)]
    pub source_symbol: Option<String>,
    /// Of archives: only members whose name contains this.
    #[arg(long)]
    pub member: Option<String>,
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
pub(super) struct WhatifCommand {
    #[command(flatten)]
    pub plan: ScenarioFlags,
    /// Output folder. Default: `runs/<name>-<digest of the plan>`.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
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
    /// Print the summary, and nothing else, on stdout as JSON.
    #[arg(long)]
    pub json: bool,
    /// No progress and no table.
    #[arg(long, short)]
    pub quiet: bool,
}
