//! The strategy as a module of a world.

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::Resource;
use manyworlds::data::feed::MemorySource;
use manyworlds_components::account::{Account, AccountTotals};
use manyworlds_components::book::OrderBook;
use manyworlds_components::ids::{AccountId, SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::order::{OrderKind, OrderRequest, VenueMessage};
use manyworlds_components::own_orders::{OwnOrders, OwnStatus};
use manyworlds_components::position::Position;
use manyworlds_components::price::Ticks;
use manyworlds_components::side::LiquiditySide;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{
    Blueprint, Clock, ClockMode, Column, EventSource, Journal, Kind, Module, ModuleContext, ModuleInfo,
    Recorder, Roster, Shared, SharedMut, Stage, StepOutcome, untracked,
};
use manyworlds_systems::exchange::ExchangeModule;
use manyworlds_systems::exchange::book::settings::BookMatching;
use manyworlds_systems::exchange::settings::{FeeModel, LatencyModel, MarginModel, VenueSettings};
use manyworlds_systems::intents::Intents;
use manyworlds_systems::market::{BookMarketModule, BookWalk, MarkRule, MarketModule};

use super::{Ending, Execution, FEES, INTERVAL_NS, Known, LOT, Quoting, Rules, TICK, Wish, step};
use crate::venue;

/// One maker per account.
#[derive(Clone, Resource)]
struct Makers {
    quoting: Vec<Quoting>,
    start: Timestamp,
}

/// Scratch space.
#[derive(Default, Resource)]
struct Desk {
    known: Vec<Known>,
    wishes: Vec<Wish>,
}

impl Module for Makers {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "makers".to_owned(), stages: vec![Stage::Decide], ..ModuleInfo::default() }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.scratch(self.clone());
        app.scratch(Desk::default());
        app.add_systems(Stage::Decide, untracked(quote));
    }
}

fn quote(
    clock: Shared<'_, Clock>,
    makers: Shared<'_, Makers>,
    books: Column<'_, OrderBook>,
    own: Column<'_, OwnOrders>,
    mut desk: SharedMut<'_, Desk>,
    mut intents: SharedMut<'_, Intents>,
) {
    let Some((bid, ask)) = books[0].top() else { return };
    let decision = (clock.now - makers.start) / INTERVAL_NS;
    let Desk { known, wishes } = &mut *desk;
    for (account, (quoting, own)) in makers.quoting.iter().zip(own.iter()).enumerate() {
        known.clear();
        wishes.clear();
        known.extend(own.orders.iter().map(|o| Known {
            id: o.id.0,
            side: o.side,
            price: o.price.map_or(0, |p| p.0),
            active: o.status == OwnStatus::Accepted,
            leaving: o.status == OwnStatus::CancelPending,
        }));
        quoting.decide(decision, (bid.0, ask.0), own.lots, known, wishes);
        let account = AccountId::from(account);
        for wish in wishes.iter() {
            let message = match *wish {
                Wish::Cancel(id) => VenueMessage::Cancel(manyworlds_components::ids::OrderId(id)),
                Wish::Quote(side, price, lots) => {
                    VenueMessage::Submit(OrderRequest::quote(account, SymbolId(0), side, Ticks(price), lots))
                }
                Wish::Take(side, price, lots) => VenueMessage::Submit(OrderRequest {
                    kind: OrderKind::Limit { price: Ticks(price) },
                    ..OrderRequest::market(account, SymbolId(0), side, lots)
                }),
            };
            intents.messages.push((account, SymbolId(0), message));
        }
    }
}

fn rules_of(rules: Rules) -> VenueSettings {
    let ms = |ns: i64| ns as f64 / 1e6;
    let book = BookMatching { queue: rules.queue, partial_fills: false, ..BookMatching::default() };
    let bps = |fraction: f64| fraction * 1e4;
    VenueSettings {
        fees: FeeModel {
            maker_bps: bps(FEES.0),
            taker_bps: bps(FEES.1),
            per_unit: 0.0,
            minimum: 0.0,
            tiers: Vec::new(),
        },
        latency: LatencyModel::PerDirection {
            entry_ms: ms(rules.latency_ns.0),
            response_ms: ms(rules.latency_ns.1),
        },
        margin: Some(MarginModel { initial: 1e-6, maintenance: 1e-7, liquidation_fee_bps: 0.0 }),
        book,
        ..venue(0.0)
    }
}

/// Little enough that sums of executions keep their last digits.
const CASH: f64 = 10_000.0;

/// A world with one maker per account.
pub fn blueprint(source: Arc<dyn EventSource>, quoting: &[Quoting], rules: Rules) -> Blueprint {
    let instrument = Instrument {
        symbol: "S".to_owned(),
        venue: VenueId(0),
        base: "S".to_owned(),
        quote: "USD".to_owned(),
        tick_size: step(TICK),
        lot_size: step(LOT),
    };
    let market = MarketModule {
        instruments: vec![instrument.clone()],
        frames: vec![Frame::MINUTE],
        bars_kept: 10,
        closes_kept: 10,
    };
    let marks = vec![MarkRule::Prints];
    let market = BookMarketModule { market, marks, crosses: Vec::new(), walk: BookWalk::Exchange };
    let exchange = ExchangeModule {
        venues: vec![rules_of(rules)],
        risk: vec![Default::default(); quoting.len()],
        cash: vec![CASH; quoting.len()],
        record_equity: Some(Frame::DAY),
        instruments: vec![instrument],
        draws: 0,
        trade_from: None,
        interventions: Default::default(),
        books: vec![Some(MarkRule::Prints)],
        funding: Vec::new(),
    };
    // Decisions are counted from the last round time before the first event.
    let first = source.ts_recv(0).0;
    let start = Timestamp(first - first.rem_euclid(INTERVAL_NS));
    let makers = Makers { quoting: quoting.to_vec(), start };
    let accounts = (0..quoting.len()).map(|i| format!("maker {i}")).collect();
    let roster = Roster::new(vec!["sim".to_owned()], vec!["S".to_owned()], vec![], accounts);
    let every = Frame::from_nanos(INTERVAL_NS).unwrap_or(Frame::MINUTE);
    let mut blueprint = Blueprint::new(ClockMode::Every(every), 1, roster);
    blueprint.sources = vec![source];
    blueprint.core = vec![Arc::new(market), Arc::new(exchange), Arc::new(makers)];
    blueprint
}

#[derive(Default)]
struct Fills(Vec<(usize, Execution)>);

struct Collect(Arc<Mutex<Fills>>);

impl Recorder for Collect {
    fn record(
        &mut self,
        journal: &Journal,
        _: &Roster,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut fills = self.0.lock().map_err(|e| e.to_string())?;
        fills.0.extend(journal.fills.iter().map(|f| {
            let maker = f.liquidity == LiquiditySide::Maker;
            let price = (f.price / TICK).round() as i64;
            (f.account.index(), (f.ts.0, f.side.sign() * f.lots.0, price, maker))
        }));
        Ok(())
    }
}

/// Runs to the end; one ending per maker.
pub fn run_ours(
    events: &[manyworlds_components::market::MarketEvent],
    quoting: &[Quoting],
    rules: Rules,
) -> Vec<Ending> {
    let source = Arc::new(MemorySource::new(events.to_vec()));
    let mut simulation = blueprint(source, quoting, rules).build().unwrap_or_else(|e| panic!("{e}"));
    let fills = Arc::new(Mutex::new(Fills::default()));
    simulation.set_recorder(Collect(fills.clone()));
    simulation.run().unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(simulation.step(), Ok(StepOutcome::Finished)));
    let (world, roster) = (simulation.world(), simulation.roster());
    let book = world.get::<OrderBook>(roster.entities(Kind::Listing)[0]);
    let mid = book.and_then(OrderBook::mid_ticks).unwrap_or(f64::NAN) * TICK;
    let fills = std::mem::take(&mut fills.lock().unwrap_or_else(|e| panic!("{e}")).0);
    let ending = |i: usize| {
        let account = *world.get::<Account>(roster.entities(Kind::Account)[i])?;
        let totals = *world.get::<AccountTotals>(roster.entities(Kind::Account)[i])?;
        let position = *world.get::<Position>(roster.entities(Kind::Holding)[i])?;
        Some(Ending {
            fills: fills.iter().filter(|(a, _)| *a == i).map(|(_, fill)| *fill).collect(),
            position: position.lots,
            equity: account.cash - CASH + position.quantity * mid,
            fees: totals.fees,
            traded_value: totals.traded_value,
        })
    };
    (0..quoting.len()).filter_map(ending).collect()
}
