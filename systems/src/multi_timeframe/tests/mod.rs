//! The module in a world of its own.

mod adapter;
mod batch;
mod frames;

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::frame_series::FrameSeries;
use manyworlds_components::ids::{SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, ClockMode, EventSource, Kind, Roster, Simulation};

use super::*;
use crate::bar_world::EventTape;
use crate::market::MarketModule;

/// 2023-01-02T00:00:00Z, a Monday.
const MONDAY: Timestamp = Timestamp(1_672_617_600_000_000_000);

fn at(seconds: i64) -> Timestamp {
    MONDAY + seconds * Frame::SECOND.nanos()
}

/// A bar that closes at a price.
fn bar(opens: i64, frame: Frame, close: f64, volume: f64) -> Bar {
    Bar::new(at(opens), frame, [close - 1.0, close + 2.0, close - 3.0, close, volume])
}

/// What a symbol tells us.
#[derive(Debug, Clone)]
enum Feed {
    Bars(Vec<Bar>),
    /// Time, price, quantity.
    Prints(Vec<(Timestamp, f64, f64)>),
}

impl Feed {
    fn source(&self, symbol: usize) -> Arc<dyn EventSource> {
        let event = |t: Timestamp, data| MarketEvent::primary(t, t, SymbolId::from(symbol), data);
        Arc::new(EventTape(match self {
            Self::Bars(bars) => bars.iter().map(|b| event(b.close_time, MarketData::Bar(*b))).collect(),
            Self::Prints(prints) => {
                let trade = |price, quantity| Trade { price, quantity, aggressor: Default::default() };
                prints.iter().map(|(t, p, q)| event(*t, MarketData::Trade(trade(*p, *q)))).collect()
            }
        }))
    }
}

/// Symbols `S0`, `S1`, ... with series of `decision` that keep `bars_kept`.
fn blueprint(
    feeds: &[Feed],
    clock: ClockMode,
    decision: Frame,
    bars_kept: usize,
    settings: &str,
) -> Blueprint {
    let symbols: Vec<String> = (0..feeds.len()).map(|i| format!("S{i}")).collect();
    let instrument = |symbol: &String| Instrument {
        symbol: symbol.clone(),
        venue: VenueId(0),
        base: "B".into(),
        quote: "Q".into(),
        tick_size: Step::new(0.01).unwrap(),
        lot_size: Step::new(0.001).unwrap(),
    };
    let module = MultiTimeframeModule(ron::from_str(settings).unwrap());
    let market = MarketModule {
        instruments: symbols.iter().map(instrument).collect(),
        frames: vec![decision; feeds.len()],
        bars_kept,
        closes_kept: 0,
    };
    let mut blueprint = Blueprint::new(clock, 1, Roster::new(vec!["V".into()], symbols, vec![], vec![]));
    blueprint.sources = feeds.iter().enumerate().map(|(i, feed)| feed.source(i)).collect();
    blueprint.core = vec![Arc::new(market)];
    blueprint.modules = vec![(Arc::new(module), true)];
    blueprint
}

fn of<T: bevy_ecs::component::Component>(simulation: &Simulation, symbol: usize) -> &T {
    simulation.world().get::<T>(simulation.roster().entities(Kind::Symbol)[symbol]).unwrap()
}

fn feature(simulation: &Simulation, symbol: usize, word: &str) -> Option<f64> {
    let name = format!("multi_timeframe.{word}");
    let offset = simulation.schema().offset(&name).unwrap_or_else(|| panic!("no {name}"));
    simulation.features(&format!("S{symbol}")).unwrap().get(offset)
}

fn opens(simulation: &Simulation, symbol: usize, frame: Frame) -> Vec<i64> {
    let (frames, own) = (of::<FrameSeries>(simulation, symbol), of::<BarSeries>(simulation, symbol));
    let times = frames.bars(frame, own).unwrap().open_times(100_000);
    times.iter().map(|t| (t - MONDAY.0) / Frame::SECOND.nanos()).collect()
}

#[test]
fn names_that_the_run_lacks_are_refused_before_the_first_step() {
    let feeds = [Feed::Bars(vec![])];
    let plan = blueprint(&feeds, ClockMode::Event, Frame::MINUTE, 300, r#"(sessions: {"S1": "22h"})"#);
    let error = plan.build().err().unwrap().to_string();
    assert_eq!(
        error,
        "module `multi_timeframe` cannot be used in this run: sessions names `S1`, which is no symbol of the run"
    );
}

#[test]
fn info_names_a_feature_per_frame() {
    let module = |text| MultiTimeframeModule(ron::from_str(text).unwrap()).info();
    let names = |info: &ModuleInfo| info.features.iter().map(|f| f.name.clone()).collect::<Vec<_>>();
    let default = module("()");
    assert_eq!((default.features.len(), default.lookback), (4 + 3 * 4, 10));
    assert!(names(&default).contains(&"multi_timeframe.trend_1h".to_owned()));
    let with = module(r#"(frames: {"15m": 1.0}, slope: 30, bars_kept: 30, adapter: (rows: 50))"#);
    assert_eq!(with.lookback, 150);
    assert_eq!(
        names(&with)[4..],
        ["trend_15m", "distance_15m", "slope_15m", "quality_15m", "input_quality"]
            .map(|w| format!("multi_timeframe.{w}"))
    );
    assert_eq!(with.features[0].warmup_bars, 30);
}
