//! A summary as the rows of a table: one list of names, order and units for every report.

use super::Summary;

/// How a number is to be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A fraction, shown as a percentage.
    Fraction,
    /// A pure number.
    Ratio,
    /// Account currency.
    Money,
    /// A whole number.
    Count,
    /// Sampling periods.
    Periods,
}

/// One line of the statistics table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The metric's usual name.
    pub name: &'static str,
    /// Its value; `None` where undefined.
    pub value: Option<f64>,
    /// How to print it.
    pub unit: Unit,
}

impl Summary {
    /// The table of every metric, in reading order.
    pub fn rows(&self) -> Vec<Row> {
        use Unit::{Count, Fraction, Money, Periods, Ratio};
        let table = [
            ("Initial Equity", self.initial_equity, Money),
            ("Final Equity", self.final_equity, Money),
            ("Total Return", self.total_return, Fraction),
            ("CAGR", self.cagr, Fraction),
            ("CAGR, low", self.cagr_low, Fraction),
            ("CAGR, high", self.cagr_high, Fraction),
            ("Volatility", self.volatility, Fraction),
            ("Sharpe", self.sharpe, Ratio),
            ("Sharpe, standard error", self.sharpe_standard_error, Ratio),
            ("Sharpe, low", self.sharpe_low, Ratio),
            ("Sharpe, high", self.sharpe_high, Ratio),
            ("Prob. Sharpe", self.probabilistic_sharpe, Fraction),
            ("Min. Track Record", self.minimum_track_record_length, Periods),
            ("Sortino", self.sortino, Ratio),
            ("Calmar", self.calmar, Ratio),
            ("Max Drawdown", self.max_drawdown, Fraction),
            ("Ulcer Index", self.ulcer_index, Fraction),
            ("Downside Risk", self.downside_risk, Fraction),
            ("Stability", self.stability, Ratio),
            ("Omega", self.omega, Ratio),
            ("Tail Ratio", self.tail_ratio, Ratio),
            ("VaR", self.value_at_risk, Fraction),
            ("CVaR", self.conditional_value_at_risk, Fraction),
            ("Skew", self.skew, Ratio),
            ("Kurtosis", self.kurtosis, Ratio),
            ("Trades", Some(self.trades as f64), Count),
            ("Win Rate", self.win_rate, Fraction),
            ("Profit Factor", self.profit_factor, Ratio),
            ("Payoff Ratio", self.payoff_ratio, Ratio),
            ("Expectancy", self.expectancy, Money),
            ("SQN", self.sqn, Ratio),
            ("Kelly", self.kelly, Fraction),
            ("Fees Paid", self.fees_paid, Money),
            ("Exposure", self.exposure, Fraction),
            ("Mean Exposure", self.mean_exposure, Fraction),
            ("Turnover", self.turnover, Ratio),
        ];
        table.into_iter().map(|(name, value, unit)| Row { name, value, unit }).collect()
    }
}
