//! VPIN: the probability of informed trading in volume time.

use manyworlds_components::time::{NANOS_PER_DAY, Timestamp};
use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc;

use super::settings::VpinSettings;

/// VPIN of Easley, Lopez de Prado & O'Hara (2012), "Flow toxicity and liquidity in a high-frequency world".
///
/// The volume of a time bar is split into buys and sells by Phi(dP / sigma), sigma of the bars before it, and poured into
/// buckets of equal volume; VPIN is the mean imbalance of the last buckets. A bucket's volume is given, or a share of the mean
/// daily volume of all that was traded until it begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vpin {
    bar_end: i64,
    bar_volume: f64,
    price: f64,
    last_close: f64,
    changes: Ring,
    bucket: Bucket,
    imbalances: Ring,
    volumes: Ring,
    begun: i64,
    traded: f64,
}

/// A bucket that is being filled.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Bucket {
    size: f64,
    filled: f64,
    buys: f64,
}

/// The last values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Ring {
    values: Vec<f64>,
    count: u64,
}

impl Ring {
    fn new(len: usize) -> Self {
        Self { values: vec![0.0; len], count: 0 }
    }

    fn push(&mut self, value: f64) {
        let at = (self.count % self.values.len() as u64) as usize;
        self.values[at] = value;
        self.count += 1;
    }

    fn full(&self) -> Option<&[f64]> {
        (self.count >= self.values.len() as u64).then_some(&self.values[..])
    }
}

/// The standard normal distribution function.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

impl Vpin {
    /// Nothing traded yet.
    pub fn new(settings: &VpinSettings) -> Self {
        let buckets = settings.buckets as usize;
        Self {
            bar_end: i64::MAX,
            bar_volume: 0.0,
            price: 0.0,
            last_close: 0.0,
            changes: Ring::new(settings.sigma_bars as usize),
            bucket: Bucket::default(),
            imbalances: Ring::new(buckets),
            volumes: Ring::new(buckets),
            begun: i64::MAX,
            traded: 0.0,
        }
    }

    /// A trade in the bar that runs.
    #[inline]
    pub fn trade(&mut self, price: f64, quantity: f64) {
        self.price = price;
        self.bar_volume += quantity;
    }

    /// Ends the bar if it ends at `now` or before. Call it at least once between two bars.
    #[inline]
    pub fn pass(&mut self, now: i64, settings: &VpinSettings) {
        if self.begun == i64::MAX {
            self.begun = now;
            self.bar_end = settings.bar.floor(Timestamp(now)).0.saturating_add(settings.bar.nanos());
        }
        if now >= self.bar_end {
            self.close(settings);
            self.bar_end = settings.bar.floor(Timestamp(now)).0.saturating_add(settings.bar.nanos());
        }
    }

    fn close(&mut self, settings: &VpinSettings) {
        let volume = std::mem::take(&mut self.bar_volume);
        if volume <= 0.0 {
            return;
        }
        let change = (self.last_close > 0.0).then_some(self.price - self.last_close);
        self.last_close = self.price;
        self.traded += volume;
        let Some(change) = change else { return };
        if let Some(sigma) = self.changes.full().and_then(deviation) {
            let buys = volume * normal_cdf(change / sigma);
            self.pour(volume, buys, settings);
        }
        self.changes.push(change);
    }

    /// Pours volume, of which a part was bought, into buckets.
    pub fn pour(&mut self, volume: f64, buys: f64, settings: &VpinSettings) {
        let share = buys / volume;
        let mut left = volume;
        while left > 0.0 {
            if self.bucket.size <= 0.0 {
                let Some(size) = self.bucket_size(settings) else { return };
                self.bucket = Bucket { size, filled: 0.0, buys: 0.0 };
            }
            let room = self.bucket.size - self.bucket.filled;
            if left < room {
                self.bucket.filled += left;
                self.bucket.buys += left * share;
                return;
            }
            self.bucket.buys += room * share;
            left -= room;
            let full = std::mem::take(&mut self.bucket);
            self.imbalances.push((2.0 * full.buys - full.size).abs());
            self.volumes.push(full.size);
        }
    }

    fn bucket_size(&self, settings: &VpinSettings) -> Option<f64> {
        if let Some(volume) = settings.bucket_volume {
            return Some(volume);
        }
        let days = self.bar_end.saturating_sub(self.begun) as f64 / NANOS_PER_DAY as f64;
        let size = self.traded / days / settings.buckets_per_day as f64;
        (size > 0.0 && size.is_finite()).then_some(size)
    }

    /// The mean imbalance of the last buckets, from 0 to 1; `None` before there are as many.
    pub fn value(&self) -> Option<f64> {
        let imbalance: f64 = self.imbalances.full()?.iter().sum();
        let volume: f64 = self.volumes.full()?.iter().sum();
        (volume > 0.0).then(|| imbalance / volume)
    }
}

/// Standard deviation (n - 1); `None` where nothing moved.
fn deviation(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let deviation = (squares / (n - 1.0)).sqrt();
    (deviation > 0.0).then_some(deviation)
}

#[cfg(test)]
mod tests {
    use manyworlds_components::time::Frame;

    use super::*;

    /// The known answer: buys 60, 70, 50, 20, 40 of 100.
    #[test]
    fn five_buckets() {
        let settings = VpinSettings { bucket_volume: Some(100.0), buckets: 5, ..VpinSettings::default() };
        let mut vpin = Vpin::new(&settings);
        for (i, buys) in [60.0, 70.0, 50.0, 20.0, 40.0].into_iter().enumerate() {
            assert_eq!(vpin.value(), None, "after {i}");
            vpin.pour(100.0, buys, &settings);
        }
        assert!((vpin.value().unwrap() - 0.28).abs() < 1e-12);
        // The volume of a bar is split over the buckets that it fills, in its own proportion.
        let mut vpin = Vpin::new(&VpinSettings { buckets: 2, ..settings.clone() });
        vpin.pour(30.0, 30.0, &settings);
        vpin.pour(170.0, 0.0, &settings);
        assert!((vpin.value().unwrap() - (40.0 + 100.0) / 200.0).abs() < 1e-12);
    }

    #[test]
    fn bulk_classification_is_by_the_size_of_the_move() {
        assert!((normal_cdf(0.0) - 0.5).abs() < 1e-15);
        assert!((normal_cdf(1.0) - 0.841_344_746).abs() < 1e-9);
        let settings = VpinSettings {
            bar: Frame::SECOND,
            bucket_volume: Some(10.0),
            buckets: 1,
            sigma_bars: 3,
            ..VpinSettings::default()
        };
        let mut vpin = Vpin::new(&settings);
        // Closes 10, 11, 10, 12 leave changes 1, -1, 2 of deviation sqrt(7 / 3); the next change is 1.
        for (i, price) in [10.0, 11.0, 10.0, 12.0, 13.0].into_iter().enumerate() {
            vpin.pass(i as i64 * 1_000_000_000, &settings);
            vpin.trade(price, 10.0);
        }
        assert_eq!(vpin.value(), None, "the last bar runs");
        vpin.pass(5_000_000_000, &settings);
        let buys = normal_cdf(1.0 / (7.0f64 / 3.0).sqrt());
        assert!((vpin.value().unwrap() - (2.0 * buys - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn buckets_are_a_share_of_the_days_volume_so_far() {
        let settings = VpinSettings { sigma_bars: 3, buckets_per_day: 48, ..VpinSettings::default() };
        let mut vpin = Vpin::new(&settings);
        for minute in 0..60i64 {
            vpin.pass(minute * 60_000_000_000, &settings);
            vpin.trade(100.0 + (minute % 3) as f64, 2.0);
        }
        vpin.pass(3_600_000_000_000, &settings);
        // 2 a minute is 2,880 a day, 60 a bucket.
        assert!((vpin.bucket.size - 60.0).abs() < 1e-9, "{:?}", vpin.bucket);
    }
}
