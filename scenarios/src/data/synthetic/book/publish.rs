//! What a venue tells of its order flow: levels, orders or best prices, and trades.

use manyworlds_components::book_event::{BookSignal, DepthUpdate, OrderAction, OrderUpdate, Quote};
use manyworlds_components::ids::{ListingId, SymbolId};
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::{AggressorSide, BookSide};
use manyworlds_components::time::Timestamp;

use super::flow::{Flow, FlowEvent};
use super::queues::Queues;
use super::spec::{BookDetail, BookSpec};

const SIDES: [BookSide; 2] = [BookSide::Bid, BookSide::Ask];

/// The feed of one venue.
#[derive(Debug, Clone)]
pub struct Publisher {
    spec: BookSpec,
    symbol: SymbolId,
    listing: ListingId,
    lots: i64,
    latency_ns: i64,
    /// Times in which it says nothing, in order: (from, until), nanoseconds since the start.
    outages: Vec<(i64, i64)>,
    quoted: Option<Quote>,
    events: Vec<MarketEvent>,
}

impl Publisher {
    /// A feed that begins with a snapshot of `queues`.
    pub fn new(spec: &BookSpec, venue: usize, symbol: SymbolId, listing: ListingId, queues: &Queues) -> Self {
        let mut outages: Vec<(i64, i64)> = spec
            .outages
            .iter()
            .filter(|outage| outage.venue == venue)
            .map(|o| (o.after.nanos(), o.after.nanos().saturating_add(o.length.nanos())))
            .collect();
        outages.sort_unstable();
        let mut publisher = Self {
            spec: spec.clone(),
            symbol,
            listing,
            lots: spec.order_lots(),
            latency_ns: (spec.feed_latency_ms * 1e6) as i64,
            outages,
            quoted: None,
            events: Vec::new(),
        };
        publisher.snapshot(0, queues);
        publisher
    }

    fn push(&mut self, at: i64, data: MarketData) {
        let ts_event = self.spec.start + at;
        let (symbol, listing) = (self.symbol, self.listing);
        let ts_recv = Timestamp(ts_event.0 + self.latency_ns);
        self.events.push(MarketEvent { ts_recv, ts_event, symbol, listing, data });
    }

    fn size(&self, count: usize) -> Lots {
        Lots(count as i64 * self.lots)
    }

    fn snapshot(&mut self, at: i64, queues: &Queues) {
        if self.spec.detail == BookDetail::Quotes {
            self.quoted = None;
            return self.quote(at, queues);
        }
        self.push(at, MarketData::Signal(BookSignal::Clear));
        for side in SIDES {
            for (price, queue) in queues.side(side) {
                let price = Ticks(*price);
                if self.spec.detail == BookDetail::Levels {
                    let update = DepthUpdate { side, price, size: self.size(queue.len()) };
                    self.push(at, MarketData::Depth(update));
                    continue;
                }
                for order in queue {
                    let (action, size) = (OrderAction::Add, Lots(self.lots));
                    let update = OrderUpdate { order: *order, action, side, price, size };
                    self.push(at, MarketData::Order(update));
                }
            }
        }
    }

    fn quote(&mut self, at: i64, queues: &Queues) {
        let top = |side| {
            queues
                .best(side)
                .map_or((Ticks(0), Lots(0)), |price| (Ticks(price), self.size(queues.count(side, price))))
        };
        let ((bid, bid_size), (ask, ask_size)) = (top(BookSide::Bid), top(BookSide::Ask));
        let quote = Quote { bid, bid_size, ask, ask_size };
        if self.quoted != Some(quote) {
            self.quoted = Some(quote);
            self.push(at, MarketData::Quote(quote));
        }
    }

    /// Whether the feed is silent at a time; one that has come back begins with a snapshot.
    fn is_silent(&mut self, at: i64, queues: &Queues) -> bool {
        while let Some((from, until)) = self.outages.first().copied() {
            if at < from {
                return false;
            }
            if at < until {
                return true;
            }
            self.outages.remove(0);
            // What happens at `at` is in the queues already, and so in the snapshot.
            if self.outages.first().is_none_or(|next| at < next.0) {
                self.snapshot(at, queues);
                return true;
            }
        }
        false
    }

    /// Tells of an event; `queues` are those after it.
    pub fn take(&mut self, event: &FlowEvent, queues: &Queues) {
        let FlowEvent { at, flow, side, price, order, .. } = *event;
        if self.is_silent(at, queues) {
            return;
        }
        if flow == Flow::Market {
            let (price, quantity) = (self.spec.tick_size.to_f64(price), self.spec.lot_size.to_f64(self.lots));
            let aggressor = match side {
                BookSide::Bid => AggressorSide::Seller,
                BookSide::Ask => AggressorSide::Buyer,
            };
            self.push(at, MarketData::Trade(Trade { price, quantity, aggressor }));
        }
        match self.spec.detail {
            BookDetail::Levels => {
                let size = self.size(queues.count(side, price));
                self.push(at, MarketData::Depth(DepthUpdate { side, price: Ticks(price), size }));
            }
            BookDetail::Orders => {
                let action = match flow {
                    Flow::Limit => OrderAction::Add,
                    Flow::Cancel => OrderAction::Delete,
                    Flow::Market => OrderAction::Execute,
                };
                let (price, size) = (Ticks(price), Lots(self.lots));
                self.push(at, MarketData::Order(OrderUpdate { order, action, side, price, size }));
            }
            BookDetail::Quotes => self.quote(at, queues),
        }
    }

    /// What it has told since the last time.
    pub fn drain(&mut self) -> Vec<MarketEvent> {
        std::mem::take(&mut self.events)
    }

    /// The whole feed. One that would have come back by `end` does so.
    pub fn finish(mut self, end: i64, queues: &Queues) -> Vec<MarketEvent> {
        self.is_silent(end, queues);
        self.events
    }
}
