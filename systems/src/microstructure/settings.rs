//! What a scenario may say of microstructure.

use manyworlds_components::time::Frame;
use serde::{Deserialize, Serialize};

use crate::market::MAX_WATCHED;
use crate::setting::{Check, Checker};

/// Settings of [`super::MicrostructureModule`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MicrostructureSettings {
    /// The interval that windows move by. All other times are multiples of it.
    pub interval: Frame,
    /// Whole intervals of a window; the running one comes on top.
    pub window: u64,
    /// Levels of the deeper order flow imbalance.
    pub levels: u64,
    /// Intervals of a span of the regressions.
    pub span: u64,
    /// Spans that a regression, a z-score or an impact estimate is made of.
    pub spans: u64,
    /// Who started a trade of which the source does not say it: by the mid, else by the last change of price (Lee & Ready 1991).
    pub classify: bool,
    /// A trade is large from this many times the mean of the window before it on.
    pub large: f64,
    /// After what time the mid of a realized spread is taken.
    pub realized_after: Frame,
    /// Volume-synchronized probability of informed trading.
    pub vpin: VpinSettings,
    /// Self-exciting intensity of trades.
    pub hawkes: HawkesSettings,
    /// Stoikov's microprice.
    pub microprice: MicropriceSettings,
    /// What orders are expected to move.
    pub impact: ImpactSettings,
}

/// Settings of VPIN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VpinSettings {
    /// The time bars whose volume is classified in bulk.
    pub bar: Frame,
    /// Bars before one that say how far prices go.
    pub sigma_bars: u64,
    /// The volume of a bucket in base units; `None` for a share of the mean daily volume so far.
    pub bucket_volume: Option<f64>,
    /// Which share: one in so many.
    pub buckets_per_day: u64,
    /// Buckets of VPIN.
    pub buckets: u64,
}

/// Where the parameters of the Hawkes intensity come from. Times are seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum HawkesSettings {
    /// Maximum likelihood on the newest arrivals, at these intervals.
    Fitted {
        /// How many.
        arrivals: u64,
        /// When.
        every: Frame,
    },
    /// From here.
    Given {
        /// Arrivals that nothing triggers, per second.
        mu: f64,
        /// What an arrival adds.
        alpha: f64,
        /// How fast that decays.
        beta: f64,
    },
}

/// Settings of the microprice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MicropriceSettings {
    /// Bins of the imbalance; odd, so that balance lies within one.
    pub bins: u64,
    /// Spreads in ticks that are told apart; the widest stands for all wider ones.
    pub spreads: u64,
    /// When the table is made anew; the first one comes as soon as `changes` are counted.
    pub every: Frame,
    /// Changes of the best levels that have to be counted before the first table.
    pub changes: u64,
}

/// Settings of impact estimates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImpactSettings {
    /// Y of the square-root law.
    pub coefficient: f64,
    /// The order of the features, as a share of the daily volume.
    pub share: f64,
    /// In how many days it is dealt (Almgren).
    pub days: f64,
    /// Units in existence over the daily volume (Almgren).
    pub turnover: f64,
}

impl Default for MicrostructureSettings {
    fn default() -> Self {
        Self {
            interval: Frame::SECOND,
            window: 60,
            levels: 5,
            span: 10,
            spans: 180,
            classify: true,
            large: 5.0,
            realized_after: super::specs::seconds(5),
            vpin: VpinSettings::default(),
            hawkes: HawkesSettings::default(),
            microprice: MicropriceSettings::default(),
            impact: ImpactSettings::default(),
        }
    }
}

impl Default for VpinSettings {
    fn default() -> Self {
        Self { bar: Frame::MINUTE, sigma_bars: 50, bucket_volume: None, buckets_per_day: 50, buckets: 50 }
    }
}

impl Default for HawkesSettings {
    fn default() -> Self {
        Self::Fitted { arrivals: 1_000, every: super::specs::seconds(600) }
    }
}

impl Default for MicropriceSettings {
    fn default() -> Self {
        Self { bins: 9, spreads: 2, every: super::specs::seconds(600), changes: 1_000 }
    }
}

impl Default for ImpactSettings {
    fn default() -> Self {
        Self { coefficient: 1.0, share: 0.01, days: 0.1, turnover: 263.0 }
    }
}

impl MicrostructureSettings {
    /// After how many intervals without an event nothing changes any more, and how many intervals are remembered.
    pub(super) fn remembered(&self) -> (i64, i64) {
        let fits = match &self.hawkes {
            HawkesSettings::Fitted { every, .. } => every.nanos(),
            HawkesSettings::Given { .. } => 0,
        };
        let longest = fits.max(self.microprice.every.nanos()).max(self.vpin.bar.nanos());
        let head = longest.max(self.realized_after.nanos()) / self.interval.nanos() + 1;
        (head, (self.window + self.span * (self.spans + 2)) as i64)
    }
}

impl Check for MicrostructureSettings {
    fn check(&self, checker: &mut Checker) {
        checker.whole("window", self.window, 1, 3_600);
        checker.whole("levels", self.levels, 1, MAX_WATCHED as u64);
        checker.whole("span", self.span, 1, 3_600);
        checker.whole("spans", self.spans, 11, 10_000);
        checker.range("large", self.large, 1.0, 1_000.0);
        let interval = self.interval.nanos();
        let multiple = |checker: &mut Checker, field: &str, frame: Frame| {
            let expected = format!("a multiple of the interval {}", self.interval);
            checker.require(field, frame, frame.nanos() % interval == 0, &expected);
        };
        checker.within("vpin", |checker| {
            multiple(checker, "bar", self.vpin.bar);
            checker.whole("sigma_bars", self.vpin.sigma_bars, 3, 10_000);
            checker.whole("buckets_per_day", self.vpin.buckets_per_day, 1, 100_000);
            checker.whole("buckets", self.vpin.buckets, 1, 10_000);
            let volume = self.vpin.bucket_volume.unwrap_or(1.0);
            checker.range("bucket_volume", volume, f64::MIN_POSITIVE, f64::INFINITY);
        });
        checker.within("hawkes", |checker| match &self.hawkes {
            HawkesSettings::Fitted { arrivals, every } => {
                checker.whole("arrivals", *arrivals, super::hawkes::FEWEST_ARRIVALS, 100_000);
                multiple(checker, "every", *every);
            }
            HawkesSettings::Given { mu, alpha, beta } => {
                checker.range("mu", *mu, f64::MIN_POSITIVE, 1e9);
                checker.range("beta", *beta, f64::MIN_POSITIVE, 1e9);
                checker.require(
                    "alpha",
                    alpha,
                    (0.0..*beta).contains(alpha),
                    "a number from 0 to below beta",
                );
            }
        });
        checker.within("microprice", |checker| {
            let bins = self.microprice.bins;
            let odd = bins % 2 == 1 && (3..=51).contains(&bins);
            checker.require("bins", bins, odd, "an odd number from 3 to 51");
            checker.whole("spreads", self.microprice.spreads, 1, 10);
            checker.whole("changes", self.microprice.changes, 1, 1_000_000_000);
            multiple(checker, "every", self.microprice.every);
        });
        checker.within("impact", |checker| {
            checker.range("coefficient", self.impact.coefficient, 0.0, 100.0);
            checker.range("share", self.impact.share, 1e-9, 10.0);
            checker.range("days", self.impact.days, 1e-6, 1_000.0);
            checker.range("turnover", self.impact.turnover, 1e-6, 1e9);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_range_and_wrong_ones_are_named() {
        assert!(Checker::run(&MicrostructureSettings::default()).is_empty());
        let read = |text: &str| ron::from_str::<MicrostructureSettings>(text);
        let paths = |text: &str| -> Vec<String> {
            Checker::run(&read(text).unwrap()).into_iter().map(|e| e.path).collect()
        };
        assert_eq!(paths("(window: 0, levels: 11, large: 0.5)"), ["window", "levels", "large"]);
        assert_eq!(paths("(interval: \"7s\")"), ["vpin.bar", "hawkes.every", "microprice.every"]);
        assert_eq!(paths("(hawkes: Given(mu: 1, alpha: 2, beta: 2))"), ["hawkes.alpha"]);
        assert_eq!(paths("(vpin: (bucket_volume: Some(0)))"), ["vpin.bucket_volume"]);
        assert_eq!(paths("(microprice: (bins: 10), impact: (days: 0))"), ["microprice.bins", "impact.days"]);
        assert!(read("(windw: 3)").is_err() && read("(vpin: (buckts: 3))").is_err());
    }
}
