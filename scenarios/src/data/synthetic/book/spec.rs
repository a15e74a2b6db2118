//! What synthetic order flow is made of: settings with documented defaults.

use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use serde::{Deserialize, Serialize};

use crate::data::TapeKind;
use crate::data::synthetic::validate::FieldError;

/// What a venue's feed tells, beside its trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookDetail {
    /// Changes of levels (L2).
    #[default]
    Levels,
    /// Changes of orders (L3).
    Orders,
    /// Best prices (L1).
    Quotes,
}

impl BookDetail {
    /// The kind of tape that holds such rows.
    pub fn kind(self) -> TapeKind {
        match self {
            Self::Levels => TapeKind::Depth,
            Self::Orders => TapeKind::Orders,
            Self::Quotes => TapeKind::Quotes,
        }
    }
}

/// A time in which a venue's feed says nothing. It comes back with a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Which venue, counted from 0.
    #[serde(default)]
    pub venue: usize,
    /// When it begins, from the start of the data.
    pub after: Frame,
    /// How long it lasts.
    pub length: Frame,
}

/// How market orders excite each other. The sum of both ratios is the mean number of orders that one order causes, and
/// stays below 1; with it (`n`), their mean rate is `market_rate / (1 - n)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HawkesFlow {
    /// Orders of the same side that one causes on its own venue. Default 0: none. Range [0, 1).
    pub own_venue: f64,
    /// Orders of the same side that one causes on all other venues together. Default 0. Range [0, 1).
    pub other_venues: f64,
    /// How fast excitement decays, 1 per second. Default 10. Above 0.
    pub decay_rate: f64,
}

impl Default for HawkesFlow {
    fn default() -> Self {
        Self { own_venue: 0.0, other_venues: 0.0, decay_rate: 10.0 }
    }
}

/// The order flow of one symbol, the same on each of its venues. Rates are per second and side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BookSpec {
    /// When the books open. Default 2024-01-01.
    pub start: Timestamp,
    /// How long they last. Default `1h`.
    pub duration: Frame,
    /// Price around which they open, in quote units. Default 10,000.
    pub initial_price: f64,
    /// Size of every order, in base units. Default 0.1.
    pub order_size: f64,
    /// Limit orders at 1, 2, ... ticks from the other side's best price. Default: 1.85, 1.51, 1.09, 0.88, 0.77 (Cont,
    /// Stoikov & Talreja 2010, table 1).
    pub limit_rates: Vec<f64>,
    /// Beyond the last of `limit_rates` they fall with the distance to this power. Default 0.52.
    pub limit_power: f64,
    /// Ticks from the other side's best price up to which limit orders come. Default 20. Range [1, 1000].
    pub depth: u32,
    /// Cancels of one order at 1, 2, ... ticks; further away the last one. Default: 0.71, 0.81, 0.68, 0.56, 0.47.
    pub cancel_rates: Vec<f64>,
    /// Market orders that nothing has excited. Default 0.94.
    pub market_rate: f64,
    /// All rates are multiplied by this. Default 1.
    pub speed: f64,
    /// How market orders excite each other. Default: not at all.
    pub hawkes: HawkesFlow,
    /// How often two venues of which one bids more than the other asks are dealt against each other. Default 5.
    pub arbitrage_rate: f64,
    /// What the feeds tell. Default `levels`.
    pub detail: BookDetail,
    /// Times in which a feed is silent. Default: none.
    pub outages: Vec<Outage>,
    /// From an event to our knowledge of it, in milliseconds. Default 0.
    pub feed_latency_ms: f64,
    /// Price grid. Default 0.01.
    pub tick_size: Step,
    /// Quantity grid. Default 0.001.
    pub lot_size: Step,
}

fn step(size: f64) -> Step {
    Step::new(size).unwrap_or_else(|_| unreachable!("a finite number above 0"))
}

impl Default for BookSpec {
    fn default() -> Self {
        Self {
            start: Timestamp(1_704_067_200_000_000_000),
            duration: Frame::HOUR,
            initial_price: 10_000.0,
            order_size: 0.1,
            limit_rates: vec![1.85, 1.51, 1.09, 0.88, 0.77],
            limit_power: 0.52,
            depth: 20,
            cancel_rates: vec![0.71, 0.81, 0.68, 0.56, 0.47],
            market_rate: 0.94,
            speed: 1.0,
            hawkes: HawkesFlow::default(),
            arbitrage_rate: 5.0,
            detail: BookDetail::Levels,
            outages: Vec::new(),
            feed_latency_ms: 0.0,
            tick_size: step(0.01),
            lot_size: step(0.001),
        }
    }
}

impl BookSpec {
    /// Rate of limit orders at a distance in ticks from the other side's best price.
    pub fn limit_rate(&self, distance: i64) -> f64 {
        let (Ok(at), Some(last)) = (usize::try_from(distance - 1), self.limit_rates.last()) else {
            return 0.0;
        };
        if distance > i64::from(self.depth) {
            return 0.0;
        }
        let known = self.limit_rates.len() as f64;
        self.limit_rates
            .get(at)
            .copied()
            .unwrap_or_else(|| last * (known / distance as f64).powf(self.limit_power))
    }

    /// Rate at which one order at a distance in ticks from the other side's best price is canceled.
    pub fn cancel_rate(&self, distance: i64) -> f64 {
        let at = usize::try_from(distance - 1).unwrap_or(0).min(self.cancel_rates.len().saturating_sub(1));
        self.cancel_rates.get(at).copied().unwrap_or(0.0)
    }

    /// How long the books last.
    pub fn duration_ns(&self) -> i64 {
        self.duration.nanos()
    }

    /// The size of an order in lots.
    pub fn order_lots(&self) -> i64 {
        self.lot_size.round(self.order_size)
    }

    /// Refuses the first setting that is out of its range.
    ///
    /// # Errors
    /// Which, and what would be right.
    pub fn validate(&self, venues: usize) -> Result<(), FieldError> {
        let check = |ok: bool, field: &str, value: String, expected: &str| {
            let error = || FieldError { field: field.to_owned(), value, expected: expected.to_owned() };
            if ok { Ok(()) } else { Err(error()) }
        };
        let rate = |field: &str, rate: f64| {
            check((0.0..=1e6).contains(&rate), field, rate.to_string(), "from 0 to 1,000,000 (1 per second)")
        };
        check(venues > 0, "venues", venues.to_string(), "at least one")?;
        for (i, value) in self.limit_rates.iter().enumerate() {
            rate(&format!("limit_rates[{i}]"), *value)?;
        }
        for (i, value) in self.cancel_rates.iter().enumerate() {
            rate(&format!("cancel_rates[{i}]"), *value)?;
        }
        let given = !self.limit_rates.is_empty() && self.limit_rates[0] > 0.0;
        check(given, "limit_rates", format!("{:?}", self.limit_rates), "a list whose first rate is above 0")?;
        rate("market_rate", self.market_rate)?;
        rate("arbitrage_rate", self.arbitrage_rate)?;
        check(
            self.speed > 0.0 && self.speed <= 1e6,
            "speed",
            self.speed.to_string(),
            "above 0, at most 1e6",
        )?;
        let power = self.limit_power;
        check((0.0..=10.0).contains(&power), "limit_power", power.to_string(), "from 0 to 10")?;
        let depth = self.depth;
        check((1..=1_000).contains(&depth), "depth", depth.to_string(), "from 1 to 1,000 ticks")?;
        let HawkesFlow { own_venue, other_venues, decay_rate } = self.hawkes;
        for (field, ratio) in [("hawkes.own_venue", own_venue), ("hawkes.other_venues", other_venues)] {
            check((0.0..1.0).contains(&ratio), field, ratio.to_string(), "from 0 up to, not including, 1")?;
        }
        let both = own_venue + other_venues;
        check(
            both < 1.0,
            "hawkes",
            both.to_string(),
            "ratios whose sum is below 1, or the flow would explode",
        )?;
        let decays = decay_rate > 0.0 && decay_rate <= 1e6;
        check(decays, "hawkes.decay_rate", decay_rate.to_string(), "above 0, at most 1e6 (1 per second)")?;
        let tick = self.tick_size.value();
        let least = 2.0 * f64::from(self.depth) * tick;
        let priced = self.initial_price.is_finite() && self.initial_price > least;
        check(
            priced,
            "initial_price",
            self.initial_price.to_string(),
            &format!("above {least} (twice the depth)"),
        )?;
        let lots = self.order_lots();
        let sized = (1..1 << 40).contains(&lots);
        check(sized, "order_size", self.order_size.to_string(), "at least one lot")?;
        let latency = self.feed_latency_ms;
        check((0.0..=1e6).contains(&latency), "feed_latency_ms", latency.to_string(), "from 0 to 1,000,000")?;
        for (i, outage) in self.outages.iter().enumerate() {
            let known = outage.venue < venues;
            check(
                known,
                &format!("outages[{i}].venue"),
                outage.venue.to_string(),
                &format!("below {venues}"),
            )?;
        }
        Ok(())
    }
}
