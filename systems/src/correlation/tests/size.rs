//! Five hundred symbols, and the size of state.

use super::super::CorrelationMatrix;
use super::super::reference_pair::PairRules;
use super::super::summary::SummaryScratch;
use super::matrix::{RULES, filled};

const N: usize = 500;

fn bytes(matrix: &CorrelationMatrix) -> usize {
    ron::to_string(matrix).unwrap().len()
}

#[test]
fn state_grows_with_pairs_and_not_with_their_windows() {
    // Text is longer than the digest's encoding, by the same factor for both.
    let (short, long) = (PairRules { window: 40, ..RULES }, PairRules { window: 80, ..RULES });
    let sizes = [short, long].map(|rules| bytes(&filled(rules, 60, 200, 0.3, 0.0, 1)));
    let pairs = CorrelationMatrix::packed_len(60) as f64;
    // Twice the window adds 60 x 40 returns (and whether they are there): less than two numbers a pair.
    assert!(((sizes[1] - sizes[0]) as f64) < pairs * 60.0, "{sizes:?}");
}

#[test]
fn five_hundred() {
    let rules = PairRules { window: 120, ..RULES };
    let matrix = filled(rules, N, 160, 0.3, 0.0, 2);
    let mut scratch = SummaryScratch::default();
    let summary = matrix.summarize(&mut scratch).unwrap();
    assert!(summary.intensity.unwrap() < 0.2);
    assert!((scratch.mean_correlation(7).unwrap() - 0.3).abs() < 0.1);
}
