//! Tests of the module through worlds of the market module and this one.

mod batch;
mod behavior;
mod epps;
mod lead_lag;
mod matrix;
mod real;
mod size;
mod streaming;

use std::sync::Arc;

use bevy_ecs::component::Component;
use manyworlds_components::bar::Bar;
use manyworlds_components::ids::{SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, ClockMode, EventSource, Kind, Roster, Simulation, StepOutcome};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use super::{CorrelationModule, Settings};
use crate::bar_world::EventTape;
use crate::market::MarketModule;

type Random = rand::rngs::Xoshiro256PlusPlus;

pub const SECOND: i64 = 1_000_000_000;

/// What a symbol is quoted at before its first close: of the size of its prices, as what rounding leaves of a return
/// that is thousands of times larger than the others stays in the sums until they are built anew.
pub const FIRST: f64 = 100.0;

/// What there is of a symbol in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// Nothing.
    Missing,
    /// A bar without volume at the last close, or at [`FIRST`].
    Filled,
    /// A bar that traded.
    Close(f64),
}

/// Minute bars of a symbol.
pub fn bars(symbol: usize, cells: &[Cell]) -> Vec<MarketEvent> {
    let mut last = FIRST;
    let mut events = Vec::new();
    for (i, cell) in cells.iter().enumerate() {
        let (close, volume) = match cell {
            Cell::Missing => continue,
            Cell::Filled => (last, 0.0),
            Cell::Close(close) => (*close, 1.0),
        };
        last = close;
        let open_time = Timestamp(i as i64 * 60 * SECOND);
        let bar = Bar::new(open_time, Frame::MINUTE, [close, close, close, close, volume]);
        let (ts_recv, ts_event, symbol) = (bar.close_time, bar.open_time, SymbolId::from(symbol));
        events.push(MarketEvent::primary(ts_recv, ts_event, symbol, MarketData::Bar(bar)));
    }
    events
}

/// Prints of a symbol: (nanoseconds, price).
pub fn prints(symbol: usize, observations: &[(i64, f64)]) -> Vec<MarketEvent> {
    let event = |(time, price): &(i64, f64)| {
        let data = MarketData::Trade(Trade { price: *price, quantity: 1.0, aggressor: Default::default() });
        MarketEvent::primary(Timestamp(*time), Timestamp(*time), SymbolId::from(symbol), data)
    };
    observations.iter().map(event).collect()
}

/// A world of the market module and this one. Symbols are `S0`, `S1`, ...
pub fn blueprint(
    settings: Settings,
    clock: ClockMode,
    frame: Frame,
    tapes: Vec<Vec<MarketEvent>>,
) -> Blueprint {
    let symbols: Vec<String> = (0..tapes.len()).map(|i| format!("S{i}")).collect();
    let instrument = |symbol: &String| Instrument {
        symbol: symbol.clone(),
        venue: VenueId(0),
        base: symbol.clone(),
        quote: "USD".into(),
        tick_size: Step::new(0.01).unwrap(),
        lot_size: Step::new(0.01).unwrap(),
    };
    let market = MarketModule {
        instruments: symbols.iter().map(instrument).collect(),
        frames: vec![frame; symbols.len()],
        bars_kept: 300,
        closes_kept: 0,
    };
    let roster = Roster::new(vec!["venue".into()], symbols, vec![], vec![]);
    let mut blueprint = Blueprint::new(clock, 1, roster);
    blueprint.sources = tapes.into_iter().map(|t| Arc::new(EventTape(t)) as Arc<dyn EventSource>).collect();
    blueprint.core = vec![Arc::new(market)];
    blueprint.modules = vec![(Arc::new(CorrelationModule(settings)), true)];
    blueprint
}

/// A world of minute bars.
pub fn bar_world(settings: Settings, clock: ClockMode, cells: &[Vec<Cell>]) -> Simulation {
    let tapes = cells.iter().enumerate().map(|(i, c)| bars(i, c)).collect();
    blueprint(settings, clock, Frame::MINUTE, tapes).build().unwrap()
}

/// A component of a symbol.
pub fn of<T: Component + Copy>(simulation: &Simulation, symbol: usize) -> T {
    *simulation.world().get::<T>(simulation.roster().entities(Kind::Symbol)[symbol]).unwrap()
}

/// Steps until nothing is left; `look` sees the world after every step.
pub fn run(simulation: &mut Simulation, mut look: impl FnMut(&Simulation)) {
    while simulation.step().unwrap() != StepOutcome::Finished {
        look(simulation);
    }
}

pub fn random(seed: u64) -> Random {
    Random::seed_from_u64(seed)
}

pub fn normal(random: &mut Random) -> f64 {
    StandardNormal.sample(random)
}

/// A waiting time of a Poisson process of rate 1.
pub fn exponential(random: &mut Random) -> f64 {
    -(1.0 - random.random::<f64>()).ln()
}

/// Closes of correlated walks: a common factor of weight `rho` (the correlation of every pair).
pub fn factor_closes(seed: u64, symbols: usize, bars: usize, rho: f64) -> Vec<Vec<Cell>> {
    let mut random = random(seed);
    let mut logs = vec![0.0; symbols];
    let mut cells = vec![Vec::new(); symbols];
    for _ in 0..bars {
        let common = normal(&mut random);
        for (log, cells) in logs.iter_mut().zip(&mut cells) {
            *log += 1e-3 * (rho.sqrt() * common + (1.0 - rho).sqrt() * normal(&mut random));
            cells.push(Cell::Close(100.0 * f64::exp(*log)));
        }
    }
    cells
}
