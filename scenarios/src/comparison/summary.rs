//! The comparison in short: what stands in a plan's summary, and what is said of it in words.

use serde::Serialize;

use super::{Comparison, Overfitting, RankStability, Sample, ShapleyValues};

/// The comparison in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparisonSummary {
    /// The metric by which branches are ranked.
    pub metric: String,
    /// The metric, with what the returns span that it is shown of where they are not the run's: `sharpe (1h)`.
    pub figure: String,
    /// The metric that the differences and intervals of the ranking are of: the same where it can be resampled.
    pub resampled_metric: String,
    /// Id of the baseline.
    pub baseline: usize,
    /// What was resampled, and how.
    pub sample: Sample,
    /// Conventions of annualized numbers, in words.
    pub conventions: String,
    /// The best branches, the best first.
    pub ranking: Vec<Ranked>,
    /// How stable that is.
    pub stability: Option<RankStability>,
    /// What modules are worth.
    pub shapley: Vec<ShapleyValues>,
    /// How much of the best branch is luck.
    pub overfitting: Overfitting,
    /// What that means, in plain words.
    pub findings: Vec<String>,
    /// What has to be said beside the numbers.
    pub notes: Vec<String>,
}

/// A branch of the ranking; see [`super::MetricComparison`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// Its number.
    pub id: usize,
    /// Its name.
    pub name: String,
    /// What its account came to: `active`, `killed`, `liquidated` or `overdrawn`.
    pub account_status: String,
    /// Its place.
    pub rank: usize,
    /// Its value of the metric.
    pub value: Option<f64>,
    /// Difference from the baseline on the resampled returns, of the resampled metric; so are the following.
    pub delta: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Share of resamples in which it is better than the baseline.
    pub p_better: Option<f64>,
    /// Best place that is likely.
    pub rank_low: Option<usize>,
    /// Worst place that is likely.
    pub rank_high: Option<usize>,
    /// Share of resamples in which it is the best.
    pub p_best: Option<f64>,
    /// Share of resamples in which it is among the best [`RankStability::top`].
    pub p_top: Option<f64>,
}

impl Comparison {
    /// In short, with the best `top` branches.
    pub fn summary(&self, top: usize) -> ComparisonSummary {
        let resampled = self.resampled_metric();
        let (by, with) = (self.metric_at(&self.metric), self.metric_at(resampled));
        let ranked = |b: &super::BranchComparison| {
            let at = |place: Option<usize>| place.and_then(|p| b.metrics.get(p)).copied().unwrap_or_default();
            let resampled = at(with);
            Ranked {
                id: b.id,
                name: b.name.clone(),
                account_status: b.account_status.clone(),
                rank: b.rank,
                value: at(by).value,
                delta: resampled.point,
                low: resampled.low,
                high: resampled.high,
                p_better: resampled.p_better,
                rank_low: resampled.rank_low,
                rank_high: resampled.rank_high,
                p_best: b.p_best,
                p_top: b.p_top,
            }
        };
        ComparisonSummary {
            metric: self.metric.clone(),
            figure: self
                .sampling_of(&self.metric)
                .map_or_else(|| self.metric.clone(), |every| format!("{} ({every})", self.metric)),
            resampled_metric: resampled.to_owned(),
            baseline: self.baseline,
            sample: self.sample.clone(),
            conventions: self.sample.conventions.to_string(),
            ranking: self.ranking().into_iter().take(top).map(ranked).collect(),
            stability: self.stability.clone(),
            shapley: self.shapley.clone(),
            overfitting: self.overfitting.clone(),
            findings: self.findings(),
            notes: self.notes.clone(),
        }
    }

    /// How much of the best branch is luck, in plain words; one line for each thing that was measured.
    pub fn findings(&self) -> Vec<String> {
        let o = &self.overfitting;
        let name = |id: usize| self.branch(id).map_or_else(|| id.to_string(), |b| b.name.clone());
        let percent = |p: f64| format!("{:.1}%", 100.0 * p);
        let mut said = Vec::new();
        let effective = o.effective.map(|n| format!(", worth about {n:.1} independent ones"));
        said.push(format!(
            "{} tries, {} of them distinct{}",
            o.trials,
            o.distinct,
            effective.unwrap_or_default()
        ));
        if let Some(d) = &o.deflated_sharpe {
            let deflated = d.deflated.map_or_else(String::new, |p| {
                format!(": probability {} that its true ratio is above that", percent(p))
            });
            said.push(format!(
                "the best Sharpe ratio is {:.2} (`{}`); the best of {} tries without skill shows about {:.2}{deflated}",
                d.sharpe,
                name(d.id),
                d.trials,
                d.expected_maximum,
            ));
        }
        if let Some(c) = &o.pbo {
            said.push(format!(
                "probability of backtest overfitting {}: the best half-sample branch falls from a Sharpe ratio of {:.2} to \
                 {:.2} in the other half, below 0 in {} of {} splits",
                percent(c.pbo),
                c.in_sample,
                c.out_of_sample,
                percent(c.probability_of_loss),
                c.splits,
            ));
        }
        for s in &o.superiority {
            let best = if s.advantage > 0.0 { "the best by" } else { "no, the nearest by" };
            said.push(format!(
                "is any better than `{}`? {best} {} a year (`{}`); by luck alone with probability {} (Hansen's SPA; \
                 White's reality check {})",
                s.benchmark,
                percent(s.advantage),
                name(s.best),
                percent(s.spa_consistent),
                percent(s.reality_check),
            ));
        }
        if let Some(s) = &self.stability {
            let word = |r: Option<f64>| r.map_or("undefined".to_owned(), |r| format!("{r:.2}"));
            said.push(format!(
                "rank correlation by {} between the two halves of the time {}, between resamples and the whole {}",
                s.metric,
                word(s.halves),
                word(s.resampled),
            ));
        }
        said
    }
}
