//! How long a scenario has to be replayed before everything in it is warm.

use std::fmt;

use manyworlds_components::time::Frame;

use super::error::PrepareError;
use super::plan::{Setup, parts, series_frame};
use super::sources::MarketInput;
use crate::scenario::Scenario;

/// What has to be watched: so many closed bars of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmUp {
    /// Closed bars.
    pub bars: u64,
    /// Their frame.
    pub frame: Frame,
}

impl WarmUp {
    /// How long that is, without gaps, in nanoseconds.
    pub fn nanos(self) -> i64 {
        i64::try_from(self.bars).unwrap_or(i64::MAX).saturating_mul(self.frame.nanos())
    }

    /// The longer of the two in time; of equals this one.
    pub fn longer(self, other: Self) -> Self {
        if other.nanos() > self.nanos() { other } else { self }
    }
}

impl fmt::Display for WarmUp {
    /// `30 bars of 1m`; of a single one the frame alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bars {
            1 => self.frame.fmt(f),
            bars => write!(f, "{bars} bars of {}", self.frame),
        }
    }
}

/// What the models and modules of a scenario declare that they need, the longest in time of any of their forecasts and
/// features. These count bars of the series, of which the longest frame of any symbol is taken, or of a frame of their own.
pub(crate) fn declared_warm_up(
    scenario: &Scenario,
    setup: &Setup,
    input: &MarketInput,
) -> Result<WarmUp, PrepareError> {
    let (models, modules, _) = parts(scenario, setup)?;
    let series = longest_frame(scenario, input);
    let models = models.iter().map(|m| WarmUp { bars: m.warmup(), frame: series });
    let features = modules.iter().flat_map(|m| m.info().features).map(|f| match f.frame {
        // One more where bars are longer than those that come: the first that is seen has begun before, and does not count.
        Some(frame) if frame > series => WarmUp { bars: f.warmup_bars + 1, frame },
        Some(frame) => WarmUp { bars: f.warmup_bars, frame },
        None => WarmUp { bars: f.warmup_bars, frame: series },
    });
    Ok(models.chain(features).fold(WarmUp { bars: 0, frame: series }, WarmUp::longer))
}

/// The longest frame of the series of any symbol.
pub(crate) fn longest_frame(scenario: &Scenario, input: &MarketInput) -> Frame {
    let frames = (0..scenario.symbols.len()).map(|s| series_frame(scenario.clock, &input.sources, s));
    frames.max().unwrap_or(Frame::MINUTE)
}
