//! A hidden Markov model with Gaussian emissions of log returns (Baum, Petrie, Soules & Weiss 1970; Hamilton 1989; Rabiner 1989 for
//! the notation), fitted on past bars only and filtered online.
//!
//! Only *filtered* probabilities P(state now | returns up to now) are ever offered: smoothed ones and Viterbi paths
//! use the future. States are in order of their variance, so that the last one is the most volatile after every refit.
#![allow(clippy::needless_range_loop, reason = "sums over state indices read like the formulas")]

mod filter;
mod fit;
mod kernel;
mod model;

#[cfg(test)]
mod tests;

pub use filter::HmmFilter;
pub use fit::{HmmWorkspace, fit};
pub use kernel::forward_step;
pub use model::{HmmModel, MAX_STATES};
