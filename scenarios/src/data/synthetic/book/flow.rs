//! The order flow itself: which order comes when, on which venue.

use std::collections::VecDeque;

use manyworlds_components::side::BookSide;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::queues::Queues;
use super::spec::BookSpec;
use crate::data::synthetic::hawkes::exponential;
use crate::data::synthetic::streams::Stream;

const SIDES: [BookSide; 2] = [BookSide::Bid, BookSide::Ask];

/// What happened to the book of a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// An order joined its queue.
    Limit,
    /// An order left its queue.
    Cancel,
    /// The first order of the best queue was dealt: `side` is the side on which it rested.
    Market,
}

/// One event of the flow. The venue's queues have changed already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowEvent {
    /// Nanoseconds since the start.
    pub at: i64,
    /// Which venue.
    pub venue: usize,
    /// What happened.
    pub flow: Flow,
    /// The side on which the order rests or rested.
    pub side: BookSide,
    /// Its price in ticks.
    pub price: i64,
    /// Its number on the venue.
    pub order: u64,
}

/// What of a venue's rates changes with its queues only.
#[derive(Debug, Clone, Copy, Default)]
struct Calm {
    /// Rate of all cancels of a side, before activity.
    cancel: [f64; 2],
    occupied: [bool; 2],
}

/// Rates of what may come next on a venue.
#[derive(Debug, Clone, Copy, Default)]
struct Rates {
    limit: f64,
    cancel: [f64; 2],
    market: [f64; 2],
}

impl Rates {
    fn total(&self) -> f64 {
        2.0 * self.limit + self.cancel[0] + self.cancel[1] + self.market[0] + self.market[1]
    }
}

/// Order flow on one or several venues, event by event.
#[derive(Debug, Clone)]
pub struct BookFlow {
    spec: BookSpec,
    rng: ChaCha8Rng,
    venues: Vec<Queues>,
    calm: Vec<Calm>,
    /// Excess of the market orders' intensity over the base rate, by venue and side that is hit; 1 per second.
    excess: Vec<[f64; 2]>,
    /// Rates at distances 1, 2, ...
    limits: Vec<f64>,
    limit_total: f64,
    /// Seconds since the start.
    now: f64,
    last_at: i64,
    /// The second half of an arbitrage.
    pending: Option<FlowEvent>,
}

impl BookFlow {
    /// Flow into books that open around the initial price, each level with as many orders as would rest there without
    /// market orders. `name` and `seed` say the random stream.
    pub fn new(name: &str, spec: &BookSpec, venues: usize, seed: u64) -> Self {
        let middle = spec.tick_size.round(spec.initial_price);
        let mut queues = Queues::new(middle);
        for distance in (1..=i64::from(spec.depth)).rev() {
            let resting = spec.limit_rate(distance) / spec.cancel_rate(distance).max(0.1);
            for _ in 0..(resting.round() as usize).clamp(1, 1_000) {
                queues.add(BookSide::Bid, middle + 1 - distance);
                queues.add(BookSide::Ask, middle + distance);
            }
        }
        Self::with_queues(name, spec, vec![queues; venues], seed)
    }

    /// Flow into books that stand as given.
    pub fn with_queues(name: &str, spec: &BookSpec, venues: Vec<Queues>, seed: u64) -> Self {
        let limits: Vec<f64> = (1..=i64::from(spec.depth)).map(|d| spec.limit_rate(d) * spec.speed).collect();
        let mut flow = Self {
            rng: Stream::Book.rng(seed, name),
            excess: vec![[0.0; 2]; venues.len()],
            limit_total: limits.iter().sum(),
            limits,
            calm: vec![Calm::default(); venues.len()],
            venues,
            spec: spec.clone(),
            now: 0.0,
            last_at: 0,
            pending: None,
        };
        (0..flow.venues.len()).for_each(|venue| flow.refresh(venue));
        flow
    }

    /// After a change of a venue's queues.
    fn refresh(&mut self, venue: usize) {
        let (spec, queues) = (&self.spec, &self.venues[venue]);
        let cancel = |side: BookSide| -> f64 {
            let rate = |(price, queue): (&i64, &VecDeque<u64>)| {
                spec.cancel_rate(queues.distance(side, *price)) * queue.len() as f64
            };
            queues.side(side).iter().map(rate).sum::<f64>() * spec.speed
        };
        let occupied = SIDES.map(|side| !queues.side(side).is_empty());
        self.calm[venue] = Calm { cancel: SIDES.map(cancel), occupied };
    }

    /// The book of a venue.
    pub fn queues(&self, venue: usize) -> &Queues {
        &self.venues[venue]
    }

    /// Puts the books back as given, at the present time, with nothing excited.
    pub fn reset(&mut self, venue: usize, queues: Queues) {
        self.venues[venue] = queues;
        self.excess[venue] = [0.0; 2];
        self.refresh(venue);
    }

    /// The next event, if one comes up to `end` (nanoseconds since the start).
    pub fn advance(&mut self, end: i64) -> Option<FlowEvent> {
        if let Some(event) = self.pending.take() {
            return Some(event);
        }
        loop {
            let bound = self.total();
            if bound <= 0.0 {
                return None;
            }
            let wait = exponential(&mut self.rng) / bound;
            self.now += wait;
            if self.now * 1e9 > end as f64 {
                return None;
            }
            let decay = (-self.spec.hawkes.decay_rate * wait).exp();
            self.excess.iter_mut().flatten().for_each(|excess| *excess *= decay);
            let draw = self.rng.random::<f64>() * bound;
            // What rates have lost since the last event is an event that does not come (thinning).
            if let Some(event) = self.pick(draw) {
                self.refresh(event.venue);
                if let Some(second) = self.pending {
                    self.refresh(second.venue);
                }
                return Some(event);
            }
        }
    }

    fn total(&self) -> f64 {
        let venues = (0..self.venues.len()).map(|venue| self.rates(venue).total()).sum::<f64>();
        venues + self.arbitrage().map_or(0.0, |_| self.spec.arbitrage_rate * self.spec.speed)
    }

    fn rates(&self, venue: usize) -> Rates {
        let (calm, excess) = (&self.calm[venue], self.excess[venue]);
        let base = self.spec.market_rate * self.spec.speed;
        // Others come in proportion to market orders, lest those empty the book.
        let activity = if base > 0.0 { 1.0 + (excess[0] + excess[1]) / (2.0 * base) } else { 1.0 };
        let market = |side: usize| if calm.occupied[side] { base + excess[side] } else { 0.0 };
        Rates {
            limit: self.limit_total * activity,
            cancel: calm.cancel.map(|cancel| cancel * activity),
            market: [0, 1].map(market),
        }
    }

    /// The venues of the highest bid and the lowest ask, if the one is above the other: (bid, ask).
    fn arbitrage(&self) -> Option<(usize, usize)> {
        if self.venues.len() < 2 {
            return None;
        }
        let venues = || self.venues.iter().enumerate();
        let bid = venues().filter_map(|(v, q)| Some((q.best(BookSide::Bid)?, v))).max_by_key(|b| b.0)?;
        let ask = venues().filter_map(|(v, q)| Some((q.best(BookSide::Ask)?, v))).min_by_key(|a| a.0)?;
        (bid.0 > ask.0).then_some((bid.1, ask.1))
    }

    /// The event that a draw below the bound falls on.
    fn pick(&mut self, mut draw: f64) -> Option<FlowEvent> {
        for venue in 0..self.venues.len() {
            let rates = self.rates(venue);
            if draw >= rates.total() {
                draw -= rates.total();
                continue;
            }
            for side in SIDES {
                if draw < rates.limit {
                    return Some(self.limit(venue, side, draw / rates.limit));
                }
                draw -= rates.limit;
                let (cancel, market) = (rates.cancel[side as usize], rates.market[side as usize]);
                if draw < cancel {
                    return self.cancel(venue, side, draw / cancel);
                }
                draw -= cancel;
                if draw < market {
                    let at = self.stamp();
                    return self.market(venue, side, at);
                }
                draw -= market;
            }
            return None;
        }
        let (bid, ask) = self.arbitrage()?;
        if draw >= self.spec.arbitrage_rate * self.spec.speed {
            return None;
        }
        let at = self.stamp();
        let first = self.market(bid, BookSide::Bid, at);
        self.pending = self.market(ask, BookSide::Ask, at);
        first
    }

    /// Now in nanoseconds; no two draws have the same.
    fn stamp(&mut self) -> i64 {
        self.last_at = ((self.now * 1e9) as i64).max(self.last_at + 1);
        self.last_at
    }

    /// `share` in [0, 1) says at which distance.
    fn limit(&mut self, venue: usize, side: BookSide, share: f64) -> FlowEvent {
        let mut left = share * self.limit_total;
        let mut distance = 1;
        for rate in &self.limits[..self.limits.len() - 1] {
            if left < *rate {
                break;
            }
            left -= rate;
            distance += 1;
        }
        let at = self.stamp();
        let queues = &mut self.venues[venue];
        let price = match side {
            BookSide::Bid => (queues.reference(BookSide::Ask) - distance).max(1),
            // Where the price has come down to nothing, the ask stays above it.
            BookSide::Ask => queues.reference(BookSide::Bid) + distance,
        };
        let order = queues.add(side, price);
        FlowEvent { at, venue, flow: Flow::Limit, side, price, order }
    }

    /// `share` in [0, 1) says which order.
    fn cancel(&mut self, venue: usize, side: BookSide, share: f64) -> Option<FlowEvent> {
        let (spec, queues) = (&self.spec, &self.venues[venue]);
        let rate = |price: i64, count: usize| spec.cancel_rate(queues.distance(side, price)) * count as f64;
        let total: f64 = queues.side(side).iter().map(|(price, queue)| rate(*price, queue.len())).sum();
        let mut left = share * total;
        let mut found = None;
        for (price, queue) in queues.side(side) {
            let of_level = rate(*price, queue.len());
            if of_level > 0.0 {
                let place = (left / of_level * queue.len() as f64) as usize;
                found = Some((*price, place.min(queue.len() - 1)));
                if left < of_level {
                    break;
                }
                left -= of_level;
            }
        }
        let (price, place) = found?;
        let at = self.stamp();
        let order = self.venues[venue].remove(side, price, place)?;
        Some(FlowEvent { at, venue, flow: Flow::Cancel, side, price, order })
    }

    fn market(&mut self, venue: usize, side: BookSide, at: i64) -> Option<FlowEvent> {
        let price = self.venues[venue].best(side)?;
        let order = self.venues[venue].remove(side, price, 0)?;
        let hawkes = self.spec.hawkes;
        let others = (self.venues.len() - 1).max(1) as f64;
        for (other, excess) in self.excess.iter_mut().enumerate() {
            let causes = if other == venue { hawkes.own_venue } else { hawkes.other_venues / others };
            excess[side as usize] += causes * hawkes.decay_rate;
        }
        Some(FlowEvent { at, venue, flow: Flow::Market, side, price, order })
    }
}
