//! The walk over a step's events: matched and applied to books, prices and bars, one after the other.

use manyworlds_components::bar_builder::BarBuilder;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::BookSignal;
use manyworlds_components::market::{LastPrice, MarketData, MarketEvent, Trade};
use manyworlds_components::own_orders::OwnOrders;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Blame, Clock, ColumnMut, EventQueue, Journal, Shared, SharedMut};

use super::super::floor::{ExchangeState, Floor, FloorParam, Hall, Holdings, Money, Tools};
use super::super::mark::mark_accounts;
use super::super::match_orders::match_orders;
use super::super::settle::first_open;
use super::desk::BookDesk;
use super::news::{journaled, report};
use super::{BookDesks, BookSymbols, Matcher};
use crate::market::{MarkRule, Prints, TopChanges, mid_price};
use crate::stirred::Stirred;

/// What events leave on listings and symbols.
type Market<'w> =
    (ColumnMut<'w, OrderBook>, ColumnMut<'w, LastPrice>, ColumnMut<'w, BarBuilder>, ColumnMut<'w, BarSeries>);

/// As [`super::super::settle`], in worlds with order books: matches orders event by event, applies events to books, prices and
/// bars in the same walk, books executions, and marks the accounts.
pub fn settle_books(
    (clock, queue, symbols): (Shared<'_, Clock>, Shared<'_, EventQueue>, Shared<'_, BookSymbols>),
    hall: SharedMut<'_, Hall>,
    (state, mut desks): (SharedMut<'_, ExchangeState>, SharedMut<'_, BookDesks>),
    (journal, stirred): (SharedMut<'_, Journal>, SharedMut<'_, Stirred>),
    (holdings, money): (Holdings<'_>, Money<'_>),
    (mut books, mut prices, mut builders, mut series): Market<'_>,
    (mut own, mut tops): (ColumnMut<'_, OwnOrders>, Option<SharedMut<'_, TopChanges>>),
) {
    let mut prints = Prints::new(clock.step, &mut prices, &mut builders, &mut series);
    let desks = &mut desks.desks;
    let mut tops = tops.as_deref_mut();
    if let Some(tops) = &mut tops {
        tops.begin();
    }
    FloorParam { hall, state, journal, stirred, holdings, money }.open(clock.now, |mut floor, mut tools| {
        let (fills, events) = journaled(floor.journal);
        let mut walk = Walk { symbols: &symbols, desks, books: &mut books, prints: &mut prints, tops };
        if floor.schedule.any_borrow && clock.previous != Timestamp::MIN {
            let opened = first_open(&queue).unwrap_or(clock.now).clamp(clock.previous, clock.now);
            floor.accrue_borrow(clock.previous, opened);
            walk.walk(&mut floor, &mut tools, queue.events(), &clock);
            floor.accrue_borrow(opened, clock.now);
        } else {
            walk.walk(&mut floor, &mut tools, queue.events(), &clock);
        }
        if !floor.schedule.acts.is_empty() {
            floor.pay_cash(&clock);
        }
        if !floor.schedule.funding.is_empty() {
            floor.pay_funding(&clock);
        }
        mark_accounts(&mut floor, &mut tools, &clock);
        if journaled(floor.journal) != (fills, events) {
            let news = (&floor.journal.fills[fills..], &floor.journal.orders[events..]);
            report(desks, &symbols, floor.terms, news);
        }
        for (s, desk) in desks.iter_mut().enumerate().filter(|(_, desk)| !desk.news.is_empty()) {
            let row = s * floor.terms.accounts;
            desk.deliver(clock.now, &mut own[row..row + floor.terms.accounts]);
        }
    });
    prints.close(&clock);
}

struct Walk<'w, 'p> {
    symbols: &'w BookSymbols,
    desks: &'w mut [BookDesk],
    books: &'w mut [OrderBook],
    prints: &'w mut Prints<'p>,
    tops: Option<&'w mut TopChanges>,
}

impl Walk<'_, '_> {
    fn walk(&mut self, floor: &mut Floor<'_>, tools: &mut Tools<'_>, events: &[MarketEvent], clock: &Clock) {
        let (now, constant) = (floor.terms, floor.schedule.is_constant());
        let mut i = 0;
        while let Some(event) = events.get(i) {
            i += 1;
            let symbol = event.symbol.index();
            if !event.is_primary() {
                // Other venues feed their books, and nothing else.
                self.books[event.listing.index()].apply(event);
                continue;
            }
            let Some(rule) = self.symbols.0[symbol] else {
                let more = events[i..].iter().take_while(|e| self.goes_by_bars(e)).count();
                let bars = &events[i - 1..i + more];
                bars.iter().filter(|e| e.is_own_print()).for_each(|e| self.prints.add(e));
                match_orders(floor, tools, bars);
                i += more;
                continue;
            };
            if constant && self.tops.is_none() && rule == MarkRule::Prints {
                i += self.meet_all(floor, tools, &events[i - 1..]) - 1;
                continue;
            }
            if !constant {
                floor.terms = floor.schedule.at(event.ts_event);
            }
            if let Some(tops) = &mut self.tops {
                tops.before(event, self.books);
            }
            self.meet_all(floor, tools, std::slice::from_ref(event));
            if let Some(tops) = &mut self.tops {
                tops.after(events, i - 1, self.books);
            }
            if rule == MarkRule::Mid && !events.get(i).is_some_and(|next| is_of_instant(next, event)) {
                self.mark_at_mid(floor, event);
            }
        }
        floor.terms = now;
        for s in 0..self.desks.len() {
            if self.symbols.0[s].is_some() {
                self.end_step(floor, s, clock);
            }
        }
        Blame::clear();
    }

    fn goes_by_bars(&self, event: &MarketEvent) -> bool {
        event.is_primary() && self.symbols.0[event.symbol.index()].is_none()
    }

    /// Events of a symbol with a book, on its own venue: the first ones of `events`, up to one of another listing. Returns how
    /// many. Most of them are levels that no order of ours has to do with: nothing is looked up for them, and what is asked
    /// of each is only whether anything is due before it, and whether its price matters.
    #[inline]
    fn meet_all(&mut self, floor: &mut Floor<'_>, tools: &mut Tools<'_>, events: &[MarketEvent]) -> usize {
        let Some(first) = events.first() else { return 0 };
        let (listing, symbol) = (first.listing, first.symbol.index());
        let (desk, book) = (&mut self.desks[symbol], &mut self.books[listing.index()]);
        let mut count = 0;
        for event in events {
            if event.listing != listing {
                break;
            }
            count += 1;
            if event.ts_event > desk.due {
                desk.lag = lag(event);
                Matcher { floor, desk, symbol }.arrive_before(event.ts_event, book);
            }
            match &event.data {
                MarketData::Depth(update) => {
                    if desk.watch.sees_level(update.side, update.price.0) {
                        Matcher { floor, desk, symbol }.depth(event, update, book);
                    } else {
                        book.apply_depth(event.ts_recv, event.ts_event, update);
                    }
                }
                MarketData::Trade(trade) => {
                    let tick = floor.terms.instruments[symbol].tick_size;
                    if (desk.rests() || desk.stops) && desk.watch.sees_trade(tick.round(trade.price)) {
                        Matcher { floor, desk, symbol }.trade(trade, book, event.ts_event);
                    }
                    let Trade { price, quantity, .. } = *trade;
                    floor.value_at(symbol, event.ts_event, (price, price, price, quantity), tools.impact);
                    self.prints.add_price(symbol, price, quantity, event.ts_recv);
                }
                data => meet_other(Matcher { floor, desk, symbol }, tools, self.prints, (event, data), book),
            }
        }
        // Until something asks for it, it is enough to know it of the last one.
        desk.lag = lag(&events[count - 1]);
        count
    }

    /// Marks a symbol at its mid, at the end of an instant.
    fn mark_at_mid(&mut self, floor: &mut Floor<'_>, event: &MarketEvent) {
        let symbol = event.symbol.index();
        let (desk, book) = (&mut self.desks[symbol], &self.books[event.listing.index()]);
        let instrument = &floor.terms.instruments[symbol];
        let Some(mid) = mid_price(book, instrument) else { return };
        if desk.stops
            && let Some((bid, ask)) = book.top()
        {
            let (bid, ask) = (instrument.price(bid), instrument.price(ask));
            let mut matcher = Matcher { floor, desk, symbol };
            if matcher.matches(book) {
                matcher.wake_stops(ask, bid, event.ts_event);
            }
        }
        self.prints.add_price(symbol, mid, 0.0, event.ts_recv);
        floor.marks.prices[symbol] = mid;
        if floor.marks.holders[symbol] > 0 {
            floor.age_trades(symbol, event.ts_event, (mid, mid, mid));
        }
    }

    /// What is due at the venue by now, as far as its time is known here.
    fn end_step(&mut self, floor: &mut Floor<'_>, symbol: usize, clock: &Clock) {
        let (desk, book) = (&mut self.desks[symbol], &self.books[symbol]);
        desk.keep_mid(book);
        if floor.marks.prices[symbol] == 0.0
            && let Some(mid) = mid_price(book, &floor.terms.instruments[symbol])
        {
            // Until the first trade there is no other price.
            floor.marks.prices[symbol] = mid;
        }
        // Events of this very time may be yet to come.
        let known = clock.now + -desk.lag.max(0) + i64::from(clock.next != Some(clock.now));
        if desk.due >= known && !desk.blocked && desk.waiting.is_empty() {
            return;
        }
        Blame::symbol(symbol.into());
        let mut matcher = Matcher { floor, desk, symbol };
        matcher.arrive_before(known, book);
        matcher.catch_up(known + -1, book);
    }
}

/// How long the feed took with an event, in nanoseconds.
#[inline]
fn lag(event: &MarketEvent) -> i64 {
    event.ts_recv - event.ts_event
}

/// An event that is neither a level nor a trade.
#[inline(never)]
fn meet_other(
    mut matcher: Matcher<'_, '_>,
    tools: &mut Tools<'_>,
    prints: &mut Prints<'_>,
    (event, data): (&MarketEvent, &MarketData),
    book: &mut OrderBook,
) {
    match data {
        MarketData::Bar(_) => {
            matcher.floor.value_events(std::slice::from_ref(event), tools.impact);
            prints.add(event);
        }
        MarketData::Quote(quote) if matcher.desk.rests() => matcher.quote(event, quote, book),
        MarketData::Order(update) if matcher.desk.rests() => matcher.order(event, update, book),
        MarketData::Signal(signal) => {
            book.apply(event);
            // What was missed in the meantime is looked at when the instant is over.
            matcher.desk.blocked |= matches!(signal, BookSignal::Resume | BookSignal::Clear);
        }
        _ => book.apply(event),
    }
}

/// Whether an event belongs to the message of the one before it: halfway through, a book may be crossed.
fn is_of_instant(next: &MarketEvent, event: &MarketEvent) -> bool {
    next.ts_recv == event.ts_recv && next.listing == event.listing
}
