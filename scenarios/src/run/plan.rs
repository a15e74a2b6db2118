//! The plan of a run: the scenario made into a blueprint, with everything that recording needs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manyworlds_components::ids::SymbolId;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, ClockMode, Module, Roster, Simulation as World};
use manyworlds_systems::catalogue::Catalogue;
use manyworlds_systems::exchange::intervention::ExchangeInterventions;
use manyworlds_systems::exchange::{ExchangeModule, FundingRate};
use manyworlds_systems::execution::ExecutionModule;
use manyworlds_systems::market::{BookMarketModule, BookWalk, DEFAULT_BARS_KEPT, MarkRule, MarketModule};
use manyworlds_systems::market_making::settings::FairPrice;
use manyworlds_systems::market_making::{MICROPRICE, MarketMakingModule};
use manyworlds_systems::orchestrator::course::Course;
use manyworlds_systems::orchestrator::decide::RegimeFeatures;
use manyworlds_systems::orchestrator::settings::{DecisionPolicy, Sizing};
use manyworlds_systems::orchestrator::{ModelEntry, ModelRegistry, OrchestratorModule, Reads};

use super::error::PrepareError;
use super::remarks::remarks;
use super::sources::{LoadedSource, MarketInput, foreign_listings, further_listings, venue_id};
use crate::data::funding::funding_rates;
use crate::data::{TapeKind, default_cache_dir};
use crate::intervention::{What, apply};
use crate::output::DataSummary;
use crate::scenario::schema::Scenario;
use crate::scenario::schema::account::AccountSettings;
use crate::scenario::schema::data::DataSettings;
use crate::scenario::schema::record::{DecisionRecord, EquityRecord};
use crate::scenario::schema::toggle::Toggle;
use crate::scenario::{Loader, ScenarioError};

/// What a program offers to scenarios: modules, models, and where converted data are kept.
#[derive(Clone)]
pub struct Setup {
    /// The modules that scenarios may name.
    pub catalogue: Catalogue,
    /// The models that scenarios may name.
    pub models: ModelRegistry,
    /// Where converted data files are kept.
    pub cache: PathBuf,
}

impl Default for Setup {
    /// What comes with manyworlds.
    fn default() -> Self {
        Self {
            catalogue: Catalogue::with_defaults(),
            models: ModelRegistry::with_baselines(),
            cache: default_cache_dir(),
        }
    }
}

impl Setup {
    /// Loads a scenario file that may name this setup's modules.
    ///
    /// # Errors
    /// As [`Scenario::load`].
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Scenario, ScenarioError> {
        let loader = Loader::default().catalogue(&self.catalogue);
        loader.load(path).map(|loaded| loaded.scenario)
    }

    /// Reads a scenario from a text; it may name this setup's modules.
    ///
    /// # Errors
    /// As [`Scenario::from_ron`].
    pub fn from_ron(&self, text: &str) -> Result<Scenario, ScenarioError> {
        let loader = Loader::default().catalogue(&self.catalogue).files_must_exist(false);
        loader.load_text("scenario", text).map(|loaded| loaded.scenario)
    }
}

/// A scenario that is ready to be run, any number of times.
#[derive(Clone)]
pub struct RunPlan {
    /// The scenario.
    pub scenario: Scenario,
    /// What was read.
    pub data: DataSummary,
    /// Bars that the world keeps per symbol.
    pub bars_kept: usize,
    /// Market events within the span that is replayed.
    pub events: u64,
    /// What is to be said about it that does not keep it from being run.
    pub warnings: Vec<String>,
    /// Closed bars that each model needs before it speaks, by its own word.
    pub model_warmups: Vec<u64>,
    /// By symbol: whether it has an order book of its own venue.
    pub(super) books: Vec<bool>,
    /// By symbol: whether prices are recorded at a finer frame than that of its series, which is made of prints or its book.
    pub(super) fine_prices: Vec<bool>,
    pub(super) blueprint: Blueprint,
    /// The toggles of the scenario in time order; those of one time in the order of the scenario.
    pub(super) toggles: Vec<Toggle>,
    /// By account: capital that comes in and goes out, and from when on it is there.
    pub(super) flows: Vec<Vec<(Timestamp, f64)>>,
}

impl RunPlan {
    /// Reads the data of a scenario and plans its world.
    ///
    /// # Errors
    /// Whatever keeps it from being run; see [`PrepareError`].
    pub fn new(scenario: Scenario, setup: &Setup) -> Result<Self, PrepareError> {
        let input = MarketInput::load(&scenario, &setup.cache)?;
        Self::over(scenario, setup, input)
    }

    /// Plans the world of a scenario over data that were read for it.
    ///
    /// # Errors
    /// As [`RunPlan::new`], but for what concerns the data.
    pub fn over(scenario: Scenario, setup: &Setup, input: MarketInput) -> Result<Self, PrepareError> {
        Self::over_with(scenario, setup, input, &Ahead::default())
    }

    /// Whether the models and modules of a scenario can be had and fit together; its data are not looked at.
    ///
    /// # Errors
    /// What keeps it from being run.
    pub fn check(scenario: &Scenario, setup: &Setup) -> Result<(), PrepareError> {
        let (models, modules, _) = parts(scenario, setup)?;
        check_features(scenario, &models, &modules, setup, &scenario.toggles)?;
        recorded_features(scenario, &modules, setup)?;
        let policies = scenario.accounts.iter().map(AccountSettings::signal_policy).collect();
        let orchestrator = OrchestratorModule { models, policies, ..OrchestratorModule::default() };
        orchestrator.groups().map(|_| ()).map_err(PrepareError::from)
    }

    /// As [`RunPlan::over`]. `ahead` is what is not in the scenario but in those that fork from it: it is made room for.
    ///
    /// # Errors
    /// As [`RunPlan::over`].
    pub fn over_with(
        scenario: Scenario,
        setup: &Setup,
        input: MarketInput,
        ahead: &Ahead,
    ) -> Result<Self, PrepareError> {
        let MarketInput { sources, summary: data, events } = input;
        let (models, modules, mut warnings) = parts(&scenario, setup)?;
        warnings.extend(remarks(&scenario, &sources, &models));
        warnings.extend(recorded_features(&scenario, &modules, setup)?);
        let later: Vec<Toggle> = scenario.toggles.iter().chain(&ahead.toggles).cloned().collect();
        check_features(&scenario, &models, &modules, setup, &later)?;
        let (core, bars_kept) =
            core(&scenario, &models, &sources, lookback(&modules, setup), &ahead.policies)?;
        let books = own_books(&scenario, &sources);
        let fine_prices =
            (0..scenario.symbols.len()).map(|i| has_fine_prices(&scenario, &sources, i)).collect();
        let model_warmups = models.iter().map(ModelEntry::warmup).collect();
        let names = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let further = further_listings(&scenario)?;
        let foreign = foreign_listings(&scenario, &further, &sources);
        let roster = Roster::new(
            names(scenario.venues.iter().map(|v| v.name.as_str()).collect()),
            names(scenario.symbols.iter().map(|s| s.symbol.as_str()).collect()),
            names(models.iter().map(ModelEntry::name).collect()),
            names(scenario.accounts.iter().map(|a| a.name.as_str()).collect()),
        )
        .with_further(further)
        .with_foreign(foreign);
        let mut blueprint = Blueprint::new(scenario.clock, scenario.seed, roster);
        blueprint.span = scenario.span();
        let sources: Vec<_> = sources.iter().map(LoadedSource::sourced).collect();
        warnings.extend(apply::check_times(&scenario, &sources)?);
        blueprint.sources = apply::sources(&scenario, &sources)?;
        warnings.extend(apply::remarks(&scenario));
        blueprint.max_events_per_step = scenario.max_events_per_step;
        blueprint.core = core;
        blueprint.modules = modules.into_iter().map(|m| (m, true)).collect();
        blueprint.executor = scenario.executor;
        let catalogue = setup.catalogue.clone();
        blueprint.lookup = Some(Arc::new(move |name| catalogue.build(name, None).ok()));
        let mut toggles = scenario.toggles.clone();
        toggles.sort_by_key(|toggle| toggle.at);
        let flows = apply::flows(&scenario);
        Ok(Self {
            scenario,
            data,
            bars_kept,
            events,
            warnings,
            model_warmups,
            books,
            fine_prices,
            blueprint,
            toggles,
            flows,
        })
    }
}

impl RunPlan {
    /// Builds the world alone, without anything that records it.
    pub(crate) fn build_world(&self) -> Result<World, PrepareError> {
        Ok(self.blueprint.clone().build()?)
    }

    /// The plan of its world, to be built as it is or varied.
    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// The toggles of the scenario in time order.
    pub fn toggles(&self) -> &[Toggle] {
        &self.toggles
    }
}

/// What happens in worlds that fork from a run, and has to fit into it.
#[derive(Debug, Clone, Default)]
pub struct Ahead {
    /// Toggles.
    pub toggles: Vec<Toggle>,
    /// Policies that accounts change to.
    pub policies: Vec<DecisionPolicy>,
}

/// The models and modules of a scenario, and what is to be said of them.
type Parts = (Vec<ModelEntry>, Vec<Arc<dyn Module>>, Vec<String>);

pub(super) fn parts(scenario: &Scenario, setup: &Setup) -> Result<Parts, PrepareError> {
    let models = scenario.models.iter().map(|m| setup.models.build(m)).collect::<Result<Vec<_>, _>>()?;
    let books = scenario.has_books();
    let (modules, warnings) = scenario.orchestrator.loadable(&setup.catalogue, books)?;
    let modules = modules.iter().map(|m| setup.catalogue.build(&m.name, Some(&m.settings.text())));
    let modules = modules.collect::<Result<Vec<_>, _>>()?;
    let later = scenario.toggles.iter().filter_map(|t| setup.catalogue.build(&t.module, None).ok());
    let mut infos = modules.iter().cloned().chain(later).map(|m| m.info());
    match infos.find(|info| info.needs_books && !books) {
        Some(info) => Err(PrepareError::NoBooks { module: info.name }),
        None => Ok((models, modules, warnings)),
    }
}

/// What is recorded must be a feature of some module. One whose module is not loaded stays null, which is said: so that a
/// scenario can be run without a module that it looks at.
fn recorded_features(
    scenario: &Scenario,
    modules: &[Arc<dyn Module>],
    setup: &Setup,
) -> Result<Vec<String>, PrepareError> {
    let offered = |name: &str| modules.iter().any(|m| m.info().features.iter().any(|f| f.name == name));
    let mut silent = Vec::new();
    for name in scenario.record.features.iter().filter(|name| !offered(name)) {
        let known = || setup.catalogue.infos().flat_map(|info| &info.features).map(|f| f.name.as_str());
        if !known().any(|known| known == name) {
            let nearest = crate::scenario::nearest(name, known()).map(str::to_owned);
            return Err(PrepareError::UnknownFeature { name: name.clone(), nearest });
        }
        silent.push(name.as_str());
    }
    let remark = || format!("record.features: {} stays null, as its module is not loaded", silent.join(", "));
    Ok(if silent.is_empty() { Vec::new() } else { vec![remark()] })
}

/// Models and policies that read features need a module that offers them, now or from a toggle on.
fn check_features(
    scenario: &Scenario,
    models: &[ModelEntry],
    modules: &[Arc<dyn Module>],
    setup: &Setup,
    later: &[Toggle],
) -> Result<(), PrepareError> {
    let later = later.iter().filter_map(|t| setup.catalogue.build(&t.module, None).ok());
    let infos = modules.iter().cloned().chain(later).map(|m| m.info());
    let offered: BTreeSet<String> = infos.flat_map(|info| info.features).map(|f| f.name).collect();
    let missing = |reader: String, names: &[String]| PrepareError::NoFeatures {
        reader,
        modules: names
            .iter()
            .filter_map(|n| n.split('.').next())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(str::to_owned)
            .collect(),
    };
    for model in models {
        if let Reads::Features(names) = model.reads()
            && !names.is_empty()
            && !names.iter().any(|n| offered.contains(n))
        {
            return Err(missing(format!("model `{}`", model.name()), &names));
        }
    }
    let names = RegimeFeatures::NAMES.map(str::to_owned);
    let changed = scenario.interventions.iter().filter_map(|i| match &i.what {
        What::Policy(policy) => Some((format!("the size of `{i}`"), policy)),
        _ => None,
    });
    let own = scenario.accounts.iter().filter(|a| a.follows_signals());
    let own = own.map(|a| (format!("the size of account `{}`", a.name), &a.policy));
    for (reader, policy) in own.chain(changed) {
        if matches!(policy.size, Sizing::Regime { .. }) && !names.iter().all(|n| offered.contains(n)) {
            return Err(missing(reader, &names));
        }
    }
    let quotes_around =
        |a: &&AccountSettings| a.market_making.as_ref().is_some_and(|m| m.around == FairPrice::Microprice);
    if let Some(account) = scenario.accounts.iter().find(quotes_around)
        && !offered.contains(MICROPRICE)
    {
        let reader = format!("the quoting of account `{}`", account.name);
        return Err(missing(reader, &[MICROPRICE.to_owned()]));
    }
    Ok(())
}

/// Bars that modules read back: those that are loaded, and those of the catalogue, of which any may be enabled during the run.
/// The series are as long from the beginning on, so that a module that is enabled changes nothing but its own.
fn lookback(modules: &[Arc<dyn Module>], setup: &Setup) -> usize {
    let loaded = modules.iter().map(|m| m.info().lookback);
    loaded.chain(setup.catalogue.infos().map(|info| info.lookback)).max().unwrap_or(0)
}

/// Market, exchange and orchestrator, and how many bars the world keeps.
fn core(
    scenario: &Scenario,
    models: &[ModelEntry],
    sources: &[LoadedSource],
    lookback: usize,
    ahead: &[DecisionPolicy],
) -> Result<(Vec<Arc<dyn Module>>, usize), PrepareError> {
    let mut instruments = Vec::new();
    for symbol in &scenario.symbols {
        let (base, quote) = symbol.base_and_quote();
        instruments.push(Instrument {
            symbol: symbol.symbol.clone(),
            venue: venue_id(scenario, symbol, &symbol.venue)?,
            base,
            quote,
            tick_size: symbol.tick_size,
            lot_size: symbol.lot_size,
        });
    }
    let accounts = &scenario.accounts;
    let orchestrator = OrchestratorModule {
        models: models.to_vec(),
        combine: scenario.combine.clone(),
        policies: accounts.iter().map(AccountSettings::signal_policy).collect(),
        record_holds: scenario.record.decisions == DecisionRecord::All,
        trade_from: scenario.trade_from,
        course: Course { ahead: ahead.to_vec(), ..apply::course(scenario) },
        ..OrchestratorModule::default()
    };
    orchestrator.groups()?;
    let bars_kept = orchestrator.bars_needed().max(lookback).max(DEFAULT_BARS_KEPT);
    let frames = (0..instruments.len()).map(|i| series_frame(scenario.clock, sources, i)).collect();
    let closes_kept = orchestrator.closes_needed();
    let market = MarketModule { instruments: instruments.clone(), frames, bars_kept, closes_kept };
    let policies = policies(scenario, sources, &instruments);
    let mut exchange = ExchangeModule {
        venues: scenario.venues.clone(),
        risk: accounts.iter().map(|a| a.risk).collect(),
        cash: accounts.iter().map(|a| a.cash).collect(),
        record_equity: match scenario.record.equity {
            EquityRecord::Bar(frame) => Some(frame),
            EquityRecord::Step => None,
            // Statistics are made of daily closes even where the table is not written.
            EquityRecord::Off => Some(Frame::DAY),
        },
        instruments,
        draws: scenario.draws,
        trade_from: scenario.trade_from,
        interventions: apply::exchange(scenario),
        books: Vec::new(),
        funding: funding(scenario)?,
    };
    let market: Arc<dyn Module> = if sources.iter().any(|s| s.kind.is_book()) {
        let marks: Vec<MarkRule> = (0..scenario.symbols.len()).map(|i| mark_rule(sources, i)).collect();
        let has_book = |i: usize| sources.iter().any(|s| s.listing.index() == i && s.kind.is_book());
        exchange.books = marks.iter().enumerate().map(|(i, rule)| has_book(i).then_some(*rule)).collect();
        // Books of further venues alone leave the exchange with bars and prints.
        let walk =
            if exchange.books.iter().any(Option::is_some) { BookWalk::Exchange } else { BookWalk::Market };
        Arc::new(BookMarketModule { market, marks, crosses: Vec::new(), walk })
    } else {
        Arc::new(market)
    };
    let mut core = vec![market, Arc::new(exchange), Arc::new(orchestrator)];
    core.extend(policies);
    Ok((core, bars_kept))
}

/// By symbol: whether it has an order book of its own venue.
fn own_books(scenario: &Scenario, sources: &[LoadedSource]) -> Vec<bool> {
    let has_book = |i: usize| sources.iter().any(|s| s.listing.index() == i && s.kind.is_book());
    (0..scenario.symbols.len()).map(has_book).collect()
}

/// The modules of accounts that do not go by signals, where there are any.
fn policies(
    scenario: &Scenario,
    sources: &[LoadedSource],
    instruments: &[Instrument],
) -> impl Iterator<Item = Arc<dyn Module>> + use<> {
    let books = own_books(scenario, sources);
    let lends = instruments.iter().map(|i| scenario.venues[i.venue.index()].margin.is_some());
    let execution = ExecutionModule {
        accounts: scenario.accounts.iter().map(|a| a.execution.clone()).collect(),
        instruments: instruments.to_vec(),
        books: books.clone(),
        trade_from: scenario.trade_from,
    };
    let market_making = MarketMakingModule {
        accounts: scenario.accounts.iter().map(|a| a.market_making.clone()).collect(),
        instruments: instruments.to_vec(),
        lends: lends.collect(),
        books,
        trade_from: scenario.trade_from,
        record_holds: scenario.record.decisions == DecisionRecord::All,
    };
    let market_making = market_making.is_wanted().then(|| Arc::new(market_making) as Arc<dyn Module>);
    let execution = execution.is_wanted().then(|| Arc::new(execution) as Arc<dyn Module>);
    market_making.into_iter().chain(execution)
}

/// The funding rates that a scenario names.
fn funding(scenario: &Scenario) -> Result<Vec<FundingRate>, PrepareError> {
    let mut all = Vec::new();
    for (i, symbol) in scenario.symbols.iter().enumerate() {
        let (symbol_id, paid) = (SymbolId::from(i), apply::funding_rates(scenario, symbol));
        let settings = symbol.data.iter().filter_map(|data| match data {
            DataSettings::Funding(settings) => Some(settings),
            _ => None,
        });
        for path in settings.flat_map(|settings| &settings.path.0) {
            let failed = |e| PrepareError::Data { symbol: symbol.symbol.clone(), error: Box::new(e) };
            let rates = funding_rates(path).map_err(failed)?;
            all.extend(rates.into_iter().map(|(at, rate)| FundingRate {
                at,
                symbol: symbol_id,
                rate: paid(at, rate),
            }));
        }
    }
    Ok(all)
}

/// A symbol whose own venue gives neither trades nor bars, but a book, is marked at its mid.
fn mark_rule(sources: &[LoadedSource], symbol: usize) -> MarkRule {
    let mut own = sources.iter().filter(|s| s.listing.index() == symbol);
    if own.all(|s| s.kind.is_book() && !s.has_trades) { MarkRule::Mid } else { MarkRule::Prints }
}

/// The frame at which models see a symbol: that of the clock, or that of the data where it is coarser or the clock has
/// none; a minute for trades; the shortest that there is for bars of trades or turnover, each of which is one of the series.
pub(super) fn series_frame(clock: ClockMode, sources: &[LoadedSource], symbol: usize) -> Frame {
    // A bar without a frame is a bar of the series, however short it is.
    let frame = |s: &LoadedSource| s.frame.or((s.kind == TapeKind::Bars).then_some(Frame::SHORTEST));
    let data = sources.iter().filter(|s| s.listing.index() == symbol).filter_map(frame).max();
    match (clock, data) {
        (ClockMode::Bar(clock), Some(data)) => clock.max(data),
        (ClockMode::Bar(clock), None) => clock,
        (_, data) => data.unwrap_or(Frame::MINUTE),
    }
}

/// Whether a symbol's recorded prices have to be made of prints: its series has coarser bars, and so has no bars of its own
/// that were finer.
fn has_fine_prices(scenario: &Scenario, sources: &[LoadedSource], symbol: usize) -> bool {
    let is_bars = |s: &LoadedSource| s.listing.index() == symbol && s.kind == TapeKind::Bars;
    let is_finer = |frame: Frame| frame < series_frame(scenario.clock, sources, symbol);
    scenario.record.prices.is_some_and(is_finer) && !sources.iter().any(is_bars)
}

/// What the core modules say of themselves.
pub fn core_infos() -> Vec<manyworlds_engine::ModuleInfo> {
    let market = MarketModule {
        instruments: Vec::new(),
        frames: Vec::new(),
        bars_kept: DEFAULT_BARS_KEPT,
        closes_kept: 0,
    };
    let exchange = ExchangeModule {
        venues: Vec::new(),
        risk: Vec::new(),
        cash: Vec::new(),
        record_equity: None,
        instruments: Vec::new(),
        draws: 0,
        trade_from: None,
        interventions: ExchangeInterventions::default(),
        books: Vec::new(),
        funding: Vec::new(),
    };
    let core: [&dyn Module; 3] = [&market, &exchange, &OrchestratorModule::default()];
    core.map(Module::info).into()
}
