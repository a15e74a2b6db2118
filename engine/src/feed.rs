//! Market events in total order: sources, the merge, and the bounded queue of one step.

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

    /// When row `row` becomes known, if there is one.
    #[inline]
    fn next_ts(&self, row: u64) -> Option<Timestamp> {
        (row < self.len()).then(|| self.ts_recv(row))
    }

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
    #[inline]
    fn peek(&self, cursors: &FeedCursors) -> Option<Timestamp> {
        let next = match (&*self.sources, &*cursors.0) {
            ([source], [row]) => source.next_ts(*row),
            (sources, rows) => Self::first_of(sources, rows),
        };
        next.filter(|t| *t <= self.to)
    }

    /// Apart from the rest, which is all that most runs need.
    #[inline(never)]
    fn first_of(sources: &[Arc<dyn EventSource>], rows: &[u64]) -> Option<Timestamp> {
        sources.iter().zip(rows).filter_map(|(source, row)| source.next_ts(*row)).min()
    }

    #[inline]
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
    /// Per source, where its run of events begins.
    runs: Vec<usize>,
    /// While merging: time, priority and place of each event.
    keys: [Vec<u128>; 2],
    merged: Vec<MarketEvent>,
}

impl EventQueue {
    /// The events, first to last.
    #[inline]
    pub fn events(&self) -> &[MarketEvent] {
        &self.events
    }

    #[inline]
    fn fill(&mut self, feeds: &Feeds, cursors: &mut FeedCursors, now: Timestamp) -> Result<(), String> {
        self.events.clear();
        let until = now.min(feeds.to);
        match (&*feeds.sources, &mut *cursors.0) {
            // The events of one source are in order.
            ([source], [row]) => self.fill_from(&**source, row, feeds, until),
            (sources, rows) => self.fill_from_all(sources, rows, feeds, until),
        }
    }

    #[inline(never)]
    fn fill_from_all(
        &mut self,
        sources: &[Arc<dyn EventSource>],
        rows: &mut [u64],
        feeds: &Feeds,
        until: Timestamp,
    ) -> Result<(), String> {
        self.runs.clear();
        for (source, row) in sources.iter().zip(rows) {
            self.runs.push(self.events.len());
            self.fill_from(&**source, row, feeds, until)?;
        }
        self.merge();
        Ok(())
    }

    /// Appends what a source has up to `until`.
    #[inline]
    fn fill_from(
        &mut self,
        source: &dyn EventSource,
        row: &mut u64,
        feeds: &Feeds,
        until: Timestamp,
    ) -> Result<(), String> {
        let most = feeds.max_events_per_step;
        *row = source.fill(*row, until, most - self.events.len(), &mut self.events);
        if self.events.len() == most && source.next_ts(*row).is_some_and(|next| next <= until) {
            return Err(too_many(most, until));
        }
        Ok(())
    }

    /// Takes the one event that comes first over all sources.
    #[inline(never)]
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
        let Self { events, runs, keys, merged } = self;
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
            // Keys are smaller than events, and no two are alike: at one time and priority, source and row decide.
            let [keys, other] = keys;
            keys.clear();
            keys.extend(events.iter().enumerate().map(|(place, event)| key(event) | place as u128));
            merge_keys(keys, other, runs);
            let place = |key: &u128| (*key as u64 & ((1 << PLACE_BITS) - 1)) as usize;
            merged.extend(keys.iter().map(|key| events[place(key)]));
        }
        std::mem::swap(events, merged);
    }
}

#[cold]
fn too_many(most: usize, until: Timestamp) -> String {
    format!("more than {most} market events up to {until}: choose a finer clock or raise max_events_per_step")
}

/// Merges two sorted runs; ties go to the first. Which event comes next is looked up, not branched on: it cannot be foretold.
fn merge_two(first: &[MarketEvent], second: &[MarketEvent], out: &mut Vec<MarketEvent>) {
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (first.get(i), second.get(j)) {
        let later = usize::from(key(b) < key(a));
        out.push(*[a, b][later]);
        i += 1 - later;
        j += later;
    }
    out.extend_from_slice(&first[i..]);
    out.extend_from_slice(&second[j..]);
}

/// Time and priority as one number.
#[inline]
fn key(event: &MarketEvent) -> u128 {
    // The sign bit turned, times before the epoch come first.
    let time = event.ts_recv.0 as u64 ^ (1 << 63);
    u128::from(time) << 64 | u128::from(event.data.priority()) << PLACE_BITS
}

/// Low bits of a key, for the place of the event among those that are merged.
const PLACE_BITS: u32 = 56;

/// Merges sorted runs of keys, two and two, until there is one; `runs` are their beginnings.
fn merge_keys(keys: &mut Vec<u128>, other: &mut Vec<u128>, runs: &mut Vec<usize>) {
    let end = keys.len();
    while runs.len() > 1 {
        other.clear();
        for pair in 0..runs.len().div_ceil(2) {
            let begin = runs[2 * pair];
            let middle = runs.get(2 * pair + 1).copied().unwrap_or(end);
            let last = runs.get(2 * pair + 2).copied().unwrap_or(end);
            let (mut i, mut j) = (begin, middle);
            while i < middle && j < last {
                let later = usize::from(keys[j] < keys[i]);
                other.push(keys[[i, j][later]]);
                i += 1 - later;
                j += later;
            }
            other.extend_from_slice(&keys[i..middle]);
            other.extend_from_slice(&keys[j..last]);
            runs[pair] = begin;
        }
        runs.truncate(runs.len().div_ceil(2));
        std::mem::swap(keys, other);
    }
}

#[inline]
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
