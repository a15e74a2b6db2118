//! What the module knows of a symbol.

use std::ops::Deref;

use bevy_ecs::component::Component;
use manyworlds_components::copy_on_write::CopyOnWrite;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::Trade;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::hawkes::Hawkes;
use super::impact::ImpactEstimate;
use super::microprice::Microprice;
use super::prints::Prints;
use super::samples::{Sample, Samples};
use super::settings::MicrostructureSettings;
use super::spreads::Spreads;
use super::sums::{Sum, Sums};
use super::vpin::Vpin;
use super::windows::{Windows, seconds};
use crate::market::{Top, TopChange};

/// Order flow, trade flow and spreads of a symbol, on its own venue.
///
/// A function of its trades and of the changes of its best levels, each at its own time: it does not matter how they are cut
/// into steps. Clones share it until one of them is written to.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Microstructure(CopyOnWrite<Inner>);

/// What a [`Microstructure`] points to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inner {
    pub(super) now: i64,
    pub(super) windows: Windows,
    pub(super) prints: Prints,
    pub(super) samples: Samples,
    pub(super) vpin: Vpin,
    pub(super) hawkes: Hawkes,
    pub(super) microprice: Microprice,
    pub(super) quotes: Quotes,
    spreads: Spreads,
    /// Prices at the ends of the last interval and span.
    interval_price: Option<f64>,
    span_price: Marked,
    /// The running span.
    span: Sample,
    intervals: u64,
    /// Whether it has been said that there is nothing to see here.
    pub(super) told: bool,
}

/// The best levels as they stand.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Quotes {
    /// As they are.
    pub top: Top,
    /// In quote units, where the book has both sides and is not crossed.
    pub mid: Option<f64>,
    /// In bps of the mid.
    spread_bps: f64,
    /// Up to when it has been summed up.
    since: i64,
    /// Whether there has ever been a book.
    pub any: bool,
}

/// A price at the end of a span, and whether it is a mid.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Marked {
    price: Option<f64>,
    mid: Option<f64>,
}

impl Quotes {
    #[inline]
    fn change(&mut self, top: Top, instrument: &Instrument) {
        self.top = top;
        self.any = true;
        self.mid = top.is_whole().then(|| {
            let ticks = (top.bid.0 + top.ask.0) as f64;
            self.spread_bps = 2e4 * (top.ask.0 - top.bid.0) as f64 / ticks;
            0.5 * (instrument.price(top.bid) + instrument.price(top.ask))
        });
    }

    /// Time passes under the same quotes.
    #[inline]
    fn pass(&mut self, ts: i64, sums: &mut Sums) {
        if self.mid.is_some() {
            let time = seconds(ts - self.since);
            sums.add(Sum::QuotedTime, time);
            sums.add(Sum::QuotedSpread, time * self.spread_bps);
        }
        self.since = ts;
    }
}

impl Microstructure {
    /// Nothing seen yet.
    pub fn new(settings: &MicrostructureSettings) -> Self {
        Self(CopyOnWrite::new(Inner {
            now: i64::MIN,
            windows: Windows::new(settings.interval, settings.window as usize),
            prints: Prints::default(),
            samples: Samples::new(settings.spans as usize),
            vpin: Vpin::new(&settings.vpin),
            hawkes: Hawkes::new(&settings.hawkes),
            microprice: Microprice::new(&settings.microprice),
            quotes: Quotes::default(),
            spreads: Spreads::default(),
            interval_price: None,
            span_price: Marked::default(),
            span: Sample::default(),
            intervals: 0,
            told: false,
        }))
    }

    /// For writing, in a copy of its own: to be asked for once for all events of a symbol that follow one another.
    #[inline]
    pub fn write(&mut self) -> &mut Inner {
        &mut self.0
    }
}

impl Deref for Microstructure {
    type Target = Inner;

    #[inline]
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    /// Whether there has been a trade or a quote.
    #[inline]
    pub fn has_begun(&self) -> bool {
        self.windows.has_begun()
    }

    fn begin(&mut self, ts: i64, settings: &MicrostructureSettings) {
        self.windows.begin(Timestamp(ts));
        let start = self.windows.end() - settings.interval.nanos();
        self.quotes.since = start;
        self.vpin.pass(start, &settings.vpin);
        self.hawkes.refit(start, &settings.hawkes);
        self.microprice.refit(start, &settings.microprice);
    }

    /// Something happens at `ts`: what has to be done before is done. Intervals that end before `ts` are over.
    #[inline]
    fn reach(&mut self, ts: i64, settings: &MicrostructureSettings) {
        if ts > self.windows.end() {
            self.close_before(ts, settings);
        } else if !self.has_begun() {
            self.begin(ts, settings);
        }
        if self.spreads.next_due() < ts {
            self.spreads.settle(ts - 1, self.quotes.mid, &mut self.windows.current);
        }
    }

    /// Closes the intervals that end before `ts`.
    #[cold]
    #[inline(never)]
    fn close_before(&mut self, ts: i64, settings: &MicrostructureSettings) {
        let interval = settings.interval.nanos();
        let count = (ts - 1 - self.windows.end()) / interval + 1;
        let (head, tail) = settings.remembered();
        if count > head + tail {
            (0..head).for_each(|_| self.close_interval(settings));
            self.skip((count - head - tail) / settings.span as i64, settings);
        }
        while self.windows.end() < ts {
            self.close_interval(settings);
        }
        self.windows.sum_up();
    }

    /// Spans in which nothing happens, after some and before some: what they would leave, without going through them.
    fn skip(&mut self, spans: i64, settings: &MicrostructureSettings) {
        let intervals = spans * settings.span as i64;
        self.windows.skip(intervals as u64);
        self.intervals += intervals as u64;
        self.samples.skip(spans as u64);
        self.quotes.since += intervals * settings.interval.nanos();
    }

    fn close_interval(&mut self, settings: &MicrostructureSettings) {
        let end = self.windows.end();
        let mid = self.quotes.mid;
        self.spreads.settle(end, mid, &mut self.windows.current);
        self.quotes.pass(end, &mut self.windows.current);
        let price = if self.quotes.any { mid } else { self.prints.price() };
        let sums = &mut self.windows.current;
        if let (Some(before), Some(price)) = (self.interval_price, price)
            && sums.get(Sum::Notional) > 0.0
        {
            let illiquidity = (price / before).ln().abs() / sums.get(Sum::Notional);
            sums.add(Sum::Illiquidity, illiquidity);
            sums.add(Sum::IlliquidIntervals, 1.0);
        }
        self.interval_price = price;
        self.span.flow += sums.get(Sum::Flow);
        self.span.deep_flow += sums.get(Sum::DeepFlow);
        self.span.signed_volume += sums.signed_volume();
        self.span.volume += sums.volume();
        self.windows.close();
        self.intervals += 1;
        if self.intervals.is_multiple_of(settings.span) {
            self.close_span(Marked { price, mid });
        }
        self.vpin.pass(end, &settings.vpin);
        self.hawkes.refit(end, &settings.hawkes);
        self.microprice.refit(end, &settings.microprice);
    }

    fn close_span(&mut self, now: Marked) {
        self.windows.sum_up();
        let before = std::mem::replace(&mut self.span_price, now);
        let full = self.windows.is_full();
        let sample = Sample {
            mid_change: now.mid.zip(before.mid).map(|(now, before)| now - before),
            log_return: now.price.zip(before.price).map(|(now, before)| (now / before).ln()),
            window_volume: full.then(|| self.windows.whole().signed_volume()),
            window_flow: full.then(|| self.windows.whole().get(Sum::Flow)),
            ..std::mem::take(&mut self.span)
        };
        self.samples.push(sample);
    }

    /// A trade. Those without a positive price and quantity are passed over.
    #[inline]
    pub fn trade(&mut self, ts: Timestamp, trade: &Trade, settings: &MicrostructureSettings) {
        let usable = trade.price > 0.0 && trade.quantity > 0.0;
        if !usable || !(trade.price * trade.quantity).is_finite() {
            return;
        }
        let Trade { price, quantity, aggressor } = *trade;
        self.reach(ts.0, settings);
        let mid = self.quotes.mid;
        let window = self.windows.whole();
        let large = (window.trades() > 0.0).then(|| settings.large * window.volume() / window.trades());
        let sums = &mut self.windows.current;
        let rules = (settings.classify, large);
        let print = self.prints.trade((ts.0, price, quantity), aggressor, mid, rules, sums);
        if print.first {
            self.hawkes.arrive(ts.0);
        }
        self.vpin.trade(price, quantity);
        if let Some(mid) = mid.filter(|_| print.sign != 0.0) {
            let due = ts.0.saturating_add(settings.realized_after.nanos());
            self.spreads.deal(due, print.sign, price, quantity, mid);
        }
    }

    /// The best levels have changed.
    #[inline]
    pub fn change(&mut self, change: &TopChange, instrument: &Instrument, settings: &MicrostructureSettings) {
        let ts = change.ts_recv.0;
        self.reach(ts, settings);
        let sums = &mut self.windows.current;
        let [flow, deep] = change.flow;
        sums.add(Sum::Flow, instrument.lot_size.to_f64(flow));
        sums.add(Sum::DeepFlow, instrument.lot_size.to_f64(deep));
        if change.top != self.quotes.top || change.reset {
            sums.add(Sum::Changes, 1.0);
            self.quotes.pass(ts, sums);
            self.quotes.change(change.top, instrument);
            self.microprice.change(&change.top, !change.reset);
        }
    }

    /// A step is over for a symbol that has begun. `settled` if nothing more can come at this time.
    #[inline]
    pub fn end_step(
        &mut self,
        now: Timestamp,
        settled: bool,
        settings: &MicrostructureSettings,
        impact: &mut ImpactEstimate,
    ) {
        self.now = now.0;
        let until = if settled { now.0 } else { now.0 - 1 };
        if until >= self.windows.end() {
            self.close_before(until + 1, settings);
        }
        if self.spreads.next_due() <= until {
            self.spreads.settle(until, self.quotes.mid, &mut self.windows.current);
        }
        if self.samples.take_fresh() {
            let span = seconds(settings.interval.nanos()) * settings.span as f64;
            impact.learn(self.samples.reading.market, span);
        }
    }

    /// The sums of the window up to now, the time under the quotes that stand included; `None` before the window is full.
    pub fn total(&self) -> Option<Sums> {
        let mut total = self.windows.total()?;
        self.quotes.clone().pass(self.now, &mut total);
        Some(total)
    }
}
