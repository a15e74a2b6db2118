//! A step system by system, and digests of what is written down.

use std::sync::Arc;

use bevy_ecs::prelude::{Commands, Component, Query, Res};
use manyworlds_components::time::Frame;
use manyworlds_engine::{Clock, Executor, JournalDigest, Kind, Simulation, Stage, SystemTrace};
use manyworlds_tests::world::{Tape, World};
use manyworlds_tests::{market_blueprint, random_walk};
use serde::{Deserialize, Serialize};

use super::modules::Faulty;

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Tally(u64);

/// Writes at once.
fn count(mut tallies: Query<&mut Tally>) {
    tallies.iter_mut().for_each(|mut tally| tally.0 += 1);
}

/// Writes when the schedule applies its commands.
fn double(tallies: Query<(bevy_ecs::entity::Entity, &Tally)>, clock: Res<Clock>, mut commands: Commands) {
    for (entity, tally) in &tallies {
        commands.entity(entity).insert(Tally(tally.0 * 2 + clock.step));
    }
}

fn simulation(executor: Executor) -> Simulation {
    let mut blueprint = market_blueprint(vec![random_walk(1, 30, Frame::MINUTE)], 1);
    let one = Faulty("one", |app| {
        app.component(Kind::Symbol, |_| Tally::default());
        app.add_systems(Stage::Analyze, count);
    });
    let two = Faulty("two", |app| app.add_systems(Stage::Decide, double));
    blueprint.modules = vec![(Arc::new(one), true), (Arc::new(two), true)];
    blueprint.executor = executor;
    blueprint.build().unwrap()
}

/// Which components each system changed, by system; what it changes nothing in is left out.
fn changes(before: &Simulation, traces: &[SystemTrace]) -> Vec<(String, String, Vec<String>)> {
    let mut last = before.digest();
    last.components.extend(JournalDigest::default().components());
    let mut changes = Vec::new();
    for trace in traces {
        let parts = trace.digest.differences(&last).into_iter().map(|(name, _)| name.to_owned());
        let parts: Vec<String> = parts.collect();
        if !parts.is_empty() {
            changes.push((trace.module.clone(), trace.system.rsplit("::").next().unwrap().to_owned(), parts));
        }
        last = trace.digest.clone();
    }
    changes
}

#[test]
fn each_system_is_named_with_what_it_changed() {
    for executor in [Executor::Lean, Executor::Stock] {
        let mut simulation = simulation(executor);
        for _ in 0..10 {
            simulation.step().unwrap();
        }
        let traces = simulation.fork().unwrap().trace_step().unwrap();
        let changes = changes(&simulation, &traces);
        let names: Vec<(&str, &str)> = changes.iter().map(|(m, s, _)| (m.as_str(), s.as_str())).collect();
        assert_eq!(&names[..3], [("engine", "fetch_events"), ("market", "apply_events"), ("one", "count")]);
        assert_eq!(changes[0].2, ["Clock", "FeedCursors"]);
        assert_eq!(changes[2].2, ["Symbol/Tally"]);
        // The same step, taken as usual.
        simulation.step().unwrap();
        let mut after = traces.last().unwrap().digest.clone();
        after.components.retain(|c| c.1 != "journal");
        // What `double` queued is applied when all systems have run.
        let now = simulation.digest();
        let left = after.differences(&now);
        assert!(left.is_empty() || left == [("Symbol/Tally", "one")], "{left:?}");
        assert_eq!(simulation.module_of(&traces[0].system), None);
        let counting = traces.iter().find(|t| t.system.ends_with("::count")).unwrap();
        assert_eq!(simulation.module_of(&counting.system), Some("one"));
    }
}

#[test]
fn a_failure_while_tracing_is_that_of_the_step() {
    let faulty = Faulty("faulty", |app| {
        app.add_systems(Stage::Analyze, |clock: Res<Clock>| assert!(clock.step < 3, "three is too many"));
    });
    let mut blueprint = market_blueprint(vec![random_walk(1, 30, Frame::MINUTE)], 1);
    blueprint.modules = vec![(Arc::new(faulty), true)];
    let mut simulation = blueprint.build().unwrap();
    simulation.step().unwrap();
    simulation.step().unwrap();
    let traced = simulation.fork().unwrap().trace_step().unwrap_err().to_string();
    assert!(traced.contains("step 3") && traced.contains("three is too many"), "{traced}");
    assert_eq!(traced, simulation.step().unwrap_err().to_string());
}

/// Whatever the journal is drained at, and only what was written counts.
#[test]
fn a_journal_digest_does_not_depend_on_drains() {
    let digest = |drain_every: u64, seed: u64| {
        let world = World::new(vec![Tape::Bars(random_walk(seed, 300, Frame::MINUTE))]);
        let mut simulation = world.blueprint().build().unwrap();
        let (digest, mut fork) = (JournalDigest::default(), None);
        simulation.set_recorder(digest.clone());
        while simulation.clock().next.is_some() {
            simulation.step().unwrap();
            if simulation.clock().step.is_multiple_of(drain_every) {
                simulation.drain().unwrap();
            }
            if simulation.clock().step == 100 {
                fork = Some(digest.fork());
            }
        }
        simulation.drain().unwrap();
        assert_ne!(fork.unwrap().components(), digest.components(), "a fork stays where it was");
        digest.components()
    };
    assert_eq!(digest(1, 5), digest(1_000, 5));
    let (a, b) = (digest(1, 5), digest(1, 6));
    let differ = |name: &str| a.iter().zip(&b).any(|(a, b)| a.0 == name && a.2 != b.2);
    assert!(differ("Journal/fills") && differ("Journal/equity") && !differ("Journal/toggles"));
}
