//! What sharing is worth: a sweep in lanes, worlds side by side, forks late in a run against runs from the start.
//!
//! `-- table` prints one line per claim, each measured in a process of its own: medians of five, and the highest resident
//! memory. `-- line NAME` prints one of them.
#![allow(missing_docs, clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use divan::Bencher;
use manyworlds::Setup;
use manyworlds::plan::run::{PlanOutcome, RunOptions, run};
use manyworlds::plan::{Branch, ExpandOptions, PlanFile};
use manyworlds::scenario::Loader;

fn scenario(bars: u64, modules: &str) -> String {
    format!(
        r#"Scenario(
            seed: 7,
            venues: [(name: "sim", fees: (taker_bps: 5.0))],
            symbols: [(symbol: "AAA", data: [Synthetic(bars: {bars})])],
            orchestrator: (type: configurable, modules: [{modules}]),
            models: [SmaCross(fast: 10, slow: 600)],
            accounts: [(name: "base")],
            record: (equity: Bar("1d"), decisions: None, prices: None),
        )"#
    )
}

fn branches(bars: u64, modules: &str, generators: &str) -> Vec<Branch> {
    let plan = PlanFile::from_ron(&format!("Plan(base: \"b.ron\", branches: [{generators}])"), "");
    let template = Loader::default().template_text("b.ron", &scenario(bars, modules));
    let made =
        plan.and_then(|plan| plan.expand_over(&template?, &Setup::default(), &ExpandOptions::default()));
    made.unwrap_or_else(|e| panic!("{e}")).branches
}

/// Pairs of windows, from minutes to days: `fast` x 25 of them.
fn pairs(fast: u32, bars: u64) -> Vec<Branch> {
    let fast: Vec<String> = (1..=fast).map(|i| (i * 400 / fast).to_string()).collect();
    let slow: Vec<String> = (1..=25).map(|i| (400 + i * 60).to_string()).collect();
    let grid = format!(
        r#"Grid(set: {{"models[0].fast": [{}], "models[0].slow": [{}]}})"#,
        fast.join(", "),
        slow.join(", ")
    );
    branches(bars, "", &grid)
}

fn sweep() -> Vec<Branch> {
    pairs(40, 100_000)
}

#[divan::bench(sample_count = 3, args = [1, 2])]
fn sweep_1000_sma_100000_bars(bencher: Bencher<'_, '_>, threads: usize) {
    let (branches, setup) = (sweep(), Setup::default());
    let options = RunOptions { threads, ..RunOptions::default() };
    bencher.bench_local(|| assert!(black_box(run(&branches, &setup, options, &())).complete));
}

#[divan::bench(sample_count = 3)]
fn expand_1000(bencher: Bencher<'_, '_>) {
    bencher.bench_local(sweep);
}

/// Branches that switch a module off, each at another time within the last tenth of 100,000 bars.
fn late() -> Vec<Branch> {
    let toggle = |i: u64| {
        let minute = 90_000 + i * 49;
        let at = 1_704_067_200_000_000_000 + minute * 60_000_000_000;
        format!(r#"{{"toggles": [(at: {at}, module: "market_analysis", enabled: false)]}}"#)
    };
    branches(
        100_000,
        "\"market_analysis\"",
        &format!("List([{}])", (0..200).map(toggle).collect::<Vec<_>>().join(", ")),
    )
}

#[divan::bench(sample_count = 1)]
fn forks_200_in_the_last_tenth(bencher: Bencher<'_, '_>) {
    let (branches, setup) = (late(), Setup::default());
    let options = RunOptions { threads: 1, ..RunOptions::default() };
    bencher.bench_local(|| assert!(black_box(run(&branches, &setup, options, &())).complete));
}

#[divan::bench(sample_count = 1)]
fn from_the_start_200(bencher: Bencher<'_, '_>) {
    let (branches, setup) = (late(), Setup::default());
    let options = RunOptions { threads: 1, ..RunOptions::default() };
    bencher.bench_local(|| {
        for branch in &branches {
            let alone = run(std::slice::from_ref(branch), &setup, options, &());
            assert!(black_box(alone).complete);
        }
    });
}

/// The base, and the same with another market.
fn two_worlds() -> Vec<Branch> {
    branches(1_000_000, "", r#"List([{"seed": 1}])"#)
}

fn run_on(branches: &[Branch], threads: usize) -> PlanOutcome {
    let outcome = run(branches, &Setup::default(), RunOptions { threads, ..RunOptions::default() }, &());
    assert!(outcome.complete);
    outcome
}

/// A world of many symbols with all modules that bars are enough for, warmed up.
fn wide() -> manyworlds::Simulation {
    let setup = Setup::default();
    let on_bars = setup.catalogue.infos().filter(|info| !info.needs_books);
    let modules = on_bars.map(|info| format!("{:?}", info.name)).collect::<Vec<_>>().join(", ");
    let symbol = |i: usize| format!("(symbol: \"S{i}\", data: [Synthetic(bars: 800)])");
    let symbols = (0..500).map(symbol).collect::<Vec<_>>().join(", ");
    let text = scenario(800, &modules)
        .replace("(symbol: \"AAA\", data: [Synthetic(bars: 800)])", &symbols)
        .replace("slow: 600", "slow: 60");
    let scenario = setup.from_ron(&text).unwrap_or_else(|e| panic!("{e}"));
    let mut simulation = scenario.build_with(&setup).unwrap_or_else(|e| panic!("{e}"));
    let mut steps = 0;
    let ran = simulation.run_while(|_| {
        steps += 1;
        steps <= 700
    });
    ran.unwrap_or_else(|e| panic!("{e}"));
    simulation
}

#[divan::bench(sample_count = 9, sample_size = 1)]
fn fork_500_symbols(bencher: Bencher<'_, '_>) {
    let simulation = wide();
    bencher.bench_local(|| simulation.fork().map(black_box).is_ok());
}

/// Median of five, in milliseconds.
fn median(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[2]
}

const LINES: [&str; 6] = ["sweep", "sweep_on_one", "forks", "two_worlds", "fork", "10000_branches"];

fn line(name: &str) {
    let text = match name {
        "sweep" | "sweep_on_one" => {
            let (threads, branches) = (if name == "sweep" { 2 } else { 1 }, sweep());
            let ms = median(|| drop(run_on(&branches, threads)));
            format!("1,000 SMA variants x 100,000 bars, {threads} thread(s): {ms:.0} ms")
        }
        "forks" => {
            let branches = late();
            let began = Instant::now();
            let together = run_on(&branches, 1);
            let forked = began.elapsed().as_secs_f64();
            let began = Instant::now();
            let alone: Vec<_> = branches.iter().map(|b| run_on(std::slice::from_ref(b), 1)).collect();
            let ratio = began.elapsed().as_secs_f64() / forked;
            assert_eq!(together.results.len(), branches.len());
            let same = alone.iter().flat_map(|a| &a.results).zip(&together.results);
            let differ: Vec<_> =
                same.filter(|(a, b)| a.digest != b.digest).map(|(a, b)| (b.id, a.digest, b.digest)).collect();
            assert!(
                differ.is_empty(),
                "{} branches differ from what they are alone: {differ:?}",
                differ.len()
            );
            format!("200 branches that fork in the last tenth: {ratio:.1} times faster, same digests")
        }
        "two_worlds" => {
            let branches = two_worlds();
            let mut ratios: Vec<f64> = (0..5)
                .map(|_| {
                    let [one, two] = [1, 2].map(|threads| {
                        let began = Instant::now();
                        drop(run_on(&branches, threads));
                        began.elapsed().as_secs_f64()
                    });
                    one / two
                })
                .collect();
            ratios.sort_by(f64::total_cmp);
            format!("two worlds on two cores: {:.2} times one after the other", ratios[2])
        }
        "fork" => {
            let mut simulation = wide();
            let fork = median(|| drop(black_box(simulation.fork())));
            let build = median(|| assert!(black_box(simulation.plan().blueprint().clone().build()).is_ok()));
            let snapshot = median(|| drop(black_box(simulation.snapshot())));
            let taken = simulation.snapshot();
            let restore = median(|| assert!(simulation.world_mut().restore(&taken).is_ok()));
            format!(
                "fork of 500 symbols, all modules: {fork:.2} ms (build {build:.2}, snapshot {snapshot:.2}, restore {restore:.2})"
            )
        }
        "10000_branches" => {
            let branches = pairs(399, 10_000);
            let ms = median(|| drop(run_on(&branches, 2)));
            format!("9,975 SMA variants x 10,000 bars, 2 threads: {ms:.0} ms")
        }
        // For a profiler: one world of the sweep, once.
        "profile" => format!("250 SMA variants x 20,000 bars: {}", run_on(&pairs(10, 20_000), 1).events),
        "profile_fork" => {
            let simulation = wide();
            let sizes = simulation
                .world()
                .modules()
                .into_iter()
                .map(|m| (m.name, m.memory_bytes))
                .collect::<Vec<_>>();
            println!("{sizes:?}");
            for _ in 0..100 {
                drop(black_box(simulation.fork()));
            }
            String::from("100 forks of 500 symbols")
        }
        other => panic!("no line {other}: one of {LINES:?}"),
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).map_or("unknown", str::trim);
    println!("{text}; peak {peak}");
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["line", name] => line(name),
        ["table"] => {
            let program = std::env::current_exe().unwrap_or_else(|e| panic!("{e}"));
            for name in LINES {
                let status = std::process::Command::new(&program).args(["line", name]).status();
                assert!(status.is_ok_and(|status| status.success()), "{name} failed");
            }
        }
        _ => divan::main(),
    }
}
