//! Combinatorially symmetric cross-validation: is the best in one half of the time any good in the other?

use rayon::prelude::*;

use super::Cscv;
use crate::comparison::order::pearson;
use crate::comparison::panel::Panel;

/// Most parts of the time: 12,870 splits.
const MOST_BLOCKS: usize = 16;

/// Fewest returns of a part.
const FEWEST_PERIODS: usize = 2;

/// Splits times columns: some seconds of work.
const MOST_WORK: usize = 200_000_000;

/// Splits that one task works through.
const TASK: usize = 64;

/// Variances below this are those of rounding.
const NOISE: f64 = 1e-28;

/// The test over these columns of the panel; `None` for fewer than two, or fewer than four parts of two returns.
pub(super) fn cscv(panel: &Panel, columns: &[usize]) -> Option<Cscv> {
    let mut blocks = (panel.periods() / FEWEST_PERIODS).min(MOST_BLOCKS) / 2 * 2;
    while blocks > 8 && splits(blocks).len() * columns.len() > MOST_WORK {
        blocks -= 2;
    }
    (blocks >= 4 && columns.len() >= 2).then(|| Sums::of(panel, columns, blocks).validate(panel))
}

/// Every choice of half of the blocks, as bits, rising.
fn splits(blocks: usize) -> Vec<u32> {
    (0..1_u32 << blocks).filter(|bits| bits.count_ones() as usize * 2 == blocks).collect()
}

/// What Sharpe ratios are made of: sums per block of deviations from each column's mean, `[block][column]`.
struct Sums {
    sums: Vec<Vec<f64>>,
    squares: Vec<Vec<f64>>,
    means: Vec<f64>,
    /// Returns per block.
    length: usize,
}

/// What one split says.
struct Split {
    in_sample: f64,
    out_of_sample: f64,
    /// Twice the place of the best in sample, from the worst, ties in the middle: 2 to 2 N.
    twice_place: usize,
}

impl Sums {
    fn of(panel: &Panel, columns: &[usize], blocks: usize) -> Self {
        let length = panel.periods() / blocks;
        let skipped = panel.periods() - length * blocks;
        let mut made = Self {
            sums: vec![Vec::with_capacity(columns.len()); blocks],
            squares: vec![Vec::with_capacity(columns.len()); blocks],
            means: Vec::with_capacity(columns.len()),
            length,
        };
        for column in columns {
            let returns: Vec<f64> = panel.column(*column).skip(skipped).collect();
            let mean = returns.iter().sum::<f64>() / returns.len() as f64;
            for (block, part) in returns.chunks(length).enumerate() {
                made.sums[block].push(part.iter().map(|r| r - mean).sum());
                made.squares[block].push(part.iter().map(|r| (r - mean) * (r - mean)).sum());
            }
            made.means.push(mean);
        }
        made
    }

    fn validate(&self, panel: &Panel) -> Cscv {
        let columns = self.means.len();
        let blocks = self.sums.len();
        let all = splits(blocks);
        let made: Vec<Split> = all
            .par_chunks(TASK)
            .flat_map_iter(|some| {
                let mut room = [vec![0.0; columns], vec![0.0; columns]];
                some.iter().map(|bits| self.split(*bits, &mut room)).collect::<Vec<_>>()
            })
            .collect();
        let n = made.len() as f64;
        let year = panel.conventions.periods_per_year.sqrt();
        let share = |test: &dyn Fn(&Split) -> f64| made.iter().map(test).sum::<f64>() / n;
        // A place p of N is a logit ln(p / (N + 1 - p)): below 0 where 2 p < N + 1.
        let below = |s: &Split| match s.twice_place.cmp(&(columns + 1)) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        };
        let mut places = vec![0.0; 10];
        for split in &made {
            // The middle of the place's share of the whole: even between the worst and the best.
            let middle = (split.twice_place - 1) as f64 / (2 * columns) as f64;
            places[((10.0 * middle) as usize).min(9)] += 1.0 / n;
        }
        let (x, y): (Vec<f64>, Vec<f64>) = made.iter().map(|s| (s.in_sample, s.out_of_sample)).unzip();
        Cscv {
            blocks,
            splits: made.len(),
            periods: self.length * blocks,
            pbo: share(&below),
            probability_of_loss: share(&|s| f64::from(u8::from(s.out_of_sample < 0.0))),
            in_sample: share(&|s| s.in_sample) * year,
            out_of_sample: share(&|s| s.out_of_sample) * year,
            slope: slope(&x, &y),
            places,
        }
    }

    /// The best of the blocks whose bit is set, and its place in the others.
    fn split(&self, bits: u32, room: &mut [Vec<f64>; 2]) -> Split {
        let [inside, outside] = room;
        self.ratios(bits, inside);
        self.ratios(!bits, outside);
        let mut best = 0;
        for (column, ratio) in inside.iter().enumerate() {
            if *ratio > inside[best] {
                best = column;
            }
        }
        let own = outside[best];
        let below = outside.iter().filter(|r| **r < own).count();
        let level = outside.iter().filter(|r| **r == own).count();
        Split { in_sample: inside[best], out_of_sample: own, twice_place: 2 * below + level + 1 }
    }

    /// Sharpe ratios per period over the blocks whose bit is set; 0 for columns that do not move.
    fn ratios(&self, bits: u32, ratios: &mut [f64]) {
        let chosen: Vec<usize> = (0..self.sums.len()).filter(|block| bits >> block & 1 == 1).collect();
        let n = (chosen.len() * self.length) as f64;
        let mut squares = vec![0.0; ratios.len()];
        ratios.fill(0.0);
        for block in chosen {
            ratios.iter_mut().zip(&self.sums[block]).for_each(|(sum, s)| *sum += s);
            squares.iter_mut().zip(&self.squares[block]).for_each(|(sum, s)| *sum += s);
        }
        for ((ratio, squares), mean) in ratios.iter_mut().zip(&squares).zip(&self.means) {
            let variance = (squares - *ratio * *ratio / n) / (n - 1.0);
            let moves = variance > NOISE;
            *ratio = if moves { (mean + *ratio / n) / variance.sqrt() } else { 0.0 };
        }
    }
}

/// Slope of the line of least squares.
fn slope(x: &[f64], y: &[f64]) -> Option<f64> {
    let deviation = |v: &[f64]| crate::stats::Moments::of(v).dispersion(1);
    Some(pearson(x, y)? * deviation(y)? / deviation(x)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::tests::noise;
    use crate::stats::{Conventions, sharpe_per_period};

    fn all(panel: &Panel) -> Vec<usize> {
        (0..panel.columns()).collect()
    }

    /// The definition, word by word: submatrices are put together and measured.
    fn brute_force(columns: &[Vec<f64>], blocks: usize) -> (f64, Vec<f64>) {
        let length = columns[0].len() / blocks;
        let skipped = columns[0].len() % blocks;
        let (mut logits, mut losses) = (Vec::new(), Vec::new());
        for bits in splits(blocks) {
            let part = |returns: &[f64], inside: bool| -> f64 {
                let chosen = (0..blocks).filter(|b| (bits >> b & 1 == 1) == inside);
                let rows: Vec<f64> =
                    chosen.flat_map(|b| returns[skipped + b * length..][..length].to_vec()).collect();
                sharpe_per_period(&rows, &Conventions::default()).unwrap_or(0.0)
            };
            let inside: Vec<f64> = columns.iter().map(|c| part(c, true)).collect();
            let outside: Vec<f64> = columns.iter().map(|c| part(c, false)).collect();
            let top = inside.iter().copied().fold(f64::MIN, f64::max);
            let best = inside.iter().position(|r| *r == top).unwrap();
            let place = outside.iter().filter(|r| **r <= outside[best]).count() as f64;
            let omega = place / (columns.len() + 1) as f64;
            logits.push((omega / (1.0 - omega)).ln());
            losses.push(outside[best]);
        }
        let half = |l: &f64| if l.abs() < 1e-12 { 0.5 } else { f64::from(u8::from(*l < 0.0)) };
        (logits.iter().map(half).sum::<f64>() / logits.len() as f64, losses)
    }

    #[test]
    fn the_definition_says_the_same() {
        for (seed, n) in [(1, 5), (2, 6), (3, 9)] {
            let columns: Vec<Vec<f64>> =
                (0..n).map(|i| noise(100 * seed + i, 53, 0.0005 * i as f64, 0.01)).collect();
            let panel = Panel::of_columns(&columns);
            let made = Sums::of(&panel, &all(&panel), 6).validate(&panel);
            let (pbo, outside) = brute_force(&columns, 6);
            assert_eq!((made.splits, made.periods), (20, 48));
            assert!((made.pbo - pbo).abs() < 1e-12, "{} {pbo}", made.pbo);
            let mean = outside.iter().sum::<f64>() / 20.0 * 365_f64.sqrt();
            assert!((made.out_of_sample - mean).abs() < 1e-9);
            let losses = outside.iter().filter(|r| **r < 0.0).count() as f64 / 20.0;
            assert!((made.probability_of_loss - losses).abs() < 1e-12);
        }
    }

    #[test]
    fn sixteen_blocks_have_12870_splits() {
        assert_eq!(splits(16).len(), 12_870);
        let panel = Panel::of_columns(&[noise(1, 160, 0.0, 0.01), noise(2, 160, 0.0, 0.01)]);
        let made = cscv(&panel, &all(&panel)).unwrap();
        assert_eq!((made.blocks, made.splits), (16, 12_870));
        assert!((made.places.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(cscv(&panel, &[0]), None);
        let short = Panel::of_columns(&[vec![0.1; 7], vec![0.2; 7]]);
        assert_eq!(cscv(&short, &[0, 1]), None);
    }

    #[test]
    fn noise_is_overfitted_half_of_the_time() {
        let (mut pbo, mut places) = (0.0, vec![0.0; 10]);
        for seed in 0..40 {
            let columns: Vec<Vec<f64>> = (0..50).map(|i| noise(1_000 * seed + i, 120, 0.0, 0.01)).collect();
            let panel = Panel::of_columns(&columns);
            let made = Sums::of(&panel, &all(&panel), 8).validate(&panel);
            pbo += made.pbo / 40.0;
            places.iter_mut().zip(&made.places).for_each(|(sum, p)| *sum += p / 40.0);
        }
        assert!((pbo - 0.5_f64).abs() < 0.06, "{pbo}");
        // Uniform, to what 40 draws of dependent splits can tell.
        assert!(places.iter().all(|p| (0.05..0.16).contains(p)), "{places:?}");
    }

    #[test]
    fn equal_branches_are_half_and_skill_is_none() {
        let equal = Panel::of_columns(&vec![noise(1, 64, 0.0, 0.01); 7]);
        assert_eq!(cscv(&equal, &all(&equal)).unwrap().pbo, 0.5);
        let mut columns: Vec<Vec<f64>> = (0..30).map(|i| noise(i, 320, 0.0, 0.01)).collect();
        columns[17] = noise(99, 320, 0.005, 0.01);
        let panel = Panel::of_columns(&columns);
        let skill = cscv(&panel, &all(&panel)).unwrap();
        assert!(skill.pbo < 0.01 && skill.probability_of_loss < 0.01, "{skill:?}");
        assert!(skill.places[9] > 0.95);
    }
}
