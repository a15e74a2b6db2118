//! How many tries there were, and what the best of as many looks like without skill.

use super::DeflatedSharpe;
use crate::comparison::panel::Panel;
use crate::comparison::statistics::{SHARPE, over};
use crate::stats::{Moments, deflated_sharpe, expected_maximum_sharpe, kurtosis, probabilistic_sharpe, skew};

/// About how many independent tries these columns are worth; `None` below two that move.
pub(super) fn effective(panel: &Panel, columns: &[usize]) -> Option<f64> {
    let mut sum = vec![0.0; panel.periods()];
    let mut moving = 0.0_f64;
    for column in columns {
        let returns: Vec<f64> = panel.column(*column).collect();
        let moments = Moments::of(&returns);
        let Some(deviation) = moments.dispersion(0) else { continue };
        moving += 1.0;
        sum.iter_mut().zip(returns).for_each(|(s, r)| *s += (r - moments.mean) / deviation);
    }
    // The variance of a sum of standardized returns is what all correlations add up to.
    let variance = sum.iter().map(|s| s * s).sum::<f64>() / panel.periods() as f64;
    let mean = (variance - moving) / (moving * (moving - 1.0));
    let all = columns.len() as f64;
    (moving >= 2.0).then(|| (mean + (1.0 - mean) * all).clamp(1.0, all))
}

/// The best of these columns by Sharpe ratio, deflated; `None` where no Sharpe ratio is defined.
pub(super) fn deflated(panel: &Panel, columns: &[usize], effective: Option<f64>) -> Option<DeflatedSharpe> {
    let all = over(panel, SHARPE, 0..panel.periods());
    let ratios: Vec<f64> = columns.iter().map(|column| all[*column]).collect();
    let by_ratio = |a: &&usize, b: &&usize| all[**a].total_cmp(&all[**b]).then(b.cmp(a));
    let best = *columns.iter().max_by(by_ratio)?;
    let returns: Vec<f64> = panel.column(best).collect();
    let (g3, g4) = (skew(&returns)?, kurtosis(&returns)?);
    let year = panel.conventions.periods_per_year.sqrt();
    let ratio = all[best] / year;
    let variance = Moments::of(&ratios).standard_deviation(1).map_or(0.0, |s| s * s);
    let deflate =
        |trials: usize| deflated_sharpe(ratio, panel.periods(), g3, g4, variance / (year * year), trials);
    Some(DeflatedSharpe {
        id: panel.ids[best],
        sharpe: all[best],
        trials: columns.len(),
        variance,
        expected_maximum: expected_maximum_sharpe(variance, columns.len())?,
        probabilistic: probabilistic_sharpe(ratio, 0.0, panel.periods(), g3, g4),
        deflated: deflate(columns.len()),
        deflated_effective: effective.and_then(|n| deflate(n.round() as usize)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::tests::noise;

    #[test]
    fn independent_tries_count_in_full_and_copies_little() {
        let columns: Vec<Vec<f64>> = (0..50).map(|i| noise(i, 2_000, 0.0, 0.01)).collect();
        let all: Vec<usize> = (0..50).collect();
        let many = effective(&Panel::of_columns(&columns), &all).unwrap();
        assert!((45.0..=50.0).contains(&many), "{many}");
        let common = noise(99, 2_000, 0.0, 0.01);
        let alike: Vec<Vec<f64>> =
            columns.iter().map(|own| common.iter().zip(own).map(|(c, o)| c + 0.1 * o).collect()).collect();
        let few = effective(&Panel::of_columns(&alike), &all).unwrap();
        assert!((1.0..2.0).contains(&few), "{few}");
        assert_eq!(effective(&Panel::of_columns(&columns[..1]), &[0]), None);
    }

    #[test]
    fn the_best_of_noise_is_deflated_and_skill_is_not() {
        let mut columns: Vec<Vec<f64>> = (0..100).map(|i| noise(i, 1_000, 0.0, 0.01)).collect();
        let all: Vec<usize> = (0..100).collect();
        let panel = Panel::of_columns(&columns);
        let luck = deflated(&panel, &all, Some(10.0)).unwrap();
        assert!(luck.probabilistic.unwrap() > 0.97, "alone it would look like skill: {luck:?}");
        assert!((0.1..0.9).contains(&luck.deflated.unwrap()), "{luck:?}");
        assert!(luck.deflated_effective.unwrap() > luck.deflated.unwrap());
        assert!((luck.expected_maximum / luck.sharpe - 1.0).abs() < 0.4, "{luck:?}");
        columns[42] = noise(1_042, 1_000, 0.002, 0.01);
        let skill = deflated(&Panel::of_columns(&columns), &all, None).unwrap();
        assert_eq!((skill.id, skill.trials, skill.deflated_effective), (42, 100, None));
        assert!(skill.deflated.unwrap() > 0.97, "{skill:?}");
    }
}
