//! Funding payments of perpetual contracts.

use manyworlds_components::ids::SymbolId;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Annotation, Clock};

use super::floor::Floor;

/// What holders of a perpetual pay at a time, as a share of the value of their position: longs to shorts if it is above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FundingRate {
    /// When.
    pub at: Timestamp,
    /// Of which symbol.
    pub symbol: SymbolId,
    /// The rate.
    pub rate: f64,
}

/// All rates of a run, by time.
#[derive(Debug, Clone, Default)]
pub struct FundingRates(Vec<FundingRate>);

impl FundingRates {
    /// In any order.
    pub(super) fn new(mut rates: Vec<FundingRate>) -> Self {
        rates.sort_by_key(|rate| (rate.at, rate.symbol));
        Self(rates)
    }

    /// Whether there are none.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of the step that the clock is at.
    fn due(&self, clock: &Clock) -> &[FundingRate] {
        let until = |t: Timestamp| self.0.partition_point(|rate| rate.at <= t);
        // What was before the run is nobody's to pay.
        let from = if clock.previous == Timestamp::MIN { clock.now + -1 } else { clock.previous };
        &self.0[until(from)..until(clock.now)]
    }
}

impl Floor<'_> {
    /// Pays what is due: position x mark x rate, by those who hold it after the step's matching. The journal has the rate.
    pub(super) fn pay_funding(&mut self, clock: &Clock) {
        for due in self.schedule.funding.due(clock) {
            let symbol = due.symbol.index();
            let price = self.marks.prices[symbol];
            self.journal.annotations.push(Annotation {
                ts: clock.now,
                at: due.at,
                symbol: due.symbol,
                label: "exchange.funding",
                level: 0,
                value: due.rate,
            });
            if self.marks.holders[symbol] == 0 || price <= 0.0 {
                continue;
            }
            for a in 0..self.terms.accounts {
                let row = symbol * self.terms.accounts + a;
                if self.positions[row].lots != 0 {
                    let cost = self.positions[row].quantity * price * due.rate;
                    self.accounts[a].cash -= cost;
                    self.totals[a].borrow += cost;
                    self.totals[a].funding += cost;
                    self.trades[row].fees += cost;
                }
            }
        }
    }
}
