//! Ingest: what the step's events do to orders and accounts.

use manyworlds_engine::{Clock, EventQueue, Shared};

use super::floor::FloorParam;
use super::mark::{accrue_borrow, mark_accounts};
use super::match_orders::match_orders;

/// Matches the orders that have arrived against the step's events, books the executions, and marks the accounts. One
/// system, because both halves work on the same columns and nothing may come between them.
pub fn settle(clock: Shared<'_, Clock>, queue: Shared<'_, EventQueue>, mut floor: FloorParam<'_>) {
    floor.open(|mut floor, mut tools| {
        // What was held since the step before is charged before this step's fills change it.
        accrue_borrow(&mut floor, &clock);
        match_orders(&mut floor, &mut tools, queue.events());
        mark_accounts(&mut floor, &mut tools, &clock);
    });
}
