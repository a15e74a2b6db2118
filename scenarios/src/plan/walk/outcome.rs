//! What a walk forward came to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::stitch::{Stitched, stitch};
use super::windows::{WalkPlan, Window};
use crate::plan::expand::Expansion;
use crate::plan::result::{BranchResult, BranchStatus, Series};
use crate::plan::store::{Metrics, less_is_better};
use crate::stats::{Conventions, Summary};

/// A walk forward in one record: the part `walk_forward` of a plan's `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WalkForwardSummary {
    /// Length of the training windows.
    pub train: String,
    /// Length of the test windows.
    pub test: String,
    /// From one window to the next.
    pub step: String,
    /// Whether all training windows begin where the first does.
    pub anchored: bool,
    /// The metric by which branches were chosen.
    pub choose: String,
    /// What was watched before each window, e.g. `30 bars of 1m`.
    pub warm_up: String,
    /// The branch that the stitched equity is compared with.
    pub baseline: String,
    /// The windows, in time order.
    pub windows: Vec<WindowRow>,
    /// The stitched equity of what was chosen.
    pub stitched: StitchedStatistics,
    /// The same of the baseline, over the same windows.
    pub baseline_stitched: StitchedStatistics,
    /// Mean of the metric out of sample over its mean in sample, over the windows that have both; null unless the latter is
    /// above 0, and of metrics of which less is better.
    pub efficiency: Option<f64>,
    /// Which branches were chosen how often; most often first.
    pub choices: Vec<ChoiceCount>,
    /// Windows whose choice differs from that of the window before.
    pub changes: usize,
    /// The values of each parameter that were chosen; most often first.
    pub parameters: Vec<ParameterCount>,
    /// What of the run lies after the last whole window.
    pub left: (String, String),
    /// Digest of all choices and of the digests of the runs that were tested.
    pub digest: String,
}

/// One window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowRow {
    /// Its place, from 0.
    pub window: usize,
    /// Beginning of the training window, in nanoseconds.
    pub train_from: i64,
    /// Its end.
    pub train_to: i64,
    /// Beginning of the test window.
    pub test_from: i64,
    /// Its end.
    pub test_to: i64,
    /// The chosen branch; null where none had a value of the metric: then the window rests in cash.
    pub branch: Option<usize>,
    /// Its name.
    pub name: Option<String>,
    /// Its parameters, path and value.
    pub parameters: Vec<(String, String)>,
    /// Branches among which it was chosen: those that ran to the end of the training window.
    pub candidates: usize,
    /// The metric on the training window.
    pub in_sample: Option<f64>,
    /// The metric on the test window.
    pub out_of_sample: Option<f64>,
    /// Out of sample over in sample; returns and numbers that grow with time are taken per day. Null unless the latter is above
    /// 0, and of metrics of which less is better.
    pub efficiency: Option<f64>,
    /// Total return on the training window.
    pub train_return: Option<f64>,
    /// Total return on the test window.
    pub test_return: Option<f64>,
    /// That of the baseline.
    pub baseline_return: Option<f64>,
    /// Round trips in the test window.
    pub trades: Option<u64>,
    /// Why the run on the test window ended early, if it did.
    pub failed: Option<String>,
}

/// Statistics of a stitched equity, at the plan's sampling.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StitchedStatistics {
    /// Growth of 1, less 1.
    pub total_return: Option<f64>,
    /// See [`Summary::cagr`].
    pub cagr: Option<f64>,
    /// See [`Summary::volatility`].
    pub volatility: Option<f64>,
    /// See [`Summary::sharpe`].
    pub sharpe: Option<f64>,
    /// See [`Summary::sortino`].
    pub sortino: Option<f64>,
    /// See [`Summary::max_drawdown`].
    pub max_drawdown: Option<f64>,
    /// Round trips.
    pub trades: u64,
}

/// How often a branch was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceCount {
    /// Its number.
    pub branch: usize,
    /// Its name.
    pub name: String,
    /// Windows.
    pub windows: usize,
}

/// How stable a parameter was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterCount {
    /// Its path.
    pub path: String,
    /// Its values with the windows that chose them, most often first; null is a branch that leaves it as it is in the base.
    pub values: Vec<(Option<String>, usize)>,
    /// Share of the windows with a choice that chose the most frequent value.
    pub stability: f64,
}

/// Metrics that grow with the length of a window.
const PER_TIME: [&str; 6] = ["total_return", "trades", "fills", "rejections", "fees_paid", "borrow_paid"];

/// The record, and the stitched equity of what was chosen and of the baseline.
pub(super) fn summarize(
    plan: &Expansion,
    walk: &WalkPlan,
    results: &BTreeMap<usize, BranchResult>,
    choices: &[Option<(usize, f64)>],
) -> (WalkForwardSummary, Stitched, Stitched) {
    let n = plan.branches.len();
    let tested = |window: usize, place: usize| {
        let id = walk.windows.len() * n + 2 * window + place;
        let chosen = place == 1 || choices[window].is_some();
        results.get(&id).filter(|_| chosen)
    };
    let row = |(k, window): (usize, &Window)| {
        let trained = choices[k].and_then(|(id, _)| results.get(&(k * n + id)));
        let test = tested(k, 0);
        let candidates = results.range(k * n..(k + 1) * n);
        let branch = choices[k].map(|(id, _)| &plan.branches[id]);
        let in_sample = choices[k].map(|(_, value)| value);
        let out_of_sample = metric(test, &walk.settings.choose);
        WindowRow {
            window: k,
            train_from: window.train.0.0,
            train_to: window.train.1.0,
            test_from: window.test.0.0,
            test_to: window.test.1.0,
            branch: branch.map(|b| b.id),
            name: branch.map(|b| b.name.clone()),
            parameters: branch.map(|b| b.parameters.clone()).unwrap_or_default(),
            candidates: candidates.filter(|(_, r)| r.status == BranchStatus::Complete).count(),
            in_sample,
            out_of_sample,
            efficiency: efficiency(&walk.settings.choose, in_sample, out_of_sample, window),
            train_return: metric(trained, "total_return"),
            test_return: metric(test, "total_return"),
            baseline_return: metric(tested(k, 1), "total_return"),
            trades: test.and_then(|r| Some(r.accounts.first()?.trades)),
            failed: test.and_then(|r| match &r.status {
                BranchStatus::Failed(reason) => Some(reason.clone()),
                BranchStatus::Complete => None,
            }),
        }
    };
    let windows: Vec<WindowRow> = walk.windows.iter().enumerate().map(row).collect();
    let curve = |place: usize| {
        let run = |(k, window): (usize, &Window)| {
            let result = tested(k, place);
            let equity = result.and_then(|r| Some((r.series.first()?, r.accounts.first()?.initial_cash)));
            (window.test, equity as Option<(&Series, f64)>)
        };
        let stitched = stitch(walk.windows.iter().enumerate().map(run));
        let results = (0..walk.windows.len()).filter_map(|k| tested(k, place));
        let trades = results.filter_map(|r| Some(r.accounts.first()?.trades)).sum();
        (StitchedStatistics::of(&stitched, trades), stitched)
    };
    let ((stitched, equity), (baseline_stitched, baseline_equity)) = (curve(0), curve(1));
    let chosen: Vec<usize> = choices.iter().flatten().map(|(id, _)| *id).collect();
    let count = |(id, windows): (usize, usize)| ChoiceCount {
        branch: id,
        name: plan.branches[id].name.clone(),
        windows,
    };
    let digests = (0..walk.windows.len()).flat_map(|k| [tested(k, 0), tested(k, 1)]);
    let digests = digests.map(|r| r.and_then(|r| r.digest));
    let summary = WalkForwardSummary {
        train: walk.settings.train.to_string(),
        test: walk.settings.test.to_string(),
        step: walk.settings.step.to_string(),
        anchored: walk.settings.anchored,
        choose: walk.settings.choose.clone(),
        warm_up: walk.warm_up.to_string(),
        baseline: plan.branches[plan.baseline].name.clone(),
        efficiency: overall(&walk.settings.choose, &windows),
        changes: choices.windows(2).filter(|w| w[0].map(|c| c.0) != w[1].map(|c| c.0)).count(),
        parameters: parameters(plan, &chosen),
        choices: counted(chosen.iter().copied()).into_iter().map(count).collect(),
        left: (walk.left.0.to_string(), walk.left.1.to_string()),
        digest: format!(
            "{:016x}",
            xxh3_64(format!("{chosen:?} {:?}", digests.collect::<Vec<_>>()).as_bytes())
        ),
        windows,
        stitched,
        baseline_stitched,
    };
    (summary, equity, baseline_equity)
}

impl StitchedStatistics {
    fn of(equity: &Stitched, trades: u64) -> Self {
        let summary = Summary::of(&equity.ts, &equity.equity, &[], Conventions::inferred(&equity.ts));
        Self {
            total_return: summary.total_return,
            cagr: summary.cagr,
            volatility: summary.volatility,
            sharpe: summary.sharpe,
            sortino: summary.sortino,
            max_drawdown: summary.max_drawdown,
            trades,
        }
    }
}

fn metric(result: Option<&BranchResult>, name: &str) -> Option<f64> {
    Metrics::of(result?.accounts.first()).get(name)
}

/// Out of sample over in sample, of a window.
fn efficiency(name: &str, inside: Option<f64>, outside: Option<f64>, window: &Window) -> Option<f64> {
    let ratio = outside? / inside.filter(|v| *v > 0.0 && !less_is_better(name))?;
    let lengths = (window.train.1 - window.train.0) as f64 / (window.test.1 - window.test.0) as f64;
    Some(if PER_TIME.contains(&name) { ratio * lengths } else { ratio }).filter(|r| r.is_finite())
}

/// The same of all windows that have both.
fn overall(name: &str, windows: &[WindowRow]) -> Option<f64> {
    let both = || windows.iter().filter_map(|w| Some((w, w.in_sample?, w.out_of_sample?)));
    let days = |from: i64, to: i64| if PER_TIME.contains(&name) { (to - from) as f64 } else { 1.0 };
    let inside: f64 = both().map(|(w, inside, _)| inside / days(w.train_from, w.train_to)).sum();
    let outside: f64 = both().map(|(w, _, outside)| outside / days(w.test_from, w.test_to)).sum();
    let good = inside > 0.0 && !less_is_better(name);
    Some(outside / inside).filter(|r| good && r.is_finite())
}

/// Each item with how often it is there; most often first, of equals the first.
fn counted<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: Vec<(T, usize)> = Vec::new();
    for item in items {
        match counts.iter_mut().find(|(known, _)| *known == item) {
            Some((_, count)) => *count += 1,
            None => counts.push((item, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn parameters(plan: &Expansion, chosen: &[usize]) -> Vec<ParameterCount> {
    let mut paths: Vec<&str> = Vec::new();
    for (path, _) in chosen.iter().flat_map(|id| &plan.branches[*id].parameters) {
        if !paths.contains(&path.as_str()) {
            paths.push(path);
        }
    }
    let parameter = |path: &str| {
        let value = |id: &usize| {
            let of = &plan.branches[*id].parameters;
            of.iter().rfind(|(p, _)| p == path).map(|(_, value)| value.clone())
        };
        let values = counted(chosen.iter().map(value));
        let stability = values.first().map_or(0.0, |(_, most)| *most as f64 / chosen.len() as f64);
        ParameterCount { path: path.to_owned(), values, stability }
    };
    paths.into_iter().map(parameter).collect()
}
