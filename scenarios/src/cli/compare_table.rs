//! Setups side by side, for a terminal.

use std::fmt::Write as _;

use crate::compare::{Comparison, SetupResult};
use crate::output::AccountSummary;

/// Accounts that get rows; of more, the first are shown.
const MOST_ACCOUNTS: usize = 6;
const LABEL_WIDTH: usize = 22;
const LEAST_COLUMN: usize = 18;

/// The comparison as text.
pub(super) fn render(comparison: &Comparison) -> String {
    let setups = &comparison.setups;
    let longest = setups.iter().map(|s| s.measured.name.chars().count()).max().unwrap_or(0);
    let mut table = Table { text: String::new(), setups, width: longest.max(LEAST_COLUMN) };
    let effort = comparison.effort;
    let _ = writeln!(
        table.text,
        "{} setups, started in turn, run one after another; medians of {} builds and {} runs; (x) is over the first\n",
        setups.len(),
        effort.builds,
        effort.runs
    );
    table.row("", |s| s.measured.name.clone());
    table.row("Modules", |s| s.measured.modules.len().to_string());
    table
        .row("Start-up", |s| times(&microseconds(s.measured.startup.median_us), s.relative_to_first.startup));
    table.row("Start-up, shortest", |s| microseconds(s.measured.startup.min_us));
    table.row("Heap after start-up", |s| {
        let bytes = s.measured.memory.after_startup_bytes;
        times(&kibibytes(bytes), s.relative_to_first.memory_after_startup)
    });
    table.row("Heap at the end", |s| {
        times(&kibibytes(s.measured.memory.at_end_bytes), s.relative_to_first.memory_at_end)
    });
    table.row("Time per step", |s| {
        times(&nanoseconds(s.measured.run.ns_per_step), s.relative_to_first.time_per_step)
    });
    table.row("Time per decision made", |s| nanoseconds(s.measured.run.ns_per_decision));
    table.row("Run", |s| microseconds(s.measured.run.median_ms * 1e3));
    table.row("Steps", |s| s.measured.run.steps.to_string());
    table.row("Decisions made", |s| s.measured.run.decisions.to_string());
    table.row("State digest", |s| s.measured.digest.clone().unwrap_or_else(|| "-".to_owned()));
    accounts(&mut table);
    table.text
}

/// Results by account; accounts of one name stand side by side.
fn accounts(table: &mut Table<'_>) {
    let mut names: Vec<&str> = Vec::new();
    for account in table.setups.iter().flat_map(|s| &s.measured.accounts) {
        if !names.contains(&account.name.as_str()) {
            names.push(&account.name);
        }
    }
    if names.len() > MOST_ACCOUNTS {
        let _ = writeln!(table.text, "\n  the first {MOST_ACCOUNTS} of {} accounts:", names.len());
    }
    for name in names.into_iter().take(MOST_ACCOUNTS) {
        let _ = writeln!(table.text, "\n  account {name}");
        let mut row = |label: &str, cell: &dyn Fn(&AccountSummary) -> Option<String>| {
            table.row(label, |s| {
                let account = s.measured.accounts.iter().find(|a| a.name == name);
                account.and_then(cell).unwrap_or_else(|| "-".to_owned())
            });
        };
        row("Final equity", &|a| Some(format!("{:.2}", a.final_equity)));
        row("Total return", &|a| Some(format!("{:.2}%", 100.0 * a.total_return)));
        row("Sharpe", &|a| a.sharpe.map(|s| format!("{s:.2}")));
        row("Max drawdown", &|a| Some(format!("{:.2}%", 100.0 * a.max_drawdown)));
        row("Trades", &|a| Some(a.trades.to_string()));
    }
}

struct Table<'a> {
    text: String,
    setups: &'a [SetupResult],
    width: usize,
}

impl Table<'_> {
    fn row(&mut self, label: &str, cell: impl Fn(&SetupResult) -> String) {
        let mut line = format!("  {label:<LABEL_WIDTH$}");
        for setup in self.setups {
            let _ = write!(line, "  {:>width$}", cell(setup), width = self.width);
        }
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// A figure with how many times the first setup's it is.
fn times(figure: &str, ratio: Option<f64>) -> String {
    ratio.map_or_else(|| figure.to_owned(), |ratio| format!("{figure} ({ratio:.2}x)"))
}

fn microseconds(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us:.1} us"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

fn nanoseconds(ns: Option<f64>) -> String {
    match ns {
        None => "-".to_owned(),
        Some(ns) if ns < 1e4 => format!("{ns:.0} ns"),
        Some(ns) => microseconds(ns / 1e3),
    }
}

fn kibibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "-".to_owned(), |bytes| format!("{:.1} KiB", bytes as f64 / 1024.0))
}
