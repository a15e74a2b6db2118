//! Where in the queue of its price level a resting order stands, as far as sizes of levels (L2) can tell.
//!
//! The order joins at the end: all that is displayed is ahead of it. What is traded at its price is taken off the front. What
//! else leaves the level was canceled, before or behind the order: the models differ in which. After Rigtorp (2013),
//! *Estimating order queue position*, and the models of hftbacktest's `ProbQueueModel`. An order that has come to the front by
//! trades and cancels stays there: no model is asked then, and every exponent above 0 is as good as another. (In hftbacktest a cancel can
//! bring the front below 0; a power of that with an exponent that is not whole is not a number, and the order ends up behind the
//! whole level.)

use manyworlds_components::price::Lots;
use serde::{Deserialize, Serialize};

/// How much of what leaves a level unseen was ahead of our order, as long as anything is. Exponents `n` are above 0 and up to 100, whole or
/// not.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum QueueModel {
    /// Nothing, as long as it could have been behind: only trades, and a level smaller than what was ahead, move the order up.
    #[default]
    RiskAverse,
    /// The share behind is `f(back) / (f(back) + f(front))` with `f(x) = x^n`.
    PowerProbability(f64),
    /// The share behind is `f(back) / f(back + front)` with `f(x) = x^n`.
    PowerProbability2(f64),
    /// The share behind is `1 - f(front / (front + back))` with `f(x) = x^n`.
    PowerProbability3(f64),
    /// The share behind is `f(back) / (f(back) + f(front))` with `f(x) = log(1 + x)`, x in base units.
    LogProbability,
    /// The share behind is `f(back) / f(back + front)` with `f(x) = log(1 + x)`, x in base units.
    LogProbability2,
}

impl QueueModel {
    /// The share of a decrease that was behind the order, given the lots before and behind it; `lot` is the lot size.
    fn behind(self, front: f64, back: f64, lot: f64) -> f64 {
        let log = |lots: f64| (1.0 + lots * lot).ln();
        match self {
            Self::RiskAverse => 1.0,
            Self::PowerProbability(n) => {
                let back = power(back, n);
                back / (back + power(front, n))
            }
            Self::PowerProbability2(n) => power(back, n) / power(back + front, n),
            Self::PowerProbability3(n) => 1.0 - power(front / (front + back), n),
            Self::LogProbability => {
                let back = log(back);
                back / (back + log(front))
            }
            Self::LogProbability2 => log(back) / log(back + front),
        }
    }
}

/// `x` to the `n`, by squaring where `n` is a whole number.
#[inline]
fn power(mut x: f64, n: f64) -> f64 {
    let whole = n as i32;
    if f64::from(whole) != n || whole < 0 {
        return x.powf(n);
    }
    let (mut left, mut product) = (whole, 1.0);
    loop {
        if left & 1 == 1 {
            product *= x;
        }
        left >>= 1;
        if left == 0 {
            return product;
        }
        x *= x;
    }
}

/// An estimate of what is ahead of an order at its price. In lots, with fractions, as shares of cancels are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QueueEstimate {
    /// What is ahead; below 0 where trades have reached past it.
    pub front: f64,
    /// What was traded since the size of the level was told last: that size is yet to fall by it.
    traded: f64,
}

impl QueueEstimate {
    /// At the end of a level of this size.
    pub fn join(size: Lots) -> Self {
        Self { front: size.0 as f64, traded: 0.0 }
    }

    /// Behind a price level that is not displayed: all that will be there is ahead.
    pub fn unknown() -> Self {
        Self { front: f64::INFINITY, traded: 0.0 }
    }

    /// `lots` were traded at the order's price.
    #[inline]
    pub fn trade(&mut self, lots: f64) {
        self.front -= lots;
        self.traded += lots;
    }

    /// The size of the level has changed; `lot` is the lot size.
    pub fn resize(&mut self, model: QueueModel, before: Lots, after: Lots, lot: f64) {
        let (before, after) = (before.0 as f64, after.0.max(0) as f64);
        if model == QueueModel::RiskAverse {
            self.front = self.front.min(after);
            return;
        }
        // Trades have moved the front already.
        let change = before - after - self.traded;
        self.traded = 0.0;
        if change < 0.0 {
            self.front = self.front.min(after);
            return;
        }
        let front = self.front;
        if front <= 0.0 {
            // First in the queue it stays.
            self.front = 0.0;
            return;
        }
        let back = before - front;
        let share = model.behind(front, back, lot);
        let share = if share.is_infinite() { 1.0 } else { share };
        // What the back could not lose, the front has lost. An undefined share (0 of 0) leaves the size of the level.
        let estimate = front - (1.0 - share) * change + (back - share * change).min(0.0);
        // A cancel may bring it to the front, but executes nothing.
        self.front = estimate.min(after).max(0.0);
    }

    /// The whole lots by which trades have reached past the front; then the order is first.
    pub fn take_executed(&mut self) -> i64 {
        let lots = (-self.front).round() as i64;
        if lots > 0 {
            self.front = 0.0;
        }
        lots.max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 60 lots ahead in a level of 100, which shrinks to 80 without a trade.
    fn after_cancel(model: QueueModel) -> f64 {
        let mut queue = QueueEstimate::join(Lots(60));
        queue.resize(model, Lots(60), Lots(100), 1.0);
        assert_eq!(queue.front, 60.0, "who comes later stands behind");
        queue.resize(model, Lots(100), Lots(80), 1.0);
        queue.front
    }

    #[test]
    fn known_answers() {
        let expect = [
            (QueueModel::RiskAverse, 60.0),
            (QueueModel::PowerProbability(1.0), 48.0),
            (QueueModel::PowerProbability(2.0), 46.153_846),
            (QueueModel::LogProbability, 49.492_230),
        ];
        for (model, front) in expect {
            assert!((after_cancel(model) - front).abs() < 1e-6, "{model:?}: {}", after_cancel(model));
        }
        // With f(x) = x all three normalizations are one.
        for model in [QueueModel::PowerProbability2(1.0), QueueModel::PowerProbability3(1.0)] {
            assert!((after_cancel(model) - 48.0).abs() < 1e-12);
        }
        // log 41 / log 101 of 20 was behind.
        let behind = 20.0 * 41f64.ln() / 101f64.ln();
        assert!((after_cancel(QueueModel::LogProbability2) - (60.0 - (20.0 - behind))).abs() < 1e-12);
    }

    #[test]
    fn trades_are_not_counted_twice() {
        for model in [QueueModel::RiskAverse, QueueModel::PowerProbability(1.0)] {
            let mut queue = QueueEstimate::join(Lots(60));
            queue.resize(model, Lots(60), Lots(100), 1.0);
            queue.trade(25.0);
            assert_eq!(queue.front, 35.0);
            queue.resize(model, Lots(100), Lots(75), 1.0);
            assert_eq!(queue.front, 35.0, "{model:?}");
            queue.trade(35.0);
            assert_eq!(queue.take_executed(), 0, "at the front, nothing left over");
            queue.trade(3.0);
            assert_eq!((queue.take_executed(), queue.front), (3, 0.0));
        }
    }

    fn model() -> impl Strategy<Value = QueueModel> {
        let n = || 0.5f64..4.0;
        prop_oneof![
            Just(QueueModel::RiskAverse),
            n().prop_map(QueueModel::PowerProbability),
            n().prop_map(QueueModel::PowerProbability2),
            n().prop_map(QueueModel::PowerProbability3),
            Just(QueueModel::LogProbability),
            Just(QueueModel::LogProbability2),
        ]
    }

    proptest! {
        /// Whatever happens at a level, its queue only moves forward, stays within the level, and two orders keep their order.
        #[test]
        fn a_queue_only_moves_forward(
            model in model(),
            start in 0i64..500,
            steps in prop::collection::vec((any::<bool>(), 0i64..500), 1..40),
        ) {
            let mut size = start;
            let mut first = QueueEstimate::join(Lots(start));
            let mut averse = first;
            for (trade, amount) in steps {
                let before = first.front;
                if trade {
                    let lots = amount.min(size) as f64;
                    first.trade(lots);
                    averse.trade(lots);
                    first.take_executed();
                    averse.take_executed();
                } else {
                    first.resize(model, Lots(size), Lots(amount), 0.1);
                    averse.resize(QueueModel::RiskAverse, Lots(size), Lots(amount), 0.1);
                    size = amount;
                    prop_assert!(first.front <= size as f64 + 1e-9);
                }
                prop_assert!(first.front <= before.max(0.0) + 1e-9, "{before} -> {}", first.front);
                prop_assert!(first.front.is_finite());
            }
        }
    }
}
