//! What modules cost, for every module of the catalogue and one from outside (`relative_volume`): nothing here names one.
//!
//! - The table: time per symbol and step that a module adds to the same run without it (what it requires is in both, and so are
//!   order books where it reads them), and its share of the run, at 1, 100 and 1,000 symbols. Windows are full before the
//!   clock starts. `-- table` prints it alone.
//! - `one_symbol`: whole runs over one symbol; an item is a bar, so that bars per second are seen. `all` is every module
//!   that comes with manyworlds and needs no order books, together.
//!
//! Settings are the defaults; bars are minutes of random walks; two accounts decide by one crossover.
#![allow(missing_docs, clippy::print_stdout)]

#[allow(dead_code)]
#[path = "../../scenarios/examples/own_module.rs"]
mod own_module;

use std::time::Instant;

use divan::Bencher;
use divan::counter::ItemsCount;
use manyworlds::Catalogue;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Blueprint, Simulation};
use manyworlds_systems::orchestrator::settings::{DecisionPolicy, Sizing};
use manyworlds_tests::random_walk;
use manyworlds_tests::world::{Tape, World};
use own_module::RelativeVolumeModule;

/// Symbols, steps before the clock starts, steps that are timed.
const SIZES: [(usize, usize, usize); 3] = [(1, 2_000, 60_000), (100, 1_000, 1_500), (1_000, 500, 300)];
/// Pairs of runs, with and without, of which the median counts.
const ROUNDS: usize = 5;
/// Bars of the whole runs.
const BARS: usize = 200_000;

fn catalogue() -> Catalogue {
    Catalogue::with_defaults().add_with(RelativeVolumeModule)
}

/// Whether a module of the catalogue reads order books.
fn needs_books(module: &str) -> bool {
    catalogue().infos().any(|info| info.name == module && info.needs_books)
}

/// A world of random walks with these modules, and with order books or without.
fn blueprint(symbols: usize, bars: usize, modules: &[String], books: bool) -> Blueprint {
    let tape = |seed| Tape::Bars(random_walk(seed, bars, Frame::MINUTE));
    let mut world = World::new((0..symbols as u64).map(|i| tape(1 + i)).collect());
    let policy = |entry| DecisionPolicy {
        entry,
        size: Sizing::Fraction(0.9 / symbols as f64),
        ..DecisionPolicy::default()
    };
    world.policies = vec![policy(0.6), policy(0.5)];
    world.record_equity = Some(Frame::DAY);
    world.modules = modules.to_vec();
    world.catalogue = catalogue();
    if books {
        world = world.with_books(2, 5);
    }
    world.blueprint()
}

fn build(blueprint: &Blueprint) -> Simulation {
    blueprint.clone().build().unwrap_or_else(|e| panic!("{e}"))
}

/// Nanoseconds per symbol and step of the timed part of a run.
fn time(blueprint: &Blueprint, symbols: usize, warm_up: usize, steps: usize) -> f64 {
    let mut simulation = build(blueprint);
    let mut advance = |n: usize| {
        for _ in 0..n {
            simulation.step().unwrap_or_else(|e| panic!("{e}"));
        }
    };
    advance(warm_up);
    let began = Instant::now();
    advance(steps);
    began.elapsed().as_nanos() as f64 / (symbols * steps) as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn table() {
    let catalogue = catalogue();
    println!(
        "what a module adds, ns per symbol and step (share of the run); medians of {ROUNDS} pairs of runs\n"
    );
    print!("{:<20}", "module");
    SIZES.iter().for_each(|(symbols, ..)| print!(" {:>22}", format!("{symbols} symbols")));
    println!("\n{:<20}{}", "", format!(" {:>13} {:>8}", "ns", "share").repeat(SIZES.len()));
    for module in catalogue.names() {
        print!("{module:<20}");
        for (symbols, warm_up, steps) in SIZES {
            let all: Vec<String> =
                catalogue.with_requirements(&[module]).into_iter().map(str::to_owned).collect();
            let others: Vec<String> = all.iter().filter(|m| *m != module).cloned().collect();
            let bars = warm_up + steps;
            let books = needs_books(module);
            let [with, without] = [&all, &others].map(|modules| blueprint(symbols, bars, modules, books));
            let of = |b: &Blueprint| time(b, symbols, warm_up, steps);
            // One after the other, so that a slow moment of the machine meets both.
            let pairs: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (of(&without), of(&with))).collect();
            let added = median(pairs.iter().map(|(without, with)| with - without).collect());
            let share = median(pairs.iter().map(|(without, with)| 1.0 - without / with).collect());
            print!(" {added:>13.1} {:>7.1}%", 100.0 * share);
        }
        println!();
    }
    println!();
}

/// No module, each alone, and all that come with manyworlds and need no order books.
fn setups() -> Vec<String> {
    let names = catalogue().names().into_iter().map(str::to_owned).collect::<Vec<_>>();
    ["none".to_owned()].into_iter().chain(names).chain(["all".to_owned()]).collect()
}

#[divan::bench(args = setups(), sample_count = 5)]
fn one_symbol(bencher: Bencher<'_, '_>, setup: &str) {
    let catalogue = catalogue();
    let defaults = Catalogue::with_defaults();
    let modules = match setup {
        "none" => Vec::new(),
        "all" => defaults.names().into_iter().filter(|name| !needs_books(name)).collect(),
        module => catalogue.with_requirements(&[module]),
    };
    let modules: Vec<String> = modules.into_iter().map(str::to_owned).collect();
    let once = blueprint(1, BARS, &modules, needs_books(setup));
    bencher.counter(ItemsCount::new(BARS)).with_inputs(|| build(&once)).bench_local_values(
        |mut simulation| {
            simulation.run().unwrap_or_else(|e| panic!("{e}"));
            simulation.clock().step
        },
    );
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| words.iter().any(|w| w == name);
    let filters: Vec<&String> = words.iter().filter(|w| !w.starts_with('-')).collect();
    // Only when figures are asked for, not when benchmarks are listed or tried.
    if flag("--bench") && !flag("--list") && (filters.is_empty() || filters.iter().any(|f| *f == "table")) {
        table();
    }
    divan::main();
}
