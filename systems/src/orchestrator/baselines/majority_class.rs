//! The majority class.

use std::collections::VecDeque;

use manyworlds_components::forecast::{Action, Probabilities};
use serde::{Deserialize, Serialize};

use super::super::forecaster::{Forecaster, ModelCard, ModelKind, Outlook, SymbolView};
use super::missed_bars;

/// The frequencies of the last `window` outcomes at the run's scoring horizon: its most probable action is the
/// majority class, the baseline that any classifier must beat. An outcome counts once its horizon has passed. Speaks when
/// the window is full. Score: p(BUY) - p(SELL). O(1) per bar.
#[derive(Debug, Clone, PartialEq)]
pub struct MajorityClass {
    /// Outcomes.
    pub window: usize,
}

/// The outcomes in the window, and how many there are of each.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MajorityState {
    seen: u64,
    outcomes: VecDeque<Action>,
    counts: [u32; 3],
}

impl Forecaster for MajorityClass {
    type State = MajorityState;

    fn name(&self) -> String {
        format!("majority_class_{}", self.window)
    }

    fn card(&self) -> ModelCard {
        ModelCard::new(&self.name(), ModelKind::Statistical, &["bars.close"])
    }

    /// Beyond the scoring horizon, for which the orchestrator keeps bars anyway.
    fn bars_needed(&self) -> usize {
        2
    }

    fn reads_closes_only(&self) -> bool {
        true
    }

    fn warmup(&self) -> u64 {
        self.window as u64 + 1
    }

    #[inline]
    fn forecast(&self, symbol: &SymbolView<'_>, state: &mut MajorityState) -> Option<Outlook> {
        let (bars, horizon) = (symbol.bars, symbol.scoring.horizon as usize);
        let (missed, _) = missed_bars(bars, bars.capacity(), &mut state.seen);
        for lag in (0..missed).rev() {
            let Some((from, to)) = bars.close(lag + horizon).zip(bars.close(lag)) else { continue };
            let outcome = symbol.scoring.outcome(from, to);
            state.outcomes.push_back(outcome);
            state.counts[outcome as usize] += 1;
            if state.outcomes.len() > self.window
                && let Some(oldest) = state.outcomes.pop_front()
            {
                state.counts[oldest as usize] -= 1;
            }
        }
        if state.outcomes.len() < self.window {
            return None;
        }
        let probabilities = Probabilities::normalized(state.counts.map(f64::from))?;
        let score = probabilities.of(Action::Buy) - probabilities.of(Action::Sell);
        Some(Outlook { probabilities, score })
    }
}
