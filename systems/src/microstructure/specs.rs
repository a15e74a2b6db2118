//! The settings for people, with their defaults.

use manyworlds_components::time::{Frame, NANOS_PER_SECOND};
use manyworlds_engine::SettingSpec;

use super::settings::MicrostructureSettings;

/// A frame of so many seconds; one second for what is none.
pub(super) fn seconds(n: i64) -> Frame {
    Frame::from_nanos(n * NANOS_PER_SECOND).unwrap_or(Frame::SECOND)
}

/// All settings.
pub(super) fn specs() -> Vec<SettingSpec> {
    let d = MicrostructureSettings::default();
    let frame = |frame: Frame| format!("\"{frame}\"");
    let spec = |name: &str, default: String, range: &str, meaning: &str| {
        SettingSpec::new(name, default, range, meaning)
    };
    let multiple = "a multiple of the interval";
    vec![
        spec("interval", frame(d.interval), "a frame, e.g. \"100ms\"", "interval that windows move by"),
        spec("window", d.window.to_string(), "1 ..= 3600", "whole intervals of a window"),
        spec("levels", d.levels.to_string(), "1 ..= 10", "levels of the deeper order flow imbalance"),
        spec("span", d.span.to_string(), "1 ..= 3600", "intervals of a span of the regressions"),
        spec("spans", d.spans.to_string(), "11 ..= 10000", "spans of regressions, z-scores, impact"),
        spec("classify", d.classify.to_string(), "true, false", "Lee-Ready where a trade has no side"),
        spec("large", format!("{:?}", d.large), "1 ..= 1000", "times the mean that make a large trade"),
        spec("realized_after", frame(d.realized_after), "a frame", "time to the mid of realized spreads"),
        spec("vpin.bar", frame(d.vpin.bar), multiple, "time bars that are classified in bulk"),
        spec("vpin.sigma_bars", d.vpin.sigma_bars.to_string(), "3 ..= 10000", "bars of their deviation"),
        spec(
            "vpin.bucket_volume",
            format!("{:?}", d.vpin.bucket_volume),
            "None or Some(base units)",
            "volume of a bucket",
        ),
        spec(
            "vpin.buckets_per_day",
            d.vpin.buckets_per_day.to_string(),
            "1 ..= 100000",
            "buckets of a mean day so far, where no volume is given",
        ),
        spec("vpin.buckets", d.vpin.buckets.to_string(), "1 ..= 10000", "buckets of VPIN"),
        spec(
            "hawkes",
            "Fitted(arrivals: 1000, every: \"10m\")".to_owned(),
            "Fitted(arrivals: 100 ..= 100000, every) or Given(mu, alpha, beta), alpha < beta",
            "where the intensity's parameters come from",
        ),
        spec("microprice.bins", d.microprice.bins.to_string(), "odd, 3 ..= 51", "bins of the imbalance"),
        spec("microprice.spreads", d.microprice.spreads.to_string(), "1 ..= 10", "spreads told apart"),
        spec("microprice.every", frame(d.microprice.every), multiple, "when the table is made anew"),
        spec(
            "microprice.changes",
            d.microprice.changes.to_string(),
            "1 ..= 1000000000",
            "changes of the best levels before the first table",
        ),
        spec("impact.coefficient", format!("{:?}", d.impact.coefficient), "0 ..= 100", "Y of the root law"),
        spec(
            "impact.share",
            format!("{:?}", d.impact.share),
            "1e-9 ..= 10",
            "order of the features over the day's volume",
        ),
        spec("impact.days", format!("{:?}", d.impact.days), "1e-6 ..= 1000", "its time in days (Almgren)"),
        spec(
            "impact.turnover",
            format!("{:?}", d.impact.turnover),
            "1e-6 ..= 1e9",
            "units in existence over the day's volume (Almgren)",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microstructure::settings::HawkesSettings;

    #[test]
    fn every_setting_is_described_and_its_default_is_what_it_says() {
        let fields = ron::to_string(&MicrostructureSettings::default()).unwrap();
        for spec in specs() {
            let last = spec.name.rsplit('.').next().unwrap();
            assert!(fields.contains(&format!("{last}:")), "{}", spec.name);
            let text = match spec.name.split_once('.') {
                Some((outer, inner)) => format!("({outer}: ({inner}: {}))", spec.default),
                None => format!("({}: {})", spec.name, spec.default),
            };
            let read: MicrostructureSettings = ron::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(read, MicrostructureSettings::default(), "{text}");
        }
        // One line a field, the variants' own fields and the inner structs' names aside.
        let inner = 3 + match MicrostructureSettings::default().hawkes {
            HawkesSettings::Fitted { .. } => 2,
            HawkesSettings::Given { .. } => 3,
        };
        assert_eq!(specs().len(), fields.matches(':').count() - inner);
    }
}
