//! Rolling Sharpe ratio.

use super::{Conventions, finite};

/// Mean and squared deviations of a run of values that can be joined with a neighboring run.
#[derive(Clone, Copy, Default)]
struct Run {
    count: f64,
    mean: f64,
    m2: f64,
}

impl Run {
    /// Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
    fn join(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let (delta, share) = (other.mean - self.mean, other.count / count);
        Self {
            count,
            mean: self.mean + delta * share,
            m2: self.m2 + other.m2 + delta * delta * self.count * share,
        }
    }

    fn one(value: f64) -> Self {
        if value.is_finite() { Self { count: 1.0, mean: value, m2: 0.0 } } else { Self::default() }
    }
}

/// Annualized Sharpe ratio of the last `window` returns at each point, as long as `returns`: `None` for the first
/// `window - 1` and wherever the window holds fewer than two returns or a constant.
///
/// O(n) for any window and free of cancellation: the series is cut into blocks of one window, and a window is the tail
/// of one block joined with the head of the next; nothing is ever subtracted from a running sum.
pub fn rolling_sharpe(returns: &[f64], window: usize, conventions: &Conventions) -> Vec<Option<f64>> {
    let mut rolling = vec![None; returns.len()];
    if window < 2 || window > returns.len() {
        return rolling;
    }
    let ddof = conventions.ddof as f64;
    let ratio = |run: Run| {
        let deviation = (run.m2 / (run.count - ddof)).sqrt();
        let noise = 1e-14_f64.max(8.0 * f64::EPSILON * run.mean.abs());
        if run.count < 2.0 || run.count <= ddof || deviation <= noise {
            return None;
        }
        finite((run.mean - conventions.risk_free) / deviation * conventions.periods_per_year.sqrt())
    };
    let mut tails = vec![Run::default(); window];
    for (block, values) in returns.chunks_exact(window).enumerate() {
        let mut tail = Run::default();
        for (slot, value) in tails.iter_mut().zip(values).rev() {
            tail = Run::one(*value).join(tail);
            *slot = tail;
        }
        let start = block * window;
        let mut head = Run::default();
        for (offset, tail) in tails.iter().enumerate() {
            let end = start + offset + window;
            if end > returns.len() {
                break;
            }
            if offset > 0 {
                head = head.join(Run::one(returns[end - 1]));
            }
            rolling[end - 1] = ratio(tail.join(head));
        }
    }
    rolling
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::sharpe;

    #[test]
    fn edges() {
        let conventions = Conventions::default();
        assert_eq!(rolling_sharpe(&[0.1, 0.2], 3, &conventions), [None, None]);
        assert_eq!(rolling_sharpe(&[0.1, 0.2], 1, &conventions), [None, None]);
        assert_eq!(rolling_sharpe(&[0.1; 6], 3, &conventions), [None; 6]);
        let wide = Conventions { ddof: 2, ..conventions };
        assert_eq!(rolling_sharpe(&[0.1, 0.2], 2, &wide), [None, None]);
        let whole = [0.01, -0.02, 0.03];
        let last = rolling_sharpe(&whole, 3, &conventions)[2].unwrap();
        assert!((last - sharpe(&whole, &conventions).unwrap()).abs() < 1e-12);
    }
}
