//! Predict / Early: forecasts whose horizon has passed meet their outcome, once, and the weights move.

use bevy_ecs::prelude::Query;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::{Action, Probabilities};
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{Blame, Clock, Column, ColumnMut, FeatureSource, Lazy, Shared, SharedMut};

use super::averages::Averages;
use super::forecaster::ModelCard;
use super::scoring::loss;
use super::workspace::{OrchestratorState, Workspace};

/// Notes the time and the fresh symbols for the systems after it, brings the averages up to date, and closes the rounds
/// that have come due: the models' [tracks](super::Tracks) and the weights take in their outcomes.
pub(super) fn score_forecasts(
    clock: Shared<'_, Clock>,
    mut space: SharedMut<'_, Workspace>,
    mut state: SharedMut<'_, OrchestratorState>,
    series: Column<'_, BarSeries>,
    mut averages: ColumnMut<'_, Averages>,
    mut cards: Lazy<'_, '_, (Shared<'static, FeatureSource>, Query<'static, 'static, &'static ModelCard>)>,
) -> bevy_ecs::error::Result {
    let Workspace { groups, fresh, now, step, losses, members, spare, .. } = &mut *space;
    let OrchestratorState { weights, rounds, tracks, samples, .. } = &mut *state;
    (*now, *step) = (clock.now, clock.step);
    if *step == 1 {
        let (source, cards) = cards.get()?;
        check_schemas(cards.iter(), source.schema().hash())?;
    }
    fresh.refresh(&series, *step);
    if groups.models == 0 {
        return Ok(());
    }
    for &row in fresh.symbols() {
        Blame::symbol(SymbolId(row));
        let (row, series) = (row as usize, &series[row as usize]);
        averages[row].follow(series);
        for (k, scoring) in groups.scorings.iter().enumerate() {
            let learners = &groups.learners[k];
            while let Some(round) = rounds.take_due(k, row, series.count()) {
                // A step that brings more bars than are kept loses the outcome: then nothing is scored.
                let close = series.close((series.count() - round.due) as usize);
                let outcome = close.map(|close| scoring.outcome(round.price, close));
                if k == 0 {
                    tracks.close(row, outcome);
                    if groups.shrinks && outcome.is_some() {
                        samples
                            .iter_mut()
                            .zip(tracks.spoke(row))
                            .for_each(|(n, spoke)| *n += u64::from(spoke));
                    }
                }
                if let Some(outcome) = outcome.filter(|_| !learners.is_empty()) {
                    losses.clear();
                    losses.extend(round.words.iter().map(|word| loss_of(*word, outcome)));
                    for &at in learners {
                        members.clear();
                        members.extend(groups.groups[at].models.iter().map(|m| losses[*m]));
                        weights.learn(at, &groups.groups[at], members);
                    }
                }
                spare.push(round.words);
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
