//! A system that fails or panics stops its world with its name, and nothing else; so does a subscriber less so.

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::{Query, Res};
use manyworlds_components::ids::SymbolId;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Blame, Blueprint, Clock, Executor, RunError, Stage};
use manyworlds_tests::{market_blueprint, random_walk};

use super::modules::Faulty;

fn panic_at_seven(clock: Res<Clock>, symbols: Query<&SymbolId>) {
    for symbol in &symbols {
        Blame::symbol(*symbol);
        assert!(!(clock.step == 7 && symbol.0 == 1), "the tape has a hole");
    }
}

fn fail_at_seven(clock: Res<Clock>) -> bevy_ecs::error::Result {
    if clock.step == 7 { Err("no more data".into()) } else { Ok(()) }
}

fn blueprint(executor: Executor, fault: Faulty) -> Blueprint {
    let mut blueprint =
        market_blueprint(vec![random_walk(1, 30, Frame::MINUTE), random_walk(2, 30, Frame::MINUTE)], 1);
    blueprint.executor = executor;
    blueprint.modules = vec![(Arc::new(fault), true)];
    blueprint
}

#[test]
fn failures_name_system_step_and_symbol() {
    for executor in [Executor::Lean, Executor::Stock] {
        let panics = Faulty("panics", |app| app.add_systems(Stage::Analyze, panic_at_seven));
        let mut simulation = blueprint(executor, panics).build().unwrap();
        match simulation.run().unwrap_err() {
            RunError::System { step, system, symbol, message, .. } => {
                assert_eq!((step, symbol.as_deref()), (7, Some("S1")));
                assert!(system.ends_with("panic_at_seven"), "{system}");
                assert!(message.contains("the tape has a hole"), "{message}");
            }
            other => panic!("{other}"),
        }
        assert!(matches!(simulation.step(), Err(RunError::Stopped(_))), "a failed world stays stopped");

        let fails = Faulty("fails", |app| app.add_systems(Stage::Decide, fail_at_seven));
        let error = blueprint(executor, fails).build().unwrap().run().unwrap_err().to_string();
        assert!(error.contains("fail_at_seven") && error.contains("no more data"), "{error}");
    }
}

#[test]
fn other_worlds_go_on() {
    let panics = Faulty("panics", |app| app.add_systems(Stage::Analyze, panic_at_seven));
    let mut failing = blueprint(Executor::Lean, panics).build().unwrap();
    let mut healthy = market_blueprint(vec![random_walk(1, 30, Frame::MINUTE)], 1).build().unwrap();
    for _ in 0..30 {
        let _ = failing.step();
        healthy.step().unwrap();
    }
    assert_eq!(healthy.clock().step, 30);
    assert_eq!(failing.clock().step, 7);
}

#[test]
fn a_restored_world_goes_on() {
    let panics = Faulty("panics", |app| app.add_systems(Stage::Analyze, panic_at_seven));
    let mut simulation = blueprint(Executor::Lean, panics).build().unwrap();
    simulation.step().unwrap();
    let snapshot = simulation.snapshot();
    simulation.run().unwrap_err();
    simulation.restore(&snapshot).unwrap();
    simulation.step().unwrap();
    assert_eq!(simulation.clock().step, 2);
}

#[test]
fn a_recorder_that_fails_stops_the_run_with_its_reason() {
    use manyworlds_engine::{Journal, Recorder, Roster};
    struct Full(Arc<Mutex<u32>>);
    impl Recorder for Full {
        fn record(
            &mut self,
            _: &Journal,
            _: &Roster,
        ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
            *self.0.lock().unwrap() += 1;
            Err("disk full".into())
        }
    }
    let calls = Arc::new(Mutex::new(0));
    let mut simulation = market_blueprint(vec![random_walk(1, 30, Frame::MINUTE)], 1).build().unwrap();
    simulation.set_recorder(Full(calls.clone()));
    assert!(simulation.run().unwrap_err().to_string().contains("disk full"));
    assert_eq!(*calls.lock().unwrap(), 1);
}
