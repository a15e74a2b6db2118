//! How far a simulation may go before it has to look up from its steps.

use bevy_ecs::prelude::Resource;
use manyworlds_components::time::Timestamp;

use crate::clock::Clock;
use crate::columns::{Shared, SharedMut};
use crate::journal::Journal;

/// Rows that the journal holds before they go to the recorder: enough that looking up from the steps costs nothing, few
/// enough that what waits is small beside the rest of a small world.
pub(crate) const DRAIN_ROWS: usize = 2_048;

/// What was asked of the simulation. Set before the steps, read at the end of each.
#[derive(Debug, Default, Resource)]
pub(crate) struct Pace {
    /// The last time that a step may have.
    pub until: Timestamp,
    /// Steps that may still be made.
    pub left: u64,
    /// Whether somebody waits for decisions.
    pub delivers: bool,
}

/// Ends a step. Whether the next one may follow at once: it is asked for, and the journal has nothing to hand out.
pub(crate) fn end_step(
    clock: Shared<'_, Clock>,
    mut journal: SharedMut<'_, Journal>,
    mut pace: SharedMut<'_, Pace>,
) -> bool {
    pace.left -= 1;
    journal.step_trades = journal.trades.len();
    let delivers = pace.delivers && journal.decisions.len() > journal.delivered;
    let asked = pace.left > 0 && clock.next.is_some_and(|next| next <= pace.until);
    asked && !delivers && journal.len() < DRAIN_ROWS
}
