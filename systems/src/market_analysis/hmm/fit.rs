//! Baum-Welch: expectation maximization over a window of past values.

use bevy_ecs::resource::Resource;

use super::super::settings::HmmSettings;
use super::kernel::{Kernel, forward_step};
use super::model::{HmmModel, MAX_STATES};

/// Space for a fit, used again by every fit. Nothing in it outlives one.
#[derive(Debug, Clone, Default, Resource)]
pub struct HmmWorkspace {
    /// The values to fit, oldest first.
    pub values: Vec<f64>,
    /// By value and state: filtered probabilities, and relative densities.
    filtered: Vec<[f64; MAX_STATES]>,
    density: Vec<[f64; MAX_STATES]>,
    /// By value: one over its likelihood.
    scale: Vec<f64>,
    blocks: Vec<f64>,
}

/// Values of a block whose mean square is a local variance, for the first guess.
const BLOCK: usize = 10;
/// No state's variance is below this share of the variance of all values.
const VARIANCE_FLOOR: f64 = 1e-4;
/// A fit ends when a pass over the values raises their mean log likelihood by less than this: with a thousand values the
/// likelihood by less than a tenth, which no test could tell.
pub(super) const TOLERANCE: f64 = 1e-4;

/// Fits a model to `work.values` (at least 2 [`BLOCK`]s are sensible). It begins with `from`, or with a guess made from the values themselves; what it
/// begins with counts as `settings.prior` values of evidence (maximum a posteriori), so that a state that does not
/// occur in the window keeps its place. Returns the model with ordered states, the filtered probabilities at the last
/// value, and the log likelihood of the values under the model of the last but one pass.
///
/// `None` where the values do not vary. Deterministic: no random start. O(passes x values x states^2).
pub fn fit(
    work: &mut HmmWorkspace,
    from: Option<&HmmModel>,
    settings: &HmmSettings,
) -> Option<(HmmModel, [f64; MAX_STATES], f64)> {
    let n = work.values.len() as f64;
    let mean = work.values.iter().sum::<f64>() / n;
    let variance = work.values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    let usable = variance > 0.0 && variance.is_finite();
    if !usable {
        return None;
    }
    let (begin, passes) = match from {
        Some(model) => (*model, settings.passes),
        None => (guess(work, (mean, variance), settings.states as usize), settings.first_passes),
    };
    let floor = VARIANCE_FLOOR * variance;
    Some(match begin.states {
        2 => passes_of::<2>(work, &begin, passes, settings.prior, floor),
        3 => passes_of::<3>(work, &begin, passes, settings.prior, floor),
        _ => passes_of::<4>(work, &begin, passes, settings.prior, floor),
    })
}

/// The first guess: blocks of neighboring values are sorted by their mean square and cut into groups of equal size, one per
/// state. What lasts makes the states, not single outliers. Means begin equal, states last.
fn guess(work: &mut HmmWorkspace, (mean, variance): (f64, f64), states: usize) -> HmmModel {
    let HmmWorkspace { values, blocks, .. } = work;
    blocks.clear();
    let square =
        |block: &[f64]| block.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / block.len() as f64;
    blocks.extend(values.chunks(BLOCK).map(square));
    blocks.sort_by(f64::total_cmp);
    let mut variances = [0.0; MAX_STATES];
    for i in 0..states {
        let group = &blocks[i * blocks.len() / states..((i + 1) * blocks.len() / states).max(1)];
        let local = group.iter().sum::<f64>() / group.len().max(1) as f64;
        // Groups of equal variance would never part.
        variances[i] = local.max(0.01 * variance) * (1.0 + 0.1 * i as f64);
    }
    HmmModel::new(states, [mean; MAX_STATES], variances, 0.95)
}

/// Expected counts of one pass.
struct Counts<const K: usize> {
    /// Of each state; of the deviations from the old means; of their squares.
    state: [f64; K],
    sum: [f64; K],
    squares: [f64; K],
    transition: [[f64; K]; K],
    first: [f64; K],
}

fn passes_of<const K: usize>(
    work: &mut HmmWorkspace,
    begin: &HmmModel,
    passes: u64,
    prior: f64,
    floor: f64,
) -> (HmmModel, [f64; MAX_STATES], f64) {
    let mut model = *begin;
    let begin = Kernel::<K>::new(begin);
    let mut kernel = begin;
    let mut before = f64::NEG_INFINITY;
    for _ in 0..passes {
        let likelihood = forward(&kernel, work);
        let counts = backward(&kernel, work);
        maximize(&mut kernel, &begin, &counts, prior, floor);
        let gain = likelihood - before;
        before = likelihood;
        if gain < TOLERANCE * work.values.len() as f64 {
            break;
        }
    }
    kernel.store(&mut model);
    model.sort();
    let ordered = Kernel::<K>::new(&model);
    let mut filtered = ordered.start;
    for (t, x) in work.values.iter().enumerate() {
        let prior = if t == 0 { ordered.start } else { ordered.predict(&filtered) };
        filtered = forward_step(&prior, &ordered.likelihood(*x).0).0;
    }
    (model, std::array::from_fn(|i| if i < K { filtered[i] } else { 0.0 }), before)
}

/// Filtered probabilities of every value; returns the log likelihood.
fn forward<const K: usize>(kernel: &Kernel<K>, work: &mut HmmWorkspace) -> f64 {
    let n = work.values.len();
    work.filtered.resize(n, [0.0; MAX_STATES]);
    work.density.resize(n, [0.0; MAX_STATES]);
    work.scale.resize(n, 0.0);
    let (mut prior, mut log_likelihood, mut product) = (kernel.start, 0.0, 1.0f64);
    for t in 0..n {
        let (density, largest) = kernel.likelihood(work.values[t]);
        let (filtered, total) = forward_step(&prior, &density);
        prior = kernel.predict(&filtered);
        work.filtered[t][..K].copy_from_slice(&filtered);
        work.density[t][..K].copy_from_slice(&density);
        let total = total.max(f64::MIN_POSITIVE);
        work.scale[t] = 1.0 / total;
        log_likelihood += largest;
        // One logarithm for several factors, taken before the product can underflow.
        product *= total;
        if product < 1e-200 {
            log_likelihood += product.ln();
            product = 1.0;
        }
    }
    log_likelihood + product.ln()
}

/// Expected counts, from the last value to the first.
fn backward<const K: usize>(kernel: &Kernel<K>, work: &HmmWorkspace) -> Counts<K> {
    let mut counts = Counts {
        state: [0.0; K],
        sum: [0.0; K],
        squares: [0.0; K],
        transition: [[0.0; K]; K],
        first: [0.0; K],
    };
    let mut beta = [1.0; K];
    for t in (0..work.values.len()).rev() {
        let x = work.values[t];
        for i in 0..K {
            let gamma = work.filtered[t][i] * beta[i];
            let d = x - kernel.mean[i];
            counts.state[i] += gamma;
            counts.sum[i] += gamma * d;
            counts.squares[i] += gamma * d * d;
            counts.first[i] = gamma;
        }
        if t == 0 {
            break;
        }
        let mut ahead = [0.0; K];
        for j in 0..K {
            ahead[j] = work.density[t][j] * beta[j] * work.scale[t];
        }
        for i in 0..K {
            let mut sum = 0.0;
            for j in 0..K {
                let step = kernel.transition[i][j] * ahead[j];
                counts.transition[i][j] += work.filtered[t - 1][i] * step;
                sum += step;
            }
            beta[i] = sum;
        }
    }
    counts
}

/// New parameters from expected counts, with `prior` values of evidence for the parameters of `begin`.
fn maximize<const K: usize>(
    kernel: &mut Kernel<K>,
    begin: &Kernel<K>,
    counts: &Counts<K>,
    prior: f64,
    floor: f64,
) {
    let first: f64 = counts.first.iter().sum();
    for i in 0..K {
        let offset = begin.mean[i] - kernel.mean[i];
        let weight = counts.state[i] + prior;
        // A state that nothing belongs to keeps its parameters.
        if weight > 1e-9 {
            let shift = (counts.sum[i] + prior * offset) / weight;
            let squares = counts.squares[i] + prior * (begin.variance[i] + offset * offset);
            kernel.mean[i] += shift;
            kernel.variance[i] = (squares / weight - shift * shift).max(floor);
        }
        let row: f64 = counts.transition[i].iter().sum::<f64>() + prior;
        if row > 1e-9 {
            for j in 0..K {
                kernel.transition[i][j] = (counts.transition[i][j] + prior * begin.transition[i][j]) / row;
            }
        }
        kernel.start[i] = counts.first[i] / first;
    }
    kernel.prepare();
}
