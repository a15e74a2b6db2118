//! The systems of the module.

use bevy_ecs::component::Component;
use bevy_ecs::resource::Resource;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::MarketData;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Annotation, Clock, Column, ColumnMut, EventQueue, Journal, Shared, SharedMut};
use serde::{Deserialize, Serialize};

use super::grid::Observed;
use super::lag_reading::LagReading;
use super::lead_lag::LeadLag;
use super::matrix::{CorrelationMatrix, Incoming, Taken};
use super::pair_sums::RowChange;
use super::settings::Observations;
use super::summary::SummaryScratch;
use crate::market::SeriesFrame;

/// What a break is called in the tables.
pub const BREAKDOWN: &str = "correlation.breakdown";

/// What the grid says of a symbol. `None` where undefined or warming up; the reference has none with itself.
#[derive(Debug, Clone, Copy, PartialEq, Default, Component, Serialize, Deserialize)]
pub struct Correlation {
    /// Pearson's correlation with the reference over the window.
    pub rolling: Option<f64>,
    /// Exponentially weighted correlation with the reference.
    pub ewma: Option<f64>,
    /// Slope of returns on those of the reference.
    pub beta: Option<f64>,
    /// Mean correlation with all other symbols.
    pub mean: Option<f64>,
    /// Ledoit-Wolf intensity of the whole matrix.
    pub shrinkage: Option<f64>,
    /// Share of the largest eigenvalue, as of the last cleaning.
    pub first_mode: Option<f64>,
    /// Eigenvalues above the noise, as of the last cleaning.
    pub signal_modes: Option<f64>,
    /// Recent less earlier correlation with the reference, in standard errors of Fisher's transform.
    pub break_z: Option<f64>,
    /// 1 while the correlation with the reference is broken, else 0.
    pub breakdown: Option<f64>,
}

/// Space of a step, and what the systems tell each other within it.
#[derive(Debug, Default, Resource)]
pub struct Scratch {
    incoming: Vec<Incoming>,
    pending: Vec<usize>,
    row: RowChange,
    summary: SummaryScratch,
    touched: Vec<bool>,
    /// Rows that were opened in this step.
    opened: Vec<(i64, i64)>,
    /// Real updates of this step: symbol, time, close.
    closes: Vec<(usize, i64, f64)>,
}

/// Why the module cannot run. Constant.
#[derive(Debug, Resource)]
pub struct Refusal(pub Option<String>);

/// Takes the fresh bars of all symbols into the grid, in order of their close, and reads what follows from it.
#[expect(clippy::too_many_arguments, reason = "a system takes what it touches")]
pub fn update_grid(
    clock: Shared<'_, Clock>,
    refusal: Shared<'_, Refusal>,
    series: Column<'_, BarSeries>,
    frames: Column<'_, SeriesFrame>,
    mut matrix: SharedMut<'_, CorrelationMatrix>,
    mut scratch: SharedMut<'_, Scratch>,
    mut out: ColumnMut<'_, Correlation>,
    mut journal: SharedMut<'_, Journal>,
) -> bevy_ecs::error::Result {
    if let Some(message) = &refusal.0 {
        return Err(message.clone().into());
    }
    let scratch = &mut *scratch;
    scratch.opened.clear();
    scratch.closes.clear();
    scratch.pending.clear();
    scratch.pending.extend(series.iter().map(|s| s.fresh(clock.step)));
    while let Some(end) = take_next(&series, &frames, &mut matrix, scratch) {
        let taken = matrix.take(end, &scratch.incoming, &mut scratch.row);
        if let Taken::Opened { start, end } = taken {
            scratch.opened.push((start, end));
            matrix.clean_when_due();
        }
        publish(taken, end, clock.now, &mut matrix, scratch, &mut out, &mut journal);
    }
    Ok(())
}

/// Observes the next bars of equal close into `incoming`; returns that close. Fillers alone do not move the grid: they
/// are passed over. `None` when no fresh bar is left.
fn take_next(
    series: &[BarSeries],
    frames: &[SeriesFrame],
    matrix: &mut CorrelationMatrix,
    scratch: &mut Scratch,
) -> Option<i64> {
    let close_of = |symbol: usize, pending: usize| {
        let open = series[symbol].open_times(pending).first().copied();
        open.filter(|_| pending > 0).map(|open| open + frames[symbol].0.nanos())
    };
    loop {
        let pending = scratch.pending.iter().enumerate();
        let end = pending.filter_map(|(symbol, pending)| close_of(symbol, *pending)).min()?;
        let before = scratch.closes.len();
        scratch.incoming.clear();
        for (symbol, pending) in scratch.pending.iter_mut().enumerate() {
            if close_of(symbol, *pending) != Some(end) {
                continue;
            }
            let bars = &series[symbol];
            let close = bars.closes(*pending)[0];
            let idle = bars.volumes(*pending)[0] == 0.0 && bars.highs(*pending)[0] == bars.lows(*pending)[0];
            *pending -= 1;
            let observed = matrix.grid.observe(symbol, end, close, idle);
            if observed != Observed::Nothing {
                scratch.closes.push((symbol, end, close));
            }
            if let Observed::Return { start, value } = observed {
                scratch.incoming.push(Incoming { symbol, start, value });
            }
        }
        if scratch.closes.len() > before {
            return Some(end);
        }
    }
}

/// Writes the features of the symbols whose pairs changed.
fn publish(
    taken: Taken,
    end: i64,
    now: Timestamp,
    matrix: &mut CorrelationMatrix,
    scratch: &mut Scratch,
    out: &mut [Correlation],
    journal: &mut Journal,
) {
    let n = out.len();
    // An update may be the one that a symbol was still short of, without a row that it opens.
    let woken = scratch.incoming.iter().any(|one| matrix.just_warm(one.symbol));
    let everything = match taken {
        Taken::Nothing if !woken => return,
        Taken::Joined { complete: false } => woken,
        _ => true,
    };
    let reference = matrix.reference();
    scratch.touched.clear();
    scratch.touched.resize(n, everything || scratch.incoming.iter().any(|i| i.symbol == reference));
    scratch.incoming.iter().for_each(|i| scratch.touched[i.symbol] = true);
    let rules = *matrix.rules();
    let of_reference = (matrix.warm(reference), matrix.sums.alive(reference), matrix.sums.own(reference).2);
    for symbol in (0..n).filter(|s| *s != reference && scratch.touched[*s]) {
        let scale = (of_reference.2, matrix.sums.own(symbol).2);
        let warm = of_reference.0 && matrix.warm(symbol);
        let alive = of_reference.1 && matrix.sums.alive(symbol);
        let pair = &mut matrix.pairs[symbol];
        let was = pair.broken();
        let reading = pair.read(&rules, scale, warm, alive);
        let one = &mut out[symbol];
        (one.rolling, one.ewma, one.beta) = (reading.rolling, reading.ewma, reading.beta);
        one.break_z = reading.break_z;
        one.breakdown = reading.broken.map(|b| f64::from(u8::from(b)));
        if pair.broken() && !was {
            let (at, symbol) = (Timestamp(end), SymbolId::from(symbol));
            let label = BREAKDOWN;
            journal.annotations.push(Annotation {
                ts: now,
                at,
                symbol,
                label,
                level: 0,
                value: reading.change,
            });
        }
    }
    if everything {
        let summary = matrix.summarize(&mut scratch.summary);
        let cleaned = matrix.cleaned().map(|(_, c)| c);
        let first_mode = cleaned.and_then(|c| c.first_mode());
        let signal_modes = cleaned.map(|c| c.signal_modes() as f64);
        for (symbol, one) in out.iter_mut().enumerate() {
            one.mean = summary.and_then(|_| scratch.summary.mean_correlation(symbol));
            one.shrinkage = summary.and_then(|s| s.intensity);
            (one.first_mode, one.signal_modes) = (first_mode, signal_modes);
        }
    }
}

/// Takes the observations of the step, and closes a bucket for every row that was opened.
pub fn update_lead_lag(
    queue: Shared<'_, EventQueue>,
    scratch: Shared<'_, Scratch>,
    matrix: Shared<'_, CorrelationMatrix>,
    mut lead_lag: SharedMut<'_, LeadLag>,
    mut out: ColumnMut<'_, LagReading>,
) {
    match lead_lag.observations {
        Observations::Trades => {
            for event in queue.events() {
                if let (MarketData::Trade(trade), true) = (&event.data, event.is_primary()) {
                    lead_lag.observe(event.symbol.index(), event.ts_recv.0, trade.price);
                }
            }
        }
        Observations::Closes => {
            for (symbol, time, close) in &scratch.closes {
                lead_lag.observe(*symbol, *time, *close);
            }
        }
    }
    for (start, end) in &scratch.opened {
        // Closes of one time may come in several steps: a bucket holds what was there when the row before it ended.
        let until = match lead_lag.observations {
            Observations::Trades => *end,
            Observations::Closes => start + 1,
        };
        let (window, reference) = (lead_lag.window() as u64, matrix.reference());
        let warm = |symbol: usize| matrix.grid.updates(symbol) > window;
        lead_lag.close(until, warm, |a, b, reading| {
            if a == reference {
                out[b] = reading;
            }
        });
    }
}
