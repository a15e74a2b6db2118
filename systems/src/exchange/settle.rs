//! Ingest: what the step's events do to orders and accounts.

use manyworlds_components::market::MarketData;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Clock, EventQueue, Journal, Shared, SharedMut};

use super::floor::{ExchangeState, FloorParam, Hall, Holdings, Money};
use super::mark::mark_accounts;
use super::match_orders::match_orders;
use crate::stirred::Stirred;

/// Matches the orders that have arrived against the step's events, books the executions, and marks the accounts. One
/// system, because both halves work on the same columns and nothing may come between them.
#[inline]
pub fn settle(
    clock: Shared<'_, Clock>,
    queue: Shared<'_, EventQueue>,
    hall: SharedMut<'_, Hall>,
    state: SharedMut<'_, ExchangeState>,
    (journal, stirred): (SharedMut<'_, Journal>, SharedMut<'_, Stirred>),
    holdings: Holdings<'_>,
    money: Money<'_>,
) {
    FloorParam { hall, state, journal, stirred, holdings, money }.open(clock.now, |mut floor, mut tools| {
        if floor.schedule.any_borrow && clock.previous != Timestamp::MIN {
            // Until the market opens (after a weekend, say) accounts owe for what they held; from then on for what the
            // step's fills leave them with.
            let opened = first_open(&queue).unwrap_or(clock.now).clamp(clock.previous, clock.now);
            floor.accrue_borrow(clock.previous, opened);
            match_orders(&mut floor, &mut tools, queue.events());
            floor.accrue_borrow(opened, clock.now);
        } else {
            match_orders(&mut floor, &mut tools, queue.events());
        }
        if !floor.schedule.acts.is_empty() {
            floor.pay_cash(&clock);
        }
        if !floor.schedule.funding.is_empty() {
            floor.pay_funding(&clock);
        }
        mark_accounts(&mut floor, &mut tools, &clock);
    });
}

/// When the first bar of the step opened, or its first print came.
pub(super) fn first_open(queue: &EventQueue) -> Option<Timestamp> {
    let opened = queue.events().iter().filter(|e| e.is_own_print()).map(|event| match &event.data {
        MarketData::Bar(bar) => bar.open_time,
        _ => event.ts_event,
    });
    opened.min()
}
