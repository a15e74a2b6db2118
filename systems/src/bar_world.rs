//! For tests: bars in memory, random and real, and a world of the market and one module over them.

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::ids::{SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Annotation, Blueprint, ClockMode, EventSource, Journal, Kind, Module, Roster};
use manyworlds_engine::{Simulation, StepOutcome};

use crate::market::{DEFAULT_BARS_KEPT, MarketModule};

/// A small generator (SplitMix64).
pub(crate) struct Uniform(pub u64);

impl Uniform {
    /// The next number, uniform in [0, 1).
    pub(crate) fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About standard normal: the sum of twelve.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.draw()).sum::<f64>() - 6.0
    }
}

/// `n` minute bars of a random walk on a grid of 0.01 from 100 on, where ties are common.
pub(crate) fn walk(seed: u64, n: usize) -> Vec<Bar> {
    let mut random = Uniform(seed);
    let mut price: f64 = 100.0;
    let mut step = || ((random.draw() * 21.0).floor() - 10.0) / 100.0;
    let bar = |i| {
        let (open, close) = (price, price + step());
        let (high, low) = (open.max(close) + step().abs(), open.min(close) - step().abs());
        price = close;
        minute_bar(i, [open, high, low, close, 1.0])
    };
    (0..n).map(bar).collect()
}

/// The i-th minute since the epoch.
pub(crate) fn minute_bar(i: usize, ohlcv: [f64; 5]) -> Bar {
    Bar::new(Timestamp(i as i64 * Frame::MINUTE.nanos()), Frame::MINUTE, ohlcv)
}

/// TA-Lib's 252 daily bars, as bars of consecutive days; `None`, said plainly, where the data are not at hand.
pub(crate) fn talib_bars() -> Option<Vec<Bar>> {
    let folder = std::env::var("MANYWORLDS_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").to_owned());
    let path = std::path::Path::new(&folder).join("talib/daily_ref_0.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: there is no {}", path.display());
        return None;
    };
    let bar = |line: &str| {
        let fields: Vec<f64> = line.split(',').map(|f| f.parse().unwrap()).collect();
        let open_time = Timestamp(fields[0] as i64 * Frame::DAY.nanos());
        Bar::new(open_time, Frame::DAY, fields[1..6].try_into().unwrap())
    };
    Some(text.lines().skip(1).map(bar).collect())
}

/// Events in memory, in time order.
pub(crate) struct EventTape(pub Vec<MarketEvent>);

impl EventTape {
    /// A symbol's bars, each known at its close.
    pub(crate) fn bars(symbol: usize, bars: &[Bar]) -> Self {
        let event = |bar: &Bar| {
            let (end, data) = (bar.close_time, MarketData::Bar(*bar));
            MarketEvent::primary(end, end, SymbolId::from(symbol), data)
        };
        Self(bars.iter().map(event).collect())
    }
}

impl EventSource for EventTape {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn ts_recv(&self, row: u64) -> Timestamp {
        self.0[row as usize].ts_recv
    }

    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
        let rows = self.0[from as usize..].iter().take(limit).take_while(|e| e.ts_recv <= until);
        let before = out.len();
        out.extend(rows);
        from + (out.len() - before) as u64
    }
}

/// A world of minute bars, stepped by `clock`; symbols `S0`, `S1`, ...
pub(crate) fn bar_world(tapes: &[Vec<Bar>], clock: ClockMode, module: impl Module + 'static) -> Simulation {
    let symbols: Vec<String> = (0..tapes.len()).map(|i| format!("S{i}")).collect();
    let instrument = |symbol: &String| Instrument {
        symbol: symbol.clone(),
        venue: VenueId(0),
        base: "B".into(),
        quote: "Q".into(),
        tick_size: Step::new(0.01).unwrap(),
        lot_size: Step::new(0.001).unwrap(),
    };
    let market = MarketModule {
        instruments: symbols.iter().map(instrument).collect(),
        frames: vec![Frame::MINUTE; symbols.len()],
        bars_kept: DEFAULT_BARS_KEPT,
        closes_kept: 0,
    };
    let mut blueprint = Blueprint::new(clock, 1, Roster::new(vec!["venue".into()], symbols, vec![], vec![]));
    let source = |(i, bars): (usize, &Vec<Bar>)| Arc::new(EventTape::bars(i, bars)) as _;
    blueprint.sources = tapes.iter().enumerate().map(source).collect();
    blueprint.core = vec![Arc::new(market)];
    blueprint.modules = vec![(Arc::new(module), true)];
    blueprint.build().unwrap()
}

/// Steps to the end; `see` is called after each step.
pub(crate) fn run(simulation: &mut Simulation, mut see: impl FnMut(&Simulation)) {
    while simulation.step().unwrap() != StepOutcome::Finished {
        see(simulation);
    }
}

/// What has been annotated.
pub(crate) fn annotations(simulation: &Simulation) -> Vec<Annotation> {
    simulation.world().resource::<Journal>().annotations.clone()
}

/// A component of the i-th symbol.
pub(crate) fn of_symbol<T: bevy_ecs::component::Component>(simulation: &Simulation, i: usize) -> &T {
    simulation.world().get::<T>(simulation.roster().entities(Kind::Symbol)[i]).unwrap()
}
