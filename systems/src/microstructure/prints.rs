//! Trades one after the other: who started them, how prices go from one to the next.

use manyworlds_components::side::AggressorSide;
use serde::{Deserialize, Serialize};

use super::sums::{Sum, Sums};
use super::windows::seconds;

/// What is remembered of trades.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Prints {
    /// Signed volume since the beginning.
    pub signed_volume: f64,
    last: Option<Last>,
    /// The change of price to the last trade.
    change: Option<f64>,
    instant: Option<Instant>,
}

/// The last trade.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Last {
    ts: i64,
    price: f64,
    /// +1 or -1 by the last change of price, 0 before one.
    tick: f64,
}

/// The trades of the last time at which there were some: one trade that may have been dealt in several parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Instant {
    volume: f64,
    price: f64,
    /// Whether that is a mid, not the price of the trade before.
    is_mid: bool,
}

/// What a trade turned out to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Print {
    /// +1 for a buy, -1 for a sell, 0 where nobody knows.
    pub sign: f64,
    /// Whether it is the first one of its time.
    pub first: bool,
}

impl Prints {
    /// Whether there has been a trade.
    #[inline]
    pub fn any(&self) -> bool {
        self.last.is_some()
    }

    /// The price of the last trade.
    #[inline]
    pub fn price(&self) -> Option<f64> {
        self.last.map(|l| l.price)
    }

    /// +1, -1 or 0: as the source says it, else by the mid, else by the last change of price (Lee & Ready 1991).
    #[inline]
    fn sign(&self, price: f64, aggressor: AggressorSide, mid: Option<f64>, classify: bool) -> f64 {
        match aggressor {
            AggressorSide::Buyer => 1.0,
            AggressorSide::Seller => -1.0,
            AggressorSide::Unknown if !classify => 0.0,
            // Rounding does not decide: half a tick is far more.
            AggressorSide::Unknown => match mid.map(|mid| price / mid - 1.0) {
                Some(away) if away > 1e-12 => 1.0,
                Some(away) if away < -1e-12 => -1.0,
                _ => self.tick(price),
            },
        }
    }

    #[inline]
    fn tick(&self, price: f64) -> f64 {
        match self.last {
            Some(last) if price > last.price => 1.0,
            Some(last) if price < last.price => -1.0,
            Some(last) => last.tick,
            None => 0.0,
        }
    }

    /// Takes in a trade of positive price and quantity. `mid` is that before it, `large` the quantity of a large trade.
    #[inline]
    pub fn trade(
        &mut self,
        (ts, price, quantity): (i64, f64, f64),
        aggressor: AggressorSide,
        mid: Option<f64>,
        (classify, large): (bool, Option<f64>),
        sums: &mut Sums,
    ) -> Print {
        let sign = self.sign(price, aggressor, mid, classify);
        let (count, volume) = match sign {
            1.0 => (Sum::Buys, Sum::BuyVolume),
            -1.0 => (Sum::Sells, Sum::SellVolume),
            _ => (Sum::Unsided, Sum::UnsidedVolume),
        };
        sums.add(count, 1.0);
        sums.add(volume, quantity);
        sums.add(Sum::Notional, price * quantity);
        sums.widen(price);
        if large.is_some_and(|large| quantity >= large) {
            sums.add(Sum::LargeVolume, quantity);
        }
        self.signed_volume += sign * quantity;
        let first = self.last.is_none_or(|last| last.ts != ts);
        if let Some(last) = self.last {
            let gap = seconds(ts - last.ts);
            sums.add(Sum::Gaps, 1.0);
            sums.add(Sum::GapTime, gap);
            sums.add(Sum::GapSquares, gap * gap);
            let change = price - last.price;
            if let Some(before) = self.change {
                sums.add(Sum::Pairs, 1.0);
                sums.add(Sum::PairFirst, before);
                sums.add(Sum::PairSecond, change);
                sums.add(Sum::PairProducts, before * change);
            }
            self.change = Some(change);
        }
        if first {
            self.next_instant(mid, sums);
        }
        if let Some(instant) = &mut self.instant {
            instant.volume += sign * quantity;
        }
        self.last = Some(Last { ts, price, tick: self.tick(price) });
        Print { sign, first }
    }

    /// Another time with trades: what the price did since the last one is what its volume is held against. The price is the mid
    /// before the trades, which knows no bounce between bid and ask; without a book it is that of the trade before.
    #[inline]
    fn next_instant(&mut self, mid: Option<f64>, sums: &mut Sums) {
        let reference = mid.or(self.price());
        if let (Some(before), Some(price)) = (self.instant, reference)
            && before.is_mid == mid.is_some()
        {
            let change = price - before.price;
            sums.add(Sum::Moves, 1.0);
            sums.add(Sum::MoveVolume, before.volume);
            sums.add(Sum::MoveVolumeSquares, before.volume * before.volume);
            sums.add(Sum::MoveChange, change);
            sums.add(Sum::MoveProducts, before.volume * change);
        }
        self.instant = reference.map(|price| Instant { volume: 0.0, price, is_mid: mid.is_some() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tape(trades: &[(i64, f64, f64)], mid: Option<f64>) -> (Prints, Sums, Vec<f64>) {
        let (mut prints, mut sums) = (Prints::default(), Sums::default());
        let mut add = |t: &(i64, f64, f64)| {
            prints.trade(*t, AggressorSide::Unknown, mid, (true, Some(5.0)), &mut sums).sign
        };
        let signs = trades.iter().map(&mut add).collect();
        (prints, sums, signs)
    }

    #[test]
    fn who_started_it() {
        let trades = [(1, 10.0, 1.0), (2, 11.0, 1.0), (3, 11.0, 1.0), (4, 10.5, 1.0), (5, 10.5, 7.0)];
        let (prints, sums, signs) = tape(&trades, None);
        assert_eq!(signs, [0.0, 1.0, 1.0, -1.0, -1.0], "by the last change of price");
        assert_eq!(prints.signed_volume, 2.0 - 8.0);
        assert_eq!((sums.volume(), sums.signed_volume(), sums.trades()), (11.0, -6.0, 5.0));
        assert_eq!((sums.large_share(), sums.range()), (Some(7.0 / 11.0), Some((10.0, 11.0))));
        let (_, _, signs) = tape(&trades, Some(10.5));
        assert_eq!(signs, [-1.0, 1.0, 1.0, -1.0, -1.0], "by the mid first");
        let (mut prints, mut sums) = (Prints::default(), Sums::default());
        let sides = [AggressorSide::Seller, AggressorSide::Buyer, AggressorSide::Unknown];
        let sign = |side| prints.trade((1, 10.0, 1.0), side, None, (false, None), &mut sums).sign;
        assert_eq!(sides.map(sign), [-1.0, 1.0, 0.0]);
        assert_eq!(sums.get(Sum::UnsidedVolume), 1.0);
    }

    /// The known answer: a covariance of -.0025 is a spread of .10.
    #[test]
    fn roll_1984() {
        // Prices go to and fro: changes of +-.05, each the opposite of the one before.
        let trades: Vec<_> = (0..1_001).map(|i| (i, 100.0 + 0.05 * (i % 2) as f64, 1.0)).collect();
        let (_, sums, _) = tape(&trades, None);
        assert!((sums.roll_spread().unwrap() - 0.10).abs() < 1e-6);
        let rising: Vec<_> = (0..100).map(|i| (i, 100.0 + (i * i) as f64, 1.0)).collect();
        assert_eq!(tape(&rising, None).1.roll_spread(), None, "a positive covariance has no spread");
    }

    #[test]
    fn kyle_lambda_of_a_price_that_follows_volume() {
        let (mut prints, mut sums) = (Prints::default(), Sums::default());
        let mut mid = 100.0;
        for i in 0..50i64 {
            // Two parts of one time are one trade.
            let (side, sign) =
                if i % 3 == 0 { (AggressorSide::Seller, -1.0) } else { (AggressorSide::Buyer, 1.0) };
            let quantity = 1.0 + (i % 4) as f64;
            for _ in 0..2 {
                prints.trade((i, mid, quantity), side, Some(mid), (true, None), &mut sums);
            }
            mid += 0.25 * sign * 2.0 * quantity;
        }
        assert_eq!(sums.get(Sum::Moves), 49.0);
        assert!((sums.kyle_lambda().unwrap() - 0.25).abs() < 1e-12);
        assert_eq!(Sums::default().kyle_lambda(), None);
    }

    #[test]
    fn times_between_trades() {
        let trades: Vec<_> = (0..5).map(|i| (i * 2_000_000_000, 10.0, 1.0)).collect();
        let (_, sums, _) = tape(&trades, None);
        assert_eq!((sums.ratio(Sum::GapTime, Sum::Gaps), sums.gap_variation()), (Some(2.0), Some(0.0)));
    }
}
