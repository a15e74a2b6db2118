//! Places and rank correlation.

/// The place of every value, from 1, the highest first; ties have the mean of their places.
pub(super) fn places(values: &[f64]) -> Vec<f64> {
    let mut places = vec![0.0; values.len()];
    for_ties(values, |from, group| {
        let place = from as f64 + (group.len() as f64 + 1.0) / 2.0;
        group.iter().for_each(|i| places[*i] = place);
    });
    places
}

/// Calls `each` with groups of equal values, the highest first, and how many there are before each.
pub(super) fn for_ties(values: &[f64], mut each: impl FnMut(usize, &[usize])) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    let mut from = 0;
    for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
        each(from, group);
        from += group.len();
    }
}

/// Spearman's rank correlation, ties by their mean place; `None` for fewer than two values or where one list is constant.
pub(super) fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson(&places(x), &places(y))
}

/// Pearson's correlation.
pub(super) fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let n = x.len().min(y.len()) as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        xx += (a - mx) * (a - mx);
        yy += (b - my) * (b - my);
        xy += (a - mx) * (b - my);
    }
    Some(xy / (xx * yy).sqrt()).filter(|r| r.is_finite() && n >= 2.0).map(|r| r.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_place() {
        assert_eq!(places(&[1.0, 3.0, 3.0, -2.0]), [3.0, 1.5, 1.5, 4.0]);
        assert_eq!(places(&[0.0, -0.0]), [1.5, 1.5]);
        assert_eq!(places(&[]), [0.0; 0]);
    }

    #[test]
    fn rank_correlation_sees_order_only() {
        let x = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(spearman(&x, &[1.0, 10.0, 100.0, 1e9]), Some(1.0));
        assert_eq!(spearman(&x, &[4.0, 3.0, 2.0, 1.0]), Some(-1.0));
        // 1 - 6 sum d^2 / (n (n^2 - 1)) with d = 0, 1, 1, 0.
        assert!((spearman(&x, &[1.0, 3.0, 2.0, 4.0]).unwrap() - 0.8).abs() < 1e-12);
        assert_eq!(spearman(&x, &[1.0; 4]), None);
        assert_eq!(spearman(&[1.0], &[1.0]), None);
    }
}
