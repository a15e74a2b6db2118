//! Statistics of closed trades.

use serde::{Deserialize, Serialize};

use super::{Moments, finite};

/// One closed round trip.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TradeResult {
    /// Profit or loss *net* of fees, in account currency.
    pub pnl: f64,
    /// Fees paid for it, in account currency, positive.
    pub fees: f64,
    /// Net return on the entry's notional, a fraction.
    pub return_: f64,
}

/// Sums and counts of the winning and of the losing values; 0 is neither.
fn split(values: impl Iterator<Item = f64>) -> ((usize, f64), (usize, f64)) {
    values.fold(((0, 0.0), (0, 0.0)), |(win, loss), v| {
        if v > 0.0 {
            ((win.0 + 1, win.1 + v), loss)
        } else if v < 0.0 {
            (win, (loss.0 + 1, loss.1 - v))
        } else {
            (win, loss)
        }
    })
}

/// Mean win over mean loss (positive); `None` without a win or without a loss.
fn payoff(values: impl Iterator<Item = f64>) -> Option<f64> {
    let ((wins, won), (losses, lost)) = split(values);
    if wins == 0 || losses == 0 { None } else { finite((won / wins as f64) / (lost / losses as f64)) }
}

/// Share of trades with a net profit; one that breaks even is no win. `None` without trades.
pub fn win_rate(trades: &[TradeResult]) -> Option<f64> {
    let wins = trades.iter().filter(|t| t.pnl > 0.0).count();
    if trades.is_empty() { None } else { Some(wins as f64 / trades.len() as f64) }
}

/// Gross profit over gross loss, after fees; `None` without a loss.
pub fn profit_factor(trades: &[TradeResult]) -> Option<f64> {
    let ((_, won), (losses, lost)) = split(trades.iter().map(|t| t.pnl));
    if losses == 0 { None } else { finite(won / lost) }
}

/// Mean win over mean loss, in money; `None` without a win or without a loss.
pub fn payoff_ratio(trades: &[TradeResult]) -> Option<f64> {
    payoff(trades.iter().map(|t| t.pnl))
}

/// Mean net profit per trade, in account currency; `None` without trades.
pub fn expectancy(trades: &[TradeResult]) -> Option<f64> {
    moments(trades).mean()
}

/// System Quality Number: `sqrt(n) * mean(pnl) / std(pnl, ddof 1)` (Van Tharp, *The Definitive Guide to Position Sizing*,
/// 2008; with profits in place of R multiples, which is the same where each trade risks the same). `None` for fewer
/// than two trades or constant profits.
pub fn sqn(trades: &[TradeResult]) -> Option<f64> {
    let moments = moments(trades);
    finite((moments.count as f64).sqrt() * moments.mean / moments.dispersion(1)?)
}

/// Kelly fraction: `W - (1 - W) / R` with `W` the share of winning trade returns and `R` mean winning over mean losing
/// return (J. L. Kelly 1956 for two outcomes). Negative where one should not bet. `None` without a win or a loss.
pub fn kelly(trades: &[TradeResult]) -> Option<f64> {
    let ratio = payoff(trades.iter().map(|t| t.return_))?;
    let wins = trades.iter().filter(|t| t.return_ > 0.0).count() as f64 / trades.len() as f64;
    finite(wins - (1.0 - wins) / ratio)
}

/// The largest fall of the running sum of profits from its peak (0 at the start), in account currency, *positive*.
pub fn max_drawdown_money(trades: &[TradeResult]) -> f64 {
    let (mut sum, mut peak, mut deepest) = (0.0_f64, 0.0_f64, 0.0_f64);
    for trade in trades.iter().filter(|t| t.pnl.is_finite()) {
        sum += trade.pnl;
        peak = peak.max(sum);
        deepest = deepest.max(peak - sum);
    }
    deepest
}

/// Sum of the trades' fees, in account currency.
pub fn fees_paid(trades: &[TradeResult]) -> f64 {
    trades.iter().map(|t| t.fees).filter(|f| f.is_finite()).sum()
}

fn moments(trades: &[TradeResult]) -> Moments {
    Moments::of(&trades.iter().map(|t| t.pnl).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pnl: &[f64]) -> Vec<TradeResult> {
        pnl.iter().map(|&pnl| TradeResult { pnl, fees: 0.5, return_: pnl / 100.0 }).collect()
    }

    #[test]
    fn the_known_answer() {
        let trades = of(&[10.0, -5.0, 20.0, -10.0]);
        assert_eq!(win_rate(&trades), Some(0.5));
        assert_eq!(profit_factor(&trades), Some(2.0));
        assert_eq!(expectancy(&trades), Some(3.75));
        assert_eq!(max_drawdown_money(&trades), 10.0);
        assert_eq!(payoff_ratio(&trades), Some(2.0));
        assert!((kelly(&trades).unwrap() - 0.25).abs() < 1e-12);
        // Deviations 6.25, -8.75, 16.25, -13.75: variance 568.75 / 3.
        assert!((sqn(&trades).unwrap() - 2.0 * 3.75 / (568.75_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(fees_paid(&trades), 2.0);
    }

    #[test]
    fn undefined_without_both_outcomes() {
        assert_eq!((win_rate(&[]), expectancy(&[]), sqn(&[]), kelly(&[])), (None, None, None, None));
        let wins = of(&[1.0, 2.0]);
        assert_eq!(
            (win_rate(&wins), profit_factor(&wins), payoff_ratio(&wins), kelly(&wins)),
            (Some(1.0), None, None, None)
        );
        let losses = of(&[-1.0, -2.0, 0.0]);
        assert_eq!((win_rate(&losses), profit_factor(&losses), kelly(&losses)), (Some(0.0), Some(0.0), None));
        assert_eq!(max_drawdown_money(&losses), 3.0);
        assert_eq!(sqn(&of(&[1.0, 1.0])), None);
    }
}
