//! Predict / Late: the models' words become one signal per group and fresh symbol, and are kept to be scored.

use bevy_ecs::change_detection::DetectChangesMut;
use bevy_ecs::prelude::Query;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Forecast, Forecasts};
use manyworlds_engine::{Column, SharedMut};

use super::model_switch::ModelSwitch;
use super::paper_trades::PaperTrades;
use super::pool::{Pooling, shrink};
use super::track_record::TrackRecord;
use super::workspace::{OrchestratorState, Workspace};

/// Combines. The forecasts of the fresh symbols are first laid side by side, `[fresh symbol][model]`.
pub(super) fn combine_forecasts(
    mut space: SharedMut<'_, Workspace>,
    mut state: SharedMut<'_, OrchestratorState>,
    series: Column<'_, BarSeries>,
    mut models: Query<(&Forecasts, &ModelSwitch, &TrackRecord, &mut PaperTrades)>,
) {
    let Workspace { groups, models: entities, fresh, step, board, samples, .. } = &mut *space;
    let OrchestratorState { signals, weights, rounds, .. } = &mut *state;
    let (rows, n) = (fresh.symbols(), groups.models);
    if rows.is_empty() {
        return;
    }
    board.clear();
    board.resize(rows.len() * n, Forecast::default());
    samples.clear();
    samples.resize(n, 0);
    for (m, entity) in entities.iter().enumerate() {
        let Ok((forecasts, switch, record, mut paper)) = models.get_mut(*entity) else { continue };
        samples[m] = record.count;
        if !switch.enabled {
            continue;
        }
        let paper = paper.bypass_change_detection();
        for (i, &row) in rows.iter().enumerate() {
            let forecast = forecasts.0[row as usize];
            board[i * n + m] = forecast;
            paper.follow(row as usize, &forecast, series[row as usize].close(0).unwrap_or_default());
        }
    }
    for (i, &row) in rows.iter().enumerate() {
        let (row, said) = (row as usize, &board[i * n..(i + 1) * n]);
        for (g, group) in groups.groups.iter().enumerate() {
            let weights = weights.of_group(g);
            let mut pooling = Pooling::new(group.combine.pool);
            for &m in group.models.iter().filter(|m| said[**m].readiness.is_ready()) {
                let p = shrink(&said[m].probabilities, samples[m], group.combine.shrinkage);
                pooling.add(weights[m], &p, said[m].score);
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
