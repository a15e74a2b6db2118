//! The terminal summary of a run.

use std::fmt::Write as _;
use std::path::Path;

use crate::output::{AccountSummary, ProfitSplit, RunSummary, Status};

/// Accounts that get a column; of more, the best by total return are shown.
const MOST_COLUMNS: usize = 6;

/// The summary as text, without those warnings that have been told.
pub(super) fn render(summary: &RunSummary, told: &[String], folder: &Path) -> String {
    let mut text = String::new();
    let status = match summary.status {
        Status::Complete => "complete",
        Status::Interrupted => "INTERRUPTED: partial results",
        Status::Failed => "FAILED: partial results",
    };
    let span = match (&summary.from, &summary.to) {
        (Some(from), Some(to)) => format!("{from} .. {to}"),
        _ => "no step".to_owned(),
    };
    let _ = writeln!(text, "{} ({status})", summary.name);
    let _ =
        writeln!(text, "  {span}, {} steps, {} events, seed {}", summary.steps, summary.events, summary.seed);
    let defects: Vec<String> = summary.data.defects.iter().map(|(name, n)| format!("{n} {name}")).collect();
    let defects = if defects.is_empty() { "no defects".to_owned() } else { defects.join(", ") };
    let _ = writeln!(text, "  data: {} rows, {defects}", summary.data.rows);
    let t = &summary.timing;
    let _ = writeln!(
        text,
        "  {:.0} ms setup, {:.0} ms run, {:.2} M events/s{}",
        t.setup_ms,
        t.run_ms,
        t.events_per_s / 1e6,
        t.peak_memory_bytes.map(|b| format!(", {} MiB peak", b >> 20)).unwrap_or_default()
    );
    let _ = writeln!(text, "  digest {}\n", summary.digest.as_deref().unwrap_or("-"));
    accounts(&mut text, summary);
    let _ = writeln!(text, "\n  ({})", summary.conventions);
    for warning in summary.warnings.iter().filter(|w| !told.contains(w)) {
        let _ = writeln!(text, "  warning: {warning}");
    }
    let _ = writeln!(text, "  {}", folder.display());
    text
}

fn accounts(text: &mut String, summary: &RunSummary) {
    let mut shown: Vec<&AccountSummary> = summary.accounts.iter().collect();
    if shown.len() > MOST_COLUMNS {
        shown.sort_by(|a, b| b.total_return.total_cmp(&a.total_return));
        let _ = writeln!(text, "  the best {MOST_COLUMNS} of {} accounts by total return:", shown.len());
        shown.truncate(MOST_COLUMNS);
    }
    let percent = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{:.2}%", 100.0 * x));
    let number = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.2}"));
    type Cell<'a> = Box<dyn Fn(&AccountSummary) -> String + 'a>;
    let mut rows: Vec<(&str, Cell<'_>)> = vec![
        ("", Box::new(|a| a.name.clone())),
        ("Final equity", Box::new(|a| format!("{:.2}", a.final_equity))),
        ("Total return", Box::new(move |a| percent(Some(a.total_return)))),
        ("CAGR", Box::new(move |a| percent(a.cagr))),
        ("Volatility", Box::new(move |a| percent(a.volatility))),
        ("Sharpe", Box::new(move |a| number(a.sharpe))),
        ("Sortino", Box::new(move |a| number(a.sortino))),
        ("Calmar", Box::new(move |a| number(a.calmar))),
        ("Max drawdown", Box::new(move |a| percent(Some(a.max_drawdown)))),
        ("Trades", Box::new(|a| a.trades.to_string())),
        ("Win rate", Box::new(move |a| percent(a.win_rate))),
        ("Profit factor", Box::new(move |a| number(a.profit_factor))),
        ("Expectancy", Box::new(move |a| number(a.expectancy))),
        ("Fees paid", Box::new(move |a| number(Some(a.fees_paid)))),
        ("Exposure", Box::new(move |a| percent(a.exposure))),
        ("Status", Box::new(|a| a.status.clone())),
    ];
    if shown.iter().any(|a| a.profit.is_some()) {
        rows.extend(trading());
    }
    for (name, cell) in &rows {
        let _ = write!(text, "  {name:<14}");
        for account in &shown {
            let _ = write!(text, " {:>14}", cell(account));
        }
        text.push('\n');
    }
}

/// How a cell is made of an account.
type Cell = Box<dyn Fn(&AccountSummary) -> String>;

/// Rows of runs in which an account traded against a book, made markets or worked an order.
fn trading() -> [(&'static str, Cell); 6] {
    let part = |of: fn(&ProfitSplit) -> f64| {
        move |a: &AccountSummary| {
            a.profit.as_ref().map_or("-".to_owned(), |split| format!("{:.2}", of(split)))
        }
    };
    let quotes = |a: &AccountSummary| a.trading.iter().map(|t| t.quotes).sum::<u64>();
    let filled = |a: &AccountSummary| {
        let quoted: f64 = a.trading.iter().map(|t| t.quoted).sum();
        let ratio = a.trading.iter().filter_map(|t| Some(t.fill_ratio? * t.quoted)).sum::<f64>() / quoted;
        if quoted > 0.0 { format!("{:.2}%", 100.0 * ratio) } else { "-".to_owned() }
    };
    let shortfall = |a: &AccountSummary| {
        let bps = a.execution.as_ref().and_then(|e| e.shortfall_bps);
        bps.map_or("-".to_owned(), |bps| format!("{bps:.2} bps"))
    };
    [
        ("  spread", Box::new(part(|split| split.spread))),
        ("  inventory", Box::new(part(|split| split.inventory))),
        ("  costs", Box::new(part(|split| split.fees + split.borrow + split.funding))),
        ("Quotes", Box::new(move |a| quotes(a).to_string())),
        ("Quotes filled", Box::new(filled)),
        ("Shortfall", Box::new(shortfall)),
    ]
}
