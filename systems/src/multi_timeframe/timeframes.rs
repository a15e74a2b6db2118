//! What the module knows of a symbol: the trend of every scored frame, and what they come to.

use bevy_ecs::component::Component;
use bevy_ecs::prelude::Resource;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::frame_series::FrameSeries;
use serde::{Deserialize, Serialize};

use super::score::{Score, Vote};
use super::trend::{Ema, Trend, TrendRule};

/// What does not change during a run.
#[derive(Debug, Clone, Resource)]
pub struct TimeframeRule {
    /// How trends are measured.
    pub trend: TrendRule,
    /// The scored frames: position in the symbols' [`FrameSeries`], weight.
    pub scored: Vec<(usize, f64)>,
    /// By position in the [`FrameSeries`]: which scored frame it is, if it is one.
    pub scored_at: Vec<Option<usize>>,
    /// Sum of all weights.
    pub weights: f64,
}

/// One scored frame of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TimeframeTrend {
    ema: Ema,
    trend: Option<Trend>,
    /// Whether a bar closed since the trend was measured.
    stale: bool,
}

impl TimeframeTrend {
    /// The trend after the newest closed bar; `None` while it warms up.
    pub fn trend(&self) -> Option<&Trend> {
        self.trend.as_ref()
    }

    /// Closed bars that it has seen.
    pub fn bars(&self) -> u64 {
        self.ema.bars()
    }
}

/// Trends and score of a symbol.
#[derive(Debug, Clone, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct Timeframes {
    frames: Vec<TimeframeTrend>,
    score: Option<Score>,
}

impl Timeframes {
    /// Nothing known of `frames` frames.
    pub fn new(frames: usize) -> Self {
        Self { frames: vec![TimeframeTrend::default(); frames], score: None }
    }

    /// By scored frame, finest first.
    pub fn frames(&self) -> &[TimeframeTrend] {
        &self.frames
    }

    /// What the frames say together; `None` until the first of them has a direction.
    pub fn score(&self) -> Option<&Score> {
        self.score.as_ref()
    }

    /// Takes in a bar that closed in the frame at `position`.
    #[inline]
    pub fn add(&mut self, position: usize, close: f64, rule: &TimeframeRule) {
        if let Some(scored) = rule.scored_at[position] {
            let frame = &mut self.frames[scored];
            frame.ema.add(close, rule.trend.ema);
            frame.stale = true;
        }
    }

    /// Measures the frames that have new bars, and the score.
    #[inline]
    pub fn measure(&mut self, series: &FrameSeries, own: &BarSeries, rule: &TimeframeRule) {
        let TrendRule { ema, slope } = rule.trend;
        let mut changed = false;
        for (frame, (position, _)) in self.frames.iter_mut().zip(&rule.scored) {
            if !std::mem::take(&mut frame.stale) || frame.ema.bars() < slope as u64 {
                continue;
            }
            let closes = series.series(*position, own).closes(slope);
            let average = frame.ema.get(ema).filter(|_| closes.len() == slope);
            frame.trend =
                average.and_then(|a| Trend::measure(a, closes, series.missing(*position, own, slope)));
            changed = true;
        }
        if changed {
            let frames = self.frames.iter().zip(&rule.scored);
            let votes = frames.filter_map(|(frame, (_, weight))| {
                let trend = frame.trend.as_ref()?;
                Some(Vote { weight: *weight, confidence: trend.confidence?, direction: trend.direction })
            });
            self.score = Score::of(votes, rule.weights);
        }
    }
}
