//! What sharing is worth: a sweep in lanes, and forks late in a run against runs from the start.

use std::hint::black_box;

use divan::Bencher;
use manyworlds::Setup;
use manyworlds::plan::run::{RunOptions, run};
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

/// 1,000 pairs of windows, from minutes to days.
fn sweep() -> Vec<Branch> {
    let fast: Vec<String> = (1..=40).map(|i| (i * 10).to_string()).collect();
    let slow: Vec<String> = (1..=25).map(|i| (400 + i * 60).to_string()).collect();
    let grid = format!(
        r#"Grid(set: {{"models[0].fast": [{}], "models[0].slow": [{}]}})"#,
        fast.join(", "),
        slow.join(", ")
    );
    branches(100_000, "", &grid)
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

fn main() {
    divan::main();
}
