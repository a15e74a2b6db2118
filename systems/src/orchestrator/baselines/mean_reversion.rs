//! Mean reversion by z-score.

use manyworlds_components::forecast::Action;
use serde::{Deserialize, Serialize};

use super::super::forecaster::{Forecaster, Outlook, SymbolView};
use super::double_double::DoubleDouble;
use super::rolling_sum::RollingSum;
use super::rule;

/// BUY if the close is more than `z` population standard deviations below the mean of the last `window` closes (the
/// newest included), SELL if it is as far above, else HOLD. Score: -z of the close. A window without any change has
/// no z: HOLD with score 0. O(1) per bar; sums and squares are exact to 1e-30, so that nothing cancels away.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanReversion {
    /// Bars, at least 2.
    pub window: usize,
    /// Standard deviations.
    pub z: f64,
}

/// Sum and sum of squares.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MeanReversionState {
    sum: RollingSum,
    squares: RollingSum,
}

impl Forecaster for MeanReversion {
    type State = MeanReversionState;

    fn name(&self) -> String {
        format!("mean_reversion_{}_{}", self.window, self.z)
    }

    fn bars_needed(&self) -> usize {
        RollingSum::bars_needed(self.window)
    }

    fn reads_closes_only(&self) -> bool {
        true
    }

    fn warmup(&self) -> u64 {
        self.window as u64
    }

    #[inline]
    fn forecast(&self, symbol: &SymbolView<'_>, state: &mut MeanReversionState) -> Option<Outlook> {
        let sum = state.sum.closes(symbol.bars, self.window);
        let squares = state.squares.squares(symbol.bars, self.window);
        let (sum, squares, n) = (sum?, squares?, self.window as f64);
        // n^2 variance = n sum of squares - square of the sum; n deviation = n close - sum.
        let variance = squares.times(n).plus(sum.multiply(sum).negated()).to_f64();
        let deviation = DoubleDouble::new(symbol.bars.close(0)?).times(n).plus(sum.negated()).to_f64();
        if variance <= 0.0 {
            return Some(rule(Action::Hold, 0.0));
        }
        let z = deviation / variance.sqrt();
        let action = match () {
            () if z < -self.z => Action::Buy,
            () if z > self.z => Action::Sell,
            () => Action::Hold,
        };
        Some(rule(action, -z))
    }
}
