//! Switching modules: what is refused changes nothing, and snapshots bring back what was on.

use std::sync::Arc;

use bevy_ecs::prelude::{Component, Query};
use manyworlds_components::time::Frame;
use manyworlds_engine::{Blueprint, Kind, Module, ModuleContext, Stage};
use manyworlds_tests::{market_blueprint, random_walk};
use serde::{Deserialize, Serialize};

use super::modules::{Faulty, GapModule, MeanModule};

/// Two modules, each with a component called `State`.
mod first {
    use super::*;
    #[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
    pub struct State(pub u64);
    pub fn count(mut q: Query<&mut State>) {
        q.iter_mut().for_each(|mut s| s.0 += 1);
    }
}

mod second {
    use super::*;
    #[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
    pub struct State(pub u64);
    pub fn count(mut q: Query<&mut State>) {
        q.iter_mut().for_each(|mut s| s.0 += 2);
    }
}

fn blueprint(modules: Vec<Arc<dyn Module>>) -> Blueprint {
    let mut blueprint = market_blueprint(vec![random_walk(1, 30, Frame::MINUTE)], 1);
    blueprint.modules = modules.into_iter().map(|m| (m, true)).collect();
    blueprint
}

#[test]
fn types_of_one_name_are_kept_apart() {
    let one = Faulty("one", |app| {
        app.component(Kind::Symbol, |_| first::State::default());
        app.add_systems(Stage::Analyze, first::count);
    });
    let two = Faulty("two", |app| {
        app.component(Kind::Symbol, |_| second::State::default());
        app.add_systems(Stage::Analyze, second::count);
    });
    let mut simulation = blueprint(vec![Arc::new(one), Arc::new(two)]).build().unwrap();
    for _ in 0..7 {
        simulation.step().unwrap();
    }
    let fork = simulation.fork().unwrap();
    let symbol = fork.roster().entities(Kind::Symbol)[0];
    assert_eq!(fork.world().get::<first::State>(symbol).unwrap().0, 7);
    assert_eq!(fork.world().get::<second::State>(symbol).unwrap().0, 14);
}

#[test]
fn a_refused_module_leaves_the_world_as_it_was() {
    fn write_mean(mut q: Query<&mut super::modules::Mean>) {
        q.iter_mut().for_each(|mut m| *m = Default::default());
    }
    let mut plan = blueprint(vec![Arc::new(MeanModule)]);
    plan.lookup = Some(Arc::new(|name| {
        let fault: fn(&mut ModuleContext<'_>) = |app| app.add_systems(Stage::Analyze, write_mean);
        (name == "rival").then(|| Arc::new(Faulty("rival", fault)) as Arc<dyn Module>)
    }));
    let mut simulation = plan.build().unwrap();
    simulation.step().unwrap();
    let before = simulation.digest();
    let refused = simulation.enable("rival").unwrap_err().to_string();
    assert!(refused.contains("write_mean"), "{refused}");
    assert_eq!(simulation.digest(), before);
    assert!(!simulation.is_enabled("rival"));
    let mut plain = blueprint(vec![Arc::new(MeanModule)]).build().unwrap();
    plain.run().unwrap();
    simulation.run().unwrap();
    assert_eq!(simulation.digest(), plain.digest());
}

#[test]
fn another_spelling_is_the_same_module() {
    let mut plan = blueprint(vec![Arc::new(MeanModule)]);
    let find = |name: &str| (name == "mean_module").then(|| Arc::new(MeanModule) as Arc<dyn Module>);
    plan.lookup = Some(Arc::new(find));
    let mut simulation = plan.build().unwrap();
    simulation.enable("mean_module").unwrap();
    simulation.step().unwrap();
    simulation.disable("mean_module").unwrap();
    assert!(!simulation.is_enabled("mean"));
}

#[test]
fn a_restore_brings_back_what_was_on_and_nothing_else() {
    let mut plan = blueprint(vec![]);
    plan.lookup = Some(Arc::new(|name| match name {
        "mean" => Some(Arc::new(MeanModule) as Arc<dyn Module>),
        "gap" => Some(Arc::new(GapModule) as Arc<dyn Module>),
        _ => None,
    }));
    let mut simulation = plan.build().unwrap();
    simulation.step().unwrap();
    let (empty, digest) = (simulation.snapshot(), simulation.digest());
    // The dependent is asked for first, so that it stands before what it requires.
    assert!(simulation.enable("gap").is_err());
    simulation.enable("mean").unwrap();
    simulation.enable("gap").unwrap();
    simulation.step().unwrap();
    let fork = simulation.fork().unwrap();
    assert_eq!(fork.digest(), simulation.digest());
    simulation.restore(&empty).unwrap();
    assert_eq!(simulation.digest(), digest);
    assert!(!simulation.is_enabled("mean") && !simulation.is_enabled("gap"));
}

/// A component that two modules register goes with the second of them.
#[test]
fn what_is_shared_stays_while_one_needs_it() {
    let share: fn(&mut ModuleContext<'_>) = |app| app.component(Kind::Symbol, |_| first::State::default());
    let mut simulation =
        blueprint(vec![Arc::new(Faulty("a", share)), Arc::new(Faulty("b", share))]).build().unwrap();
    let symbol = simulation.roster().entities(Kind::Symbol)[0];
    simulation.disable("a").unwrap();
    assert!(simulation.world().get::<first::State>(symbol).is_some());
    simulation.disable("b").unwrap();
    assert!(simulation.world().get::<first::State>(symbol).is_none());
}
