//! Value scales: linear or logarithmic, with ticks at 1, 2, 2.5 or 5 times a power of ten (Heckbert 1990, "Nice
//! numbers for graph labels", Graphics Gems).

use super::super::format::{fixed, plain};

/// The unit of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Unit {
    /// A fraction, labeled in percent.
    Percent,
    /// Money, a price, or a ratio: labeled as it is.
    Number,
}

/// A map from values to 0 (bottom) .. 1 (top).
#[derive(Clone, Debug)]
pub(in super::super) struct Scale {
    pub(in super::super) low: f64,
    pub(in super::super) high: f64,
    pub(in super::super) log: bool,
    /// Tick values inside of the range, ascending.
    pub(in super::super) ticks: Vec<f64>,
    step: f64,
}

impl Scale {
    /// A linear scale over `low..=high` with about `wanted` ticks.
    pub(in super::super) fn linear(low: f64, high: f64, wanted: usize) -> Self {
        let (mut low, mut high) = if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
        if high - low <= low.abs().max(high.abs()) * 1e-12 {
            let pad = if low == 0.0 { 1.0 } else { low.abs() * 0.01 };
            (low, high) = (low - pad, high + pad);
        }
        // The largest round step that still gives two thirds of the wanted ticks.
        let step = nice_step((high - low) / wanted.max(1) as f64 * 0.7);
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        let ticks = (first..=last.min(first + 100)).map(|i| i as f64 * step).collect();
        Self { low, high, log: false, ticks, step }
    }

    /// A logarithmic scale over a positive range; linear ticks when it spans less than a factor of ten.
    pub(in super::super) fn log(low: f64, high: f64, wanted: usize) -> Self {
        if !(low > 0.0 && high > low) {
            return Self::linear(low, high, wanted);
        }
        let mut scale = Self::linear(low, high, wanted);
        scale.log = true;
        if high / low >= 10.0 {
            let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
            let multiples: &[f64] = if high / low > 1e4 { &[1.0] } else { &[1.0, 2.0, 5.0] };
            scale.ticks = decades
                .flat_map(|d| multiples.iter().map(move |m| m * 10f64.powi(d)))
                .filter(|t| (low..=high).contains(t))
                .collect();
            scale.step = 0.0;
        }
        scale
    }

    /// 0 at the low end, 1 at the high end; values outside are clamped.
    pub(in super::super) fn position(&self, value: f64) -> f64 {
        let position = if self.log {
            (value.max(self.low).ln() - self.low.ln()) / (self.high.ln() - self.low.ln())
        } else {
            (value - self.low) / (self.high - self.low)
        };
        position.clamp(0.0, 1.0)
    }

    /// The label of a tick, with as many decimals as the step needs.
    pub(in super::super) fn label(&self, tick: f64, unit: Unit) -> String {
        let factor = if unit == Unit::Percent { 100.0 } else { 1.0 };
        let step = self.step * factor;
        let text = if step == 0.0 {
            plain(tick * factor)
        } else {
            let decimals = (0..8).find(|d| {
                let scaled = step * 10f64.powi(*d);
                (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1e-300) && scaled >= 0.999
            });
            fixed(tick * factor, decimals.unwrap_or(8) as usize)
        };
        if unit == Unit::Percent { format!("{text}%") } else { text }
    }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `rough`.
pub(in super::super) fn nice_step(rough: f64) -> f64 {
    if !(rough.is_finite() && rough > 0.0) {
        return 1.0;
    }
    let power = 10f64.powi(rough.log10().floor() as i32);
    let multiple = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|m| m * power >= rough * (1.0 - 1e-9));
    multiple.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ticks_are_round() {
        let scale = Scale::linear(-0.231, 0.04, 5);
        let labels: Vec<_> = scale.ticks.iter().map(|t| scale.label(*t, Unit::Percent)).collect();
        assert_eq!(labels, ["\u{2212}20%", "\u{2212}15%", "\u{2212}10%", "\u{2212}5%", "0%"]);
        let scale = Scale::linear(99_800.0, 131_000.0, 5);
        let labels: Vec<_> = scale.ticks.iter().map(|t| scale.label(*t, Unit::Number)).collect();
        assert_eq!(labels, ["100,000", "105,000", "110,000", "115,000", "120,000", "125,000", "130,000"]);
        let scale = Scale::linear(0.0, 0.1, 3);
        assert_eq!(scale.label(0.025, Unit::Number), "0.025");
    }

    #[test]
    fn a_log_scale_has_decades() {
        let scale = Scale::log(0.9, 130.0, 5);
        assert_eq!(scale.ticks, [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        assert!((scale.position((0.9f64 * 130.0).sqrt()) - 0.5).abs() < 1e-12);
        assert!(!Scale::log(-1.0, 2.0, 5).log);
    }

    proptest! {
        #[test]
        fn any_range_gives_a_usable_scale(a in -1e9f64..1e9, b in -1e9f64..1e9, wanted in 2usize..10) {
            let scale = Scale::linear(a.min(b), a.max(b), wanted);
            prop_assert!(scale.high > scale.low);
            prop_assert!(!scale.ticks.is_empty() && scale.ticks.len() <= wanted * 3 / 2 + 1);
            prop_assert!(scale.ticks.windows(2).all(|w| w[0] < w[1]));
            prop_assert!((0.0..=1.0).contains(&scale.position(a)));
        }
    }

    #[test]
    fn a_flat_or_undefined_range_is_widened() {
        for scale in [Scale::linear(5.0, 5.0, 4), Scale::linear(f64::NAN, 1.0, 4), Scale::linear(0.0, 0.0, 4)]
        {
            assert!(scale.high > scale.low && !scale.ticks.is_empty());
        }
    }
}
