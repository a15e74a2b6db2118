//! Predict / Late: the models' words become one signal per group and fresh symbol, and are kept to be scored.

use manyworlds_components::bar_series::BarSeries;
use manyworlds_engine::{Column, SharedMut};

use super::pool::{Pooling, shrink};
use super::workspace::{OrchestratorState, Workspace};

/// Combines what the models have put on the board.
pub(super) fn combine_forecasts(
    mut space: SharedMut<'_, Workspace>,
    mut state: SharedMut<'_, OrchestratorState>,
    series: Column<'_, BarSeries>,
) {
    let Workspace { groups, fresh, step, board, samples, .. } = &mut *space;
    let OrchestratorState { signals, weights, rounds, .. } = &mut *state;
    let (rows, n) = (fresh.symbols(), groups.models);
    for (i, &row) in rows.iter().enumerate() {
        let (row, said) = (row as usize, &board[i * n..(i + 1) * n]);
        for (g, group) in groups.groups.iter().enumerate() {
            let weights = weights.of_group(g);
            let mut pooling = Pooling::new(group.combine.pool);
            let members = group.models.iter().zip(weights);
            for (&m, weight) in members.filter(|(m, _)| said[**m].readiness.is_ready()) {
                let p = shrink(&said[m].probabilities, samples[m], group.combine.shrinkage);
                pooling.add(*weight, &p, said[m].score);
            }
            signals.set(g, row, pooling.finish(), *step);
        }
        let series = &series[row];
        if let Some(price) = series.close(0).filter(|_| said.iter().any(|f| f.readiness.is_ready())) {
            for (k, scoring) in groups.scorings.iter().enumerate() {
                let words = said.iter().map(|f| f.readiness.is_ready().then_some(f.probabilities));
                rounds.open(k, row, (series.count() + scoring.horizon, price), words);
            }
        }
    }
}
