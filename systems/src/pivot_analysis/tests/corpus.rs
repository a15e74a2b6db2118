//! Known answers on TA-Lib's daily bars.

use manyworlds_components::bar::Bar;

use super::super::AverageTrueRange;
use super::super::MarketStructure;
use crate::bar_world::talib_bars;

/// Bars at which a fractal was confirmed.
fn confirmed(bars: &[Bar], high: bool) -> Vec<usize> {
    let mut structure = MarketStructure::new(1, 1, true);
    let (mut last, mut at) = (None, Vec::new());
    for (i, bar) in bars.iter().enumerate() {
        structure.push(bar, bar.close_time, |_, _, _| {});
        let newest = if high { structure.fractal_high() } else { structure.fractal_low() }.copied();
        if newest != last {
            let pivot = newest.unwrap();
            assert_eq!((pivot.confirmed_bar, pivot.confirmed_time), (i as u64, bar.close_time));
            assert_eq!(pivot.pivot_time, bars[i - 2].open_time, "two bars late");
            assert_eq!(pivot.price, if high { bars[i - 2].high } else { bars[i - 2].low });
            at.push(i);
        }
        last = newest;
    }
    at
}

#[test]
fn fractals() {
    let Some(bars) = talib_bars() else { return };
    let (highs, lows) = (confirmed(&bars, true), confirmed(&bars, false));
    assert_eq!((highs.len(), lows.len()), (31, 30));
    assert_eq!(highs[..8], [4, 13, 18, 21, 29, 36, 48, 51]);
    assert_eq!(lows[..8], [10, 16, 19, 27, 32, 42, 50, 56]);
}

#[test]
fn average_true_range() {
    let Some(bars) = talib_bars() else { return };
    let mut range = AverageTrueRange::new(14);
    let values: Vec<Option<f64>> = bars
        .iter()
        .map(|bar| {
            range.push(bar);
            range.value()
        })
        .collect();
    assert!(values[..14].iter().all(Option::is_none));
    for (bar, expected) in [(14, 3.578214), (15, 3.487628), (251, 3.260809)] {
        let value = values[bar].unwrap();
        assert!((value - expected).abs() < 1e-6, "[{bar}] {value}");
    }
}
