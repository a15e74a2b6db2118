//! A book of one symbol, event by event. Prices are ticks, sizes lots; a tick is a cent, a lot a thousandth.

use manyworlds_components::book_event::*;
use manyworlds_components::ids::{OrderId, SymbolId};
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::order::*;
use manyworlds_components::own_orders::OwnOrders;
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::{AggressorSide, BookSide, Side};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Kind, Simulation, StepOutcome};

pub use super::super::helper::*;
use crate::exchange::settings::*;
use crate::market::MarkRule;

pub const SECOND: i64 = 1_000_000_000;

/// Something at a time in milliseconds, known at once.
pub fn at(ms: i64, data: MarketData) -> MarketEvent {
    late(ms, 0, data)
}

/// The same, known `lag` milliseconds later.
pub fn late(ms: i64, lag: i64, data: MarketData) -> MarketEvent {
    let time = |ms| Timestamp(ms * 1_000_000);
    MarketEvent { ts_recv: time(ms + lag), ..MarketEvent::primary(time(ms), time(ms), SymbolId(0), data) }
}

fn level(side: BookSide, price: i64, size: i64) -> MarketData {
    MarketData::Depth(DepthUpdate { side, price: Ticks(price), size: Lots(size) })
}

pub fn bid(price: i64, size: i64) -> MarketData {
    level(BookSide::Bid, price, size)
}

pub fn ask(price: i64, size: i64) -> MarketData {
    level(BookSide::Ask, price, size)
}

pub fn quote(bid: (i64, i64), ask: (i64, i64)) -> MarketData {
    let (bid, bid_size, ask, ask_size) = (Ticks(bid.0), Lots(bid.1), Ticks(ask.0), Lots(ask.1));
    MarketData::Quote(Quote { bid, bid_size, ask, ask_size })
}

fn trade(price: i64, lots: i64, aggressor: AggressorSide) -> MarketData {
    let (price, quantity) = (price as f64 / 100.0, lots as f64 / 1_000.0);
    MarketData::Trade(Trade { price, quantity, aggressor })
}

/// Somebody buys.
pub fn bought(price: i64, lots: i64) -> MarketData {
    trade(price, lots, AggressorSide::Buyer)
}

/// Somebody sells.
pub fn sold(price: i64, lots: i64) -> MarketData {
    trade(price, lots, AggressorSide::Seller)
}

pub fn signal(signal: BookSignal) -> MarketData {
    MarketData::Signal(signal)
}

/// A venue that lends enough for anything here.
pub fn lender() -> VenueSettings {
    VenueSettings {
        margin: Some(MarginModel { initial: 0.001, maintenance: 0.0005, liquidation_fee_bps: 0.0 }),
        ..venue()
    }
}

/// A venue with these rules, steps of a second. 9,998 to 10,002 with 100 lots each (bid 9,999, 9,998; ask 10,001, 10,002), a
/// trade at 9,999 so that a price is known, then what happens from the second second on.
pub fn desk(venue: VenueSettings, events: impl IntoIterator<Item = MarketEvent>) -> Desk {
    let mut all = vec![at(100, signal(BookSignal::Clear))];
    all.extend([bid(9_999, 100), bid(9_998, 100), ask(10_001, 100), ask(10_002, 100)].map(|e| at(100, e)));
    all.push(at(200, sold(9_999, 1)));
    all.extend(events);
    // Something to end the last second with.
    let end = all.last().unwrap().ts_recv.0 / 1_000_000;
    all.push(at(end + 1_500, bid(5_000, 1)));
    Desk { events: vec![all], books: Some((SECOND, MarkRule::Prints)), ..Desk::bars(venue, &[]) }
}

pub fn ticks(side: Side, lots: i64, price: i64) -> OrderRequest {
    order(side, lots, OrderKind::Limit { price: Ticks(price) })
}

pub fn with(time_in_force: TimeInForce, request: OrderRequest) -> OrderRequest {
    OrderRequest { time_in_force, ..request }
}

pub fn cancel(id: u64) -> VenueMessage {
    VenueMessage::Cancel(OrderId(id))
}

pub fn replace(id: u64, price: Option<i64>, lots: Option<i64>) -> VenueMessage {
    VenueMessage::Replace { order: OrderId(id), price: price.map(Ticks), lots: lots.map(Lots) }
}

impl Ledger {
    /// (time in milliseconds, price in ticks, signed lots) of all fills.
    pub fn deals(&self) -> Vec<(i64, i64, i64)> {
        let deal = |f: &manyworlds_components::fill::Fill| {
            (f.ts.0 / 1_000_000, (f.price * 100.0).round() as i64, f.side.sign() * f.lots.0)
        };
        self.fills.iter().map(deal).collect()
    }
}

/// What account 0 knows of its orders after each step.
pub fn watched(desk: &Desk) -> Vec<OwnOrders> {
    let mut simulation = desk.build();
    let own = |s: &Simulation| {
        let holding = s.roster().entities(Kind::Holding)[0];
        s.world().get::<OwnOrders>(holding).unwrap().clone()
    };
    let mut seen = Vec::new();
    while matches!(simulation.step().unwrap(), StepOutcome::Advanced(_)) {
        seen.push(own(&simulation));
    }
    seen
}
