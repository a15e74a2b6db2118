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
