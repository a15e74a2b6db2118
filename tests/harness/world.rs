//! A world of the core modules in memory: what most tests of behavior begin with.

use std::collections::BTreeMap;
use std::sync::Arc;

use manyworlds::data::feed::MemorySource;
use manyworlds::{Catalogue, ModelRegistry};
use manyworlds_components::bar::Bar;
use manyworlds_components::ids::{ListingId, SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::side::AggressorSide;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, ClockMode, EventSource, Executor, Module, Roster};
use manyworlds_systems::exchange::ExchangeModule;
use manyworlds_systems::exchange::settings::{
    BorrowModel, FeeModel, FillRule, LatencyModel, RiskLimits, SlippageModel, VenueSettings,
};
use manyworlds_systems::market::{BookMarketModule, BookWalk, DEFAULT_BARS_KEPT, MarkRule, MarketModule};
use manyworlds_systems::orchestrator::settings::{CombineSettings, DecisionPolicy, ModelSettings};
use manyworlds_systems::orchestrator::{ModelEntry, OrchestratorModule};

use crate::books::random_book;
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

    /// What was paid when.
    fn prices(&self) -> Vec<(Timestamp, f64)> {
        match self {
            Self::Bars(bars) => bars.iter().map(|bar| (bar.open_time, bar.open)).collect(),
            Self::Prints(prints) => prints.iter().map(|(ts, price, _)| (*ts, *price)).collect(),
        }
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
        let mut last = (from as usize).checked_sub(1).map_or(0.0, |row| self.prints[row].1);
        out.extend(rows.map(|(ts, price, quantity)| {
            // Who pays more than was paid before has come to buy.
            let aggressor = if *price >= last { AggressorSide::Buyer } else { AggressorSide::Seller };
            last = *price;
            let trade = Trade { price: *price, quantity: *quantity, aggressor };
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
    /// Order books by listing, where there are any: of each symbol on `sim`, then the further venues, symbol by symbol.
    pub books: Vec<Vec<MarketEvent>>,
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
            "seed {}, bars {bars:?}, {} books, modules {:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
            self.seed,
            self.books.len(),
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
            books: Vec::new(),
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

    /// The same with random order books on this many venues (`sim`, `sim1`, ...), with an instant every 20 seconds.
    #[must_use]
    pub fn with_books(self, venues: usize, seed: u64) -> Self {
        let prices: Vec<_> = self.tapes.iter().map(Tape::prices).collect();
        let own = (0..prices.len()).map(|symbol| (symbol, 0));
        let further = (0..prices.len()).flat_map(|symbol| (1..venues).map(move |venue| (symbol, venue)));
        let book = |(listing, (symbol, venue)): (usize, (usize, usize))| {
            let ids = (SymbolId::from(symbol), ListingId::from(listing));
            random_book(seed.wrapping_add(symbol as u64), venue, ids, &prices[symbol], 20_000_000_000)
        };
        let books = own.chain(further).enumerate().map(book).collect();
        Self { books, ..self }
    }

    /// As [`World::with_books`], if one of its modules needs them.
    #[must_use]
    pub fn with_books_if_needed(self, venues: usize, seed: u64) -> Self {
        let needed = self.catalogue.infos().any(|info| info.needs_books && self.modules.contains(&info.name));
        if needed { self.with_books(venues, seed) } else { self }
    }

    /// How many venues each symbol has.
    fn venues(&self) -> usize {
        (self.books.len() / self.tapes.len().max(1)).max(1)
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
        let venue = |i: usize| {
            let name = if i == 0 { self.venue.name.clone() } else { format!("{}{i}", self.venue.name) };
            VenueSettings { name, ..self.venue.clone() }
        };
        let venues: Vec<VenueSettings> = (0..self.venues()).map(venue).collect();
        let further = (0..self.tapes.len()).flat_map(|symbol| {
            (1..venues.len()).map(move |venue| (SymbolId::from(symbol), VenueId::from(venue)))
        });
        let roster = Roster::new(
            venues.iter().map(|venue| venue.name.clone()).collect(),
            symbols.clone(),
            models.iter().map(|m| m.name().to_owned()).collect(),
            (0..accounts).map(|i| format!("A{i}")).collect(),
        )
        .with_further(further.collect());
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
            venues,
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
        let market: Arc<dyn Module> = if self.books.is_empty() {
            Arc::new(market)
        } else {
            let marks = vec![MarkRule::Prints; self.tapes.len()];
            Arc::new(BookMarketModule { market, marks, crosses: Vec::new(), walk: BookWalk::Market })
        };
        let mut blueprint = Blueprint::new(ClockMode::Bar(Frame::MINUTE), self.seed, roster);
        let tapes = self.tapes.iter().cloned().enumerate();
        blueprint.sources = tapes.map(|(i, tape)| tape.source(SymbolId::from(i))).collect();
        blueprint.sources.extend(
            self.books.iter().map(|book| Arc::new(MemorySource::new(book.clone())) as Arc<dyn EventSource>),
        );
        blueprint.core = vec![market, Arc::new(exchange), Arc::new(orchestrator)];
        blueprint.modules = modules;
        blueprint.executor = self.executor;
        blueprint
    }
}
