//! Execution of an order at a price of the book.

use manyworlds_components::fill::{Fill, FillReason};
use manyworlds_components::order::{OrderQuantity, OrderRequest, RejectReason};
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::LiquiditySide;
use manyworlds_components::time::Timestamp;

use super::super::floor::Floor;
use super::super::sizing::Pricing;

/// Where and when an order meets liquidity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deal {
    pub price: Ticks,
    /// The most lots that can be had.
    pub most: i64,
    pub liquidity: LiquiditySide,
    pub ts: Timestamp,
    /// Halfway between the best prices before, in ticks.
    pub mid: Option<f64>,
}

impl<'a> Floor<'a> {
    fn pricing(&self, symbol: usize, i: usize, deal: Deal) -> Pricing<'a> {
        let working = &self.book.symbols[symbol].orders[i];
        let venue = self.terms.venue(symbol);
        let forced = working.reason == FillReason::Liquidation;
        let extra = venue.margin.filter(|_| forced).map_or(0.0, |m| m.liquidation_fee_bps / 10_000.0);
        let account = working.order.request.account.index();
        Pricing {
            side: working.order.request.side,
            touched: self.terms.instruments[symbol].price(deal.price),
            slippage: None,
            half_spread: 0.0,
            market: (0.0, 0.0),
            range: None,
            limit: None,
            fees: &venue.fees,
            rate: venue.fees.rate(deal.liquidity, self.totals[account].traded_value) + extra,
        }
    }

    /// The lots that are left of an order: shares of equity are worked out now, and reduce-only orders cut to the position.
    /// `None` if nothing is, and the order is done.
    pub(super) fn wanted(&mut self, symbol: usize, i: usize, deal: Deal) -> Option<i64> {
        let order = &self.book.symbols[symbol].orders[i].order;
        let (mut total, filled) = (order.lots.0, order.filled.0);
        let OrderRequest { account, side, quantity, reduce_only, .. } = order.request;
        let account = account.index();
        if let (OrderQuantity::EquityFraction(fraction), 0) = (quantity, total) {
            let pricing = self.pricing(symbol, i, deal);
            total = self.lots_for(symbol, account, fraction, reduce_only, &pricing);
            if total <= 0 {
                self.refuse(symbol, i, RejectReason::BelowLotSize, deal.ts);
                return None;
            }
        }
        if reduce_only {
            let position = self.positions[symbol * self.terms.accounts + account].lots;
            let cap = (-position * side.sign()).max(0);
            if cap == 0 {
                self.refuse(symbol, i, RejectReason::ReduceOnly, deal.ts);
                return None;
            }
            total = total.min(filled + cap);
        }
        let order = &mut self.book.symbols[symbol].orders[i].order;
        order.lots = Lots(total);
        Some(order.remaining().0)
    }

    /// Executes an order as far as size and money allow; returns how many lots.
    pub(super) fn deal(&mut self, symbol: usize, i: usize, deal: Deal) -> i64 {
        let Some(wanted) = self.wanted(symbol, i, deal) else { return 0 };
        let lots = wanted.min(deal.most);
        if lots <= 0 {
            return 0;
        }
        let working = &self.book.symbols[symbol].orders[i];
        let (order, reason) = (working.order.id, working.reason);
        let OrderRequest { account, side, .. } = working.order.request;
        let quantity = self.terms.instruments[symbol].lot_size.to_f64(lots);
        let pricing = self.pricing(symbol, i, deal);
        let (price, fee) = (pricing.touched, pricing.fee(quantity, pricing.touched));
        let signed = side.sign() * lots;
        if reason != FillReason::Liquidation
            && let Some(reason) = self.refuses(symbol, account.index(), signed, price, fee)
        {
            self.refuse(symbol, i, reason, deal.ts);
            return 0;
        }
        let fill = Fill {
            ts: deal.ts,
            order,
            account,
            symbol: symbol.into(),
            side,
            lots: Lots(lots),
            quantity,
            price,
            fee,
            liquidity: deal.liquidity,
            reason,
            mid: deal.mid.map(|mid| mid * self.terms.instruments[symbol].tick_size.value()),
        };
        self.book_execution(symbol, i, &fill, None, 0, Ok(deal.ts));
        lots
    }
}
