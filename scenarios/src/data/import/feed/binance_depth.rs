//! Keeps a Binance depth stream in step with its snapshots.
//!
//! Increments are buffered until a REST snapshot arrives. Those that end before its `lastUpdateId` are dropped, the first
//! one to be used reaches over it, and each continues the one before: of futures, `pu` is the `u` before; of spot, `U` is
//! the `u` before + 1. Sizes are absolute, 0 deletes. A hole is a sequence gap: it empties the book until the next snapshot.

use std::collections::VecDeque;

use manyworlds_components::side::BookSide;
use serde::Deserialize;

use super::binance::At;
use super::intake::Intake;
use super::row::{Change, FeedKind, FeedRow};
use crate::data::error::{DataError, Location};
use crate::data::tape::TapeSignal;
use crate::data::validate::{Defect, Place, Policy};

/// Updates that are kept while there is no snapshot; one arrives within seconds.
const MAX_WAITING: usize = 1 << 14;

#[derive(Deserialize)]
pub(super) struct DepthRecord<'a> {
    #[serde(rename = "E")]
    event_ms: i64,
    #[serde(rename = "T")]
    transaction_ms: Option<i64>,
    s: &'a str,
    #[serde(rename = "U")]
    first: u64,
    u: u64,
    pu: Option<u64>,
    #[serde(borrow)]
    b: Vec<[&'a str; 2]>,
    a: Vec<[&'a str; 2]>,
}

#[derive(Deserialize)]
pub(super) struct SnapshotRecord<'a> {
    #[serde(rename = "lastUpdateId")]
    last: u64,
    #[serde(rename = "T")]
    transaction_ms: Option<i64>,
    symbol: Option<&'a str>,
    #[serde(borrow)]
    bids: Vec<[&'a str; 2]>,
    asks: Vec<[&'a str; 2]>,
}

pub(super) fn symbol<'a>(record: &DepthRecord<'a>) -> &'a str {
    record.s
}

pub(super) fn snapshot_symbol<'a>(record: &SnapshotRecord<'a>) -> Option<&'a str> {
    record.symbol
}

/// An update as numbers.
struct Update {
    first: u64,
    last: u64,
    /// Futures only.
    previous: Option<u64>,
    ts_event: i64,
    levels: Vec<Change>,
}

/// How an update stands to what the book holds.
enum Step {
    Follows,
    Stale,
    Gap { missing: u64 },
}

#[derive(Clone, Copy, Default)]
enum State {
    /// There is no snapshot, or a gap since.
    #[default]
    Waiting,
    /// A snapshot up to this id; no update since.
    Snapshot(u64),
    /// All updates up to this id.
    Following(u64),
}

/// The state of one book.
#[derive(Default)]
pub(super) struct DepthSync {
    state: State,
    /// Updates without a snapshot, to be used if one comes.
    waiting: VecDeque<Update>,
    first_waiting: Option<Location>,
    /// Whether the book was begun without a snapshot, as the policy allows.
    incomplete: bool,
    last_event: i64,
}

impl State {
    fn step(self, update: &Update) -> Step {
        let (from, follows, stale) = match (self, update.previous) {
            (Self::Waiting, _) => return Step::Follows,
            (Self::Snapshot(id), Some(previous)) => (id, previous <= id, update.last < id),
            (Self::Snapshot(id), None) => (id, update.first <= id + 1, update.last <= id),
            (Self::Following(id), Some(previous)) => (id, previous == id, update.last <= id),
            (Self::Following(id), None) => (id, update.first == id + 1, update.last <= id),
        };
        match (stale, follows) {
            (true, _) => Step::Stale,
            (_, true) => Step::Follows,
            _ => Step::Gap { missing: update.first.saturating_sub(from + 1).max(1) },
        }
    }
}

impl DepthSync {
    pub(super) fn update(
        &mut self,
        record: &DepthRecord<'_>,
        at: At<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let ts_event = at.ms("T", record.transaction_ms.unwrap_or(record.event_ms))?;
        self.last_event = self.last_event.max(ts_event);
        let levels = levels(&record.b, &record.a, at)?;
        let update = Update { first: record.first, last: record.u, previous: record.pu, ts_event, levels };
        self.take(update, at, intake)
    }

    pub(super) fn snapshot(
        &mut self,
        record: &SnapshotRecord<'_>,
        at: At<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        // A spot snapshot has no time of its own: it is not older than the last update before it.
        let venue = match record.transaction_ms {
            Some(ms) => at.ms("T", ms)?,
            None => self.last_event,
        };
        let ts_recv = at.received.unwrap_or(venue.max(self.last_event));
        let ts_event = if venue > 0 { venue } else { ts_recv };
        let levels = levels(&record.bids, &record.asks, at)?;
        if let State::Following(id) = self.state
            && id > record.last
            && !self.incomplete
        {
            // The book is ahead of it already.
            intake.ignore();
            return Ok(());
        }
        intake.signal(FeedKind::Depth, TapeSignal::Clear, ts_event, ts_recv)?;
        push(&levels, ts_event, ts_recv, at.place, intake)?;
        (self.state, self.incomplete, self.first_waiting) = (State::Snapshot(record.last), false, None);
        let at = At { received: Some(ts_recv), ..at };
        for update in std::mem::take(&mut self.waiting) {
            self.take(update, at, intake)?;
        }
        Ok(())
    }

    fn take(&mut self, update: Update, at: At<'_>, intake: &mut Intake<'_>) -> Result<(), DataError> {
        let ts_event = update.ts_event;
        let ts_recv = at.received.unwrap_or(ts_event);
        if matches!(self.state, State::Waiting) {
            return self.wait(update, ts_recv, at.place, intake);
        }
        match self.state.step(&update) {
            Step::Follows => {}
            Step::Stale => {
                // Before the snapshot it is as it should be; later on it is a repetition.
                let (defect, value) = match self.state {
                    State::Following(id) => (Defect::Duplicate, format!("update {} after {id}", update.last)),
                    State::Snapshot(id) => {
                        (Defect::Stale, format!("update {} is in the snapshot at {id}", update.last))
                    }
                    State::Waiting => return Ok(()),
                };
                let rows = update.levels.len() as u64;
                return intake.leave_out(FeedKind::Depth, defect, rows, ts_event, at.place, || value);
            }
            Step::Gap { missing } => {
                let value = || match self.state {
                    State::Snapshot(id) => {
                        format!("update {} does not reach the snapshot at {id}", update.first)
                    }
                    State::Following(id) => format!("update {} after {id}, {missing} missing", update.first),
                    State::Waiting => String::new(),
                };
                let defect = Defect::SequenceGap;
                if intake.met(FeedKind::Depth, defect, missing, ts_event, at.place, value)? {
                    intake.signal(FeedKind::Depth, TapeSignal::Gap, ts_event, ts_recv)?;
                } else {
                    intake.signal(FeedKind::Depth, TapeSignal::Clear, ts_event, ts_recv)?;
                    intake.signal(FeedKind::Depth, TapeSignal::Gap, ts_event, ts_recv)?;
                    self.state = State::Waiting;
                    return self.wait(update, ts_recv, at.place, intake);
                }
            }
        }
        self.state = State::Following(update.last);
        push(&update.levels, ts_event, ts_recv, at.place, intake)?;
        if self.incomplete {
            self.keep(update, at.place, intake)?;
        }
        Ok(())
    }

    /// Without a snapshot.
    fn wait(
        &mut self,
        update: Update,
        ts_recv: i64,
        place: Place<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        if intake.policy(Defect::BeforeSnapshot) == Policy::Flag {
            before_snapshot(&update, place, intake)?;
            intake.signal(FeedKind::Depth, TapeSignal::Clear, update.ts_event, ts_recv)?;
            self.incomplete = true;
            self.state = State::Following(update.last);
            push(&update.levels, update.ts_event, ts_recv, place, intake)?;
        }
        self.keep(update, place, intake)
    }

    fn keep(&mut self, update: Update, place: Place<'_>, intake: &mut Intake<'_>) -> Result<(), DataError> {
        self.first_waiting.get_or_insert_with(|| place.location());
        self.waiting.push_back(update);
        if self.waiting.len() > MAX_WAITING
            && let Some(oldest) = self.waiting.pop_front()
            && !self.incomplete
        {
            before_snapshot(&oldest, place, intake)?;
        }
        Ok(())
    }

    /// At the end: updates for which no snapshot came.
    pub(super) fn finish(&mut self, intake: &mut Intake<'_>) -> Result<(), DataError> {
        let Some(source) = self.first_waiting.take().filter(|_| !self.incomplete) else { return Ok(()) };
        let place = Place { source: &source, row: source.row.unwrap_or(1) };
        for update in std::mem::take(&mut self.waiting) {
            before_snapshot(&update, place, intake)?;
        }
        Ok(())
    }
}

fn before_snapshot(update: &Update, place: Place<'_>, intake: &mut Intake<'_>) -> Result<(), DataError> {
    let rows = update.levels.len() as u64;
    let value = || format!("update {} .. {} without a snapshot before it", update.first, update.last);
    if intake.policy(Defect::BeforeSnapshot) != Policy::Flag {
        return intake.leave_out(
            FeedKind::Depth,
            Defect::BeforeSnapshot,
            rows,
            update.ts_event,
            place,
            value,
        );
    }
    intake.met(FeedKind::Depth, Defect::BeforeSnapshot, rows, update.ts_event, place, value).map(|_| ())
}

fn push(
    levels: &[Change],
    ts_event: i64,
    ts_recv: i64,
    place: Place<'_>,
    intake: &mut Intake<'_>,
) -> Result<(), DataError> {
    levels.iter().try_for_each(|change| {
        intake.push(&FeedRow { ts_event, ts_recv, change: *change }, place).map(|_| ())
    })
}

fn levels(bids: &[[&str; 2]], asks: &[[&str; 2]], at: At<'_>) -> Result<Vec<Change>, DataError> {
    let level = |side: BookSide, field: &str, [price, size]: &[&str; 2]| {
        Ok(Change::Level { side, price: at.number(field, price)?, size: at.number(field, size)? })
    };
    let bids = bids.iter().map(|bid| level(BookSide::Bid, "b", bid));
    bids.chain(asks.iter().map(|ask| level(BookSide::Ask, "a", ask))).collect()
}
