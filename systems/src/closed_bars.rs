//! The closed bars that a step brought to a symbol, one after the other.

use manyworlds_components::bar::Bar;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::time::{Frame, Timestamp};

/// The bars that arrived in `step`, oldest first. `frame` is that of the series.
#[inline]
pub(crate) fn closed_bars(series: &BarSeries, step: u64, frame: Frame) -> impl Iterator<Item = Bar> {
    let rows = series.fresh(step);
    let (opens, highs, lows) = (series.opens(rows), series.highs(rows), series.lows(rows));
    let (times, closes, volumes) = (series.open_times(rows), series.closes(rows), series.volumes(rows));
    (0..rows).map(move |i| {
        Bar::new(Timestamp(times[i]), frame, [opens[i], highs[i], lows[i], closes[i], volumes[i]])
    })
}

/// Whether nothing happened in a bar: no volume, no range, and the close before. A feed that fills gaps makes such
/// bars; where neighbors in time matter they would be false witnesses.
#[inline]
pub(crate) fn is_idle(bar: &Bar, previous_close: f64) -> bool {
    bar.volume == 0.0 && bar.high == bar.low && bar.close == previous_close
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_of_a_step_come_oldest_first() {
        let mut series = BarSeries::new(4);
        let bar =
            |i: i64| Bar::new(Timestamp(i * 60_000_000_000), Frame::MINUTE, [2.0, 3.0, 1.0, 2.5, i as f64]);
        for (i, step) in [(0, 1), (1, 2), (2, 2), (3, 2)] {
            series.push(&bar(i), step);
        }
        let bars = |step| closed_bars(&series, step, Frame::MINUTE).collect::<Vec<_>>();
        assert_eq!(bars(2), [bar(1), bar(2), bar(3)]);
        assert_eq!((bars(1), bars(3)), (vec![], vec![]));
    }

    #[test]
    fn an_idle_bar_has_nothing_of_its_own() {
        let bar = |ohlcv| Bar::new(Timestamp(0), Frame::MINUTE, ohlcv);
        assert!(is_idle(&bar([2.0, 2.0, 2.0, 2.0, 0.0]), 2.0));
        for (other, before) in [
            ([2.0, 2.0, 2.0, 2.0, 1.0], 2.0),
            ([2.0, 2.0, 2.0, 2.0, 0.0], 1.0),
            ([2.0, 3.0, 2.0, 2.0, 0.0], 2.0),
        ] {
            assert!(!is_idle(&bar(other), before));
        }
    }
}
