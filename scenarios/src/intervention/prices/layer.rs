//! One change of prices: from the price that was, and the time, to the price that is.

use manyworlds_components::bar::Bar;
use manyworlds_components::time::Timestamp;

use super::curve::Curve;

/// A change of prices. Every layer rises with the price that was, so that bars stay valid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Layer {
    /// Prices times a factor over time.
    Factor(Curve),
    /// Log returns times a factor for a while.
    Volatility {
        from: Timestamp,
        until: Timestamp,
        /// The last price before `from`.
        base: f64,
        /// The factor.
        power: f64,
        /// What prices are multiplied by from `until` on: they go on from where they are.
        carry: f64,
    },
}

/// The parts of a time of a volatility layer.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Before,
    Within,
    After,
}

impl Layer {
    /// A print.
    pub(crate) fn price(&self, t: Timestamp, price: f64) -> f64 {
        match self {
            Self::Factor(curve) => price * curve.value(t),
            Self::Volatility { .. } => self.part_price(self.part(t), price),
        }
    }

    /// A bar: its open as of its beginning, its close as of just before its end, and the least range that holds every print
    /// that may have been in it.
    pub(crate) fn bar(&self, bar: &mut Bar) {
        let (begin, last) = (bar.open_time, bar.close_time + -1);
        let (open, close) = (self.price(begin, bar.open), self.price(last.max(begin), bar.close));
        match self {
            Self::Factor(curve) => {
                let (least, most) = curve.range(begin, bar.close_time.max(begin + 1));
                bar.low *= least;
                bar.high *= most;
            }
            Self::Volatility { .. } => {
                let parts = [Part::Before, Part::Within, Part::After];
                let (first, end) = (self.part(begin) as usize, self.part(last.max(begin)) as usize);
                let over =
                    |price: f64| parts[first..=end].iter().map(move |part| self.part_price(*part, price));
                let low = over(bar.low).fold(f64::INFINITY, f64::min);
                bar.high = over(bar.high).fold(f64::NEG_INFINITY, f64::max);
                bar.low = low;
            }
        }
        (bar.open, bar.close) = (open, close);
    }

    fn part(&self, t: Timestamp) -> Part {
        match self {
            Self::Volatility { from, .. } if t < *from => Part::Before,
            Self::Volatility { until, .. } if t < *until => Part::Within,
            _ => Part::After,
        }
    }

    fn part_price(&self, part: Part, price: f64) -> f64 {
        let Self::Volatility { base, power, carry, .. } = self else { return price };
        match part {
            Part::Before => price,
            Part::Within => base * (price / base).powf(*power),
            Part::After => price * carry,
        }
    }
}
