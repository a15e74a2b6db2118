//! Maximum likelihood of an exponential Hawkes process.

use super::HawkesParameters;

/// The largest branching ratio that is looked for.
const MOST_BRANCHING: f64 = 0.999;
/// Decays that are tried first, as multiples of the mean rate, evenly in logarithms.
const GRID: usize = 13;
const SLOWEST: f64 = 0.03;
const FASTEST: f64 = 300.0;
/// Golden-section steps between the neighbors of the best of them.
const REFINEMENTS: usize = 14;

/// The parameters under which `times` (seconds from the first on, rising, the first at 0) up to `end` are likeliest; `None`
/// for fewer than three. What came before the first is taken to have faded.
///
/// Ogata (1978): log L = sum ln(mu + alpha R_i) - mu T - alpha G, where R_i is what is left of earlier arrivals and G the
/// integral of all. At a maximum in mu, mu T + alpha G = n, which leaves alpha; in it log L is concave. Decays are searched.
pub fn fit(times: &[f64], end: f64) -> Option<HawkesParameters> {
    // The first arrival opens the span: it excites, but is not waited for.
    let span = end.max(*times.last()?);
    if times.len() < 3 || span <= 0.0 {
        return None;
    }
    let mut likelihood = Likelihood { times, span, left: vec![0.0; times.len()] };
    let rate = (times.len() - 1) as f64 / span;
    let decay = |x: f64| rate * SLOWEST * (FASTEST / SLOWEST).powf(x);
    let mut best = (f64::NEG_INFINITY, 0.0, HawkesParameters { mu: rate, alpha: 0.0, beta: rate });
    let mut try_at = |x: f64| {
        let (value, parameters) = likelihood.maximize(decay(x));
        if value > best.0 {
            best = (value, x, parameters);
        }
        (value, best)
    };
    let step = 1.0 / (GRID - 1) as f64;
    for i in 0..GRID {
        try_at(i as f64 * step);
    }
    let center = try_at(0.0).1.1;
    let (mut low, mut high) = ((center - step).max(0.0), (center + step).min(1.0));
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_a, mut at_b) = (try_at(a).0, try_at(b).0);
    for _ in 0..REFINEMENTS {
        if at_a > at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - golden * (high - low);
            at_a = try_at(a).0;
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + golden * (high - low);
            at_b = try_at(b).0;
        }
    }
    Some(try_at(0.5 * (low + high)).1.2)
}

struct Likelihood<'a> {
    times: &'a [f64],
    span: f64,
    left: Vec<f64>,
}

impl Likelihood<'_> {
    /// The largest likelihood at a decay, and where it is.
    fn maximize(&mut self, beta: f64) -> (f64, HawkesParameters) {
        let Self { times, span, left } = self;
        let n = (times.len() - 1) as f64;
        let mut integral = 0.0;
        for i in 0..times.len() {
            if i > 0 {
                left[i] = (left[i - 1] + 1.0) * (-beta * (times[i] - times[i - 1])).exp();
            }
            integral += (1.0 - (-beta * (*span - times[i])).exp()) / beta;
        }
        let left = &left[1..];
        // mu = (n - alpha G) / T stays above 0.
        let most = (MOST_BRANCHING * beta).min(MOST_BRANCHING * n / integral);
        let (mean, base) = (integral / *span, n / *span);
        let slope = |alpha: f64| -> (f64, f64) {
            left.iter().fold((0.0, 0.0), |(first, second), r| {
                let part = (r - mean) / (base + alpha * (r - mean));
                (first + part, second - part * part)
            })
        };
        let (mut low, mut high, mut alpha) = (0.0, most, 0.5 * most);
        if slope(0.0).0 <= 0.0 {
            alpha = 0.0;
        } else if slope(most).0 >= 0.0 {
            alpha = most;
        } else {
            // Newton's steps, halved where they leave the bracket.
            for _ in 0..40 {
                let (first, second) = slope(alpha);
                if first > 0.0 {
                    low = alpha
                } else {
                    high = alpha
                }
                let next = alpha - first / second;
                let next = if next > low && next < high { next } else { 0.5 * (low + high) };
                if (next - alpha).abs() <= 1e-9 * most {
                    break;
                }
                alpha = next;
            }
        }
        let mu = (n - alpha * integral) / *span;
        let value = left.iter().map(|r| (mu + alpha * r).ln()).sum::<f64>() - n;
        (value, HawkesParameters { mu, alpha, beta })
    }
}
