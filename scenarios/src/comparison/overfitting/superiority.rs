//! White's reality check and Hansen's test of superior predictive ability.

use rayon::prelude::*;

use super::Superiority;
use crate::comparison::panel::{LANES, Panel};
use crate::comparison::resampling::Draws;
use crate::comparison::statistics::centers;

/// Deviations below this are those of rounding.
const NOISE: f64 = 1e-14;

/// What branches are held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Benchmark {
    /// Doing nothing.
    Cash,
    /// A column.
    Column(usize),
}

/// The tests of all columns against a benchmark; `None` where no column differs from it. The deviation by which Hansen's
/// statistic is studentized is that of the resampled means, which the kernel estimate of his equation 9 is the limit of.
pub(super) fn superiority(
    panel: &Panel,
    draws: &Draws,
    benchmark: Benchmark,
    name: &str,
) -> Option<Superiority> {
    let (own, own_mean) = match benchmark {
        Benchmark::Cash => (vec![0.0; draws.len()], 0.0),
        Benchmark::Column(column) => {
            let (lane, block) = (column % LANES, column / LANES);
            let means = resampled_means(panel, block, draws);
            (means.iter().map(|row| row[lane]).collect(), centers(panel.block(block))[lane])
        }
    };
    let tested = |block: usize| {
        let means = resampled_means(panel, block, draws);
        let center = centers(panel.block(block));
        let lanes = (0..LANES).filter(|lane| block * LANES + lane < panel.columns());
        lanes.fold(Tested::none(draws.len()), |so_far, lane| {
            let difference = center[lane] - own_mean;
            let drawn: Vec<f64> = means.iter().zip(&own).map(|(row, own)| row[lane] - own).collect();
            so_far.and(Tested::of(block * LANES + lane, difference, &drawn, panel.periods()))
        })
    };
    // Maxima are the same in any order.
    let none = || Tested::none(draws.len());
    let all = (0..panel.blocks()).into_par_iter().map(tested).reduce(none, Tested::and);
    let (mean, studentized) = (all.mean?, all.studentized?);
    let root = (panel.periods() as f64).sqrt();
    let p =
        |drawn: &[f64], found: f64| drawn.iter().filter(|v| **v >= found).count() as f64 / drawn.len() as f64;
    let [white, lower, consistent, upper] = &all.drawn;
    let statistic = studentized.0.max(0.0);
    Some(Superiority {
        benchmark: name.to_owned(),
        best: panel.ids[mean.1],
        advantage: mean.0 * panel.conventions.periods_per_year,
        best_studentized: panel.ids[studentized.1],
        reality_check: p(white, mean.0 * root),
        spa_lower: p(lower, statistic),
        spa_consistent: p(consistent, statistic),
        spa_upper: p(upper, statistic),
    })
}

/// Mean returns of a block's lanes, by resample.
fn resampled_means(panel: &Panel, block: usize, draws: &Draws) -> Vec<[f64; LANES]> {
    let rows = panel.block(block);
    let center = centers(rows);
    let mean = |resample: usize| {
        let mut sum = [0.0; LANES];
        for at in draws.of_resample(resample) {
            (0..LANES).for_each(|lane| sum[lane] += rows[at][lane] - center[lane]);
        }
        std::array::from_fn(|lane| center[lane] + sum[lane] / rows.len() as f64)
    };
    (0..draws.len()).map(mean).collect()
}

/// Some columns' best, and the best of each resample under the hypothesis that none is better.
struct Tested {
    /// (mean difference, column) of the highest.
    mean: Option<(f64, usize)>,
    /// (studentized difference, column) of the highest.
    studentized: Option<(f64, usize)>,
    /// By resample, the highest: White's, and Hansen's lower, consistent, upper.
    drawn: [Vec<f64>; 4],
}

impl Tested {
    fn none(resamples: usize) -> Self {
        let drawn = [f64::NEG_INFINITY, 0.0, 0.0, 0.0].map(|least| vec![least; resamples]);
        Self { mean: None, studentized: None, drawn }
    }

    /// One column: its mean difference from the benchmark, and that of each resample.
    fn of(column: usize, difference: f64, drawn: &[f64], periods: usize) -> Self {
        let n = periods as f64;
        let mut made = Self::none(drawn.len());
        let spread = drawn.iter().map(|d| (d - difference) * (d - difference)).sum::<f64>();
        let deviation = (n * spread / drawn.len() as f64).sqrt().max(NOISE);
        if deviation <= NOISE && difference.abs() <= NOISE {
            return made; // the benchmark itself
        }
        made.mean = Some((difference, column));
        made.studentized = Some((n.sqrt() * difference / deviation, column));
        // What is as far below the benchmark as this is not what the best is drawn from.
        let threshold = -deviation * (2.0 * n.ln().ln().max(0.0) / n).sqrt();
        let centers =
            [difference.max(0.0), if difference >= threshold { difference } else { 0.0 }, difference];
        for (b, value) in drawn.iter().enumerate() {
            made.drawn[0][b] = n.sqrt() * (value - difference);
            for (which, center) in centers.iter().enumerate() {
                made.drawn[which + 1][b] = (n.sqrt() * (value - center) / deviation).max(0.0);
            }
        }
        made
    }

    fn and(mut self, other: Self) -> Self {
        self.mean = higher(self.mean, other.mean);
        self.studentized = higher(self.studentized, other.studentized);
        for (mine, theirs) in self.drawn.iter_mut().zip(&other.drawn) {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a = a.max(*b));
        }
        self
    }
}

/// The higher; of equal ones the one with the lower number.
fn higher(a: Option<(f64, usize)>, b: Option<(f64, usize)>) -> Option<(f64, usize)> {
    a.into_iter().chain(b).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::tests::noise;
    use crate::stats::Bootstrap;

    fn test(columns: &[Vec<f64>], benchmark: Benchmark) -> Option<Superiority> {
        let panel = Panel::of_columns(columns);
        let draws = Draws::of(&Bootstrap { resamples: 500, ..Bootstrap::default() }, panel.periods());
        superiority(&panel, &draws, benchmark, "it")
    }

    #[test]
    fn without_skill_p_is_uniform() {
        let mut found: Vec<[f64; 2]> = Vec::new();
        for seed in 0..200 {
            let columns: Vec<Vec<f64>> = (0..12).map(|i| noise(500 * seed + i, 150, 0.0, 0.01)).collect();
            let made = test(&columns, Benchmark::Column(0)).unwrap();
            assert!(made.spa_lower <= made.spa_consistent && made.spa_consistent <= made.spa_upper);
            found.push([made.reality_check, made.spa_upper]);
        }
        for which in 0..2 {
            let mut p: Vec<f64> = found.iter().map(|f| f[which]).collect();
            p.sort_by(f64::total_cmp);
            // Kolmogorov and Smirnov's distance; 0.115 is the 1% point of 200 draws.
            let distance = p.iter().enumerate().map(|(i, p)| (p - (i as f64 + 0.5) / 200.0).abs());
            let distance = distance.fold(0.0, f64::max);
            assert!(distance < 0.115, "{which}: {distance}");
        }
    }

    #[test]
    fn skill_is_found_and_named() {
        let mut columns: Vec<Vec<f64>> = (0..40).map(|i| noise(i, 300, 0.0, 0.01)).collect();
        columns[23] = noise(77, 300, 0.004, 0.01);
        for benchmark in [Benchmark::Column(0), Benchmark::Cash] {
            let made = test(&columns, benchmark).unwrap();
            assert_eq!((made.best, made.best_studentized), (23, 23));
            assert!(made.reality_check < 0.01 && made.spa_consistent < 0.01, "{made:?}");
            assert!(made.advantage > 0.8, "{made:?}");
        }
    }

    #[test]
    fn poor_branches_do_not_hide_skill_from_hansen() {
        // White's check loses its power to branches that are bad and wild, Hansen's does not.
        let mut columns: Vec<Vec<f64>> = (0..60).map(|i| noise(i, 300, -0.02, 0.05)).collect();
        columns[0] = vec![0.0; 300];
        columns[1] = noise(7_001, 300, 0.0016, 0.01);
        let made = test(&columns, Benchmark::Column(0)).unwrap();
        assert_eq!(made.best, 1);
        assert!(made.spa_consistent < 0.05 && made.reality_check > 0.2, "{made:?}");
        assert!(made.spa_upper > made.spa_consistent);
    }

    #[test]
    fn the_edges() {
        let one = noise(1, 100, 0.0, 0.01);
        assert_eq!(test(&[one.clone(), one.clone()], Benchmark::Column(0)), None, "nothing to test");
        let worse: Vec<f64> = one.iter().map(|r| r - 0.001).collect();
        let made = test(&[one.clone(), worse], Benchmark::Column(0)).unwrap();
        assert_eq!((made.spa_consistent, made.best), (1.0, 1));
        let better: Vec<f64> = one.iter().map(|r| r + 0.001).collect();
        assert_eq!(test(&[one, better], Benchmark::Column(0)).unwrap().spa_consistent, 0.0);
    }
}
