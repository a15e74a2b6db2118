//! Execution of an order where a bar has touched it: size, price, checks, booking, and what follows from a fill.

use manyworlds_components::fill::{Fill, FillReason};
use manyworlds_components::ids::{AccountId, OrderId, SymbolId};
use manyworlds_components::order::{
    Bracket, OrderKind, OrderQuantity, OrderRequest, OrderStatus, RejectReason, TimeInForce,
};
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::{LiquiditySide, Side};
use manyworlds_components::time::Timestamp;

use super::bar_matching::effective;
use super::floor::Floor;
use super::orders::{Eligible, WorkingOrder};
use super::price_bar::PriceBar;
use super::sizing::Pricing;

/// Where and when an order was touched.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Price in quote units, without slippage.
    pub price: f64,
    /// Maker or taker.
    pub liquidity: LiquiditySide,
    /// Whether it is the open of the bar: all of the range lies ahead.
    pub at_open: bool,
    /// Whether it is the close of the bar: all of the range lies behind.
    pub at_close: bool,
    /// (sigma, volume) per bar before this one, for market impact.
    pub market: (f64, f64),
}

impl Moment {
    fn ts(&self, bar: &PriceBar) -> Timestamp {
        if self.at_open { bar.open_time } else { bar.close_time }
    }
}

impl Floor<'_> {
    /// Executes order `i` of `symbol` as far as size, volume and money allow.
    pub fn execute(&mut self, symbol: usize, i: usize, bar: &PriceBar, moment: Moment) {
        let mut working = self.book.symbols[symbol].orders[i];
        let request = working.order.request;
        let (a, side) = (request.account.index(), request.side);
        let ts = moment.ts(bar);
        let terms = self.terms;
        let dealing = terms.dealing(symbol);
        let venue = &dealing.venue;
        let forced = working.reason == FillReason::Liquidation;
        let extra = venue.margin.filter(|_| forced).map_or(0.0, |m| m.liquidation_fee_bps / 10_000.0);
        let pricing = Pricing {
            side,
            touched: moment.price,
            slippage: (moment.liquidity == LiquiditySide::Taker).then_some(venue.slippage),
            half_spread: dealing.half_spread,
            market: (moment.market.0, moment.market.1 * dealing.depth),
            range: (!bar.print).then_some((bar.low.price, bar.high.price)),
            limit: match effective(&working) {
                OrderKind::Limit { price } | OrderKind::StopLimit { price, .. } => {
                    Some(bar.tick.to_f64(price.0))
                }
                _ => None,
            },
            fees: &venue.fees,
            rate: venue.fees.rate(moment.liquidity, self.totals[a].traded_value) + extra,
        };
        if matches!(
            request.kind,
            OrderKind::Stop { .. } | OrderKind::StopLimit { .. } | OrderKind::TrailingStop { .. }
        ) {
            working.order.triggered = true;
        }
        let position = self.positions[symbol * terms.accounts + a].lots;
        if let (OrderQuantity::EquityFraction(f), 0) = (request.quantity, working.order.lots.0) {
            let lots = self.lots_for(symbol, a, f, request.reduce_only, &pricing);
            working.order.lots = Lots(lots);
            if lots <= 0 {
                self.book.symbols[symbol].orders[i] = working;
                return self.refuse(symbol, i, RejectReason::BelowLotSize, ts);
            }
        }
        if request.reduce_only {
            let cap = (-position * side.sign()).max(0);
            if cap == 0 {
                self.book.symbols[symbol].orders[i] = working;
                return self.refuse(symbol, i, RejectReason::ReduceOnly, ts);
            }
            working.order.lots = Lots(working.order.lots.0.min(working.order.filled.0 + cap));
        }
        self.book.symbols[symbol].orders[i] = working;
        let remaining = working.order.remaining().0;
        let instrument = &terms.instruments[symbol];
        let lots = match venue.participation {
            Some(share) => remaining.min(instrument.lots(share * bar.volume).0),
            None => remaining,
        };
        if lots < remaining && request.time_in_force == TimeInForce::Fok {
            return self.refuse(symbol, i, RejectReason::CannotFill, ts);
        }
        if lots <= 0 {
            return;
        }
        let quantity = instrument.lot_size.to_f64(lots);
        let price = pricing.price(quantity);
        let fee = pricing.fee(quantity, price);
        if !forced && let Some(reason) = self.refuses(symbol, a, side.sign() * lots, price, fee) {
            return self.refuse(symbol, i, reason, ts);
        }
        let fill = Fill {
            ts,
            order: working.order.id,
            account: request.account,
            symbol: request.symbol,
            side,
            lots: Lots(lots),
            quantity,
            price,
            fee,
            liquidity: moment.liquidity,
            reason: working.reason,
            mid: None,
        };
        let range = moment.at_close.then_some((bar.low.price, bar.high.price));
        let range = range.filter(|_| self.trades[symbol * terms.accounts + a].entry_ts < bar.close_time);
        let armed = if moment.at_open { Ok(ts) } else { Err(ts) };
        self.book_execution(symbol, i, &fill, range, u64::from(!moment.at_open), armed);
    }

    /// Books an execution of order `i` and does what follows from it: status, siblings, exits. For `range` and `bars` see
    /// [`Floor::book_fill`]; exits see all that comes after `Ok`, and only the end of the bar after `Err`.
    pub(super) fn book_execution(
        &mut self,
        symbol: usize,
        i: usize,
        fill: &Fill,
        range: Option<(f64, f64)>,
        bars: u64,
        armed: Result<Timestamp, Timestamp>,
    ) {
        let (side, lots, ts) = (fill.side, fill.lots.0, fill.ts);
        let before = self.book_fill(fill, range, bars);
        let order = &mut self.book.symbols[symbol].orders[i];
        order.order.filled.0 += lots;
        order.touched = true;
        let OrderRequest { account, oco_group, bracket, .. } = order.order.request;
        let done = order.order.remaining().0 <= 0;
        self.set_status(symbol, i, if done { OrderStatus::Filled } else { OrderStatus::PartiallyFilled }, ts);
        let after = before + side.sign() * lots;
        if before != 0 && after.signum() != before.signum() {
            self.cancel_exits(symbol, account, before, ts);
        }
        if let Some(group) = oco_group {
            self.settle_group(symbol, i, group, lots, ts);
        }
        let opened = if after.signum() == side.sign() { lots.min(after.abs()) } else { 0 };
        if let Some(bracket) = bracket
            && opened > 0
        {
            let request = self.book.symbols[symbol].orders[i].order.request;
            self.arm_exits(&request, fill.order, bracket, opened, fill.price, armed);
        }
    }

    /// Ends an order that cannot be executed: rejected if it never filled, else what remains is canceled.
    pub fn refuse(&mut self, symbol: usize, i: usize, reason: RejectReason, ts: Timestamp) {
        let order = &self.book.symbols[symbol].orders[i];
        let account = order.order.request.account.index();
        let forced = order.reason == FillReason::Liquidation;
        if order.order.filled.0 > 0 || order.parent.is_some() || forced {
            return self.set_status(symbol, i, OrderStatus::Canceled, ts);
        }
        self.totals[account].rejections += 1;
        self.set_status(symbol, i, OrderStatus::Rejected(reason), ts);
    }

    /// Cancels the armed exits of a position that is no more.
    fn cancel_exits(&mut self, symbol: usize, account: AccountId, position: i64, ts: Timestamp) {
        if self.working[symbol * self.terms.accounts + account.index()].exits == 0 {
            return;
        }
        for i in 0..self.book.symbols[symbol].orders.len() {
            let o = &self.book.symbols[symbol].orders[i];
            let request = &o.order.request;
            let exit = o.parent.is_some() && request.account == account;
            if exit && !o.is_done() && request.side.sign() == -position.signum() {
                self.set_status(symbol, i, OrderStatus::Canceled, ts);
            }
        }
    }

    /// What a fill of order `at` does to its OCO group: exits of a bracket shrink by what was filled, so that the
    /// rest of a position stays protected; other groups are canceled.
    fn settle_group(&mut self, symbol: usize, at: usize, group: u64, lots: i64, ts: Timestamp) {
        let bracket = WorkingOrder::is_bracket_group(group);
        let (id, account) = {
            let o = &self.book.symbols[symbol].orders[at].order;
            (o.id, o.request.account)
        };
        let symbols = if bracket { symbol..symbol + 1 } else { 0..self.book.symbols.len() };
        for s in symbols {
            for i in 0..self.book.symbols[s].orders.len() {
                let o = &mut self.book.symbols[s].orders[i];
                let sibling = o.order.request.oco_group == Some(group) && o.order.request.account == account;
                if !sibling || o.order.id == id || o.is_done() {
                    continue;
                }
                if bracket {
                    o.order.lots.0 -= lots;
                }
                if !bracket || o.order.remaining().0 <= 0 {
                    self.set_status(s, i, OrderStatus::Canceled, ts);
                }
            }
        }
    }

    /// Arms the exits of a bracket at their distances from the fill price, or adds to those that an earlier partial
    /// fill has armed. `ts` is `Ok` for a fill at the open of the bar, which the exits may see all of.
    fn arm_exits(
        &mut self,
        entry: &OrderRequest,
        parent: OrderId,
        bracket: Bracket,
        lots: i64,
        price: f64,
        ts: Result<Timestamp, Timestamp>,
    ) {
        let symbol = entry.symbol.index();
        let row = symbol * self.terms.accounts + entry.account.index();
        let mut armed = false;
        if self.working[row].exits > 0 {
            for o in &mut self.book.symbols[symbol].orders {
                if o.parent == Some(parent) && !o.is_done() {
                    o.order.lots.0 += lots;
                    armed = true;
                }
            }
        }
        if armed {
            return;
        }
        let tick = self.terms.instruments[symbol].tick_size;
        let at = tick.round(price);
        // Signed ticks from the entry; an exit is at least one tick away from it.
        let sign = entry.side.sign();
        let distance = |fraction: f64| tick.round(price * fraction).max(1);
        let exits = [
            (
                FillReason::StopLoss,
                bracket.stop_loss.map(|f| OrderKind::Stop { trigger: Ticks(at - sign * distance(f)) }),
            ),
            (
                FillReason::TrailingStop,
                bracket.trailing_stop.map(|f| OrderKind::TrailingStop {
                    offset: Ticks(distance(f)),
                    trigger: Some(Ticks(at - sign * distance(f))),
                }),
            ),
            (
                FillReason::TakeProfit,
                bracket.take_profit.map(|f| OrderKind::Limit { price: Ticks(at + sign * distance(f)) }),
            ),
        ];
        let when = ts.unwrap_or_else(|t| t);
        for (reason, kind) in exits {
            let Some(kind) = kind else { continue };
            let request = OrderRequest {
                side: entry.side.opposite(),
                kind,
                quantity: OrderQuantity::Lots(Lots(lots)),
                time_in_force: TimeInForce::Gtc,
                reduce_only: true,
                oco_group: Some(WorkingOrder::bracket_group(parent)),
                bracket: None,
                ..*entry
            };
            let mut exit = WorkingOrder::new(self.book.number(), request, when, when);
            exit.reason = reason;
            exit.parent = Some(parent);
            exit.exposed = true;
            exit.fresh = ts.is_err();
            exit.eligible = Eligible::Whole;
            self.book.symbols[symbol].orders.push(exit);
            self.working[row].exits += 1;
            let i = self.book.symbols[symbol].orders.len() - 1;
            self.set_status(symbol, i, OrderStatus::Accepted, when);
        }
    }

    /// A forced market order that closes a position.
    pub fn close_by_force(
        &mut self,
        symbol: usize,
        account: usize,
        reason: FillReason,
        now: Timestamp,
        arrives_at: Timestamp,
    ) {
        let row = symbol * self.terms.accounts + account;
        let lots = self.positions[row].lots;
        let Some(side) = Side::of(-lots) else { return };
        let mut request = OrderRequest::market(account.into(), SymbolId::from(symbol), side, lots.abs());
        request.reduce_only = true;
        let mut order = WorkingOrder::new(self.book.number(), request, now, arrives_at);
        order.reason = reason;
        self.book.symbols[symbol].orders.push(order);
        self.working[row].count += 1;
        self.set_status(symbol, self.book.symbols[symbol].orders.len() - 1, OrderStatus::Requested, now);
    }
}
