//! Statistics of a run: pure functions over slices, one statistic (or one tight family) per file.
//!
//! Conventions, everywhere in this folder:
//! - Returns are simple returns per period, as fractions. Rates are fractions, drawdowns are negative.
//! - A value that is not finite is missing. Moments and quantiles skip it, a compounded curve stays flat over it (as
//!   `empyrical` does, whose definitions are the default here).
//! - Returns of equity that capital came to or left are time-weighted: see [`time_weighted()`], the one place of it.
//! - What is undefined is `None`; no function returns NaN or an infinity.
//! - [`Conventions`] prints the line that belongs beside every annualized number.

mod activity;
mod annual_return;
mod bootstrap;
mod calendar;
mod calmar;
mod conventions;
mod deflated_sharpe;
mod downside;
mod drawdown;
mod histogram;
mod lo;
mod moments;
mod omega;
mod probabilistic_sharpe;
mod quantile;
mod returns;
mod rolling;
mod rows;
mod sampling;
mod shape;
mod sharpe;
mod stability;
mod summary;
mod tail_ratio;
mod time_weighted;
mod track_record;
mod trades;
mod ulcer;
mod value_at_risk;
mod volatility;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use activity::{exposure_time, mean_exposure, turnover};
pub use annual_return::annual_return;
pub use bootstrap::{BlockScheme, Bootstrap, Interval};
pub use calendar::{PeriodReturn, monthly_returns, yearly_returns};
pub use calmar::calmar;
pub use conventions::{Conventions, Sampling};
pub use deflated_sharpe::{deflated_sharpe, expected_maximum_sharpe};
pub use downside::{downside_risk, sortino};
pub use drawdown::{Drawdown, drawdown_series, max_drawdown, max_drawdown_of_returns, worst_drawdowns};
pub use histogram::{Histogram, freedman_diaconis_bins, histogram};
pub use lo::{autocorrelations, eta, sharpe_standard_error};
pub use moments::Moments;
pub use omega::omega;
pub use probabilistic_sharpe::probabilistic_sharpe;
pub use quantile::quantile;
pub use returns::{compound, returns_from_equity, total_return};
pub use rolling::rolling_sharpe;
pub use rows::{Row, Unit};
pub use sampling::{closing_day, daily_closes, infer_periods_per_year, sampled_equity};
pub use shape::{kurtosis, skew};
pub use sharpe::{sharpe, sharpe_per_period};
pub use stability::stability;
pub use summary::Summary;
pub use tail_ratio::tail_ratio;
pub use time_weighted::{overdrawn, time_weighted};
pub use track_record::minimum_track_record_length;
pub use trades::{
    TradeResult, expectancy, fees_paid, kelly, max_drawdown_money, payoff_ratio, profit_factor, sqn, win_rate,
};
pub use ulcer::ulcer_index;
pub use value_at_risk::{conditional_value_at_risk, value_at_risk};
pub use volatility::annual_volatility;

/// `Some` of a finite value: the gate through which every result leaves.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
