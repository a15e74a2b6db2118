//! Everything that matching, booking and marking work on, as dense columns.

use bevy_ecs::prelude::Resource;
use bevy_ecs::system::SystemParam;
use manyworlds_components::account::{Account, AccountTotals};
use manyworlds_components::order::WorkingOrders;
use manyworlds_components::position::{OpenTrade, Position};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{ColumnMut, Journal, SharedMut};
use serde::{Deserialize, Serialize};

use super::latency::LatencyStreams;
use super::legs::LegHeap;
use super::orders::WorkingBook;
use super::price_bar::PriceBar;
use super::risk::OrderRates;
use super::slippage::ImpactWindows;
use super::terms::{Marks, Schedule, Terms};
use crate::stirred::Stirred;

/// What the exchange's systems share.
#[derive(SystemParam)]
pub struct FloorParam<'w> {
    pub(super) hall: SharedMut<'w, Hall>,
    pub(super) state: SharedMut<'w, ExchangeState>,
    pub(super) journal: SharedMut<'w, Journal>,
    pub(super) stirred: SharedMut<'w, Stirred>,
    pub(super) holdings: Holdings<'w>,
    pub(super) money: Money<'w>,
}

/// By holding.
pub type Holdings<'w> = (ColumnMut<'w, Position>, ColumnMut<'w, OpenTrade>, ColumnMut<'w, WorkingOrders>);

/// By account.
pub type Money<'w> = (ColumnMut<'w, Account>, ColumnMut<'w, AccountTotals>);

/// All of the exchange's state that is not on entities. One resource, as each costs a look-up per system and step; behind
/// pointers, as bevy takes the room of 64 resources for each.
#[derive(Debug, Clone, PartialEq, Resource, Serialize, Deserialize)]
pub struct ExchangeState {
    /// Orders.
    pub book: Box<WorkingBook>,
    /// Prices at which positions are valued.
    pub marks: Box<Marks>,
    /// What square-root impact is worked out from.
    pub impact: Box<ImpactWindows>,
    /// What order rate limits count.
    pub rates: Box<OrderRates>,
    /// What random latencies are drawn from.
    pub streams: Box<LatencyStreams>,
}

/// Constants and scratch space; behind pointers, as bevy takes the room of 64 resources for each.
#[derive(Debug, Resource)]
pub struct Hall {
    /// What is fixed, as a function of time.
    pub schedule: Box<Schedule>,
    /// What is reused from step to step.
    pub buffers: Box<Buffers>,
}

/// Scratch space, reused from step to step.
#[derive(Debug, Default)]
pub struct Buffers {
    /// (symbol, bar) of the events of one instant whose symbols have orders.
    pub bars: Vec<(usize, PriceBar)>,
    /// Order touches along a leg.
    pub heap: LegHeap,
    /// By account: position value, gross exposure, maintenance margin.
    pub value: Vec<f64>,
    /// By account.
    pub gross: Vec<f64>,
    /// By account.
    pub maintenance: Vec<f64>,
    /// The end of a frame in which accounts are recorded once, mostly the current one.
    pub frame_end: Option<Timestamp>,
}

/// What some of the work needs beside the floor.
pub struct Tools<'a> {
    pub impact: &'a mut ImpactWindows,
    pub rates: &'a mut OrderRates,
    pub streams: &'a mut LatencyStreams,
    pub buffers: &'a mut Buffers,
}

/// The exchange at work. Rows of holdings are `symbol * accounts + account`.
pub struct Floor<'a> {
    pub schedule: &'a Schedule,
    /// Those of the time that is worked on.
    pub terms: &'a Terms,
    pub book: &'a mut WorkingBook,
    pub marks: &'a mut Marks,
    pub journal: &'a mut Journal,
    pub stirred: &'a mut Stirred,
    pub positions: &'a mut [Position],
    pub trades: &'a mut [OpenTrade],
    pub working: &'a mut [WorkingOrders],
    pub accounts: &'a mut [Account],
    pub totals: &'a mut [AccountTotals],
}

impl FloorParam<'_> {
    /// Opens the floor for `work`, on the terms of `now`.
    #[inline(always)]
    pub fn open<R>(&mut self, now: Timestamp, work: impl FnOnce(Floor<'_>, Tools<'_>) -> R) -> R {
        let Hall { schedule, buffers } = &mut *self.hall;
        let ExchangeState { book, marks, impact, rates, streams } = &mut *self.state;
        let tools = Tools { impact, rates, streams, buffers };
        let floor = Floor {
            terms: schedule.at(now),
            schedule,
            book,
            marks,
            journal: &mut self.journal,
            stirred: &mut self.stirred,
            positions: &mut self.holdings.0,
            trades: &mut self.holdings.1,
            working: &mut self.holdings.2,
            accounts: &mut self.money.0,
            totals: &mut self.money.1,
        };
        work(floor, tools)
    }
}
