//! A symbol's books as one: what readers see.

use bevy_ecs::component::Component;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::price::Step;
use manyworlds_components::side::BookSide;
use ndarray::ArrayView3;
use serde::{Deserialize, Serialize};

use super::buckets::Buckets;
use super::rolling::RollingMeans;
use super::settings::CobSettings;
use super::venue::VenueView;
use super::walk::ROW;

/// The best price of a side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// In ticks of the symbol; no whole number where it was converted from another currency.
    pub ticks: f64,
    /// Place of the venue that has it, from 0; of several, of the one that has most there.
    pub venue: usize,
}

/// The levels of all venues in one span of prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Its lower border for bids, its upper border for asks, in quote units.
    pub price: f64,
    /// What rests in it, in base units.
    pub size: f64,
    /// On how many venues.
    pub venues: u32,
}

/// The order books of a symbol on all its venues as one. Component of Symbol entities.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct ConsolidatedBook {
    tick: Step,
    pub(super) lot: Step,
    pub(super) buckets: Buckets,
    /// Rows of the tensor on either side of mid.
    rows: usize,
    /// Row by row from the lowest price: size (base units) and venues of bids, of asks. `cells.len() / ROW / 2` rows belong to
    /// prices up to mid, as many to those above.
    pub(super) cells: Vec<f64>,
    /// The border at or below mid.
    pub(super) center: i64,
    pub(super) mid_ticks: Option<f64>,
    pub(super) best: [Option<Best>; 2],
    /// Lots within the range.
    pub(super) lots: [i64; 2],
    /// Lots within each depth.
    pub(super) depths: [Vec<i64>; 2],
    pub(super) slopes: [Option<f64>; 2],
    pub(super) venues: Vec<VenueView>,
    pub(super) means: RollingMeans,
}

impl ConsolidatedBook {
    /// Nothing yet, on this many venues.
    pub fn new(settings: &CobSettings, instrument: &Instrument, venues: usize, buckets: Buckets) -> Self {
        let depths = vec![0; settings.depth_bps.len()];
        let rows = settings.rows as usize;
        Self {
            tick: instrument.tick_size,
            lot: instrument.lot_size,
            buckets,
            rows,
            cells: vec![0.0; 2 * rows * ROW],
            center: 0,
            mid_ticks: None,
            best: [None; 2],
            lots: [0; 2],
            depths: [depths.clone(), depths],
            slopes: [None; 2],
            venues: vec![VenueView::default(); venues],
            means: RollingMeans::new(&settings.means),
        }
    }

    fn price(&self, ticks: f64) -> f64 {
        let whole = ticks as i64;
        if whole as f64 == ticks { self.tick.to_f64(whole) } else { ticks * self.tick.value() }
    }

    /// Halfway between the best prices, in quote units; none while a side is empty.
    pub fn mid(&self) -> Option<f64> {
        let [bid, ask] = self.best;
        Some(0.5 * (self.price(bid?.ticks) + self.price(ask?.ticks)))
    }

    /// The best price of a side.
    pub fn best(&self, side: BookSide) -> Option<Best> {
        self.best[side as usize]
    }

    /// Ask less bid, in basis points of mid; below 0 if it is crossed.
    pub fn spread_bps(&self) -> Option<f64> {
        let [bid, ask] = self.best;
        Some((ask?.ticks - bid?.ticks) / self.mid_ticks? * 1e4)
    }

    /// Whether the best bid is at or above the best ask.
    pub fn is_crossed(&self) -> Option<bool> {
        let [bid, ask] = self.best;
        Some(bid?.ticks >= ask?.ticks)
    }

    /// What rests within the range on a side, in base units; none without a mid.
    pub fn volume(&self, side: BookSide) -> Option<f64> {
        self.mid_ticks.map(|_| self.lot.to_f64(self.lots[side as usize]))
    }

    /// (B - A) / (B + A) of the volumes within the range.
    pub fn imbalance(&self) -> Option<f64> {
        self.mid_ticks?;
        let [bids, asks] = self.lots.map(|lots| lots as f64);
        (bids + asks > 0.0).then(|| (bids - asks) / (bids + asks))
    }

    /// What rests on a side up to the `i`-th of the depths, in base units.
    pub fn depth(&self, side: BookSide, i: usize) -> Option<f64> {
        self.mid_ticks.and(self.depths[side as usize].get(i)).map(|lots| self.lot.to_f64(*lots))
    }

    /// Growth of a side's depth with the distance from mid, in base units per basis point.
    pub fn slope(&self, side: BookSide) -> Option<f64> {
        self.slopes[side as usize]
    }

    /// Means of the imbalance over time.
    pub fn means(&self) -> &RollingMeans {
        &self.means
    }

    /// The venues: the symbol's own, then the further ones in scenario order.
    pub fn venues(&self) -> &[VenueView] {
        &self.venues
    }

    /// What rests on a venue within the range, bids and asks, in base units; none while it is absent, 0 while it is left out.
    pub fn liquidity(&self, venue: usize) -> Option<f64> {
        let view = self.venues.get(venue).filter(|view| view.status != super::VenueStatus::Absent)?;
        self.mid_ticks.map(|_| self.lot.to_f64(view.lots[0].saturating_add(view.lots[1])))
    }

    /// Nanoseconds since the last word of any venue that is in.
    pub fn age_ns(&self) -> Option<i64> {
        self.venues.iter().filter(|view| view.is_live()).map(|view| view.age_ns).min()
    }

    /// The buckets of a side that are not empty, the best first.
    pub fn buckets(&self, side: BookSide) -> impl Iterator<Item = Bucket> + '_ {
        let count = self.cells.len() / ROW;
        let grid = self.buckets.around(self.mid_ticks.unwrap_or(0.0));
        let first = self.center - count as i64 / 2 + 1;
        let bucket = move |i: usize| {
            let row = if side == BookSide::Bid { count - 1 - i } else { i };
            let cell = row * ROW + 2 * side as usize;
            let (size, venues) = (self.cells[cell], self.cells[cell + 1]);
            (venues > 0.0).then(|| Bucket {
                price: self.price(grid.border(first + row as i64)),
                size,
                venues: venues as u32,
            })
        };
        (0..count).filter_map(bucket)
    }

    /// The buckets around mid as one array, `2 rows x 2 x 2`: prices from the lowest to the highest, bids and asks, size (base
    /// units) and number of venues. The row of index `rows - 1` is that of the border at or below mid. It borrows the store,
    /// nothing is copied; the shape never changes. Empty while there is no mid.
    pub fn tensor(&self) -> ArrayView3<'_, f64> {
        let spare = self.cells.len() / ROW / 2 - self.rows;
        let cells = &self.cells[spare * ROW..(spare + 2 * self.rows) * ROW];
        let view = ArrayView3::from_shape((2 * self.rows, 2, 2), cells);
        view.unwrap_or_else(|e| unreachable!("the store has the rows that it was made with: {e}"))
    }

    /// The bucket of the tensor's first row, counted from price 0, or from mid where buckets are basis points of it.
    pub fn tensor_begins_at(&self) -> i64 {
        self.center - self.rows as i64 + 1
    }
}
