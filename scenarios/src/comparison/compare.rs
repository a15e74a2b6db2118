//! From the results of a plan to their comparison.

use std::collections::BTreeMap;

use manyworlds_components::time::Frame;
use manyworlds_engine::Streams;
use rand_chacha::rand_core::Rng as _;
use rayon::prelude::*;

use super::effects::{Tried, effects};
use super::fan::fan;
use super::overfitting::overfitting;
use super::panel::{Flows, Panel};
use super::ranking::{Places, rank as rank_resampled};
use super::resampling::{Draws, Resampled, fitted, resample};
use super::shapley::shapley;
use super::statistics::{COUNT, SHARPE, STATISTICS, of_returns, resampled_as, shown_as};
use super::{BranchComparison, Comparison, MetricComparison, Sample, ShapleyValues};
use crate::intervention::apply;
use crate::plan::store::{METRICS, Metrics, rank};
use crate::plan::{Branch, BranchResult, BranchStatus, Expansion};
use crate::stats::{Bootstrap, Sampling};

/// Returns below which nothing is resampled.
const FEWEST_PERIODS: usize = 8;

/// How branches are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonOptions {
    /// The metric by which branches are ranked.
    pub metric: String,
    /// How returns are resampled, at most; its seed is mixed with that of the base scenario.
    pub bootstrap: Bootstrap,
}

impl Default for ComparisonOptions {
    /// By Sharpe ratio; stationary blocks, 1,000 resamples, 95%.
    fn default() -> Self {
        Self { metric: "sharpe".to_owned(), bootstrap: Bootstrap::default() }
    }
}

/// Compares the branches that ran to their end. The same results give the same bits at any number of threads.
///
/// Work is bounded: a few seconds for 10,000 branches. Of a record longer than 2,048 periods several make one return; where
/// there are many branches fewer resamples are made. Memory: 8 bytes per branch and return, at most 128 MiB, and 64 MiB of
/// resampled values.
pub fn compare(
    plan: &Expansion,
    results: &BTreeMap<usize, BranchResult>,
    options: &ComparisonOptions,
) -> Comparison {
    let done: Vec<&BranchResult> = results.values().filter(|r| r.status == BranchStatus::Complete).collect();
    let panel = Panel::of(&done, flows(plan), plan.baseline, plan.sample);
    let mut notes = notes(plan, &done, &panel);
    let seed = plan.branches.first().and_then(|b| b.scenario.as_ref().ok()).map_or(0, |s| s.seed);
    let seed = Streams::new(seed ^ options.bootstrap.seed).stream("comparison", "bootstrap").0.next_u64();
    let mut bootstrap = fitted(Bootstrap { seed, ..options.bootstrap }, &panel);
    if panel.periods() < FEWEST_PERIODS {
        bootstrap.resamples = 0;
    }
    if bootstrap.resamples < options.bootstrap.resamples {
        notes.push(format!("{} resamples instead of {}", bootstrap.resamples, options.bootstrap.resamples));
    }
    let draws = Draws::of(&bootstrap, panel.periods());
    let (mut resampled, mut places) = (Resampled::default(), Places::default());
    if draws.len() > 0 {
        resampled = resample(&panel, &draws, bootstrap.confidence);
        places = rank_resampled(&panel, &resampled, &draws, &options.metric, bootstrap.confidence);
    }
    let by = options.metric.as_str();
    let table = Table::of(&done, &panel, (by, plan.baseline));
    let order = rank(&table.column(by), by);
    let value = |id: usize, metric: &str| {
        done.binary_search_by_key(&id, |r| r.id).ok().and_then(|row| table.get(row, metric))
    };
    let tried: Vec<Tried<'_>> = order
        .iter()
        .filter_map(|row| {
            let branch = plan.branches.get(done[*row].id)?;
            Some(Tried { branch, metric: table.get(*row, by)? })
        })
        .collect();
    let best = tried.iter().find_map(|t| panel.ids.binary_search(&t.branch.id).ok());
    let shapley = shapley_values(plan, results, by, value, &mut notes);
    let every = Frame::from_nanos(plan.sample.nanos().saturating_mul(panel.thinned.max(1) as i64));
    let every = every.unwrap_or(plan.sample);
    let baseline_name = plan.branches.get(plan.baseline).map_or("", |b| b.name.as_str());
    Comparison {
        metric: by.to_owned(),
        metrics: names().map(str::to_owned).collect(),
        baseline: plan.baseline,
        sample: Sample {
            conventions: panel.conventions,
            periods: panel.periods(),
            from: panel.ts.first().copied().unwrap_or(0),
            to: panel.ts.last().copied().unwrap_or(0),
            every: every.to_string(),
            thinned: panel.thinned,
            branches: panel.columns(),
            bootstrap,
        },
        branches: table.branches(plan, &done, &order, (&panel, &resampled, &places)),
        effects: effects(&tried, &mut notes),
        fan: best.and_then(|column| fan(&panel, column)),
        shapley,
        overfitting: overfitting(&panel, &draws, done.len(), baseline_name),
        stability: places.stability,
        notes,
    }
}

/// What came in and went out of the first account of each branch.
fn flows(plan: &Expansion) -> Flows {
    let of = |branch: &Branch| {
        let flows = apply::flows(branch.scenario.as_ref().ok()?).into_iter().next()?;
        (!flows.is_empty()).then_some((branch.id, flows))
    };
    plan.branches.iter().filter_map(of).collect()
}

/// What modules are worth, by the metric of the ranking and others; why where that cannot be said.
fn shapley_values(
    plan: &Expansion,
    results: &BTreeMap<usize, BranchResult>,
    by: &str,
    value: impl Fn(usize, &str) -> Option<f64>,
    notes: &mut Vec<String>,
) -> Vec<ShapleyValues> {
    let mut metrics = vec![by];
    metrics.extend(["total_return", "sharpe", "max_drawdown"].iter().filter(|m| **m != by));
    let (mut made, mut missing) = (Vec::new(), Vec::<(String, Vec<&str>)>::new());
    for (game, metric) in plan.games.iter().flat_map(|game| metrics.iter().map(move |m| (game, *m))) {
        let (id, orders) = match shapley(game, metric, |id| value(id, metric)) {
            Ok(values) => {
                made.push(values);
                continue;
            }
            Err(in_the_way) => in_the_way,
        };
        let why = match results.get(&id).map(|r| &r.status) {
            Some(BranchStatus::Complete) => "has no value of it".to_owned(),
            Some(BranchStatus::Failed(reason)) => format!("failed: {reason}"),
            None => "has no result".to_owned(),
        };
        let (name, all) = (plan.branches.get(id).map_or("", |b| b.name.as_str()), game.permutations.len());
        let why = format!("{orders} of its {all} orders go through `{name}`, which {why}");
        match missing.iter_mut().find(|(other, _)| *other == why) {
            Some((_, metrics)) => metrics.push(metric),
            None => missing.push((why, vec![metric])),
        }
    }
    let said = |(why, metrics): &(String, Vec<&str>)| {
        format!("no Shapley values by {}: every order has a branch without one; {why}", metrics.join(", "))
    };
    notes.extend(missing.iter().map(said));
    made
}

/// What is left out, in plain words.
fn notes(plan: &Expansion, done: &[&BranchResult], panel: &Panel) -> Vec<String> {
    let mut notes = Vec::new();
    let (all, failed) = (done.len(), plan.branches.len() - done.len());
    if failed > 0 {
        notes.push(format!("{failed} branches did not run to their end and are not compared"));
    }
    if panel.columns() < all {
        let left = all - panel.columns();
        notes.push(format!(
            "{left} branches do not cover the baseline's span: they are ranked, not resampled"
        ));
    }
    if panel.baseline.is_none() {
        notes.push("the baseline has no result: there are no differences".to_owned());
    }
    if panel.thinned > 1 {
        notes.push(format!("{} recorded periods make one return", panel.thinned));
    }
    if panel.periods() < FEWEST_PERIODS {
        let n = panel.periods();
        notes.push(format!("{n} returns are too few to resample: `sample: \"1h\"` in the plan keeps more"));
    }
    let accounts = done.iter().any(|r| r.accounts.len() > 1);
    if accounts {
        notes.push("of each branch the first account is compared".to_owned());
    }
    notes
}

/// Names of the metrics that are compared.
fn names() -> impl Iterator<Item = &'static str> {
    METRICS.into_iter().chain([STATISTICS[0]])
}

/// The metrics of all branches that ran to their end.
struct Table<'a> {
    /// Of the runs.
    runs: Vec<Metrics>,
    /// Of the returns that are resampled; `None` for a branch without any.
    sampled: Vec<Option<[Option<f64>; COUNT]>>,
    /// The metric of the ranking.
    by: &'a str,
    /// Row of the baseline.
    baseline: Option<usize>,
}

impl<'a> Table<'a> {
    fn of(done: &[&BranchResult], panel: &Panel, (by, baseline): (&'a str, usize)) -> Self {
        let sampled = |r: &&BranchResult| Some(of_returns(&panel.returns_of(r)?, &panel.conventions));
        Self {
            runs: done.par_iter().map(|r| Metrics::of(r.accounts.first())).collect(),
            sampled: done.par_iter().map(sampled).collect(),
            by,
            baseline: done.binary_search_by_key(&baseline, |r| r.id).ok(),
        }
    }

    fn get(&self, row: usize, metric: &str) -> Option<f64> {
        match shown_as(metric, self.by).zip(self.sampled[row]) {
            Some((statistic, sampled)) => sampled[statistic],
            None => self.runs[row].get(metric),
        }
    }

    fn column(&self, metric: &str) -> Vec<Option<f64>> {
        (0..self.runs.len()).map(|row| self.get(row, metric)).collect()
    }

    fn branches(
        &self,
        plan: &Expansion,
        done: &[&BranchResult],
        order: &[usize],
        (panel, resampled, places): (&Panel, &Resampled, &Places),
    ) -> Vec<BranchComparison> {
        let column_of: Vec<Option<usize>> =
            done.iter().map(|r| panel.ids.binary_search(&r.id).ok()).collect();
        let metrics: Vec<Vec<MetricComparison>> = names()
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|metric| self.metric(metric, &column_of, resampled, places))
            .collect();
        let mut place = vec![0; done.len()];
        order.iter().enumerate().for_each(|(at, row)| place[*row] = at + 1);
        let branch = |(row, result): (usize, &&BranchResult)| {
            let share = |of: &[f64]| of.get(column_of[row]?).copied();
            BranchComparison {
                id: result.id,
                name: plan.branches.get(result.id).map(|b| b.name.clone()).unwrap_or_default(),
                account_status: result.accounts.first().map(|a| a.status.clone()).unwrap_or_default(),
                rank: place[row],
                metrics: metrics.iter().map(|m| m[row]).collect(),
                p_best: share(&places.p_best),
                p_top: share(&places.p_top),
            }
        };
        done.iter().enumerate().map(branch).collect()
    }

    /// One metric of all branches.
    fn metric(
        &self,
        metric: &str,
        column_of: &[Option<usize>],
        resampled: &Resampled,
        places: &Places,
    ) -> Vec<MetricComparison> {
        let values = self.column(metric);
        let baseline = self.baseline.and_then(|row| values[row]);
        let mut ranks = vec![None; values.len()];
        for (at, row) in rank(&values, metric).into_iter().enumerate() {
            ranks[row] = values[row].map(|_| at + 1);
        }
        let statistic = STATISTICS.iter().position(|s| *s == metric);
        let one = |row: usize| {
            let plain = MetricComparison {
                value: values[row],
                baseline,
                delta: values[row].zip(baseline).map(|(value, baseline)| value - baseline),
                rank: ranks[row],
                ..MetricComparison::default()
            };
            let (Some(statistic), Some(column)) = (statistic, column_of[row]) else { return plain };
            let sampled = |row: usize| self.sampled[row].and_then(|values| values[statistic]);
            let own = sampled(row);
            let difference = own.zip(self.baseline.and_then(sampled)).map(|(own, baseline)| own - baseline);
            let bounds = places.bounds[statistic].get(column).filter(|_| own.is_some());
            let paired = resampled.paired.get(column).copied().flatten().map(|p| p[statistic]);
            // What has no Sharpe ratio has no difference of them either.
            let (point, paired) = difference.zip(paired).unzip();
            // The percentiles of a statistic that resampling shifts, such as a drawdown, may pass its point by.
            let end = |p: f64, with: fn(f64, f64) -> f64| Some(with(p, point?)).filter(|x| x.is_finite());
            MetricComparison {
                point,
                low: paired.and_then(|p| end(p.low, f64::min)),
                high: paired.and_then(|p| end(p.high, f64::max)),
                p_better: paired.map(|p| p.p_better),
                rank_low: bounds.map(|b| b.0),
                rank_high: bounds.map(|b| b.1),
                ..plain
            }
        };
        (0..values.len()).map(one).collect()
    }
}

impl Comparison {
    /// The place of a metric in [`Comparison::metrics`].
    pub fn metric_at(&self, name: &str) -> Option<usize> {
        self.metrics.iter().position(|m| m == name)
    }

    /// A branch by its id.
    pub fn branch(&self, id: usize) -> Option<&BranchComparison> {
        self.branches.binary_search_by_key(&id, |b| b.id).ok().map(|at| &self.branches[at])
    }

    /// The branches by rank, the best first.
    pub fn ranking(&self) -> Vec<&BranchComparison> {
        let mut all: Vec<&BranchComparison> = self.branches.iter().collect();
        all.sort_by_key(|b| b.rank);
        all
    }

    /// What the returns span that a metric is shown of, e.g. `1h`; `None` of one that is the run's own.
    pub fn sampling_of(&self, metric: &str) -> Option<&str> {
        let differs = self.sample.conventions.sampling == Sampling::EveryPoint || metric == "max_drawdown";
        // A total return is the same for all of them.
        let sampled = shown_as(metric, &self.metric).filter(|_| differs && metric != "total_return");
        sampled.map(|_| self.sample.every.as_str()).filter(|every| !every.is_empty())
    }

    /// The metric whose intervals tell of the ranking: its own, or that of the statistic that it is resampled as.
    pub fn resampled_metric(&self) -> &'static str {
        STATISTICS[resampled_as(&self.metric).unwrap_or(SHARPE)]
    }
}
