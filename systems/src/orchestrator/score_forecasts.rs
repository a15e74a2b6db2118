//! Predict / Early: forecasts whose horizon has passed meet their outcome, once, and the weights move.

use bevy_ecs::prelude::Query;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::forecast::Action;
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{Blame, Clock, Column, ColumnMut, FeatureSource, Lazy, Shared, SharedMut};

use super::averages::Averages;
use super::forecaster::ModelCard;
use super::groups::Groups;
use super::model_weights::ModelWeights;
use super::open_rounds::Words;
use super::scoring::loss;
use super::tracks::Tracks;
use super::workspace::{Learning, OrchestratorState, Workspace};

/// What the models say of themselves, and the features that the run has.
type Cards<'w, 's> = (Shared<'w, FeatureSource>, Query<'w, 's, &'static ModelCard>);

/// Notes the time and the fresh symbols for the systems after it, brings the averages up to date, and closes the rounds
/// that have come due: the models' [tracks](super::Tracks) and the weights take in their outcomes.
pub(super) fn score_forecasts(
    clock: Shared<'_, Clock>,
    mut space: SharedMut<'_, Workspace>,
    mut state: SharedMut<'_, OrchestratorState>,
    series: Column<'_, BarSeries>,
    mut averages: ColumnMut<'_, Averages>,
    mut cards: Lazy<'_, '_, Cards<'static, 'static>>,
) -> bevy_ecs::error::Result {
    let Workspace { groups, fresh, now, step, learning, turns, .. } = &mut *space;
    let OrchestratorState { weights, rounds, tracks, samples, .. } = &mut *state;
    let (groups, rounds, tracks) = (&**groups, &mut **rounds, &mut **tracks);
    (*now, *step) = (clock.now, clock.step);
    if *step == 1 {
        check_schemas(cards.get()?)?;
    }
    fresh.refresh(&series, *step);
    turns.clear();
    if groups.models == 0 {
        return Ok(());
    }
    for &row in fresh.symbols() {
        Blame::symbol(SymbolId(row));
        let (row, series) = (row as usize, &series[row as usize]);
        averages[row].follow(series);
        for (k, (scoring, learners)) in groups.scorings.iter().zip(&groups.learners).enumerate() {
            while let Some(round) = rounds.take_due(k, row, series.count()) {
                // A step that brings more bars than are kept loses the outcome: then nothing is scored.
                let close = series.close((series.count() - round.due) as usize);
                let outcome = close.map(|close| scoring.outcome(round.price, close));
                if k == 0 {
                    tracks.close(row, outcome);
                    if groups.shrinks && outcome.is_some() {
                        count_samples(samples, tracks, row);
                    }
                }
                if !learners.is_empty() {
                    learn(weights, learning, groups, learners, round.words, outcome);
                }
            }
        }
    }
    Blame::clear();
    Ok(())
}

/// Apart from the rest, as few runs shrink.
#[inline(never)]
fn count_samples(samples: &mut [u64], tracks: &Tracks, row: usize) {
    samples.iter_mut().zip(tracks.spoke(row)).for_each(|(n, spoke)| *n += u64::from(spoke));
}

/// Moves the weights of the groups that learn by a round, and keeps its buffer. Apart from the rest, as few groups learn.
#[inline(never)]
fn learn(
    weights: &mut ModelWeights,
    learning: &mut Learning,
    groups: &Groups,
    learners: &[usize],
    words: Words,
    outcome: Option<Action>,
) {
    let Learning { losses, members, spare } = learning;
    if let Some(outcome) = outcome {
        losses.clear();
        losses.extend(words.iter().map(|word| word.map(|p| loss(&p, outcome))));
        for &at in learners {
            members.clear();
            members.extend(groups.groups[at].models.iter().map(|m| losses[*m]));
            weights.learn(at, &groups.groups[at], members);
        }
    }
    spare.push(words);
}

/// A model that was trained on other features than the run has would read the wrong columns.
#[inline(never)]
fn check_schemas((source, cards): &Cards<'_, '_>) -> Result<(), String> {
    let run = source.schema().hash();
    let foreign =
        cards.iter().find_map(|card| Some((&card.name, card.schema_hash.filter(|hash| *hash != run)?)));
    match foreign {
        Some((name, hash)) => Err(format!(
            "model `{name}` was trained on the feature schema {hash:016x}, but the run has {run:016x}: enable the \
             modules that it was trained with, in the same order, or train it again"
        )),
        None => Ok(()),
    }
}
