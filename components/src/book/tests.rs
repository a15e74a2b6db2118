//! The book against a plain map, and orders against plain lists, over arbitrary events.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::book_event::{DepthUpdate, OrderAction};
use crate::ids::SymbolId;

const SIDES: [BookSide; 2] = [BookSide::Bid, BookSide::Ask];

fn event(ts: i64, data: MarketData) -> MarketEvent {
    MarketEvent::primary(Timestamp(ts), Timestamp(ts - 5), SymbolId(0), data)
}

fn depth(side: BookSide, price: i64, size: i64) -> MarketData {
    MarketData::Depth(DepthUpdate { side, price: Ticks(price), size: Lots(size) })
}

/// What a book must be: two maps.
#[derive(Default)]
struct Plain {
    sides: [BTreeMap<i64, i64>; 2],
    rule: CrossRule,
    ts: i64,
    crossed: u64,
    deep: bool,
}

impl Plain {
    fn best(&self, side: BookSide) -> Option<(i64, i64)> {
        let levels = &self.sides[side as usize];
        let best = match side {
            BookSide::Bid => levels.last_key_value(),
            BookSide::Ask => levels.first_key_value(),
        };
        best.map(|(price, size)| (*price, *size))
    }

    fn is_crossed(&self) -> bool {
        let [bid, ask] = SIDES.map(|side| self.best(side));
        bid.zip(ask).is_some_and(|(bid, ask)| bid.0 >= ask.0)
    }

    fn is_at_or_better(side: BookSide, price: i64, than: i64) -> bool {
        if side == BookSide::Bid { price >= than } else { price <= than }
    }

    fn set(&mut self, side: BookSide, price: i64, size: i64) {
        if size <= 0 {
            self.sides[side as usize].remove(&price);
            return;
        }
        self.sides[side as usize].insert(price, size);
        if self.rule == CrossRule::NewestWins {
            self.sides[side.opposite() as usize]
                .retain(|p, _| !Self::is_at_or_better(side.opposite(), *p, price));
        }
    }

    fn apply(&mut self, event: &MarketEvent) {
        if event.ts_recv.0 != self.ts {
            self.crossed += u64::from(self.is_crossed());
            self.ts = event.ts_recv.0;
        }
        match event.data {
            MarketData::Depth(update) => {
                self.deep = true;
                self.set(update.side, update.price.0, update.size.0);
            }
            MarketData::Quote(q) => {
                for (side, price, size) in
                    [(BookSide::Bid, q.bid.0, q.bid_size.0), (BookSide::Ask, q.ask.0, q.ask_size.0)]
                {
                    let deep = self.deep && size > 0;
                    self.sides[side as usize]
                        .retain(|p, _| deep && (*p == price || !Self::is_at_or_better(side, *p, price)));
                    if size > 0 {
                        self.set(side, price, size);
                    }
                }
            }
            MarketData::Signal(BookSignal::Clear) => self.sides = Default::default(),
            MarketData::Signal(BookSignal::ClearTo { side, price }) => {
                self.sides[side as usize].retain(|p, _| !Self::is_at_or_better(side, *p, price.0));
            }
            _ => {}
        }
    }

    fn levels(&self, side: BookSide) -> Vec<(i64, i64)> {
        let levels = self.sides[side as usize].iter().map(|(p, s)| (*p, *s));
        if side == BookSide::Bid { levels.rev().collect() } else { levels.collect() }
    }

    fn within(&self, side: BookSide, ticks: i64) -> i64 {
        let Some((best, _)) = self.best(side) else { return 0 };
        let near = |p: i64| (i128::from(p) - i128::from(best)).abs() <= i128::from(ticks);
        let levels = self.sides[side as usize].iter().filter(|(p, _)| near(**p));
        levels.fold(0, |sum: i64, (_, size)| sum.saturating_add(*size))
    }
}

/// Mostly near, sometimes far, now and then at the ends of the integers.
fn price() -> impl Strategy<Value = i64> {
    prop_oneof![
        20 => -40i64..40,
        6 => -3_000i64..3_000,
        4 => -200_000i64..200_000,
        1 => prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(i64::MIN + 1), Just(i64::MAX - 1), any::<i64>()],
    ]
}

fn size() -> impl Strategy<Value = i64> {
    prop_oneof![4 => Just(0i64), 10 => 1i64..100, 1 => Just(-3i64), 1 => Just(i64::MAX)]
}

fn side() -> impl Strategy<Value = BookSide> {
    prop_oneof![Just(BookSide::Bid), Just(BookSide::Ask)]
}

fn data() -> impl Strategy<Value = MarketData> {
    let quote = (price(), size(), price(), size()).prop_map(|(bid, bid_size, ask, ask_size)| {
        let (bid, ask) = (Ticks(bid), Ticks(ask));
        MarketData::Quote(Quote { bid, bid_size: Lots(bid_size), ask, ask_size: Lots(ask_size) })
    });
    let clear_to = (side(), price())
        .prop_map(|(side, price)| MarketData::Signal(BookSignal::ClearTo { side, price: Ticks(price) }));
    let signal = prop_oneof![Just(BookSignal::Clear), Just(BookSignal::Gap), Just(BookSignal::Halt)];
    prop_oneof![
        60 => (side(), price(), size()).prop_map(|(side, price, size)| depth(side, price, size)),
        2 => quote,
        1 => clear_to,
        1 => signal.prop_map(MarketData::Signal),
    ]
}

/// Runs of one side around a price that wanders, so that windows fill, move and grow.
fn drift() -> impl Strategy<Value = Vec<(i64, MarketData)>> {
    let step = (-900i64..900, -4_000i64..4_000, size(), side(), 0i64..2);
    prop::collection::vec(step, 1..400).prop_map(|steps| {
        let (mut at, mut ts) = (0, 0);
        let mut event = |(move_by, off, size, side, later)| {
            at += move_by;
            ts += later;
            (ts, depth(side, at + off, size))
        };
        steps.into_iter().map(&mut event).collect()
    })
}

fn arbitrary() -> impl Strategy<Value = Vec<(i64, MarketData)>> {
    prop::collection::vec((0i64..2, data()), 1..200).prop_map(|steps| {
        let mut ts = 0;
        let mut event = |(later, data)| {
            ts += later;
            (ts, data)
        };
        steps.into_iter().map(&mut event).collect()
    })
}

fn same(events: &[(i64, MarketData)], rule: CrossRule) -> Result<(), TestCaseError> {
    let (mut book, mut plain) = (OrderBook::new(rule), Plain { rule, ..Plain::default() });
    for (i, (ts, data)) in events.iter().enumerate() {
        let event = event(*ts, *data);
        book.apply(&event);
        plain.apply(&event);
        prop_assert_eq!(book.is_crossed(), plain.is_crossed());
        for side in SIDES {
            prop_assert_eq!(book.best(side).map(|l| (l.price.0, l.size.0)), plain.best(side));
            prop_assert_eq!(book.level_count(side), plain.sides[side as usize].len());
            if i % 16 == 0 || i + 1 == events.len() {
                let levels: Vec<_> = book.levels(side).map(|l| (l.price.0, l.size.0)).collect();
                prop_assert_eq!(&levels, &plain.levels(side));
                let mut first = [Level { price: Ticks(0), size: Lots(0) }; 7];
                let count = book.best_levels(side, &mut first);
                let first: Vec<_> = first[..count].iter().map(|l| (l.price.0, l.size.0)).collect();
                prop_assert_eq!(&first[..], &levels[..levels.len().min(7)]);
                for &(price, size) in &levels {
                    prop_assert_eq!(book.size_at(side, Ticks(price)).0, size);
                }
                for (from, to) in [(i64::MIN, i64::MAX), (-40, 40), (0, 0), (-2_000, 9), (9, -2_000)] {
                    let (best, worst) = if side == BookSide::Bid { (to, from) } else { (from, to) };
                    let behind = |p: i64| if side == BookSide::Bid { p <= best } else { p >= best };
                    let next = levels.iter().map(|(p, _)| *p).find(|p| behind(*p));
                    prop_assert_eq!(book.next_from(side, Ticks(best)), next.map(Ticks));
                    let within = levels.iter().filter(|(p, _)| from <= to && (from..=to).contains(p));
                    let expected = within.fold(0i64, |sum, (_, size)| sum.saturating_add(*size));
                    prop_assert_eq!(book.size_between(side, Ticks(best), Ticks(worst)).0, expected);
                }
                for ticks in [0, 1, 10, 5_000, i64::MAX] {
                    prop_assert_eq!(book.depth_within(side, ticks).0, plain.within(side, ticks));
                }
            }
        }
    }
    prop_assert_eq!(book.crossed_count(), plain.crossed);
    prop_assert!(rule == CrossRule::Keep || book.crossed_count() == 0);
    Ok(())
}

/// Every order by level, as lists.
#[derive(Default)]
struct Lists(Vec<BookOrder>);

impl Lists {
    fn apply(&mut self, u: &OrderUpdate) {
        let at = self.0.iter().position(|o| o.order == u.order);
        let size = Lots(u.size.0.max(0));
        let order = BookOrder { order: u.order, side: u.side, price: u.price, size };
        match (u.action, at) {
            (OrderAction::Modify, Some(at))
                if (self.0[at].side, self.0[at].price) == (u.side, u.price) && size <= self.0[at].size =>
            {
                self.0[at].size = size;
            }
            (OrderAction::Add | OrderAction::Modify, at) => {
                at.map(|at| self.0.remove(at));
                self.0.push(order);
            }
            (OrderAction::Reduce | OrderAction::Execute, Some(at)) => self.0[at].size.0 -= size.0,
            (OrderAction::Delete, Some(at)) => self.0[at].size = Lots(0),
            _ => {}
        }
        self.0.retain(|o| o.size.0 > 0);
    }
}

fn order_update() -> impl Strategy<Value = OrderUpdate> {
    let action = prop_oneof![
        4 => Just(OrderAction::Add),
        2 => Just(OrderAction::Modify),
        1 => Just(OrderAction::Reduce),
        1 => Just(OrderAction::Delete),
        1 => Just(OrderAction::Execute),
        1 => Just(OrderAction::Fill),
    ];
    (0u64..40, action, side(), 0i64..6, -1i64..20).prop_map(|(order, action, side, price, size)| {
        let price = if side == BookSide::Ask { price + 4 } else { price };
        OrderUpdate { order, action, side, price: Ticks(price * 700), size: Lots(size) }
    })
}

proptest! {
    #[test]
    fn like_a_plain_map(events in arbitrary(), newest: bool) {
        same(&events, if newest { CrossRule::NewestWins } else { CrossRule::Keep })?;
    }

    #[test]
    fn like_a_plain_map_far_and_wide(events in drift(), newest: bool) {
        same(&events, if newest { CrossRule::NewestWins } else { CrossRule::Keep })?;
    }

    #[test]
    fn orders_like_plain_lists(updates in prop::collection::vec(order_update(), 1..200)) {
        let (mut book, mut lists) = (OrderBook::default(), Lists::default());
        for update in &updates {
            book.apply(&event(1, MarketData::Order(*update)));
            lists.apply(update);
            prop_assert_eq!(book.order_count(), lists.0.len());
            for side in SIDES {
                for price in (0..10).map(|p| Ticks(p * 700)) {
                    let at = |o: &&BookOrder| (o.side, o.price) == (side, price);
                    let level: Vec<BookOrder> = lists.0.iter().filter(at).copied().collect();
                    prop_assert_eq!(book.size_at(side, price).0, level.iter().map(|o| o.size.0).sum::<i64>());
                    let mut ahead = 0;
                    for (i, order) in level.iter().enumerate() {
                        let position = QueuePosition { ahead: Lots(ahead), orders_ahead: i as u64 };
                        prop_assert_eq!(book.position(order.order), Some(position));
                        prop_assert_eq!(book.order(order.order), Some(*order));
                        ahead += order.size.0;
                    }
                    prop_assert_eq!(book.queue(side, price).collect::<Vec<_>>(), level);
                }
            }
        }
        let text = postcard_like(&book);
        prop_assert_eq!(postcard_like(&decoded(&text)), text);
    }

    #[test]
    fn written_and_read_back(events in arbitrary()) {
        let mut book = OrderBook::default();
        events.iter().for_each(|(ts, data)| book.apply(&event(*ts, *data)));
        let text = postcard_like(&book);
        let mut again = decoded(&text);
        prop_assert_eq!(postcard_like(&again), text);
        // What comes next does the same to both.
        for (ts, data) in &events {
            book.apply(&event(*ts, *data));
            again.apply(&event(*ts, *data));
        }
        prop_assert_eq!(postcard_like(&again), postcard_like(&book));
    }
}

fn postcard_like(book: &OrderBook) -> Vec<u8> {
    postcard::to_allocvec(book).unwrap()
}

fn decoded(bytes: &[u8]) -> OrderBook {
    postcard::from_bytes(bytes).unwrap()
}

#[test]
fn an_empty_book_has_no_answers() {
    let book = OrderBook::default();
    assert_eq!((book.best_bid(), book.best_ask(), book.mid_ticks()), (None, None, None));
    assert!(!book.is_crossed() && !book.is_live());
    assert_eq!(book.size_at(BookSide::Bid, Ticks(5)), Lots(0));
    assert_eq!(book.depth_within(BookSide::Ask, 3), Lots(0));
    assert_eq!(book.queue(BookSide::Ask, Ticks(1)).count(), 0);
}

#[test]
fn a_message_may_pass_through_a_crossed_state() {
    let mut book = OrderBook::default();
    for data in [depth(BookSide::Bid, 100, 1), depth(BookSide::Ask, 101, 1)] {
        book.apply(&event(1, data));
    }
    // The bid rises onto the ask, whose level the same message deletes.
    book.apply(&event(2, depth(BookSide::Bid, 101, 4)));
    assert!(book.is_crossed());
    book.apply(&event(2, depth(BookSide::Ask, 101, 0)));
    book.apply(&event(2, depth(BookSide::Ask, 102, 2)));
    book.apply(&event(3, depth(BookSide::Bid, 103, 1)));
    assert_eq!(book.crossed_count(), 0);
    // This one stays until the next instant.
    book.apply(&event(4, depth(BookSide::Bid, 103, 0)));
    assert_eq!((book.crossed_count(), book.is_crossed()), (1, false));
}

#[test]
fn quotes_are_the_book_or_trim_it() {
    let quote = |bid, ask| {
        let size = Lots(7);
        event(
            1,
            MarketData::Quote(Quote { bid: Ticks(bid), bid_size: size, ask: Ticks(ask), ask_size: size }),
        )
    };
    let mut book = OrderBook::default();
    book.apply(&quote(10, 12));
    book.apply(&quote(8, 9));
    assert_eq!((book.level_count(BookSide::Bid), book.top()), (1, Some((Ticks(8), Ticks(9)))));
    book.apply(&event(2, MarketData::Signal(BookSignal::Clear)));
    for (price, side) in [(10, BookSide::Bid), (9, BookSide::Bid), (11, BookSide::Ask), (12, BookSide::Ask)] {
        book.apply(&event(2, depth(side, price, 1)));
    }
    book.apply(&quote(9, 10));
    assert_eq!(book.levels(BookSide::Bid).map(|l| (l.price.0, l.size.0)).collect::<Vec<_>>(), [(9, 7)]);
    let asks: Vec<_> = book.levels(BookSide::Ask).map(|l| (l.price.0, l.size.0)).collect();
    assert_eq!(asks, [(10, 7), (11, 1), (12, 1)]);
}

#[test]
fn a_gap_lasts_until_the_book_is_cleared() {
    let mut book = OrderBook::default();
    for data in [depth(BookSide::Bid, 1, 1), depth(BookSide::Ask, 2, 1)] {
        book.apply(&event(1, data));
    }
    assert!(book.is_live());
    book.apply(&event(2, MarketData::Signal(BookSignal::Gap)));
    assert!(book.is_gapped() && !book.is_live());
    book.apply(&event(3, MarketData::Signal(BookSignal::Clear)));
    assert!(!book.is_gapped() && book.best_bid().is_none());
    book.apply(&event(4, MarketData::Signal(BookSignal::Halt)));
    assert!(book.is_halted());
    assert_eq!((book.counts().gaps, book.counts().clears, book.ts_event()), (1, 1, Timestamp(-1)));
}
