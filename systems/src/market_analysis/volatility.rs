//! Volatility of a window of bars, by estimators that read more or less of each bar.

use manyworlds_components::bar::Bar;
use manyworlds_components::time::NANOS_PER_DAY;
use serde::{Deserialize, Serialize};

use crate::indicators::{Moments, Ring, SlidingWindow};

/// Nanoseconds of a year of 365.25 days.
const YEAR_NANOS: f64 = 365.25 * NANOS_PER_DAY as f64;

/// Sums over the window of what each bar says by itself. O(1) per bar; see [`SlidingWindow`] for why it does not drift.
///
/// All estimators are of the log price, per bar: with u = ln(H/O), d = ln(L/O), c = ln(C/O), o = ln(O/C before).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowVolatility {
    length: usize,
    /// (u - d)^2, Garman-Klass and Rogers-Satchell terms.
    ranges: SlidingWindow<[f64; 3]>,
    /// Close-to-close, overnight and open-to-close returns.
    returns: SlidingWindow<[Moments; 3]>,
    open_times: Ring<i64>,
    range_sums: Option<[f64; 3]>,
    return_moments: Option<[Moments; 3]>,
    /// From the open of the bar before the window to the open of the newest bar.
    span_nanos: Option<i64>,
}

impl WindowVolatility {
    /// Over `length` bars (at least 2).
    pub fn new(length: usize) -> Self {
        let length = length.max(2);
        Self {
            length,
            ranges: SlidingWindow::new(length),
            returns: SlidingWindow::new(length),
            open_times: Ring::new(length),
            range_sums: None,
            return_moments: None,
            span_nanos: None,
        }
    }

    /// Takes in a bar with positive prices; `previous` is the close before it. Returns the log return.
    #[inline]
    pub fn update(&mut self, bar: &Bar, previous: Option<f64>) -> Option<f64> {
        let ln = |a: f64, b: f64| (a / b).ln();
        let (u, d, c) = (ln(bar.high, bar.open), ln(bar.low, bar.open), ln(bar.close, bar.open));
        let range = (u - d) * (u - d);
        let garman_klass = 0.5 * range - (2.0 * std::f64::consts::LN_2 - 1.0) * c * c;
        self.range_sums = self.ranges.push([range, garman_klass, u * (u - c) + d * (d - c)]);
        let opened_before = self.open_times.push(bar.open_time.nanos());
        self.span_nanos = opened_before.map(|t| bar.open_time.nanos() - t);
        let previous = previous?;
        let (r, o) = (ln(bar.close, previous), ln(bar.open, previous));
        self.return_moments = self.returns.push([Moments::of(r), Moments::of(o), Moments::of(c)]);
        Some(r)
    }

    /// Close-close: standard deviation (n - 1) of the log returns. From bar `length + 1` on.
    pub fn close_close(&self) -> Option<f64> {
        Some(self.return_moments?[0].variance()?.sqrt())
    }

    /// [`Self::close_close`] per year of 365.25 days: times the root of the number of bars per year, which is counted
    /// from the bars' own times, so that nights and weekends without bars need no convention.
    pub fn close_close_annual(&self) -> Option<f64> {
        let span = self.span_nanos.filter(|s| *s > 0)? as f64 / YEAR_NANOS;
        Some(self.close_close()? * (self.length as f64 / span).sqrt())
    }

    /// Parkinson (1980): the high-low range of a driftless diffusion, sqrt(mean (u - d)^2 / (4 ln 2)).
    pub fn parkinson(&self) -> Option<f64> {
        Some((self.range_sums?[0] / (4.0 * std::f64::consts::LN_2 * self.length as f64)).sqrt())
    }

    /// Garman & Klass (1980): mean of (u - d)^2 / 2 - (2 ln 2 - 1) c^2; zero drift, no jumps between bars.
    pub fn garman_klass(&self) -> Option<f64> {
        Some((self.range_sums?[1].max(0.0) / self.length as f64).sqrt())
    }

    /// Rogers & Satchell (1991): mean of u(u - c) + d(d - c); any drift, no jumps between bars.
    pub fn rogers_satchell(&self) -> Option<f64> {
        Some((self.range_sums?[2].max(0.0) / self.length as f64).sqrt())
    }

    /// Yang & Zhang (2000): overnight variance + k x open-to-close variance + (1 - k) x Rogers-Satchell, with
    /// k = 0.34 / (1.34 + (n + 1)/(n - 1)); any drift, jumps between bars. From bar `length + 1` on.
    pub fn yang_zhang(&self) -> Option<f64> {
        let [_, overnight, day] = self.return_moments?;
        let n = self.length as f64;
        let k = 0.34 / (1.34 + (n + 1.0) / (n - 1.0));
        let rogers_satchell = self.range_sums?[2].max(0.0) / n;
        Some((overnight.variance()? + k * day.variance()? + (1.0 - k) * rogers_satchell).sqrt())
    }
}

/// Exponentially weighted volatility (RiskMetrics 1996): sigma^2 = sum lambda^i r^2 / sum lambda^i, zero mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EwmaVolatility {
    lambda: f64,
    weight: f64,
    squares: f64,
}

impl EwmaVolatility {
    /// With decay `lambda` in (0, 1).
    pub fn new(lambda: f64) -> Self {
        Self { lambda, weight: 0.0, squares: 0.0 }
    }

    /// Returns until the weights reach a share of 1 - 1/e, about: 1 / (1 - lambda), rounded up.
    pub fn warmup(lambda: f64) -> u64 {
        (1.0 / (1.0 - lambda) - 1e-9).ceil() as u64
    }

    /// Takes in a log return.
    #[inline]
    pub fn update(&mut self, r: f64) {
        self.weight = self.lambda * self.weight + 1.0;
        self.squares = self.lambda * self.squares + r * r;
    }

    /// The volatility per bar; `None` before the first return.
    pub fn value(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| (self.squares / self.weight).sqrt())
    }
}
