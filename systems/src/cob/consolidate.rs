//! The system that makes one book of the books of all venues.

use bevy_ecs::resource::Resource;
use manyworlds_components::book::OrderBook;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::side::BookSide;
use manyworlds_engine::{Annotation, Clock, Column, ColumnMut, Journal, Roster, Shared, SharedMut};

use super::basis::{Leg, legs};
use super::buckets::{Buckets, Grid};
use super::consolidated::{Best, ConsolidatedBook};
use super::settings::{CobSettings, MOST_ROWS, Rejoin};
use super::slope::Slope;
use super::venue::VenueStatus;
use super::walk::{Ends, ROW, Sums, add_side};

/// What does not change during a run, and space of a step.
#[derive(Debug, Clone, Resource)]
pub struct CobRules {
    legs: Vec<Vec<Leg>>,
    buckets: Vec<Buckets>,
    /// How far levels count, as a share of mid.
    range: f64,
    depth_bps: Vec<u64>,
    stale_after: i64,
    rejoin: Rejoin,
    bid_ends: Ends,
    ask_ends: Ends,
}

impl CobRules {
    /// The rules of a run.
    ///
    /// # Errors
    /// Settings that do not fit its symbols and venues.
    pub fn new(settings: &CobSettings, roster: &Roster, instruments: &[Instrument]) -> Result<Self, String> {
        let buckets = instruments.iter().map(|instrument| Buckets::of(settings.bucket, instrument));
        Ok(Self {
            legs: legs(settings, roster, instruments)?,
            buckets: buckets.collect::<Result<_, _>>()?,
            range: settings.range_bps * 1e-4,
            depth_bps: settings.depth_bps.clone(),
            stale_after: settings.stale_after.nanos(),
            rejoin: settings.rejoin,
            bid_ends: Ends::default(),
            ask_ends: Ends::default(),
        })
    }

    /// The venues of a symbol.
    pub fn legs(&self, symbol: usize) -> &[Leg] {
        &self.legs[symbol]
    }

    /// The buckets of a symbol.
    pub fn buckets(&self, symbol: usize) -> Buckets {
        self.buckets[symbol]
    }
}

/// Looks at the venues of every symbol, and where anything is new, sums their levels up anew.
pub fn consolidate_books(
    clock: Shared<'_, Clock>,
    mut rules: SharedMut<'_, CobRules>,
    books: Column<'_, OrderBook>,
    mut cobs: ColumnMut<'_, ConsolidatedBook>,
    mut journal: SharedMut<'_, Journal>,
) -> bevy_ecs::error::Result {
    let CobRules { legs, range, depth_bps, stale_after, rejoin, bid_ends, ask_ends, .. } = &mut *rules;
    for (i, cob) in cobs.iter_mut().enumerate() {
        let legs = &legs[i];
        let mut news = false;
        for (place, (leg, view)) in legs.iter().zip(&mut cob.venues).enumerate() {
            let before = view.status;
            news |= view.look(&books[leg.listing], clock.now, *stale_after, *rejoin);
            if let Some(label) = view.label(before) {
                journal.annotations.push(Annotation {
                    ts: clock.now,
                    at: clock.now + -view.age_ns,
                    symbol: SymbolId::from(i),
                    label,
                    level: u8::try_from(place + 1).unwrap_or(u8::MAX),
                    value: view.age_ns as f64 * 1e-9,
                });
            }
        }
        if news {
            let fits = cob.consolidate(legs, &books, *range, depth_bps, [bid_ends, ask_ends]);
            fits.map_err(|reason| format!("cob: {reason}"))?;
        }
        let imbalance = cob.imbalance();
        cob.means.push(clock.now, imbalance);
    }
    Ok(())
}

impl ConsolidatedBook {
    fn consolidate(
        &mut self,
        legs: &[Leg],
        books: &[OrderBook],
        range: f64,
        depth_bps: &[u64],
        [bid_ends, ask_ends]: [&mut Ends; 2],
    ) -> Result<(), String> {
        self.cells.fill(0.0);
        self.lots = [0; 2];
        self.slopes = [None; 2];
        self.depths.iter_mut().flatten().for_each(|depth| *depth = 0);
        self.venues.iter_mut().for_each(|view| view.lots = [0; 2]);
        self.best = [BookSide::Bid, BookSide::Ask].map(|side| self.find_best(side, legs, books));
        let [bid, ask] = self.best;
        self.mid_ticks = bid.zip(ask).map(|(bid, ask)| 0.5 * (bid.ticks + ask.ticks));
        // Around a price of 0 or less there is no range.
        self.mid_ticks = self.mid_ticks.filter(|mid| *mid > 0.0);
        let Some(mid) = self.mid_ticks else { return Ok(()) };
        let (grid, reach) = (self.buckets.around(mid), mid * range);
        self.make_room(&grid, reach)?;
        self.center = grid.center;
        let first = grid.center - (self.cells.len() / ROW / 2) as i64 + 1;
        let mut set = f64::NAN;
        for (leg, view) in legs.iter().zip(&mut self.venues) {
            if view.status != VenueStatus::Live {
                continue;
            }
            if leg.rate != set {
                set = leg.rate;
                bid_ends.set::<true>((self.buckets, &grid), (mid, reach, set), depth_bps);
                ask_ends.set::<false>((self.buckets, &grid), (mid, reach, set), depth_bps);
            }
            let book = &books[leg.listing];
            let [bids, asks] = &mut self.depths;
            let cells = &mut self.cells;
            let bids = add_side::<true>(book, bid_ends, Sums { cells, first, depths: bids });
            let asks = add_side::<false>(book, ask_ends, Sums { cells, first, depths: asks });
            view.lots = [bids, asks];
            self.lots = [self.lots[0].saturating_add(bids), self.lots[1].saturating_add(asks)];
        }
        self.finish(&grid, (mid, reach, range * 1e4), first);
        Ok(())
    }

    /// The best price of all venues that are in.
    fn find_best(&self, side: BookSide, legs: &[Leg], books: &[OrderBook]) -> Option<Best> {
        let mut found: Option<(Best, i64)> = None;
        for (venue, (leg, view)) in legs.iter().zip(&self.venues).enumerate() {
            let Some(level) = books[leg.listing].best(side).filter(|_| view.is_live()) else { continue };
            let (ticks, size) = (level.price.0 as f64 * leg.rate, level.size.0);
            let better = found.is_none_or(|(best, most)| match side {
                BookSide::Bid => (ticks, size) > (best.ticks, most),
                BookSide::Ask => (-ticks, size) > (-best.ticks, most),
            });
            if better {
                found = Some((Best { ticks, venue }, size));
            }
        }
        found.map(|(best, _)| best)
    }

    /// Makes room for the buckets of the range.
    fn make_room(&mut self, grid: &Grid, reach: f64) -> Result<(), String> {
        let (needed, rows) = (grid.rows(reach), self.cells.len() / ROW / 2);
        if needed <= rows as f64 {
            return Ok(());
        }
        if needed > MOST_ROWS as f64 {
            let (price, size) = (self.mid().unwrap_or_default(), self.width(grid));
            return Err(format!(
                "within the range around {price} there are more than {MOST_ROWS} buckets of {size} on a side: take wider \
                 ones, or a smaller range_bps"
            ));
        }
        // A price that rises does not ask for room at every step.
        let rows = (needed as usize + needed as usize / 4).min(MOST_ROWS as usize);
        self.cells.resize(2 * rows * ROW, 0.0);
        Ok(())
    }

    /// Sizes from lots into base units, and the slopes.
    fn finish(&mut self, grid: &Grid, (mid, reach, range_bps): (f64, f64, f64), first: i64) {
        let lot = self.lot;
        let base = |lots: f64| if lots == 0.0 { 0.0 } else { lot.to_f64(lots as i64) };
        for row in self.cells.chunks_exact_mut(ROW) {
            (row[0], row[2]) = (base(row[0]), base(row[2]));
        }
        let middle = usize::try_from(grid.center - first).unwrap_or(0);
        let rows = usize::try_from(grid.rows(reach) as i64).unwrap_or(0).min(middle);
        let to_bps = 1e4 / mid;
        let before = |rows: &[f64], cell: usize| rows.chunks_exact(ROW).map(|row| row[cell]).sum::<f64>();
        let (up_to_mid, above) = self.cells.split_at((middle + 1) * ROW);
        let mut bids = Slope::beginning_with(before(above, 0));
        let mut asks = Slope::beginning_with(before(up_to_mid, 2));
        let mut ended = [false; 2];
        for i in 0..=rows {
            let k = i as i64;
            let distances = [
                (mid - grid.border(grid.center - k)) * to_bps,
                (grid.border(grid.center + 1 + k) - mid) * to_bps,
            ];
            let below = up_to_mid.get((middle - i) * ROW).copied().unwrap_or(0.0);
            let over = above.get(i * ROW + 2).copied().unwrap_or(0.0);
            for ((slope, x), (volume, ended)) in [&mut bids, &mut asks]
                .into_iter()
                .zip(distances)
                .zip([below, over].into_iter().zip(&mut ended))
            {
                if !*ended {
                    slope.push(x.min(range_bps), volume);
                    *ended = x >= range_bps;
                }
            }
        }
        self.slopes = [bids.value(), asks.value()];
    }

    fn width(&self, grid: &Grid) -> f64 {
        grid.size * self.mid().unwrap_or_default() / self.mid_ticks.unwrap_or(1.0)
    }
}
