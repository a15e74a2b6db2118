//! `multi_timeframe`: closed bars of several frames from one feed, their trends and the score over them, and the
//! universal data adapter.
//!
//! | stage | system | reads | writes |
//! |---|---|---|---|
//! | Analyze / Early | [`update_timeframes`] | the step's events, `BarSeries` | `FrameSeries`, [`Timeframes`] |
//! | Analyze / Main | [`align_series`], with the adapter only | `BarSeries`, `FrameSeries` | [`AlignedSeries`] |
//!
//! The bars come early, so that modules that require this one read `FrameSeries` in Main of the same step. There is one
//! source of bars: the market's `BarSeries` holds the decision frame, `FrameSeries` the others; a frame that both have
//! is kept by the market only.
//!
//! | feature | meaning |
//! |---|---|
//! | `score` | sum w c d / sum w c over the frames (weight, confidence, direction) |
//! | `agreement` | frames that go the way of the score |
//! | `alignment` | mean direction |
//! | `coverage` | weight of the frames that have a direction, over all |
//! | `trend_1h`, .. | direction times confidence, per frame |
//! | `distance_1h`, .. | close over its moving average |
//! | `slope_1h`, .. | least-squares rise per bar |
//! | `quality_1h`, .. | share of frames that have a bar, in the window of the slope |
//! | `input_quality` | share of present rows in the adapter's array (with the adapter only) |
//!
//! A direction needs both of its witnesses, the close against its moving average (EMA) and the slope of the least-squares
//! line; its confidence is the R2 of that line. Sums of volumes are made frame by frame, so that they may differ in the
//! last bit from a sum over the events. `yata` and `ta` have moving averages too, but not their state as data that a
//! snapshot, a digest and a fork can hold, and the line is computed anew from the ring.

mod align_series;
pub mod aligned;
mod plan;
pub mod score;
pub mod settings;
pub mod timeframes;
pub mod trend;
mod update_timeframes;

use manyworlds_components::feature::FeatureSpec;
use manyworlds_components::frame_series::FrameSeries;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Kind, Module, ModuleContext, ModuleInfo, Slot, Stage};

pub use align_series::align_series;
pub use aligned::AlignedSeries;
pub use settings::MultiTimeframeSettings;
pub use timeframes::Timeframes;
pub use update_timeframes::update_timeframes;

use aligned::KEPT;
use plan::Plan;
use score::Score;
use trend::Trend;

/// The module.
#[derive(Debug, Clone, Default)]
pub struct MultiTimeframeModule(pub MultiTimeframeSettings);

/// A feature over all frames, and one of each frame: name, unit, meaning, where it is.
type OfAll = (&'static str, &'static str, &'static str, fn(&Score) -> f64);
type OfFrame = (&'static str, &'static str, &'static str, fn(&Trend) -> Option<f64>);

const OF_ALL: [OfAll; 4] = [
    ("score", "1", "directions weighed by weight and confidence, -1 .. 1", |s| s.score),
    ("agreement", "frames", "frames that go the way of the score", |s| f64::from(s.agreement)),
    ("alignment", "1", "mean direction, -1 .. 1", |s| s.alignment),
    ("coverage", "1", "weight of the frames that have a direction, over all", |s| s.coverage),
];

const OF_FRAME: [OfFrame; 4] = [
    ("trend", "1", "direction times confidence, -1 .. 1", Trend::signed),
    ("distance", "bps", "close over its moving average", |t| Some(t.distance_bps)),
    ("slope", "bps", "least-squares rise per bar", |t| Some(t.slope_bps)),
    ("quality", "1", "share of frames that have a bar, in the window of the slope", |t| Some(t.quality)),
];

impl Module for MultiTimeframeModule {
    fn info(&self) -> ModuleInfo {
        let settings = &self.0;
        let warmup = settings.warmup() as u64;
        let name = |word: &str| format!("multi_timeframe.{word}");
        let finest = settings.frames.keys().next().copied().unwrap_or(Frame::MINUTE);
        let mut features = Vec::new();
        for (word, unit, meaning, _) in OF_ALL {
            let meaning = format!("{meaning}; bars of {finest}");
            features.push(FeatureSpec::new(&name(word), unit, &meaning, warmup).of_frame(finest));
        }
        for frame in settings.frames.keys() {
            for (word, unit, meaning, _) in OF_FRAME {
                let (name, meaning) =
                    (name(&format!("{word}_{frame}")), format!("{meaning}; bars of {frame}"));
                features.push(FeatureSpec::new(&name, unit, &meaning, warmup).of_frame(*frame));
            }
        }
        let mut lookback = settings.slope;
        if let Some(adapter) = &settings.adapter {
            lookback = lookback.max(KEPT * adapter.rows);
            let meaning = "share of present rows in the adapter's array";
            features.push(FeatureSpec::new(&name("input_quality"), "1", meaning, 0));
        }
        ModuleInfo {
            name: "multi_timeframe".to_owned(),
            purpose: "bars of several frames, their trends and the score over them, five aligned series"
                .to_owned(),
            stages: vec![Stage::Analyze],
            requires: Vec::new(),
            needs_books: false,
            lookback,
            features,
            settings: MultiTimeframeSettings::specs(),
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        let plan = match Plan::new(&self.0, app) {
            Ok(plan) => plan,
            Err(message) => return app.refuse(message),
        };
        app.component(Kind::Symbol, |i| FrameSeries::new(&plan.requests[i], plan.session_start_ns[i]));
        app.component(Kind::Symbol, |_| Timeframes::new(plan.rule.scored.len()));
        app.scratch(plan.rule);
        app.add_systems_in(Stage::Analyze, Slot::Early, update_timeframes);
        for (word, _, _, read) in OF_ALL {
            let of = move |t: &Timeframes| t.score().map(read);
            app.feature(&format!("multi_timeframe.{word}"), of);
        }
        for (at, frame) in self.0.frames.keys().enumerate() {
            for (word, _, _, read) in OF_FRAME {
                let of = move |t: &Timeframes| t.frames()[at].trend().and_then(read);
                app.feature(&format!("multi_timeframe.{word}_{frame}"), of);
            }
        }
        if let Some(adapter) = &self.0.adapter {
            app.component(Kind::Symbol, |i| AlignedSeries::new(plan.aligned[i], adapter.rows));
            app.scratch(plan.alignment);
            app.add_systems(Stage::Analyze, align_series);
            app.feature("multi_timeframe.input_quality", |a: &AlignedSeries| a.quality());
        }
    }
}

#[cfg(test)]
mod tests;
