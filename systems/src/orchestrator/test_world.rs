//! A small world for tests: bars in memory, the real market module, and an exchange that fills everything at the open
//! of the next bar, free of charge.

use std::sync::Arc;

use bevy_ecs::prelude::{Query, Res, ResMut, Resource};
use manyworlds_components::account::Account;
use manyworlds_components::bar::Bar;
use manyworlds_components::decision::Decision;
use manyworlds_components::fill::{FillReason, RoundTrip};
use manyworlds_components::ids::{SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{LastPrice, MarketData, MarketEvent};
use manyworlds_components::order::{OrderQuantity, OrderRequest, WorkingOrders};
use manyworlds_components::position::Position;
use manyworlds_components::price::Step;
use manyworlds_components::side::Side;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{
    Blueprint, Clock, ClockMode, EventQueue, EventSource, Journal, Kind, Module, ModuleContext, ModuleInfo,
    Roster, Simulation, Slot, Stage,
};
use serde::{Deserialize, Serialize};

use super::{DecisionPolicy, ModelEntry, OrchestratorModule};
use crate::bar_world::EventTape;
use crate::intents::Intents;
use crate::market::MarketModule;

pub(super) const LOT: f64 = 0.001;

/// One bar per close, a frame apart; `None` leaves a gap. The open is the close before.
pub(super) fn tape(symbol: usize, frame: Frame, closes: &[Option<f64>]) -> Arc<dyn EventSource> {
    let mut open = closes.iter().flatten().next().copied().unwrap_or(1.0);
    let mut events = Vec::new();
    for (i, close) in closes.iter().enumerate() {
        let Some(close) = *close else { continue };
        let open_time = Timestamp(i as i64 * frame.nanos());
        let bar = Bar::new(open_time, frame, [open, open.max(close), open.min(close), close, 1.0]);
        open = close;
        let (end, data) = (bar.close_time, MarketData::Bar(bar));
        events.push(MarketEvent::primary(end, end, SymbolId::from(symbol), data));
    }
    Arc::new(EventTape(events))
}

/// Requests on their way.
#[derive(Debug, Clone, Default, PartialEq, Resource, Serialize, Deserialize)]
struct Pending(Vec<OrderRequest>);

struct NextOpenExchange;

impl Module for NextOpenExchange {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "exchange".into(), ..ModuleInfo::default() }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Account, |_| Account::new(1_000.0));
        app.component(Kind::Holding, |_| Position::default());
        app.component(Kind::Holding, |_| WorkingOrders::default());
        app.resource(Pending::default());
        app.add_systems_in(Stage::Ingest, Slot::Main, fill);
        app.add_systems_in(Stage::Decide, Slot::Late, submit);
    }
}

#[allow(clippy::too_many_arguments)]
fn fill(
    clock: Res<Clock>,
    queue: Res<EventQueue>,
    roster: Res<Roster>,
    mut pending: ResMut<Pending>,
    mut journal: ResMut<Journal>,
    mut accounts: Query<&mut Account>,
    mut holdings: Query<(&mut Position, &mut WorkingOrders)>,
    prices: Query<&LastPrice>,
) {
    for event in queue.events() {
        let MarketData::Bar(bar) = event.data else { continue };
        let due: Vec<_> = pending.0.extract_if(.., |r| r.symbol == event.symbol).collect();
        for request in due {
            let holding = roster.entities(Kind::Holding)[roster.holding(request.symbol, request.account)];
            let (mut position, mut working) = holdings.get_mut(holding).unwrap();
            let mut account =
                accounts.get_mut(roster.entities(Kind::Account)[request.account.index()]).unwrap();
            let wanted = match request.quantity {
                OrderQuantity::Lots(lots) => request.side.sign() * lots.0,
                OrderQuantity::EquityFraction(share) => {
                    let equity = account.cash + position.quantity * bar.open;
                    request.side.sign() * (share * equity / bar.open / LOT) as i64 - position.lots
                }
            };
            let before = *position;
            let gross = position.apply(wanted, bar.open, |lots| lots as f64 * LOT);
            account.cash -= (position.quantity - before.quantity) * bar.open;
            working.count = 0;
            if before.lots != 0 && position.lots.signum() != before.lots.signum() {
                journal.trades.push(RoundTrip {
                    account: request.account,
                    symbol: request.symbol,
                    side: Side::of(before.lots).unwrap(),
                    entry_ts: clock.now,
                    exit_ts: clock.now,
                    quantity: before.quantity.abs(),
                    entry_price: before.average_entry_price,
                    exit_price: bar.open,
                    pnl: gross,
                    fees: 0.0,
                    return_: 0.0,
                    mae: 0.0,
                    mfe: 0.0,
                    bars: 1,
                    reason: FillReason::Signal,
                });
            }
        }
    }
    for (a, entity) in roster.entities(Kind::Account).iter().enumerate() {
        let value = |s: usize| {
            let at = roster.holding(SymbolId::from(s), manyworlds_components::ids::AccountId::from(a));
            let position = holdings.get(roster.entities(Kind::Holding)[at]).unwrap().0;
            position.quantity * prices.get(roster.entities(Kind::Symbol)[s]).unwrap().price
        };
        let total: f64 = (0..roster.symbols.len()).map(value).sum();
        accounts.get_mut(*entity).unwrap().mark(total, total.abs());
    }
}

fn submit(
    roster: Res<Roster>,
    mut intents: ResMut<Intents>,
    mut pending: ResMut<Pending>,
    mut journal: ResMut<Journal>,
    mut holdings: Query<&mut WorkingOrders>,
) {
    let Intents { intents: list, votes, .. } = &*intents;
    for intent in list {
        let range = intent.votes.start as usize..intent.votes.end as usize;
        journal.decide(intent.decision, &votes[range], None);
        if let Some(request) = intent.request {
            pending.0.push(request);
            let at = roster.holding(request.symbol, request.account);
            holdings.get_mut(roster.entities(Kind::Holding)[at]).unwrap().count = 1;
        }
    }
    intents.clear();
}

/// The plan of a run of daily bars; `closes` by symbol.
pub(super) fn blueprint(orchestrator: OrchestratorModule, closes: &[Vec<Option<f64>>]) -> Blueprint {
    let names = |prefix: &str, n: usize| (0..n).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>();
    let models = orchestrator.models.iter().map(|m| m.name().to_owned()).collect();
    let accounts = names("account", orchestrator.policies.len());
    let roster = Roster::new(vec!["venue".into()], names("symbol", closes.len()), models, accounts);
    let instrument = |i: usize| Instrument {
        symbol: format!("symbol{i}"),
        venue: VenueId(0),
        base: "B".into(),
        quote: "Q".into(),
        tick_size: Step::new(0.01).unwrap(),
        lot_size: Step::new(LOT).unwrap(),
    };
    let market = MarketModule {
        instruments: (0..closes.len()).map(instrument).collect(),
        frames: vec![Frame::DAY; closes.len()],
        bars_kept: orchestrator.bars_needed(),
        closes_kept: orchestrator.closes_needed(),
    };
    let mut blueprint = Blueprint::new(ClockMode::Bar(Frame::DAY), 1, roster);
    blueprint.sources = closes.iter().enumerate().map(|(i, c)| tape(i, Frame::DAY, c)).collect();
    blueprint.core = vec![Arc::new(market), Arc::new(NextOpenExchange), Arc::new(orchestrator)];
    blueprint
}

/// A simulation of it.
pub(super) fn world(orchestrator: OrchestratorModule, closes: &[Vec<Option<f64>>]) -> Simulation {
    blueprint(orchestrator, closes).build().unwrap()
}

/// An orchestrator of some models and accounts.
pub(super) fn orchestrator(models: Vec<ModelEntry>, policies: Vec<DecisionPolicy>) -> OrchestratorModule {
    OrchestratorModule { models, policies, ..OrchestratorModule::default() }
}

/// Closes without gaps.
pub(super) fn closes(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

/// Runs to the end and returns all decisions.
pub(super) fn decisions(simulation: &mut Simulation) -> Vec<Decision> {
    while simulation.step().unwrap() != manyworlds_engine::StepOutcome::Finished {}
    simulation.world().resource::<Journal>().decisions.iter().map(|(d, _)| *d).collect()
}

/// A component of the i-th entity of a kind.
pub(super) fn of<T: bevy_ecs::component::Component>(simulation: &Simulation, kind: Kind, i: usize) -> &T {
    simulation.world().get::<T>(simulation.roster().entities(kind)[i]).unwrap()
}
