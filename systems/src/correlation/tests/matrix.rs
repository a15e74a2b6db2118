//! The matrices as wholes.

use manyworlds_components::time::Frame;
use manyworlds_engine::ClockMode;
use proptest::prelude::*;

use super::super::eigen::symmetric_eigen;
use super::super::matrix::Incoming;
use super::super::pair_sums::RowChange;
use super::super::reference_pair::PairRules;
use super::super::{Correlation, CorrelationMatrix, Settings};
use super::{Cell, bar_world, factor_closes, normal, of, random};
use rand::RngExt;

pub const RULES: PairRules = PairRules {
    window: 40,
    min_coverage: 0.3,
    decay: 0.97,
    ewma_needs: 90,
    break_window: 10,
    break_threshold: 4.0,
};

/// A matrix after some rows of a factor market; `holes` is the share of missing returns.
pub fn filled(
    rules: PairRules,
    symbols: usize,
    rows: usize,
    rho: f64,
    holes: f64,
    seed: u64,
) -> CorrelationMatrix {
    let mut random = random(seed);
    let mut matrix = CorrelationMatrix::new(symbols, 0, rules, None, 1_000_000);
    let (mut row, mut incoming) = (RowChange::default(), Vec::new());
    let mut logs = vec![0.0; symbols];
    for time in 0..=rows as i64 {
        let common = normal(&mut random);
        incoming.clear();
        for (symbol, log) in logs.iter_mut().enumerate() {
            *log += 1e-3 * (rho.sqrt() * common + (1.0 - rho).sqrt() * normal(&mut random));
            if random.random::<f64>() < holes {
                continue;
            }
            let observed = matrix.grid.observe(symbol, time, f64::exp(*log), false);
            if let super::super::grid::Observed::Return { start, value } = observed {
                incoming.push(Incoming { symbol, start, value });
            }
        }
        matrix.take(time, &incoming, &mut row);
    }
    matrix
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Symmetric, unit diagonal, positive semidefinite after shrinkage and cleaning, with and without gaps, for more
    /// symbols than rows, too.
    #[test]
    fn sound(symbols in 2usize..60, rho in 0.0f64..0.95, holes in prop_oneof![Just(0.0), 0.0f64..0.3], seed in 0u64..1_000) {
        let matrix = filled(RULES, symbols, 120, rho, holes, seed);
        let rolling = matrix.rolling();
        for ((i, j), value) in rolling.indexed_iter() {
            prop_assert!(i != j || *value == 1.0);
            prop_assert!(value.is_nan() || (value.abs() <= 1.0 && *value == rolling[[j, i]]));
        }
        let intensity = matrix.intensity().unwrap();
        prop_assert!((0.0..=1.0).contains(&intensity));
        let cleaned = matrix.clean().unwrap();
        for dense in [matrix.shrunk().unwrap(), cleaned.matrix()] {
            prop_assert!(dense.indexed_iter().all(|((i, j), v)| *v == dense[[j, i]] && (i != j || *v == 1.0)));
            let eigen = symmetric_eigen(dense.iter().copied().collect(), symbols).unwrap();
            prop_assert!(eigen.values[0] > -1e-12, "{}", eigen.values[0]);
        }
        let trace: f64 = cleaned.eigenvalues.iter().sum();
        prop_assert!((trace - cleaned.live as f64).abs() < 1e-9);
    }
}

/// Independent series: the spectrum ends at the Marchenko-Pastur edges, shrinkage is nearly whole. One strong factor: it
/// stands out, and shrinkage is slight.
#[test]
fn spectra() {
    let rules = PairRules { window: 400, ..RULES };
    let noise = filled(rules, 100, 500, 0.0, 0.0, 5);
    let cleaned = noise.clean().unwrap();
    assert!((cleaned.edge - 2.25).abs() < 1e-12);
    let (low, high) = (cleaned.eigenvalues[0], cleaned.eigenvalues[99]);
    assert!((0.22..0.32).contains(&low) && (2.05..2.35).contains(&high), "{low} {high}");
    assert!(noise.intensity().unwrap() > 0.95, "{:?}", noise.intensity());

    let factor = filled(rules, 100, 500, 0.5, 0.0, 6);
    let cleaned = factor.clean().unwrap();
    assert_eq!(cleaned.signal_modes(), 1);
    // 1 + 99 x .5 of 100.
    assert!((cleaned.first_mode().unwrap() - 0.505).abs() < 0.05);
    assert!(factor.intensity().unwrap() < 0.05);
    // Cleaning brings the entries nearer to the truth.
    let error = |m: &ndarray::Array2<f64>| {
        let off = m.indexed_iter().filter(|((i, j), _)| i != j);
        off.map(|(_, v)| (v - 0.5) * (v - 0.5)).sum::<f64>()
    };
    assert!(error(&cleaned.matrix()) < 0.7 * error(&factor.rolling()));
}

/// Many more symbols than rows: all but a few eigenvalues are 0.
#[test]
fn of_low_rank() {
    let matrix = filled(PairRules { window: 20, ..RULES }, 150, 60, 0.2, 0.0, 3);
    let cleaned = matrix.clean().unwrap();
    assert!(cleaned.eigenvalues[..131].iter().all(|v| v.abs() < 1e-12) && cleaned.eigenvalues[131] > 0.1);
    let shrunk = symmetric_eigen(matrix.shrunk().unwrap().iter().copied().collect(), 150).unwrap();
    let floor = matrix.intensity().unwrap();
    assert!(floor > 0.1 && (shrunk.values[0] - floor).abs() < 1e-12, "shrinking makes it regular");
}

/// A thousand times the usual move goes in and out again: what it leaves in the sums is mended.
#[test]
fn no_drift() {
    let mut matrix = filled(RULES, 6, 200, 0.4, 0.02, 9);
    let (mut row, mut random, mut level) = (RowChange::default(), random(4), vec![0.0; 6]);
    for time in 201..4_000i64 {
        let mut incoming = Vec::new();
        for (symbol, level) in level.iter_mut().enumerate() {
            *level += if time == 1_500 { 1.0 } else { 1e-5 * normal(&mut random) };
            if let super::super::grid::Observed::Return { start, value } =
                matrix.grid.observe(symbol, time, f64::exp(*level), false)
            {
                incoming.push(Incoming { symbol, start, value });
            }
        }
        matrix.take(time, &incoming, &mut row);
        if time % 97 == 0 && time > 400 {
            let mut exact = matrix.clone();
            (0..6).for_each(|s| exact.sums.rebuild(&matrix.grid, s));
            for i in 0..6 {
                for j in 0..i {
                    let (a, b) = (matrix.correlation(i, j).unwrap(), exact.correlation(i, j).unwrap());
                    let tolerance = if (1_500..1_500 + 1_100).contains(&time) { 1e-5 } else { 1e-10 };
                    assert!((a - b).abs() < tolerance, "row {time}: {a} {b}");
                }
            }
        }
    }
}

/// A symbol that does not move has no correlation, and does not spoil those of the others.
#[test]
fn one_stands_still() {
    let mut cells = factor_closes(3, 4, 60, 0.5);
    cells[2] = vec![Cell::Close(5.0); 60];
    let settings = Settings { window: 20, break_window: 5, clean_every: 5, ..Settings::default() };
    let mut world = bar_world(settings, ClockMode::Bar(Frame::MINUTE), &cells);
    world.run().unwrap();
    let still: Correlation = of(&world, 2);
    assert_eq!((still.rolling, still.beta, still.mean, still.break_z), (None, None, None, None));
    assert!(of::<Correlation>(&world, 3).mean.is_some());
    let matrix = world.world().resource::<CorrelationMatrix>();
    let (rolling, shrunk) = (matrix.rolling(), matrix.shrunk().unwrap());
    assert!(rolling[[2, 1]].is_nan() && rolling[[1, 3]].is_finite());
    assert_eq!((shrunk[[2, 1]], shrunk[[2, 2]]), (0.0, 1.0));
    let (row, cleaned) = matrix.cleaned().unwrap();
    assert_eq!((row, cleaned.live, cleaned.matrix()[[2, 3]]), (55, 3, 0.0));
    assert_eq!(cleaned, &matrix.cleaned().unwrap().1.clone());
    assert_eq!(CorrelationMatrix::packed_len(4), 6);
}

/// Who comes later is in the next cleaning but one window, however long the interval.
#[test]
fn late_comers_are_cleaned_soon() {
    let mut cells = factor_closes(15, 3, 130, 0.5);
    cells[2][..60].fill(Cell::Missing);
    let settings = Settings { window: 20, break_window: 5, ..Settings::default() };
    let mut world = bar_world(settings, ClockMode::Bar(Frame::MINUTE), &cells);
    let mut cleanings = Vec::new();
    super::run(&mut world, |world| {
        let matrix = world.world().resource::<CorrelationMatrix>();
        cleanings.extend(matrix.cleaned().map(|(row, cleaned)| (row, cleaned.live)));
    });
    cleanings.dedup();
    // Rows count from 1, bars from 0: the third symbol's bars 60 ..= 80 are its window.
    assert_eq!(cleanings, [(20, 2), (80, 3)]);
}
