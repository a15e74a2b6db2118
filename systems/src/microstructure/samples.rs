//! Equal spans of time, and what regressions over them say.

use serde::{Deserialize, Serialize};

/// What happened in a span.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Order flow imbalance of the best levels, base units.
    pub flow: f64,
    /// Order flow imbalance of all levels that are watched, base units.
    pub deep_flow: f64,
    /// Volume of buys less that of sells.
    pub signed_volume: f64,
    /// All volume.
    pub volume: f64,
    /// Change of the mid in quote units; `None` where the book was not whole at both ends.
    pub mid_change: Option<f64>,
    /// Log return of the mid, of trades where there is no book.
    pub log_return: Option<f64>,
    /// Signed volume of the sliding window at its end.
    pub window_volume: Option<f64>,
    /// Order flow imbalance of the sliding window at its end.
    pub window_flow: Option<f64>,
}

/// The last spans, and what follows from them: made anew with each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    ring: Vec<Sample>,
    count: u64,
    /// Whether there is a reading that nobody took over yet.
    fresh: bool,
    /// What the samples say; nothing before there are as many as fit.
    pub reading: Reading,
}

/// What the last samples say.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Reading {
    /// Mid change on the order flow of the same span.
    pub flow: Option<Fit>,
    /// Mid change on the order flow of several levels of the same span.
    pub deep_flow: Option<Fit>,
    /// Mid change on the signed volume of the same span.
    pub volume: Option<Fit>,
    /// Mid change on the order flow of the span before.
    pub flow_before: Option<Fit>,
    /// Mid change on the order flow of several levels of the span before.
    pub deep_flow_before: Option<Fit>,
    /// (mean, deviation) of the window's signed volume.
    pub window_volume: Option<(f64, f64)>,
    /// (mean, deviation) of the window's order flow.
    pub window_flow: Option<(f64, f64)>,
    /// (standard deviation of log returns, volume) of a span.
    pub market: Option<(f64, f64)>,
}

/// A least-squares line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// Its slope.
    pub slope: f64,
    /// The share of variance that it explains.
    pub r2: f64,
}

/// The fewest pairs that a line is laid through.
const FEWEST: f64 = 10.0;

impl Fit {
    /// Through (x, y); `None` for fewer than ten pairs, or where one of them does not vary.
    pub fn of(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Self> {
        let (n, sx, sy) = pairs.clone().fold((0.0, 0.0, 0.0), |(n, a, b), (x, y)| (n + 1.0, a + x, b + y));
        if n < FEWEST {
            return None;
        }
        let (mx, my) = (sx / n, sy / n);
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for (x, y) in pairs {
            xx += (x - mx) * (x - mx);
            yy += (y - my) * (y - my);
            xy += (x - mx) * (y - my);
        }
        let varies = |squares: f64, mean: f64| squares > 1e-24 * n * mean * mean && squares > 0.0;
        (varies(xx, mx) && varies(yy, my)).then(|| Self { slope: xy / xx, r2: (xy / xx * xy / yy).min(1.0) })
    }
}

impl Samples {
    /// Room for `n`.
    pub fn new(n: usize) -> Self {
        Self { ring: vec![Sample::default(); n], count: 0, fresh: false, reading: Reading::default() }
    }

    /// Takes in a span.
    pub fn push(&mut self, sample: Sample) {
        let n = self.ring.len() as u64;
        self.ring[(self.count % n) as usize] = sample;
        self.count += 1;
        if self.count >= n {
            self.reading = self.read();
            self.fresh = true;
        }
    }

    /// So many spans go by in which nothing happens; as many as fit follow them.
    pub fn skip(&mut self, spans: u64) {
        self.count += spans;
    }

    /// Whether the reading is another one since the last call.
    #[inline]
    pub fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }

    fn read(&self) -> Reading {
        let (newer, older) = self.ring.split_at((self.count % self.ring.len() as u64) as usize);
        let all = || older.iter().chain(newer);
        let next = || all().zip(all().skip(1));
        let same = |x: fn(&Sample) -> f64| Fit::of(all().filter_map(move |s| Some((x(s), s.mid_change?))));
        let before =
            |x: fn(&Sample) -> f64| Fit::of(next().filter_map(move |(s, n)| Some((x(s), n.mid_change?))));
        let returns = || all().filter_map(|s| s.log_return);
        let market = moments(returns())
            .map(|(_, deviation)| (deviation, all().map(|s| s.volume).sum::<f64>() / self.ring.len() as f64));
        Reading {
            flow: same(|s| s.flow),
            deep_flow: same(|s| s.deep_flow),
            volume: same(|s| s.signed_volume),
            flow_before: before(|s| s.flow),
            deep_flow_before: before(|s| s.deep_flow),
            window_volume: moments(all().filter_map(|s| s.window_volume)),
            window_flow: moments(all().filter_map(|s| s.window_flow)),
            market,
        }
    }
}

/// Mean and standard deviation (n - 1); `None` for fewer than ten values, or where nothing varies.
fn moments(values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    let (n, sum) = values.clone().fold((0.0, 0.0), |(n, sum), v| (n + 1.0, sum + v));
    let mean = sum / n;
    let squares: f64 = values.map(|v| (v - mean) * (v - mean)).sum();
    (n >= FEWEST && squares > 1e-24 * n * mean * mean).then(|| (mean, (squares / (n - 1.0)).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_explains_now_need_not_foretell() {
        let mut samples = Samples::new(100);
        for i in 0..100u64 {
            assert_eq!(samples.reading, Reading::default());
            // A sequence without a pattern from one to the next.
            let flow = ((i * i * 7919) % 101) as f64 - 50.0;
            let mid_change = Some(0.5 * flow);
            samples.push(Sample { flow, mid_change, deep_flow: -flow, ..Sample::default() });
        }
        let reading = samples.reading;
        let (now, before) = (reading.flow.unwrap(), reading.flow_before.unwrap());
        assert!((now.r2 - 1.0).abs() < 1e-12 && (now.slope - 0.5).abs() < 1e-12);
        assert!(before.r2 < 0.05, "{before:?}");
        assert!((reading.deep_flow.unwrap().slope + 0.5).abs() < 1e-12);
        assert_eq!((reading.volume, reading.market), (None, None), "nothing varies");
    }

    #[test]
    fn a_line_that_is_known() {
        let pairs = [(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0)].repeat(3);
        let fit = Fit::of(pairs.iter().copied()).unwrap();
        assert!((fit.slope - 0.6).abs() < 1e-12 && (fit.r2 - 0.36).abs() < 1e-12);
        assert_eq!(Fit::of(pairs[..9].iter().copied()), None);
        assert_eq!(Fit::of(pairs.iter().map(|p| (7.3, p.1))), None);
        assert_eq!(moments([0.1; 20].into_iter()), None);
    }
}
