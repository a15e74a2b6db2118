//! Taking liquidity: an order walks the levels of the other side.

use manyworlds_components::book::{Level, OrderBook};
use manyworlds_components::ids::AccountId;
use manyworlds_components::order::{OrderKind, OrderStatus, RejectReason, TimeInForce};
use manyworlds_components::price::Ticks;
use manyworlds_components::side::{BookSide, LiquiditySide, Side};
use manyworlds_components::time::Timestamp;

use super::super::bar_matching::effective;
use super::Matcher;
use super::deal::Deal;
use super::desk::Taken;
use super::enter::reaches;
use super::settings::{BookMatching, QuoteFills};

impl Matcher<'_, '_> {
    /// Executes an order as far as the book goes, at `limit` or better. What is left of a market order waits for more.
    pub(super) fn take(&mut self, i: usize, limit: Option<Ticks>, ts: Timestamp, book: &OrderBook) {
        let order = self.orders()[i].order;
        let (id, side) = (order.id, order.request.side);
        let rules = self.floor.terms.venue(self.symbol).book;
        let facing = Self::facing(side);
        let limit = match (limit, self.band(book), side) {
            (None, Some((_, high)), Side::Buy) => Some(Ticks(high.floor() as i64)),
            (None, Some((low, _)), Side::Sell) => Some(Ticks(low.ceil() as i64)),
            (limit, ..) => limit,
        };
        let within = |level: &Level| limit.is_none_or(|limit| reaches(side, limit, level.price));
        if let Some(best) = book.best(facing).filter(within) {
            self.desk.note_mid(book);
            let (price, mid) = (best.price, self.desk.mid);
            let deal = Deal { price, most: i64::MAX, liquidity: LiquiditySide::Taker, ts, mid };
            if rules.partial_fills {
                self.walk_levels(i, deal, rules, book, within);
            } else {
                self.floor.deal(self.symbol, i, deal);
            }
        }
        let Some(i) = self.find(id) else { return };
        if matches!(effective(&self.orders()[i]), OrderKind::Limit { .. }) {
            return;
        }
        match self.orders()[i].order.request.time_in_force {
            TimeInForce::Ioc => self.end(i, OrderStatus::Canceled, ts),
            TimeInForce::Fok => self.refuse(i, RejectReason::CannotFill, ts),
            _ => self.desk.waiting.push(id),
        }
    }

    /// `first` is the deal at the best price, whatever its size.
    fn walk_levels(
        &mut self,
        i: usize,
        first: Deal,
        rules: BookMatching,
        book: &OrderBook,
        within: impl Fn(&Level) -> bool,
    ) {
        let request = self.orders()[i].order.request;
        let (side, account) = (request.side, request.account);
        let facing = Self::facing(side);
        let Some(wanted) = self.floor.wanted(self.symbol, i, first) else { return };
        let share = self.floor.terms.dealing(self.symbol).depth;
        if rules.consume_displayed {
            self.desk.taken.retain(|taken| book.size_at(taken.side, taken.price).0 == taken.seen);
        }
        let offers = book
            .levels(facing)
            .take_while(&within)
            .map(|level| (level, self.left(account, facing, level, share)));
        let beyond = (rules.quote_fills == QuoteFills::NextTick && !book.is_deep())
            .then(|| Ticks(first.price.0 + side.sign()))
            .filter(|price| within(&Level { price: *price, size: Default::default() }));
        if request.time_in_force == TimeInForce::Fok && beyond.is_none() {
            let mut missing = wanted;
            offers
                .take_while(|(_, lots)| {
                    missing -= lots;
                    missing > 0
                })
                .for_each(drop);
            if missing > 0 {
                return self.refuse(i, RejectReason::CannotFill, first.ts);
            }
        }
        let mut wanted = wanted;
        for level in book.levels(facing).take_while(&within) {
            let most = self.left(account, facing, level, share);
            if most == 0 {
                continue;
            }
            let dealt = self.floor.deal(self.symbol, i, Deal { price: level.price, most, ..first });
            if rules.consume_displayed && dealt > 0 {
                self.note_taken(account, facing, level, dealt);
            }
            wanted -= dealt;
            if dealt == 0 || wanted <= 0 {
                return;
            }
        }
        if let Some(price) = beyond {
            self.floor.deal(self.symbol, i, Deal { price, ..first });
        }
    }

    /// The lots of a level that are there for an account.
    fn left(&self, account: AccountId, side: BookSide, level: Level, share: f64) -> i64 {
        let displayed = if share < 1.0 { (level.size.0 as f64 * share) as i64 } else { level.size.0 };
        let of = |t: &&Taken| (t.account, t.side, t.price) == (account, side, level.price);
        let taken = self.desk.taken.iter().find(of).map_or(0, |t| t.lots);
        (displayed - taken).max(0)
    }

    fn note_taken(&mut self, account: AccountId, side: BookSide, level: Level, lots: i64) {
        let of = |t: &&mut Taken| (t.account, t.side, t.price) == (account, side, level.price);
        match self.desk.taken.iter_mut().find(of) {
            Some(taken) => taken.lots += lots,
            None => {
                let (price, seen) = (level.price, level.size.0);
                self.desk.taken.push(Taken { account, side, price, seen, lots });
            }
        }
    }
}
