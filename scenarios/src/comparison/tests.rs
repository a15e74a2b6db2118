//! Comparisons of made-up results.

use std::collections::BTreeMap;

use manyworlds_components::time::Frame;
use rand::RngExt as _;

use super::*;
use crate::plan::{Branch, BranchResult, BranchStatus, Expansion, Series};

/// Returns of nearly normal noise, a stream for each number.
pub(super) fn noise(number: u64, periods: usize, mean: f64, deviation: f64) -> Vec<f64> {
    let mut random = manyworlds_engine::Streams::new(1).stream("noise", &number.to_string()).0;
    let mut normal = || (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
    (0..periods).map(|_| mean + deviation * normal()).collect()
}

fn account(returns: &[f64], every: i64) -> (crate::output::AccountSummary, Series) {
    let ts: Vec<i64> = (0..=returns.len() as i64).map(|d| d * every).collect();
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
    sampled(columns, fails, Frame::DAY)
}

/// The same with a return for each frame; summaries are of daily closes as ever.
fn sampled(
    columns: &[Vec<f64>],
    fails: Option<usize>,
    sample: Frame,
) -> (Expansion, BTreeMap<usize, BranchResult>) {
    let branch = |id: usize| Branch {
        id,
        name: if id == 0 { "base".to_owned() } else { format!("x={id}") },
        parameters: if id == 0 { Vec::new() } else { vec![("x".to_owned(), id.to_string())] },
        scenario: Err("not needed".to_owned()),
    };
    let result = |(id, returns): (usize, &Vec<f64>)| {
        let (account, series) = account(returns, sample.nanos());
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
        sample,
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

/// Every point is where its interval is, and what is shown differs by it.
fn agree(made: &Comparison, metric: &str) {
    let at = made.metric_at(metric).unwrap();
    for m in made.branches.iter().map(|b| b.metrics[at]).filter(|m| m.point.is_some()) {
        assert_eq!((m.delta, m.value.zip(m.baseline).map(|(a, b)| a - b)), (m.point, m.delta), "{metric}");
        assert!(m.low <= m.point && m.point <= m.high, "{metric}: {m:?}");
    }
}

#[test]
fn a_plan_ranks_by_the_returns_that_it_compares() {
    // Up and down within the day, so that daily closes say another thing than hours do.
    let hours = |i: u64| {
        let wild = noise(i, 24 * 20, 0.0, 0.01);
        let calm = wild.iter().enumerate().map(|(h, r)| r + 0.02 * if h % 2 == 0 { 1.0 } else { -1.0 });
        if i.is_multiple_of(2) { wild } else { calm.collect() }
    };
    let columns: Vec<Vec<f64>> = (0..20).map(hours).collect();
    let (plan, results) = sampled(&columns, None, Frame::HOUR);
    let daily = |id: usize| results[&id].accounts[0].sharpe.unwrap();
    for metric in ["sharpe", "cagr", "total_return", "max_drawdown"] {
        let options = ComparisonOptions { metric: metric.to_owned(), ..Default::default() };
        let made = compare(&plan, &results, &options);
        assert_eq!(made.resampled_metric(), metric);
        ["mean_return", "sharpe", "cagr", "total_return", metric].iter().for_each(|m| agree(&made, m));
        let sharpe = made.metric_at("sharpe").unwrap();
        let per_year = made.sample.conventions.periods_per_year;
        assert!((per_year - 8_760.0).abs() < 1e-6, "{per_year}");
        for (id, returns) in columns.iter().enumerate() {
            // By hand: mean over deviation of the hours themselves.
            let mean = returns.iter().sum::<f64>() / 480.0;
            let variance = returns.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / 479.0;
            let expected = mean / variance.sqrt() * 8_760.0_f64.sqrt();
            let shown = made.branches[id].metrics[sharpe].value.unwrap();
            assert!((shown - expected).abs() < 1e-9, "{id}: {shown} {expected}");
        }
        let best = made.ranking()[0].id;
        if metric == "sharpe" {
            assert_eq!(made.overfitting.deflated_sharpe.as_ref().unwrap().id, best);
            let shown = |id: usize| made.branches[id].metrics[sharpe].value.unwrap();
            assert!(
                (0..20).any(|id| (shown(id) - daily(id)).abs() > 1.0),
                "those of daily closes are others"
            );
            assert_eq!(made.summary(1).figure, "sharpe (1h)");
        }
        assert_eq!(made.sampling_of("trades"), None);
    }
}

#[test]
fn of_daily_returns_the_figures_are_those_of_the_runs() {
    let columns: Vec<Vec<f64>> = (0..12).map(|i| noise(i, 60, 0.001, 0.02)).collect();
    let (plan, results) = plan(&columns, None);
    let made = compare(&plan, &results, &ComparisonOptions::default());
    for branch in &made.branches {
        let run = &results[&branch.id].accounts[0];
        let expected = [("sharpe", run.sharpe), ("cagr", run.cagr), ("total_return", Some(run.total_return))];
        for (metric, expected) in expected {
            let (value, expected) =
                (branch.metrics[made.metric_at(metric).unwrap()].value.unwrap(), expected.unwrap());
            assert!((value - expected).abs() < 1e-9 * expected.abs().max(1.0), "{metric}");
        }
    }
    assert_eq!((made.summary(1).figure.as_str(), made.sampling_of("sharpe")), ("sharpe", None));
}

#[test]
fn it_is_said_why_modules_have_no_worth() {
    let columns: Vec<Vec<f64>> = (0..4).map(|i| noise(i, 60, 0.001, 0.02)).collect();
    let game = |branches: [[usize; 3]; 2]| crate::plan::expand::Game {
        modules: vec!["a".to_owned(), "b".to_owned()],
        permutations: vec![vec![0, 1], vec![1, 0]],
        branches: branches.map(Vec::from).into(),
    };
    // The empty coalition is branch 3, which failed.
    let (mut plan, results) = plan(&columns, Some(3));
    plan.games = vec![game([[3, 1, 0], [3, 2, 0]])];
    let made = compare(&plan, &results, &ComparisonOptions::default());
    let said: Vec<&String> = made.notes.iter().filter(|n| n.contains("Shapley")).collect();
    assert_eq!((made.shapley.len(), said.len()), (0, 1), "{:?}", made.notes);
    assert_eq!(
        said[0],
        "no Shapley values by sharpe, total_return, max_drawdown: every order has a branch without one; 2 of its 2 orders go \
         through `x=3`, which failed: it did"
    );
    // One order is enough for values, and how many were left out stands with them.
    plan.games = vec![game([[3, 1, 0], [2, 2, 0]])];
    let made = compare(&plan, &results, &ComparisonOptions::default());
    assert_eq!((made.shapley.len(), made.shapley[0].left_out), (3, 1));
    assert!(!made.notes.iter().any(|n| n.contains("Shapley")), "{:?}", made.notes);
}

#[test]
fn what_became_of_an_account_stands_beside_it() {
    let columns: Vec<Vec<f64>> = (0..3).map(|i| noise(i, 30, 0.0, 0.01)).collect();
    let (plan, mut results) = plan(&columns, None);
    results.get_mut(&2).unwrap().accounts[0].status = "liquidated".to_owned();
    let made = compare(&plan, &results, &ComparisonOptions::default());
    assert_eq!(
        made.branches.iter().map(|b| &b.account_status).collect::<Vec<_>>(),
        ["active", "active", "liquidated"]
    );
    let ranked = made.summary(3).ranking;
    assert!(ranked.iter().all(|r| (r.account_status == "liquidated") == (r.id == 2)));
}
