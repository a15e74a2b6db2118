//! Predict / Early: forecasts whose horizon has passed meet their outcome, once, and the weights move.

use bevy_ecs::prelude::Query;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Action, Forecast, Probabilities};
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{Blame, Clock, Column, FeatureSource, Lazy, Shared, SharedMut};

use super::forecaster::ModelCard;
use super::scoring::loss;
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
    let Workspace { groups, fresh, now, step, losses, members, outcomes, board, .. } = &mut *space;
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
            let learners = &groups.learners[k];
            while let Some((due, price, words)) = rounds.take_due(k, row, series.count()) {
                // A step that brings more bars than are kept loses the outcome: then nothing is scored.
                let Some(close) = series.close((series.count() - due) as usize) else {
                    words.for_each(drop);
                    continue;
                };
                let outcome = scoring.outcome(price, close);
                losses.clear();
                for (word, outcomes) in words.zip(outcomes.iter_mut()) {
                    if let (Some(p), 0) = (word, k) {
                        outcomes.push((p, outcome));
                    }
                    if !learners.is_empty() {
                        losses.push(loss_of(word, outcome));
                    }
                }
                for &at in learners {
                    let group = &groups.groups[at];
                    members.clear();
                    members.extend(group.models.iter().map(|m| losses[*m]));
                    weights.learn(at, group, members);
                }
            }
        }
    }
    Blame::clear();
    Ok(())
}

/// Apart from the rest: few groups learn, and the compiler would work half of it out for all of them.
#[inline(never)]
fn loss_of(word: Option<Probabilities>, outcome: Action) -> Option<f64> {
    word.map(|p| loss(&p, outcome))
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
