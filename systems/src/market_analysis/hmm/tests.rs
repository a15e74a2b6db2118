//! Against a known answer, enumeration of all paths, a plain Baum-Welch in logs, and simulated truth.

use proptest::prelude::*;

use super::super::settings::HmmSettings;
use super::super::tests::Noise;
use super::kernel::Kernel;
use super::*;

fn padded(values: &[f64]) -> [f64; MAX_STATES] {
    std::array::from_fn(|i| values.get(i).copied().unwrap_or(0.0))
}

fn settings(states: u64, passes: u64, prior: f64) -> HmmSettings {
    HmmSettings { states, first_passes: passes, passes, prior, ..HmmSettings::default() }
}

fn workspace(values: &[f64]) -> HmmWorkspace {
    let mut work = HmmWorkspace::default();
    work.values.extend_from_slice(values);
    work
}

/// `oracles.md`, Regime: log-likelihood -3.3725.
#[test]
fn forward_filter_knows_its_answer() {
    let frames = [[0.9, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.2], [0.9, 0.2]];
    let transition = [[0.7, 0.3], [0.3, 0.7]];
    let (mut prior, mut log_likelihood) = ([0.5, 0.5], 0.0);
    for frame in &frames {
        let (filtered, likelihood) = forward_step(&prior, frame);
        log_likelihood += likelihood.ln();
        prior = std::array::from_fn(|j| (0..2).map(|i| filtered[i] * transition[i][j]).sum());
    }
    assert!((log_likelihood + 3.3725).abs() < 1e-4, "{log_likelihood}");
    assert_eq!(
        forward_step(&[0.3, 0.7], &[0.0, 0.0]),
        ([0.3, 0.7], 0.0),
        "an impossible value teaches nothing"
    );
}

fn any_model(states: usize) -> impl Strategy<Value = HmmModel> {
    let numbers = |low: f64, high: f64| prop::collection::vec(low..high, states);
    (numbers(-1.0, 1.0), numbers(0.1, 4.0), prop::collection::vec(numbers(0.05, 1.0), states)).prop_map(
        move |(mean, variance, rows)| {
            let mut model = HmmModel::new(states, padded(&mean), padded(&variance), 0.9);
            for (i, row) in rows.iter().enumerate() {
                let total: f64 = row.iter().sum();
                model.transition[i] = padded(&row.iter().map(|p| p / total).collect::<Vec<_>>());
            }
            model.sort();
            model
        },
    )
}

fn density(model: &HmmModel, i: usize, x: f64) -> f64 {
    let d = x - model.mean[i];
    (-0.5 * d * d / model.variance[i]).exp() / (std::f64::consts::TAU * model.variance[i]).sqrt()
}

/// Joint probability of every path that ends in each state.
fn by_paths(model: &HmmModel, values: &[f64]) -> Vec<f64> {
    let k = model.states;
    let mut ends = vec![0.0; k];
    for code in 0..k.pow(values.len() as u32) {
        let path: Vec<usize> = (0..values.len()).map(|t| code / k.pow(t as u32) % k).collect();
        let mut p = model.start[path[0]];
        for (t, x) in values.iter().enumerate() {
            p *= density(model, path[t], *x)
                * if t > 0 { model.transition[path[t - 1]][path[t]] } else { 1.0 };
        }
        ends[path[values.len() - 1]] += p;
    }
    ends
}

/// Baum-Welch as in the textbook: alpha and beta in logs, posteriors by their definition.
fn plain_pass(model: &HmmModel, begin: &HmmModel, values: &[f64], prior: f64, floor: f64) -> (HmmModel, f64) {
    let (k, n) = (model.states, values.len());
    let sum = |terms: &[f64]| {
        let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top + terms.iter().map(|t| (t - top).exp()).sum::<f64>().ln()
    };
    let b = |t: usize, i: usize| density(model, i, values[t]).ln();
    let a = |i: usize, j: usize| model.transition[i][j].ln();
    let (mut alpha, mut beta) = (vec![vec![0.0; k]; n], vec![vec![0.0; k]; n]);
    for i in 0..k {
        alpha[0][i] = model.start[i].ln() + b(0, i);
    }
    for t in 1..n {
        for j in 0..k {
            alpha[t][j] = b(t, j) + sum(&(0..k).map(|i| alpha[t - 1][i] + a(i, j)).collect::<Vec<_>>());
        }
    }
    for t in (0..n - 1).rev() {
        for i in 0..k {
            let terms: Vec<f64> = (0..k).map(|j| a(i, j) + b(t + 1, j) + beta[t + 1][j]).collect();
            beta[t][i] = sum(&terms);
        }
    }
    let total = sum(&alpha[n - 1]);
    let gamma = |t: usize, i: usize| (alpha[t][i] + beta[t][i] - total).exp();
    let mut next = *model;
    for i in 0..k {
        let weight = (0..n).map(|t| gamma(t, i)).sum::<f64>() + prior;
        next.mean[i] =
            ((0..n).map(|t| gamma(t, i) * values[t]).sum::<f64>() + prior * begin.mean[i]) / weight;
        let spread = |x: f64| (x - next.mean[i]) * (x - next.mean[i]);
        let squares = (0..n).map(|t| gamma(t, i) * spread(values[t])).sum::<f64>();
        next.variance[i] =
            ((squares + prior * (begin.variance[i] + spread(begin.mean[i]))) / weight).max(floor);
        let moves: Vec<f64> = (0..k)
            .map(|j| {
                let xi = |t: usize| (alpha[t][i] + a(i, j) + b(t + 1, j) + beta[t + 1][j] - total).exp();
                (0..n - 1).map(xi).sum::<f64>() + prior * begin.transition[i][j]
            })
            .collect();
        for j in 0..k {
            next.transition[i][j] = moves[j] / moves.iter().sum::<f64>();
        }
        next.start[i] = gamma(0, i);
    }
    next.prepare();
    (next, total)
}

fn assert_near(a: &HmmModel, b: &HmmModel, tolerance: f64) {
    for i in 0..a.states {
        assert!((a.mean[i] - b.mean[i]).abs() < tolerance, "{a:?}\n{b:?}");
        assert!((a.variance[i] - b.variance[i]).abs() < tolerance, "{a:?}\n{b:?}");
        assert!((a.start[i] - b.start[i]).abs() < tolerance, "{a:?}\n{b:?}");
        for j in 0..a.states {
            assert!((a.transition[i][j] - b.transition[i][j]).abs() < tolerance, "{a:?}\n{b:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Filtered probabilities and likelihood are those of all paths.
    #[test]
    fn filter_is_enumeration(model in any_model(3), values in prop::collection::vec(-3.0f64..3.0, 1..7)) {
        let kernel = Kernel::<3>::new(&model);
        let (mut filtered, mut log_likelihood) = ([0.0; 3], 0.0);
        for (t, x) in values.iter().enumerate() {
            let prior = if t == 0 { kernel.start } else { kernel.predict(&filtered) };
            let (now, likelihood) = kernel.filter(&prior, *x);
            (filtered, log_likelihood) = (now, log_likelihood + likelihood);
            let ends = by_paths(&model, &values[..=t]);
            let total: f64 = ends.iter().sum();
            prop_assert!((log_likelihood - total.ln()).abs() < 1e-9);
            for i in 0..3 {
                prop_assert!((filtered[i] - ends[i] / total).abs() < 1e-9);
            }
        }
    }

    /// A fit is the textbook's, pass by pass, with and without a prior.
    #[test]
    fn fit_is_plain_baum_welch(
        model in any_model(3),
        values in prop::collection::vec(-3.0f64..3.0, 30..60),
        prior in prop::sample::select(vec![0.0, 5.0]),
        passes in 1u64..4,
    ) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let floor = 1e-4 * values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let (mut plain, mut likelihood) = (model, f64::NEG_INFINITY);
        for _ in 0..passes {
            let (next, now) = plain_pass(&plain, &model, &values, prior, floor);
            let gain = now - likelihood;
            (plain, likelihood) = (next, now);
            if gain < super::fit::TOLERANCE * n {
                break;
            }
        }
        plain.sort();
        let (fitted, filtered, log_likelihood) =
            fit(&mut workspace(&values), Some(&model), &settings(3, passes, prior)).unwrap();
        prop_assert!((log_likelihood - likelihood).abs() < 1e-8, "{log_likelihood} {likelihood}");
        assert_near(&fitted, &plain, 1e-8);
        prop_assert!((filtered.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    /// Without a prior no pass lowers the likelihood.
    #[test]
    fn passes_never_lower_the_likelihood(seed in any::<u64>(), states in 2u64..5) {
        let mut noise = Noise::new(seed);
        let values: Vec<f64> = (0..200).map(|i| noise.normal() * if i / 50 % 2 == 0 { 1.0 } else { 3.0 }).collect();
        let mut before = f64::NEG_INFINITY;
        let mut model = None;
        for _ in 0..8 {
            let (next, _, likelihood) = fit(&mut workspace(&values), model.as_ref(), &settings(states, 1, 0.0)).unwrap();
            prop_assert!(likelihood >= before - 1e-9, "{likelihood} after {before}");
            prop_assert!((1..states as usize).all(|i| next.variance[i] >= next.variance[i - 1]));
            (model, before) = (Some(next), likelihood);
        }
    }
}

/// Values of a known chain: standard deviations 1 and 3, 2% chance to move.
fn simulated(seed: u64, n: usize) -> (Vec<f64>, Vec<usize>) {
    let mut noise = Noise::new(seed);
    let mut state = 0;
    (0..n)
        .map(|_| {
            if noise.uniform() < 0.02 {
                state = 1 - state;
            }
            (noise.normal() * [1.0, 3.0][state], state)
        })
        .unzip()
}

#[test]
fn a_known_chain_is_found() {
    let (values, states) = simulated(11, 4_000);
    let (model, ..) = fit(&mut workspace(&values), None, &settings(2, 50, 0.0)).unwrap();
    assert!((model.variance[0] - 1.0).abs() < 0.1 && (model.variance[1] - 9.0).abs() < 0.9, "{model:?}");
    assert!((0..2).all(|i| (model.transition[i][i] - 0.98).abs() < 0.01), "{model:?}");
    assert!((model.volatility_ratio() - 3.0).abs() < 0.2);
    let settings = HmmSettings { refit: 500, ..HmmSettings::default() };
    let (mut filter, mut work) = (HmmFilter::new(&settings), HmmWorkspace::default());
    let mut right = 0;
    for (t, (x, state)) in values.iter().zip(&states).enumerate() {
        filter.update(*x, &settings, &mut work);
        assert_eq!(filter.filtered().is_some(), t + 1 >= 250);
        right += usize::from(filter.state() == Some(*state));
    }
    let accuracy = right as f64 / (values.len() - 249) as f64;
    assert!(accuracy > 0.9, "{accuracy}");
    assert!(filter.predicted_deviation().unwrap() > 0.9 && filter.p_high().unwrap() <= 1.0);
}

/// Refits keep the meaning of states: a model with its states exchanged is the same model.
#[test]
fn labels_do_not_flip() {
    let (values, _) = simulated(5, 1_500);
    let settings = settings(2, 10, 20.0);
    let (model, filtered, _) = fit(&mut workspace(&values), None, &settings).unwrap();
    let mut exchanged = model;
    (exchanged.mean[0], exchanged.mean[1]) = (model.mean[1], model.mean[0]);
    (exchanged.variance[0], exchanged.variance[1]) = (model.variance[1], model.variance[0]);
    (exchanged.start[0], exchanged.start[1]) = (model.start[1], model.start[0]);
    for i in 0..2 {
        for j in 0..2 {
            exchanged.transition[i][j] = model.transition[1 - i][1 - j];
        }
    }
    exchanged.prepare();
    let again = fit(&mut workspace(&values), Some(&model), &settings).unwrap();
    let other = fit(&mut workspace(&values), Some(&exchanged), &settings).unwrap();
    assert_near(&again.0, &other.0, 1e-10);
    assert!((again.1[1] - filtered[1]).abs() < 0.1);
}

/// A window without one of the states does not wipe it out, thanks to the prior.
#[test]
fn a_state_that_does_not_occur_keeps_its_place() {
    let (values, _) = simulated(5, 2_000);
    let s = settings(2, 10, 20.0);
    let (model, ..) = fit(&mut workspace(&values), None, &s).unwrap();
    let mut noise = Noise::new(3);
    let calm: Vec<f64> = (0..500).map(|_| noise.normal()).collect();
    let (after, filtered, _) = fit(&mut workspace(&calm), Some(&model), &s).unwrap();
    assert!(after.volatility_ratio() > 2.0 && filtered[0] > 0.9, "{after:?}");
    let fresh = fit(&mut workspace(&calm), None, &s).unwrap().0;
    assert!(fresh.volatility_ratio() < 1.5, "and one state alone is not taken for two: {fresh:?}");
}

/// The schedule of fits, and the filter between them, against doing it again from the whole history at every step.
#[test]
fn streaming_is_batch() {
    let settings = HmmSettings { window: 120, first_fit: 60, refit: 100, ..HmmSettings::default() };
    let (values, _) = simulated(23, 700);
    let (mut filter, mut work) = (HmmFilter::new(&settings), HmmWorkspace::default());
    // As many again as there have been, at most 100.
    let fits = [60usize, 120, 220, 320, 420, 520, 620];
    let mut models: Vec<(usize, HmmModel, [f64; MAX_STATES])> = Vec::new();
    for t in 1..=values.len() {
        filter.update(values[t - 1], &settings, &mut work);
        if fits.contains(&t) {
            let past = &values[t.saturating_sub(120)..t];
            let (model, now, _) = fit(&mut workspace(past), models.last().map(|m| &m.1), &settings).unwrap();
            models.push((t, model, now));
        }
        let Some((at, model, mut now)) = models.last().copied() else {
            assert_eq!(filter.filtered(), None);
            continue;
        };
        for x in &values[at..t] {
            let joint: Vec<f64> = (0..2).map(|j| model.predict(&now)[j] * density(&model, j, *x)).collect();
            now = padded(&joint.iter().map(|p| p / joint.iter().sum::<f64>()).collect::<Vec<_>>());
        }
        assert_eq!(filter.model(), Some(&model), "step {t}");
        assert!(filter.filtered().unwrap().iter().zip(now).all(|(a, b)| (a - b).abs() < 1e-9), "step {t}");
    }
}

#[test]
fn values_that_do_not_vary_are_no_model() {
    assert!(fit(&mut workspace(&[0.5; 100]), None, &settings(3, 5, 1.0)).is_none());
    assert!(fit(&mut workspace(&[f64::NAN; 10]), None, &settings(3, 5, 1.0)).is_none());
    let settings = HmmSettings { first_fit: 40, window: 40, ..HmmSettings::default() };
    let (mut filter, mut work) = (HmmFilter::new(&settings), HmmWorkspace::default());
    (0..50).for_each(|_| filter.update(0.0, &settings, &mut work));
    assert_eq!((filter.model(), filter.p_high(), filter.state()), (None, None, None));
    // Outliers beyond every density, and fewer values than states, do no harm.
    let (model, filtered, _) =
        fit(&mut workspace(&[0.0, 1.0, -1.0, 1e9]), None, &super::tests::settings(4, 5, 1.0)).unwrap();
    assert!(model.variance.iter().chain(&filtered).all(|v| v.is_finite()));
}
