//! Predict / Early: forecasts whose horizon has passed get their loss, once, and the weights move.

use bevy_ecs::change_detection::DetectChangesMut;
use bevy_ecs::prelude::Query;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{Blame, Clock, Column, FeatureSource, Shared, SharedMut};

use super::forecaster::ModelCard;
use super::groups::Group;
use super::scoring::loss;
use super::settings::WeightRule;
use super::track_record::TrackRecord;
use super::workspace::{OrchestratorState, Workspace};

/// Notes the time and the fresh symbols for the systems after it, and scores what has come due.
pub(super) fn score_forecasts(
    clock: Shared<'_, Clock>,
    mut space: SharedMut<'_, Workspace>,
    mut state: SharedMut<'_, OrchestratorState>,
    source: Shared<'_, FeatureSource>,
    series: Column<'_, BarSeries>,
    mut models: Query<(&ModelCard, &mut TrackRecord)>,
) -> bevy_ecs::error::Result {
    let Workspace { groups, models: entities, fresh, now, step, words, losses, outcomes, .. } = &mut *space;
    let OrchestratorState { weights, rounds, .. } = &mut *state;
    (*now, *step) = (clock.now, clock.step);
    if *step == 1 {
        check_schemas(models.iter().map(|(card, _)| card), source.schema().hash())?;
    }
    fresh.refresh(&series, *step);
    if groups.models == 0 {
        return Ok(());
    }
    for &row in fresh.symbols() {
        Blame::symbol(SymbolId(row));
        let (row, series) = (row as usize, &series[row as usize]);
        for (k, scoring) in groups.scorings.iter().enumerate() {
            while let Some((due, price)) = rounds.take_due(k, row, series.count(), words) {
                // A step that brings more bars than are kept loses the outcome: then nothing is scored.
                let Some(close) = series.close((series.count() - due) as usize) else { continue };
                let outcome = scoring.outcome(price, close);
                if k == 0 {
                    let spoke = words.iter().enumerate().filter_map(|(m, p)| p.map(|p| (m, p, outcome)));
                    outcomes.extend(spoke);
                }
                let learns = |g: &Group| g.scoring == k && g.combine.weights != WeightRule::Equal;
                if groups.groups.iter().any(learns) {
                    losses.clear();
                    losses.extend(words.iter().map(|p| p.as_ref().map(|p| loss(p, outcome))));
                }
                for (at, group) in groups.groups.iter().enumerate().filter(|(_, g)| learns(g)) {
                    weights.learn(at, group, losses);
                }
            }
        }
    }
    for (model, p, outcome) in outcomes.drain(..) {
        if let Ok((_, mut record)) = models.get_mut(entities[model]) {
            record.bypass_change_detection().observe(&p, outcome);
        }
    }
    Blame::clear();
    Ok(())
}

/// A model that was trained on other features than the run has would read the wrong columns.
fn check_schemas<'a>(mut cards: impl Iterator<Item = &'a ModelCard>, run: u64) -> Result<(), String> {
    let foreign = cards.find_map(|card| Some((&card.name, card.schema_hash.filter(|hash| *hash != run)?)));
    match foreign {
        Some((name, hash)) => Err(format!(
            "model `{name}` was trained on the feature schema {hash:016x}, but the run has {run:016x}: enable the \
             modules that it was trained with, in the same order, or train it again"
        )),
        None => Ok(()),
    }
}
