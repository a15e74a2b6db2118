//! For tests: order-book events in memory, written down one by one or drawn, and a world of the market and one module over
//! them.

use std::sync::Arc;

use manyworlds_components::book_event::{BookSignal, DepthUpdate, Quote};
use manyworlds_components::ids::{ListingId, SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::side::{AggressorSide, BookSide};
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, ClockMode, Module, Roster};

use crate::bar_world::{EventTape, Uniform};
use crate::market::{BookMarketModule, BookWalk, DEFAULT_BARS_KEPT, MarkRule, MarketModule};

/// Nanoseconds of a millisecond.
pub(crate) const MS: i64 = 1_000_000;

/// An event of symbol 0 on its `listing`-th venue, `ms` milliseconds after the epoch.
pub(crate) fn at(ms: i64, listing: u32, data: MarketData) -> MarketEvent {
    let ts = Timestamp(ms * MS);
    MarketEvent { ts_recv: ts, ts_event: ts, symbol: SymbolId(0), listing: ListingId(listing), data }
}

/// A level of bids, in ticks and lots.
pub(crate) fn bid(price: i64, size: i64) -> MarketData {
    MarketData::Depth(DepthUpdate { side: BookSide::Bid, price: Ticks(price), size: Lots(size) })
}

/// A level of asks.
pub(crate) fn ask(price: i64, size: i64) -> MarketData {
    MarketData::Depth(DepthUpdate { side: BookSide::Ask, price: Ticks(price), size: Lots(size) })
}

/// Best prices: (price, size) of bid and ask.
pub(crate) fn quote(bid: (i64, i64), ask: (i64, i64)) -> MarketData {
    let (bid_size, ask_size) = (Lots(bid.1), Lots(ask.1));
    MarketData::Quote(Quote { bid: Ticks(bid.0), bid_size, ask: Ticks(ask.0), ask_size })
}

/// A trade.
pub(crate) fn trade(price: f64, quantity: f64, aggressor: AggressorSide) -> MarketData {
    MarketData::Trade(Trade { price, quantity, aggressor })
}

/// Something about a feed as a whole.
pub(crate) fn signal(signal: BookSignal) -> MarketData {
    MarketData::Signal(signal)
}

/// An ETH/USD with a tick of 0.1 and a lot of 0.5.
pub(crate) fn eth() -> Instrument {
    Instrument {
        symbol: "ETHUSD".to_owned(),
        venue: VenueId(0),
        base: "ETH".to_owned(),
        quote: "USD".to_owned(),
        tick_size: Step::new(0.1).unwrap(),
        lot_size: Step::new(0.5).unwrap(),
    }
}

/// The plan of a world of `instrument` on this many venues, `V0`, `V1`, ..., stepped by `clock`.
pub(crate) fn book_blueprint(
    instrument: Instrument,
    events: Vec<MarketEvent>,
    venues: usize,
    clock: ClockMode,
    module: impl Module + 'static,
) -> Blueprint {
    let symbol = instrument.symbol.clone();
    let market = MarketModule {
        instruments: vec![instrument],
        frames: vec![Frame::MINUTE],
        bars_kept: DEFAULT_BARS_KEPT,
        closes_kept: 0,
    };
    let marks = vec![MarkRule::Prints];
    let market = BookMarketModule { market, marks, crosses: Vec::new(), walk: BookWalk::Market };
    let names = (0..venues).map(|i| format!("V{i}")).collect();
    let further = (1..venues).map(|i| (SymbolId(0), VenueId::from(i))).collect();
    let roster = Roster::new(names, vec![symbol], vec![], vec![]).with_further(further);
    let mut blueprint = Blueprint::new(clock, 1, roster);
    blueprint.sources = vec![Arc::new(EventTape(events))];
    blueprint.core = vec![Arc::new(market)];
    blueprint.modules = vec![(Arc::new(module), true)];
    blueprint
}

/// Random feeds of `venues` venues, `n` instants of 10 ms each: snapshots, levels around a mid that walks, trades at the best
/// prices, silence, missing messages, halts. In time order.
pub(crate) fn random_books(seed: u64, venues: usize, n: usize) -> Vec<MarketEvent> {
    let mut random = Uniform(seed);
    let mut below = |n: i64| (random.draw() * n as f64) as i64;
    let (mut mid, mut events) = (25_000_i64, Vec::new());
    // When a venue speaks again.
    let mut silent_until = vec![0; venues];
    for i in 0..n as i64 {
        mid += below(5) - 2;
        for (venue, silent_until) in silent_until.iter_mut().enumerate() {
            let mut push = |data| events.push(at(10 * i, venue as u32, data));
            let fate = below(400);
            if i == 0 || fate == 0 || *silent_until == i {
                push(signal(BookSignal::Clear));
                for away in 1..15 {
                    push(bid(mid - away * away, 1 + below(50)));
                    push(ask(mid + away * away, 1 + below(50)));
                }
            }
            if i < *silent_until {
                continue;
            }
            match fate {
                1 => *silent_until = i + below(120),
                2 => push(signal(BookSignal::Gap)),
                3 => push(signal(BookSignal::Halt)),
                4..10 => push(signal(BookSignal::Resume)),
                10..40 if venue == 0 => {
                    let (side, away) = match below(2) {
                        0 => (AggressorSide::Seller, -1),
                        _ => (AggressorSide::Buyer, 1),
                    };
                    push(trade((mid + away) as f64 * 0.1, (1 + below(9)) as f64 * 0.5, side));
                }
                40..400 => {
                    let (price, size) = (below(40), (below(60) - 10).max(0));
                    push(if fate % 2 == 0 { bid(mid + 2 - price, size) } else { ask(mid - 2 + price, size) });
                }
                _ => {}
            }
        }
    }
    events
}
