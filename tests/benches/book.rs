//! Order-book feeds: five million depth and trade events of one symbol from two tapes, merged, and the book maintained.
//!
//! - `bare`: the tapes' rows as events, and the book, without an engine: what the rest is to be measured by.
//! - `market`: a world with the market module only, at these clocks.
//! - `whole`: exchange and orchestrator beside it, one account that holds still; the exchange walks over the events.
//! - `three_venues`: the same feed on each of three venues, at 100 ms: `feed` only, with the consolidated book, `cob`, and
//!   with `microstructure` besides.
//!
//! And the whole life of orders over three million events of a synthetic market, read from memory by both: makers that requote both
//! sides every 100 ms, 10 ms to the venue and back, a queue model on.
//!
//! - `still`: nobody quotes.
//! - `makers`: so many accounts with different skews.
//! - `hftbacktest`: one maker in that crate.
//!
//! An item is an event.
#![allow(missing_docs)]

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use divan::Bencher;
use divan::counter::ItemsCount;
use manyworlds::data::feed::{DepthSource, MemorySource, TradeSource};
use manyworlds::data::tape::{DepthChange, DepthRow, TapeSignal, TradeRow};
use manyworlds::data::{DefectReport, Tape, TapeKind, TapeMeta, TapeWriter};
use manyworlds_components::book::OrderBook;
use manyworlds_components::ids::{ListingId, SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::MarketEvent;
use manyworlds_components::price::Step;
use manyworlds_components::side::BookSide;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, ClockMode, EventSource, Module, Roster, StepOutcome};
use manyworlds_systems::cob::CobModule;
use manyworlds_systems::exchange::ExchangeModule;
use manyworlds_systems::exchange::book::queue::QueueModel;
use manyworlds_systems::market::{BookMarketModule, BookWalk, MarkRule, MarketModule};
use manyworlds_systems::microstructure::MicrostructureModule;
use manyworlds_systems::orchestrator::OrchestratorModule;
use manyworlds_tests::SplitMix;
use manyworlds_tests::peer::{self, Front, Quoting, Rules};
use manyworlds_tests::venue;

const EVENTS: u64 = 5_000_000;
/// One event in so many is a trade.
const TRADES: u64 = 5;
/// Mean time between events.
const GAP_NS: u64 = 700_000;
const TICK: f64 = 0.1;
const LOT: f64 = 0.001;

struct Tapes {
    _folder: tempfile::TempDir,
    depth: Arc<Tape>,
    trades: Arc<Tape>,
}

static TAPES: LazyLock<Tapes> = LazyLock::new(|| write().unwrap_or_else(|e| panic!("{e}")));

/// A price that wanders, levels that are changed the nearer the oftener, and trades at the best prices.
fn write() -> Result<Tapes, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let meta = |kind| TapeMeta {
        tick_size: Step::new(TICK).ok(),
        lot_size: Step::new(LOT).ok(),
        ..TapeMeta::trades("sim", "S").of_kind(kind)
    };
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let mut depth = TapeWriter::create(&path("depth.arrow"), meta(TapeKind::Depth))?;
    let mut trades = TapeWriter::create(&path("trades.arrow"), meta(TapeKind::Trades))?;
    let mut random = SplitMix(11);
    let (mut bid, mut ts) = (600_000_i64, 0_i64);
    let change = DepthChange::Signal(TapeSignal::Clear);
    depth.push_depth(&DepthRow { ts_event: 0, ts_recv: 0, change })?;
    for i in 1..EVENTS {
        ts += (random.bits() % (2 * GAP_NS)) as i64;
        let draw = random.bits();
        if draw.is_multiple_of(TRADES) {
            let buyer = draw >> 8 & 1 == 1;
            let price = (bid + i64::from(buyer)) as f64 / (1.0 / TICK);
            let quantity = (1 + (draw >> 16) % 2_000) as f64 / (1.0 / LOT);
            let aggressor_side = if buyer { 1 } else { -1 };
            let row = TradeRow {
                ts_event: ts,
                ts_recv: ts + 500_000,
                trade_id: i as i64,
                price,
                quantity,
                aggressor_side,
            };
            trades.push_trade(&row)?;
            continue;
        }
        if draw >> 8 & 63 == 0 {
            bid += if draw >> 20 & 1 == 0 { 1 } else { -1 };
        }
        let away = (draw >> 24).trailing_zeros() as i64 * 3
            + (draw >> 50 & 3) as i64
            + (draw >> 52 & 255) as i64 / 250 * 5_000;
        let (side, ticks) =
            if draw >> 9 & 1 == 0 { (BookSide::Bid, bid - away) } else { (BookSide::Ask, bid + 1 + away) };
        let size = if draw >> 40 & 3 == 0 { 0.0 } else { (1 + (draw >> 30) % 9_000) as f64 / (1.0 / LOT) };
        let change = DepthChange::Level { side, price: ticks as f64 / (1.0 / TICK), size };
        depth.push_depth(&DepthRow { ts_event: ts, ts_recv: ts + 500_000, change })?;
    }
    let none = DefectReport::default();
    let (depth, trades) = (depth.finish(&none)?, trades.finish(&none)?);
    let (depth, trades) = (Arc::new(Tape::open(&depth)?), Arc::new(Tape::open(&trades)?));
    Ok(Tapes { _folder: folder, depth, trades })
}

fn sources(listing: u32) -> Vec<Arc<dyn EventSource>> {
    let listing = ListingId(listing);
    let trades = TradeSource::new(TAPES.trades.clone(), SymbolId(0)).unwrap_or_else(|e| panic!("{e}"));
    let depth = DepthSource::new(TAPES.depth.clone(), SymbolId(0)).unwrap_or_else(|e| panic!("{e}"));
    vec![Arc::new(trades.on(listing)), Arc::new(depth.on(listing))]
}

fn instrument() -> Instrument {
    let step = |size| Step::new(size).unwrap_or_else(|e| panic!("{e}"));
    Instrument {
        symbol: "S".to_owned(),
        venue: VenueId(0),
        base: "BTC".to_owned(),
        quote: "USD".to_owned(),
        tick_size: step(TICK),
        lot_size: step(LOT),
    }
}

/// 100 milliseconds, or a minute.
fn clock(name: &str) -> ClockMode {
    match name {
        "100ms" => ClockMode::Every("100ms".parse().unwrap_or_else(|e| panic!("{e}"))),
        _ => ClockMode::Bar(Frame::MINUTE),
    }
}

fn blueprint(clock: ClockMode, whole: bool) -> Blueprint {
    let market = MarketModule {
        instruments: vec![instrument()],
        frames: vec![Frame::MINUTE],
        bars_kept: 300,
        closes_kept: 300,
    };
    let walk = if whole { BookWalk::Exchange } else { BookWalk::Market };
    let market = BookMarketModule { market, marks: vec![MarkRule::Prints], crosses: vec![], walk };
    let mut core: Vec<Arc<dyn Module>> = vec![Arc::new(market)];
    let accounts = if whole { vec!["base".to_owned()] } else { vec![] };
    if whole {
        core.push(Arc::new(ExchangeModule {
            venues: vec![venue(5.0)],
            risk: vec![Default::default()],
            cash: vec![100_000.0],
            record_equity: Some(Frame::DAY),
            instruments: vec![instrument()],
            draws: 0,
            trade_from: None,
            interventions: Default::default(),
            books: vec![Some(MarkRule::Prints)],
            funding: Vec::new(),
        }));
        core.push(Arc::new(OrchestratorModule {
            policies: vec![Default::default()],
            ..OrchestratorModule::default()
        }));
    }
    let roster = Roster::new(vec!["sim".to_owned()], vec!["S".to_owned()], vec![], accounts);
    let mut blueprint = Blueprint::new(clock, 1, roster);
    (blueprint.sources, blueprint.core) = (sources(0), core);
    blueprint
}

fn run(bencher: Bencher<'_, '_>, name: &str, whole: bool) {
    let blueprint = blueprint(clock(name), whole);
    bencher
        .counter(ItemsCount::new(EVENTS))
        .with_inputs(|| blueprint.clone().build().unwrap_or_else(|e| panic!("{e}")))
        .bench_values(|mut simulation| {
            while !matches!(simulation.step().unwrap_or_else(|e| panic!("{e}")), StepOutcome::Finished) {}
            assert_eq!(simulation.clock().events, EVENTS);
            simulation
        });
}

#[divan::bench(sample_count = 5)]
fn bare(bencher: Bencher<'_, '_>) {
    let sources = sources(0);
    bencher.counter(ItemsCount::new(EVENTS)).bench(|| {
        let (mut book, mut events): (OrderBook, Vec<MarketEvent>) = Default::default();
        for source in &sources {
            let mut row = 0;
            while row < source.len() {
                events.clear();
                row = source.fill(row, Timestamp::MAX, 256, &mut events);
                events.iter().for_each(|event| book.apply(event));
            }
        }
        book
    });
}

#[divan::bench(args = ["100ms", "1m"], sample_count = 5)]
fn market(bencher: Bencher<'_, '_>, clock: &str) {
    run(bencher, clock, false);
}

#[divan::bench(args = ["100ms", "1m"], sample_count = 5)]
fn whole(bencher: Bencher<'_, '_>, clock: &str) {
    run(bencher, clock, true);
}

#[divan::bench(args = ["feed", "cob", "microstructure"], sample_count = 5)]
fn three_venues(bencher: Bencher<'_, '_>, what: &str) {
    let mut blueprint = blueprint(clock("100ms"), false);
    let venues = ["a", "b", "c"].map(str::to_owned).to_vec();
    let further = [1, 2].map(|venue| (SymbolId(0), VenueId(venue))).to_vec();
    blueprint.roster = Roster::new(venues, vec!["S".to_owned()], vec![], vec![]).with_further(further);
    blueprint.sources = (0..3).flat_map(sources).collect();
    if what != "feed" {
        blueprint.modules.push((Arc::new(CobModule::default()), true));
    }
    if what == "microstructure" {
        blueprint.modules.push((Arc::new(MicrostructureModule(Default::default())), true));
    }
    bencher
        .counter(ItemsCount::new(3 * EVENTS))
        .with_inputs(|| blueprint.clone().build().unwrap_or_else(|e| panic!("{e}")))
        .bench_values(|mut simulation| {
            simulation.run().unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(simulation.clock().events, 3 * EVENTS);
            simulation
        });
}

/// About three million events over half an hour.
static MARKET: LazyLock<Vec<MarketEvent>> = LazyLock::new(|| peer::market(5, "30m", (6.0, 6.0), 0.5));

const RULES: Rules = Rules { latency_ns: (10_000_000, 10_000_000), queue: QueueModel::PowerProbability(3.0) };

/// The first never goes flat by itself; the others quote with another skew.
fn makers(n: usize) -> Vec<Quoting> {
    let maker =
        |i: i64| Quoting { lots_per_tick: 120 + 2 * i, flatten_every: i64::MAX, ..Quoting::default() };
    (0..n as i64).map(maker).collect()
}

fn quote(bencher: Bencher<'_, '_>, makers: &[Quoting]) {
    let source: Arc<dyn EventSource> = Arc::new(MemorySource::new(MARKET.clone()));
    let blueprint = peer::blueprint(source, makers, RULES);
    bencher
        .counter(ItemsCount::new(MARKET.len()))
        .with_inputs(|| blueprint.clone().build().unwrap_or_else(|e| panic!("{e}")))
        .bench_values(|mut simulation| {
            simulation.run().unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(simulation.clock().events, MARKET.len() as u64);
            simulation
        });
}

#[divan::bench(sample_count = 5)]
fn still(bencher: Bencher<'_, '_>) {
    quote(bencher, &[Quoting { span: (i64::MAX, i64::MAX), ..Quoting::default() }]);
}

#[divan::bench(name = "makers", args = [1, 100], sample_count = 5)]
fn quoting(bencher: Bencher<'_, '_>, accounts: usize) {
    quote(bencher, &makers(accounts));
}

#[divan::bench(sample_count = 5)]
fn hftbacktest(bencher: Bencher<'_, '_>) {
    let events = peer::rows(&MARKET);
    bencher
        .counter(ItemsCount::new(MARKET.len()))
        .bench_local(|| peer::run_theirs(events.clone(), makers(1)[0], RULES, Front::AsIs));
}

fn main() {
    divan::main();
}
