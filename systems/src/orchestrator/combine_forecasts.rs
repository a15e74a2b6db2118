//! Predict / Late: the models' words become one signal per group and fresh symbol, and are kept to be scored.

use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Forecast, Forecasts, Probabilities};
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{Column, SharedMut};

use super::groups::Group;
use super::open_rounds::{Round, Words};
use super::pool::{Pooling, shrink};
use super::tracks::{Tracks, word};
use super::workspace::{OrchestratorState, Workspace};

/// Combines what the models have said.
pub(super) fn combine_forecasts(
    mut space: SharedMut<'_, Workspace>,
    mut state: SharedMut<'_, OrchestratorState>,
    series: Column<'_, BarSeries>,
    forecasts: Column<'_, Forecasts>,
) {
    let Workspace { groups, fresh, step, turns, learning, .. } = &mut *space;
    let OrchestratorState { signals, weights, rounds, tracks, samples, .. } = &mut *state;
    let (groups, step, signals, rounds) = (&**groups, *step, &mut **signals, &mut **rounds);
    if !turns.is_empty() {
        take_turns(tracks, turns, &forecasts);
    }
    for &row in fresh.symbols() {
        let (symbol, row) = (SymbolId(row), row as usize);
        let said = forecasts[row].0.as_slice();
        for ((g, only), signal) in groups.only.iter().enumerate().zip(signals.of_symbol_mut(symbol)) {
            match only {
                // What one model says alone is passed on to the bit. One that is off abstains.
                Some(m) => match &said[*m as usize] {
                    word if word.readiness.is_ready() => signal.speak(&word.probabilities, word.score, step),
                    // One that was switched off has said nothing itself.
                    _ => {
                        if signal.keep_silent(step) {
                            turns.push((symbol.0, *m));
                        }
                    }
                },
                None => match pooled(&groups.groups[g], weights.of_group(g), said, samples) {
                    Some((probabilities, score)) => signal.speak(&probabilities, score, step),
                    None => _ = signal.keep_silent(step),
                },
            }
        }
        let series = &series[row];
        let price = series.close(0).unwrap_or_default();
        if groups.models == 0 {
            continue;
        }
        tracks.open(row);
        for (k, (scoring, learners)) in groups.scorings.iter().zip(&groups.learners).enumerate() {
            let words = if learners.is_empty() { Words::new() } else { take_down(said, &mut learning.spare) };
            rounds.open(k, row, Round { due: series.count() + scoring.horizon, price, words });
        }
    }
}

/// Notes who says something else. Apart from the rest, as models mostly repeat themselves.
#[inline(never)]
fn take_turns(tracks: &mut Tracks, turns: &[(u32, u32)], forecasts: &[Forecasts]) {
    for &(row, m) in turns {
        let (row, m) = (row as usize, m as usize);
        tracks.turn(row, m, word(&forecasts[row].0[m]));
    }
}

/// What all models say, in a buffer that is spare. Apart from the rest, as few groups learn.
#[inline(never)]
fn take_down(said: &[Forecast], spare: &mut Vec<Words>) -> Words {
    let mut words = spare.pop().unwrap_or_default();
    words.clear();
    words.extend(said.iter().map(word));
    words
}

/// The words of a group's ready models, pooled; `samples` by model.
#[inline(never)]
fn pooled(
    group: &Group,
    weights: &[f64],
    said: &[Forecast],
    samples: &[u64],
) -> Option<(Probabilities, f64)> {
    let mut pooling = Pooling::new(group.combine.pool);
    let members = group.models.iter().zip(weights);
    for (&m, weight) in members.filter(|(m, _)| said[**m].readiness.is_ready()) {
        let p = shrink(&said[m].probabilities, samples[m], group.combine.shrinkage);
        pooling.add(*weight, &p, said[m].score);
    }
    pooling.finish()
}
