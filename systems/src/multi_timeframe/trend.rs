//! The trend of one frame: its direction, and how sure it is.

use serde::{Deserialize, Serialize};

/// How trends are measured. Constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrendRule {
    /// Bars of the exponential moving average.
    pub ema: usize,
    /// Bars of the line.
    pub slope: usize,
}

/// The exponential moving average of closes, as TA-Lib has it: it begins with the plain mean of the first `n`, then
/// moves by 2 / (n + 1) of the distance. It forgets exponentially, so that rounding does not add up.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Ema {
    bars: u64,
    /// The sum of the first closes until there are `n`, then the average.
    value: f64,
}

impl Ema {
    /// Takes in a close.
    #[inline]
    pub fn add(&mut self, close: f64, n: usize) {
        self.bars += 1;
        if self.bars > n as u64 {
            self.value += 2.0 / (n as f64 + 1.0) * (close - self.value);
        } else {
            self.value += close;
            if self.bars == n as u64 {
                self.value /= n as f64;
            }
        }
    }

    /// The average, after `n` closes.
    #[inline]
    pub fn get(&self, n: usize) -> Option<f64> {
        (self.bars >= n as u64).then_some(self.value)
    }

    /// Closes so far.
    #[inline]
    pub fn bars(&self) -> u64 {
        self.bars
    }
}

/// The least-squares line through closes at equal distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Rise per bar, in units of the closes.
    pub slope: f64,
    /// Share of the closes' variance that the line explains, 0 ..= 1; `None` if they do not vary.
    pub r2: Option<f64>,
}

impl Line {
    /// Through `closes`, at least two of them; computed anew each time, so that nothing drifts.
    #[inline]
    pub fn through(closes: &[f64]) -> Option<Self> {
        let n = closes.len() as f64;
        // Counted from the newest close: equal closes are exact zeros, whatever the price.
        let anchor = *closes.last().filter(|_| closes.len() > 1)?;
        let mean = closes.iter().map(|c| c - anchor).sum::<f64>() / n;
        let (mut x, mut xy, mut yy) = (-(n - 1.0) / 2.0, 0.0, 0.0);
        for close in closes {
            let y = close - anchor - mean;
            xy += x * y;
            yy += y * y;
            x += 1.0;
        }
        let xx = n * (n * n - 1.0) / 12.0;
        Some(Self { slope: xy / xx, r2: (yy > 0.0).then(|| (xy * xy / (xx * yy)).min(1.0)) })
    }
}

/// The R2 below which a line is level: its slope is what rounding left of zero.
const LEVEL: f64 = 1e-12;

/// What is known of the trend of one frame after its newest closed bar.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Trend {
    /// +1 if the newest close is above its moving average and the line rises, -1 if it is below and the line falls, 0 where
    /// the two disagree or one of them is level.
    pub direction: i8,
    /// How straight the way was: the R2 of the line, 0 ..= 1. `None` where the closes did not move.
    pub confidence: Option<f64>,
    /// Distance of the newest close from its moving average.
    pub distance_bps: f64,
    /// Rise of the line per bar, relative to the newest close.
    pub slope_bps: f64,
    /// Share of the frames that the line spans that have a bar.
    pub quality: f64,
}

impl Trend {
    /// From the moving average and the closes of the line; `None` where there is no price.
    #[inline]
    pub fn measure(average: f64, closes: &[f64], missing: u64) -> Option<Self> {
        let close = *closes.last().filter(|close| **close > 0.0 && average > 0.0)?;
        let line = Line::through(closes)?;
        let slope = if line.r2.is_some_and(|r2| r2 > LEVEL) { line.slope } else { 0.0 };
        let direction = match (close - average, slope) {
            (above, slope) if above > 0.0 && slope > 0.0 => 1,
            (above, slope) if above < 0.0 && slope < 0.0 => -1,
            _ => 0,
        };
        let rows = closes.len() as f64;
        Some(Self {
            direction,
            confidence: line.r2,
            distance_bps: (close / average - 1.0) * 1e4,
            slope_bps: line.slope / close * 1e4,
            quality: rows / (rows + missing as f64),
        })
    }

    /// Direction times confidence, -1 ..= 1.
    #[inline]
    pub fn signed(&self) -> Option<f64> {
        self.confidence.map(|c| f64::from(self.direction) * c)
    }
}

#[cfg(test)]
mod tests;
