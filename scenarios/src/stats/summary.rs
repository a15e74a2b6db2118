//! All statistics of one account's run in one record.

use serde::{Deserialize, Serialize};

use super::*;

/// Every metric of a run; what is undefined is `None` (null in JSON). Rates are fractions, drawdowns negative, money is in
/// account currency.
///
/// Returns are taken between the points that [`Conventions::sampling`] names. Drawdown, ulcer index and total return use
/// every point given, so that a fall within the day is seen; Calmar divides by that drawdown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The conventions of every annualized number here. A run states them once, not per account.
    #[serde(skip)]
    pub conventions: Conventions,
    /// Returns in the sample.
    pub observations: usize,
    /// Closed trades.
    pub trades: usize,
    /// First equity.
    pub initial_equity: Option<f64>,
    /// Last equity.
    pub final_equity: Option<f64>,
    /// Mean equity over every point.
    pub mean_equity: Option<f64>,
    /// Length in years: periods over periods per year.
    pub years: Option<f64>,
    /// Last over first point of the series, less 1; time-weighted where the series is.
    pub total_return: Option<f64>,
    /// Geometric annual return, see [`annual_return`].
    pub cagr: Option<f64>,
    /// See [`annual_volatility`].
    pub volatility: Option<f64>,
    /// See [`sharpe()`].
    pub sharpe: Option<f64>,
    /// Standard error of `sharpe`, annualized, see [`sharpe_standard_error`].
    pub sharpe_standard_error: Option<f64>,
    /// Lower end of the bootstrap interval of `sharpe`, see [`Summary::with_intervals`].
    pub sharpe_low: Option<f64>,
    /// Upper end of it.
    pub sharpe_high: Option<f64>,
    /// Probability that the true Sharpe ratio is above 0, see [`probabilistic_sharpe()`].
    pub probabilistic_sharpe: Option<f64>,
    /// Periods until a Sharpe ratio above 0 is shown at 95%, see [`minimum_track_record_length`].
    pub minimum_track_record_length: Option<f64>,
    /// Lower end of the bootstrap interval of `cagr`.
    pub cagr_low: Option<f64>,
    /// Upper end of it.
    pub cagr_high: Option<f64>,
    /// See [`sortino`].
    pub sortino: Option<f64>,
    /// `cagr / |max_drawdown|`.
    pub calmar: Option<f64>,
    /// See [`max_drawdown()`].
    pub max_drawdown: Option<f64>,
    /// See [`downside_risk`].
    pub downside_risk: Option<f64>,
    /// See [`stability()`].
    pub stability: Option<f64>,
    /// See [`omega()`]; the threshold is the risk-free return.
    pub omega: Option<f64>,
    /// See [`tail_ratio()`].
    pub tail_ratio: Option<f64>,
    /// 5% value at risk per period, see [`value_at_risk()`].
    pub value_at_risk: Option<f64>,
    /// 5% conditional value at risk per period, see [`conditional_value_at_risk`].
    pub conditional_value_at_risk: Option<f64>,
    /// See [`ulcer_index`].
    pub ulcer_index: Option<f64>,
    /// See [`skew`].
    pub skew: Option<f64>,
    /// See [`kurtosis`]; 3 for a normal distribution.
    pub kurtosis: Option<f64>,
    /// See [`win_rate`].
    pub win_rate: Option<f64>,
    /// See [`profit_factor`].
    pub profit_factor: Option<f64>,
    /// See [`payoff_ratio`].
    pub payoff_ratio: Option<f64>,
    /// See [`expectancy`].
    pub expectancy: Option<f64>,
    /// See [`sqn`].
    pub sqn: Option<f64>,
    /// See [`kelly`].
    pub kelly: Option<f64>,
    /// Fees of the closed trades; the caller may put those of all fills here.
    pub fees_paid: Option<f64>,
    /// Share of points with a position, see [`Summary::with_activity`].
    pub exposure: Option<f64>,
    /// Mean gross exposure, see [`Summary::with_activity`].
    pub mean_exposure: Option<f64>,
    /// Annual turnover, see [`Summary::with_activity`].
    pub turnover: Option<f64>,
}

impl Summary {
    /// The summary of an equity series (any frequency; times in ns UTC, ascending; one per equity) and its closed
    /// trades. Intervals, exposure and turnover are added by the `with_` methods. O(n + d log d) for d returns.
    pub fn of(
        equity_ts_ns: &[i64],
        equity: &[f64],
        trades: &[TradeResult],
        conventions: Conventions,
    ) -> Self {
        let c = &conventions;
        let returns = sample_returns(equity_ts_ns, equity, c);
        let moments = Moments::of(&returns);
        let (skew, kurtosis) = (skew(&returns), kurtosis(&returns));
        let ratio = sharpe_per_period(&returns, c);
        let shape = ratio.zip(skew.zip(kurtosis));
        let cagr = annual_return(&returns, c);
        let max_drawdown = max_drawdown(equity);
        Self {
            conventions,
            observations: moments.count,
            trades: trades.len(),
            initial_equity: None,
            final_equity: None,
            mean_equity: None,
            years: finite(returns.len() as f64 / c.periods_per_year),
            total_return: total_return(equity),
            cagr,
            volatility: annual_volatility(&returns, c),
            sharpe: sharpe(&returns, c),
            sharpe_standard_error: ratio
                .and_then(|sr| finite(sharpe_standard_error(sr, moments.count)? * c.periods_per_year.sqrt())),
            sharpe_low: None,
            sharpe_high: None,
            probabilistic_sharpe: shape
                .and_then(|(sr, (g3, g4))| probabilistic_sharpe(sr, 0.0, moments.count, g3, g4)),
            minimum_track_record_length: shape
                .and_then(|(sr, (g3, g4))| minimum_track_record_length(sr, 0.0, g3, g4, 0.95)),
            cagr_low: None,
            cagr_high: None,
            sortino: sortino(&returns, c),
            calmar: cagr.zip(max_drawdown.filter(|d| *d < 0.0)).and_then(|(r, d)| finite(r / d.abs())),
            max_drawdown,
            downside_risk: downside_risk(&returns, c),
            stability: stability(&returns),
            omega: omega(&returns, c.risk_free),
            tail_ratio: tail_ratio(&returns),
            value_at_risk: value_at_risk(&returns, 0.05),
            conditional_value_at_risk: conditional_value_at_risk(&returns, 0.05),
            ulcer_index: ulcer_index(equity),
            skew,
            kurtosis,
            win_rate: win_rate(trades),
            profit_factor: profit_factor(trades),
            payoff_ratio: payoff_ratio(trades),
            expectancy: expectancy(trades),
            sqn: sqn(trades),
            kelly: kelly(trades),
            fees_paid: finite(fees_paid(trades)),
            exposure: None,
            mean_exposure: None,
            turnover: None,
        }
        .with_money(equity)
    }

    /// Puts money where `equity` is it, and the series given to [`Summary::of`] is [`time_weighted()`].
    pub fn with_money(mut self, equity: &[f64]) -> Self {
        self.initial_equity = equity.iter().copied().find(|v| v.is_finite());
        self.final_equity = equity.iter().copied().rfind(|v| v.is_finite());
        self.mean_equity = Moments::of(equity).mean();
        self
    }

    /// Adds the bootstrap intervals of Sharpe ratio and CAGR; the series is the one given to [`Summary::of`].
    /// O(resamples x returns).
    pub fn with_intervals(mut self, equity_ts_ns: &[i64], equity: &[f64], bootstrap: &Bootstrap) -> Self {
        let returns = sample_returns(equity_ts_ns, equity, &self.conventions);
        let ends = |interval: Option<Interval>| interval.map(|i| (i.low, i.high)).unzip();
        (self.sharpe_low, self.sharpe_high) = ends(bootstrap.sharpe(&returns, &self.conventions));
        (self.cagr_low, self.cagr_high) = ends(bootstrap.annual_return(&returns, &self.conventions));
        self
    }

    /// Adds exposure (`exposure[i]`: position value over equity at point i) and turnover (`traded_notional`: bought plus sold,
    /// in account currency).
    pub fn with_activity(mut self, exposure: &[f64], traded_notional: f64) -> Self {
        self.exposure = exposure_time(exposure);
        self.mean_exposure = mean_exposure(exposure);
        self.turnover = self
            .mean_equity
            .zip(self.years)
            .and_then(|(equity, years)| turnover(traded_notional, equity, years));
        self
    }
}

/// The returns that a summary under these conventions is made of.
fn sample_returns(ts_ns: &[i64], equity: &[f64], conventions: &Conventions) -> Vec<f64> {
    returns_from_equity(&sampled_equity(ts_ns, equity, conventions.sampling).1)
}
