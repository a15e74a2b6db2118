//! The comparison of a plan's branches, as `whatif` makes and shows it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::failure::Failure;
use super::whatif::find;
use crate::comparison::divergence::{Divergence, TradeDiff, diverge as find_divergence, trade_diff};
use crate::comparison::{
    BranchComparison, Comparison, ComparisonOptions, ComparisonSummary, Ranked, compare,
};
use crate::plan::store::{Best, Metrics, PlanSummary};
use crate::plan::{BranchResult, Expansion};
use crate::run::Setup;

/// Widest name in the ranking.
const WIDEST: usize = 44;

/// The comparison, on that many threads.
pub(super) fn compared(
    plan: &Expansion,
    results: &BTreeMap<usize, BranchResult>,
    metric: &str,
    threads: usize,
) -> Result<Comparison, Failure> {
    let options = ComparisonOptions { metric: metric.to_owned(), ..ComparisonOptions::default() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Failure::run)?;
    Ok(pool.install(|| compare(plan, results, &options)))
}

/// Two branches held against each other.
#[derive(Debug, Serialize)]
struct Difference {
    divergence: Divergence,
    trades: TradeDiff,
}

/// `--diverge A [B]`.
pub(super) fn diverge(plan: &Expansion, words: &[String], setup: &Setup, json: bool) -> Result<(), Failure> {
    let branch = |word: &String| find(plan, "--diverge", word).map(|id| &plan.branches[id]);
    let (a, b) = match words {
        [a, b] => (branch(a)?, branch(b)?),
        [only] => (&plan.branches[plan.baseline], branch(only)?),
        _ => return Err(Failure::usage("--diverge: name two branches, or one to hold against the baseline")),
    };
    let divergence = find_divergence(a, b, setup).map_err(Failure::run)?;
    let trades = trade_diff(a, b, setup).map_err(Failure::run)?;
    if json {
        let text = serde_json::to_string_pretty(&Difference { divergence, trades }).map_err(Failure::run)?;
        return super::print(&(text + "\n"));
    }
    super::print(&format!("{divergence}{trades}"))
}

/// The best `top` branches of a comparison: the metric and the Sharpe ratio are those that are compared, of one sampling; the rest is
/// of the runs.
pub(super) fn best(
    comparison: &Comparison,
    results: &BTreeMap<usize, BranchResult>,
    top: usize,
) -> Vec<Best> {
    let of = |branch: &BranchComparison| {
        let compared = |name: &str| branch.metrics.get(comparison.metric_at(name)?).and_then(|m| m.value);
        let run = Metrics::of(results.get(&branch.id).and_then(|r| r.accounts.first()));
        Best {
            id: branch.id,
            name: branch.name.clone(),
            value: compared(&comparison.metric),
            total_return: run.get("total_return"),
            sharpe: compared("sharpe"),
            max_drawdown: run.get("max_drawdown"),
            trades: run.get("trades"),
        }
    };
    comparison.ranking().into_iter().take(top).map(of).collect()
}

/// The best branches, with their differences from the baseline where there are any.
pub(super) fn ranking(text: &mut String, summary: &PlanSummary) {
    let wide = summary.best.iter().map(|b| b.name.chars().count()).max().unwrap_or(0).clamp(6, WIDEST);
    let comparison = summary.comparison.as_ref();
    let heads = comparison.map(heads).unwrap_or_default();
    let figure = comparison.map_or(&summary.sort, |c| &c.figure);
    let broad = figure.chars().count().max(12);
    let status = if comparison.is_some() { "    account" } else { "" };
    let _ = writeln!(
        text,
        "  {:>6}  {:<wide$} {figure:>broad$}{heads} {:>10} {:>9} {:>7}{status}",
        "id", "branch", "return", "drawdown", "trades"
    );
    let percent = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{:.2}%", 100.0 * x));
    for best in &summary.best {
        let Best { id, name, value, total_return, max_drawdown, trades, .. } = best;
        let mark = if *name == summary.baseline { "*" } else { " " };
        let name: String = name.chars().take(wide).collect();
        let compared = comparison.map(|c| differences(c, *id)).unwrap_or_default();
        let ranked = comparison.and_then(|c| c.ranking.iter().find(|r| r.id == *id));
        let _ = writeln!(
            text,
            " {mark}{id:>6}  {name:<wide$} {:>broad$}{compared} {:>10} {:>9} {:>7}{}",
            number(*value),
            percent(*total_return),
            percent(*max_drawdown),
            trades.map_or("-".to_owned(), |n| format!("{n:.0}")),
            ranked.map_or(String::new(), |r| format!(" {:>10}", r.account_status))
        );
    }
}

fn number(x: Option<f64>) -> String {
    x.map_or("-".to_owned(), |x| format!("{x:.3}"))
}

fn heads(comparison: &ComparisonSummary) -> String {
    let coverage = format!("{:.0}% interval", 100.0 * comparison.sample.bootstrap.confidence);
    let (delta, wide) = versus(comparison);
    format!(" {delta:>wide$} {coverage:>20} {:>9} {:>11}", "P(better)", "place")
}

/// The head of the differences, which says of what they are where that is not the metric of the ranking, and its width.
fn versus(comparison: &ComparisonSummary) -> (String, usize) {
    let of = &comparison.resampled_metric;
    let head = if *of == comparison.metric { "vs base".to_owned() } else { format!("{of} vs base") };
    let wide = head.chars().count().max(9);
    (head, wide)
}

/// The columns of one branch.
fn differences(comparison: &ComparisonSummary, id: usize) -> String {
    let (_, wide) = versus(comparison);
    let none = || format!(" {:>wide$} {:>20} {:>9} {:>11}", "-", "-", "-", "-");
    let Some(ranked) = comparison.ranking.iter().find(|r| r.id == id) else { return none() };
    let Ranked { delta, low, high, p_better, rank_low, rank_high, .. } = ranked;
    let interval = low.zip(*high).map_or("-".to_owned(), |(low, high)| format!("{low:+.3} .. {high:+.3}"));
    let delta = delta.map_or("-".to_owned(), |d| format!("{d:+.3}"));
    let better = p_better.map_or("-".to_owned(), |p| format!("{:.1}%", 100.0 * p));
    let place = rank_low.zip(*rank_high).map_or("-".to_owned(), |(low, high)| format!("{low} .. {high}"));
    format!(" {delta:>wide$} {interval:>20} {better:>9} {place:>11}")
}

/// What the ranking is worth, in plain words.
pub(super) fn honesty(text: &mut String, summary: &PlanSummary) {
    let Some(comparison) = &summary.comparison else { return };
    let sample = &comparison.sample;
    let _ = writeln!(
        text,
        "\n  differences and places by {}: {} returns of {} branches, {} resamples by blocks of about {} ({})",
        comparison.resampled_metric,
        sample.periods,
        sample.branches,
        sample.bootstrap.resamples,
        sample.bootstrap.block_length(sample.periods),
        comparison.conventions,
    );
    for line in &comparison.findings {
        let _ = writeln!(text, "  - {line}");
    }
    for game in comparison.shapley.iter().filter(|g| g.metric == comparison.metric) {
        let _ = writeln!(
            text,
            "  what modules add to {} on average over {} orders{} (none {:.3}, all {:.3}):",
            game.metric,
            game.permutations,
            if game.left_out > 0 { format!(", {} left out", game.left_out) } else { String::new() },
            game.empty,
            game.full
        );
        for module in &game.modules {
            let error = module.standard_error.map_or(String::new(), |e| format!(" +- {e:.3}"));
            let _ = writeln!(text, "    {:<24} {:+.3}{error}", module.module, module.value);
        }
    }
    for note in &comparison.notes {
        let _ = writeln!(text, "  note: {note}");
    }
}
