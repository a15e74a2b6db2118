//! Who moves first: Hayashi-Yoshida correlation over lags, in a window of buckets.
//!
//! A bucket ends with a row of the grid. What a bucket adds to the covariance of a pair at each lag is kept for as many
//! buckets as the window has; nothing is ever computed twice, and no pair of intervals is counted before both closed.
//! Lags are those of Hoffmann, Rosenbaum & Yoshida (2013); the ratio is that of Huth & Abergel (2014), "High frequency
//! lead/lag relationships: empirical facts", J. Empirical Finance 26, 41-58.

use bevy_ecs::resource::Resource;
use ndarray::{Array1, ArrayView1};
use serde::{Deserialize, Serialize};

use super::hayashi_yoshida::Merge;
use super::lag_reading::{LagReading, read_lags};
use super::settings::{Observations, Pairs, Settings};
use super::ticks::Ticks;

/// Sum of squared returns of a symbol, bucket by bucket.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Energy {
    next: u64,
    squares: Vec<f64>,
    counts: Vec<u32>,
}

impl Energy {
    fn close(&mut self, ticks: &Ticks, until: i64, slot: usize, window: usize) {
        self.squares.resize(window, 0.0);
        self.counts.resize(window, 0);
        let (times, returns) = ticks.since(self.next);
        let count = times.partition_point(|t| *t < until);
        self.squares[slot] = returns[..count].iter().map(|r| r * r).sum();
        self.counts[slot] = count as u32;
        self.next = self.next.max(ticks.first()) + count as u64;
    }

    fn total(&self) -> f64 {
        self.squares.iter().sum()
    }

    fn observations(&self) -> u64 {
        self.counts.iter().map(|c| u64::from(*c)).sum()
    }
}

/// A pair over all lags.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct PairLags {
    a: usize,
    b: usize,
    /// By lag. Empty until both symbols have been observed.
    merges: Vec<Merge>,
    /// By lag and bucket.
    buckets: Vec<f64>,
    /// By lag: sums over the buckets, built anew once per window.
    totals: Vec<f64>,
    /// By bucket: what it added at all positive lags less what it added at all negative ones.
    tilts: Vec<f64>,
    /// By lag; empty while undefined.
    curve: Vec<f64>,
}

/// Lead-lag curves of the pairs that are followed.
#[derive(Debug, Clone, PartialEq, Resource, Serialize, Deserialize)]
pub struct LeadLag {
    pub(super) observations: Observations,
    lags: Vec<i64>,
    window: usize,
    ticks: Vec<Ticks>,
    energies: Vec<Energy>,
    closed: u64,
    pairs: Vec<PairLags>,
}

impl LeadLag {
    /// Nothing observed yet.
    pub fn new(symbols: usize, reference: usize, settings: &Settings) -> Self {
        let side = settings.lags as i64;
        let with_reference = (0..symbols).filter(|s| *s != reference).map(|s| (reference, s));
        let among_others = (0..symbols).flat_map(|a| (a + 1..symbols).map(move |b| (a, b)));
        let among_others = among_others.filter(|(a, b)| *a != reference && *b != reference);
        let all = settings.pairs == Pairs::All;
        let pairs = with_reference.chain(among_others.take_while(|_| all)).take(settings.max_pairs as usize);
        Self {
            observations: settings.observations,
            lags: (-side..=side).map(|k| k.saturating_mul(settings.lag_step.nanos())).collect(),
            window: settings.lag_window as usize,
            ticks: vec![Ticks::default(); symbols],
            energies: vec![Energy::default(); symbols],
            closed: 0,
            pairs: pairs.map(|(a, b)| PairLags { a, b, ..PairLags::default() }).collect(),
        }
    }

    /// Buckets of the window.
    pub(super) fn window(&self) -> usize {
        self.window
    }

    /// An observation of a price, known at `time`.
    #[inline]
    pub(super) fn observe(&mut self, symbol: usize, time: i64, price: f64) {
        self.ticks[symbol].push(time, price);
    }

    /// Closes the bucket of all that was known before `until`. `warm` says which symbols have been there for a window;
    /// `report` gets every pair (a, b) with what its curve says.
    pub(super) fn close(
        &mut self,
        until: i64,
        warm: impl Fn(usize) -> bool,
        mut report: impl FnMut(usize, usize, LagReading),
    ) {
        let (window, slot) = (self.window, (self.closed % self.window as u64) as usize);
        self.closed += 1;
        let Self { lags, ticks, energies, pairs, .. } = self;
        for (ticks, energy) in ticks.iter().zip(energies.iter_mut()).filter(|(t, _)| t.seen()) {
            energy.close(ticks, until, slot, window);
        }
        for pair in pairs.iter_mut().filter(|p| ticks[p.a].seen() && ticks[p.b].seen()) {
            let PairLags { a, b, merges, buckets, totals, tilts, curve } = pair;
            merges.resize(lags.len(), Merge::default());
            buckets.resize(lags.len() * window, 0.0);
            totals.resize(lags.len(), 0.0);
            tilts.resize(window, 0.0);
            tilts[slot] = 0.0;
            for (k, lag) in lags.iter().enumerate() {
                let added = merges[k].advance(&ticks[*a], &ticks[*b], *lag, until - (*lag).max(0));
                let buckets = &mut buckets[k * window..(k + 1) * window];
                totals[k] += added - buckets[slot];
                buckets[slot] = added;
                tilts[slot] += lag.signum() as f64 * added;
                if slot + 1 == window {
                    totals[k] = buckets.iter().sum();
                }
            }
            curve.clear();
            let energy = energies[*a].total() * energies[*b].total();
            let enough = |s: usize| warm(s) && energies[s].observations() >= window as u64;
            if self.closed >= window as u64 && energy > 0.0 && enough(*a) && enough(*b) {
                curve.extend(totals.iter().map(|c| c / energy.sqrt()));
            }
            report(*a, *b, read_lags(lags, curve, buckets, tilts));
        }
        let longest = lags.last().copied().unwrap_or(0);
        for ticks in ticks.iter_mut().filter(|t| t.seen()) {
            ticks.forget_before(until - longest);
        }
    }

    /// The lags in seconds, ascending, as many on either side of 0. Above 0 the first symbol of a pair leads.
    pub fn lags(&self) -> Array1<f64> {
        self.lags.iter().map(|ns| *ns as f64 / 1e9).collect()
    }

    /// The pairs that are followed, as indices of symbols; the reference is the first of its pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.pairs.iter().map(|p| (p.a, p.b))
    }

    /// The Hayashi-Yoshida correlation of a pair at every lag of [`LeadLag::lags`], as of the last closed bucket. It may
    /// exceed 1. `None` if the pair is not followed or has no curve (yet).
    pub fn curve(&self, a: usize, b: usize) -> Option<ArrayView1<'_, f64>> {
        let pair = self.pairs.iter().find(|p| (p.a, p.b) == (a, b))?;
        (!pair.curve.is_empty()).then(|| ArrayView1::from(&pair.curve[..]))
    }

    /// What a curve says. `None` as for [`LeadLag::curve`].
    pub fn reading(&self, a: usize, b: usize) -> Option<LagReading> {
        let pair = self.pairs.iter().find(|p| (p.a, p.b) == (a, b) && !p.curve.is_empty())?;
        Some(read_lags(&self.lags, &pair.curve, &pair.buckets, &pair.tilts))
    }
}
