//! What borrowed shares and borrowed cash cost.

use manyworlds_components::time::{NANOS_PER_DAY, Timestamp};

use super::floor::Floor;

/// Nanoseconds of the year to which the rates belong.
const YEAR_NANOS: f64 = 365.0 * NANOS_PER_DAY as f64;

impl Floor<'_> {
    /// Charges for what is borrowed from `from` to `to`, on the terms of each moment.
    pub fn accrue_borrow(&mut self, from: Timestamp, to: Timestamp) {
        let now = self.terms;
        for (terms, elapsed_ns) in self.schedule.pieces(from, to) {
            self.terms = terms;
            self.accrue(elapsed_ns);
        }
        self.terms = now;
    }

    /// Charges `elapsed_ns` of borrowing: short positions at their venue's short rate, cash below 0 at the cash rate.
    /// Every charge also goes to a round trip that is under way, interest in proportion to the position values, so
    /// that round trips add up to the change of equity. Cash below 0 without any position bears no interest.
    fn accrue(&mut self, elapsed_ns: i64) {
        if elapsed_ns <= 0 || self.marks.open_positions == 0 {
            return;
        }
        let years = elapsed_ns as f64 / YEAR_NANOS;
        for (symbol, price) in self.marks.prices.iter().enumerate() {
            let rate = self.terms.venue(symbol).borrow.short_rate * years;
            if rate == 0.0 || self.marks.holders[symbol] == 0 {
                continue;
            }
            for a in 0..self.terms.accounts {
                let row = symbol * self.terms.accounts + a;
                if self.positions[row].lots < 0 {
                    let cost = -self.positions[row].quantity * price * rate;
                    self.accounts[a].cash -= cost;
                    self.totals[a].borrow += cost;
                    self.trades[row].fees += cost;
                }
            }
        }
        let rate = self.terms.cash_rate * years;
        if rate == 0.0 {
            return;
        }
        for a in 0..self.terms.accounts {
            if self.accounts[a].cash >= 0.0 {
                continue;
            }
            let cost = -self.accounts[a].cash * rate;
            let weight = |floor: &Self, s: usize| {
                (floor.positions[s * floor.terms.accounts + a].quantity * floor.marks.prices[s]).abs()
            };
            let total: f64 = (0..self.marks.prices.len()).map(|s| weight(self, s)).sum();
            if total <= 0.0 {
                continue;
            }
            self.accounts[a].cash -= cost;
            self.totals[a].borrow += cost;
            for s in 0..self.marks.prices.len() {
                let share = weight(self, s) / total;
                self.trades[s * self.terms.accounts + a].fees += cost * share;
            }
        }
    }
}
