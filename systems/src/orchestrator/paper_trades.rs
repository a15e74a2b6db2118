//! How well a model would trade alone, on paper: one quote unit in every position that it asks for.

use bevy_ecs::component::Component;
use manyworlds_components::forecast::{Action, Forecast};
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use super::performance::Performance;

/// The paper account of a model. It goes long at the close of a bar after which BUY is the most probable action,
/// short after SELL, and out after HOLD or when the model falls silent; every entry is worth one quote unit. It has
/// no latency, no slippage and no shared cash: it compares models, and promises nothing. On model entities.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct PaperTrades {
    /// Closed paper trades, per quote unit. Behind a pointer, as it is not looked at in every step.
    pub performance: Box<Performance>,
    /// Value that was bought and sold.
    pub traded_value: f64,
    /// Symbol-bars with a position.
    pub exposed_bars: u64,
    /// Symbol-bars so far.
    pub bars: u64,
    cost_bps: f64,
    /// By symbol; that of a single one stands here itself.
    #[serde(with = "as_vec")]
    positions: SmallVec<[PaperPosition; 1]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct PaperPosition {
    /// -1, 0 or +1.
    direction: i8,
    entry_price: f64,
}

/// A short vector is written and read as any.
mod as_vec {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{PaperPosition, SmallVec};

    pub fn serialize<S: Serializer>(
        positions: &SmallVec<[PaperPosition; 1]>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        positions.as_slice().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SmallVec<[PaperPosition; 1]>, D::Error> {
        Vec::deserialize(from).map(SmallVec::from_vec)
    }
}

impl PaperTrades {
    /// Nothing held. Each side of a trade costs `cost_bps`.
    pub(super) fn new(symbols: usize, cost_bps: f64) -> Self {
        Self {
            performance: Box::default(),
            traded_value: 0.0,
            exposed_bars: 0,
            bars: 0,
            cost_bps,
            positions: smallvec![PaperPosition::default(); symbols],
        }
    }

    /// Share of symbol-bars with a position.
    pub fn exposure(&self) -> Option<f64> {
        (self.bars > 0).then(|| self.exposed_bars as f64 / self.bars as f64)
    }

    /// One more bar of a symbol.
    #[inline(always)]
    pub(super) fn age(&mut self, symbol: usize) {
        self.bars += 1;
        self.exposed_bars += u64::from(self.positions[symbol].direction != 0);
    }

    /// Does what the forecast asks for at `price`, the close of the bar it was made after. It need not be told again while
    /// the forecast is the same.
    pub(super) fn follow(&mut self, symbol: usize, forecast: &Forecast, price: f64) {
        let position = &mut self.positions[symbol];
        let direction = match forecast.probabilities.best() {
            Action::Buy => 1,
            Action::Sell => -1,
            Action::Hold => 0,
        };
        if direction == position.direction || price <= 0.0 {
            return;
        }
        self.turn(symbol, direction, price);
    }

    /// Apart from the rest: a model seldom changes its mind.
    #[inline(never)]
    fn turn(&mut self, symbol: usize, direction: i8, price: f64) {
        let position = &mut self.positions[symbol];
        if position.direction != 0 {
            let exit_value = price / position.entry_price;
            let gross = f64::from(position.direction) * (exit_value - 1.0);
            let costs = self.cost_bps * 1e-4 * (1.0 + exit_value);
            self.performance.add(gross - costs, costs, 1.0);
            self.traded_value += exit_value;
        }
        self.traded_value += f64::from(direction.abs());
        *position = PaperPosition { direction, entry_price: price };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_components::forecast::Probabilities;

    #[test]
    fn a_flip_closes_one_trade_and_opens_the_next() {
        let mut paper = PaperTrades::new(1, 10.0);
        let word =
            |action| Forecast { probabilities: Probabilities::leaning(action, 0.8), ..Forecast::default() };
        for (action, price) in
            [(Action::Buy, 100.0), (Action::Buy, 105.0), (Action::Sell, 110.0), (Action::Hold, 99.0)]
        {
            paper.age(0);
            paper.follow(0, &word(action), price);
        }
        let Performance { gross, net } = *paper.performance;
        assert_eq!((gross.trades, gross.wins), (2, 2));
        assert!((gross.profit() - (0.1 + 0.1)).abs() < 1e-12);
        assert!((gross.profit() - net.profit() - 0.001 * (2.1 + 1.9)).abs() < 1e-12);
        assert_eq!(paper.exposure(), Some(0.75));
        paper.follow(0, &Forecast::default(), 80.0);
        assert_eq!(paper.performance.net.trades, 2, "a silent model holds nothing");
    }
}
