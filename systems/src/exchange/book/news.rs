//! The wire between accounts and venues: what is posted, and what is heard.

use manyworlds_components::fill::Fill;
use manyworlds_components::ids::{AccountId, OrderId, SymbolId};
use manyworlds_components::order::VenueMessage;
use manyworlds_components::order::{OrderEvent, OrderKind, OrderQuantity, OrderStatus};
use manyworlds_components::own_orders::{OwnOrder, OwnOrders, OwnStatus};
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{ColumnMut, Journal, Shared, SharedMut};
use serde::{Deserialize, Serialize};

use super::super::bar_matching::effective;
use super::super::floor::{ExchangeState, Hall};
use super::super::orders::WorkingOrder;
use super::super::terms::Terms;
use super::desk::{BookDesk, Parcel};
use super::{BookDesks, BookSymbols, Matcher};

/// What a venue tells an account.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct News {
    /// When the account hears of it.
    at: Timestamp,
    order: OrderId,
    account: AccountId,
    what: What,
}

/// What has become of an order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum What {
    Accepted,
    /// It has this limit, and so many lots more than before.
    Replaced {
        price: Option<Ticks>,
        more: i64,
    },
    /// So many lots of it, signed, were executed.
    Filled(i64),
    /// A message about it came to nothing; it works as before.
    Refused,
    /// It is no more.
    Done,
}

impl BookDesk {
    fn send(&mut self, news: News) {
        let before = |other: &News| other.at <= news.at;
        if self.news.back().is_none_or(before) {
            self.news.push_back(news);
        } else {
            let place = self.news.partition_point(before);
            self.news.insert(place, news);
        }
    }

    /// Lets accounts hear what has come by `now`; `own` by account.
    #[inline]
    pub(super) fn deliver(&mut self, now: Timestamp, own: &mut [OwnOrders]) {
        while self.news.front().is_some_and(|news| news.at <= now)
            && let Some(news) = self.news.pop_front()
        {
            own[news.account.index()].hear(&news);
        }
    }
}

trait Hear {
    fn hear(&mut self, news: &News);
}

impl Hear for OwnOrders {
    fn hear(&mut self, news: &News) {
        if let What::Filled(lots) = news.what {
            self.lots += lots;
        }
        if news.what == What::Done {
            return self.remove(news.order);
        }
        let Some(order) = self.get_mut(news.order) else { return };
        match news.what {
            What::Accepted if order.status == OwnStatus::Requested => order.status = OwnStatus::Accepted,
            What::Accepted | What::Done => {}
            What::Refused if order.status == OwnStatus::CancelPending => order.status = OwnStatus::Accepted,
            What::Refused => {}
            What::Replaced { price, more } => {
                order.status = OwnStatus::Accepted;
                order.price = price;
                order.remaining.0 += more;
            }
            What::Filled(lots) => order.remaining.0 -= lots.abs(),
        }
    }
}

impl Matcher<'_, '_> {
    /// Sends word to an account.
    pub(super) fn tell(&mut self, ts: Timestamp, order: OrderId, account: AccountId, what: What) {
        let model = &self.floor.terms.venue(self.symbol).latency;
        let at = ts + model.response_ns(ts, self.desk.lag);
        self.desk.send(News { at, order, account, what });
    }
}

/// Sends word of the executions and changes of status that a step has brought to symbols with a book.
pub(super) fn report(
    desks: &mut [BookDesk],
    symbols: &BookSymbols,
    terms: &Terms,
    (fills, events): (&[Fill], &[OrderEvent]),
) {
    // Many answers are of one moment.
    let mut last = (SymbolId(0), Timestamp::MIN, Timestamp::MIN);
    let mut tell = |symbol: SymbolId, ts: Timestamp, order, account, what| {
        let s = symbol.index();
        if symbols.0[s].is_none() {
            return;
        }
        if (last.0, last.1) != (symbol, ts) {
            last = (symbol, ts, ts + terms.venue(s).latency.response_ns(ts, desks[s].lag));
        }
        desks[s].send(News { at: last.2, order, account, what });
    };
    for fill in fills {
        let what = What::Filled(fill.side.sign() * fill.lots.0);
        tell(fill.symbol, fill.ts, fill.order, fill.account, what);
    }
    for event in events {
        let what = match event.status {
            OrderStatus::Accepted => What::Accepted,
            OrderStatus::CancelRejected(_) => What::Refused,
            status if status.is_done() => What::Done,
            _ => continue,
        };
        tell(event.symbol, event.ts, event.order, event.account, what);
    }
}

/// Decide / Last: what has been submitted in this step is on its way, and its account knows that it is.
#[inline]
pub fn post_orders(
    hall: Shared<'_, Hall>,
    symbols: Shared<'_, BookSymbols>,
    mut state: SharedMut<'_, ExchangeState>,
    mut desks: SharedMut<'_, BookDesks>,
    mut own: ColumnMut<'_, OwnOrders>,
    clock: Shared<'_, manyworlds_engine::Clock>,
) {
    let next = state.book.next_number();
    let accounts = hall.schedule.at(clock.now).accounts;
    for (s, _) in symbols.0.iter().enumerate().filter(|(_, rule)| rule.is_some()) {
        let list = &mut state.book.symbols[s];
        if next == desks.posted && list.messages.is_empty() {
            continue;
        }
        let posted = list.orders.partition_point(|w| w.order.id < desks.posted);
        let desk = &mut desks.desks[s];
        let by_feed = hall.schedule.at(clock.now).venue(s).latency.entry_by_feed(desk.lag);
        // Messages first, as at equal times they arrive first. None is about an order that has no number yet.
        for mut message in list.messages.drain(..) {
            message.arrives_at = message.arrives_at + by_feed;
            desk.expect(message.arrives_at, Parcel::Message(Box::new(message)));
            if let VenueMessage::Cancel(order) | VenueMessage::Replace { order, .. } = message.message
                && let Some(order) = own[s * accounts + message.account.index()].get_mut(order)
            {
                order.status = OwnStatus::CancelPending;
            }
        }
        for working in &mut list.orders[posted..] {
            // Exits are armed at the venue.
            if working.parent.is_none() {
                working.order.arrives_at = working.order.arrives_at + by_feed;
                desk.expect(working.order.arrives_at, Parcel::Enter(working.order.id));
                let account = working.order.request.account.index();
                own[s * accounts + account].orders.push(own_order(working));
            }
        }
    }
    desks.posted = next;
}

fn own_order(working: &WorkingOrder) -> OwnOrder {
    let request = &working.order.request;
    OwnOrder {
        id: working.order.id,
        side: request.side,
        price: match effective(working) {
            OrderKind::Limit { price } => Some(price),
            _ => None,
        },
        remaining: match request.quantity {
            OrderQuantity::Lots(lots) => lots,
            OrderQuantity::EquityFraction(_) => Lots(0),
        },
        status: OwnStatus::Requested,
    }
}

/// Where the journal stands, so that what a step adds can be told.
pub(super) fn journaled(journal: &Journal) -> (usize, usize) {
    (journal.fills.len(), journal.orders.len())
}
