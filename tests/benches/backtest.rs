//! Whole backtests in the basic setup, from a tape in memory to the last mark; an item is one bar of one account.
//!
//! `plain_loop` is the same crossover as a loop over a slice with no engine at all: the floor of what is possible.
#![allow(missing_docs)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use manyworlds_components::bar::Bar;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Blueprint, Executor};
use manyworlds_systems::orchestrator::settings::{Rebalance, Selection};
use manyworlds_systems::orchestrator::{DecisionPolicy, ModelSettings};
use manyworlds_tests::{basic_blueprint, random_walk};

const SMA: ModelSettings = ModelSettings::SmaCross { fast: 10, slow: 30 };

fn run(bencher: Bencher<'_, '_>, items: u64, blueprint: impl Fn() -> Blueprint) {
    bencher
        .counter(ItemsCount::new(items))
        .with_inputs(|| blueprint().build().unwrap_or_else(|e| panic!("{e}")))
        .bench_local_values(|mut simulation| {
            simulation.run().unwrap_or_else(|e| panic!("{e}"));
            simulation.clock().step
        });
}

#[divan::bench(sample_count = 10)]
fn one_symbol_one_account(bencher: Bencher<'_, '_>) {
    let tape = random_walk(1, 1_000_000, Frame::MINUTE);
    let once =
        basic_blueprint(vec![tape], Frame::MINUTE, &[SMA], vec![DecisionPolicy::default()], Some(Frame::DAY));
    run(bencher, 1_000_000, || once.clone());
}

#[divan::bench(sample_count = 10)]
fn one_symbol_one_account_stock_executor(bencher: Bencher<'_, '_>) {
    let tape = random_walk(1, 1_000_000, Frame::MINUTE);
    let mut once =
        basic_blueprint(vec![tape], Frame::MINUTE, &[SMA], vec![DecisionPolicy::default()], Some(Frame::DAY));
    once.executor = Executor::Stock;
    run(bencher, 1_000_000, || once.clone());
}

#[divan::bench(sample_count = 10)]
fn thousand_accounts(bencher: Bencher<'_, '_>) {
    let tape = random_walk(1, 20_000, Frame::MINUTE);
    let policy = |i: u32| DecisionPolicy { entry: 0.5 + f64::from(i) * 0.0005, ..DecisionPolicy::default() };
    let policies = (0..1_000).map(policy).collect();
    let once = basic_blueprint(vec![tape], Frame::MINUTE, &[SMA], policies, Some(Frame::DAY));
    run(bencher, 20_000 * 1_000, || once.clone());
}

#[divan::bench(sample_count = 5)]
fn cross_section_500_symbols_5000_days(bencher: Bencher<'_, '_>) {
    let tapes: Vec<_> = (0..500).map(|i| random_walk(i, 5_000, Frame::DAY)).collect();
    let momentum = ModelSettings::Momentum { lookback: 252, threshold: 0.0, skip: 21 };
    let select = Selection::Rank { top: 0.1, bottom: 0.0, rebalance: Rebalance::Monthly };
    let policy = DecisionPolicy { select, ..DecisionPolicy::default() };
    let once = basic_blueprint(tapes, Frame::DAY, &[momentum], vec![policy], Some(Frame::DAY));
    run(bencher, 500 * 5_000, || once.clone());
}

#[divan::bench(sample_count = 10)]
fn plain_loop(bencher: Bencher<'_, '_>) {
    let tape = random_walk(1, 1_000_000, Frame::MINUTE);
    bencher.counter(ItemsCount::new(1_000_000u64)).bench_local(|| crossover(black_box(&tape)));
}

fn crossover(bars: &[Bar]) -> f64 {
    let (mut fast, mut slow, mut cash, mut held) = (0.0, 0.0, 100_000.0, 0.0);
    let mut wanted = false;
    for (i, bar) in bars.iter().enumerate() {
        if wanted && held == 0.0 {
            held = cash / (bar.open * 1.001);
            cash = 0.0;
        } else if !wanted && held > 0.0 {
            cash += held * bar.open * 0.999;
            held = 0.0;
        }
        fast += bar.close;
        slow += bar.close;
        if i >= 10 {
            fast -= bars[i - 10].close;
        }
        if i >= 30 {
            slow -= bars[i - 30].close;
            wanted = fast / 10.0 > slow / 30.0;
        }
    }
    cash + held * bars.last().map_or(0.0, |b| b.close)
}

fn main() {
    divan::main();
}
