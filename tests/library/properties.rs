//! What holds of every scenario and every module of the catalogue, later ones included.

use std::collections::BTreeMap;

use manyworlds_components::time::Frame;
use manyworlds_engine::{Executor, Simulation, StateDigest, StepOutcome};
use manyworlds_tests::books::scramble;
use manyworlds_tests::world::{Tape, World};
use manyworlds_tests::{START, random_walk};
use proptest::prelude::*;
use rayon::prelude::*;

use super::worlds::{catalogue, short, with_requirements, works_with_and_without_books, world};

pub const BARS: usize = 80;

fn build(world: &World) -> Simulation {
    world.blueprint().build().unwrap_or_else(|e| panic!("{e}"))
}

fn steps(simulation: &mut Simulation, n: usize) {
    for _ in 0..n {
        simulation.step().unwrap();
    }
}

fn finished(world: &World) -> StateDigest {
    let mut simulation = build(world);
    simulation.run().unwrap();
    simulation.digest()
}

/// The same market up to `at` minutes, and another one afterwards at the same times.
fn scrambled(world: &World, at: usize) -> World {
    let until = START + at as i64 * Frame::MINUTE.nanos();
    let mut other = world.clone();
    for (i, tape) in other.tapes.iter_mut().enumerate() {
        // Anything will do that is there at the same times: prices of another walk, doubled.
        let walk = random_walk(world.seed.wrapping_add(i as u64), BARS, Frame::MINUTE);
        match tape {
            Tape::Bars(bars) => {
                for (bar, new) in bars.iter_mut().zip(walk).filter(|(b, _)| b.close_time > until) {
                    (bar.open, bar.high) = (new.open * 2.0, new.high * 2.0);
                    (bar.low, bar.close, bar.volume) = (new.low * 2.0, new.close * 2.0, new.volume * 3.0);
                }
            }
            Tape::Prints(prints) => {
                for (n, print) in prints.iter_mut().enumerate().filter(|(_, p)| p.0 > until) {
                    (print.1, print.2) = (walk[n / 4].close * 2.0, walk[n / 4].volume);
                }
            }
        }
    }
    other.books.iter_mut().for_each(|book| scramble(book, until));
    other
}

/// Steps both worlds; digests must be equal at every step up to minute `at`, and differ at some step after it.
pub fn assert_causal(world: &World, at: usize) {
    let (mut one, mut other) = (build(world), build(&scrambled(world, at)));
    let until = START + at as i64 * Frame::MINUTE.nanos();
    let mut differ = false;
    while one.step().unwrap() != StepOutcome::Finished {
        other.step().unwrap();
        let (a, b) = (one.digest(), other.digest());
        if one.clock().now <= until {
            assert_eq!(a.first_difference(&b), None, "the future reached step {}", one.clock().step);
        } else {
            differ |= a != b;
        }
    }
    assert!(differ, "another market must make a difference");
}

pub fn assert_forks(world: &World, at: usize) {
    let mut whole = build(world);
    steps(&mut whole, at);
    let mut fork = whole.fork().unwrap();
    assert_eq!(
        fork.digest().first_difference(&whole.digest()),
        None,
        "a fork begins as what it was forked from"
    );
    whole.run().unwrap();
    fork.run().unwrap();
    assert_eq!(fork.digest().first_difference(&whole.digest()), None, "forked after step {at}");
    assert_eq!(finished(world).first_difference(&whole.digest()), None, "being forked leaves no trace");
}

pub fn assert_executors(world: &World) {
    let mut lean = build(world);
    let mut stock = build(&World { executor: Executor::Stock, ..world.clone() });
    while lean.step().unwrap() != StepOutcome::Finished {
        stock.step().unwrap();
        assert_eq!(lean.digest().first_difference(&stock.digest()), None, "step {}", lean.clock().step);
    }
    assert_eq!(finished(world).first_difference(&stock.digest()), None, "in one go");
}

pub fn assert_restores(world: &World, at: usize, further: usize) {
    let mut simulation = build(world);
    steps(&mut simulation, at);
    let (snapshot, then) = (simulation.snapshot(), simulation.digest());
    steps(&mut simulation, further);
    let later = simulation.digest();
    simulation.restore(&snapshot).unwrap();
    assert_eq!(simulation.digest().first_difference(&then), None, "back at step {at}");
    steps(&mut simulation, further);
    assert_eq!(simulation.digest().first_difference(&later), None, "{further} steps after step {at}");
    // Into a world that knows nothing of the past.
    let mut fresh = build(world);
    fresh.restore(&snapshot).unwrap();
    steps(&mut fresh, further);
    assert_eq!(
        fresh.digest().first_difference(&later),
        None,
        "a fresh world {further} steps after step {at}"
    );
}

/// Switches a module (with those that need it) off and, later, all back on; forks in between.
fn assert_switches(world: &World, module: &str, at: usize) {
    let mut simulation = build(world);
    steps(&mut simulation, at);
    let off = simulation.disable_with_dependents(module).unwrap();
    let mut fork = simulation.fork().unwrap();
    for world in [&mut simulation, &mut fork] {
        steps(world, 5);
        off.iter().rev().for_each(|name| world.enable(name).unwrap());
        world.run().unwrap();
    }
    assert_eq!(fork.digest().first_difference(&simulation.digest()), None, "{module} off after step {at}");
}

/// 48, or what `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(48)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn causal(world in world(BARS), at in 1..BARS) {
        assert_causal(&world, at);
    }

    #[test]
    fn forks_are_the_uninterrupted_run(world in world(BARS), at in 0..BARS) {
        assert_forks(&world, at);
    }

    #[test]
    fn executors_agree(world in world(BARS)) {
        assert_executors(&world);
    }

    #[test]
    fn snapshots_restore(world in world(BARS), at in 0..BARS, further in 1..BARS) {
        assert_restores(&world, at, further);
    }

    /// What the accounts own is a number at every step, and cash plus positions is equity.
    #[test]
    fn accounts_stay_sound(world in world(BARS)) {
        use manyworlds_components::account::Account;
        use manyworlds_engine::Kind;
        let mut simulation = build(&world);
        while simulation.step().unwrap() != StepOutcome::Finished {
            for entity in simulation.roster().entities(Kind::Account) {
                let account = simulation.world().get::<Account>(*entity).unwrap();
                prop_assert!(account.equity.is_finite() && account.cash.is_finite(), "{account:?}");
                prop_assert!(account.max_drawdown <= 0.0 && account.gross_exposure >= 0.0, "{account:?}");
            }
        }
    }
}

/// Many different worlds at once, in pools of 1, 2 and 5 threads.
#[test]
fn digests_do_not_depend_on_threads() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let worlds: Vec<World> = (0..12).map(|_| world(BARS).new_tree(&mut runner).unwrap().current()).collect();
    let alone: Vec<StateDigest> = worlds.iter().map(finished).collect();
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let together: Vec<StateDigest> = pool.install(|| worlds.par_iter().map(finished).collect());
        assert_eq!(together, alone, "{threads} threads");
    }
}

/// Every module, with nothing but what it requires, on a market of its own: with its defaults, and with settings under
/// which all that it does happens within the run.
#[test]
fn every_module_of_the_catalogue() {
    let catalogue = catalogue();
    for name in catalogue.names() {
        let walk = |seed| random_walk(seed, BARS, Frame::MINUTE);
        let mut world = World::new(vec![Tape::Bars(walk(1)), Tape::prints_of(&walk(2))]);
        world.catalogue = catalogue.clone();
        world.modules = with_requirements(vec![name.to_owned()]);
        let mut worlds = vec![world.clone().with_books_if_needed(3, 5)];
        if works_with_and_without_books(name) {
            worlds.push(world.with_books(2, 5));
        }
        let settings = [BTreeMap::new(), short(&worlds[0].modules)];
        for (mut world, settings) in worlds.into_iter().flat_map(|w| settings.clone().map(|s| (w.clone(), s)))
        {
            world.settings = settings;
            for at in [1, BARS / 2, BARS - 1] {
                assert_causal(&world, at);
                assert_forks(&world, at);
                assert_restores(&world, at, BARS / 3);
                assert_switches(&world, name, at);
            }
            assert_executors(&world);
        }
    }
}

/// With short settings, every feature of every module has a value by the end of the run, so that the properties above
/// are held of values and not of absences.
#[test]
fn every_feature_wakes_up() {
    let catalogue = catalogue();
    let walk = |seed| random_walk(seed, BARS, Frame::MINUTE);
    let mut world = World::new(vec![Tape::Bars(walk(1)), Tape::prints_of(&walk(2))]);
    world.modules = catalogue.names().into_iter().map(str::to_owned).collect();
    world.settings = short(&world.modules);
    world.catalogue = catalogue;
    let mut simulation = build(&world.with_books(3, 5));
    let mut awake = vec![false; simulation.schema().len()];
    while simulation.step().unwrap() != StepOutcome::Finished {
        for symbol in ["S0", "S1"] {
            let features = simulation.features(symbol).unwrap();
            awake.iter_mut().zip(features.mask()).for_each(|(awake, valid)| *awake |= valid);
        }
    }
    let asleep = simulation.schema().features().iter().zip(&awake).filter(|(_, awake)| !**awake);
    let asleep: Vec<&str> = asleep.map(|(feature, _)| feature.name.as_str()).collect();
    assert!(asleep.is_empty(), "never had a value: {asleep:?}");
}

/// All of them at once.
#[test]
fn all_modules_together() {
    let catalogue = catalogue();
    let mut world = World::new(vec![Tape::Bars(random_walk(3, BARS, Frame::MINUTE))]);
    world.modules = catalogue.names().into_iter().map(str::to_owned).collect();
    world.catalogue = catalogue;
    let mut world = world.with_books_if_needed(2, 5);
    for settings in [BTreeMap::new(), short(&world.modules)] {
        world.settings = settings;
        assert_causal(&world, BARS / 2);
        assert_forks(&world, BARS / 2);
        assert_executors(&world);
    }
}
