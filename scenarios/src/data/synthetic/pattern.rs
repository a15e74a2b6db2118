//! How activity moves with the time of day.

use manyworlds_components::time::{Frame, NANOS_PER_DAY, Timestamp};
use serde::{Deserialize, Serialize};

/// The volume of each part of the day relative to the day's mean, in UTC.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum IntradayPattern {
    /// The same at all times.
    Flat,
    /// Around-the-clock trading: quiet in the UTC morning, highest when Europe and America overlap (14:00 to 16:00),
    /// with a smaller Asian peak at midnight.
    #[default]
    Crypto,
    /// High at both ends of the day, low in the middle (Wood, McInish & Ord 1985): ends three times the middle.
    UShape,
    /// 24 relative volumes, one per hour, joined by straight lines through the middles of the hours.
    Hourly(Vec<f64>),
}

/// Relative volume of the crypto day, by hour UTC.
const CRYPTO_HOURS: [f64; 24] = [
    1.15, 1.05, 0.95, 0.85, 0.78, 0.74, 0.76, 0.84, 0.92, 0.92, 0.88, 0.88, 1.00, 1.28, 1.60, 1.62, 1.42,
    1.22, 1.10, 1.04, 1.00, 0.96, 0.94, 1.00,
];

/// A pattern as one number per bar of the day: log relative volume, whose volume has mean 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DayTable {
    log_volume: Vec<f64>,
    frame_ns: i64,
    /// Takes off so much from `share * log_volume` that the mean square of the resulting volatility is 1.
    volatility_offset: f64,
    volatility_share: f64,
}

/// Slots of a day table at most; shorter frames share slots.
const MAX_SLOTS: i64 = 1_440;

impl DayTable {
    /// The table for bars of `frame`. Volatility follows volume to the power `volatility_share`.
    pub(super) fn new(pattern: &IntradayPattern, frame: Frame, volatility_share: f64) -> Self {
        let slots = (NANOS_PER_DAY / frame.nanos()).clamp(1, MAX_SLOTS);
        let raw: Vec<f64> =
            (0..slots).map(|slot| pattern.at((slot as f64 + 0.5) / slots as f64).max(1e-9)).collect();
        let mean = raw.iter().sum::<f64>() / slots as f64;
        let log_volume: Vec<f64> = raw.iter().map(|v| (v / mean).ln()).collect();
        let square =
            log_volume.iter().map(|l| (2.0 * volatility_share * l).exp()).sum::<f64>() / slots as f64;
        Self {
            log_volume,
            frame_ns: NANOS_PER_DAY / slots,
            volatility_offset: 0.5 * square.ln(),
            volatility_share,
        }
    }

    /// Log relative volume and log relative volatility of the bar that opens at `open`.
    #[inline]
    pub(super) fn at(&self, open: Timestamp) -> (f64, f64) {
        let slot = open.0.rem_euclid(NANOS_PER_DAY) / self.frame_ns;
        let log_volume = self.log_volume[(slot as usize).min(self.log_volume.len() - 1)];
        (log_volume, self.volatility_share * log_volume - self.volatility_offset)
    }
}

impl IntradayPattern {
    /// Relative volume at `day` in [0, 1), not normalized.
    fn at(&self, day: f64) -> f64 {
        match self {
            Self::Flat => 1.0,
            Self::Crypto => hourly(&CRYPTO_HOURS, day),
            Self::UShape => 1.0 + 2.0 * (2.0 * day - 1.0) * (2.0 * day - 1.0),
            Self::Hourly(hours) => hourly(hours, day),
        }
    }
}

/// Linear interpolation through the middles of the hours, around midnight.
fn hourly(hours: &[f64], day: f64) -> f64 {
    if hours.is_empty() {
        return 1.0;
    }
    let count = hours.len();
    let position = day * count as f64 - 0.5 + count as f64;
    let (index, part) = (position.floor(), position - position.floor());
    let (left, right) = (hours[index as usize % count], hours[(index as usize + 1) % count]);
    left + part * (right - left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volume_has_mean_one_and_volatility_mean_square_one() {
        let ramp = IntradayPattern::Hourly((1..=24).map(f64::from).collect());
        for pattern in [IntradayPattern::Flat, IntradayPattern::Crypto, IntradayPattern::UShape, ramp] {
            for frame in ["1s", "1m", "7m", "1h", "1d"] {
                let frame: Frame = frame.parse().unwrap();
                let table = DayTable::new(&pattern, frame, 0.3);
                let bars = NANOS_PER_DAY / frame.nanos();
                let (mut volume, mut square) = (0.0, 0.0);
                for bar in 0..bars {
                    let (log_volume, log_volatility) = table.at(Timestamp(bar * frame.nanos()));
                    volume += log_volume.exp() / bars as f64;
                    square += (2.0 * log_volatility).exp() / bars as f64;
                }
                assert!((volume - 1.0).abs() < 0.02 && (square - 1.0).abs() < 0.02, "{volume} {square}");
            }
        }
    }

    #[test]
    fn the_u_is_three_times_as_high_at_its_ends() {
        let table = DayTable::new(&IntradayPattern::UShape, Frame::MINUTE, 0.0);
        let at = |minute: i64| table.at(Timestamp(minute * Frame::MINUTE.nanos())).0.exp();
        assert!((at(0) / at(720) - 3.0).abs() < 0.02 && (at(1_439) / at(720) - 3.0).abs() < 0.02);
    }

    #[test]
    fn hours_pass_through_their_middles() {
        for (hour, value) in CRYPTO_HOURS.iter().enumerate() {
            assert!((hourly(&CRYPTO_HOURS, (hour as f64 + 0.5) / 24.0) - value).abs() < 1e-9);
        }
    }
}
