//! Effective and realized spreads: what a trade paid, and what was left of it later.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::sums::{Sum, Sums};

/// A trade whose later mid is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Dealt {
    /// When its later mid is taken.
    due: i64,
    /// +1 for a buy, -1 for a sell.
    sign: f64,
    price: f64,
    quantity: f64,
    mid: f64,
}

/// Trades that wait for the mid that is some time later (Huang & Stoll 1996).
///
/// Effective 2D(P - M), realized 2D(P - M'), price impact 2D(M' - M): the first is the sum of the others. A trade counts in the
/// interval in which its later mid becomes known; one that has no mid before or after it does not count.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Spreads {
    waiting: VecDeque<Dealt>,
}

impl Spreads {
    /// A trade on a side, at a mid; `due` never decreases from call to call.
    #[inline]
    pub fn deal(&mut self, due: i64, sign: f64, price: f64, quantity: f64, mid: f64) {
        self.waiting.push_back(Dealt { due, sign, price, quantity, mid });
    }

    /// When the next later mid is due; never if none is.
    #[inline]
    pub fn next_due(&self) -> i64 {
        self.waiting.front().map_or(i64::MAX, |d| d.due)
    }

    /// The mid has been this one until `now`, `now` included.
    pub fn settle(&mut self, now: i64, mid: Option<f64>, sums: &mut Sums) {
        while let Some(dealt) = self.waiting.front().copied().filter(|d| d.due <= now) {
            self.waiting.pop_front();
            let Some(mid) = mid else { continue };
            let Dealt { sign, price, quantity, mid: before, .. } = dealt;
            sums.add(Sum::Settled, quantity * before);
            sums.add(Sum::Effective, quantity * (2.0 * sign * (price - before)));
            sums.add(Sum::Realized, quantity * (2.0 * sign * (price - mid)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answer: a buy at 100.01, mid 100, later mid 100.005: .02 = .01 + .01.
    #[test]
    fn effective_is_realized_and_impact() {
        let (mut spreads, mut sums) = (Spreads::default(), Sums::default());
        spreads.deal(5, 1.0, 100.01, 3.0, 100.0);
        spreads.deal(7, -1.0, 100.01, 3.0, 100.0);
        spreads.deal(8, 1.0, 100.01, 3.0, 100.0);
        spreads.settle(4, Some(99.0), &mut sums);
        assert_eq!((spreads.next_due(), sums.decomposition()), (5, None));
        spreads.settle(5, Some(100.005), &mut sums);
        let [effective, realized, impact] = sums.decomposition().unwrap();
        // In bps of 100 a hundredth is a basis point.
        for (is, should) in [(effective, 2.0), (realized, 1.0), (impact, 1.0)] {
            assert!((is - should).abs() < 1e-9, "{is} is not {should}");
        }
        assert_eq!(effective, realized + impact);
        spreads.settle(7, None, &mut sums);
        assert_eq!(
            sums.decomposition(),
            Some([effective, realized, impact]),
            "without a later mid it is left out"
        );
        assert_eq!(spreads.next_due(), 8);
    }
}
