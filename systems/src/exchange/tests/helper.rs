//! A market of a few bars, accounts, and a script of orders; runs it and returns what happened.

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::{Res, ResMut, Resource};
use manyworlds_components::account::{Account, AccountTotals};
use manyworlds_components::bar::Bar;
use manyworlds_components::decision::{Decision, DecisionRule, Reasons};
use manyworlds_components::fill::{Fill, RoundTrip};
use manyworlds_components::forecast::{Action, Probabilities};
use manyworlds_components::ids::{AccountId, OrderId, SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::order::*;
use manyworlds_components::position::Position;
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::side::{AggressorSide, Side};
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::*;

use crate::bar_world::EventTape;
use crate::exchange::intervention::{AccountAct, Act as On, ExchangeInterventions, TermChange, VenueChange};
use crate::exchange::settings::*;
use crate::exchange::{ExchangeModule, FundingRate, open_round_trips};
use crate::intents::{Intent, Intents};
use crate::market::{BookMarketModule, BookWalk, MarkRule, MarketModule};

pub const MINUTE: i64 = 60_000_000_000;

/// A venue without costs that fills at the next open.
pub fn venue() -> VenueSettings {
    VenueSettings {
        name: "V".into(),
        fees: FeeModel { maker_bps: 0.0, taker_bps: 0.0, per_unit: 0.0, minimum: 0.0, tiers: vec![] },
        latency: LatencyModel::default(),
        fills: FillRule::NextOpen,
        slippage: SlippageModel::None,
        participation: None,
        margin: None,
        borrow: BorrowModel::default(),
        book: Default::default(),
    }
}

/// The same with 10x leverage.
pub fn margin_venue() -> VenueSettings {
    VenueSettings {
        margin: Some(MarginModel { initial: 0.1, maintenance: 0.05, liquidation_fee_bps: 0.0 }),
        ..venue()
    }
}

/// Ticks of a price; one tick is a cent.
pub fn cents(price: f64) -> Ticks {
    Ticks((price * 100.0).round() as i64)
}

/// A market order of account 0 in symbol 0. One lot is a thousandth.
pub fn market(side: Side, lots: i64) -> OrderRequest {
    OrderRequest::market(AccountId(0), SymbolId(0), side, lots)
}

pub fn order(side: Side, lots: i64, kind: OrderKind) -> OrderRequest {
    OrderRequest { kind, ..market(side, lots) }
}

pub fn limit(side: Side, lots: i64, price: f64) -> OrderRequest {
    order(side, lots, OrderKind::Limit { price: cents(price) })
}

pub fn stop(side: Side, lots: i64, trigger: f64) -> OrderRequest {
    order(side, lots, OrderKind::Stop { trigger: cents(trigger) })
}

pub fn all_in(side: Side, fraction: f64) -> OrderRequest {
    OrderRequest { quantity: OrderQuantity::EquityFraction(fraction), ..market(side, 1) }
}

/// What happened.
#[derive(Debug, Default)]
pub struct Ledger {
    pub fills: Vec<Fill>,
    pub orders: Vec<OrderEvent>,
    pub trades: Vec<RoundTrip>,
    pub equity: Vec<EquityRow>,
    pub decisions: Vec<Decision>,
    pub open: Vec<RoundTrip>,
    pub accounts: Vec<Account>,
    pub totals: Vec<AccountTotals>,
    pub positions: Vec<Position>,
    pub working: Vec<u32>,
}

impl Ledger {
    /// (price, signed lots) of all fills.
    pub fn prices(&self) -> Vec<(f64, i64)> {
        self.fills.iter().map(|f| (f.price, f.side.sign() * f.lots.0)).collect()
    }

    /// The statuses that an order went through.
    pub fn life(&self, id: u64) -> Vec<OrderStatus> {
        self.orders.iter().filter(|e| e.order == OrderId(id)).map(|e| e.status).collect()
    }

    /// Net of round trips, open ones included, less the change of equity.
    pub fn unexplained(&self, account: usize) -> f64 {
        let of = |t: &&RoundTrip| t.account.index() == account;
        let net: f64 = self.trades.iter().chain(&self.open).filter(of).map(|t| t.pnl).sum();
        net - (self.accounts[account].equity - self.accounts[account].initial_cash)
    }
}

struct Collect(Arc<Mutex<Ledger>>);

impl Recorder for Collect {
    fn record(
        &mut self,
        journal: &Journal,
        _: &Roster,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut ledger = self.0.lock().unwrap();
        ledger.fills.extend(&journal.fills);
        ledger.orders.extend(&journal.orders);
        ledger.trades.extend(&journal.trades);
        ledger.equity.extend(&journal.equity);
        ledger.decisions.extend(journal.decisions.iter().map(|d| d.0));
        Ok(())
    }
}

/// What is sent at the end of a step.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// A decision's order.
    Ask(OrderRequest),
    /// A message of account 0.
    Send(VenueMessage),
}

#[derive(Clone, Resource)]
struct Script(Arc<Vec<(u64, Act)>>);

impl Module for Script {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "script".into(), stages: vec![Stage::Decide], ..ModuleInfo::default() }
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        app.scratch(self.clone());
        app.add_systems(Stage::Decide, play);
    }
}

fn play(clock: Res<Clock>, script: Res<Script>, mut intents: ResMut<Intents>) {
    for (_, act) in script.0.iter().filter(|(step, _)| *step == clock.step) {
        match act {
            Act::Ask(request) => intents.intents.push(Intent {
                decision: decision(&clock, request),
                votes: 0..0,
                request: Some(*request),
            }),
            Act::Send(message) => intents.messages.push((AccountId(0), SymbolId(0), *message)),
        }
    }
}

fn decision(clock: &Clock, request: &OrderRequest) -> Decision {
    Decision {
        ts: clock.now,
        step: clock.step,
        account: request.account,
        symbol: request.symbol,
        action: Action::Buy,
        confidence: 1.0,
        price: 1.0,
        position: Lots(0),
        target: Lots(0),
        reasons: Reasons {
            rule: DecisionRule::Enter,
            combined: Probabilities::UNIFORM,
            entry_threshold: 0.6,
            exit_threshold: 0.45,
            cut: None,
            expected_impact_bps: None,
        },
    }
}

/// A small simulation to be.
#[derive(Clone)]
pub struct Desk {
    pub venue: VenueSettings,
    pub risk: RiskLimits,
    pub cash: f64,
    pub accounts: usize,
    pub events: Vec<Vec<MarketEvent>>,
    pub script: Vec<(u64, Act)>,
    pub record: Option<Frame>,
    pub interventions: ExchangeInterventions,
    /// Steps of so many nanoseconds over the books of all symbols, which are marked so.
    pub books: Option<(i64, MarkRule)>,
    pub funding: Vec<FundingRate>,
}

impl Desk {
    /// Bars of one minute of one symbol, [open, high, low, close] each with volume 10.
    pub fn bars(venue: VenueSettings, rows: &[[f64; 4]]) -> Self {
        Self {
            venue,
            risk: RiskLimits::default(),
            cash: 10_000.0,
            accounts: 1,
            events: vec![bar_events(0, rows)],
            script: Vec::new(),
            record: None,
            interventions: ExchangeInterventions::default(),
            books: None,
            funding: Vec::new(),
        }
    }

    /// Prints of one symbol: (second, price, quantity).
    pub fn prints(venue: VenueSettings, rows: &[(i64, f64, f64)]) -> Self {
        let event = |&(second, price, quantity): &(i64, f64, f64)| {
            let ts = Timestamp::from_seconds(second);
            let data = MarketData::Trade(Trade { price, quantity, aggressor: AggressorSide::Unknown });
            MarketEvent::primary(ts, ts, SymbolId(0), data)
        };
        Self { events: vec![rows.iter().map(event).collect()], ..Self::bars(venue, &[]) }
    }

    /// The terms of all symbols are others from minute `from` on and before minute `until`.
    pub fn change(mut self, from: i64, until: i64, change: VenueChange) -> Self {
        let symbols = (0..self.events.len()).map(SymbolId::from).collect();
        let [from, until] = [from, until].map(|minute| Timestamp(minute * MINUTE));
        self.interventions.terms.push(TermChange { from, until, symbols, change });
        self
    }

    /// Something happens to account 0 at a time, in minutes.
    pub fn act(mut self, minute: f64, act: On) -> Self {
        let at = Timestamp((minute * MINUTE as f64) as i64);
        self.interventions.accounts.push(AccountAct { at, accounts: vec![AccountId(0)], act });
        self
    }

    /// Another symbol.
    pub fn and_bars(mut self, rows: &[[f64; 4]]) -> Self {
        self.events.push(bar_events(self.events.len(), rows));
        self
    }

    /// Asks for an order at the end of a step; the first is 1.
    pub fn ask(mut self, step: u64, request: OrderRequest) -> Self {
        self.script.push((step, Act::Ask(request)));
        self
    }

    /// Sends a message at the end of a step.
    pub fn send(mut self, step: u64, message: VenueMessage) -> Self {
        self.script.push((step, Act::Send(message)));
        self
    }

    pub fn build(&self) -> Simulation {
        let names = |prefix: &str, n: usize| (0..n).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>();
        let symbols = names("S", self.events.len());
        let instrument = |symbol: &String| Instrument {
            symbol: symbol.clone(),
            venue: VenueId(0),
            base: symbol.clone(),
            quote: "USD".into(),
            tick_size: Step::new(0.01).unwrap(),
            lot_size: Step::new(0.001).unwrap(),
        };
        let exchange = ExchangeModule {
            venues: vec![self.venue.clone()],
            risk: vec![self.risk; self.accounts],
            cash: vec![self.cash; self.accounts],
            record_equity: self.record,
            instruments: symbols.iter().map(instrument).collect(),
            draws: 0,
            trade_from: None,
            interventions: self.interventions.clone(),
            funding: self.funding.clone(),
            books: self.books.iter().flat_map(|(_, rule)| vec![Some(*rule); symbols.len()]).collect(),
        };
        let prints = self.events.iter().flatten().any(|e| matches!(e.data, MarketData::Trade(_)));
        let clock = match self.books {
            Some((nanos, _)) => ClockMode::Every(Frame::from_nanos(nanos).unwrap()),
            None if prints => ClockMode::Event,
            None => ClockMode::Bar(Frame::MINUTE),
        };
        let market = self.books.map(|(_, rule)| {
            let market = MarketModule {
                instruments: exchange.instruments.clone(),
                frames: vec![Frame::MINUTE; symbols.len()],
                bars_kept: 10,
                closes_kept: 10,
            };
            let marks = vec![rule; symbols.len()];
            Arc::new(BookMarketModule { market, marks, crosses: vec![], walk: BookWalk::Exchange })
        });
        let roster = Roster::new(vec!["V".into()], symbols, vec![], names("A", self.accounts));
        let mut blueprint = Blueprint::new(clock, 7, roster);
        for events in &self.events {
            blueprint.sources.push(Arc::new(EventTape(events.clone())));
        }
        blueprint.core = market.into_iter().map(|m| m as Arc<dyn Module>).collect();
        blueprint.core.push(Arc::new(exchange));
        blueprint.core.push(Arc::new(Script(Arc::new(self.script.clone()))));
        blueprint.build().unwrap()
    }

    /// Runs to the end.
    pub fn run(&self) -> Ledger {
        let mut simulation = self.build();
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        simulation.set_recorder(Collect(ledger.clone()));
        simulation.run().unwrap();
        let mut out = std::mem::take(&mut *ledger.lock().unwrap());
        let (world, roster) = (simulation.world(), simulation.roster());
        out.open = open_round_trips(world);
        let accounts = roster.entities(Kind::Account);
        out.accounts = accounts.iter().map(|e| *world.get::<Account>(*e).unwrap()).collect();
        out.totals = accounts.iter().map(|e| *world.get::<AccountTotals>(*e).unwrap()).collect();
        let holdings = roster.entities(Kind::Holding);
        out.positions = holdings.iter().map(|e| *world.get::<Position>(*e).unwrap()).collect();
        out.working = holdings.iter().map(|e| world.get::<WorkingOrders>(*e).unwrap().count).collect();
        out
    }
}

fn bar_events(symbol: usize, rows: &[[f64; 4]]) -> Vec<MarketEvent> {
    let event = |(i, [open, high, low, close]): (usize, &[f64; 4])| {
        let bar = Bar::new(Timestamp(i as i64 * MINUTE), Frame::MINUTE, [*open, *high, *low, *close, 10.0]);
        assert!(bar.is_valid());
        let ts = bar.close_time;
        MarketEvent::primary(ts, ts, symbol.into(), MarketData::Bar(bar))
    };
    rows.iter().enumerate().map(event).collect()
}
