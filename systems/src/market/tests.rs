//! Books, last prices and bars after events of several venues.

use std::sync::Arc;

use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::{BookSignal, DepthUpdate};
use manyworlds_components::ids::{ListingId, SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{LastPrice, MarketData, MarketEvent, Trade};
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::side::BookSide::{self, Ask, Bid};
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, ClockMode, Kind, Roster, Simulation};

use super::*;
use crate::bar_world::EventTape;

const SECOND: i64 = 1_000_000_000;

fn event(ts: i64, listing: u32, data: MarketData) -> MarketEvent {
    let ts = Timestamp(ts * SECOND);
    MarketEvent { ts_recv: ts, ts_event: ts, symbol: SymbolId(0), listing: ListingId(listing), data }
}

fn depth(side: BookSide, price: i64, size: i64) -> MarketData {
    MarketData::Depth(DepthUpdate { side, price: Ticks(price), size: Lots(size) })
}

fn trade(price: f64) -> MarketData {
    MarketData::Trade(Trade { price, quantity: 2.0, aggressor: Default::default() })
}

fn world(events: Vec<MarketEvent>, mark: MarkRule, walk: BookWalk) -> Simulation {
    let instrument = Instrument {
        symbol: "S".to_owned(),
        venue: VenueId(0),
        base: "S".to_owned(),
        quote: "USD".to_owned(),
        tick_size: Step::new(0.5).unwrap(),
        lot_size: Step::new(1.0).unwrap(),
    };
    let market = MarketModule {
        instruments: vec![instrument],
        frames: vec![Frame::MINUTE],
        bars_kept: 10,
        closes_kept: 10,
    };
    let roster = Roster::new(vec!["a".into(), "b".into()], vec!["S".into()], vec![], vec![])
        .with_further(vec![(SymbolId(0), VenueId(1))]);
    let mut blueprint = Blueprint::new(ClockMode::Bar(Frame::MINUTE), 1, roster);
    blueprint.sources = vec![Arc::new(EventTape(events))];
    blueprint.core = vec![Arc::new(BookMarketModule { market, marks: vec![mark], crosses: vec![], walk })];
    blueprint.build().unwrap()
}

fn events() -> Vec<MarketEvent> {
    let clear = MarketData::Signal(BookSignal::Clear);
    vec![
        event(1, 0, clear),
        event(1, 0, depth(Bid, 200, 5)),
        event(1, 0, depth(Ask, 202, 6)),
        event(2, 1, clear),
        event(2, 1, depth(Bid, 190, 1)),
        event(2, 1, depth(Ask, 191, 1)),
        event(3, 0, trade(100.5)),
        event(4, 1, trade(7.0)),
        // On its way to 204 / 205, the book passes through a crossed state.
        event(30, 0, depth(Bid, 204, 3)),
        event(30, 0, depth(Ask, 202, 0)),
        event(30, 0, depth(Ask, 205, 8)),
    ]
}

fn of<T: bevy_ecs::component::Component + Clone>(world: &Simulation, kind: Kind, i: usize) -> T {
    world.world().get::<T>(world.roster().entities(kind)[i]).unwrap().clone()
}

fn run(mut world: Simulation) -> Simulation {
    while matches!(world.step().unwrap(), manyworlds_engine::StepOutcome::Advanced(_)) {}
    world
}

#[test]
fn each_listing_has_its_book_and_only_the_own_venue_moves_the_price() {
    let world = run(world(events(), MarkRule::Prints, BookWalk::Market));
    let (own, other): (OrderBook, OrderBook) = (of(&world, Kind::Listing, 0), of(&world, Kind::Listing, 1));
    assert_eq!((own.top(), other.top()), (Some((Ticks(204), Ticks(205))), Some((Ticks(190), Ticks(191)))));
    assert_eq!(own.crossed_count(), 0);
    let price: LastPrice = of(&world, Kind::Symbol, 0);
    assert_eq!((price.price, price.events), (100.5, 1));
    let bars: BarSeries = of(&world, Kind::Symbol, 0);
    let bar = bars.last().unwrap();
    assert_eq!((bar.open, bar.high, bar.close, bar.volume), (100.5, 100.5, 100.5, 2.0));
    let listing: ListingOf = of(&world, Kind::Listing, 1);
    assert_eq!((listing.symbol, listing.venue), (SymbolId(0), VenueId(1)));
    let listings: Vec<_> = world.roster().listings_of(SymbolId(0)).collect();
    assert_eq!(listings, [ListingId(0), ListingId(1)]);
    assert_eq!(world.roster().symbol_of(ListingId(1)), SymbolId(0));
}

#[test]
fn a_symbol_without_prints_is_marked_at_its_mid() {
    let world = run(world(events(), MarkRule::Mid, BookWalk::Market));
    let price: LastPrice = of(&world, Kind::Symbol, 0);
    // 200 / 202, the same when the trade comes, then 204 / 205, at half a unit a tick.
    assert_eq!((price.price, price.events), (102.25, 3));
    let bars: BarSeries = of(&world, Kind::Symbol, 0);
    let bar = bars.last().unwrap();
    assert_eq!((bar.open, bar.high, bar.low, bar.close, bar.volume), (100.5, 102.25, 100.5, 102.25, 0.0));
}

#[test]
fn books_are_left_to_the_exchange_where_it_walks() {
    let world = run(world(events(), MarkRule::Prints, BookWalk::Exchange));
    assert_eq!(of::<OrderBook>(&world, Kind::Listing, 0).top(), None);
    assert_eq!(of::<LastPrice>(&world, Kind::Symbol, 0).events, 0, "and prices with them");
}

#[test]
fn a_restored_book_goes_on_as_if_never_left() {
    let mut first = world(events(), MarkRule::Mid, BookWalk::Market);
    let mut second = world(events(), MarkRule::Mid, BookWalk::Market);
    second.restore(&first.snapshot()).unwrap();
    first.step().unwrap();
    second.restore(&first.snapshot()).unwrap();
    let (first, second) = (run(first), run(second));
    assert_eq!(first.digest(), second.digest());
    assert!(first.digest().components.iter().any(|c| c.0 == "Listing/OrderBook"), "books are state");
}
