//! The conventions under which annualized statistics are computed, and the line that says so.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::sampling::infer_periods_per_year;

/// Which points of an equity series the returns are taken between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Sampling {
    /// The last equity of each UTC day; the first day's return is taken from the first point of the series.
    #[default]
    DailyClosesUtc,
    /// Every point as given: the series already has one point per period.
    EveryPoint,
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DailyClosesUtc => "daily closes UTC",
            Self::EveryPoint => "every point",
        })
    }
}

/// Risk-free rate, degrees of freedom, annualization and sampling: what a Sharpe ratio means nothing without.
///
/// `Display` gives the line that reports print, e.g. `rf 0, ddof 1, 365 periods/year, daily closes UTC`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Conventions {
    /// Risk-free return per period (not per year), a fraction.
    pub risk_free: f64,
    /// Delta degrees of freedom of standard deviations: 1 for the sample's (`empyrical`), 0 for the population's.
    pub ddof: usize,
    /// Periods in a year: 252 for daily points of a market that rests on weekends, 365 for one that does not.
    pub periods_per_year: f64,
    /// Which points the returns are taken between.
    pub sampling: Sampling,
}

impl Conventions {
    /// `empyrical`'s defaults at that many periods per year: risk-free 0, ddof 1; daily closes UTC.
    pub fn daily(periods_per_year: f64) -> Self {
        Self { risk_free: 0.0, ddof: 1, periods_per_year, sampling: Sampling::DailyClosesUtc }
    }

    /// [`Conventions::daily`] with the periods per year inferred from the series' times (ns UTC, ascending).
    pub fn inferred(ts_ns: &[i64]) -> Self {
        Self::daily(infer_periods_per_year(ts_ns))
    }

    /// The same conventions at another risk-free return per period.
    pub fn with_risk_free(self, risk_free: f64) -> Self {
        Self { risk_free, ..self }
    }
}

impl Default for Conventions {
    /// 252 periods per year, as `empyrical`.
    fn default() -> Self {
        Self::daily(252.0)
    }
}

impl fmt::Display for Conventions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { risk_free, ddof, periods_per_year, sampling } = self;
        // Two places at most: an inferred 52.1775 need not be read to its end.
        let periods = (periods_per_year * 100.0).round() / 100.0;
        write!(f, "rf {risk_free}, ddof {ddof}, {periods} periods/year, {sampling}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_everything() {
        assert_eq!(Conventions::daily(365.0).to_string(), "rf 0, ddof 1, 365 periods/year, daily closes UTC");
        let weekly = Conventions { sampling: Sampling::EveryPoint, ..Conventions::daily(52.1775) };
        assert_eq!(
            weekly.with_risk_free(0.001).to_string(),
            "rf 0.001, ddof 1, 52.18 periods/year, every point"
        );
    }
}
