//! The features once more, from the whole history, without any state that is carried along.

use std::collections::BTreeMap;

use manyworlds_components::book_event::BookSignal;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::side::AggressorSide;

use super::super::MicrostructureSettings;

/// A trade with what was known before it.
#[derive(Debug, Clone, Copy)]
pub struct Dealt {
    pub ts: i64,
    pub price: f64,
    pub quantity: f64,
    pub sign: f64,
    pub mid: Option<f64>,
}

/// The book from a time on.
#[derive(Debug, Clone, Copy)]
pub struct Stood {
    pub ts: i64,
    pub mid: Option<f64>,
    pub spread_bps: f64,
    pub flow: f64,
    pub deep: f64,
}

/// All that happened on the own venue.
pub struct History {
    pub dealt: Vec<Dealt>,
    pub stood: Vec<Stood>,
    pub settings: MicrostructureSettings,
    /// When the first interval ends.
    pub first_end: i64,
}

#[derive(Default)]
struct Plain {
    sides: [BTreeMap<i64, i64>; 2],
    gapped: bool,
}

impl Plain {
    fn best(&self, levels: usize) -> [Vec<(i64, i64)>; 2] {
        if self.gapped {
            return [Vec::new(), Vec::new()];
        }
        let pick = |(p, q): (&i64, &i64)| (*p, *q);
        [
            self.sides[0].iter().rev().map(pick).take(levels).collect(),
            self.sides[1].iter().map(pick).take(levels).collect(),
        ]
    }

    /// Whether it begins anew.
    fn apply(&mut self, data: &MarketData) -> bool {
        match data {
            MarketData::Depth(d) if d.size.0 > 0 => {
                self.sides[d.side as usize].insert(d.price.0, d.size.0);
            }
            MarketData::Depth(d) => {
                self.sides[d.side as usize].remove(&d.price.0);
            }
            MarketData::Signal(BookSignal::Clear) => *self = Self::default(),
            MarketData::Signal(BookSignal::Gap) => self.gapped = true,
            _ => return false,
        }
        matches!(data, MarketData::Signal(_))
    }
}

/// Eq. 10 of level `i`, of one side; `good` is +1 where higher prices are better.
fn part(before: &[(i64, i64)], now: &[(i64, i64)], i: usize, good: i64) -> f64 {
    let (p0, q0) = before.get(i).map_or((i64::MIN, 0), |(p, q)| (good * p, *q));
    let (p1, q1) = now.get(i).map_or((i64::MIN, 0), |(p, q)| (good * p, *q));
    (if p1 >= p0 { q1 } else { 0 } - if p1 <= p0 { q0 } else { 0 }) as f64
}

impl History {
    pub fn new(events: &[MarketEvent], instrument: &Instrument, settings: MicrostructureSettings) -> Self {
        let levels = settings.levels as usize;
        let (mut plain, mut before) = (Plain::default(), [Vec::new(), Vec::new()]);
        let (mut dealt, mut stood): (Vec<Dealt>, Vec<Stood>) = (Vec::new(), Vec::new());
        let (mut mid, mut reset, mut tick) = (None::<f64>, false, 0.0);
        for (i, event) in events.iter().enumerate().filter(|(_, e)| e.is_primary()) {
            if let MarketData::Trade(t) = &event.data {
                let last = dealt.last().map(|d| d.price);
                let sign = |to: f64| if t.price > to { 1.0 } else { -1.0 };
                tick = last.filter(|l| *l != t.price).map_or(tick, sign);
                let sign = match t.aggressor {
                    AggressorSide::Buyer => 1.0,
                    AggressorSide::Seller => -1.0,
                    AggressorSide::Unknown => mid.filter(|m| (m - t.price).abs() > 1e-6).map_or(tick, sign),
                };
                dealt.push(Dealt { ts: event.ts_recv.0, price: t.price, quantity: t.quantity, sign, mid });
                continue;
            }
            reset |= plain.apply(&event.data);
            let next = events.get(i + 1);
            let goes_on = |n: &&MarketEvent| n.ts_recv == event.ts_recv && n.is_primary() && n.data.is_book();
            if next.filter(goes_on).is_some() {
                continue;
            }
            let now = plain.best(levels);
            if stood.is_empty() && !reset && now.iter().all(Vec::is_empty) {
                // Of a level that never was, nothing can be taken away: nothing has begun.
                continue;
            }
            let flow = |i: usize| part(&before[0], &now[0], i, 1) - part(&before[1], &now[1], i, -1);
            let lot = instrument.lot_size.value();
            let (flow, deep) = if std::mem::take(&mut reset) {
                (0.0, 0.0)
            } else {
                (flow(0) * lot, (0..levels).map(flow).sum::<f64>() * lot)
            };
            let whole = now[0].first().zip(now[1].first()).filter(|(b, a)| b.0 < a.0);
            let tick_size = instrument.tick_size.value();
            mid = whole.map(|(b, a)| 0.5 * tick_size * (b.0 + a.0) as f64);
            let spread_bps = whole.map_or(0.0, |(b, a)| 2e4 * (a.0 - b.0) as f64 / (a.0 + b.0) as f64);
            stood.push(Stood { ts: event.ts_recv.0, mid, spread_bps, flow, deep });
            before = now;
        }
        let first = dealt.first().map(|d| d.ts).into_iter().chain(stood.first().map(|s| s.ts)).min().unwrap();
        let interval = settings.interval.nanos();
        let first_end = (first + interval - 1).div_euclid(interval) * interval;
        Self { dealt, stood, settings, first_end }
    }

    pub fn mid(&self, at: i64) -> Option<f64> {
        self.stood.iter().rev().find(|s| s.ts <= at)?.mid
    }

    /// The mid, or where there was never a book the last trade's price.
    pub fn price(&self, at: i64) -> Option<f64> {
        if self.stood.iter().any(|s| s.ts <= at) {
            return self.mid(at);
        }
        self.dealt.iter().rev().find(|d| d.ts <= at).map(|d| d.price)
    }

    /// The last end of an interval, if the window before it is full: the window begins `window` intervals before it.
    pub fn window(&self, now: i64) -> Option<i64> {
        let interval = self.settings.interval.nanos();
        let last = now.div_euclid(interval) * interval;
        let begin = last - self.settings.window as i64 * interval;
        (begin >= self.first_end - interval).then_some(begin)
    }

    pub fn dealt_in(&self, from: i64, to: i64) -> impl Iterator<Item = &Dealt> {
        self.dealt.iter().filter(move |d| d.ts > from && d.ts <= to)
    }

    pub fn sum(&self, from: i64, to: i64, what: impl Fn(&Dealt) -> f64) -> f64 {
        self.dealt_in(from, to).map(what).sum()
    }

    pub fn flow(&self, from: i64, to: i64, what: impl Fn(&Stood) -> f64) -> f64 {
        self.stood.iter().filter(|s| s.ts > from && s.ts <= to).map(what).sum()
    }

    /// (signed volume, flow, deep flow, volume, mid change, log return, window volume, window flow) of spans that ended.
    pub fn spans(&self, now: i64) -> Vec<[Option<f64>; 8]> {
        let interval = self.settings.interval.nanos();
        let span = interval * self.settings.span as i64;
        let mut end = self.first_end - interval + span;
        let mut spans = Vec::new();
        while end <= now {
            let from = end - span;
            let first = spans.is_empty();
            let change = |of: &dyn Fn(i64) -> Option<f64>, join: fn(f64, f64) -> f64| {
                Some(join(of(end)?, of(from).filter(|_| !first)?))
            };
            let window = self.window(end);
            spans.push([
                Some(self.sum(from, end, |d| d.sign * d.quantity)),
                Some(self.flow(from, end, |s| s.flow)),
                Some(self.flow(from, end, |s| s.deep)),
                Some(self.sum(from, end, |d| d.quantity)),
                change(&|t| self.mid(t), |now, before| now - before),
                change(&|t| self.price(t), |now, before| (now / before).ln()),
                window.map(|w| self.sum(w, end, |d| d.sign * d.quantity)),
                window.map(|w| self.flow(w, end, |s| s.flow)),
            ]);
            end += span;
        }
        spans
    }
}

/// Squared correlation and slope; `None` under ten pairs or without variance.
pub fn line(pairs: &[(f64, f64)]) -> Option<(f64, f64)> {
    let n = pairs.len() as f64;
    let (mx, my) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let covariance = |f: fn(f64, f64) -> f64| pairs.iter().map(|p| f(p.0 - mx, p.1 - my)).sum::<f64>();
    let (xx, xy, yy) = (covariance(|x, _| x * x), covariance(|x, y| x * y), covariance(|_, y| y * y));
    (n >= 10.0 && xx > 1e-18 && yy > 1e-18).then(|| (xy * xy / (xx * yy), xy / xx))
}
