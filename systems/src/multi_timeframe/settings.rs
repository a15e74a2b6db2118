//! What a scenario may say of the module: `"multi_timeframe": (frames: {"1m": 0.3, "1h": 0.7}, ema: 20)`.

use std::collections::BTreeMap;

use manyworlds_components::time::{Frame, NANOS_PER_DAY};
use manyworlds_engine::SettingSpec;
use serde::{Deserialize, Deserializer};

use super::aligned::SERIES;
use crate::setting::{Check, Checker};

/// Most frames that may be named.
const FRAMES: u64 = 8;

/// The settings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MultiTimeframeSettings {
    /// The frames that are kept and scored, with their weights in the score. A frame that is finer than a symbol's
    /// feed has no bars there: it stays missing and leaves the score to the others.
    pub frames: BTreeMap<Frame, f64>,
    /// Closed bars that are kept per frame; the decision frame is kept by the market, with its own length.
    pub bars_kept: usize,
    /// Bars of the exponential moving average (EMA) of the closes.
    pub ema: usize,
    /// Bars of the line through the newest closes.
    pub slope: usize,
    /// Symbols whose day does not begin at midnight UTC, with how long after it does, e.g. `{"ES": "22h"}`. All frames
    /// of such a symbol keep to that grid.
    pub sessions: BTreeMap<String, Frame>,
    /// The universal data adapter; off unless it is given.
    #[serde(deserialize_with = "given")]
    pub adapter: Option<AdapterSettings>,
}

/// The universal data adapter: five series on a common grid, as one array.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdapterSettings {
    /// Whose series are put together, one array each; empty for every symbol of the run.
    pub symbols: Vec<String>,
    /// The five series.
    pub series: Vec<SeriesSource>,
    /// Rows of the array; three times as many are kept.
    pub rows: usize,
}

/// One series of the adapter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub enum SeriesSource {
    /// A frame of the symbol itself.
    Own(Frame),
    /// A frame of the first symbol of the run, the reference.
    First(Frame),
    /// A frame of this symbol.
    Of(String, Frame),
}

impl SeriesSource {
    /// The frame.
    pub fn frame(&self) -> Frame {
        match self {
            Self::Own(frame) | Self::First(frame) | Self::Of(_, frame) => *frame,
        }
    }
}

impl Default for MultiTimeframeSettings {
    fn default() -> Self {
        Self {
            frames: BTreeMap::from([(Frame::MINUTE, 0.3), (Frame::HOUR, 0.4), (Frame::DAY, 0.2)]),
            bars_kept: 100,
            ema: 20,
            slope: 10,
            sessions: BTreeMap::new(),
            adapter: None,
        }
    }
}

impl Default for AdapterSettings {
    fn default() -> Self {
        let own = [Frame::SECOND, Frame::MINUTE, Frame::HOUR, Frame::DAY].map(SeriesSource::Own);
        let series = own.into_iter().chain([SeriesSource::First(Frame::SECOND)]).collect();
        Self { symbols: Vec::new(), series, rows: 300 }
    }
}

/// `adapter: (...)` instead of `adapter: Some((...))`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AdapterSettings>, D::Error> {
    AdapterSettings::deserialize(deserializer).map(Some)
}

impl MultiTimeframeSettings {
    /// Bars of a frame until it has a direction.
    pub fn warmup(&self) -> usize {
        self.ema.max(self.slope)
    }

    /// All settings with their defaults, for people.
    pub fn specs() -> Vec<SettingSpec> {
        let (of, adapter) = (Self::default(), AdapterSettings::default());
        let frames = of.frames.iter().map(|(frame, weight)| format!("\"{frame}\": {weight:?}"));
        let frames = format!("{{{}}}", frames.collect::<Vec<_>>().join(", "));
        let series = adapter.series.iter().map(|source| match source {
            SeriesSource::Own(frame) => format!("Own(\"{frame}\")"),
            SeriesSource::First(frame) => format!("First(\"{frame}\")"),
            SeriesSource::Of(symbol, frame) => format!("Of(\"{symbol}\", \"{frame}\")"),
        });
        let series = format!("[{}]", series.collect::<Vec<_>>().join(", "));
        vec![
            SettingSpec::new(
                "frames",
                frames,
                "1 ..= 8 frames, weights above 0",
                "frames, with their weights in the score",
            ),
            SettingSpec::new(
                "bars_kept",
                of.bars_kept,
                "2 ..= 100000, at least slope",
                "closed bars kept per frame",
            ),
            SettingSpec::new("ema", of.ema, "2 ..= 10000", "bars of the moving average"),
            SettingSpec::new("slope", of.slope, "3 ..= 1000", "bars of the line through the newest closes"),
            SettingSpec::new(
                "sessions",
                "{}",
                "symbol: less than 1d",
                "how long after midnight UTC a symbol's day begins",
            ),
            SettingSpec::new(
                "adapter",
                "off",
                "(...), () for its defaults",
                "five aligned series per symbol as one array",
            ),
            SettingSpec::new("adapter.symbols", "[]", "symbols of the run", "whose series; all if empty"),
            SettingSpec::new("adapter.series", series, "five of Own, First, Of; whole ms", "which series"),
            SettingSpec::new(
                "adapter.rows",
                adapter.rows,
                "2 ..= 10000",
                "rows of the array; three times as many are kept",
            ),
        ]
    }
}

impl Check for MultiTimeframeSettings {
    fn check(&self, c: &mut Checker) {
        let count = self.frames.len() as u64;
        c.require("frames", count, (1..=FRAMES).contains(&count), "a list of 1 to 8 frames");
        for (frame, weight) in &self.frames {
            let holds = *weight > 0.0 && weight.is_finite();
            c.require(&format!("frames[{frame}]"), weight, holds, "a weight above 0");
        }
        c.whole("ema", self.ema as u64, 2, 10_000);
        c.whole("slope", self.slope as u64, 3, 1_000);
        c.whole("bars_kept", self.bars_kept as u64, self.slope.max(2) as u64, 100_000);
        for (symbol, start) in &self.sessions {
            let holds = start.nanos() < NANOS_PER_DAY;
            c.require(&format!("sessions[{symbol}]"), start, holds, "less than 1d");
        }
        if let Some(adapter) = &self.adapter {
            c.within("adapter", |c| adapter.check(c));
        }
    }
}

impl Check for AdapterSettings {
    fn check(&self, c: &mut Checker) {
        c.whole("rows", self.rows as u64, 2, 10_000);
        c.require("series", self.series.len(), self.series.len() == SERIES, "a list of 5 series");
        for (i, source) in self.series.iter().enumerate() {
            let holds = source.frame().nanos() % 1_000_000 == 0;
            let path = format!("series[{i}]");
            c.require(
                &path,
                source.frame(),
                holds,
                "a frame of whole milliseconds, as time is counted in them",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<MultiTimeframeSettings, String> {
        ron::from_str(text).map_err(|e| e.to_string())
    }

    fn errors(text: &str) -> Vec<String> {
        Checker::run(&read(text).unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn settings_read_as_they_are_written() {
        let text = r#"(frames: {"1h": 1.0, "1s": 0.5}, sessions: {"ES": "22h"}, adapter: (rows: 10, symbols: ["ETH"], series: [Own("1s"), Own("1m"), Own("1h"), Own("1d"), Of("BTC", "1s")]))"#;
        let settings = read(text).unwrap();
        assert_eq!(settings.frames.keys().copied().collect::<Vec<_>>(), [Frame::SECOND, Frame::HOUR]);
        let adapter = settings.adapter.clone().unwrap();
        assert_eq!(adapter.series[4], SeriesSource::Of("BTC".into(), Frame::SECOND));
        assert_eq!(Checker::run(&settings), []);
        assert_eq!(read("(adapter: ())").unwrap().adapter, Some(AdapterSettings::default()));
        assert_eq!(read("()").unwrap(), MultiTimeframeSettings::default());
        assert!(read("(adapter: (row: 3))").is_err() && read("(frame: {})").is_err());
        assert_eq!(Checker::run(&MultiTimeframeSettings::default()), []);
    }

    #[test]
    fn what_is_out_of_range_is_said() {
        for (text, said) in [
            ("(frames: {})", "frames: 0 is not a list of 1 to 8 frames"),
            (r#"(frames: {"1m": 0.0})"#, "frames[1m]: 0 is not a weight above 0"),
            ("(slope: 50, bars_kept: 40)", "bars_kept: 40 is not a whole number from 50 to 100000"),
            ("(slope: 2)", "slope: 2 is not a whole number from 3 to 1000"),
            (r#"(sessions: {"ES": "1d"})"#, "sessions[ES]: 1d is not less than 1d"),
            (r#"(adapter: (series: [Own("1s")]))"#, "adapter.series: 1 is not a list of 5 series"),
            ("(adapter: (rows: 1))", "adapter.rows: 1 is not a whole number from 2 to 10000"),
        ] {
            assert_eq!(errors(text), [said]);
        }
        let fine = r#"(adapter: (series: [Own("1us"), Own("1m"), Own("1h"), Own("1d"), First("1s")]))"#;
        assert!(
            errors(fine)[0].starts_with("adapter.series[0]: 1000ns is not a frame of whole milliseconds")
        );
    }

    /// What people are shown is what a scenario may write.
    #[test]
    fn the_defaults_that_are_shown_are_the_defaults() {
        let default = |name: &str| {
            MultiTimeframeSettings::specs().into_iter().find(|s| s.name == name).unwrap().default
        };
        let text = format!(
            "(frames: {}, bars_kept: {}, ema: {}, slope: {}, sessions: {}, adapter: (symbols: {}, series: {}, rows: {}))",
            default("frames"),
            default("bars_kept"),
            default("ema"),
            default("slope"),
            default("sessions"),
            default("adapter.symbols"),
            default("adapter.series"),
            default("adapter.rows"),
        );
        let shown = read(&text).unwrap();
        assert_eq!(shown.adapter, Some(AdapterSettings::default()));
        assert_eq!(MultiTimeframeSettings { adapter: None, ..shown }, MultiTimeframeSettings::default());
    }
}
