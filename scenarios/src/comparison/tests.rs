//! Comparisons of made-up results.

use std::collections::BTreeMap;

use manyworlds_components::time::{Frame, NANOS_PER_DAY};
use rand::RngExt as _;

use super::*;
use crate::plan::{Branch, BranchResult, BranchStatus, Expansion, Series};

/// Returns of nearly normal noise, a stream for each number.
pub(super) fn noise(number: u64, periods: usize, mean: f64, deviation: f64) -> Vec<f64> {
    let mut random = manyworlds_engine::Streams::new(1).stream("noise", &number.to_string()).0;
    let mut normal = || (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
    (0..periods).map(|_| mean + deviation * normal()).collect()
}

fn account(returns: &[f64]) -> (crate::output::AccountSummary, Series) {
    let ts: Vec<i64> = (0..=returns.len() as i64).map(|d| d * NANOS_PER_DAY).collect();
    let equity = crate::stats::compound(returns, 1_000.0);
    let statistics = crate::stats::Summary::of(&ts, &equity, &[], crate::stats::Conventions::daily(365.0));
    let text = |s: &str| s.to_owned();
    let account = crate::output::AccountSummary {
        name: text("base"),
        initial_cash: 1_000.0,
        final_equity: equity[equity.len() - 1],
        total_return: equity[equity.len() - 1] / 1_000.0 - 1.0,
        cagr: statistics.cagr,
        volatility: statistics.volatility,
        sharpe: statistics.sharpe,
        sortino: statistics.sortino,
        calmar: statistics.calmar,
        max_drawdown: statistics.max_drawdown.unwrap_or(0.0),
        trades: 0,
        fills: 0,
        rejections: 0,
        cancel_rejects: 0,
        win_rate: None,
        profit_factor: None,
        expectancy: None,
        fees_paid: 0.0,
        borrow_paid: 0.0,
        turnover: None,
        exposure: None,
        profit: None,
        trading: Vec::new(),
        execution: None,
        status: text("active"),
        digest: text("0"),
        statistics,
    };
    (account, Series { ts, equity })
}

/// A plan with a branch for each list of returns, a parameter `x` that numbers them, and branch 1 failed where wanted.
fn plan(columns: &[Vec<f64>], fails: Option<usize>) -> (Expansion, BTreeMap<usize, BranchResult>) {
    let branch = |id: usize| Branch {
        id,
        name: if id == 0 { "base".to_owned() } else { format!("x={id}") },
        parameters: if id == 0 { Vec::new() } else { vec![("x".to_owned(), id.to_string())] },
        scenario: Err("not needed".to_owned()),
    };
    let result = |(id, returns): (usize, &Vec<f64>)| {
        let (account, series) = account(returns);
        let status = match fails == Some(id) {
            true => BranchStatus::Failed("it did".to_owned()),
            false => BranchStatus::Complete,
        };
        (id, BranchResult { id, status, digest: Some(1), accounts: vec![account], series: vec![series] })
    };
    let plan = Expansion {
        name: "made up".to_owned(),
        branches: (0..columns.len()).map(branch).collect(),
        baseline: 0,
        sample: Frame::DAY,
        walk_forward: None,
        most_branches: u64::MAX,
        games: Vec::new(),
        warnings: Vec::new(),
    };
    (plan, columns.iter().enumerate().map(result).collect())
}

#[test]
fn skill_leads_and_is_believed() {
    let mut columns: Vec<Vec<f64>> = (0..25).map(|i| noise(i, 200, 0.0, 0.01)).collect();
    columns[20] = noise(900, 200, 0.006, 0.01);
    columns[7] = columns[8].clone();
    columns[12].truncate(100);
    let (plan, results) = plan(&columns, Some(3));
    let made = compare(&plan, &results, &ComparisonOptions::default());
    assert_eq!(made.branches.len(), 24);
    assert_eq!((made.sample.branches, made.sample.periods), (23, 200));
    assert_eq!((made.overfitting.trials, made.overfitting.distinct), (24, 22));
    let best = made.ranking()[0];
    assert_eq!((best.id, best.rank), (20, 1));
    let sharpe = made.metric_at("sharpe").unwrap();
    let metric = best.metrics[sharpe];
    assert!(metric.low.unwrap() > 0.0 && metric.low < metric.delta && metric.delta < metric.high);
    assert!(
        (metric.point.unwrap() - metric.delta.unwrap()).abs() < 1e-9,
        "daily returns are those of the run"
    );
    assert!(metric.p_better.unwrap() > 0.99 && best.p_best.unwrap() > 0.95);
    assert_eq!((metric.rank, metric.rank_low, metric.rank_high), (Some(1), Some(1), Some(1)));
    // The statistics of the panel are those of the runs.
    for branch in made.branches.iter().filter(|b| b.id != 12) {
        let cagr = branch.metrics[made.metric_at("cagr").unwrap()];
        assert!((branch.id == 0) == cagr.p_better.is_none());
        assert_eq!(
            branch.metrics[sharpe].delta,
            branch.metrics[sharpe].value.zip(metric.baseline).map(|(a, b)| a - b)
        );
    }
    let short = made.branch(12).unwrap();
    assert!(
        short.p_best.is_none()
            && short.metrics[sharpe].low.is_none()
            && short.metrics[sharpe].delta.is_some()
    );
    assert!(made.branch(3).is_none());
    let honest = &made.overfitting;
    assert!(honest.deflated_sharpe.as_ref().unwrap().deflated.unwrap() > 0.95, "{honest:?}");
    assert!(honest.pbo.as_ref().unwrap().pbo < 0.01);
    let names: Vec<&str> = honest.superiority.iter().map(|s| s.benchmark.as_str()).collect();
    assert_eq!(names, ["base", "cash"]);
    assert!(honest.superiority.iter().all(|s| s.spa_consistent < 0.05 && s.best == 20));
    assert_eq!(made.effects.single[0].axis.path, "x");
    assert_eq!(made.fan.as_ref().unwrap().best_id, 20);
    assert_eq!(made.notes.len(), 2, "{:?}", made.notes);
    assert_eq!(made.findings().len(), 6);
    assert_eq!(made.summary(3).ranking.len(), 3);
    let text = serde_json::to_string(&made).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), made);
}

#[test]
fn it_is_the_same_for_any_number_of_threads() {
    let columns: Vec<Vec<f64>> = (0..30).map(|i| noise(i, 90, 0.0005, 0.02)).collect();
    let (plan, results) = plan(&columns, None);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = ComparisonOptions { metric: "max_drawdown".to_owned(), ..Default::default() };
        pool.install(|| compare(&plan, &results, &options))
    };
    let (one, eight) = (run(1), run(8));
    assert_eq!(one, eight);
    assert_eq!(comparison_parquet(&one).unwrap(), comparison_parquet(&eight).unwrap());
}

#[test]
fn little_is_compared_as_far_as_it_goes() {
    let few: Vec<Vec<f64>> = (0..4).map(|i| noise(i, 5, 0.0, 0.01)).collect();
    let (plan_of_few, results) = plan(&few, None);
    let made = compare(&plan_of_few, &results, &ComparisonOptions::default());
    assert_eq!((made.stability, made.overfitting.pbo, made.sample.bootstrap.resamples), (None, None, 0));
    assert!(made.branches.iter().all(|b| b.metrics[0].delta.is_some() && b.p_best.is_none()));
    assert!(made.notes[0].contains("too few"), "{:?}", made.notes);
    let (plan_of_one, results) = plan(&few[..1], Some(0));
    let made = compare(&plan_of_one, &results, &ComparisonOptions::default());
    assert!(made.branches.is_empty() && made.fan.is_none());
    assert!(!comparison_parquet(&made).unwrap().is_empty());
    // Nobody trades: no Sharpe ratio, and nothing to be told apart.
    let (plan_of_idle, results) = plan(&vec![vec![0.0; 60]; 5], None);
    let made = compare(&plan_of_idle, &results, &ComparisonOptions::default());
    assert_eq!(made.overfitting.distinct, 1);
    let sharpe = made.branches[1].metrics[made.metric_at("sharpe").unwrap()];
    assert_eq!((sharpe.value, sharpe.low, sharpe.p_better, sharpe.rank_low), (None, None, None, None));
}
