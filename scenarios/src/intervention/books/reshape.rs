//! Where the levels of a book are, and what is left of them.

use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::{BookSignal, DepthUpdate, OrderAction, OrderUpdate, Quote};
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::side::{AggressorSide, BookSide};
use manyworlds_components::time::Timestamp;

use super::super::prices::Changes;

/// The book is moved anew once it is off by this share of its mid, a basis point: a feed that began anew with every tick
/// of a slow change would be nothing but snapshots.
const RESOLUTION: f64 = 1e-4;

/// How a book differs from the one that was recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shape {
    /// Ticks that its mid has moved.
    moved: i64,
    /// Ticks that each side is farther from the mid.
    wider: i64,
    /// The share of each size that is left.
    left: f64,
}

/// As it was recorded.
const PLAIN: Shape = Shape { moved: 0, wider: 0, left: 1.0 };

impl Shape {
    fn shift(&self, side: BookSide) -> i64 {
        match side {
            BookSide::Bid => self.moved - self.wider,
            BookSide::Ask => self.moved + self.wider,
        }
    }

    /// What is left of a size: at least a lot of what is there.
    fn size(&self, size: Lots) -> Lots {
        let left = (size.0 as f64 * self.left).ceil() as i64;
        if self.left == 1.0 { size } else { Lots(left.clamp(size.0.min(1), size.0)) }
    }

    /// `None`: the price is not above 0 any more.
    fn price(&self, side: BookSide, price: Ticks) -> Option<Ticks> {
        let moved = price.0.saturating_add(self.shift(side));
        (moved > 0 || price.0 <= 0).then_some(Ticks(moved))
    }
}

/// Makes the events of a listing anew, one after the other.
pub(super) struct Reshaper<'a> {
    changes: &'a Changes,
    tick: Step,
    /// As it was recorded.
    book: OrderBook,
    shape: Shape,
    instant: Timestamp,
    /// Sum and count of spreads in ticks, by instant.
    spreads: (f64, f64),
    /// Ticks by which each of the changes of the spread moves the sides, once it has begun.
    wider: Vec<Option<i64>>,
}

impl<'a> Reshaper<'a> {
    pub(super) fn new(changes: &'a Changes, tick: Step) -> Self {
        let wider = vec![None; changes.spreads.len()];
        let (book, instant) = (OrderBook::default(), Timestamp::MIN);
        Self { changes, tick, book, shape: PLAIN, instant, spreads: (0.0, 0.0), wider }
    }

    /// Takes an event in, number `row` of its source, and says what becomes of it.
    pub(super) fn take(&mut self, event: &MarketEvent, row: u64, out: &mut Vec<MarketEvent>) {
        // Between instants the book is whole.
        if event.data.is_book() && event.ts_recv != self.instant {
            self.instant = event.ts_recv;
            self.begin_instant(event, out);
        }
        let shape = self.shape;
        let data = match event.data {
            MarketData::Trade(trade) => Some(MarketData::Trade(self.trade(trade, event.ts_event, row))),
            MarketData::Bar(mut bar) => {
                if bar.close_time > self.changes.from {
                    self.changes.prices.iter().for_each(|layer| layer.bar(&mut bar));
                }
                Some(MarketData::Bar(bar))
            }
            MarketData::Depth(DepthUpdate { side, price, size }) => shape
                .price(side, price)
                .map(|price| MarketData::Depth(DepthUpdate { side, price, size: shape.size(size) })),
            MarketData::Quote(quote) => Some(MarketData::Quote(reshaped_quote(&quote, &shape))),
            MarketData::Order(update) => self.order(&update).map(MarketData::Order),
            MarketData::Signal(BookSignal::ClearTo { side, price }) => {
                shape.price(side, price).map(|price| MarketData::Signal(BookSignal::ClearTo { side, price }))
            }
            MarketData::Signal(signal) => Some(MarketData::Signal(signal)),
        };
        self.book.apply(event);
        out.extend(data.map(|data| MarketEvent { data, ..*event }));
    }

    fn begin_instant(&mut self, event: &MarketEvent, out: &mut Vec<MarketEvent>) {
        let Some((mid, spread)) = self.book.mid_ticks().zip(self.book.spread_ticks()) else { return };
        if self.book.is_gapped() || spread <= 0 {
            return;
        }
        self.spreads = (self.spreads.0 + spread as f64, self.spreads.1 + 1.0);
        let now = self.shape_at(event.ts_event, mid);
        let off = (now.moved - self.shape.moved).abs() as f64;
        let over = now == PLAIN && self.shape != PLAIN;
        let other = (now.wider, now.left) != (self.shape.wider, self.shape.left);
        if other || over || off >= (RESOLUTION * mid).max(1.0) {
            self.shape = now;
            self.begin_anew(event, out);
        }
    }

    /// Where the book should be at a time, if its mid was recorded there.
    fn shape_at(&mut self, t: Timestamp, mid: f64) -> Shape {
        let before = mid * self.tick.value();
        let price = self.changes.prices.iter().fold(before, |price, layer| layer.price(t, price));
        let mut shape = Shape { moved: self.tick.round(price - before), ..PLAIN };
        for (widening, wider) in self.changes.spreads.iter().zip(&mut self.wider) {
            if widening.from <= t && t < widening.until {
                let usual = self.spreads.0 / self.spreads.1;
                let least = widening.at_least_bps * 1e-4 * (price / self.tick.value());
                let wanted = (usual * widening.factor).max(least);
                shape.wider += *wider.get_or_insert(((wanted - usual) / 2.0).ceil().max(0.0) as i64);
            }
        }
        let drains = self.changes.depth.iter().filter(|drain| drain.from <= t && t < drain.until);
        shape.left = drains.map(|drain| drain.left).product();
        shape
    }

    /// The whole book where it is now.
    fn begin_anew(&self, event: &MarketEvent, out: &mut Vec<MarketEvent>) {
        let Self { book, shape, .. } = self;
        let mut push = |data| out.push(MarketEvent { data, ..*event });
        push(MarketData::Signal(BookSignal::Clear));
        if !book.is_deep() {
            let [bid, ask] = [book.best_bid(), book.best_ask()]
                .map(|level| level.map_or((Ticks(0), Lots(0)), |level| (level.price, level.size)));
            let quote = Quote { bid: bid.0, bid_size: bid.1, ask: ask.0, ask_size: ask.1 };
            push(MarketData::Quote(reshaped_quote(&quote, shape)));
            return;
        }
        for side in [BookSide::Bid, BookSide::Ask] {
            for level in book.levels(side) {
                let Some(price) = shape.price(side, level.price) else { continue };
                if book.order_count() == 0 {
                    let size = shape.size(level.size);
                    push(MarketData::Depth(DepthUpdate { side, price, size }));
                }
                for resting in book.queue(side, level.price) {
                    let (order, action, size) = (resting.order, OrderAction::Add, shape.size(resting.size));
                    push(MarketData::Order(OrderUpdate { order, action, side, price, size }));
                }
            }
        }
    }

    /// A change of an order; `None` where nothing of it is to be seen.
    fn order(&self, update: &OrderUpdate) -> Option<OrderUpdate> {
        let (shape, size) = (&self.shape, update.size);
        match update.action {
            OrderAction::Add | OrderAction::Modify => {
                let price = shape.price(update.side, update.price)?;
                Some(OrderUpdate { price, size: shape.size(size), ..*update })
            }
            OrderAction::Delete => Some(*update),
            OrderAction::Reduce | OrderAction::Execute | OrderAction::Fill => {
                let Some(resting) = self.book.order(update.order) else { return Some(*update) };
                let rest = Lots((resting.size.0 - size.0).max(0));
                let gone = Lots(shape.size(resting.size).0 - shape.size(rest).0);
                (gone.0 > 0).then_some(OrderUpdate { size: gone, ..*update })
            }
        }
    }

    /// A print moves with the side that was taken from; one that is drawn to be of the other side is dealt at that side's
    /// best price.
    fn trade(&self, trade: Trade, t: Timestamp, row: u64) -> Trade {
        let taken = |aggressor| match aggressor {
            AggressorSide::Buyer => Some(BookSide::Ask),
            AggressorSide::Seller => Some(BookSide::Bid),
            AggressorSide::Unknown => None,
        };
        let drawn = self.changes.aggressor(t, row).unwrap_or(trade.aggressor);
        if self.shape == PLAIN && drawn == trade.aggressor {
            return trade;
        }
        let side = taken(drawn);
        let best = side.filter(|_| drawn != trade.aggressor).and_then(|side| self.book.best(side));
        let price = best.map_or(self.tick.round(trade.price), |level| level.price.0);
        let moved = price + side.map_or(self.shape.moved, |side| self.shape.shift(side));
        Trade { price: self.tick.to_f64(moved.max(1)), aggressor: drawn, ..trade }
    }
}

fn reshaped_quote(quote: &Quote, shape: &Shape) -> Quote {
    let moved = |side, price, size| match shape.price(side, price) {
        Some(price) => (price, shape.size(size)),
        None => (price, Lots(0)),
    };
    let (bid, bid_size) = moved(BookSide::Bid, quote.bid, quote.bid_size);
    let (ask, ask_size) = moved(BookSide::Ask, quote.ask, quote.ask_size);
    Quote { bid, bid_size, ask, ask_size }
}
