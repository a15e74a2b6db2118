//! Market events in total order: sources, the merge, and the bounded queue of one step.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use bevy_ecs::prelude::Resource;
use manyworlds_components::market::MarketEvent;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, ClockMode};
use crate::columns::{Shared, SharedMut};

/// An immutable, time-ordered column of events that many worlds read at once, each with its own cursor.
pub trait EventSource: Send + Sync {
    /// Number of rows.
    fn len(&self) -> u64;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When row `row` becomes known. Never decreases with the row.
    fn ts_recv(&self, row: u64) -> Timestamp;

    /// Appends the events of rows `from..` with `ts_recv <= until`, at most `limit`; returns the next row. Rows of one time
    /// come in the order of [`manyworlds_components::market::MarketData::priority`].
    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64;

    /// The first row with `ts_recv >= t`.
    fn seek(&self, t: Timestamp) -> u64 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.ts_recv(middle) < t { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// The sources of a run, the span that is replayed, and the bound on the events of one step.
#[derive(Clone, Resource)]
pub struct Feeds {
    /// In scenario order, which is also their order at equal times.
    pub sources: Arc<[Arc<dyn EventSource>]>,
    /// Events before this time are skipped.
    pub from: Timestamp,
    /// Events after this time are never read.
    pub to: Timestamp,
    /// A step that would hold more events fails with a clear error instead of eating the memory.
    pub max_events_per_step: usize,
    pub(crate) mode: ClockMode,
}

impl Feeds {
    pub(crate) fn start(&self) -> FeedCursors {
        FeedCursors(self.sources.iter().map(|s| s.seek(self.from)).collect())
    }

    /// When the next event of any source becomes known, if it lies in the span.
    fn peek(&self, cursors: &FeedCursors) -> Option<Timestamp> {
        let next = |(source, row): (&Arc<dyn EventSource>, &u64)| {
            (*row < source.len()).then(|| source.ts_recv(*row))
        };
        if let ([source], [row]) = (&*self.sources, &*cursors.0) {
            return next((source, row)).filter(|t| *t <= self.to);
        }
        self.sources.iter().zip(&cursors.0).filter_map(next).min().filter(|t| *t <= self.to)
    }

    pub(crate) fn next_step(&self, now: Timestamp, cursors: &FeedCursors) -> Option<Timestamp> {
        self.peek(cursors).map(|event| self.mode.next(now, event))
    }
}

/// The next row of every source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Resource, Serialize, Deserialize)]
pub struct FeedCursors(pub Vec<u64>);

/// The market events of the current step in total order: (time known, priority of the kind, source, row).
#[derive(Debug, Default, Resource)]
pub struct EventQueue {
    events: Vec<MarketEvent>,
    /// Per source, where its run of events begins; then, while merging, its head.
    runs: Vec<usize>,
    ends: Vec<usize>,
    heads: BinaryHeap<Reverse<((Timestamp, u8), usize)>>,
    merged: Vec<MarketEvent>,
}

impl EventQueue {
    /// The events, first to last.
    #[inline]
    pub fn events(&self) -> &[MarketEvent] {
        &self.events
    }

    fn fill(&mut self, feeds: &Feeds, cursors: &mut FeedCursors, now: Timestamp) -> Result<(), String> {
        self.events.clear();
        self.runs.clear();
        let until = now.min(feeds.to);
        for (source, row) in feeds.sources.iter().zip(&mut cursors.0) {
            self.runs.push(self.events.len());
            let room = feeds.max_events_per_step - self.events.len();
            *row = source.fill(*row, until, room, &mut self.events);
            if self.events.len() == feeds.max_events_per_step
                && *row < source.len()
                && source.ts_recv(*row) <= until
            {
                return Err(format!(
                    "more than {} market events up to {now}: choose a finer clock or raise max_events_per_step",
                    feeds.max_events_per_step
                ));
            }
        }
        self.merge();
        Ok(())
    }

    /// Takes the one event that comes first over all sources.
    fn fill_one(&mut self, feeds: &Feeds, cursors: &mut FeedCursors) {
        self.events.clear();
        let mut best = None;
        for (i, (source, row)) in feeds.sources.iter().zip(&cursors.0).enumerate() {
            self.merged.clear();
            if source.fill(*row, feeds.to, 1, &mut self.merged) > *row {
                let event = self.merged[0];
                if best.as_ref().is_none_or(|(_, first)| order(&event) < order(first)) {
                    best = Some((i, event));
                }
            }
        }
        if let Some((i, event)) = best {
            cursors.0[i] += 1;
            self.events.push(event);
        }
    }

    /// Merges the runs of the sources; ties go to the earlier source. Reuses its buffers.
    fn merge(&mut self) {
        let Self { events, runs, ends, heads, merged } = self;
        let end = events.len();
        // Only runs that hold anything matter, and none does where one ends before the next begins.
        runs.dedup();
        runs.pop_if(|run| *run == end);
        let joins = |at: &usize| order(&events[at - 1]) <= order(&events[*at]);
        if runs.len() < 2 || runs[1..].iter().all(joins) {
            return;
        }
        merged.clear();
        merged.reserve(end);
        if let [_, second] = runs[..] {
            merge_two(&events[..second], &events[second..], merged);
        } else {
            ends.clear();
            ends.extend(runs.iter().skip(1).copied().chain([end]));
            heads.extend((0..runs.len()).map(|run| Reverse((order(&events[runs[run]]), run))));
            while let Some(Reverse((_, run))) = heads.pop() {
                // As long as this source comes first, its events need no comparison with more than the second.
                let second = heads.peek().map(|head| head.0);
                let first = runs[run];
                let behind = |event: &MarketEvent| second.is_some_and(|s| (order(event), run) > s);
                let count = events[first..ends[run]].iter().position(behind);
                runs[run] = count.map_or(ends[run], |count| first + count);
                merged.extend_from_slice(&events[first..runs[run]]);
                if runs[run] < ends[run] {
                    heads.push(Reverse((order(&events[runs[run]]), run)));
                }
            }
        }
        std::mem::swap(events, merged);
    }
}

/// Merges two sorted runs; ties go to the first.
fn merge_two(mut first: &[MarketEvent], mut second: &[MarketEvent], out: &mut Vec<MarketEvent>) {
    while let ([_, ..], [head, ..]) = (first, second) {
        let head = order(head);
        let count = first.iter().position(|event| order(event) > head).unwrap_or(first.len());
        out.extend_from_slice(&first[..count]);
        first = &first[count..];
        let Some(head) = first.first().map(order) else { break };
        let count = second.iter().position(|event| order(event) >= head).unwrap_or(second.len());
        out.extend_from_slice(&second[..count]);
        second = &second[count..];
    }
    out.extend_from_slice(first);
    out.extend_from_slice(second);
}

fn order(event: &MarketEvent) -> (Timestamp, u8) {
    (event.ts_recv, event.data.priority())
}

/// Advances the clock by one step and fetches everything that became known since.
pub(crate) fn fetch_events(
    mut clock: SharedMut<'_, Clock>,
    mut queue: SharedMut<'_, EventQueue>,
    mut cursors: SharedMut<'_, FeedCursors>,
    feeds: Shared<'_, Feeds>,
) -> bevy_ecs::error::Result {
    let Some(now) = clock.next else { return Ok(()) };
    clock.previous = clock.now;
    clock.now = now;
    clock.step += 1;
    match feeds.mode {
        ClockMode::Event => queue.fill_one(&feeds, &mut cursors),
        _ => queue.fill(&feeds, &mut cursors, now)?,
    }
    clock.events += queue.events.len() as u64;
    clock.next = feeds.next_step(now, &cursors);
    Ok(())
}
