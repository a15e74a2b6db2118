//! Order books for worlds in memory: random feeds of several venues that follow the prices of a tape, with all that happens
//! to feeds - silence and a snapshot after it, missing messages, a halt, an empty side, a crossing.

use manyworlds_components::book_event::{BookSignal, DepthUpdate, Quote};
use manyworlds_components::ids::{ListingId, SymbolId};
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::BookSide;
use manyworlds_components::time::Timestamp;

use crate::SplitMix;

/// Makes another market of what comes after a time: the same times, sides and signals, other prices and sizes.
pub fn scramble(events: &mut [MarketEvent], after: Timestamp) {
    for event in events.iter_mut().filter(|e| e.ts_recv > after) {
        match &mut event.data {
            MarketData::Depth(d) => {
                (d.price, d.size) = (Ticks(2 * d.price.0 + 1), Lots(3 * d.size.0));
            }
            MarketData::Quote(q) => {
                (q.bid, q.ask) = (Ticks(2 * q.bid.0), Ticks(2 * q.ask.0 + 1));
                (q.bid_size, q.ask_size) = (Lots(3 * q.bid_size.0), Lots(2 * q.ask_size.0));
            }
            _ => {}
        }
    }
}

/// What happens to a feed in every [`CYCLE`] of its instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Updates,
    Silent,
    Snapshot,
    Gap,
    Halt,
    Resume,
    Empty,
    Crossed,
}

/// Instants after which a feed's life begins anew.
const CYCLE: usize = 240;

/// Venues differ: the first is always there but for a crossing and an empty side, the second has it all.
fn life(venue: usize, instant: usize) -> Life {
    match (venue, instant % CYCLE) {
        (_, 0) if instant == 0 => Life::Snapshot,
        (0, 70) => Life::Crossed,
        (0, 90) => Life::Empty,
        (0, 91) => Life::Snapshot,
        (1, 60..80) => Life::Silent,
        (1, 80) => Life::Snapshot,
        (1, 100) => Life::Gap,
        (1, 106) => Life::Snapshot,
        (1, 130) => Life::Halt,
        (1, 136) => Life::Resume,
        (1, 160..165) => Life::Silent,
        _ => Life::Updates,
    }
}

/// A random feed of the venue `venue` of a symbol around `prices` on a tick of 0.01, with an instant every `step_ns`. Every
/// third venue has best prices only, the others have levels.
pub fn random_book(
    seed: u64,
    venue: usize,
    (symbol, listing): (SymbolId, ListingId),
    prices: &[(Timestamp, f64)],
    step_ns: i64,
) -> Vec<MarketEvent> {
    let mut random = SplitMix(seed ^ (venue as u64 + 1).wrapping_mul(0x00AB_CDEF_1234_5677));
    let mut feed = Feed { symbol, listing, ts: Timestamp(0), events: Vec::new() };
    let (Some(first), Some(last)) = (prices.first(), prices.last()) else { return Vec::new() };
    let mut at = 0;
    for instant in 0.. {
        // Off the whole seconds, at which bars close.
        feed.ts = first.0 + (instant as i64 * step_ns + 7 + venue as i64);
        if feed.ts >= last.0 {
            break;
        }
        while prices.get(at + 1).is_some_and(|next| next.0 <= feed.ts) {
            at += 1;
        }
        let mid = (prices[at].1 * 100.0).round() as i64;
        if venue % 3 == 2 {
            feed.quote(mid, &mut random);
            continue;
        }
        match life(venue, instant) {
            Life::Silent => {}
            Life::Snapshot => feed.snapshot(mid, &mut random),
            Life::Gap => feed.signal(BookSignal::Gap),
            Life::Halt => feed.signal(BookSignal::Halt),
            Life::Resume => feed.signal(BookSignal::Resume),
            Life::Empty => feed.signal(BookSignal::ClearTo { side: BookSide::Ask, price: Ticks(mid * 2) }),
            Life::Crossed => feed.level(BookSide::Bid, mid + 12, 5),
            Life::Updates => feed.updates(mid, &mut random),
        }
    }
    feed.events
}

struct Feed {
    symbol: SymbolId,
    listing: ListingId,
    ts: Timestamp,
    events: Vec<MarketEvent>,
}

/// Ticks from the mid of the levels that a book has.
const LEVELS: [i64; 8] = [1, 2, 4, 7, 12, 30, 80, 150];

impl Feed {
    fn push(&mut self, data: MarketData) {
        let (ts_recv, ts_event) = (self.ts, self.ts + -3);
        self.events.push(MarketEvent { ts_recv, ts_event, symbol: self.symbol, listing: self.listing, data });
    }

    fn signal(&mut self, signal: BookSignal) {
        self.push(MarketData::Signal(signal));
    }

    fn level(&mut self, side: BookSide, price: i64, size: i64) {
        self.push(MarketData::Depth(DepthUpdate { side, price: Ticks(price), size: Lots(size) }));
    }

    fn snapshot(&mut self, mid: i64, random: &mut SplitMix) {
        self.signal(BookSignal::Clear);
        for away in LEVELS {
            self.level(BookSide::Bid, mid - away, 100 + (random.bits() % 900) as i64);
            self.level(BookSide::Ask, mid + away, 100 + (random.bits() % 900) as i64);
        }
    }

    /// The levels that the mid has passed are gone; a few others change.
    fn updates(&mut self, mid: i64, random: &mut SplitMix) {
        self.signal(BookSignal::ClearTo { side: BookSide::Bid, price: Ticks(mid) });
        self.signal(BookSignal::ClearTo { side: BookSide::Ask, price: Ticks(mid) });
        for _ in 0..3 {
            let draw = random.bits();
            let away = LEVELS[(draw % 8) as usize] + (draw >> 8 & 1) as i64;
            let size = if draw >> 10 & 3 == 0 { 0 } else { 1 + (draw >> 16) as i64 % 900 };
            if draw >> 12 & 1 == 0 {
                self.level(BookSide::Bid, mid - away, size);
            } else {
                self.level(BookSide::Ask, mid + away, size);
            }
        }
    }

    fn quote(&mut self, mid: i64, random: &mut SplitMix) {
        let draw = random.bits();
        let (below, above) = (1 + (draw & 3) as i64, 1 + (draw >> 2 & 3) as i64);
        let size = |bits: u64| Lots((bits % 500) as i64);
        let quote = Quote {
            bid: Ticks(mid - below),
            bid_size: size(draw >> 8),
            ask: Ticks(mid + above),
            ask_size: size(draw >> 24),
        };
        self.push(MarketData::Quote(quote));
    }
}
