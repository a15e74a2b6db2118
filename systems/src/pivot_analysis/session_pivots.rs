//! The sessions of a symbol: the one that is being built, and the finished one that pivot points come from.

use bevy_ecs::component::Component;
use manyworlds_components::bar::Bar;
use manyworlds_components::bar_builder::BarBuilder;
use manyworlds_components::time::Frame;
use serde::{Deserialize, Serialize};

use super::average_true_range::AverageTrueRange;
use super::pivot_levels::{PivotFamily, PivotLevel};
use crate::closed_bars::is_idle;

/// In what a distance is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Distance {
    /// Basis points of the newest close.
    Bps,
    /// Average true ranges of the symbol's bars.
    Atr,
}

/// Previous finished session, newest close and ATR of a symbol.
///
/// A session is finished by the first bar that closes at or after its end, by the bar's own times, whenever the bar
/// arrives. The first session counts only if it was seen from its beginning; sessions without a bar are passed over.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct SessionPivots {
    builder: BarBuilder,
    /// Whether the session that is being built was seen from its beginning.
    whole: bool,
    previous: Option<Bar>,
    range: AverageTrueRange,
}

impl SessionPivots {
    /// No bar yet.
    pub fn new(session: Frame, atr_period: u32) -> Self {
        let (builder, range) = (BarBuilder::new(session), AverageTrueRange::new(atr_period));
        Self { builder, whole: false, previous: None, range }
    }

    /// Takes in a closed bar. A bar that is longer than a session says nothing of sessions; one in which nothing
    /// happened does not count towards the ATR.
    #[inline]
    pub fn push(&mut self, bar: &Bar) {
        if self.range.close().is_none() {
            self.whole = self.builder.frame().floor(bar.open_time) == bar.open_time;
        }
        if !self.range.close().is_some_and(|close| is_idle(bar, close)) {
            self.range.push(bar);
        }
        if bar.close_time - bar.open_time > self.builder.frame().nanos() {
            return;
        }
        let finished = [self.builder.add_bar(bar), self.builder.close_until(bar.close_time)];
        for session in finished.into_iter().flatten() {
            self.previous = Some(session).filter(|_| self.whole);
            self.whole = true;
        }
    }

    /// The previous finished session.
    pub fn previous(&self) -> Option<&Bar> {
        self.previous.as_ref()
    }

    /// The ATR of the symbol's bars.
    pub fn average_true_range(&self) -> Option<f64> {
        self.range.value()
    }

    /// The price of a level now.
    pub fn price(&self, family: PivotFamily, level: PivotLevel) -> Option<f64> {
        family.price(self.previous.as_ref()?, level)
    }

    /// How far the newest close is above (positive) or below a level. `None` before the first whole session, and
    /// where the unit has no size.
    pub fn distance(&self, family: PivotFamily, level: PivotLevel, unit: Distance) -> Option<f64> {
        let close = self.range.close()?;
        let size = match unit {
            Distance::Bps => close / 1e4,
            Distance::Atr => self.range.value()?,
        };
        let price = self.price(family, level)?;
        (size > 0.0).then(|| (close - price) / size)
    }
}
