//! Modules that cheat, to see that the properties notice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bevy_ecs::prelude::{Component, Query, Res, Resource};
use manyworlds::Catalogue;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Clock, EventQueue, Feeds, Kind, Module, ModuleContext, ModuleInfo, Stage};
use manyworlds_tests::random_walk;
use manyworlds_tests::world::{Tape, World};
use serde::{Deserialize, Serialize};

use super::properties::{BARS, assert_causal, assert_executors, assert_forks, assert_restores};

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Guess(f64);

/// Reads the bar that comes next from the source itself.
struct Prophet;

fn read_ahead(clock: Res<Clock>, feeds: Res<Feeds>, mut symbols: Query<&mut Guess>) {
    let mut events = Vec::new();
    feeds.sources[0].fill(clock.step, manyworlds_components::time::Timestamp::MAX, 1, &mut events);
    for mut guess in &mut symbols {
        guess.0 = events.first().map_or(0.0, |e| match &e.data {
            manyworlds_components::market::MarketData::Bar(bar) => bar.close,
            manyworlds_components::market::MarketData::Trade(trade) => trade.price,
            _ => 0.0,
        });
    }
}

impl Module for Prophet {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "prophet".into(), ..ModuleInfo::default() }
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Guess::default());
        app.add_systems(Stage::Analyze, read_ahead);
    }
}

/// Keeps a count where no snapshot sees it.
#[derive(Default)]
struct Hoarder(Arc<AtomicU64>);

#[derive(Resource)]
struct Hoard(Arc<AtomicU64>);

fn hoard(queue: Res<EventQueue>, hoard: Res<Hoard>, mut symbols: Query<&mut Guess>) {
    let seen = hoard.0.fetch_add(queue.events().len() as u64, Ordering::Relaxed);
    for mut guess in &mut symbols {
        guess.0 = seen as f64;
    }
}

impl Module for Hoarder {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "hoarder".into(), ..ModuleInfo::default() }
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Guess::default());
        app.scratch(Hoard(self.0.clone()));
        app.add_systems(Stage::Analyze, hoard);
    }
}

fn with(module: impl Module + 'static) -> World {
    let name = module.info().name;
    let mut world = World::new(vec![Tape::Bars(random_walk(8, BARS, Frame::MINUTE))]);
    world.catalogue = Catalogue::empty().add(module);
    world.modules = vec![name];
    world
}

#[test]
#[should_panic(expected = "the future reached step 20")]
fn looking_ahead_is_noticed() {
    assert_causal(&with(Prophet), 20);
}

#[test]
#[should_panic(expected = "forked after step 20")]
fn hidden_state_is_noticed_by_forks() {
    assert_forks(&with(Hoarder::default()), 20);
}

#[test]
#[should_panic(expected = "steps after step 20")]
fn hidden_state_is_noticed_by_restores() {
    assert_restores(&with(Hoarder::default()), 20, 3);
}

#[test]
#[should_panic(expected = "step 1")]
fn hidden_state_is_noticed_by_a_second_run() {
    assert_executors(&with(Hoarder::default()));
}
