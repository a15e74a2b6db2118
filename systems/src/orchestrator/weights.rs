//! The arithmetic of model weights: hedge, fixed share, and the floor. Log weights, so that nothing underflows.

/// exp(log weight), divided by their sum, over the models that take part; the others get 0. All 0 if none does.
pub fn normalize(log_weights: &[f64], takes_part: &[bool], out: &mut [f64]) {
    let part = |i: usize| takes_part[i];
    let top = (0..out.len()).filter(|i| part(*i)).map(|i| log_weights[i]).fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for i in 0..out.len() {
        out[i] = if part(i) && top > f64::NEG_INFINITY { (log_weights[i] - top).exp() } else { 0.0 };
        sum += out[i];
    }
    if sum > 0.0 {
        out.iter_mut().for_each(|w| *w /= sum);
    }
}

/// One round of hedge (Freund & Schapire 1997): w <- w exp(-eta loss), losses in [0, 1].
///
/// Models without a loss in this round sleep (Freund, Schapire, Singer & Warmuth 1997): they keep their weight, and
/// so does the total of those that are awake.
pub fn hedge(log_weights: &mut [f64], losses: &[Option<f64>], eta: f64) {
    let before = log_sum(log_weights, losses);
    for (w, loss) in log_weights.iter_mut().zip(losses) {
        if let Some(loss) = loss {
            *w -= eta * loss;
        }
    }
    let after = log_sum(log_weights, losses);
    if after > f64::NEG_INFINITY {
        let awake = log_weights.iter_mut().zip(losses).filter(|(_, l)| l.is_some());
        awake.for_each(|(w, _)| *w += before - after);
    }
}

/// The sharing step of fixed share (Herbster & Warmuth 1998): w <- (1 - alpha) w + alpha / N of the total, over the
/// models that had a loss in this round.
pub fn share(log_weights: &mut [f64], losses: &[Option<f64>], alpha: f64) {
    if alpha <= 0.0 {
        return;
    }
    let total = log_sum(log_weights, losses);
    let awake = losses.iter().flatten().count() as f64;
    for (w, _) in log_weights.iter_mut().zip(losses).filter(|(_, l)| l.is_some()) {
        *w = total + ((1.0 - alpha) * (*w - total).exp() + alpha / awake).ln();
    }
}

fn log_sum(log_weights: &[f64], losses: &[Option<f64>]) -> f64 {
    let awake = || log_weights.iter().zip(losses).filter(|(_, l)| l.is_some()).map(|(w, _)| *w);
    let top = awake().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY { top } else { top + awake().map(|w| (w - top).exp()).sum::<f64>().ln() }
}

/// Raises weights that are below `floor` to it and scales the others down, so that the sum is 1 and none that takes
/// part is below the floor *afterwards*. A floor that cannot be held (floor x N >= 1) makes all equal.
/// `weights` sum to 1 over those that take part.
pub fn enforce_floor(weights: &mut [f64], takes_part: &[bool], floor: f64) {
    let n = takes_part.iter().filter(|t| **t).count();
    if floor <= 0.0 || n == 0 {
        return;
    }
    if floor * n as f64 >= 1.0 {
        weights.iter_mut().zip(takes_part).for_each(|(w, t)| *w = if *t { 1.0 / n as f64 } else { 0.0 });
        return;
    }
    // Scaling down may push another weight below the floor; every round raises at least one, so N rounds suffice.
    loop {
        let part = |w: &f64, t: &bool| *t && *w > floor;
        let above: f64 = weights.iter().zip(takes_part).filter(|(w, t)| part(w, t)).map(|(w, _)| *w).sum();
        let raised = weights.iter().zip(takes_part).filter(|(w, t)| **t && !part(w, t)).count() as f64;
        let scale = (1.0 - raised * floor) / above;
        let mut settled = true;
        for (w, t) in weights.iter_mut().zip(takes_part) {
            if part(w, t) {
                *w *= scale;
                settled &= *w > floor;
            } else if *t {
                *w = floor;
            }
            *w = if *t { w.max(floor) } else { 0.0 };
        }
        if settled {
            return;
        }
    }
}

/// The learning rate that is optimal for a known number of rounds: sqrt(8 ln N / T). Regret is then at most
/// sqrt(T ln N / 2) (Cesa-Bianchi & Lugosi 2006, theorem 2.2).
pub fn optimal_eta(models: usize, rounds: u64) -> f64 {
    (8.0 * (models as f64).ln() / rounds as f64).sqrt()
}

/// The most that hedge with [`optimal_eta`] can lose beyond the best model: sqrt(T ln N / 2).
pub fn regret_bound(models: usize, rounds: u64) -> f64 {
    (rounds as f64 * (models as f64).ln() / 2.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn weights(log_weights: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; log_weights.len()];
        normalize(log_weights, &vec![true; out.len()], &mut out);
        out
    }

    #[test]
    fn hedge_known_answer() {
        let mut w = [0.0; 2];
        for losses in [[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]] {
            hedge(&mut w, &losses.map(Some), 0.5);
        }
        let w = weights(&w);
        assert!((w[0] - 0.6225).abs() < 5e-5 && (w[1] - 0.3775).abs() < 5e-5, "{w:?}");
    }

    #[test]
    fn bound_known_answer() {
        assert!((regret_bound(10, 1_000) - 33.9307).abs() < 5e-5);
    }

    #[test]
    fn the_floor_holds_after_renormalising() {
        let mut w = [0.99, 0.05, 0.05].map(|w| w / 1.09);
        enforce_floor(&mut w, &[true; 3], 0.05);
        for (w, e) in w.iter().zip([0.9, 0.05, 0.05]) {
            assert!((w - e).abs() < 1e-12);
        }
        let mut w = [0.7, 0.2, 0.1];
        enforce_floor(&mut w, &[true; 3], 0.4);
        assert_eq!(w, [1.0 / 3.0; 3]);
    }

    #[test]
    fn sleepers_keep_their_weight() {
        let mut w = [0.0; 3];
        hedge(&mut w, &[Some(1.0), Some(0.0), None], 2.0);
        let w = weights(&w);
        assert!((w[2] - 1.0 / 3.0).abs() < 1e-12 && w[1] > w[0]);
        assert_eq!(weights(&[f64::NEG_INFINITY; 2]), [0.0; 2]);
    }

    #[test]
    fn fixed_share_comes_back_where_hedge_does_not() {
        let (mut plain, mut shared) = ([0.0; 2], [0.0; 2]);
        for round in 0..2_000 {
            let losses = if round < 1_990 { [Some(0.0), Some(1.0)] } else { [Some(1.0), Some(0.0)] };
            hedge(&mut plain, &losses, 1.0);
            hedge(&mut shared, &losses, 1.0);
            share(&mut shared, &losses, 0.01);
        }
        assert!(weights(&plain)[1] < 1e-6 && weights(&shared)[1] > 0.9);
    }

    /// Losses of N models over T rounds: arbitrary, or chosen against the weights by an adversary.
    fn regret(n: usize, rounds: usize, mut losses: impl FnMut(usize, &[f64]) -> Vec<f64>) -> f64 {
        let (eta, mut w) = (optimal_eta(n, rounds as u64), vec![0.0; n]);
        let (mut mixed, mut sums) = (0.0, vec![0.0; n]);
        for t in 0..rounds {
            let now = weights(&w);
            let losses = losses(t, &now);
            mixed += now.iter().zip(&losses).map(|(w, l)| w * l).sum::<f64>();
            sums.iter_mut().zip(&losses).for_each(|(s, l)| *s += l);
            hedge(&mut w, &losses.into_iter().map(Some).collect::<Vec<_>>(), eta);
        }
        mixed - sums.iter().copied().fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #[test]
        fn regret_is_bounded(n in 2usize..12, rounds in prop::collection::vec(prop::collection::vec(0.0f64..=1.0, 12), 1..300)) {
            let r = regret(n, rounds.len(), |t, _| rounds[t][..n].to_vec());
            prop_assert!(r <= regret_bound(n, rounds.len() as u64) + 1e-9, "{r}");
        }

        /// The adversary hits whoever is trusted most, or all that are trusted above average, as it likes.
        #[test]
        fn regret_is_bounded_against_an_adversary(n in 2usize..12, whims in prop::collection::vec(0u8..3, 1..600)) {
            let r = regret(n, whims.len(), |t, w| {
                let top = w.iter().copied().fold(0.0, f64::max);
                w.iter().map(|w| match whims[t] {
                    0 => f64::from(*w == top),
                    1 => f64::from(*w >= 1.0 / n as f64),
                    _ => *w / top,
                }).collect()
            });
            prop_assert!(r <= regret_bound(n, whims.len() as u64) + 1e-9, "{r}");
        }

        #[test]
        fn floors_hold(raw in prop::collection::vec(0.0f64..1.0, 1..10), parts in prop::collection::vec(any::<bool>(), 10), floor in 0.0f64..0.3) {
            let parts = &parts[..raw.len()];
            let logs: Vec<f64> = raw.iter().map(|w| (w + 1e-9).ln()).collect();
            let mut w = vec![0.0; raw.len()];
            normalize(&logs, parts, &mut w);
            let before = w.clone();
            enforce_floor(&mut w, parts, floor);
            let n = parts.iter().filter(|p| **p).count();
            if n > 0 {
                prop_assert!((w.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            }
            for ((w, b), part) in w.iter().zip(&before).zip(parts) {
                let least = if *part { floor.min(1.0 / n as f64) } else { 0.0 };
                prop_assert!(*w >= least - 1e-12 && (*part || *w == 0.0));
                prop_assert!(floor > 0.0 || w == b);
            }
        }
    }
}
