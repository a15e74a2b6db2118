//! The Epps effect: sampling at the previous tick loses correlation, Hayashi-Yoshida does not.

use super::super::hayashi_yoshida::Merge;
use super::super::moments::Moments;
use super::super::ticks::Ticks;
use super::{exponential, normal, random};

const RHO: f64 = 0.65;

/// Two correlated Brownian motions, each seen at the times of a Poisson clock of rate 1.
fn observed(seed: u64, until: f64) -> [Vec<(f64, f64)>; 2] {
    let mut random = random(seed);
    let mut next = [exponential(&mut random), exponential(&mut random)];
    let (mut time, mut level, mut seen) = (0.0, [0.0, 0.0], [vec![(0.0, 0.0)], vec![(0.0, 0.0)]]);
    while time < until {
        let who = usize::from(next[1] < next[0]);
        let step = f64::sqrt(next[who] - time);
        let (u, v) = (normal(&mut random), normal(&mut random));
        level[0] += step * u;
        level[1] += step * (RHO * u + f64::sqrt(1.0 - RHO * RHO) * v);
        time = next[who];
        next[who] += exponential(&mut random);
        seen[who].push((time, level[who]));
    }
    seen
}

/// Returns of the last observation at or before every multiple of `step`.
fn previous_tick(seen: &[(f64, f64)], step: f64, until: f64) -> Vec<f64> {
    let (mut at, mut levels) = (0, Vec::new());
    for k in 0..(until / step) as usize {
        while at + 1 < seen.len() && seen[at + 1].0 <= k as f64 * step {
            at += 1;
        }
        levels.push(seen[at].1);
    }
    levels.windows(2).map(|w| w[1] - w[0]).collect()
}

#[test]
fn previous_ticks_lose_what_hayashi_yoshida_keeps() {
    const UNTIL: f64 = 1_200_000.0;
    let [a, b] = observed(1, UNTIL);
    // rho (1 - (1 - e^-h) / h) for clocks of rate 1 at step h.
    for (step, expected) in [(1.0, 0.239_12), (5.0, 0.520_88), (20.0, 0.617_50)] {
        let mut moments = Moments::default();
        let (x, y) = (previous_tick(&a, step, UNTIL), previous_tick(&b, step, UNTIL));
        x.iter().zip(&y).for_each(|(x, y)| moments.add(*x, *y));
        let r = moments.correlation((moments.xx, moments.yy)).unwrap();
        println!("previous tick at {step}: {r:.5}, expected {expected}");
        assert!((r - expected).abs() < 0.005, "{step}: {r}");
    }
    let [mut left, mut right] = [Ticks::default(), Ticks::default()];
    for (ticks, seen) in [(&mut left, &a), (&mut right, &b)] {
        // Returns matter, not levels: keep the exponential in range.
        seen.iter().for_each(|(t, level)| ticks.push((t * 1e9) as i64, (level * 1e-2).exp()));
    }
    let covariance = Merge::default().advance(&left, &right, 0, i64::MAX);
    let energy = |ticks: &Ticks| ticks.since(0).1.iter().map(|r| r * r).sum::<f64>();
    let r = covariance / (energy(&left) * energy(&right)).sqrt();
    println!("Hayashi-Yoshida: {r:.5}");
    assert!((r - RHO).abs() < 0.005, "{r}");
}
