//! What is refused when a simulation is built, and what switching modules really does.

use std::sync::Arc;

use bevy_ecs::prelude::{Component, Query, Resource};
use bevy_ecs::schedule::IntoScheduleConfigs;
use manyworlds_components::feature::FeatureSpec;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Blueprint, BuildError, Kind, Module, ModuleContext, ModuleInfo, Stage, ToggleError};
use manyworlds_tests::{market_blueprint, random_walk};
use serde::{Deserialize, Serialize};

use super::modules::{Faulty, GapModule, Mean, MeanModule, NoiseModule};

fn blueprint(modules: Vec<Arc<dyn Module>>) -> Blueprint {
    let mut blueprint = market_blueprint(vec![random_walk(1, 30, Frame::MINUTE)], 1);
    blueprint.modules = modules.into_iter().map(|m| (m, true)).collect();
    blueprint
}

fn refusal(modules: Vec<Arc<dyn Module>>) -> BuildError {
    blueprint(modules).build().err().expect("the build must fail")
}

#[test]
fn a_missing_requirement_says_what_to_add() {
    let error = refusal(vec![Arc::new(GapModule)]);
    assert_eq!(error, BuildError::MissingRequirement { module: "gap".into(), requires: "mean".into() });
    assert!(error.to_string().contains("add `mean`"));
}

#[test]
fn a_name_stands_for_one_module() {
    let error = refusal(vec![Arc::new(MeanModule), Arc::new(MeanModule)]);
    assert_eq!(error, BuildError::DuplicateModule("mean".into()));
}

#[derive(Resource)]
struct Hidden;

#[test]
fn unregistered_state_fails_the_build() {
    let on_entity: fn(&mut ModuleContext<'_>) = |app| {
        app.world().spawn(Hidden);
    };
    let as_resource: fn(&mut ModuleContext<'_>) = |app| app.world().insert_resource(Hidden);
    for fault in [on_entity, as_resource] {
        match refusal(vec![Arc::new(Faulty("hidden", fault))]) {
            BuildError::UnregisteredState(names) => assert!(names[0].ends_with("Hidden"), "{names:?}"),
            other => panic!("{other}"),
        }
    }
}

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Shared(u64);

fn write_one(mut q: Query<&mut Shared>) {
    q.iter_mut().for_each(|mut s| s.0 += 1);
}

fn write_two(mut q: Query<&mut Shared>) {
    q.iter_mut().for_each(|mut s| s.0 *= 2);
}

#[test]
fn two_writers_of_one_feature_fail_unless_ordered() {
    let one: fn(&mut ModuleContext<'_>) = |app| {
        app.component(Kind::Symbol, |_| Shared(0));
        app.add_systems(Stage::Analyze, write_one);
    };
    let two: fn(&mut ModuleContext<'_>) = |app| {
        app.component(Kind::Symbol, |_| Shared(0));
        app.add_systems(Stage::Analyze, write_two);
    };
    let ordered: fn(&mut ModuleContext<'_>) = |app| {
        app.component(Kind::Symbol, |_| Shared(0));
        app.add_systems(Stage::Analyze, write_two.after(write_one));
    };
    match refusal(vec![Arc::new(Faulty("one", one)), Arc::new(Faulty("two", two))]) {
        BuildError::Schedule(text) => {
            assert!(
                text.contains("write_one") && text.contains("write_two") && text.contains("Shared"),
                "{text}"
            );
        }
        other => panic!("{other}"),
    }
    assert!(blueprint(vec![Arc::new(Faulty("one", one)), Arc::new(Faulty("two", ordered))]).build().is_ok());
}

#[test]
fn run_conditions_are_refused() {
    let fault: fn(&mut ModuleContext<'_>) = |app| {
        app.component(Kind::Symbol, |_| Shared(0));
        app.add_systems(Stage::Analyze, write_one.run_if(|| false));
    };
    match refusal(vec![Arc::new(Faulty("conditional", fault))]) {
        BuildError::Schedule(text) => {
            assert!(text.contains("run condition") && text.contains("write_one"), "{text}")
        }
        other => panic!("{other}"),
    }
}

struct Undeclared;

impl Module for Undeclared {
    fn info(&self) -> ModuleInfo {
        let features = vec![FeatureSpec::new("undeclared.value", "1", "", 0)];
        ModuleInfo { name: "undeclared".into(), features, ..ModuleInfo::default() }
    }
    fn build(&self, _: &mut ModuleContext<'_>) {}
}

struct Squatter;

impl Module for Squatter {
    fn info(&self) -> ModuleInfo {
        let features = vec![FeatureSpec::new("mean.close", "1", "", 0)];
        ModuleInfo { name: "squatter".into(), features, ..ModuleInfo::default() }
    }
    fn build(&self, _: &mut ModuleContext<'_>) {}
}

#[test]
fn features_are_declared_and_read_under_their_modules_name() {
    assert!(matches!(refusal(vec![Arc::new(Undeclared)]), BuildError::UnreadFeature { .. }));
    assert!(matches!(refusal(vec![Arc::new(MeanModule), Arc::new(Squatter)]), BuildError::BadFeature { .. }));
}

#[test]
fn disabling_frees_and_enabling_warms_up_anew() {
    let mut simulation = blueprint(vec![Arc::new(MeanModule), Arc::new(GapModule)]).build().unwrap();
    let mean = |s: &manyworlds_engine::Simulation| s.features("S0").unwrap().get(0);
    for _ in 0..6 {
        simulation.step().unwrap();
    }
    assert!(mean(&simulation).is_some());
    let systems = simulation.timings().unwrap().0.len();

    let refused = simulation.disable("mean").unwrap_err();
    assert_eq!(refused, ToggleError::Required { module: "mean".into(), dependents: vec!["gap".into()] });
    assert_eq!(simulation.disable_with_dependents("mean").unwrap(), ["gap", "mean"]);
    simulation.step().unwrap();
    assert_eq!(simulation.timings().unwrap().0.len(), systems - 2, "both systems are gone");
    assert_eq!(mean(&simulation), None);
    assert_eq!(simulation.schema().len(), 2, "the schema keeps its features: they are masked, not moved");
    let symbol = simulation.roster().entities(Kind::Symbol)[0];
    assert!(simulation.world().get::<Mean>(symbol).is_none(), "the component is freed");
    let memory = |s: &manyworlds_engine::Simulation| {
        s.modules().iter().find(|m| m.name == "mean").unwrap().memory_bytes
    };
    assert_eq!(memory(&simulation), 0);

    assert!(matches!(simulation.enable("gap"), Err(ToggleError::Requires { .. })));
    simulation.enable("mean").unwrap();
    simulation.enable("gap").unwrap();
    assert!(memory(&simulation) > 0);
    for bars in 1..=5 {
        simulation.step().unwrap();
        assert_eq!(mean(&simulation).is_some(), bars == 5, "warming up at bar {bars}");
    }
}

#[test]
fn toggles_are_journaled() {
    use manyworlds_engine::{Journal, Recorder, Roster, ToggleRecord};
    use std::sync::Mutex;
    struct Keep(Arc<Mutex<Vec<ToggleRecord>>>);
    impl Recorder for Keep {
        fn record(
            &mut self,
            journal: &Journal,
            _: &Roster,
        ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
            self.0.lock().unwrap().extend(journal.toggles.iter().cloned());
            Ok(())
        }
    }
    let rows = Arc::new(Mutex::new(vec![]));
    let mut simulation = blueprint(vec![Arc::new(NoiseModule)]).build().unwrap();
    simulation.set_recorder(Keep(rows.clone()));
    simulation.step().unwrap();
    simulation.disable("noise").unwrap();
    simulation.disable("noise").unwrap();
    simulation.step().unwrap();
    simulation.enable("noise").unwrap();
    simulation.drain().unwrap();
    let toggles: Vec<_> = rows.lock().unwrap().iter().map(|t| (t.step, t.enabled)).collect();
    assert_eq!(toggles, [(1, false), (2, true)]);
}

#[test]
fn unknown_names_offer_the_nearest() {
    let mut simulation = blueprint(vec![Arc::new(MeanModule)]).build().unwrap();
    assert!(simulation.enable("maen").unwrap_err().to_string().contains("did you mean `mean`"));
    assert!(simulation.disable("market").is_err(), "core modules cannot be switched off");
    assert!(simulation.features("S00").unwrap_err().to_string().contains("did you mean `S0`"));
}

#[test]
fn a_module_of_the_catalogue_can_be_enabled_later() {
    let mut plan = blueprint(vec![]);
    plan.lookup = Some(Arc::new(|name| (name == "mean").then(|| Arc::new(MeanModule) as Arc<dyn Module>)));
    let mut simulation = plan.build().unwrap();
    simulation.step().unwrap();
    simulation.enable("mean").unwrap();
    simulation.run_until(manyworlds_tests::START + 10 * 60_000_000_000).unwrap();
    assert!(simulation.features("S0").unwrap().get(0).is_some());
    let mut fork = simulation.fork().unwrap();
    simulation.run().unwrap();
    fork.run().unwrap();
    assert_eq!(simulation.digest(), fork.digest());
}
