//! What the report keeps of `book_samples.parquet`: it is bounded when it is written.

use std::collections::BTreeMap;

/// Sizes between which levels are drawn in another shade.
pub(super) const SIZE_BORDERS: usize = 3;
/// Levels of one side: (price, size), best first.
pub(super) type Levels = Vec<(f64, f64)>;

/// The book of one symbol over a stretch of time, and the quotes of accounts in it.
#[derive(Clone, Debug, Default)]
pub(super) struct BookView {
    pub(super) symbol: String,
    /// Whether it is the short stretch of which every step is there.
    pub(super) near: bool,
    pub(super) times: Vec<i64>,
    /// By time.
    pub(super) bids: Vec<Levels>,
    /// By time.
    pub(super) asks: Vec<Levels>,
    /// By account, in order of time: (place in `times`, whether it buys, price).
    pub(super) quotes: BTreeMap<String, Vec<(usize, bool, f64)>>,
}

impl BookView {
    /// The place of a time, the last one or a new one.
    pub(super) fn at(&mut self, ts: i64) -> usize {
        if self.times.last() != Some(&ts) {
            self.times.push(ts);
            self.bids.push(Vec::new());
            self.asks.push(Vec::new());
        }
        self.times.len() - 1
    }

    /// The smallest distance between two levels of one moment.
    pub(super) fn tick(&self) -> Option<f64> {
        let sides = self.bids.iter().chain(&self.asks);
        let gaps = sides.flat_map(|levels| levels.windows(2).map(|l| (l[0].0 - l[1].0).abs()));
        let least = gaps.filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min);
        least.is_finite().then_some(least)
    }

    /// The median of the sizes of all levels, and what four and nineteen of five and twenty do not pass; none without levels.
    pub(super) fn size_borders(&self) -> Option<[f64; SIZE_BORDERS]> {
        let mut sizes: Vec<f64> = self.bids.iter().chain(&self.asks).flatten().map(|level| level.1).collect();
        sizes.sort_by(f64::total_cmp);
        let last = sizes.len().checked_sub(1)?;
        Some([50, 80, 95].map(|percent| sizes[last * percent / 100]))
    }
}
