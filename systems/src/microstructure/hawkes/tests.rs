//! Recovery of known parameters, and the intensity against its definition.

use manyworlds_components::time::Frame;

use super::*;
use crate::bar_world::Uniform;

const TRUE: HawkesParameters = HawkesParameters { mu: 0.8, alpha: 1.5, beta: 3.0 };

/// Ogata's thinning.
fn simulate(p: HawkesParameters, seed: u64, n: usize) -> Vec<f64> {
    let mut random = Uniform(seed);
    let (mut t, mut excitement, mut times) = (0.0, 0.0, Vec::new());
    while times.len() < n {
        let bound = p.mu + p.alpha * excitement;
        let wait = -(1.0 - random.draw()).ln() / bound;
        t += wait;
        excitement *= f64::exp(-p.beta * wait);
        if random.draw() * bound <= p.mu + p.alpha * excitement {
            times.push(t);
            excitement += 1.0;
        }
    }
    let first = times[0];
    times.iter().map(|t| t - first).collect()
}

#[test]
fn parameters_are_recovered() {
    let times = simulate(TRUE, 7, 20_000);
    let found = fit(&times, times[times.len() - 1]).unwrap();
    assert!((found.branching() - 0.5).abs() < 0.03, "{found:?}");
    assert!((found.mu / TRUE.mu - 1.0).abs() < 0.06, "{found:?}");
    assert!((found.beta / TRUE.beta - 1.0).abs() < 0.12, "{found:?}");
    let poisson = HawkesParameters { mu: 2.0, alpha: 0.0, beta: 1.0 };
    let times = simulate(poisson, 8, 20_000);
    let found = fit(&times, times[times.len() - 1]).unwrap();
    assert!(found.branching() < 0.05, "nothing is triggered: {found:?}");
    // Near criticality alpha stays below beta.
    let times: Vec<f64> = (0..300).map(|i| f64::from(i / 100) * 1e4 + f64::from(i % 100) * 1e-3).collect();
    let found = fit(&times, 2.1e4).unwrap();
    assert!(found.alpha < found.beta && found.mu > 0.0, "{found:?}");
}

#[test]
fn it_is_the_maximum() {
    let times = simulate(TRUE, 9, 800);
    let end = times[times.len() - 1] + 1.0;
    let log_likelihood = |p: HawkesParameters| {
        let mut sum = -p.mu * end;
        for (i, t) in times.iter().enumerate() {
            let left: f64 = times[..i].iter().map(|s| (-p.beta * (t - s)).exp()).sum();
            sum += if i > 0 { (p.mu + p.alpha * left).ln() } else { 0.0 };
            sum -= p.alpha * (1.0 - (-p.beta * (end - t)).exp()) / p.beta;
        }
        sum
    };
    let found = fit(&times, end).unwrap();
    let best = log_likelihood(found);
    for (mu, alpha, beta) in [
        (1.02, 1.0, 1.0),
        (0.98, 1.0, 1.0),
        (1.0, 1.03, 1.0),
        (1.0, 0.97, 1.0),
        (1.0, 1.0, 1.05),
        (1.0, 1.0, 0.95),
    ] {
        let near =
            HawkesParameters { mu: found.mu * mu, alpha: found.alpha * alpha, beta: found.beta * beta };
        assert!(log_likelihood(near) < best, "{near:?} beats {found:?}");
    }
}

#[test]
fn the_intensity_is_its_definition_and_begins_with_the_first_fit() {
    let settings = HawkesSettings::Fitted { arrivals: 150, every: Frame::MINUTE };
    let mut hawkes = Hawkes::new(&settings);
    let times: Vec<i64> = simulate(TRUE, 3, 400).iter().map(|t| (t * 1e9) as i64).collect();
    let minute = Frame::MINUTE.nanos();
    let (mut next, mut first) = (0, None);
    for (i, t) in times.iter().enumerate() {
        while next < *t {
            hawkes.refit(next, &settings);
            next += minute;
        }
        hawkes.arrive(*t);
        let now = t + 100_000_000;
        match (hawkes.parameters(), hawkes.intensity(now)) {
            (Some(p), Some(intensity)) => {
                let from = *first.get_or_insert(i);
                assert!(from as u64 >= FEWEST_ARRIVALS && p.alpha < p.beta);
                let plain: f64 = times[..=i].iter().map(|s| (-p.beta * seconds(now - s)).exp()).sum();
                assert!((intensity - (p.mu + p.alpha * plain)).abs() < 1e-6 * intensity, "{i}");
            }
            (None, None) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(first.is_some());
    let given = HawkesSettings::Given { mu: 1.0, alpha: 2.0, beta: 4.0 };
    let mut hawkes = Hawkes::new(&given);
    assert_eq!(hawkes.intensity(0), None);
    hawkes.arrive(0);
    hawkes.refit(minute, &given);
    assert_eq!(hawkes.intensity(0), Some(3.0));
    assert!((hawkes.intensity(250_000_000).unwrap() - (1.0 + 2.0 * (-1f64).exp())).abs() < 1e-12);
    assert_eq!(hawkes.parameters().unwrap().branching(), 0.5);
}
