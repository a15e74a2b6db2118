//! What a scenario may say of consolidated books.

use std::collections::BTreeMap;

use manyworlds_components::time::Frame;
use manyworlds_engine::SettingSpec;
use serde::{Deserialize, Serialize};

use super::rolling::GRID_NS;
use crate::setting::{Check, Checker};

/// How wide a bucket of prices is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum BucketSize {
    /// 1 quote unit for ETH, 10 for BTC, 2 bps for others.
    #[default]
    Auto,
    /// So many quote units: a whole number of ticks. Borders are multiples of it.
    Quote(f64),
    /// So many basis points of mid, counted from mid.
    Bps(f64),
}

/// What brings a venue back that was silent for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Rejoin {
    /// A snapshot: what it did not say in between may be missing from its book. (A book of best prices alone is whole again
    /// with every quote.)
    #[default]
    Snapshot,
    /// Any word: the feed says itself when messages are missing, and silence only means that nothing happened.
    Update,
}

/// Settings of [`super::CobModule`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CobSettings {
    /// Width of a bucket.
    pub bucket: BucketSize,
    /// How far from mid levels count, on either side of it.
    pub range_bps: f64,
    /// Rows of the tensor on either side of mid.
    pub rows: u64,
    /// The depths that become features, rising, at most the range.
    pub depth_bps: Vec<u64>,
    /// The time over which the imbalance is averaged, rising.
    pub means: Vec<Frame>,
    /// Venues with features of their own: the symbol's own first.
    pub venues: u64,
    /// Silence after which a venue is left out.
    pub stale_after: Frame,
    /// What brings it back.
    pub rejoin: Rejoin,
    /// What a unit of another quote currency is worth in the symbol's own, by its name.
    pub basis: BTreeMap<String, f64>,
}

impl Default for CobSettings {
    fn default() -> Self {
        let seconds = |n: i64| Frame::from_nanos(n * Frame::SECOND.nanos());
        Self {
            bucket: BucketSize::Auto,
            range_bps: 100.0,
            rows: 64,
            depth_bps: vec![1, 2, 5, 10, 25, 50, 100],
            means: [1, 5, 15, 60].into_iter().filter_map(seconds).collect(),
            venues: 3,
            stale_after: seconds(5).unwrap_or(Frame::SECOND),
            rejoin: Rejoin::Snapshot,
            basis: BTreeMap::new(),
        }
    }
}

/// The widest array that buckets may need, per side.
pub(super) const MOST_ROWS: i64 = 16_384;

fn rising<T: PartialOrd>(list: &[T]) -> bool {
    list.is_sorted_by(|a, b| a < b)
}

impl Check for CobSettings {
    fn check(&self, checker: &mut Checker) {
        checker.range("range_bps", self.range_bps, 1.0, 5_000.0);
        match self.bucket {
            BucketSize::Auto => {}
            BucketSize::Quote(size) => {
                let positive = size > 0.0 && size.is_finite();
                checker.require("bucket", size, positive, "a number of quote units above 0");
            }
            BucketSize::Bps(size) => {
                checker.range("bucket", size, self.range_bps / (MOST_ROWS - 2) as f64, 1_000.0);
            }
        }
        checker.whole("rows", self.rows, 1, 4_096);
        let listed = |list: &[u64]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let first = self.depth_bps.first().is_none_or(|first| *first >= 1);
        let last = self.depth_bps.last().is_none_or(|last| *last as f64 <= self.range_bps);
        let depths = first && last && rising(&self.depth_bps) && self.depth_bps.len() <= 100;
        checker.require("depth_bps", listed(&self.depth_bps), depths, "a rising list from 1 to `range_bps`");
        let whole = |frame: &Frame| frame.nanos() % GRID_NS == 0 && frame.nanos() <= 6_000 * GRID_NS;
        let means: Vec<String> = self.means.iter().map(ToString::to_string).collect();
        checker.require(
            "means",
            means.join(", "),
            self.means.iter().all(whole) && rising(&self.means),
            "a rising list of multiples of 100ms up to 10m",
        );
        checker.whole("venues", self.venues, 0, 64);
        for (currency, rate) in &self.basis {
            checker.range(&format!("basis[{currency:?}]"), *rate, 1e-9, 1e9);
        }
    }
}

/// The settings for people, with their defaults.
pub(super) fn specs() -> Vec<SettingSpec> {
    let d = CobSettings::default();
    let means: Vec<String> = d.means.iter().map(|mean| format!("\"{mean}\"")).collect();
    vec![
        SettingSpec::new(
            "bucket",
            format!("{:?}", d.bucket),
            "Auto, Quote(1.0), Bps(2.0)",
            "width of a bucket; Auto: 1 quote unit for ETH, 10 for BTC, 2 bps for others",
        ),
        SettingSpec::new("range_bps", d.range_bps, "1 ..= 5000", "how far from mid levels count"),
        SettingSpec::new("rows", d.rows, "1 ..= 4096", "rows of the tensor on either side of mid"),
        SettingSpec::new(
            "depth_bps",
            format!("{:?}", d.depth_bps),
            "rising, 1 ..= range_bps",
            "depths as features",
        ),
        SettingSpec::new(
            "means",
            format!("[{}]", means.join(", ")),
            "rising, 100ms ..= 10m",
            "means of the imbalance",
        ),
        SettingSpec::new(
            "venues",
            d.venues,
            "0 ..= 64",
            "venues with features of their own, the symbol's own first",
        ),
        SettingSpec::new(
            "stale_after",
            format!("\"{}\"", d.stale_after),
            "a frame, e.g. \"500ms\"",
            "silence after which a venue is left out",
        ),
        SettingSpec::new(
            "rejoin",
            format!("{:?}", d.rejoin),
            "Snapshot, Update",
            "what brings a silent venue back",
        ),
        SettingSpec::new(
            "basis",
            "{}".to_owned(),
            "e.g. {\"USD\": 1.0002}",
            "worth of another quote currency in the symbol's own; needed where venues differ in it",
        ),
    ]
}
