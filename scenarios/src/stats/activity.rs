//! How much of the time and of the equity was at work.

use super::{Moments, finite};

/// Share of points with a position (a non-zero exposure), in `[0, 1]`; `None` without points.
pub fn exposure_time(exposure: &[f64]) -> Option<f64> {
    let (held, all) = exposure
        .iter()
        .filter(|e| e.is_finite())
        .fold((0_usize, 0_usize), |(held, all), e| (held + usize::from(*e != 0.0), all + 1));
    if all == 0 { None } else { Some(held as f64 / all as f64) }
}

/// Mean gross exposure: `mean(|position value| / equity)` over the points, those without a position included.
pub fn mean_exposure(exposure: &[f64]) -> Option<f64> {
    Moments::of(&exposure.iter().map(|e| e.abs()).collect::<Vec<_>>()).mean()
}

/// Annual turnover: traded notional (bought and sold, in account currency) over mean equity and years; 2 means that the
/// whole equity went in and out once a year. `None` unless mean equity and years are positive.
pub fn turnover(traded_notional: f64, mean_equity: f64, years: f64) -> Option<f64> {
    if mean_equity > 0.0 && years > 0.0 { finite(traded_notional / mean_equity / years) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exposure_and_turnover() {
        let exposure = [0.0, 0.5, -1.0, f64::NAN, 0.0];
        assert_eq!(exposure_time(&exposure), Some(0.5));
        assert_eq!(mean_exposure(&exposure), Some(0.375));
        assert_eq!((exposure_time(&[]), mean_exposure(&[])), (None, None));
        assert_eq!(turnover(400.0, 100.0, 2.0), Some(2.0));
        assert_eq!(turnover(400.0, 0.0, 2.0), None);
        assert_eq!(turnover(400.0, 1.0, f64::NAN), None);
    }
}
