//! Optimal execution: R. Almgren and N. Chriss, "Optimal execution of portfolio transactions", Journal of Risk 3 (2000), sections
//! 1.2 to 2.2. Trading faster costs more impact, trading slower more risk.

/// A market's impact and risk. Units are the caller's, as long as they agree: money, base units, and one unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impact {
    /// Standard deviation of the price over one unit of time (arithmetic: in quote units).
    pub volatility: f64,
    /// Permanent impact gamma: quote units per base unit.
    pub permanent: f64,
    /// Temporary impact eta: quote units per base unit and unit of time.
    pub temporary: f64,
    /// Fixed cost epsilon of a base unit: half the spread and fees, in quote units.
    pub fixed: f64,
}

/// What is left after each of `slices` equal intervals of `time`, as parts of the whole: 1 first, 0 last. `risk_aversion` is lambda:
/// what a unit of variance is worth. Without risk or aversion, a straight line.
///
/// x_j = sinh(kappa (T - t_j)) / sinh(kappa T), with cosh(kappa tau) = 1 + lambda sigma^2 / eta~ tau^2 / 2 and
/// eta~ = eta - gamma tau / 2 (equations 17, 20). eta~ must be above 0.
pub fn trajectory(impact: &Impact, risk_aversion: f64, time: f64, slices: usize) -> Vec<f64> {
    let n = slices.max(1);
    let kappa = urgency(impact, risk_aversion, time / n as f64);
    let part = |j: usize| {
        let left = (n - j) as f64 / n as f64;
        let x = kappa * time;
        // sinh(a x) / sinh(x) without overflow, for any x above 0.
        if x * n as f64 > 1e-9 {
            ((left - 1.0) * x).exp() * (-2.0 * left * x).exp_m1() / (-2.0 * x).exp_m1()
        } else {
            left
        }
    };
    (0..=n).map(part).collect()
}

/// kappa, per unit of time.
pub fn urgency(impact: &Impact, risk_aversion: f64, interval: f64) -> f64 {
    let eta = adjusted(impact, interval);
    let squared = risk_aversion * impact.volatility * impact.volatility / eta;
    // acosh(1 + y) = 2 asinh(sqrt(y / 2)), which keeps its digits for small y.
    2.0 * (0.5 * interval * squared.max(0.0).sqrt()).asinh() / interval
}

/// eta~.
pub fn adjusted(impact: &Impact, interval: f64) -> f64 {
    impact.temporary - 0.5 * impact.permanent * interval
}

/// Mean and variance of the cost of selling or buying `quantity` along a trajectory (equations 7 and 8).
pub fn cost(impact: &Impact, trajectory: &[f64], quantity: f64, time: f64) -> (f64, f64) {
    let interval = time / (trajectory.len().max(2) - 1) as f64;
    let traded = trajectory.windows(2).map(|x| (x[0] - x[1]) * quantity);
    let (whole, squares) = traded.fold((0.0, 0.0), |(sum, squares), n| (sum + n.abs(), squares + n * n));
    let mean = 0.5 * impact.permanent * quantity * quantity
        + impact.fixed * whole
        + adjusted(impact, interval) / interval * squares;
    let held = trajectory.iter().skip(1).map(|x| x * quantity * x * quantity).sum::<f64>();
    (mean, impact.volatility * impact.volatility * interval * held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The paper's example: a million shares at 50 in five days.
    const PAPER: Impact = Impact { volatility: 0.95, permanent: 2.5e-7, temporary: 2.5e-6, fixed: 0.0625 };

    fn close(a: f64, b: f64, relative: f64) {
        assert!((a - b).abs() <= relative * b.abs(), "{a} is not {b}");
    }

    #[test]
    fn the_papers_example() {
        let straight = trajectory(&PAPER, 0.0, 5.0, 5);
        for (j, x) in straight.iter().enumerate() {
            close(*x, 1.0 - j as f64 / 5.0, 1e-12);
        }
        let (mean, variance) = cost(&PAPER, &straight, 1e6, 5.0);
        close(mean, 662_500.0, 1e-12);
        close(variance, 1.083e12, 1e-12);

        close(urgency(&PAPER, 1e-6, 1.0), 0.607_076, 1e-6);
        let urgent = trajectory(&PAPER, 1e-6, 5.0, 5);
        for (x, known) in urgent[1..5].iter().zip([541_955.6, 289_854.2, 147_897.5, 62_141.8]) {
            close(1e6 * x, known, 1e-6);
        }
        assert_eq!((urgent[0], urgent[5]), (1.0, 0.0));
        let (mean, variance) = cost(&PAPER, &urgent, 1e6, 5.0);
        close(mean, 911_226.99, 1e-6);
        close(variance, 3.641_286e11, 1e-6);
    }

    proptest! {
        /// It falls from 1 to 0, the earlier the more one fears risk, however extreme the settings; and no other trajectory is
        /// better by its own measure.
        #[test]
        fn trajectories_fall(lambda in -12f64..3.0, n in 1usize..60, time in 0.001f64..50.0, bend in -0.2f64..0.2) {
            let impact = Impact { permanent: 0.0, ..PAPER };
            let lambda = 10f64.powf(lambda);
            let way = trajectory(&impact, lambda, time, n);
            prop_assert!(way[0] == 1.0 && way[n] == 0.0 && way.iter().all(|x| x.is_finite()), "{way:?}");
            prop_assert!(way.windows(2).all(|x| x[1] <= x[0]), "{way:?}");
            let bolder = trajectory(&impact, 2.0 * lambda, time, n);
            prop_assert!(way.iter().zip(&bolder).all(|(a, b)| *b <= a + 1e-12));
            let score = |way: &[f64]| {
                let (mean, variance) = cost(&impact, way, 1e6, time);
                mean + lambda * variance
            };
            let mut other = way.clone();
            if n > 1 {
                other[n / 2] = (other[n / 2] + bend).clamp(0.0, 1.0);
            }
            prop_assert!(score(&way) <= score(&other) * (1.0 + 1e-9));
        }
    }
}
