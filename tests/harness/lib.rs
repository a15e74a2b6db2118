//! What the tests share: in-memory tapes, plain random walks, and small blueprints.

pub mod books;
pub mod parquet_table;
pub mod peer;
pub mod program;
pub mod tables;
pub mod world;

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::ids::{SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, ClockMode, EventSource, Roster};
use manyworlds_systems::exchange::ExchangeModule;
use manyworlds_systems::exchange::settings::{FeeModel, RiskLimits, VenueSettings};
use manyworlds_systems::market::{DEFAULT_BARS_KEPT, MarketModule};
use manyworlds_systems::orchestrator::{DecisionPolicy, ModelRegistry, ModelSettings, OrchestratorModule};

/// 2023-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp(1_672_531_200_000_000_000);

/// Bars of one symbol in memory.
pub struct BarTape {
    /// Whose.
    pub symbol: SymbolId,
    /// In time order.
    pub bars: Vec<Bar>,
}

impl EventSource for BarTape {
    fn len(&self) -> u64 {
        self.bars.len() as u64
    }

    fn ts_recv(&self, row: u64) -> Timestamp {
        self.bars[row as usize].close_time
    }

    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
        let rows = self.bars[from as usize..].iter().take(limit).take_while(|b| b.close_time <= until);
        let before = out.len();
        out.extend(rows.map(|bar| {
            MarketEvent::primary(bar.close_time, bar.open_time, self.symbol, MarketData::Bar(*bar))
        }));
        from + (out.len() - before) as u64
    }
}

/// A small generator (SplitMix64) that has nothing to do with the generators under test.
#[derive(Debug, Clone)]
pub struct SplitMix(pub u64);

impl SplitMix {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// `n` bars of a random walk on a grid of 0.01, from 100 on.
pub fn random_walk(seed: u64, n: usize, frame: Frame) -> Vec<Bar> {
    let mut random = SplitMix(seed);
    let mut cents = 10_000i64;
    let mut step = |cents: i64| (cents + (random.uniform() * 41.0) as i64 - 20).max(500);
    (0..n)
        .map(|i| {
            let path = [cents, step(cents), step(cents), step(cents)];
            let (open, close) = (path[0], path[3]);
            cents = step(close);
            let (high, low) =
                (path.iter().max().copied().unwrap_or(open), path.iter().min().copied().unwrap_or(open));
            let price = |c: i64| c as f64 / 100.0;
            let ohlcv = [price(open), price(high), price(low), price(close), (1 + i % 17) as f64];
            Bar::new(START + i as i64 * frame.nanos(), frame, ohlcv)
        })
        .collect()
}

/// An instrument with a tick of 0.01 and a lot of 0.001.
pub fn instrument(symbol: &str) -> Instrument {
    let step = |value| Step::new(value).unwrap_or_else(|e| panic!("{e}"));
    Instrument {
        symbol: symbol.to_owned(),
        venue: VenueId(0),
        base: symbol.to_owned(),
        quote: "USD".to_owned(),
        tick_size: step(0.01),
        lot_size: step(0.001),
    }
}

/// A world of minute bars with the market module only: symbols `S0`, `S1`, ...
pub fn market_blueprint(tapes: Vec<Vec<Bar>>, seed: u64) -> Blueprint {
    let symbols: Vec<String> = (0..tapes.len()).map(|i| format!("S{i}")).collect();
    let roster = Roster::new(vec!["sim".into()], symbols.clone(), vec![], vec![]);
    let mut blueprint = Blueprint::new(ClockMode::Bar(Frame::MINUTE), seed, roster);
    let source = |(i, bars)| Arc::new(BarTape { symbol: SymbolId::from(i), bars }) as Arc<dyn EventSource>;
    blueprint.sources = tapes.into_iter().enumerate().map(source).collect();
    blueprint.core = vec![Arc::new(MarketModule {
        instruments: symbols.iter().map(|s| instrument(s)).collect(),
        frames: vec![Frame::MINUTE; symbols.len()],
        bars_kept: DEFAULT_BARS_KEPT,
        closes_kept: 0,
    })];
    blueprint
}

/// A venue that charges taker fees and fills at the next open.
pub fn venue(taker_bps: f64) -> VenueSettings {
    VenueSettings {
        name: "sim".to_owned(),
        fees: FeeModel { maker_bps: 0.0, taker_bps, per_unit: 0.0, minimum: 0.0, tiers: vec![] },
        latency: Default::default(),
        fills: Default::default(),
        slippage: Default::default(),
        participation: None,
        margin: None,
        borrow: Default::default(),
        book: Default::default(),
    }
}

/// The basic setup over tapes of bars: market, exchange, orchestrator; one account per policy.
pub fn basic_blueprint(
    tapes: Vec<Vec<Bar>>,
    frame: Frame,
    models: &[ModelSettings],
    policies: Vec<DecisionPolicy>,
    record_equity: Option<Frame>,
) -> Blueprint {
    let registry = ModelRegistry::with_baselines();
    let build = |m: &ModelSettings| registry.build(m).unwrap_or_else(|e| panic!("{e}"));
    let models: Vec<_> = models.iter().map(build).collect();
    let mut blueprint = market_blueprint(tapes, 1);
    let symbols = blueprint.roster.symbols.clone();
    let accounts: Vec<String> = (0..policies.len()).map(|i| format!("A{i}")).collect();
    let names = models.iter().map(|m| m.name().to_owned()).collect();
    blueprint.roster = Roster::new(vec!["sim".into()], symbols.clone(), names, accounts);
    blueprint.clock = ClockMode::Bar(frame);
    let instruments: Vec<_> = symbols.iter().map(|s| instrument(s)).collect();
    let orchestrator = OrchestratorModule { models, policies, ..OrchestratorModule::default() };
    let accounts = orchestrator.policies.len();
    let market = MarketModule {
        instruments: instruments.clone(),
        frames: vec![frame; symbols.len()],
        bars_kept: orchestrator.bars_needed().max(DEFAULT_BARS_KEPT),
        closes_kept: orchestrator.closes_needed(),
    };
    let exchange = ExchangeModule {
        // So little that an account lives through a million bars: one that is broke only has its orders refused.
        venues: vec![venue(0.1)],
        risk: vec![RiskLimits::default(); accounts],
        cash: vec![100_000.0; accounts],
        record_equity,
        instruments,
        draws: 0,
        trade_from: None,
        interventions: Default::default(),
        books: Vec::new(),
        funding: Vec::new(),
    };
    blueprint.core = vec![Arc::new(market), Arc::new(exchange), Arc::new(orchestrator)];
    blueprint
}
