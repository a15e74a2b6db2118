//! Fork = uninterrupted, restore = replay, stock = lean, and toggles that change no other bit.

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Blueprint, Executor, Module, Simulation, StepOutcome};
use manyworlds_tests::{market_blueprint, random_walk};
use proptest::prelude::*;

use super::modules::{GapModule, MeanModule, NoiseModule};

fn tapes(seed: u64, symbols: usize, bars: usize) -> Vec<Vec<Bar>> {
    (0..symbols as u64).map(|i| random_walk(seed + i, bars, Frame::MINUTE)).collect()
}

fn blueprint(seed: u64, symbols: usize, bars: usize) -> Blueprint {
    let mut blueprint = market_blueprint(tapes(seed, symbols, bars), seed);
    let modules: [Arc<dyn Module>; 3] = [Arc::new(MeanModule), Arc::new(GapModule), Arc::new(NoiseModule)];
    blueprint.modules = modules.map(|m| (m, true)).into();
    blueprint
}

fn steps(simulation: &mut Simulation, n: usize) {
    for _ in 0..n {
        simulation.step().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Path A (no interruption) and path B (snapshot, restore into a fresh world, go on) end in the same bits.
    #[test]
    fn a_fork_is_the_uninterrupted_run(seed in 0u64..1_000, at in 0usize..40, symbols in 1usize..4) {
        let mut whole = blueprint(seed, symbols, 40).build().unwrap();
        steps(&mut whole, at);
        let mut fork = whole.fork().unwrap();
        prop_assert_eq!(fork.digest(), whole.digest());
        whole.run().unwrap();
        let end = whole.digest();
        fork.run().unwrap();
        let forked = fork.digest();
        prop_assert_eq!(forked.first_difference(&end), None);
        let mut replay = blueprint(seed, symbols, 40).build().unwrap();
        replay.run().unwrap();
        prop_assert_eq!(replay.digest(), end);
    }

    #[test]
    fn a_restore_goes_back(seed in 0u64..1_000, at in 0usize..20, further in 1usize..20) {
        let mut simulation = blueprint(seed, 2, 40).build().unwrap();
        steps(&mut simulation, at);
        let (snapshot, then) = (simulation.snapshot(), simulation.digest());
        steps(&mut simulation, further);
        prop_assert_ne!(simulation.digest(), then.clone());
        let later = simulation.digest();
        simulation.restore(&snapshot).unwrap();
        prop_assert_eq!(simulation.digest(), then);
        steps(&mut simulation, further);
        prop_assert_eq!(simulation.digest(), later);
    }

    #[test]
    fn both_executors_give_the_same_bits(seed in 0u64..1_000, bars in 1usize..50) {
        let mut lean = blueprint(seed, 3, bars).build().unwrap();
        let mut stock = Blueprint { executor: Executor::Stock, ..blueprint(seed, 3, bars) }.build().unwrap();
        while lean.step().unwrap() != StepOutcome::Finished {
            stock.step().unwrap();
            prop_assert_eq!(lean.digest(), stock.digest());
        }
    }

    /// Any sequence of toggles of a module that nobody reads leaves everything else as it is, at every step.
    #[test]
    fn toggling_an_unread_module_changes_no_other_bit(seed in 0u64..1_000, toggles in prop::collection::vec(any::<bool>(), 40)) {
        let mut plain = blueprint(seed, 2, 40).build().unwrap();
        let mut toggled = blueprint(seed, 2, 40).build().unwrap();
        for on in toggles {
            if on { toggled.enable("noise").unwrap() } else { toggled.disable("noise").unwrap() }
            plain.step().unwrap();
            toggled.step().unwrap();
            prop_assert_eq!(plain.digest().without("noise"), toggled.digest().without("noise"));
            prop_assert_eq!(toggled.is_enabled("noise"), on);
        }
    }

    /// A fork of a world with some modules off has them off, too, and goes on alike.
    #[test]
    fn forks_keep_the_toggles(seed in 0u64..1_000, off in 0usize..3) {
        let mut simulation = blueprint(seed, 2, 30).build().unwrap();
        steps(&mut simulation, 10);
        simulation.disable_with_dependents(["mean", "gap", "noise"][off]).unwrap();
        steps(&mut simulation, 5);
        let mut fork = simulation.fork().unwrap();
        simulation.run().unwrap();
        fork.run().unwrap();
        prop_assert_eq!(simulation.digest(), fork.digest());
    }
}

/// Changing the tape after T never changes a bit of state up to T.
#[test]
fn the_future_is_not_seen() {
    let (seed, at) = (11, 25);
    let mut changed = tapes(seed, 2, 40);
    for tape in &mut changed {
        for bar in &mut tape[at..] {
            *bar = Bar {
                open: bar.open * 2.0,
                high: bar.high * 2.0,
                low: bar.low * 2.0,
                close: bar.close * 2.0,
                ..*bar
            };
        }
    }
    let mut one = blueprint(seed, 2, 40).build().unwrap();
    let mut other = blueprint(seed, 2, 40);
    other.sources = market_blueprint(changed, seed).sources;
    let mut other = other.build().unwrap();
    for _ in 0..at {
        one.step().unwrap();
        other.step().unwrap();
        assert_eq!(one.digest(), other.digest());
    }
    one.step().unwrap();
    other.step().unwrap();
    assert_ne!(one.digest(), other.digest(), "the change must be visible from then on");
}
