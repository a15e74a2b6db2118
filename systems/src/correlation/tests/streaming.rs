//! Streaming is batch: every feature at every step, against the plain recomputation.

use manyworlds_components::time::Frame;
use manyworlds_engine::ClockMode;
use proptest::prelude::*;

use super::super::{Correlation, CorrelationMatrix, Settings};
use super::batch::Batch;
use super::{Cell, bar_world, of, run};

fn close(a: Option<f64>, b: Option<f64>, tolerance: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance * (1.0 + b.abs()),
        (a, b) => a == b,
    }
}

fn cell() -> impl Strategy<Value = Option<i32>> {
    // None: filled; 0: unchanged but traded.
    prop_oneof![1 => Just(None), 2 => Just(Some(0)), 10 => (-300i32..300).prop_map(Some)]
}

/// Prices of up to five symbols. `holes` is the share of missing bars.
fn market(bars: usize) -> impl Strategy<Value = Vec<Vec<Cell>>> {
    let symbol = (prop::collection::vec((cell(), 0.0f64..1.0), bars), prop_oneof![Just(0.0), Just(0.08)]);
    prop::collection::vec(symbol, 2..6).prop_map(|symbols| {
        let cells = |(moves, holes): (Vec<(Option<i32>, f64)>, f64)| {
            let mut price = 100.0;
            let one = |(step, luck): (Option<i32>, f64)| match step {
                _ if luck < holes => Cell::Missing,
                None if holes > 0.0 => Cell::Filled,
                step => {
                    price *= f64::exp(f64::from(step.unwrap_or(7)) * 1e-4);
                    Cell::Close(price)
                }
            };
            moves.into_iter().map(one).collect()
        };
        symbols.into_iter().map(cells).collect()
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    (10u64..20, 0.2f64..0.9, 1u64..8, prop_oneof![Just(None), Just(Some(Frame::MINUTE))]).prop_map(
        |(window, min_coverage, ewma_halflife, max_interval)| Settings {
            window,
            min_coverage,
            max_interval,
            ewma_halflife,
            break_window: 5,
            clean_every: 7,
            ..Settings::default()
        },
    )
}

const BARS: usize = 60;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_feature_at_every_step(settings in settings(), cells in market(BARS)) {
        let mut world = bar_world(settings.clone(), ClockMode::Bar(Frame::MINUTE), &cells);
        let mut failure = None;
        run(&mut world, |world| {
            let bars = (world.clock().now.0 / (60 * super::SECOND)) as usize;
            let batch = Batch::new(&settings, &cells, bars);
            let matrix = world.world().resource::<CorrelationMatrix>();
            for i in 0..cells.len() {
                let c: Correlation = of(world, i);
                let pair = |f: &dyn Fn() -> Option<f64>| if i == 0 { None } else { f() };
                let rows = [
                    ("rolling", c.rolling, pair(&|| batch.rolling(0, i))),
                    ("beta", c.beta, pair(&|| batch.beta(0, i))),
                    ("ewma", c.ewma, pair(&|| batch.ewma(0, i))),
                    ("mean", c.mean, batch.mean(i)),
                    ("break_z", c.break_z, pair(&|| batch.break_z(0, i))),
                    ("shrinkage", c.shrinkage, batch.shrinkage()),
                ];
                for (name, got, expected) in rows {
                    if !close(got, expected, 1e-9) {
                        failure.get_or_insert(format!("bar {bars}, S{i}, {name}: {got:?}, not {expected:?}"));
                    }
                }
                for j in (0..cells.len()).filter(|j| *j != i) {
                    let (got, expected) = (matrix.correlation(i, j), batch.rolling(i, j));
                    if !close(got, expected, 1e-9) {
                        failure.get_or_insert(format!("bar {bars}, S{i} and S{j}: {got:?}, not {expected:?}"));
                    }
                }
            }
        });
        prop_assert_eq!(failure, None);
    }

    /// Event by event, every symbol's bar of a time comes in a step of its own, and joins the row late.
    #[test]
    fn the_clock_does_not_matter(settings in settings(), cells in market(BARS)) {
        let mut by_event = bar_world(settings.clone(), ClockMode::Event, &cells);
        let mut by_bar = bar_world(settings, ClockMode::Bar(Frame::MINUTE), &cells);
        by_event.run().unwrap();
        by_bar.run().unwrap();
        let [a, b] = [&by_event, &by_bar].map(|w| w.world().resource::<CorrelationMatrix>());
        for i in 0..cells.len() {
            for j in 0..cells.len() {
                prop_assert!(close(a.correlation(i, j), b.correlation(i, j), 1e-9), "{i} {j}");
            }
            let (a, b): (Correlation, Correlation) = (of(&by_event, i), of(&by_bar, i));
            prop_assert!(close(a.rolling, b.rolling, 1e-9) && close(a.break_z, b.break_z, 1e-9), "{a:?} {b:?}");
            prop_assert!(close(a.ewma, b.ewma, 1e-9) && close(a.beta, b.beta, 1e-9), "{a:?} {b:?}");
        }
        prop_assert!(close(a.intensity(), b.intensity(), 1e-9));
    }

    /// Correlations do not know the unit of prices.
    #[test]
    fn scale_invariant(cells in market(BARS), factor in 0.01f64..100.0) {
        let settings = Settings { window: 12, break_window: 5, ..Settings::default() };
        let scaled: Vec<Vec<Cell>> = cells.iter().enumerate().map(|(i, symbol)| {
            let one = |c: &Cell| match c {
                Cell::Close(close) if i > 0 => Cell::Close(close * factor),
                other => *other,
            };
            symbol.iter().map(one).collect()
        }).collect();
        let mut worlds = [&cells, &scaled].map(|c| bar_world(settings.clone(), ClockMode::Bar(Frame::MINUTE), c));
        worlds.iter_mut().for_each(|w| w.run().unwrap());
        // A filler before any price is quoted at 1 whatever the scale: such markets are another matter.
        let starts_filled = cells.iter().any(|c| c.iter().find(|c| **c != Cell::Missing) == Some(&Cell::Filled));
        if !starts_filled {
            for i in 0..cells.len() {
                let [a, b] = [0, 1].map(|w| of::<Correlation>(&worlds[w], i));
                prop_assert!(close(a.rolling, b.rolling, 1e-8) && close(a.mean, b.mean, 1e-8), "{a:?} {b:?}");
            }
        }
    }
}
