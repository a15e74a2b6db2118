//! The metrics of a branch, by name.

use std::cmp::Ordering;

use crate::output::AccountSummary;

/// The metrics of a branch, in the order of the table.
pub const METRICS: [&str; 31] = [
    "final_equity",
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "sharpe_standard_error",
    "probabilistic_sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "trades",
    "fills",
    "rejections",
    "win_rate",
    "profit_factor",
    "payoff_ratio",
    "expectancy",
    "fees_paid",
    "borrow_paid",
    "turnover",
    "exposure",
    "downside_risk",
    "stability",
    "omega",
    "tail_ratio",
    "value_at_risk",
    "conditional_value_at_risk",
    "ulcer_index",
    "skew",
    "kurtosis",
    "sqn",
];

/// Metrics of which less is better.
const LESS_IS_BETTER: [&str; 7] = [
    "volatility",
    "sharpe_standard_error",
    "fees_paid",
    "borrow_paid",
    "rejections",
    "downside_risk",
    "ulcer_index",
];

/// An account's metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics([Option<f64>; METRICS.len()]);

impl Metrics {
    /// Of an account; of none, all are undefined.
    pub fn of(account: Option<&AccountSummary>) -> Self {
        let fields = account.and_then(|a| serde_json::to_value(a).ok()).unwrap_or_default();
        let get = |name: &str| fields[name].as_f64().or_else(|| fields["statistics"][name].as_f64());
        Self(METRICS.map(get))
    }

    /// By name.
    pub fn get(&self, name: &str) -> Option<f64> {
        METRICS.iter().position(|m| *m == name).and_then(|i| self.0[i])
    }
}

/// Whether less of a metric is better.
pub fn less_is_better(metric: &str) -> bool {
    LESS_IS_BETTER.contains(&metric)
}

/// The places of `values`, best first by a metric; those where it is undefined last, ties in order.
pub fn rank(values: &[Option<f64>], metric: &str) -> Vec<usize> {
    let sign = if less_is_better(metric) { 1.0 } else { -1.0 };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| match (values[*a], values[*b]) {
        (Some(a), Some(b)) => (sign * a).total_cmp(&(sign * b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_the_undefined_last() {
        let values = [Some(1.0), None, Some(3.0), Some(-2.0)];
        assert_eq!(rank(&values, "sharpe"), [2, 0, 3, 1]);
        assert_eq!(rank(&values, "volatility"), [3, 0, 2, 1]);
    }
}
