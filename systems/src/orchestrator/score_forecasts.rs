//! Predict / Early: forecasts whose horizon has passed meet their outcome, once, and the weights move.

use bevy_ecs::prelude::Query;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::Forecast;
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{Blame, Clock, Column, FeatureSource, Lazy, Shared, SharedMut};

use super::forecaster::ModelCard;
use super::groups::Group;
use super::scoring::loss;
use super::settings::WeightRule;
use super::workspace::{OrchestratorState, Workspace};

/// Notes the time and the fresh symbols for the systems after it, makes room for what the models will say, and finds
/// what has come due. The outcomes go to the models' [track records](super::TrackRecord) when their turn comes.
pub(super) fn score_forecasts(
    clock: Shared<'_, Clock>,
    mut space: SharedMut<'_, Workspace>,
    mut state: SharedMut<'_, OrchestratorState>,
    series: Column<'_, BarSeries>,
    mut cards: Lazy<'_, '_, (Shared<'static, FeatureSource>, Query<'static, 'static, &'static ModelCard>)>,
) -> bevy_ecs::error::Result {
    let Workspace { groups, fresh, now, step, words, losses, outcomes, board, .. } = &mut *space;
    let OrchestratorState { weights, rounds, .. } = &mut *state;
    (*now, *step) = (clock.now, clock.step);
    if *step == 1 {
        let (source, cards) = cards.get()?;
        check_schemas(cards.iter(), source.schema().hash())?;
    }
    fresh.refresh(&series, *step);
    if groups.models == 0 {
        return Ok(());
    }
    board.resize(fresh.symbols().len() * groups.models, Forecast::default());
    for &row in fresh.symbols() {
        Blame::symbol(SymbolId(row));
        let (row, series) = (row as usize, &series[row as usize]);
        for (k, scoring) in groups.scorings.iter().enumerate() {
            while let Some((due, price)) = rounds.take_due(k, row, series.count(), words) {
                // A step that brings more bars than are kept loses the outcome: then nothing is scored.
                let Some(close) = series.close((series.count() - due) as usize) else { continue };
                let outcome = scoring.outcome(price, close);
                if k == 0 {
                    for (outcomes, word) in outcomes.iter_mut().zip(words.iter()) {
                        outcomes.extend(word.map(|p| (p, outcome)));
                    }
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
