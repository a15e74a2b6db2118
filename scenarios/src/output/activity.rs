//! What an account did in each symbol, as sums: quotes, executions, and what it held for how long.

use manyworlds_components::decision::{Decision, DecisionRule};
use manyworlds_components::fill::Fill;
use manyworlds_components::side::{LiquiditySide, Side};

/// Of one account, by symbol.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Activity {
    symbols: Vec<SymbolActivity>,
}

/// Of one account in one symbol. Quantities are lots, values quote units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SymbolActivity {
    /// Quotes that were sent.
    pub quotes: u64,
    /// Lots of them.
    pub quoted: i64,
    /// Times that quotes were taken back without new ones.
    pub withdrawals: u64,
    /// Slices of a parent order that were sent, those at the market included.
    pub slices: u64,
    /// Executions that added liquidity.
    pub maker_fills: u64,
    /// Executions that took it.
    pub taker_fills: u64,
    /// Lots bought.
    pub bought: i64,
    /// Their value.
    pub bought_value: f64,
    /// Lots sold.
    pub sold: i64,
    /// Their value.
    pub sold_value: f64,
    /// Fees paid, less rebates.
    pub fees: f64,
    /// Distance of executions from the mid of the book, in the account's favor, times their quantity.
    pub spread: f64,
    /// Executions whose mid is known.
    pub against_mid: u64,
    /// Lots held after the last execution.
    pub held: i64,
    /// The most that was held.
    pub most: i64,
    /// The least.
    pub least: i64,
    /// When the last execution was, in nanoseconds.
    since: i64,
    /// Sum of lots held times nanoseconds, up to then.
    held_time: f64,
    /// The same of their absolute value.
    held_time_absolute: f64,
}

impl Activity {
    /// Takes in an execution.
    pub fn fill(&mut self, fill: &Fill) {
        self.of(fill.symbol.index()).fill(fill);
    }

    /// Takes in a decision.
    pub fn decision(&mut self, decision: &Decision) {
        let rule = decision.reasons.rule;
        if rule.has_thresholds() || decision.reasons.cut.is_some() {
            return;
        }
        let symbol = self.of(decision.symbol.index());
        match rule {
            DecisionRule::Quote => {
                symbol.quotes += 1;
                symbol.quoted += (decision.target.0 - decision.position.0).abs();
            }
            DecisionRule::Withdraw => symbol.withdrawals += 1,
            DecisionRule::Slice | DecisionRule::CatchUp => symbol.slices += 1,
            _ => {}
        }
    }

    /// By symbol; later symbols in which nothing happened are not there.
    pub fn symbols(&self) -> &[SymbolActivity] {
        &self.symbols
    }

    fn of(&mut self, symbol: usize) -> &mut SymbolActivity {
        if self.symbols.len() <= symbol {
            self.symbols.resize(symbol + 1, SymbolActivity::default());
        }
        &mut self.symbols[symbol]
    }
}

impl SymbolActivity {
    fn fill(&mut self, fill: &Fill) {
        self.hold_until(fill.ts.0);
        let value = fill.quantity * fill.price;
        match fill.side {
            Side::Buy => {
                (self.bought, self.bought_value) = (self.bought + fill.lots.0, self.bought_value + value)
            }
            Side::Sell => (self.sold, self.sold_value) = (self.sold + fill.lots.0, self.sold_value + value),
        }
        match fill.liquidity {
            LiquiditySide::Maker => self.maker_fills += 1,
            LiquiditySide::Taker => self.taker_fills += 1,
        }
        self.fees += fill.fee;
        if let Some(mid) = fill.mid {
            self.spread += fill.side.sign() as f64 * fill.quantity * (mid - fill.price);
            self.against_mid += 1;
        }
        self.held += fill.side.sign() * fill.lots.0;
        (self.most, self.least) = (self.most.max(self.held), self.least.min(self.held));
    }

    fn hold_until(&mut self, ts: i64) {
        let time = if self.held == 0 { 0.0 } else { ts.saturating_sub(self.since).max(0) as f64 };
        self.held_time += self.held as f64 * time;
        self.held_time_absolute += self.held.abs() as f64 * time;
        self.since = ts;
    }

    /// Whether anything happened.
    pub fn is_any(&self) -> bool {
        self.quotes + self.withdrawals + self.slices + self.maker_fills + self.taker_fills > 0
    }

    /// Lots held in the mean over a span of nanoseconds, and their absolute value; `None` for an empty span.
    pub fn mean_held(&self, from: i64, to: i64) -> Option<(f64, f64)> {
        let mut whole = *self;
        whole.hold_until(to);
        let span = to.saturating_sub(from) as f64;
        (span > 0.0).then(|| (whole.held_time / span, whole.held_time_absolute / span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_components::fill::FillReason;
    use manyworlds_components::ids::{AccountId, OrderId, SymbolId};
    use manyworlds_components::price::Lots;
    use manyworlds_components::time::Timestamp;

    #[test]
    fn sums_of_executions() {
        let fill = |ts, side, lots: i64, price, mid, liquidity| Fill {
            ts: Timestamp(ts),
            order: OrderId(1),
            account: AccountId(0),
            symbol: SymbolId(1),
            side,
            lots: Lots(lots),
            quantity: lots as f64 * 0.5,
            price,
            fee: 0.25,
            liquidity,
            reason: FillReason::Signal,
            mid,
        };
        let mut activity = Activity::default();
        activity.fill(&fill(100, Side::Buy, 4, 99.0, Some(100.0), LiquiditySide::Maker));
        activity.fill(&fill(200, Side::Sell, 6, 102.0, Some(101.0), LiquiditySide::Maker));
        activity.fill(&fill(300, Side::Buy, 2, 103.0, None, LiquiditySide::Taker));
        assert!(!activity.symbols()[0].is_any());
        let s = activity.symbols()[1];
        assert_eq!((s.bought, s.sold, s.held, s.most, s.least), (6, 6, 0, 4, -2));
        assert_eq!((s.maker_fills, s.taker_fills, s.against_mid, s.fees), (2, 1, 2, 0.75));
        // Two units a dollar below the mid, three a dollar above.
        assert_eq!((s.spread, s.bought_value, s.sold_value), (5.0, 301.0, 306.0));
        // 4 lots for 100, -2 for 100, nothing for the rest of 400.
        assert_eq!(s.mean_held(0, 400), Some((0.5, 1.5)));
        assert_eq!(s.mean_held(5, 5), None);
    }
}
