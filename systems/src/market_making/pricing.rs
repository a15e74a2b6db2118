//! Where quotes should stand: a pure function of the book, the position, and the settings.

use manyworlds_components::instrument::Instrument;
use manyworlds_components::time::{NANOS_PER_SECOND, Timestamp};

use super::avellaneda_stoikov::Dealer;
use super::settings::{FairPrice, HalfSpread, MarketMakingSettings, QuoteRule};

/// Distances below this part of a tick are taken for rounding.
const ROUNDING: f64 = 1e-9;

/// An account's settings on the grids of one symbol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The price around which quotes stand.
    pub around: FairPrice,
    /// How far from it.
    pub rule: QuoteRule,
    /// Lots of a quote, at least 1.
    pub size: i64,
    /// The largest position in lots.
    pub most: i64,
    /// The smallest one.
    pub least: i64,
    /// The one that the skew leads back to.
    pub target: i64,
    /// Nanoseconds between two looks.
    pub requote: i64,
    /// Whether quotes keep away from the other side.
    pub post_only: bool,
    /// Whether what is bought has to be paid for in full: nothing is lent.
    pub cash_only: bool,
}

impl Plan {
    /// Settings on a symbol whose venue lends or does not.
    pub fn new(settings: &MarketMakingSettings, instrument: &Instrument, lends: bool) -> Self {
        let lots = |quantity: f64| instrument.lots(quantity).0;
        let most = lots(settings.max_position);
        let least = match settings.min_position {
            Some(least) => lots(least),
            None if lends => -most,
            None => 0,
        };
        Self {
            around: settings.around,
            rule: settings.quotes,
            size: lots(settings.size).max(1),
            most,
            least,
            target: lots(settings.target_position),
            requote: settings.requote.nanos(),
            post_only: settings.post_only,
            cash_only: !lends,
        }
    }
}

/// What is known of a book, in ticks and lots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopOfBook {
    /// Best bid.
    pub bid: i64,
    /// Best ask, above the bid.
    pub ask: i64,
    /// Size at the best bid.
    pub bid_size: i64,
    /// Size at the best ask.
    pub ask_size: i64,
    /// Stoikov's microprice, where it is known.
    pub microprice: Option<f64>,
}

impl TopOfBook {
    /// Halfway.
    pub fn mid(&self) -> f64 {
        0.5 * (self.bid as f64 + self.ask as f64)
    }

    /// Weighted with each other's sizes.
    pub fn weighted_mid(&self) -> f64 {
        let (bid, ask) = (self.bid_size.max(0) as f64, self.ask_size.max(0) as f64);
        match bid + ask {
            sum if sum > 0.0 => (self.bid as f64 * ask + self.ask as f64 * bid) / sum,
            _ => self.mid(),
        }
    }
}

/// Where quotes should stand, and why. In ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Price of the bid; `None` below the lowest price there is.
    pub bid: Option<i64>,
    /// Price of the ask.
    pub ask: Option<i64>,
    /// The price around which they stand: the mid for quotes at the best prices.
    pub fair: f64,
    /// By how much the position moves it.
    pub shift: f64,
    /// Distance of the quotes from where it moved to, before they are put on the grid.
    pub half_spread: f64,
}

/// Where the quotes of an account that holds `lots` should stand; `None` while something that it needs is not known, or its time
/// is over. `variance`: of the mid, in squared ticks per second.
pub fn wanted(
    plan: &Plan,
    top: &TopOfBook,
    lots: i64,
    now: Timestamp,
    variance: Option<f64>,
) -> Option<Wanted> {
    let fair = match plan.around {
        FairPrice::Mid | FairPrice::Best => top.mid(),
        FairPrice::WeightedMid => top.weighted_mid(),
        FairPrice::Microprice => top.microprice?,
    };
    let excess = lots.saturating_sub(plan.target) as f64;
    let (shift, half_spread) = match plan.rule {
        QuoteRule::Skewed { half_spread, skew } => {
            let distance = match half_spread {
                HalfSpread::Ticks(ticks) => ticks,
                HalfSpread::Bps(bps) => bps * 1e-4 * fair,
            };
            (-skew * excess, distance)
        }
        QuoteRule::AvellanedaStoikov { gamma, k, horizon, until, .. } => {
            let left = until.map_or(i64::MAX, |until| until - now);
            if left <= 0 {
                return None;
            }
            let time_left = left.min(horizon.nanos()) as f64 / NANOS_PER_SECOND as f64;
            let dealer = Dealer { gamma, k, variance: variance?, time_left };
            (dealer.reservation_shift(excess / plan.size as f64), dealer.half_spread())
        }
    };
    let (below, above) = match plan.around {
        FairPrice::Best => (top.bid as f64, top.ask as f64),
        _ => (fair, fair),
    };
    let mut bid = (below + shift - half_spread + ROUNDING).floor() as i64;
    let mut ask = (above + shift + half_spread - ROUNDING).ceil() as i64;
    if plan.post_only {
        bid = bid.min(top.ask - 1);
        ask = ask.max(top.bid + 1);
    }
    let priced = |ticks: i64| (ticks > 0).then_some(ticks);
    Some(Wanted { bid: priced(bid), ask: priced(ask), fair, shift, half_spread })
}
