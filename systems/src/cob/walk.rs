//! One side of one venue's book, level by level from the best, summed into buckets and depths.

use manyworlds_components::book::OrderBook;
use manyworlds_components::price::Ticks;
use manyworlds_components::side::BookSide;

use super::buckets::{Buckets, FORGIVEN, Grid};

/// Numbers of a bucket's row in the array: sizes and venues of bids, sizes and venues of asks.
pub(super) const ROW: usize = 4;

/// Where the sums of a side end, in ticks of a venue, from the best price of the range to the worst.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    /// The last price of each bucket.
    buckets: Vec<i64>,
    /// The last price of each depth.
    depths: Vec<i64>,
    /// The bucket of the first end.
    first: i64,
    /// The bucket at mid, counted from the first one.
    middle: usize,
    /// The range.
    best: i64,
    worst: i64,
}

/// The first whole tick that is not better than `ticks`.
#[inline]
fn inward<const BID: bool>(ticks: f64) -> i64 {
    if BID { floor(ticks) } else { ceil(ticks) }
}

/// The last whole tick that is not worse than `ticks`.
#[inline]
fn outward<const BID: bool>(ticks: f64) -> i64 {
    if BID { ceil(ticks) } else { floor(ticks) }
}

/// As the functions of `f64`, which are calls where the processor has no instruction for them; a hair is forgiven.
#[inline]
fn floor(ticks: f64) -> i64 {
    let whole = (ticks + FORGIVEN) as i64;
    whole - i64::from(whole as f64 > ticks + FORGIVEN)
}

#[inline]
fn ceil(ticks: f64) -> i64 {
    let whole = (ticks - FORGIVEN) as i64;
    whole + i64::from((whole as f64) < ticks - FORGIVEN)
}

#[inline]
fn is_beyond<const BID: bool>(price: i64, end: i64) -> bool {
    if BID { price < end } else { price > end }
}

impl Ends {
    /// The ends of a side around `mid` ticks: buckets within `reach` ticks of it, and depths of so many basis points. Prices
    /// of the venue are worth `rate` times what they say.
    pub fn set<const BID: bool>(
        &mut self,
        (buckets, grid): (Buckets, &Grid),
        (mid, reach, rate): (f64, f64, f64),
        depth_bps: &[u64],
    ) {
        let out = if BID { -1.0 } else { 1.0 };
        let (best, worst) = (mid - out * reach, mid + out * reach);
        (self.best, self.worst) = (inward::<BID>(best / rate), outward::<BID>(worst / rate));
        let bucket = |ticks: f64| if BID { grid.floor(ticks) } else { grid.ceil(ticks) };
        let (first, last) = (bucket(best), bucket(worst));
        self.first = first;
        let count = (last - first).unsigned_abs() as usize + 1;
        let step = if BID { -1 } else { 1 };
        let middle = if BID { first - grid.center } else { grid.center + 1 - first };
        self.middle = usize::try_from(middle).unwrap_or(0).min(count - 1);
        self.buckets.clear();
        match buckets {
            Buckets::Ticks(ticks) if rate == 1.0 => {
                self.buckets.extend((0..count as i64).map(|i| (first + step * i) * ticks));
            }
            _ => {
                let end = |i: i64| outward::<BID>(grid.border(first + step * i) / rate);
                self.buckets.extend((0..count as i64).map(end));
            }
        }
        self.depths.clear();
        self.depths.extend(depth_bps.iter().map(|bps| {
            let end = mid * (1.0 + out * *bps as f64 * 1e-4);
            outward::<BID>(end / rate)
        }));
    }
}

/// What levels are summed into, for one side of one symbol.
pub(super) struct Sums<'a> {
    /// The array of buckets, row by row, in lots.
    pub cells: &'a mut [f64],
    /// The bucket of the first row.
    pub first: i64,
    /// Lots within each depth.
    pub depths: &'a mut [i64],
}

/// Adds the levels of a side within the range. Returns their lots.
#[inline]
pub(super) fn add_side<const BID: bool>(book: &OrderBook, ends: &Ends, sums: Sums<'_>) -> i64 {
    let side = if BID { BookSide::Bid } else { BookSide::Ask };
    let row = usize::try_from(ends.first - sums.first).unwrap_or(0);
    let mut walk = Walk::<BID> { ends, sums, row, entered: false, total: 0, bucket: 0, depth: 0 };
    let (mut from, mut lots) = (ends.best, 0);
    while !is_beyond::<BID>(from, ends.worst)
        && let Some(price) = book.next_from(side, Ticks(from)).filter(|p| !is_beyond::<BID>(p.0, ends.worst))
    {
        let end = walk.turn(price.0, lots);
        let end = if is_beyond::<BID>(end, ends.worst) { ends.worst } else { end };
        lots = book.size_between(side, price, Ticks(end)).0;
        if end == ends.worst {
            break;
        }
        from = if BID { end.saturating_sub(1) } else { end.saturating_add(1) };
    }
    walk.finish(lots)
}

struct Walk<'a, const BID: bool> {
    ends: &'a Ends,
    sums: Sums<'a>,
    /// The row of the first end.
    row: usize,
    /// Whether the present bucket has a level.
    entered: bool,
    /// Lots that are put where they belong.
    total: i64,
    /// The present bucket, counted from the first end.
    bucket: usize,
    /// The next depth.
    depth: usize,
}

impl<const BID: bool> Walk<'_, BID> {
    /// At a price that lies beyond the present bucket or depth: puts what was met before where it belongs, and returns the
    /// next end.
    #[inline(never)]
    fn turn(&mut self, price: i64, lots: i64) -> i64 {
        self.put(lots);
        let ends = self.ends;
        while ends.depths.get(self.depth).is_some_and(|end| is_beyond::<BID>(price, *end)) {
            self.sums.depths[self.depth] = self.sums.depths[self.depth].saturating_add(self.total);
            self.depth += 1;
        }
        // Up to mid there is nothing, unless the book is crossed.
        if self.bucket < ends.middle && is_beyond::<BID>(price, ends.buckets[ends.middle - 1]) {
            (self.bucket, self.entered) = (ends.middle, false);
        }
        while self.bucket + 1 < ends.buckets.len() && is_beyond::<BID>(price, ends.buckets[self.bucket]) {
            (self.bucket, self.entered) = (self.bucket + 1, false);
        }
        if !self.entered {
            self.entered = true;
            let cell = self.cell() + 1;
            self.sums.cells[cell] += 1.0;
        }
        let border = ends.buckets[self.bucket];
        match ends.depths.get(self.depth) {
            Some(end) if is_beyond::<BID>(border, *end) => *end,
            // The last border may lie a hair within the range: nothing comes after it but the range's end.
            _ if self.bucket + 1 == ends.buckets.len() => {
                ends.depths.get(self.depth).copied().unwrap_or(if BID { i64::MIN } else { i64::MAX })
            }
            _ => border,
        }
    }

    /// Where the bucket's size stands in the array.
    #[inline]
    fn cell(&self) -> usize {
        let last = self.sums.cells.len() / ROW - 1;
        let row = if BID { self.row.saturating_sub(self.bucket) } else { self.row + self.bucket };
        row.min(last) * ROW + if BID { 0 } else { 2 }
    }

    #[inline]
    fn put(&mut self, lots: i64) {
        if lots > 0 {
            let cell = self.cell();
            self.sums.cells[cell] += lots as f64;
            self.total = self.total.saturating_add(lots);
        }
    }

    fn finish(mut self, lots: i64) -> i64 {
        self.put(lots);
        for depth in &mut self.sums.depths[self.depth..] {
            *depth = depth.saturating_add(self.total);
        }
        self.total
    }
}
