//! Given bars as the leader of a synthetic symbol: a market that moves with a real one.

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::time::{Frame, Timestamp};

use super::driver::Latent;
use super::validate::{FieldError, SyntheticError};

/// Bars of a symbol that synthetic symbols may name in `like`.
///
/// Each return is split into a volatility (exponentially weighted over the past) and an innovation. Only the past of a
/// bar is used, so that nothing of the reference's future shows in the synthetic symbol.
#[derive(Debug, Clone)]
pub struct Reference {
    pub(super) symbol: String,
    pub(super) frame: Frame,
    rows: Arc<[Row]>,
}

/// One bar of a reference.
#[derive(Debug, Clone, Copy)]
struct Row {
    open_time: Timestamp,
    innovation: f64,
    log_volatility: f64,
}

/// Weight of the newest squared return: a half-life of about an hour of minute bars.
const NEWEST: f64 = 0.0115;

/// Innovations beyond this many deviations are cut: they come from a variance estimate that was still too small.
const LARGEST: f64 = 50.0;

impl Reference {
    /// A reference from bars in rising time order; gaps are allowed.
    ///
    /// # Errors
    /// An invalid bar, no bar at all, bars of different lengths, or times that do not rise, with the bar's index.
    pub fn new(symbol: impl Into<String>, bars: &[Bar]) -> Result<Self, SyntheticError> {
        let symbol = symbol.into();
        let fail = |field: String, value: String, expected: &str| SyntheticError::Field {
            symbol: symbol.clone(),
            error: FieldError { field, value, expected: expected.to_owned() },
        };
        let empty = || fail("bars".into(), "an empty list".into(), "at least one bar");
        let first = bars.first().ok_or_else(empty)?;
        let length = first.close_time - first.open_time;
        let frame = Frame::from_nanos(length)
            .ok_or_else(|| fail("bars[0]".into(), format!("{length} ns long"), "longer than nothing"))?;
        let (mut rows, mut last_close) = (Vec::with_capacity(bars.len()), first.open);
        let (mut variance, mut total) = (0.0, 0.0);
        for (i, bar) in bars.iter().enumerate() {
            let rising = i == 0 || bars[i - 1].open_time < bar.open_time;
            if !(bar.is_valid() && rising && bar.close_time - bar.open_time == length) {
                let expected = "valid, as long as the first, and later than the bar before";
                return Err(fail(format!("bars[{i}]"), format!("{bar:?}"), expected));
            }
            let log_return = (bar.close / last_close).ln();
            last_close = bar.close;
            let square = log_return * log_return;
            // Until a return is seen nothing is known of the scale; from then on only the past counts.
            let scale = if variance > 0.0 { f64::sqrt(variance) } else { log_return.abs() };
            let mean = if total > 0.0 { total / i as f64 } else { square };
            rows.push(Row {
                open_time: bar.open_time,
                innovation: if scale > 0.0 { (log_return / scale).clamp(-LARGEST, LARGEST) } else { 0.0 },
                log_volatility: if scale > 0.0 && mean > 0.0 { scale.ln() - 0.5 * mean.ln() } else { 0.0 },
            });
            variance = if variance > 0.0 { variance + NEWEST * (square - variance) } else { square };
            total += square;
        }
        Ok(Self { symbol, frame, rows: rows.into() })
    }

    /// A cursor before the first bar.
    pub(super) fn cursor(&self) -> ReferenceCursor {
        ReferenceCursor { rows: Arc::clone(&self.rows), next: 0, log_volatility: 0.0 }
    }
}

/// A place in a reference.
#[derive(Debug, Clone)]
pub(super) struct ReferenceCursor {
    rows: Arc<[Row]>,
    next: usize,
    log_volatility: f64,
}

impl ReferenceCursor {
    /// The bar that opens at `open`; times must rise. Where there is none volatility stays as it was.
    pub(super) fn at(&mut self, open: Timestamp) -> Latent {
        let mut innovation = None;
        while let Some(row) = self.rows.get(self.next).filter(|row| row.open_time <= open) {
            self.next += 1;
            self.log_volatility = row.log_volatility;
            innovation = (row.open_time == open).then_some(row.innovation);
        }
        Latent {
            regime: 0,
            regime_drift: 0.0,
            shared_log_volatility: self.log_volatility.clamp(-4.0, 4.0),
            cascade: 0.0,
            innovation,
            activity: 1.0,
            jump: None,
        }
    }
}
