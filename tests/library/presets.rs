//! Presets and comparisons over a catalogue of one's own.

use std::sync::atomic::{AtomicU64, Ordering};

use bevy_ecs::prelude::{Component, Query};
use manyworlds::compare::{Candidate, CompareError, Comparison, Effort, Measured, measure, start_up};
use manyworlds::engine::{Kind, Module, ModuleContext, ModuleInfo, Stage};
use manyworlds::run::MarketInput;
use manyworlds::{Catalogue, Setup, Simulation};
use serde::{Deserialize, Serialize};

use super::own_module::{RelativeVolumeModule, SCENARIO, setup};

/// A module of that name, which does nothing.
struct Named(&'static str, &'static [&'static str]);

impl Module for Named {
    fn info(&self) -> ModuleInfo {
        let requires = self.1.iter().map(|r| (*r).to_owned()).collect();
        ModuleInfo { name: self.0.into(), requires, ..ModuleInfo::default() }
    }

    fn build(&self, _: &mut ModuleContext<'_>) {}
}

/// A setup with these modules and no others.
fn only(modules: impl IntoIterator<Item = Named>) -> Setup {
    let catalogue = modules.into_iter().fold(Catalogue::empty(), Catalogue::add);
    Setup { catalogue, ..setup() }
}

/// The example with a preset, and with nothing that reads a feature.
fn text(preset: &str) -> String {
    let preset = format!("(type: preset, name: \"{preset}\")");
    let changes = [
        (r#"(type: configurable, modules: {"relative_volume": (window: 60)})"#, preset.as_str()),
        (r#"features: ["relative_volume.ratio"]"#, "features: []"),
        (r#"Registered("busy_streak"), "#, ""),
        (r#"models: ["busy_streak"], "#, ""),
    ];
    changes.iter().fold(SCENARIO.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

fn build(preset: &str, setup: &Setup) -> Result<Simulation, String> {
    let scenario = setup.from_ron(&text(preset)).map_err(|e| e.to_string())?;
    scenario.build_with(setup).map_err(|e| e.to_string())
}

/// The modules that are loaded, core left out, and what is said about it.
fn loaded(preset: &str, setup: &Setup) -> (Vec<String>, Vec<String>) {
    let simulation = build(preset, setup).unwrap_or_else(|e| panic!("{e}"));
    let modules = simulation.world().modules().into_iter().filter(|m| !m.core).map(|m| m.name);
    (modules.collect(), simulation.summary_now().warnings)
}

#[test]
fn what_exists_of_a_preset_is_loaded_and_the_summary_says_what_is_not() {
    let some = || [Named("extrema", &[]), Named("market_analysis", &[]), Named("mine", &[])];
    let (modules, warnings) = loaded("research", &only(some()));
    assert_eq!(modules, ["market_analysis", "extrema"]);
    assert!(warnings.len() == 1 && warnings[0].contains("not built yet: training"), "{warnings:?}");
    let (modules, warnings) = loaded("enhanced", &only(some()));
    assert_eq!(modules.len(), 2);
    assert!(warnings.len() == 2 && warnings[0].contains("deprecated"), "{warnings:?}");
    assert_eq!(loaded("basic", &only(some())), (Vec::new(), Vec::new()));
    let error = build("full", &only([Named("extrema", &[])])).map(|_| ()).unwrap_err();
    assert!(error.contains("none of its modules is built yet") && error.contains("are: extrema"), "{error}");
}

#[test]
fn a_preset_brings_what_its_modules_require() {
    let modules =
        || [Named("training", &["extrema", "labels"]), Named("extrema", &[]), Named("labels", &["market"])];
    let (modules, _) = loaded("research", &only(modules()));
    assert_eq!(modules, ["extrema", "training", "labels"]);
}

#[test]
fn a_preset_whose_modules_are_all_there_says_nothing() {
    let all = manyworlds::scenario::CATALOGUE.map(|name| Named(name, &[]));
    let (modules, warnings) = loaded("full", &only(all));
    assert_eq!(modules, ["cob", "neural_fusion", "market_analysis", "pivot_analysis"]);
    assert_eq!(warnings, [""; 0]);
}

/// A candidate from a text.
fn candidate(name: &str, text: &str, setup: &Setup) -> Candidate {
    let scenario = setup.from_ron(text).unwrap_or_else(|e| panic!("{e}"));
    let input = MarketInput::load(&scenario, &setup.cache).unwrap_or_else(|e| panic!("{e}"));
    Candidate { name: name.to_owned(), scenario, input }
}

const ONCE: Effort = Effort { builds: 1, runs: 2 };

fn measured(candidate: &Candidate, setup: &Setup) -> Result<Measured, CompareError> {
    let startup = start_up(std::slice::from_ref(candidate), setup, ONCE.builds)?.remove(0);
    measure(candidate, setup, startup, ONCE, None, &mut |_, _| true)
}

#[test]
fn modules_of_ones_own_are_compared_like_any_other() {
    let setup = setup();
    let with = measured(&candidate("with", SCENARIO, &setup), &setup).unwrap();
    let without = measured(&candidate("without", &text("basic"), &setup), &setup).unwrap();
    assert_eq!((with.modules.as_slice(), without.modules.len()), (&["relative_volume".to_owned()][..], 0));
    assert!(with.module_costs.iter().any(|m| m.name == "relative_volume" && m.memory_bytes > 0));
    assert_ne!(with.digest, without.digest);
    let outcome = {
        let mut simulation = setup.from_ron(SCENARIO).unwrap().build_with(&setup).unwrap();
        simulation.run().unwrap();
        simulation.finish().unwrap().summary
    };
    assert_eq!((with.digest.as_ref(), with.run.decisions), (outcome.digest.as_ref(), outcome.decisions));
    assert!(outcome.decisions > 0 && outcome.decisions >= outcome.accounts.iter().map(|a| a.trades).sum());
    assert_eq!(with.memory.at_end_bytes, None, "nobody counts the heap");
    let comparison = Comparison::new(ONCE, vec![without, with]);
    let relative = comparison.setups.iter().map(|s| s.relative_to_first).collect::<Vec<_>>();
    assert_eq!((relative[0].startup, relative[0].time_per_step), (Some(1.0), Some(1.0)));
    assert!(relative[1].startup.unwrap() > 0.0 && relative[1].memory_at_end.is_none());
}

#[test]
fn a_comparison_stops_where_it_is_told_to() {
    let setup = setup();
    let mut asked = 0;
    let candidate = candidate("a", SCENARIO, &setup);
    let startup = start_up(std::slice::from_ref(&candidate), &setup, 1).unwrap().remove(0);
    let stopped = measure(&candidate, &setup, startup, ONCE, None, &mut |run, simulation| {
        asked += 1;
        run == 1 || simulation.world().clock().step < 10
    });
    assert!(matches!(stopped, Err(CompareError::Stopped { setup }) if setup == "a"));
    // In the first run at the beginning and after 1,024 and 2,048 of 3,000 steps; in the second, the second time.
    assert_eq!(asked, 3 + 2);
}

static HIDDEN: AtomicU64 = AtomicU64::new(0);

/// State that depends on what the process did before: exactly what a module must not have.
#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Tally(u64);

struct Leaky;

impl Module for Leaky {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "leaky".into(), stages: vec![Stage::Analyze], ..ModuleInfo::default() }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Tally::default());
        app.add_systems(Stage::Analyze, tally);
    }
}

fn tally(mut tallies: Query<&mut Tally>) {
    for mut tally in &mut tallies {
        tally.0 = HIDDEN.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn runs_of_one_setup_that_end_differently_are_told() {
    let catalogue = Catalogue::empty().add_with(RelativeVolumeModule).add(Leaky);
    let setup = Setup { catalogue, ..setup() };
    let leaky = SCENARIO.replace("(window: 60)}", "(window: 60), \"leaky\": ()}");
    let error = measured(&candidate("leaky", &leaky, &setup), &setup).unwrap_err();
    assert!(matches!(error, CompareError::Diverged { run: 2, .. }), "{error}");
    assert!(error.to_string().contains("cannot be reproduced"));
}

/// As the summary says it: a module that is switched off costs neither time nor memory, and its systems are gone.
#[test]
fn switched_off_a_module_gives_back_its_time_and_memory() {
    let setup = setup();
    let mut simulation = setup.from_ron(SCENARIO).unwrap().build_with(&setup).unwrap();
    let mut cost = |switch: Option<bool>| {
        match switch {
            Some(true) => simulation.enable("relative_volume").unwrap(),
            Some(false) => simulation.disable("relative_volume").unwrap(),
            None => {}
        }
        for _ in 0..200 {
            simulation.step().unwrap();
        }
        let modules = simulation.summary_now().modules;
        modules.into_iter().find(|m| m.name == "relative_volume").unwrap()
    };
    let (on, off, again) = (cost(None), cost(Some(false)), cost(Some(true)));
    for on in [&on, &again] {
        assert!(on.enabled && on.systems.len() == 1 && on.memory_bytes > 0);
        assert!(on.ns_per_step.unwrap() > 0.0);
    }
    assert_eq!((off.enabled, off.systems.len(), off.memory_bytes, off.ns_per_step), (false, 0, 0, None));
    assert_eq!(on.memory_bytes, again.memory_bytes);
}
