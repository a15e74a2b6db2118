//! Matching: the orders that have arrived against the step's events.

use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::order::{OrderKind, RejectReason, TimeInForce};
use manyworlds_components::side::LiquiditySide;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::Blame;

use super::bar_matching::{Phase, Touch, touch};
use super::execute::Moment;
use super::floor::{Buffers, Floor, Tools};
use super::intervention::Trading;
use super::orders::Eligible;
use super::price_bar::{PriceBar, extremes};
use super::settings::FillRule;
use super::slippage::ImpactWindows;

/// Matches, event by event in total order. Bars of several symbols over the same span are matched together, phase
/// by phase, and within a phase what reduces a position goes first, so that a rebalance can buy with what it sells.
#[inline]
pub(super) fn match_orders(floor: &mut Floor<'_>, tools: &mut Tools<'_>, events: &[MarketEvent]) {
    // Mostly there is nothing to match in any of them.
    if events.iter().all(|event| floor.has_nothing_for(event)) {
        return floor.value_events(events, tools.impact);
    }
    floor.match_instants(events, tools.impact, tools.buffers);
}

/// When an event began.
fn began(data: &MarketData, ts_event: Timestamp) -> Timestamp {
    match data {
        MarketData::Bar(bar) => bar.open_time,
        _ => ts_event,
    }
}

/// How many events at the head are bars of different symbols over the same span; 1 if the first is a print.
fn same_instant(events: &[MarketEvent], first: &MarketEvent) -> usize {
    let (MarketData::Bar(bar), 2..) = (&first.data, events.len()) else { return 1 };
    let joins = |pair: &&[MarketEvent]| match &pair[1].data {
        MarketData::Bar(other) => {
            pair[1].symbol > pair[0].symbol
                && pair[1].is_primary()
                && pair[1].ts_recv == first.ts_recv
                && (other.open_time, other.close_time) == (bar.open_time, bar.close_time)
        }
        _ => false,
    };
    1 + events.windows(2).take_while(joins).count()
}

impl Floor<'_> {
    #[inline]
    fn has_nothing_for(&self, event: &MarketEvent) -> bool {
        self.book.symbols[event.symbol.index()].is_idle()
    }

    #[inline(never)]
    fn match_instants(&mut self, events: &[MarketEvent], impact: &mut ImpactWindows, buffers: &mut Buffers) {
        let now = self.terms;
        let mut rest = events;
        while let Some(first) = rest.first() {
            let (instant, later) = rest.split_at(same_instant(rest, first));
            rest = later;
            if !self.schedule.is_constant() {
                self.terms = self.schedule.at(began(&first.data, first.ts_event));
            }
            if !instant.iter().all(|event| self.has_nothing_for(event)) {
                self.match_instant(instant, impact, buffers);
            }
            self.value_events(instant, impact);
        }
        self.terms = now;
        Blame::clear();
    }

    /// Values positions at the prices of events that have been matched.
    #[inline]
    pub(super) fn value_events(&mut self, events: &[MarketEvent], impact: &mut ImpactWindows) {
        for event in events {
            let Some(prices) = extremes(event) else { continue };
            let ended = match &event.data {
                MarketData::Bar(bar) => bar.close_time,
                _ => event.ts_event,
            };
            self.value_at(event.symbol.index(), ended, prices, impact);
        }
    }

    /// Values positions in a symbol at the (lowest, highest, last price, volume) of an event that ended then.
    #[inline(always)]
    pub(super) fn value_at(
        &mut self,
        symbol: usize,
        ended: Timestamp,
        (low, high, last, volume): (f64, f64, f64, f64),
        impact: &mut ImpactWindows,
    ) {
        self.marks.prices[symbol] = last;
        impact.update(symbol, last, volume);
        if self.marks.holders[symbol] > 0 {
            self.age_trades(symbol, ended, (low, high, last));
        }
    }

    /// Events of one instant, of which at least one is of a symbol with orders.
    fn match_instant(&mut self, instant: &[MarketEvent], impact: &ImpactWindows, buffers: &mut Buffers) {
        let Buffers { bars, heap, .. } = buffers;
        bars.clear();
        for event in instant {
            let symbol = event.symbol.index();
            if !event.is_primary() || self.book.symbols[symbol].is_idle() {
                continue;
            }
            let Some(bar) = PriceBar::new(event, self.terms.instruments[symbol].tick_size) else { continue };
            match self.terms.dealing(symbol).trading {
                Trading::Open => bars.push((symbol, bar)),
                Trading::Halted => self.wait_out(symbol, &bar),
                Trading::Down => {}
            }
        }
        for (symbol, bar) in bars.iter() {
            self.begin_event(*symbol, bar);
        }
        for phase in [Phase::Open, Phase::Stops, Phase::Limits, Phase::Close] {
            if bars.len() > 1 {
                for (symbol, bar) in bars.iter() {
                    self.match_phase(*symbol, bar, phase, impact, true);
                }
            }
            for (symbol, bar) in bars.iter() {
                self.match_phase(*symbol, bar, phase, impact, false);
                let on_path = self.terms.venue(*symbol).fills == FillRule::OhlcPath;
                match phase {
                    Phase::Open => {
                        self.trail_orders(*symbol, |_, _| bar.open);
                        if on_path && !bar.print {
                            self.follow_path(*symbol, bar, impact.market(*symbol), heap);
                        }
                    }
                    Phase::Limits if !on_path && !bar.print => {
                        let level = |side, fresh| if fresh { bar.close } else { bar.best(side) };
                        self.trail_orders(*symbol, level);
                    }
                    _ => {}
                }
            }
            // Mostly the open has already filled or refused all there is.
            if bars.iter().all(|(symbol, _)| self.book.symbols[*symbol].orders.iter().all(|o| o.is_done())) {
                break;
            }
        }
        for (symbol, bar) in bars.iter() {
            self.end_event(*symbol, bar);
        }
    }

    /// Goes through the orders of a symbol for one phase; if `reducing`, only through those that reduce a position.
    fn match_phase(
        &mut self,
        symbol: usize,
        bar: &PriceBar,
        phase: Phase,
        impact: &ImpactWindows,
        reducing: bool,
    ) {
        let rule = self.terms.venue(symbol).fills;
        if phase != Phase::Open && (bar.print || rule == FillRule::OhlcPath) {
            return;
        }
        if self.book.symbols[symbol].orders.is_empty() {
            return;
        }
        Blame::symbol((symbol).into());
        let known = self.book.symbols[symbol].orders.len();
        let mut i = 0;
        // Exits that are armed on the way join in within the range, but not at the price that armed them.
        while i < self.book.symbols[symbol].orders.len() {
            let row = i;
            i += 1;
            if row >= known && matches!(phase, Phase::Open | Phase::Close) {
                break;
            }
            let order = &self.book.symbols[symbol].orders[row];
            if order.touched || order.is_done() {
                continue;
            }
            let request = &order.order.request;
            if reducing {
                let position = self.positions[symbol * self.terms.accounts + request.account.index()].lots;
                if position.signum() * request.side.sign() >= 0 {
                    continue;
                }
            }
            let immediate = matches!(request.time_in_force, TimeInForce::Ioc | TimeInForce::Fok)
                && matches!(request.kind, OrderKind::Limit { .. });
            if immediate && phase != Phase::Open && order.eligible != Eligible::Close {
                continue;
            }
            match touch(order, bar, rule, phase) {
                None => {}
                Some(Touch::Wake) => {
                    let order = &mut self.book.symbols[symbol].orders[row];
                    order.order.triggered = true;
                    order.fresh = phase != Phase::Open;
                }
                Some(Touch::Fill { price, liquidity }) => {
                    if liquidity == LiquiditySide::Taker && order.order.request.time_in_force.is_post_only() {
                        self.refuse(symbol, row, RejectReason::WouldCross, bar.open_time);
                        continue;
                    }
                    let moment = Moment {
                        price,
                        liquidity,
                        at_open: phase == Phase::Open,
                        at_close: phase == Phase::Close && price == bar.close.price,
                        market: impact.market(symbol),
                    };
                    self.execute(symbol, row, bar, moment);
                }
            }
        }
    }
}
