//! How long a message takes to the venue.

use manyworlds_components::time::Timestamp;
use manyworlds_engine::RandomStream;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};

use super::settings::LatencyModel;
use crate::setting::Checker;

/// The stream `latency` of every symbol. Every account draws from a stream's beginning: its n-th message about a symbol
/// takes as long as any other account's n-th. So accounts never shift one another's draws, an account that trades beside
/// others fares as it would alone, and variants of a strategy are compared under common random numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyStreams {
    streams: Vec<RandomStream>,
    accounts: usize,
    /// Messages sent so far, by symbol and account; empty until one takes a random time.
    sent: Vec<u32>,
}

impl LatencyStreams {
    /// One stream per symbol.
    pub fn new(streams: Vec<RandomStream>, accounts: usize) -> Self {
        Self { streams, accounts, sent: Vec::new() }
    }

    /// When a message about a symbol arrives that an account sends at `now`; `None` if the venue refuses it. Draws only if the
    /// latency is random.
    pub fn arrival(
        &mut self,
        model: &LatencyModel,
        (symbol, account): (usize, usize),
        now: Timestamp,
    ) -> Option<Timestamp> {
        let ms = match *model {
            LatencyModel::Constant { ms } => ms,
            LatencyModel::Uniform { min_ms, max_ms } => {
                min_ms + (max_ms - min_ms) * self.draw(symbol, account)
            }
            LatencyModel::PerDirection { entry_ms, .. } => entry_ms,
            LatencyModel::Recorded(ref table) => return table.entry_ns(now).map(|ns| now + ns),
            // The share of the feed's latency is added by who knows the feed.
            LatencyModel::Feed { plus_ms, .. } => plus_ms,
        };
        Some(now + nanos(ms))
    }

    fn draw(&mut self, symbol: usize, account: usize) -> f64 {
        self.sent.resize(self.streams.len() * self.accounts, 0);
        let sent = &mut self.sent[symbol * self.accounts + account];
        let mut stream = self.streams[symbol].0.clone();
        // A draw takes two words.
        stream.set_word_pos(u128::from(*sent) * 2);
        *sent += 1;
        stream.random::<f64>()
    }
}

/// Milliseconds as nanoseconds.
fn nanos(ms: f64) -> i64 {
    (ms * 1e6).round() as i64
}

impl LatencyModel {
    /// What the feed's latency `lag` adds to the way to the venue, in nanoseconds.
    pub(super) fn entry_by_feed(&self, lag: i64) -> i64 {
        match *self {
            Self::Feed { entry_factor, .. } => (entry_factor * lag as f64).round() as i64,
            _ => 0,
        }
    }

    /// How long an answer takes that the venue sends at `at` while the feed takes `lag`, in nanoseconds.
    pub(super) fn response_ns(&self, at: Timestamp, lag: i64) -> i64 {
        match *self {
            Self::Constant { .. } | Self::Uniform { .. } => 0,
            Self::PerDirection { response_ms, .. } => nanos(response_ms),
            Self::Recorded(ref table) => table.response_ns(at),
            Self::Feed { response_factor, plus_ms, .. } => {
                (response_factor * lag as f64).round() as i64 + nanos(plus_ms)
            }
        }
    }
}

/// A measured latency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyRow {
    /// When the request was sent.
    pub at: Timestamp,
    /// From there to the venue, in nanoseconds. Below 0: the venue refused it, and said so after as long.
    pub entry_ns: i64,
    /// From the venue back, in nanoseconds.
    #[serde(default)]
    pub response_ns: i64,
}

/// Measured latencies in time order. Between two rows the latency is interpolated linearly; before the first and after the last
/// it is theirs. Where one of the two rows is a refusal, what is sent is refused.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyTable {
    /// The rows.
    pub rows: Vec<LatencyRow>,
    /// What is added to the way to the venue, in milliseconds.
    #[serde(default)]
    pub plus_ms: f64,
}

impl LatencyTable {
    /// The latency to the venue of what is sent at `now`, in nanoseconds; `None` if it is refused.
    pub fn entry_ns(&self, now: Timestamp) -> Option<i64> {
        let (before, after) = self.around(now, |row| row.at)?;
        if before.entry_ns < 0 || after.entry_ns < 0 {
            return None;
        }
        Some(between((before.at, before.entry_ns), (after.at, after.entry_ns), now) + nanos(self.plus_ms))
    }

    /// The latency of an answer that the venue sends at `at`, in nanoseconds.
    pub fn response_ns(&self, at: Timestamp) -> i64 {
        let answered = |row: &LatencyRow| row.at + row.entry_ns.max(0);
        let Some((before, after)) = self.around(at, answered) else { return 0 };
        between((answered(before), before.response_ns), (answered(after), after.response_ns), at)
    }

    /// Makes the way to the venue longer.
    pub(super) fn delay(&mut self, ms: f64) {
        self.plus_ms += ms;
    }

    /// The last row at or before a time, and the one after it; at the ends twice the same.
    fn around(
        &self,
        t: Timestamp,
        time: impl Fn(&LatencyRow) -> Timestamp,
    ) -> Option<(&LatencyRow, &LatencyRow)> {
        let after = self.rows.partition_point(|row| time(row) <= t);
        let before = self.rows.get(after.saturating_sub(1))?;
        Some((before, self.rows.get(after).unwrap_or(before)))
    }

    pub(super) fn check(&self, c: &mut Checker) {
        c.require("rows", self.rows.len(), !self.rows.is_empty(), "at least one row");
        let sorted = self.rows.windows(2).all(|pair| pair[0].at < pair[1].at);
        c.require("rows", "", sorted, "rows in time order, each time once");
        c.range("plus_ms", self.plus_ms, 0.0, 3.6e6);
        let answers = self.rows.iter().map(|row| row.response_ns).min().unwrap_or(0);
        c.require("rows", answers, answers >= 0, "no `response_ns` below 0");
    }
}

/// The value at `t` on the line through two points.
fn between((t0, v0): (Timestamp, i64), (t1, v1): (Timestamp, i64), t: Timestamp) -> i64 {
    let span = t1 - t0;
    if span <= 0 || t <= t0 {
        return v0;
    }
    v0 + ((v1 - v0) as f64 * ((t - t0) as f64 / span as f64)).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_engine::Streams;

    const UNIFORM: LatencyModel = LatencyModel::Uniform { min_ms: 5.0, max_ms: 15.0 };

    fn streams(accounts: usize) -> LatencyStreams {
        LatencyStreams::new(["X", "Y"].map(|s| Streams::new(1).stream("latency", s)).to_vec(), accounts)
    }

    #[test]
    fn uniform_latency_stays_within_its_bounds_and_fills_them() {
        let mut streams = streams(1);
        let draws: Vec<i64> =
            (0..1_000).map(|_| streams.arrival(&UNIFORM, (0, 0), Timestamp(0)).unwrap().0).collect();
        assert!(draws.iter().all(|d| (5_000_000..=15_000_000).contains(d)));
        assert!(*draws.iter().min().unwrap() < 5_200_000 && *draws.iter().max().unwrap() > 14_800_000);
        let mean = draws.iter().sum::<i64>() as f64 / 1e3;
        assert!((mean - 10e6).abs() < 0.3e6, "{mean}");
        let before = streams.clone();
        assert_eq!(
            streams.arrival(&LatencyModel::Constant { ms: 2.5 }, (0, 0), Timestamp(7)),
            Some(Timestamp(2_500_007))
        );
        assert_eq!(streams, before, "a constant draws nothing");
    }

    #[test]
    fn accounts_share_their_draws_and_do_not_shift_them() {
        let draws = |streams: &mut LatencyStreams, symbol, account, n| -> Vec<i64> {
            (0..n).map(|_| streams.arrival(&UNIFORM, (symbol, account), Timestamp(0)).unwrap().0).collect()
        };
        let (mut three, mut one) = (streams(3), streams(1));
        let alone = draws(&mut one, 1, 0, 20);
        draws(&mut three, 1, 0, 7);
        assert_eq!(draws(&mut three, 1, 2, 20), alone);
        assert_eq!(draws(&mut three, 1, 0, 13), alone[7..]);
        assert_ne!(draws(&mut three, 0, 0, 20), alone, "symbols differ");
        // The words of a stream are those that drawing one after the other gives.
        let mut stream = Streams::new(1).stream("latency", "Y").0;
        let plain: Vec<i64> =
            (0..20).map(|_| ((5.0 + 10.0 * stream.random::<f64>()) * 1e6).round() as i64).collect();
        assert_eq!(alone, plain);
    }

    #[test]
    fn a_table_is_interpolated_and_a_negative_row_refuses() {
        let row = |at, entry_ns, response_ns| LatencyRow { at: Timestamp(at), entry_ns, response_ns };
        let table = LatencyTable {
            rows: vec![row(1_000, 100, 40), row(2_000, 300, 80), row(3_000, -500, 0), row(4_000, 50, 10)],
            plus_ms: 0.0,
        };
        let entry = |t| table.entry_ns(Timestamp(t));
        assert_eq!([0, 1_000, 1_500, 1_250].map(entry), [Some(100), Some(100), Some(200), Some(150)]);
        assert_eq!([2_000, 2_999, 3_000, 3_999].map(entry), [None; 4], "between a row and a refusal");
        assert_eq!([4_000, 9_000].map(entry), [Some(50), Some(50)]);
        // Answers by when the venue sent them: 1,100 and 2,300.
        assert_eq!([1_100, 1_700, 2_300].map(|t| table.response_ns(Timestamp(t))), [40, 60, 80]);
        let model = LatencyModel::Recorded(table);
        assert_eq!(streams(1).arrival(&model, (0, 0), Timestamp(1_500)), Some(Timestamp(1_700)));
        assert_eq!(streams(1).arrival(&model, (0, 0), Timestamp(2_500)), None);
        let feed = LatencyModel::Feed { entry_factor: 1.5, response_factor: 0.5, plus_ms: 0.001 };
        assert_eq!((feed.entry_by_feed(2_000), feed.response_ns(Timestamp(0), 2_000)), (3_000, 2_000));
    }
}
