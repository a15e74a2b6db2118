//! How far a simulation may go before it has to look up from its steps.

use bevy_ecs::prelude::Resource;
use manyworlds_components::time::Timestamp;

use crate::clock::Clock;
use crate::columns::{Shared, SharedMut};
use crate::journal::Journal;

/// Rows that the journal holds before they go to the recorder: enough that looking up from the steps costs nothing, few
/// enough that what waits is small beside the rest of a small world.
pub(crate) const DRAIN_ROWS: usize = 1_024;

/// Where steps make a halt, whichever comes first. As it is by default they make none before the feeds end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halt {
    /// The last time that a step may have.
    pub until: Timestamp,
    /// Number of steps.
    pub steps: u64,
    /// Number of market events since the beginning of the run: the step that reaches it is the last.
    pub events: u64,
}

impl Default for Halt {
    fn default() -> Self {
        Self { until: Timestamp::MAX, steps: u64::MAX, events: u64::MAX }
    }
}

/// What was asked of the simulation. Set before the steps, read at the end of each.
#[derive(Debug, Resource)]
pub(crate) struct Pace {
    /// What is left of it: `steps` counts down.
    pub halt: Halt,
    /// Whether somebody waits for decisions.
    pub delivers: bool,
}

impl Pace {
    /// Whether one more step is asked for, and there is one.
    #[inline]
    pub fn goes_on(&self, clock: &Clock) -> bool {
        let Halt { until, steps, events } = self.halt;
        steps > 0 && clock.events < events && clock.next.is_some_and(|next| next <= until)
    }
}

/// Ends a step. Whether the next one may follow at once: it is asked for, and the journal has nothing to hand out.
pub(crate) fn end_step(
    clock: Shared<'_, Clock>,
    mut journal: SharedMut<'_, Journal>,
    mut pace: SharedMut<'_, Pace>,
) -> bool {
    pace.halt.steps -= 1;
    journal.end_step();
    let delivers = pace.delivers && journal.decisions.len() > journal.delivered;
    pace.goes_on(&clock) && !delivers && journal.len() < DRAIN_ROWS
}
