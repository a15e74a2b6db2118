//! How long a scenario has to be replayed before everything in it is warm.

use manyworlds_components::time::Frame;

use super::error::PrepareError;
use super::plan::{Setup, parts, series_frame};
use super::sources::MarketInput;
use crate::scenario::Scenario;

/// How many closed bars, of which frame, the models and modules of a scenario declare that they need: the most of any of
/// their forecasts and features, and the longest frame of any symbol.
pub(crate) fn declared_warm_up(
    scenario: &Scenario,
    setup: &Setup,
    input: &MarketInput,
) -> Result<(u64, Frame), PrepareError> {
    let (models, modules, _) = parts(scenario, setup)?;
    let models = models.iter().map(|m| m.warmup());
    let features = modules.iter().flat_map(|m| m.info().features).map(|f| f.warmup_bars);
    let bars = models.chain(features).max().unwrap_or(0);
    let frames = (0..scenario.symbols.len()).map(|s| series_frame(scenario.clock, &input.sources, s));
    Ok((bars, frames.max_by_key(|f| f.nanos()).unwrap_or(Frame::MINUTE)))
}
