//! How much of the best branch is luck: the more is tried, the better the best looks.

mod cscv;
mod superiority;
mod trials;

use serde::{Deserialize, Serialize};

use super::panel::Panel;
use super::resampling::Draws;
use superiority::{Benchmark, superiority};

/// How much of the best branch by Sharpe ratio is luck.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overfitting {
    /// Branches that were run to their end: each is a try.
    pub trials: usize,
    /// Those whose returns are not the same as another's.
    pub distinct: usize,
    /// About how many independent tries these are worth: `r + (1 - r) N` for the mean correlation `r` of their returns (López de
    /// Prado, "A data science solution to the multiple-testing crisis", 2019). `None` below two.
    pub effective: Option<f64>,
    /// The best branch by Sharpe ratio, deflated.
    pub deflated_sharpe: Option<DeflatedSharpe>,
    /// Probability of backtest overfitting; `None` with fewer than two distinct branches or 8 returns.
    pub pbo: Option<Cscv>,
    /// Tests of whether the best branch is better than a benchmark at all: than the baseline, and than doing nothing.
    pub superiority: Vec<Superiority>,
}

/// The best branch's Sharpe ratio against what the best of as many tries without skill shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeflatedSharpe {
    /// The best branch's id.
    pub id: usize,
    /// Its annual Sharpe ratio on the sampled returns.
    pub sharpe: f64,
    /// Tries: [`Overfitting::distinct`].
    pub trials: usize,
    /// Variance over the tries of the annual Sharpe ratio.
    pub variance: f64,
    /// The annual Sharpe ratio to expect of the best of them without skill.
    pub expected_maximum: f64,
    /// Probability that the true Sharpe ratio is above 0, as if it had been the only try.
    pub probabilistic: Option<f64>,
    /// Probability that it is above `expected_maximum`.
    pub deflated: Option<f64>,
    /// The same with [`Overfitting::effective`] tries.
    pub deflated_effective: Option<f64>,
}

/// Combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado & Zhu, "The probability of backtest
/// overfitting", Journal of Computational Finance 20, 2017) by Sharpe ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cscv {
    /// Parts of the time; half of them are in sample.
    pub blocks: usize,
    /// Ways of choosing them: all.
    pub splits: usize,
    /// Returns that are used: the last that fill the blocks evenly.
    pub periods: usize,
    /// Share of splits in which the best in sample is below the median out of sample, ties with it half.
    pub pbo: f64,
    /// Share of splits in which the best in sample has a Sharpe ratio below 0 out of sample.
    pub probability_of_loss: f64,
    /// Mean annual Sharpe ratio of the best in sample, in sample.
    pub in_sample: f64,
    /// The same branches' out of sample.
    pub out_of_sample: f64,
    /// Slope of out-of-sample over in-sample Sharpe ratio of the best: below 1 is degradation. `None` where it is undefined.
    pub slope: Option<f64>,
    /// Histogram of the out-of-sample place of the best in sample, tenths from worst to best; shares that add up to 1.
    pub places: Vec<f64>,
}

/// Whether the best of many branches is better than a benchmark, by mean return: White's reality check (Econometrica 68, 2000)
/// and Hansen's test of superior predictive ability (Journal of Business & Economic Statistics 23, 2005). p-values: the chance
/// of a best as good as this one if no branch were better than the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Superiority {
    /// A branch's name, or `cash`: doing nothing.
    pub benchmark: String,
    /// The branch with the highest mean return over the benchmark.
    pub best: usize,
    /// That difference per year.
    pub advantage: f64,
    /// The branch with the highest studentized difference, on which Hansen's test rests.
    pub best_studentized: usize,
    /// White's.
    pub reality_check: f64,
    /// Hansen's lower bound.
    pub spa_lower: f64,
    /// Hansen's consistent p-value: the one to read.
    pub spa_consistent: f64,
    /// Hansen's upper bound.
    pub spa_upper: f64,
}

/// The tests of a panel. `baseline` is that branch's name.
pub(super) fn overfitting(panel: &Panel, draws: &Draws, trials: usize, baseline: &str) -> Overfitting {
    if panel.columns() == 0 {
        return Overfitting { trials, ..Overfitting::default() };
    }
    let distinct = panel.distinct();
    let effective = trials::effective(panel, &distinct);
    let own = panel.baseline.map(|column| (Benchmark::Column(column), baseline));
    let benchmarks = own.into_iter().chain([(Benchmark::Cash, "cash")]);
    let enough = panel.periods() >= 8 && draws.len() > 0;
    Overfitting {
        trials,
        distinct: distinct.len(),
        effective,
        deflated_sharpe: trials::deflated(panel, &distinct, effective),
        pbo: cscv::cscv(panel, &distinct),
        superiority: benchmarks
            .filter(|_| enough)
            .filter_map(|(benchmark, name)| superiority(panel, draws, benchmark, name))
            .collect(),
    }
}
