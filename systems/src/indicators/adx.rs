//! Directional movement.

use serde::{Deserialize, Serialize};

use super::atr::true_range;

/// What [`Adx`] knows after a bar.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AdxValue {
    /// +DI, 0 to 100; from bar `period + 1` on, `None` where prices do not move at all.
    pub plus_di: Option<f64>,
    /// -DI, likewise.
    pub minus_di: Option<f64>,
    /// ADX, 0 to 100; from bar `2 period` on, `None` where no directional index has ever been defined.
    pub adx: Option<f64>,
}

/// Average directional index (Wilder 1978), as TA-Lib computes it: sums of directional movement and true range are
/// begun over `period - 1` bars and then decay by 1/period per bar; the first ADX is the plain average of `period`
/// directional indices. A bar whose index is undefined (no movement) leaves the average as it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Adx {
    period: usize,
    moves: usize,
    previous: Option<[f64; 3]>,
    plus: f64,
    minus: f64,
    range: f64,
    adx: f64,
    defined: bool,
}

impl Adx {
    /// An index over `period` bars (at least 2).
    pub fn new(period: usize) -> Self {
        let period = period.max(2);
        Self { period, moves: 0, previous: None, plus: 0.0, minus: 0.0, range: 0.0, adx: 0.0, defined: false }
    }

    /// Takes in a bar.
    #[inline]
    pub fn update(&mut self, high: f64, low: f64, close: f64) -> AdxValue {
        let Some([previous_high, previous_low, previous_close]) = self.previous.replace([high, low, close])
        else {
            return AdxValue::default();
        };
        let (up, down) = (high - previous_high, previous_low - low);
        let plus = if up > down && up > 0.0 { up } else { 0.0 };
        let minus = if down > up && down > 0.0 { down } else { 0.0 };
        let n = self.period as f64;
        let keep = if self.moves + 1 < self.period { 1.0 } else { 1.0 - 1.0 / n };
        self.plus = self.plus * keep + plus;
        self.minus = self.minus * keep + minus;
        self.range = self.range * keep + true_range(high, low, previous_close);
        self.moves += 1;
        if self.moves < self.period || self.range <= 0.0 {
            return AdxValue { adx: self.average(), ..AdxValue::default() };
        }
        let (plus_di, minus_di) = (100.0 * self.plus / self.range, 100.0 * self.minus / self.range);
        let sum = plus_di + minus_di;
        if sum > 0.0 {
            let index = 100.0 * (plus_di - minus_di).abs() / sum;
            self.defined = true;
            if self.moves < 2 * self.period {
                self.adx += index / n;
            } else {
                self.adx += (index - self.adx) / n;
            }
        }
        AdxValue { plus_di: Some(plus_di), minus_di: Some(minus_di), adx: self.average() }
    }

    fn average(&self) -> Option<f64> {
        (self.defined && self.moves + 1 >= 2 * self.period).then_some(self.adx)
    }
}
