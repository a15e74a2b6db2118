//! Sums over the returns that two symbols have in common, and what follows from them.

use serde::{Deserialize, Serialize};

/// Sums over pairs (x, y). Pairs are added and removed; rounding is mended by building the sums anew now and then.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Moments {
    /// Pairs.
    pub n: f64,
    /// Sum of x.
    pub x: f64,
    /// Sum of y.
    pub y: f64,
    /// Sum of x squared.
    pub xx: f64,
    /// Sum of y squared.
    pub yy: f64,
    /// Sum of the products.
    pub xy: f64,
}

/// Part of a sum of squares below which a centered one is rounding, not variance.
pub(super) const ROUNDING: f64 = 1e-11;

impl Moments {
    /// Adds a pair.
    #[inline]
    pub fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    /// Takes a pair out again.
    #[inline]
    pub fn remove(&mut self, x: f64, y: f64) {
        self.n -= 1.0;
        self.x -= x;
        self.y -= y;
        self.xx -= x * x;
        self.yy -= y * y;
        self.xy -= x * y;
    }

    /// The pairs that are in `self` and not in `part`.
    #[inline]
    pub fn without(&self, part: &Self) -> Self {
        Self {
            n: self.n - part.n,
            x: self.x - part.x,
            y: self.y - part.y,
            xx: self.xx - part.xx,
            yy: self.yy - part.yy,
            xy: self.xy - part.xy,
        }
    }

    /// Sums of squares and of products about the means: x, y, both.
    #[inline]
    pub fn centered(&self) -> (f64, f64, f64) {
        let (x, y) = (self.x / self.n, self.y / self.n);
        (self.xx - self.x * x, self.yy - self.y * y, self.xy - self.x * y)
    }

    /// Pearson's correlation, within -1 ..= 1. `scale` holds the sums of squares of x and y of all that passed through
    /// the sums lately: a variance that is lost in their rounding is none, and then there is no correlation.
    #[inline]
    pub fn correlation(&self, scale: (f64, f64)) -> Option<f64> {
        let (xx, yy, xy) = self.centered();
        let defined = self.n >= 3.0 && xx > ROUNDING * scale.0 && yy > ROUNDING * scale.1;
        defined.then(|| (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0))
    }

    /// The slope of y on x: cov(x, y) / var(x).
    #[inline]
    pub fn slope(&self, scale_x: f64) -> Option<f64> {
        let (xx, _, xy) = self.centered();
        (self.n >= 3.0 && xx > ROUNDING * scale_x).then(|| xy / xx)
    }
}

/// How far two correlations of independent samples are apart: the difference of their Fisher transforms in standard
/// errors, z = (atanh a - atanh b) / sqrt(1/(n_a - 3) + 1/(n_b - 3)) (Fisher 1921).
pub fn fisher_z(a: f64, n_a: f64, b: f64, n_b: f64) -> Option<f64> {
    let clip = |r: f64| r.clamp(-1.0 + 1e-9, 1.0 - 1e-9);
    let (a, b) = (clip(a), clip(b));
    // One logarithm for both transforms.
    let difference = 0.5 * ((1.0 + a) * (1.0 - b) / ((1.0 - a) * (1.0 + b))).ln();
    (n_a > 3.0 && n_b > 3.0).then(|| difference / (1.0 / (n_a - 3.0) + 1.0 / (n_b - 3.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(pairs: &[(f64, f64)]) -> Moments {
        let mut moments = Moments::default();
        pairs.iter().for_each(|(x, y)| moments.add(*x, *y));
        moments
    }

    #[test]
    fn by_hand() {
        // Deviations (-1, 0, 1) and (-2, 1, 1): products 3, squares 2 and 6.
        let m = of(&[(1.0, 0.0), (2.0, 3.0), (3.0, 3.0)]);
        assert!((m.correlation((14.0, 18.0)).unwrap() - 3.0 / 12f64.sqrt()).abs() < 1e-15);
        assert!((m.slope(14.0).unwrap() - 1.5).abs() < 1e-15);
        assert_eq!(of(&[(1.0, 0.0), (2.0, 3.0)]).correlation((5.0, 9.0)), None, "two points always agree");
        let flat = of(&[(0.1, 1.0), (0.1, 2.0), (0.1, 4.0)]);
        assert_eq!((flat.correlation((0.03, 21.0)), flat.slope(0.03)), (None, None));
    }

    #[test]
    fn fisher() {
        // atanh .5 = .549306, atanh .2 = .202733; sqrt(1/47 + 1/97) = .177724
        let z = fisher_z(0.5, 50.0, 0.2, 100.0).unwrap();
        assert!((z - 1.950_06).abs() < 1e-4, "{z}");
        assert_eq!(fisher_z(0.5, 3.0, 0.2, 100.0), None);
        assert!(fisher_z(1.0, 50.0, -1.0, 50.0).unwrap().is_finite());
    }

    proptest! {
        #[test]
        fn removing_undoes_adding(pairs in prop::collection::vec((-1.0f64..1.0, -1.0f64..1.0), 8..40), keep in 4usize..8) {
            let mut all = of(&pairs);
            let tail = of(&pairs[pairs.len() - keep..]);
            let head = all.without(&tail);
            pairs[..pairs.len() - keep].iter().for_each(|(x, y)| all.remove(*x, *y));
            let scale = (50.0, 50.0);
            for (a, b) in [(all, tail), (head, of(&pairs[..pairs.len() - keep]))] {
                match (a.correlation(scale), b.correlation(scale)) {
                    (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-6),
                    (a, b) => prop_assert_eq!(a, b),
                }
            }
        }
    }
}
