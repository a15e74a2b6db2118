//! Donchian channel breakout.

use std::collections::VecDeque;

use manyworlds_components::forecast::Action;
use serde::{Deserialize, Serialize};

use super::super::forecaster::{Forecaster, Outlook, SymbolView};
use super::{missed_bars, rule};

/// BUY from a close above the highest high of the `window` bars before it, SELL from a close below their lowest low;
/// the last break-out holds until the opposite one, and before the first it abstains: which side is on cannot be known yet.
/// Score: where the close stands in the channel, from -1 (low) to +1 (high) and beyond. Amortized O(1) per bar (monotonic
/// queues). After a gap of more bars than are kept it starts afresh from those that are.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakout {
    /// Bars.
    pub window: usize,
}

/// The extremes that may still become the channel, and the side of the last break-out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BreakoutState {
    seen: u64,
    direction: i8,
    /// (bar, high), falling.
    highs: VecDeque<(u64, f64)>,
    /// (bar, low), rising.
    lows: VecDeque<(u64, f64)>,
}

impl BreakoutState {
    /// Takes in bar number `bar`; returns the channel before it once `window` bars have been seen.
    #[inline]
    fn update(&mut self, bar: u64, (high, low, close): (f64, f64, f64), window: u64) -> Option<(f64, f64)> {
        let gone = |queue: &mut VecDeque<(u64, f64)>| {
            while queue.pop_front_if(|(at, _)| *at + window < bar).is_some() {}
        };
        gone(&mut self.highs);
        gone(&mut self.lows);
        let channel = self.highs.front().zip(self.lows.front()).map(|(h, l)| (h.1, l.1));
        let channel = channel.filter(|_| bar > window);
        if let Some((top, bottom)) = channel {
            if close > top {
                self.direction = 1;
            } else if close < bottom {
                self.direction = -1;
            }
        }
        while self.highs.pop_back_if(|(_, h)| *h <= high).is_some() {}
        while self.lows.pop_back_if(|(_, l)| *l >= low).is_some() {}
        self.highs.push_back((bar, high));
        self.lows.push_back((bar, low));
        channel
    }
}

impl Forecaster for Breakout {
    type State = BreakoutState;

    fn name(&self) -> String {
        format!("breakout_{}", self.window)
    }

    fn card(&self) -> super::super::forecaster::ModelCard {
        use super::super::forecaster::{ModelCard, ModelKind};
        ModelCard::new(&self.name(), ModelKind::Rule, &["bars.high", "bars.low", "bars.close"])
    }

    fn bars_needed(&self) -> usize {
        self.window + 1
    }

    fn warmup(&self) -> u64 {
        self.window as u64 + 1
    }

    #[inline]
    fn forecast(&self, symbol: &SymbolView<'_>, state: &mut BreakoutState) -> Option<Outlook> {
        let bars = symbol.bars;
        let (missed, lost) = missed_bars(bars, bars.bars_kept(), &mut state.seen);
        if lost {
            state.highs.clear();
            state.lows.clear();
            state.direction = 0;
        }
        let first = bars.count() - missed as u64 + 1;
        let rows = bars.highs(missed).iter().zip(bars.lows(missed)).zip(bars.closes(missed));
        let mut channel = None;
        for (bar, ((high, low), close)) in (first..).zip(rows) {
            channel = state.update(bar, (*high, *low, *close), self.window as u64);
        }
        let ((top, bottom), close) = (channel?, bars.close(0)?);
        let half = 0.5 * (top - bottom);
        let score = if half > 0.0 { (close - bottom - half) / half } else { f64::from(state.direction) };
        let action = match state.direction {
            1 => Action::Buy,
            -1 => Action::Sell,
            _ => return None,
        };
        Some(rule(action, score))
    }
}
