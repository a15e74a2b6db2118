//! Order books for plots: the levels near the best prices and the quotes of accounts, at evenly spaced steps however long the run is,
//! and at every step of a short stretch in its middle.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Builder, RecordBatch, StringDictionaryBuilder, TimestampNanosecondBuilder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::error::ArrowError;
use bevy_ecs::world::World;
use manyworlds_components::book::{Level, OrderBook};
use manyworlds_components::own_orders::OwnOrders;
use manyworlds_components::side::{BookSide, Side};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Clock, Kind, Roster};

use super::plan::RunPlan;

/// Samples over the whole run, at most.
const SAMPLES: usize = 400;
/// Steps of the stretch that is looked at closely.
const NEAR: usize = 300;
/// Levels of a side.
const LEVELS: usize = 10;
/// Symbols, the first that have a book.
const SYMBOLS: usize = 4;
/// Accounts whose quotes are noted, the first that make markets.
const ACCOUNTS: usize = 4;

/// Samples at the steps that are multiples of a stride, which doubles when they are too many; and at every step of the stretch.
#[derive(Debug, Clone)]
pub(super) struct BookSampler {
    symbols: Vec<usize>,
    accounts: Vec<usize>,
    /// A power of two.
    stride: u64,
    whole: Vec<Sample>,
    /// When the stretch begins.
    near_from: Timestamp,
    near: Vec<Sample>,
}

#[derive(Debug, Clone)]
struct Sample {
    step: u64,
    ts: Timestamp,
    /// By kept symbol.
    books: Vec<Seen>,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    bids: Vec<Level>,
    asks: Vec<Level>,
    /// Kept account, side, price in ticks, lots.
    quotes: Vec<(usize, Side, i64, i64)>,
}

impl BookSampler {
    /// For the books of a plan; `None` where no symbol has one of its own venue, or no prices are recorded.
    pub(super) fn new(plan: &RunPlan) -> Option<Self> {
        let scenario = &plan.scenario;
        let with_book = (0..scenario.symbols.len()).filter(|i| plan.books[*i]);
        let symbols: Vec<usize> = with_book.take(SYMBOLS).collect();
        if symbols.is_empty() || scenario.record.prices.is_none() {
            return None;
        }
        let makers = scenario.accounts.iter().enumerate().filter(|(_, a)| a.market_making.is_some());
        let accounts = makers.map(|(a, _)| a).take(ACCOUNTS).collect();
        let time = |text: &Option<String>| manyworlds_systems::time_setting::parse(text.as_deref()?);
        let (from, to) = scenario.span();
        let sources = &plan.data.sources;
        let first = sources.iter().filter_map(|s| time(&s.from)).min().unwrap_or(from).max(from);
        let last = sources.iter().filter_map(|s| time(&s.to)).max().unwrap_or(to).min(to);
        let near_from = if last > first { first + (last - first) / 2 } else { Timestamp::MAX };
        Some(Self { symbols, accounts, stride: 1, whole: Vec::new(), near_from, near: Vec::new() })
    }

    fn is_near(&self, now: Timestamp) -> bool {
        now >= self.near_from && self.near.len() < NEAR
    }

    /// After how many steps it wants to look again.
    pub(super) fn steps_to_next(&self, clock: &Clock) -> u64 {
        let next = clock.next.unwrap_or(clock.now);
        if self.is_near(next) { 1 } else { self.stride - (clock.step & (self.stride - 1)) }
    }

    /// Until when it can wait for the stretch to begin; `None` once the next step is in it, or after it.
    pub(super) fn waits_until(&self, clock: &Clock) -> Option<Timestamp> {
        clock.next.is_some_and(|next| next < self.near_from).then(|| self.near_from + -1)
    }

    /// Whether a sample is due after this step.
    pub(super) fn is_due(&self, clock: &Clock) -> bool {
        clock.step & (self.stride - 1) == 0 || self.is_near(clock.now)
    }

    /// Takes a sample that is due.
    pub(super) fn look(&mut self, world: &World, roster: &Roster, clock: &Clock) {
        let (due, near) = (clock.step & (self.stride - 1) == 0, self.is_near(clock.now));
        // The world was restored to an earlier step: what came after it is forgotten.
        self.whole.truncate(self.whole.partition_point(|s| s.step < clock.step));
        self.near.truncate(self.near.partition_point(|s| s.step < clock.step));
        let books = self.symbols.iter().map(|s| self.see(world, roster, *s)).collect();
        let sample = Sample { step: clock.step, ts: clock.now, books };
        if near {
            self.near.push(sample.clone());
        }
        if due {
            self.whole.push(sample);
        }
        while self.whole.len() > SAMPLES {
            self.stride *= 2;
            let stride = self.stride;
            self.whole.retain(|s| s.step.is_multiple_of(stride));
        }
    }

    fn see(&self, world: &World, roster: &Roster, symbol: usize) -> Seen {
        let mut seen = Seen::default();
        if let Some(book) = world.get::<OrderBook>(roster.entities(Kind::Listing)[symbol]) {
            seen.bids.extend(book.levels(BookSide::Bid).take(LEVELS));
            seen.asks.extend(book.levels(BookSide::Ask).take(LEVELS));
        }
        for (kept, account) in self.accounts.iter().enumerate() {
            let row = symbol * roster.accounts.len() + account;
            let Some(own) = world.get::<OwnOrders>(roster.entities(Kind::Holding)[row]) else { continue };
            for side in [Side::Buy, Side::Sell] {
                let quotes = own.quotes(side).filter_map(|o| Some((kept, side, o.price?.0, o.remaining.0)));
                seen.quotes.extend(quotes);
            }
        }
        seen
    }

    /// The samples as a table: a row per level (`side` `bid` or `ask`, no account), and one per quote of an account.
    ///
    /// # Errors
    /// None that is known.
    pub(super) fn table(&self, plan: &RunPlan, roster: &Roster) -> Result<RecordBatch, ArrowError> {
        let mut times = TimestampNanosecondBuilder::new().with_timezone("UTC");
        let mut words = [(); 4].map(|()| StringDictionaryBuilder::<Int32Type>::new());
        let (mut levels, mut prices, mut sizes) =
            (UInt64Builder::new(), Float64Builder::new(), Float64Builder::new());
        for (part, samples) in [("whole", &self.whole), ("near", &self.near)] {
            for (sample, (kept, seen)) in
                samples.iter().flat_map(|s| s.books.iter().enumerate().map(move |b| (s, b)))
            {
                let symbol = &plan.scenario.symbols[self.symbols[kept]];
                let mut push = |account: &str, side: &str, level: usize, ticks: i64, lots: i64| {
                    times.append_value(sample.ts.0);
                    for (column, word) in words.iter_mut().zip([part, &symbol.symbol, account, side]) {
                        column.append_value(word);
                    }
                    levels.append_value(level as u64);
                    prices.append_value(symbol.tick_size.to_f64(ticks));
                    sizes.append_value(symbol.lot_size.to_f64(lots));
                };
                for (side, book) in [("bid", &seen.bids), ("ask", &seen.asks)] {
                    for (i, level) in book.iter().enumerate() {
                        push("", side, i, level.price.0, level.size.0);
                    }
                }
                for (account, side, ticks, lots) in &seen.quotes {
                    let side = BookSide::from(*side).name();
                    push(&roster.accounts[self.accounts[*account]], side, 0, *ticks, *lots);
                }
            }
        }
        let word = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let mut columns: Vec<ArrayRef> = vec![Arc::new(times.finish())];
        let mut fields = vec![Field::new("ts", columns[0].data_type().clone(), false)];
        for (name, mut column) in ["part", "symbol", "account", "side"].into_iter().zip(words) {
            fields.push(Field::new(name, word.clone(), false));
            columns.push(Arc::new(column.finish()));
        }
        fields.push(Field::new("level", DataType::UInt64, false));
        columns.push(Arc::new(levels.finish()));
        for (name, mut column) in [("price", prices), ("size", sizes)] {
            fields.push(Field::new(name, DataType::Float64, false));
            columns.push(Arc::new(column.finish()));
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    }
}
