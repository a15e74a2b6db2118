//! What modules are worth: Shapley values from the permutations of an ablation.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::expand::Game;
use crate::stats::Moments;

/// The worth of all modules of a game, in one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShapleyValues {
    /// The metric that is shared out.
    pub metric: String,
    /// By module, in the order of the base scenario.
    pub modules: Vec<ShapleyValue>,
    /// The metric with no module, mean over the permutations used.
    pub empty: f64,
    /// The metric with all; the values add up to `full - empty`.
    pub full: f64,
    /// Permutations that were used.
    pub permutations: usize,
    /// Permutations left out, as the metric is undefined somewhere along them or a branch failed.
    pub left_out: usize,
}

/// What a module is worth: what it adds, on average over the orders in which modules may be added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShapleyValue {
    /// Its name.
    pub module: String,
    /// Mean of what it adds.
    pub value: f64,
    /// Standard error over the sampled permutations; `None` with one.
    pub standard_error: Option<f64>,
}

/// The worth of a game's modules (Castro, Gomez & Tejada, "Polynomial calculation of the Shapley value based on sampling",
/// 2009): of each, the mean over orders of what it adds to those before it. `value` is the metric of a branch; orders along which
/// it is undefined are left out.
///
/// # Errors
/// Where all orders are left out: the branch that most of them fail by, and how many do; of equals the first.
pub(super) fn shapley(
    game: &Game,
    metric: &str,
    value: impl Fn(usize) -> Option<f64>,
) -> Result<ShapleyValues, (usize, usize)> {
    let mut added: Vec<Vec<f64>> = vec![Vec::new(); game.modules.len()];
    let (mut empty, mut full) = (Vec::new(), Vec::new());
    let mut undefined: BTreeMap<usize, usize> = BTreeMap::new();
    for (order, branches) in game.permutations.iter().zip(&game.branches) {
        let missing: BTreeSet<usize> = branches.iter().copied().filter(|id| value(*id).is_none()).collect();
        missing.into_iter().for_each(|id| *undefined.entry(id).or_default() += 1);
        let worth: Option<Vec<f64>> = branches.iter().map(|id| value(*id)).collect();
        let Some(worth) = worth else { continue };
        order.iter().zip(worth.windows(2)).for_each(|(module, pair)| added[*module].push(pair[1] - pair[0]));
        empty.extend(worth.first());
        full.extend(worth.last());
    }
    let module = |(name, added): (&String, &Vec<f64>)| {
        let moments = Moments::of(added);
        let error = moments.standard_deviation(1).map(|s| s / (added.len() as f64).sqrt());
        ShapleyValue { module: name.clone(), value: moments.mean, standard_error: error }
    };
    if empty.is_empty() {
        let most = undefined.into_iter().max_by_key(|(id, orders)| (*orders, Reverse(*id)));
        return Err(most.unwrap_or_default());
    }
    Ok(ShapleyValues {
        metric: metric.to_owned(),
        modules: game.modules.iter().zip(&added).map(module).collect(),
        empty: Moments::of(&empty).mean,
        full: Moments::of(&full).mean,
        permutations: empty.len(),
        left_out: game.permutations.len() - empty.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All orders of three modules; a branch is the set of its modules, as bits.
    fn game() -> Game {
        let permutations: Vec<Vec<usize>> =
            [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map(Vec::from).into();
        let set = |order: &Vec<usize>, n: usize| order[..n].iter().map(|m| 1 << m).sum::<usize>();
        let branches = permutations.iter().map(|order| (0..=3).map(|n| set(order, n)).collect()).collect();
        Game { modules: ["a", "b", "c"].map(String::from).into(), permutations, branches }
    }

    #[test]
    fn the_glove_game() {
        // a has a left glove, b and c a right one each; a pair is worth 1: 2/3, 1/6, 1/6 (Shapley 1953).
        let pair = |set: usize| Some(f64::from(u8::from(set & 1 == 1 && set > 1)));
        let made = shapley(&game(), "sharpe", pair).unwrap();
        for (module, expected) in made.modules.iter().zip([2.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0]) {
            assert!((module.value - expected).abs() < 1e-12, "{module:?}");
            assert!(module.standard_error.unwrap() > 0.0);
        }
        let sum: f64 = made.modules.iter().map(|m| m.value).sum();
        assert!((sum - (made.full - made.empty)).abs() < 1e-12);
        assert_eq!((made.permutations, made.left_out), (6, 0));
    }

    #[test]
    fn what_is_undefined_is_left_out() {
        // With a alone there is no Sharpe ratio: orders that begin with it cannot be used.
        let made = shapley(&game(), "sharpe", |set| (set != 1).then_some(set as f64)).unwrap();
        assert_eq!((made.permutations, made.left_out), (4, 2));
        let worth: Vec<f64> = made.modules.iter().map(|m| m.value).collect();
        assert_eq!(worth, [1.0, 2.0, 4.0]);
        assert!(made.modules[0].standard_error.unwrap() < 1e-12, "additive: no spread");
    }

    #[test]
    fn it_is_known_which_branch_is_in_the_way_of_all() {
        assert_eq!(shapley(&game(), "sharpe", |set| (set != 0).then_some(1.0)), Err((0, 6)));
        // One module alone, whichever it is: each is in two orders.
        let pairs = |set: usize| (set.count_ones() != 1).then_some(1.0);
        assert_eq!(shapley(&game(), "sharpe", pairs), Err((1, 2)));
    }
}
