//! A world of the core modules in memory: what most tests of behavior begin with.

use std::collections::BTreeMap;
use std::sync::Arc;

use manyworlds::{Catalogue, ModelRegistry};
use manyworlds_components::bar::Bar;
use manyworlds_components::ids::{SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, ClockMode, EventSource, Executor, Module, Roster};
use manyworlds_systems::exchange::ExchangeModule;
use manyworlds_systems::exchange::settings::{
    BorrowModel, FeeModel, FillRule, LatencyModel, RiskLimits, SlippageModel, VenueSettings,
};
use manyworlds_systems::market::{DEFAULT_BARS_KEPT, MarketModule};
use manyworlds_systems::orchestrator::settings::{CombineSettings, DecisionPolicy, ModelSettings};
use manyworlds_systems::orchestrator::{ModelEntry, OrchestratorModule};

use crate::{BarTape, instrument};

/// Market data of one symbol.
#[derive(Debug, Clone, PartialEq)]
pub enum Tape {
    /// Bars.
    Bars(Vec<Bar>),
    /// Prints: (time, price, quantity).
    Prints(Vec<(Timestamp, f64, f64)>),
}

impl Tape {
    /// Prints along the bars: four per bar, on their way from the open to the close.
    pub fn prints_of(bars: &[Bar]) -> Self {
        let prints = bars.iter().flat_map(|bar| {
            let quarter = (bar.close_time - bar.open_time) / 4;
            let at = move |i: i64| bar.open_time + i * quarter + 1;
            let quantity = bar.volume / 4.0;
            [bar.open, bar.low, bar.high, bar.close]
                .into_iter()
                .enumerate()
                .map(move |(i, price)| (at(i as i64), price, quantity))
        });
        Self::Prints(prints.collect())
    }

    fn source(self, symbol: SymbolId) -> Arc<dyn EventSource> {
        match self {
            Self::Bars(bars) => Arc::new(BarTape { symbol, bars }),
            Self::Prints(prints) => Arc::new(PrintTape { symbol, prints }),
        }
    }
}

struct PrintTape {
    symbol: SymbolId,
    prints: Vec<(Timestamp, f64, f64)>,
}

impl EventSource for PrintTape {
    fn len(&self) -> u64 {
        self.prints.len() as u64
    }

    fn ts_recv(&self, row: u64) -> Timestamp {
        self.prints[row as usize].0
    }

    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
        let rows = self.prints[from as usize..].iter().take(limit).take_while(|p| p.0 <= until);
        let before = out.len();
        out.extend(rows.map(|(ts, price, quantity)| {
            let trade = Trade { price: *price, quantity: *quantity, aggressor: Default::default() };
            MarketEvent::primary(*ts, *ts, self.symbol, MarketData::Trade(trade))
        }));
        from + (out.len() - before) as u64
    }
}

/// What a world is made of. One venue, minute bars, as many accounts as policies.
#[derive(Clone)]
pub struct World {
    /// The venue of all symbols.
    pub venue: VenueSettings,
    /// By symbol.
    pub tapes: Vec<Tape>,
    /// The forecasters.
    pub models: Vec<ModelSettings>,
    /// How they are combined.
    pub combine: CombineSettings,
    /// By account.
    pub policies: Vec<DecisionPolicy>,
    /// Limits of every account.
    pub risk: RiskLimits,
    /// Cash of every account at the start.
    pub cash: f64,
    /// Recording interval of equity; `None` for every step.
    pub record_equity: Option<Frame>,
    /// Modules of the catalogue to load.
    pub modules: Vec<String>,
    /// Their settings in RON; those of others are the defaults.
    pub settings: BTreeMap<String, String>,
    /// Where they come from.
    pub catalogue: Catalogue,
    /// The executor.
    pub executor: Executor,
    /// Seed of the random streams.
    pub seed: u64,
}

impl std::fmt::Debug for World {
    /// What it is made of, without the data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bars: Vec<bool> = self.tapes.iter().map(|t| matches!(t, Tape::Bars(_))).collect();
        write!(
            f,
            "seed {}, bars {bars:?}, modules {:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
            self.seed,
            (&self.modules, &self.settings),
            self.venue,
            self.models,
            self.combine,
            self.policies,
            self.risk
        )
    }
}

impl World {
    /// One account, an SMA 10/30 crossover, all-in, 10 bps each side, next open.
    pub fn new(tapes: Vec<Tape>) -> Self {
        Self {
            venue: VenueSettings {
                name: "sim".into(),
                fees: FeeModel {
                    maker_bps: 10.0,
                    taker_bps: 10.0,
                    per_unit: 0.0,
                    minimum: 0.0,
                    tiers: Vec::new(),
                },
                latency: LatencyModel::default(),
                fills: FillRule::NextOpen,
                slippage: SlippageModel::None,
                participation: None,
                margin: None,
                borrow: BorrowModel::default(),
                book: Default::default(),
            },
            tapes,
            models: vec![ModelSettings::SmaCross { fast: 10, slow: 30 }],
            combine: CombineSettings::default(),
            policies: vec![DecisionPolicy::default()],
            risk: RiskLimits::default(),
            cash: 100_000.0,
            record_equity: None,
            modules: Vec::new(),
            settings: BTreeMap::new(),
            catalogue: Catalogue::with_defaults(),
            executor: Executor::Lean,
            seed: 7,
        }
    }

    /// The plan. Symbols are `S0`, `S1`, ...; accounts `A0`, `A1`, ...
    ///
    /// # Panics
    /// Where a model or module cannot be had.
    pub fn blueprint(&self) -> Blueprint {
        let registry = ModelRegistry::with_baselines();
        let build = |m: &ModelSettings| registry.build(m).unwrap_or_else(|e| panic!("{e}"));
        let models: Vec<ModelEntry> = self.models.iter().map(build).collect();
        let symbols: Vec<String> = (0..self.tapes.len()).map(|i| format!("S{i}")).collect();
        let accounts = self.policies.len();
        let roster = Roster::new(
            vec![self.venue.name.clone()],
            symbols.clone(),
            models.iter().map(|m| m.name().to_owned()).collect(),
            (0..accounts).map(|i| format!("A{i}")).collect(),
        );
        let instruments: Vec<Instrument> =
            symbols.iter().map(|s| Instrument { venue: VenueId(0), ..instrument(s) }).collect();
        let orchestrator = OrchestratorModule {
            models,
            combine: self.combine.clone(),
            policies: self.policies.clone(),
            ..OrchestratorModule::default()
        };
        let module = |name: &String| -> (Arc<dyn Module>, bool) {
            let settings = self.settings.get(name).map(String::as_str);
            (self.catalogue.build(name, settings).unwrap_or_else(|e| panic!("{e}")), true)
        };
        let modules: Vec<_> = self.modules.iter().map(module).collect();
        let lookback = modules.iter().map(|(m, _)| m.info().lookback).max().unwrap_or(0);
        let market = MarketModule {
            instruments: instruments.clone(),
            frames: vec![Frame::MINUTE; symbols.len()],
            bars_kept: orchestrator.bars_needed().max(lookback).max(DEFAULT_BARS_KEPT),
            closes_kept: orchestrator.closes_needed(),
        };
        let exchange = ExchangeModule {
            venues: vec![self.venue.clone()],
            risk: vec![self.risk; accounts],
            cash: vec![self.cash; accounts],
            record_equity: self.record_equity,
            instruments,
            draws: 0,
            trade_from: None,
            interventions: Default::default(),
            books: Vec::new(),
            funding: Vec::new(),
        };
        let mut blueprint = Blueprint::new(ClockMode::Bar(Frame::MINUTE), self.seed, roster);
        let tapes = self.tapes.iter().cloned().enumerate();
        blueprint.sources = tapes.map(|(i, tape)| tape.source(SymbolId::from(i))).collect();
        blueprint.core = vec![Arc::new(market), Arc::new(exchange), Arc::new(orchestrator)];
        blueprint.modules = modules;
        blueprint.executor = self.executor;
        blueprint
    }
}
