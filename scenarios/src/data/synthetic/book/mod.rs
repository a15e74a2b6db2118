//! Synthetic order books: seeded order flow on one or several venues, as levels, orders or quotes with trades.
//!
//! - **Zero intelligence** (Cont, Stoikov & Talreja 2010, "A stochastic model for order book dynamics"): orders of one size
//!   come independently of each other. Limit orders arrive at a rate that falls with the distance from the other side's best
//!   price, market orders at a constant rate, and each order that rests is canceled at a rate that depends on its distance.
//! - **Hawkes flow**: market orders excite further ones of their side, on their own venue and on others (Bacry, Mastromatteo
//!   & Muzy 2015, "Hawkes processes in finance"), and limit orders and cancels come in proportion to them. Books of several
//!   venues are held together by arbitrage: where one venue's bid is above another's ask, both are hit.
//!
//! Simulated exactly, event by event (Ogata 1981: between events, rates only fall).

mod flow;
mod publish;
mod queues;
mod spec;
#[cfg(test)]
mod tests;

pub use flow::{BookFlow, Flow, FlowEvent};
pub use publish::Publisher;
pub use spec::{BookDetail, BookSpec, HawkesFlow, Outage};

use manyworlds_components::ids::{ListingId, SymbolId};
use manyworlds_components::market::MarketEvent;

use super::validate::FieldError;

/// The feeds of a synthetic book: for each venue its events in order of time.
///
/// `symbol` is part of the seed; `listings` says whose events those of each venue are.
///
/// # Errors
/// A setting out of its range.
pub fn synthetic_books(
    name: &str,
    spec: &BookSpec,
    seed: u64,
    symbol: SymbolId,
    listings: &[ListingId],
) -> Result<Vec<Vec<MarketEvent>>, FieldError> {
    spec.validate(listings.len())?;
    let mut flow = BookFlow::new(name, spec, listings.len(), seed);
    let mut publishers: Vec<Publisher> = (0..listings.len())
        .map(|venue| Publisher::new(spec, venue, symbol, listings[venue], flow.queues(venue)))
        .collect();
    let end = spec.duration_ns();
    let mut events = flow.advance(end);
    while let Some(event) = events {
        publishers[event.venue].take(&event, flow.queues(event.venue));
        events = flow.advance(end);
    }
    let finish = |(venue, publisher): (usize, Publisher)| publisher.finish(end, flow.queues(venue));
    Ok(publishers.into_iter().enumerate().map(finish).collect())
}
