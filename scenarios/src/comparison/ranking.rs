//! Places of branches over resamples and over parts of the time.

use rayon::prelude::*;

use super::order::{for_ties, pearson, places, spearman};
use super::panel::Panel;
use super::resampling::{Draws, Resampled};
use super::stability::RankStability;
use super::statistics::{COUNT, SHARPE, STATISTICS, over, resampled_as};

/// Parts of the time whose orders are compared, where there are enough returns for them.
const PARTS: usize = 4;

/// Fewest returns of a part.
const FEWEST_PERIODS: usize = 10;

/// Where branches stand over resamples; lists are by column.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// By statistic: bounds of the place.
    pub bounds: [Vec<(usize, usize)>; COUNT],
    /// Shares of resamples, by the statistic that branches are ranked by.
    pub p_best: Vec<f64>,
    pub p_top: Vec<f64>,
    pub stability: Option<RankStability>,
}

/// Ranks all columns in all resamples. `metric` is what branches are ranked by.
pub(super) fn rank(panel: &Panel, all: &Resampled, draws: &Draws, metric: &str, confidence: f64) -> Places {
    let columns = panel.columns();
    if columns < 3 || draws.len() == 0 {
        return Places::default();
    }
    let by = resampled_as(metric).unwrap_or(SHARPE);
    let top = columns.div_ceil(10).min(10);
    let mut made = Places { p_best: vec![0.0; columns], p_top: vec![0.0; columns], ..Places::default() };
    let mut resampled = Vec::new();
    for statistic in 0..COUNT {
        let whole: Vec<f64> = all.values.iter().map(|values| values[statistic]).collect();
        let whole = places(&whole);
        let ranked: Vec<Ranked> = (0..draws.len())
            .into_par_iter()
            .map(|b| Ranked::of(&all.of_resample(statistic, b), (statistic == by).then_some(top)))
            .collect();
        made.bounds[statistic] = (0..columns)
            .into_par_iter()
            .map(|column| bounds(ranked.iter().map(|r| r.places[column]).collect(), confidence))
            .collect();
        if statistic != by {
            continue;
        }
        for (column, best, among) in ranked.iter().flat_map(|r| &r.leaders) {
            made.p_best[*column] += best;
            made.p_top[*column] += among;
        }
        let shares = made.p_best.iter_mut().chain(&mut made.p_top);
        shares.for_each(|share| *share /= draws.len() as f64);
        let own = |r: &Ranked| pearson(&whole, &r.places.iter().map(|p| f64::from(*p)).collect::<Vec<_>>());
        resampled = ranked.par_iter().map(own).collect();
    }
    let parts = (panel.periods() / FEWEST_PERIODS).min(PARTS);
    let halves = part_values(panel, by, 2).filter(|_| panel.periods() >= 2 * FEWEST_PERIODS);
    made.stability = Some(RankStability {
        metric: STATISTICS[by].to_owned(),
        halves: halves.and_then(|values| spearman(&values[0], &values[1])),
        across_parts: part_values(panel, by, parts).and_then(|values| mean_correlation(&values)),
        parts,
        resampled: mean(resampled.into_iter().flatten()),
        top,
    });
    made
}

/// One resample's order.
struct Ranked {
    places: Vec<f32>,
    /// (column, its share of the first place, its share of the first `top`): ties share.
    leaders: Vec<(usize, f64, f64)>,
}

impl Ranked {
    fn of(values: &[f64], top: Option<usize>) -> Self {
        let mut made = Self { places: vec![0.0; values.len()], leaders: Vec::new() };
        for_ties(values, |from, group| {
            let size = group.len();
            let place = from as f32 + (size as f32 + 1.0) / 2.0;
            group.iter().for_each(|column| made.places[*column] = place);
            if let Some(top) = top.filter(|top| from < *top) {
                let best = if from == 0 { 1.0 / size as f64 } else { 0.0 };
                let among = (top - from).min(size) as f64 / size as f64;
                made.leaders.extend(group.iter().map(|column| (*column, best, among)));
            }
        });
        made
    }
}

/// The interval of a place, rounded outwards.
fn bounds(mut places: Vec<f32>, confidence: f64) -> (usize, usize) {
    places.sort_unstable_by(f32::total_cmp);
    let tail = (1.0 - confidence) / 2.0 * (places.len() - 1) as f64;
    let high = places.len() - 1 - tail.floor() as usize;
    (places[tail.floor() as usize].floor() as usize, places[high].ceil() as usize)
}

/// The statistic of all columns in equal parts of the time; `None` for fewer than two.
fn part_values(panel: &Panel, statistic: usize, parts: usize) -> Option<Vec<Vec<f64>>> {
    let cut = |part: usize| part * panel.periods() / parts;
    (parts > 1).then(|| (0..parts).map(|p| over(panel, statistic, cut(p)..cut(p + 1))).collect())
}

fn mean_correlation(values: &[Vec<f64>]) -> Option<f64> {
    let pairs = (0..values.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    mean(pairs.filter_map(|(i, j)| spearman(&values[i], &values[j])))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0), |(sum, n), v| (sum + v, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::resampling::resample;
    use crate::comparison::tests::noise;
    use crate::stats::Bootstrap;

    fn ranked(columns: &[Vec<f64>]) -> Places {
        let panel = Panel::of_columns(columns);
        let draws = Draws::of(&Bootstrap { resamples: 500, ..Bootstrap::default() }, panel.periods());
        rank(&panel, &resample(&panel, &draws, 0.95), &draws, "total_return", 0.95)
    }

    #[test]
    fn a_clear_order_stays() {
        let columns: Vec<Vec<f64>> = (0..30).map(|i| noise(i, 300, 0.004 * i as f64, 0.001)).collect();
        let places = ranked(&columns);
        let stability = places.stability.unwrap();
        assert_eq!((stability.metric.as_str(), stability.top, stability.parts), ("total_return", 3, 4));
        for value in [stability.halves, stability.across_parts, stability.resampled] {
            assert!(value.unwrap() > 0.999, "{value:?}");
        }
        assert_eq!((places.p_best[29], places.p_top[27], places.p_top[26]), (1.0, 1.0, 0.0));
        assert_eq!((places.bounds[0][29], places.bounds[0][0]), ((1, 1), (30, 30)));
    }

    #[test]
    fn noise_has_no_order() {
        let columns: Vec<Vec<f64>> = (0..40).map(|i| noise(i, 300, 0.0, 0.01)).collect();
        let places = ranked(&columns);
        let stability = places.stability.unwrap();
        assert!(stability.halves.unwrap().abs() < 0.4 && stability.across_parts.unwrap().abs() < 0.2);
        assert!((places.p_best.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((places.p_top.iter().sum::<f64>() - 4.0).abs() < 1e-9);
        assert!(places.p_best.iter().all(|p| *p < 0.6));
    }

    #[test]
    fn twins_share_their_place() {
        let one = noise(5, 100, 0.0, 0.01);
        let places = ranked(&[one.clone(), one.clone(), one]);
        places.p_best.iter().for_each(|p| assert!((p - 1.0 / 3.0).abs() < 1e-9));
        assert_eq!(places.bounds[1], [(2, 2); 3]);
        assert_eq!(places.stability.unwrap().halves, None, "no order at all");
    }
}
