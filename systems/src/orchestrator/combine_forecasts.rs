//! Predict / Late: the models' words become one signal per group and fresh symbol, and are kept to be scored.

use bevy_ecs::change_detection::DetectChangesMut;
use bevy_ecs::prelude::{Query, Res, ResMut, Resource};
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Forecast, Forecasts};
use manyworlds_engine::{Clock, Kind, Roster};

use super::fresh::Fresh;
use super::groups::Groups;
use super::model_switch::ModelSwitch;
use super::model_weights::ModelWeights;
use super::open_rounds::OpenRounds;
use super::paper_trades::PaperTrades;
use super::pool::{Pooling, shrink};
use super::signals::Signals;
use super::track_record::TrackRecord;

/// The forecasts of the fresh symbols side by side: `[fresh symbol][model]`.
#[derive(Debug, Default, Resource)]
pub struct Board {
    rows: Vec<Forecast>,
    samples: Vec<u64>,
}

/// Combines.
#[allow(clippy::too_many_arguments)]
pub(super) fn combine_forecasts(
    clock: Res<Clock>,
    fresh: Res<Fresh>,
    groups: Res<Groups>,
    roster: Res<Roster>,
    weights: Res<ModelWeights>,
    mut board: ResMut<Board>,
    mut signals: ResMut<Signals>,
    mut rounds: ResMut<OpenRounds>,
    symbols: Query<&BarSeries>,
    mut models: Query<(&Forecasts, &ModelSwitch, &TrackRecord, &mut PaperTrades)>,
) {
    let (rows, n) = (fresh.symbols(), groups.models);
    let Some(series) = symbols.contiguous_iter().ok().and_then(|mut chunks| chunks.next()) else { return };
    if rows.is_empty() {
        return;
    }
    let Board { rows: board, samples } = &mut *board;
    board.clear();
    board.resize(rows.len() * n, Forecast::default());
    samples.clear();
    samples.resize(n, 0);
    for (m, entity) in roster.entities(Kind::Model).iter().enumerate() {
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
    let (signals, rounds) = (signals.bypass_change_detection(), rounds.bypass_change_detection());
    for (i, &row) in rows.iter().enumerate() {
        let (row, said) = (row as usize, &board[i * n..(i + 1) * n]);
        for (g, group) in groups.groups.iter().enumerate() {
            let weights = weights.of_group(g);
            let mut pooling = Pooling::new(group.combine.pool);
            for &m in group.models.iter().filter(|m| said[**m].readiness.is_ready()) {
                let p = shrink(&said[m].probabilities, samples[m], group.combine.shrinkage);
                pooling.add(weights[m], &p, said[m].score);
            }
            signals.set(g, row, pooling.finish(), clock.step);
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
