//! The paired block bootstrap: every branch resampled by the same blocks.

use rayon::prelude::*;

use super::fan::of_sorted;
use super::panel::{LANES, Panel};
use super::statistics::{COUNT, centers, statistics};
use crate::stats::Bootstrap;

/// Returns that all resamples of all branches may read: some seconds of work.
const MOST_READS: usize = 4_000_000_000;

/// Values that are kept until branches are ranked: 16 MiB for each statistic.
const MOST_KEPT: usize = COUNT << 22;

/// Resamples that are made even if they take longer.
const FEWEST: usize = 200;

/// A paired difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Paired {
    pub low: f64,
    pub high: f64,
    pub p_better: f64,
}

/// The statistics of all columns, and how far they are to be trusted.
#[derive(Debug, Clone, Default)]
pub(super) struct Resampled {
    /// `[column][statistic]`: of the returns themselves.
    pub values: Vec<[f64; COUNT]>,
    /// The same: the difference from the baseline; `None` without one, and for itself.
    pub paired: Vec<Option<[Paired; COUNT]>>,
    /// `[block][statistic][lane x resamples]`, for the ranking.
    kept: Vec<[Vec<f32>; COUNT]>,
}

/// The bootstrap that fits a panel: as wished, with fewer resamples where they would take too long or too much memory.
pub(super) fn fitted(wished: Bootstrap, panel: &Panel) -> Bootstrap {
    let reads = panel.columns().max(1) * panel.periods().max(1);
    let kept = panel.columns().max(1) * COUNT;
    let most = (MOST_READS / reads).min(MOST_KEPT / kept).max(FEWEST);
    let block_length = Some(wished.block_length(panel.periods()));
    Bootstrap { resamples: wished.resamples.min(most), block_length, ..wished }
}

/// Where each resample reads, `[resample][period]`.
pub(super) struct Draws {
    places: Vec<u32>,
    periods: usize,
}

impl Draws {
    pub fn of(bootstrap: &Bootstrap, periods: usize) -> Self {
        let all = (0..bootstrap.resamples as u64).into_par_iter();
        let drawn = all.map(|b| bootstrap.places(periods, b).take(periods).map(|p| p as u32).collect());
        Self { places: drawn.collect::<Vec<Vec<u32>>>().concat(), periods }
    }

    pub fn len(&self) -> usize {
        self.places.len() / self.periods.max(1)
    }

    pub fn of_resample(&self, resample: usize) -> impl Iterator<Item = usize> + '_ {
        self.places[resample * self.periods..][..self.periods].iter().map(|p| *p as usize)
    }
}

/// Resamples all columns. Blocks of columns are independent of each other, and collected in order.
pub(super) fn resample(panel: &Panel, draws: &Draws, confidence: f64) -> Resampled {
    let baseline = panel.baseline.map(|column| {
        let drawn = resample_block(panel, column / LANES, draws);
        drawn.map(|lanes| lanes[column % LANES].clone())
    });
    let blocks: Vec<Block> = (0..panel.blocks())
        .into_par_iter()
        .map(|block| Block::of(panel, block, draws, baseline.as_ref(), confidence))
        .collect();
    let mut all = Resampled::default();
    for block in blocks {
        all.values.extend(block.values);
        all.paired.extend(block.paired);
        all.kept.push(block.kept);
    }
    all.values.truncate(panel.columns());
    all.paired.truncate(panel.columns());
    if let Some(column) = panel.baseline {
        all.paired[column] = None;
    }
    all
}

impl Resampled {
    /// One statistic of all columns in one resample.
    pub fn of_resample(&self, statistic: usize, resample: usize) -> Vec<f64> {
        let lanes = self.kept.iter().flat_map(|block| {
            let kept = &block[statistic];
            let each = kept.len() / LANES;
            (0..LANES).map(move |lane| f64::from(kept[lane * each + resample]))
        });
        lanes.take(self.values.len()).collect()
    }
}

/// What becomes of one block.
struct Block {
    values: [[f64; COUNT]; LANES],
    paired: [Option<[Paired; COUNT]>; LANES],
    kept: [Vec<f32>; COUNT],
}

/// `[statistic][lane][resample]`
fn resample_block(panel: &Panel, block: usize, draws: &Draws) -> [[Vec<f64>; LANES]; COUNT] {
    let rows = panel.block(block);
    let center = centers(rows);
    let mut drawn: [[Vec<f64>; LANES]; COUNT] = Default::default();
    for resample in 0..draws.len() {
        let made = statistics(rows, &center, draws.of_resample(resample), &panel.conventions);
        for (lanes, values) in drawn.iter_mut().zip(made) {
            lanes.iter_mut().zip(values).for_each(|(lane, value)| lane.push(value));
        }
    }
    drawn
}

impl Block {
    fn of(
        panel: &Panel,
        block: usize,
        draws: &Draws,
        baseline: Option<&[Vec<f64>; COUNT]>,
        confidence: f64,
    ) -> Self {
        let rows = panel.block(block);
        let whole = statistics(rows, &centers(rows), 0..rows.len(), &panel.conventions);
        let drawn = resample_block(panel, block, draws);
        let paired = |lane: usize| {
            let baseline = baseline?;
            Some(std::array::from_fn(|s| Paired::of(&drawn[s][lane], &baseline[s], confidence)))
        };
        Self {
            values: std::array::from_fn(|lane| std::array::from_fn(|s| whole[s][lane])),
            paired: std::array::from_fn(paired),
            kept: std::array::from_fn(|s| drawn[s].iter().flatten().map(|v| *v as f32).collect()),
        }
    }
}

impl Paired {
    fn of(branch: &[f64], baseline: &[f64], confidence: f64) -> Self {
        // What differs by rounding alone is the same.
        let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        let difference = |(a, b): (&f64, &f64)| if same(*a, *b) { 0.0 } else { a - b };
        let mut differences: Vec<f64> = branch.iter().zip(baseline).map(difference).collect();
        let better = differences.iter().filter(|d| **d > 0.0).count() as f64;
        let same = differences.iter().filter(|d| **d == 0.0).count() as f64;
        let p_better = (better + same / 2.0) / differences.len().max(1) as f64;
        differences.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - confidence) / 2.0;
        Self { low: of_sorted(&differences, tail), high: of_sorted(&differences, 1.0 - tail), p_better }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::tests::noise;

    fn bootstrap() -> Bootstrap {
        Bootstrap { seed: 3, ..Bootstrap::default() }
    }

    #[test]
    fn what_is_common_cancels_out() {
        // The branch is the baseline and a little more every day: by itself its mean is uncertain, beside it not at all.
        let common = noise(1, 400, 0.0, 0.02);
        let more: Vec<f64> = common.iter().map(|r| r + 0.0005).collect();
        let panel = Panel::of_columns(&[common.clone(), more, noise(2, 400, 0.0, 0.02), common]);
        let draws = Draws::of(&bootstrap(), 400);
        let all = resample(&panel, &draws, 0.95);
        assert_eq!(all.paired[0], None);
        let [mean, sharpe, ..] = all.paired[1].unwrap();
        assert!((mean.low - 0.0005 * 365.0).abs() < 1e-9 && (mean.high - mean.low).abs() < 1e-9);
        assert_eq!((mean.p_better, sharpe.p_better), (1.0, 1.0));
        let [other, ..] = all.paired[2].unwrap();
        assert!(other.low < 0.0 && other.high > 0.0 && other.high - other.low > 0.2);
        let [twin, ..] = all.paired[3].unwrap();
        assert_eq!((twin.low, twin.high, twin.p_better), (0.0, 0.0, 0.5));
    }

    #[test]
    fn intervals_cover_what_they_promise() {
        // Independent noise with no difference in truth: zero is inside of about 95 of 100 intervals.
        let columns: Vec<Vec<f64>> = (0..=200).map(|i| noise(i, 250, 0.0, 0.01)).collect();
        let panel = Panel::of_columns(&columns);
        let all = resample(&panel, &Draws::of(&bootstrap(), 250), 0.95);
        let covered = all.paired.iter().flatten().filter(|p| p[0].low <= 0.0 && p[0].high >= 0.0).count();
        assert!((175..=200).contains(&covered), "{covered} of 200");
    }

    #[test]
    fn the_whole_is_drawn_alike_for_any_number_of_threads() {
        let panel = Panel::of_columns(&(0..9).map(|i| noise(i, 60, 0.001, 0.01)).collect::<Vec<_>>());
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let all = pool.install(|| resample(&panel, &Draws::of(&bootstrap(), 60), 0.9));
            (all.paired, all.kept)
        };
        assert_eq!(run(1), run(4));
    }

    #[test]
    fn many_branches_are_resampled_less() {
        let panel = Panel::of_columns(&vec![vec![0.0; 365]; 10_000]);
        let fitted = fitted(Bootstrap::default(), &panel);
        assert_eq!((fitted.resamples, fitted.block_length), (419, Some(8)));
    }
}
